//! What changed in a wiki since a moment, by asking again and again.
//!
//! Wiki.js announces nothing. It knows of each page when it was changed last (`updatedAt`), so that the
//! newest are asked for, and of them those are reported that were not reported before. What that means:
//!
//! - Of several changes of a page between two polls there is one report, with the page as it is then.
//! - A create, a move and a deletion give each page that links there a new `updatedAt`: such pages are
//!   reported as updated, though nobody edited them.
//! - What changes no `updatedAt` is not seen: a tag that was renamed or deleted for all pages.
//! - A page that is gone leaves nothing behind, and a page that was moved looks like one that was
//!   changed: to tell them takes the list of all pages in each poll, and a memory of those that were
//!   there, see [`WatchChanges::with_moves_and_deletions`].
//!
//! A page is stored a little after the moment that it bears, and several wikis on one database have
//! several clocks. So each poll looks back a little further than the newest page that was reported
//! ([`overlap`](WatchChanges::overlap)), and the [`ChangesCursor`] remembers what was reported in
//! that time: a page that comes late is not missed, however many bear the same millisecond, and none is
//! reported twice.

mod cursor;
mod poll;
mod stream;

use std::{fmt, future::IntoFuture, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use self::poll::{Position, Scope};
pub use self::{
    cursor::{ChangesCursor, ChangesSince},
    stream::ChangeStream,
};
use super::{PageSummary, Pages};
use crate::{
    error::Result,
    types::{Locale, PageId, PagePath},
};

/// How long the stream waits between two polls.
const USUAL_INTERVAL: Duration = Duration::from_secs(60);
/// How far a poll looks back behind the newest page.
const USUAL_OVERLAP: Duration = Duration::from_secs(60);

/// Where a page stands: its locale and its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PagePlace {
    /// The locale.
    pub locale: Locale,
    /// The path, without the locale.
    pub path: PagePath,
}

impl PagePlace {
    /// The place of the page at `path` in `locale`.
    pub fn new(locale: impl Into<Locale>, path: impl Into<PagePath>) -> Self {
        Self {
            locale: locale.into(),
            path: path.into(),
        }
    }

    pub(crate) fn of(page: &PageSummary) -> Self {
        Self {
            locale: page.locale.clone(),
            path: page.path.clone(),
        }
    }
}

impl fmt::Display for PagePlace {
    /// As in the wiki's addresses: `en/docs/install`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.locale, self.path)
    }
}

/// What happened to a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PageChange {
    /// It was made since, and perhaps changed, too.
    Created(PageSummary),
    /// It was changed, or one that it links to was made, moved or deleted.
    Updated(PageSummary),
    /// It was moved, and perhaps changed, too. Known only
    /// [`with_moves_and_deletions`](WatchChanges::with_moves_and_deletions); else it is an update.
    Moved {
        /// The page where it is now, which may be outside of what is watched.
        page: PageSummary,
        /// Where it was.
        from: PagePlace,
    },
    /// It is gone, or the caller may not see it any more. Known only
    /// [`with_moves_and_deletions`](WatchChanges::with_moves_and_deletions).
    Deleted {
        /// The page's id.
        id: PageId,
        /// Where it was, unless only its id was [known](WatchChanges::known).
        last: Option<PagePlace>,
    },
}

impl PageChange {
    /// The page's id.
    pub fn id(&self) -> PageId {
        match self {
            Self::Created(page) | Self::Updated(page) | Self::Moved { page, .. } => page.id,
            Self::Deleted { id, .. } => *id,
        }
    }

    /// The page as it was listed; `None` if it is gone.
    pub fn page(&self) -> Option<&PageSummary> {
        match self {
            Self::Created(page) | Self::Updated(page) | Self::Moved { page, .. } => Some(page),
            Self::Deleted { .. } => None,
        }
    }
}

/// What one poll found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "without the cursor the same changes come again"]
pub struct PageChanges {
    /// What changed: by the moment of the change, and at the end what is gone.
    pub changes: Vec<PageChange>,
    /// From where the next poll goes on.
    pub cursor: ChangesCursor,
}

impl Pages {
    /// What changed since a moment, or since an earlier poll.
    ///
    /// Await it for one poll, as a job that runs each night does, and keep the cursor; or take it as a
    /// [`stream`](WatchChanges::stream) that polls on and on.
    ///
    /// A [`Timestamp`](crate::Timestamp) is the exact `updatedAt` of a page, and pages that were changed
    /// in that very millisecond are reported, too: what was reported there before is known to a
    /// [`ChangesCursor`] only. [`ChangesSince::now`] begins with what is changed from now on.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
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
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    pub fn changes(&self, since: impl Into<ChangesSince>) -> WatchChanges {
        WatchChanges {
            scope: Scope {
                pages: self.clone(),
                locale: None,
                path_prefix: None,
                overlap: USUAL_OVERLAP,
                tracks: false,
            },
            position: since.into().0,
            known: Vec::new(),
            every: USUAL_INTERVAL,
        }
    }
}

/// The changes of a wiki. Await it for one poll, or take it as a stream.
///
/// # Errors
///
/// As of [`Pages::list`]: [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`; pages that a
/// page rule hides are left out in silence.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct WatchChanges {
    scope: Scope,
    position: Position,
    known: Vec<PageId>,
    every: Duration,
}

impl WatchChanges {
    /// How long the [`stream`](Self::stream) waits after a poll before the next one. Default: a minute.
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// Pages of this locale. Default: of all.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.scope.locale = Some(locale.into());
        self
    }

    /// The page at this path and those below it.
    pub fn path_prefix(mut self, path: impl Into<PagePath>) -> Self {
        self.scope.path_prefix = Some(path.into());
        self
    }

    /// How far a poll looks back behind the newest page that was reported, for pages that were stored
    /// later than the moment that they bear. Default: a minute.
    pub fn overlap(mut self, time: Duration) -> Self {
        self.scope.overlap = time;
        self
    }

    /// Tells what was moved, and what is gone.
    ///
    /// Each poll lists all pages then, and the cursor holds the place of each. What is gone is known of
    /// pages that were there in an earlier poll, of this stream or of the one that the cursor comes from,
    /// or that were handed in with [`known`](Self::known). A page that the caller may not see any more
    /// is gone, too.
    pub fn with_moves_and_deletions(mut self) -> Self {
        self.scope.tracks = true;
        self
    }

    /// These pages were there: those of them that are gone are reported in the first poll. It implies
    /// [`with_moves_and_deletions`](Self::with_moves_and_deletions).
    pub fn known(mut self, pages: impl IntoIterator<Item: Into<PageId>>) -> Self {
        self.known.extend(pages.into_iter().map(Into::into));
        self.with_moves_and_deletions()
    }

    /// One change after another, without an end. The first poll is made at once.
    ///
    /// A poll that fails is an error in the stream, and the next poll makes up for it, unless it would
    /// fail in the same way: after an error that [`is_unauthenticated`](crate::Error::is_unauthenticated),
    /// [`is_forbidden`](crate::Error::is_forbidden), [`is_unsupported`](crate::Error::is_unsupported) or
    /// [`is_invalid_input`](crate::Error::is_invalid_input) the stream ends.
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
    ///         Ok(PageChange::Deleted { id, .. }) => println!("{id} is gone"),
    ///         Ok(change) => println!("{change:?}"),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn stream(self) -> ChangeStream {
        let (scope, position, every) = self.into_parts();
        ChangeStream::new(scope, position, every)
    }

    fn into_parts(self) -> (Scope, Position, Duration) {
        let mut position = self.position;
        position.know(self.known);
        (self.scope, position, self.every)
    }
}

impl IntoFuture for WatchChanges {
    type Output = Result<PageChanges>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (scope, position, _) = self.into_parts();
        async move {
            let polled = scope.poll(position).await?;
            let mut cursor = polled.cursor;
            for change in &polled.changes {
                cursor.note(change);
            }
            Ok(PageChanges {
                changes: polled.changes,
                cursor,
            })
        }
        .boxed()
    }
}
