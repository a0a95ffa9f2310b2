//! A cache for pages and lists, for programs that read the same again and again.
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
//! wiki.pages().get(123).await?; // asks nobody
//! assert_eq!(wiki.cache().stats().hits, 1);
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! There is none unless [`ClientBuilder::cache`](crate::ClientBuilder::cache) asks for it; a client and
//! its clones share one. What it keeps:
//!
//! - pages, by id and by path and locale: [`get`](crate::pages::Pages::get),
//!   [`get_by_path`](crate::pages::Pages::get_by_path), [`get_many`](crate::pages::Pages::get_many),
//!   [`with_content`](crate::pages::ListPages::with_content);
//! - lists of pages, by all that they were asked for: [`list`](crate::pages::Pages::list),
//!   [`get_by_tags`](crate::pages::Pages::get_by_tags).
//!
//! All other reads ask the wiki, and so does [`Client::execute`](crate::Client::execute). Errors are not
//! kept, so a page that is missing is asked for each time. Of several reads of the same that find
//! nothing at the same time, one asks.
//!
//! # What it notices
//!
//! - Writes of this client and its clones: an update of a page forgets that page and all lists; every
//!   other mutation, one's own by [`Client::execute`](crate::Client::execute) too, forgets everything,
//!   since it may change other pages or what may be seen of them. Uploads change no page. A read that
//!   began before such a write ended is never kept after it, and what a façade reads in order to write
//!   never comes from the cache. Neither does what [`changes`](crate::pages::Pages::changes) tells, nor
//!   what [bulk work](crate::pages::bulk), exports and imports look at.
//! - Another identity: a login is a client of its own, with a cache of its own. A login that is repeated
//!   because it ended, and [`Client::check`](crate::Client::check), which learns anew what the caller
//!   may do, forget everything.
//!
//! # What it does not notice
//!
//! What others do to the wiki: another program, another [`Client`](crate::Client), people in their
//! browsers, changed permissions, a key that was revoked. That is seen when the
//! [time to live](CachePolicy::time_to_live) is over. The same is true of a write whose answer was lost
//! and which the wiki makes later. [`Cache::bypass`] reads past the cache, [`Cache::clear`] empties it.

mod floors;
mod policy;
mod store;
mod weight;

use std::{future::IntoFuture, sync::Arc};

pub use self::policy::CachePolicy;
pub(crate) use self::{
    floors::Scope,
    policy::Checked,
    store::{Changes, Key, Reads, Store},
};

/// The cache of a client and its clones, from [`Client::cache`](crate::Client::cache).
///
/// Of a client without one, everything is empty and nothing has an effect.
#[derive(Debug, Clone)]
pub struct Cache {
    store: Option<Arc<Store>>,
}

impl Cache {
    pub(crate) fn new(store: Option<Arc<Store>>) -> Self {
        Self { store }
    }

    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.store.is_some()
    }

    /// Forgets everything. What is being read at this moment is not kept either.
    pub fn clear(&self) {
        if let Some(store) = &self.store {
            store.forget(Scope::All);
        }
    }

    /// How well it works.
    pub fn stats(&self) -> CacheStats {
        self.store
            .as_ref()
            .map(|store| store.stats())
            .unwrap_or_default()
    }

    /// Reads past the cache: what this future reads comes from the wiki, and is kept.
    ///
    /// It is for the reads that the future itself makes, not for those of tasks that it spawns.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let page = wiki.cache().bypass(wiki.pages().get(123)).await?;
    /// let list = wiki.cache().bypass(wiki.pages().list().limit(10)).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub async fn bypass<Work: IntoFuture>(&self, work: Work) -> Work::Output {
        Reads::Anew.within(work.into_future()).await
    }
}

/// How well a cache works, since its client was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Reads for which nothing was asked of the wiki: what they wanted was there, or was being read for
    /// somebody else.
    pub hits: u64,
    /// Reads that asked the wiki, also in vain. Reads past the cache are none of both.
    pub misses: u64,
    /// What was dropped for want of room or because its time was over; not what a write made invalid.
    pub evictions: u64,
    /// Pages and lists that are there, some perhaps invalid and not yet dropped.
    pub entries: u64,
    /// Their size in bytes, as the sum of their texts and a bit more; their number where the
    /// [policy](CachePolicy::max_entries) counts those.
    pub size: u64,
}

impl CacheStats {
    /// The share of reads that were hits, from 0 to 1. `None` before the first read.
    pub fn hit_rate(&self) -> Option<f64> {
        let reads = self.hits + self.misses;
        #[expect(clippy::cast_precision_loss, reason = "it is a share")]
        (reads > 0).then(|| self.hits as f64 / reads as f64)
    }
}
