//! The turn to write.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering, fence},
    },
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
    ///
    /// The companion is dropped when the turn is over, before the next one begins.
    pub(super) async fn turn(&self, sent: Sent, companion: Option<Companion>) -> Turn {
        // The semaphore is never closed: without a permit would be without a wait.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        Turn {
            held: Arc::new(Held {
                companion,
                _place: place,
            }),
            number: self.begun.fetch_add(1, Ordering::Relaxed) + 1,
            sent,
        }
    }

    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }
}

/// What whoever writes wants to live as long as its turn.
pub(crate) type Companion = Box<dyn Any + Send + Sync>;

/// What a turn holds, in the order in which it is let go.
struct Held {
    #[cfg_attr(not(feature = "cache"), expect(dead_code, reason = "it is held"))]
    companion: Option<Companion>,
    _place: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

/// A turn to write, from the first look at the wiki to the last. It ends when the façade's call and
/// the requests that it sent are over, whichever is later.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    #[cfg_attr(not(feature = "cache"), expect(dead_code, reason = "it is held"))]
    held: Arc<Held>,
    number: u64,
    sent: Sent,
}

impl Turn {
    /// The first is 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// What it was begun with, if that is of this kind.
    #[cfg(feature = "cache")]
    pub(crate) fn companion<Kind: 'static>(&self) -> Option<&Kind> {
        self.held.companion.as_ref()?.downcast_ref()
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
