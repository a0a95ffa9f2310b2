//! The execution of a bulk: observations ahead, writes one after another, and events.

use std::{
    collections::VecDeque,
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{
    Stream, StreamExt,
    future::{BoxFuture, Either, select},
    stream::{self, BoxStream, FuturesUnordered},
};
use tokio::sync::OnceCell;

use super::{
    Bulk, RECHECK_AFTER,
    journal::{Journal, JournalContent, Line},
    observe::{Observed, PredictedState, Verdict, observe},
    report::{Change, Counts, Event, Item},
    step::{NumberedStep, Numbering, Step},
    write::{Context, StepOutcome, Touched, execute},
};
use crate::{
    client::Client,
    error::{Applied, Error, Result},
    types::Locale,
};

/// A bulk that is being executed.
struct Run {
    context: Arc<Context>,
    prefetched: BoxStream<'static, Observed>,
    is_input_over: bool,
    /// Number of observed steps.
    observed: u64,
    /// Steps that were observed and have not begun.
    ready: VecDeque<Observed>,
    in_flight: FuturesUnordered<BoxFuture<'static, StepOutcome>>,
    /// Steps whose outcome is unknown, to be executed again at the end.
    unconfirmed: VecDeque<Unconfirmed>,
    /// The pause before steps are executed again; `None` after this pause.
    pause: Option<Duration>,
    /// Number of writes among the steps in flight.
    writes: usize,
    events: VecDeque<Event>,
    predicted: PredictedState,
    /// The pages that the last writes have changed, with the numbers of the writes.
    touched: VecDeque<(u64, Touched)>,
    limits: Limits,
    counts: Counts,
    total: Option<u64>,
    stopped_at: Option<u64>,
    journal_error: Option<Error>,
    is_finished: bool,
}

/// Order and concurrency of the steps.
#[derive(Debug, Clone, Copy)]
struct Limits {
    stop_on_error: bool,
    in_order: bool,
    /// Maximum number of writes in flight.
    writes: usize,
    /// Maximum number of observations in flight.
    window: usize,
}

/// Opens the journal, if there is one, and begins the bulk.
pub(super) async fn start(
    bulk: Bulk,
) -> Result<impl Stream<Item = Result<Event>> + Send + Unpin + use<>> {
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
    let limits = Limits {
        stop_on_error: options.stop_on_error,
        in_order: !options.unordered,
        writes: if options.unordered {
            transport.writes_at_once()
        } else {
            1
        },
        window: transport.reads_at_once(),
    };
    let mut events = VecDeque::from([Event::Started {
        total,
        dry_run: options.dry_run,
    }]);
    if past.as_ref().is_some_and(|past| past.was_cut_off) {
        events.push_back(Event::Warning {
            index: None,
            message: "the journal's last line is incomplete and is ignored".to_owned(),
        });
    }
    let context = Arc::new(Context {
        pages: pages.clone(),
        dry_run: options.dry_run,
        journal,
        ended: AtomicU64::new(0),
    });
    let run = Run {
        prefetched: prefetch(&context, steps, past, limits),
        context,
        is_input_over: false,
        observed: 0,
        ready: VecDeque::new(),
        in_flight: FuturesUnordered::new(),
        unconfirmed: VecDeque::new(),
        pause: Some(options.recheck_after.unwrap_or(RECHECK_AFTER)),
        writes: 0,
        events,
        predicted: PredictedState::default(),
        touched: VecDeque::new(),
        limits,
        counts: Counts::default(),
        total,
        stopped_at: None,
        journal_error: None,
        is_finished: false,
    };
    let events = stream::unfold(run, |mut run| async move {
        let event = run.next().await?;
        Some((event, run))
    });
    Ok(events.boxed())
}

/// Returns a stream of observed steps, which reads ahead up to the limit of the window.
fn prefetch(
    context: &Arc<Context>,
    steps: BoxStream<'static, Step>,
    past: Option<JournalContent>,
    limits: Limits,
) -> BoxStream<'static, Observed> {
    let mut numbering = Numbering::new(context.pages.clone(), past);
    let client = context.pages.client.clone();
    let default_locale = Arc::new(OnceCell::new());
    let context = Arc::clone(context);
    let steps = steps.then(move |step| localized(client.clone(), default_locale.clone(), step));
    let observations = steps.map(move |step| {
        let (context, step) = (Arc::clone(&context), numbering.number(step));
        async move { observe(&context, step).await }
    });
    if limits.in_order {
        observations.buffered(limits.window).boxed()
    } else {
        observations.buffer_unordered(limits.window).boxed()
    }
}

/// Sets the locale of a new page to the default, if it is unset. If the default cannot be read, the step reports the
/// error.
async fn localized(
    client: Client,
    default_locale: Arc<OnceCell<Option<Locale>>>,
    mut step: Step,
) -> Step {
    if let Step::Create(page) | Step::Upsert(page) = &mut step
        && page.locale.is_none()
    {
        let ask = || async { client.default_locale().await.ok() };
        page.locale
            .clone_from(default_locale.get_or_init(ask).await);
    }
    step
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

impl Run {
    async fn next(&mut self) -> Option<Result<Event>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(Ok(event));
            }
            if self.is_finished {
                return self.journal_error.take().map(Err);
            }
            self.begin_ready_steps();
            // Return the event of a step that has begun before awaiting the step.
            if self.events.is_empty() {
                self.advance().await;
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopped_at.is_some() || self.journal_error.is_some()
    }

    /// Waits for the next observation or the end of a step.
    async fn advance(&mut self) {
        let room = if self.limits.in_order {
            1
        } else {
            self.limits.window
        };
        let may_observe = !self.is_input_over && !self.is_stopping() && self.ready.len() < room;
        if !may_observe && self.in_flight.is_empty() {
            match self.unconfirmed.front() {
                Some(_) => self.execute_again().await,
                None => self.finish().await,
            }
            return;
        }
        let next = {
            let (in_flight, prefetched) = (&mut self.in_flight, &mut self.prefetched);
            let outcome = async {
                match in_flight.next().await {
                    Some(outcome) => outcome,
                    None => pending().await,
                }
            };
            let observed = async {
                if may_observe {
                    prefetched.next().await
                } else {
                    pending().await
                }
            };
            match select(pin!(outcome), pin!(observed)).await {
                Either::Left((outcome, _)) => Either::Left(outcome),
                Either::Right((observed, _)) => Either::Right(observed),
            }
        };
        match next {
            Either::Left(outcome) => self.end(outcome),
            Either::Right(Some(observed)) => self.enqueue(observed),
            Either::Right(None) => self.is_input_over = true,
        }
    }

    fn enqueue(&mut self, observed: Observed) {
        self.observed += 1;
        let observed = if self.context.dry_run {
            self.predicted.predict(&self.context.pages, observed)
        } else {
            observed
        };
        let is_settled = matches!(observed.verdict, Verdict::Settled(_));
        if is_settled && !self.limits.in_order {
            self.begin(observed);
        } else {
            self.ready.push_back(observed);
        }
    }

    fn begin_ready_steps(&mut self) {
        if self.is_stopping() {
            self.ready.clear();
        }
        loop {
            let has_room = if self.limits.in_order {
                self.in_flight.is_empty()
            } else {
                self.writes < self.limits.writes
            };
            if !has_room {
                return;
            }
            let Some(observed) = self.ready.pop_front() else {
                return;
            };
            self.begin(observed);
        }
    }

    fn begin(&mut self, observed: Observed) {
        let is_stale = self.is_stale(&observed);
        let step = &observed.step;
        let is_write = is_stale || matches!(observed.verdict, Verdict::Write(_));
        if is_write {
            self.writes += 1;
            if step.known.is_some() {
                self.events.push_back(Event::Warning {
                    index: Some(step.index),
                    message: "an earlier attempt may have applied this step: looking at the wiki"
                        .to_owned(),
                });
            }
            self.events.push_back(Event::Begun {
                index: step.index,
                action: step.action,
                subject: step.subject.clone(),
            });
        }
        let context = Arc::clone(&self.context);
        self.in_flight.push(Box::pin(async move {
            let observed = if is_stale {
                observe(&context, observed.step).await
            } else {
                observed
            };
            let outcome = execute(&context, observed).await;
            StepOutcome {
                is_write,
                ..outcome
            }
        }));
    }

    /// Returns `true` if an earlier step has changed the page since it was observed. Unordered steps do not depend on
    /// each other.
    fn is_stale(&self, observed: &Observed) -> bool {
        let is_done = matches!(observed.verdict, Verdict::Settled(Ok(Change::DoneBefore)));
        let Some(id) = observed.id.filter(|_| self.limits.in_order && !is_done) else {
            return false;
        };
        let concerns_it = |touched| touched == Touched::Unknown || touched == Touched::Page(id);
        self.touched
            .iter()
            .any(|(number, touched)| *number > observed.since && concerns_it(*touched))
    }

    fn end(&mut self, outcome: StepOutcome) {
        if outcome.is_write {
            self.writes -= 1;
        }
        if let Some(touched) = outcome.touched {
            let number = self.context.ended.fetch_add(1, Ordering::Relaxed) + 1;
            self.touched.push_back((number, touched));
            // Older entries are not needed: at most a window of observations is in flight.
            if self.touched.len() > self.limits.window + 8 {
                self.touched.pop_front();
            }
        }
        if let Some(item) = outcome.item {
            if self.limits.in_order {
                for before in &mut self.unconfirmed {
                    before.is_superseded |= before.is_superseded_by(&item);
                }
            }
            let stops = outcome.concerns_all || self.limits.stop_on_error;
            if item.result.is_err() && stops && self.stopped_at.is_none() {
                self.stopped_at = Some(item.index);
            }
            match outcome.unconfirmed {
                Some(step) if self.pause.is_some() => {
                    if let Err(error) = &item.result {
                        self.events.push_back(Event::Warning {
                            index: Some(item.index),
                            message: format!("looking at the wiki again at the end: {error}"),
                        });
                    }
                    self.unconfirmed.push_back(Unconfirmed {
                        step,
                        item,
                        is_superseded: false,
                    });
                }
                _ => self.emit(item),
            }
        }
        self.journal_error = self.journal_error.take().or(outcome.journal_error);
    }

    fn emit(&mut self, item: Item) {
        self.counts.count(&item.result);
        self.events.push_back(Event::Item(item));
    }

    /// Executes a step whose outcome is unknown again. The execution observes the wiki first. A superseded step is not
    /// executed and keeps its error.
    async fn execute_again(&mut self) {
        let is_superseded = |step: &Unconfirmed| step.is_superseded;
        if self.unconfirmed.front().is_some_and(is_superseded) {
            if let Some(step) = self.unconfirmed.pop_front() {
                self.emit(step.item);
            }
            return;
        }
        if let Some(pause) = self.pause {
            tokio::time::sleep(pause).await;
            self.pause = None;
        }
        if let Some(unconfirmed) = self.unconfirmed.pop_front() {
            let observed = observe(&self.context, unconfirmed.step).await;
            self.begin(observed);
        }
    }

    async fn finish(&mut self) {
        if !self.is_stopping() {
            self.total = Some(self.observed);
            if self.counts.failed == 0
                && let Some(journal) = &self.context.journal
            {
                self.journal_error = journal.record(Line::Finished).await.err();
            }
        }
        self.is_finished = true;
        self.events.push_back(Event::Finished {
            counts: self.counts,
            total: self.total,
            stopped_at: self.stopped_at,
        });
    }
}
