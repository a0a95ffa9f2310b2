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

mod store;

use std::{future::IntoFuture, sync::Arc, time::Duration};

pub(crate) use self::store::{Cached, Key, Store};
use crate::{
    call::setters,
    error::{Error, Result},
    task::Reads,
    transport::Changed,
};

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
        if size == 0 || self.time_to_live.is_zero() {
            return Err(Error::config(
                "cache",
                "the size or the time to live is zero, so the cache could not store anything",
                "use values above zero, or configure no cache",
            ));
        }
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
