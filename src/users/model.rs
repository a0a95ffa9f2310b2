//! Models of users.

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        fragments::{FullUser, FullUserGroups, OwnProfile},
        users_groups::UsersGroupsGroupsList,
        users_last_logins::UsersLastLoginsUsersLastLogins,
        users_list::UsersListUsersList,
        users_search::UsersSearchUsersSearch,
    },
    response::model,
    types::{GroupId, Timestamp, UserId, id_of, open_enum},
};

/// A user, with all its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a field of Wiki.js, set on its own"
)]
pub struct User {
    /// `id`. User 1 is the administrator of the installation, user 2 the guest.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`, in lower case.
    pub email: String,
    /// `providerKey`: the key of the user's authentication strategy, `local` or a UUID.
    pub provider: String,
    /// `providerName`: the name of that strategy.
    pub provider_name: Option<String>,
    /// `providerId`: the id of the user in that strategy. `None` for `local`.
    pub provider_id: Option<String>,
    /// `providerIs2FACapable`: `true` if that strategy supports a second factor.
    pub can_have_two_factor: Option<bool>,
    /// `tfaIsActive`: `true` if a login requires a security code, or the set-up of an app for one.
    pub has_two_factor: bool,
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
    pub date_format: Option<String>,
    /// `appearance`. `None` for the one of the site.
    pub appearance: Option<Appearance>,
    /// `groups`.
    pub groups: Vec<UserGroup>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`. Neither a login nor `groups.assignUser` changes it.
    pub updated_at: Timestamp,
    /// `lastLoginAt`. The renewal of a session counts as a login.
    pub last_login_at: Option<Timestamp>,
}

impl User {
    /// Returns `true` if the user is in this group.
    pub fn is_in(&self, group: impl Into<GroupId>) -> bool {
        let group = group.into();
        self.groups.iter().any(|own| own.id == group)
    }
}

/// A group of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserGroup {
    /// `id`.
    pub id: GroupId,
    /// `name`. Several groups may have the same name.
    pub name: String,
}

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserSummary {
    /// `id`.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `providerKey`: the key of the user's authentication strategy.
    pub provider: String,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserHit {
    /// `id`.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `providerKey`: the key of the user's authentication strategy.
    pub provider: String,
    /// `createdAt`.
    pub created_at: Timestamp,
}

/// The account of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// `id`.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `providerKey`: the key of the user's authentication strategy.
    pub provider: String,
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
    pub date_format: Option<String>,
    /// `appearance`. `None` for the one of the site.
    pub appearance: Option<Appearance>,
    /// `groups`: the names of the user's groups.
    pub groups: Vec<String>,
    /// `pagesTotal`: the number of pages that the user created.
    pub pages_total: u64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
    /// `lastLoginAt`. For a user who never logged in, `updatedAt`.
    pub last_login_at: Timestamp,
}

/// Time of the last login of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LastLogin {
    /// `id` of the user.
    pub id: UserId,
    /// `name` of the user.
    pub name: String,
    /// `lastLoginAt`.
    pub last_login_at: Timestamp,
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

impl Appearance {
    /// Returns `None` for an empty text, which means the appearance of the site.
    fn read(word: &str) -> Option<Self> {
        Some(word).filter(|word| !word.is_empty()).map(Self::from)
    }
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

model!(FullUser => User, |user| {
    id, name, email, is_system, is_active, is_verified, location, job_title, timezone, created_at, updated_at, last_login_at,
    provider_id;
    provider: user.provider_key,
    provider_name: Some(user.provider_name),
    can_have_two_factor: Some(user.provider_is2_fa_capable),
    has_two_factor: user.tfa_is_active,
    date_format: filled(user.date_format),
    appearance: Appearance::read(&user.appearance),
    groups: in_order(user.groups),
});

model!(FullUserGroups => UserGroup, |group| { id, name; });

model!(UsersGroupsGroupsList => UserGroup, |group| { id, name; });

fn in_order(groups: Vec<FullUserGroups>) -> Vec<UserGroup> {
    let mut groups: Vec<UserGroup> = groups.into_iter().map(UserGroup::from).collect();
    groups.sort_unstable_by_key(|group| group.id);
    groups
}

model!(UsersListUsersList => UserSummary, |user| {
    id, name, email, is_system, is_active, created_at, last_login_at;
    provider: user.provider_key,
});

model!(UsersSearchUsersSearch => UserHit, |user| { id, name, email, created_at; provider: user.provider_key });

model!(OwnProfile => Profile, |profile| {
    id, name, email, provider_name, is_system, is_verified, location, job_title, timezone, groups, created_at, updated_at,
    last_login_at;
    provider: profile.provider_key,
    date_format: filled(profile.date_format),
    appearance: Appearance::read(&profile.appearance),
    pages_total: u64::try_from(profile.pages_total).unwrap_or_default(),
});

model!(UsersLastLoginsUsersLastLogins => LastLogin, |login| { id, name, last_login_at; });

id_of!(UserId: User, UserSummary, UserHit);

id_of!(GroupId: UserGroup);
