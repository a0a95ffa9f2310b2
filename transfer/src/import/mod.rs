//! Import of a folder into a wiki: first a plan, then the writes.

mod apply;
mod assets;
mod compare;
mod pages;
mod permissions;
mod plan;

use std::path::PathBuf;

use wikijs_client::Client;

use self::compare::Comparison;
pub use self::{
    apply::ApplyImport,
    plan::{AssetAction, AssetPlan, ConflictReason, ImportPlan, PageAction, PagePlan},
};
use crate::{
    error::Result,
    manifest::{Part, part_setters},
};

/// Default of `bodyParserLimit` of Wiki.js, the maximum size of a request.
const REQUEST_BYTES: u64 = 5 * 1024 * 1024;

/// Import of a folder into a wiki. It creates missing pages and updates pages that differ. Only with
/// [`delete_missing`](Self::delete_missing) does it delete pages that the folder lacks.
///
/// Nothing is written before the [plan](Self::plan) is [applied](ImportPlan::apply). In the folder, an import
/// writes only to `.wikijs/local`, which Git ignores.
///
/// ```
/// # wikijs_fake::example(async |fake| {
/// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
/// # let folder = tempfile::tempdir().unwrap();
/// # std::env::set_current_dir(&folder).unwrap();
/// # use wikijs_transfer::TransferExt;
/// # wiki.export("docs-in-git").path_prefix("docs").await?;
/// use wikijs_transfer::Import;
///
/// let import = Import::new(&wiki, "docs-in-git").path_prefix("docs").delete_missing();
/// let plan = import.plan().await?;
/// println!("{plan}");
/// if plan.problems.is_empty() {
///     let report = plan.apply().await?;
///     println!("{report}");
/// }
/// # Ok::<_, wikijs_transfer::Error>(())
/// # });
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is done before `plan()` is awaited"]
pub struct Import {
    client: Client,
    folder: PathBuf,
    part: Part,
    deletes: bool,
    overwrites: bool,
    is_exact: bool,
    assets_beside_pages: Option<bool>,
    most_bytes: u64,
}

impl Import {
    /// Creates an import of this folder.
    pub fn new(wiki: &Client, folder: impl Into<PathBuf>) -> Self {
        Self {
            client: wiki.clone(),
            folder: folder.into(),
            part: Part::whole(),
            deletes: false,
            overwrites: false,
            is_exact: false,
            assets_beside_pages: None,
            most_bytes: REQUEST_BYTES,
        }
    }

    /// Deletes pages and assets of the imported part that have no file in the folder.
    ///
    /// Nothing is deleted while the folder has a file that cannot be imported, since it may be the file of a missing
    /// page. For the folder of an export, the imported part must have been exported completely. Otherwise
    /// [`plan`](Self::plan) fails.
    pub fn delete_missing(mut self) -> Self {
        self.deletes = true;
        self
    }

    /// Overwrites pages and assets that were changed in the wiki after the last export or import. By default they
    /// are conflicts ([`PageAction::Conflict`]) and not changed.
    pub fn overwrite_conflicts(mut self) -> Self {
        self.overwrites = true;
        self
    }

    /// Compares contents byte by byte. By default, a page whose content differs only in line ends, such as after a
    /// Git checkout on Windows, counts as unchanged, and an update keeps the line ends of the wiki.
    pub fn exact_line_ends(mut self) -> Self {
        self.is_exact = true;
        self
    }

    /// Sets whether non-page files outside of `_assets` are assets, as in the folder of a storage target of Wiki.js.
    /// By default they are if most pages have the format of a storage target. Files in `_assets` are always assets.
    pub fn assets_beside_pages(mut self, are_assets: bool) -> Self {
        self.assets_beside_pages = Some(are_assets);
        self
    }

    /// Sets the maximum size of a request that the wiki accepts, in bytes (`bodyParserLimit` in the configuration of
    /// Wiki.js). Default: 5 MiB.
    pub fn max_request_size(mut self, bytes: u64) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// Compares the folder with the wiki and returns the plan. Writes nothing.
    ///
    /// The pages of the wiki are listed, and pages with a file are read, unless file and page are unchanged since
    /// they were equal, according to the manifest. Assets of the same size are downloaded and compared, with the
    /// same exception. The plan holds a few hundred bytes for each file in memory, and no content.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if the folder does not exist, and with
    /// [`delete_missing`](Self::delete_missing) if it has no page or is an incomplete export. Otherwise the errors
    /// of [`Pages::list`](wikijs_client::pages::Pages::list) and
    /// [`Pages::get`](wikijs_client::pages::Pages::get). An invalid file is not an error: it is one of the
    /// [`problems`](ImportPlan::problems) of the plan.
    pub async fn plan(self) -> Result<ImportPlan> {
        let client = self.client.clone();
        // The cache is bypassed, since the plan needs the current state of the wiki.
        client
            .uncached(async { Comparison::begin(self).await?.finish().await })
            .await
    }
}

part_setters! { Import, "Imports", "imported" }
