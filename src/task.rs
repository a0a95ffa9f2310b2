//! The spawned tasks of a client: cancellation, panics, shutdown, and the write that each task is part of.

use std::{
    collections::HashMap,
    panic::resume_unwind,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering, fence},
    },
    time::Duration,
};

use futures::future::Either;
use tokio::{runtime::Handle, sync::Notify, task::JoinHandle, time::Instant};
use tracing::Instrument;

use crate::error::{Applied, Error, Result, TransportErrorKind};

tokio::task_local! {
    static READS: Reads;
}

/// Cache mode of the reads of the current task. Tasks that [`spawn_and_join`] spawns inherit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Reads return cached values, and cache new ones.
    Cached,
    /// Reads send requests, and cache the values.
    #[cfg(feature = "cache")]
    Refresh,
    /// Reads send requests, and cache nothing. Used within writes, and to detect changes.
    Uncached,
}

impl Reads {
    pub(crate) fn current() -> Self {
        READS.try_with(|reads| *reads).unwrap_or(Self::Cached)
    }

    /// Runs a future whose reads have this cache mode.
    pub(crate) fn scope<Work: Future>(self, work: Work) -> impl Future<Output = Work::Output> {
        READS.scope(self, work)
    }
}

/// Spawns a future as a task and waits for its result. The task inherits the span and the write of the caller.
///
/// The task makes progress even if the caller is not polled, and is aborted when the caller is dropped. A panic of
/// the task is resumed in the caller.
///
/// # Errors
///
/// Those of the future; [`Error::Config`] outside of a runtime; [`TransportErrorKind::Interrupted`] if the runtime
/// shuts down before the task ends, with the [`Applied`] state of `sent`.
pub(crate) async fn spawn_and_join<T: Send + 'static>(
    operation: &str,
    sent: Sent,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let mut task = AbortOnDrop(spawn(operation, work)?);
    join(&mut task.0, operation, &sent).await
}

/// Spawns a future as [`spawn_and_join`] does, and tracks it as a task of the client. The task continues if its
/// caller is dropped, since other callers may wait for its effect.
pub(crate) async fn spawn_shared<T: Send + 'static>(
    tasks: &Arc<Tasks>,
    operation: &'static str,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let tracked = tasks.track(operation, &runtime(operation)?);
    let work = async move {
        let _tracked = tracked;
        work.await
    };
    let mut task = spawn(operation, work)?;
    join(&mut task, operation, &Sent::default()).await
}

fn runtime(operation: &str) -> Result<Handle> {
    Handle::try_current().map_err(|_| Error::no_runtime(operation))
}

fn spawn<T: Send + 'static>(
    operation: &str,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<JoinHandle<Result<T>>> {
    let work = Reads::current().scope(work.in_current_span());
    let work = match current_write() {
        Some(write) => Either::Left(write.scope(work)),
        None => Either::Right(work),
    };
    Ok(runtime(operation)?.spawn(work))
}

async fn join<T>(task: &mut JoinHandle<Result<T>>, operation: &str, sent: &Sent) -> Result<T> {
    match task.await {
        Ok(result) => result,
        Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
        Err(_) => {
            let kind = TransportErrorKind::Interrupted;
            Err(Error::no_response(operation, kind, sent.applied()))
        }
    }
}

/// Handle of a task that is aborted when the handle is dropped.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
        // The task holds a clone of the client. Without this wait, that clone might be the last one, and the
        // background thread would drop it. There the destructor of the client cannot wait for writes in flight.
        #[cfg(feature = "blocking")]
        background::wait_until(|| self.0.is_finished());
    }
}

tokio::task_local! {
    /// The write that the current task is part of.
    static WRITE: Arc<Activity>;
}

/// Time of the last progress of the writes of a queue. Waiting writes use it to detect a stall.
#[derive(Debug)]
pub(crate) struct Activity {
    epoch: Instant,
    /// Nanoseconds since the epoch.
    last: AtomicU64,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    /// Records progress, so that the waiting writes do not time out.
    pub(crate) fn touch(&self) {
        self.busy_until(Instant::now());
    }

    /// Records that the write is idle on purpose until a point in time.
    pub(crate) fn busy_until(&self, until: Instant) {
        let since = until.saturating_duration_since(self.epoch).as_nanos();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.last.fetch_max(since, Ordering::Relaxed);
    }

    pub(crate) fn last(&self) -> Instant {
        let since = Duration::from_nanos(self.last.load(Ordering::Relaxed));
        self.epoch.checked_add(since).unwrap_or(self.epoch)
    }

    /// Runs a future as a part of this write.
    pub(crate) fn scope<Work: Future>(
        self: Arc<Self>,
        work: Work,
    ) -> impl Future<Output = Work::Output> {
        WRITE.scope(self, work)
    }

    /// Calls a function as a part of this write.
    #[cfg(feature = "assets")]
    pub(crate) fn sync_scope<T>(self: Arc<Self>, work: impl FnOnce() -> T) -> T {
        WRITE.sync_scope(self, work)
    }
}

/// Returns the write that the current task is part of.
pub(crate) fn current_write() -> Option<Arc<Activity>> {
    WRITE.try_with(Arc::clone).ok()
}

/// Sleeps. The write that the current task is part of counts as active during the sleep.
pub(crate) async fn sleep(time: Duration) {
    if let (Some(write), Some(end)) = (current_write(), Instant::now().checked_add(time)) {
        write.busy_until(end);
    }
    tokio::time::sleep(time).await;
}

/// Flag of a call that is set when one of its mutations is sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<AtomicBool>);

impl Sent {
    /// Sets the flag. Must be called just before a mutation is sent and before the check that the caller still exists.
    pub(crate) fn mark(&self) {
        self.0.store(true, Ordering::Relaxed);
        // The sender checks for its caller after this store. A caller that gives up checks this flag after it was
        // dropped. With the fences on both sides, at least one of them sees the other's change.
        fence(Ordering::SeqCst);
    }

    /// Returns the [`Applied`] state of a call that was canceled.
    pub(crate) fn applied(&self) -> Applied {
        fence(Ordering::SeqCst);
        if self.0.load(Ordering::Relaxed) {
            Applied::Unknown
        } else {
            Applied::No
        }
    }
}

/// The tasks of a client.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    is_closed: AtomicBool,
    running: Mutex<Running>,
    /// Notified when the last task of a closed client ends.
    idle: Notify,
    /// Notified when the last task on the runtime of blocking calls ends.
    #[cfg(feature = "blocking")]
    idle_background: std::sync::Condvar,
}

/// The tasks that are running.
#[derive(Debug, Default)]
struct Running {
    next: u64,
    operations: HashMap<u64, &'static str>,
    /// Number of tasks on the runtime of blocking calls.
    #[cfg(feature = "blocking")]
    in_background: usize,
}

impl Tasks {
    /// Registers a task of a runtime until the returned value is dropped. Also works on a closed client.
    pub(crate) fn track(self: &Arc<Self>, operation: &'static str, runtime: &Handle) -> Tracked {
        self.add(&mut self.running(), operation, runtime)
    }

    /// Registers a task of the current runtime until the returned value is dropped.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Closed`] if the client is closed, unless the call belongs to a write in flight;
    /// [`Error::Config`] outside of a runtime.
    pub(crate) fn begin(self: &Arc<Self>, operation: &'static str) -> Result<Tracked> {
        let runtime = runtime(operation)?;
        // Checked under the lock, so that `wait_until_idle` misses no task that was admitted before `close`.
        let mut running = self.running();
        self.refuse_if_closed(operation)?;
        Ok(self.add(&mut running, operation, &runtime))
    }

    #[cfg_attr(
        not(feature = "blocking"),
        expect(unused_variables, reason = "only blocking calls tell runtimes apart")
    )]
    fn add(
        self: &Arc<Self>,
        running: &mut Running,
        operation: &'static str,
        runtime: &Handle,
    ) -> Tracked {
        let id = running.next;
        running.next += 1;
        running.operations.insert(id, operation);
        #[cfg(feature = "blocking")]
        let in_background = background::is_background(runtime);
        #[cfg(feature = "blocking")]
        {
            running.in_background += usize::from(in_background);
        }
        Tracked {
            tasks: Arc::clone(self),
            id,
            #[cfg(feature = "blocking")]
            in_background,
        }
    }

    /// Blocks this thread until no task runs on the runtime of blocking calls, or the limit has passed.
    ///
    /// Returns at once on a thread that drives a runtime, since blocking it would stop the tasks of that runtime.
    #[cfg(feature = "blocking")]
    pub(crate) fn wait_for_background(&self, limit: Duration) {
        let running = self.running();
        if running.in_background > 0 && background::may_block() {
            let is_busy = |running: &mut Running| running.in_background > 0;
            // A timeout is ignored, because the caller is a destructor and cannot report it.
            let _ = self
                .idle_background
                .wait_timeout_while(running, limit, is_busy);
        }
    }

    /// Rejects a call if the client is closed, unless the call is part of a write in flight.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Closed`] for such a call.
    pub(crate) fn refuse_if_closed(&self, operation: &str) -> Result<()> {
        if !self.is_closed.load(Ordering::Acquire) || current_write().is_some() {
            return Ok(());
        }
        let kind = TransportErrorKind::Closed;
        Err(Error::no_response(operation, kind, Applied::No))
    }

    /// Closes the client: new calls are rejected from now on.
    pub(crate) fn close(&self) {
        let _running = self.running();
        self.is_closed.store(true, Ordering::Release);
    }

    /// Waits until no task is running. The client must be closed.
    pub(crate) async fn wait_until_idle(&self) {
        let mut idle = pin!(self.idle.notified());
        loop {
            // Enabled before the check, so that a notification between the check and the wait is not missed.
            idle.as_mut().enable();
            if self.running().operations.is_empty() {
                return;
            }
            idle.as_mut().await;
            idle.set(self.idle.notified());
        }
    }

    /// Returns the operations of the tasks that are running.
    pub(crate) fn operations(&self) -> Vec<&'static str> {
        self.running().operations.values().copied().collect()
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registration of a running task, which ends when the value is dropped.
#[derive(Debug)]
pub(crate) struct Tracked {
    tasks: Arc<Tasks>,
    id: u64,
    #[cfg(feature = "blocking")]
    in_background: bool,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        let mut running = self.tasks.running();
        running.operations.remove(&self.id);
        #[cfg(feature = "blocking")]
        if self.in_background {
            running.in_background -= 1;
            if running.in_background == 0 {
                self.tasks.idle_background.notify_all();
            }
        }
        let is_idle = running.operations.is_empty();
        drop(running);
        // `wait_until_idle` is awaited only on a closed client, so an open client sends no notifications.
        if is_idle && self.tasks.is_closed.load(Ordering::Acquire) {
            self.tasks.idle.notify_waiters();
        }
    }
}

/// The runtime of blocking calls, driven by one background thread.
#[cfg(feature = "blocking")]
pub(crate) mod background {
    use std::{
        sync::OnceLock,
        thread::{self, ThreadId},
        time::{Duration, Instant},
    };

    use tokio::runtime::{Handle, Id};

    /// Maximum time to wait for an aborted task.
    const ABORT_TIMEOUT: Duration = Duration::from_secs(1);

    static BACKGROUND: OnceLock<(Id, ThreadId)> = OnceLock::new();

    /// Registers the runtime and the thread that drives it.
    pub(crate) fn set(runtime: &Handle, thread: ThreadId) {
        // A process has one such runtime.
        let _ = BACKGROUND.set((runtime.id(), thread));
    }

    pub(super) fn is_background(runtime: &Handle) -> bool {
        BACKGROUND.get().is_some_and(|(id, _)| *id == runtime.id())
    }

    /// Returns `true` if this thread drives neither this runtime nor another one.
    pub(super) fn may_block() -> bool {
        let Some((id, thread)) = BACKGROUND.get() else {
            return false;
        };
        let is_elsewhere = Handle::try_current().is_ok_and(|runtime| runtime.id() != *id);
        *thread != thread::current().id() && !is_elsewhere
    }

    /// Spins until a condition holds that the background thread will establish soon, or [`ABORT_TIMEOUT`] has passed.
    pub(super) fn wait_until(is_over: impl Fn() -> bool) {
        if is_over() || !may_block() {
            return;
        }
        let begin = Instant::now();
        while !is_over() && begin.elapsed() < ABORT_TIMEOUT {
            thread::yield_now();
        }
    }
}
