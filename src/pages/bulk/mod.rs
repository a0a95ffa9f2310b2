//! Many pages in one go: made, changed, moved, deleted, tagged.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::pages::NewPage;
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! # let chapters = 3;
//! let handbook = (1..=chapters).map(|number| {
//!     NewPage::new(format!("handbook/{number}"), format!("Chapter {number}"), "# …")
//! });
//! let journal = folder.join("handbook.jsonl");
//! let report = wiki.pages().upsert_many(handbook).journal(journal).await?;
//! println!("{} made, {} changed", report.counts.created, report.counts.updated);
//! for (item, error) in report.failed() {
//!     eprintln!("{}: {error}", item.subject);
//! }
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! A [`Bulk`] is configured and then awaited, which gives a [`Report`] of every step; or read as a
//! stream of [`Item`]s, one for each step, which holds no more than a window of them however many
//! there are; or as a stream of [`Event`]s, for a bar in a terminal or a page of the web.
//!
//! # Order
//!
//! Steps are written one after another in the order of the input, as Wiki.js needs it (hazard 13), and
//! their results come in that order. Looks at the wiki run ahead of the writes, in few requests: a page
//! that is already as it shall be costs a small part of a write. With
//! [`as_they_come`](Bulk::as_they_come) the results of such pages overtake those of writes.
//!
//! # Errors
//!
//! A step's error is in its [`Item`], and the bulk goes on with the next one, unless
//! [`stop_on_error`](Bulk::stop_on_error) is asked for. An error that is not the step's own stops it
//! always, rather than have all others fail as well: the key is not accepted any more, or the wiki is
//! away or does not answer, after all retries of the client's [`RetryPolicy`](crate::RetryPolicy).
//! [`Report::stopped_at`] and [`Report::untouched`] tell; of a stream, what has no item was not touched.
//!
//! # An interruption
//!
//! With a [`journal`](Bulk::journal) the same bulk, run again, goes on where it was interrupted.
//! Dropping a bulk's future or stream stops it after the write that is under way.

mod event;
mod journal;
mod look;
mod perform;
mod plan;
mod report;
mod run;
mod step;
mod take;
mod work;

use std::{
    fmt,
    future::{IntoFuture, ready},
    path::PathBuf,
};

use futures::{
    FutureExt, Stream, StreamExt, TryFutureExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};

pub use self::{
    event::Event,
    report::{Change, Counts, Item, PageAt, Report},
    step::{Action, Step, Subject},
};
use super::{NewPage, PageUpdate, Pages};
use crate::{
    error::Result,
    types::{PageId, PagePath, Tag},
};

impl Pages {
    /// Makes many pages. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::NewPage;
    ///
    /// let new = ["a", "b"].map(|name| NewPage::new(format!("docs/{name}"), name, "# …"));
    /// let report = wiki.pages().create_many(new).await?;
    /// assert!(report.is_complete());
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn create_many<New>(&self, pages: New) -> Bulk
    where
        New: IntoIterator<Item = NewPage, IntoIter: Send + 'static>,
    {
        self.bulk(pages.into_iter().map(Step::Create))
    }

    /// Makes many pages, or changes those that are there to be like them. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::NewPage;
    ///
    /// let new = ["a", "b"].map(|name| NewPage::new(format!("docs/{name}"), name, "# …"));
    /// // What would change?
    /// for item in wiki.pages().upsert_many(new).dry_run().await?.items {
    ///     println!("{}: {:?}", item.subject, item.result);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn upsert_many<New>(&self, pages: New) -> Bulk
    where
        New: IntoIterator<Item = NewPage, IntoIter: Send + 'static>,
    {
        self.bulk(pages.into_iter().map(Step::Upsert))
    }

    /// Changes many pages, each in its way. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::PageUpdate;
    ///
    /// let updates = [(1, PageUpdate::new().title("One")), (2, PageUpdate::new().published(false))];
    /// let report = wiki.pages().update_many(updates).await?;
    /// # Ok::<_, wikijs_client::Error>(())
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

    /// Deletes many pages, with their comments. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let old = wiki.pages().list().path_prefix("archive").await?;
    /// let report = wiki.pages().delete_many(old.into_iter().map(|page| page.id)).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn delete_many<Ids>(&self, ids: Ids) -> Bulk
    where
        Ids: IntoIterator<Item: Into<PageId> + 'static, IntoIter: Send + 'static>,
    {
        self.bulk(ids.into_iter().map(|id| Step::Delete(id.into())))
    }

    /// Moves many pages, each to its path, within their locales. See [`bulk`](self); to another
    /// locale with [`Step::Move`].
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let report = wiki.pages().move_many([(1, "guides/install"), (2, "guides/upgrade")]).await?;
    /// # Ok::<_, wikijs_client::Error>(())
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

    /// Gives tags to many pages and takes others from them; all else stays. See [`bulk`](self).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let report = wiki.pages().tag_many([1, 2, 3], ["reviewed"], ["draft"]).await?;
    /// # Ok::<_, wikijs_client::Error>(())
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

    /// Any steps, one after another. See [`bulk`](self).
    ///
    /// The iterator is asked for a window ahead, a hundred steps, and not for more.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::{NewPage, bulk::Step};
    ///
    /// let report = wiki
    ///     .pages()
    ///     .bulk([
    ///         Step::Delete(7.into()),
    ///         Step::Create(NewPage::new("docs/instead", "Instead", "# …")),
    ///     ])
    ///     .await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn bulk<Steps>(&self, steps: Steps) -> Bulk
    where
        Steps: IntoIterator<Item = Step, IntoIter: Send + 'static>,
    {
        self.bulk_stream(stream::iter(steps))
    }

    /// Steps that come from a stream, such as rows of a database. See [`bulk`](self).
    ///
    /// The stream is polled a window ahead, a hundred steps, and not further.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::StreamExt;
    /// use wikijs_client::pages::{NewPage, bulk::Step};
    ///
    /// let rows = futures::stream::iter(0..10);
    /// let steps = rows.map(|row| Step::Upsert(NewPage::new(format!("rows/{row}"), "Row", "# …")));
    /// let report = wiki.pages().bulk_stream(steps).await?;
    /// # Ok::<_, wikijs_client::Error>(())
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
        }
    }
}

/// Many steps. Await it for a [`Report`], or read it as a [`stream`](Self::stream) or as
/// [`events`](Self::events).
#[must_use = "a bulk does nothing until it is awaited or read"]
pub struct Bulk {
    pages: Pages,
    steps: BoxStream<'static, Step>,
    total: Option<u64>,
    options: Options,
}

#[derive(Debug, Default)]
struct Options {
    dry_run: bool,
    stop_on_error: bool,
    as_they_come: bool,
    journal: Option<PathBuf>,
}

impl Bulk {
    /// Writes nothing, and says what would be done.
    ///
    /// The items are those of the run itself: `Ok` with what would be done, or the error in which the
    /// step would end, such as a [conflict](crate::Error::is_conflict) with the page whose
    /// [`id`](Item::id) the item has. Which pages there would be, and where, is seen after the steps
    /// before: of two pages made at one path, the second is a conflict. Which fields would change is
    /// said of each page as it is now. What only a write shows is not foreseen, such as a missing
    /// permission to write. The paths of the steps so far are held in memory.
    pub fn dry_run(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    /// Stops after the first step that fails. Without it, the others are done all the same.
    pub fn stop_on_error(mut self) -> Self {
        self.options.stop_on_error = true;
        self
    }

    /// Gives results as they come, and does the steps in any order: none of them must depend on
    /// another, such as a page that is moved away and one that is made in its place.
    ///
    /// Pages at which there is nothing to do come first then, and as many writes are under way as
    /// [`concurrent_writes`](crate::ClientBuilder::concurrent_writes) allows.
    pub fn as_they_come(mut self) -> Self {
        self.options.as_they_come = true;
        self
    }

    /// Keeps a journal in this file, from which another run goes on after an interruption.
    ///
    /// The file only grows: a line of JSON when a step is begun, which is on the disk before anything
    /// is sent, and one when it is over. A run that finds the file goes on with it:
    ///
    /// - A step that was done is [`DoneBefore`](Change::DoneBefore), and nothing is asked or sent.
    /// - A step that was begun, and of which nobody knows what became of it, is looked for on the wiki:
    ///   what was made is completed if need be, and not made twice.
    /// - A step that failed is tried again.
    ///
    /// A step is the same if all of it is: what it does, to which page, and every text. Its place does
    /// not matter. So the input may be another one in another order: what has changed in it, and what
    /// is new, is done; of steps that are alike, the second is another one than the first.
    ///
    /// When every step is done, so is the journal, and the next run begins it anew. With a step that
    /// failed it goes on. To begin anew before, delete the file. Two runs must not share it at once.
    ///
    /// A [dry run](Self::dry_run) reads the journal and does not write it. Steps with a journal take
    /// some two hundred bytes of memory each.
    pub fn journal(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.journal = Some(path.into());
        self
    }

    /// The steps that were tried, each with its result, as soon as it is over.
    ///
    /// Holds no more than a window of steps, and does nothing unless it is read. Dropping it stops the
    /// bulk after the write that is under way, of which a [journal](Self::journal) knows.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    ///
    /// let mut items = wiki.pages().delete_many(1..=10).stream();
    /// while let Some(item) = items.try_next().await? {
    ///     match item.result {
    ///         Ok(_) => println!("{} is gone", item.subject),
    ///         Err(error) => eprintln!("{}: {error}", item.subject),
    ///     }
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// An error in place of an item ends the stream, and is about the journal: [`Error::InvalidInput`](crate::Error::InvalidInput)
    /// if the file cannot be opened, is none of a journal or of another wiki, before anything is done;
    /// [`Error::Transport`](crate::Error::Transport) of the kind
    /// [`Local`](crate::error::TransportErrorKind::Local) if it cannot be written any longer.
    pub fn stream(self) -> impl Stream<Item = Result<Item>> + Send + Unpin + use<> {
        self.events().try_filter_map(|event| {
            ready(Ok(match event {
                Event::Item(item) => Some(item),
                _ => None,
            }))
        })
    }

    /// What happens, as it happens: all that [`stream`](Self::stream) gives, what is begun, warnings,
    /// and figures at the beginning and the end.
    ///
    /// Events can be serialized, so that they may go to a page of the web as they are. `examples/bulk.rs`
    /// draws a bar of them.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    ///
    /// let mut events = wiki.pages().tag_many([1, 2, 3], ["reviewed"], ["draft"]).events();
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{}", serde_json::to_string(&event).unwrap());
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`stream`](Self::stream).
    pub fn events(self) -> impl Stream<Item = Result<Event>> + Send + Unpin + use<> {
        run::start(self).try_flatten_stream().boxed()
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

impl IntoFuture for Bulk {
    type Output = Result<Report>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// Does all of it.
    ///
    /// # Errors
    ///
    /// If the [journal](Self::journal) cannot be opened or does not belong here; nothing is done then.
    /// All else is in the report.
    fn into_future(self) -> Self::IntoFuture {
        self.report().boxed()
    }
}

impl fmt::Debug for Bulk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("pages", &self.pages)
            .field("total", &self.total)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
