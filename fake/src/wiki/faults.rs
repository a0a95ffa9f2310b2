//! The side of [`FakeWiki`] from which a test makes it fail.

use super::FakeWiki;
use crate::faults::{Fault, FaultPlan, InjectedFault};
use std::io;
use std::time::Duration;

/// Faults on purpose; see [`Fault`] for what there is.
///
/// ```
/// use wikijs_fake::{FakeWiki, Fault, FaultPlan};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::start().await;
///
/// // The next request gets no answer, and the one after it a 503:
/// wiki.fail_next(Fault::ResetAfter);
/// wiki.fail_next(Fault::status(503));
///
/// // Then a fifth of all, the same ones at each run:
/// wiki.set_faults(FaultPlan::random(7).rate(0.2));
///
/// // … the code under test …
///
/// assert!(wiki.injected().is_empty());
/// # });
/// ```
impl FakeWiki {
    /// Has a fault hit the next request to `/graphql` that it can hit.
    ///
    /// The scheduled faults are used in order, one for each request and each once. One that is about a write, such
    /// as [`Fault::RebuildTree`], waits for such a write that gets as far as the failing step, and lets the faults
    /// behind it pass meanwhile.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.faults().schedule(None, fault);
    }

    /// Has a fault hit the next request that asks for an operation of this name, as
    /// [`fail_next`](Self::fail_next) does for any.
    pub fn fail_next_matching(&self, operation: impl Into<String>, fault: Fault) {
        self.shared.faults().schedule(Some(operation.into()), fault);
    }

    /// How many scheduled faults have not struck yet.
    pub fn pending_faults(&self) -> usize {
        self.shared.faults().pending()
    }

    /// Forgets the scheduled faults.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Has faults come at random, or none any more. Scheduled ones go before them.
    pub fn set_faults(&self, plan: impl Into<Option<FaultPlan>>) {
        self.shared.faults().set_plan(plan.into());
    }

    /// The faults that struck, in order.
    pub fn injected(&self) -> Vec<InjectedFault> {
        self.shared.faults().injected()
    }

    /// How many faults struck.
    pub fn injected_count(&self) -> usize {
        self.shared.faults().injected_count()
    }

    /// Takes the wiki's database away, or gives it back: meanwhile each request is answered as with
    /// [`Fault::DatabaseAway`], and `/healthz` with 503. [`injected`](Self::injected) does not count them.
    pub fn set_database_away(&self, away: bool) {
        self.shared.faults().set_database_away(away);
    }

    /// Stops the wiki and starts it again on the same port, with what it holds.
    ///
    /// When this returns, every connection is closed and new ones are refused, until the downtime is over. A write
    /// under way stops where it is. Then the wiki is starting: the first request to `/graphql`, and those of the
    /// next 50 ms, are answered as with [`Fault::Starting`], though [`injected`](Self::injected) does not count
    /// them. It comes back by itself; nothing has to be awaited.
    ///
    /// # Errors
    ///
    /// Where the operating system does not let it have its port again. Then it stays away.
    pub fn restart(&self, downtime: Duration) -> io::Result<()> {
        self.server.restart(downtime)
    }
}
