//! The writes of an import.

use std::{collections::HashMap, future::IntoFuture};

use futures::{FutureExt, Stream, future::BoxFuture};
use wikijs_client::{
    Client, PageId,
    assets::{AssetFolder, AssetFolderPath, Content},
    pages::{Page, PageSummary},
};

use super::plan::{AssetAction, AssetPlan, ImportPlan, PageAction, PagePlan};
use crate::{
    digest::Digest,
    error::{Error, Result},
    events::{self, EventStream, Events},
    folder::Folder,
    manifest::{AssetEntry, Manifest, PageEntry},
    page_file::{Locales, PageFile, changed as file_changed},
    report::{ImportEvent, ImportReport, PageField, TransferFailure, TransferItem},
    text::with_line_feeds,
};

/// Maximum number of attempts to update a page whose `updatedAt` changes because linked pages are created or
/// deleted.
const MAX_UPDATE_ATTEMPTS: usize = 4;

/// An import that applies its plan. Await it for a report, or take it as a [`stream`](Self::stream) of events.
///
/// The writes run one after another: folders and assets, then updates, creates, and deletions. A file or a page
/// that was changed after the plan was made is a failure, and the page is not changed. The import records
/// applied changes in `.wikijs/local`, if that folder is writable. To continue an interrupted import, plan and
/// apply it again.
///
/// # Cancellation
///
/// An import may be dropped at any await. The write in flight may still be applied. The next plan takes the
/// current state of the wiki into account.
///
/// # Errors
///
/// An error of one page or asset is a failure in the report, and the import continues. The import fails if all
/// other writes would fail, too: the wiki is unreachable or rejects the credentials.
#[derive(Debug, Clone)]
#[must_use = "an import does nothing until it is awaited"]
pub struct ApplyImport {
    plan: ImportPlan,
    stops_on_error: bool,
}

impl ApplyImport {
    pub(super) fn new(plan: ImportPlan) -> Self {
        Self {
            plan,
            stops_on_error: false,
        }
    }

    /// Stops at the first failure and returns its error.
    pub fn stop_on_error(mut self) -> Self {
        self.stops_on_error = true;
        self
    }

    /// Returns a stream of events, which ends with [`ImportEvent::Finished`] or an error. The import makes progress
    /// only while the stream is polled.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// use futures::TryStreamExt;
    /// use wikijs_transfer::TransferExt;
    ///
    /// # let _ = wiki.export("backup").await?;
    /// let mut events = wiki.import("backup").plan().await?.apply().stream();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{event:?}");
    /// }
    /// # Ok::<_, wikijs_transfer::Error>(())
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<ImportEvent>> + Send + Unpin {
        let client = self.plan.client.clone();
        EventStream::new(&client, |events| self.run(events))
    }

    async fn run(self, events: Events<ImportEvent>) -> Result<()> {
        let plan = self.plan;
        let mut run = Run {
            manifest: open_manifest(&plan).await,
            client: plan.client,
            folder: plan.folder,
            locales: plan.locales,
            is_exact: plan.is_exact,
            most_bytes: plan.most_bytes,
            folders: HashMap::new(),
            stops_on_error: self.stops_on_error,
            events,
            report: ImportReport::default(),
        };
        for path in plan.asset_folders {
            let made = run.asset_folder(&path).await;
            run.emit_result(TransferItem::AssetFolder(path), made.map(|_| None))
                .await?;
        }
        let (gone, here): (Vec<_>, Vec<_>) = plan
            .assets
            .into_iter()
            .partition(|asset| asset.action == AssetAction::Delete);
        for asset in here {
            let result = run.upload(&asset).await;
            run.emit_result(TransferItem::Asset(asset.path), result)
                .await?;
        }
        // Updates run first, since a create changes `updatedAt` of all pages that link to the new page.
        for stage in [Stage::Update, Stage::Create, Stage::Delete] {
            let pages = plan.pages.iter();
            for page in pages.filter(|page| Stage::of(&page.action) == Some(stage)) {
                let result = run.page(page).await;
                let item = TransferItem::Page(page.place.clone());
                run.emit_result(item, result.map(Some)).await?;
            }
        }
        for asset in gone {
            let result = run.delete_asset(&asset).await;
            run.emit_result(TransferItem::Asset(asset.path), result)
                .await?;
        }
        run.events.emit(ImportEvent::Finished(run.report)).await;
        Ok(())
    }
}

impl IntoFuture for ApplyImport {
    type Output = Result<ImportReport>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let events = self.stream();
        events::report(events, |event| match event {
            ImportEvent::Finished(report) => Some(report),
            _ => None,
        })
        .boxed()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Update,
    Create,
    Delete,
}

impl Stage {
    fn of(action: &PageAction) -> Option<Self> {
        match action {
            PageAction::Update { .. } => Some(Self::Update),
            PageAction::Create => Some(Self::Create),
            PageAction::Delete { .. } => Some(Self::Delete),
            PageAction::Unchanged { .. } | PageAction::Conflict { .. } => None,
        }
    }
}

/// Opens the manifest. Returns `None` if it is not writable, since the import does not depend on it.
async fn open_manifest(plan: &ImportPlan) -> Option<Manifest> {
    if plan.is_empty() {
        return None;
    }
    match Manifest::open_to_import(&plan.folder, plan.client.url().as_str()).await {
        Ok(manifest) => Some(manifest),
        Err(error) => {
            tracing::warn!(%error, "the import cannot be recorded in the folder");
            None
        }
    }
}

/// An import that is running.
struct Run {
    client: Client,
    folder: Folder,
    manifest: Option<Manifest>,
    locales: Locales,
    is_exact: bool,
    most_bytes: u64,
    /// Asset folders that were found or created.
    folders: HashMap<AssetFolderPath, AssetFolder>,
    stops_on_error: bool,
    events: Events<ImportEvent>,
    report: ImportReport,
}

impl Run {
    /// Emits the event of an action, or its failure.
    async fn emit_result(
        &mut self,
        item: TransferItem,
        result: Result<Option<ImportEvent>>,
    ) -> Result<()> {
        let event = match result {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(()),
            Err(error) if self.stops_on_error || error.is_fatal() => return Err(error),
            Err(error) => ImportEvent::Failed(TransferFailure::new(item, error)),
        };
        self.emit(event).await;
        Ok(())
    }

    async fn emit(&mut self, event: ImportEvent) {
        self.report.add(&event);
        self.events.emit(event).await;
    }

    async fn page(&mut self, plan: &PagePlan) -> Result<ImportEvent> {
        let place = plan.place.clone();
        match &plan.action {
            PageAction::Create => {
                let file = self.file(plan).await?;
                let page = self.client.pages().create(file.new_page()?).await?;
                self.record_transfer(&file, &page).await?;
                Ok(ImportEvent::PageCreated { place, id: page.id })
            }
            PageAction::Update { id, fields } => {
                let file = self.file(plan).await?;
                let page = self.update(plan, *id, &file, fields).await?;
                self.record_transfer(&file, &page).await?;
                Ok(ImportEvent::PageUpdated { place, id: *id })
            }
            PageAction::Delete { id } => {
                self.delete(plan, *id).await?;
                if let Some(manifest) = &mut self.manifest {
                    manifest.forget_page(place.clone()).await?;
                }
                Ok(ImportEvent::PageDeleted { place, id: *id })
            }
            PageAction::Unchanged { .. } | PageAction::Conflict { .. } => Err(Error::invalid(
                "plan",
                "it contains no action for the page",
                "omit the page",
            )),
        }
    }

    /// Reads the file of a page. Returns an error if it has changed since the plan was made.
    async fn file(&self, plan: &PagePlan) -> Result<PageFile> {
        let name = plan.file.as_ref().and_then(|file| file.to_str());
        let name = name.unwrap_or_default();
        let bytes = self.folder.read(name, self.most_bytes).await;
        let bytes = bytes.map_err(|_| file_changed(name))?;
        match PageFile::read(name, bytes, &self.locales) {
            Ok(Some(mut file)) if Some(file.digest) == plan.digest => {
                if plan.with_line_feeds {
                    file.content = with_line_feeds(&file.content).into_owned();
                }
                Ok(file)
            }
            _ => Err(file_changed(name)),
        }
    }

    async fn update(
        &mut self,
        plan: &PagePlan,
        id: PageId,
        file: &PageFile,
        fields: &[PageField],
    ) -> Result<Page> {
        let pages = self.client.pages();
        let Some(base) = &plan.base else {
            return Err(file_changed(&file.file));
        };
        let mut as_of = base.updated_at.clone();
        let mut fields = fields.to_vec();
        if fields.contains(&PageField::Editor) {
            let now = pages.get(id).await?;
            if Digest::of_substance(&now) != base.substance {
                return Err(Error::PageChangedSincePlan);
            }
            let converted = pages.convert(id, file.editor()).await?;
            as_of = converted.updated_at.clone();
            fields = file.differences(&converted, self.is_exact);
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            let update = file.update(&fields).if_unmodified(&as_of);
            match pages.update(id, update).await {
                // An equal digest means that only `updatedAt` changed, because a linked page was created or deleted.
                Err(error @ wikijs_client::Error::Conflict(_))
                    if attempts < MAX_UPDATE_ATTEMPTS =>
                {
                    let newer = pages.get(id).await?;
                    if Digest::of_substance(&newer) != base.substance {
                        return Err(error.into());
                    }
                    as_of = newer.updated_at;
                }
                other => return Ok(other?),
            }
        }
    }

    async fn delete(&self, plan: &PagePlan, id: PageId) -> Result<()> {
        let pages = self.client.pages();
        let Some(now) = pages.get_opt(id).await? else {
            return Ok(());
        };
        let same = plan.base.as_ref();
        if same.is_some_and(|base| base.substance != Digest::of_substance(&now)) {
            return Err(Error::PageChangedSincePlan);
        }
        pages.delete(id).await?;
        Ok(())
    }

    /// Records that a page and a file are equal.
    async fn record_transfer(&mut self, file: &PageFile, page: &Page) -> Result<()> {
        let Some(manifest) = &mut self.manifest else {
            return Ok(());
        };
        let listed = summary_of(page).map(|summary| Digest::of_summary(&summary));
        let entry = PageEntry::new(page, file.file.clone(), file.digest, listed);
        manifest.note_page(entry).await
    }

    async fn asset_folder(&mut self, path: &AssetFolderPath) -> Result<AssetFolder> {
        if let Some(folder) = self.folders.get(path) {
            return Ok(folder.clone());
        }
        let assets = self.client.assets();
        let folder = if path.is_root() {
            AssetFolder::root()
        } else if let Some(existing) = assets.folder_opt(path).await? {
            existing
        } else {
            let made = assets.ensure_folder(path).await?;
            let event = ImportEvent::AssetFolderCreated(path.clone());
            self.emit(event).await;
            made
        };
        self.folders.insert(path.clone(), folder.clone());
        Ok(folder)
    }

    async fn upload(&mut self, plan: &AssetPlan) -> Result<Option<ImportEvent>> {
        if !matches!(plan.action, AssetAction::Upload | AssetAction::Replace) {
            return Ok(None);
        }
        let file = plan.file.as_ref().and_then(|file| file.to_str());
        let file = file.unwrap_or_default();
        let digests = self.folder.digests(file).await?;
        if digests.map(|digests| digests.exact) != plan.digest {
            return Err(file_changed(file));
        }
        let assets = self.client.assets();
        if let Some(existing) = &plan.existing
            && assets.get_opt(&plan.path).await?.as_ref() != Some(existing)
        {
            return Err(Error::ChangedSincePlan {
                what: format!("the asset {}", plan.path),
            });
        }
        let folder = self.asset_folder(&plan.path.folder()).await?;
        let path = self.folder.path(file);
        let content = Content::file(&path).await?;
        let mut upload = assets.upload(folder, plan.path.name(), content);
        if plan.action == AssetAction::Replace {
            upload = upload.replace();
        }
        if let Some(mime) = &plan.mime {
            upload = upload.content_type(mime);
        }
        let asset = upload.await?;
        if let (Some(manifest), Some(digest)) = (&mut self.manifest, plan.digest) {
            let entry = AssetEntry::new(&asset, file.to_owned(), digest);
            manifest.note_asset(entry).await?;
        }
        Ok(Some(ImportEvent::AssetUploaded(plan.path.clone())))
    }

    async fn delete_asset(&mut self, plan: &AssetPlan) -> Result<Option<ImportEvent>> {
        if let Some(existing) = &plan.existing {
            match self.client.assets().delete(existing).await {
                Err(error) if !error.is_not_found() => return Err(error.into()),
                _ => {}
            }
        }
        if let Some(manifest) = &mut self.manifest {
            manifest.forget_asset(plan.path.clone()).await?;
        }
        Ok(Some(ImportEvent::AssetDeleted(plan.path.clone())))
    }
}

/// Returns the page as a list entry. `None` if the caller cannot see all fields of the entry.
fn summary_of(page: &Page) -> Option<PageSummary> {
    let metadata = page.metadata.as_ref()?;
    let summary = serde_json::json!({
        "id": page.id,
        "path": page.path,
        "locale": page.locale,
        "title": page.title,
        "description": page.description,
        "content_type": page.content_type,
        "is_published": metadata.is_published,
        "is_private": metadata.is_private,
        "private_ns": metadata.private_ns,
        "created_at": page.created_at,
        "updated_at": page.updated_at,
        "tags": page.tags,
    });
    serde_json::from_value(summary).ok()
}
