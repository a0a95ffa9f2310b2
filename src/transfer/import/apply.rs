//! The writes of an import.

use std::{collections::HashMap, future::IntoFuture};

use futures::{FutureExt, Stream, TryStreamExt, future::BoxFuture};

use super::plan::{AssetAction, AssetPlan, ImportPlan, PageAction, PagePlan};
use crate::{
    assets::{AssetFolder, AssetFolderPath, Content},
    client::Client,
    error::{Conflict, Error, Result},
    pages::Page,
    transfer::{
        digest::Digest,
        driven::{Driven, Events},
        folder::Folder,
        is_fatal,
        manifest::{AssetEntry, Manifest, PageEntry},
        model::{ImportEvent, ImportReport, PageField, TransferFailure, TransferItem},
        page_file::PageFile,
        summary_of,
    },
    types::PageId,
};

/// How often a page is written that is changed by what it links to.
const MOST_TRIES: usize = 4;

/// An import that does what its plan says. Await it for a report, or take it as a stream.
///
/// One write follows another: folders and assets, then updates, creates, and deletions. A file that was changed since
/// the plan was made, and a page that was, are failures, and left as they are. What is done is
/// remembered in the folder's `.wikijs`, if it can be written to. Run again, with a new plan, it does what is left.
///
/// It may be dropped at any await: the write that is under way may be made, and the next plan sees it.
///
/// # Errors
///
/// What concerns one page or asset is a failure in the report, and the others go on. The import ends with an
/// error where nothing else would get on: the wiki does not answer or does not accept the caller.
#[derive(Debug, Clone)]
#[must_use = "nothing is done until it is awaited"]
pub struct ApplyImport {
    plan: ImportPlan,
    stops: bool,
}

impl ApplyImport {
    pub(super) fn new(plan: ImportPlan) -> Self {
        Self { plan, stops: false }
    }

    /// Ends with the first failure, as its error.
    pub fn stop_on_error(mut self) -> Self {
        self.stops = true;
        self
    }

    /// What is done, as it is done. The import goes on only while the stream is polled. An error is the
    /// last item.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::env::set_current_dir(&folder).unwrap();
    /// # wiki.export("backup").await?;
    /// use futures::TryStreamExt;
    ///
    /// let mut events = wiki.import("backup").plan().await?.apply().stream();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{event:?}");
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<ImportEvent>> + Send + Unpin {
        Driven::new(|events| self.run(events))
    }

    async fn run(self, events: Events<ImportEvent>) -> Result<()> {
        let plan = self.plan;
        let mut run = Run {
            memory: remembering(&plan).await,
            client: plan.client,
            folder: plan.folder,
            folders: HashMap::new(),
            stops: self.stops,
            events,
        };
        for path in plan.asset_folders {
            let made = run.asset_folder(&path).await;
            run.told(TransferItem::AssetFolder(path), made.map(|_| None))
                .await?;
        }
        let (gone, here): (Vec<_>, Vec<_>) = plan
            .assets
            .into_iter()
            .partition(|asset| asset.action == AssetAction::Delete);
        for asset in here {
            let done = run.upload(&asset).await;
            run.told(TransferItem::Asset(asset.path), done).await?;
        }
        // An update changes no other page. A create gives those that link to it a new `updatedAt`.
        for stage in [Stage::Update, Stage::Create, Stage::Delete] {
            let pages = plan.pages.iter();
            for page in pages.filter(|page| Stage::of(&page.action) == Some(stage)) {
                let done = run.page(page).await;
                let item = TransferItem::Page(page.place.clone());
                run.told(item, done.map(Some)).await?;
            }
        }
        for asset in gone {
            let done = run.delete_asset(&asset).await;
            run.told(TransferItem::Asset(asset.path), done).await?;
        }
        if let Some(memory) = &mut run.memory {
            memory.compact(&run.folder).await?;
        }
        Ok(())
    }
}

impl IntoFuture for ApplyImport {
    type Output = Result<ImportReport>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let mut report = ImportReport::default();
            let mut events = self.stream();
            while let Some(event) = events.try_next().await? {
                report.add(event);
            }
            Ok(report)
        }
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

/// What is remembered of the folder; nothing if it cannot be written to, which is no hindrance.
async fn remembering(plan: &ImportPlan) -> Option<Manifest> {
    if plan.is_empty() {
        return None;
    }
    let open = async {
        plan.folder.ensure(crate::transfer::place::MEMORY).await?;
        Manifest::open_to_import(&plan.folder, plan.client.url().as_str()).await
    };
    match open.await {
        Ok(manifest) => Some(manifest),
        Err(error) => {
            tracing::warn!(%error, "what is imported cannot be remembered in the folder");
            None
        }
    }
}

/// An import that is under way.
struct Run {
    client: Client,
    folder: Folder,
    memory: Option<Manifest>,
    /// Folders of assets that were found or made.
    folders: HashMap<AssetFolderPath, AssetFolder>,
    stops: bool,
    events: Events<ImportEvent>,
}

impl Run {
    /// Tells what became of something.
    async fn told(&mut self, item: TransferItem, done: Result<Option<ImportEvent>>) -> Result<()> {
        let event = match done {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(()),
            Err(error) if self.stops || is_fatal(&error) => return Err(error),
            Err(error) => ImportEvent::Failed(TransferFailure { item, error }),
        };
        self.events.tell(event).await;
        Ok(())
    }

    async fn page(&mut self, plan: &PagePlan) -> Result<ImportEvent> {
        let place = plan.place.clone();
        match &plan.action {
            PageAction::Create => {
                let file = self.file(plan).await?;
                let page = self.client.pages().create(file.new_page()?).await?;
                self.remember(&file, &page).await?;
                Ok(ImportEvent::PageCreated { place, id: page.id })
            }
            PageAction::Update { id, fields } => {
                let file = self.file(plan).await?;
                let page = self.update(plan, *id, &file, fields).await?;
                self.remember(&file, &page).await?;
                Ok(ImportEvent::PageUpdated { place, id: *id })
            }
            PageAction::Delete { id } => {
                self.delete(plan, *id).await?;
                if let Some(memory) = &mut self.memory {
                    memory.forget_page(&self.folder, place.clone()).await?;
                }
                Ok(ImportEvent::PageDeleted { place, id: *id })
            }
            PageAction::Unchanged { .. } | PageAction::Conflict { .. } => Err(Error::invalid(
                "plan",
                "there is nothing to do for the page",
                "leave it out",
            )),
        }
    }

    /// The file as the plan saw it.
    async fn file(&self, plan: &PagePlan) -> Result<PageFile> {
        let name = plan.file.as_ref().and_then(|file| file.to_str());
        let name = name.unwrap_or_default();
        let bytes = self.folder.read(name).await?;
        let read = PageFile::read(name, bytes, self.client.default_locale());
        match read {
            Ok(Some(file)) if Some(file.digest) == plan.digest => Ok(file),
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
                return Err(changed(plan, now));
            }
            let converted = pages.convert(id, file.editor()).await?;
            as_of = converted.updated_at.clone();
            fields = file.differences(&converted);
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let update = file.update(&fields).if_unmodified(&as_of);
            match pages.update(id, update).await {
                // What it links to was made or deleted meanwhile, and nothing else.
                Err(Error::Conflict(conflict))
                    if tries < MOST_TRIES
                        && Digest::of_substance(&conflict.newer) == base.substance =>
                {
                    as_of = conflict.newer.updated_at.clone();
                }
                other => return other,
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
            return Err(changed(plan, now));
        }
        pages.delete(id).await
    }

    /// Page and file are equal now.
    async fn remember(&mut self, file: &PageFile, page: &Page) -> Result<()> {
        let Some(memory) = &mut self.memory else {
            return Ok(());
        };
        let listed = summary_of(page).map(|summary| Digest::of_summary(&summary));
        let entry = PageEntry::new(page, file.file.clone(), file.digest, listed);
        memory.note_page(&self.folder, entry).await
    }

    async fn asset_folder(&mut self, path: &AssetFolderPath) -> Result<AssetFolder> {
        if let Some(folder) = self.folders.get(path) {
            return Ok(folder.clone());
        }
        let assets = self.client.assets();
        let folder = if path.is_root() {
            AssetFolder::root()
        } else if let Some(there) = assets.folder_opt(path).await? {
            there
        } else {
            let made = assets.ensure_folder(path).await?;
            let event = ImportEvent::AssetFolderCreated(path.clone());
            self.events.tell(event).await;
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
        if self.folder.digest(file).await? != plan.digest {
            return Err(file_changed(file));
        }
        let assets = self.client.assets();
        if let Some(there) = &plan.there
            && assets.get_opt(&plan.path).await?.as_ref() != Some(there)
        {
            return Err(is_old(&format!("the asset {}", plan.path)));
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
        if let (Some(memory), Some(digest)) = (&mut self.memory, plan.digest) {
            let entry = AssetEntry::new(&asset, file.to_owned(), digest);
            memory.note_asset(&self.folder, entry).await?;
        }
        Ok(Some(ImportEvent::AssetUploaded(plan.path.clone())))
    }

    async fn delete_asset(&mut self, plan: &AssetPlan) -> Result<Option<ImportEvent>> {
        if let Some(there) = &plan.there {
            match self.client.assets().delete(there).await {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        if let Some(memory) = &mut self.memory {
            memory.forget_asset(&self.folder, plan.path.clone()).await?;
        }
        Ok(Some(ImportEvent::AssetDeleted(plan.path.clone())))
    }
}

fn file_changed(file: &str) -> Error {
    is_old(&format!("`{file}`"))
}

fn is_old(what: &str) -> Error {
    let problem = format!("{what} was changed since the plan was made");
    Error::invalid("plan", problem, "plan again")
}

/// The page is not the one that the plan saw.
fn changed(plan: &PagePlan, newer: Page) -> Error {
    let expected = plan.base.as_ref().map(|base| base.updated_at.clone());
    Error::Conflict(Box::new(Conflict {
        expected: expected.unwrap_or_else(|| newer.updated_at.clone()),
        newer,
    }))
}
