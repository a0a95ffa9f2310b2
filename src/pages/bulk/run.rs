//! Doing a bulk: looks ahead, writes one after another, and events of it.

use std::{
    collections::VecDeque,
    future::pending,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{
    Stream, StreamExt,
    future::{BoxFuture, Either, select},
    stream::{self, BoxStream, FuturesUnordered},
};

use super::{
    Bulk,
    event::Event,
    journal::{Journal, Past},
    look::{Ahead, Looked, Verdict, look, look_ahead},
    plan::Plan,
    report::{Change, Counts},
    step::Step,
    take::Taking,
    work::{Context, Over, Touched, work},
};
use crate::error::{Error, Result};

/// A bulk that is being done.
struct Run {
    context: Arc<Context>,
    ahead: BoxStream<'static, Ahead>,
    ahead_is_over: bool,
    /// How many steps were looked into.
    looked_into: u64,
    /// Looked into, and not begun.
    ready: VecDeque<Looked>,
    under_way: FuturesUnordered<BoxFuture<'static, Over>>,
    /// How many of those under way are writes.
    writes: usize,
    events: VecDeque<Event>,
    plan: Plan,
    /// What the last writes have touched, each with its number.
    touched: VecDeque<(u64, Touched)>,
    pace: Pace,
    counts: Counts,
    total: Option<u64>,
    stopped_at: Option<u64>,
    journal_error: Option<Error>,
    is_finished: bool,
}

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
struct Pace {
    stop_on_error: bool,
    in_order: bool,
    /// How many writes are under way at once.
    writes: usize,
    /// How many steps are looked into at once.
    window: usize,
}

/// Opens the journal, if there is one, and begins.
pub(super) async fn start(
    bulk: Bulk,
) -> Result<impl Stream<Item = Result<Event>> + Send + Unpin + use<>> {
    let Bulk {
        pages,
        steps,
        total,
        options,
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
    let pace = Pace {
        stop_on_error: options.stop_on_error,
        in_order: !options.as_they_come,
        writes: if options.as_they_come {
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
            message: "the journal's last line was cut off, and is left out".to_owned(),
        });
    }
    let context = Arc::new(Context {
        pages: pages.clone(),
        dry_run: options.dry_run,
        journal,
        over: AtomicU64::new(0),
    });
    let run = Run {
        ahead: ahead(&context, steps, past, pace),
        context,
        ahead_is_over: false,
        looked_into: 0,
        ready: VecDeque::new(),
        under_way: FuturesUnordered::new(),
        writes: 0,
        events,
        plan: Plan::default(),
        touched: VecDeque::new(),
        pace,
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

/// The steps, looked into ahead.
fn ahead(
    context: &Arc<Context>,
    steps: BoxStream<'static, Step>,
    past: Option<Past>,
    pace: Pace,
) -> BoxStream<'static, Ahead> {
    let mut taking = Taking::new(context.pages.clone(), past);
    let context = Arc::clone(context);
    let looks = steps.map(move |step| {
        let (context, taken) = (Arc::clone(&context), taking.take(step));
        async move { look_ahead(&context, taken).await }
    });
    if pace.in_order {
        looks.buffered(pace.window).boxed()
    } else {
        looks.buffer_unordered(pace.window).boxed()
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
            self.begin_what_is_ready();
            // What was begun shows before it is waited for.
            if self.events.is_empty() {
                self.go_on().await;
            }
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopped_at.is_some() || self.journal_error.is_some()
    }

    async fn go_on(&mut self) {
        let room = if self.pace.in_order {
            1
        } else {
            self.pace.window
        };
        let may_look = !self.ahead_is_over && !self.is_stopping() && self.ready.len() < room;
        if !may_look && self.under_way.is_empty() {
            return self.finish().await;
        }
        let next = {
            let (under_way, ahead) = (&mut self.under_way, &mut self.ahead);
            let over = async {
                match under_way.next().await {
                    Some(over) => over,
                    None => pending().await,
                }
            };
            let looked = async {
                if may_look {
                    ahead.next().await
                } else {
                    pending().await
                }
            };
            match select(pin!(over), pin!(looked)).await {
                Either::Left((over, _)) => Either::Left(over),
                Either::Right((looked, _)) => Either::Right(looked),
            }
        };
        match next {
            Either::Left(over) => self.is_over(over),
            Either::Right(Some(ahead)) => self.is_looked_into(ahead),
            Either::Right(None) => self.ahead_is_over = true,
        }
    }

    fn is_looked_into(&mut self, ahead: Ahead) {
        self.looked_into += 1;
        let looked = match ahead {
            Ahead::Looked(looked) => looked,
            Ahead::Foreseen(taken, foreseen) => {
                let (seen, result) = self.plan.take(&self.context.pages, &taken.step, foreseen);
                let (id, page) = seen.unzip();
                let verdict = Verdict::Settled(result);
                Looked {
                    taken,
                    since: 0,
                    id,
                    page,
                    verdict,
                }
            }
        };
        let is_settled = matches!(looked.verdict, Verdict::Settled(_));
        if is_settled && !self.pace.in_order {
            self.begin(looked);
        } else {
            self.ready.push_back(looked);
        }
    }

    fn begin_what_is_ready(&mut self) {
        if self.is_stopping() {
            self.ready.clear();
        }
        loop {
            let has_place = if self.pace.in_order {
                self.under_way.is_empty()
            } else {
                self.writes < self.pace.writes
            };
            if !has_place {
                return;
            }
            let Some(looked) = self.ready.pop_front() else {
                return;
            };
            self.begin(looked);
        }
    }

    fn begin(&mut self, looked: Looked) {
        let is_stale = self.is_stale(&looked);
        let taken = &looked.taken;
        let is_write = is_stale || matches!(looked.verdict, Verdict::ToDo(_));
        if is_write {
            self.writes += 1;
            if taken.known.is_some() {
                self.events.push_back(Event::Warning {
                    index: Some(taken.index),
                    message: "an earlier run has begun this step: what became of it is looked at"
                        .to_owned(),
                });
            }
            self.events.push_back(Event::Begun {
                index: taken.index,
                action: taken.action,
                subject: taken.subject.clone(),
            });
        }
        let context = Arc::clone(&self.context);
        let work = async move {
            let looked = if is_stale {
                look(&context, looked.taken).await
            } else {
                looked
            };
            let over = work(&context, looked).await;
            Over { is_write, ..over }
        };
        self.under_way.push(Box::pin(work));
    }

    /// Whether a step before has touched the page since it was looked at. Steps in any order have no
    /// before.
    fn is_stale(&self, looked: &Looked) -> bool {
        let is_of_the_journal = matches!(looked.verdict, Verdict::Settled(Ok(Change::DoneBefore)));
        let Some(id) = looked
            .id
            .filter(|_| self.pace.in_order && !is_of_the_journal)
        else {
            return false;
        };
        let concerns_it = |touched| touched == Touched::Any || touched == Touched::Page(id);
        self.touched
            .iter()
            .any(|(number, touched)| *number > looked.since && concerns_it(*touched))
    }

    fn is_over(&mut self, over: Over) {
        if over.is_write {
            self.writes -= 1;
        }
        if let Some(touched) = over.touched {
            let number = self.context.over.fetch_add(1, Ordering::Relaxed) + 1;
            self.touched.push_back((number, touched));
            // No look is older than the window.
            if self.touched.len() > self.pace.window + 8 {
                self.touched.pop_front();
            }
        }
        if let Some(item) = over.item {
            self.counts.count(&item.result);
            let stops = over.concerns_all || self.pace.stop_on_error;
            if item.result.is_err() && stops && self.stopped_at.is_none() {
                self.stopped_at = Some(item.index);
            }
            self.events.push_back(Event::Item(item));
        }
        self.journal_error = self.journal_error.take().or(over.journal_error);
    }

    async fn finish(&mut self) {
        if !self.is_stopping() {
            self.total = Some(self.looked_into);
            if self.counts.failed == 0
                && let Some(journal) = &self.context.journal
            {
                self.journal_error = journal.finished().await.err();
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
