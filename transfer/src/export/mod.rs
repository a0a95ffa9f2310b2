//! Export of a wiki into a folder.

mod assets;
mod pages;

use std::{future::IntoFuture, path::PathBuf};

use futures::{FutureExt, Stream, future::BoxFuture};
use wikijs_client::Client;

pub(crate) use self::assets::most_bytes;
use crate::{
    error::{Error, Result},
    events::{self, EventStream, Events},
    folder::{Folder, Removal},
    manifest::{Manifest, Part, part_setters},
    report::{ExportEvent, ExportReport, TransferFailure, TransferItem},
};

/// Number of files that an export may remove even if they are more than half of the folder.
const ALWAYS_REMOVABLE: usize = 10;

/// Export of a wiki into a folder. Await it for a report, or take it as a [`stream`](Self::stream) of events.
///
/// ```
/// # wikijs_fake::example(async |fake| {
/// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
/// # let folder = tempfile::tempdir().unwrap();
/// # std::env::set_current_dir(&folder).unwrap();
/// use wikijs_transfer::Export;
///
/// let report = Export::new(&wiki, "backup").path_prefix("docs").with_assets(false).await?;
/// assert!(report.is_complete(), "{report}");
/// # Ok::<_, wikijs_transfer::Error>(())
/// # });
/// ```
///
/// A repeated export is incremental: it skips a page if its entry in the list of pages and its file are
/// unchanged. An interrupted export therefore resumes where it stopped. Only one export at a time can write to a
/// folder. A concurrent one fails.
///
/// # Overwriting and deleting files
///
/// An export replaces or deletes a file only if
///
/// - an export wrote it,
/// - its digest is still the recorded one (Git may have changed its line ends),
/// - no component of its path is a link, and
/// - it is inside of the folder, and not in a folder whose name begins with a dot.
///
/// Any other file with the name of a page or an asset is not changed, and the page or asset is a failure
/// ([`Error::Kept`]). Move such a file away, or import and then delete it.
///
/// # Memory
///
/// Pages are read with [`get_many`](wikijs_client::pages::Pages::get_many), at most 100 ahead, and assets are
/// streamed to the disk. An export holds the list of pages and a few hundred bytes for each file in memory.
///
/// # Cancellation
///
/// An export may be dropped at any await. Each file is either complete or absent, and the manifest contains
/// everything that was written.
///
/// # Errors
///
/// An error of one page or asset is a failure in the report, and the export continues. The export fails if all
/// other items would fail, too: the wiki is unreachable or rejects the credentials, pages or assets cannot be
/// listed, the disk is full, or the folder cannot be created or is in use.
/// The error is [`is_forbidden`](Error::is_forbidden) without `read:pages` and `read:assets`. Reading pages
/// requires `manage:pages` or `delete:pages`, and `read:source`. Without `write:pages` the front matter omits the
/// fields of [`PageMetadata`](wikijs_client::pages::PageMetadata).
#[derive(Debug, Clone)]
#[must_use = "an export does nothing until it is awaited"]
pub struct Export {
    client: Client,
    folder: PathBuf,
    part: Part,
    removes_gone: bool,
    allows_mass_removal: bool,
    moved_from: Option<String>,
    stops_on_error: bool,
}

impl Export {
    /// Creates an export of the whole wiki into this folder, which is created if it does not exist.
    pub fn new(wiki: &Client, folder: impl Into<PathBuf>) -> Self {
        Self {
            client: wiki.clone(),
            folder: folder.into(),
            part: Part::whole(),
            removes_gone: false,
            allows_mass_removal: false,
            moved_from: None,
            stops_on_error: false,
        }
    }

    /// Removes the files of pages and assets that were deleted from the wiki. By default they are only reported.
    ///
    /// The export requests each of them from the wiki, and keeps the files of those that the wiki only hides from
    /// the caller. It removes no file, and adds a notice to the report, if the wiki lists nothing at all, or if the
    /// files to remove are more than 10 and more than half of the known files.
    pub fn remove_gone(mut self) -> Self {
        self.removes_gone = true;
        self
    }

    /// Allows [`remove_gone`](Self::remove_gone) to remove any number of files.
    pub fn allow_mass_removal(mut self) -> Self {
        self.allows_mass_removal = true;
        self
    }

    /// Continues the export of the same wiki that had another address. By default, an export into the folder of
    /// another address fails.
    pub fn moved_from(mut self, url: impl Into<String>) -> Self {
        self.moved_from = Some(url.into());
        self
    }

    /// Stops at the first failure and returns its error.
    pub fn stop_on_error(mut self) -> Self {
        self.stops_on_error = true;
        self
    }

    /// Returns a stream of events, which ends with [`ExportEvent::Finished`] or an error. The export makes progress
    /// only while the stream is polled.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// use futures::TryStreamExt;
    /// use wikijs_transfer::{ExportEvent, TransferExt};
    ///
    /// let mut events = wiki.export("backup").stream();
    /// while let Some(event) = events.try_next().await? {
    ///     match event {
    ///         ExportEvent::Listed { pages } => println!("{pages} pages"),
    ///         ExportEvent::Written { item, file } => println!("{item} -> {}", file.display()),
    ///         ExportEvent::Failed(failure) => eprintln!("{failure}"),
    ///         ExportEvent::Finished(report) => println!("{report}"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok::<_, wikijs_transfer::Error>(())
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<ExportEvent>> + Send + Unpin {
        let client = self.client.clone();
        EventStream::new(&client, |events| self.run(events))
    }

    async fn run(self, events: Events<ExportEvent>) -> Result<()> {
        let folder = Folder::create(&self.folder).await?;
        let moved_from = self.moved_from.as_deref();
        let url = self.client.url().as_str();
        let manifest = Manifest::open_to_export(&folder, url, moved_from).await?;
        let mut run = Run {
            export: self,
            folder,
            manifest,
            events,
            report: ExportReport::default(),
        };
        run.pages().await?;
        if run.export.part.assets {
            run.assets().await?;
        }
        run.finish().await
    }
}

part_setters! { Export, "Exports", "exported" }

impl IntoFuture for Export {
    type Output = Result<ExportReport>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let events = self.stream();
        events::report(events, |event| match event {
            ExportEvent::Finished(report) => Some(report),
            _ => None,
        })
        .boxed()
    }
}

/// An export that is running.
struct Run {
    export: Export,
    folder: Folder,
    manifest: Manifest,
    events: Events<ExportEvent>,
    report: ExportReport,
}

impl Run {
    async fn finish(mut self) -> Result<()> {
        if self.report.is_complete() {
            let part = self.export.part.clone();
            self.manifest.note_exported(part).await?;
        }
        self.manifest.compact_export(&self.folder).await?;
        self.events.emit(ExportEvent::Finished(self.report)).await;
        Ok(())
    }

    async fn emit_written(&mut self, item: TransferItem, file: String) {
        let file = file.into();
        self.events.emit(ExportEvent::Written { item, file }).await;
    }

    async fn emit_gone(&mut self, item: TransferItem, file: String, removed: bool) {
        let file = PathBuf::from(file);
        self.report.gone.push((item.clone(), file.clone()));
        let event = ExportEvent::Gone {
            item,
            file,
            removed,
        };
        self.events.emit(event).await;
    }

    /// Reports a file that is not removed, with the reason.
    async fn keep(&mut self, item: TransferItem, file: String, reason: &str) {
        let notice = format!("{item}: not listed, and its file was not removed: {reason}");
        self.report.notices.push(notice.clone());
        self.events.emit(ExportEvent::Notice(notice)).await;
        self.emit_gone(item, file, false).await;
    }

    async fn failed(&mut self, item: TransferItem, error: Error) -> Result<()> {
        if self.export.stops_on_error || error.is_fatal() {
            return Err(error);
        }
        let failure = TransferFailure::new(item, error);
        self.report.failed.push(failure.clone());
        self.events.emit(ExportEvent::Failed(failure)).await;
        Ok(())
    }

    /// Returns `true` if files may be removed. A list that is empty or much shorter than before does not prove that
    /// the other items were deleted.
    async fn may_remove(&mut self, what: &str, gone: usize, known: usize, listed: usize) -> bool {
        if !self.export.removes_gone || gone == 0 {
            return false;
        }
        let is_mass_removal = listed == 0 || (gone > ALWAYS_REMOVABLE && gone > known / 2);
        if !is_mass_removal || self.export.allows_mass_removal {
            return true;
        }
        let notice = format!(
            "no file was removed: the wiki does not list {gone} of {known} exported {what}; check that the caller has permission to see all of them, then call allow_mass_removal()"
        );
        self.report.notices.push(notice.clone());
        self.events.emit(ExportEvent::Notice(notice)).await;
        false
    }

    /// Removes the file of an item that was deleted from the wiki, or reports the reason why the file is kept.
    async fn gone(&mut self, item: TransferItem, file: String, absence: Absence) -> Result<()> {
        match absence {
            Absence::Certain => {}
            Absence::Doubtful(reason) => {
                self.keep(item, file, reason).await;
                return Ok(());
            }
            Absence::Unknown(error) => return self.failed(item, error.into()).await,
        }
        let written = match &item {
            TransferItem::Page(place) => self.manifest.written_of_page(place, &file),
            TransferItem::Asset(path) => self.manifest.written_of_asset(path, &file),
            TransferItem::AssetFolder(_) => return Ok(()),
        };
        match self.folder.remove(&file, written).await {
            Ok(Removal::Removed) => {
                match item.clone() {
                    TransferItem::Page(place) => self.manifest.forget_page(place).await?,
                    TransferItem::Asset(path) => self.manifest.forget_asset(path).await?,
                    TransferItem::AssetFolder(_) => {}
                }
                self.emit_gone(item, file, true).await;
                Ok(())
            }
            Ok(Removal::Kept(reason)) => {
                self.keep(item, file, &reason.to_string()).await;
                Ok(())
            }
            Err(error) => self.failed(item, error).await,
        }
    }
}

/// Reason to keep the file of an item that the wiki does not list but still has.
const STILL_THERE: &str = "the wiki still has it";

/// Result of the check whether an item that the wiki no longer lists was deleted.
enum Absence {
    Certain,
    Doubtful(&'static str),
    Unknown(wikijs_client::Error),
}

impl From<wikijs_client::Error> for Absence {
    fn from(error: wikijs_client::Error) -> Self {
        if error.is_not_found() {
            Self::Certain
        } else if error.is_forbidden() {
            Self::Doubtful("the caller may not see it")
        } else {
            Self::Unknown(error)
        }
    }
}
