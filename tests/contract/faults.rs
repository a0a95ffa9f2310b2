//! The truth about writes whose answer does not tell, and reads that are tried again. On the fake, which
//! fails on purpose; a real wiki cannot be asked to.

use std::time::Duration;

use wikijs_client::{
    Applied, Client, Error, RetryPolicy,
    pages::{NewPage, Page, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::support::hurried;

/// A wiki that fails, and a client that does not wait long.
async fn failing() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .write_duration(Duration::ZERO)
        .start()
        .await;
    let client = hurried(&fake);
    (fake, client)
}

fn new_page() -> NewPage {
    NewPage::new("docs/page", "Page", "# Page")
        .tags(["one", "two"])
        .script_js("js()")
}

/// Faults after which the wiki has made the write, though the client cannot know.
fn after_the_write() -> Vec<Fault> {
    vec![
        Fault::ResetAfter,
        Fault::ResetInAnswer,
        Fault::TruncatedJson,
        Fault::MalformedJson,
        Fault::Hang { execute: true },
        Fault::status_after(502),
        Fault::status_after(504),
        Fault::status_after(500),
    ]
}

/// Faults after which the wiki is as it was, and the same request may succeed.
fn before_the_write() -> Vec<Fault> {
    vec![
        Fault::ResetBefore,
        Fault::Hang { execute: false },
        Fault::status(502),
        Fault::status(503),
        Fault::status(429),
        Fault::Html200,
        Fault::DatabaseAway,
        Fault::Starting,
        Fault::RateLimited { seconds: 0 },
    ]
}

fn assert_is_whole(fake: &FakeWiki, page: &Page) {
    assert_eq!(fake.pages().len(), 1, "one page, and no second");
    let kept = fake.page(page.id.get()).unwrap();
    assert_eq!(
        (kept.title.as_str(), kept.content.as_str()),
        ("Page", "# Page")
    );
    assert_eq!(kept.tags, ["one", "two"]);
    assert_eq!(kept.script_js, "js()");
    assert!(kept.render.is_some_and(|render| !render.is_empty()));
    assert_eq!(page.tags, ["one", "two"]);
    assert!(page.render.is_some());
}

#[tokio::test]
async fn hazards_13_and_18_a_create_is_made_once_whatever_becomes_of_its_answer() {
    for fault in after_the_write().into_iter().chain(before_the_write()) {
        let (fake, wiki) = failing().await;
        fake.fail_next_matching("PagesCreate", fault.clone());
        let page = wiki.pages().create(new_page()).await;
        let page = page.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_is_whole(&fake, &page);
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn hazard_13_a_page_that_was_made_in_part_is_completed() {
    for fault in [
        Fault::RebuildTree,
        Fault::RenderPage,
        Fault::UniqueViolation,
    ] {
        let (fake, wiki) = failing().await;
        fake.fail_next_matching("PagesCreate", fault.clone());
        let page = wiki.pages().create(new_page()).await;
        let page = page.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_is_whole(&fake, &page);
        let below = wiki.pages().tree().children_of("docs").await.unwrap();
        assert_eq!(below.len(), 1, "{fault:?}: the tree is mended");
    }
}

#[tokio::test]
async fn a_create_is_told_from_a_page_that_somebody_else_made_at_its_path() {
    for fault in [Fault::ResetBefore, Fault::ResetAfter] {
        let (fake, wiki) = failing().await;
        let theirs = fake.insert_page(FakePage::new("docs/page", "Theirs").content("theirs"));
        fake.fail_next_matching("PagesCreate", fault);
        let error = wiki.pages().create(new_page()).await.unwrap_err();
        assert!(error.is_conflict(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
        assert_eq!(fake.pages().len(), 1);
        assert_eq!(fake.page(theirs).unwrap().content, "theirs");
    }
}

#[tokio::test]
async fn an_update_is_made_and_keeps_everything_whatever_becomes_of_its_answer() {
    let in_part = [Fault::RenderPage, Fault::UniqueViolation];
    for fault in after_the_write()
        .into_iter()
        .chain(before_the_write())
        .chain(in_part)
    {
        let (fake, wiki) = failing().await;
        let before = wiki.pages().create(new_page()).await.unwrap();
        fake.fail_next_matching("PagesUpdate", fault.clone());
        let update = PageUpdate::new().content("# Anew").add_tags(["three"]);
        let page = wiki.pages().update(before.id, update).await;
        let page = page.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            (page.title.as_str(), page.content.as_str()),
            ("Page", "# Anew"),
            "{fault:?}"
        );
        assert_eq!(page.tags, ["one", "three", "two"], "{fault:?}");
        assert_eq!(
            (page.editorial, page.script_js),
            (before.editorial, before.script_js)
        );
        assert!(page.render.unwrap().contains("Anew"), "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_delete_a_move_and_a_restore_are_made_whatever_becomes_of_their_answers() {
    for fault in after_the_write()
        .into_iter()
        .chain(before_the_write())
        .chain([Fault::RebuildTree])
    {
        let (fake, wiki) = failing().await;
        let pages = wiki.pages();
        let page = pages.create(new_page()).await.unwrap();
        fake.fail_next_matching("PagesMove", fault.clone());
        let moved = pages.move_to(page.id, "docs/moved").await;
        let moved = moved.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(
            (moved.path.as_str(), &moved.tags),
            ("docs/moved", &page.tags)
        );

        if fault != Fault::RebuildTree {
            pages
                .update(page.id, PageUpdate::new().content("changed"))
                .await
                .unwrap();
            let version = pages.history(page.id).await.unwrap()[0].version_id;
            fake.fail_next_matching("PagesRestore", fault.clone());
            let restored = pages.restore(page.id, version).await;
            let restored = restored.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
            assert_eq!(
                (restored.content.as_str(), &restored.tags),
                ("# Page", &page.tags)
            );
        }
        fake.fail_next_matching("PagesDelete", fault.clone());
        let deleted = pages.delete(page.id).await;
        deleted.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert!(fake.pages().is_empty());
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_write_that_certainly_was_not_made_says_so() {
    let (fake, wiki) = failing().await;
    for _ in 0..20 {
        fake.fail_next_matching("PagesCreate", Fault::status(503));
    }
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.applied(), Applied::No);
    assert!(fake.pages().is_empty());
    // A proxy's no is a no at once.
    fake.clear_faults();
    fake.fail_next_matching("PagesCreate", Fault::status(403));
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn what_became_of_a_write_is_unknown_only_where_the_wiki_cannot_be_asked() {
    let (fake, wiki) = failing().await;
    fake.fail_next_matching("PagesCreate", Fault::ResetAfter);
    for _ in 0..20 {
        fake.fail_next_matching("PagesGetByPath", Fault::status(502));
    }
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown);
    assert_eq!(fake.pages().len(), 1);
}

#[tokio::test]
async fn an_update_never_writes_over_somebody_elses() {
    let (fake, wiki) = failing().await;
    let page = wiki.pages().create(new_page()).await.unwrap();
    // The answer is lost, and before the client looks, somebody else writes.
    fake.fail_next_matching("PagesUpdate", Fault::ResetBefore);
    fake.fail_next_matching("PagesGet", Fault::Latency(Duration::ZERO));
    fake.fail_next_matching("PagesGet", Fault::Latency(Duration::from_millis(300)));
    let pages = wiki.pages();
    let update = pages.update(page.id, PageUpdate::new().content("ours"));
    let theirs = async {
        while fake.injected_count() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fake.edit_page(page.id.get(), |page| page.content = "theirs".to_owned());
    };
    let (result, ()) = futures::join!(update, theirs);
    let error = result.unwrap_err();
    assert_ne!(error.applied(), Applied::Yes);
    assert_eq!(fake.page(page.id.get()).unwrap().content, "theirs");
}

#[tokio::test]
async fn reads_are_tried_again_and_not_for_ever() {
    let (fake, wiki) = failing().await;
    fake.insert_page(FakePage::new("docs/page", "Page"));
    for fault in before_the_write().into_iter().chain(after_the_write()) {
        if matches!(
            fault,
            Fault::Hang { .. } | Fault::Html200 | Fault::Status { code: 500, .. }
        ) || matches!(fault, Fault::TruncatedJson | Fault::MalformedJson)
        {
            continue;
        }
        fake.fail_next(fault.clone());
        let pages = wiki.pages().list().await;
        assert_eq!(
            pages
                .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"))
                .len(),
            1
        );
    }
    fake.clear_requests();
    for _ in 0..100 {
        fake.fail_next(Fault::status(503));
    }
    assert!(wiki.pages().list().await.unwrap_err().is_unavailable());
    assert_eq!(fake.request_count(), 5, "one try and four more");
    fake.clear_faults();
    let impatient = Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    // The question whom the wiki takes the caller for goes out beside it.
    fake.fail_next_matching("PagesList", Fault::status(503));
    assert!(impatient.pages().list().await.is_err());
}

#[tokio::test]
async fn hazard_51_the_wait_that_is_asked_for_is_kept_or_not_begun() {
    let (fake, _) = failing().await;
    let within = |time| {
        let policy = RetryPolicy::default()
            .min_delay(Duration::from_millis(2))
            .max_elapsed(time);
        Client::builder(fake.url())
            .api_key(fake.api_key())
            .retry(policy)
            .build()
            .unwrap()
    };
    for fault in [
        Fault::retry_after(429, 1),
        Fault::RateLimited { seconds: 1 },
    ] {
        // The own delays alone would be over long before.
        fake.fail_next_matching("PagesList", fault.clone());
        let error = within(Duration::from_millis(900))
            .pages()
            .list()
            .await
            .unwrap_err();
        assert!(error.is_rate_limited());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
        fake.fail_next_matching("PagesList", fault);
        within(Duration::from_secs(60))
            .pages()
            .list()
            .await
            .unwrap();
    }
    let requests = fake.requests();
    let lists = requests
        .iter()
        .filter(|request| request.operation_names() == ["PagesList"]);
    assert_eq!(lists.count(), 2 + 4);
}

#[tokio::test]
async fn a_key_that_is_revoked_in_the_middle_is_told() {
    let (fake, wiki) = failing().await;
    let page = wiki.pages().create(new_page()).await.unwrap();
    fake.revoke(fake.api_key());
    let error = wiki
        .pages()
        .update(page.id, PageUpdate::new().title("x"))
        .await
        .unwrap_err();
    assert!(error.is_unauthenticated());
    assert!(matches!(error, Error::Auth(_)));
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_a_write_along_that_is_not_sent() {
    let fake = FakeWiki::builder()
        .write_duration(Duration::from_millis(300))
        .start()
        .await;
    let wiki = hurried(&fake);
    let first = tokio::spawn({
        let pages = wiki.pages();
        async move { pages.create(new_page()).await }
    });
    while fake.request_count() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let second = NewPage::new("docs/second", "Second", "x");
    let pages = wiki.pages();
    let gone = tokio::time::timeout(Duration::from_millis(20), pages.create(second)).await;
    assert!(gone.is_err());
    first.await.unwrap().unwrap();
    let third = NewPage::new("docs/third", "Third", "x");
    wiki.pages().create(third).await.unwrap();
    assert!(fake.page_by_path("en", "docs/second").is_none());
}
