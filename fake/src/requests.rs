//! Access of tests to requests: records, holds, and code that runs between execution and response.

use crate::faults::Fault;
use crate::lock;
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// A request that the fake received, with any response.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// HTTP method.
    pub method: String,
    /// Path, without the query string.
    pub path: String,
    /// Headers in the order received, names in lower case.
    pub headers: Vec<(String, String)>,
    /// GraphQL operations in the body; empty if it cannot be read.
    pub operations: Vec<RecordedOperation>,
    /// `true` if the body was a JSON array.
    pub is_batch: bool,
    /// Number of the connection, counted from 1.
    pub connection: u64,
}

impl RecordedRequest {
    /// Returns the first header of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the names of the operations. Anonymous operations are omitted.
    pub fn operation_names(&self) -> Vec<&str> {
        let operations = self.operations.iter();
        operations
            .filter_map(|operation| operation.name.as_deref())
            .collect()
    }
}

/// A GraphQL operation that the fake received.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedOperation {
    /// Name of the operation; `None` if it is anonymous or the document cannot be parsed.
    pub name: Option<String>,
    /// `true` for a mutation.
    pub is_mutation: bool,
    /// Variables, as an object.
    pub variables: Value,
    /// Document.
    pub query: String,
}

/// A request with its response; see [`FakeWikiBuilder::on_response`](crate::FakeWikiBuilder::on_response).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// Request.
    pub request: RecordedRequest,
    /// HTTP status of the response; `None` if a fault withholds the response.
    pub status: Option<u16>,
    /// Time between request and response, without network latency.
    pub duration: Duration,
    /// Fault that hit the request.
    pub fault: Option<Fault>,
}

/// The callback of a test for each response.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&Exchange) + Send + Sync>);

impl Observer {
    pub(crate) fn new(callback: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(callback))
    }

    pub(crate) fn notify(&self, exchange: &Exchange) {
        (self.0)(exchange);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}

/// The holds that keep requests waiting.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Vec<watch::Receiver<()>>>);

impl Gate {
    /// Waits for the end of every hold that exists now.
    pub(crate) async fn pass(&self) {
        let holds = lock(&self.0).clone();
        for mut hold in holds {
            while hold.changed().await.is_ok() {}
        }
    }

    pub(crate) fn hold(&self) -> Hold {
        let (hold, end) = watch::channel(());
        let mut holds = lock(&self.0);
        holds.retain(|hold| hold.has_changed().is_ok());
        holds.push(end);
        Hold(hold)
    }
}

/// A guard that keeps requests waiting, from [`FakeWiki::hold`](crate::FakeWiki::hold).
///
/// Requests arrive and are recorded, but get no response until the guard is dropped. A later hold does not affect a
/// request that arrived before it, so a test can let one request pass and hold the next one.
#[derive(Debug)]
#[must_use = "dropping the guard releases the requests"]
pub struct Hold(
    #[expect(dead_code, reason = "receivers wait until it is dropped")] watch::Sender<()>,
);

type Hook = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Futures that run between the execution of an operation and its response, by the name of the operation.
#[derive(Default)]
pub(crate) struct Hooks(Mutex<VecDeque<(String, Hook)>>);

impl Hooks {
    pub(crate) fn add(&self, operation: String, future: Hook) {
        let mut queue = lock(&self.0);
        queue.push_back((operation, future));
    }

    /// Runs the first future that was registered for this operation.
    pub(crate) async fn run(&self, operation: &str) {
        let next = {
            let mut queue = lock(&self.0);
            let index = queue.iter().position(|(awaited, _)| awaited == operation);
            index.and_then(|index| queue.remove(index))
        };
        if let Some((_, future)) = next {
            future.await;
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hooks")
    }
}
