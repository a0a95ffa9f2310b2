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
//! | `error.type` | the class of the [`Error`]: `timeout`, `connect`, `interrupted`, `rate_limited`, `unauthenticated`, `forbidden`, `not_found`, `conflict`, `invalid_input`, `unsupported`, `unavailable`, or its variant `http`, `graphql`, `decode`, `api`, or `other` |
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

mod call;
mod exchange;
#[cfg(feature = "metrics")]
mod meter;
#[cfg(not(feature = "metrics"))]
#[path = "no_meter.rs"]
mod meter;

#[cfg(feature = "metrics")]
pub use self::meter::describe_metrics;
#[cfg(feature = "cache")]
pub(crate) use self::meter::{cache_eviction, cache_read};
pub(crate) use self::{
    call::{Call, Writing},
    exchange::{Exchange, Outgoing},
    meter::{OperationKey, Server},
};
use crate::error::Error;

/// Returns the value of `error.type` for an error. The set of values is small, so that it can be a label of metrics.
pub(crate) fn error_type(error: &Error) -> &'static str {
    type Meaning = (fn(&Error) -> bool, &'static str);
    const MEANINGS: [Meaning; 9] = [
        (Error::is_timeout, "timeout"),
        (Error::is_connect, "connect"),
        (Error::is_rate_limited, "rate_limited"),
        (Error::is_unauthenticated, "unauthenticated"),
        (Error::is_forbidden, "forbidden"),
        (Error::is_not_found, "not_found"),
        (Error::is_conflict, "conflict"),
        (Error::is_invalid_input, "invalid_input"),
        (Error::is_unsupported, "unsupported"),
    ];
    let meaning = MEANINGS.iter().find(|(means, _)| means(error));
    if let Some((_, name)) = meaning {
        return name;
    }
    match error {
        _ if error.is_unavailable() => "unavailable",
        Error::Transport(error) => error.kind.name(),
        Error::Http(_) => "http",
        Error::GraphQl(_) => "graphql",
        Error::Decode(_) => "decode",
        Error::Api(_) => "api",
        _ => "other",
    }
}
