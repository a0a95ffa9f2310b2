//! Groups: permissions of their members, and the pages to which they apply.
//!
//! [`Client::groups`](crate::Client::groups) returns [`Groups`], with the seven group operations of Wiki.js.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::groups::{GroupUpdate, NewGroup, PageRule, PageRuleMatch, Permission};
//!
//! let writes = [Permission::ReadPages, Permission::WritePages, Permission::ReadSource];
//! let group = wiki
//!     .groups()
//!     .create(
//!         NewGroup::new("Editors")
//!             .permissions(writes.clone())
//!             .page_rules([PageRule::allow(writes, PageRuleMatch::Start, "docs")]),
//!     )
//!     .await?;
//! wiki.groups().assign(group.id, 5).await?;
//! let update = GroupUpdate::new().add_permissions([Permission::ReadHistory]);
//! let group = wiki.groups().update(group.id, update).await?;
//! # });
//! ```
//!
//! # Permissions and page rules
//!
//! A permission applies to a page if the group has the [`Permission`] *and* a [`PageRule`] of the group allows it for
//! the page. A group without page rules allows nothing on any page. If several rules match a page:
//!
//! 1. The rule with the longest path applies.
//! 2. If the paths have the same length, the rule with the most exact kind of match applies: the last one in the order
//!    of the variants of [`PageRuleMatch`].
//! 3. If both are equal, a rule that denies applies.
//!
//! `manage:system` allows everything, regardless of page rules.

mod permissions;
mod read;
mod regex;
mod update;
mod write;

use crate::{
    api::{
        fragments::{FullGroup, FullGroupUsers},
        groups_list::GroupsListGroupsList,
    },
    handle::handle,
    response::{count, models},
    types::{GroupId, Timestamp, UserId, id_of},
};

pub(crate) use self::read::no_group;
pub use self::{
    permissions::{PageRule, PageRuleMatch, Permission},
    read::{GroupOrderBy, ListGroups},
    update::{GroupUpdate, NewGroup},
};

handle! {
    /// A handle for the groups of a wiki.
    Groups,
    /// Returns a handle for groups.
    groups
}

models! {
    /// A group, with all its fields.
    Group from FullGroup as group {
        /// `id`. Group 1 is the administrators, group 2 the guests.
        pub id: GroupId,
        /// `name`. Several groups may have the same name.
        pub name: String,
        /// `isSystem`: `true` for groups 1 and 2.
        pub is_system: bool,
        /// `redirectOnLogin`: the path to which members are redirected after a login. `/` means no redirect.
        pub redirect_on_login: String,
        /// `permissions`.
        pub permissions: Vec<Permission> = converted(group.permissions),
        /// `pageRules`.
        pub page_rules: Vec<PageRule> = converted(group.page_rules),
        /// `users`: the members of the group, by id.
        pub members: Vec<GroupMember> = in_order(group.users),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`. A change of the members does not change it.
        pub updated_at: Timestamp,
    }

    /// A member of a group.
    GroupMember from FullGroupUsers as user {
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

    /// A group in a list.
    GroupSummary from GroupsListGroupsList as group {
        /// `id`.
        pub id: GroupId,
        /// `name`. Several groups may have the same name.
        pub name: String,
        /// `isSystem`: `true` for groups 1 and 2.
        pub is_system: bool,
        /// `userCount`: the number of its members.
        pub user_count: u64 = count(group.user_count),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
    }
}

id_of!(GroupId: Group, GroupSummary);
id_of!(UserId: GroupMember);

impl Group {
    /// Returns `true` if the user is a member of the group.
    pub fn has(&self, user: impl Into<UserId>) -> bool {
        let user = user.into();
        self.members.iter().any(|member| member.id == user)
    }
}

fn in_order(users: Vec<FullGroupUsers>) -> Vec<GroupMember> {
    let mut members: Vec<_> = users.into_iter().map(GroupMember::from).collect();
    members.sort_unstable_by_key(|member| member.id);
    members
}

/// Converts the elements of a list.
fn converted<From: Into<To>, To>(list: Vec<Option<From>>) -> Vec<To> {
    list.into_iter().flatten().map(Into::into).collect()
}
