//! The plan of an import.

use std::{fmt, fmt::Write as _, path::PathBuf};

use wikijs_client::{
    Client, PageId, Timestamp,
    assets::{Asset, AssetFolderPath, AssetPath},
    pages::PageLocation,
};

use super::ApplyImport;
use crate::{
    digest::Digest,
    folder::Folder,
    page_file::Locales,
    report::{FileProblem, PageField},
    text::OneLine,
};

/// Action of an import on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageAction {
    /// Creates the page. The wiki has no page at the location.
    Create,
    /// Updates the page. The page differs from the file.
    Update {
        /// The page.
        id: PageId,
        /// The fields that differ.
        fields: Vec<PageField>,
    },
    /// Does nothing. The page equals the file in all fields of the file.
    Unchanged {
        /// The page.
        id: PageId,
    },
    /// Deletes the page. The folder has no file of the page. Only with
    /// [`delete_missing`](super::Import::delete_missing).
    Delete {
        /// The page.
        id: PageId,
    },
    /// Does nothing, because the page was changed in the wiki.
    /// With [`overwrite_conflicts`](super::Import::overwrite_conflicts) it is an update or a deletion instead.
    Conflict {
        /// The page.
        id: PageId,
        /// The reason.
        reason: ConflictReason,
        /// The fields that differ; empty if there is no file.
        fields: Vec<PageField>,
    },
}

/// Reason why an import does not change a page or an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConflictReason {
    /// The page or asset was changed in the wiki after the last export or import.
    ChangedInWiki,
    /// The page or asset was created in the wiki after the last export or import, and the import would delete it.
    NewInWiki,
}

impl fmt::Display for ConflictReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ChangedInWiki => "changed in the wiki since the last transfer",
            Self::NewInWiki => "created in the wiki since the last transfer",
        })
    }
}

/// A page and the action on it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PagePlan {
    /// The location of the page.
    pub place: PageLocation,
    /// The path of its file in the folder; `None` for a page that is to be deleted.
    pub file: Option<PathBuf>,
    /// The action.
    pub action: PageAction,
    pub(super) digest: Option<Digest>,
    pub(super) base: Option<Base>,
    /// `true` if the content is written with `\n` instead of `\r\n`.
    pub(super) with_line_feeds: bool,
    pub(super) needs: Needs,
}

/// Permissions that a page requires in addition to `write:pages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Needs {
    pub(super) styles: bool,
    pub(super) scripts: bool,
}

/// The state of the page in the wiki when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) updated_at: Timestamp,
    pub(super) substance: Digest,
}

/// Action of an import on an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetAction {
    /// Uploads the file. The wiki has no asset at the path.
    Upload,
    /// Uploads the file. The wiki has a different file at the path.
    Replace,
    /// Does nothing. The wiki has the same file.
    Unchanged,
    /// Deletes the asset. The folder has no such file. Only with
    /// [`delete_missing`](super::Import::delete_missing).
    Delete,
    /// Does nothing, because the asset was changed in the wiki, as with [`PageAction::Conflict`].
    Conflict(ConflictReason),
}

/// An asset and the action on it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssetPlan {
    /// The asset's path.
    pub path: AssetPath,
    /// The path of its file in the folder; `None` for an asset that is to be deleted.
    pub file: Option<PathBuf>,
    /// The action.
    pub action: AssetAction,
    pub(super) digest: Option<Digest>,
    pub(super) mime: Option<String>,
    pub(super) existing: Option<Asset>,
}

/// The plan of an import, which can be displayed and [applied](Self::apply).
///
/// Its [`Display`](fmt::Display) output has a summary, and one line for each change, conflict, problem and notice.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "nothing is done before `apply()` is awaited"]
pub struct ImportPlan {
    /// The pages, sorted by location.
    pub pages: Vec<PagePlan>,
    /// Asset folders to create.
    pub asset_folders: Vec<AssetFolderPath>,
    /// The assets, sorted by path.
    pub assets: Vec<AssetPlan>,
    /// Files that cannot be imported, and permissions that the caller lacks. [`apply`](Self::apply) imports the
    /// other files.
    pub problems: Vec<FileProblem>,
    /// Notices, such as keys of front matter that are not imported, names that the wiki changes, files that are
    /// neither pages nor assets, or the reason why nothing is deleted.
    pub notices: Vec<String>,
    pub(super) client: Client,
    pub(super) folder: Folder,
    pub(super) locales: Locales,
    pub(super) is_exact: bool,
    pub(super) most_bytes: u64,
}

/// Numbers of actions.
#[derive(Debug, Default)]
struct Counts {
    create: usize,
    update: usize,
    unchanged: usize,
    delete: usize,
    conflict: usize,
}

impl ImportPlan {
    /// Returns `true` if the plan writes nothing.
    pub fn is_empty(&self) -> bool {
        let pages = self.page_counts();
        let assets = self.asset_counts();
        pages.writes() + assets.writes() + self.asset_folders.len() == 0
    }

    /// Creates an import that applies the plan when it is awaited.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// use wikijs_transfer::TransferExt;
    ///
    /// # let _ = wiki.export("backup").await?;
    /// let report = wiki.import("backup").plan().await?.apply().stop_on_error().await?;
    /// # Ok::<_, wikijs_transfer::Error>(())
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
            f.write_str("\n")?;
            write!(OneLine(f), "  create    asset folder {folder}")?;
        }
        for asset in &self.assets {
            write_asset(f, asset)?;
        }
        for problem in &self.problems {
            write!(f, "\n  problem   {problem}")?;
        }
        self.notices.iter().try_for_each(|notice| {
            f.write_str("\n")?;
            write!(OneLine(f), "  note      {notice}")
        })
    }
}

fn write_page(f: &mut fmt::Formatter<'_>, page: &PagePlan) -> fmt::Result {
    let place = &page.place;
    let listed = |fields: &[PageField]| {
        let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    let line = match &page.action {
        PageAction::Create => format!("create    {place}"),
        PageAction::Update { fields, .. } => format!("update    {place}: {}", listed(fields)),
        PageAction::Delete { .. } => format!("delete    {place}"),
        PageAction::Conflict { reason, fields, .. } if fields.is_empty() => {
            format!("conflict  {place}: {reason}")
        }
        PageAction::Conflict { reason, fields, .. } => {
            format!("conflict  {place}: {reason}; {}", listed(fields))
        }
        PageAction::Unchanged { .. } => return Ok(()),
    };
    f.write_str("\n  ")?;
    OneLine(f).write_str(&line)
}

fn write_asset(f: &mut fmt::Formatter<'_>, asset: &AssetPlan) -> fmt::Result {
    let path = &asset.path;
    let line = match asset.action {
        AssetAction::Upload => format!("upload    {path}"),
        AssetAction::Replace => format!("replace   {path}"),
        AssetAction::Delete => format!("delete    {path}"),
        AssetAction::Conflict(reason) => format!("conflict  {path}: {reason}"),
        AssetAction::Unchanged => return Ok(()),
    };
    f.write_str("\n  ")?;
    OneLine(f).write_str(&line)
}
