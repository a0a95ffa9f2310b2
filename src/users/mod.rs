//! Users: list, search, get, create, update, delete, and the caller's own account.
//!
//! [`Client::users`](crate::Client::users) returns [`Users`], with the 16 user operations of Wiki.js.
//! Methods that have options return a request builder to await:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::users::{NewUser, UserOrderBy, UserUpdate};
//!
//! let users = wiki.users();
//! let edith = users.create(NewUser::new("edith@example.com", "Edith").password("correct horse").groups([3])).await?;
//! let edith = users.update(edith.id, UserUpdate::new().job_title("Editor").clear_location()).await?;
//! let recent = users.list().order_by(UserOrderBy::LastLogin).descending().limit(10).await?;
//! users.delete(edith.id, 1).await?;
//! # });
//! ```
//!
//! # The caller's own account
//!
//! An API key acts as user 1 ([K48](crate::guide::known_issues#k48)). [`profile`](Users::profile) returns the
//! administrator's profile for every key, whatever its permissions, and Wiki.js would let any key change it
//! and get the administrator's token. [`update_profile`](Users::update_profile) and
//! [`change_password`](Users::change_password) therefore require a
//! [login](crate::ClientBuilder::login), and fail without a request otherwise.
//!
//! # Passwords
//!
//! Passwords are [`SecretString`](secrecy::SecretString)s. They appear in no `Debug` output, no error and no
//! log of this library. Wiki.js uses only the first 72 bytes of a password.

mod input;
mod own;
mod write;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        self,
        fragments::{FullUser, FullUserGroups, ListedUser, OwnProfile},
        users_last_logins::UsersLastLoginsUsersLastLogins,
        users_search::UsersSearchUsersSearch,
    },
    call::{Call, found, request, selected},
    error::{Applied, Error, ObjectError, Result},
    handle::{Handle, handle},
    response::{count, models, query, variables},
    text::{filled, no_nul},
    types::{GroupId, Timestamp, UserId, converted, id_of, open_enum},
};

pub(crate) use self::input::{check_email, check_password, check_user_name};
pub use self::{
    input::{NewUser, ProfileUpdate, UserUpdate},
    write::PasswordReset,
};
pub use crate::write::Upserted;

/// Key of the authentication strategy that every wiki has: users whose passwords the wiki stores.
pub(crate) const LOCAL: &str = "local";

handle! {
    /// A handle for the users of a wiki.
    Users,
    /// Returns a handle for users.
    users
}

models! {
    /// A user, with all its fields.
    #[allow(clippy::struct_excessive_bools, reason = "each is a field of Wiki.js, set on its own")]
    User from FullUser as user {
        /// `id`. User 1 is the administrator of the installation, user 2 the guest.
        pub id: UserId,
        /// `name`.
        pub name: String,
        /// `email`. Wiki.js converts an address to lower case, but a stored one may have capitals.
        pub email: String,
        /// `providerKey`: the key of the user's authentication strategy, `local` or a UUID.
        pub provider: String = user.provider_key,
        /// `providerName`: the name of that strategy.
        pub provider_name: Option<String> = Some(user.provider_name),
        /// `providerId`: the id of the user in that strategy. `None` for `local`.
        pub provider_id: Option<String>,
        /// `providerIs2FACapable`: `true` if that strategy supports a second factor.
        pub can_have_two_factor: Option<bool> = Some(user.provider_is2_fa_capable),
        /// `tfaIsActive`: `true` if a login requires a security code, or the set-up of an app for one.
        pub has_two_factor: bool = user.tfa_is_active,
        /// `isSystem`: `true` for the guest, and `false` for the administrator.
        pub is_system: bool,
        /// `isActive`: `false` if the user cannot log in.
        pub is_active: bool,
        /// `isVerified`: `true` if the e-mail address is confirmed.
        pub is_verified: bool,
        /// `location`. Empty if there is none.
        pub location: String,
        /// `jobTitle`. Empty if there is none.
        pub job_title: String,
        /// `timezone`, such as `Europe/Berlin`.
        pub timezone: String,
        /// `dateFormat`, such as `YYYY-MM-DD`. `None` for the one of the user's language.
        pub date_format: Option<String> = filled(user.date_format),
        /// `appearance`. `None` for the one of the site.
        pub appearance: Option<Appearance> = filled(user.appearance).map(Into::into),
        /// `groups`.
        pub groups: Vec<UserGroup> = by_id(converted(user.groups), |group| group.id),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`. Neither a login nor `groups.assignUser` changes it.
        pub updated_at: Timestamp,
        /// `lastLoginAt`. The renewal of a session counts as a login.
        pub last_login_at: Option<Timestamp>,
    }

    /// A group of a user.
    UserGroup from FullUserGroups as group {
        /// `id`.
        pub id: GroupId,
        /// `name`. Several groups may have the same name.
        pub name: String,
    }

    /// A user in a list, or a member of a group.
    UserSummary from ListedUser as user {
        /// `id`.
        pub id: UserId,
        /// `name`.
        pub name: String,
        /// `email`.
        pub email: String,
        /// `providerKey`: the key of the user's authentication strategy.
        pub provider: String = user.provider_key,
        /// `isSystem`: `true` for the guest.
        pub is_system: bool,
        /// `isActive`: `false` if the user cannot log in.
        pub is_active: bool,
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `lastLoginAt`.
        pub last_login_at: Option<Timestamp>,
    }

    /// A user in the result of a search, which has only these fields ([K40](crate::guide::known_issues#k40)).
    UserHit from UsersSearchUsersSearch as user {
        /// `id`.
        pub id: UserId,
        /// `name`.
        pub name: String,
        /// `email`.
        pub email: String,
        /// `providerKey`: the key of the user's authentication strategy.
        pub provider: String = user.provider_key,
        /// `createdAt`.
        pub created_at: Timestamp,
    }

    /// The account of the caller.
    Profile from OwnProfile as profile {
        /// `id`.
        pub id: UserId,
        /// `name`.
        pub name: String,
        /// `email`.
        pub email: String,
        /// `providerKey`: the key of the user's authentication strategy.
        pub provider: String = profile.provider_key,
        /// `providerName`: the name of that strategy.
        pub provider_name: String,
        /// `isSystem`.
        pub is_system: bool,
        /// `isVerified`: `true` if the e-mail address is confirmed.
        pub is_verified: bool,
        /// `location`. Empty if there is none.
        pub location: String,
        /// `jobTitle`. Empty if there is none.
        pub job_title: String,
        /// `timezone`, such as `Europe/Berlin`.
        pub timezone: String,
        /// `dateFormat`, such as `YYYY-MM-DD`. `None` for the one of the user's language.
        pub date_format: Option<String> = filled(profile.date_format),
        /// `appearance`. `None` for the one of the site.
        pub appearance: Option<Appearance> = filled(profile.appearance).map(Into::into),
        /// `groups`: the names of the user's groups.
        pub groups: Vec<String>,
        /// `pagesTotal`: the number of pages that the user created.
        pub pages_total: u64 = count(profile.pages_total),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
        /// `lastLoginAt`. For a user who never logged in, `updatedAt`.
        pub last_login_at: Timestamp,
    }

    /// Time of the last login of a user.
    LastLogin from UsersLastLoginsUsersLastLogins as login {
        /// `id` of the user.
        pub id: UserId,
        /// `name` of the user.
        pub name: String,
        /// `lastLoginAt`.
        pub last_login_at: Timestamp,
    }
}

id_of!(UserId: User, UserSummary, UserHit);
id_of!(GroupId: UserGroup);

impl User {
    /// Returns `true` if the user is in this group.
    pub fn is_in(&self, group: impl Into<GroupId>) -> bool {
        let group = group.into();
        self.groups.iter().any(|own| own.id == group)
    }
}

/// Sorts a list by id. Wiki.js may have stored a membership twice, and returns such an element twice.
pub(crate) fn by_id<Model, Id: Ord>(mut list: Vec<Model>, id: fn(&Model) -> Id) -> Vec<Model> {
    list.sort_unstable_by_key(id);
    list.dedup_by_key(|model| id(model));
    list
}

/// Creates the error for a group that does not exist, with a list of the existing groups.
pub(crate) fn no_group<'a>(
    operation: &'static str,
    group: String,
    known: impl Iterator<Item = (i64, &'a str)>,
) -> Error {
    let known: Vec<String> = known.map(|(id, name)| format!("{id} ({name})")).collect();
    let problem = format!("not found; the wiki has the groups {}", known.join(", "));
    Error::NotFound(ObjectError::new(operation, group, problem))
}

open_enum! {
    /// Appearance of the wiki for a user.
    ///
    /// Serialized as the word that Wiki.js uses.
    Appearance {
        /// `light`.
        Light = "light",
        /// `dark`.
        Dark = "dark",
    }
}

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
        self.subject("UsersGet", id.into())
    }

    /// Returns the user with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing user.
    pub fn get_opt(&self, id: impl Into<UserId>) -> Call<Option<User>> {
        let id = id.into();
        Call::on(self, move |users| async move {
            let variables = variables!(UsersGet(id.to_argument()?));
            let user = users.client.execute_field::<api::UsersGet>(variables);
            Ok(found(user.await)?.map(User::from))
        })
    }

    /// Returns the user that an operation refers to, or an error for a missing user.
    pub(super) fn subject(&self, operation: &'static str, id: UserId) -> Call<User> {
        let missing = move || Error::not_found(operation, format_args!("user {id}"));
        self.get_opt(id).required(missing)
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
        let variables = no_nul("query", &query).map(|()| variables!(UsersSearch(query)));
        self.query::<api::UsersSearch, _>(variables, converted)
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
            let profile = query!(users.client, UsersProfile);
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
        self.query::<api::UsersLastLogins, _>(Ok(api::NoVariables {}), converted)
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
        let mut users: Vec<UserSummary> = converted(query!(self.users.client, UsersList));
        users.retain(|user| self.is_selected(user));
        let compare = |one: &_, other: &_| self.compare(one, other);
        let (offset, limit) = (self.offset, self.limit);
        Ok(selected(users, compare, self.descending, offset, limit))
    }
}
