//! What the server has been asked.

use crate::faults::Fault;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A request that the fake received, whatever it answered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// HTTP method.
    pub method: String,
    /// Path, without the query string.
    pub path: String,
    /// Headers in the order received, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The GraphQL operations in the body; empty where it could not be read.
    pub operations: Vec<RecordedOperation>,
    /// Whether the body was a JSON array.
    pub is_batch: bool,
    /// The connection that it came over, counted from 1.
    pub connection: u64,
}

impl RecordedRequest {
    /// The first header of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The names of its operations; an anonymous one is left out.
    pub fn operation_names(&self) -> Vec<&str> {
        self.operations
            .iter()
            .filter_map(|operation| operation.name.as_deref())
            .collect()
    }
}

/// A GraphQL operation that the fake received.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedOperation {
    /// Name of the operation that was chosen; `None` where it is anonymous or the document cannot be parsed.
    pub name: Option<String>,
    /// Whether it is a mutation.
    pub is_mutation: bool,
    /// The variables, as an object.
    pub variables: Value,
    /// The document.
    pub query: String,
}

/// A request and what became of it; see [`FakeWikiBuilder::on_answer`](crate::FakeWikiBuilder::on_answer).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// The request.
    pub request: RecordedRequest,
    /// The HTTP status of the answer; `None` where a fault keeps it from the client.
    pub status: Option<u16>,
    /// How long the wiki took, the network's time left out.
    pub duration: Duration,
    /// The fault that it met, if any.
    pub fault: Option<Fault>,
}

/// Who is told of each answer.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&Exchange) + Send + Sync>);

impl Observer {
    pub(crate) fn new(tell: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, exchange: &Exchange) {
        (self.0)(exchange);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}
