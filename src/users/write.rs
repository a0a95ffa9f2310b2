//! Creation, update and deletion of users.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{NewUser, User, UserGroup, UserUpdate, Users, by_id, no_group};
use crate::{
    api::{self, fragments::NamedGroup, users_survey::UsersSurveyUsersList as Listed},
    call::Call,
    client::{strategies, unknown_strategy},
    error::{Applied, Error, ErrorCode, Result},
    handle::{Handle, Write},
    response::{query, sending, succeeded, variables},
    text::{js_trim, refuse_if},
    types::{GroupId, UserId, distinct},
    write::{Observation, Response, Target, Upserted, compare},
};

/// State before a user is created.
struct Before {
    users: Vec<Listed>,
    /// The groups of the new user.
    groups: Vec<UserGroup>,
}

impl NewUser {
    /// Returns `true` for the user that Wiki.js creates from these parameters.
    fn is(&self, user: &Listed) -> bool {
        user.email == self.email && user.provider_key == self.provider
    }

    /// Finds the user with this address and provider. A stored address may have capitals, which Wiki.js itself would
    /// not find. A user with exactly this address comes first.
    fn find<'a>(&self, users: &'a [Listed]) -> Option<&'a Listed> {
        let is_same = |user: &&Listed| {
            user.email.to_lowercase() == self.email && user.provider_key == self.provider
        };
        let exact = users.iter().find(|user| self.is(user));
        exact.or_else(|| users.iter().find(is_same))
    }
}

impl Users {
    /// Creates a user and returns it as stored.
    ///
    /// Wiki.js does not return the created user ([K40](crate::guide::known_issues#k40)), so the client
    /// looks up the user. It checks first that the groups exist, because with a missing group Wiki.js creates the user
    /// and reports an error. A caller with `write:users` but without `manage:users` may not read users; this method
    /// then returns the user with the defaults of Wiki.js.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::users::NewUser;
    ///
    /// let new = NewUser::new("edith@example.com", "Edith").password("correct horse").groups([3]);
    /// let edith = wiki.users().create(new).await?;
    /// println!("{} is user {}", edith.name, edith.id);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`], before anything is sent, for values that Wiki.js refuses (1012). Also for an unknown
    ///   [`provider`](NewUser::provider); the message lists the strategies of the wiki.
    /// - [`is_not_found`](Error::is_not_found) if a group does not exist. The message lists the existing groups, and
    ///   nothing is created.
    /// - [`is_conflict`](Error::is_conflict) if there is a user with this address and provider (1004).
    /// - [`is_forbidden`](Error::is_forbidden) without `write:users` or `manage:users`, or for a group with
    ///   permissions above the caller's own.
    /// - [`Error::PartiallyApplied`] if the user is stored and a later step failed, such as the e-mail of
    ///   [`send_welcome_email`](NewUser::send_welcome_email) (3002).
    /// - [`Error::Unconfirmed`] if the response was lost and the user did not appear within the time of
    ///   [`confirm_writes_for`](crate::ClientBuilder::confirm_writes_for), or its groups may not be read. It is
    ///   unknown then whether the e-mail was sent.
    pub fn create(&self, user: NewUser) -> Call<User> {
        self.mutate("UsersCreate", user.check(), |write| async move {
            let before = write.before(&user).await?;
            write.create_user(&user, &before).await
        })
    }

    /// Creates a user, or updates the one with the same e-mail address and provider.
    ///
    /// The case of the stored address is ignored. If the user exists, the name is updated, and the groups if
    /// [`groups`](NewUser::groups) was called. The password and the other fields apply to a new user only, so that a
    /// second call does not reset a password.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::users::NewUser;
    ///
    /// let edith = NewUser::new("edith@example.com", "Edith").password("correct horse").groups([3]);
    /// let edith = wiki.users().upsert(edith).await?;
    /// println!("{}", edith.stored().id);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create) and [`update`](Self::update).
    pub fn upsert(&self, user: NewUser) -> Call<Upserted<User>> {
        self.mutate("UsersUpsert", user.check(), |write| async move {
            let before = write.before(&user).await?;
            let Some(existing) = user.find(&before.users) else {
                let created = write.create_user(&user, &before).await?;
                return Ok(Upserted::Created(created));
            };
            let mut update = UserUpdate::new().name(&user.name);
            update.groups = user.groups;
            let existing = write.subject("UsersUpsert", existing.id.into()).await?;
            let updated = write.update_user(&existing, update).await?;
            Ok(if updated == existing {
                Upserted::Unchanged(updated)
            } else {
                Upserted::Updated(updated)
            })
        })
    }

    /// Replaces the database error for a provider that the wiki does not have by one that lists the strategies.
    async fn explain(&self, provider: &str, error: Error) -> Error {
        match strategies(&self.client).await {
            Ok(known) if known.iter().all(|(key, _)| key != provider) => Error::invalid(
                "provider",
                unknown_strategy(provider, &known),
                "pass the key of one of these strategies",
            ),
            _ => error,
        }
    }

    /// Reads all users, and the names of the groups of the new user.
    async fn before(&self, user: &NewUser) -> Result<Before> {
        let survey = self.survey().await?;
        Ok(Before {
            users: survey.users.list,
            groups: named("UsersCreate", user.group_ids(), survey.groups.list)?,
        })
    }

    async fn survey(&self) -> Result<api::users_survey::ResponseData> {
        let variables = api::users_survey::Variables::new();
        self.client.execute::<api::UsersSurvey>(variables).await
    }

    /// Looks for the new user. Wiki.js stores a user first, then its groups, and sends the e-mail last.
    async fn observe_creation(
        &self,
        user: &NewUser,
        before: &Before,
        response: Response,
    ) -> Result<Observation<User>> {
        let users = self.survey().await?.users.list;
        // The database allows one user for each address and provider.
        let Some(created) = users.into_iter().find(|listed| user.is(listed)) else {
            return Ok(Observation::Unchanged);
        };
        let (id, email) = (created.id, &user.email);
        // Not the creation time: the clocks of the wiki, its replicas and the proxies in front of it may differ.
        let existed = before.users.iter().any(|listed| listed.id == id);
        if existed && response.is_final() {
            return Ok(Observation::Unchanged);
        }
        if existed || js_trim(&created.name) != js_trim(&user.name) {
            return Ok(Observation::Foreign(format!(
                "user {id} has the address {email}, and was not created by this call"
            )));
        }
        let done = format!("user {id} ({email}) is stored");
        let missing = match self.get_opt(id).await {
            Err(error) if !error.is_forbidden() => return Err(error),
            Err(_) if response == Response::Success => {
                return Ok(Observation::Applied(as_created(created, before)));
            }
            Err(_) => "the caller may not read whether it is in its groups".to_owned(),
            Ok(None) => {
                return Ok(Observation::Foreign(format!(
                    "user {id} was created, and deleted by somebody else"
                )));
            }
            Ok(Some(stored)) => match user.group_ids().iter().find(|id| !stored.is_in(**id)) {
                Some(group) => format!("it is not in group {group}"),
                None if user.send_welcome_email && response == Response::FinalError => {
                    "the e-mail was not sent".to_owned()
                }
                None => return Ok(Observation::Applied(stored)),
            },
        };
        Ok(Observation::Partial { done, missing })
    }
}

impl Write<Users> {
    async fn create_user(&self, user: &NewUser, before: &Before) -> Result<User> {
        let target = Target::new("UsersCreate", format!("user {}", user.email))
            .refused_if_executed(Error::is_conflict);
        let password = user.password.as_ref().map(ExposeSecret::expose_secret);
        // With an id twice, Wiki.js stores two memberships.
        let groups: Vec<GroupId> = distinct(user.group_ids().iter().copied());
        let variables = api::users_create::Variables {
            email: user.email.clone(),
            password_raw: password.map(str::to_owned).into(),
            name: user.name.clone(),
            provider_key: user.provider.clone(),
            groups: groups.into_iter().map(|id| Some(id.get())).collect(),
            must_change_password: user.must_change_password.into(),
            send_welcome_email: user.send_welcome_email.into(),
        };
        let send = sending!(self, UsersCreate, variables);
        let observe = |response| self.observe_creation(user, before, response);
        match self.reconcile(target, send, observe).await {
            Err(error) if error.is_invalid_input() => {
                Err(self.explain(&user.provider, error).await)
            }
            result => result,
        }
    }
}

/// Builds a user that the caller may not read, with the defaults of Wiki.js.
fn as_created(created: Listed, before: &Before) -> User {
    User {
        id: created.id.into(),
        name: created.name,
        email: created.email,
        provider: created.provider_key,
        provider_name: None,
        provider_id: None,
        can_have_two_factor: None,
        has_two_factor: false,
        is_system: false,
        is_active: true,
        is_verified: true,
        location: String::new(),
        job_title: String::new(),
        timezone: "America/New_York".to_owned(),
        date_format: None,
        appearance: None,
        groups: before.groups.clone(),
        updated_at: created.created_at.clone(),
        created_at: created.created_at,
        last_login_at: None,
    }
}

/// Returns the groups with these ids, sorted by id, or an error for a group that does not exist.
fn named(
    operation: &'static str,
    ids: &[GroupId],
    known: Vec<NamedGroup>,
) -> Result<Vec<UserGroup>> {
    let is_unknown = |id: &&GroupId| known.iter().all(|group| **id != group.id);
    if let Some(missing) = ids.iter().find(is_unknown) {
        let known = known.iter().map(|group| (group.id, &*group.name));
        return Err(no_group(operation, format!("group {missing}"), known));
    }
    let is_chosen = |group: &NamedGroup| ids.iter().any(|id| *id == group.id);
    let chosen = known.into_iter().filter(is_chosen);
    let groups = chosen.map(|NamedGroup { id, name }| UserGroup {
        id: id.into(),
        name,
    });
    Ok(by_id(groups.collect(), |group| group.id))
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
        let checked = id.check().and_then(|()| update.check());
        self.mutate("UsersUpdate", checked, move |write| async move {
            let before = write.subject("UsersUpdate", id).await?;
            write.update_user(&before, update).await
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
            id.check()?;
            replacement.check()?;
            refuse_protected(id, "cannot be deleted")?;
            refuse_if! {
                id == replacement => "replacement", "it is the user to delete",
                    "pass another user, such as user 1";
            }
        };
        self.mutate("UsersDelete", check(), move |write| async move {
            write.subject("UsersDelete", id).await?;
            write.subject("UsersDelete", replacement).await?;
            // Wiki.js assigns the user's content to the replacement before it deletes the user.
            let target = write
                .target(format!("user {id}"))
                .automatic()
                .refused_if_executed(Error::is_not_found)
                .outcome_of(Error::is_conflict, Applied::Unknown);
            let send = sending!(write, UsersDelete(id, replacement));
            let observe = async |response| {
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
    /// match wiki.users().reset_password(3).await? {
    ///     PasswordReset::Accepted => println!("the wiki accepted the request"),
    ///     PasswordReset::NotImplemented => {
    ///         wiki.users().update(3, UserUpdate::new().password("battery staple")).await?;
    ///     }
    ///     other => println!("{other:?}"),
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
        self.mutate("UsersResetPassword", id.check(), move |write| async move {
            let send = || async {
                let variables = variables!(UsersResetPassword(id));
                let sent = write.execute_field::<api::UsersResetPassword>(variables);
                let Some(status) = sent.await?.response_result else {
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
        $name:ident: $operation:ident, once: $is_once:expr, $is_set:expr
        $(, protected: $problem:expr)?;
    )*) => {
        impl Users {
            $(
                $(#[$doc])*
                pub fn $name(&self, id: impl Into<UserId>) -> Call<User> {
                    let id = id.into();
                    let checked = id.check()$(.and_then(|()| refuse_protected(id, $problem)))?;
                    self.mutate(stringify!($operation), checked, move |write| async move {
                        let before = write.subject(stringify!($operation), id).await?;
                        let is_set: fn(&User) -> bool = $is_set;
                        if $is_once && is_set(&before) {
                            return Ok(before);
                        }
                        let send = sending!(write, $operation(id));
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
    verify: UsersVerify, once: true, |user| user.is_verified;

    /// Activates a user, so that the user can log in, and returns the user.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    activate: UsersActivate, once: true, |user| user.is_active;

    /// Deactivates a user, ends the user's sessions, and returns the user. The user can no longer log in. The user's
    /// content is kept.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`Error::InvalidInput`] for users 1 and 2, which Wiki.js keeps active. No
    /// request is sent then.
    deactivate: UsersDeactivate, once: false, |user| !user.is_active,
        protected: "cannot be deactivated";

    /// Requires a security code at each login of a user (`enableTFA`), and returns the user.
    ///
    /// An existing secret of the user is deleted. The next login requires the set-up of an app; see
    /// [`Login::MustSetUpTwoFactor`](crate::Login::MustSetUpTwoFactor).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    enable_two_factor: UsersEnableTfa, once: false, |user| user.has_two_factor;

    /// Removes the requirement of a security code at the logins of a user (`disableTFA`), deletes the user's secret,
    /// and returns the user.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    disable_two_factor: UsersDisableTfa, once: false, |user| !user.has_two_factor;
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
}

impl Write<Users> {
    /// Updates a user that was read within this write.
    async fn update_user(&self, before: &User, update: UserUpdate) -> Result<User> {
        update.check_groups_of(before)?;
        let (id, has_password) = (before.id, update.password.is_some());
        let groups = match &update.groups {
            Some(ids) => self.groups_after(before, ids).await?,
            None => before.groups.clone(),
        };
        let wanted = &update.apply(before, groups);
        if wanted == before && !has_password {
            return Ok(before.clone());
        }
        let mut target = Target::new("UsersUpdate", format!("user {id}")).completes();
        if update.groups.is_some() {
            // Wiki.js may have changed the groups before an unexpected error.
            let is_late = |error: &Error| {
                error.code() == Some(ErrorCode::Unexpected) && !error.is_forbidden()
            };
            target = target.outcome_of(is_late, Applied::Unknown);
        }
        let send = sending!(self, UsersUpdate, update.to_variables(wanted));
        let observe = async |response: Response| {
            let compare = |now: User, is_written: bool| match compare(before, wanted, &now)
                .observation(now)
            {
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
            };
            self.observe(before, compare).await
        };
        self.reconcile(target, send, observe).await
    }

    /// Returns the groups with these ids, for a user that was read.
    async fn groups_after(&self, before: &User, ids: &[GroupId]) -> Result<Vec<UserGroup>> {
        let is_kept = |group: &&UserGroup| ids.contains(&group.id);
        if ids.iter().all(|id| before.is_in(*id)) {
            return Ok(before.groups.iter().filter(is_kept).cloned().collect());
        }
        let known = query!(self.client, UsersGroups);
        named("UsersUpdate", ids, known)
    }
}

/// Returns an error for users 1 and 2, without which Wiki.js does not start.
fn refuse_protected(id: UserId, problem: &str) -> Result<()> {
    refuse_if! {
        id == 1 || id == 2 => "user id",
            format!("user {id} belongs to the wiki itself and {problem}"), "pass another user";
    }
}
