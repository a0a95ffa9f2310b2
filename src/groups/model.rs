//! Models of groups.

use serde::{Deserialize, Serialize};

use super::{PageRule, Permission};
use crate::{
    api::{
        fragments::{FullGroup, FullGroupUsers},
        groups_list::GroupsListGroupsList,
    },
    response::model,
    types::{GroupId, Timestamp, UserId, id_of},
};

/// A group, with all its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// `id`. Group 1 is the administrators, group 2 the guests.
    pub id: GroupId,
    /// `name`. Several groups may have the same name.
    pub name: String,
    /// `isSystem`: `true` for groups 1 and 2.
    pub is_system: bool,
    /// `redirectOnLogin`: the path to which members are redirected after a login. `/` means no redirect.
    pub redirect_on_login: String,
    /// `permissions`.
    pub permissions: Vec<Permission>,
    /// `pageRules`.
    pub page_rules: Vec<PageRule>,
    /// `users`: the members of the group, by id.
    pub members: Vec<GroupMember>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`. A change of the members does not change it.
    pub updated_at: Timestamp,
}

impl Group {
    /// Returns `true` if the user is a member of the group.
    pub fn has(&self, user: impl Into<UserId>) -> bool {
        let user = user.into();
        self.members.iter().any(|member| member.id == user)
    }
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupMember {
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

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupSummary {
    /// `id`.
    pub id: GroupId,
    /// `name`. Several groups may have the same name.
    pub name: String,
    /// `isSystem`: `true` for groups 1 and 2.
    pub is_system: bool,
    /// `userCount`: the number of its members.
    pub user_count: u64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl From<FullGroup> for Group {
    fn from(group: FullGroup) -> Self {
        let members = group.users.into_iter();
        let mut members: Vec<_> = members.map(GroupMember::from).collect();
        members.sort_unstable_by_key(|member| member.id);
        let permissions = group.permissions.into_iter().flatten();
        let rules = group.page_rules.into_iter().flatten();
        Self {
            id: group.id.into(),
            name: group.name,
            is_system: group.is_system,
            redirect_on_login: group.redirect_on_login,
            permissions: permissions.map(Permission::from).collect(),
            page_rules: rules.map(PageRule::from).collect(),
            members,
            created_at: group.created_at,
            updated_at: group.updated_at,
        }
    }
}

model!(FullGroupUsers => GroupMember, |user| {
    id, name, email, is_system, is_active, created_at, last_login_at;
    provider: user.provider_key,
});

model!(GroupsListGroupsList => GroupSummary, |group| {
    id, name, is_system, created_at, updated_at;
    user_count: u64::try_from(group.user_count).unwrap_or_default(),
});

id_of!(GroupId: Group, GroupSummary);

id_of!(UserId: GroupMember);
