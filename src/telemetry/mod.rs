//! What the client tells about its work: spans and events of [`tracing`], and figures of the `metrics`
//! façade.
//!
//! The names are those of OpenTelemetry's semantic conventions for GraphQL and for HTTP clients, so that
//! a subscriber such as that of `tracing-opentelemetry` needs no translation; what they have no name for
//! begins with `wikijs.`. Spans have the target `wikijs_client` and the level `INFO`. Without a
//! subscriber, or with one that does not want them, they cost nothing that can be measured.
//!
//! No span, event or error holds a key, a password, a token, or the content of a page.
//!
//! # Spans
//!
//! **`wikijs_write`** (`otel.name`: `write PagesUpdate`) is a write, from its wait for its turn to its
//! last look at the wiki: a piece of work of a façade, or a single mutation. The operations that it takes
//! are within.
//!
//! | field | |
//! |---|---|
//! | `wikijs.write` | the name of the work, as in errors |
//! | `error.type`, `otel.status_code` | where it failed, as below |
//!
//! **`graphql_operation`** (`otel.name`: `query PagesGet`) is one operation, from its being ready to be
//! sent to its answer's being decoded, with the wait for a place among the requests and all tries.
//!
//! | field | |
//! |---|---|
//! | `graphql.operation.name`, `graphql.operation.type` | such as `PagesGet`; `query` or `mutation` |
//! | `wikijs.page.id`, `wikijs.page.path`, `wikijs.page.locale` | the page that it is about, as far as its variables say |
//! | `wikijs.attempts` | how often it was sent |
//! | `wikijs.batch.size` | how many operations shared its request, itself included; absent where it went alone |
//! | `wikijs.request.size`, `wikijs.response.size` | bytes of JSON, of its own part where requests are shared |
//! | `error.type` | what [`Error`] means: `timeout`, `connect`, `interrupted`, `rate_limited`, `unauthenticated`, `forbidden`, `not_found`, `conflict`, `invalid_input`, `unsupported`, `unavailable`, or by its layer `http`, `graphql`, `decode`, `api`, or `other` |
//! | `otel.status_code` | `ERROR` where it failed |
//! | `otel.kind` | `internal` |
//!
//! **`http_request`** (`otel.name`: `POST`) is one HTTP exchange, from its sending to the last byte of
//! the answer; of a download, to the first.
//!
//! | field | |
//! |---|---|
//! | `http.request.method`, `url.full`, `server.address`, `server.port` | |
//! | `http.request.body.size`, `http.response.body.size` | bytes, of an answer after unpacking |
//! | `http.request.resend_count` | how often its operation was sent before, if it was; of several, the fewest |
//! | `http.response.status_code` | |
//! | `wikijs.batch.size` | how many operations it carries, where there are several |
//! | `error.type` | the status from 400 on, or `connect`, `timeout`, `interrupted`, `request`, `too_large`, `local`, `redirected`, `not_accepted` |
//! | `otel.status_code` | `ERROR` where it failed |
//! | `otel.kind` | `client` |
//!
//! The exchange of one operation is within its span. One that carries several is within none: it follows
//! from the span of each (in OpenTelemetry, a link), since their callers may have nothing to do with each
//! other. A span that was never given an outcome is that of work whose caller went away.
//!
//! # Events
//!
//! `WARN` where something was tried again, a write was mended, or arrays of operations are refused;
//! `INFO` where a write that was reported as failed was made, or a login was renewed; `DEBUG` for each
//! answer and each batch.
//!
//! # Metrics
//!
//! With the feature `metrics`, to whatever recorder the program installs for the `metrics` façade, such
//! as that of `metrics-exporter-prometheus`. `telemetry::describe_metrics()` tells it units and meanings.
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `wikijs.client.operation.duration` | histogram, seconds | `graphql.operation.name`, `graphql.operation.type`, `error.type` where it failed |
//! | `wikijs.client.operation.retries` | counter | `graphql.operation.name`, `graphql.operation.type` |
//! | `wikijs.client.batch.size` | histogram of operations; requests of one are left out | |
//! | `http.client.request.duration` | histogram, seconds | `http.request.method`, `server.address`, `server.port`, `http.response.status_code`, `error.type` where it failed |
//! | `http.client.request.body.size`, `http.client.response.body.size` | histogram, bytes | the same |
//! | `wikijs.client.cache.hits`, `wikijs.client.cache.misses`, `wikijs.client.cache.evictions` | counter | `wikijs.cache.kind`: `page` or `list` |
//!
//! The values of `error.type` are those of the spans. The count of a histogram is that of operations or
//! of requests; work whose caller went away is not counted.

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

/// The value of `error.type`: few different ones, for those who count errors by it.
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
