//! The pages of a folder compared with those of a wiki.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt, stream};

use super::{
    Import, OPERATION,
    plan::{Base, ConflictReason, ImportPlan, PageAction, PagePlan},
};
use crate::{
    assets::{Asset, AssetPath},
    error::{Error, Result},
    pages::{Page, PagePlace, PageSummary},
    transfer::{
        FILES_AT_ONCE,
        digest::Digest,
        folder::{Contents, Folder},
        manifest::Manifest,
        model::{FileProblem, PageField},
        page_file::{PageFile, editor_of, problem_of},
        place::ASSETS,
    },
    types::{Editor, PageId},
};

/// A comparison that is under way.
pub(super) struct Comparison {
    pub(super) import: Import,
    pub(super) manifest: Manifest,
    pub(super) contents: Contents,
    pub(super) plan: ImportPlan,
    /// The pages of the wiki, as far as they are looked at.
    listed: HashMap<PagePlace, PageSummary>,
    /// The assets of the wiki, likewise.
    pub(super) there: BTreeMap<AssetPath, Asset>,
    /// Why nothing can be deleted, if so.
    withheld: Option<String>,
}

/// A page that has to be read before it is known what there is to do.
struct ToRead {
    summary: PageSummary,
    /// None for one that is to be deleted.
    file: Option<(String, Digest)>,
}

/// What became of a file.
enum Looked {
    NoPage,
    Problem(FileProblem),
    Page {
        plan: PagePlan,
        ignored: Vec<String>,
        to_read: Option<ToRead>,
    },
}

impl Comparison {
    pub(super) async fn begin(import: Import) -> Result<Self> {
        let folder = Folder::open(&import.folder, OPERATION).await?;
        let manifest = Manifest::read(&folder).await?;
        let contents = folder.contents().await?;
        let mut list = import.client.pages().list();
        if let Some(locale) = &import.part.locale {
            list = list.locale(locale);
        }
        if let Some(prefix) = &import.part.path_prefix {
            list = list.path_prefix(prefix);
        }
        let mut listed = HashMap::new();
        for page in list.await? {
            // Of several at one place (hazard 12) the oldest is the one that readers see.
            listed.entry(PagePlace::of(&page)).or_insert(page);
        }
        let plan = ImportPlan {
            pages: Vec::new(),
            asset_folders: Vec::new(),
            assets: Vec::new(),
            problems: Vec::new(),
            notices: Vec::new(),
            client: import.client.clone(),
            folder,
        };
        Ok(Self {
            import,
            manifest,
            contents,
            plan,
            listed,
            there: BTreeMap::new(),
            withheld: None,
        })
    }

    pub(super) async fn finish(mut self) -> Result<ImportPlan> {
        let to_read = self.files().await?;
        self.read(to_read).await?;
        if self.import.part.assets {
            self.assets().await?;
        }
        if self.import.deletes {
            self.withhold()?;
            match self.withheld.take() {
                Some(why) => self.plan.notices.push(format!("nothing is deleted: {why}")),
                None => {
                    self.missing_pages().await?;
                    self.missing_assets();
                }
            }
        }
        for odd in &self.contents.odd {
            let notice = format!(
                "not looked at, as it is a link or no file: {}",
                odd.display()
            );
            self.plan.notices.push(notice);
        }
        self.plan
            .pages
            .sort_by(|one, other| one.place.cmp(&other.place));
        self.plan
            .assets
            .sort_by(|one, other| one.path.cmp(&other.path));
        Ok(self.plan)
    }

    /// Looks at the files of pages; gives those whose pages have to be read.
    async fn files(&mut self) -> Result<Vec<ToRead>> {
        let in_assets = |file: &String| file.split('/').next() == Some(ASSETS);
        let files: Vec<String> = self
            .contents
            .files
            .iter()
            .filter(|file| !in_assets(file))
            .cloned()
            .collect();
        let mut taken: HashMap<PagePlace, String> = HashMap::new();
        let mut twice: HashSet<PagePlace> = HashSet::new();
        let mut to_read = BTreeMap::new();
        let mut no_pages = 0_usize;
        let this = &*self;
        let mut looked = stream::iter(files)
            .map(|file| async move { (this.look(&file).await, file) })
            .buffered(FILES_AT_ONCE);
        let mut found = Vec::new();
        while let Some((looked, file)) = looked.next().await {
            found.push((looked?, file));
        }
        drop(looked);
        for (looked, file) in found {
            match looked {
                Looked::NoPage => no_pages += 1,
                Looked::Problem(problem) => self.plan.problems.push(problem),
                Looked::Page {
                    plan,
                    ignored,
                    to_read: reads,
                } => {
                    if let Some(other) = taken.insert(plan.place.clone(), file.clone()) {
                        let problem = format!("it is the page {}, and so is {other}", plan.place);
                        let remedy = "remove one of the files, or change its `path` or `locale`";
                        self.plan
                            .problems
                            .push(FileProblem::new(&file, problem, remedy));
                        twice.insert(plan.place);
                        continue;
                    }
                    if !ignored.is_empty() {
                        let keys = ignored.join(", ");
                        self.plan
                            .notices
                            .push(format!("{file}: keys that mean nothing here: {keys}"));
                    }
                    if let Some(reads) = reads {
                        to_read.insert(plan.place.clone(), reads);
                    }
                    self.plan.pages.push(plan);
                }
            }
        }
        if no_pages > 0 {
            self.plan
                .notices
                .push(format!("{no_pages} files are neither pages nor assets"));
        }
        // Which of the two is meant cannot be known.
        self.plan.pages.retain(|page| !twice.contains(&page.place));
        to_read.retain(|place, _| !twice.contains(place));
        Ok(to_read.into_values().collect())
    }

    async fn look(&self, file: &str) -> Result<Looked> {
        if editor_of(file).is_none() {
            return Ok(Looked::NoPage);
        }
        let bytes = match self.plan.folder.read(file).await {
            Ok(bytes) => bytes,
            Err(error) => {
                let error = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string);
                return Ok(Looked::Problem(FileProblem::new(
                    file,
                    error,
                    "make it readable",
                )));
            }
        };
        let page = match PageFile::read(file, bytes, self.import.client.default_locale()) {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(Looked::NoPage),
            Err(problem) => return Ok(Looked::Problem(problem)),
        };
        if !self.import.part.has_page(&page.place) {
            return Ok(Looked::NoPage);
        }
        let mut plan = PagePlan {
            place: page.place.clone(),
            file: Some(file.into()),
            action: PageAction::Create,
            digest: Some(page.digest),
            base: None,
        };
        let mut to_read = None;
        match self.listed.get(&page.place) {
            None => {
                if let Err(error) = page.new_page() {
                    return Ok(Looked::Problem(problem_of(file, &error)));
                }
            }
            Some(summary) => {
                plan.action = PageAction::Unchanged { id: summary.id };
                if !self.is_as_it_was(&page, summary) {
                    to_read = Some(ToRead {
                        summary: summary.clone(),
                        file: Some((file.to_owned(), page.digest)),
                    });
                }
            }
        }
        let ignored = page.ignored;
        Ok(Looked::Page {
            plan,
            ignored,
            to_read,
        })
    }

    /// Whether both page and file are known to be as they were when they were equal.
    fn is_as_it_was(&self, file: &PageFile, page: &PageSummary) -> bool {
        self.manifest.pages.get(&file.place).is_some_and(|entry| {
            entry.sha256 == file.digest && entry.listed == Some(Digest::of_summary(page))
        })
    }

    /// Reads pages and compares them with their files.
    async fn read(&mut self, to_read: Vec<ToRead>) -> Result<()> {
        let ids: Vec<PageId> = to_read.iter().map(|one| one.summary.id).collect();
        let pages = self.import.client.pages().get_many(ids);
        let mut pages = pages.zip(stream::iter(to_read));
        let mut compared: HashMap<PagePlace, Result<PagePlan, Option<FileProblem>>> =
            HashMap::new();
        while let Some(((_, page), one)) = pages.next().await {
            let place = PagePlace::of(&one.summary);
            let plan = match page {
                // Deleted since it was listed: there is nothing to delete, or a page to be made.
                Err(error) if error.is_not_found() => self.after_deletion(&one, place.clone()),
                Err(error) => return Err(error),
                Ok(page) => self.compare(&one, &page).await?,
            };
            compared.insert(place, plan);
        }
        drop(pages);
        let pages = std::mem::take(&mut self.plan.pages);
        for plan in pages {
            match compared.remove(&plan.place) {
                None => self.plan.pages.push(plan),
                Some(Ok(plan)) => self.plan.pages.push(plan),
                Some(Err(problem)) => self.plan.problems.extend(problem),
            }
        }
        // Those that are to be deleted had no plan yet.
        self.plan
            .pages
            .extend(compared.into_values().filter_map(Result::ok));
        Ok(())
    }

    fn after_deletion(
        &self,
        one: &ToRead,
        place: PagePlace,
    ) -> Result<PagePlan, Option<FileProblem>> {
        let (file, digest) = one.file.clone().ok_or(None)?;
        Ok(PagePlan {
            place,
            file: Some(file.into()),
            action: PageAction::Create,
            digest: Some(digest),
            base: None,
        })
    }

    async fn compare(
        &self,
        one: &ToRead,
        page: &Page,
    ) -> Result<Result<PagePlan, Option<FileProblem>>> {
        let mut fields = Vec::new();
        if let Some((name, digest)) = &one.file {
            let bytes = self.plan.folder.read(name).await?;
            let locale = self.import.client.default_locale();
            let file = match PageFile::read(name, bytes, locale) {
                Ok(Some(file)) if file.digest == *digest => file,
                Err(problem) => return Ok(Err(Some(problem))),
                _ => {
                    let problem = "it was changed while the plan was made";
                    return Ok(Err(Some(FileProblem::new(name, problem, "plan again"))));
                }
            };
            fields = file.differences(page);
            if let Err(problem) = check(&file, page, &fields) {
                return Ok(Err(Some(problem)));
            }
            if !fields.is_empty() && !self.is_base_known(page) && self.file_is_older(&file, page) {
                return Ok(Ok(self.conflicting(
                    one,
                    page,
                    ConflictReason::ChangedInWiki,
                    fields,
                )));
            }
            if fields.is_empty() {
                let action = PageAction::Unchanged { id: page.id };
                return Ok(Ok(planned(one, page, action)));
            }
        }
        let place = PagePlace::of(&one.summary);
        let entry = self
            .manifest
            .pages
            .get(&place)
            .filter(|entry| entry.is_of(&one.summary));
        let is_changed = entry.is_some_and(|entry| entry.substance != Digest::of_substance(page));
        let is_new = one.file.is_none() && entry.is_none() && self.knows_this_wiki();
        let reason = if is_changed {
            Some(ConflictReason::ChangedInWiki)
        } else if is_new {
            Some(ConflictReason::NewInWiki)
        } else {
            None
        };
        Ok(Ok(match reason {
            Some(reason) => self.conflicting(one, page, reason, fields),
            None => planned(one, page, wanted(one, page.id, fields)),
        }))
    }

    /// Whether it is remembered how the page was.
    fn is_base_known(&self, page: &Page) -> bool {
        let place = PagePlace::new(&page.locale, &page.path);
        let entry = self.manifest.pages.get(&place);
        entry.is_some_and(|entry| entry.id == page.id && entry.created_at == page.created_at)
    }

    /// Whether the front matter speaks of this very page as of another moment.
    fn file_is_older(&self, file: &PageFile, page: &Page) -> bool {
        let front = &file.front;
        front.id == Some(page.id)
            && front.created_at.as_ref() == Some(&page.created_at)
            && front
                .updated_at
                .as_ref()
                .is_some_and(|updated| *updated != page.updated_at)
    }

    fn conflicting(
        &self,
        one: &ToRead,
        page: &Page,
        reason: ConflictReason,
        fields: Vec<PageField>,
    ) -> PagePlan {
        let id = page.id;
        let action = if self.import.overwrites {
            wanted(one, id, fields)
        } else {
            PageAction::Conflict { id, reason, fields }
        };
        planned(one, page, action)
    }

    /// Whether the folder was exported from this wiki, or imported into it.
    pub(super) fn knows_this_wiki(&self) -> bool {
        self.manifest.wiki.as_deref() == Some(self.import.client.url().as_str())
    }

    /// What speaks against deleting anything.
    fn withhold(&mut self) -> Result<()> {
        if self.plan.pages.is_empty() && self.plan.problems.is_empty() {
            return Err(Error::invalid(
                "folder",
                "it has no page, and all of the wiki's would be deleted",
                "look at the path, or delete the pages themselves",
            ));
        }
        if self.manifest.has_whole(&self.import.part) == Some(false) {
            return Err(Error::invalid(
                "delete_missing",
                "what is to be imported was not exported whole into this folder, and what was not would be deleted",
                "export it again, or name the same path prefix and locale as in the export",
            ));
        }
        let file = self
            .plan
            .problems
            .first()
            .map(|problem| problem.file.display().to_string());
        self.withheld = file.map(|file| {
            format!("a file cannot be imported, and may be of what is missing ({file})")
        });
        Ok(())
    }

    /// The pages of which the folder has no file.
    async fn missing_pages(&mut self) -> Result<()> {
        let there: HashSet<&PagePlace> = self.plan.pages.iter().map(|page| &page.place).collect();
        let mut missing: Vec<PageSummary> = self
            .listed
            .iter()
            .filter(|(place, _)| !there.contains(place))
            .map(|(_, page)| page.clone())
            .collect();
        missing.sort_unstable_by_key(|page| page.id);
        let missing = missing.into_iter().map(|summary| ToRead {
            summary,
            file: None,
        });
        self.read(missing.collect()).await
    }
}

/// What is wanted if nothing is in the way.
fn wanted(one: &ToRead, id: PageId, fields: Vec<PageField>) -> PageAction {
    if one.file.is_some() {
        PageAction::Update { id, fields }
    } else {
        PageAction::Delete { id }
    }
}

fn planned(one: &ToRead, page: &Page, action: PageAction) -> PagePlan {
    PagePlan {
        place: PagePlace::of(&one.summary),
        file: one.file.as_ref().map(|(file, _)| file.into()),
        action,
        digest: one.file.as_ref().map(|(_, digest)| *digest),
        base: Some(Base {
            updated_at: page.updated_at.clone(),
            substance: Digest::of_substance(page),
        }),
    }
}

/// Whether the page can be made like the file.
fn check(file: &PageFile, page: &Page, fields: &[PageField]) -> Result<(), FileProblem> {
    if fields.is_empty() {
        return Ok(());
    }
    if let Err(error) = file.update(fields).check() {
        return Err(problem_of(&file.file, &error));
    }
    let (Some(has), true) = (page.editor(), fields.contains(&PageField::Editor)) else {
        return Ok(());
    };
    let wanted = file.editor();
    let converts =
        |editor: &Editor| matches!(editor, Editor::Markdown | Editor::Code | Editor::CkEditor);
    if converts(has) && converts(&wanted) {
        return Ok(());
    }
    Err(FileProblem::new(
        &file.file,
        format!(
            "the page is there with the editor {has}, and Wiki.js cannot convert it to {wanted}"
        ),
        "delete the page first, or give the file the page's editor",
    ))
}
