//! What an import has to do.

use std::{fmt, path::PathBuf};

use super::{
    super::{
        digest::Digest,
        folder::Folder,
        model::{FileProblem, PageField},
    },
    ApplyImport,
};
use crate::{
    assets::{Asset, AssetFolderPath, AssetPath},
    client::Client,
    pages::PagePlace,
    types::{PageId, Timestamp},
};

/// What there is to do for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageAction {
    /// The wiki has no page there.
    Create,
    /// The page differs from the file.
    Update {
        /// The page.
        id: PageId,
        /// In what they differ.
        fields: Vec<PageField>,
    },
    /// Page and file are equal in all that the file says.
    Unchanged {
        /// The page.
        id: PageId,
    },
    /// The folder has no file of the page. Only after [`delete_missing`](super::Import::delete_missing).
    Delete {
        /// The page.
        id: PageId,
    },
    /// The page is left as it is; [`overwrite_conflicts`](super::Import::overwrite_conflicts) makes it
    /// an update or a deletion.
    Conflict {
        /// The page.
        id: PageId,
        /// Why.
        reason: ConflictReason,
        /// In what page and file differ; nothing where there is no file.
        fields: Vec<PageField>,
    },
}

/// Why something is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConflictReason {
    /// The wiki was changed since it was exported or imported last.
    ChangedInWiki,
    /// It was made in the wiki since it was exported or imported last, and would be deleted.
    NewInWiki,
}

impl fmt::Display for ConflictReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ChangedInWiki => "changed in the wiki since",
            Self::NewInWiki => "made in the wiki since",
        })
    }
}

/// A page, and what there is to do for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PagePlan {
    /// Where the page is, or is to be.
    pub place: PagePlace,
    /// The path of its file in the folder; `None` for one that is to be deleted.
    pub file: Option<PathBuf>,
    /// What there is to do.
    pub action: PageAction,
    pub(super) digest: Option<Digest>,
    pub(super) base: Option<Base>,
}

/// The page of the wiki as the plan saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) updated_at: Timestamp,
    pub(super) substance: Digest,
}

/// What there is to do for an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetAction {
    /// The wiki has no file there.
    Upload,
    /// The wiki has another file there.
    Replace,
    /// The wiki has the same file.
    Unchanged,
    /// The folder has no such file. Only after [`delete_missing`](super::Import::delete_missing).
    Delete,
    /// The file is left as it is, as is a page of [`PageAction::Conflict`].
    Conflict(ConflictReason),
}

/// An asset, and what there is to do for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssetPlan {
    /// Where the asset is, or is to be.
    pub path: AssetPath,
    /// The path of its file in the folder; `None` for one that is to be deleted.
    pub file: Option<PathBuf>,
    /// What there is to do.
    pub action: AssetAction,
    pub(super) digest: Option<Digest>,
    pub(super) mime: Option<String>,
    pub(super) there: Option<Asset>,
}

/// What an import has to do: show it, look at it, and [`apply`](Self::apply) it.
///
/// It is displayed as a summary, and a line for each change, conflict and problem.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "nothing is done before `apply()` is awaited"]
pub struct ImportPlan {
    /// The pages, in the order of their places.
    pub pages: Vec<PagePlan>,
    /// Folders of assets that are to be made.
    pub asset_folders: Vec<AssetFolderPath>,
    /// The assets, in the order of their paths.
    pub assets: Vec<AssetPlan>,
    /// Files that cannot be imported as they are. The others can be all the same.
    pub problems: Vec<FileProblem>,
    /// What is worth knowing: keys of front matter that mean nothing here, files that are neither pages nor assets,
    /// and why nothing is deleted.
    pub notices: Vec<String>,
    pub(super) client: Client,
    pub(super) folder: Folder,
}

/// How many there are of what.
#[derive(Debug, Default)]
struct Counts {
    create: usize,
    update: usize,
    unchanged: usize,
    delete: usize,
    conflict: usize,
}

impl ImportPlan {
    /// Whether there is nothing to do: no write would be made.
    pub fn is_empty(&self) -> bool {
        let pages = self.page_counts();
        let assets = self.asset_counts();
        pages.writes() + assets.writes() + self.asset_folders.len() == 0
    }

    /// Does what the plan says. What follows shows progress, or stops on the first error.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// # wiki.export("backup").await?;
    /// let report = wiki.import("backup").plan().await?.apply().stop_on_error().await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn apply(self) -> ApplyImport {
        ApplyImport::new(self)
    }

    fn page_counts(&self) -> Counts {
        let mut counts = Counts::default();
        for page in &self.pages {
            *match page.action {
                PageAction::Create => &mut counts.create,
                PageAction::Update { .. } => &mut counts.update,
                PageAction::Unchanged { .. } => &mut counts.unchanged,
                PageAction::Delete { .. } => &mut counts.delete,
                PageAction::Conflict { .. } => &mut counts.conflict,
            } += 1;
        }
        counts
    }

    fn asset_counts(&self) -> Counts {
        let mut counts = Counts::default();
        for asset in &self.assets {
            *match asset.action {
                AssetAction::Upload => &mut counts.create,
                AssetAction::Replace => &mut counts.update,
                AssetAction::Unchanged => &mut counts.unchanged,
                AssetAction::Delete => &mut counts.delete,
                AssetAction::Conflict(_) => &mut counts.conflict,
            } += 1;
        }
        counts
    }
}

impl Counts {
    fn writes(&self) -> usize {
        self.create + self.update + self.delete
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} to create, {} to update, {} to delete, {} unchanged, {} in conflict",
            self.create, self.update, self.delete, self.unchanged, self.conflict
        )
    }
}

impl fmt::Display for ImportPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pages: {}", self.page_counts())?;
        write!(f, "\nassets: {}", self.asset_counts())?;
        for page in &self.pages {
            write_page(f, page)?;
        }
        for folder in &self.asset_folders {
            write!(f, "\n  create    asset folder {folder}")?;
        }
        for asset in &self.assets {
            write_asset(f, asset)?;
        }
        for problem in &self.problems {
            write!(f, "\n  problem   {problem}")?;
        }
        self.notices
            .iter()
            .try_for_each(|notice| write!(f, "\n  note      {notice}"))
    }
}

fn write_page(f: &mut fmt::Formatter<'_>, page: &PagePlan) -> fmt::Result {
    let place = &page.place;
    let listed = |fields: &[PageField]| {
        let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    match &page.action {
        PageAction::Create => write!(f, "\n  create    {place}"),
        PageAction::Update { fields, .. } => {
            write!(f, "\n  update    {place}: {}", listed(fields))
        }
        PageAction::Delete { .. } => write!(f, "\n  delete    {place}"),
        PageAction::Conflict { reason, fields, .. } => {
            write!(f, "\n  conflict  {place}: {reason}")?;
            if fields.is_empty() {
                Ok(())
            } else {
                write!(f, "; {}", listed(fields))
            }
        }
        PageAction::Unchanged { .. } => Ok(()),
    }
}

fn write_asset(f: &mut fmt::Formatter<'_>, asset: &AssetPlan) -> fmt::Result {
    let path = &asset.path;
    match asset.action {
        AssetAction::Upload => write!(f, "\n  upload    {path}"),
        AssetAction::Replace => write!(f, "\n  replace   {path}"),
        AssetAction::Delete => write!(f, "\n  delete    {path}"),
        AssetAction::Conflict(reason) => write!(f, "\n  conflict  {path}: {reason}"),
        AssetAction::Unchanged => Ok(()),
    }
}
