//! GraphQL over HTTP: encode, send, decode, try again. Knows no page and no user.
//!
//! Queries go as they come. Mutations of one client and its clones go one after another: side by
//! side, Wiki.js fails some and makes others by half (hazards 12, 13). A mutation whose caller goes
//! away before it is sent is not sent; one that is under way is finished, since dropping the
//! connection would not stop the wiki.

mod decode;
mod document;
mod lane;
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
    /// The largest body of a request.
    pub(crate) request_bytes: usize,
    /// The largest body of an answer, unpacked.
    pub(crate) answer_bytes: usize,
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

    /// Runs one operation, a mutation in a turn of its own, and decodes its data.
    pub(crate) async fn execute<Op>(
        &self,
        variables: Op::Variables,
        sent: Sent,
    ) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        let (operation, body) = self.encode::<Op>(variables)?;
        let turn = match operation.kind {
            OperationKind::Query => None,
            OperationKind::Mutation => Some(self.turn(sent).await),
        };
        self.run(operation, body, turn.as_ref()).await
    }

    /// Runs one operation in a turn that the caller has.
    pub(crate) async fn execute_in<Op>(
        &self,
        turn: &Turn,
        variables: Op::Variables,
    ) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        let (operation, body) = self.encode::<Op>(variables)?;
        self.run(operation, body, Some(turn)).await
    }

    async fn run<Data: DeserializeOwned>(
        &self,
        operation: Operation,
        body: Bytes,
        turn: Option<&Turn>,
    ) -> Result<Data> {
        let mut retries = self.limits.retry.start();
        loop {
            let answer = match (operation.kind, turn) {
                (OperationKind::Mutation, Some(turn)) => {
                    self.send_to_the_end(operation, body.clone(), turn.clone())
                        .await
                }
                _ => Box::pin(self.sender.send(operation, body.clone())).await,
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
    ) -> Result<Answer> {
        let (report, answer) = tokio::sync::oneshot::channel();
        let sender = Arc::clone(&self.sender);
        turn.mark_sent();
        tokio::spawn(async move {
            let result = sender.send(operation, body).await;
            drop(turn);
            if let Err(unheard) = report.send(result) {
                log_unheard(operation, &unheard);
            }
        });
        answer
            .await
            .unwrap_or_else(|_| Err(send::interrupted(operation)))
    }

    fn encode<Op: GraphQLQuery>(&self, variables: Op::Variables) -> Result<(Operation, Bytes)> {
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
        Ok((operation, body.into()))
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
