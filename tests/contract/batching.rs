//! Batches of queries, and requests that must not share one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use wikijs_client::{
    Client, ClientBuilder, PageId, Result, RetryPolicy,
    pages::{Page, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, FakeWikiBuilder, Fault, RecordedRequest};

use crate::{
    canned::{Response, body_of, serve},
    support::{Wiki, all_at_once, arrived, pass},
};

/// Default maximum number of requests in flight.
const PERMITS: usize = 4;

fn with_pages(count: usize) -> FakeWikiBuilder {
    FakeWiki::builder().pages(
        (1..=count).map(|number| FakePage::new(format!("docs/{number}"), format!("Page {number}"))),
    )
}

fn builder(fake: &FakeWiki) -> ClientBuilder {
    Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::default().min_delay(Duration::from_millis(1)))
}

/// Returns a client whose identity is verified, so that it sends no further request about it.
async fn known(builder: ClientBuilder, fake: &FakeWiki) -> Client {
    let client = builder.build().unwrap();
    client.check().await.unwrap();
    fake.clear_requests();
    client
}

fn start_gets(
    client: &Client,
    ids: impl IntoIterator<Item = i64>,
) -> Vec<JoinHandle<Result<Page>>> {
    ids.into_iter()
        .map(|id| {
            let pages = client.pages();
            tokio::spawn(async move { pages.get(id).await })
        })
        .collect()
}

/// Waits until the tasks make no further progress.
async fn yield_until_idle() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

fn operations(requests: &[RecordedRequest]) -> usize {
    requests
        .iter()
        .map(|request| request.operations.len())
        .sum()
}

#[tokio::test]
async fn queries_that_wait_for_a_permit_are_sent_in_batches() {
    let fake = with_pages(104).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let hold = fake.hold();
    let mut gets = start_gets(&wiki, 1..=4);
    arrived(&fake, PERMITS).await;
    gets.extend(start_gets(&wiki, 5..=104));
    yield_until_idle().await;
    assert_eq!(fake.request_count(), PERMITS, "the other requests wait");
    drop(hold);
    for (get, id) in gets.into_iter().zip(1..) {
        assert_eq!(get.await.unwrap().unwrap().id, PageId::new(id));
    }
    let requests = fake.requests();
    let arrays: Vec<_> = requests.iter().filter(|request| request.is_batch).collect();
    assert_eq!(arrays.len(), 2, "a hundred in two arrays");
    assert!(arrays.iter().all(|array| array.operations.len() == 50));
    assert_eq!((requests.len(), operations(&requests)), (6, 104));
}

#[tokio::test]
async fn a_hundred_concurrent_reads_take_few_requests() {
    let fake = with_pages(100).start().await;
    let wiki = builder(&fake).build().unwrap();
    let pages = wiki.pages();
    let got = all_at_once((1..=100).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    assert!(fake.request_count() <= 8, "{}", fake.request_count());
}

#[tokio::test]
async fn reads_share_requests_even_if_their_results_are_consumed_slowly() {
    const PAGES: usize = 1000;
    let distant = with_pages(PAGES).network_latency(Duration::from_millis(5));
    let fake = distant.start().await;
    let wiki = known(builder(&fake), &fake).await;
    let mut pages = wiki.pages().get_many((1..).take(PAGES));
    let mut read = 0;
    while let Some((_, page)) = pages.next().await {
        page.unwrap();
        read += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(read, PAGES);
    // Fifty reads begin together: at most four take the free permits, and the others are a batch.
    let requests = fake.request_count();
    assert!(requests <= (PERMITS + 1) * PAGES / 50, "{requests}");
}

#[tokio::test]
async fn sequential_reads_are_single_requests() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    for _ in 0..3 {
        assert_eq!(wiki.client.pages().get(page.id).await.unwrap(), page);
    }
    if let Some(fake) = wiki.fake() {
        let requests = fake.requests();
        assert_eq!((requests.len(), operations(&requests)), (3, 3));
        assert!(requests.iter().all(|request| !request.is_batch));
    }
}

#[tokio::test]
async fn each_operation_has_its_own_result_and_its_own_error() {
    let wiki = Wiki::start().await;
    let page = wiki.page_with_tags("x", &["a"]).await;
    let pages = wiki.client.pages();
    // Enough for batches, with the fake and with a real wiki.
    let results = all_at_once((0..40).map(|number| {
        let pages = pages.clone();
        let path = page.path.to_string();
        async move {
            match number % 5 {
                0 => pages.get(page.id).await.map(|found| found.path.to_string()),
                1 => pages
                    .get(i32::MAX)
                    .await
                    .map(|found| found.path.to_string()),
                2 => pages
                    .get_by_path(path)
                    .await
                    .map(|found| found.path.to_string()),
                3 => pages
                    .version(page.id, i32::MAX)
                    .await
                    .map(|found| found.path.to_string()),
                _ => pages
                    .history(page.id)
                    .await
                    .map(|entries| entries.len().to_string()),
            }
        }
    }))
    .await;
    for (number, result) in results.into_iter().enumerate() {
        match number % 5 {
            0 | 2 => assert_eq!(result.unwrap(), page.path.as_str()),
            4 => assert_eq!(result.unwrap(), "0", "no version before the first"),
            _ => assert!(result.unwrap_err().is_not_found(), "{number}"),
        }
    }
}

#[tokio::test]
async fn a_mutation_is_never_part_of_a_batch() {
    let fake = with_pages(40).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let hold = fake.hold();
    let mut gets = start_gets(&wiki, 1..=4);
    arrived(&fake, PERMITS).await;
    gets.extend(start_gets(&wiki, 5..=20));
    let update = {
        let pages = wiki.pages();
        tokio::spawn(async move { pages.flush_cache().await })
    };
    yield_until_idle().await;
    gets.extend(start_gets(&wiki, 21..=40));
    yield_until_idle().await;
    drop(hold);
    for get in gets {
        get.await.unwrap().unwrap();
    }
    update.await.unwrap().unwrap();
    let requests = fake.requests();
    assert!(requests.iter().any(|request| request.is_batch));
    for request in requests {
        let writes = request
            .operations
            .iter()
            .any(|operation| operation.is_mutation);
        assert!(!writes || (request.operations.len() == 1 && !request.is_batch));
    }
}

#[tokio::test]
async fn a_read_that_is_dropped_while_it_waits_is_not_sent() {
    let fake = with_pages(60).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let hold = fake.hold();
    let under_way = start_gets(&wiki, 1..=4);
    arrived(&fake, PERMITS).await;
    let waiting = start_gets(&wiki, 5..=60);
    yield_until_idle().await;
    // Every second request that waits, and one in flight.
    for task in waiting.iter().step_by(2) {
        task.abort();
    }
    under_way[0].abort();
    yield_until_idle().await;
    drop(hold);
    for task in waiting.into_iter().skip(1).step_by(2) {
        task.await.unwrap().unwrap();
    }
    for task in under_way.into_iter().skip(1) {
        task.await.unwrap().unwrap();
    }
    assert_eq!(operations(&fake.requests()), 4 + 28);
}

#[tokio::test]
async fn dropping_a_read_of_a_batch_in_flight_cancels_no_other() {
    let fake = with_pages(30).start().await;
    let wiki = known(builder(&fake).concurrent_requests(1), &fake).await;
    let hold = fake.hold();
    let first = start_gets(&wiki, [1]);
    arrived(&fake, 1).await;
    let together = start_gets(&wiki, 2..=30);
    yield_until_idle().await;
    let later = fake.hold();
    drop(hold);
    first.into_iter().next().unwrap().await.unwrap().unwrap();
    arrived(&fake, 2).await;
    for task in together.iter().take(10) {
        task.abort();
    }
    yield_until_idle().await;
    drop(later);
    for task in together.into_iter().skip(10) {
        task.await.unwrap().unwrap();
    }
    assert_eq!(fake.request_count(), 2);
}

#[tokio::test]
async fn a_server_that_refuses_arrays_gets_single_operations() {
    let fake = with_pages(60).refuse_batches().start().await;
    let wiki = known(builder(&fake).retry(RetryPolicy::none()), &fake).await;
    let pages = wiki.pages();
    let got = all_at_once((1..=60).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    let arrays = |requests: Vec<RecordedRequest>| requests.iter().filter(|it| it.is_batch).count();
    let tried = arrays(fake.requests());
    assert!((1..=PERMITS).contains(&tried), "{tried}");
    fake.clear_requests();
    let again = all_at_once((1..=60).map(|id| pages.get(id))).await;
    assert!(again.iter().all(Result::is_ok));
    assert_eq!(arrays(fake.requests()), 0);
}

/// A query with a response of one field.
struct One;

impl graphql_client::GraphQLQuery for One {
    type Variables = ();
    type ResponseData = Value;

    fn build_query(variables: ()) -> graphql_client::QueryBody<()> {
        graphql_client::QueryBody {
            variables,
            operation_name: "One",
            query: "query One { one }",
        }
    }
}

#[tokio::test]
async fn refused_arrays_are_sent_again_after_longer_and_longer_pauses() {
    const FIRST: Duration = Duration::from_secs(5 * 60);
    const LONGEST: Duration = Duration::from_secs(60 * 60);
    const ALMOST: Duration = Duration::from_secs(10);
    let refuses = Arc::new(AtomicBool::new(true));
    let arrays = Arc::new(AtomicUsize::new(0));
    let (refusing, counter) = (Arc::clone(&refuses), Arc::clone(&arrays));
    let url = serve(move |request| {
        let data = json!({"data": {"one": 1}});
        match serde_json::from_str(body_of(request)).unwrap() {
            Value::Array(operations) => {
                counter.fetch_add(1, Ordering::SeqCst);
                if refusing.load(Ordering::SeqCst) {
                    Response::new(400, "no arrays")
                } else {
                    Response::json(200, json!(vec![data; operations.len()]))
                }
            }
            _ => Response::json(200, data),
        }
    });
    let wiki = Client::builder(url)
        .concurrent_requests(1)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    // Returns `true` if an array was among the requests for some queries.
    let sent = async || {
        arrays.store(0, Ordering::SeqCst);
        for result in all_at_once((0..4).map(|_| wiki.execute::<One>(()))).await {
            assert_eq!(result.unwrap()["one"], 1);
        }
        arrays.load(Ordering::SeqCst) > 0
    };
    let mut pause = FIRST;
    for _ in 0..6 {
        assert!(sent().await);
        pass(pause.saturating_sub(ALMOST)).await;
        assert!(!sent().await, "{pause:?}");
        pass(ALMOST).await;
        pause = LONGEST.min(2 * pause);
    }
    refuses.store(false, Ordering::SeqCst);
    assert!(sent().await);
    assert!(sent().await);
    // After an array was accepted, the pauses begin with the shortest one.
    refuses.store(true, Ordering::SeqCst);
    assert!(sent().await);
    assert!(!sent().await);
    pass(FIRST).await;
    assert!(sent().await);
}

#[tokio::test]
async fn requests_begin_at_equal_intervals() {
    const INTERVAL: Duration = Duration::from_mins(15);
    const ALMOST: Duration = Duration::from_secs(15);
    let arrived = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&arrived);
    let url = serve(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Response::json(200, json!({"data": {"one": 1}}))
    });
    let wiki = Client::builder(url)
        .requests_per_second(INTERVAL.as_secs_f64().recip())
        .batch_queries(false)
        .build()
        .unwrap();
    let ask = |count| -> Vec<JoinHandle<Result<Value>>> {
        let one = || {
            let wiki = wiki.clone();
            tokio::spawn(async move { wiki.execute::<One>(()).await })
        };
        (0..count).map(|_| one()).collect()
    };
    let mut seen = 0;
    // After a pause, the first request does not wait, and the time that has passed is not saved up.
    for _ in 0..2 {
        let requests = ask(3);
        for request in requests {
            request.await.unwrap().unwrap();
            seen += 1;
            pass(INTERVAL.saturating_sub(ALMOST)).await;
            yield_until_idle().await;
            assert_eq!(arrived.load(Ordering::SeqCst), seen);
            pass(ALMOST).await;
        }
        pass(10 * INTERVAL).await;
    }
}

#[tokio::test]
async fn one_failed_array_does_not_stop_batching() {
    let fake = with_pages(100).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let arrays = || fake.requests().iter().filter(|it| it.is_batch).count();
    for fault in [
        Fault::status(500),
        Fault::status(400),
        Fault::Html200,
        Fault::TruncatedJson,
    ] {
        fake.clear_requests();
        let hold = fake.hold();
        let mut gets = start_gets(&wiki, 1..=4);
        arrived(&fake, PERMITS).await;
        gets.extend(start_gets(&wiki, 5..=40));
        // Only the batch contains this operation.
        let search = {
            let pages = wiki.pages();
            tokio::spawn(async move { pages.search("x").await })
        };
        yield_until_idle().await;
        fake.fail_next_matching("PagesSearch", fault);
        drop(hold);
        search.await.unwrap().unwrap();
        for get in gets {
            get.await.unwrap().unwrap();
        }
        assert_eq!(fake.pending_faults(), 0);
        fake.clear_requests();
        let pages = wiki.pages();
        let got = all_at_once((1..=54).map(|id| pages.get(id))).await;
        assert!(got.iter().all(Result::is_ok));
        assert!(arrays() > 0, "arrays are sent as before");
    }
}

#[tokio::test]
async fn an_operation_that_breaks_arrays_fails_alone() {
    let fake = with_pages(60).start().await;
    let wiki = known(builder(&fake).concurrent_requests(1), &fake).await;
    let hold = fake.hold();
    let mut gets = start_gets(&wiki, [1]);
    arrived(&fake, 1).await;
    gets.extend(start_gets(&wiki, 2..=20));
    yield_until_idle().await;
    let searches = {
        let pages = wiki.pages();
        tokio::spawn(async move { pages.search("x").await })
    };
    yield_until_idle().await;
    // The server fails whenever it gets this operation, alone or in a batch.
    for _ in 0..8 {
        fake.fail_next_matching("PagesSearch", Fault::status(500));
    }
    drop(hold);
    for get in gets {
        get.await.unwrap().unwrap();
    }
    let error = searches.await.unwrap().unwrap_err();
    assert_eq!(error.status(), Some(500));
    fake.clear_faults();
    fake.clear_requests();
    let pages = wiki.pages();
    let got = all_at_once((1..=40).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    assert!(fake.requests().iter().any(|request| request.is_batch));
}

#[tokio::test]
async fn a_refused_key_fails_all_reads_with_few_requests() {
    let fake = with_pages(100).start().await;
    let wiki = known(builder(&fake), &fake).await;
    fake.revoke(fake.api_key());
    let pages = wiki.pages();
    let got = all_at_once((1..=100).map(|id| pages.get(id))).await;
    for result in got {
        let error = result.unwrap_err();
        assert!(error.is_unauthenticated(), "{error}");
    }
    // The sizes of the batches depend on the timing. Without a limit there would be a hundred requests.
    assert!(fake.request_count() <= 25, "{}", fake.request_count());
    assert!(fake.requests().iter().any(|request| request.is_batch));
}

#[tokio::test]
async fn batches_shrink_to_the_limit_of_a_proxy() {
    let fake = with_pages(100).body_limit(8_000).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let pages = wiki.pages();
    let got = all_at_once((1..=100).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    let arrays = fake.requests().iter().filter(|it| it.is_batch).count();
    assert!(arrays > 3, "{arrays}");
    fake.clear_requests();
    // The client remembers the limit: no further request is refused.
    let got = all_at_once((1..=100).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    assert_eq!(operations(&fake.requests()), 100);
}

#[tokio::test]
async fn a_response_that_is_too_large_fails_only_its_own_operation() {
    let fake = with_pages(30).start().await;
    fake.edit_page(17, |page| page.content = "x".repeat(100_000));
    let wiki = known(
        builder(&fake)
            .max_response_bytes(80_000)
            .retry(RetryPolicy::none()),
        &fake,
    )
    .await;
    let pages = wiki.pages();
    let got = all_at_once((1..=30).map(|id| pages.get(id))).await;
    for (result, id) in got.iter().zip(1..) {
        assert_eq!(result.is_ok(), id != 17, "{id}: {result:?}");
    }
}

#[tokio::test]
async fn a_batch_is_retried_after_a_broken_connection() {
    let fake = with_pages(50).start().await;
    let wiki = known(builder(&fake).concurrent_requests(1), &fake).await;
    let hold = fake.hold();
    let mut gets = start_gets(&wiki, [1]);
    arrived(&fake, 1).await;
    gets.extend(start_gets(&wiki, 2..=50));
    yield_until_idle().await;
    fake.fail_next_matching("PagesGet", Fault::ResetAfter);
    drop(hold);
    for get in gets {
        get.await.unwrap().unwrap();
    }
    assert_eq!(fake.injected_count(), 1);
}

#[tokio::test]
async fn without_batching_each_query_is_a_request() {
    let fake = with_pages(40).start().await;
    let wiki = known(builder(&fake).batch_queries(false), &fake).await;
    let pages = wiki.pages();
    let got = all_at_once((1..=40).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    let narrow = known(
        builder(&fake).batch_queries(false).concurrent_requests(2),
        &fake,
    )
    .await;
    let got: Vec<_> = narrow.pages().get_many(1..=40).collect().await;
    assert!(got.iter().all(|(_, page)| page.is_ok()));
    assert!(fake.requests().iter().all(|request| !request.is_batch));
    assert_eq!(fake.request_count(), 40);
}

#[tokio::test]
async fn a_batch_has_at_most_the_configured_operations() {
    let fake = with_pages(90).start().await;
    let wiki = known(builder(&fake).max_batch_operations(7), &fake).await;
    let got: Vec<_> = wiki.pages().get_many(1..=90).collect().await;
    assert!(got.iter().all(|(_, page)| page.is_ok()));
    let largest = fake.requests().iter().map(|it| it.operations.len()).max();
    assert_eq!(largest, Some(7));
    let error = builder(&fake).max_batch_operations(0).build().unwrap_err();
    assert!(
        error.to_string().contains("max_batch_operations"),
        "{error}"
    );
}

#[tokio::test]
async fn an_operation_with_large_responses_is_sent_alone() {
    let fake = with_pages(3_000).start().await;
    let wiki = known(builder(&fake).concurrent_requests(1), &fake).await;
    assert_eq!(wiki.pages().list().await.unwrap().len(), 3_000);
    fake.clear_requests();
    let hold = fake.hold();
    let mut gets = start_gets(&wiki, [1]);
    arrived(&fake, 1).await;
    gets.extend(start_gets(&wiki, 2..=5));
    let list = {
        let pages = wiki.pages();
        tokio::spawn(async move { pages.list().await })
    };
    yield_until_idle().await;
    gets.extend(start_gets(&wiki, 6..=10));
    yield_until_idle().await;
    drop(hold);
    for get in gets {
        get.await.unwrap().unwrap();
    }
    assert_eq!(list.await.unwrap().unwrap().len(), 3_000);
    for request in fake.requests() {
        let names = request.operation_names();
        assert!(
            !names.contains(&"PagesList") || names.len() == 1,
            "{names:?}"
        );
    }
    assert_eq!(
        fake.request_count(),
        3,
        "one read, a batch of the nine waiting reads, and the list"
    );
}

#[tokio::test]
async fn a_rate_limit_makes_batches_larger() {
    let fake = with_pages(30).start().await;
    let wiki = known(builder(&fake).requests_per_second(20.0), &fake).await;
    let pages = wiki.pages();
    let got = all_at_once((1..=30).map(|id| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    assert!(fake.request_count() <= PERMITS, "{}", fake.request_count());
}

#[tokio::test]
async fn a_stream_that_is_not_polled_blocks_no_other_call() {
    let fake = with_pages(60).start().await;
    let wiki = known(builder(&fake).concurrent_requests(1), &fake).await;
    let mut many = wiki.pages().get_many(1..=60);
    let mut seen = 0;
    while let Some((id, page)) = many.next().await {
        // The stream's own requests make no progress meanwhile.
        assert_eq!(wiki.pages().get(id).await.unwrap().path, page.unwrap().path);
        if seen == 0 {
            let update = PageUpdate::new().title("Changed");
            wiki.pages().update(60, update).await.unwrap();
        }
        seen += 1;
    }
    assert_eq!(seen, 60);
}

#[test]
fn a_runtime_that_ends_fails_only_its_own_calls() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap()
    };
    let (one, other) = (runtime(), runtime());
    let fake = other.block_on(with_pages(2).start());
    let wiki = other.block_on(known(builder(&fake).concurrent_requests(1), &fake));
    let hold = fake.hold();
    let pages = wiki.pages();
    one.spawn(async move { pages.get(1).await });
    other.block_on(arrived(&fake, 1));
    let waits = other.spawn({
        let pages = wiki.pages();
        async move { pages.get(2).await }
    });
    other.block_on(yield_until_idle());
    one.shutdown_background();
    other.block_on(arrived(&fake, 2));
    drop(hold);
    assert_eq!(other.block_on(waits).unwrap().unwrap().id, PageId::new(2));
}

#[tokio::test]
async fn a_list_with_content_returns_whole_pages() {
    let wiki = Wiki::start().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(wiki.page_with_tags(name, &["t"]).await);
    }
    let list = || wiki.client.pages().list().path_prefix(wiki.prefix());
    assert_eq!(list().with_content().await.unwrap(), made);
    let two: Vec<Page> = list()
        .descending()
        .limit(2)
        .with_content()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(two, [made[2].clone(), made[1].clone()]);
}

#[tokio::test]
async fn a_list_with_content_omits_a_page_that_was_deleted_meanwhile() {
    let fake = with_pages(300).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let mut pages = wiki.pages().list().with_content().stream();
    assert_eq!(pages.next().await.unwrap().unwrap().id, PageId::new(1));
    fake.remove_page(300);
    let rest: Vec<Page> = pages.try_collect().await.unwrap();
    assert_eq!(rest.len(), 298);
}

#[tokio::test]
async fn a_stream_of_pages_reads_at_most_two_batches_ahead() {
    let fake = with_pages(1_000).start().await;
    let wiki = known(builder(&fake), &fake).await;
    let mut pages = wiki.pages().list().with_content().stream();
    for _ in 0..5 {
        pages.next().await.unwrap().unwrap();
    }
    yield_until_idle().await;
    let asked = operations(&fake.requests());
    assert!(asked <= 1 + 5 + 100, "{asked}");
    assert!(fake.request_count() <= 12, "{}", fake.request_count());
}

#[tokio::test]
async fn concurrent_searches_share_batches() {
    let wiki = Wiki::start().await;
    for name in ["one", "two"] {
        wiki.page(name).await;
    }
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    let queries: Vec<String> = (0..30)
        .map(|number| wiki.path(["one", "two", "none"][number % 3]))
        .collect();
    let found: Vec<_> = wiki
        .client
        .pages()
        .search_many(queries.clone())
        .collect()
        .await;
    assert_eq!(found.len(), 30);
    for ((query, results), asked) in found.iter().zip(&queries) {
        assert_eq!(query, asked);
        let hits = &results.as_ref().unwrap().hits;
        assert_eq!(hits.len(), usize::from(!query.ends_with("none")), "{query}");
    }
    if let Some(fake) = wiki.fake() {
        // 30 searches, and 20 pages to read.
        assert!(fake.request_count() < 25, "{}", fake.request_count());
    }
}

#[tokio::test]
async fn the_tags_of_pages_listed_by_tag_are_read_in_batches() {
    let fake = FakeWiki::builder()
        .pages((1..=40).map(|number| {
            FakePage::new(format!("docs/{number}"), "Page")
                .tags(["shared".to_owned(), format!("t{number}")])
        }))
        .start()
        .await;
    let wiki = known(builder(&fake), &fake).await;
    let pages = wiki.pages().list().tags(["shared"]).await.unwrap();
    assert_eq!(pages.len(), 40);
    assert!(pages.iter().all(|page| page.tags.len() == 2));
    assert!(
        fake.request_count() <= 1 + PERMITS + 1,
        "{}",
        fake.request_count()
    );
}
