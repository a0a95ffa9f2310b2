//! What is noted of a request for the test, and told of its answer.

use super::body::{self, Received, Refusal};
use super::delivery::Delivery;
use super::{is_graphql, operation};
use crate::faults::{Asked, Fault};
use crate::record::{Exchange, RecordedOperation, RecordedRequest};
use crate::server::Peer;
use crate::wiki::Shared;
use apollo_compiler::response::JsonValue;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Response};
use std::time::Instant;

/// A request that was noted.
#[derive(Debug)]
pub(super) struct Note {
    /// What it asks for.
    pub(super) asked: Vec<Asked>,
    /// Where somebody is to be told of its answer.
    request: Option<RecordedRequest>,
    began: Instant,
}

impl Note {
    /// Notes a request.
    pub(super) fn of(
        shared: &Shared,
        peer: &Peer,
        parts: &Parts,
        received: &Result<Received, Refusal>,
        operations: Vec<&JsonValue>,
    ) -> Self {
        let began = Instant::now();
        let (request, asked) = record(shared, peer, parts, received, operations);
        let to_be_told = shared.observer().map(|_| request.clone());
        shared.note(request);
        Self {
            asked,
            request: to_be_told,
            began,
        }
    }

    /// Tells what became of it.
    pub(super) fn tell(self, shared: &Shared, response: Response<Body>) -> Response<Body> {
        if let (Some(observer), Some(request)) = (shared.observer(), self.request) {
            let extensions = response.extensions();
            let is_withheld = extensions
                .get()
                .is_some_and(|delivery: &Delivery| delivery.is_withheld());
            observer.tell(&Exchange {
                request,
                status: (!is_withheld).then_some(response.status().as_u16()),
                duration: self.began.elapsed(),
                fault: extensions.get::<Fault>().cloned(),
            });
        }
        response
    }
}

/// A request as the test sees it, and what it asks for.
fn record(
    shared: &Shared,
    peer: &Peer,
    parts: &Parts,
    received: &Result<Received, Refusal>,
    operations: Vec<&JsonValue>,
) -> (RecordedRequest, Vec<Asked>) {
    let get_parameters;
    let operations = if parts.method == Method::GET && is_graphql(&parts.uri) {
        get_parameters = JsonValue::Object(body::parameters(parts.uri.query().unwrap_or_default()));
        vec![&get_parameters]
    } else {
        operations
    };
    let mut asked = Vec::new();
    let operations = operations
        .into_iter()
        .filter_map(|value| operation(value).ok())
        .map(|operation| {
            let prepared = shared.documents().prepare(&operation.query);
            let chosen = prepared.operation(operation.name.as_deref());
            let name = chosen.and_then(|chosen| chosen.name.clone());
            asked.push(Asked {
                name: name.clone(),
                writes: chosen.map_or_else(Vec::new, |chosen| chosen.writes.clone()),
            });
            RecordedOperation {
                name,
                is_mutation: chosen.is_some_and(|chosen| chosen.is_mutation),
                variables: serde_json::to_value(&operation.variables).unwrap_or_default(),
                query: operation.query,
            }
        })
        .collect();
    let request = RecordedRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        operations,
        is_batch: matches!(received, Ok(Received::Batch(_))),
        connection: peer.connection,
    };
    (request, asked)
}
