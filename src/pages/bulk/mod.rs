//! Bulk operations: creating, updating, moving, deleting and tagging many pages.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::pages::NewPage;
//!
//! # let chapters = 3;
//! let handbook = (1..=chapters).map(|number| {
//!     NewPage::new(format!("handbook/{number}"), format!("Chapter {number}"), "# …")
//! });
//! let report = wiki.pages().upsert_many(handbook).await?;
//! println!("{report}"); // the counts, and a line for each step that failed
//! # });
//! ```
//!
//! Awaiting a [`Bulk`] returns a [`Report`] of every step. It can also be read as a stream of [`Item`]s, one for each
//! step, which holds only a window of steps in memory, or as a stream of [`Event`]s, for a progress bar or a web page.
//!
//! # Order
//!
//! Steps are written one after another in the order of the input, because Wiki.js fails or damages concurrent writes
//! ([K13](crate::guide::known_issues#k13)). The results have the same order. The pages are read ahead of the
//! writes, in few requests. A page that has every value already is not written, which is much faster than a write. With
//! [`unordered`](Bulk::unordered) the results of such pages come before those of writes.
//!
//! # Errors
//!
//! A step's error is in its [`Item`], and the bulk operation continues with the next step, unless
//! [`stop_on_error`](Bulk::stop_on_error) is set. An error that would also fail all further steps always stops the bulk
//! operation: the key is no longer accepted, or the wiki is unavailable or does not respond after all retries of the
//! client's [`RetryPolicy`](crate::RetryPolicy). See [`Report::stopped_at`] and [`Report::untouched`]. In a stream, a
//! step without an item was not executed.
//!
//! # Interruptions
//!
//! With a [`journal`](Bulk::journal), running the same bulk operation again resumes it after an interruption. The steps
//! that an earlier run completed are not looked at again, so use no journal for a sync that is repeated. Dropping the
//! future or stream stops the bulk operation after the write in flight.

mod journal;
mod observe;
mod report;
mod run;
mod step;
mod write;

use std::{
    future::ready,
    mem::{replace, take},
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};

pub use self::{
    report::{Change, Counts, Event, Item, PageState, Report},
    step::{Action, Modification, Step, Subject},
};
use super::{NewPage, Page, PageUpdate, Pages};
use crate::{
    call::{Started, setters},
    error::Result,
    types::{PageId, PagePath, Tag, opaque_debug},
};

impl Pages {
    /// Creates many pages. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::NewPage;
    ///
    /// let new = ["a", "b"].map(|name| NewPage::new(format!("docs/{name}"), name, "# …"));
    /// let report = wiki.pages().create_many(new).await?;
    /// assert!(report.is_complete());
    /// # });
    /// ```
    pub fn create_many<New>(&self, pages: New) -> Bulk
    where
        New: IntoIterator<Item = NewPage, IntoIter: Send + 'static>,
    {
        self.bulk(pages.into_iter().map(Step::Create))
    }

    /// Creates many pages, or updates those that exist to have the same values. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::NewPage;
    ///
    /// let new = ["a", "b"].map(|name| NewPage::new(format!("docs/{name}"), name, "# …"));
    /// // What would change?
    /// for item in wiki.pages().upsert_many(new).dry_run().await?.items {
    ///     println!("{}: {:?}", item.subject, item.result);
    /// }
    /// # });
    /// ```
    pub fn upsert_many<New>(&self, pages: New) -> Bulk
    where
        New: IntoIterator<Item = NewPage, IntoIter: Send + 'static>,
    {
        self.bulk(pages.into_iter().map(Step::Upsert))
    }

    /// Updates many pages, each with its own update. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let updates = [(1, PageUpdate::new().title("One")), (2, PageUpdate::new().published(false))];
    /// let report = wiki.pages().update_many(updates).await?;
    /// # });
    /// ```
    pub fn update_many<Updates, Id>(&self, updates: Updates) -> Bulk
    where
        Updates: IntoIterator<Item = (Id, PageUpdate), IntoIter: Send + 'static>,
        Id: Into<PageId> + 'static,
    {
        let step = |(id, update): (Id, PageUpdate)| Step::Update(id.into(), update);
        self.bulk(updates.into_iter().map(step))
    }

    /// Updates many pages with the update that `change` returns for each, as [`modify`](Self::modify) does. See
    /// [`bulk`](self).
    ///
    /// `change` is called at least once for each page, and again if the page was changed before it was written. With a
    /// [journal](Bulk::journal) these steps fail, because another run cannot recognize them.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let report = wiki
    ///     .pages()
    ///     .modify_many([1, 2, 3], |page| {
    ///         PageUpdate::new().content(page.content.replace("colour", "color"))
    ///     })
    ///     .await?;
    /// # });
    /// ```
    pub fn modify_many<Ids>(
        &self,
        ids: Ids,
        change: impl Fn(&Page) -> PageUpdate + Send + Sync + 'static,
    ) -> Bulk
    where
        Ids: IntoIterator<Item: Into<PageId> + 'static, IntoIter: Send + 'static>,
    {
        let change = Modification::new(change);
        let step = move |id: Ids::Item| Step::Modify(id.into(), change.clone());
        self.bulk(ids.into_iter().map(step))
    }

    /// Deletes many pages and their comments. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let old = wiki.pages().list().path_prefix("archive").await?;
    /// let report = wiki.pages().delete_many(old.into_iter().map(|page| page.id)).await?;
    /// # });
    /// ```
    pub fn delete_many<Ids>(&self, ids: Ids) -> Bulk
    where
        Ids: IntoIterator<Item: Into<PageId> + 'static, IntoIter: Send + 'static>,
    {
        self.bulk(ids.into_iter().map(|id| Step::Delete(id.into())))
    }

    /// Moves many pages, each to its path, within their locales. See [`bulk`](self), and [`Step::Move`] for moves to
    /// another locale.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let report = wiki.pages().move_many([(1, "guides/install"), (2, "guides/upgrade")]).await?;
    /// # });
    /// ```
    pub fn move_many<Moves, Id, Path>(&self, moves: Moves) -> Bulk
    where
        Moves: IntoIterator<Item = (Id, Path), IntoIter: Send + 'static>,
        Id: Into<PageId> + 'static,
        Path: Into<PagePath> + 'static,
    {
        let step = |(id, path): (Id, Path)| Step::Move {
            id: id.into(),
            path: path.into(),
            locale: None,
        };
        self.bulk(moves.into_iter().map(step))
    }

    /// Adds tags to many pages and removes others from them. See [`bulk`](self).
    ///
    /// Pass `[""; 0]` to add or remove no tags. The type of an empty array `[]` cannot be inferred.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let report = wiki.pages().tag_many([1, 2, 3], ["reviewed"], ["draft"]).await?;
    /// let report = wiki.pages().tag_many([1, 2, 3], ["checked"], [""; 0]).await?;
    /// # });
    /// ```
    pub fn tag_many<Ids>(
        &self,
        ids: Ids,
        add: impl IntoIterator<Item: Into<Tag>>,
        remove: impl IntoIterator<Item: Into<Tag>>,
    ) -> Bulk
    where
        Ids: IntoIterator<Item: Into<PageId> + 'static, IntoIter: Send + 'static>,
    {
        let update = PageUpdate::new().add_tags(add).remove_tags(remove);
        let step = move |id: Ids::Item| Step::Update(id.into(), update.clone());
        self.bulk(ids.into_iter().map(step))
    }

    /// Executes steps of any kind. See [`bulk`](self).
    ///
    /// The iterator is read up to a hundred steps ahead.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::pages::{NewPage, bulk::Step};
    ///
    /// let report = wiki
    ///     .pages()
    ///     .bulk([
    ///         Step::Delete(7.into()),
    ///         Step::Create(NewPage::new("docs/instead", "Instead", "# …")),
    ///     ])
    ///     .await?;
    /// # });
    /// ```
    pub fn bulk<Steps>(&self, steps: Steps) -> Bulk
    where
        Steps: IntoIterator<Item = Step, IntoIter: Send + 'static>,
    {
        self.bulk_stream(stream::iter(steps))
    }

    /// Executes steps from a stream, such as rows of a database. See [`bulk`](self).
    ///
    /// The stream is read up to a hundred steps ahead.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::StreamExt;
    /// use wikijs_client::pages::{NewPage, bulk::Step};
    ///
    /// let rows = futures::stream::iter(0..10);
    /// let steps = rows.map(|row| Step::Upsert(NewPage::new(format!("rows/{row}"), "Row", "# …")));
    /// let report = wiki.pages().bulk_stream(steps).await?;
    /// # });
    /// ```
    pub fn bulk_stream(&self, steps: impl Stream<Item = Step> + Send + 'static) -> Bulk {
        let total = match steps.size_hint() {
            (least, Some(most)) if least == most => u64::try_from(most).ok(),
            _ => None,
        };
        Bulk {
            pages: self.clone(),
            steps: steps.boxed(),
            total,
            options: Options::default(),
            started: Started::default(),
        }
    }
}

/// A bulk operation: a sequence of steps. Await it for a [`Report`], or read it as a [`stream`](Self::stream) or as
/// [`events`](Self::events).
///
/// # Errors
///
/// [`Error::InvalidInput`](crate::Error::InvalidInput), before any step is executed, if the [journal](Self::journal)
/// cannot be opened or belongs to another wiki. All other errors are in the report.
#[must_use = "a bulk does nothing until it is awaited or read"]
pub struct Bulk {
    pages: Pages,
    steps: BoxStream<'static, Step>,
    total: Option<u64>,
    options: Options,
    started: Started<Report>,
}

/// Default pause before steps whose outcome is unknown are executed again.
const RECHECK_AFTER: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
struct Options {
    recheck_after: Option<Duration>,
    dry_run: bool,
    stop_on_error: bool,
    unordered: bool,
    journal: Option<PathBuf>,
}

setters! { Bulk {
    /// Sets the pause between the last step and the repetition of steps whose outcome is unknown
    /// ([`Applied::Unknown`](crate::Applied::Unknown)). Default: 30 s.
    ///
    /// A write whose response was lost may be executed late. The wiki is observed again at the end of the bulk
    /// operation, after this pause. The step is repeated only if it was not applied by then. It is not repeated if a
    /// later step of the same page may have been applied, because the repetition would undo that step.
    recheck_after(pause: Duration) => options.recheck_after = Some(pause);

    /// Predicts the results without writing anything.
    ///
    /// The items have the same form as in a real run: `Ok` with the change, or the error of the step. For a
    /// [conflict](crate::Error::is_conflict), the [`id`](Item::id) of the item is that of the blocking page. The
    /// prediction of locations includes the earlier steps: of two pages created at one path, the second is a conflict.
    /// The prediction of changed fields compares each step with the current page only. Errors that only a write reveals
    /// are not predicted, such as a missing permission to write. The paths of all steps are held in memory.
    dry_run() => options.dry_run = true;

    /// Stops after the first step that fails. Default: continue with the next step.
    stop_on_error() => options.stop_on_error = true;

    /// Executes the steps in any order, and returns results as they become available. The steps must not depend on
    /// each other: do not move a page and create another one in its place, for example.
    ///
    /// Pages with nothing to write come first. As many writes are in flight as
    /// [`concurrent_writes`](crate::ClientBuilder::concurrent_writes) allows.
    unordered() => options.unordered = true;

    /// Keeps a journal in this file, from which another run resumes after an interruption.
    ///
    /// Use no journal for a sync that is repeated: [`upsert_many`](Pages::upsert_many) reads the pages and writes only
    /// those that differ.
    ///
    /// The file is append-only. A line of JSON is appended when a step begins and when it ends. The first of them is
    /// synced to the disk before anything is sent. If the file exists, a run resumes from it:
    ///
    /// - A step that was applied is [`DoneBefore`](Change::DoneBefore). No request is sent, even if somebody has changed
    ///   or deleted the page since. If a later run has executed another step of the page, the step is executed again.
    /// - For a step that has begun and whose outcome is unknown, the wiki is observed: a page that was created is
    ///   completed if necessary, and not created twice.
    ///   If the run cannot observe or complete it, the outcome stays [unknown](crate::Error::Unconfirmed), and the next run
    ///   observes the wiki again.
    /// - A step that failed is executed again.
    ///
    /// A step is recognized if its kind, its page and every value are equal. Its number does not matter, so the input
    /// may have another order. New or different steps are executed. If the input contains equal steps, each of them is
    /// counted separately.
    ///
    /// After a run in which every step succeeded, the next run starts a new journal. After a failed step, the next run
    /// resumes from the journal; to start a new one, delete the file. A journal that another run is writing is an
    /// error.
    ///
    /// A [dry run](Self::dry_run) reads the journal and does not write it. Steps with a journal take
    /// about two hundred bytes of memory each.
    journal(path: impl Into<PathBuf>) => options.journal = Some(path.into());
} }

impl Bulk {
    /// Returns a stream of the results, each as soon as its step has ended.
    ///
    /// The stream holds only a window of steps in memory, and does nothing unless it is read. Dropping it stops the
    /// bulk operation after the write in flight, which is recorded in the [journal](Self::journal).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    ///
    /// let mut items = wiki.pages().delete_many(1..=10).stream();
    /// while let Some(item) = items.try_next().await? {
    ///     match item.result {
    ///         Ok(_) => println!("{} was deleted", item.subject),
    ///         Err(error) => eprintln!("step {}: {error}", item.index),
    ///     }
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// The stream ends with an error if the journal fails: [`Error::InvalidInput`](crate::Error::InvalidInput), before
    /// any step is executed, if the file cannot be opened, is not a journal, or belongs to another wiki;
    /// [`Error::Transport`](crate::Error::Transport) of the kind [`Local`](crate::error::TransportErrorKind::Local) if
    /// a write to the file fails.
    pub fn stream(self) -> impl Stream<Item = Result<Item>> + Send + Unpin + use<> {
        self.events().try_filter_map(|event| {
            ready(Ok(match event {
                Event::Item(item) => Some(item),
                _ => None,
            }))
        })
    }

    /// Returns a stream of events: the items of [`stream`](Self::stream), the begin of steps, warnings,
    /// and counts at the end.
    ///
    /// Events can be serialized, for example for a web page. `examples/bulk.rs` draws a progress bar from them.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    ///
    /// let mut events = wiki.pages().tag_many([1, 2, 3], ["reviewed"], ["draft"]).events();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}", serde_json::to_string(&event).unwrap());
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream).
    pub fn events(self) -> impl Stream<Item = Result<Event>> + Send + Unpin + use<> {
        run::events(self)
    }

    async fn report(self) -> Result<Report> {
        let mut report = Report::default();
        let mut has_begun = false;
        let mut events = self.events();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Item(item)) => report.items.push(item),
                Ok(Event::Finished {
                    counts,
                    total,
                    stopped_at,
                }) => {
                    report.counts = counts;
                    report.total = total;
                    report.stopped_at = stopped_at;
                }
                Ok(Event::Started { dry_run, .. }) => report.dry_run = dry_run,
                Ok(_) => {}
                Err(error) if has_begun => report.journal_error = Some(error),
                Err(error) => return Err(error),
            }
            has_begun = true;
        }
        report.items.sort_unstable_by_key(|item| item.index);
        Ok(report)
    }
}

impl Future for Bulk {
    type Output = Result<Report>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let started = take(&mut this.started);
        let result = started.poll(context, || {
            let rest = this.pages.bulk([]);
            replace(this, rest).report()
        });
        this.started = started;
        result
    }
}

opaque_debug!(Bulk: pages, total, options);
