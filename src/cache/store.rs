//! What is kept, and how it gets there.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::FutureExt;
use moka::{future::Cache, notification::RemovalCause};

use super::{
    CacheStats,
    floors::{Floors, Scope},
    policy::{Capacity, Checked},
    weight,
};
use crate::{
    error::{Error, Result},
    pages::{ListKey, Page, PageSummary},
    task::by_a_task,
    telemetry,
    transport::Sent,
    types::{Locale, PageId, PagePath},
};

tokio::task_local! {
    /// How what is running reads; as usual where nothing is said.
    static READS: Reads;
}

/// How to read, unless as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// From the wiki, for others too.
    Anew,
    /// From the wiki, for oneself: to write, where what is read will not be true for long, or to find
    /// out what is new.
    Past,
}

impl Reads {
    /// How what is running here reads; none if as usual.
    pub(crate) fn here() -> Option<Self> {
        READS.try_with(|reads| *reads).ok()
    }

    /// Runs something that reads in this way.
    pub(crate) fn within<Work: Future>(self, work: Work) -> impl Future<Output = Work::Output> {
        READS.scope(self, work)
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Page(PageId),
    PageAt(PagePath, Locale),
    List(ListKey),
}

impl Key {
    /// Of what it is, for those who count.
    fn kind(&self) -> &'static str {
        match self {
            Self::Page(_) | Self::PageAt(..) => "page",
            Self::List(_) => "list",
        }
    }

    /// The operation that asks for it, for errors.
    fn operation(&self) -> &'static str {
        match self {
            Self::Page(_) => "PagesGet",
            Self::PageAt(..) => "PagesGetByPath",
            Self::List(_) => "PagesList",
        }
    }
}

/// What was answered.
#[derive(Clone)]
pub(crate) enum Kept {
    Page(Arc<Page>),
    List(Arc<Vec<PageSummary>>),
}

/// What can be kept.
pub(crate) trait Keep: Clone + Send + 'static {
    fn keep(self) -> Kept;
    fn kept(kept: &Kept) -> Option<Self>;
}

impl Keep for Page {
    fn keep(self) -> Kept {
        Kept::Page(Arc::new(self))
    }

    fn kept(kept: &Kept) -> Option<Self> {
        match kept {
            Kept::Page(page) => Some(Page::clone(page)),
            Kept::List(_) => None,
        }
    }
}

impl Keep for Vec<PageSummary> {
    fn keep(self) -> Kept {
        Kept::List(Arc::new(self))
    }

    fn kept(kept: &Kept) -> Option<Self> {
        match kept {
            Kept::List(pages) => Some(pages.to_vec()),
            Kept::Page(_) => None,
        }
    }
}

/// An answer, and the moment at which it was asked for.
#[derive(Clone)]
struct Entry {
    since: u64,
    kept: Kept,
}

impl Entry {
    fn weight(&self) -> usize {
        let content = match &self.kept {
            Kept::Page(page) => weight::of_page(page),
            Kept::List(pages) => weight::of_list(pages),
        };
        content + weight::OF_AN_ENTRY
    }
}

/// What a client keeps.
pub(crate) struct Store {
    entries: Cache<Key, Entry>,
    floors: Mutex<Floors>,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: Arc<AtomicU64>,
}

/// How often an answer is waited for that somebody else asked for too early.
const MOST_WAITS: usize = 2;

impl Store {
    pub(crate) fn new(policy: Checked) -> Self {
        let evictions = Arc::new(AtomicU64::new(0));
        let evicted = Arc::clone(&evictions);
        let builder = Cache::builder()
            .time_to_live(policy.time_to_live)
            .eviction_listener(move |key: Arc<Key>, _, cause| {
                if matches!(cause, RemovalCause::Size | RemovalCause::Expired) {
                    evicted.fetch_add(1, Ordering::Relaxed);
                    telemetry::cache_eviction(key.kind());
                }
            });
        let builder = match policy.capacity {
            Capacity::Entries(entries) => builder.max_capacity(entries),
            Capacity::Bytes(bytes) => builder
                .max_capacity(bytes)
                .weigher(|_, entry: &Entry| u32::try_from(entry.weight()).unwrap_or(u32::MAX)),
        };
        Self {
            entries: builder.build(),
            floors: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evictions,
        }
    }

    /// What is kept of this, or what `ask` gives, which is kept.
    pub(crate) async fn read<T, Ask, Asking>(self: &Arc<Self>, key: Key, ask: Ask) -> Result<T>
    where
        T: Keep,
        Ask: Fn() -> Asking + Clone + Send + Sync + 'static,
        Asking: Future<Output = Result<T>> + Send + 'static,
    {
        let kind = key.kind();
        match Reads::here() {
            Some(Reads::Past) => return ask().await,
            Some(Reads::Anew) => {
                let entry = self.ask(&ask).await?;
                let answer = T::kept(&entry.kept);
                self.entries.insert(key, entry).await;
                return self.or_ask(answer, &ask).await;
            }
            None => {}
        }
        for _ in 0..MOST_WAITS {
            if let Some(entry) = self.entries.get(&key).await {
                if self.is_valid(&entry) {
                    self.note(kind, true);
                    return self.or_ask(T::kept(&entry.kept), &ask).await;
                }
                self.entries.invalidate(&key).await;
            }
            match self.ask_once(key.clone(), ask.clone()).await? {
                Asked::Own(answer) => {
                    self.note(kind, false);
                    return self.or_ask(T::kept(&answer?.kept), &ask).await;
                }
                Asked::Others(entry) if self.is_valid(&entry) => {
                    self.note(kind, true);
                    return self.or_ask(T::kept(&entry.kept), &ask).await;
                }
                // It was asked for before a write that is over: that write is not to be missed.
                Asked::Others(_) => {}
                Asked::InVain => break,
            }
        }
        self.note(kind, false);
        ask().await
    }

    /// Asks, unless somebody is asking already.
    ///
    /// By a task of its own: whoever asks for others too must not depend on its caller to be polled.
    async fn ask_once<T, Ask, Asking>(self: &Arc<Self>, key: Key, ask: Ask) -> Result<Asked>
    where
        T: Keep,
        Ask: Fn() -> Asking + Send + Sync + 'static,
        Asking: Future<Output = Result<T>> + Send + 'static,
    {
        let (store, operation) = (Arc::clone(self), key.operation());
        let asking = async move {
            let own = Mutex::new(None);
            let asking = async {
                let answer = store.ask(&ask).await;
                let told = answer.as_ref().map(Entry::clone).map_err(|_| ());
                *own.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                told
            };
            let asked = store.entries.try_get_with(key, asking).await;
            let own = own.into_inner().unwrap_or_else(PoisonError::into_inner);
            Ok(match (own, asked) {
                (Some(own), _) => Asked::Own(own),
                (None, Ok(entry)) => Asked::Others(entry),
                // The error is the one's who asked.
                (None, Err(_)) => Asked::InVain,
            })
        };
        by_a_task(operation, Sent::default(), asking).await
    }

    async fn ask<T, Ask, Asking>(&self, ask: &Ask) -> Result<Entry>
    where
        T: Keep,
        Ask: Fn() -> Asking,
        Asking: Future<Output = Result<T>>,
    {
        let since = self.floors().now();
        let kept = ask().await?.keep();
        Ok(Entry { since, kept })
    }

    /// The answer; asked for once more if it is of another kind than its key says, which it never is.
    async fn or_ask<T, Ask, Asking>(&self, answer: Option<T>, ask: &Ask) -> Result<T>
    where
        Ask: Fn() -> Asking,
        Asking: Future<Output = Result<T>>,
    {
        match answer {
            Some(answer) => Ok(answer),
            None => ask().await,
        }
    }

    fn is_valid(&self, entry: &Entry) -> bool {
        let floors = self.floors();
        match &entry.kept {
            Kept::Page(page) => floors.is_valid_page(page.id, entry.since),
            Kept::List(_) => floors.is_valid_list(entry.since),
        }
    }

    /// From now on nothing is valid that was asked for before now.
    pub(crate) fn forget(&self, scope: Scope) {
        self.floors().change(scope);
        if scope == Scope::All {
            self.entries.invalidate_all();
        }
    }

    pub(super) fn stats(&self) -> CacheStats {
        // The counts are as of the last housekeeping, which is done now unless somebody is at it.
        let _ = self.entries.run_pending_tasks().now_or_never();
        CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            evictions: self.evictions.load(Ordering::Relaxed),
            entries: self.entries.entry_count(),
            size: self.entries.weighted_size(),
        }
    }

    fn note(&self, kind: &'static str, hit: bool) {
        let reads = if hit { &self.hits } else { &self.misses };
        reads.fetch_add(1, Ordering::Relaxed);
        telemetry::cache_read(kind, hit);
    }

    fn floors(&self) -> MutexGuard<'_, Floors> {
        self.floors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// What came of asking.
enum Asked {
    /// One's own answer.
    Own(Result<Entry, Error>),
    /// The answer to somebody who was faster, perhaps by long.
    Others(Entry),
    /// Somebody was faster and has an error.
    InVain,
}

/// What a turn to write may have changed is forgotten when it is over, even if its caller went away.
#[derive(Debug)]
pub(crate) struct Changes {
    store: Arc<Store>,
    made: Mutex<Vec<Scope>>,
}

impl Changes {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            made: Mutex::default(),
        }
    }

    /// A mutation may change this.
    pub(crate) fn note(&self, scope: Scope) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.contains(&scope) {
            made.push(scope);
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        let made = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
        if made.contains(&Scope::All) {
            self.store.forget(Scope::All);
            return;
        }
        for scope in made.drain(..) {
            self.store.forget(scope);
        }
    }
}
