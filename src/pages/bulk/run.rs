//! The execution of a bulk: observations ahead, writes one after another, and events.

use std::{
    collections::VecDeque,
    future::ready,
    mem::take,
    sync::{Mutex, MutexGuard},
};

use futures::{
    FutureExt, SinkExt, Stream, StreamExt,
    stream::{self, AbortHandle, BoxStream, FuturesOrdered, FuturesUnordered, abortable},
};
use futures_channel::mpsc;
use tokio::sync::Semaphore;

use super::{
    Bulk, RECHECK_AFTER,
    journal::{Journal, Key, Line, Numbering, RecordedState},
    observe::{PredictedState, observe},
    report::{Change, Counts, Event, Item},
    step::{Action, Step},
    write::{concerns_all, execute},
};
use crate::{
    error::{Applied, Error, Result},
    pages::{Page, Pages},
    task::lock,
    types::PageId,
};

/// A step on its way through the bulk.
pub(super) struct StepState {
    pub(super) step: Step,
    pub(super) key: Option<Key>,
    /// The state in the journal, if an earlier attempt has begun the step.
    pub(super) known: Option<RecordedState>,
    /// Number of the bulk's writes that had ended when the observation began.
    pub(super) since: usize,
    /// The expected change by the write, or `Unchanged` if it is not known. `None` if the result is known without a write.
    pub(super) expected: Option<Change>,
    /// The page that blocks the location that the step needs. It is read in a dry run only; in a real run the wiki
    /// refuses the write.
    pub(super) occupant: Option<Page>,
    /// `true` if the last attempt failed for a reason that will not change, and an earlier one may have been applied.
    pub(super) is_refused: bool,
    pub(super) item: Item,
}

/// State that all steps of a bulk share.
pub(super) struct Context {
    pub(super) pages: Pages,
    pub(super) dry_run: bool,
    journal: Option<Journal>,
    events: mpsc::Sender<Result<Event>>,
    in_order: bool,
    /// Maximum number of observations in flight.
    window: usize,
    /// Permits of the writes in flight. Closed when the bulk stops.
    writes: Semaphore,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// Number of writes that have ended.
    ended: usize,
    /// The pages that the last writes have changed; `None` for an unknown page.
    last: VecDeque<Option<PageId>>,
    journal_error: Option<Error>,
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

    /// Appends a line to the journal, if there is one. Returns `false` if that fails, which stops the bulk.
    pub(super) async fn record(&self, line: Line) -> bool {
        let Some(journal) = &self.journal else {
            return true;
        };
        let error = journal.record(line).await.err();
        let is_recorded = error.is_none();
        let mut progress = self.progress();
        progress.journal_error = progress.journal_error.take().or(error);
        is_recorded
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Returns the number of writes that have ended.
    pub(super) fn ended_writes(&self) -> usize {
        self.progress().ended
    }

    /// Records the end of a write, and the page that it has changed.
    pub(super) fn note_write(&self, page: Option<PageId>) {
        let mut progress = self.progress();
        progress.ended += 1;
        progress.last.push_front(page);
        // Older entries are not needed: at most a window of observations is in flight.
        progress.last.truncate(self.window + 8);
    }

    /// Returns `true` if an earlier step has changed the page since it was observed. Unordered steps do not depend on
    /// each other.
    fn is_stale(&self, state: &StepState) -> bool {
        let is_done = matches!(state.item.result, Ok(Change::DoneBefore));
        let Some(id) = state.item.id.filter(|_| self.in_order && !is_done) else {
            return false;
        };
        let progress = self.progress();
        let mut later = progress.last.iter().take(progress.ended - state.since);
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
    let dry_run = options.dry_run;
    let wiki = pages.client.url().to_string();
    let (journal, past) = match options.journal {
        Some(path) => Journal::open(path, wiki, dry_run).await?,
        None => (None, None),
    };
    let was_cut_off = past.as_ref().is_some_and(|past| past.was_cut_off);
    let numbering = Numbering::new(pages.clone(), past);
    let transport = &pages.client.inner().transport;
    let (in_order, window) = (!options.unordered, transport.reads_at_once());
    let (at_once, writes) = if in_order {
        (1, 1)
    } else {
        (window, transport.limits.concurrent_writes)
    };
    let context = Context {
        dry_run,
        journal,
        events,
        in_order,
        window,
        writes: Semaphore::new(writes),
        progress: Mutex::default(),
        pages,
    };
    context.emit(Event::Started { total, dry_run }).await;
    if was_cut_off {
        let message = "the journal's last line is incomplete and is ignored";
        context.warn(None, message).await;
    }

    let (observed, stop) = abortable(prefetch(&context, steps, numbering));
    let mut outcomes = observed
        .map(|state| perform(&context, state))
        .buffer_unordered(at_once);
    let mut run = Run {
        context: &context,
        stop,
        stop_on_error: options.stop_on_error,
        unconfirmed: Vec::new(),
        is_rechecking: false,
        counts: Counts::default(),
        stopped_at: None,
    };
    while let Some(outcome) = outcomes.next().await {
        run.end(outcome).await;
    }
    drop(outcomes);

    run.is_rechecking = true;
    let unconfirmed = take(&mut run.unconfirmed);
    if !unconfirmed.is_empty() {
        let pause = options.recheck_after.unwrap_or(RECHECK_AFTER);
        tokio::time::sleep(pause).await;
    }
    for state in unconfirmed {
        let observed = observe(&context, state).await;
        run.end(execute(&context, observed).await).await;
    }
    run.finish(total).await
}

/// Returns a stream of observed steps, which reads ahead up to the limit of the window.
fn prefetch<'a>(
    context: &'a Context,
    steps: BoxStream<'static, Step>,
    numbering: Numbering,
) -> BoxStream<'a, StepState> {
    let numbered = stream::unfold(
        (steps, numbering),
        |(mut steps, mut numbering)| async move {
            let state = numbering.number(steps.next().await?).await;
            Some((state, (steps, numbering)))
        },
    );
    let observations = numbered.map(|state| observe(context, state));
    let transport = &context.pages.client.inner().transport;
    let observed = if context.in_order {
        transport
            .read_ahead::<FuturesOrdered<_>, _>(observations)
            .left_stream()
    } else {
        transport
            .read_ahead::<FuturesUnordered<_>, _>(observations)
            .right_stream()
    };
    let mut predicted = PredictedState::default();
    observed
        .map(move |state| {
            if context.dry_run {
                predicted.predict(&context.pages, state)
            } else {
                state
            }
        })
        .boxed()
}

/// Executes a step, unless the bulk stops before the step may be written.
async fn perform(context: &Context, mut state: StepState) -> Option<StepState> {
    if context.is_stale(&state) {
        state = observe(context, state).await;
    }
    let _permit = match state.expected {
        Some(_) => Some(context.writes.acquire().await.ok()?),
        None => None,
    };
    execute(context, state).await
}

/// The results of a bulk that is being executed.
struct Run<'a> {
    context: &'a Context,
    /// Ends the stream of observed steps.
    stop: AbortHandle,
    stop_on_error: bool,
    /// Steps whose outcome is unknown, to be executed again at the end. The execution observes the wiki first.
    unconfirmed: Vec<StepState>,
    is_rechecking: bool,
    counts: Counts,
    stopped_at: Option<u64>,
}

impl Run<'_> {
    fn is_stopping(&self) -> bool {
        self.stopped_at.is_some() || self.context.progress().journal_error.is_some()
    }

    /// Handles the end of a step; `None` if it was not executed.
    async fn end(&mut self, state: Option<StepState>) {
        if let Some(state) = state {
            self.end_executed(state).await;
        }
        if self.is_stopping() {
            self.stop.abort();
            self.context.writes.close();
        }
    }

    async fn end_executed(&mut self, state: StepState) {
        let item = &state.item;
        if self.context.in_order {
            let is_superseded = |before: &mut StepState| supersedes(item, &before.item);
            let superseded: Vec<_> = self.unconfirmed.extract_if(.., is_superseded).collect();
            for before in superseded {
                self.emit(before.item).await;
            }
        }
        if let Err(error) = &item.result {
            if self.stop_on_error || concerns_all(&self.context.pages.client, error).await {
                self.stopped_at.get_or_insert(item.index);
            }
            // The effect of a modification cannot be recognized, so a repetition might apply it twice.
            let may_repeat =
                !self.is_rechecking && !state.is_refused && item.action != Action::Modify;
            if may_repeat && error.applied() == Applied::Unknown {
                let message = format!("looking at the wiki again at the end: {error}");
                self.context.warn(Some(item.index), message).await;
                self.unconfirmed.push(state);
                return;
            }
        }
        self.emit(state.item).await;
    }

    async fn emit(&mut self, item: Item) {
        self.counts.count(&item.result);
        self.context.emit(Event::Item(item)).await;
    }

    async fn finish(self, total: Option<u64>) -> Result<()> {
        let is_stopped = self.is_stopping();
        if !is_stopped && self.counts.failed == 0 {
            self.context.record(Line::Finished).await;
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
        let journal_error = self.context.progress().journal_error.take();
        journal_error.map_or(Ok(()), Err)
    }
}

/// Returns `true` if a later step of the same page may have been applied. Repeating the earlier step would undo it.
fn supersedes(later: &Item, earlier: &Item) -> bool {
    let is_of_the_same_page =
        earlier.subject == later.subject || (earlier.id.is_some() && earlier.id == later.id);
    let error = later.result.as_ref().err();
    let may_be_applied = error.is_none_or(|error| error.applied() != Applied::No);
    later.index > earlier.index && is_of_the_same_page && may_be_applied
}
