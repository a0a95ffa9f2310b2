//! Groups as the wiki shows them.

use serde::{Deserialize, Serialize};

use super::{PageRule, Permission};
use crate::{
    api::{
        fragments::{FullGroup, FullGroupUsers},
        groups_list::GroupsListGroupsList,
    },
    types::{GroupId, Timestamp, UserId},
};

/// A group, with everything that Wiki.js shows of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// `id`. Group 1 is the administrators', group 2 the guests'.
    pub id: GroupId,
    /// `name`. Several groups may have the same.
    pub name: String,
    /// `isSystem`: true for groups 1 and 2.
    pub is_system: bool,
    /// `redirectOnLogin`: where a login leads the members. `/` says nothing of it.
    pub redirect_on_login: String,
    /// `permissions`.
    pub permissions: Vec<Permission>,
    /// `pageRules`.
    pub page_rules: Vec<PageRule>,
    /// `users`: who is in the group.
    pub members: Vec<GroupMember>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`. Who comes and goes does not count.
    pub updated_at: Timestamp,
}

impl Group {
    /// Whether this user is in the group.
    pub fn has(&self, user: impl Into<UserId>) -> bool {
        let user = user.into();
        self.members.iter().any(|member| member.id == user)
    }
}

/// A user who is in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupMember {
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

/// A group as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupSummary {
    /// `id`.
    pub id: GroupId,
    /// `name`. Several groups may have the same.
    pub name: String,
    /// `isSystem`: true for groups 1 and 2.
    pub is_system: bool,
    /// `userCount`: how many users are in it.
    pub user_count: u64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl From<FullGroup> for Group {
    fn from(group: FullGroup) -> Self {
        let members = group.users.into_iter().flatten().flatten();
        let mut members: Vec<_> = members.map(GroupMember::from).collect();
        members.sort_unstable_by_key(|member| member.id);
        let permissions = group.permissions.into_iter().flatten();
        let rules = group.page_rules.into_iter().flatten().flatten();
        Self {
            id: group.id.into(),
            name: group.name,
            is_system: group.is_system,
            redirect_on_login: group.redirect_on_login.unwrap_or_default(),
            permissions: permissions.map(Permission::from).collect(),
            page_rules: rules.map(PageRule::from).collect(),
            members,
            created_at: group.created_at,
            updated_at: group.updated_at,
        }
    }
}

impl From<FullGroupUsers> for GroupMember {
    fn from(user: FullGroupUsers) -> Self {
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

impl From<GroupsListGroupsList> for GroupSummary {
    fn from(group: GroupsListGroupsList) -> Self {
        let count = group.user_count.unwrap_or_default();
        Self {
            id: group.id.into(),
            name: group.name,
            is_system: group.is_system,
            user_count: u64::try_from(count).unwrap_or_default(),
            created_at: group.created_at,
            updated_at: group.updated_at,
        }
    }
}
