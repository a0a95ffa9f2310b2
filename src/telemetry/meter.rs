//! Metrics, recorded with the crate [`metrics`].

use std::{sync::Arc, time::Instant};

use metrics::{
    Key, Label, Level, Metadata, SharedString, Unit, counter, describe_counter, describe_histogram,
    histogram, with_recorder,
};
use url::Url;

use super::exchange::Outgoing;

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
    let durations = [
        (OPERATION_DURATION, "Duration of GraphQL operations"),
        (REQUEST_DURATION, "Duration of HTTP client requests"),
    ];
    for (name, meaning) in durations {
        describe_histogram!(name, Unit::Seconds, meaning);
    }
    let sizes = [
        (REQUEST_SIZE, "Size of HTTP client request bodies"),
        (
            RESPONSE_SIZE,
            "Size of HTTP client response bodies, decompressed",
        ),
    ];
    for (name, meaning) in sizes {
        describe_histogram!(name, Unit::Bytes, meaning);
    }
    describe_histogram!(BATCH_SIZE, Unit::Count, "Operations that share a request");
    let counts = [
        (OPERATION_RETRIES, "Retries of operations"),
        (CACHE_HITS, "Reads without a request"),
        (CACHE_MISSES, "Reads with a request"),
        (CACHE_EVICTIONS, "Entries removed because of size or age"),
    ];
    for (name, meaning) in counts {
        describe_counter!(name, Unit::Count, meaning);
    }
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

/// The measurement of an operation.
#[derive(Debug)]
pub(super) struct OperationMeter<'a> {
    begun: Instant,
    key: &'a OperationKey,
}

impl<'a> OperationMeter<'a> {
    pub(super) fn begin(key: &'a OperationKey) -> Self {
        Self {
            begun: Instant::now(),
            key,
        }
    }

    pub(super) fn end(self, attempts: u32, error: Option<&'static str>) {
        let OperationKey(key) = self.key;
        let retries = attempts.saturating_sub(1);
        if retries > 0 {
            let labels: Vec<Label> = key.labels().cloned().collect();
            counter!(OPERATION_RETRIES, labels).increment(retries.into());
        }
        let duration = self.begun.elapsed().as_secs_f64();
        match error {
            None => note(key, duration),
            Some(error) => {
                let error = Label::from_static_parts("error.type", error);
                note(&key.with_extra_labels(vec![error]), duration);
            }
        }
    }
}

/// The server of a client, with its labels.
#[derive(Debug)]
pub(crate) struct Server {
    address: SharedString,
    port: SharedString,
    /// The keys for successful requests. Created once.
    usual: ExchangeKeys,
}

/// Method, status and error of a completed request, which are labels of its metrics.
type Ending<'a> = (&'static str, Option<u16>, Option<&'a str>);

/// The values of nearly all requests.
const USUAL: Ending<'static> = ("POST", Some(200), None);

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
        let address = Arc::<str>::from(url.host_str().unwrap_or_default()).into();
        let port = url.port_or_known_default().unwrap_or_default();
        let port = Arc::<str>::from(port.to_string()).into();
        Self {
            usual: ExchangeKeys::of(&address, &port, USUAL),
            address,
            port,
        }
    }
}

impl ExchangeKeys {
    fn of(
        address: &SharedString,
        port: &SharedString,
        (method, status, error): Ending<'_>,
    ) -> Self {
        let mut labels = vec![
            Label::from_static_parts("http.request.method", method),
            Label::new("server.address", address.clone()),
            Label::new("server.port", port.clone()),
        ];
        if let Some(status) = status {
            let status = status.to_string();
            labels.push(Label::new("http.response.status_code", status));
        }
        if let Some(error) = error {
            labels.push(Label::new("error.type", error.to_owned()));
        }
        Self {
            sent: Key::from_parts(REQUEST_SIZE, labels.clone()),
            received: Key::from_parts(RESPONSE_SIZE, labels.clone()),
            duration: Key::from_parts(REQUEST_DURATION, labels),
        }
    }
}

/// The measurement of a request.
#[derive(Debug)]
pub(super) struct ExchangeMeter<'a> {
    begun: Instant,
    server: &'a Server,
    method: &'static str,
    size: u64,
}

impl<'a> ExchangeMeter<'a> {
    pub(super) fn begin(outgoing: Outgoing<'a>) -> Self {
        Self {
            begun: Instant::now(),
            server: outgoing.server,
            method: outgoing.method,
            size: outgoing.size,
        }
    }

    pub(super) fn end(self, status: Option<u16>, size: Option<u64>, error: Option<&str>) {
        let server = self.server;
        let ending = (self.method, status, error);
        let other;
        let keys = if ending == USUAL {
            &server.usual
        } else {
            other = ExchangeKeys::of(&server.address, &server.port, ending);
            &other
        };
        note(&keys.sent, bytes(self.size));
        if let Some(received) = size {
            note(&keys.received, bytes(received));
        }
        note(&keys.duration, self.begun.elapsed().as_secs_f64());
    }
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
#[cfg(feature = "cache")]
pub(crate) fn cache_read(kind: &'static str, hit: bool) {
    let name = if hit { CACHE_HITS } else { CACHE_MISSES };
    counter!(name, "wikijs.cache.kind" => kind).increment(1);
}

/// Counts an eviction from the cache.
#[cfg(feature = "cache")]
pub(crate) fn cache_eviction(kind: &'static str) {
    counter!(CACHE_EVICTIONS, "wikijs.cache.kind" => kind).increment(1);
}
