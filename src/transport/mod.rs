//! GraphQL over HTTP: encode, send, decode, try again. Knows no page and no user.
//!
//! Queries go as they come. Mutations of one client and its clones go one after another: side by
//! side, Wiki.js fails some and makes others by half (hazards 12, 13). A mutation whose caller goes
//! away before it is sent is not sent; one that is under way is finished, since dropping the
//! connection would not stop the wiki.

mod decode;
mod document;
mod lane;
mod pace;
mod retry;
mod send;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use graphql_client::GraphQLQuery;
use serde::de::DeserializeOwned;

pub use self::retry::RetryPolicy;
use self::{
    document::{OperationKind, operation_kind},
    lane::Lane,
    pace::{Pace, Place},
    send::Answer,
};
pub(crate) use self::{
    lane::{Sent, Turn},
    send::endpoint_of,
};
use crate::{
    auth::Credentials,
    error::{Error, Result},
};

/// What all requests of a client share.
pub(crate) struct Transport {
    sender: Arc<send::Sender>,
    lane: Lane,
    pace: Pace,
    limits: Limits,
}

/// What a request may take.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// One HTTP request, from its sending to the answer's last byte.
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
    /// How many writes may be under way at once.
    pub(crate) concurrent_writes: usize,
    /// How many requests may be under way at once.
    pub(crate) concurrent_requests: Option<usize>,
    pub(crate) requests_per_second: Option<f64>,
    /// The largest body of a request.
    pub(crate) request_bytes: usize,
    /// The largest body of an answer, unpacked.
    pub(crate) answer_bytes: usize,
}

/// An operation, written and ready to be sent any number of times.
pub(crate) struct Request {
    operation: Operation,
    body: Bytes,
}

impl Request {
    pub(crate) fn is_mutation(&self) -> bool {
        self.operation.kind == OperationKind::Mutation
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.operation.name
    }
}

/// The operation that a request carries, for errors and logs.
#[derive(Debug, Clone, Copy)]
struct Operation {
    name: &'static str,
    kind: OperationKind,
}

impl Transport {
    pub(crate) fn new(
        http: reqwest::Client,
        endpoint: url::Url,
        credentials: Credentials,
        limits: Limits,
    ) -> Self {
        Self {
            lane: Lane::new(limits.concurrent_writes),
            pace: Pace::new(limits.concurrent_requests, limits.requests_per_second),
            sender: Arc::new(send::Sender {
                http,
                endpoint,
                credentials,
                timeout: limits.timeout,
                answer_bytes: limits.answer_bytes,
            }),
            limits,
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.sender.credentials
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.limits.retry
    }

    /// The turn to write, once the writes before are over.
    pub(crate) async fn turn(&self, sent: Sent) -> Turn {
        self.lane.turn(sent).await
    }

    /// Sends a request, again if it fails for a reason that passes, and decodes its data.
    ///
    /// A mutation without a turn is sent at once, whatever else is under way.
    pub(crate) async fn run<Data: DeserializeOwned>(
        &self,
        request: &Request,
        turn: Option<&Turn>,
    ) -> Result<Data> {
        let Request { operation, body } = request;
        let operation = *operation;
        let mut retries = self.limits.retry.start();
        loop {
            let place = self.pace.enter().await;
            let answer = if let (OperationKind::Mutation, Some(turn)) = (operation.kind, turn) {
                self.send_to_the_end(operation, body.clone(), turn.clone(), place)
                    .await
            } else {
                let answer = Box::pin(self.sender.send(operation, body.clone())).await;
                drop(place);
                answer
            };
            let data = answer
                .and_then(|answer| decode::decode(operation, &answer, &self.sender.credentials));
            match data {
                Ok(data) => return Ok(data),
                Err(error) => retries.wait(operation.name, error).await?,
            }
        }
    }

    /// Sends a mutation in a task of its own, so that it is finished, and keeps its turn, even if the
    /// caller goes away.
    async fn send_to_the_end(
        &self,
        operation: Operation,
        body: Bytes,
        turn: Turn,
        place: Place,
    ) -> Result<Answer> {
        let (report, answer) = tokio::sync::oneshot::channel();
        let sender = Arc::clone(&self.sender);
        turn.mark_sent();
        tokio::spawn(async move {
            let result = sender.send(operation, body).await;
            drop((turn, place));
            if let Err(unheard) = report.send(result) {
                log_unheard(operation, &unheard);
            }
        });
        answer
            .await
            .unwrap_or_else(|_| Err(send::interrupted(operation)))
    }

    /// Writes an operation as a request.
    pub(crate) fn encode<Op: GraphQLQuery>(&self, variables: Op::Variables) -> Result<Request> {
        let query = Op::build_query(variables);
        let operation = Operation {
            name: query.operation_name,
            kind: operation_kind(query.query, query.operation_name),
        };
        let body = serde_json::to_vec(&query).map_err(|error| {
            Error::invalid(
                "variables",
                format!("{} cannot be written as JSON: {error}", operation.name),
                "use map keys that are text and finite numbers",
            )
        })?;
        if body.len() > self.limits.request_bytes {
            return Err(Error::invalid(
                "variables",
                format!(
                    "the request {} has {} bytes, and the wiki takes {}",
                    operation.name,
                    body.len(),
                    self.limits.request_bytes
                ),
                "send less at once; if the wiki's bodyParserLimit is raised, raise max_request_bytes too",
            ));
        }
        Ok(Request {
            operation,
            body: body.into(),
        })
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("endpoint", &self.sender.endpoint.as_str())
            .field("credentials", &self.sender.credentials)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn log_unheard(operation: Operation, result: &Result<Answer>) {
    match result {
        Ok(answer) => tracing::warn!(
            operation = operation.name,
            status = answer.status,
            "a mutation was answered after its caller had gone away"
        ),
        Err(error) => tracing::warn!(
            operation = operation.name,
            %error,
            "a mutation failed after its caller had gone away"
        ),
    }
}
