//! The pages of a folder compared with those of a wiki.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt, stream};

use super::{
    Import, OPERATION,
    plan::{ImportPlan, PageAction, PagePlan},
};
use crate::{
    assets::{Asset, AssetPath},
    error::{Error, Result},
    pages::{PagePlace, PageSummary},
    transfer::{
        FILES_AT_ONCE,
        digest::Digest,
        folder::{Contents, Folder},
        manifest::Manifest,
        model::FileProblem,
        page_file::{PageFile, editor_of, problem_of},
        place::ASSETS,
    },
};

/// A comparison that is under way.
pub(super) struct Comparison {
    pub(super) import: Import,
    pub(super) manifest: Manifest,
    pub(super) contents: Contents,
    pub(super) plan: ImportPlan,
    /// The pages of the wiki, as far as they are looked at.
    pub(super) listed: HashMap<PagePlace, PageSummary>,
    /// The assets of the wiki, likewise.
    pub(super) there: BTreeMap<AssetPath, Asset>,
}

/// A page that has to be read before it is known what there is to do.
pub(super) struct ToRead {
    pub(super) summary: PageSummary,
    /// None for one that is to be deleted.
    pub(super) file: Option<(String, Digest)>,
}

/// What became of a file.
enum Looked {
    NoPage,
    /// Of another part of the wiki.
    Elsewhere,
    Problem(FileProblem),
    Page {
        plan: PagePlan,
        ignored: Vec<String>,
        to_read: Option<Box<ToRead>>,
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
        })
    }

    pub(super) async fn finish(mut self) -> Result<ImportPlan> {
        let to_read = self.files().await?;
        self.read(to_read).await?;
        if self.import.part.assets {
            self.assets().await?;
        }
        if self.import.deletes {
            if let Some(why) = self.reason_to_withhold()? {
                let notice = format!("nothing is deleted: {why}");
                self.plan.notices.push(notice);
            } else {
                self.missing_pages().await?;
                self.missing_assets();
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
                Looked::Elsewhere => {}
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
                        to_read.insert(plan.place.clone(), *reads);
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
            return Ok(Looked::Elsewhere);
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
                    to_read = Some(Box::new(ToRead {
                        summary: summary.clone(),
                        file: Some((file.to_owned(), page.digest)),
                    }));
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

    /// Whether the folder was exported from this wiki, or imported into it.
    pub(super) fn knows_this_wiki(&self) -> bool {
        self.manifest.wiki.as_deref() == Some(self.import.client.url().as_str())
    }

    /// What speaks against deleting anything.
    fn reason_to_withhold(&self) -> Result<Option<String>> {
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
        let problem = self.plan.problems.first();
        Ok(problem.map(|problem| {
            let file = problem.file.display();
            format!("a file cannot be imported, and may be of what is missing ({file})")
        }))
    }
}
