//! Listing users.

use std::{cmp::Ordering, future::IntoFuture};

use futures::{FutureExt, future::BoxFuture};

use super::{UserSummary, Users};
use crate::{api, error::Result, outcome::query};

/// By what a list of users is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum UserOrderBy {
    /// By id, that is by age.
    #[default]
    Id,
    /// By name, upper and lower case alike.
    Name,
    /// By e-mail address.
    Email,
    /// By the last login; those who never logged in come first.
    LastLogin,
}

impl Users {
    /// The users of the wiki, the guest among them.
    ///
    /// Wiki.js takes a filter and an order here and ignores both, and lists all users without any
    /// order: they are picked and ordered by this library. To look for a few among many, see
    /// [`search`](Self::search).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::users::UserOrderBy;
    ///
    /// for user in wiki.users().list().search("example.com").active(true).order_by(UserOrderBy::Name).await? {
    ///     println!("{} {} <{}>", user.id, user.name, user.email);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn list(&self) -> ListUsers {
        ListUsers {
            users: self.clone(),
            search: None,
            provider: None,
            is_active: None,
            order_by: UserOrderBy::Id,
            descending: false,
            limit: None,
            offset: 0,
        }
    }

    pub(super) async fn all(&self) -> Result<Vec<UserSummary>> {
        let variables = api::users_list::Variables::new();
        let users = query!(self.client, UsersList, users.list, variables);
        Ok(users.into_iter().flatten().map(UserSummary::from).collect())
    }
}

/// A list of users. Await it.
///
/// # Errors
///
/// [`is_forbidden`](crate::Error::is_forbidden) without `write:users` or `manage:users`.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListUsers {
    users: Users,
    search: Option<String>,
    provider: Option<String>,
    is_active: Option<bool>,
    order_by: UserOrderBy,
    descending: bool,
    limit: Option<usize>,
    offset: usize,
}

impl ListUsers {
    /// Users that have this text in their name or e-mail address; the case does not matter.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into().to_lowercase());
        self
    }

    /// Users that log in by this authentication strategy, such as `local`.
    pub fn provider(mut self, key: impl Into<String>) -> Self {
        self.provider = Some(key.into());
        self
    }

    /// Users that may log in, or those that may not.
    pub fn active(mut self, is_active: bool) -> Self {
        self.is_active = Some(is_active);
        self
    }

    /// Ordered by this instead of by id. Users that are equal in it are ordered by id.
    pub fn order_by(mut self, order_by: UserOrderBy) -> Self {
        self.order_by = order_by;
        self
    }

    /// Beginning with the smallest, which is the default.
    pub fn ascending(mut self) -> Self {
        self.descending = false;
        self
    }

    /// Beginning with the greatest.
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// At most this many users.
    pub fn limit(mut self, users: usize) -> Self {
        self.limit = Some(users);
        self
    }

    /// Without the first users of the list, this many.
    pub fn offset(mut self, users: usize) -> Self {
        self.offset = users;
        self
    }

    fn is_wanted(&self, user: &UserSummary) -> bool {
        let has_text = |text: &String| {
            user.name.to_lowercase().contains(text) || user.email.to_lowercase().contains(text)
        };
        self.search.as_ref().is_none_or(has_text)
            && self
                .provider
                .as_ref()
                .is_none_or(|key| user.provider == *key)
            && self.is_active.is_none_or(|is| user.is_active == is)
    }

    fn compare(&self, one: &UserSummary, other: &UserSummary) -> Ordering {
        let order = match self.order_by {
            UserOrderBy::Id => Ordering::Equal,
            UserOrderBy::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            UserOrderBy::Email => one.email.cmp(&other.email),
            UserOrderBy::LastLogin => one.last_login_at.cmp(&other.last_login_at),
        }
        .then(one.id.cmp(&other.id));
        if self.descending {
            order.reverse()
        } else {
            order
        }
    }

    async fn run(self) -> Result<Vec<UserSummary>> {
        let mut users = self.users.all().await?;
        users.retain(|user| self.is_wanted(user));
        users.sort_by(|one, other| self.compare(one, other));
        let limit = self.limit.unwrap_or(usize::MAX);
        Ok(users.into_iter().skip(self.offset).take(limit).collect())
    }
}

impl IntoFuture for ListUsers {
    type Output = Result<Vec<UserSummary>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
