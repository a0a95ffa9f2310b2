//! Tasks write to a real wiki through a proxy that fails at random. At the end the wiki must hold exactly the
//! state that the results reported.
//!
//! The test runs if `WIKIJS_TEST_URL` and `WIKIJS_TEST_API_KEY` (a full-access key) are set, and takes some
//! minutes. `WIKIJS_TORTURE_WRITES` sets the number of writes, `WIKIJS_TORTURE_SEED` determines which ones fail.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod proxy;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures::future::join_all;
use wikijs_client::{
    Applied, Client, Error, PageId,
    pages::{NewPage, Page, PageUpdate},
};

use self::proxy::{Fault, Mutation, Proxy};

const TASKS: usize = 4;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Minimum time for which the client observes the wiki after a lost response.
const WINDOW: Duration = Duration::from_secs(5);

/// A page as the results reported it.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    title: String,
    content: String,
    tags: Vec<String>,
}

impl From<&Page> for Known {
    fn from(page: &Page) -> Self {
        Self {
            title: page.title.clone(),
            content: page.content.clone(),
            tags: page.tags.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The writes, each with its result.
#[derive(Default)]
struct Report {
    /// The pages by path, each with all its possible states.
    states: BTreeMap<String, Vec<Option<Known>>>,
    /// The number of writes by their result.
    ends: BTreeMap<&'static str, usize>,
    /// Writes of unknown outcome: the operation, its key, the error.
    unknown: Vec<(&'static str, String, String)>,
    /// The old and the new path of the moves among them.
    moved: Vec<(String, String)>,
    wrong: Vec<String>,
}

struct Task {
    wiki: Client,
    random: Rng,
    prefix: String,
    number: usize,
    named: usize,
    /// Returns the pages that exist for certain.
    pages: BTreeMap<String, (PageId, Known)>,
    report: Arc<Mutex<Report>>,
}

impl Task {
    async fn run(mut self, writes: usize) {
        for _ in 0..writes {
            let page = self.random.choice(&self.pages);
            let page = page.map(|(path, (id, known))| (path.clone(), *id, known.clone()));
            match (self.random.u8(..20), page) {
                (8..14, Some((path, id, known))) => self.update(&path, id, known).await,
                (14..17, Some((path, id, known))) => self.relocate(&path, id, known).await,
                (17.., Some((path, id, known))) => self.delete(&path, id, known).await,
                _ => self.create().await,
            }
        }
    }

    fn new_path(&mut self) -> String {
        self.named += 1;
        format!("{}/task-{}/page-{}", self.prefix, self.number, self.named)
    }

    fn new_content(&mut self) -> String {
        format!("{} {}", self.prefix, self.random.u64(..))
    }

    fn some_tags(&mut self) -> Vec<String> {
        let names = (0..self.random.usize(..4)).map(|_| self.random.u8(..20));
        let names: BTreeSet<_> = names.collect();
        let tag = |name| format!("{}-{name:02}", self.prefix);
        names.into_iter().map(tag).collect()
    }

    async fn create(&mut self) {
        let path = self.new_path();
        let wanted = Known {
            title: path.clone(),
            content: self.new_content(),
            tags: self.some_tags(),
        };
        let page =
            NewPage::new(path.as_str(), path.as_str(), wanted.content.as_str()).tags(&wanted.tags);
        let result = self.wiki.pages().create(page).await;
        self.note("PagesCreate", &path, result.as_ref().err());
        self.learn(&path, None, Some(wanted), result.as_ref().map(Some));
    }

    async fn update(&mut self, path: &str, id: PageId, known: Known) {
        let mut wanted = known.clone();
        wanted.content = self.new_content();
        let mut update = PageUpdate::new().content(wanted.content.as_str());
        if self.random.bool() {
            wanted.title = format!("Title {}", self.random.u32(..));
            update = update.title(wanted.title.as_str());
        }
        if self.random.bool() {
            wanted.tags = self.some_tags();
            update = update.tags(&wanted.tags);
        }
        let result = self.wiki.pages().update(id, update).await;
        self.note("PagesUpdate", &wanted.content, result.as_ref().err());
        self.learn(path, Some(known), Some(wanted), result.as_ref().map(Some));
    }

    async fn relocate(&mut self, path: &str, id: PageId, known: Known) {
        let to = self.new_path();
        let result = self.wiki.pages().move_to(id, to.as_str()).await;
        self.note("PagesMove", &to, result.as_ref().err());
        if matches!(&result, Err(error) if error.applied() == Applied::Unknown) {
            let moved = (path.to_owned(), to.clone());
            self.report.lock().unwrap().moved.push(moved);
        }
        let gone = result.as_ref().map(|_| None);
        self.learn(path, Some(known.clone()), None, gone);
        self.learn(&to, None, Some(known), result.as_ref().map(Some));
    }

    async fn delete(&mut self, path: &str, id: PageId, known: Known) {
        let result = self.wiki.pages().delete(id).await;
        self.note("PagesDelete", &id.to_string(), result.as_ref().err());
        // If the proxy delivered the deletion twice, the wiki reports that the page does not exist.
        let gone = match &result {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(None),
        };
        self.learn(path, Some(known), None, gone);
    }

    /// Records the outcome of a write.
    fn note(&self, operation: &'static str, key: &str, error: Option<&Error>) {
        let mut report = self.report.lock().unwrap();
        let end = match error.map(Error::applied) {
            None => "Ok",
            Some(Applied::No) if error.is_some_and(Error::is_not_found) => "not found",
            Some(Applied::No) => "not applied",
            Some(Applied::Partially) => "applied in part",
            Some(Applied::Yes) => "failed and applied",
            _ => "unknown",
        };
        *report.ends.entry(end).or_default() += 1;
        if let Some(error) = error {
            println!("{operation} {key}: {end}: {error}");
            if end == "unknown" {
                report
                    .unknown
                    .push((operation, key.to_owned(), error.to_string()));
            }
        }
    }

    /// Records the possible states of a path after a write from `before` to `after`.
    fn learn(
        &mut self,
        path: &str,
        before: Option<Known>,
        after: Option<Known>,
        result: Result<Option<&Page>, &Error>,
    ) {
        // Wiki.js stores a page before its tags.
        let in_part = after.clone().map(|after| Known {
            tags: before
                .as_ref()
                .map(|before| before.tags.clone())
                .unwrap_or_default(),
            ..after
        });
        let (now, id) = match result {
            Ok(page) => {
                if page.map(Known::from) != after {
                    let mut report = self.report.lock().unwrap();
                    report
                        .wrong
                        .push(format!("{path}: returned {page:?} and wanted {after:?}"));
                }
                (vec![after], page.map(|page| page.id))
            }
            Err(error) => {
                let known_id = self.pages.get(path).map(|(id, _)| *id);
                match error.applied() {
                    Applied::No => (vec![before], known_id),
                    Applied::Yes => (vec![after], known_id),
                    Applied::Partially => (vec![in_part, after], None),
                    _ => (vec![before, in_part, after], None),
                }
            }
        };
        // Only pages in a known state are changed further.
        match (now.as_slice(), id) {
            ([Some(known)], Some(id)) => {
                drop(self.pages.insert(path.to_owned(), (id, known.clone())));
            }
            _ => drop(self.pages.remove(path)),
        }
        let mut report = self.report.lock().unwrap();
        report.states.insert(path.to_owned(), now);
    }
}

/// Returns the differences between the wiki, below the prefix, and the results.
async fn compare(wiki: &Client, prefix: &str, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut held: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    let listed = wiki.pages().list().path_prefix(prefix).await.unwrap();
    let pages = wiki.pages();
    for page in join_all(listed.iter().map(|page| pages.get(page.id))).await {
        let page = page.unwrap();
        held.entry(page.path.to_string())
            .or_default()
            .push(Known::from(&page));
    }
    for (path, pages) in &held {
        if pages.len() > 1 {
            wrong.push(format!("{path}: {} pages", pages.len()));
        }
        if !report.states.contains_key(path) {
            wrong.push(format!("{path}: nobody made it"));
        }
    }
    for (path, possible) in &report.states {
        let there = held.get(path).and_then(|pages| pages.first()).cloned();
        if !possible.contains(&there) {
            wrong.push(format!("{path}: holds {there:?}, reported {possible:?}"));
        }
    }
    for (from, to) in &report.moved {
        if held.contains_key(from) == held.contains_key(to) {
            wrong.push(format!("{from}: moved to {to}, and at both or neither"));
        }
    }
    wrong
}

/// Removes the pages and tags of the test.
async fn clean(wiki: &Client, prefix: &str) {
    for page in wiki.pages().list().path_prefix(prefix).await.unwrap() {
        if let Err(error) = wiki.pages().delete(page.id).await {
            println!("left behind: {} ({error})", page.path);
        }
    }
    for tag in wiki.pages().tags().await.unwrap() {
        if tag.tag.as_str().starts_with(prefix) {
            let _ = wiki.pages().delete_tag(tag.id).await;
        }
    }
}

fn setting(name: &str, default: usize) -> usize {
    let value = env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Returns the mutation by which a write of unknown outcome was executed within the window.
fn executed_in_window<'a>(
    mutations: &'a [Mutation],
    operation: &str,
    key: &str,
) -> Option<&'a Mutation> {
    mutations.iter().find(|mutation| {
        let is_it = mutation.operation == operation && mutation.key == key;
        is_it
            && mutation
                .executed_after()
                .is_some_and(|after| after < WINDOW)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_match_a_real_wiki_behind_a_faulty_proxy() {
    let (Ok(url), Ok(key)) = (env::var("WIKIJS_TEST_URL"), env::var("WIKIJS_TEST_API_KEY")) else {
        return;
    };
    let writes = setting("WIKIJS_TORTURE_WRITES", 300);
    let seed = setting("WIKIJS_TORTURE_SEED", 1) as u64;
    let prefix = format!("torture-{:08x}", fastrand::u32(..));
    let client = |url: &str| Client::builder(url).api_key(key.trim()).timeout(TIMEOUT);
    let direct = client(&url)
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let proxy = Proxy::start(&url, seed).await;
    let wiki = client(&proxy.url).build().unwrap();
    let report = Arc::new(Mutex::new(Report::default()));
    let begun = Instant::now();
    let tasks = (0..TASKS).map(|number| {
        let task = Task {
            wiki: wiki.clone(),
            random: Rng::with_seed(seed * 1_000 + number as u64),
            prefix: prefix.clone(),
            number,
            named: 0,
            pages: BTreeMap::new(),
            report: Arc::clone(&report),
        };
        tokio::spawn(task.run(writes / TASKS))
    });
    for task in join_all(tasks.collect::<Vec<_>>()).await {
        task.unwrap();
    }
    wiki.close().await;
    proxy.until_idle().await;
    let took = begun.elapsed();
    let mut report = std::mem::take(&mut *report.lock().unwrap());
    let wrong = compare(&direct, &prefix, &report).await;
    report.wrong.extend(wrong);
    clean(&direct, &prefix).await;

    let mutations = proxy.mutations();
    let mut faults: BTreeMap<String, usize> = BTreeMap::new();
    for fault in mutations.iter().filter_map(|mutation| mutation.fault) {
        let name = match fault {
            Fault::Late(_) => "Late".to_owned(),
            Fault::Twice { .. } => "Twice".to_owned(),
            other => format!("{other:?}"),
        };
        *faults.entry(name).or_default() += 1;
    }
    let seen_late = report.unknown.iter().filter_map(|(operation, key, error)| {
        let mutation = executed_in_window(&mutations, operation, key)?;
        Some((mutation, error))
    });
    let seen_late: Vec<_> = seen_late.collect();
    println!(
        "seed {seed}: {:?} of {} writes in {took:.0?}; {} mutations, faults {faults:?}; \
         {} unknown were executed inside the window",
        report.ends,
        writes / TASKS * TASKS,
        mutations.len(),
        seen_late.len(),
    );
    assert!(report.wrong.is_empty(), "seed {seed}: {:#?}", report.wrong);
    assert!(
        seen_late.len() * 100 <= writes.max(100),
        "seed {seed}: {seen_late:#?}"
    );
    assert!(
        faults.values().sum::<usize>() > writes / 10,
        "the proxy failed at random"
    );
}
