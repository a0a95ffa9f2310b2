//! Blocking calls: all methods of the client, with [`wait`](Wait::wait) instead of `.await`.
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
//! There is no separate blocking client. A [`Client`](crate::Client) supports both kinds of calls, from any number of
//! threads. A future runs on the thread that waits for it. Connections and spawned tasks run on a shared background
//! thread, which the first call starts. Concurrent reads of several threads are batched like those of several tasks.
//!
//! # Shutdown
//!
//! A blocking call returns when the wiki has responded. A write can be in flight at the end of `main` only if its
//! future was dropped earlier, because of a timeout of your own or a panic. Dropping the last clone of a
//! [`Client`](crate::Client) waits for such a write. If a client is never dropped, such as one in a `static`, close it
//! with `block_on(wiki.close())`.
//!
//! # Inside a tokio runtime
//!
//! A task that blocks its thread stops other tasks, perhaps even those that it waits for. Therefore all functions of
//! this module return [`Error::Config`] inside a tokio runtime and send nothing. Use `.await` there. On a thread that
//! may block, such as that of `spawn_blocking`, use `tokio::runtime::Handle::current().block_on(async { … })`.

use std::{io, pin::Pin, sync::Mutex, thread};

use futures::{Stream, StreamExt};
use tokio::runtime::Handle;

use crate::{
    error::{Error, Result},
    task::{
        background::{self, drive},
        lock,
    },
    text::refuse_setting_if,
    types::opaque_debug,
};

/// Extension trait for requests, and for all other futures that return a [`Result`].
pub trait Wait<T>: IntoFuture<Output = Result<T>> + Sized {
    /// Blocks the thread until the request has ended, and returns its result.
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
    /// Those of the request; [`Error::Config`] inside a tokio runtime, and if the background thread cannot be started.
    /// In these two cases nothing was sent.
    fn wait(self) -> Result<T> {
        block_on(self)?
    }
}

impl<T, Request: IntoFuture<Output = Result<T>>> Wait<T> for Request {}

/// Extension trait for streams.
pub trait WaitEach: Stream + Sized {
    /// Returns an iterator that blocks the thread until the next item is available. It may be dropped at any time.
    ///
    /// Requests in flight make progress between two calls of `next`.
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
    /// [`Error::Config`] as for [`Wait::wait`]. Errors of the stream are items of the iterator.
    fn wait_each(self) -> Result<Each<Self>> {
        refuse_in_runtime()?;
        Ok(Each {
            background: background()?,
            stream: Box::pin(self),
        })
    }
}

impl<Items: Stream> WaitEach for Items {}

/// Blocks the thread until a future has completed, and returns its output. Use it for concurrent requests, for example.
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
/// [`Error::Config`] as for [`Wait::wait`].
pub fn block_on<Work: IntoFuture>(work: Work) -> Result<Work::Output> {
    refuse_in_runtime()?;
    Ok(drive(&background()?, work.into_future()))
}

/// A blocking iterator over the items of a stream, returned by [`WaitEach::wait_each`].
pub struct Each<S> {
    background: Handle,
    stream: Pin<Box<S>>,
}

impl<S: Stream> Iterator for Each<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        drive(&self.background, self.stream.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

opaque_debug!(Each<S>);

fn refuse_in_runtime() -> Result<()> {
    refuse_setting_if! {
        Handle::try_current().is_ok() => "runtime",
            "a blocking call inside a tokio runtime would stop its other tasks",
            "use `.await`; on a thread that may block, use tokio::runtime::Handle::current().block_on";
    }
}

/// Returns the runtime of all blocking calls, which a background thread drives. The first call starts the thread.
fn background() -> Result<Handle> {
    static RUNNING: Mutex<Option<Handle>> = Mutex::new(None);
    let mut running = lock(&RUNNING);
    if let Some(running) = &*running {
        return Ok(running.clone());
    }
    let started = start().map_err(|error| {
        let problem = "the background thread cannot be started";
        let remedy = "see the source of this error; the next call tries again";
        Error::config("runtime", problem, remedy).because(error)
    })?;
    Ok(running.insert(started).clone())
}

fn start() -> io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    let thread = thread::Builder::new()
        .name("wikijs-client".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    background::set(&handle, thread.thread().id());
    Ok(handle)
}
