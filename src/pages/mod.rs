//! Pages: listing, searching, reading and writing them.
//!
//! [`Client::pages`](crate::Client::pages) returns [`Pages`]. Its methods cover the 25 page operations of Wiki.js, and
//! combinations such as [`upsert`](Pages::upsert). [`bulk`] writes many pages. A method with options returns a builder
//! that is awaited:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::pages::{NewPage, PageOrderBy, PageUpdate};
//!
//! let pages = wiki.pages();
//! let page = pages.create(NewPage::new("docs/setup", "Setup", "# Setup").tags(["docs"])).await?;
//! let page = pages.update(page.id, PageUpdate::new().title("Setting up")).await?;
//! let newest = pages.list().order_by(PageOrderBy::Updated).descending().limit(10).await?;
//! pages.delete(page.id).await?;
//! # });
//! ```

pub mod bulk;
mod changes;
mod create;
mod css;
mod input;
mod list;
mod model;
mod moving;
mod read;
mod search;
mod tags;
mod tree;
mod update;
mod versions;

pub use self::{
    bulk::Bulk,
    changes::{
        ChangeStream, ChangesCursor, ChangesSince, PageChange, PageChanges, PageLocation,
        WatchChanges,
    },
    input::{NewPage, PageUpdate},
    list::{ListPages, ListPagesWithContent, PageOrderBy},
    model::{Contributor, LatestPage, Page, PageMetadata, PageSummary},
    moving::MovePage,
    read::GetPageByPath,
    search::{SearchHit, SearchPages, SearchResults},
    tags::PageTag,
    tree::{GetLinks, GetTree, LinkTarget, PageLinks, TreeEntry, TreeMode},
    versions::{HistoryAction, HistoryEntry, ListHistory, PageVersion},
};
use crate::handle::handle;
pub use crate::write::Upserted;

handle! {
    /// Handle for the pages of a wiki.
    Pages,
    /// Returns the handle for pages.
    pages
}
