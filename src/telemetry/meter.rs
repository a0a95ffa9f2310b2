//! Metrics, recorded with the crate [`metrics`].

use std::{sync::Arc, time::Instant};

use metrics::{
    Key, Label, Level, Metadata, Unit, counter, describe_counter, describe_histogram, histogram,
    with_recorder,
};
use url::Url;

use super::Exchange;

const OPERATION_DURATION: &str = "wikijs.client.operation.duration";
const OPERATION_RETRIES: &str = "wikijs.client.operation.retries";
const BATCH_SIZE: &str = "wikijs.client.batch.size";
const CACHE_HITS: &str = "wikijs.client.cache.hits";
const CACHE_MISSES: &str = "wikijs.client.cache.misses";
const CACHE_EVICTIONS: &str = "wikijs.client.cache.evictions";
const REQUEST_DURATION: &str = "http.client.request.duration";
const REQUEST_SIZE: &str = "http.client.request.body.size";
const RESPONSE_SIZE: &str = "http.client.response.body.size";

/// Registers the descriptions and units of all metrics with the recorder of the crate [`metrics`]. Call this function
/// once, after the recorder was installed.
///
/// ```
/// // metrics_exporter_prometheus::PrometheusBuilder::new().install()?;
/// wikijs_client::telemetry::describe_metrics();
/// ```
pub fn describe_metrics() {
    use Unit::{Bytes, Count, Seconds};

    describe_histogram! { OPERATION_DURATION, Seconds, "Duration of GraphQL operations" }
    describe_histogram! { REQUEST_DURATION, Seconds, "Duration of HTTP client requests" }
    describe_histogram! { REQUEST_SIZE, Bytes, "Size of HTTP client request bodies" }
    describe_histogram! { RESPONSE_SIZE, Bytes, "Size of HTTP client response bodies, decompressed" }
    describe_histogram! { BATCH_SIZE, Count, "Operations that share a request" }
    describe_counter! { OPERATION_RETRIES, Count, "Retries of operations" }
    describe_counter! { CACHE_HITS, Count, "Reads without a request" }
    describe_counter! { CACHE_MISSES, Count, "Reads with a request" }
    describe_counter! { CACHE_EVICTIONS, Count, "Entries removed because of size or age" }
}

/// Metric key (name and labels) of the duration of a successful operation. Created once for all calls of the operation.
#[derive(Debug)]
pub(crate) struct OperationKey(Key);

impl OperationKey {
    pub(crate) fn new(name: &'static str, kind: &'static str) -> Self {
        let labels = vec![
            Label::from_static_parts("graphql.operation.name", name),
            Label::from_static_parts("graphql.operation.type", kind),
        ];
        Self(Key::from_parts(OPERATION_DURATION, labels))
    }
}

/// Records an operation that has ended.
pub(super) fn operation(
    OperationKey(key): &OperationKey,
    begun: Instant,
    attempts: u32,
    error: Option<&'static str>,
) {
    let retries = attempts.saturating_sub(1);
    if retries > 0 {
        let labels: Vec<Label> = key.labels().cloned().collect();
        counter!(OPERATION_RETRIES, labels).increment(retries.into());
    }
    let duration = begun.elapsed().as_secs_f64();
    match error {
        None => note(key, duration),
        Some(error) => {
            let error = Label::from_static_parts("error.type", error);
            note(&key.with_extra_labels(vec![error]), duration);
        }
    }
}

/// The server of a client.
#[derive(Debug)]
pub(crate) struct Server {
    labels: [Label; 2],
    /// The keys for a POST with status 200, as nearly all requests are. Created once.
    usual: ExchangeKeys,
}

/// Metric keys (names and labels) of a request.
#[derive(Debug)]
struct ExchangeKeys {
    duration: Key,
    sent: Key,
    received: Key,
}

impl Server {
    /// Creates the labels for the server at this URL.
    pub(crate) fn new(url: &Url) -> Self {
        let address = Arc::<str>::from(url.host_str().unwrap_or_default());
        let port = url.port_or_known_default().unwrap_or_default().to_string();
        let labels = [
            Label::new("server.address", address),
            Label::new("server.port", Arc::<str>::from(port)),
        ];
        Self {
            usual: ExchangeKeys::new(&labels, "POST", Some(200), None),
            labels,
        }
    }
}

impl ExchangeKeys {
    fn new(
        server: &[Label; 2],
        method: &'static str,
        status: Option<u16>,
        error: Option<&str>,
    ) -> Self {
        let mut labels = server.to_vec();
        labels.push(Label::from_static_parts("http.request.method", method));
        let status = status.map(|status| status.to_string());
        labels.extend(status.map(|status| Label::new("http.response.status_code", status)));
        labels.extend(error.map(|error| Label::new("error.type", error.to_owned())));
        Self {
            sent: Key::from_parts(REQUEST_SIZE, labels.clone()),
            received: Key::from_parts(RESPONSE_SIZE, labels.clone()),
            duration: Key::from_parts(REQUEST_DURATION, labels),
        }
    }
}

/// Records a request that has ended.
pub(super) fn exchange(
    exchange: &Exchange<'_>,
    status: Option<u16>,
    size: Option<u64>,
    error: Option<&str>,
) {
    let Exchange { server, method, .. } = *exchange;
    let other;
    let keys = if (method, status, error) == ("POST", Some(200), None) {
        &server.usual
    } else {
        other = ExchangeKeys::new(&server.labels, method, status, error);
        &other
    };
    note(&keys.sent, bytes(exchange.sent));
    if let Some(received) = size {
        note(&keys.received, bytes(received));
    }
    note(&keys.duration, exchange.begun.elapsed().as_secs_f64());
}

/// Records a value with an existing key. The macro `histogram!` would create the key for each value.
fn note(key: &Key, value: f64) {
    static METADATA: Metadata<'_> =
        Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    with_recorder(|recorder| recorder.register_histogram(key, &METADATA).record(value));
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9 PB")]
fn bytes(count: u64) -> f64 {
    count as f64
}

/// Records the number of operations in a batch.
pub(super) fn batch(operations: usize) {
    histogram!(BATCH_SIZE).record(bytes(operations as u64));
}

/// Counts a cache hit or a cache miss. `kind` is `page` or `list`.
pub(crate) fn cache_read(kind: &'static str, hit: bool) {
    let name = if hit { CACHE_HITS } else { CACHE_MISSES };
    counter!(name, "wikijs.cache.kind" => kind).increment(1);
}

/// Counts an eviction from the cache.
pub(crate) fn cache_eviction(kind: &'static str) {
    counter!(CACHE_EVICTIONS, "wikijs.cache.kind" => kind).increment(1);
}
