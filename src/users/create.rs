//! Making users.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};

use super::{
    LOCAL, User, UserGroup, Users,
    input::{check_email, check_name, check_password},
};
use crate::{
    api::{self, users_survey::UsersSurveyUsersList as Somebody},
    error::{Applied, Error, ErrorCode, Incomplete, Result},
    outcome::{answered, mutation},
    settle::{Look, until_certain},
    text::check_short,
    transport::Turn,
    types::{GroupId, UserId},
};

/// A user to be made.
///
/// Without more words it is a user of the wiki's own (`local`), in no group. Such a user needs a
/// password; one who logs in elsewhere has none here.
///
/// ```
/// use wikijs_client::users::NewUser;
///
/// let edith = NewUser::new("edith@example.com", "Edith")
///     .password("correct horse")
///     .must_change_password()
///     .groups([3]);
/// assert!(!format!("{edith:?}").contains("horse"));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a user is made by `create`"]
pub struct NewUser {
    email: String,
    name: String,
    password: Option<SecretString>,
    provider: Option<String>,
    groups: Vec<GroupId>,
    must_change_password: bool,
    send_welcome_email: bool,
}

impl NewUser {
    /// A user with this e-mail address, which Wiki.js keeps in lower case, and this name of two
    /// characters at least.
    pub fn new(email: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            email: email.into().to_lowercase(),
            name: name.into(),
            password: None,
            provider: None,
            groups: Vec::new(),
            must_change_password: false,
            send_welcome_email: false,
        }
    }

    /// The password, six characters at least.
    pub fn password(mut self, password: impl Into<SecretString>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The user logs in by this authentication strategy instead of `local`: its key, which for all
    /// others is a UUID that the administration shows.
    pub fn provider(mut self, key: impl Into<String>) -> Self {
        self.provider = Some(key.into());
        self
    }

    /// The groups that the user is in. Default: none.
    pub fn groups(mut self, groups: impl IntoIterator<Item: Into<GroupId>>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// The first login asks for another password.
    pub fn must_change_password(mut self) -> Self {
        self.must_change_password = true;
        self
    }

    /// The wiki sends the user an e-mail with its address, if its e-mail is set up.
    pub fn send_welcome_email(mut self) -> Self {
        self.send_welcome_email = true;
        self
    }

    fn provider_key(&self) -> &str {
        self.provider.as_deref().unwrap_or(LOCAL)
    }

    /// What Wiki.js refuses, and what it would drop in silence.
    fn check(&self) -> Result<()> {
        check_email(&self.email)?;
        check_name(&self.name, 2)?;
        check_short("provider", self.provider_key())?;
        self.groups
            .iter()
            .try_for_each(|id| id.to_argument().map(drop))?;
        match (&self.password, self.provider_key()) {
            (Some(password), LOCAL) => check_password("password", password),
            (None, LOCAL) => Err(Error::invalid(
                "password",
                "a user of the wiki's own has one",
                "give one, or name the provider by which the user logs in",
            )),
            (Some(_), _) => Err(Error::invalid(
                "password",
                "Wiki.js keeps none for a user who logs in elsewhere",
                "leave it out",
            )),
            (None, _) if self.must_change_password => Err(Error::invalid(
                "must_change_password",
                "a user who logs in elsewhere has no password here",
                "leave it out",
            )),
            (None, _) => Ok(()),
        }
    }

    fn is(&self, somebody: &Somebody) -> bool {
        somebody.email == self.email && somebody.provider_key == self.provider_key()
    }
}

/// Who and what there was before a user was made.
struct Before {
    users: HashSet<i64>,
    /// The groups that the user shall be in.
    groups: Vec<UserGroup>,
}

/// What became of a create that was answered.
type Created = Result<Somebody>;

impl Users {
    /// Makes a user and gives it back as the wiki keeps it.
    ///
    /// Wiki.js answers no user, even if it made one (hazard 40): this one is looked up. Its groups are
    /// looked at before, since with one that does not exist Wiki.js makes the user and answers an
    /// error. Whoever may make users need not be allowed to read them (`write:users` without
    /// `manage:users`): then the user is given as Wiki.js makes all.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::users::NewUser;
    ///
    /// let new = NewUser::new("edith@example.com", "Edith").password("correct horse").groups([3]);
    /// let edith = wiki.users().create(new).await?;
    /// println!("{} is user {}", edith.name, edith.id);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what Wiki.js refuses (1012): nothing is sent then.
    /// [`is_not_found`](Error::is_not_found) if there is no such group: nothing is made.
    /// [`is_conflict`](Error::is_conflict) if there is a user with this address and provider (1004);
    /// [`is_invalid_input`](Error::is_invalid_input) for an unknown provider;
    /// [`is_forbidden`](Error::is_forbidden) without `write:users` or `manage:users`, or for a group
    /// with permissions that only somebody with more of them may give away.
    /// [`Error::Incomplete`] if the user is made and something after it failed, such as the e-mail of
    /// [`send_welcome_email`](NewUser::send_welcome_email) (3002). After an answer that was lost, it is
    /// not known whether that e-mail was sent.
    pub async fn create(&self, user: NewUser) -> Result<User> {
        user.check()?;
        let users = self.clone();
        let work = move |turn| async move { users.create_in(&turn, &user).await };
        self.client.write("UsersCreate", work).await
    }

    async fn create_in(&self, turn: &Turn, user: &NewUser) -> Result<User> {
        let before = self.before(user).await?;
        let created = until_certain(
            &self.client,
            "UsersCreate",
            || self.send_create(turn, user, &before),
            |_| self.look_for_created(turn, user, &before),
        )
        .await??;
        match self.get(created.id).await {
            Err(error) if error.is_forbidden() => Ok(as_made(created, before)),
            other => other.map_err(|error| read_back_failed(created.id, error)),
        }
    }

    /// Who is there, and the groups of the new user by their names.
    async fn before(&self, user: &NewUser) -> Result<Before> {
        let (users, groups) = self.survey().await?;
        let named = |id: &GroupId| {
            let group = groups.iter().find(|(known, _)| known == id);
            let (id, name) = group.ok_or_else(|| no_group("UsersCreate", *id))?;
            Ok(UserGroup {
                id: *id,
                name: name.clone(),
            })
        };
        Ok(Before {
            users: users.iter().map(|somebody| somebody.id).collect(),
            groups: user.groups.iter().map(named).collect::<Result<_>>()?,
        })
    }

    async fn survey(&self) -> Result<(Vec<Somebody>, Vec<(GroupId, String)>)> {
        let variables = api::users_survey::Variables::new();
        let data = self.client.execute::<api::UsersSurvey>(variables).await?;
        let users = data.users.and_then(|users| users.list);
        let groups = data.groups.and_then(|groups| groups.list);
        let users = answered("UsersSurvey", "users.list", users)?;
        let groups = answered("UsersSurvey", "groups.list", groups)?;
        Ok((
            users.into_iter().flatten().collect(),
            groups
                .into_iter()
                .flatten()
                .map(|group| (group.id.into(), group.name))
                .collect(),
        ))
    }

    /// The user, if it was made since.
    async fn find_created(&self, user: &NewUser, before: &Before) -> Result<Option<Somebody>> {
        let (users, _) = self.survey().await?;
        Ok(users
            .into_iter()
            .find(|somebody| user.is(somebody) && !before.users.contains(&somebody.id)))
    }

    async fn send_create(&self, turn: &Turn, user: &NewUser, before: &Before) -> Result<Created> {
        match self.send_create_once(turn, user).await {
            Ok(()) => match self.find_created(user, before).await {
                Ok(Some(created)) => Ok(Ok(created)),
                Ok(None) => Err(Error::unanswered("UsersCreate", "users.list", Applied::Yes)),
                Err(error) => Ok(Err(read_back_failed(&user.email, error))),
            },
            Err(error) if comes_after_the_user(&error) => {
                match self.find_created(user, before).await {
                    Ok(Some(created)) => Ok(Err(Error::Incomplete(Box::new(Incomplete {
                        done: format!("user {} is made", created.id),
                        missing: "what was to follow failed, the groups or the e-mail".to_owned(),
                        source: error,
                    })))),
                    Ok(None) if !error.is_transient() => Err(error.with_applied(Applied::No)),
                    _ => Err(error.with_applied(Applied::Unknown)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn send_create_once(&self, turn: &Turn, user: &NewUser) -> Result<()> {
        let password = user.password.as_ref().map(ExposeSecret::expose_secret);
        let send = async {
            let variables = api::users_create::Variables {
                password_raw: password.map(str::to_owned).into(),
                must_change_password: user.must_change_password.into(),
                send_welcome_email: user.send_welcome_email.into(),
                ..api::users_create::Variables::new(
                    user.email.clone(),
                    user.name.clone(),
                    user.provider_key().to_owned(),
                    user.groups.iter().map(|id| Some(id.get())).collect(),
                )
            };
            mutation!(self.client, turn, UsersCreate, users.create, variables);
            Ok(())
        };
        send.await
            .map_err(|error: Error| error.without(password.unwrap_or_default()))
    }

    /// Whether the user was made, and completes it if it was.
    async fn look_for_created(
        &self,
        turn: &Turn,
        user: &NewUser,
        before: &Before,
    ) -> Result<Look<Created>> {
        let Some(created) = self.find_created(user, before).await? else {
            return Ok(Look::NotMade);
        };
        self.complete(turn, user, created.id.into()).await?;
        Ok(Look::Made(Ok(created)))
    }

    /// Wiki.js stores a user first and then the groups. While it may still be at work it is waited for.
    async fn complete(&self, turn: &Turn, user: &NewUser, id: UserId) -> Result<()> {
        for wait in STILL_AT_WORK {
            self.client.pause(wait).await;
            match self.get(id).await {
                Ok(found) if user.groups.iter().all(|group| found.is_in(group)) => return Ok(()),
                Err(error) if error.is_forbidden() => return Ok(()),
                other => drop(other?),
            }
        }
        tracing::info!(user = %id, "putting a user that was made in part into its groups");
        let variables = api::users_update::Variables {
            groups: user
                .groups
                .iter()
                .map(|id| Some(id.get()))
                .collect::<Vec<_>>()
                .into(),
            ..api::users_update::Variables::new(id.to_argument()?)
        };
        mutation!(self.client, turn, UsersUpdate, users.update, variables);
        Ok(())
    }
}

/// How long the groups of a new user are waited for, in units of the client's first delay between
/// retries: by default not at all, then 0.2 and 1 s.
const STILL_AT_WORK: [u32; 3] = [0, 1, 5];

/// Whether it is an answer of the wiki that may have come when the user was stored already: the groups
/// follow the user, and the e-mail follows them. Everything else is refused before.
fn comes_after_the_user(error: &Error) -> bool {
    let of_the_mail = matches!(
        error.code(),
        Some(
            ErrorCode::MailGenericError
                | ErrorCode::MailNotConfigured
                | ErrorCode::MailTemplateFailed
                | ErrorCode::MailInvalidRecipient
        )
    );
    matches!(error, Error::Api(_)) && (of_the_mail || error.applied() != Applied::No)
}

/// A user as Wiki.js makes all.
fn as_made(created: Somebody, before: Before) -> User {
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
        groups: before.groups,
        updated_at: created.created_at.clone(),
        created_at: created.created_at,
        last_login_at: None,
    }
}

pub(super) fn no_group(operation: &'static str, id: GroupId) -> Error {
    Error::NotFound {
        operation,
        what: format!("there is no group {id}"),
    }
}

/// The write is made; only the look at it failed.
pub(super) fn read_back_failed(user: impl std::fmt::Display, error: Error) -> Error {
    Error::Incomplete(Box::new(Incomplete {
        done: format!("user {user} is written"),
        missing: "it could not be read back".to_owned(),
        source: error,
    }))
}
