//! Many tasks write and read while the wiki fails at random; at the end it holds exactly what they were
//! told that it holds.
//!
//! Runs a few seeds; `WIKIJS_TORTURE_SEEDS` (how many) and `WIKIJS_TORTURE_WRITES` (of each) make it
//! longer. A seed decides what is done and which requests are hit; it is named when something is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing"
)]

use std::{collections::BTreeMap, env, time::Duration};

use fastrand::Rng;
use wikijs_client::{
    Applied, Client, Error, PageId, RetryPolicy,
    pages::{NewPage, Page, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, Fault, FaultPlan};

const TASKS: usize = 32;

/// A page as a task was told that it is.
#[derive(Debug, Clone, PartialEq)]
struct Known {
    title: String,
    content: String,
    tags: Vec<String>,
    is_published: bool,
}

impl From<&Page> for Known {
    fn from(page: &Page) -> Self {
        Self {
            title: page.title.clone(),
            content: page.content.clone(),
            tags: page.tags.iter().map(ToString::to_string).collect(),
            is_published: page.is_published().unwrap(),
        }
    }
}

impl From<&FakePage> for Known {
    fn from(page: &FakePage) -> Self {
        let mut tags = page.tags.clone();
        tags.sort_unstable();
        Self {
            title: page.title.clone(),
            content: page.content.clone(),
            tags,
            is_published: page.is_published,
        }
    }
}

/// The pages of one task by path. A path of which the task was told "unknown" has all that may be there.
type Told = BTreeMap<String, Vec<Option<Known>>>;

/// What one task did, and what it was told.
#[derive(Default)]
struct Report {
    told: Told,
    writes: usize,
    unknown: usize,
    wrong: Vec<String>,
}

struct Task {
    wiki: Client,
    random: Rng,
    number: usize,
    made: usize,
    ids: BTreeMap<String, PageId>,
    report: Report,
}

impl Task {
    async fn run(mut self, writes: usize) -> Report {
        while self.report.writes < writes {
            match self.random.u8(..10) {
                0..=3 => self.create().await,
                4..=6 => self.update().await,
                7 => self.relocate().await,
                8 => self.delete().await,
                _ => self.read().await,
            }
        }
        self.report
    }

    /// A path of which the task knows for certain that its page is there.
    fn any_page(&mut self) -> Option<(String, PageId, Known)> {
        let certain: Vec<_> = self.ids.keys().cloned().collect();
        let path = self.random.choice(certain)?;
        match self.report.told.get(&path)?.as_slice() {
            [Some(known)] => Some((path.clone(), self.ids[&path], known.clone())),
            _ => None,
        }
    }

    fn new_path(&mut self) -> String {
        self.made += 1;
        format!("task-{}/page-{}", self.number, self.made)
    }

    fn some_tags(&mut self) -> Vec<String> {
        (0..self.random.usize(..4))
            .map(|_| format!("tag {}", self.random.u8(..40)))
            .collect()
    }

    async fn create(&mut self) {
        let path = self.new_path();
        let (content, tags) = (self.random.u32(..).to_string(), self.some_tags());
        let is_published = self.random.bool();
        let page = NewPage::new(path.as_str(), path.as_str(), content.as_str())
            .tags(&tags)
            .published(is_published);
        let result = self.wiki.pages().create(page).await;
        let mut tags = tags;
        tags.sort_unstable();
        tags.dedup();
        let wanted = Known {
            title: path.clone(),
            content,
            tags,
            is_published,
        };
        self.note(&path, None, Some(wanted), result.as_ref().map(Some));
    }

    async fn update(&mut self) {
        let Some((path, id, known)) = self.any_page() else {
            return;
        };
        let mut wanted = known.clone();
        let mut update = PageUpdate::new();
        if self.random.bool() {
            wanted.title = self.random.u32(..).to_string();
            update = update.title(wanted.title.as_str());
        }
        if self.random.bool() {
            wanted.content = self.random.u32(..).to_string();
            update = update.content(wanted.content.as_str());
        }
        if self.random.bool() {
            wanted.tags = self.some_tags();
            update = update.tags(&wanted.tags);
            wanted.tags.sort_unstable();
            wanted.tags.dedup();
        }
        let result = self.wiki.pages().update(id, update).await;
        self.note(&path, Some(known), Some(wanted), result.as_ref().map(Some));
    }

    async fn relocate(&mut self) {
        let Some((path, id, known)) = self.any_page() else {
            return;
        };
        let to = self.new_path();
        let result = self.wiki.pages().move_to(id, to.as_str()).await;
        let gone = result.as_ref().map(|_| None);
        self.note(&path, Some(known.clone()), None, gone);
        self.report.writes -= 1;
        self.note(&to, None, Some(known), result.as_ref().map(Some));
    }

    async fn delete(&mut self) {
        let Some((path, id, known)) = self.any_page() else {
            return;
        };
        let result = self.wiki.pages().delete(id).await;
        self.note(&path, Some(known), None, result.as_ref().map(|()| None));
    }

    async fn read(&mut self) {
        let Some((path, id, known)) = self.any_page() else {
            return;
        };
        match self.wiki.pages().get(id).await {
            Ok(page) if Known::from(&page) == known => {}
            Ok(page) => self.complain(&path, &format!("read {page:?} and not {known:?}")),
            Err(error) if error.applied() == Applied::No && !error.is_not_found() => {}
            Err(error) => self.complain(&path, &format!("not read: {error:?}")),
        }
    }

    /// Writes down what the task was told of a write that was to turn `before` into `after`.
    fn note(
        &mut self,
        path: &str,
        before: Option<Known>,
        after: Option<Known>,
        result: Result<Option<&Page>, &Error>,
    ) {
        self.report.writes += 1;
        let now = match result {
            Ok(page) => {
                if page.map(Known::from) != after {
                    self.complain(path, &format!("told {page:?} and wanted {after:?}"));
                }
                vec![after]
            }
            Err(error) => match error.applied() {
                Applied::No => vec![before],
                Applied::Yes => vec![after],
                Applied::Unknown => {
                    self.report.unknown += 1;
                    vec![before, after]
                }
            },
        };
        match result {
            Ok(Some(page)) => drop(self.ids.insert(path.to_owned(), page.id)),
            Ok(None) => drop(self.ids.remove(path)),
            // A page that may be there is left alone unless it certainly is.
            Err(_) if !matches!(now.as_slice(), [Some(_)]) => drop(self.ids.remove(path)),
            Err(_) => {}
        }
        self.report.told.insert(path.to_owned(), now);
    }

    fn complain(&mut self, path: &str, what: &str) {
        self.report.wrong.push(format!("{path}: {what}"));
    }
}

async fn torture(seed: u64, writes: usize) {
    let fake = FakeWiki::builder()
        .write_duration(Duration::ZERO)
        .keep_requests(false)
        .start()
        .await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .timeout(Duration::from_millis(400))
        .retry(
            RetryPolicy::default()
                .min_delay(Duration::from_millis(1))
                .max_retries(8),
        )
        .build()
        .unwrap();
    fake.set_faults(FaultPlan::random(seed).rate(0.15).kinds(faults()));
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| Task {
            wiki: wiki.clone(),
            random: Rng::with_seed(seed * 1_000 + number as u64),
            number,
            made: 0,
            ids: BTreeMap::new(),
            report: Report::default(),
        })
        .map(|task| tokio::spawn(task.run(writes / TASKS)))
        .collect();
    let mut report = Report::default();
    for task in tasks {
        let of_one = task.await.unwrap();
        report.told.extend(of_one.told);
        report.writes += of_one.writes;
        report.unknown += of_one.unknown;
        report.wrong.extend(of_one.wrong);
    }
    fake.set_faults(None);
    report.wrong.extend(compare(&fake, &report.told));
    println!(
        "seed {seed}: {} writes, {} faults, {} unknown, {} pages",
        report.writes,
        fake.injected_count(),
        report.unknown,
        fake.pages().len()
    );
    assert!(report.wrong.is_empty(), "seed {seed}: {:#?}", report.wrong);
    assert!(
        report.unknown * 100 <= report.writes,
        "seed {seed}: {} unknown",
        report.unknown
    );
    assert!(fake.injected_count() > writes / 10, "it failed at random");
}

/// What a real wiki and a proxy before it do wrong, each about as often.
fn faults() -> Vec<Fault> {
    vec![
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::ResetInAnswer,
        Fault::TruncatedJson,
        Fault::MalformedJson,
        Fault::Hang { execute: true },
        Fault::Html200,
        Fault::status(502),
        Fault::status(503),
        Fault::status_after(500),
        Fault::status_after(504),
        Fault::RebuildTree,
        Fault::RenderPage,
        Fault::UniqueViolation,
        Fault::DatabaseAway,
        Fault::Starting,
        Fault::RateLimited { seconds: 0 },
        Fault::Latency(Duration::from_millis(3)),
        Fault::Trickle {
            pause: Duration::from_millis(1),
        },
    ]
}

/// What the wiki holds other than was told.
fn compare(fake: &FakeWiki, told: &Told) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut held: BTreeMap<String, Vec<Known>> = BTreeMap::new();
    for page in fake.pages() {
        held.entry(page.path.clone())
            .or_default()
            .push(Known::from(&page));
    }
    for (path, pages) in &held {
        if pages.len() > 1 {
            wrong.push(format!("{path}: {} pages", pages.len()));
        }
        if !told.contains_key(path) {
            wrong.push(format!("{path}: nobody made it"));
        }
    }
    for (path, possible) in told {
        let there = held.get(path).and_then(|pages| pages.first()).cloned();
        if !possible.contains(&there) {
            wrong.push(format!("{path}: holds {there:?}, told {possible:?}"));
        }
    }
    wrong
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_told_wrong() {
    let writes = setting("WIKIJS_TORTURE_WRITES", 640);
    for seed in 1..=setting("WIKIJS_TORTURE_SEEDS", 3) as u64 {
        torture(seed, writes).await;
    }
}
