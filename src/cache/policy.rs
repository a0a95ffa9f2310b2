//! How much is kept, and for how long.

use std::time::Duration;

use crate::error::{Error, Result};

const DEFAULT_BYTES: u64 = 64 * 1024 * 1024;
const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_secs(60);
/// More is not asked of the clock.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How much a cache keeps, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a policy does nothing until it is given to a client's builder"]
pub struct CachePolicy {
    capacity: Capacity,
    time_to_live: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capacity {
    Bytes(u64),
    Entries(u64),
}

impl Default for CachePolicy {
    /// 64 MiB, and a minute.
    fn default() -> Self {
        Self {
            capacity: Capacity::Bytes(DEFAULT_BYTES),
            time_to_live: DEFAULT_TIME_TO_LIVE,
        }
    }
}

impl CachePolicy {
    /// Keeps at most this many bytes, as the sum of all texts and a bit more. What is larger than that
    /// alone, such as the list of a large wiki, is not kept.
    ///
    /// It takes the place of [`max_entries`](Self::max_entries).
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.capacity = Capacity::Bytes(bytes);
        self
    }

    /// Keeps at most this many pages and lists, whatever their size. It takes the place of
    /// [`max_bytes`](Self::max_bytes).
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.capacity = Capacity::Entries(entries);
        self
    }

    /// For how long a page or a list is taken for true without asking again: what others change is not
    /// seen before. Default: a minute.
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = time;
        self
    }

    pub(crate) fn check(self) -> Result<Checked> {
        let is_empty = match self.capacity {
            Capacity::Bytes(size) | Capacity::Entries(size) => size == 0,
        };
        if is_empty || self.time_to_live.is_zero() {
            return Err(Error::config(
                "cache",
                "a cache of this policy keeps nothing",
                "allow for something, or set no cache",
            ));
        }
        Ok(Checked {
            capacity: self.capacity,
            time_to_live: self.time_to_live.min(LONGEST),
        })
    }
}

/// A policy of which a cache can be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    pub(super) capacity: Capacity,
    pub(super) time_to_live: Duration,
}
