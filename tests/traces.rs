//! Spans of the client, as a subscriber receives them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use tracing::{
    Event, Instrument, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};
use wikijs_client::{
    Client, RetryPolicy,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, Fault};

/// The recorded state of a span.
#[derive(Debug, Clone, Default)]
struct Seen {
    name: &'static str,
    level: String,
    target: String,
    /// The index of its parent.
    parent: Option<usize>,
    fields: BTreeMap<&'static str, String>,
    /// The indexes of the spans that it follows from.
    follows: Vec<usize>,
    is_closed: bool,
}

impl Seen {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

#[derive(Default)]
struct Spans {
    seen: Vec<Seen>,
    events: Vec<String>,
    open: HashMap<u64, usize>,
}

impl Spans {
    fn at(&mut self, id: &Id) -> &mut Seen {
        let index = self.open[&id.into_u64()];
        &mut self.seen[index]
    }
}

/// A subscriber that records all spans.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Spans>>);

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        let parent = context.span(id).and_then(|span| span.parent());
        let metadata = attributes.metadata();
        let mut seen = Seen {
            name: metadata.name(),
            level: metadata.level().to_string(),
            target: metadata.target().to_owned(),
            parent: parent.map(|parent| spans.open[&parent.id().into_u64()]),
            ..Seen::default()
        };
        attributes.record(&mut Fields(&mut seen.fields));
        let index = spans.seen.len();
        spans.seen.push(seen);
        spans.open.insert(id.into_u64(), index);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap().at(id).fields));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        let follows = spans.open[&follows.into_u64()];
        spans.at(id).follows.push(follows);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        self.0.lock().unwrap().events.push(format!("{fields:?}"));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.0.lock().unwrap().at(&id).is_closed = true;
    }
}

impl Collector {
    /// Records the spans of this thread, on which the runtime of a test also runs its tasks.
    fn watch() -> (Self, DefaultGuard) {
        let collector = Self::default();
        let subscriber = tracing_subscriber::registry().with(collector.clone());
        (collector, tracing::subscriber::set_default(subscriber))
    }

    /// Removes the recorded spans.
    fn forget(&self) {
        *self.0.lock().unwrap() = Spans::default();
    }

    fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().seen.clone()
    }

    /// Returns the spans with this OpenTelemetry name, each with its index.
    fn named(&self, name: &str) -> Vec<(usize, Seen)> {
        let all = self.all().into_iter().enumerate();
        all.filter(|(_, span)| span.field("otel.name") == Some(name))
            .collect()
    }

    /// Returns the only span with this OpenTelemetry name.
    fn only(&self, name: &str) -> (usize, Seen) {
        let mut named = self.named(name);
        assert_eq!(named.len(), 1, "{name} in {:#?}", self.all());
        named.remove(0)
    }
}

/// Starts a wiki with a page, a client with a verified identity, and a collector of its later spans.
async fn start() -> (FakeWiki, Client, Collector, DefaultGuard) {
    let (collector, guard) = Collector::watch();
    let fake = FakeWiki::start().await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(2)))
        .build()
        .unwrap();
    wiki.check().await.unwrap();
    collector.forget();
    (fake, wiki, collector, guard)
}

#[tokio::test]
async fn a_read_has_an_operation_span_and_a_request_span() {
    let (fake, wiki, seen, _guard) = start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let callers = tracing::info_span!("callers", otel.name = "callers");
    wiki.pages()
        .get(id)
        .instrument(callers.clone())
        .await
        .unwrap();

    let (outer, _) = seen.only("callers");
    let (at, operation) = seen.only("query PagesGet");
    assert_eq!(operation.parent, Some(outer));
    assert_eq!(
        (operation.name, operation.target.as_str()),
        ("graphql_operation", "wikijs_client")
    );
    assert_eq!(operation.level, "INFO");
    let id = id.to_string();
    for (name, value) in [
        ("graphql.operation.name", "PagesGet"),
        ("graphql.operation.type", "query"),
        ("otel.kind", "internal"),
        ("wikijs.page.id", id.as_str()),
        ("wikijs.attempts", "1"),
    ] {
        assert_eq!(operation.field(name), Some(value), "{name}");
    }
    assert_eq!(operation.field("error.type"), None);
    assert_eq!(operation.field("wikijs.batch.size"), None);

    let (_, exchange) = seen.only("POST");
    assert_eq!((exchange.name, exchange.parent), ("http_request", Some(at)));
    let url = format!("{}/graphql", fake.url());
    let port = fake.url().rsplit(':').next().unwrap();
    for (name, value) in [
        ("otel.kind", "client"),
        ("http.request.method", "POST"),
        ("url.full", url.as_str()),
        ("server.address", "127.0.0.1"),
        ("server.port", port),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(exchange.field(name), Some(value), "{name}");
    }
    for (of_operation, of_exchange) in [
        ("wikijs.request.size", "http.request.body.size"),
        ("wikijs.response.size", "http.response.body.size"),
    ] {
        let size: usize = exchange.field(of_exchange).unwrap().parse().unwrap();
        assert!(size > 50, "{of_exchange}");
        assert_eq!(operation.field(of_operation), exchange.field(of_exchange));
    }
    assert_eq!(exchange.field("http.request.resend_count"), None);
    assert_eq!(exchange.field("otel.status_code"), None);
    assert!(operation.is_closed && exchange.is_closed);
}

#[tokio::test]
async fn spans_name_the_requested_page() {
    let (fake, wiki, seen, _guard) = start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A").tags(["x"]));
    let pages = wiki.pages();
    pages.get_by_path("docs/a").await.unwrap();
    let (_, operation) = seen.only("query PagesGetByPath");
    assert_eq!(operation.field("wikijs.page.path"), Some("docs/a"));
    assert_eq!(operation.field("wikijs.page.locale"), Some("en"));
    assert_eq!(operation.field("wikijs.page.id"), None);

    let history = pages.history(id).await.unwrap();
    assert!(history.is_empty());
    let (_, operation) = seen.only("query PagesHistory");
    assert_eq!(
        operation.field("wikijs.page.id"),
        Some(id.to_string().as_str())
    );

    let tag = pages.tags().await.unwrap()[0].id;
    pages.delete_tag(tag).await.unwrap();
    let (_, operation) = seen.only("mutation PagesDeleteTag");
    assert_eq!(
        operation.field("wikijs.page.id"),
        None,
        "the id is that of a tag"
    );
}

#[tokio::test]
async fn a_write_span_contains_its_operations() {
    let (fake, wiki, seen, _guard) = start().await;
    let id = fake.insert_page(FakePage::new("a", "A"));
    let update = PageUpdate::new().title("B");
    wiki.pages().update(id, update).await.unwrap();

    let (at, write) = seen.only("write PagesUpdate");
    assert_eq!(
        (write.name, write.field("wikijs.write")),
        ("wikijs_write", Some("PagesUpdate"))
    );
    assert_eq!(write.field("error.type"), None);
    let within: Vec<_> = seen
        .all()
        .into_iter()
        .filter(|span| span.parent == Some(at))
        .map(|span| span.fields["otel.name"].clone())
        .collect();
    assert_eq!(
        within,
        ["query PagesGet", "mutation PagesUpdate", "query PagesGet"]
    );
    let (mutation, _) = seen.only("mutation PagesUpdate");
    let exchanges = seen.named("POST");
    assert_eq!(exchanges.len(), 3);
    assert!(
        exchanges
            .iter()
            .any(|(_, exchange)| exchange.parent == Some(mutation))
    );

    // A failed `responseResult` is an error of the write. The span of the operation has no error.
    fake.insert_page(FakePage::new("there", "There"));
    seen.forget();
    let page = NewPage::new("there", "There", "text");
    wiki.pages().create(page).await.unwrap_err();
    let (_, write) = seen.only("write PagesCreate");
    assert_eq!(write.field("error.type"), Some("conflict"));
    assert_eq!(write.field("otel.status_code"), Some("ERROR"));
    let (_, operation) = seen.only("mutation PagesCreate");
    assert_eq!(operation.field("error.type"), None);
}

#[tokio::test]
async fn a_batch_follows_from_the_operations_that_it_carries() {
    let (fake, wiki, seen, _guard) = start().await;
    let ids: Vec<i64> = (0..60)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    let callers = tracing::info_span!("callers");
    let read = wiki.pages().get_many(ids).collect::<Vec<_>>();
    assert_eq!(read.instrument(callers).await.len(), 60);

    let all = seen.all();
    let batches: Vec<_> = all
        .iter()
        .filter(|span| span.field("http.request.method").is_some() && !span.follows.is_empty())
        .collect();
    assert!(!batches.is_empty(), "{all:#?}");
    let mut carried = 0;
    for batch in batches {
        assert_eq!(batch.parent, None);
        let size = batch.follows.len().to_string();
        assert_eq!(batch.field("wikijs.batch.size"), Some(size.as_str()));
        for operation in &batch.follows {
            let operation = &all[*operation];
            assert_eq!(operation.field("otel.name"), Some("query PagesGet"));
            assert_eq!(operation.field("wikijs.batch.size"), Some(size.as_str()));
            carried += 1;
        }
    }
    let operations = seen.named("query PagesGet");
    assert_eq!(operations.len(), 60);
    let alone = operations
        .iter()
        .filter(|(_, operation)| operation.field("wikijs.batch.size").is_none());
    assert_eq!(carried + alone.count(), 60);
}

#[tokio::test]
async fn a_retried_operation_records_its_attempts() {
    let (fake, wiki, seen, _guard) = start().await;
    let id = fake.insert_page(FakePage::new("a", "A"));
    fake.fail_next(Fault::status(503));
    fake.fail_next(Fault::ResetBefore);
    wiki.pages().get(id).await.unwrap();

    let (_, operation) = seen.only("query PagesGet");
    assert_eq!(operation.field("wikijs.attempts"), Some("3"));
    assert_eq!(operation.field("error.type"), None);
    let told: Vec<_> = seen
        .named("POST")
        .into_iter()
        .map(|(_, exchange)| {
            [
                "http.request.resend_count",
                "error.type",
                "otel.status_code",
            ]
            .map(|name| exchange.field(name).unwrap_or_default().to_owned())
        })
        .collect();
    assert_eq!(
        told,
        [
            ["", "503", "ERROR"],
            ["1", "interrupted", "ERROR"],
            ["2", "", ""]
        ]
    );
}

#[tokio::test]
async fn an_error_records_its_type() {
    let (fake, wiki, seen, _guard) = start().await;
    wiki.pages().get(i32::MAX).await.unwrap_err();
    let (_, operation) = seen.only("query PagesGet");
    assert_eq!(operation.field("error.type"), Some("not_found"));
    assert_eq!(operation.field("otel.status_code"), Some("ERROR"));

    seen.forget();
    fake.revoke(fake.api_key());
    wiki.pages().tags().await.unwrap_err();
    let (_, operation) = seen.only("query PagesTags");
    assert_eq!(operation.field("error.type"), Some("unauthenticated"));
    let (_, exchange) = seen.only("POST");
    assert_eq!(exchange.field("error.type"), Some("500"));

    seen.forget();
    let nobody = Client::builder("http://127.0.0.1:1").retry(RetryPolicy::none());
    nobody.build().unwrap().pages().tags().await.unwrap_err();
    let (_, exchange) = seen.only("POST");
    assert_eq!(exchange.field("error.type"), Some("connect"));
    assert_eq!(exchange.field("http.response.status_code"), None);
}

#[tokio::test]
async fn a_dropped_operation_is_closed_without_an_outcome() {
    let (fake, wiki, seen, _guard) = start().await;
    let hold = fake.hold();
    let before = fake.requests().len();
    let pages = wiki.pages();
    let until_asked = async {
        while fake.requests().len() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    futures::future::select(Box::pin(pages.get(1)), Box::pin(until_asked)).await;
    drop(hold);
    let (_, operation) = seen.only("query PagesGet");
    assert!(operation.is_closed);
    assert_eq!(operation.field("wikijs.attempts"), None);
    let (_, exchange) = seen.only("POST");
    assert!(exchange.is_closed);
    assert_eq!(exchange.field("http.response.status_code"), None);
}

#[tokio::test]
async fn no_secret_and_no_content_is_in_a_span() {
    let (fake, wiki, seen, _guard) = start().await;
    let made = NewPage::new("docs/a", "A", "text-that-is-mine").description("summary-that-is-mine");
    let made = wiki.pages().create(made).await.unwrap();
    let update = PageUpdate::new().content("other-text-that-is-mine");
    wiki.pages().update(made.id, update).await.unwrap();
    fake.fail_next_matching("PagesUpdate", Fault::RenderPage);
    let update = PageUpdate::new().content("third-text-that-is-mine");
    let _ = wiki.pages().update(made.id, update).await;
    let login = Client::builder(fake.url()).login("admin@example.com", FakeWiki::ADMIN_PASSWORD);
    let admin = login.await.unwrap().done().unwrap();
    admin.pages().get(made.id).await.unwrap();
    let wrong = Client::builder(fake.url()).login("admin@example.com", "wrong-password-of-mine");
    wrong.await.unwrap_err();

    let spans = seen.all();
    assert!(spans.len() > 10);
    let mut told = String::new();
    for span in &spans {
        write!(told, "{span:?}").unwrap();
    }
    told.extend(seen.0.lock().unwrap().events.iter().map(String::as_str));
    for secret in [
        "that-is-mine",
        "of-mine",
        FakeWiki::ADMIN_PASSWORD,
        fake.api_key(),
        "Bearer",
    ] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("AuthenticationLogin"), "the login is there");
}

#[cfg(feature = "assets")]
#[tokio::test]
async fn transfers_have_request_spans() {
    let (fake, wiki, seen, _guard) = start().await;
    let assets = wiki.assets();
    assets.upload("", "a.bin", vec![7; 1_000]).await.unwrap();
    let (write, _) = seen.only("write AssetsUpload");
    let all = seen.all();
    let sent: Vec<_> = all
        .iter()
        .filter(|span| span.field("url.full") == Some(&format!("{}/u", fake.url())))
        .collect();
    assert_eq!(sent.len(), 1, "{all:#?}");
    assert_eq!(sent[0].parent, Some(write));
    assert_eq!(sent[0].field("http.response.status_code"), Some("200"));
    let size: usize = sent[0]
        .field("http.request.body.size")
        .unwrap()
        .parse()
        .unwrap();
    assert!(size > 1_000);

    seen.forget();
    assets
        .download("a.bin")
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let (_, got) = seen.only("GET");
    assert_eq!(got.field("http.response.body.size"), Some("1000"));
    assert_eq!(
        got.field("url.full"),
        Some(format!("{}/a.bin", fake.url()).as_str())
    );
    assets.download("missing.bin").await.unwrap_err();
    let (_, missing) = seen.named("GET").pop().unwrap();
    assert_eq!(missing.field("error.type"), Some("404"));
}

#[cfg(feature = "cache")]
#[tokio::test]
async fn cache_misses_are_in_the_callers_span_and_hits_have_none() {
    let (collector, _guard) = Collector::watch();
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .cache(wikijs_client::cache::CachePolicy::default());
    let wiki = wiki.build().unwrap();
    for _ in 0..2 {
        let callers = tracing::info_span!("callers", otel.name = "callers");
        wiki.pages().get(id).instrument(callers).await.unwrap();
    }
    let (_, operation) = collector.only("query PagesGet");
    let (first, _) = collector.named("callers")[0];
    assert_eq!(operation.parent, Some(first));
}
