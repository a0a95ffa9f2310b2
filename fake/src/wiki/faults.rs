//! Methods of [`FakeWiki`] for fault injection.

use super::FakeWiki;
use crate::faults::{Fault, FaultPlan, InjectedFault, RenderError, Scheduled};
use std::io;
use std::time::Duration;

/// Injection of faults; see [`Fault`] for the kinds.
///
/// ```
/// use wikijs_fake::{FakeWiki, Fault, FaultPlan};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::start().await;
///
/// // The next request gets no response, and the one after it a 503:
/// wiki.fail_next(Fault::ResetAfter);
/// wiki.fail_next(Fault::status(503));
///
/// // Then a fifth of all requests fails, the same ones at each run:
/// wiki.set_faults(FaultPlan::random(7).rate(0.2));
///
/// // … the code under test …
///
/// assert!(wiki.injected().is_empty());
/// # });
/// ```
impl FakeWiki {
    /// Schedules a fault for the next request to `/graphql` that it can hit.
    ///
    /// Scheduled faults are used in order, one for each request and each once. A fault of a write, such as
    /// [`Fault::RebuildTree`], waits for a write that reaches the failing step. Faults behind it can be used
    /// meanwhile.
    pub fn fail_next(&self, fault: Fault) {
        self.schedule(None, fault);
    }

    /// Schedules a fault for the next request with an operation of this name, like [`fail_next`](Self::fail_next).
    pub fn fail_next_matching(&self, operation: impl Into<String>, fault: Fault) {
        self.schedule(Some(operation.into()), fault);
    }

    fn schedule(&self, operation: Option<String>, fault: Fault) {
        let mut faults = self.shared.faults.lock();
        faults.queue.push_back(Scheduled { operation, fault });
    }

    /// Runs a future after the execution of the next operation of this name, before its response is sent, to simulate
    /// another client at that moment. The future may send requests to this wiki.
    ///
    /// ```
    /// use wikijs_fake::{FakePage, FakeWiki};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let wiki = FakeWiki::start().await;
    /// let id = wiki.insert_page(FakePage::new("docs/a", "A"));
    /// wiki.after_next("PagesUpdate", async { /* another client updates the page, too */ });
    /// # let _ = id;
    /// # });
    /// ```
    pub fn after_next(
        &self,
        operation: impl Into<String>,
        future: impl Future<Output = ()> + Send + 'static,
    ) {
        self.shared.hooks.add(operation.into(), Box::pin(future));
    }

    /// Returns the number of scheduled faults that have not happened yet.
    pub fn pending_faults(&self) -> usize {
        self.shared.faults.lock().queue.len()
    }

    /// Removes the scheduled faults.
    pub fn clear_faults(&self) {
        self.shared.faults.lock().queue.clear();
    }

    /// Sets the random faults, or none. Scheduled faults take precedence.
    pub fn set_faults(&self, plan: impl Into<Option<FaultPlan>>) {
        self.shared.faults.lock().plan = plan.into();
    }

    /// Returns the faults that happened, in order.
    pub fn injected(&self) -> Vec<InjectedFault> {
        self.shared.faults.lock().injected.clone()
    }

    /// Returns the number of faults that happened.
    pub fn injected_count(&self) -> usize {
        self.shared.faults.lock().injected.len()
    }

    /// Makes the database unreachable, or reachable again. Meanwhile each request is answered as with
    /// [`Fault::DatabaseAway`], and `/healthz` with 503. [`injected`](Self::injected) does not count them.
    pub fn set_database_away(&self, away: bool) {
        self.shared.faults.lock().database_away = away;
    }

    /// Sets whether the wiki is in setup mode, as before its first configuration.
    ///
    /// Meanwhile each GET returns the setup page, and everything else, such as a POST to `/graphql`, 404 and
    /// `{"message":"Not Found","error":{}}`. Nothing is executed, recorded or counted.
    pub fn set_setup_mode(&self, in_setup: bool) {
        self.shared.faults.lock().in_setup = in_setup;
    }

    /// Returns the number of requests whose execution after their response has not ended; see [`Fault::Late`] and
    /// [`Fault::Repeat`].
    pub fn late_executions(&self) -> usize {
        self.shared.faults.late_count()
    }

    /// Waits until all [late executions](Self::late_executions) have ended.
    pub async fn until_late_executions_end(&self) {
        while self.late_executions() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Makes rendering fail in each create and update that renders a page; `None` ends this. The page and its tags are
    /// stored nevertheless. [`injected`](Self::injected) does not count it.
    pub fn set_render_error(&self, error: impl Into<Option<RenderError>>) {
        self.shared.faults.lock().render_error = error.into();
    }

    /// Stops the wiki and starts it again on the same port, with its contents.
    ///
    /// When this returns, every connection is closed, and new ones are refused until the downtime has passed. A write
    /// in progress stops. Then the wiki starts: the first request to `/graphql`, and those of the next 50 ms, are
    /// answered as with [`Fault::Starting`], though [`injected`](Self::injected) does not count them.
    ///
    /// # Errors
    ///
    /// Fails if the port cannot be bound again. The wiki is then unreachable.
    pub fn restart(&self, downtime: Duration) -> io::Result<()> {
        self.server.restart(downtime)
    }
}
