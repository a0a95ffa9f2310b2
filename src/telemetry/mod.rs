//! Spans and events of [`tracing`], and metrics of the crate `metrics` (feature `metrics`).
//!
//! Names follow the semantic conventions of OpenTelemetry for GraphQL and for HTTP clients, so that they can be
//! exported unchanged, for example with `tracing-opentelemetry`. Other names begin with `wikijs.`. Spans have the
//! target `wikijs_client` and the level `INFO`. Without a subscriber their cost is not measurable.
//!
//! No span, event or error contains a key, a password, a token, or the content of a page.
//!
//! # Spans
//!
//! **`wikijs_write`** (`otel.name`: `write PagesUpdate`) covers a write, from the wait in the queue to the last
//! observation of the wiki. It is the parent of the operations of the write.
//!
//! | field | |
//! |---|---|
//! | `wikijs.write` | name of the write, as in errors |
//! | `error.type`, `otel.status_code` | set if the write failed, as below |
//!
//! **`graphql_operation`** (`otel.name`: `query PagesGet`) covers an operation, from its start to its decoded response,
//! including the wait for a permit and all attempts.
//!
//! | field | |
//! |---|---|
//! | `graphql.operation.name`, `graphql.operation.type` | such as `PagesGet`; `query` or `mutation` |
//! | `wikijs.page.id`, `wikijs.page.path`, `wikijs.page.locale` | the page, if the variables contain these values |
//! | `wikijs.attempts` | number of attempts |
//! | `wikijs.batch.size` | number of operations in the batch; absent without a batch |
//! | `wikijs.request.size`, `wikijs.response.size` | bytes of JSON, of this operation alone |
//! | `error.type` | the class of the [`Error`]: `timeout`, `connect`, `interrupted`, `rate_limited`, `unauthenticated`, `forbidden`, `not_found`, `conflict`, `invalid_input`, `unsupported`, `unavailable`, `request`, `too_large`, `local`, `closed`, or its variant `http`, `graphql`, `decode`, `api`, or `other` |
//! | `otel.status_code` | `ERROR` if the operation failed |
//! | `otel.kind` | `internal` |
//!
//! **`http_request`** (`otel.name`: `POST`) covers an HTTP request, from its start to the last byte of the response.
//! For a download, the span ends with the first byte.
//!
//! | field | |
//! |---|---|
//! | `http.request.method`, `url.full`, `server.address`, `server.port` | |
//! | `http.request.body.size`, `http.response.body.size` | bytes, of a response after decompression |
//! | `http.request.resend_count` | number of earlier attempts of the operation; of a batch, the smallest |
//! | `http.response.status_code` | |
//! | `wikijs.batch.size` | number of operations in the batch; absent without a batch |
//! | `error.type` | the status from 400 on, or `connect`, `timeout`, `interrupted`, `request`, `too_large`, `local`, `redirected` |
//! | `otel.status_code` | `ERROR` if the request failed |
//! | `otel.kind` | `client` |
//!
//! The span of a single request is a child of the span of its operation. The span of a batch has no parent, because its
//! operations may belong to unrelated callers. It follows from the spans of all its operations (links in
//! OpenTelemetry). If the future of a call is dropped, its span has no result.
//!
//! # Events
//!
//! - `WARN`: a retry, a repaired write, rejected arrays of operations.
//! - `INFO`: a write that was reported as failed but was applied, a renewed login.
//! - `DEBUG`: each response and each batch.
//!
//! # Metrics
//!
//! With the feature `metrics`, the client records metrics with the recorder that the program installs for the crate
//! `metrics`, such as that of `metrics-exporter-prometheus`. `telemetry::describe_metrics()` registers descriptions and
//! units of the metrics.
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `wikijs.client.operation.duration` | histogram, seconds | `graphql.operation.name`, `graphql.operation.type`, `error.type` if it failed |
//! | `wikijs.client.operation.retries` | counter | `graphql.operation.name`, `graphql.operation.type` |
//! | `wikijs.client.batch.size` | histogram, operations; single requests are not recorded | |
//! | `http.client.request.duration` | histogram, seconds | `http.request.method`, `server.address`, `server.port`, `http.response.status_code`, `error.type` if it failed |
//! | `http.client.request.body.size`, `http.client.response.body.size` | histogram, bytes | the same |
//! | `wikijs.client.cache.hits`, `wikijs.client.cache.misses`, `wikijs.client.cache.evictions` | counter | `wikijs.cache.kind`: `page` or `list` |
//!
//! `error.type` has the same values as in spans. The count of a histogram is the number of operations or requests.
//! Calls whose future was dropped are not recorded.

use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;
use tracing::{Span, field::Empty, info_span};
use url::Url;

use crate::error::Error;

#[cfg(feature = "metrics")]
mod meter;
#[cfg(not(feature = "metrics"))]
mod meter {
    //! Replacements for builds without the feature `metrics`. They do nothing.

    use super::{Exchange, Instant, Url};

    #[derive(Debug)]
    pub(crate) struct OperationKey;

    impl OperationKey {
        pub(crate) fn new(_: &str, _: &str) -> Self {
            Self
        }
    }

    #[derive(Debug)]
    pub(crate) struct Server;

    impl Server {
        pub(crate) fn new(_: &Url) -> Self {
            Self
        }
    }

    pub(super) fn operation(_: &OperationKey, _: Instant, _: u32, _: Option<&str>) {}

    pub(super) fn exchange(of: &Exchange<'_>, _: Option<u16>, _: Option<u64>, _: Option<&str>) {
        let _ = (of.server, of.method, of.sent, of.begun);
    }

    pub(super) fn batch(_: usize) {}

    pub(crate) fn cache_read(_: &str, _: bool) {}

    pub(crate) fn cache_eviction(_: &str) {}
}

#[cfg(feature = "metrics")]
pub use self::meter::describe_metrics;
pub(crate) use self::meter::{OperationKey, Server, cache_eviction, cache_read};

/// An operation in flight.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) span: Span,
    key: &'a OperationKey,
    begun: Instant,
}

impl<'a> Call<'a> {
    /// Starts the span and the measurement of an operation with this request body.
    pub(crate) fn begin(name: &str, kind: &str, key: &'a OperationKey, body: &[u8]) -> Self {
        let span = info_span!(
            target: "wikijs_client",
            "graphql_operation",
            otel.name = format_args!("{kind} {name}"),
            otel.kind = "internal",
            graphql.operation.name = name,
            graphql.operation.type = kind,
            wikijs.page.id = Empty,
            wikijs.page.path = Empty,
            wikijs.page.locale = Empty,
            wikijs.attempts = Empty,
            wikijs.batch.size = Empty,
            wikijs.request.size = body.len(),
            wikijs.response.size = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
        if !span.is_disabled() {
            record_page(&span, name, body);
        }
        Self {
            span,
            key,
            begun: Instant::now(),
        }
    }

    /// Records the size of the response, in bytes.
    pub(crate) fn record_response(&self, bytes: usize) {
        if !self.span.is_disabled() {
            self.span.record("wikijs.response.size", bytes);
        }
    }

    /// Records the result and the number of attempts, and ends the span.
    pub(crate) fn end(self, attempts: u32, error: Option<&Error>) {
        let error = error.map(Error::type_name);
        meter::operation(self.key, self.begun, attempts, error);
        if !self.span.is_disabled() {
            self.span.record("wikijs.attempts", attempts);
            record_error(&self.span, error);
        }
    }
}

/// Starts the span of a write.
pub(crate) fn begin_write(name: &str) -> Span {
    info_span!(
        target: "wikijs_client",
        "wikijs_write",
        otel.name = format_args!("write {name}"),
        otel.kind = "internal",
        wikijs.write = name,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Records the result of a write.
pub(crate) fn end_write(span: &Span, error: Option<&Error>) {
    record_error(span, error.map(Error::type_name));
}

/// An HTTP request in flight.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) span: Span,
    server: &'a Server,
    method: &'static str,
    /// Size of the body, in bytes.
    sent: u64,
    begun: Instant,
}

impl<'a> Exchange<'a> {
    /// Starts the span and the measurement of a request with a body of `sent` bytes and with these operations: the span
    /// of each, and the number of its earlier attempts.
    pub(crate) fn begin<'span>(
        server: &'a Server,
        method: &'static str,
        url: &Url,
        sent: u64,
        operations: impl ExactSizeIterator<Item = (&'span Span, u32)> + Clone,
    ) -> Self {
        let count = operations.len();
        let parent = operations.clone().next().filter(|_| count == 1);
        let span = info_span!(
            target: "wikijs_client",
            parent: parent.and_then(|(operation, _)| operation.id()),
            "http_request",
            otel.name = method,
            otel.kind = "client",
            http.request.method = method,
            url.full = url.as_str(),
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            http.request.body.size = sent,
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            http.response.body.size = Empty,
            wikijs.batch.size = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
        if count > 1 {
            meter::batch(count);
        }
        if !span.is_disabled() {
            if count > 1 {
                span.record("wikijs.batch.size", count);
                for (operation, _) in operations.clone() {
                    operation.record("wikijs.batch.size", count);
                    span.follows_from(operation);
                }
            }
            let resends = operations.map(|(_, resends)| resends).min();
            if let Some(resends) = resends.filter(|resends| *resends > 0) {
                span.record("http.request.resend_count", resends);
            }
        }
        Self {
            span,
            server,
            method,
            sent,
            begun: Instant::now(),
        }
    }

    /// Ends the span with the status and the size of a response, or with the name of a failure.
    pub(crate) fn end(self, status: Option<u16>, size: Option<u64>, failure: Option<&str>) {
        let refusal = status.filter(|status| *status >= 400);
        let refusal = refusal.map(|status| status.to_string());
        let error = refusal.as_deref().or(failure);
        meter::exchange(&self, status, size, error);
        if self.span.is_disabled() {
            return;
        }
        if let Some(status) = status {
            self.span.record("http.response.status_code", status);
        }
        if let Some(size) = size {
            self.span.record("http.response.body.size", size);
        }
        record_error(&self.span, error);
    }
}

fn record_error(span: &Span, error: Option<&str>) {
    if let Some(error) = error {
        span.record("error.type", error);
        span.record("otel.status_code", "ERROR");
    }
}

/// Records the page of an operation. The transport does not know the arguments of operations, so the page is parsed
/// from the body of the request.
fn record_page(span: &Span, operation: &str, body: &[u8]) {
    #[derive(Deserialize)]
    struct Body {
        variables: Variables,
    }
    /// The variables that are recorded. All others are skipped, such as the content of a page.
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Variables {
        page_id: Value,
        id: Value,
        path: Value,
        locale: Value,
    }
    // In operations on tags, `id` is the id of a tag.
    if !operation.starts_with("Pages") || operation.ends_with("Tag") {
        return;
    }
    let Ok(Body { variables }) = serde_json::from_slice(body) else {
        return;
    };
    if let Some(id) = variables.page_id.as_i64().or(variables.id.as_i64()) {
        span.record("wikijs.page.id", id);
    }
    if let Some(path) = variables.path.as_str() {
        span.record("wikijs.page.path", path);
    }
    if let Some(locale) = variables.locale.as_str() {
        span.record("wikijs.page.locale", locale);
    }
}
