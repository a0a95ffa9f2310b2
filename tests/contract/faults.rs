//! Outcomes of writes whose response is lost, and retries of reads. These tests need the fake, which can inject faults.

use std::time::Duration;

use futures::future::join_all;
use wikijs_client::{
    Applied, Client, Editor, Error, RetryPolicy,
    pages::{NewPage, Page, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, Fault, LateResponse};

use crate::support::{asked, hurried, observing_briefly};

/// Starts a wiki that fails, and a client with short timeouts.
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

/// Returns the faults after which the wiki has executed the write, which the response does not show.
fn after_the_write() -> Vec<Fault> {
    vec![
        Fault::ResetAfter,
        Fault::ResetInResponse,
        Fault::TruncatedJson,
        Fault::MalformedJson,
        Fault::Hang { execute: true },
        Fault::status_after(502),
        Fault::status_after(504),
        Fault::status_after(500),
    ]
}

/// Returns the faults after which the wiki has not executed the write, which the response does not show: a proxy
/// or the network may still deliver the request.
fn lost_before_the_write() -> Vec<Fault> {
    vec![
        Fault::ResetBefore,
        Fault::Hang { execute: false },
        Fault::status(408),
        Fault::status(499),
        Fault::status(502),
        Fault::status(503),
        Fault::status(504),
        Fault::Html200,
    ]
}

/// Returns the faults whose response says that the request was not executed and may be retried.
fn refused_before_the_write() -> Vec<Fault> {
    vec![
        Fault::status(429),
        Fault::DatabaseAway,
        Fault::Starting,
        Fault::RateLimited { seconds: 0 },
    ]
}

/// Asserts that a write was sent once and that its outcome is reported as unknown.
fn assert_is_unknown(fake: &FakeWiki, operation: &str, error: &Error, fault: &Fault) {
    assert_eq!(error.applied(), Applied::Unknown, "{fault:?}: {error}");
    assert!(
        matches!(error, Error::Unconfirmed(_)),
        "{fault:?}: {error:?}"
    );
    assert_eq!(asked(fake, operation), 1, "{fault:?}: it is sent once");
}

fn assert_is_whole(fake: &FakeWiki, page: &Page) {
    assert_eq!(fake.pages().len(), 1, "there is exactly one page");
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
async fn k13_k18_a_create_is_executed_once_after_any_lost_response() {
    for fault in after_the_write()
        .into_iter()
        .chain(refused_before_the_write())
    {
        let (fake, wiki) = failing().await;
        fake.fail_next_matching("PagesCreate", fault.clone());
        let page = wiki.pages().create(new_page()).await;
        let page = page.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_is_whole(&fake, &page);
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn a_write_whose_response_is_lost_is_not_sent_again_and_its_outcome_is_unknown() {
    let cases = lost_before_the_write().into_iter().map(|fault| async move {
        let (fake, wiki) = failing().await;
        let pages = wiki.pages();
        fake.fail_next_matching("PagesCreate", fault.clone());
        let error = pages.create(new_page()).await.unwrap_err();
        assert_is_unknown(&fake, "PagesCreate", &error, &fault);
        assert!(
            error.to_string().contains("docs/page (locale en)"),
            "{error}"
        );
        assert!(error.to_string().contains("call upsert"), "{error}");
        assert!(fake.pages().is_empty());

        let page = pages.upsert(new_page()).await.unwrap().into_stored();
        fake.clear_requests();
        fake.fail_next_matching("PagesUpdate", fault.clone());
        let update = PageUpdate::new().title("Other");
        let error = pages.update(page.id, update).await.unwrap_err();
        assert_is_unknown(&fake, "PagesUpdate", &error, &fault);
        assert_eq!(fake.page(page.id.get()).unwrap().title, "Page");

        fake.fail_next_matching("PagesMove", fault.clone());
        let error = pages.move_to(page.id, "docs/moved").await.unwrap_err();
        assert_is_unknown(&fake, "PagesMove", &error, &fault);

        let update = PageUpdate::new().content("changed");
        pages.update(page.id, update).await.unwrap();
        let version = pages.history(page.id).await.unwrap()[0].version_id;
        fake.fail_next_matching("PagesRestore", fault.clone());
        let error = pages.restore(page.id, version).await.unwrap_err();
        assert_is_unknown(&fake, "PagesRestore", &error, &fault);

        fake.fail_next_matching("PagesConvert", fault.clone());
        let error = pages.convert(page.id, Editor::Code).await.unwrap_err();
        assert_is_unknown(&fake, "PagesConvert", &error, &fault);

        let tag = fake.tags()[0].id;
        fake.fail_next_matching("PagesUpdateTag", fault.clone());
        let error = pages
            .update_tag(tag, "renamed", "Renamed")
            .await
            .unwrap_err();
        assert_is_unknown(&fake, "PagesUpdateTag", &error, &fault);
    });
    join_all(cases).await;
}

#[tokio::test]
async fn a_mutation_that_may_be_repeated_is_sent_again() {
    let cases = lost_before_the_write().into_iter().map(|fault| async move {
        let (fake, _) = failing().await;
        let pages = observing_briefly(&fake).pages();
        let page = pages.create(new_page()).await.unwrap();
        for operation in [
            "PagesRender",
            "PagesFlushCache",
            "PagesRebuildTree",
            "PagesDeleteTag",
            "PagesDelete",
        ] {
            fake.fail_next_matching(operation, fault.clone());
        }
        pages.render(page.id).await.unwrap();
        pages.flush_cache().await.unwrap();
        pages.rebuild_tree().await.unwrap();
        pages.delete_tag(fake.tags()[0].id).await.unwrap();
        assert_eq!(fake.tags().len(), 1);
        pages.delete(page.id).await.unwrap();
        assert!(fake.pages().is_empty());
        assert_eq!(fake.pending_faults(), 0);
        assert_eq!(asked(&fake, "PagesDelete"), 2, "{fault:?}");
    });
    join_all(cases).await;
}

#[tokio::test]
async fn without_retries_each_mutation_is_sent_at_most_once() {
    let faults = lost_before_the_write()
        .into_iter()
        .chain(refused_before_the_write())
        .chain([
            Fault::RenderPage,
            Fault::UniqueViolation,
            Fault::RebuildTree,
        ]);
    let cases = faults.map(|fault| async move {
        let (fake, _) = failing().await;
        let wiki = Client::builder(fake.url())
            .api_key(fake.api_key())
            .timeout(Duration::from_millis(500))
            .confirm_writes_for(Duration::from_millis(300))
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let id = fake.insert_page(FakePage::new("docs/other", "Other"));
        let pages = wiki.pages();
        for operation in ["PagesCreate", "PagesUpdate", "PagesDelete", "PagesRender"] {
            fake.fail_next_matching(operation, fault.clone());
        }
        let _ = pages.create(new_page()).await;
        let update = PageUpdate::new().title("Anew").tags(["anew"]);
        let _ = pages.update(id, update).await;
        let _ = pages.render(id).await;
        let _ = pages.delete(id).await;
        for operation in ["PagesCreate", "PagesUpdate", "PagesDelete", "PagesRender"] {
            assert!(asked(&fake, operation) <= 1, "{fault:?} {operation}");
        }
    });
    join_all(cases).await;
}

#[tokio::test]
async fn a_create_that_is_executed_late_creates_one_page_and_is_never_reported_as_not_applied() {
    let cases = [0, 300, 1_000, 2_200, 4_000].map(|late| async move {
        let (fake, wiki) = failing().await;
        let late = Duration::from_millis(500 + late);
        fake.fail_next_matching("PagesCreate", Fault::Latency(late));
        let result = wiki.pages().create(new_page()).await;
        if let Err(error) = &result {
            assert_eq!(error.applied(), Applied::Unknown, "{late:?}: {error}");
        }
        while fake.pages().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(fake.pages().len(), 1);
        assert_eq!(asked(&fake, "PagesCreate"), 1);
    });
    join_all(cases).await;
}

#[tokio::test]
async fn a_deletion_that_is_executed_late_is_never_reported_as_not_applied() {
    for late in [600, 2_000] {
        let (fake, wiki) = failing().await;
        let id = fake.insert_page(FakePage::new("docs/page", "Page"));
        for _ in 0..5 {
            let late = Duration::from_millis(late);
            fake.fail_next_matching("PagesDelete", Fault::Latency(late));
        }
        if let Err(error) = wiki.pages().delete(id).await {
            assert_eq!(error.applied(), Applied::Unknown, "{error}");
        }
        while fake.page(id).is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_refused_second_attempt_leaves_the_outcome_of_the_first_one_unknown() {
    let refusals = [
        Fault::status(401),
        Fault::status(403),
        Fault::status(404),
        Fault::status(429),
        Fault::DatabaseAway,
        Fault::Starting,
        Fault::RateLimited { seconds: 0 },
    ];
    let cases = refusals.map(|refusal| async move {
        let (fake, _) = failing().await;
        let wiki = observing_briefly(&fake);
        let id = fake.insert_page(FakePage::new("docs/page", "Page"));
        fake.fail_next_matching("PagesDelete", Fault::late(Duration::from_secs(4)));
        for _ in 0..10 {
            fake.fail_next_matching("PagesDelete", refusal.clone());
        }
        // On a busy machine the first attempt may be observed.
        if let Err(error) = wiki.pages().delete(id).await {
            assert_eq!(error.applied(), Applied::Unknown, "{refusal:?}: {error}");
        }
        assert!(asked(&fake, "PagesDelete") > 1, "{refusal:?}");
        fake.until_late_executions_end().await;
        assert!(fake.page(id).is_none(), "{refusal:?}");
    });
    join_all(cases).await;
}

#[tokio::test]
async fn a_graphql_error_of_a_gateway_leaves_the_outcome_unknown() {
    let (fake, _) = failing().await;
    let wiki = observing_briefly(&fake);
    let late = || Fault::Late {
        after: Duration::from_secs(5),
        answer: LateResponse::GraphQlError,
    };
    fake.fail_next_matching("PagesCreate", late());
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown, "{error}");
    fake.until_late_executions_end().await;
    let id = fake.pages()[0].id;
    fake.fail_next_matching("PagesUpdate", late());
    let update = PageUpdate::new().title("Anew");
    let error = wiki.pages().update(id, update).await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown, "{error}");
    fake.until_late_executions_end().await;
    assert_eq!(fake.page(id).unwrap().title, "Anew");
}

#[tokio::test]
async fn k13_the_error_of_a_partial_create_names_the_missing_parts() {
    for fault in [
        Fault::RebuildTree,
        Fault::RenderPage,
        Fault::UniqueViolation,
    ] {
        let (fake, wiki) = failing().await;
        fake.fail_next_matching("PagesCreate", fault.clone());
        let created = wiki.pages().create(new_page()).await;
        assert_eq!(asked(&fake, "PagesCreate"), 1, "{fault:?}");
        if fault == Fault::RebuildTree {
            assert_is_whole(&fake, &created.unwrap());
        } else {
            let Error::PartiallyApplied(partial) = created.unwrap_err() else {
                panic!("{fault:?}: it is there in part")
            };
            let lacks = match fault {
                Fault::RenderPage => "not rendered",
                _ => "its tags",
            };
            assert!(partial.missing.contains(lacks), "{fault:?}: {partial}");
            // The create writes nothing further. An upsert completes the page.
            assert_eq!(asked(&fake, "PagesUpdate"), 0);
            if fault == Fault::UniqueViolation {
                let page = wiki.pages().upsert(new_page()).await.unwrap().into_stored();
                assert_is_whole(&fake, &page);
            }
        }
        let below = wiki.pages().tree().children_of("docs").await.unwrap();
        assert_eq!(below.len(), 1, "{fault:?}: the tree is repaired");
    }
}

#[tokio::test]
async fn a_create_is_distinguished_from_a_page_that_somebody_else_created() {
    for fault in [Fault::ResetBefore, Fault::ResetAfter] {
        let (fake, wiki) = failing().await;
        // Identical except for its tags, and older than the call.
        let theirs = FakePage::new("docs/page", "Page")
            .content("# Page")
            .tags(["theirs"]);
        let theirs = fake.insert_page(theirs);
        fake.fail_next_matching("PagesCreate", fault.clone());
        let error = wiki.pages().create(new_page()).await.unwrap_err();
        assert_ne!(error.applied(), Applied::Yes, "{fault:?}: {error}");
        assert_eq!(fake.pages().len(), 1);
        assert_eq!(fake.page(theirs).unwrap().tags, ["theirs"]);
        assert_eq!(asked(&fake, "PagesUpdate"), 0);
    }
}

#[tokio::test]
async fn an_update_is_applied_and_keeps_other_fields_after_any_lost_response() {
    for fault in after_the_write()
        .into_iter()
        .chain(refused_before_the_write())
        .chain([Fault::RenderPage, Fault::UniqueViolation])
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
            (page.metadata, page.script_js),
            (before.metadata, before.script_js)
        );
        assert!(page.render.unwrap().contains("Anew"), "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn an_update_that_fails_after_storing_is_repeated_once_and_reported_as_applied() {
    let (fake, wiki) = failing().await;
    let before = wiki.pages().create(new_page()).await.unwrap();
    for _ in 0..10 {
        fake.fail_next_matching("PagesUpdate", Fault::RenderPage);
    }
    let update = PageUpdate::new().content("# Anew");
    let error = wiki.pages().update(before.id, update).await.unwrap_err();
    assert_eq!(error.applied(), Applied::Partially);
    assert!(error.to_string().contains("is stored"), "{error}");
    assert_eq!(asked(&fake, "PagesUpdate"), 2);
    assert_eq!(fake.page(before.id.get()).unwrap().content, "# Anew");
}

#[tokio::test]
async fn a_delete_a_move_and_a_restore_are_applied_after_any_lost_response() {
    for fault in after_the_write()
        .into_iter()
        .chain(refused_before_the_write())
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
async fn a_move_that_is_executed_twice_is_distinguished_from_an_occupied_path() {
    let (fake, wiki) = failing().await;
    let pages = wiki.pages();
    let page = pages.create(new_page()).await.unwrap();
    // The second execution finds the page itself at the new path.
    fake.fail_next_matching("PagesMove", Fault::Twice);
    let moved = pages.move_to(page.id, "docs/moved").await.unwrap();
    assert_eq!(
        (moved.id, moved.path.as_str(), &moved.tags),
        (page.id, "docs/moved", &page.tags)
    );
    let other = pages.create(new_page()).await.unwrap();
    for fault in [None, Some(Fault::Twice)] {
        if let Some(fault) = fault {
            fake.fail_next_matching("PagesMove", fault);
        }
        let error = pages.move_to(other.id, "docs/moved").await.unwrap_err();
        assert!(error.is_conflict(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    assert_eq!(fake.page(other.id.get()).unwrap().path, "docs/page");
}

#[tokio::test]
async fn a_restore_is_distinguished_from_an_edit_of_somebody_else() {
    let (fake, wiki) = failing().await;
    let pages = wiki.pages();
    let page = pages.create(new_page()).await.unwrap();
    let update = PageUpdate::new().content("changed");
    pages.update(page.id, update).await.unwrap();
    let version = pages.history(page.id).await.unwrap()[0].version_id;
    fake.fail_next_matching("PagesRestore", Fault::ResetBefore);
    let restore = pages.restore(page.id, version);
    let theirs = async {
        while fake.injected_count() < 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        fake.edit_page(page.id.get(), |page| {
            page.content = "theirs".to_owned();
            page.tags = vec!["theirs".to_owned()];
        });
    };
    let (result, ()) = futures::join!(restore, theirs);
    assert_eq!(result.unwrap_err().applied(), Applied::Unknown);
    let now = fake.page(page.id.get()).unwrap();
    assert_eq!(
        (now.content.as_str(), now.tags),
        ("theirs", vec!["theirs".to_owned()])
    );
}

#[tokio::test]
async fn a_write_that_was_refused_is_reported_as_not_applied() {
    let (fake, wiki) = failing().await;
    for _ in 0..20 {
        fake.fail_next_matching("PagesCreate", Fault::DatabaseAway);
    }
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.applied(), Applied::No);
    assert!(fake.pages().is_empty());
    // A refusal of a proxy is reported without an observation.
    fake.clear_faults();
    fake.fail_next_matching("PagesCreate", Fault::status(403));
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn a_deadline_during_an_observation_keeps_the_cause() {
    let (fake, _) = failing().await;
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .deadline(Duration::from_secs(3))
        .build()
        .unwrap();
    fake.fail_next_matching("PagesCreate", Fault::status(502));
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert_eq!(error.status(), Some(502), "{error}");
    assert!(error.is_transient() && error.is_unavailable());
    assert_eq!(error.applied(), Applied::Unknown);
    for _ in 0..100 {
        fake.fail_next_matching("PagesList", Fault::status(503));
    }
    let error = wiki.pages().list().await.unwrap_err();
    assert_eq!(error.status(), Some(503), "{error}");
    // Also if the deadline passes while a retry is in flight.
    fake.clear_faults();
    fake.fail_next_matching("PagesList", Fault::status(503));
    fake.fail_next_matching("PagesList", Fault::Hang { execute: false });
    let error = wiki.pages().list().await.unwrap_err();
    assert_eq!(error.status(), Some(503), "{error}");
}

#[tokio::test]
async fn the_reads_of_a_write_are_retried_after_a_timeout() {
    let (fake, wiki) = failing().await;
    let page = wiki.pages().create(new_page()).await.unwrap();
    let hang = Fault::Hang { execute: false };
    // The read before the update and the one after it.
    fake.fail_next_matching("PagesGet", hang.clone());
    let update = PageUpdate::new().title("One");
    assert_eq!(
        wiki.pages().update(page.id, update).await.unwrap().title,
        "One"
    );
    fake.fail_next_matching("PagesGet", Fault::Latency(Duration::ZERO));
    fake.fail_next_matching("PagesGet", hang);
    let update = PageUpdate::new().title("Two");
    assert_eq!(
        wiki.pages().update(page.id, update).await.unwrap().title,
        "Two"
    );
    assert_eq!(fake.pending_faults(), 0);
}

#[tokio::test]
async fn the_outcome_is_unknown_if_the_wiki_cannot_be_read() {
    let (fake, wiki) = failing().await;
    fake.fail_next_matching("PagesCreate", Fault::ResetAfter);
    for _ in 0..200 {
        fake.fail_next_matching("PagesGetByPath", Fault::status(502));
    }
    let error = wiki.pages().create(new_page()).await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown);
    assert!(error.to_string().contains("could not be read"), "{error}");
    assert_eq!(fake.pages().len(), 1);
}

#[tokio::test]
async fn an_update_never_overwrites_that_of_somebody_else() {
    let (fake, wiki) = failing().await;
    let page = wiki.pages().create(new_page()).await.unwrap();
    // The response is lost, and another client writes before the client observes the wiki.
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
async fn reads_are_retried_up_to_the_limit() {
    let (fake, wiki) = failing().await;
    fake.insert_page(FakePage::new("docs/page", "Page"));
    for fault in lost_before_the_write()
        .into_iter()
        .chain(refused_before_the_write())
        .chain(after_the_write())
    {
        if matches!(
            fault,
            Fault::Html200
                | Fault::Status {
                    code: 408 | 499,
                    ..
                }
                | Fault::Status { code: 500, .. }
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
    assert_eq!(fake.request_count(), 5, "one attempt and four retries");
    fake.clear_faults();
    let impatient = Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    // The identity is verified by a second request at the same time.
    fake.fail_next_matching("PagesList", Fault::status(503));
    assert!(impatient.pages().list().await.is_err());
}

#[tokio::test]
async fn k51_a_retry_waits_as_long_as_the_response_asks() {
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
        // The delays of the policy alone would end long before.
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
async fn a_key_that_is_revoked_meanwhile_is_reported() {
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
async fn a_write_that_was_not_sent_is_canceled_with_its_caller() {
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

#[tokio::test]
async fn a_deletion_that_is_executed_twice_is_distinguished_from_a_missing_page() {
    let (fake, wiki) = failing().await;
    let id = fake.insert_page(FakePage::new("docs/page", "Page"));
    fake.fail_next_matching("PagesDelete", Fault::Twice);
    wiki.pages().delete(id).await.unwrap();
    assert!(fake.page(id).is_none());
    let error = wiki.pages().delete(id).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn a_lost_update_of_a_script_is_not_taken_for_stored_after_another_change() {
    let (fake, client) = failing().await;
    let wiki = observing_briefly(&fake);
    let page = client.pages().create(new_page()).await.unwrap();
    fake.fail_next_matching("PagesUpdate", Fault::status(504));
    let pages = wiki.pages();
    let update = pages.update(page.id, PageUpdate::new().script_js("other()"));
    let touch = async {
        while fake.pending_faults() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        fake.as_user(7).edit(page.id.get(), |_| ());
    };
    let (result, ()) = tokio::join!(update, touch);
    let error = result.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown, "{error}");
}

#[tokio::test]
async fn k32_a_failure_after_the_title_of_a_moved_page_was_restored_is_described() {
    let (fake, wiki) = failing().await;
    let pages = wiki.pages();
    let new = NewPage::new("docs/page", "page", "# Page");
    let page = pages.create(new).await.unwrap();
    for _ in 0..2 {
        fake.fail_next_matching("PagesUpdate", Fault::RenderPage);
    }
    let error = pages.move_to(page.id, "docs/moved").await.unwrap_err();
    assert_eq!(error.applied(), Applied::Partially);
    assert!(error.to_string().contains("failed after that"), "{error}");
    assert!(!error.to_string().contains("its title"), "{error}");
    let now = fake.page(page.id.get()).unwrap();
    assert_eq!((&*now.path, &*now.title), ("docs/moved", "page"));
}
