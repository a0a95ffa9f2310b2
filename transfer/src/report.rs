//! Events and reports of exports and imports.

use std::{error::Error as _, fmt, fmt::Write as _, path::PathBuf, sync::Arc};

use wikijs_client::{
    PageId,
    assets::{AssetFolderPath, AssetPath},
    pages::PageLocation,
};

use crate::{
    error::Error,
    text::{OneLine, Shown},
};

/// A page, an asset or an asset folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TransferItem {
    /// A page.
    Page(PageLocation),
    /// An asset.
    Asset(AssetPath),
    /// An asset folder.
    AssetFolder(AssetFolderPath),
}

impl fmt::Display for TransferItem {
    /// `page en/docs/install`, `asset docs/photo.png`, `asset folder docs`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = OneLine(f);
        match self {
            Self::Page(place) => write!(f, "page {place}"),
            Self::Asset(path) => write!(f, "asset {path}"),
            Self::AssetFolder(path) => write!(f, "asset folder {path}"),
        }
    }
}

/// An item that could not be transferred. It does not affect the other items.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TransferFailure {
    /// The item.
    pub item: TransferItem,
    /// The error.
    pub error: Arc<Error>,
}

impl TransferFailure {
    pub(crate) fn new(item: TransferItem, error: Error) -> Self {
        let error = Arc::new(error);
        Self { item, error }
    }
}

impl fmt::Display for TransferFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.item)?;
        let mut f = OneLine(f);
        write!(f, "{}", self.error)?;
        match &*self.error {
            // The message of a transport error lacks its cause, such as an error of the file system.
            Error::Wiki(wikijs_client::Error::Transport(error)) => match error.source() {
                Some(source) => write!(f, ": {source}"),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// An event of an export.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportEvent {
    /// The pages were listed.
    Listed {
        /// Number of pages.
        pages: usize,
    },
    /// A file was written.
    Written {
        /// The page or asset.
        item: TransferItem,
        /// The file's path in the folder.
        file: PathBuf,
    },
    /// The file of the page or asset is up to date.
    Unchanged {
        /// The page or asset.
        item: TransferItem,
    },
    /// The wiki no longer lists the page or asset.
    Gone {
        /// The page or asset.
        item: TransferItem,
        /// The file's path in the folder.
        file: PathBuf,
        /// `true` if the file was removed.
        removed: bool,
    },
    /// The reason why something was not removed.
    Notice(String),
    /// A page or asset could not be read from the wiki or written to the folder.
    Failed(TransferFailure),
    /// The export is complete. The last event.
    Finished(ExportReport),
}

/// The result of an export.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
#[must_use = "the report contains the failures"]
pub struct ExportReport {
    /// Number of pages that were written.
    pub pages_written: usize,
    /// Number of pages whose files were up to date.
    pub pages_unchanged: usize,
    /// Number of assets that were written.
    pub assets_written: usize,
    /// Number of assets whose files were up to date.
    pub assets_unchanged: usize,
    /// Pages and assets that the wiki no longer lists, with the paths of their files in the folder. The files are
    /// removed only with [`Export::remove_gone`](crate::Export::remove_gone).
    pub gone: Vec<(TransferItem, PathBuf)>,
    /// The reasons why files were not removed.
    pub notices: Vec<String>,
    /// Pages and assets that could not be exported.
    pub failed: Vec<TransferFailure>,
}

impl ExportReport {
    /// Returns `true` if nothing failed.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}

impl fmt::Display for ExportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pages: {} written, {} unchanged; assets: {} written, {} unchanged; {} gone, {} failed",
            self.pages_written,
            self.pages_unchanged,
            self.assets_written,
            self.assets_unchanged,
            self.gone.len(),
            self.failed.len()
        )?;
        for notice in &self.notices {
            f.write_str("\n  ")?;
            OneLine(f).write_str(notice)?;
        }
        self.failed
            .iter()
            .try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

/// A problem that prevents the import of a file, or makes the whole import fail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileProblem {
    /// The file's path in the folder; empty for a problem of the whole import.
    pub file: PathBuf,
    /// The line in the file, starting at 1, if the problem has a line.
    pub line: Option<usize>,
    /// Description of the problem.
    pub problem: String,
    /// Instructions for the user.
    pub remedy: String,
}

impl FileProblem {
    pub(crate) fn new(
        file: impl Into<PathBuf>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line: None,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn at(self, line: usize) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

impl fmt::Display for FileProblem {
    /// `en/docs/a.md:3: problem; remedy`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.as_os_str().is_empty() {
            write!(f, "{}:", Shown(&self.file))?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        write!(OneLine(f), "{}; {}", self.problem, self.remedy)
    }
}

impl std::error::Error for FileProblem {}

/// A field of a page that is compared with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PageField {
    /// `content`
    Content,
    /// `title`
    Title,
    /// `description`
    Description,
    /// `tags`
    Tags,
    /// `isPublished`
    IsPublished,
    /// `publishStartDate`
    PublishStartDate,
    /// `publishEndDate`
    PublishEndDate,
    /// `scriptCss`
    ScriptCss,
    /// `scriptJs`
    ScriptJs,
    /// `editor`: an update converts the page.
    Editor,
}

impl fmt::Display for PageField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Content => "content",
            Self::Title => "title",
            Self::Description => "description",
            Self::Tags => "tags",
            Self::IsPublished => "isPublished",
            Self::PublishStartDate => "publishStartDate",
            Self::PublishEndDate => "publishEndDate",
            Self::ScriptCss => "scriptCss",
            Self::ScriptJs => "scriptJs",
            Self::Editor => "editor",
        })
    }
}

/// An event of an import.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportEvent {
    /// A page was created.
    PageCreated {
        /// The location of the page.
        place: PageLocation,
        /// The page's id.
        id: PageId,
    },
    /// A page was changed.
    PageUpdated {
        /// The location of the page.
        place: PageLocation,
        /// The page's id.
        id: PageId,
    },
    /// A page was deleted.
    PageDeleted {
        /// The former location of the page.
        place: PageLocation,
        /// The page's id.
        id: PageId,
    },
    /// An asset folder was created.
    AssetFolderCreated(AssetFolderPath),
    /// An asset was uploaded or replaced.
    AssetUploaded(AssetPath),
    /// An asset was deleted.
    AssetDeleted(AssetPath),
    /// An item failed.
    Failed(TransferFailure),
    /// The import is complete. The last event.
    Finished(ImportReport),
}

/// The result of an import.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
#[must_use = "the report contains the failures"]
pub struct ImportReport {
    /// Number of pages that were created.
    pub pages_created: usize,
    /// Number of pages that were changed.
    pub pages_updated: usize,
    /// Number of pages that were deleted.
    pub pages_deleted: usize,
    /// Number of assets that were uploaded or replaced.
    pub assets_uploaded: usize,
    /// Number of assets that were deleted.
    pub assets_deleted: usize,
    /// Number of asset folders that were created.
    pub asset_folders_created: usize,
    /// The failed items.
    pub failed: Vec<TransferFailure>,
}

impl ImportReport {
    /// Returns `true` if nothing failed.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }

    pub(crate) fn add(&mut self, event: &ImportEvent) {
        let counter = match event {
            ImportEvent::PageCreated { .. } => &mut self.pages_created,
            ImportEvent::PageUpdated { .. } => &mut self.pages_updated,
            ImportEvent::PageDeleted { .. } => &mut self.pages_deleted,
            ImportEvent::AssetFolderCreated(_) => &mut self.asset_folders_created,
            ImportEvent::AssetUploaded(_) => &mut self.assets_uploaded,
            ImportEvent::AssetDeleted(_) => &mut self.assets_deleted,
            ImportEvent::Failed(failure) => {
                self.failed.push(failure.clone());
                return;
            }
            ImportEvent::Finished(_) => return,
        };
        *counter += 1;
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pages: {} created, {} updated, {} deleted; assets: {} uploaded, {} deleted; {} failed",
            self.pages_created,
            self.pages_updated,
            self.pages_deleted,
            self.assets_uploaded,
            self.assets_deleted,
            self.failed.len()
        )?;
        self.failed
            .iter()
            .try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}
