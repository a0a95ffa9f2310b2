//! Listing groups.

use std::{cmp::Ordering, future::IntoFuture};

use futures::{FutureExt, future::BoxFuture};

use super::{GroupSummary, Groups};
use crate::{api, error::Result, outcome::query};

/// By what a list of groups is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum GroupOrderBy {
    /// By id, that is by age.
    #[default]
    Id,
    /// By name, upper and lower case alike.
    Name,
    /// By the number of users.
    UserCount,
    /// By the moment the group was last changed.
    Updated,
}

impl Groups {
    /// The groups of the wiki.
    ///
    /// Wiki.js takes a filter and an order here and ignores both: the groups are picked and ordered by
    /// this library.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::groups::GroupOrderBy;
    ///
    /// for group in wiki.groups().list().order_by(GroupOrderBy::Name).await? {
    ///     println!("{} {} ({} users)", group.id, group.name, group.user_count);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn list(&self) -> ListGroups {
        ListGroups {
            groups: self.clone(),
            search: None,
            order_by: GroupOrderBy::Id,
            descending: false,
            limit: None,
            offset: 0,
        }
    }

    pub(super) async fn all(&self) -> Result<Vec<GroupSummary>> {
        let variables = api::groups_list::Variables::new();
        let groups = query!(self.client, GroupsList, groups.list, variables);
        Ok(groups
            .into_iter()
            .flatten()
            .map(GroupSummary::from)
            .collect())
    }
}

/// A list of groups. Await it.
///
/// # Errors
///
/// [`is_forbidden`](crate::Error::is_forbidden) without one of `write:groups`, `manage:groups`,
/// `write:users` and `manage:users`.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListGroups {
    groups: Groups,
    search: Option<String>,
    order_by: GroupOrderBy,
    descending: bool,
    limit: Option<usize>,
    offset: usize,
}

impl ListGroups {
    /// Groups that have this text in their name; the case does not matter.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into().to_lowercase());
        self
    }

    /// Ordered by this instead of by id. Groups that are equal in it are ordered by id.
    pub fn order_by(mut self, order_by: GroupOrderBy) -> Self {
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

    /// At most this many groups.
    pub fn limit(mut self, groups: usize) -> Self {
        self.limit = Some(groups);
        self
    }

    /// Without the first groups of the list, this many.
    pub fn offset(mut self, groups: usize) -> Self {
        self.offset = groups;
        self
    }

    fn compare(&self, one: &GroupSummary, other: &GroupSummary) -> Ordering {
        let order = match self.order_by {
            GroupOrderBy::Id => Ordering::Equal,
            GroupOrderBy::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            GroupOrderBy::UserCount => one.user_count.cmp(&other.user_count),
            GroupOrderBy::Updated => one.updated_at.cmp(&other.updated_at),
        }
        .then(one.id.cmp(&other.id));
        if self.descending {
            order.reverse()
        } else {
            order
        }
    }

    async fn run(self) -> Result<Vec<GroupSummary>> {
        let mut groups = self.groups.all().await?;
        if let Some(text) = &self.search {
            groups.retain(|group| group.name.to_lowercase().contains(text));
        }
        groups.sort_by(|one, other| self.compare(one, other));
        let limit = self.limit.unwrap_or(usize::MAX);
        Ok(groups.into_iter().skip(self.offset).take(limit).collect())
    }
}

impl IntoFuture for ListGroups {
    type Output = Result<Vec<GroupSummary>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
