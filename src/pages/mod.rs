//! Pages: list, search, read, write, and all else that Wiki.js does with them.
//!
//! [`Client::pages`](crate::Client::pages) gives [`Pages`]; its methods are the 25 page operations of
//! Wiki.js and what people need on top; many pages in one go are [`bulk`]. A method with options gives a
//! builder that is awaited:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::pages::{NewPage, PageOrderBy, PageUpdate};
//!
//! let pages = wiki.pages();
//! let page = pages.create(NewPage::new("docs/setup", "Setup", "# Setup").tags(["docs"])).await?;
//! let page = pages.update(page.id, PageUpdate::new().title("Setting up")).await?;
//! let newest = pages.list().order_by(PageOrderBy::Updated).descending().limit(10).await?;
//! pages.delete(page.id).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```

pub mod bulk;
mod changes;
mod conflicts;
mod convert;
mod create;
mod delete;
mod history;
mod list;
mod maintenance;
mod model;
mod moving;
mod page_update;
mod read;
mod restore;
mod scripts;
mod search;
mod tags;
mod tree;
mod update;
mod upsert;

#[cfg(feature = "cache")]
pub(crate) use self::list::ListKey;
use crate::client::Client;

pub use self::{
    changes::{
        ChangeStream, ChangesCursor, ChangesSince, PageChange, PageChanges, PagePlace, WatchChanges,
    },
    create::NewPage,
    history::{HistoryAction, HistoryEntry, ListHistory, PageVersion},
    list::{ListPages, ListPagesWithContent, PageOrderBy},
    model::{Contributor, Editorial, LatestPage, Page, PageSummary},
    moving::MovePage,
    page_update::PageUpdate,
    read::GetPageByPath,
    search::{SearchHit, SearchPages, SearchResults},
    tags::PageTag,
    tree::{GetLinks, GetTree, LinkTarget, PageLinks, TreeEntry, TreeMode},
    upsert::Upserted,
};

/// The pages of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Pages {
    client: Client,
}

impl Client {
    /// The pages of the wiki.
    pub fn pages(&self) -> Pages {
        Pages {
            client: self.clone(),
        }
    }
}
