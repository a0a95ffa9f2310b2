//! The turn to write.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering, fence},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets writes through, one after another unless it was widened, in the order in which they came.
#[derive(Debug)]
pub(super) struct Lane {
    places: Arc<Semaphore>,
}

impl Lane {
    pub(super) fn new(width: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(width)),
        }
    }

    /// Waits for the writes before. Whoever goes away while waiting gives up its place.
    pub(super) async fn turn(&self, sent: Sent) -> Turn {
        Turn {
            // The semaphore is never closed: without a permit would be without a wait.
            _place: Arc::new(Arc::clone(&self.places).acquire_owned().await.ok()),
            sent,
        }
    }
}

/// A turn to write, from the first look at the wiki to the last. It ends when the façade's call and
/// the requests that it sent are over, whichever is later.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    _place: Arc<Option<OwnedSemaphorePermit>>,
    sent: Sent,
}

impl Turn {
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
    pub(crate) fn get(&self) -> bool {
        fence(Ordering::SeqCst);
        self.0.load(Ordering::Relaxed)
    }
}
