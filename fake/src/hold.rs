//! Requests that are kept waiting until a test lets them go.

use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// What keeps requests waiting.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Vec<watch::Receiver<()>>>);

impl Gate {
    /// Waits for the end of every hold that there is now.
    pub(crate) async fn pass(&self) {
        let holds = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for mut hold in holds {
            while hold.changed().await.is_ok() {}
        }
    }

    pub(crate) fn hold(&self) -> Hold {
        let (hold, end) = watch::channel(());
        let mut holds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holds.retain(|hold| hold.has_changed().is_ok());
        holds.push(end);
        Hold(hold)
    }
}

/// As long as this lives, requests arrive and are recorded, but are not answered: what a client sends in the meantime
/// can be looked at. From [`FakeWiki::hold`](crate::FakeWiki::hold). A later hold does not keep a request that arrived
/// before it, so that one can be let through and the next one kept.
#[derive(Debug)]
#[must_use = "requests are let go when it is dropped"]
pub struct Hold(#[expect(dead_code, reason = "its end is what is waited for")] watch::Sender<()>);
