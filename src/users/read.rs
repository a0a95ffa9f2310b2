//! Reads of users.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{LastLogin, Profile, User, UserHit, UserSummary, Users};
use crate::{
    api,
    call::{Call, request},
    error::{Applied, Error, Result},
    response::query,
    text::no_nul,
    types::UserId,
};

impl Users {
    /// Returns the user with this id.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let user = wiki.users().get(3).await?;
    /// println!("{} is in {} groups", user.name, user.groups.len());
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:users`.
    pub fn get(&self, id: impl Into<UserId>) -> Call<User> {
        let id = id.into();
        Call::on(self, move |users| async move {
            users.subject("UsersGet", id).await
        })
    }

    /// Returns the user with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing user.
    pub fn get_opt(&self, id: impl Into<UserId>) -> Call<Option<User>> {
        let id = id.into();
        Call::on(self, move |users| async move {
            let id = id.to_argument()?;
            let variables = api::users_get::Variables { id };
            match users.client.execute::<api::UsersGet>(variables).await {
                Ok(data) => Ok(Some(data.users.single.into())),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// Returns the user that an operation refers to, or an error for a missing user.
    pub(super) async fn subject(&self, operation: &'static str, id: UserId) -> Result<User> {
        let found = self.get_opt(id).await?;
        found.ok_or_else(|| Error::not_found(operation, format_args!("user {id}")))
    }

    /// Searches users by a text in their names or e-mail addresses. Wiki.js returns at most ten
    /// ([K40](crate::guide::known_issues#k40)).
    ///
    /// The database of the wiki compares the texts. On PostgreSQL the search is case-sensitive, and `%` and `_` are
    /// wildcards. For all matches, ignoring case, see [`ListUsers::search`].
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for hit in wiki.users().search("edith").await? {
    ///     println!("{} {} <{}>", hit.id, hit.name, hit.email);
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a text with a NUL character, which fails in the wiki's database;
    /// [`is_forbidden`](Error::is_forbidden) without one of `write:users`, `manage:users`,
    /// `write:groups` and `manage:groups`.
    pub fn search(&self, query: impl Into<String>) -> Call<Vec<UserHit>> {
        let query = query.into();
        Call::on(self, |users| async move {
            no_nul("query", &query)?;
            let found = query!(users.client, UsersSearch, users.search(query));
            Ok(found.into_iter().map(UserHit::from).collect())
        })
    }

    /// Returns the account of the caller: the user who has logged in, or user 1 with any API key
    /// ([K48](crate::guide::known_issues#k48)).
    ///
    /// # Errors
    ///
    /// [`is_unauthenticated`](Error::is_unauthenticated) for a guest (1019), and for a user who was
    /// deactivated in the meantime (1013).
    pub fn profile(&self) -> Call<Profile> {
        Call::on(self, |users| async move {
            let profile = query!(users.client, UsersProfile, users.profile);
            let missing = || Error::missing_field("UsersProfile", "users.profile", Applied::No);
            Ok(profile.ok_or_else(missing)?.into())
        })
    }

    /// Returns the ten users who logged in last, the most recent first.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without one of `write:users`, `manage:users`,
    /// `write:groups` and `manage:groups`.
    pub fn last_logins(&self) -> Call<Vec<LastLogin>> {
        Call::on(self, |users| async move {
            let logins = query!(users.client, UsersLastLogins, users.last_logins);
            Ok(logins.into_iter().map(LastLogin::from).collect())
        })
    }

    /// Lists the users of the wiki, including the guest.
    ///
    /// Wiki.js ignores the arguments `filter` and `orderBy` and returns all users, so the client
    /// filters and sorts them. To find a few users among many, see [`search`](Self::search).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::users::UserOrderBy;
    ///
    /// for user in wiki.users().list().search("example.com").active(true).order_by(UserOrderBy::Name).await? {
    ///     println!("{} {} <{}>", user.id, user.name, user.email);
    /// }
    /// # });
    /// ```
    pub fn list(&self) -> ListUsers {
        ListUsers::new(self.clone())
    }
}

/// Sort order of a list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UserOrderBy {
    /// By id, which is the order of creation.
    #[default]
    Id,
    /// By name, ignoring case.
    Name,
    /// By e-mail address.
    Email,
    /// By the last login. Users who never logged in come first.
    LastLogin,
}

request! {
    /// Request builder for a list of users, returned by [`Users::list`]. Await it.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `write:users` or `manage:users`.
    ListUsers(users: Users) -> Vec<UserSummary>, run {
        search: Option<String> = None;
        provider: Option<String> = None;
        is_active: Option<bool> = None;
        order_by: UserOrderBy = UserOrderBy::Id;
        descending: bool = false;
        limit: usize = usize::MAX;
        offset: usize = 0;
    }

    /// Selects users whose name or e-mail address contains this text, ignoring case.
    search(text: impl Into<String>) => search = Some(text.into().to_lowercase());

    /// Selects users of this authentication strategy, such as `local`.
    provider(key: impl Into<String>) => provider = Some(key.into());

    /// Selects users who are active, or those who are deactivated.
    active(is_active: bool) => is_active = Some(is_active);

    /// Sets the sort order. Default: by id. Users that are equal in this order are sorted by id.
    order_by(order_by: UserOrderBy) => order_by = order_by;

    /// Sorts in ascending order, which is the default.
    ascending() => descending = false;

    /// Sorts in descending order.
    descending() => descending = true;

    /// Limits the number of users.
    limit(users: usize) => limit = users;

    /// Skips this many users at the start of the list.
    offset(users: usize) => offset = users;
}

impl ListUsers {
    fn is_selected(&self, user: &UserSummary) -> bool {
        let has_text = |text: &String| {
            user.name.to_lowercase().contains(text) || user.email.to_lowercase().contains(text)
        };
        let is_of = |key: &String| user.provider == *key;
        self.search.as_ref().is_none_or(has_text)
            && self.provider.as_ref().is_none_or(is_of)
            && self.is_active.is_none_or(|is| user.is_active == is)
    }

    fn compare(&self, one: &UserSummary, other: &UserSummary) -> Ordering {
        let order = match self.order_by {
            UserOrderBy::Id => Ordering::Equal,
            UserOrderBy::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            UserOrderBy::Email => one.email.cmp(&other.email),
            UserOrderBy::LastLogin => one.last_login_at.cmp(&other.last_login_at),
        };
        order.then(one.id.cmp(&other.id))
    }

    async fn run(self) -> Result<Vec<UserSummary>> {
        let users = query!(self.users.client, UsersList, users.list).into_iter();
        let mut users: Vec<UserSummary> = users.map(UserSummary::from).collect();
        users.retain(|user| self.is_selected(user));
        users.sort_by(|one, other| self.compare(one, other));
        if self.descending {
            users.reverse();
        }
        let selected = users.into_iter().skip(self.offset).take(self.limit);
        Ok(selected.collect())
    }
}
