//! GraphQL over HTTP: encode, send, decode. Knows no page and no user.
//!
//! Queries go as they come. Mutations of one client and its clones go one after another: side by
//! side, Wiki.js fails some and makes others by half (hazards 12, 13). A mutation whose caller goes
//! away before it is sent is not sent; one that is under way is finished, since dropping the
//! connection would not stop the wiki.

mod decode;
mod document;
mod send;

use std::{fmt, sync::Arc, time::Duration};

use graphql_client::GraphQLQuery;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use self::{
    document::{OperationKind, operation_kind},
    send::Answer,
};
use crate::{
    auth::Credentials,
    error::{Error, Result},
};

pub(crate) use self::send::endpoint_of;

/// What all requests of a client share.
pub(crate) struct Transport {
    sender: Arc<send::Sender>,
    /// Held by the mutation that is under way.
    write_lane: Arc<Semaphore>,
}

/// The operation that a request carries, for errors and logs.
#[derive(Debug, Clone)]
struct Operation {
    name: &'static str,
    kind: OperationKind,
}

impl Transport {
    /// `timeout` is the longest time for one request.
    pub(crate) fn new(
        http: reqwest::Client,
        endpoint: url::Url,
        credentials: Credentials,
        timeout: Duration,
    ) -> Self {
        Self {
            sender: Arc::new(send::Sender {
                http,
                endpoint,
                credentials,
                timeout,
            }),
            write_lane: Arc::new(Semaphore::new(1)),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.sender.credentials
    }

    /// Runs one operation and decodes its data.
    pub(crate) async fn execute<Op>(&self, variables: Op::Variables) -> Result<Op::ResponseData>
    where
        Op: GraphQLQuery,
        Op::ResponseData: DeserializeOwned,
    {
        let (operation, body) = encode::<Op>(variables)?;
        let answer = match operation.kind {
            OperationKind::Query => self.sender.send(&operation, body).await?,
            OperationKind::Mutation => self.send_in_turn(&operation, body).await?,
        };
        decode::decode(&operation, &answer, &self.sender.credentials)
    }

    /// Waits for the mutations before it, then sends this one in a task of its own, so that it is
    /// finished, and keeps its turn, even if the caller goes away.
    async fn send_in_turn(&self, operation: &Operation, body: Vec<u8>) -> Result<Answer> {
        let turn = Arc::clone(&self.write_lane).acquire_owned().await;
        let (report, answer) = tokio::sync::oneshot::channel();
        let sender = Arc::clone(&self.sender);
        let sent = operation.clone();
        tokio::spawn(async move {
            let result = sender.send(&sent, body).await;
            drop(turn);
            if let Err(unheard) = report.send(result) {
                log_unheard(&sent, &unheard);
            }
        });
        answer
            .await
            .unwrap_or_else(|_| Err(send::interrupted(operation, None)))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("endpoint", &self.sender.endpoint.as_str())
            .field("credentials", &self.sender.credentials)
            .finish_non_exhaustive()
    }
}

fn encode<Op: GraphQLQuery>(variables: Op::Variables) -> Result<(Operation, Vec<u8>)> {
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
    Ok((operation, body))
}

fn log_unheard(operation: &Operation, result: &Result<Answer>) {
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
