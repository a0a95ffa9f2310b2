//! The cache for pages and lists. The tests count the requests that the fake records, or, on a real wiki,
//! the hits and misses that the cache reports.

use std::{pin::pin, time::Duration};

use futures::{StreamExt, TryStreamExt, future::join_all, poll};
use wikijs_client::{
    Client, Error, Login, api,
    cache::{CachePolicy, CacheStats},
    pages::PageUpdate,
};
use wikijs_fake::{FakePage, FakeUser, FakeWiki, Fault};

use crate::support::{Wiki, all_at_once, asked};

/// Returns a policy whose entries expire later than any test ends.
fn lasting() -> CachePolicy {
    CachePolicy::default().time_to_live(Duration::from_secs(3_600))
}

fn cached(url: &str, key: &str) -> Client {
    let builder = Client::builder(url).api_key(key).cache(lasting());
    builder.build().unwrap()
}

/// Starts a wiki, and a client with a cache and a verified identity.
async fn start() -> (Wiki, Client) {
    let wiki = Wiki::start().await;
    let client = cached(wiki.url(), wiki.api_key());
    client.check().await.unwrap();
    (wiki, client)
}

/// Starts a fake with a page, and a client with a cache and a verified identity. Also returns the page's id.
async fn fake() -> (FakeWiki, Client, i64) {
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A").tags(["x"]));
    let client = cached(fake.url(), fake.api_key());
    client.check().await.unwrap();
    (fake, client, id)
}

/// Waits until the fake has received an operation this number of times.
async fn until_asked(fake: &FakeWiki, operation: &str, times: usize) {
    while asked(fake, operation) < times {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn figures(stats: CacheStats) -> (u64, u64) {
    (stats.hits, stats.misses)
}

#[tokio::test]
async fn repeated_reads_come_from_the_cache() {
    let (wiki, client) = start().await;
    let made = wiki.page_with_tags("a", &["t"]).await;
    let pages = client.pages();
    let (path, tag) = (wiki.path("a"), wiki.tag("t"));
    for round in 0..3 {
        assert_eq!(pages.get(made.id).await.unwrap(), made);
        assert_eq!(pages.get_opt(made.id).await.unwrap().as_ref(), Some(&made));
        assert_eq!(pages.get_by_path(&*path).await.unwrap(), made);
        let list = pages.list().path_prefix(wiki.prefix()).await.unwrap();
        assert_eq!(list.len(), 1);
        let streamed: Vec<_> = pages
            .list()
            .path_prefix(wiki.prefix())
            .stream()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(streamed, list);
        assert_eq!(pages.get_by_tags([&*tag]).await.unwrap().len(), 1);
        // Four misses in all: a page, a page by its path, and two lists. All other reads are hits.
        assert_eq!(figures(client.cache().stats()), (2 + 6 * round, 4));
    }
    let stats = client.cache().stats();
    assert_eq!((stats.entries, stats.evictions), (4, 0));
    assert!(stats.size > 2 * u64::try_from(made.content.len()).unwrap());
    assert!((stats.hit_rate().unwrap() - 14.0 / 18.0).abs() < 1e-9);
    if let Some(fake) = wiki.fake() {
        let gets = asked(fake, "PagesGet");
        pages.get(made.id).await.unwrap();
        assert_eq!(asked(fake, "PagesGet"), gets);
    }
}

#[tokio::test]
async fn lists_are_cached_by_all_their_parameters() {
    let (wiki, client) = start().await;
    for name in ["a", "b", "c"] {
        wiki.page(name).await;
    }
    let list = || client.pages().list().path_prefix(wiki.prefix());
    assert_eq!(list().await.unwrap().len(), 3);
    assert_eq!(list().limit(2).await.unwrap().len(), 2);
    let ascending = list().limit(2).await.unwrap();
    let mut descending = list().descending().await.unwrap();
    descending.reverse();
    assert_eq!(descending[..2], ascending);
    assert_eq!(list().offset(1).await.unwrap().len(), 2);
    assert_eq!(list().search("page b").await.unwrap().len(), 1);
    assert_eq!(list().locale("fr").await.unwrap().len(), 0);
    assert_eq!(figures(client.cache().stats()), (1, 6));
    // Invalid input fails before the cache is searched.
    assert!(list().author(0).await.unwrap_err().is_invalid_input());
    assert_eq!(figures(client.cache().stats()), (1, 6));
}

#[tokio::test]
async fn the_cache_is_off_by_default() {
    let wiki = Wiki::start().await;
    let page = wiki.page("a").await;
    wiki.client.pages().get(page.id).await.unwrap();
    wiki.client.pages().get(page.id).await.unwrap();
    let cache = wiki.client.cache();
    assert!(!cache.is_on());
    assert_eq!(cache.stats(), CacheStats::default());
    assert_eq!(cache.stats().hit_rate(), None);
    cache.clear();
    cache
        .bypass(wiki.client.pages().get(page.id))
        .await
        .unwrap();
    if let Some(fake) = wiki.fake() {
        // One of these requests is the read after `create`.
        assert_eq!(asked(fake, "PagesGet"), 4);
    }
    for policy in [
        CachePolicy::default().max_bytes(0),
        CachePolicy::default().max_entries(0),
        CachePolicy::default().time_to_live(Duration::ZERO),
    ] {
        let error = Client::builder(wiki.url()).cache(policy).build();
        assert!(matches!(error, Err(Error::Config(error)) if error.setting == "cache"));
    }
    let forever = CachePolicy::default().time_to_live(Duration::MAX);
    Client::builder(wiki.url()).cache(forever).build().unwrap();
}

#[tokio::test]
async fn an_own_update_invalidates_its_page_and_all_lists() {
    let (wiki, client) = start().await;
    let (one, other) = (wiki.page("a").await, wiki.page("b").await);
    let pages = client.pages();
    let title_in_list = || async {
        let list = pages.list().path_prefix(wiki.prefix()).await.unwrap();
        list.into_iter()
            .find(|page| page.id == one.id)
            .unwrap()
            .title
    };
    let clone = client.clone().pages();
    for round in 0..2 {
        pages.get(one.id).await.unwrap();
        pages.get_by_path(wiki.path("a")).await.unwrap();
        pages.get(other.id).await.unwrap();
        title_in_list().await;

        let title = format!("Changed {round}");
        let update = PageUpdate::new().title(&*title);
        clone.update(one.id, update).await.unwrap();
        let misses = client.cache().stats().misses;
        assert_eq!(pages.get(one.id).await.unwrap().title, title);
        assert_eq!(
            pages.get_by_path(wiki.path("a")).await.unwrap().title,
            title
        );
        assert_eq!(title_in_list().await, title);
        assert_eq!(client.cache().stats().misses, misses + 3);
        // The entry of the other page is still valid.
        pages.get(other.id).await.unwrap();
        assert_eq!(client.cache().stats().misses, misses + 3);
    }
}

#[tokio::test]
async fn every_other_own_write_invalidates_everything() {
    let (wiki, client) = start().await;
    let (kept, moved) = (wiki.page("kept").await, wiki.page("moved").await);
    let pages = client.pages();
    let title = |title: &str| PageUpdate::new().title(title);
    // An update that changes nothing sends no write, so it invalidates nothing.
    pages.get(kept.id).await.unwrap();
    pages.update(kept.id, title(&kept.title)).await.unwrap();
    let misses = client.cache().stats().misses;
    pages.get(kept.id).await.unwrap();
    assert_eq!(client.cache().stats().misses, misses);

    for write in [
        "create", "move", "convert", "restore", "render", "delete", "raw",
    ] {
        pages.get(kept.id).await.unwrap();
        let misses = client.cache().stats().misses;
        pages.get(kept.id).await.unwrap();
        assert_eq!(client.cache().stats().misses, misses, "before {write}");
        match write {
            "create" => drop(pages.create(wiki.new_page("new")).await.unwrap()),
            "move" => drop(pages.move_to(moved.id, wiki.path("away")).await.unwrap()),
            "convert" => drop(pages.convert(moved.id, "code").await.unwrap()),
            "restore" => {
                let versions = pages.history(moved.id).await.unwrap();
                drop(
                    pages
                        .restore(moved.id, versions[0].version_id)
                        .await
                        .unwrap(),
                );
            }
            "render" => pages.render(moved.id).await.unwrap(),
            "delete" => pages.delete(moved.id).await.unwrap(),
            _ => {
                let variables = api::pages_flush_cache::Variables::new();
                client
                    .execute::<api::PagesFlushCache>(variables)
                    .await
                    .unwrap();
            }
        }
        pages.get(kept.id).await.unwrap();
        assert_eq!(client.cache().stats().misses, misses + 1, "after {write}");
    }
}

#[tokio::test]
async fn a_write_does_not_read_from_the_cache() {
    let (wiki, client) = start().await;
    let page = wiki.page("a").await;
    client.pages().get(page.id).await.unwrap();
    // Another client changes the page, which does not invalidate the cache.
    let other = wiki.client.pages();
    let text = PageUpdate::new().content("theirs");
    other.update(page.id, text).await.unwrap();
    assert_eq!(
        client.pages().get(page.id).await.unwrap().content,
        page.content
    );

    let title = PageUpdate::new().title("Ours");
    let updated = client.pages().update(page.id, title).await.unwrap();
    assert_eq!(
        (updated.title.as_str(), updated.content.as_str()),
        ("Ours", "theirs")
    );
    other
        .update(page.id, PageUpdate::new().content("again"))
        .await
        .unwrap();
    client.pages().get(page.id).await.unwrap();
    other
        .update(page.id, PageUpdate::new().content("and again"))
        .await
        .unwrap();
    let add = |page: &wikijs_client::pages::Page| {
        PageUpdate::new().content(format!("{}, ours too", page.content))
    };
    let modified = client.pages().modify(page.id, add).await.unwrap();
    assert_eq!(modified.content, "and again, ours too");
}

#[tokio::test]
async fn bypass_reads_from_the_wiki_and_updates_the_cache() {
    let (wiki, client) = start().await;
    let page = wiki.page("a").await;
    let pages = client.pages();
    pages.get(page.id).await.unwrap();
    pages.list().path_prefix(wiki.prefix()).await.unwrap();
    let update = PageUpdate::new().title("Theirs");
    wiki.client.pages().update(page.id, update).await.unwrap();

    let cache = client.cache();
    assert_eq!(pages.get(page.id).await.unwrap().title, page.title);
    let anew = cache.bypass(pages.get(page.id)).await.unwrap();
    assert_eq!(anew.title, "Theirs");
    assert_eq!(pages.get(page.id).await.unwrap().title, "Theirs");
    let list = || pages.list().path_prefix(wiki.prefix());
    assert_eq!(list().await.unwrap()[0].title, page.title);
    assert_eq!(cache.bypass(list()).await.unwrap()[0].title, "Theirs");
    assert_eq!(list().await.unwrap()[0].title, "Theirs");

    let update = PageUpdate::new().title("Theirs again");
    wiki.client.pages().update(page.id, update).await.unwrap();
    cache.clear();
    assert_eq!(cache.stats().entries, 0);
    assert_eq!(pages.get(page.id).await.unwrap().title, "Theirs again");
}

#[tokio::test]
async fn concurrent_misses_share_one_request() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    let hold = fake.hold();
    let mut reads = pin!(join_all((0..50).map(|_| pages.get(id))));
    assert!(poll!(reads.as_mut()).is_pending());
    until_asked(&fake, "PagesGet", 1).await;
    drop(hold);
    let read = reads.await;
    assert!(read.into_iter().all(|page| page.unwrap().title == "A"));
    assert_eq!(asked(&fake, "PagesGet"), 1);
    assert_eq!(figures(client.cache().stats()), (49, 1));
}

#[tokio::test]
async fn a_shared_request_completes_without_its_first_caller_being_polled() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    let hold = fake.hold();
    let mut unpolled = pin!(pages.get(id));
    assert!(poll!(unpolled.as_mut()).is_pending());
    until_asked(&fake, "PagesGet", 1).await;
    drop(hold);
    assert_eq!(pages.get(id).await.unwrap().title, "A");
    assert_eq!(unpolled.await.unwrap().title, "A");
    assert_eq!(asked(&fake, "PagesGet"), 1);

    // This happens in a loop over a stream that reads ahead.
    let ids: Vec<i64> = (0..40)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    let last = ids[39];
    let mut many = pages.get_many(ids);
    many.next().await.unwrap().1.unwrap();
    pages.get(last).await.unwrap();
}

#[tokio::test]
async fn a_dropped_caller_of_a_shared_request_blocks_no_other() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    let hold = fake.hold();
    let mut first = Box::pin(pages.get(id));
    assert!(poll!(first.as_mut()).is_pending());
    until_asked(&fake, "PagesGet", 1).await;
    let mut second = pin!(pages.get(id));
    assert!(poll!(second.as_mut()).is_pending());
    drop(first);
    drop(hold);
    assert_eq!(second.await.unwrap().title, "A");
}

#[tokio::test]
async fn errors_are_not_cached() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    for expected in 1..=2 {
        assert!(pages.get(i32::MAX).await.unwrap_err().is_not_found());
        assert_eq!(asked(&fake, "PagesGet"), expected);
    }
    let all = all_at_once((0..5).map(|_| pages.get(i32::MAX))).await;
    assert!(all.into_iter().all(|page| page.unwrap_err().is_not_found()));
    fake.fail_next_matching("PagesGet", Fault::status(403));
    pages.get(id).await.unwrap_err();
    assert_eq!(pages.get(id).await.unwrap().title, "A");
    let stats = client.cache().stats();
    assert_eq!((stats.hits, stats.entries), (0, 1));
}

#[tokio::test]
async fn a_read_that_overlaps_an_own_write_is_not_cached() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    // The wiki executes the read before the write, but the response takes longer than the write.
    let pause = Duration::from_millis(100);
    fake.fail_next_matching("PagesGet", Fault::Trickle { pause });
    let mut read = pin!(pages.get(id));
    assert!(poll!(read.as_mut()).is_pending());
    while fake.injected_count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut list = pin!(pages.list().into_future());
    fake.fail_next_matching("PagesList", Fault::Trickle { pause });
    assert!(poll!(list.as_mut()).is_pending());
    while fake.injected_count() == 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let update = PageUpdate::new().title("B");
    pages.update(id, update).await.unwrap();

    assert_eq!(
        read.await.unwrap().title,
        "A",
        "the read was executed before the write"
    );
    assert_eq!(list.await.unwrap()[0].title, "A");
    assert_eq!(pages.get(id).await.unwrap().title, "B");
    assert_eq!(pages.list().await.unwrap()[0].title, "B");
    assert_eq!(figures(client.cache().stats()), (0, 4));
}

#[tokio::test]
async fn a_read_after_a_write_does_not_share_an_earlier_request() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    let hold = fake.hold();
    let mut early = pin!(pages.get(id));
    assert!(poll!(early.as_mut()).is_pending());
    until_asked(&fake, "PagesGet", 1).await;
    // `clear` invalidates like a completed write. The wiki has not responded to the read yet.
    client.cache().clear();
    let mut late = pin!(pages.get(id));
    assert!(poll!(late.as_mut()).is_pending());
    drop(hold);
    early.await.unwrap();
    late.await.unwrap();
    assert_eq!(
        asked(&fake, "PagesGet"),
        2,
        "the late read sends its own request"
    );
    pages.get(id).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2);
}

#[tokio::test]
async fn a_write_whose_caller_is_dropped_invalidates_when_it_completes() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    pages.get(id).await.unwrap();
    let late = Fault::Latency(Duration::from_millis(300));
    fake.fail_next_matching("PagesUpdateTag", late);
    let tag = fake.tags()[0].id;
    let mut write = Box::pin(pages.update_tag(tag, "y", "y"));
    assert!(poll!(write.as_mut()).is_pending());
    until_asked(&fake, "PagesUpdateTag", 1).await;
    drop(write);
    // This write gets the permit only after the dropped one has completed.
    pages.flush_cache().await.unwrap();
    assert_eq!(pages.get(id).await.unwrap().tags[0].as_str(), "y");
}

#[tokio::test]
async fn expired_and_excess_entries_are_evicted() {
    let fake = FakeWiki::start().await;
    let ids: Vec<i64> = (0..30)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P").content("x".repeat(1_000))))
        .collect();
    let client = |policy| {
        let builder = Client::builder(fake.url()).api_key(fake.api_key());
        builder.cache(policy).build().unwrap()
    };
    let moment = client(CachePolicy::default().time_to_live(Duration::from_nanos(1)));
    for _ in 0..3 {
        moment.pages().get(ids[0]).await.unwrap();
    }
    assert_eq!(figures(moment.cache().stats()), (0, 3));

    for policy in [lasting().max_entries(10), lasting().max_bytes(30_000)] {
        let small = client(policy);
        for id in &ids {
            small.pages().get(*id).await.unwrap();
        }
        let stats = small.cache().stats();
        assert!(stats.entries <= 15, "{stats:?}");
        assert!(stats.evictions >= 15, "{stats:?}");
        assert!(stats.size <= 30_000, "{stats:?}");
    }
}

#[tokio::test]
async fn the_cache_is_not_shared_between_identities() {
    let user = FakeUser::new("Ada", "ada@example.com")
        .password("password-of-ada")
        .groups([1]);
    let fake = FakeWiki::builder().user(user).start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let login = |name: &str, password: &str| {
        let builder = Client::builder(fake.url()).cache(lasting());
        let login = builder.login(name, password);
        async { login.await.and_then(Login::done).unwrap() }
    };
    let admin = login("admin@example.com", FakeWiki::ADMIN_PASSWORD).await;
    let ada = login("ada@example.com", "password-of-ada").await;
    admin.pages().get(id).await.unwrap();
    ada.pages().get(id).await.unwrap();
    assert_eq!(figures(ada.cache().stats()), (0, 1));
    ada.pages().get(id).await.unwrap();
    assert_eq!(figures(ada.cache().stats()), (1, 1));

    // A repeated login and `check` both clear the cache, because permissions may have changed.
    fake.void_logins();
    let other = fake.insert_page(FakePage::new("docs/b", "B"));
    ada.cache().bypass(ada.pages().get(other)).await.unwrap();
    ada.pages().get(id).await.unwrap();
    assert_eq!(figures(ada.cache().stats()), (1, 2));
    ada.check().await.unwrap();
    ada.pages().get(id).await.unwrap();
    assert_eq!(figures(ada.cache().stats()), (1, 3));
}

#[tokio::test]
async fn whole_pages_of_a_list_come_from_the_cache() {
    let (wiki, client) = start().await;
    let made = [wiki.page("a").await, wiki.page("b").await];
    let pages = client.pages();
    for _ in 0..2 {
        let whole = pages.list().path_prefix(wiki.prefix()).with_content();
        assert_eq!(whole.await.unwrap(), made);
    }
    let ids = made.each_ref().map(|page| page.id);
    let many: Vec<_> = pages.get_many(ids).collect().await;
    assert!(many.iter().all(|(_, page)| page.is_ok()));
    assert_eq!(figures(client.cache().stats()), (5, 3));
}

#[tokio::test]
async fn a_custom_mutation_invalidates_everything_and_a_query_does_not() {
    let (fake, client, id) = fake().await;
    client.pages().get(id).await.unwrap();
    let get = api::pages_get::Variables { id };
    client.execute::<api::PagesGet>(get).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2, "`execute` asks the wiki");
    client.pages().get(id).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2);
    // A raw mutation invalidates everything, even if it has the name of an update.
    let update = api::pages_update::Variables {
        title: "B".to_owned().into(),
        content: "text".to_owned().into(),
        description: String::new().into(),
        tags: vec![Some("x".to_owned())].into(),
        is_published: true.into(),
        ..api::pages_update::Variables::new(id)
    };
    let other = fake.insert_page(FakePage::new("docs/b", "B"));
    client.pages().get(other).await.unwrap();
    let answer = client.execute::<api::PagesUpdate>(update).await.unwrap();
    let answer = answer.pages.update;
    assert!(answer.response_result.succeeded, "{answer:?}");
    client.pages().get(other).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 4);
    assert_eq!(client.pages().get(id).await.unwrap().title, "B");
}

#[tokio::test]
async fn polling_for_changes_bypasses_the_cache() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    let beginning = pages.list().await.unwrap()[0].updated_at.clone();
    let since = || pages.changes(beginning.clone());
    let first = since().await.unwrap();
    let other = Client::builder(fake.url()).api_key(fake.api_key());
    let update = PageUpdate::new().title("Theirs");
    let other = other.build().unwrap();
    other.pages().update(id, update).await.unwrap();
    let changed = pages.changes(first.cursor).await.unwrap().changes;
    assert_eq!(changed[0].page().unwrap().title, "Theirs");
    assert_eq!(pages.list().await.unwrap()[0].title, "A");
}

#[tokio::test]
async fn bulk_operations_bypass_the_cache() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    pages.get(id).await.unwrap();
    let other = Client::builder(fake.url()).api_key(fake.api_key());
    let other = other.build().unwrap().pages();
    other.move_to(id, "docs/away").await.unwrap();
    let report = pages.move_many([(id, "docs/a")]).await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(other.get(id).await.unwrap().path.as_str(), "docs/a");
}
