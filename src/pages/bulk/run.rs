//! Doing a bulk: looks ahead, writes one after another, and events of it.

use std::{
    collections::{HashMap, VecDeque},
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
    journal::{Journal, Known, Past},
    look::{Ahead, Looked, Verdict, look, look_ahead},
    perform::perform,
    plan::Plan,
    report::{Change, Counts, Item, PageAt},
    step::{Action, Key, Step, Subject},
};
use crate::{
    api,
    client::Client,
    error::{Applied, Error, Result},
    pages::Pages,
    types::PageId,
};

/// What all steps of a bulk share.
pub(super) struct Context {
    pub(super) pages: Pages,
    pub(super) dry_run: bool,
    journal: Option<Journal>,
    /// How many writes are over.
    pub(super) over: AtomicU64,
}

/// A step as it was taken from the input.
pub(super) struct Taken {
    index: u64,
    pub(super) step: Step,
    action: Action,
    subject: Subject,
    key: Option<Key>,
    /// What the journal knows of it.
    pub(super) known: Option<Known>,
}

/// Numbers the steps and knows those of earlier runs again.
struct Taking {
    pages: Pages,
    next: u64,
    journal: Option<Recognition>,
}

struct Recognition {
    known: HashMap<Key, Known>,
    /// How often each was there so far.
    repetitions: HashMap<u128, u32>,
}

impl Taking {
    fn take(&mut self, step: Step) -> Taken {
        let index = self.next;
        self.next += 1;
        let (action, subject) = (step.action(), step.subject(&self.pages));
        let key = self.journal.as_mut().map(|journal| {
            let content = step.content(&self.pages);
            let repetitions = journal.repetitions.entry(content).or_default();
            let repetition = *repetitions;
            *repetitions += 1;
            Key {
                content,
                repetition,
            }
        });
        let journal = self.journal.as_mut();
        let known = journal
            .zip(key)
            .and_then(|(journal, key)| journal.known.remove(&key));
        Taken {
            index,
            step,
            action,
            subject,
            key,
            known,
        }
    }
}

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

/// Which page a write has touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touched {
    Page(PageId),
    /// Nobody knows which.
    Any,
}

/// A step that is over.
#[derive(Default)]
struct Over {
    /// None if it was not touched, since the journal could not be written.
    item: Option<Item>,
    is_write: bool,
    touched: Option<Touched>,
    concerns_all: bool,
    journal_error: Option<Error>,
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
    let mut taking = Taking {
        pages: context.pages.clone(),
        next: 0,
        journal: past.map(|past| Recognition {
            known: past.known,
            repetitions: HashMap::new(),
        }),
    };
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

/// Does what is to be done of a step, and writes it down.
async fn work(context: &Context, looked: Looked) -> Over {
    let Looked {
        taken,
        id,
        page,
        verdict,
        ..
    } = looked;
    let (index, action) = (taken.index, taken.action);
    let journal = context.journal.as_ref().zip(taken.key);
    let mut item = Item {
        index,
        action,
        subject: taken.subject,
        id,
        page,
        result: Ok(Change::Unchanged),
    };
    let mut over = Over::default();
    match verdict {
        Verdict::Settled(result) => item.result = result,
        Verdict::ToDo(expected) => {
            if let Some((journal, key)) = journal {
                let before = match &taken.known {
                    Some(Known::Begun(before)) => before.clone(),
                    _ => expected.before.clone(),
                };
                if let Err(error) = journal.begun(key, index, before).await {
                    over.journal_error = Some(error);
                    return over;
                }
            }
            let pages = &context.pages;
            item.result = match perform(pages, taken.step, taken.known, expected).await {
                Ok((page, change)) => {
                    item.id = page.as_ref().map(|page| page.id).or(item.id);
                    item.page = page.as_ref().map(PageAt::from);
                    Ok(change)
                }
                Err(error) => Err(error),
            };
            let id = match &item.subject {
                Subject::Page { id } => Some(*id),
                Subject::Path { .. } => item.id,
            };
            over.touched = Some(id.map_or(Touched::Any, Touched::Page));
        }
    }
    if let (Subject::Page { id }, true) = (&item.subject, item.result.is_ok()) {
        item.id = Some(*id);
    }
    if let Some((journal, key)) = journal {
        let written = match &item.result {
            Ok(Change::DoneBefore) => Ok(()),
            Ok(_) => journal.done(key, index, item.id).await,
            // What may have been made is looked at by the next run.
            Err(error) if over.touched.is_some() && error.applied() == Applied::No => {
                journal.failed(key, index, error).await
            }
            Err(_) => Ok(()),
        };
        over.journal_error = written.err();
    }
    if let Err(error) = &item.result {
        over.concerns_all = concerns_all(&context.pages.client, error).await;
    }
    over.item = Some(item);
    over
}

/// Whether an error is not the step's own: the next one would fail for it, too.
async fn concerns_all(client: &Client, error: &Error) -> bool {
    let error = match error {
        Error::Incomplete(incomplete) => &incomplete.source,
        error => error,
    };
    let is_the_wikis = |error: &Error| {
        error.is_unauthenticated() || error.is_unavailable() || error.is_rate_limited()
    };
    let is_on_the_way = |error: &Error| matches!(error, Error::Transport(_) | Error::Http(_));
    if is_the_wikis(error) || matches!(error, Error::Config(_)) {
        return true;
    }
    if !is_on_the_way(error) {
        return false;
    }
    // One page may be too much for the wiki or for a proxy. Does it answer at all?
    let variables = api::users_who_am_i::Variables::new();
    let answer = client.execute_plainly::<api::UsersWhoAmI>(variables).await;
    answer.is_err_and(|error| {
        is_on_the_way(&error) || error.is_unavailable() || error.is_rate_limited()
    })
}
