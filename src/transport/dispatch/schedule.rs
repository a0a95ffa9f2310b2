//! The decisions of the dispatcher: when each request is sent, and which requests share a batch.
//!
//! The schedule is a state machine without tasks, clocks or locks. Its methods are the events: a request is
//! enqueued or canceled, a permit is begun or released. The tasks to spawn are returned as [`Start`]s. Times are
//! passed in as durations since a fixed point in time.
//!
//! Its invariants:
//!
//! - No permit is lost: each one is held by exactly one caller or task, or is free.
//! - No request waits while a permit is free.
//! - Requests are sent in the order in which they were enqueued, except that later ones may join the batch
//!   of an earlier one. A request that is sent again keeps its position.
//! - Only queries of the same runtime share a batch, within the [`BatchLimits`].
//! - A canceled request is never sent.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    mem,
    time::Duration,
};

use super::limits::{ArrayPauses, BatchLimits, ResponseSizes};

#[cfg(test)]
#[path = "../../../tests/unit/schedule.rs"]
mod tests;

/// Target size of the response to a batch, in bytes. It is large enough to make batching worthwhile, and small
/// enough that no operation waits long for the others of its batch.
const TARGET_BATCH_RESPONSE: usize = 4 * 1024 * 1024;
/// Maximum expected response size of an operation that may share a batch, in bytes. The wiki takes long to produce
/// larger responses, for which the others of a batch would wait.
const MAX_SHARED_RESPONSE: usize = 512 * 1024;
/// Maximum number of waiting requests that are examined for one batch. The scan holds the lock, so a longer one would
/// delay every caller.
const MAX_SCANNED: usize = 1024;

/// Number of a request. A later request has a higher one.
pub(super) type RequestId = u64;
/// Number of a permit.
pub(super) type PermitId = u64;

/// A request, with the properties that decide when it is sent.
#[derive(Debug)]
pub(super) struct Entry<T, R> {
    /// Assigned by [`Schedule::enqueue`].
    pub(super) id: RequestId,
    /// Name of the operation. Response sizes are estimated for each operation.
    pub(super) operation: &'static str,
    /// Size of the body.
    pub(super) bytes: usize,
    /// `true` if the request must not share a batch.
    pub(super) alone: bool,
    /// The runtime of the caller.
    pub(super) runtime: R,
    /// The time when the request was enqueued.
    since: Duration,
    pub(super) payload: T,
}

impl<T, R> Entry<T, R> {
    pub(super) fn new(
        operation: &'static str,
        bytes: usize,
        alone: bool,
        runtime: R,
        payload: T,
    ) -> Self {
        Self {
            id: 0,
            operation,
            bytes,
            alone,
            runtime,
            since: Duration::ZERO,
            payload,
        }
    }
}

/// A task that the dispatcher spawns on the runtime after an event. The task [begins](Schedule::begin) the permit, sends
/// the requests that `begin` returns, and [releases](Schedule::release) the permit.
#[derive(Debug)]
pub(super) struct Start<R> {
    pub(super) permit: PermitId,
    pub(super) runtime: R,
    pub(super) operation: &'static str,
}

/// State of a request whose caller has waited for the maximum time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Overdue<E> {
    /// The queue made progress, or the request was sent, at `since`. The caller continues to wait.
    No { since: Duration },
    /// The request waits and the queue has made no progress. The request is removed from the queue.
    Waiting(E),
    /// The request was sent, and its response is overdue.
    InFlight,
}

/// A permit that was granted to a task.
#[derive(Debug)]
struct Held<R> {
    runtime: R,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The task has not begun. The permit is reserved for this request, which was enqueued while the permit was free.
    Reserved(RequestId),
    /// The task has not begun. It will send the requests that have then waited longest.
    Open,
    /// The task has begun.
    Begun {
        /// The time when the holder sent its last HTTP request.
        at: Duration,
        requests: Vec<RequestId>,
    },
}

/// Requests and permits.
#[derive(Debug)]
pub(super) struct Schedule<T, R> {
    limits: BatchLimits,
    next_request: RequestId,
    next_permit: PermitId,
    waiting: BTreeMap<RequestId, Entry<T, R>>,
    /// The requests of permits in [`Stage::Reserved`].
    leaders: BTreeMap<RequestId, Entry<T, R>>,
    held: HashMap<PermitId, Held<R>>,
    /// `true` while a caller that sends its own request outside of the queue holds a permit.
    caller_sends: bool,
    starts: VecDeque<Start<R>>,
    /// The time when a permit was last begun or released. It is in the future while the rate limit delays a request.
    last_progress: Duration,
    pub(super) sizes: ResponseSizes,
    /// Maximum size of the body of a batch, in bytes. Smaller than the limit after a body was rejected as too large.
    batch_bytes: usize,
    pub(super) arrays: ArrayPauses,
}

impl<T, R: Clone + PartialEq> Schedule<T, R> {
    pub(super) fn new(limits: BatchLimits) -> Self {
        Self {
            next_request: 0,
            next_permit: 0,
            waiting: BTreeMap::new(),
            leaders: BTreeMap::new(),
            held: HashMap::new(),
            caller_sends: false,
            starts: VecDeque::new(),
            last_progress: Duration::ZERO,
            sizes: ResponseSizes::default(),
            batch_bytes: limits.request_bytes,
            arrays: ArrayPauses::new(),
            limits,
        }
    }

    /// Returns the next task to spawn.
    pub(super) fn next_start(&mut self) -> Option<Start<R>> {
        self.starts.pop_front()
    }

    pub(super) fn has_starts(&self) -> bool {
        !self.starts.is_empty()
    }

    /// Grants a permit to a caller that sends its request itself, if nothing else is in flight.
    ///
    /// Grants none if there is only one permit: a caller may stop polling its future, and the queue must make
    /// progress without it.
    pub(super) fn grant_to_caller(&mut self) -> bool {
        let granted = self.held.is_empty() && !self.caller_sends && self.max_permits() > 1;
        self.caller_sends |= granted;
        granted
    }

    /// Releases the permit of a caller. Returns `true` if requests wait for it. Then [`pass_on`](Self::pass_on) must
    /// be called.
    pub(super) fn release_by_caller(&mut self) -> bool {
        // Progress is not recorded here, because that needs the clock. It matters only if a request waits.
        self.caller_sends = false;
        !self.waiting.is_empty()
    }

    /// Grants the permit that a caller has released to a waiting request.
    pub(super) fn pass_on(&mut self, now: Duration) {
        self.note_progress(now);
        self.fill();
    }

    /// Adds a request to the queue, or grants it a free permit.
    pub(super) fn enqueue(&mut self, mut entry: Entry<T, R>, now: Duration) -> RequestId {
        let id = self.next_request;
        self.next_request += 1;
        // The number is also the position in the queue, which a request keeps when it is sent again.
        (entry.id, entry.since) = (id, now);
        if self.has_free_permit() {
            // While a permit is free, every waiting request already has a permit granted, so this request overtakes
            // none.
            self.start(entry.runtime.clone(), entry.operation, Stage::Reserved(id));
            self.leaders.insert(id, entry);
        } else {
            self.waiting.insert(id, entry);
            self.fill();
        }
        id
    }

    /// Puts requests that were sent before back into the queue, at their original positions.
    pub(super) fn enqueue_again(
        &mut self,
        entries: impl IntoIterator<Item = Entry<T, R>>,
        now: Duration,
    ) {
        for mut entry in entries {
            entry.since = now;
            self.waiting.insert(entry.id, entry);
        }
        self.fill();
    }

    /// Removes a request from the queue. Returns `None` if it was already sent.
    pub(super) fn cancel(&mut self, id: RequestId) -> Option<Entry<T, R>> {
        self.waiting
            .remove(&id)
            .or_else(|| self.leaders.remove(&id))
    }

    /// Begins a permit and returns the requests that its task must send.
    ///
    /// The result is empty if no request of its runtime waits anymore. The task must release the permit in either
    /// case.
    pub(super) fn begin(&mut self, permit: PermitId, now: Duration) -> Vec<Entry<T, R>> {
        self.note_progress(now);
        let Some(held) = self.held.get(&permit) else {
            return Vec::new();
        };
        let runtime = &held.runtime;
        let leader = match held.stage {
            Stage::Reserved(id) => self.leaders.remove(&id),
            Stage::Open => None,
            Stage::Begun { .. } => return Vec::new(),
        };
        let leader = leader.or_else(|| {
            let mut waiting = self.waiting.values();
            let id = waiting.find(|next| next.runtime == *runtime)?.id;
            self.waiting.remove(&id)
        });
        let mut batch = Vec::new();
        let mut requests = Vec::new();
        if let Some(leader) = leader {
            requests = self.companions(&leader, now);
            batch.reserve(requests.len() + 1);
            let id = leader.id;
            batch.push(leader);
            batch.extend(requests.iter().filter_map(|id| self.waiting.remove(id)));
            requests.push(id);
        }
        if let Some(held) = self.held.get_mut(&permit) {
            held.stage = Stage::Begun { at: now, requests };
        }
        if batch.is_empty() {
            // All waiting requests belong to other runtimes, on which other tasks must be spawned.
            self.fill();
        }
        batch
    }

    /// Returns the waiting requests that share a batch with `leader`.
    fn companions(&self, leader: &Entry<T, R>, now: Duration) -> Vec<RequestId> {
        let mut companions = Vec::new();
        let may_send_array = self.limits.operations > 1 && self.arrays.may_send(now);
        if !may_send_array || !self.may_share(leader) {
            return companions;
        }
        // The brackets of the array and a comma take three bytes.
        let mut request_bytes = self.batch_bytes.saturating_sub(leader.bytes + 3);
        // Half of the limit, since the response sizes are only estimates.
        let mut response_bytes = TARGET_BATCH_RESPONSE
            .min(self.limits.response_bytes / 2)
            .saturating_sub(self.sizes.expect(leader.operation));
        for entry in self.waiting.values().take(MAX_SCANNED) {
            if companions.len() + 1 == self.limits.operations {
                break;
            }
            // A batch fails if the runtime of its task shuts down, which must not affect callers on other runtimes.
            if entry.runtime != leader.runtime || !self.may_share(entry) {
                continue;
            }
            // A comma separates the elements of the array.
            let left = request_bytes
                .checked_sub(entry.bytes + 1)
                .zip(response_bytes.checked_sub(self.sizes.expect(entry.operation)));
            // Stops at the first request that does not fit, so that no later request overtakes it.
            let Some(left) = left else {
                break;
            };
            (request_bytes, response_bytes) = left;
            companions.push(entry.id);
        }
        companions
    }

    fn may_share(&self, entry: &Entry<T, R>) -> bool {
        !entry.alone && self.sizes.expect(entry.operation) <= MAX_SHARED_RESPONSE
    }

    /// Records that the holder of a permit sends another request.
    pub(super) fn begin_again(&mut self, permit: PermitId, now: Duration) {
        self.note_progress(now);
        if let Some(held) = self.held.get_mut(&permit)
            && let Stage::Begun { at, .. } = &mut held.stage
        {
            *at = now;
        }
    }

    /// Releases a permit, and returns the requests that have failed.
    ///
    /// If its task has not begun, the runtime has shut down and dropped the task. Then no task can send the waiting
    /// requests of that runtime, and they fail.
    pub(super) fn release(&mut self, permit: PermitId, now: Duration) -> Vec<Entry<T, R>> {
        let mut failed = Vec::new();
        let Some(held) = self.held.remove(&permit) else {
            return failed;
        };
        if let Stage::Reserved(id) = held.stage {
            failed.extend(self.leaders.remove(&id));
        }
        if !matches!(held.stage, Stage::Begun { .. }) {
            let entries = mem::take(&mut self.waiting).into_iter();
            let (of_runtime, waiting): (BTreeMap<_, _>, _) =
                entries.partition(|(_, entry)| entry.runtime == held.runtime);
            self.waiting = waiting;
            failed.extend(of_runtime.into_values());
        }
        self.note_progress(now);
        self.fill();
        failed
    }

    fn max_permits(&self) -> usize {
        self.limits.requests.unwrap_or(usize::MAX)
    }

    fn has_free_permit(&self) -> bool {
        self.held.len() + usize::from(self.caller_sends) < self.max_permits()
    }

    /// Grants free permits to the waiting requests that have none granted yet.
    ///
    /// A task takes the requests only when it begins. Until then more requests may join its batch.
    fn fill(&mut self) {
        while !self.waiting.is_empty() && self.has_free_permit() {
            let held = self.held.values();
            let granted = held
                .filter(|held| matches!(held.stage, Stage::Open))
                .count();
            let Some(next) = self.waiting.values().nth(granted) else {
                return;
            };
            self.start(next.runtime.clone(), next.operation, Stage::Open);
        }
    }

    fn start(&mut self, runtime: R, operation: &'static str, stage: Stage) {
        let permit = self.next_permit;
        self.next_permit += 1;
        let held = Held {
            runtime: runtime.clone(),
            stage,
        };
        self.held.insert(permit, held);
        self.starts.push_back(Start {
            permit,
            runtime,
            operation,
        });
    }

    /// Checks whether a request is overdue: its caller waits at most for `patience` while the queue makes no progress.
    pub(super) fn check(
        &mut self,
        id: RequestId,
        patience: Duration,
        now: Duration,
    ) -> Overdue<Entry<T, R>> {
        let waiting = self.waiting.get(&id).or_else(|| self.leaders.get(&id));
        // While a request waits, progress of any other request counts. Once it was sent, only its own exchange counts.
        let since = if let Some(entry) = waiting {
            entry.since.max(self.last_progress)
        } else {
            let mut held = self.held.values();
            let sent_at = held.find_map(|held| match &held.stage {
                Stage::Begun { at, requests } if requests.contains(&id) => Some(*at),
                _ => None,
            });
            sent_at.unwrap_or(now)
        };
        if since.saturating_add(patience) > now {
            return Overdue::No { since };
        }
        self.cancel(id).map_or(Overdue::InFlight, Overdue::Waiting)
    }

    /// Records progress at this time, which may be in the future.
    pub(super) fn note_progress(&mut self, at: Duration) {
        self.last_progress = self.last_progress.max(at);
    }

    /// Halves the maximum size of batches after one of this size was rejected as too large.
    pub(super) fn batch_too_large(&mut self, bytes: usize) {
        // The response does not contain the limit, so it is approached by halves.
        self.batch_bytes = self.batch_bytes.min(bytes / 2);
    }
}
