//! The state that the server and the test share.

use crate::cost::Timing;
use crate::document::Documents;
use crate::faults::Faults;
use crate::lock;
use crate::requests::{Gate, Hooks, Observer, RecordedRequest};
use crate::state::{FakeLogLine, State};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::broadcast;

/// Maximum number of log lines that are buffered for a slow subscriber.
const LOG_LINES: usize = 256;

/// The contents of a wiki, and the state of its server.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    requests: Mutex<Requests>,
    pub(crate) documents: Documents,
    pub(crate) faults: Faults,
    pub(crate) hooks: Hooks,
    pub(crate) timing: Timing,
    pub(crate) gate: Gate,
    pub(crate) observer: Option<Observer>,
    pub(crate) log: broadcast::Sender<FakeLogLine>,
    keeps_requests: bool,
}

/// The requests that were received.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) kept: Vec<RecordedRequest>,
    pub(crate) count: usize,
    pub(crate) operations: usize,
}

impl Shared {
    pub(crate) fn new(
        state: State,
        documents: Documents,
        timing: Timing,
        keeps_requests: bool,
        observer: Option<Observer>,
    ) -> Self {
        Self {
            state: Mutex::new(state),
            requests: Mutex::default(),
            documents,
            faults: Faults::default(),
            hooks: Hooks::default(),
            timing,
            gate: Gate::default(),
            observer,
            log: broadcast::channel(LOG_LINES).0,
            keeps_requests,
        }
    }

    /// Locks the contents of the wiki. The guard must not live across an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Locks the record of the requests.
    pub(crate) fn requests(&self) -> MutexGuard<'_, Requests> {
        lock(&self.requests)
    }

    /// Records a request.
    pub(crate) fn record(&self, request: RecordedRequest) {
        let mut requests = self.requests();
        requests.count += 1;
        requests.operations += request.operations.len();
        if self.keeps_requests {
            requests.kept.push(request);
        }
    }
}
