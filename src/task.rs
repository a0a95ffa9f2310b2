//! The spawned tasks of a client: cancellation, panics, shutdown, and the write that each task is part of.

use std::{
    any::Any,
    collections::BTreeSet,
    panic::resume_unwind,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, Either};
use tokio::{
    runtime::Handle,
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tracing::Instrument;

use crate::error::{Applied, Error, Result, TransportErrorKind};

/// Locks a mutex, even if a thread has panicked while it held the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a value for reading, even if a thread has panicked while it wrote the value.
pub(crate) fn read<T>(value: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    value.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a value for writing, even if a thread has panicked while it wrote the value.
pub(crate) fn write<T>(value: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    value.write().unwrap_or_else(PoisonError::into_inner)
}

tokio::task_local! {
    static READS: Reads;
}

/// Cache mode of the reads of the current task. Tasks that [`spawn_and_join`] spawns inherit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Reads return cached values, and cache new ones.
    Cached,
    /// Reads send requests, and cache the values.
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

/// The value of a task, of any type. For each type of its tasks, tokio compiles about eighty functions.
pub(crate) type Erased = Box<dyn Any + Send>;

/// Erases the types of a future and of its value.
pub(crate) fn erase<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> BoxFuture<'static, Result<Erased>> {
    Box::pin(async move { Ok(Box::new(work.await?) as Erased) })
}

/// Returns the value of a future that [`erase`] has erased.
///
/// # Errors
///
/// [`TransportErrorKind::Interrupted`] if the value is of another type.
pub(crate) fn restore<T: 'static>(operation: &str, value: Erased) -> Result<T> {
    let kind = TransportErrorKind::Interrupted;
    let value = value.downcast().map(|value| *value);
    value.map_err(|_| Error::no_response(operation, kind, Applied::Unknown))
}

/// Spawns a future as a task and waits for its result. The task inherits the span and the write of the caller.
///
/// The task makes progress even if the caller is not polled. When the caller is dropped, the task is aborted, unless a
/// mutation was [sent](Sent). A panic of the task is resumed in the caller.
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
    let task = spawn(operation, erase(work))?;
    let mut task = AbortUnlessSent { task, sent };
    restore(
        operation,
        join(&mut task.task, operation, &task.sent).await?,
    )
}

/// Runs a write until its deadline. If a mutation was [sent](Sent) by then, the write continues as a task of its own.
///
/// # Errors
///
/// Those of the write; a timeout with the [`Applied`] state of `sent` at the deadline.
pub(crate) async fn with_write_deadline(
    deadline: Option<Instant>,
    operation: &str,
    sent: &Sent,
    mut work: BoxFuture<'static, Result<Erased>>,
) -> Result<Erased> {
    let Some(deadline) = deadline else {
        return work.await;
    };
    if let Ok(result) = timeout_at(deadline, work.as_mut()).await {
        return result;
    }
    let applied = sent.cancel();
    if applied != Applied::No {
        drop(spawn(operation, work)?);
    }
    let kind = TransportErrorKind::Timeout;
    Err(Error::no_response(operation, kind, applied))
}

/// Spawns a future as [`spawn_and_join`] does, and tracks it as a task of the client. The task continues if its
/// caller is dropped, since other callers may wait for its effect.
pub(crate) async fn spawn_shared<T: Send + 'static>(
    tasks: &Arc<Tasks>,
    operation: &'static str,
    sent: Sent,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let tracked = tasks.track(operation, &runtime(operation)?);
    let work = async move {
        let _tracked = tracked;
        work.await
    };
    let mut task = spawn(operation, erase(work))?;
    restore(operation, join(&mut task, operation, &sent).await?)
}

fn runtime(operation: &str) -> Result<Handle> {
    Handle::try_current().map_err(|_| Error::no_runtime(operation))
}

type Task = JoinHandle<Result<Erased>>;

fn spawn(operation: &str, work: BoxFuture<'static, Result<Erased>>) -> Result<Task> {
    let work = Reads::current().scope(work.in_current_span());
    let work = match current_write() {
        Some(write) => Either::Left(write.scope(work)),
        None => Either::Right(work),
    };
    Ok(runtime(operation)?.spawn(work))
}

async fn join(task: &mut Task, operation: &str, sent: &Sent) -> Result<Erased> {
    match task.await {
        Ok(result) => result,
        Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
        Err(_) => {
            let kind = TransportErrorKind::Interrupted;
            Err(Error::no_response(operation, kind, sent.cancel()))
        }
    }
}

/// Handle of a task that is aborted when the handle is dropped, unless a mutation was sent.
struct AbortUnlessSent {
    task: Task,
    sent: Sent,
}

impl Drop for AbortUnlessSent {
    fn drop(&mut self) {
        if self.sent.cancel() != Applied::No {
            return;
        }
        self.task.abort();
        // The task holds a clone of the client. Without this wait, that clone might be the last one, and the
        // background thread would drop it. There the destructor of the client cannot wait for writes in flight.
        #[cfg(feature = "blocking")]
        background::wait_until(|| self.task.is_finished());
    }
}

tokio::task_local! {
    /// The write that the current task is part of.
    static WRITE: Arc<Activity>;
}

/// Time of the last progress of the writes of a queue. Waiting writes use it to detect a stall.
#[derive(Debug)]
pub(crate) struct Activity(Mutex<Instant>);

impl Activity {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Records progress, so that the waiting writes do not time out.
    pub(crate) fn touch(&self) {
        self.busy_until(Instant::now());
    }

    /// Records that the write is idle on purpose until a point in time.
    pub(crate) fn busy_until(&self, until: Instant) {
        let mut last = lock(&self.0);
        *last = until.max(*last);
    }

    /// Returns the time until which to wait for further progress; `None` if it is too late to be represented.
    ///
    /// # Errors
    ///
    /// `stalled` if there was no progress for `patience`.
    pub(crate) fn extend<E>(&self, patience: Duration, stalled: E) -> Result<Option<Instant>, E> {
        let last = *lock(&self.0);
        match last.checked_add(patience) {
            Some(end) if end <= Instant::now() => Err(stalled),
            end => Ok(end),
        }
    }

    /// Runs a future as a part of this write.
    pub(crate) fn scope<Work: Future>(
        self: Arc<Self>,
        work: Work,
    ) -> impl Future<Output = Work::Output> {
        WRITE.scope(self, work)
    }
}

/// Returns the write that the current task is part of.
pub(crate) fn current_write() -> Option<Arc<Activity>> {
    WRITE.try_with(Arc::clone).ok()
}

/// Waits for a future for `patience`, and then until the time that `extend` returns. `extend` is called at the end of each
/// wait. `None` in place of a time is a wait without a limit.
///
/// # Errors
///
/// The error of `extend`.
pub(crate) async fn wait_with_patience<T, E>(
    work: impl Future<Output = T>,
    patience: Duration,
    mut extend: impl FnMut() -> Result<Option<Instant>, E>,
) -> Result<T, E> {
    let mut work = pin!(work);
    let mut end = Instant::now().checked_add(patience);
    while let Some(at) = end {
        match timeout_at(at, work.as_mut()).await {
            Ok(output) => return Ok(output),
            Err(_) => end = extend()?,
        }
    }
    Ok(work.await)
}

/// Sleeps. The write that the current task is part of counts as active during the sleep.
pub(crate) async fn sleep(time: Duration) {
    if let (Some(write), Some(end)) = (current_write(), Instant::now().checked_add(time)) {
        write.busy_until(end);
    }
    tokio::time::sleep(time).await;
}

/// Decision of a call: either its first mutation is sent, or the call is canceled before.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<OnceLock<bool>>);

impl Sent {
    /// Returns `true` if a mutation may be sent now, and `false` if the call was canceled.
    pub(crate) fn mark(&self) -> bool {
        *self.0.get_or_init(|| true)
    }

    /// Cancels the call unless one of its mutations was sent, and returns its [`Applied`] state.
    pub(crate) fn cancel(&self) -> Applied {
        if *self.0.get_or_init(|| false) {
            Applied::Unknown
        } else {
            Applied::No
        }
    }
}

/// The tasks of a client.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    /// Apart from the list, because every read checks it, and many threads would contend for a lock.
    is_closed: AtomicBool,
    running: watch::Sender<Vec<Running>>,
}

/// A task that is running: its operation, and `true` if it runs on the runtime of blocking calls. Equal tasks are
/// interchangeable.
type Running = (&'static str, bool);

impl Tasks {
    /// Registers a task of a runtime until the returned value is dropped. Also works on a closed client.
    pub(crate) fn track(self: &Arc<Self>, operation: &'static str, runtime: &Handle) -> Tracked {
        let task = (operation, background::is_background(runtime));
        self.running.send_if_modified(|running| {
            running.push(task);
            false
        });
        Tracked {
            tasks: Arc::clone(self),
            task,
        }
    }

    /// Registers a task of the current runtime until the returned value is dropped.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Closed`] if the client is closed, unless the call belongs to a write in flight;
    /// [`Error::Config`] outside of a runtime.
    pub(crate) fn begin(self: &Arc<Self>, operation: &'static str) -> Result<Tracked> {
        // Registered before the check, so that `wait_until_idle` misses no task that was admitted before `close`. A task
        // that registers after it has looked at the list sees the flag, because both lock the list.
        let tracked = self.track(operation, &runtime(operation)?);
        self.refuse_if_closed(operation)?;
        Ok(tracked)
    }

    /// Blocks this thread until no task runs on the runtime of blocking calls, or the limit has passed.
    ///
    /// Returns at once on a thread that drives a runtime, since blocking it would stop the tasks of that runtime.
    #[cfg(feature = "blocking")]
    pub(crate) fn wait_for_background(&self, limit: Duration) {
        let is_idle = |running: &Vec<Running>| !running.iter().any(|(_, is_there)| *is_there);
        if is_idle(&self.running.borrow()) {
            return;
        }
        if let Some(runtime) = background::runtime_to_wait_for() {
            let mut running = self.running.subscribe();
            background::drive(runtime, async {
                let idle = running.wait_for(is_idle);
                // A timeout is ignored, because the caller is a destructor and cannot report it.
                let _ = tokio::time::timeout(limit, idle).await;
            });
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
        self.is_closed.store(true, Ordering::Release);
    }

    /// Waits until no task is running. The client must be closed.
    pub(crate) async fn wait_until_idle(&self) {
        let mut running = self.running.subscribe();
        // An error means that the sender was dropped, but `self` holds it.
        let _ = running.wait_for(Vec::is_empty).await;
    }

    /// Returns the operations of the tasks that are running.
    pub(crate) fn operations(&self) -> Vec<String> {
        let running = self.running.borrow();
        let operations: BTreeSet<_> = running.iter().map(|(operation, _)| *operation).collect();
        operations.into_iter().map(str::to_owned).collect()
    }
}

/// Registration of a running task, which ends when the value is dropped.
#[derive(Debug)]
pub(crate) struct Tracked {
    tasks: Arc<Tasks>,
    task: Running,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        let (_, in_background) = self.task;
        self.tasks.running.send_if_modified(|running| {
            if let Some(index) = running.iter().position(|task| *task == self.task) {
                running.swap_remove(index);
            }
            // Only a closed client is waited for, and the runtime of blocking calls. A notification takes time.
            self.tasks.is_closed.load(Ordering::Acquire) && running.is_empty()
                || in_background && !running.iter().any(|(_, is_there)| *is_there)
        });
    }
}

#[cfg(not(feature = "blocking"))]
mod background {
    pub(super) fn is_background(_: &tokio::runtime::Handle) -> bool {
        false
    }
}

/// The runtime of blocking calls, driven by one background thread.
#[cfg(feature = "blocking")]
pub(crate) mod background {
    use std::{
        pin::pin,
        sync::{Arc, OnceLock},
        task::{Context, Poll, Wake, Waker},
        thread::{self, Thread, ThreadId},
        time::{Duration, Instant},
    };

    use tokio::runtime::Handle;

    /// Maximum time to wait for an aborted task.
    const ABORT_TIMEOUT: Duration = Duration::from_secs(1);

    static BACKGROUND: OnceLock<(Handle, ThreadId)> = OnceLock::new();

    /// Registers the runtime and the thread that drives it.
    pub(crate) fn set(runtime: &Handle, thread: ThreadId) {
        // A process has one such runtime.
        let _ = BACKGROUND.set((runtime.clone(), thread));
    }

    pub(super) fn is_background(runtime: &Handle) -> bool {
        let background = BACKGROUND.get();
        background.is_some_and(|(background, _)| background.id() == runtime.id())
    }

    /// Returns the runtime, unless this thread drives it or another one, or is ending.
    pub(super) fn runtime_to_wait_for() -> Option<&'static Handle> {
        let (background, thread) = BACKGROUND.get()?;
        let is_elsewhere = match Handle::try_current() {
            Ok(other) => other.id() != background.id(),
            // A thread that ends can no longer enter a runtime.
            Err(error) => error.is_thread_local_destroyed(),
        };
        let may_block = *thread != thread::current().id() && !is_elsewhere;
        may_block.then_some(background)
    }

    /// Spins until a condition holds that the background thread will establish soon, or [`ABORT_TIMEOUT`] has passed.
    pub(super) fn wait_until(is_over: impl Fn() -> bool) {
        if is_over() || runtime_to_wait_for().is_none() {
            return;
        }
        let begin = Instant::now();
        while !is_over() && begin.elapsed() < ABORT_TIMEOUT {
            thread::yield_now();
        }
    }

    /// Runs a future on this thread.
    ///
    /// Unlike tokio's `block_on`, it does not panic inside a runtime. An iterator that was created outside of a runtime
    /// may be used inside of one.
    pub(crate) fn drive<Work: Future>(background: &Handle, work: Work) -> Work::Output {
        let _entered = background.enter();
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut work = pin!(work);
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }

    /// Waker that unparks a thread.
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
}
