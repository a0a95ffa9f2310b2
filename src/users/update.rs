//! Update and deletion of users, and changes of their accounts.

use serde::{Deserialize, Serialize};

use super::{User, UserGroup, UserUpdate, Users, create::no_group, input::State};
use crate::{
    api,
    call::Call,
    error::{Applied, Error, ErrorCode, Result},
    handle::Handle,
    response::{mutation, query, sending, succeeded},
    transport::WritePermit,
    types::{GroupId, UserId},
    write::{Observation, Repeat, Response, Target, compare, write_and_reconcile},
};

/// Returns the call that sets one property of a user.
macro_rules! set_property {
    ($users:ident, $id:ident, $checked:expr, $operation:ident($module:ident, $field:ident), $is_once:expr, $is_set:expr) => {{
        let checked = $id.to_argument().and_then(|_| $checked);
        $users.write(
            stringify!($operation),
            checked,
            move |users, permit| async move {
                let variables = api::$module::Variables::new($id.get());
                let client = &users.client;
                let send = sending!(client, &permit, $operation, users.$field, variables);
                users
                    .set(
                        &permit,
                        stringify!($operation),
                        $id,
                        ($is_once, $is_set),
                        send,
                    )
                    .await
            },
        )
    }};
}

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
        self.write("UsersUpdate", checked, move |users, permit| async move {
            let before = users.subject("UsersUpdate", id).await?;
            users.update_in(&permit, &before, &update).await
        })
    }

    pub(super) async fn update_in(
        &self,
        permit: &WritePermit,
        before: &User,
        update: &UserUpdate,
    ) -> Result<User> {
        update.check_groups_of(before)?;
        if update.applied_to(before) == State::of(before) && update.password_text().is_none() {
            return Ok(before.clone());
        }
        if let Some(groups) = update.group_ids() {
            self.check_groups(groups).await?;
        }
        let target = Target::new("UsersUpdate", format!("user {}", before.id)).completes();
        let send = || self.send_update(permit, before, update);
        let observe = |response| self.observe_update(before, update, response);
        write_and_reconcile(&self.client, permit, &target, send, observe).await
    }

    async fn send_update(
        &self,
        permit: &WritePermit,
        before: &User,
        update: &UserUpdate,
    ) -> Result<Option<User>> {
        let send = async {
            let variables = update.to_variables(before);
            mutation!(self.client, permit, UsersUpdate, users.update, variables);
            Ok(None)
        };
        send.await.map_err(|error: Error| {
            // Wiki.js may have changed the groups before an unexpected error.
            let is_late = error.code() == Some(ErrorCode::Unexpected) && !error.is_forbidden();
            if update.group_ids().is_some() && is_late {
                error.with_applied(Applied::Unknown)
            } else {
                error
            }
        })
    }

    /// Compares the current state of a user with the previous and the intended one. Every write changes `updatedAt`,
    /// except one that changes only the groups.
    async fn observe_update(
        &self,
        before: &User,
        update: &UserUpdate,
        response: Response,
    ) -> Result<Observation<User>> {
        let id = before.id;
        let Some(now) = self.get_opt(id).await? else {
            return Ok(Observation::Foreign(format!("user {id} was deleted")));
        };
        let wanted = update.applied_to(before);
        let compared = compare(&State::of(before), &wanted, &State::of(&now));
        let is_touched = now.updated_at != before.updated_at;
        let has_password = update.password_text().is_some();
        Ok(match compared.observation(now) {
            Observation::Applied(_) if has_password && !is_touched => Observation::Unchanged,
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
        })
    }

    async fn check_groups(&self, wanted: &[GroupId]) -> Result<()> {
        if wanted.is_empty() {
            return Ok(());
        }
        let groups = query!(self.client, UsersGroups, groups.list).into_iter();
        let known: Vec<_> = groups.map(UserGroup::from).collect();
        let is_unknown = |id: &&GroupId| known.iter().all(|group| group.id != **id);
        match wanted.iter().find(is_unknown) {
            None => Ok(()),
            Some(id) => Err(no_group("UsersUpdate", *id, &known)),
        }
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
            if id != replacement {
                return Ok(());
            }
            let problem = "it is the user to delete";
            Err(Error::invalid(
                "replacement",
                problem,
                "pass another user, such as user 1",
            ))
        };
        self.write("UsersDelete", check(), move |users, permit| async move {
            users.delete_in(&permit, id, replacement).await
        })
    }

    async fn delete_in(&self, permit: &WritePermit, id: UserId, replacement: UserId) -> Result<()> {
        self.subject("UsersDelete", id).await?;
        self.subject("UsersDelete", replacement).await?;
        let target = Target::new("UsersDelete", format!("user {id}"))
            .repeat(Repeat::Automatic)
            .refused_if_executed(Error::is_not_found);
        let variables = api::users_delete::Variables {
            id: id.get(),
            replace_id: replacement.get(),
        };
        let send = sending!(self.client, permit, UsersDelete, users.delete, variables);
        let send = || async {
            send().await.map_err(|error: Error| {
                // Wiki.js assigns the user's content to the replacement before it deletes the user.
                if error.is_conflict() {
                    error.with_applied(Applied::Unknown)
                } else {
                    error
                }
            })
        };
        let observe = |response| async move {
            Ok(match (self.get_opt(id).await?, response) {
                (None, _) => Observation::Applied(()),
                (Some(_), Response::FinalError) => Observation::Foreign(format!(
                    "user {id} exists, and some of what it wrote may be assigned to user {replacement}"
                )),
                (Some(_), _) => Observation::Unchanged,
            })
        };
        write_and_reconcile(&self.client, permit, &target, send, observe).await
    }

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
    pub fn verify(&self, id: impl Into<UserId>) -> Call<User> {
        let id = id.into();
        set_property!(
            self,
            id,
            Ok(()),
            UsersVerify(users_verify, verify),
            true,
            |user| user.is_verified
        )
    }

    /// Activates a user, so that the user can log in, and returns the user.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn activate(&self, id: impl Into<UserId>) -> Call<User> {
        let id = id.into();
        set_property!(
            self,
            id,
            Ok(()),
            UsersActivate(users_activate, activate),
            true,
            |user| user.is_active
        )
    }

    /// Deactivates a user, ends the user's sessions, and returns the user. The user can no longer log in. The user's
    /// content is kept.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`Error::InvalidInput`] for users 1 and 2, which Wiki.js keeps active. No
    /// request is sent then.
    pub fn deactivate(&self, id: impl Into<UserId>) -> Call<User> {
        let id = id.into();
        let checked = refuse_protected(id, "cannot be deactivated");
        set_property!(
            self,
            id,
            checked,
            UsersDeactivate(users_deactivate, deactivate),
            false,
            |user| !user.is_active
        )
    }

    /// Requires a security code at each login of a user (`enableTFA`), and returns the user.
    ///
    /// An existing secret of the user is deleted. The next login requires the set-up of an app; see
    /// [`Login::MustSetUpTwoFactor`](crate::Login::MustSetUpTwoFactor).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn enable_two_factor(&self, id: impl Into<UserId>) -> Call<User> {
        let id = id.into();
        set_property!(
            self,
            id,
            Ok(()),
            UsersEnableTfa(users_enable_tfa, enable_tfa),
            false,
            |user| user.has_two_factor
        )
    }

    /// Removes the requirement of a security code at the logins of a user (`disableTFA`), deletes the user's secret,
    /// and returns the user.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn disable_two_factor(&self, id: impl Into<UserId>) -> Call<User> {
        let id = id.into();
        set_property!(
            self,
            id,
            Ok(()),
            UsersDisableTfa(users_disable_tfa, disable_tfa),
            false,
            |user| !user.has_two_factor
        )
    }

    /// Sets one property of a user. Wiki.js reports success for a user that does not exist
    /// ([K41](crate::guide::known_issues#k41)), so the user is read before and after.
    ///
    /// If `is_once` is `true`, nothing is sent for a user who already has the property.
    async fn set<Sending>(
        &self,
        permit: &WritePermit,
        operation: &'static str,
        id: UserId,
        (is_once, is_set): (bool, fn(&User) -> bool),
        send: impl Fn() -> Sending,
    ) -> Result<User>
    where
        Sending: Future<Output = Result<Option<User>>>,
    {
        let before = self.subject(operation, id).await?;
        if is_once && is_set(&before) {
            return Ok(before);
        }
        let target = Target::new(operation, format!("user {id}"));
        let observe = |response| self.observe_property(&before, response, is_set);
        write_and_reconcile(&self.client, permit, &target, send, observe).await
    }

    /// Compares one property of a user with its previous state. Every write of a property changes `updatedAt`.
    async fn observe_property(
        &self,
        before: &User,
        response: Response,
        is_set: fn(&User) -> bool,
    ) -> Result<Observation<User>> {
        let id = before.id;
        let Some(now) = self.get_opt(id).await? else {
            return Ok(Observation::Foreign(format!("user {id} was deleted")));
        };
        let is_touched = now.updated_at != before.updated_at;
        Ok(match (is_set(&now), is_set(before)) {
            (true, false) => Observation::Applied(now),
            (true, true) if is_touched && response == Response::Success => {
                Observation::Applied(now)
            }
            (true, true) if is_touched => Observation::Hidden,
            (false, _) if is_touched => {
                Observation::Foreign(format!("user {id} was changed by somebody else"))
            }
            _ => Observation::Unchanged,
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
        self.write(
            "UsersResetPassword",
            checked,
            move |users, permit| async move {
                let target = Target::new("UsersResetPassword", format!("user {id}"));
                let send = || users.send_reset(&permit, id);
                let observe = |_| async { Ok(Observation::Hidden) };
                write_and_reconcile(&users.client, &permit, &target, send, observe).await
            },
        )
    }

    async fn send_reset(&self, permit: &WritePermit, id: UserId) -> Result<Option<PasswordReset>> {
        let variables = api::users_reset_password::Variables { id: id.get() };
        let sent = self
            .client
            .execute_in::<api::UsersResetPassword>(permit, variables);
        Ok(Some(
            match sent.await?.users.reset_password.response_result {
                None => PasswordReset::NotImplemented,
                Some(status) => {
                    succeeded("UsersResetPassword", &status)?;
                    PasswordReset::Accepted
                }
            },
        ))
    }
}

/// Returns an error for users 1 and 2, without which Wiki.js does not start.
fn refuse_protected(id: UserId, problem: &str) -> Result<()> {
    if id != 1 && id != 2 {
        return Ok(());
    }
    let problem = format!("user {id} belongs to the wiki itself and {problem}");
    Err(Error::invalid("user id", problem, "pass another user"))
}
