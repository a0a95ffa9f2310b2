//! Groups: what their members may do, and on which pages.
//!
//! [`Client::groups`](crate::Client::groups) gives [`Groups`]; its methods are the seven group operations
//! of Wiki.js.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
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
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! # Permissions and page rules
//!
//! A member may do on a page what a [`Permission`] of a group allows *and* the group's [`PageRule`]s
//! allow there. A group without page rules allows nothing on any page. Of several rules that match, the
//! one with the longer path decides; of two with paths of the same length, the kind of match (in the
//! order of [`PageRuleMatch`]'s variants, the last wins), and then a denial. `manage:system` allows
//! everything, whatever the rules say.

mod create;
mod delete;
mod group_update;
mod list;
mod members;
mod model;
mod page_rule;
mod permission;
mod read;
mod regex;
mod update;

use crate::client::Client;

pub use self::{
    create::NewGroup,
    group_update::GroupUpdate,
    list::{GroupOrderBy, ListGroups},
    model::{Group, GroupMember, GroupSummary},
    page_rule::{PageRule, PageRuleMatch},
    permission::Permission,
};

/// The groups of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Groups {
    client: Client,
}

impl Client {
    /// The groups of the wiki.
    pub fn groups(&self) -> Groups {
        Groups {
            client: self.clone(),
        }
    }
}
