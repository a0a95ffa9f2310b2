//! The cache for pages and lists. What is asked of the wiki is what the fake records; on a real wiki
//! the figures of the cache tell.

use std::{pin::pin, time::Duration};

use futures::{StreamExt, TryStreamExt, future::join_all, poll};
use wikijs_client::{
    Client, Error, Login, api,
    cache::{CachePolicy, CacheStats},
    pages::PageUpdate,
};
use wikijs_fake::{FakePage, FakeUser, FakeWiki, Fault};

use crate::support::{Wiki, all_at_once, asked};

/// Longer than any test.
fn lasting() -> CachePolicy {
    CachePolicy::default().time_to_live(Duration::from_secs(3_600))
}

fn cached(url: &str, key: &str) -> Client {
    let builder = Client::builder(url).api_key(key).cache(lasting());
    builder.build().unwrap()
}

/// A wiki, and a client of it that has a cache and is known.
async fn start() -> (Wiki, Client) {
    let wiki = Wiki::start().await;
    let client = cached(wiki.url(), wiki.api_key());
    client.check().await.unwrap();
    (wiki, client)
}

/// A fake with a page, a client of it that has a cache and is known, and the page's id.
async fn fake() -> (FakeWiki, Client, i64) {
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A").tags(["x"]));
    let client = cached(fake.url(), fake.api_key());
    client.check().await.unwrap();
    (fake, client, id)
}

/// How many operations of this name the fake was asked for.
async fn until_asked(fake: &FakeWiki, operation: &str, times: usize) {
    while asked(fake, operation) < times {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn figures(stats: CacheStats) -> (u64, u64) {
    (stats.hits, stats.misses)
}

#[tokio::test]
async fn what_was_read_is_not_asked_for_again() {
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
        // One page, one page by its path, and two lists are asked for; the rest is there.
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
async fn lists_are_told_apart_by_all_that_they_were_asked_for() {
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
    // An error is one before anything is looked up.
    assert!(list().author(0).await.unwrap_err().is_invalid_input());
    assert_eq!(figures(client.cache().stats()), (1, 6));
}

#[tokio::test]
async fn there_is_none_unless_it_was_asked_for() {
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
        // One is what `create` reads back.
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
async fn an_own_update_forgets_its_page_and_the_lists() {
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
        // The other page is as it was.
        pages.get(other.id).await.unwrap();
        assert_eq!(client.cache().stats().misses, misses + 3);
    }
}

#[tokio::test]
async fn every_other_own_write_forgets_everything() {
    let (wiki, client) = start().await;
    let (kept, moved) = (wiki.page("kept").await, wiki.page("moved").await);
    let pages = client.pages();
    let title = |title: &str| PageUpdate::new().title(title);
    // An update that changes nothing sends nothing, so nothing is forgotten.
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
async fn a_write_reads_what_is_there_and_not_what_was() {
    let (wiki, client) = start().await;
    let page = wiki.page("a").await;
    client.pages().get(page.id).await.unwrap();
    // Somebody else changes the page, which the cache does not notice.
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
async fn reading_past_the_cache_shows_what_others_did_and_keeps_it() {
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
async fn of_those_who_miss_at_once_one_asks() {
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
async fn who_asks_for_others_need_not_be_polled() {
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

    // As in the body of a loop over a stream that reads ahead.
    let ids: Vec<i64> = (0..40)
        .map(|n| fake.insert_page(FakePage::new(format!("p{n}"), "P")))
        .collect();
    let last = ids[39];
    let mut many = pages.get_many(ids);
    many.next().await.unwrap().1.unwrap();
    pages.get(last).await.unwrap();
}

#[tokio::test]
async fn who_goes_away_while_asking_leaves_nobody_waiting() {
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
async fn errors_are_not_kept() {
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
async fn a_read_that_began_before_an_own_write_ended_is_not_kept() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    // The wiki answers the read before the write, but the answer takes longer than the write.
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

    assert_eq!(read.await.unwrap().title, "A", "it was before the write");
    assert_eq!(list.await.unwrap()[0].title, "A");
    assert_eq!(pages.get(id).await.unwrap().title, "B");
    assert_eq!(pages.list().await.unwrap()[0].title, "B");
    assert_eq!(figures(client.cache().stats()), (0, 4));
}

#[tokio::test]
async fn nobody_is_given_what_was_asked_for_before_a_write_that_is_over() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    let hold = fake.hold();
    let mut early = pin!(pages.get(id));
    assert!(poll!(early.as_mut()).is_pending());
    until_asked(&fake, "PagesGet", 1).await;
    // The write is over as soon as this is: the wiki has not answered the read.
    client.cache().clear();
    let mut late = pin!(pages.get(id));
    assert!(poll!(late.as_mut()).is_pending());
    drop(hold);
    early.await.unwrap();
    late.await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2, "the late one asks by itself");
    pages.get(id).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2);
}

#[tokio::test]
async fn a_write_whose_caller_goes_away_forgets_when_it_is_over() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    pages.get(id).await.unwrap();
    let hold = fake.hold();
    let tag = fake.tags()[0].id;
    let mut write = Box::pin(pages.update_tag(tag, "y", "y"));
    assert!(poll!(write.as_mut()).is_pending());
    until_asked(&fake, "PagesUpdateTag", 1).await;
    drop(write);
    drop(hold);
    // The next write has its turn when that one is over.
    pages.flush_cache().await.unwrap();
    assert_eq!(pages.get(id).await.unwrap().tags[0].as_str(), "y");
}

#[tokio::test]
async fn what_is_over_time_or_too_much_is_dropped() {
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
async fn another_identity_sees_nothing_of_it() {
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

    // A login that had to be repeated, and a look at the permissions, start anew.
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
async fn a_raw_mutation_of_ones_own_forgets_everything_and_a_query_does_not() {
    let (fake, client, id) = fake().await;
    client.pages().get(id).await.unwrap();
    let get = api::pages_get::Variables { id };
    client.execute::<api::PagesGet>(get).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2, "`execute` asks the wiki");
    client.pages().get(id).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 2);
    // Even one that bears the name of an update is not believed to be one.
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
    let answer = answer.pages.unwrap().update.unwrap();
    assert!(answer.response_result.succeeded, "{answer:?}");
    client.pages().get(other).await.unwrap();
    assert_eq!(asked(&fake, "PagesGet"), 4);
    assert_eq!(client.pages().get(id).await.unwrap().title, "B");
}

#[tokio::test]
async fn what_changed_is_not_looked_for_in_the_cache() {
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
async fn bulk_work_finds_out_from_the_wiki_what_is_to_be_done() {
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

#[cfg(feature = "transfer")]
#[tokio::test]
async fn an_export_writes_what_is_there_now() {
    let (fake, client, id) = fake().await;
    let pages = client.pages();
    pages.get(id).await.unwrap();
    pages.list().await.unwrap();
    let other = Client::builder(fake.url()).api_key(fake.api_key());
    let other = other.build().unwrap().pages();
    let update = PageUpdate::new().content("theirs");
    other.update(id, update).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    assert!(client.export(folder.path()).await.unwrap().is_complete());
    let file = std::fs::read_to_string(folder.path().join("en/docs/a.md"));
    assert!(file.unwrap().ends_with("theirs"));
    let cached = pages.get(id).await.unwrap();
    assert_ne!(cached.content, "theirs", "the cache is of before");

    // A folder that knows nothing of an earlier export is compared with the wiki.
    let bare = tempfile::tempdir().unwrap();
    let text = "---\ntitle: A\ntags: [x]\n---\n".to_owned() + &cached.content;
    std::fs::create_dir_all(bare.path().join("en/docs")).unwrap();
    std::fs::write(bare.path().join("en/docs/a.md"), text).unwrap();
    let plan = client.import(bare.path()).plan().await.unwrap();
    assert!(!plan.is_empty(), "what is in the cache is not in the wiki");
}
