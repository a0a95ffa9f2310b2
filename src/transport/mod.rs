//! GraphQL over HTTP: encode, send, decode, try again. Knows no page and no user.
//!
//! Queries leave as they come, or together while all places are taken (see [`wire`]). Mutations of one
//! client and its clones go one after another: side by side, Wiki.js fails some and makes others by
//! half (hazards 12, 13). A mutation whose caller goes away before it is sent is not sent; one that is
//! under way is finished, since dropping the connection would not stop the wiki.

#[cfg(feature = "assets")]
mod content;
mod decode;
mod document;
mod failure;
#[cfg(feature = "assets")]
mod files;
mod lane;
mod retry;
mod send;
mod wire;

use std::{fmt, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use graphql_client::GraphQLQuery;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tracing::Instrument;

#[cfg(feature = "assets")]
pub(crate) use self::files::{Form, Missing, Received, Report, local, shown};
pub use self::retry::RetryPolicy;
#[cfg(feature = "assets")]
pub use self::{
    content::{Content, Progress},
    files::Download,
};
pub(crate) use self::{
    decode::decode_data,
    lane::{Companion, Sent, Turn},
    send::endpoint_of,
};
use self::{
    document::{Document, Documents, OperationKind},
    lane::Lane,
    retry::Retries,
    wire::{Bounds, Parcel, Wire},
};
use crate::{
    auth::Credentials,
    error::{Error, Result, TransportErrorKind},
    http::Http,
    telemetry::{Call, Server},
};

/// How many requests are under way at once where queries share requests and nothing else was said.
const REQUESTS_WITH_BATCHES: usize = 4;
/// How many reads are worth being asked for at once where each is a request: Wiki.js is one process.
const SINGLE_READS_AT_ONCE: usize = 8;

/// For the variables and the names of most requests.
const ROOM_BESIDE_THE_DOCUMENT: usize = 512;

/// What all requests of a client share.
pub(crate) struct Transport {
    wire: Arc<Wire>,
    lane: Lane,
    limits: Limits,
    documents: Documents,
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
    /// Whether queries may share a request.
    pub(crate) batch_queries: bool,
    /// How many of them.
    pub(crate) batch_operations: usize,
    /// The largest body of a request.
    pub(crate) request_bytes: usize,
    /// The largest body of an answer, unpacked.
    pub(crate) answer_bytes: usize,
}

impl Limits {
    fn bounds(&self) -> Bounds {
        let default = self.batch_queries.then_some(REQUESTS_WITH_BATCHES);
        Bounds {
            requests: self.concurrent_requests.or(default),
            requests_per_second: self.requests_per_second,
            operations: if self.batch_queries {
                self.batch_operations
            } else {
                1
            },
            request_bytes: self.request_bytes,
        }
    }
}

/// What the wiki is sent for an operation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, Variables> {
    variables: Variables,
    query: &'a RawValue,
    operation_name: &'static str,
}

/// An operation, written and ready to be sent any number of times.
pub(crate) struct Request {
    operation: Operation,
    document: Arc<Document>,
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

#[cfg(feature = "cache")]
impl Request {
    /// The value of the variable `id`, if it has one.
    pub(crate) fn id(&self) -> Option<i64> {
        #[derive(serde::Deserialize)]
        struct Body {
            variables: Variables,
        }
        #[derive(serde::Deserialize)]
        struct Variables {
            id: i64,
        }
        let body: Body = serde_json::from_slice(&self.body).ok()?;
        Some(body.variables.id)
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
        http: Http,
        endpoint: url::Url,
        credentials: Credentials,
        limits: Limits,
    ) -> Self {
        let sender = send::Sender {
            http,
            server: Server::new(&endpoint),
            endpoint,
            credentials,
            #[cfg(feature = "assets")]
            timeout: limits.timeout,
            answer_bytes: limits.answer_bytes,
        };
        Self {
            wire: Arc::new(Wire::new(sender, limits.bounds())),
            lane: Lane::new(limits.concurrent_writes),
            limits,
            documents: Documents::default(),
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.wire.sender().credentials
    }

    /// What requests are sent with, for what is not GraphQL over HTTP.
    #[cfg(feature = "live-log")]
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.wire.sender().http.client
    }

    #[cfg(feature = "live-log")]
    pub(crate) fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.limits.retry
    }

    /// How many reads of one piece of work are worth being asked for at once: so many that while one
    /// batch is answered the next is waiting, and no more, since all of them are held.
    pub(crate) fn reads_at_once(&self) -> usize {
        if self.limits.batch_queries {
            self.limits.batch_operations.saturating_mul(2)
        } else {
            SINGLE_READS_AT_ONCE
        }
    }

    /// How many writes may be under way at once.
    pub(crate) fn writes_at_once(&self) -> usize {
        self.limits.concurrent_writes
    }

    /// The turn to write, once the writes before are over.
    pub(crate) async fn turn(&self, sent: Sent, companion: Option<Companion>) -> Turn {
        self.lane.turn(sent, companion).await
    }

    /// How many turns to write there were.
    pub(crate) fn turns_begun(&self) -> u64 {
        self.lane.begun()
    }

    /// Sends a request, again if it fails for a reason that passes, and decodes its data.
    ///
    /// A mutation without a turn is sent at once, whatever else is under way.
    pub(crate) async fn run<Data: DeserializeOwned>(
        &self,
        request: &Request,
        turn: Option<&Turn>,
    ) -> Result<Data> {
        let Operation { name, kind } = request.operation;
        let call = Call::begin(name, kind.name(), &request.document.key, &request.body);
        let mut retries = self.limits.retry.start();
        let result = {
            // Pinned here, as a future that is handed on stays in the place that it came from as well.
            let tries = pin!(self.try_until_over(request, turn, &call, &mut retries));
            tries.instrument(call.span().clone()).await
        };
        call.end(retries.attempts(), result.as_ref().err());
        result
    }

    async fn try_until_over<Data: DeserializeOwned>(
        &self,
        request: &Request,
        turn: Option<&Turn>,
        call: &Call<'_>,
        retries: &mut Retries<'_>,
    ) -> Result<Data> {
        let operation = request.operation;
        let mut parcel = Parcel {
            operation,
            body: request.body.clone(),
            alone: false,
            turn: turn.filter(|_| request.is_mutation()).cloned(),
            span: call.span().clone(),
            resends: 0,
        };
        loop {
            let data = match self.wire.send(&parcel).await {
                Ok(answer) => {
                    let (status, bytes) = (answer.status, answer.body.len());
                    tracing::debug!(operation = operation.name, status, bytes, "answered");
                    call.answered(bytes);
                    decode::decode(operation, &answer, self.credentials())
                }
                Err(failure) => Err(failure.into_error(operation)),
            };
            let error = match data {
                Ok(data) => return Ok(data),
                Err(error) => error,
            };
            // If it is this operation that broke the connection, it shall not break it for others.
            parcel.alone |= matches!(&error, Error::Transport(error)
                if error.kind == TransportErrorKind::Interrupted);
            // Boxed: hardly any is sent again.
            Box::pin(retries.wait(operation.name, error)).await?;
            parcel.resends += 1;
        }
    }

    /// Writes an operation as a request.
    pub(crate) fn encode<Op: GraphQLQuery>(&self, variables: Op::Variables) -> Result<Request> {
        let query = Op::build_query(variables);
        let name = query.operation_name;
        let written = self.documents.get(query.query, name).and_then(|document| {
            let body = Body {
                variables: query.variables,
                query: &document.json,
                operation_name: name,
            };
            let mut json = Vec::with_capacity(document.json.get().len() + ROOM_BESIDE_THE_DOCUMENT);
            serde_json::to_writer(&mut json, &body)?;
            Ok((document, json))
        });
        let (document, body) = written.map_err(|error| {
            Error::invalid(
                "variables",
                format!("{name} cannot be written as JSON: {error}"),
                "use map keys that are text and finite numbers",
            )
        })?;
        let kind = document.kind;
        let operation = Operation { name, kind };
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
            document,
            body: body.into(),
        })
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("endpoint", &self.wire.sender().endpoint.as_str())
            .field("credentials", self.credentials())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
