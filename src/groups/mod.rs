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
mod update;
mod write;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    api::{self, fragments::FullGroup, groups_list::GroupsListGroupsList},
    call::{Call, request, selected},
    error::{Error, Result},
    handle::{Handle, handle},
    response::{count, models, query, variables},
    types::{GroupId, Timestamp, UserId, converted, id_of},
    users::{by_id, no_group},
};

pub use self::{
    permissions::{PageRule, PageRuleMatch, Permission},
    update::{GroupUpdate, NewGroup},
};
/// A member of a group.
pub use crate::users::UserSummary as GroupMember;

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
        pub permissions: Vec<Permission> = converted(group.permissions.into_iter().flatten()),
        /// `pageRules`.
        pub page_rules: Vec<PageRule> = converted(group.page_rules.into_iter().flatten()),
        /// `users`: the members of the group, by id.
        pub members: Vec<GroupMember> = by_id(converted(group.users), |member| member.id),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`. A change of the members does not change it.
        pub updated_at: Timestamp,
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

impl Group {
    /// Returns `true` if the user is a member of the group.
    pub fn has(&self, user: impl Into<UserId>) -> bool {
        let user = user.into();
        self.members.iter().any(|member| member.id == user)
    }
}

impl Groups {
    /// Returns the group with this id, with its permissions, page rules and members.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let guests = wiki.groups().get(2).await?;
    /// println!("guests may {:?}", guests.permissions);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none;
    /// [`is_forbidden`](Error::is_forbidden) without `write:groups` or `manage:groups`.
    pub fn get(&self, id: impl Into<GroupId>) -> Call<Group> {
        self.subject("GroupsGet", id.into())
    }

    /// Returns the group with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing group.
    pub fn get_opt(&self, id: impl Into<GroupId>) -> Call<Option<Group>> {
        let variables = id.into().to_argument().map(|id| variables!(GroupsGet(id)));
        self.query::<api::GroupsGet, _>(variables, |group| group.map(Group::from))
    }

    /// Returns the group with this name. The comparison is case-sensitive.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let guests = wiki.groups().get_by_name("Guests").await?;
    /// assert_eq!(guests.id, 2);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get). The message for a missing group lists the existing groups.
    /// [`Error::InvalidInput`] if several groups have the name, which Wiki.js allows.
    pub fn get_by_name(&self, name: impl Into<String>) -> Call<Group> {
        let name = name.into();
        Call::on(self, move |groups| async move {
            let all = groups.all().await?;
            let named: Vec<_> = all.iter().filter(|group| group.name == name).collect();
            match named[..] {
                [] => {
                    let known = all.iter().map(|group| (group.id.get(), &*group.name));
                    Err(no_group("GroupsList", format!("group `{name}`"), known))
                }
                [group] => groups.subject("GroupsGet", group.id).await,
                [first, second, ..] => Err(Error::invalid(
                    "name",
                    format!("groups {} and {} are named `{name}`", first.id, second.id),
                    "pass the id of one",
                )),
            }
        })
    }

    /// Returns the group that an operation refers to, or an error for a missing group.
    fn subject(&self, operation: &'static str, id: GroupId) -> Call<Group> {
        let missing = move || Error::not_found(operation, format_args!("group {id}"));
        self.get_opt(id).required(missing)
    }

    /// Lists the groups of the wiki.
    ///
    /// Wiki.js ignores the arguments `filter` and `orderBy`, so the client filters and sorts the groups.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::groups::GroupOrderBy;
    ///
    /// for group in wiki.groups().list().order_by(GroupOrderBy::Name).await? {
    ///     println!("{} {} ({} users)", group.id, group.name, group.user_count);
    /// }
    /// # });
    /// ```
    pub fn list(&self) -> ListGroups {
        ListGroups::new(self.clone())
    }

    async fn all(&self) -> Result<Vec<GroupSummary>> {
        Ok(converted(query!(self.client, GroupsList)))
    }
}

/// Sort order of a list of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GroupOrderBy {
    /// By id, which is the order of creation.
    #[default]
    Id,
    /// By name, ignoring case.
    Name,
    /// By the number of users.
    UserCount,
    /// By the time of the last change.
    Updated,
}

request! {
    /// Request builder for a list of groups, returned by [`Groups::list`]. Await it.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without one of `write:groups`, `manage:groups`,
    /// `write:users` and `manage:users`.
    ListGroups(groups: Groups) -> Vec<GroupSummary>, run {
        search: Option<String> = None;
        order_by: GroupOrderBy = GroupOrderBy::Id;
        descending: bool = false;
        limit: usize = usize::MAX;
        offset: usize = 0;
    }

    /// Selects groups whose name contains this text, ignoring case.
    search(text: impl Into<String>) => search = Some(text.into().to_lowercase());

    /// Sets the sort order. Default: by id. Groups that are equal in this order are sorted by id.
    order_by(order_by: GroupOrderBy) => order_by = order_by;

    /// Sorts in ascending order, which is the default.
    ascending() => descending = false;

    /// Sorts in descending order.
    descending() => descending = true;

    /// Limits the number of groups.
    limit(groups: usize) => limit = groups;

    /// Skips this many groups at the start of the list.
    offset(groups: usize) => offset = groups;
}

impl ListGroups {
    fn compare(&self, one: &GroupSummary, other: &GroupSummary) -> Ordering {
        let order = match self.order_by {
            GroupOrderBy::Id => Ordering::Equal,
            GroupOrderBy::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            GroupOrderBy::UserCount => one.user_count.cmp(&other.user_count),
            GroupOrderBy::Updated => one.updated_at.cmp(&other.updated_at),
        };
        order.then(one.id.cmp(&other.id))
    }

    async fn run(self) -> Result<Vec<GroupSummary>> {
        let mut groups = self.groups.all().await?;
        if let Some(text) = &self.search {
            groups.retain(|group| group.name.to_lowercase().contains(text));
        }
        let compare = |one: &_, other: &_| self.compare(one, other);
        let (offset, limit) = (self.offset, self.limit);
        Ok(selected(groups, compare, self.descending, offset, limit))
    }
}
