//! Requests that are kept waiting until a test lets them go.

use crate::wiki::Shared;
use std::sync::Arc;
use tokio::sync::watch;

/// Whether requests are kept waiting, and for how many reasons.
#[derive(Debug)]
pub(crate) struct Gate(watch::Sender<usize>);

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Gate {
    /// Waits until nobody keeps requests waiting.
    pub(crate) async fn pass(&self) {
        // The sender lives as long as this does.
        let _ = self.0.subscribe().wait_for(|holds| *holds == 0).await;
    }
}

/// As long as this lives, requests arrive and are recorded, but are not answered: what a client sends in the meantime
/// can be looked at. From [`FakeWiki::hold`](crate::FakeWiki::hold).
#[derive(Debug)]
#[must_use = "requests are let go when it is dropped"]
pub struct Hold(Arc<Shared>);

impl Hold {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        shared.gate().0.send_modify(|holds| *holds += 1);
        Self(shared)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.gate().0.send_modify(|holds| *holds -= 1);
    }
}
