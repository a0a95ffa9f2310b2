//! What the server has been asked.

use serde_json::Value;

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
