//! What requests cost, for benchmarks: the time of a server that does one thing at a time, and of a network.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time that the wiki spends on each request to `/graphql`, one after the other.
///
/// Wiki.js is one Node.js process. The default is what Wiki.js 2.5.314 with PostgreSQL and eight small pages was
/// measured to need: 1.0 ms for a request, and 1.1 ms more for each operation in it. What the fake itself needs is
/// part of that time, as long as it is less: measure with a release build.
///
/// The times are kept to some 0.05 ms, and what is late is not late for the next: so many requests that wait for each
/// other take so many times as long as one.
///
/// ```
/// use std::time::Duration;
/// use wikijs_fake::{CostModel, FakeWiki};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::builder()
///     .cost(CostModel::default())
///     .network_latency(Duration::from_millis(20))
///     .start()
///     .await;
/// assert_eq!(wiki.time_spent(), Duration::ZERO);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostModel {
    /// Time for each HTTP request.
    pub per_request: Duration,
    /// Time for each operation; each member of a JSON array is one.
    pub per_operation: Duration,
}

impl Default for CostModel {
    fn default() -> Self {
        Self {
            per_request: Duration::from_millis(1),
            per_operation: Duration::from_micros(1100),
        }
    }
}

/// The times of a wiki.
#[derive(Debug, Default)]
pub(crate) struct Timing {
    pub(crate) cost: Option<CostModel>,
    pub(crate) network_latency: Duration,
    spent: Mutex<Duration>,
    /// When the last request that has arrived will be done.
    busy_until: Mutex<Option<Instant>>,
    /// Held by the request that is waited for, so that one thread waits at a time.
    lane: tokio::sync::Mutex<()>,
}

/// The time of the server that a request takes.
#[derive(Debug)]
pub(crate) struct Slot {
    time: Duration,
    end: Instant,
}

impl Timing {
    pub(crate) fn new(cost: Option<CostModel>, network_latency: Duration) -> Self {
        Self {
            cost,
            network_latency,
            ..Self::default()
        }
    }

    /// Takes the time of a request with so many operations, which has just arrived, after that of all before it.
    pub(crate) fn book(&self, operations: usize) -> Option<Slot> {
        let cost = self.cost?;
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        let time = cost.per_request + cost.per_operation.saturating_mul(operations);
        let mut busy_until = lock(&self.busy_until);
        let now = Instant::now();
        let end = busy_until.map_or(now, |until| until.max(now)) + time;
        *busy_until = Some(end);
        Some(Slot { time, end })
    }

    /// Waits until the time of a request is over, while the network goes on.
    pub(crate) async fn spend(&self, slot: Option<Slot>) {
        let Some(Slot { time, end }) = slot else {
            return;
        };
        {
            let _turn = self.lane.lock().await;
            // A timer of the runtime has milliseconds only.
            let _ = tokio::task::spawn_blocking(move || wait_until(end)).await;
        }
        *lock(&self.spent) += time;
    }

    /// The time spent so far.
    pub(crate) fn spent(&self) -> Duration {
        *lock(&self.spent)
    }
}

/// Sleeps, and at the end looks at the clock all the time: a sleep alone is late by some 0.06 ms.
fn wait_until(end: Instant) {
    const WAKEFUL: Duration = Duration::from_micros(150);
    let left = end.saturating_duration_since(Instant::now());
    std::thread::sleep(left.saturating_sub(WAKEFUL));
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
