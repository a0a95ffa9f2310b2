//! Creation and upsert of users.

use secrecy::ExposeSecret;

use super::{NewUser, User, UserGroup, UserUpdate, Users};
use crate::{
    api::{self, fragments::NamedGroup, users_survey::UsersSurveyUsersList as Listed},
    call::Call,
    client::{strategies, unknown_strategy},
    error::{Error, Result},
    groups::no_group,
    handle::{Handle, Write},
    response::sending,
    text::js_trim,
    types::GroupId,
    write::{Observation, Response, Target, Upserted, is_older},
};

/// State before a user is created.
struct Before {
    users: Vec<Listed>,
    /// The groups of the new user.
    groups: Vec<UserGroup>,
    /// The time at which the write began, by the wiki's clock.
    begun: Option<jiff::Timestamp>,
}

impl NewUser {
    fn is(&self, user: &Listed) -> bool {
        user.email == self.email && user.provider_key == self.provider
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
    /// If the user exists, the name is updated, and the groups if [`groups`](NewUser::groups) was called. The
    /// password and the other fields apply to a new user only, so that a second call does not reset a password.
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
            let Some(existing) = before.users.iter().find(|listed| user.is(listed)) else {
                let created = write.create_user(&user, &before).await?;
                return Ok(Upserted::Created(created));
            };
            let mut update = UserUpdate::new().name(&user.name);
            if let Some(groups) = &user.groups {
                update = update.groups(groups);
            }
            let existing = write.subject("UsersUpsert", existing.id.into()).await?;
            let updated = write.update_user(&existing, &update).await?;
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
        let groups = survey.groups.list;
        check_known("UsersCreate", user.group_ids(), &groups)?;
        let is_own = |group: &UserGroup| user.group_ids().contains(&group.id);
        Ok(Before {
            users: survey.users.list,
            groups: groups.into_iter().map(Into::into).filter(is_own).collect(),
            begun: self.client.inner().transport.server_time(),
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
        let existed = before.users.iter().any(|listed| listed.id == id)
            || is_older(&created.created_at, before.begun);
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
        let groups = user.group_ids().iter();
        let variables = api::users_create::Variables {
            email: user.email.clone(),
            password_raw: password.map(str::to_owned).into(),
            name: user.name.clone(),
            provider_key: user.provider.clone(),
            groups: groups.map(|id| Some(id.get())).collect(),
            must_change_password: user.must_change_password.into(),
            send_welcome_email: user.send_welcome_email.into(),
        };
        let send = sending!(self, UsersCreate, users.create, variables);
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

/// Returns an error for a group that does not exist.
pub(super) fn check_known(
    operation: &'static str,
    groups: &[GroupId],
    known: &[NamedGroup],
) -> Result<()> {
    let is_unknown = |id: &&GroupId| known.iter().all(|group| **id != group.id);
    match groups.iter().find(is_unknown) {
        None => Ok(()),
        Some(missing) => {
            let known = known.iter().map(|group| (group.id, &*group.name));
            Err(no_group(operation, format!("group {missing}"), known))
        }
    }
}
