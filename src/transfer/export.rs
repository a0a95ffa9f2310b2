//! From a wiki into a folder.

use std::{collections::HashSet, future::IntoFuture, path::PathBuf};

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};

use super::{
    FILES_AT_ONCE,
    digest::Digest,
    driven::{Driven, Events},
    folder::Folder,
    front_matter, is_fatal,
    manifest::{AssetEntry, Manifest, PageEntry, Part},
    model::{ExportEvent, ExportReport, TransferFailure, TransferItem},
    place,
};
use crate::{
    assets::Asset,
    client::Client,
    error::{Error, Result},
    pages::{Page, PagePlace, PageSummary},
    types::{Locale, PageId, PagePath},
};

const OPERATION: &str = "Export";

impl Client {
    /// Writes the pages and the assets of the wiki into a folder, as files that people and git can read.
    ///
    /// Await it for a report, or take it as a [`stream`](Export::stream) of events. The folder is made
    /// where it is not there; [the module](crate::transfer#the-folder) says what it has then.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// let report = wiki.export("backup").path_prefix("docs").with_assets(false).await?;
    /// assert!(report.is_complete(), "{report}");
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn export(&self, folder: impl Into<PathBuf>) -> Export {
        Export {
            client: self.clone(),
            folder: folder.into(),
            part: Part {
                assets: true,
                ..Part::default()
            },
            removes_gone: false,
            stops: false,
        }
    }
}

/// An export. Await it, or take it as a stream.
///
/// Run again, it writes only what has changed: a page is not read if the wiki lists it as it was, and its
/// file is what was written. So an export that was interrupted goes on where it was, and one can run every
/// night. What differs in the folder from what was written is written again; other files are left alone.
/// Only one export at a time may have a folder.
///
/// The pages are read as by [`get_many`](crate::pages::Pages::get_many), a hundred ahead at the most, and
/// assets go to the disk as they come: what is held of the whole wiki is the list of its pages, and
/// what is remembered of each file, some hundred bytes.
///
/// It may be dropped at any await: each file is whole or not there, and what is written is remembered.
///
/// # Errors
///
/// What concerns one page or asset is a failure in the report, and the others go on. The export ends with
/// an error where nothing else would get on: the wiki does not answer or not accept the caller, the pages or
/// assets cannot be listed, the disk is full, the folder cannot be made.
/// [`is_forbidden`](Error::is_forbidden) without `read:pages` and `read:assets`; to read pages whole
/// takes `manage:pages` or `delete:pages`, `read:source`, and `write:pages`, without which the front
/// matter lacks what only they see who may write ([`Editorial`](crate::pages::Editorial)).
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct Export {
    client: Client,
    folder: PathBuf,
    part: Part,
    removes_gone: bool,
    stops: bool,
}

impl Export {
    /// The page at this path and those below it, and the assets below the folder of the same path.
    pub fn path_prefix(mut self, path: impl Into<PagePath>) -> Self {
        self.part.path_prefix = Some(path.into());
        self
    }

    /// Pages of this locale. Default: of all. Assets have no locale.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.part.locale = Some(locale.into());
        self
    }

    /// Whether assets are exported, too. Default: yes.
    pub fn with_assets(mut self, with_assets: bool) -> Self {
        self.part.assets = with_assets;
        self
    }

    /// Removes the files of what is not in the wiki any more, or is not to be seen, as far as this
    /// export looks at it and an earlier one wrote them. Else they are reported only.
    pub fn remove_gone(mut self) -> Self {
        self.removes_gone = true;
        self
    }

    /// Ends with the first failure, as its error.
    pub fn stop_on_error(mut self) -> Self {
        self.stops = true;
        self
    }

    /// What is done, as it is done. The export goes on only while the stream is polled. An error is the
    /// last item.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// use futures::TryStreamExt;
    /// use wikijs_client::transfer::ExportEvent;
    ///
    /// let mut events = wiki.export("backup").stream();
    /// while let Some(event) = events.try_next().await? {
    ///     match event {
    ///         ExportEvent::Listed { pages } => println!("{pages} pages"),
    ///         ExportEvent::Written { item, file } => println!("{item} -> {}", file.display()),
    ///         ExportEvent::Failed(failure) => eprintln!("{failure}"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<ExportEvent>> + Send + Unpin {
        Driven::new(|events| self.run(events))
    }

    async fn run(self, events: Events<ExportEvent>) -> Result<()> {
        let folder = Folder::create(&self.folder, OPERATION).await?;
        let manifest = Manifest::open_to_export(&folder, self.client.url().as_str()).await?;
        let mut run = Run {
            export: self,
            folder,
            manifest,
            events,
            is_whole: true,
        };
        run.pages().await?;
        if run.export.part.assets {
            run.assets().await?;
        }
        run.finish().await
    }
}

impl IntoFuture for Export {
    type Output = Result<ExportReport>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let mut report = ExportReport::default();
            let mut events = self.stream();
            while let Some(event) = events.try_next().await? {
                report.add(event);
            }
            Ok(report)
        }
        .boxed()
    }
}

/// An export that is under way.
struct Run {
    export: Export,
    folder: Folder,
    manifest: Manifest,
    events: Events<ExportEvent>,
    /// Nothing has failed.
    is_whole: bool,
}

impl Run {
    async fn pages(&mut self) -> Result<()> {
        let mut list = self.export.client.pages().list();
        if let Some(locale) = &self.export.part.locale {
            list = list.locale(locale);
        }
        if let Some(prefix) = &self.export.part.path_prefix {
            list = list.path_prefix(prefix);
        }
        let listed = list.await?;
        let pages = listed.len();
        self.events.tell(ExportEvent::Listed { pages }).await;
        let mut there = HashSet::new();
        let (listed, twins): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .partition(|page| there.insert(PagePlace::of(page)));
        for twin in twins {
            // The one that is older is the one that readers see (hazard 12).
            let what = format!("page {} is at the place of another one", twin.id);
            let error = Error::Exists {
                operation: OPERATION,
                what,
            };
            let item = TransferItem::Page(PagePlace::of(&twin));
            self.failed(item, error).await?;
        }
        let changed = self.changed(listed).await?;
        for place in self.read(changed).await? {
            // It was deleted or moved since the pages were listed.
            there.remove(&place);
        }
        let part = &self.export.part;
        let known = self.manifest.pages.keys();
        let mut gone: Vec<PagePlace> = known
            .filter(|place| part.has_page(place) && !there.contains(place))
            .cloned()
            .collect();
        gone.sort_unstable();
        for place in gone {
            self.page_is_gone(place).await?;
        }
        Ok(())
    }

    /// The pages of which the folder has no file, or another one than the wiki lists.
    async fn changed(&mut self, listed: Vec<PageSummary>) -> Result<Vec<(PageId, Listed)>> {
        let folder = self.folder.clone();
        let looked = listed.into_iter().map(|page| {
            let listed = Listed {
                place: PagePlace::of(&page),
                digest: Digest::of_summary(&page),
            };
            let entry = self.manifest.pages.get(&listed.place);
            let same = entry.filter(|entry| entry.listed == Some(listed.digest));
            let same = same.map(|entry| (entry.file.clone(), entry.sha256));
            (page.id, listed, same)
        });
        // Not borrowed any more: the manifest is written to meanwhile.
        let looked: Vec<_> = looked.collect();
        let mut looked = stream::iter(looked)
            .map(move |(id, listed, same)| {
                let folder = folder.clone();
                async move {
                    let is_same = match same {
                        // A file that cannot be read is written anew, or says why it cannot be.
                        Some((file, digest)) => {
                            folder.digest(&file).await.ok().flatten() == Some(digest)
                        }
                        None => false,
                    };
                    (id, listed, is_same)
                }
            })
            .buffered(FILES_AT_ONCE);
        let mut changed = Vec::new();
        while let Some((id, listed, is_same)) = looked.next().await {
            if is_same {
                let item = TransferItem::Page(listed.place);
                self.events.tell(ExportEvent::Unchanged { item }).await;
            } else {
                changed.push((id, listed));
            }
        }
        Ok(changed)
    }

    /// Reads pages and writes their files; gives the places where there is none any more.
    async fn read(&mut self, changed: Vec<(PageId, Listed)>) -> Result<Vec<PagePlace>> {
        let ids: Vec<PageId> = changed.iter().map(|(id, _)| *id).collect();
        let listed = stream::iter(changed.into_iter().map(|(_, listed)| listed));
        let pages = self.export.client.pages().get_many(ids);
        let mut pages = pages.zip(listed);
        let mut missing = Vec::new();
        while let Some(((_, page), listed)) = pages.next().await {
            match page {
                Err(error) if error.is_not_found() => missing.push(listed.place),
                Err(error) => self.failed(TransferItem::Page(listed.place), error).await?,
                Ok(page) => {
                    let place = PagePlace::new(&page.locale, &page.path);
                    if place != listed.place {
                        missing.push(listed.place);
                    }
                    if let Err(error) = self.write(&page, listed.digest).await {
                        self.failed(TransferItem::Page(place), error).await?;
                    }
                }
            }
        }
        Ok(missing)
    }

    async fn write(&mut self, page: &Page, listed: Digest) -> Result<()> {
        let place = PagePlace::new(&page.locale, &page.path);
        let extension = place::extension(&page.content_type);
        let file = self.manifest.file_of_page(&place, extension);
        let bytes = front_matter::written(page).map_err(|error| {
            let problem = format!("page {} cannot be written as YAML: {error}", page.id);
            Error::invalid("page", problem, "look at its texts")
        })?;
        let digest = self.folder.write(&file, bytes).await?;
        let earlier = self.manifest.pages.get(&place);
        let earlier = earlier.map(|entry| entry.file.clone());
        if let Some(earlier) = earlier.filter(|earlier| *earlier != file) {
            // Two files would be two claims to one page.
            self.folder.remove(&earlier).await?;
        }
        let entry = PageEntry::new(page, file.clone(), digest, Some(listed));
        self.manifest.note_page(&self.folder, entry).await?;
        let item = TransferItem::Page(place);
        self.written(item, file).await;
        Ok(())
    }

    async fn assets(&mut self) -> Result<()> {
        let assets = self.export.client.assets();
        let below = self.export.part.path_prefix.as_ref();
        let below = below.map(|prefix| prefix.as_str().to_owned());
        let start = match &below {
            None => Some(crate::assets::AssetFolder::root()),
            Some(path) => assets.folder_opt(path).await?,
        };
        let mut there = HashSet::new();
        if let Some(start) = start {
            let folders: Vec<_> = assets.folders().below(&start).recursive().await?;
            for folder in [&start].into_iter().chain(&folders) {
                self.asset_folder(folder).await?;
            }
            let mut files = assets.list().folder(&start).recursive().stream();
            while let Some(asset) = files.try_next().await? {
                there.insert(asset.path.clone());
                let item = TransferItem::Asset(asset.path.clone());
                if let Err(error) = self.asset(asset).await {
                    self.failed(item, error).await?;
                }
            }
        }
        let part = &self.export.part;
        let known = self.manifest.assets.keys();
        let gone: Vec<_> = known
            .filter(|path| part.has_asset(path.as_str()) && !there.contains(*path))
            .cloned()
            .collect();
        for path in gone {
            let entry = self.manifest.assets.get(&path);
            let file = entry.map(|entry| entry.file.clone()).unwrap_or_default();
            if self.export.removes_gone {
                self.folder.remove(&file).await?;
                self.manifest
                    .forget_asset(&self.folder, path.clone())
                    .await?;
            }
            self.gone(TransferItem::Asset(path), file).await;
        }
        Ok(())
    }

    /// A folder that has no files is there all the same.
    async fn asset_folder(&mut self, folder: &crate::assets::AssetFolder) -> Result<()> {
        let Some(path) = place::asset_folder(&folder.path) else {
            return Ok(());
        };
        match self.folder.ensure(&path).await {
            Err(error) => {
                let item = TransferItem::AssetFolder(folder.path.clone());
                self.failed(item, error).await
            }
            Ok(()) => Ok(()),
        }
    }

    async fn asset(&mut self, asset: Asset) -> Result<()> {
        let file = self.manifest.file_of_asset(&asset.path);
        if let Some(entry) = self.manifest.assets.get(&asset.path)
            && entry.is_of(&asset)
            && entry.file == file
            && self.folder.digest(&file).await.ok().flatten() == Some(entry.sha256)
        {
            let item = TransferItem::Asset(asset.path);
            self.events.tell(ExportEvent::Unchanged { item }).await;
            return Ok(());
        }
        let download = self.export.client.assets().download(&asset.path);
        let download = download.max_size(most_bytes(&asset)).await?;
        let sha256 = self.folder.receive(&file, download).await?;
        let entry = AssetEntry::new(&asset, file.clone(), sha256);
        self.manifest.note_asset(&self.folder, entry).await?;
        self.written(TransferItem::Asset(asset.path), file).await;
        Ok(())
    }

    async fn page_is_gone(&mut self, place: PagePlace) -> Result<()> {
        let entry = self.manifest.pages.get(&place);
        let file = entry.map(|entry| entry.file.clone()).unwrap_or_default();
        if self.export.removes_gone {
            self.folder.remove(&file).await?;
            self.manifest
                .forget_page(&self.folder, place.clone())
                .await?;
        }
        self.gone(TransferItem::Page(place), file).await;
        Ok(())
    }

    async fn finish(mut self) -> Result<()> {
        if self.is_whole {
            let part = self.export.part.clone();
            self.manifest.note_exported(&self.folder, part).await?;
        }
        self.manifest.compact(&self.folder).await
    }

    async fn written(&mut self, item: TransferItem, file: String) {
        let file = file.into();
        self.events.tell(ExportEvent::Written { item, file }).await;
    }

    async fn gone(&mut self, item: TransferItem, file: String) {
        let event = ExportEvent::Gone {
            item,
            file: file.into(),
            removed: self.export.removes_gone,
        };
        self.events.tell(event).await;
    }

    async fn failed(&mut self, item: TransferItem, error: Error) -> Result<()> {
        if self.export.stops || is_fatal(&error) {
            return Err(error);
        }
        self.is_whole = false;
        let failure = TransferFailure { item, error };
        self.events.tell(ExportEvent::Failed(failure)).await;
        Ok(())
    }
}

/// A page as it was listed.
struct Listed {
    place: PagePlace,
    digest: Digest,
}

/// What a download may have: other than it says, an SVG may grow as Wiki.js cleans it.
pub(super) fn most_bytes(asset: &Asset) -> u64 {
    const MIB: u64 = 1024 * 1024;
    asset.file_size.saturating_mul(4).saturating_add(MIB)
}
