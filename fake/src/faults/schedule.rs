//! Which request is hit, and what was hit.

use super::{Fault, FaultPlan, InjectedFault, Trouble};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For how long the wiki is starting after the first request found it so.
const START_UP: Duration = Duration::from_millis(50);

/// An operation that a request asks for, as far as faults look at it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: Option<String>,
    /// The mutations of `pages` in it.
    pub(crate) writes: Vec<String>,
}

/// The faults of a wiki: those to come and those that were.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Course>);

#[derive(Debug, Default)]
struct Course {
    queue: VecDeque<Scheduled>,
    plan: Option<FaultPlan>,
    injected: Vec<InjectedFault>,
    database_away: bool,
    start_up: StartUp,
}

/// Whether the wiki is starting.
#[derive(Debug, Default)]
enum StartUp {
    #[default]
    Over,
    /// Nobody has asked since it listens.
    Unseen,
    Until(Instant),
}

#[derive(Debug, Clone)]
struct Scheduled {
    /// The operation that it waits for; `None`: any.
    operation: Option<String>,
    fault: Fault,
}

/// The fault of one request.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) fault: Fault,
    /// The operation that it hits.
    operation: Option<String>,
    /// Where it came from, if from the queue.
    scheduled: Option<Scheduled>,
}

impl Faults {
    /// Has a fault hit the next request that it can, or that asks for an operation of this name.
    pub(crate) fn schedule(&self, operation: Option<String>, fault: Fault) {
        self.course()
            .queue
            .push_back(Scheduled { operation, fault });
    }

    /// Forgets what is scheduled.
    pub(crate) fn clear(&self) {
        self.course().queue.clear();
    }

    /// How many scheduled faults have not struck yet.
    pub(crate) fn pending(&self) -> usize {
        self.course().queue.len()
    }

    pub(crate) fn set_plan(&self, plan: Option<FaultPlan>) {
        self.course().plan = plan;
    }

    pub(crate) fn set_database_away(&self, away: bool) {
        self.course().database_away = away;
    }

    pub(crate) fn is_database_away(&self) -> bool {
        self.course().database_away
    }

    /// The wiki begins to start.
    pub(crate) fn start_up(&self) {
        self.course().start_up = StartUp::Unseen;
    }

    /// Whether the wiki is starting when a request comes in. The first one always finds it so, however late it is.
    pub(crate) fn is_starting(&self) -> bool {
        let mut course = self.course();
        match course.start_up {
            StartUp::Over => false,
            StartUp::Unseen => {
                course.start_up = StartUp::Until(Instant::now() + START_UP);
                true
            }
            StartUp::Until(end) if Instant::now() < end => true,
            StartUp::Until(_) => {
                course.start_up = StartUp::Over;
                false
            }
        }
    }

    pub(crate) fn injected(&self) -> Vec<InjectedFault> {
        self.course().injected.clone()
    }

    pub(crate) fn injected_count(&self) -> usize {
        self.course().injected.len()
    }

    /// The fault of a request that just came in. A scheduled one goes before one by chance.
    pub(crate) fn choose(&self, asked: &[Asked]) -> Option<Chosen> {
        let mut course = self.course();
        let by_chance = course.plan.as_mut().and_then(|plan| plan.next(asked));
        let chosen = match course.take(asked) {
            Some(chosen) => chosen,
            None => by_chance.map(|fault| Chosen {
                operation: fault.target(asked, None).and_then(|hit| hit.name.clone()),
                fault,
                scheduled: None,
            })?,
        };
        if chosen.fault.writes().is_none() {
            course.note(&chosen);
        }
        Some(chosen)
    }

    /// Settles a fault of a write when its request is done: where the write never came to the failing step, a
    /// scheduled fault waits for the next one.
    pub(crate) fn settle(&self, chosen: Chosen, trouble: &Trouble) {
        if chosen.fault.writes().is_none() {
            return;
        }
        let mut course = self.course();
        if trouble.is_over() {
            course.note(&chosen);
        } else if let Some(scheduled) = chosen.scheduled {
            course.queue.push_front(scheduled);
        }
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Course {
    /// Takes the first scheduled fault that can hit a request.
    fn take(&mut self, asked: &[Asked]) -> Option<Chosen> {
        let hits = |scheduled: &Scheduled| {
            let Scheduled { operation, fault } = scheduled;
            let hits_anything = operation.is_none() && fault.writes().is_none();
            hits_anything || fault.target(asked, operation.as_deref()).is_some()
        };
        let index = self.queue.iter().position(hits)?;
        let scheduled = self.queue.remove(index)?;
        let hit = scheduled
            .fault
            .target(asked, scheduled.operation.as_deref());
        Some(Chosen {
            fault: scheduled.fault.clone(),
            operation: hit.and_then(|hit| hit.name.clone()),
            scheduled: Some(scheduled),
        })
    }

    fn note(&mut self, chosen: &Chosen) {
        self.injected.push(InjectedFault {
            operation: chosen.operation.clone(),
            fault: chosen.fault.clone(),
        });
    }
}
