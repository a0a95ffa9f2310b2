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

mod members;
mod model;
mod page_rule;
mod permission;
mod read;
mod regex;
mod update;
mod write;

pub(crate) use self::read::not_among;
use crate::handle::handle;

pub use self::{
    model::{Group, GroupMember, GroupSummary},
    page_rule::{PageRule, PageRuleMatch},
    permission::Permission,
    read::{GroupOrderBy, ListGroups},
    update::{GroupUpdate, NewGroup},
};

handle! {
    /// A handle for the groups of a wiki.
    Groups,
    /// Returns a handle for groups.
    groups
}
