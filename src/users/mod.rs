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

mod create;
mod input;
mod own;
mod read;
mod update;

use crate::{
    api::{
        fragments::{FullUser, FullUserGroups, NamedGroup, OwnProfile},
        users_last_logins::UsersLastLoginsUsersLastLogins,
        users_list::UsersListUsersList,
        users_search::UsersSearchUsersSearch,
    },
    handle::handle,
    response::{count, model, models},
    text::filled,
    types::{GroupId, Timestamp, UserId, id_of, open_enum},
};

pub(crate) use self::input::{check_email, check_password, check_user_name};
pub use self::{
    input::{NewUser, ProfileUpdate, UserUpdate},
    read::{ListUsers, UserOrderBy},
    update::PasswordReset,
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
        /// `email`, in lower case.
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
        pub groups: Vec<UserGroup> = in_order(user.groups),
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

    /// A user in a list.
    UserSummary from UsersListUsersList as user {
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

model!(NamedGroup => UserGroup, |group| { id, name; });

fn in_order(groups: Vec<FullUserGroups>) -> Vec<UserGroup> {
    let mut groups: Vec<UserGroup> = groups.into_iter().map(UserGroup::from).collect();
    groups.sort_unstable_by_key(|group| group.id);
    groups
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
