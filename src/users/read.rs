//! Reading users.

use super::{LastLogin, Profile, User, UserHit, Users};
use crate::{
    api,
    error::{Error, Result},
    outcome::query,
    text::no_nul,
    types::UserId,
};

impl Users {
    /// The user with this id.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let user = wiki.users().get(3).await?;
    /// println!("{} is in {} groups", user.name, user.groups.len());
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none, which Wiki.js answers with a JavaScript
    /// error; [`is_forbidden`](Error::is_forbidden) without `manage:users`.
    pub async fn get(&self, id: impl Into<UserId>) -> Result<User> {
        let id = id.into();
        self.get_opt(id)
            .await?
            .ok_or_else(|| missing("UsersGet", id))
    }

    /// The user with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for a missing user.
    pub async fn get_opt(&self, id: impl Into<UserId>) -> Result<Option<User>> {
        match self.single(id.into()).await {
            Ok(user) => Ok(Some(user)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn single(&self, id: UserId) -> Result<User> {
        let variables = api::users_get::Variables {
            id: id.to_argument()?,
        };
        Ok(query!(self.client, UsersGet, users.single, variables).into())
    }

    /// The user that an operation is about, or the error that says so.
    pub(super) async fn subject(&self, operation: &'static str, id: UserId) -> Result<User> {
        self.get_opt(id)
            .await?
            .ok_or_else(|| missing(operation, id))
    }

    /// Up to ten users that have this text in their name or e-mail address: Wiki.js gives no more
    /// (hazard 40).
    ///
    /// The search is the database's: on PostgreSQL upper and lower case differ, `%` and `_` are
    /// wildcards. For all that match, and in any case, see [`ListUsers::search`](super::ListUsers::search).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for hit in wiki.users().search("edith").await? {
    ///     println!("{} {} <{}>", hit.id, hit.name, hit.email);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a text with a NUL character, which fails in the wiki's database;
    /// [`is_forbidden`](Error::is_forbidden) without one of `write:users`, `manage:users`,
    /// `write:groups` and `manage:groups`.
    pub async fn search(&self, query: impl Into<String>) -> Result<Vec<UserHit>> {
        let query = query.into();
        no_nul("query", &query)?;
        let variables = api::users_search::Variables { query };
        let users = query!(self.client, UsersSearch, users.search, variables);
        Ok(users.into_iter().flatten().map(UserHit::from).collect())
    }

    /// The account of the one who is calling: of the user who has logged in, or, with any API key, of
    /// user 1 (hazard 48).
    ///
    /// # Errors
    ///
    /// [`is_unauthenticated`](Error::is_unauthenticated) for a guest (1019), and for a user who was
    /// deactivated meanwhile (1013).
    pub async fn profile(&self) -> Result<Profile> {
        let variables = api::users_profile::Variables::new();
        Ok(query!(self.client, UsersProfile, users.profile, variables).into())
    }

    /// The ten users who logged in last, the latest first.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without one of `write:users`, `manage:users`,
    /// `write:groups` and `manage:groups`.
    pub async fn last_logins(&self) -> Result<Vec<LastLogin>> {
        let variables = api::users_last_logins::Variables::new();
        let logins = query!(self.client, UsersLastLogins, users.last_logins, variables);
        Ok(logins.into_iter().flatten().map(LastLogin::from).collect())
    }
}

pub(super) fn missing(operation: &'static str, id: UserId) -> Error {
    Error::NotFound {
        operation,
        what: format!("there is no user {id}"),
    }
}
