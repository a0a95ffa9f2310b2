//! The processing time of requests on a single-threaded server, and the latency of a network, for benchmarks.

use crate::lock;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The processing time of requests to `/graphql`, which are processed one after another.
///
/// Wiki.js is one Node.js process. The default was measured with Wiki.js 2.5.314, PostgreSQL and eight small pages: 1.0
/// ms for a request, and 1.1 ms for each operation in it. It includes the time of the fake itself, if that is less:
/// measure with a release build.
///
/// The times are accurate to about 0.05 ms, and delays do not add up: a number of sequential requests takes that many
/// times as long as one.
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

/// The processing times of a wiki.
#[derive(Debug, Default)]
pub(crate) struct Timing {
    pub(crate) cost: Option<CostModel>,
    pub(crate) network_latency: Duration,
    spent: Mutex<Duration>,
    /// End of the processing time of the last request that has arrived.
    busy_until: Mutex<Option<Instant>>,
    /// Lock of the request that waits, so that only one thread waits at a time.
    queue: tokio::sync::Mutex<()>,
}

/// The processing time of a request.
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

    /// Reserves the time of a request with this many operations, after that of all earlier ones.
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

    /// Waits for the end of the processing time of a request.
    pub(crate) async fn spend(&self, slot: Option<Slot>) {
        let Some(Slot { time, end }) = slot else {
            return;
        };
        {
            let _permit = self.queue.lock().await;
            // Timers of the runtime are accurate only to milliseconds.
            let _ = tokio::task::spawn_blocking(move || wait_until(end)).await;
        }
        *lock(&self.spent) += time;
    }

    /// Returns the time spent so far.
    pub(crate) fn spent(&self) -> Duration {
        *lock(&self.spent)
    }
}

/// Sleeps until shortly before the end, then spins, because a sleep alone is late by about 0.06 ms.
fn wait_until(end: Instant) {
    const SPIN: Duration = Duration::from_micros(150);
    let left = end.saturating_duration_since(Instant::now());
    std::thread::sleep(left.saturating_sub(SPIN));
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}
