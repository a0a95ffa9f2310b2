//! Metrics of the client, as a recorder of the crate `metrics` receives them.
#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, LocalRecorderGuard, Metadata,
    Recorder, SharedString, Unit,
};
use wikijs_client::{Client, RetryPolicy, pages::PageUpdate, telemetry::describe_metrics};
use wikijs_fake::{FakePage, FakeWiki, Fault};

/// The recorded values of each name with its labels.
type Figures = BTreeMap<String, Vec<f64>>;

/// Records all metrics.
#[derive(Default, Clone)]
struct Notes {
    figures: Arc<Mutex<Figures>>,
    described: Arc<Mutex<BTreeMap<String, Option<Unit>>>>,
}

/// One metric.
struct Line {
    name: String,
    figures: Arc<Mutex<Figures>>,
}

impl Line {
    fn note(&self, value: f64) {
        let mut figures = self.figures.lock().unwrap();
        figures.entry(self.name.clone()).or_default().push(value);
    }
}

impl CounterFn for Line {
    fn increment(&self, value: u64) {
        self.note(f64::from(u32::try_from(value).unwrap()));
    }

    fn absolute(&self, _: u64) {}
}

impl HistogramFn for Line {
    fn record(&self, value: f64) {
        self.note(value);
    }
}

impl Notes {
    fn line(&self, key: &Key) -> Arc<Line> {
        let mut labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        labels.sort();
        Arc::new(Line {
            name: format!("{}{{{}}}", key.name(), labels.join(",")),
            figures: Arc::clone(&self.figures),
        })
    }

    fn describe(&self, key: &KeyName, unit: Option<Unit>) {
        let mut described = self.described.lock().unwrap();
        described.insert(key.as_str().to_owned(), unit);
    }
}

impl Recorder for Notes {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.line(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.line(key))
    }
}

impl Notes {
    /// Records the metrics of this thread, on which the runtime of a test also runs its tasks.
    fn watch(&self) -> LocalRecorderGuard<'_> {
        metrics::set_default_local_recorder(self)
    }

    fn forget(&self) {
        self.figures.lock().unwrap().clear();
    }

    /// Returns the values of a metric with exactly these labels.
    fn of(&self, name: &str, labels: &str) -> Vec<f64> {
        let figures = self.figures.lock().unwrap();
        let found = figures.get(&format!("{name}{{{labels}}}"));
        found.cloned().unwrap_or_default()
    }

    /// Returns the values of a metric with any labels.
    fn all_of(&self, name: &str) -> Vec<f64> {
        let figures = self.figures.lock().unwrap();
        let begins = format!("{name}{{");
        let found = figures.iter().filter(|(key, _)| key.starts_with(&begins));
        found.flat_map(|(_, values)| values.clone()).collect()
    }
}

/// Starts a wiki, and a client with a verified identity.
async fn start(notes: &Notes) -> (FakeWiki, Client) {
    let fake = FakeWiki::start().await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(2)))
        .build()
        .unwrap();
    wiki.check().await.unwrap();
    notes.forget();
    (fake, wiki)
}

fn server(fake: &FakeWiki) -> String {
    let port = fake.url().rsplit(':').next().unwrap();
    format!("server.address=127.0.0.1,server.port={port}")
}

#[tokio::test]
async fn operations_and_requests_are_measured() {
    let notes = Notes::default();
    let _guard = notes.watch();
    let (fake, wiki) = start(&notes).await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    wiki.pages().get(id).await.unwrap();
    let update = PageUpdate::new().title("B");
    wiki.pages().update(id, update).await.unwrap();

    let durations = notes.of(
        "wikijs.client.operation.duration",
        "graphql.operation.name=PagesGet,graphql.operation.type=query",
    );
    assert_eq!(durations.len(), 3);
    assert!(
        durations
            .iter()
            .all(|seconds| (0.0..60.0).contains(seconds))
    );
    let mutations = notes.of(
        "wikijs.client.operation.duration",
        "graphql.operation.name=PagesUpdate,graphql.operation.type=mutation",
    );
    assert_eq!(mutations.len(), 1);
    let labels = format!(
        "http.request.method=POST,http.response.status_code=200,{}",
        server(&fake)
    );
    assert_eq!(notes.of("http.client.request.duration", &labels).len(), 4);
    let sent = notes.of("http.client.request.body.size", &labels);
    let received = notes.of("http.client.response.body.size", &labels);
    assert_eq!((sent.len(), received.len()), (4, 4));
    assert!(sent.iter().chain(&received).all(|bytes| *bytes > 50.0));
    assert!(notes.all_of("wikijs.client.operation.retries").is_empty());
    assert!(notes.all_of("wikijs.client.batch.size").is_empty());
}

#[tokio::test]
async fn failures_and_retries_are_labelled_by_error_type() {
    let notes = Notes::default();
    let _guard = notes.watch();
    let (fake, wiki) = start(&notes).await;
    fake.fail_next(Fault::status(503));
    fake.fail_next(Fault::ResetBefore);
    assert!(wiki.pages().get(i32::MAX).await.unwrap_err().is_not_found());

    let operation = "graphql.operation.name=PagesGet,graphql.operation.type=query";
    let failed = notes.of(
        "wikijs.client.operation.duration",
        &format!("error.type=not_found,{operation}"),
    );
    assert_eq!(failed.len(), 1);
    assert_eq!(
        notes.of("wikijs.client.operation.retries", operation),
        [2.0]
    );
    let server = server(&fake);
    for (labels, count) in [
        (
            format!(
                "error.type=503,http.request.method=POST,http.response.status_code=503,{server}"
            ),
            1,
        ),
        (
            format!("error.type=interrupted,http.request.method=POST,{server}"),
            1,
        ),
        (
            format!("http.request.method=POST,http.response.status_code=200,{server}"),
            1,
        ),
    ] {
        let durations = notes.of("http.client.request.duration", &labels);
        assert_eq!(durations.len(), count, "{labels}");
    }
}

#[tokio::test]
async fn batches_are_counted_by_their_size() {
    let notes = Notes::default();
    let _guard = notes.watch();
    let (fake, wiki) = start(&notes).await;
    let ids: Vec<i64> = (0..60)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    wiki.pages().get_many(ids).collect::<Vec<_>>().await;
    let batches = notes.all_of("wikijs.client.batch.size");
    let requests = notes.all_of("http.client.request.duration").len();
    assert_eq!(notes.all_of("wikijs.client.operation.duration").len(), 60);
    let alone = f64::from(u32::try_from(requests - batches.len()).unwrap());
    assert!(!batches.is_empty());
    assert!((batches.iter().sum::<f64>() + alone - 60.0).abs() < 1e-9);
}

#[cfg(feature = "cache")]
#[tokio::test]
async fn hits_and_misses_of_the_cache_are_counted() {
    use wikijs_client::cache::CachePolicy;

    let notes = Notes::default();
    let _guard = notes.watch();
    let fake = FakeWiki::start().await;
    let ids: Vec<i64> = (0..4)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .cache(CachePolicy::default().max_entries(2))
        .build()
        .unwrap();
    for _ in 0..2 {
        wiki.pages().get(ids[0]).await.unwrap();
        wiki.pages().list().await.unwrap();
    }
    for kind in ["page", "list"] {
        let label = format!("wikijs.cache.kind={kind}");
        assert_eq!(notes.of("wikijs.client.cache.misses", &label), [1.0]);
        assert_eq!(notes.of("wikijs.client.cache.hits", &label), [1.0]);
    }
    for id in ids {
        wiki.pages().get(id).await.unwrap();
    }
    let stats = wiki.cache().stats();
    let evictions = notes.all_of("wikijs.client.cache.evictions");
    assert!(stats.evictions > 0);
    assert_eq!(u64::try_from(evictions.len()).unwrap(), stats.evictions);
}

#[tokio::test]
async fn every_metric_is_described_with_its_unit() {
    let notes = Notes::default();
    let _guard = notes.watch();
    describe_metrics();
    let (fake, wiki) = start(&notes).await;
    fake.fail_next(Fault::status(503));
    let ids: Vec<i64> = (0..20)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    wiki.pages().get_many(ids).collect::<Vec<_>>().await;

    let described = notes.described.lock().unwrap();
    let figures = notes.figures.lock().unwrap();
    assert!(figures.len() >= 6, "{figures:?}");
    for figure in figures.keys() {
        let (name, _) = figure.split_once('{').unwrap();
        let unit = described.get(name).unwrap().unwrap();
        let expected = match name {
            _ if name.ends_with(".duration") => Unit::Seconds,
            _ if name.ends_with(".body.size") => Unit::Bytes,
            _ => Unit::Count,
        };
        assert_eq!(unit, expected, "{name}");
    }
    assert_eq!(described.len(), 9);
}
