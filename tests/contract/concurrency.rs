//! Concurrent use of one client.

use std::{collections::HashSet, pin::pin, time::Duration};

use futures::{StreamExt, poll, stream};
use wikijs_client::{
    Applied, Client, PageId, api,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeUser, FakeWiki};

use crate::support::{Wiki, all_at_once, asked};

#[tokio::test]
async fn k12_k13_ten_concurrent_creates_store_ten_pages() {
    let wiki = Wiki::start().await;
    let tags = [wiki.tag("new"), wiki.tag("shared")];
    let results = all_at_once((0..10).map(|number| {
        // Clones share the write queue.
        let pages = wiki.client.clone().pages();
        let page = wiki
            .new_page(&format!("at-once/{number}"))
            .tags(tags.clone());
        async move { pages.create(page).await }
    }))
    .await;
    for (number, result) in results.iter().enumerate() {
        let page = result.as_ref().unwrap();
        assert_eq!(page.path, wiki.path(&format!("at-once/{number}")).as_str());
        assert_eq!(page.tags, [tags[0].as_str(), &tags[1]]);
        assert!(page.render.is_some());
    }
    let list = wiki
        .client
        .pages()
        .list()
        .path_prefix(wiki.path("at-once"))
        .await
        .unwrap();
    assert_eq!(list.len(), 10);
    assert!(list.iter().all(|page| page.tags.len() == 2));
}

#[tokio::test]
async fn k12_of_two_creates_of_one_path_one_succeeds() {
    let wiki = Wiki::start().await;
    let results = all_at_once((0..2).map(|_| {
        let (pages, page) = (wiki.client.pages(), wiki.new_page("same"));
        async move { pages.create(page).await }
    }))
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().any(|result| {
        result
            .as_ref()
            .is_err_and(wikijs_client::Error::is_conflict)
    }));
    let there = wiki
        .client
        .pages()
        .list()
        .path_prefix(wiki.path("same"))
        .await
        .unwrap();
    assert_eq!(there.len(), 1);
}

#[tokio::test]
async fn a_missing_page_fails_no_other_of_concurrent_reads() {
    let wiki = Wiki::start().await;
    let mut ids: Vec<PageId> = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(wiki.page(name).await.id);
    }
    ids.insert(1, i32::MAX.into());
    let pages = wiki.client.pages();
    let results = all_at_once(ids.iter().map(|id| pages.get(id))).await;
    let found: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(found, [true, false, true, true]);
    assert!(results[1].as_ref().unwrap_err().is_not_found());
}

#[tokio::test]
async fn searches_run_concurrently() {
    let wiki = Wiki::start().await;
    for name in ["one", "two", "three", "four"] {
        wiki.page(name).await;
    }
    let pages = wiki.client.pages();
    let searches =
        ["one", "two", "three", "four"].map(|name| pages.search(wiki.path(name)).into_future());
    for (hits, name) in all_at_once(searches)
        .await
        .into_iter()
        .zip(["one", "two", "three", "four"])
    {
        let hits = hits.unwrap();
        assert_eq!(hits.len(), 1);
        assert_eq!(hits.hits[0].path, wiki.path(name).as_str());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_shared_by_a_hundred_tasks() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let client = wiki.client.clone();
            tokio::spawn(async move { client.pages().get(page.id).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), page);
    }
    if let Some(fake) = wiki.fake() {
        let asked = asked(fake, "UsersWhoAmI");
        assert_eq!(asked, 1, "all tasks share one check of the identity");
    }
}

#[tokio::test]
async fn reads_run_ten_at_a_time() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    let got: Vec<_> = stream::iter(0..50)
        .map(|_| pages.get(page.id))
        .buffer_unordered(10)
        .collect()
        .await;
    assert!(got.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_write_in_flight_is_completed_after_its_caller_was_dropped() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let new = wiki.new_page("abandoned").tags([wiki.tag("a")]);
    let abandoned = tokio::time::timeout(Duration::from_millis(1), pages.create(new)).await;
    // The first create may have been sent before the timeout. If so, the next write runs after it.
    let next = pages
        .create(wiki.new_page("next").tags([wiki.tag("a")]))
        .await
        .unwrap();
    assert_eq!(next.tags, [wiki.tag("a").as_str()]);
    if let Some(page) = pages
        .get_by_path(wiki.path("abandoned"))
        .opt()
        .await
        .unwrap()
    {
        assert_eq!(page.tags, [wiki.tag("a").as_str()]);
    } else {
        assert!(abandoned.is_err());
    }
}

#[tokio::test]
async fn concurrent_updates_undo_no_other() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    let results = all_at_once([
        pages.update(page.id, PageUpdate::new().title("Title")),
        pages.update(page.id, PageUpdate::new().content("content")),
        pages.update(page.id, PageUpdate::new().add_tags([wiki.tag("a")])),
        pages.update(page.id, PageUpdate::new().add_tags([wiki.tag("b")])),
    ])
    .await;
    assert!(results.iter().all(Result::is_ok));
    let page = pages.get(page.id).await.unwrap();
    assert_eq!(
        (page.title.as_str(), page.content.as_str()),
        ("Title", "content")
    );
    assert_eq!(page.tags, [wiki.tag("a").as_str(), &wiki.tag("b")]);
}

#[tokio::test]
async fn the_number_of_requests_in_flight_is_limited() {
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/page", "Page"));
    let narrow = Client::builder(fake.url())
        .api_key(fake.api_key())
        .concurrent_requests(2)
        .build()
        .unwrap();
    fake.clear_requests();
    let pages = narrow.pages();
    let got = all_at_once((0..20).map(|_| pages.get(id))).await;
    assert!(got.iter().all(Result::is_ok));
    let connections: HashSet<_> = fake
        .requests()
        .iter()
        .map(|request| request.connection)
        .collect();
    assert!(connections.len() <= 2, "{connections:?}");
}

#[tokio::test]
async fn a_deadline_covers_the_wait_for_other_writes() {
    let slow = FakeWiki::builder()
        .write_duration(Duration::from_secs(2))
        .start()
        .await;
    let wiki = Client::builder(slow.url())
        .api_key(slow.api_key())
        .deadline(Duration::from_secs(3))
        .build()
        .unwrap();
    let results = all_at_once((0..4).map(|number| {
        let pages = wiki.pages();
        let page = NewPage::new(format!("at-once/{number}"), "Page", "x");
        async move { pages.create(page).await }
    }))
    .await;
    assert!(results[0].is_ok());
    let last = results[3].as_ref().unwrap_err();
    assert!(last.is_timeout());
    assert_eq!(last.applied(), Applied::No, "it never came to its turn");
    assert!(slow.page_by_path("en", "at-once/3").is_none());
}

/// Tests every kind of call that is not part of a write, on a server that accepts connections and never responds.
#[tokio::test]
async fn a_deadline_covers_calls_without_an_operation_of_their_own() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let builder = || {
        Client::builder(&url)
            .api_key("key")
            .timeout(Duration::from_secs(600))
            .deadline(Duration::from_millis(200))
    };
    let wiki = builder().build().unwrap();
    let errors = without_hanging(async {
        [
            ("list", wiki.pages().list().await.err()),
            ("check", wiki.check().await.err()),
            ("default_locale", wiki.default_locale().await.err()),
            ("download", wiki.assets().download("a.png").await.err()),
            ("login", builder().login("me", "password").await.err()),
        ]
    })
    .await;
    for (call, error) in errors {
        let error = error.unwrap();
        assert!(error.is_timeout(), "{call}: {error:?}");
        assert_eq!(error.applied(), Applied::No, "{call}");
    }
}

/// Returns the result of a future that must not wait for itself.
async fn without_hanging<T>(work: impl Future<Output = T>) -> T {
    let long = Duration::from_secs(300);
    tokio::time::timeout(long, work)
        .await
        .expect("the work hangs")
}

#[tokio::test]
async fn a_write_in_a_loop_over_unpolled_writes_does_not_deadlock() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let names = ["a", "b", "c", "d"];
    without_hanging(Box::pin(async {
        let mut made = stream::iter(names)
            .map(|name| pages.create(wiki.new_page(name)))
            .buffered(3);
        let mut ids = Vec::new();
        while let Some(page) = made.next().await {
            let id = page.unwrap().id;
            let update = PageUpdate::new().title("Made");
            pages.update(id, update).await.unwrap();
            ids.push(id);
        }
        let mut changed = stream::iter(ids)
            .map(|id| pages.modify(id, |page| PageUpdate::new().content(page.title.as_str())))
            .buffer_unordered(3);
        let mut ids = Vec::new();
        while let Some(page) = changed.next().await {
            let id = page.unwrap().id;
            let again = |page: &_| PageUpdate::new().content(format!("{} twice", content(page)));
            pages.modify(id, again).await.unwrap();
            ids.push(id);
        }
        for id in &ids {
            assert_eq!(pages.get(id).await.unwrap().content, "Made twice");
        }
        let mut gone = stream::iter(ids)
            .map(|id| pages.delete(id))
            .buffered(3)
            .enumerate();
        while let Some((number, deleted)) = gone.next().await {
            deleted.unwrap();
            let page = wiki.new_page(&format!("instead/{number}"));
            pages.create(page).await.unwrap();
        }
    }))
    .await;
    let left = pages.list().path_prefix(wiki.prefix()).await.unwrap();
    let left: HashSet<_> = left.iter().map(|page| page.path.to_string()).collect();
    let instead = (0..4).map(|number| wiki.path(&format!("instead/{number}")));
    assert_eq!(left, instead.collect());
}

fn content(page: &wikijs_client::pages::Page) -> &str {
    &page.content
}

#[tokio::test]
async fn a_write_that_is_no_longer_polled_is_completed_and_blocks_no_other() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let id = wiki.page("x").await.id;
    without_hanging(Box::pin(async {
        let mut create = pin!(pages.create(wiki.new_page("create")));
        let mut modify = pin!(pages.modify(id, |_| PageUpdate::new().title("Modified")));
        let variables = api::pages_render::Variables { id: id.get() };
        let mut execute = pin!(wiki.client.execute::<api::PagesRender>(variables));
        assert!(poll!(&mut create).is_pending());
        assert!(poll!(&mut modify).is_pending());
        assert!(poll!(&mut execute).is_pending());
        pages.create(wiki.new_page("beside")).await.unwrap();
        let beside = PageUpdate::new().description("Beside");
        pages.update(id, beside).await.unwrap();
        create.await.unwrap();
        let page = modify.await.unwrap();
        assert_eq!(
            (page.title.as_str(), page.description.as_str()),
            ("Modified", "Beside")
        );
        execute.await.unwrap();
    }))
    .await;
    let made = pages.list().path_prefix(wiki.prefix()).await.unwrap();
    assert_eq!(made.len(), 3);
}

#[tokio::test]
async fn concurrent_modifications_by_one_client_all_succeed() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    // These are more modifications than attempts after a conflict with another client.
    let results = all_at_once((0..8).map(|number| {
        let pages = wiki.client.clone().pages();
        async move {
            let line = |page: &_| PageUpdate::new().content(format!("{}\n{number}", content(page)));
            pages.modify(page.id, line).await
        }
    }))
    .await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let now = pages.get(page.id).await.unwrap().content;
    let mut added: Vec<_> = now.strip_prefix(&page.content).unwrap().lines().collect();
    added.sort_unstable();
    assert_eq!(added, ["", "0", "1", "2", "3", "4", "5", "6", "7"]);
}

/// Polls a future until it has sent an operation. It must not complete before.
async fn polled_until_asked(work: &mut (impl Future + Unpin), fake: &FakeWiki, operation: &str) {
    while asked(fake, operation) == 0 {
        assert!(poll!(&mut *work).is_pending());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_is_dropped_while_it_waits_is_not_sent() {
    let fake = FakeWiki::builder()
        .write_duration(Duration::from_secs(2))
        .start()
        .await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    let pages = wiki.pages();
    let mut first = pin!(pages.create(NewPage::new("docs/first", "First", "x")));
    polled_until_asked(&mut first, &fake, "PagesCreate").await;
    {
        let mut gone = pin!(pages.create(NewPage::new("docs/gone", "Gone", "x")));
        assert!(poll!(&mut gone).is_pending());
    }
    let last = pages.create(NewPage::new("docs/last", "Last", "x"));
    last.await.unwrap();
    first.await.unwrap();
    assert!(fake.page_by_path("en", "docs/gone").is_none());
}

#[cfg(feature = "admin")]
#[tokio::test]
async fn a_panic_in_a_write_reaches_only_its_caller() {
    let wiki = Wiki::start().await;
    let navigation = wiki.client.navigation();
    let edit = async move { navigation.edit("en", |_| panic!("of who edits")).await };
    assert!(tokio::spawn(edit).await.unwrap_err().is_panic());
    wiki.page("next").await;
}

#[tokio::test]
async fn a_read_that_logs_in_again_and_is_no_longer_polled_blocks_no_other() {
    let user = FakeUser::new("Edith", "edith@example.com")
        .password("password-1")
        .groups([1]);
    let fake = FakeWiki::builder().user(user).start().await;
    let id = fake.insert_page(FakePage::new("docs/page", "Page"));
    let login = Client::builder(fake.url()).login("edith@example.com", "password-1");
    let wiki = login.await.unwrap().done().unwrap();
    wiki.pages().get(id).await.unwrap();
    fake.void_logins();
    fake.clear_requests();
    let pages = wiki.pages();
    let mut one = pin!(pages.get(id));
    polled_until_asked(&mut one, &fake, "AuthenticationLogin").await;
    without_hanging(pages.get(id)).await.unwrap();
    without_hanging(one).await.unwrap();
}

#[test]
fn all_futures_and_streams_are_send() {
    fn is_send<T: Send>(_: T) {}
    let wiki = wikijs_client::Client::builder("http://localhost:1")
        .build()
        .unwrap();
    let pages = wiki.pages();
    is_send(wiki.check());
    is_send(pages.get(1));
    is_send(pages.get_many(1..=3));
    is_send(pages.list().stream());
    is_send(pages.list().into_future());
    is_send(pages.history(1).stream());
    is_send(pages.update(1, PageUpdate::new()));
    is_send(pages.move_to(1, "x").into_future());
    is_send(pages.search("x").into_future());
    is_send(pages.tree().into_future());
}

/// A program may hold a thousand of these futures.
#[test]
fn the_future_of_a_read_is_small() {
    let wiki = wikijs_client::Client::builder("http://localhost:1")
        .build()
        .unwrap();
    let pages = wiki.pages();
    let sizes = [
        ("get", size_of_val(&pages.get(1))),
        ("get_opt", size_of_val(&pages.get_opt(1))),
        ("execute", {
            let variables = api::pages_get::Variables { id: 1 };
            size_of_val(&wiki.execute::<api::PagesGet>(variables))
        }),
    ];
    for (name, size) in sizes {
        assert!(size <= 1024, "{name}: {size} bytes");
    }
}
