//! The execution of a bulk: observations ahead, writes one after another, and events.

use std::{
    collections::VecDeque,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt, SinkExt, Stream, StreamExt,
    channel::{mpsc, oneshot},
    stream::{self, BoxStream},
};
use tokio::sync::{OnceCell, Semaphore};

use super::{
    Bulk, RECHECK_AFTER,
    journal::{Journal, JournalContent, Line},
    observe::{Observed, PredictedState, Verdict, observe},
    report::{Change, Counts, Event, Item},
    step::{NumberedStep, Numbering, Step},
    write::{StepOutcome, execute},
};
use crate::{
    error::{Applied, Error, Result},
    pages::Pages,
    types::PageId,
};

/// State that all steps of a bulk share.
pub(super) struct Context {
    pub(super) pages: Pages,
    pub(super) dry_run: bool,
    pub(super) journal: Option<Journal>,
    events: mpsc::Sender<Result<Event>>,
    in_order: bool,
    /// Maximum number of observations in flight.
    window: usize,
    /// Permits of the writes in flight. Closed when the bulk stops.
    writes: Semaphore,
    ended: Mutex<EndedWrites>,
}

/// The writes that have ended.
#[derive(Default)]
struct EndedWrites {
    count: usize,
    /// The pages that the last writes have changed; `None` for an unknown page.
    last: VecDeque<Option<PageId>>,
}

impl Context {
    /// Sends an event, and waits until it was received. The receiver exists as long as the bulk is executed.
    pub(super) async fn emit(&self, event: Event) {
        let _ = self.events.clone().send(Ok(event)).await;
    }

    pub(super) async fn warn(&self, index: Option<u64>, message: impl Into<String>) {
        let message = message.into();
        self.emit(Event::Warning { index, message }).await;
    }

    fn ended(&self) -> MutexGuard<'_, EndedWrites> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of writes that have ended.
    pub(super) fn ended_writes(&self) -> usize {
        self.ended().count
    }

    /// Records the end of a write, and the page that it has changed.
    pub(super) fn note_write(&self, page: Option<PageId>) {
        let mut ended = self.ended();
        ended.count += 1;
        ended.last.push_front(page);
        // Older entries are not needed: at most a window of observations is in flight.
        ended.last.truncate(self.window + 8);
    }

    /// Returns `true` if an earlier step has changed the page since it was observed. Unordered steps do not depend on
    /// each other.
    fn is_stale(&self, observed: &Observed) -> bool {
        let is_done = matches!(observed.verdict, Verdict::Settled(Ok(Change::DoneBefore)));
        let Some(id) = observed.id.filter(|_| self.in_order && !is_done) else {
            return false;
        };
        let ended = self.ended();
        let mut later = ended.last.iter().take(ended.count - observed.since);
        later.any(|page| page.is_none_or(|page| page == id))
    }
}

/// Returns the events of a bulk, which is executed while the stream is read. An error of the journal ends it.
pub(super) fn events(bulk: Bulk) -> impl Stream<Item = Result<Event>> + Send + Unpin + use<> {
    // Without a buffer, a step continues only after its event was received.
    let (mut sender, events) = mpsc::channel(0);
    let work = async move {
        if let Err(error) = run(bulk, sender.clone()).await {
            let _ = sender.send(Err(error)).await;
        }
    };
    let work = work.into_stream().filter_map(|()| ready(None));
    stream::select(events, work).boxed()
}

/// Opens the journal, if there is one, and executes the steps.
async fn run(bulk: Bulk, events: mpsc::Sender<Result<Event>>) -> Result<()> {
    let Bulk {
        pages,
        steps,
        total,
        options,
        ..
    } = bulk;
    let wiki = pages.client.url().as_str();
    let (journal, past) = match &options.journal {
        Some(path) if options.dry_run => (None, Some(Journal::peek(path, wiki).await?)),
        Some(path) => {
            let (journal, past) = Journal::open(path, wiki).await?;
            (Some(journal), Some(past))
        }
        None => (None, None),
    };
    let transport = &pages.client.inner().transport;
    let (in_order, window) = (!options.unordered, transport.reads_at_once());
    let (at_once, writes) = if in_order {
        (1, 1)
    } else {
        (window, transport.writes_at_once())
    };
    let context = Arc::new(Context {
        dry_run: options.dry_run,
        journal,
        events,
        in_order,
        window,
        writes: Semaphore::new(writes),
        ended: Mutex::default(),
        pages,
    });
    let dry_run = options.dry_run;
    context.emit(Event::Started { total, dry_run }).await;
    if past.as_ref().is_some_and(|past| past.was_cut_off) {
        let message = "the journal's last line is incomplete and is ignored";
        context.warn(None, message).await;
    }

    let mut run = Run {
        context: Arc::clone(&context),
        stop_on_error: options.stop_on_error,
        unconfirmed: VecDeque::new(),
        is_rechecking: false,
        counts: Counts::default(),
        stopped_at: None,
        journal_error: None,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let mut stop = Some(stop);
    let mut outcomes = prefetch(&context, steps, past)
        .take_until(stopped)
        .map(|observed| perform(&context, observed))
        .buffer_unordered(at_once);
    while let Some(outcome) = outcomes.next().await {
        if let Some(outcome) = outcome {
            run.end(outcome).await;
        }
        if run.is_stopping() {
            stop = None;
            context.writes.close();
        }
    }
    drop((outcomes, stop));

    let mut pause = Some(options.recheck_after.unwrap_or(RECHECK_AFTER));
    run.is_rechecking = true;
    while let Some(unconfirmed) = run.unconfirmed.pop_front() {
        if unconfirmed.is_superseded {
            run.emit(unconfirmed.item).await;
            continue;
        }
        if let Some(pause) = pause.take() {
            tokio::time::sleep(pause).await;
        }
        let observed = observe(&context, unconfirmed.step).await;
        run.end(execute(&context, observed).await).await;
    }
    run.finish(total).await
}

/// Returns a stream of observed steps, which reads ahead up to the limit of the window.
fn prefetch(
    context: &Arc<Context>,
    steps: BoxStream<'static, Step>,
    past: Option<JournalContent>,
) -> BoxStream<'static, Observed> {
    let (pages, dry_run) = (context.pages.clone(), context.dry_run);
    let mut numbering = Numbering::new(pages.clone(), past);
    let client = pages.client.clone();
    let default_locale = Arc::new(OnceCell::new());
    // Sets the locale of new pages. If the default cannot be read, the step reports the error.
    let steps = steps.then(move |mut step| {
        let (client, default_locale) = (client.clone(), Arc::clone(&default_locale));
        async move {
            if let Step::Create(page) | Step::Upsert(page) = &mut step
                && page.locale.is_none()
            {
                let ask = || async { client.default_locale().await.ok() };
                let default_locale = default_locale.get_or_init(ask).await;
                page.locale.clone_from(default_locale);
            }
            step
        }
    });
    let observing = Arc::clone(context);
    let observations = steps.map(move |step| {
        let (context, step) = (Arc::clone(&observing), numbering.number(step));
        async move { observe(&context, step).await }
    });
    let observed = if context.in_order {
        observations.buffered(context.window).left_stream()
    } else {
        observations.buffer_unordered(context.window).right_stream()
    };
    let mut predicted = PredictedState::default();
    observed
        .map(move |observed| {
            if dry_run {
                predicted.predict(&pages, observed)
            } else {
                observed
            }
        })
        .boxed()
}

/// Executes a step, unless the bulk stops before the step may be written.
async fn perform(context: &Context, mut observed: Observed) -> Option<StepOutcome> {
    if context.is_stale(&observed) {
        observed = observe(context, observed.step).await;
    }
    let _permit = match observed.verdict {
        Verdict::Write(_) => Some(context.writes.acquire().await.ok()?),
        Verdict::Settled(_) => None,
    };
    Some(execute(context, observed).await)
}

/// A step whose outcome is unknown.
struct Unconfirmed {
    step: NumberedStep,
    item: Item,
    /// A later step of the same page may have been applied. Repeating this step would undo it.
    is_superseded: bool,
}

impl Unconfirmed {
    fn is_superseded_by(&self, later: &Item) -> bool {
        let is_of_the_same_page = self.item.subject == later.subject
            || (self.item.id.is_some() && self.item.id == later.id);
        let may_be_applied =
            (later.result.as_ref().err()).is_none_or(|error| error.applied() != Applied::No);
        later.index > self.item.index && is_of_the_same_page && may_be_applied
    }
}

/// The results of a bulk that is being executed.
struct Run {
    context: Arc<Context>,
    stop_on_error: bool,
    /// Steps whose outcome is unknown, to be executed again at the end. The execution observes the wiki first. A
    /// superseded step is not executed and keeps its error.
    unconfirmed: VecDeque<Unconfirmed>,
    is_rechecking: bool,
    counts: Counts,
    stopped_at: Option<u64>,
    journal_error: Option<Error>,
}

impl Run {
    fn is_stopping(&self) -> bool {
        self.stopped_at.is_some() || self.journal_error.is_some()
    }

    async fn end(&mut self, outcome: StepOutcome) {
        self.journal_error = self.journal_error.take().or(outcome.journal_error);
        let Some(item) = outcome.item else { return };
        if self.context.in_order {
            for before in &mut self.unconfirmed {
                before.is_superseded |= before.is_superseded_by(&item);
            }
        }
        if item.result.is_err() && (outcome.concerns_all || self.stop_on_error) {
            self.stopped_at.get_or_insert(item.index);
        }
        match (outcome.unconfirmed, &item.result) {
            (Some(step), Err(error)) if !self.is_rechecking => {
                let message = format!("looking at the wiki again at the end: {error}");
                self.context.warn(Some(item.index), message).await;
                self.unconfirmed.push_back(Unconfirmed {
                    step,
                    item,
                    is_superseded: false,
                });
            }
            _ => self.emit(item).await,
        }
    }

    async fn emit(&mut self, item: Item) {
        self.counts.count(&item.result);
        self.context.emit(Event::Item(item)).await;
    }

    async fn finish(mut self, total: Option<u64>) -> Result<()> {
        let is_stopped = self.is_stopping();
        if !is_stopped
            && self.counts.failed == 0
            && let Some(journal) = &self.context.journal
        {
            self.journal_error = journal.record(Line::Finished).await.err();
        }
        let finished = Event::Finished {
            counts: self.counts,
            // Every step has a result, unless the bulk was stopped.
            total: if is_stopped {
                total
            } else {
                Some(self.counts.total())
            },
            stopped_at: self.stopped_at,
        };
        self.context.emit(finished).await;
        self.journal_error.map_or(Ok(()), Err)
    }
}
