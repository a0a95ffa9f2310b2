//! Reads of groups.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Group, GroupSummary, Groups};
use crate::{
    call::{Call, request},
    error::{Error, ObjectError, Result},
    response::query,
    types::GroupId,
};

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
        let id = id.into();
        Call::on(self, move |groups| async move {
            groups.subject("GroupsGet", id).await
        })
    }

    /// Returns the group with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing group.
    pub fn get_opt(&self, id: impl Into<GroupId>) -> Call<Option<Group>> {
        let id = id.into();
        Call::on(self, move |groups| async move {
            let id = id.to_argument()?;
            let group = query!(groups.client, GroupsGet, groups.single(id));
            Ok(group.map(Group::from))
        })
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
    pub(super) async fn subject(&self, operation: &'static str, id: GroupId) -> Result<Group> {
        let found = self.get_opt(id).await?;
        found.ok_or_else(|| Error::not_found(operation, format_args!("group {id}")))
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

    pub(super) async fn all(&self) -> Result<Vec<GroupSummary>> {
        let groups = query!(self.client, GroupsList, groups.list);
        Ok(groups.into_iter().map(GroupSummary::from).collect())
    }
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
        groups.sort_by(|one, other| self.compare(one, other));
        if self.descending {
            groups.reverse();
        }
        let selected = groups.into_iter().skip(self.offset).take(self.limit);
        Ok(selected.collect())
    }
}
