//! Users as the wiki shows them.

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        fragments::{FullUser, OwnProfile},
        users_last_logins::UsersLastLoginsUsersLastLogins,
        users_list::UsersListUsersList,
        users_search::UsersSearchUsersSearch,
    },
    types::{GroupId, Timestamp, UserId, open_enum},
};

/// A user, with everything that Wiki.js shows of one.
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
    /// `providerKey`: the authentication strategy by which the user logs in, `local` or a UUID.
    pub provider: String,
    /// `providerName`: what the wiki calls that strategy.
    pub provider_name: Option<String>,
    /// `providerId`: who the user is to that strategy. A `local` user has none.
    pub provider_id: Option<String>,
    /// `providerIs2FACapable`: whether that strategy knows a second factor.
    pub can_have_two_factor: Option<bool>,
    /// `tfaIsActive`: whether a login takes a security code, or the set-up of an app for them.
    pub has_two_factor: bool,
    /// `isSystem`: true for the guest, not for the administrator.
    pub is_system: bool,
    /// `isActive`: whether the user may log in.
    pub is_active: bool,
    /// `isVerified`: whether the e-mail address was confirmed.
    pub is_verified: bool,
    /// `location`; empty where there is none.
    pub location: String,
    /// `jobTitle`; empty where there is none.
    pub job_title: String,
    /// `timezone`, such as `Europe/Berlin`.
    pub timezone: String,
    /// `dateFormat`, such as `YYYY-MM-DD`; `None` for the one of the user's language.
    pub date_format: Option<String>,
    /// `appearance`; `None` for the site's.
    pub appearance: Option<Appearance>,
    /// `groups`.
    pub groups: Vec<UserGroup>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`. A login and a change of the groups alone in `groups.assignUser` do not count.
    pub updated_at: Timestamp,
    /// `lastLoginAt`; renewing a login counts as one.
    pub last_login_at: Option<Timestamp>,
}

impl User {
    /// Whether the user is in this group.
    pub fn is_in(&self, group: impl Into<GroupId>) -> bool {
        let group = group.into();
        self.groups.iter().any(|own| own.id == group)
    }
}

/// A group that a user is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserGroup {
    /// `id`.
    pub id: GroupId,
    /// `name`. Several groups may have the same.
    pub name: String,
}

/// A user as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserSummary {
    /// `id`.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `providerKey`: the authentication strategy by which the user logs in.
    pub provider: String,
    /// `isSystem`: true for the guest.
    pub is_system: bool,
    /// `isActive`: whether the user may log in.
    pub is_active: bool,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `lastLoginAt`.
    pub last_login_at: Option<Timestamp>,
}

/// A user that a search found. Wiki.js knows no more of it there (hazard 40).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserHit {
    /// `id`.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `providerKey`: the authentication strategy by which the user logs in.
    pub provider: String,
    /// `createdAt`.
    pub created_at: Timestamp,
}

/// The account of the one who is calling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// `id`.
    pub id: UserId,
    /// `name`.
    pub name: String,
    /// `email`.
    pub email: String,
    /// `providerKey`: the authentication strategy by which the user logs in.
    pub provider: Option<String>,
    /// `providerName`: what the wiki calls that strategy.
    pub provider_name: Option<String>,
    /// `isSystem`.
    pub is_system: bool,
    /// `isVerified`: whether the e-mail address was confirmed.
    pub is_verified: bool,
    /// `location`; empty where there is none.
    pub location: String,
    /// `jobTitle`; empty where there is none.
    pub job_title: String,
    /// `timezone`, such as `Europe/Berlin`.
    pub timezone: String,
    /// `dateFormat`, such as `YYYY-MM-DD`; `None` for the one of the user's language.
    pub date_format: Option<String>,
    /// `appearance`; `None` for the site's.
    pub appearance: Option<Appearance>,
    /// `groups`, by their names.
    pub groups: Vec<String>,
    /// `pagesTotal`: how many pages the user made.
    pub pages_total: u64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
    /// `lastLoginAt`; of one who never logged in, `updatedAt`.
    pub last_login_at: Option<Timestamp>,
}

/// When a user logged in.
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
    /// How a user wants the wiki to look.
    ///
    /// Serialized as the word that Wiki.js has for it.
    Appearance {
        /// `light`.
        Light = "light",
        /// `dark`.
        Dark = "dark",
    }
}

impl Appearance {
    /// `None` for the empty text, which is how Wiki.js writes "as the site".
    fn read(word: &str) -> Option<Self> {
        Some(word).filter(|word| !word.is_empty()).map(Self::from)
    }
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl From<FullUser> for User {
    fn from(user: FullUser) -> Self {
        let group = |group: crate::api::fragments::FullUserGroups| UserGroup {
            id: group.id.into(),
            name: group.name,
        };
        let mut groups: Vec<_> = user.groups.into_iter().flatten().map(group).collect();
        groups.sort_unstable_by_key(|group| group.id);
        Self {
            id: user.id.into(),
            name: user.name,
            email: user.email,
            provider: user.provider_key,
            provider_name: user.provider_name,
            provider_id: user.provider_id,
            can_have_two_factor: user.provider_is2_fa_capable,
            has_two_factor: user.tfa_is_active,
            is_system: user.is_system,
            is_active: user.is_active,
            is_verified: user.is_verified,
            location: user.location,
            job_title: user.job_title,
            timezone: user.timezone,
            date_format: filled(user.date_format),
            appearance: Appearance::read(&user.appearance),
            groups,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login_at: user.last_login_at,
        }
    }
}

impl From<UsersListUsersList> for UserSummary {
    fn from(user: UsersListUsersList) -> Self {
        Self {
            id: user.id.into(),
            name: user.name,
            email: user.email,
            provider: user.provider_key,
            is_system: user.is_system,
            is_active: user.is_active,
            created_at: user.created_at,
            last_login_at: user.last_login_at,
        }
    }
}

impl From<UsersSearchUsersSearch> for UserHit {
    fn from(user: UsersSearchUsersSearch) -> Self {
        Self {
            id: user.id.into(),
            name: user.name,
            email: user.email,
            provider: user.provider_key,
            created_at: user.created_at,
        }
    }
}

impl From<OwnProfile> for Profile {
    fn from(profile: OwnProfile) -> Self {
        Self {
            id: profile.id.into(),
            name: profile.name,
            email: profile.email,
            provider: profile.provider_key,
            provider_name: profile.provider_name,
            is_system: profile.is_system,
            is_verified: profile.is_verified,
            location: profile.location,
            job_title: profile.job_title,
            timezone: profile.timezone,
            date_format: filled(profile.date_format),
            appearance: Appearance::read(&profile.appearance),
            groups: profile.groups.into_iter().flatten().collect(),
            pages_total: u64::try_from(profile.pages_total).unwrap_or_default(),
            created_at: profile.created_at,
            updated_at: profile.updated_at,
            last_login_at: profile.last_login_at,
        }
    }
}

impl From<UsersLastLoginsUsersLastLogins> for LastLogin {
    fn from(login: UsersLastLoginsUsersLastLogins) -> Self {
        Self {
            id: login.id.into(),
            name: login.name,
            last_login_at: login.last_login_at,
        }
    }
}
