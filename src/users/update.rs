//! Update and deletion of users, and changes of their accounts.

use serde::{Deserialize, Serialize};

use super::{User, UserUpdate, Users, create::check_known, input::State};
use crate::{
    api,
    call::Call,
    error::{Applied, Error, ErrorCode, Result},
    handle::{Handle, Write},
    response::{query, sending, succeeded, variables},
    text::refuse_if,
    types::UserId,
    write::{Observation, Repeat, Response, Target, compare},
};

/// The result of a request to reset a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use = "Wiki.js 2.5.314 does not reset passwords"]
#[non_exhaustive]
pub enum PasswordReset {
    /// The wiki reported success.
    Accepted,
    /// The wiki did nothing, because this version of Wiki.js does not implement the operation.
    NotImplemented,
}

impl Users {
    /// Updates the fields that `update` sets, keeps all others, and returns the user.
    ///
    /// Wiki.js ignores an empty text instead of clearing the field ([K41](crate::guide::known_issues#k41)). The
    /// client clears location and job title with a space, which Wiki.js trims. Name, e-mail
    /// address and time zone cannot be empty. Wiki.js changes the groups before it checks the other fields, so
    /// the client checks all fields first. An update that changes nothing is not sent.
    ///
    /// Unlike [`Groups::assign`](crate::groups::Groups::assign), this does not end the sessions of the user:
    /// the previous groups apply in them for up to half an hour.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::users::UserUpdate;
    ///
    /// let user = wiki.users().update(3, UserUpdate::new().job_title("Editor").clear_groups()).await?;
    /// assert!(user.groups.is_empty());
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`], before anything is sent, for values that Wiki.js refuses or ignores. Also for groups
    ///   that would lock out the administrator or change the guest.
    /// - [`is_not_found`](Error::is_not_found) if there is no such user (1016) or group. The message for a missing
    ///   group lists the existing groups.
    /// - [`is_conflict`](Error::is_conflict) if another user has the e-mail address (1004).
    /// - [`is_forbidden`](Error::is_forbidden) without `manage:users`, or for a group with permissions above the
    ///   caller's own.
    /// - [`Error::PartiallyApplied`] if only the groups could be changed.
    /// - [`Error::Unconfirmed`] if the response was lost and the change was not seen. A changed password is always
    ///   unconfirmed then, because it cannot be read.
    pub fn update(&self, id: impl Into<UserId>, update: UserUpdate) -> Call<User> {
        let id = id.into();
        let checked = id.to_argument().and_then(|_| update.check());
        self.mutate("UsersUpdate", checked, move |write| async move {
            let before = write.subject("UsersUpdate", id).await?;
            write.update_user(&before, &update).await
        })
    }

    /// Deletes a user. The user's pages, page history, assets and comments are kept and assigned to `replacement`.
    ///
    /// Wiki.js does not check that the replacement exists, and would fail after a part of the deletion, so the client
    /// checks it first.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.users().delete(3, 1).await?; // user 1 becomes the author of the pages of user 3
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for users 1 and 2, which Wiki.js protects (1018), and for a replacement that is
    ///   the user itself. No request is sent then.
    /// - [`is_not_found`](Error::is_not_found) if there is no such user (1016) or replacement.
    /// - [`is_conflict`](Error::is_conflict) if something else in the database refers to the user (1017). Wiki.js
    ///   may already have assigned some of the user's content to the replacement.
    /// - [`is_forbidden`](Error::is_forbidden) without `manage:users`.
    pub fn delete(&self, id: impl Into<UserId>, replacement: impl Into<UserId>) -> Call<()> {
        let (id, replacement) = (id.into(), replacement.into());
        let check = || {
            id.to_argument()?;
            replacement.to_argument()?;
            refuse_protected(id, "cannot be deleted")?;
            refuse_if! {
                id == replacement => "replacement", "it is the user to delete",
                    "pass another user, such as user 1";
            }
        };
        self.mutate("UsersDelete", check(), move |write| async move {
            write.subject("UsersDelete", id).await?;
            write.subject("UsersDelete", replacement).await?;
            let write = &write;
            // Wiki.js assigns the user's content to the replacement before it deletes the user.
            let target = write
                .target(format!("user {id}"))
                .repeat(Repeat::Automatic)
                .refused_if_executed(Error::is_not_found)
                .outcome_of(Error::is_conflict, Applied::Unknown);
            let send = sending!(write, UsersDelete, users.delete(id.get(), replacement.get()));
            let observe = |response| async move {
                Ok(match (write.get_opt(id).await?, response) {
                    (None, _) => Observation::Applied(()),
                    (Some(_), Response::FinalError) => Observation::Foreign(format!(
                        "user {id} exists, and some of what it wrote may be assigned to user {replacement}"
                    )),
                    (Some(_), _) => Observation::Unchanged,
                })
            };
            write.reconcile(target, send, observe).await
        })
    }

    /// Asks the wiki to reset the password of a user.
    ///
    /// Wiki.js 2.5.314 does not implement this operation, and does nothing
    /// ([K41](crate::guide::known_issues#k41)). To set a password, see [`UserUpdate::password`].
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::users::{PasswordReset, UserUpdate};
    ///
    /// if wiki.users().reset_password(3).await? == PasswordReset::NotImplemented {
    ///     wiki.users().update(3, UserUpdate::new().password("battery staple")).await?;
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the wiki, if its version of Wiki.js implements the operation. [`Error::Unconfirmed`] if the
    /// response was lost, because a password cannot be read.
    pub fn reset_password(&self, id: impl Into<UserId>) -> Call<PasswordReset> {
        let id = id.into();
        let checked = id.to_argument().map(drop);
        self.mutate("UsersResetPassword", checked, move |write| async move {
            let send = || async {
                let variables = variables!(UsersResetPassword(id.get()));
                let sent = write.execute::<api::UsersResetPassword>(variables).await?;
                let Some(status) = sent.users.reset_password.response_result else {
                    return Ok(Some(PasswordReset::NotImplemented));
                };
                succeeded("UsersResetPassword", &status)?;
                Ok(Some(PasswordReset::Accepted))
            };
            let target = write.target(format!("user {id}"));
            write.send_unobserved(target, send).await
        })
    }
}

/// Declares methods that set one property of a user, each with its operation and the property. Unless `once` is `true`,
/// the mutation is also sent for a user who already has the property.
macro_rules! properties {
    ($(
        $(#[$doc:meta])*
        $name:ident: $operation:ident.$field:ident, once: $is_once:expr, $is_set:expr $(, $check:expr)?;
    )*) => {
        impl Users {
            $(
                $(#[$doc])*
                pub fn $name(&self, id: impl Into<UserId>) -> Call<User> {
                    let id = id.into();
                    let checked = id.to_argument().map(drop)$(.and_then(|()| $check(id)))?;
                    self.mutate(stringify!($operation), checked, move |write| async move {
                        let before = write.subject(stringify!($operation), id).await?;
                        let is_set: fn(&User) -> bool = $is_set;
                        if $is_once && is_set(&before) {
                            return Ok(before);
                        }
                        let send = sending!(write, $operation, users.$field(id.get()));
                        let observe = |response| write.observe_property(&before, response, is_set);
                        let target = write.target(format!("user {id}"));
                        write.reconcile(target, send, observe).await
                    })
                }
            )*
        }
    };
}

// Wiki.js reports success for a user that does not exist ([K41](crate::guide::known_issues#k41)), so the user is read
// before and after.
properties! {
    /// Marks the e-mail address of a user as verified, and returns the user. A user who is not verified cannot log in
    /// (1014).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// assert!(wiki.users().verify(3).await?.is_verified);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such user, although Wiki.js reports success
    /// ([K41](crate::guide::known_issues#k41)); [`is_forbidden`](Error::is_forbidden) without `manage:users`.
    verify: UsersVerify.verify, once: true, |user| user.is_verified;

    /// Activates a user, so that the user can log in, and returns the user.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    activate: UsersActivate.activate, once: true, |user| user.is_active;

    /// Deactivates a user, ends the user's sessions, and returns the user. The user can no longer log in. The user's
    /// content is kept.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`Error::InvalidInput`] for users 1 and 2, which Wiki.js keeps active. No
    /// request is sent then.
    deactivate: UsersDeactivate.deactivate, once: false, |user| !user.is_active, check_deactivated;

    /// Requires a security code at each login of a user (`enableTFA`), and returns the user.
    ///
    /// An existing secret of the user is deleted. The next login requires the set-up of an app; see
    /// [`Login::MustSetUpTwoFactor`](crate::Login::MustSetUpTwoFactor).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    enable_two_factor: UsersEnableTfa.enable_tfa, once: false, |user| user.has_two_factor;

    /// Removes the requirement of a security code at the logins of a user (`disableTFA`), deletes the user's secret,
    /// and returns the user.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    disable_two_factor: UsersDisableTfa.disable_tfa, once: false, |user| !user.has_two_factor;
}

impl Users {
    /// Observes a user. `compare` gets the current state, and `true` if the user was written: every write changes
    /// `updatedAt`, except one that changes only the groups.
    async fn observe(
        &self,
        before: &User,
        compare: impl FnOnce(User, bool) -> Observation<User>,
    ) -> Result<Observation<User>> {
        let Some(now) = self.get_opt(before.id).await? else {
            return Ok(Observation::Foreign(format!(
                "user {} was deleted",
                before.id
            )));
        };
        let is_written = now.updated_at != before.updated_at;
        Ok(compare(now, is_written))
    }

    /// Compares one property of a user with its previous state.
    async fn observe_property(
        &self,
        before: &User,
        response: Response,
        is_set: fn(&User) -> bool,
    ) -> Result<Observation<User>> {
        let compare = |now: User, is_written| match (is_set(&now), is_set(before)) {
            (true, false) => Observation::Applied(now),
            (true, true) if is_written && response == Response::Success => {
                Observation::Applied(now)
            }
            (true, true) if is_written => Observation::Hidden,
            (false, _) if is_written => {
                Observation::Foreign(format!("user {} was changed by somebody else", now.id))
            }
            _ => Observation::Unchanged,
        };
        self.observe(before, compare).await
    }

    /// Compares the current state of a user with the previous and the intended one.
    async fn observe_update(
        &self,
        before: &User,
        update: &UserUpdate,
        response: Response,
    ) -> Result<Observation<User>> {
        let (id, has_password) = (before.id, update.password_text().is_some());
        let compare = |now: User, is_written: bool| {
            let wanted = update.applied_to(before);
            let compared = compare(&State::of(before), &wanted, &State::of(&now));
            match compared.observation(now) {
                Observation::Applied(_) if has_password && !is_written => Observation::Unchanged,
                Observation::Applied(_) if has_password && response != Response::Success => {
                    Observation::Foreign(format!(
                        "user {id} was changed, but its password cannot be read"
                    ))
                }
                Observation::Partial { done, missing } => Observation::Partial {
                    done: format!("of user {id}, {done}"),
                    missing,
                },
                other => other,
            }
        };
        self.observe(before, compare).await
    }
}

impl Write<Users> {
    pub(super) async fn update_user(&self, before: &User, update: &UserUpdate) -> Result<User> {
        update.check_groups_of(before)?;
        if update.applied_to(before) == State::of(before) && update.password_text().is_none() {
            return Ok(before.clone());
        }
        if let Some(groups @ [_, ..]) = update.group_ids() {
            let known = query!(self.client, UsersGroups, groups.list);
            check_known("UsersUpdate", groups, &known)?;
        }
        let mut target = Target::new("UsersUpdate", format!("user {}", before.id)).completes();
        if update.group_ids().is_some() {
            // Wiki.js may have changed the groups before an unexpected error.
            let is_late = |error: &Error| {
                error.code() == Some(ErrorCode::Unexpected) && !error.is_forbidden()
            };
            target = target.outcome_of(is_late, Applied::Unknown);
        }
        let send = sending!(self, UsersUpdate, users.update, update.to_variables(before));
        let observe = |response| self.observe_update(before, update, response);
        self.reconcile(target, send, observe).await
    }
}

fn check_deactivated(id: UserId) -> Result<()> {
    refuse_protected(id, "cannot be deactivated")
}

/// Returns an error for users 1 and 2, without which Wiki.js does not start.
fn refuse_protected(id: UserId, problem: &str) -> Result<()> {
    refuse_if! {
        id == 1 || id == 2 => "user id",
            format!("user {id} belongs to the wiki itself and {problem}"), "pass another user";
    }
}
