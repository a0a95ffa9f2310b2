//! The client without `async`: the same methods, and [`wait`](Wait::wait) where the documentation says
//! `.await`.
//!
//! ```
//! use wikijs_client::{
//!     Client,
//!     blocking::{Wait, WaitEach},
//!     pages::PageUpdate,
//! };
//!
//! # let fake = wikijs_client::blocking::block_on(wikijs_fake::FakeWiki::builder().filled().start())?;
//! # let (url, key) = (fake.url(), fake.api_key());
//! let wiki = Client::builder(url).api_key(key).build()?;
//! let page = wiki.pages().get(123).wait()?;
//! wiki.pages().update(page.id, PageUpdate::new().title("Installation")).wait()?;
//! for page in wiki.pages().list().limit(10).wait()? {
//!     println!("{} {}", page.path, page.title);
//! }
//! for page in wiki.pages().list().stream().wait_each()? {
//!     println!("{}", page?.path);
//! }
//! # Ok::<_, wikijs_client::Error>(())
//! ```
//!
//! | asynchronous | blocking |
//! |---|---|
//! | `request.await?` | `request.wait()?` |
//! | `while let Some(item) = stream.next().await` | `for item in stream.wait_each()?` |
//! | `future.await` of any other kind, such as a [`join_all`](futures::future::join_all) | [`block_on(future)?`](block_on) |
//!
//! There is no second client: a [`Client`](crate::Client) may be used both ways, by any number of
//! threads. What a thread waits for runs on that thread; connections, and what goes on between two
//! calls, live on one thread in the background, which is started by the first call and shared by all.
//! Reads of several threads share requests as those of several tasks do.
//!
//! # Inside of a runtime
//!
//! A task that blocks its thread keeps other tasks from running, perhaps the very ones that it waits
//! for. So everything here refuses with [`Error::Config`] where it is called inside of a tokio runtime,
//! before anything is sent: `.await` there. On a thread that may block, such as that of
//! `spawn_blocking`, `tokio::runtime::Handle::current().block_on(async { … })` runs the asynchronous
//! form on the runtime that is there.

use std::{
    fmt, io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::{Context, Poll, Waker},
    thread::{self, Thread},
};

use futures::{Stream, StreamExt};
use tokio::runtime::Handle;

use crate::error::{Error, Result};

/// Waits for a request: for everything that is awaited for a [`Result`].
pub trait Wait<T>: IntoFuture<Output = Result<T>> + Sized {
    /// What awaiting it would give.
    ///
    /// ```
    /// use wikijs_client::blocking::Wait;
    ///
    /// # let fake = wikijs_client::blocking::block_on(wikijs_fake::FakeWiki::builder().filled().start())?;
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let page = wiki.pages().get_by_path("getting-started").locale("fr").wait()?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the request; [`Error::Config`] inside of a tokio runtime, and where the thread in the
    /// background cannot be started. Nothing was sent then.
    fn wait(self) -> Result<T> {
        block_on(self)?
    }
}

impl<T, Request: IntoFuture<Output = Result<T>>> Wait<T> for Request {}

/// Waits for one item of a stream after another.
pub trait WaitEach: Stream + Sized {
    /// What the stream gives, one item after another. It may be dropped at any time.
    ///
    /// What a stream asks for ahead goes on while the loop's body is at work.
    ///
    /// ```
    /// use wikijs_client::blocking::WaitEach;
    ///
    /// # let fake = wikijs_client::blocking::block_on(wikijs_fake::FakeWiki::builder().filled().start())?;
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for (id, page) in wiki.pages().get_many(1..=100).wait_each()? {
    ///     match page {
    ///         Ok(page) => println!("{id}: {}", page.title),
    ///         Err(error) => eprintln!("{id}: {error}"),
    ///     }
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] as of [`Wait::wait`]. The errors of the stream are among its items.
    fn wait_each(self) -> Result<Each<Self>> {
        refuse_in_runtime()?;
        Ok(Each {
            background: background()?,
            stream: Box::pin(self),
        })
    }
}

impl<Items: Stream> WaitEach for Items {}

/// Waits for a future of any kind, such as several requests at once.
///
/// ```
/// use futures::future::join_all;
/// use wikijs_client::blocking::block_on;
///
/// # let fake = wikijs_client::blocking::block_on(wikijs_fake::FakeWiki::builder().filled().start())?;
/// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
/// let pages = wiki.pages();
/// let both = block_on(join_all(["en", "fr"].map(|locale| {
///     pages.get_by_path("getting-started").locale(locale).opt()
/// })))?;
/// # Ok::<_, wikijs_client::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Config`] as of [`Wait::wait`].
pub fn block_on<Work: IntoFuture>(work: Work) -> Result<Work::Output> {
    refuse_in_runtime()?;
    Ok(drive(background()?, work.into_future()))
}

/// The items of a stream, each waited for. Made by [`WaitEach::wait_each`].
pub struct Each<S> {
    background: &'static Handle,
    stream: Pin<Box<S>>,
}

impl<S: Stream> Iterator for Each<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        drive(self.background, self.stream.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S> fmt::Debug for Each<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Each").finish_non_exhaustive()
    }
}

fn refuse_in_runtime() -> Result<()> {
    if Handle::try_current().is_err() {
        return Ok(());
    }
    Err(Error::config(
        "runtime",
        "a blocking call inside of a tokio runtime would keep its other tasks from running",
        "`.await` it; on a thread that may block, use tokio::runtime::Handle::current().block_on",
    ))
}

/// The runtime of all blocking calls, which is driven by a thread of its own.
fn background() -> Result<&'static Handle> {
    static BACKGROUND: OnceLock<Handle> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(running) = BACKGROUND.get() {
        return Ok(running);
    }
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = BACKGROUND.get() {
        return Ok(running);
    }
    let started = start(thread::Builder::new()).map_err(|error| {
        Error::config_because(
            "runtime",
            "the thread in the background cannot be started",
            "see the source of this error; the next call tries again",
            error,
        )
    })?;
    Ok(BACKGROUND.get_or_init(|| started))
}

fn start(thread: thread::Builder) -> io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    thread
        .name("wikijs-client".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

/// Runs a future on this thread.
///
/// Unlike `block_on` of tokio it panics nowhere: the items of a stream may be waited for inside of a
/// runtime after all, by an iterator that was made outside of it.
fn drive<Work: Future>(background: &Handle, work: Work) -> Work::Output {
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

/// Wakes the thread that waits.
struct Unpark(Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::start;

    #[test]
    fn a_thread_that_cannot_be_started_is_an_error() {
        let greedy = thread::Builder::new().stack_size(usize::MAX / 2);
        assert!(start(greedy).is_err());
    }
}
