//! The scheduled faults, the fault of each request, and the faults that happened.

use super::{Fault, FaultPlan, InjectedFault, RenderError};
use crate::lock;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Time for which the wiki is starting, from the first request on.
const START_UP: Duration = Duration::from_millis(50);

/// The properties of a requested operation by which faults are chosen.
#[derive(Debug, Clone)]
pub(crate) struct Requested {
    pub(crate) name: Option<String>,
    /// Mutations of `pages` in it.
    pub(crate) writes: Vec<String>,
}

/// The faults of a wiki.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Schedule>);

/// The scheduled faults, and those that happened.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    pub(crate) queue: VecDeque<Scheduled>,
    pub(crate) plan: Option<FaultPlan>,
    pub(crate) injected: Vec<InjectedFault>,
    pub(crate) database_away: bool,
    pub(crate) in_setup: bool,
    pub(crate) render_error: Option<RenderError>,
    start_up: StartUp,
    /// Shared with each pending late execution, so that the reference count is their number.
    late: Arc<()>,
}

/// The start of the wiki after a restart.
#[derive(Debug, Default)]
enum StartUp {
    #[default]
    Over,
    /// No request has arrived since the wiki listens.
    Waiting,
    Until(Instant),
}

/// A fault that waits for a request.
#[derive(Debug, Clone)]
pub(crate) struct Scheduled {
    /// Name of the operation that it waits for; `None`: any.
    pub(crate) operation: Option<String>,
    pub(crate) fault: Fault,
}

/// The fault of one request.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) fault: Fault,
    /// Operation that it hits.
    operation: Option<String>,
    /// Entry of the queue, unless it is a random fault.
    scheduled: Option<Scheduled>,
}

impl Faults {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Schedule> {
        lock(&self.0)
    }

    /// Returns a guard that counts an execution as pending until it is dropped.
    pub(crate) fn late(&self) -> Arc<()> {
        Arc::clone(&self.lock().late)
    }

    /// Returns the number of pending late executions.
    pub(crate) fn late_count(&self) -> usize {
        Arc::strong_count(&self.lock().late) - 1
    }

    /// Begins a start of the wiki.
    pub(crate) fn start_up(&self) {
        self.lock().start_up = StartUp::Waiting;
    }

    /// Returns whether the wiki is starting. It always is for the first request after a restart.
    pub(crate) fn is_starting(&self) -> bool {
        let mut schedule = self.lock();
        match schedule.start_up {
            StartUp::Over => false,
            StartUp::Waiting => {
                schedule.start_up = StartUp::Until(Instant::now() + START_UP);
                true
            }
            StartUp::Until(end) if Instant::now() < end => true,
            StartUp::Until(_) => {
                schedule.start_up = StartUp::Over;
                false
            }
        }
    }

    /// Chooses the fault of a request: a scheduled one, else a random one.
    pub(crate) fn choose(&self, requested: &[Requested]) -> Option<Chosen> {
        let mut schedule = self.lock();
        let random = schedule.plan.as_mut().and_then(|plan| plan.next(requested));
        let chosen = match schedule.take(requested) {
            Some(chosen) => chosen,
            None => random.map(|fault| Chosen {
                operation: fault
                    .target(requested, None)
                    .and_then(|hit| hit.name.clone()),
                fault,
                scheduled: None,
            })?,
        };
        if chosen.fault.writes().is_none() {
            schedule.record(&chosen);
        }
        Some(chosen)
    }

    /// Records the fault of a write after its request. If the write did not reach the failing step, a scheduled fault
    /// waits for the next one.
    pub(crate) fn finish(&self, chosen: Chosen, active: &ActiveFault) {
        if chosen.fault.writes().is_none() {
            return;
        }
        let mut schedule = self.lock();
        if active.has_triggered() {
            schedule.record(&chosen);
        } else if let Some(scheduled) = chosen.scheduled {
            schedule.queue.push_front(scheduled);
        }
    }
}

impl Schedule {
    /// Removes the first scheduled fault that can hit a request.
    fn take(&mut self, requested: &[Requested]) -> Option<Chosen> {
        let hits = |scheduled: &Scheduled| {
            let Scheduled { operation, fault } = scheduled;
            let hits_anything = operation.is_none() && fault.writes().is_none();
            hits_anything || fault.target(requested, operation.as_deref()).is_some()
        };
        let index = self.queue.iter().position(hits)?;
        let scheduled = self.queue.remove(index)?;
        let operation = scheduled.operation.as_deref();
        let hit = scheduled.fault.target(requested, operation);
        Some(Chosen {
            fault: scheduled.fault.clone(),
            operation: hit.and_then(|hit| hit.name.clone()),
            scheduled: Some(scheduled),
        })
    }

    fn record(&mut self, chosen: &Chosen) {
        self.injected.push(InjectedFault {
            operation: chosen.operation.clone(),
            fault: chosen.fault.clone(),
        });
    }
}

/// The fault of a request while it is executed; by default none.
#[derive(Debug, Default)]
pub(crate) struct ActiveFault {
    /// The database cannot be reached.
    pub(crate) database_away: bool,
    /// Number of seconds to wait in the response.
    pub(crate) rate_limited: Option<u64>,
    /// The fault of a step of a write, until it has triggered.
    write: Mutex<Option<Fault>>,
}

impl ActiveFault {
    /// Returns the effects of a fault on the execution.
    pub(crate) fn new(fault: Option<&Fault>, database_away: bool) -> Self {
        Self {
            database_away: database_away || fault == Some(&Fault::DatabaseAway),
            rate_limited: match fault {
                Some(Fault::RateLimited { seconds }) => Some(*seconds),
                _ => None,
            },
            write: Mutex::new(fault.filter(|fault| fault.writes().is_some()).cloned()),
        }
    }

    /// Returns whether a write fails with this fault now. Each fault triggers once.
    pub(crate) fn triggers(&self, fault: &Fault) -> bool {
        let mut write = lock(&self.write);
        write.take_if(|own| own == fault).is_some()
    }

    /// Returns whether no fault of a step of a write is pending.
    pub(crate) fn has_triggered(&self) -> bool {
        let write = lock(&self.write);
        write.is_none()
    }
}
