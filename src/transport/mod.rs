//! Encodes GraphQL operations, sends them over HTTP, decodes the responses, and retries. This layer contains
//! nothing specific to pages, users or other domains.
//!
//! A query is sent at once while permits are free. While all permits are taken, queries wait and are sent in
//! batches (see [`dispatch`]).
//!
//! The mutations of a client and its clones are sent one after another, because Wiki.js fails some concurrent
//! mutations and stores others only in part ([K12](crate::guide::known_issues#k12),
//! [K13](crate::guide::known_issues#k13)). If the caller of a mutation is dropped before the mutation is sent,
//! it is canceled. A mutation in flight is completed: closing the connection would not stop the wiki from
//! executing it.

mod compat;
#[cfg(feature = "assets")]
mod content;
mod decode;
mod dispatch;
mod document;
mod failure;
#[cfg(feature = "assets")]
mod files;
mod retry;
mod send;
mod write_queue;

use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream::Fuse};
use graphql_client::GraphQLQuery;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

pub use self::retry::RetryPolicy;
pub(crate) use self::{
    compat::{Compat, OptionalParts},
    decode::{Decode, Decoded},
    dispatch::BatchLimits,
    retry::Retries,
    write_queue::{Changed, MIN_OBSERVATION, WritePermit, WriteQueue},
};
#[cfg(feature = "assets")]
pub(crate) use self::{
    content::Digest,
    decode::body_excerpt,
    files::{Form, Missing, Received, Report},
};
#[cfg(feature = "assets")]
pub use self::{
    content::{Content, Progress},
    files::Download,
};
use self::{
    dispatch::{Dispatcher, PendingRequest},
    document::{Document, Documents, OperationKind},
    failure::Failure,
    send::RawResponse,
};
use crate::{
    auth::Credentials,
    error::{Applied, Error, Result, TransportErrorKind},
    http::Http,
    task::{Tasks, current_write},
    telemetry::{Call, Server},
};

/// Default maximum number of requests in flight with batching.
const REQUESTS_WITH_BATCHES: usize = 4;
/// Number of concurrent reads of one call without batching. Wiki.js is a single process and serves the most
/// requests per second at about this concurrency.
const CONCURRENT_SINGLE_READS: usize = 8;
/// Expected size of the variables and the name of an operation, in bytes.
const EXPECTED_VARIABLES: usize = 512;

/// Sends the operations of a client and its clones.
pub(crate) struct Transport {
    dispatcher: Arc<Dispatcher>,
    pub(crate) writes: Arc<WriteQueue>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) limits: Arc<Limits>,
    documents: Documents,
    /// The parts of documents that the wiki is known to lack.
    pub(crate) compat: Compat,
}

/// Limits of requests and writes.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Maximum duration of an HTTP request, to the last byte of its response.
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
    /// Maximum number of concurrent writes.
    pub(crate) concurrent_writes: usize,
    /// Duration of the observation of the wiki after the response to a write was lost; `None` for the default.
    pub(crate) confirm_writes_for: Option<Duration>,
    /// Sends waiting queries in batches.
    pub(crate) batch_queries: bool,
    pub(crate) batch: BatchLimits,
}

impl Limits {
    /// Returns the maximum time that a call waits for other calls while none of them makes progress.
    ///
    /// It exceeds the request timeout. Otherwise a slow request would look like a request on a runtime that is
    /// no longer driven.
    pub(crate) fn patience(&self) -> Duration {
        let margin = (self.timeout / 8).saturating_add(Duration::from_secs(1));
        self.timeout.saturating_add(margin)
    }
}

/// Body of a GraphQL request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, Variables> {
    variables: Variables,
    query: &'a RawValue,
    operation_name: &'static str,
}

/// An encoded operation, which can be sent any number of times.
pub(crate) struct Request {
    document: Arc<Document>,
    body: Bytes,
}

impl Request {
    pub(crate) fn is_mutation(&self) -> bool {
        self.document.operation.kind == OperationKind::Mutation
    }

    /// Returns the name of the operation.
    pub(crate) fn operation(&self) -> &'static str {
        self.document.operation.name
    }

    /// Returns the [`Applied`] state of the operation after its response was lost.
    pub(crate) fn applied_if_lost(&self) -> Applied {
        self.document.operation.applied_if_lost()
    }
}

/// Name and kind of an operation.
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
        mut limits: Limits,
        compat: Compat,
    ) -> Self {
        let batch = &mut limits.batch;
        if limits.batch_queries {
            // With more permits, fewer queries would wait, and batches would be smaller.
            batch.requests.get_or_insert(REQUESTS_WITH_BATCHES);
        } else {
            batch.operations = 1;
        }
        let limits = Arc::new(limits);
        let sender = send::Sender {
            http,
            server: Server::new(&endpoint),
            endpoint,
            credentials,
            limits: Arc::clone(&limits),
        };
        let tasks = Arc::new(Tasks::default());
        Self {
            dispatcher: Arc::new(Dispatcher::new(sender, Arc::clone(&tasks))),
            writes: WriteQueue::new(&limits),
            tasks,
            limits,
            documents: Documents::default(),
            compat,
        }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.dispatcher.sender.credentials
    }

    /// Returns the HTTP client, for exchanges other than GraphQL over HTTP.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.dispatcher.sender.http.client
    }

    /// Returns the number of concurrent reads of one call. With batching, it suffices for one batch in flight
    /// and one that waits; more reads would only take memory.
    pub(crate) fn reads_at_once(&self) -> usize {
        if self.limits.batch_queries {
            self.limits.batch.operations.saturating_mul(2)
        } else {
            CONCURRENT_SINGLE_READS
        }
    }

    /// Runs reads concurrently and returns their results in the order of the queue. The number of reads that are in
    /// flight or have unconsumed results is at most [`reads_at_once`](Self::reads_at_once).
    ///
    /// Reads that can share a batch are queued together, whenever half of them have been consumed. If each one began
    /// when another was consumed, a slow consumer would make each of them a request of its own.
    pub(crate) fn read_ahead<Queue, Reads>(&self, reads: Reads) -> ReadAhead<Queue, Reads>
    where
        Queue: Default,
        Reads: Stream,
    {
        let most = self.reads_at_once();
        ReadAhead {
            reads: Box::pin(reads.fuse()),
            queue: Queue::default(),
            running: 0,
            is_filling: true,
            least: if self.limits.batch_queries {
                most / 2
            } else {
                most - 1
            },
            most,
        }
    }

    /// Sends a request, retries after transient failures, and decodes its data into `data`.
    ///
    /// A mutation without a permit is sent at once, even while other mutations are in flight. No attempt starts
    /// after the deadline.
    pub(crate) async fn run(
        &self,
        request: &Request,
        permit: Option<&WritePermit>,
        deadline: Option<Instant>,
        data: &mut dyn Decode,
    ) -> Result<()> {
        let Operation { name, kind } = request.document.operation;
        // One span and one measurement for all attempts: callers wait for the operation, not for an attempt.
        let call = Call::begin(name, kind.name(), &request.document.key, &request.body);
        let mut retries = self.limits.retry.start(deadline);
        let result = {
            // Pinned, because `instrument` would otherwise store a second copy of the large future.
            let attempts = pin!(self.run_attempts(request, permit, &call, &mut retries, data));
            attempts.instrument(call.span.clone()).await
        };
        call.end(retries.attempts(), result.as_ref().err());
        result
    }

    async fn run_attempts(
        &self,
        request: &Request,
        permit: Option<&WritePermit>,
        call: &Call<'_>,
        retries: &mut Retries,
        data: &mut dyn Decode,
    ) -> Result<()> {
        let operation = request.document.operation;
        let (body, mut omitted) = self.compat.first_body(request);
        let mut pending = PendingRequest {
            operation,
            body,
            alone: false,
            // Only a mutation carries the permit: a read within a write must not mark the mutation as sent.
            permit: permit.filter(|_| request.is_mutation()).cloned(),
            // While a read of a write waits in this queue, the writes behind it must not time out.
            write: current_write(),
            span: call.span.clone(),
            resends: 0,
        };
        loop {
            pending.note_activity();
            let response = if retries.attempts() > 1 && !request.is_mutation() {
                // Boxed, since few requests are retried.
                Box::pin(self.retry_read(&pending, retries)).await?
            } else {
                self.dispatcher.send(&pending).await
            };
            pending.note_activity();
            let error = match self.decode(request, response, call, data) {
                Ok(()) => return Ok(()),
                // The wiki rejects a document with unknown parts before it executes any part of it.
                Err(Error::Unsupported(refusal)) => {
                    pending.body = self.compat.body_after(request, &mut omitted, refusal)?;
                    pending.resends += 1;
                    // Not counted as a retry: the policy may allow none.
                    continue;
                }
                Err(error) => error,
            };
            // The operation itself may have caused the broken connection. It is sent alone from now on, so that
            // it cannot fail other operations of a batch.
            pending.alone |= matches!(&error, Error::Transport(error)
                if error.kind == TransportErrorKind::Interrupted);
            Box::pin(retries.wait(operation.name, error)).await?;
            pending.resends += 1;
        }
    }

    /// Sends a read again. If the deadline passes meanwhile, the error is the cause of the retry.
    async fn retry_read(
        &self,
        pending: &PendingRequest,
        retries: &mut Retries,
    ) -> Result<std::result::Result<RawResponse, Failure>> {
        let response = self.dispatcher.send(pending);
        match retries.take_cause() {
            Some((deadline, cause)) => timeout_at(deadline, response).await.map_err(|_| cause),
            None => Ok(response.await),
        }
    }

    fn decode(
        &self,
        request: &Request,
        response: std::result::Result<RawResponse, Failure>,
        call: &Call<'_>,
        data: &mut dyn Decode,
    ) -> Result<()> {
        let response =
            response.map_err(|failure| failure.into_error(request.document.operation))?;
        let (status, bytes) = (response.status, response.body.len());
        let operation = request.operation();
        tracing::debug!(operation, status, bytes, "response received");
        call.record_response(bytes);
        decode::decode(request, &response, self.credentials(), data)
    }

    /// Encodes an operation as a request.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the variables cannot be written as JSON, or the request is larger than the
    /// limit.
    pub(crate) fn encode<Op: GraphQLQuery>(&self, variables: Op::Variables) -> Result<Request> {
        let query = Op::build_query(variables);
        let name = query.operation_name;
        let encoded = self.documents.get(query.query, name).and_then(|document| {
            let body = Body {
                variables: query.variables,
                query: &document.json,
                operation_name: name,
            };
            // One allocation suffices for most requests. Growing the buffer would copy the document.
            let mut json = Vec::with_capacity(document.json.get().len() + EXPECTED_VARIABLES);
            serde_json::to_writer(&mut json, &body)?;
            Ok((document, json))
        });
        let (document, body) = encoded.map_err(|error| {
            Error::invalid(
                "variables",
                format!("{name} cannot be written as JSON: {error}"),
                "use map keys that are text and finite numbers",
            )
        })?;
        if document.operation.kind == OperationKind::Subscription {
            return Err(Error::invalid(
                "operation",
                format!("{name} is a subscription, which Wiki.js does not execute over HTTP"),
                "follow the log with Client::live_log, or send a query",
            ));
        }
        let (bytes, limit) = (body.len(), self.limits.batch.request_bytes);
        // Checked before sending, since the wiki's response (413) names neither the size nor the limit.
        if bytes > limit {
            return Err(Error::invalid(
                "variables",
                format!("the request {name} has {bytes} bytes, and the wiki accepts {limit}"),
                "send less at once; if the wiki's bodyParserLimit is raised, raise max_request_bytes too",
            ));
        }
        let body = body.into();
        Ok(Request { document, body })
    }
}

/// The stream of [`Transport::read_ahead`].
pub(crate) struct ReadAhead<Queue, Reads: Stream> {
    reads: Pin<Box<Fuse<Reads>>>,
    queue: Queue,
    /// Number of reads in the queue.
    running: usize,
    /// `true` until the queue is full.
    is_filling: bool,
    /// Number of reads at which the queue is filled again.
    least: usize,
    most: usize,
}

impl<Queue, Reads> Stream for ReadAhead<Queue, Reads>
where
    Queue: Stream + Extend<Reads::Item> + Unpin,
    Reads: Stream,
{
    type Item = Queue::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Queue::Item>> {
        let this = &mut *self;
        this.is_filling |= this.running <= this.least;
        while this.is_filling
            && let Poll::Ready(Some(read)) = this.reads.as_mut().poll_next(context)
        {
            this.queue.extend([read]);
            this.running += 1;
            this.is_filling = this.running < this.most;
        }
        let result = ready!(this.queue.poll_next_unpin(context));
        this.running -= usize::from(result.is_some());
        match result {
            None if !this.reads.is_done() => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.reads.size_hint();
        (
            least.saturating_add(self.running),
            most.and_then(|most| most.checked_add(self.running)),
        )
    }
}
