//! A cache for pages and lists, for programs that read the same pages or lists repeatedly.
//!
//! ```
//! use std::time::Duration;
//! use wikijs_client::{Client, cache::CachePolicy};
//!
//! # wikijs_fake::example(async |fake| {
//! # let (url, key) = (fake.url(), fake.api_key());
//! let policy = CachePolicy::default().time_to_live(Duration::from_secs(300));
//! let wiki = Client::builder(url).api_key(key).cache(policy).build()?;
//! wiki.pages().get(123).await?;
//! wiki.pages().get(123).await?; // no request
//! assert_eq!(wiki.cache().stats().hits, 1);
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! A client has no cache unless [`ClientBuilder::cache`](crate::ClientBuilder::cache) configures one. A client and its
//! clones share the cache. It contains:
//!
//! - pages, by id and by path and locale: [`get`](crate::pages::Pages::get),
//!   [`get_by_path`](crate::pages::Pages::get_by_path), [`get_many`](crate::pages::Pages::get_many),
//!   [`with_content`](crate::pages::ListPages::with_content);
//! - lists of pages, by all parameters: [`list`](crate::pages::Pages::list),
//!   [`get_by_tags`](crate::pages::Pages::get_by_tags).
//!
//! All other reads send requests, and so does [`Client::execute`](crate::Client::execute). Errors are not cached: a
//! page that is missing is requested each time. Concurrent reads of the same page or list share one request.
//!
//! # Invalidation
//!
//! - Writes of this client or its clones: an update of a page removes that page and all lists. Every other mutation,
//!   including your own with [`Client::execute`](crate::Client::execute), removes everything, because it may change
//!   other pages or the permissions to read them. Uploads remove nothing. A read that began before the end of such a
//!   write is not cached.
//! - A renewed login, after the session has ended, and [`Client::check`](crate::Client::check) remove everything. A new
//!   login creates a new client with its own cache.
//!
//! Reads within a write do not use the cache. Neither do [`changes`](crate::pages::Pages::changes),
//! [bulk operations](crate::pages::bulk) and [`Client::uncached`](crate::Client::uncached).
//!
//! # Stale entries
//!
//! The cache does not detect changes by others: by another program, another [`Client`](crate::Client) or a person in a
//! browser, nor changed permissions or a revoked key. Such changes are visible after the
//! [time to live](CachePolicy::time_to_live). The same applies to a write whose response was lost and which the wiki
//! executes later. [`Cache::bypass`] runs reads that ignore cached values, and [`Cache::clear`] empties the cache.

use std::{
    any::Any,
    collections::HashMap,
    future::IntoFuture,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::{notification::RemovalCause, sync};
use serde::Serialize;
use tokio::time::timeout;

use crate::{
    call::setters,
    error::Result,
    task::{Reads, Sent, lock, spawn_and_join},
    telemetry,
    text::refuse_setting_if,
    transport::Changed,
    types::opaque_debug,
};

/// Approximate size of an entry without its value, in bytes.
const ENTRY_OVERHEAD: usize = 256;

/// Maximum time to live, so that adding it to the current time cannot overflow.
const LONGEST_TIME_TO_LIVE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Size and lifetime of a cache. Default: 64 MiB and one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a policy does nothing until it is given to a client's builder"]
pub struct CachePolicy {
    capacity: Capacity,
    time_to_live: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Capacity {
    Bytes(u64),
    Entries(u64),
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self {
            capacity: Capacity::Bytes(64 * 1024 * 1024),
            time_to_live: Duration::from_secs(60),
        }
    }
}

setters! { CachePolicy {
    /// Sets the maximum total size of the entries in bytes. The size of an entry is its length as JSON plus 256 bytes.
    /// Default: 64 MiB.
    ///
    /// An entry that exceeds the limit by itself, such as the list of a large wiki, is not cached. Replaces
    /// [`max_entries`](Self::max_entries).
    max_bytes(bytes: u64) => capacity = Capacity::Bytes(bytes);

    /// Sets the maximum number of pages and lists, regardless of their size. Replaces [`max_bytes`](Self::max_bytes).
    max_entries(entries: u64) => capacity = Capacity::Entries(entries);

    /// Sets how long a page or a list is returned without a request. Changes by others may not be visible for this
    /// time. Default: one minute.
    time_to_live(time: Duration) => time_to_live = time;
} }

impl CachePolicy {
    pub(crate) fn check(mut self) -> Result<Self> {
        let (Capacity::Bytes(size) | Capacity::Entries(size)) = self.capacity;
        refuse_setting_if! {
            size == 0 || self.time_to_live.is_zero() => "cache",
                "the size or the time to live is zero, so the cache could not store anything",
                "use values above zero, or configure no cache";
        }?;
        // moka panics for times of more than 1000 years.
        self.time_to_live = self.time_to_live.min(LONGEST_TIME_TO_LIVE);
        Ok(self)
    }
}

/// The cache of a client and its clones, from [`Client::cache`](crate::Client::cache).
///
/// If the client has none, all statistics are 0 and the methods have no effect.
#[derive(Debug, Clone)]
pub struct Cache {
    store: Option<Arc<Store>>,
}

impl Cache {
    pub(crate) fn new(store: Option<Arc<Store>>) -> Self {
        Self { store }
    }

    /// Returns `true` if the client has a cache.
    pub fn is_on(&self) -> bool {
        self.store.is_some()
    }

    /// Removes all entries. The results of reads in flight are not cached either.
    pub fn clear(&self) {
        if let Some(store) = &self.store {
            store.invalidate(Changed::Everything);
        }
    }

    /// Returns the statistics since the client was built.
    pub fn stats(&self) -> CacheStats {
        let store = self.store.as_ref();
        store.map(|store| store.stats()).unwrap_or_default()
    }

    /// Runs a future whose reads ignore cached values and send requests. The responses are cached.
    ///
    /// Applies to the reads of the future itself, not to those of tasks that it spawns.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let page = wiki.cache().bypass(wiki.pages().get(123)).await?;
    /// let list = wiki.cache().bypass(wiki.pages().list().limit(10)).await?;
    /// # });
    /// ```
    pub async fn bypass<Work: IntoFuture>(&self, work: Work) -> Work::Output {
        Reads::Refresh.scope(work.into_future()).await
    }
}

/// Statistics of a cache since its client was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Number of reads that sent no request: the value was cached, or the same read of another caller was in flight.
    pub hits: u64,
    /// Number of reads that sent a request, including failed ones. Reads that do not use the cache count as neither
    /// hits nor misses.
    pub misses: u64,
    /// Number of entries that were removed because of the limit or the time to live, not because of a write.
    pub evictions: u64,
    /// Number of pages and lists in the cache, including invalidated ones that are not removed yet.
    pub entries: u64,
    /// Size of the entries in bytes, or their number if the policy limits it by
    /// [`max_entries`](CachePolicy::max_entries).
    pub size: u64,
}

impl CacheStats {
    /// Returns the share of reads that were hits, from 0 to 1. `None` before the first read.
    pub fn hit_rate(&self) -> Option<f64> {
        let reads = self.hits + self.misses;
        #[expect(clippy::cast_precision_loss, reason = "it is a share")]
        (reads > 0).then(|| self.hits as f64 / reads as f64)
    }
}

/// A read that can be cached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// `page` or `list`, for metrics.
    pub(crate) kind: &'static str,
    /// The operation of the read, for errors.
    pub(crate) operation: &'static str,
    /// All parameters of the read.
    pub(crate) parameters: String,
}

/// A value that can be cached.
pub(crate) trait Cached: Serialize + Clone + Send + Sync + 'static {
    /// Returns the id of the object that the value contains, or `None` if it contains several objects.
    fn object(&self) -> Option<i64>;
}

#[derive(Clone)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    object: Option<i64>,
    size: u32,
}

impl Entry {
    fn new<T: Cached>(value: &T) -> Self {
        Self {
            value: Arc::new(value.clone()),
            object: value.object(),
            size: size_of_json(value),
        }
    }

    fn get<T: Cached>(&self) -> Option<T> {
        self.value.downcast_ref().cloned()
    }
}

/// Returns the length of a value as JSON plus [`ENTRY_OVERHEAD`], which approximates its size in memory.
fn size_of_json(value: &impl Serialize) -> u32 {
    struct Count(usize);

    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(ENTRY_OVERHEAD);
    let written = serde_json::to_writer(&mut count, value);
    // A value that cannot be measured gets the maximum weight, so that it is not cached.
    written.map_or(u32::MAX, |()| u32::try_from(count.0).unwrap_or(u32::MAX))
}

/// A read in flight. The caller that reads holds the lock. The result is `None` until the read has ended, and `Err` if it
/// failed.
type InFlight = Arc<tokio::sync::Mutex<Option<Result<Entry, ()>>>>;

#[derive(Default)]
struct State {
    generation: u64,
    /// The reads of this generation that are in flight.
    in_flight: HashMap<Key, InFlight>,
}

/// Storage of a cache.
///
/// A generation number prevents stale values: every invalidation increments it, and a value is stored only if the
/// number has not changed since the value was requested. Both happen under one lock.
pub(crate) struct Store {
    entries: sync::Cache<Key, Entry>,
    state: Mutex<State>,
    /// Maximum time that a read waits for the same read of another caller.
    patience: Duration,
    hits: AtomicU64,
    misses: AtomicU64,
    evictions: Arc<AtomicU64>,
}

impl Store {
    pub(crate) fn new(policy: CachePolicy, patience: Duration) -> Self {
        let evictions = Arc::new(AtomicU64::new(0));
        let evicted = Arc::clone(&evictions);
        let builder = sync::Cache::builder()
            .time_to_live(policy.time_to_live)
            .support_invalidation_closures()
            .eviction_listener(move |key: Arc<Key>, _, cause| {
                if matches!(cause, RemovalCause::Size | RemovalCause::Expired) {
                    evicted.fetch_add(1, Ordering::Relaxed);
                    telemetry::cache_eviction(key.kind);
                }
            });
        let builder = match policy.capacity {
            Capacity::Entries(entries) => builder.max_capacity(entries),
            Capacity::Bytes(bytes) => {
                let builder = builder.max_capacity(bytes);
                builder.weigher(|_, entry: &Entry| entry.size)
            }
        };
        Self {
            entries: builder.build(),
            state: Mutex::default(),
            patience,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evictions,
        }
    }

    /// Returns the cached value. If there is none, calls `fetch` and caches the result.
    pub(crate) async fn read<T, Fetch, Fetching>(
        self: &Arc<Self>,
        key: Key,
        fetch: Fetch,
    ) -> Result<T>
    where
        T: Cached,
        Fetch: Fn() -> Fetching + Send + Sync + 'static,
        Fetching: Future<Output = Result<T>> + Send + 'static,
    {
        match Reads::current() {
            Reads::Uncached => fetch().await,
            Reads::Refresh => {
                let generation = lock(&self.state).generation;
                let value = fetch().await?;
                self.end(key, Some(Entry::new(&value)), generation);
                Ok(value)
            }
            Reads::Cached => {
                if let Some(value) = self.entries.get(&key).and_then(|entry| entry.get()) {
                    self.count(key.kind, true);
                    return Ok(value);
                }
                // Spawned as a task, because other callers may wait for this read even if its caller is not polled.
                let (store, operation) = (Arc::clone(self), key.operation);
                let work = async move { store.read_once(key, fetch).await };
                spawn_and_join(operation, Sent::default(), work).await
            }
        }
    }

    /// Waits for the same read of another caller. If there is none, fetches the value for all callers.
    async fn read_once<T, Fetch, Fetching>(&self, key: Key, fetch: Fetch) -> Result<T>
    where
        T: Cached,
        Fetch: Fn() -> Fetching,
        Fetching: Future<Output = Result<T>>,
    {
        let (read, generation) = self.join(&key);
        // A caller that is dropped releases the lock, and the next one fetches the value. The lock may be held on a runtime
        // that is not driven. After a timeout, this caller fetches the value without the lock.
        let mut result = timeout(self.patience, read.lock()).await.ok();
        match result.as_deref() {
            Some(Some(Ok(entry))) => {
                if let Some(value) = entry.get() {
                    self.count(key.kind, true);
                    return Ok(value);
                }
            }
            // The callers that have waited fetch the value at the same time, not one after another.
            Some(Some(Err(()))) => result = None,
            _ => {}
        }
        self.count(key.kind, false);
        let value = fetch().await;
        let entry = value.as_ref().ok().map(Entry::new);
        if let Some(result) = &mut result {
            **result = Some(entry.clone().ok_or(()));
        }
        self.end(key, entry, generation);
        value
    }

    /// Returns the same read of another caller, or a new one, and the current generation.
    fn join(&self, key: &Key) -> (InFlight, u64) {
        let mut state = lock(&self.state);
        let generation = state.generation;
        // Looked up again under the lock: the value may have been cached since the first lookup.
        if let Some(entry) = self.entries.get(key) {
            let ended = tokio::sync::Mutex::new(Some(Ok(entry)));
            return (Arc::new(ended), generation);
        }
        let read = state.in_flight.entry(key.clone()).or_default();
        (Arc::clone(read), generation)
    }

    /// Ends a read, and stores its entry unless the cache was invalidated since the value was requested.
    fn end(&self, key: Key, entry: Option<Entry>, generation: u64) {
        let mut state = lock(&self.state);
        if state.generation == generation {
            state.in_flight.remove(&key);
            if let Some(entry) = entry {
                self.entries.insert(key, entry);
            }
        }
    }

    /// Removes the entries that a write may have changed. The results of reads in flight are not stored, and new reads
    /// do not wait for them.
    pub(crate) fn invalidate(&self, changed: Changed) {
        let mut state = lock(&self.state);
        match changed {
            Changed::Nothing => return,
            Changed::Everything => self.entries.invalidate_all(),
            Changed::Object(id) => {
                let shows = move |_: &Key, entry: &Entry| entry.object.is_none_or(|it| it == id);
                // moka refuses predicates only if the builder has not allowed them.
                if self.entries.invalidate_entries_if(shows).is_err() {
                    self.entries.invalidate_all();
                }
                // Otherwise the predicates of many writes would accumulate until the next read.
                self.entries.run_pending_tasks();
            }
        }
        // A read that began before the write may return the old value.
        state.generation += 1;
        state.in_flight.clear();
    }

    fn stats(&self) -> CacheStats {
        // moka updates its counts only when it runs its pending tasks.
        self.entries.run_pending_tasks();
        CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            evictions: self.evictions.load(Ordering::Relaxed),
            entries: self.entries.entry_count(),
            size: self.entries.weighted_size(),
        }
    }

    fn count(&self, kind: &'static str, hit: bool) {
        let reads = if hit { &self.hits } else { &self.misses };
        reads.fetch_add(1, Ordering::Relaxed);
        telemetry::cache_read(kind, hit);
    }
}

opaque_debug!(Store);
