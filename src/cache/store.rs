//! Storage, lookup and invalidation of cached values.
//!
//! A generation number prevents stale values: every invalidation increments it, and a value is stored only if the
//! number has not changed since the value was requested. Both happen under one lock.

use std::{
    any::Any,
    collections::HashMap,
    fmt, io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::{notification::RemovalCause, sync::Cache};
use serde::Serialize;
use tokio::time::timeout;

use super::{CachePolicy, CacheStats, Capacity};
use crate::{
    error::Result,
    task::{Reads, Sent, lock, spawn_and_join},
    telemetry,
    transport::Changed,
};

/// Approximate size of an entry without its value, in bytes.
const ENTRY_OVERHEAD: usize = 256;

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

/// The cache of a client and its clones.
pub(crate) struct Store {
    entries: Cache<Key, Entry>,
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
        let builder = Cache::builder()
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

    pub(super) fn stats(&self) -> CacheStats {
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

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
