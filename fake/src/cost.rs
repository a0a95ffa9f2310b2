//! What requests cost, for benchmarks: the time of a server that does one thing at a time, and of a network.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time that the wiki spends on each request to `/graphql`, one after the other.
///
/// Wiki.js is one Node.js process. The default is what Wiki.js 2.5.314 with PostgreSQL and eight small pages was
/// measured to need: 1.0 ms for a request, and 1.1 ms more for each operation in it. What the fake itself needs
/// comes on top, so measure with a release build.
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
    /// Held by the request that is served.
    lane: tokio::sync::Mutex<()>,
}

impl Timing {
    pub(crate) fn new(cost: Option<CostModel>, network_latency: Duration) -> Self {
        Self {
            cost,
            network_latency,
            spent: Mutex::default(),
            lane: tokio::sync::Mutex::default(),
        }
    }

    /// Spends the time of a request with so many operations. It stops the server's thread, and with it every other
    /// request, as Node.js does.
    pub(crate) async fn spend(&self, operations: usize) {
        let Some(cost) = self.cost else {
            return;
        };
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        let time = cost.per_request + cost.per_operation.saturating_mul(operations);
        let _turn = self.lane.lock().await;
        // The answer to the request before leaves first.
        tokio::task::yield_now().await;
        std::thread::sleep(time);
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// The time spent so far.
    pub(crate) fn spent(&self) -> Duration {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
