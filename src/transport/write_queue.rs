//! The queue of writes.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{Limits, failure::stalled};
use crate::{
    error::{Error, Result},
    task::{Activity, Sent, current_write, lock, wait_with_patience},
};

/// Minimum duration of the observation of the wiki after the response to a write was lost.
pub(crate) const MIN_OBSERVATION: Duration = Duration::from_secs(5);

const WAITS_FOR_WRITES: &str = "the writes before it make no progress, perhaps because their runtime is \
                                not driven; this write was not sent";

/// Admits writes in the order in which they arrive, one at a time by default.
pub(crate) struct WriteQueue {
    permits: Arc<Semaphore>,
    pub(crate) limits: Arc<Limits>,
    granted: AtomicU64,
    activity: Arc<Activity>,
    /// Duration of the slowest write so far, in milliseconds.
    slowest: AtomicU64,
    /// Called with the objects that may have changed. After a write, it is called before the next one begins.
    pub(crate) on_change: OnceLock<OnChange>,
}

impl WriteQueue {
    pub(super) fn new(limits: &Arc<Limits>) -> Arc<Self> {
        // With more permits, tokio's semaphore panics.
        let width = limits.concurrent_writes.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            permits: Arc::new(Semaphore::new(width)),
            limits: Arc::clone(limits),
            granted: AtomicU64::new(0),
            activity: Arc::new(Activity::new()),
            slowest: AtomicU64::new(0),
            on_change: OnceLock::new(),
        })
    }

    /// Waits for a permit to write. A caller that is dropped while it waits leaves the queue.
    ///
    /// # Errors
    ///
    /// A timeout if the writes ahead make no progress for longer than a request may take. Their runtime is
    /// then probably not driven.
    pub(crate) async fn permit(
        self: &Arc<Self>,
        operation: &str,
        sent: Sent,
        deadline: Option<Instant>,
    ) -> Result<WritePermit> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        // A write that makes progress may take any time, such as an upload of a large file.
        let patience = self.limits.patience();
        let extend = || self.activity.extend(patience, ());
        let permit = wait_with_patience(permit, patience, extend).await;
        // The semaphore is never closed, so only the timeout can end the wait without a permit.
        let permit = permit.ok().and_then(Result::ok);
        let permit = permit.ok_or_else(|| stalled(operation, WAITS_FOR_WRITES))?;
        self.activity.touch();
        Ok(WritePermit {
            held: Arc::new(Held {
                changed: Mutex::new(Changed::Nothing),
                queue: Arc::clone(self),
                _permit: permit,
            }),
            number: self.granted.fetch_add(1, Ordering::Relaxed) + 1,
            sent,
            changes: Changed::Everything,
            deadline,
        })
    }

    /// Returns the number of permits that were granted.
    pub(crate) fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }

    /// Rejects a write that is started within another write of the same queue. It would deadlock: the outer
    /// write holds the permit and waits for the inner one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for such a write.
    pub(crate) fn refuse_nested(&self, operation: &str) -> Result<()> {
        // With several permits, the inner write may get one of its own.
        let is_nested = current_write().is_some_and(|write| Arc::ptr_eq(&write, &self.activity));
        if !is_nested || self.limits.concurrent_writes > 1 {
            return Ok(());
        }
        Err(Error::invalid(
            "operation",
            format!(
                "{operation} within another write, such as in the stream of an upload, would wait for itself"
            ),
            "write before or afterwards, or by another client",
        ))
    }

    /// Declares that objects may have changed, so that the cache forgets them.
    pub(crate) fn invalidate(&self, changed: Changed) {
        if let Some(on_change) = self.on_change.get() {
            on_change(changed);
        }
    }

    /// Records the duration of a write that received a final response.
    pub(crate) fn note_duration(&self, took: Duration) {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.slowest.fetch_max(millis, Ordering::Relaxed);
    }

    /// Returns the duration of the observation of the wiki after the response to a write was lost: the
    /// configured one, or the larger of 5 s and twice the duration of the slowest write so far.
    pub(crate) fn observation_window(&self) -> Duration {
        self.limits.confirm_writes_for.unwrap_or_else(|| {
            let slowest = Duration::from_millis(self.slowest.load(Ordering::Relaxed));
            MIN_OBSERVATION.max(slowest.saturating_mul(2))
        })
    }
}

/// The objects that a write may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Nothing,
    /// The object with this id, and lists that contain it.
    Object(i64),
    Everything,
}

/// A function that receives what may have changed.
type OnChange = Box<dyn Fn(Changed) + Send + Sync>;

/// The parts of a permit that its clones share.
struct Held {
    changed: Mutex<Changed>,
    queue: Arc<WriteQueue>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Called before the semaphore's permit is dropped with the other fields: the next write must not begin while
        // the cache still contains what this one has changed.
        self.queue.invalidate(*lock(&self.changed));
        self.queue.activity.touch();
    }
}

/// A permit to write, held from the first read of a write to its last.
///
/// It is released when the call and the requests that it sent have ended, whichever is later: a mutation
/// in flight is executed even if its caller is dropped.
#[derive(Clone)]
pub(crate) struct WritePermit {
    held: Arc<Held>,
    number: u64,
    sent: Sent,
    /// The objects that a mutation with this permit changes.
    changes: Changed,
    deadline: Option<Instant>,
}

impl WritePermit {
    /// Returns the number of the permit. The first one of a client is 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Declares that the mutations sent with the returned permit change only the object with this id.
    pub(crate) fn changing_only(&self, id: i64) -> Self {
        Self {
            changes: Changed::Object(id),
            ..self.clone()
        }
    }

    /// Records that a mutation is sent with this permit.
    pub(crate) fn note_change(&self) {
        let mut changed = lock(&self.held.changed);
        if *changed == Changed::Nothing {
            *changed = self.changes;
        } else if *changed != self.changes {
            *changed = Changed::Everything;
        }
    }

    /// Returns the deadline of the call that the permit belongs to.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns the queue of the write.
    pub(crate) fn queue(&self) -> &WriteQueue {
        &self.held.queue
    }

    /// Returns the activity of the write, which shows its progress to the writes that wait for it.
    pub(crate) fn activity(&self) -> &Arc<Activity> {
        &self.held.queue.activity
    }

    /// Returns the flag that is set when a mutation is about to be sent.
    pub(super) fn sent(&self) -> &Sent {
        &self.sent
    }
}
