//! Sends operations within a limited number of requests in flight, in batches where that is faster.
//!
//! While a permit is free, an operation is sent at once. While all permits are taken, operations wait in a queue.
//! When a permit is released, waiting queries are sent together as a JSON array, as many as the limits allow.
//! Wiki.js executes an array in about half the time of single requests, and the network latency occurs only once.
//! A mutation is always sent alone.
//!
//! [`schedule`] makes the decisions, as a state machine without tasks or clocks. The dispatcher executes them:
//!
//! - A spawned task on the runtime of the caller sends each request. The caller itself might not be polled while it
//!   holds a permit, for example because it waits for another call. Only if nothing else is in flight does the
//!   caller send its request itself, which is faster; the other permits remain for tasks.
//! - If a caller is dropped while its request waits, the request is removed from the queue. A query in flight is
//!   aborted when the last caller of its batch is dropped. A mutation in flight is completed.
//! - Tasks are spawned in a loop and never recursively. A runtime that is shutting down drops a task while it is
//!   spawned, which releases the permit of the task, for which another task is spawned.
//! - A caller waits at most for [`patience`](super::Limits::patience) while the queue makes no progress. If a runtime
//!   holds permits and is not driven, callers on other runtimes get a timeout.

mod exchange;
mod limits;
mod schedule;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use tokio::{runtime::Handle, sync::oneshot, time::Instant};
use tracing::Span;

pub(crate) use self::limits::BatchLimits;
use self::{
    exchange::Trial,
    limits::RateLimiter,
    schedule::{Entry, Overdue, PermitId, RequestId, Schedule, Start},
};
use super::{
    Operation, OperationKind,
    failure::Failure,
    send::{RawResponse, Sender},
    write_queue::WritePermit,
};
use crate::{
    error::TransportErrorKind,
    task::{Activity, Tasks, Tracked, lock, wait_with_patience},
};

/// Sends operations to one wiki.
pub(super) struct Dispatcher {
    pub(super) sender: Sender,
    rate: Option<RateLimiter>,
    tasks: Arc<Tasks>,
    /// The point in time from which the schedule counts its times.
    epoch: Instant,
    schedule: Mutex<Schedule<QueuedRequest, Runtime>>,
    /// Held while tasks are spawned.
    spawning: tokio::sync::Mutex<()>,
}

/// A tokio runtime.
#[derive(Debug, Clone)]
struct Runtime(Handle);

impl PartialEq for Runtime {
    fn eq(&self, other: &Self) -> bool {
        // `Handle` has no comparison of its own.
        self.0.id() == other.0.id()
    }
}

/// An operation to send.
#[derive(Clone)]
pub(super) struct PendingRequest {
    pub(super) operation: Operation,
    /// The operation as a JSON object. Without a body, the request is not GraphQL, and its caller gets the permit.
    pub(super) body: Bytes,
    /// `true` if the operation must not share a batch.
    pub(super) alone: bool,
    /// The write permit of a mutation. It is held until the response arrives, even if the caller is dropped.
    pub(super) permit: Option<WritePermit>,
    /// The write that the operation is part of, if any.
    pub(super) write: Option<Arc<Activity>>,
    /// The span of the operation.
    pub(super) span: Span,
    /// Number of times that the operation was sent before.
    pub(super) resends: u32,
}

/// A request in the queue or in flight.
struct QueuedRequest {
    request: PendingRequest,
    caller: oneshot::Sender<Reply>,
    /// `true` if the request was part of an array whose response was not an array.
    array_failed: bool,
    trial: Option<Arc<Trial>>,
}

/// Reply to a caller.
enum Reply {
    Response(Result<RawResponse, Failure>),
    Permit(Permit),
}

type Member = Entry<QueuedRequest, Runtime>;

impl Dispatcher {
    pub(super) fn new(sender: Sender, tasks: Arc<Tasks>) -> Self {
        let limits = &sender.limits.batch;
        Self {
            rate: limits.requests_per_second.map(RateLimiter::new),
            tasks,
            epoch: Instant::now(),
            schedule: Mutex::new(Schedule::new(limits.clone())),
            spawning: tokio::sync::Mutex::default(),
            sender,
        }
    }

    /// Sends an operation as soon as a permit is free.
    pub(super) async fn send(
        self: &Arc<Self>,
        request: &PendingRequest,
    ) -> Result<RawResponse, Failure> {
        if let Some(_permit) = self.permit_for_caller(request) {
            // Boxed, so that the futures of callers that only wait are small.
            return Box::pin(self.post(request)).await;
        }
        match self.enqueue(request.clone())?.reply().await? {
            Reply::Response(result) => result,
            Reply::Permit(_) => Err(Failure::of(TransportErrorKind::Interrupted)),
        }
    }

    /// Waits for a permit and for the rate limit, for a request other than GraphQL.
    pub(super) async fn permit(self: &Arc<Self>, operation: Operation) -> Result<Permit, Failure> {
        let request = PendingRequest {
            operation,
            body: Bytes::new(),
            alone: true,
            permit: None,
            write: None,
            span: Span::none(),
            resends: 0,
        };
        match self.enqueue(request)?.reply().await? {
            Reply::Permit(permit) => Ok(permit),
            Reply::Response(_) => Err(Failure::of(TransportErrorKind::Interrupted)),
        }
    }

    /// Waits until the rate limit admits another request.
    pub(super) async fn rate_limit(self: &Arc<Self>) {
        if let Some(rate) = &self.rate {
            let begin = rate.reserve();
            let at = begin.saturating_duration_since(self.epoch);
            // Recorded as progress in the future, so that waiting callers do not time out during the delay.
            self.update(|schedule, _| schedule.note_progress(at));
            tokio::time::sleep_until(begin).await;
        }
    }

    fn enqueue(self: &Arc<Self>, request: PendingRequest) -> Result<Waiting<'_>, Failure> {
        let runtime = Runtime(Handle::try_current().map_err(|_| Failure::NoRuntime)?);
        let (caller, reply) = oneshot::channel();
        let (operation, bytes) = (request.operation.name, request.body.len());
        let alone = request.alone || request.operation.kind == OperationKind::Mutation;
        let write = request.write.clone();
        let queued = QueuedRequest {
            request,
            caller,
            array_failed: false,
            trial: None,
        };
        let entry = Entry::new(operation, bytes, alone, runtime, queued);
        let id = self.update(|schedule, now| schedule.enqueue(entry, now));
        Ok(Waiting {
            dispatcher: self,
            id,
            write,
            reply,
        })
    }

    /// Grants a permit to a caller that sends its request itself, which avoids spawning a task.
    fn permit_for_caller(self: &Arc<Self>, request: &PendingRequest) -> Option<CallerPermit> {
        // A mutation must be completed even if its caller is dropped, and a caller that waits for the rate limit
        // might not be polled while it holds the permit.
        let needs_task = request.operation.kind == OperationKind::Mutation || self.rate.is_some();
        if needs_task || !is_within_runtime() {
            return None;
        }
        // Without a limit there are no permits, and nobody waits for this one.
        if self.sender.limits.batch.requests.is_none() {
            return Some(CallerPermit(None));
        }
        let granted = self.schedule().grant_to_caller();
        granted.then(|| CallerPermit(Some(Arc::clone(self))))
    }

    /// Applies an event to the schedule, and spawns the resulting tasks.
    fn update<Output>(
        self: &Arc<Self>,
        event: impl FnOnce(&mut Schedule<QueuedRequest, Runtime>, Duration) -> Output,
    ) -> Output {
        let mut schedule = self.schedule();
        let output = event(&mut schedule, self.epoch.elapsed());
        let mut has_starts = schedule.has_starts();
        drop(schedule);
        while has_starts {
            // Another call of this method that spawns tasks also spawns those of this event.
            let Ok(spawning) = self.spawning.try_lock() else {
                break;
            };
            let next = || self.schedule().next_start();
            while let Some(start) = next() {
                self.spawn(&start);
            }
            drop(spawning);
            // Looked up again: an event in the meantime may have found the lock still held.
            has_starts = self.schedule().has_starts();
        }
        output
    }

    fn spawn(self: &Arc<Self>, start: &Start<Runtime>) {
        let runtime = &start.runtime.0;
        let permit = Permit {
            dispatcher: Arc::clone(self),
            id: start.permit,
            _task: self.tasks.track(start.operation, runtime),
        };
        // If the runtime has shut down, `spawn` drops the task, which releases the permit.
        runtime.spawn(async move {
            let dispatcher = Arc::clone(&permit.dispatcher);
            dispatcher.rate_limit().await;
            let batch = dispatcher.update(|schedule, now| schedule.begin(permit.id, now));
            dispatcher.exchange(permit, batch).await;
        });
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule<QueuedRequest, Runtime>> {
        lock(&self.schedule)
    }
}

/// A permit for a request in flight. When it is dropped, the next request is sent.
pub(super) struct Permit {
    dispatcher: Arc<Dispatcher>,
    id: PermitId,
    /// Registration of the task that holds the permit. Fields are dropped after `Drop::drop`, which starts the next
    /// task. So at least one task is registered at any time, and `Client::close` does not return too early.
    _task: Tracked,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let release = |schedule: &mut Schedule<_, _>, now| schedule.release(self.id, now);
        // Dropping a request drops the sender of its reply, which the caller receives as a failure.
        drop(self.dispatcher.update(release));
    }
}

/// A permit of a caller that sends its request itself. `None` if the number of requests is unlimited.
struct CallerPermit(Option<Arc<Dispatcher>>);

impl Drop for CallerPermit {
    fn drop(&mut self) {
        if let Some(dispatcher) = &self.0 {
            // In two steps, so that a release without waiting requests needs neither the clock nor the loop of tasks.
            let is_waited_for = dispatcher.schedule().release_by_caller();
            if is_waited_for {
                dispatcher.update(Schedule::pass_on);
            }
        }
    }
}

/// A caller whose request is in the queue or in flight. Dropping it cancels the request.
struct Waiting<'a> {
    dispatcher: &'a Arc<Dispatcher>,
    id: RequestId,
    write: Option<Arc<Activity>>,
    reply: oneshot::Receiver<Reply>,
}

impl Waiting<'_> {
    /// Waits for the reply as long as the queue makes progress.
    async fn reply(mut self) -> Result<Reply, Failure> {
        let (dispatcher, id) = (self.dispatcher, self.id);
        let patience = dispatcher.sender.limits.patience();
        let extend = || match dispatcher.update(|schedule, now| schedule.check(id, patience, now)) {
            Overdue::No { since } => {
                let since = dispatcher.epoch.checked_add(since);
                if let (Some(write), Some(since)) = (&self.write, since) {
                    write.busy_until(since);
                }
                Ok(since.and_then(|since| since.checked_add(patience)))
            }
            Overdue::Waiting(_) => Err(Failure::Stalled),
            Overdue::InFlight => Err(Failure::of(TransportErrorKind::Timeout)),
        };
        let reply = wait_with_patience(&mut self.reply, patience, extend).await?;
        // The sender is dropped without a reply only if the runtime of its task has shut down.
        reply.map_err(|_| Failure::of(TransportErrorKind::Interrupted))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        // Dropped after the lock is released, because dropping parts of a request may wake other tasks.
        let canceled = self.dispatcher.schedule().cancel(self.id);
        drop(canceled);
    }
}

/// Returns `true` within a runtime. The id of the current task is checked first because that is cheaper.
fn is_within_runtime() -> bool {
    tokio::task::try_id().is_some() || Handle::try_current().is_ok()
}
