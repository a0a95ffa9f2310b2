//! Watching pages for changes, by polling.
//!
//! Wiki.js sends no notifications. Each page has the time of its last change (`updatedAt`), so a poll lists the
//! newest pages and reports those that were not reported before. This has consequences:
//!
//! - Several changes of a page between two polls are reported once, with the current state of the page.
//! - A create, a move and a deletion change `updatedAt` of all pages that link to that page: such pages are
//!   reported as updated, though nobody edited them.
//! - A change that does not change `updatedAt` is not reported, such as renaming or deleting a tag.
//! - A deleted page is absent from the list, and a moved page looks like an updated one. To report deletions and moves,
//!   each poll has to list all pages and compare them with those of the previous poll: see
//!   [`WatchChanges::with_moves_and_deletions`].
//!
//! A page is stored shortly after the time in its `updatedAt`, and several wikis on one database have
//! several clocks. Each poll therefore looks back further than the newest reported page
//! ([`overlap`](WatchChanges::overlap)), and the [`ChangesCursor`] contains the pages that were reported for
//! that time. A page that is stored late is not missed, and no page is reported twice, even if many pages have the
//! same `updatedAt`.

mod poll;

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::{FutureExt, Stream, future::BoxFuture};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

pub use self::poll::{ChangesCursor, ChangesSince};
use super::{PageSummary, Pages};
use crate::{
    call::request,
    error::{Error, Result},
    types::{Locale, PageId, PagePath, opaque_debug},
};

/// Default pause between two polls of a stream.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
/// Default time by which a poll looks back before the newest page.
const DEFAULT_OVERLAP: Duration = Duration::from_secs(60);

/// The location of a page: its locale and its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageLocation {
    /// The locale.
    pub locale: Locale,
    /// The path, without the locale.
    #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
    pub path: PagePath,
}

impl PageLocation {
    /// Creates the location of the page at `path` in `locale`.
    pub fn new(locale: impl Into<Locale>, path: impl Into<PagePath>) -> Self {
        Self {
            locale: locale.into(),
            path: path.into(),
        }
    }

    pub(crate) fn of(page: &PageSummary) -> Self {
        Self::new(&page.locale, &page.path)
    }
}

impl fmt::Display for PageLocation {
    /// Writes the location as in the wiki's URLs: `en/docs/install`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.locale, self.path)
    }
}

/// A change of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PageChange {
    /// The page was created, and possibly changed since then.
    Created(PageSummary),
    /// The page was changed, or a page that it links to was created, moved or deleted.
    Updated(PageSummary),
    /// The page was moved, and possibly changed. Reported only
    /// [`with_moves_and_deletions`](WatchChanges::with_moves_and_deletions); otherwise it is an update.
    Moved {
        /// The page at its new location, which may be outside of the watched pages.
        page: PageSummary,
        /// The old location.
        from: PageLocation,
    },
    /// The page was deleted, or the caller may not see it any more. Reported only
    /// [`with_moves_and_deletions`](WatchChanges::with_moves_and_deletions).
    Deleted {
        /// The page's id.
        id: PageId,
        /// The last location, unless only the id was [known](WatchChanges::known).
        last: Option<PageLocation>,
    },
}

impl PageChange {
    /// Returns the page's id.
    pub fn id(&self) -> PageId {
        match self {
            Self::Created(page) | Self::Updated(page) | Self::Moved { page, .. } => page.id,
            Self::Deleted { id, .. } => *id,
        }
    }

    /// Returns the page as listed; `None` if it was deleted.
    pub fn page(&self) -> Option<&PageSummary> {
        match self {
            Self::Created(page) | Self::Updated(page) | Self::Moved { page, .. } => Some(page),
            Self::Deleted { .. } => None,
        }
    }
}

/// The result of one poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[must_use = "without the cursor the same changes are reported again"]
pub struct PageChanges {
    /// The changes in the order of their time, and then the deletions.
    pub changes: Vec<PageChange>,
    /// The position at which the next poll continues.
    pub cursor: ChangesCursor,
}

impl Pages {
    /// Reports the changes since a time, or since an earlier poll.
    ///
    /// Await the builder for one poll, such as in a nightly job, and store the cursor; or read it as a
    /// [`stream`](WatchChanges::stream) that keeps polling.
    ///
    /// A [`Timestamp`](crate::Timestamp) is compared with the exact `updatedAt` of pages. Pages that were changed
    /// in that same millisecond are reported, too, possibly again; a [`ChangesCursor`] excludes those that were
    /// reported before. [`ChangesSince::now`] starts with the changes after the first poll.
    ///
    /// Use a cursor with the filters of the poll that returned it, and with the same wiki.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// # let saved: Option<String> = None;
    /// use wikijs_client::pages::{ChangesCursor, ChangesSince};
    ///
    /// let since = match saved {
    ///     Some(text) => serde_json::from_str::<ChangesCursor>(&text)?.into(),
    ///     None => ChangesSince::beginning(),
    /// };
    /// let night = wiki.pages().changes(since).await?;
    /// for change in &night.changes {
    ///     println!("{change:?}");
    /// }
    /// let to_save = serde_json::to_string(&night.cursor)?;
    /// # });
    /// ```
    pub fn changes(&self, since: impl Into<ChangesSince>) -> WatchChanges {
        WatchChanges::new(self.clone(), since.into().0)
    }
}

request! {
    /// A watch for changes of pages. Await it for one poll, or read it as a stream.
    ///
    /// # Errors
    ///
    /// As [`Pages::list`]: [`is_forbidden`](Error::is_forbidden) without `read:pages`. Pages that a
    /// page rule hides are omitted without an error.
    WatchChanges(pages: Pages, cursor: ChangesCursor) -> PageChanges, run {
        interval: Duration = DEFAULT_INTERVAL;
        locale: Option<Locale> = None;
        path_prefix: Option<PagePath> = None;
        overlap: Duration = DEFAULT_OVERLAP;
        /// Each poll lists all pages, to detect moves and deletions.
        tracks_moves: bool = false;
    }

    /// Sets the pause of the [`stream`](Self::stream) between two polls. Default: 60 s.
    every(interval: Duration) => interval = interval;

    /// Watches the pages of this locale. Default: all locales.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());

    /// Watches the page at this path and those below it.
    path_prefix(path: impl Into<PagePath>) => path_prefix = Some(path.into());

    /// Sets how far a poll looks back before the newest reported page, for pages that were stored
    /// later than their `updatedAt`. Default: 60 s. `Duration::MAX` looks back over all pages.
    overlap(time: Duration) => overlap = time;

    /// Reports moves and deletions.
    ///
    /// Each poll then lists all pages, and the cursor has the location of each. A deletion is reported for
    /// pages that an earlier poll saw, of this stream or of the one that the cursor comes from,
    /// and for pages passed to [`known`](Self::known). A page that the caller may not see any more
    /// is reported as deleted, too.
    with_moves_and_deletions() => tracks_moves = true;
}

impl WatchChanges {
    /// Adds pages that existed before. Those that no longer exist are reported as deleted in the first poll. Turns
    /// on [`with_moves_and_deletions`](Self::with_moves_and_deletions).
    pub fn known(mut self, pages: impl IntoIterator<Item: Into<PageId>>) -> Self {
        let known = self.cursor.known.get_or_insert_default();
        for id in pages {
            known.entry(id.into()).or_default();
        }
        self.with_moves_and_deletions()
    }

    /// Returns an endless stream of the changes. The first poll starts when the stream is first read.
    ///
    /// To continue after a restart, store [`ChangeStream::cursor`] after each change. A first cursor to store comes from
    /// one awaited poll since [`now`](ChangesSince::now).
    ///
    /// A failed poll is an error in the stream, and the next poll reports the missed changes. After an error
    /// that would recur ([`is_unauthenticated`](Error::is_unauthenticated),
    /// [`is_forbidden`](Error::is_forbidden), [`is_unsupported`](Error::is_unsupported),
    /// [`is_invalid_input`](Error::is_invalid_input)) the stream ends.
    ///
    /// ```
    /// # async fn example(wiki: wikijs_client::Client) {
    /// use std::time::Duration;
    ///
    /// use futures::StreamExt;
    /// use wikijs_client::pages::{ChangesSince, PageChange};
    ///
    /// let mut changes = wiki
    ///     .pages()
    ///     .changes(ChangesSince::now())
    ///     .with_moves_and_deletions()
    ///     .every(Duration::from_secs(10))
    ///     .stream();
    /// while let Some(change) = changes.next().await {
    ///     match change {
    ///         Ok(PageChange::Deleted { id, .. }) => println!("page {id} was deleted"),
    ///         Ok(change) => println!("{change:?}"),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn stream(self) -> ChangeStream {
        ChangeStream {
            watch: self,
            pending: VecDeque::new(),
            last_poll: None,
            polling: None,
            has_ended: false,
        }
    }

    async fn run(self) -> Result<PageChanges> {
        let mut polled = self.poll_wiki().await?;
        for change in &polled.changes {
            polled.cursor.record(change);
        }
        Ok(polled)
    }
}

/// A stream of the changes of pages; see [`WatchChanges::stream`].
///
/// It may be dropped at any time, because it only reads.
#[must_use = "a stream does nothing until it is polled"]
pub struct ChangeStream {
    watch: WatchChanges,
    pending: VecDeque<PageChange>,
    /// The end of the last poll.
    last_poll: Option<Instant>,
    /// The next poll, with the pause before it.
    polling: Option<BoxFuture<'static, Result<PageChanges>>>,
    has_ended: bool,
}

impl ChangeStream {
    /// Returns the position after the last change that the stream returned. `None` before the
    /// first poll of a stream that begins [now](ChangesSince::now).
    ///
    /// Store the cursor after a change is processed. A later stream with this cursor continues with the next change.
    pub fn cursor(&self) -> Option<&ChangesCursor> {
        Some(&self.watch.cursor).filter(|cursor| !cursor.is_now)
    }
}

impl Stream for ChangeStream {
    type Item = Result<PageChange>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(change) = this.pending.pop_front() {
                this.watch.cursor.record(&change);
                return Poll::Ready(Some(Ok(change)));
            }
            if this.has_ended {
                return Poll::Ready(None);
            }
            let polling = this.polling.get_or_insert_with(|| {
                let (watch, last_poll) = (this.watch.clone(), this.last_poll);
                let poll = async move {
                    if let Some(end) = last_poll {
                        sleep(watch.interval.saturating_sub(end.elapsed())).await;
                    }
                    watch.poll_wiki().await
                };
                poll.boxed()
            });
            let polled = ready!(polling.as_mut().poll(context));
            this.polling = None;
            this.last_poll = Some(Instant::now());
            match polled {
                Ok(PageChanges { changes, cursor }) => {
                    this.watch.cursor = cursor;
                    this.pending = changes.into();
                }
                Err(error) => {
                    this.has_ended = recurs(&error);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

/// Returns `true` if the next poll would fail in the same way.
fn recurs(error: &Error) -> bool {
    error.is_unauthenticated()
        || error.is_forbidden()
        || error.is_unsupported()
        || error.is_invalid_input()
}

opaque_debug!(ChangeStream: watch, pending);
