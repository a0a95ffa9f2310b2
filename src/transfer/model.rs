//! What is told of an export and an import.

use std::{error::Error as _, fmt, path::PathBuf};

use crate::{
    assets::{AssetFolderPath, AssetPath},
    error::Error,
    pages::PagePlace,
    types::PageId,
};

/// What is carried over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TransferItem {
    /// A page.
    Page(PagePlace),
    /// A file of the wiki.
    Asset(AssetPath),
    /// A folder of files.
    AssetFolder(AssetFolderPath),
}

impl fmt::Display for TransferItem {
    /// `page en/docs/install`, `asset docs/photo.png`, `asset folder docs`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(place) => write!(f, "page {place}"),
            Self::Asset(path) => write!(f, "asset {path}"),
            Self::AssetFolder(path) => write!(f, "asset folder {path}"),
        }
    }
}

/// What could not be carried over. The others were.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransferFailure {
    /// What it is.
    pub item: TransferItem,
    /// Why not.
    pub error: Error,
}

impl fmt::Display for TransferFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.item, self.error)?;
        match &self.error {
            // It says nothing of the file.
            Error::Transport(error) => match error.source() {
                Some(source) => write!(f, ": {source}"),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// What an export does, as it does it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportEvent {
    /// The pages are listed, and there are this many.
    Listed {
        /// How many pages are to be in the folder.
        pages: usize,
    },
    /// A file was written.
    Written {
        /// What it is.
        item: TransferItem,
        /// The file's path in the folder.
        file: PathBuf,
    },
    /// The file of an earlier export is there and as the wiki has it.
    Unchanged {
        /// What it is.
        item: TransferItem,
    },
    /// It is not in the wiki any more, or the caller may not see it.
    Gone {
        /// What it was.
        item: TransferItem,
        /// The file's path in the folder.
        file: PathBuf,
        /// Whether the file was removed.
        removed: bool,
    },
    /// It could not be read from the wiki or not be written.
    Failed(TransferFailure),
}

/// What an export did.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use = "it says what could not be exported"]
pub struct ExportReport {
    /// How many pages were written.
    pub pages_written: usize,
    /// How many pages were there already.
    pub pages_unchanged: usize,
    /// How many assets were written.
    pub assets_written: usize,
    /// How many assets were there already.
    pub assets_unchanged: usize,
    /// What is not in the wiki any more, with the path of its file in the folder. Removed only after
    /// [`Export::remove_gone`](super::Export::remove_gone).
    pub gone: Vec<(TransferItem, PathBuf)>,
    /// What could not be exported.
    pub failed: Vec<TransferFailure>,
}

impl ExportReport {
    /// Whether all that was to be exported is in the folder.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }

    pub(super) fn add(&mut self, event: ExportEvent) {
        let counter = match &event {
            ExportEvent::Written { item, .. } => match item {
                TransferItem::Page(_) => &mut self.pages_written,
                _ => &mut self.assets_written,
            },
            ExportEvent::Unchanged { item } => match item {
                TransferItem::Page(_) => &mut self.pages_unchanged,
                _ => &mut self.assets_unchanged,
            },
            _ => &mut 0,
        };
        *counter += 1;
        match event {
            ExportEvent::Gone { item, file, .. } => self.gone.push((item, file)),
            ExportEvent::Failed(failure) => self.failed.push(failure),
            _ => {}
        }
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
        self.failed
            .iter()
            .try_for_each(|failure| write!(f, "\n  {failure}"))
    }
}

/// A file of the folder that cannot be imported as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileProblem {
    /// The file's path in the folder.
    pub file: PathBuf,
    /// The line, from 1, where it is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl FileProblem {
    pub(super) fn new(
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

    pub(super) fn at(self, line: usize) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

impl fmt::Display for FileProblem {
    /// `en/docs/a.md:3: what is wrong; what to do`, as compilers write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}; {}", self.problem, self.remedy)
    }
}

impl std::error::Error for FileProblem {}

/// A part of a page in which a file and the wiki may differ.
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
    /// `editor`: the page is converted.
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

/// What an import does, as it does it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportEvent {
    /// A page was made.
    PageCreated {
        /// Where.
        place: PagePlace,
        /// Its id.
        id: PageId,
    },
    /// A page was changed.
    PageUpdated {
        /// Where.
        place: PagePlace,
        /// Its id.
        id: PageId,
    },
    /// A page was deleted.
    PageDeleted {
        /// Where it was.
        place: PagePlace,
        /// Its id.
        id: PageId,
    },
    /// A folder of assets was made.
    AssetFolderCreated(AssetFolderPath),
    /// A file was uploaded, perhaps in place of another one.
    AssetUploaded(AssetPath),
    /// A file was deleted.
    AssetDeleted(AssetPath),
    /// It could not be done.
    Failed(TransferFailure),
}

/// What an import did.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use = "it says what could not be imported"]
pub struct ImportReport {
    /// How many pages were made.
    pub pages_created: usize,
    /// How many pages were changed.
    pub pages_updated: usize,
    /// How many pages were deleted.
    pub pages_deleted: usize,
    /// How many files were uploaded.
    pub assets_uploaded: usize,
    /// How many files were deleted.
    pub assets_deleted: usize,
    /// How many folders of assets were made.
    pub asset_folders_created: usize,
    /// What could not be done.
    pub failed: Vec<TransferFailure>,
}

impl ImportReport {
    /// Whether all was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }

    pub(super) fn add(&mut self, event: ImportEvent) {
        let counter = match event {
            ImportEvent::PageCreated { .. } => &mut self.pages_created,
            ImportEvent::PageUpdated { .. } => &mut self.pages_updated,
            ImportEvent::PageDeleted { .. } => &mut self.pages_deleted,
            ImportEvent::AssetFolderCreated(_) => &mut self.asset_folders_created,
            ImportEvent::AssetUploaded(_) => &mut self.assets_uploaded,
            ImportEvent::AssetDeleted(_) => &mut self.assets_deleted,
            ImportEvent::Failed(failure) => {
                self.failed.push(failure);
                return;
            }
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
