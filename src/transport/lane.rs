//! The turn to write.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering, fence},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Applied;

/// Lets writes through, one after another unless it was widened, in the order in which they came.
#[derive(Debug)]
pub(super) struct Lane {
    places: Arc<Semaphore>,
    /// How many turns there were.
    begun: AtomicU64,
}

impl Lane {
    pub(super) fn new(width: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(width)),
            begun: AtomicU64::new(0),
        }
    }

    /// Waits for the writes before. Whoever goes away while waiting gives up its place.
    pub(super) async fn turn(&self, sent: Sent) -> Turn {
        // The semaphore is never closed: without a permit would be without a wait.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        Turn {
            _place: Arc::new(place),
            number: self.begun.fetch_add(1, Ordering::Relaxed) + 1,
            sent,
        }
    }

    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }
}

/// A turn to write, from the first look at the wiki to the last. It ends when the façade's call and
/// the requests that it sent are over, whichever is later.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    _place: Arc<Option<OwnedSemaphorePermit>>,
    number: u64,
    sent: Sent,
}

impl Turn {
    /// The first is 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// From here on the wiki may be changed, unless the caller is found to be gone.
    pub(super) fn mark_sent(&self) {
        self.sent.0.store(true, Ordering::Relaxed);
        // Whoever sends looks for the caller after this, and a caller who is gone looks at this
        // afterwards: one of the two sees the other.
        fence(Ordering::SeqCst);
    }
}

/// Whether any mutation of a call was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<AtomicBool>);

impl Sent {
    /// Whether a call that was given up took effect.
    pub(crate) fn applied(&self) -> Applied {
        fence(Ordering::SeqCst);
        if self.0.load(Ordering::Relaxed) {
            Applied::Unknown
        } else {
            Applied::No
        }
    }
}
