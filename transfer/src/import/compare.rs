//! Comparison of the page files of a folder with the pages of a wiki.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io,
};

use futures::{StreamExt, stream};
use wikijs_client::{
    assets::{Asset, AssetPath},
    pages::{PageLocation, PageSummary},
};

use super::{
    Import,
    plan::{ImportPlan, Needs, PageAction, PagePlan},
};
use crate::{
    FILES_AT_ONCE,
    digest::Digest,
    error::{Error, Result},
    folder::{Contents, Folder},
    front_matter::Origin,
    manifest::Manifest,
    names::ASSETS,
    page_file::{Locales, PageFile, editor_of, problem_of, unreadable},
    report::{FileProblem, PageField},
    text::Shown,
};

/// Maximum number of folders in a notice.
const NAMED_FOLDERS: usize = 20;

/// A comparison that is running.
pub(super) struct Comparison {
    pub(super) import: Import,
    pub(super) manifest: Manifest,
    pub(super) contents: Contents,
    pub(super) plan: ImportPlan,
    /// The pages of the wiki in the imported part.
    pub(super) listed: HashMap<PageLocation, PageSummary>,
    /// The assets of the wiki in the imported part.
    pub(super) existing: BTreeMap<AssetPath, Asset>,
    /// Files outside of `_assets` that are assets.
    pub(super) other_assets: Vec<String>,
}

/// A page whose content has to be read to plan its action.
pub(super) struct ToRead {
    pub(super) summary: PageSummary,
    /// `None` for a page that is to be deleted.
    pub(super) file: Option<(String, Digest)>,
}

/// Classification of a file.
enum Classified {
    NoPage,
    /// A page outside of the imported part of the wiki.
    Elsewhere,
    Problem(FileProblem),
    Page(Box<ClassifiedPage>),
}

struct ClassifiedPage {
    plan: PagePlan,
    notes: Vec<String>,
    origin: Origin,
    unknown_locale: Option<String>,
    to_read: Option<ToRead>,
}

impl Comparison {
    pub(super) async fn begin(import: Import) -> Result<Self> {
        let folder = Folder::open(&import.folder).await?;
        let manifest = Manifest::read(&folder, import.client.url().as_str()).await?;
        let contents = folder.contents().await?;
        let locales = import.client.locales().list().await?;
        let locales = Locales {
            default: import.client.default_locale().await?,
            installed: locales
                .into_iter()
                .filter(|locale| locale.is_installed)
                .map(|locale| locale.code)
                .collect(),
        };
        let mut list = import.client.pages().list();
        if let Some(locale) = &import.part.locale {
            list = list.locale(locale);
        }
        if let Some(prefix) = &import.part.path_prefix {
            list = list.path_prefix(prefix);
        }
        let mut listed = HashMap::new();
        for page in list.await? {
            // Wiki.js shows the oldest of several pages at one path (known issue K12).
            let place = PageLocation::new(&page.locale, &page.path);
            listed.entry(place).or_insert(page);
        }
        let plan = ImportPlan {
            pages: Vec::new(),
            asset_folders: Vec::new(),
            assets: Vec::new(),
            problems: Vec::new(),
            notices: Vec::new(),
            client: import.client.clone(),
            folder,
            locales,
            is_exact: import.is_exact,
            most_bytes: import.most_bytes,
        };
        Ok(Self {
            import,
            manifest,
            contents,
            plan,
            listed,
            existing: BTreeMap::new(),
            other_assets: Vec::new(),
        })
    }

    pub(super) async fn finish(mut self) -> Result<ImportPlan> {
        for (folder, error) in std::mem::take(&mut self.contents.unreadable) {
            let problem = FileProblem::new(folder, error, "make the folder readable");
            self.plan.problems.push(problem);
        }
        let to_read = self.files().await?;
        self.read(to_read).await?;
        if self.import.part.assets {
            self.assets().await?;
        }
        self.note_empty_prefix();
        if self.import.deletes {
            if let Some(why) = self.reason_not_to_delete()? {
                let notice = format!("nothing is deleted: {why}");
                self.plan.notices.push(notice);
            } else {
                self.missing_pages().await?;
                self.missing_assets();
            }
        }
        for path in &self.contents.unsupported {
            let notice = format!(
                "not looked at, since it is a link, a special file, or has a name that is not Unicode: {}",
                Shown(path)
            );
            self.plan.notices.push(notice);
        }
        self.missing_permissions().await?;
        let plan = &mut self.plan;
        plan.pages.sort_by(|one, other| one.place.cmp(&other.place));
        plan.assets.sort_by(|one, other| one.path.cmp(&other.path));
        plan.problems
            .sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
        Ok(self.plan)
    }

    /// Reads the files of pages. Returns the pages whose contents have to be read for the comparison.
    async fn files(&mut self) -> Result<Vec<ToRead>> {
        let in_assets = |file: &String| file.split('/').next() == Some(ASSETS);
        let files: Vec<String> = self
            .contents
            .files
            .iter()
            .filter(|file| !in_assets(file))
            .cloned()
            .collect();
        let this = &*self;
        let mut classified = stream::iter(files)
            .map(|file| async move { (this.classify(&file).await, file) })
            .buffered(FILES_AT_ONCE);
        let mut found = Vec::new();
        while let Some((classified, file)) = classified.next().await {
            found.push((classified, file));
        }
        drop(classified);
        let mut taken: HashMap<PageLocation, String> = HashMap::new();
        let mut twice: HashSet<PageLocation> = HashSet::new();
        let mut to_read = BTreeMap::new();
        let mut others = Vec::new();
        let mut unknown_locales = BTreeSet::new();
        let (mut pages, mut of_storage) = (0_usize, 0_usize);
        for (classified, file) in found {
            let page = match classified {
                Classified::NoPage => {
                    others.push(file);
                    continue;
                }
                Classified::Elsewhere => continue,
                Classified::Problem(problem) => {
                    self.plan.problems.push(problem);
                    continue;
                }
                Classified::Page(page) => page,
            };
            pages += 1;
            of_storage += usize::from(page.origin == Origin::Storage);
            unknown_locales.extend(page.unknown_locale);
            for note in page.notes {
                self.plan.notices.push(format!("{}: {note}", Shown(&file)));
            }
            if let Some(other) = taken.insert(page.plan.place.clone(), file.clone()) {
                let problem = format!("it is the page {}, and so is {other}", page.plan.place);
                let remedy = "remove one of the files, or change its `path` or `locale`";
                self.plan
                    .problems
                    .push(FileProblem::new(&file, problem, remedy));
                twice.insert(page.plan.place);
                continue;
            }
            if let Some(reads) = page.to_read {
                to_read.insert(page.plan.place.clone(), reads);
            }
            self.plan.pages.push(page.plan);
        }
        for locale in unknown_locales {
            let notice = format!(
                "`{locale}/` is taken for a folder, since the wiki has no locale `{locale}`"
            );
            self.plan.notices.push(notice);
        }
        let is_storage = of_storage * 2 > pages && !self.manifest.is_export();
        self.classify_others(others, is_storage);
        // Of two files for one page, none is imported: the intended one is unknown.
        self.plan.pages.retain(|page| !twice.contains(&page.place));
        to_read.retain(|place, _| !twice.contains(place));
        Ok(to_read.into_values().collect())
    }

    /// Classifies the files that are not pages.
    fn classify_others(&mut self, others: Vec<String>, is_storage: bool) {
        if others.is_empty() {
            return;
        }
        let count = others.len();
        if self.import.assets_beside_pages.unwrap_or(is_storage) {
            if self.import.part.assets {
                let notice = format!("{count} files beside the pages are imported as assets");
                self.plan.notices.push(notice);
                self.other_assets = others;
            }
            return;
        }
        let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
        for file in &others {
            let folder = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
            *folders.entry(folder).or_default() += 1;
        }
        let more = folders.len().saturating_sub(NAMED_FOLDERS);
        let mut named: Vec<String> = folders
            .iter()
            .take(NAMED_FOLDERS)
            .map(|(folder, files)| format!("{} ({files})", Shown(folder)))
            .collect();
        if more > 0 {
            named.push(format!("and {more} more folders"));
        }
        let notice = format!(
            "{count} files are neither pages nor assets: {}",
            named.join(", ")
        );
        self.plan.notices.push(notice);
    }

    async fn classify(&self, file: &str) -> Classified {
        if editor_of(file).is_none() {
            return Classified::NoPage;
        }
        // A larger file cannot be a page: the request would be too large in any encoding.
        let bytes = match self.plan.folder.read(file, self.import.most_bytes).await {
            Ok(bytes) => bytes,
            Err(error)
                if error.kind() == io::ErrorKind::FileTooLarge && needs_front_matter(file) =>
            {
                return self.not_a_page(file);
            }
            Err(error) => return Classified::Problem(unreadable(file, &error)),
        };
        let page = match PageFile::read(file, bytes, &self.plan.locales) {
            Ok(Some(page)) => page,
            Ok(None) => return self.not_a_page(file),
            Err(problem) => return Classified::Problem(problem),
        };
        if !self.import.part.has_page(&page.place) {
            return Classified::Elsewhere;
        }
        let mut plan = PagePlan {
            place: page.place.clone(),
            file: Some(file.into()),
            action: PageAction::Create,
            digest: Some(page.digest),
            base: None,
            with_line_feeds: false,
            needs: Needs::default(),
        };
        let mut to_read = None;
        match self.listed.get(&page.place) {
            None => {
                let checked = page.new_page().map_err(|error| problem_of(file, &error));
                if let Err(problem) = checked.and_then(|_| self.check_size(&page)) {
                    return Classified::Problem(problem);
                }
                plan.with_line_feeds = !self.import.is_exact && self.is_converted(&page);
                plan.needs = Needs {
                    styles: matches!(&page.front.script_css, Some(Some(css)) if !css.is_empty()),
                    scripts: matches!(&page.front.script_js, Some(Some(js)) if !js.is_empty()),
                };
            }
            Some(summary) => {
                plan.action = PageAction::Unchanged { id: summary.id };
                if !self.is_unchanged_since_transfer(&page, summary) {
                    to_read = Some(ToRead {
                        summary: summary.clone(),
                        file: Some((file.to_owned(), page.digest)),
                    });
                }
            }
        }
        Classified::Page(Box::new(ClassifiedPage {
            plan,
            notes: page.notes,
            origin: page.origin,
            unknown_locale: page.unknown_locale,
            to_read,
        }))
    }

    /// Classifies a file that is not a page. If it was the file of a page before, it is a problem, so that the page
    /// does not count as missing and is not deleted.
    fn not_a_page(&self, file: &str) -> Classified {
        if !self.manifest.is_page_file(file) {
            return Classified::NoPage;
        }
        let problem = "it was the file of a page, but its front matter can no longer be read";
        let remedy = "correct the front matter, or delete the file";
        Classified::Problem(FileProblem::new(file, problem, remedy))
    }

    /// Checks that a request with the page does not exceed the maximum size.
    pub(super) fn check_size(&self, page: &PageFile) -> Result<(), FileProblem> {
        let (bytes, most) = (page.request_bytes(), self.import.most_bytes);
        if bytes <= most {
            return Ok(());
        }
        Err(FileProblem::new(
            &page.file,
            format!("a request with it has {bytes} bytes, and the wiki accepts {most}"),
            "split the page",
        ))
    }

    /// Returns `true` if, according to the manifest, page and file are unchanged since they were equal.
    fn is_unchanged_since_transfer(&self, file: &PageFile, page: &PageSummary) -> bool {
        self.manifest.pages.get(&file.place).is_some_and(|entry| {
            let is_file = entry.sha256 == file.digest
                || (!self.import.is_exact && entry.sha256 == file.digest_with_line_feeds);
            is_file && entry.listed == Some(Digest::of_summary(page))
        })
    }

    /// Returns `true` if the file differs from the recorded one only in its line ends.
    fn is_converted(&self, file: &PageFile) -> bool {
        self.manifest.pages.get(&file.place).is_some_and(|entry| {
            entry.sha256 != file.digest && entry.sha256 == file.digest_with_line_feeds
        })
    }

    /// Returns `true` if the folder was exported from this wiki, or imported into it.
    pub(super) fn knows_this_wiki(&self) -> bool {
        self.manifest.wiki.as_deref() == Some(self.import.client.url().as_str())
    }

    fn note_empty_prefix(&mut self) {
        let plan = &mut self.plan;
        if let Some(prefix) = &self.import.part.path_prefix
            && plan.pages.is_empty()
            && plan.assets.is_empty()
            && plan.asset_folders.is_empty()
            && plan.problems.is_empty()
        {
            let notice = format!("no file of the folder is at or below `{prefix}`");
            plan.notices.push(notice);
        }
    }

    /// Returns the reason why the import must not delete anything, if any.
    fn reason_not_to_delete(&self) -> Result<Option<String>> {
        if self.plan.pages.is_empty() && self.plan.problems.is_empty() {
            return Err(Error::invalid(
                "folder",
                "it has no page, so that all pages of the wiki would be deleted",
                "check the path, or delete the pages directly",
            ));
        }
        if self.manifest.has_whole(&self.import.part) == Some(false) {
            return Err(Error::invalid(
                "delete_missing",
                "the part was not exported completely into this folder, and pages that are missing there would be deleted",
                "export it again, or use the path prefix and the locale of the export",
            ));
        }
        if let Some(problem) = self.plan.problems.first() {
            let file = Shown(&problem.file);
            return Ok(Some(format!(
                "a file that cannot be imported may belong to a missing page ({file})"
            )));
        }
        Ok(self.contents.unsupported.first().map(|path| {
            let path = Shown(path);
            format!("a file that is not looked at may belong to a missing page ({path}); move it away, or replace it by a regular file")
        }))
    }
}

/// Returns `true` if a file with this extension is a page only if its front matter has an editor.
fn needs_front_matter(file: &str) -> bool {
    let extension = file
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("yml" | "txt"))
}

/// Returns the permissions that an update of these fields needs.
pub(super) fn needs_of(fields: &[PageField]) -> Needs {
    Needs {
        styles: fields.contains(&PageField::ScriptCss),
        scripts: fields.contains(&PageField::ScriptJs),
    }
}
