//! Bulk operations on pages.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use wikijs_client::{
    Applied, Client, Error, Result,
    pages::{
        NewPage, PageUpdate,
        bulk::{Change, Event, Item, Modification, Report, Step},
    },
};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::support::{Wiki, eager, hurried, mutations};

/// Starts a fake whose writes take no time, and a client with short delays between retries.
async fn quick() -> (FakeWiki, Client) {
    let fake = FakeWiki::builder()
        .write_duration(Duration::ZERO)
        .start()
        .await;
    let client = eager(&fake).build().unwrap();
    (fake, client)
}

fn new_page(name: impl std::fmt::Display) -> NewPage {
    NewPage::new(format!("docs/{name}"), format!("Page {name}"), "# Text")
}

fn seeded(fake: &FakeWiki, names: impl IntoIterator<Item = usize>) -> Vec<i64> {
    fake.insert_pages(names.into_iter().map(|name| {
        FakePage::new(format!("docs/{name}"), format!("Page {name}")).content("# Text")
    }))
}

/// Creates the page 1, whose rendering fails, and returns its id.
async fn unrendered(fake: &FakeWiki, wiki: &Client) -> i64 {
    fake.fail_next_matching("PagesCreate", Fault::RenderPage);
    wiki.pages().create(new_page(1)).await.unwrap_err();
    fake.clear_requests();
    let page = fake.page_by_path("en", "docs/1").unwrap();
    assert_eq!(page.render, None);
    page.id
}

fn changes(report: &Report) -> Vec<&Change> {
    let results = report.items.iter().map(|item| item.result.as_ref());
    results.map(Result::unwrap).collect()
}

fn fields(names: &[&'static str]) -> Change {
    Change::Updated {
        fields: names.to_vec(),
    }
}

#[tokio::test]
async fn pages_are_created_updated_moved_tagged_and_deleted() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let names = ["a", "b", "c"];

    let report = pages
        .create_many(names.map(|name| wiki.new_page(name).tags([wiki.tag("old")])))
        .await
        .unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.counts.created, report.total), (3, Some(3)));
    for (number, (item, name)) in report.items.iter().zip(names).enumerate() {
        let page = item.page.as_ref().unwrap();
        assert_eq!(item.index, number as u64);
        assert_eq!(page.path, wiki.path(name).as_str());
        assert_eq!(pages.get(item.id.unwrap()).await.unwrap().path, page.path);
        assert_eq!(item.subject.to_string(), format!("en/{}", wiki.path(name)));
    }
    let ids: Vec<_> = report.items.iter().map(|item| item.id.unwrap()).collect();

    let titles = ["A", "The page b", "C"].map(|title| PageUpdate::new().title(title));
    let report = pages
        .update_many(ids.clone().into_iter().zip(titles))
        .await
        .unwrap();
    let title = fields(&["title"]);
    assert_eq!(changes(&report), [&title, &Change::Unchanged, &title]);

    let targets = [wiki.path("x/a"), wiki.path("b"), wiki.path("x/c")];
    let report = pages
        .move_many(ids.clone().into_iter().zip(targets))
        .await
        .unwrap();
    let moved = |name| Change::Moved {
        from: wiki.path(name).into(),
    };
    assert_eq!(
        changes(&report),
        [&moved("a"), &Change::Unchanged, &moved("c")]
    );

    let report = pages
        .tag_many(ids.clone(), [wiki.tag("new")], [wiki.tag("old")])
        .await
        .unwrap();
    assert_eq!(report.counts.updated, 3);
    let page = pages.get(ids[0]).await.unwrap();
    assert_eq!(
        (page.title.as_str(), page.path.as_str()),
        ("A", wiki.path("x/a").as_str())
    );
    assert_eq!(page.tags, [wiki.tag("new").as_str()]);

    let report = pages.delete_many(ids.clone()).await.unwrap();
    assert_eq!(report.counts.deleted, 3);
    assert_eq!(report.items[0].id, Some(ids[0]));
    let left = pages.list().path_prefix(wiki.prefix()).await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn upserts_write_only_differences() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    wiki.page("same").await;
    wiki.page("other").await;
    let input = || {
        [
            wiki.new_page("same"),
            wiki.new_page("other")
                .description("New")
                .tags([wiki.tag("x")]),
            wiki.new_page("new"),
        ]
    };
    let report = pages.upsert_many(input()).await.unwrap();
    assert_eq!(
        changes(&report),
        [
            &Change::Unchanged,
            &fields(&["description", "tags"]),
            &Change::Created
        ]
    );
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    let report = pages.upsert_many(input()).await.unwrap();
    assert_eq!(changes(&report), [&Change::Unchanged; 3]);
    if let Some(fake) = wiki.fake() {
        assert!(mutations(fake).is_empty());
        assert!(fake.requests().len() <= 3, "observations share requests");
    }
}

#[tokio::test]
async fn a_dry_run_reports_changes_and_writes_nothing() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    let there = wiki.page("there").await;
    let other = wiki.page("other").await;
    let missing = i64::from(i32::MAX);
    if let Some(fake) = wiki.fake() {
        fake.clear_requests();
    }
    let to = |id: wikijs_client::PageId, name: &str| Step::Move {
        id,
        path: wiki.path(name).into(),
        locale: None,
    };
    let retitle = || PageUpdate::new().title("T").published(false);
    let steps = [
        Step::Create(wiki.new_page("new")),
        Step::Create(wiki.new_page("there")),
        Step::Upsert(wiki.new_page("there")),
        Step::Upsert(wiki.new_page("there").description("New")),
        Step::Upsert(wiki.new_page("newer")),
        Step::Update(there.id, retitle()),
        Step::Update(there.id, PageUpdate::new().title(there.title.as_str())),
        Step::Update(missing.into(), retitle()),
        Step::Update(
            there.id,
            retitle().if_unmodified("2020-01-01T00:00:00.000Z"),
        ),
        Step::Update(there.id, PageUpdate::new().content(" ")),
        to(there.id, "other"),
        to(there.id, "there"),
        to(there.id, "free"),
        Step::Delete(other.id),
        Step::Delete(missing.into()),
    ];
    let report = pages.bulk(steps).dry_run().await.unwrap();
    assert_eq!(report.total, Some(15));

    let seen: Vec<_> = report
        .items
        .iter()
        .map(|item| match &item.result {
            Ok(Change::Updated { fields }) => format!("update {}", fields.join(" ")),
            Ok(Change::Moved { from }) => format!("move {}", from.last_segment()),
            Ok(change) => format!("{change:?}"),
            Err(error) if error.is_conflict() => format!("conflict {:?}", item.id),
            Err(error) if error.is_not_found() => "missing".to_owned(),
            Err(error) if error.is_invalid_input() => "invalid".to_owned(),
            Err(error) => panic!("{error}"),
        })
        .collect();
    let conflict = |id| format!("conflict {:?}", Some(id));
    assert_eq!(
        seen,
        [
            "Created",
            &conflict(there.id),
            "Unchanged",
            "update description",
            "Created",
            "update title published",
            "Unchanged",
            "missing",
            // The page has changed since the given version.
            "conflict None",
            "invalid",
            &conflict(other.id),
            "Unchanged",
            "move there",
            "Deleted",
            "missing",
        ]
    );
    let error = report.items[1].result.as_ref().unwrap_err();
    assert!(error.to_string().contains(&format!("page {}", there.id)));
    if let Some(fake) = wiki.fake() {
        assert!(mutations(fake).is_empty());
        assert!(fake.requests().len() < 10, "observations share requests");
    }
    assert_eq!(pages.get(there.id).await.unwrap(), there);
}

#[tokio::test]
async fn a_dry_run_includes_the_effects_of_earlier_steps() {
    let (fake, wiki) = quick().await;
    let ids = seeded(&fake, 1..=3);
    let [one, two, three] = [ids[0], ids[1], ids[2]].map(wikijs_client::PageId::from);
    let to = |id, path: &str| Step::Move {
        id,
        path: path.into(),
        locale: None,
    };
    let steps = || {
        [
            Step::Create(new_page("new")),
            Step::Create(new_page("new")),
            Step::Delete(one),
            Step::Update(one, PageUpdate::new().title("Gone")),
            Step::Create(new_page(1)),
            to(two, "docs/elsewhere"),
            to(three, "docs/elsewhere"),
            to(three, "docs/2"),
            to(two, "docs/elsewhere"),
            Step::Upsert(new_page(3)),
            Step::Delete(three),
            Step::Create(new_page(2)),
        ]
    };
    let pages = wiki.pages();
    let foreseen = pages.bulk(steps()).dry_run().await.unwrap();
    assert!(mutations(&fake).is_empty());
    let done = pages.bulk(steps()).await.unwrap();
    let shape = |report: &Report| {
        let items = report.items.iter();
        items
            .map(|item| match &item.result {
                Ok(change) => format!("{change:?}"),
                Err(error) if error.is_conflict() => "conflict".to_owned(),
                Err(error) if error.is_not_found() => "missing".to_owned(),
                Err(error) => panic!("{error}"),
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(shape(&foreseen), shape(&done));
    assert_eq!(foreseen.counts, done.counts);
    assert_eq!(foreseen.counts.failed, 3);
}

#[tokio::test]
async fn a_failed_step_affects_no_other_and_results_are_ordered() {
    let wiki = Wiki::start().await;
    let pages = wiki.client.pages();
    wiki.page("there").await;
    let report = pages
        .create_many([
            wiki.new_page("a"),
            wiki.new_page("there"),
            NewPage::new(wiki.path("a.b"), "Dot", "x"),
            wiki.new_page("b"),
        ])
        .await
        .unwrap();
    assert!(!report.is_complete());
    assert_eq!((report.counts.created, report.counts.failed), (2, 2));
    assert_eq!(report.counts.total(), 4);
    assert_eq!(report.stopped_at, None);
    assert_eq!(report.untouched().count(), 0);
    let failed: Vec<_> = report.failed().collect();
    assert_eq!((failed[0].0.index, failed[1].0.index), (1, 2));
    assert!(failed[0].1.is_conflict());
    assert!(failed[1].1.is_invalid_input());
    let indices: Vec<_> = report.items.iter().map(|item| item.index).collect();
    assert_eq!(indices, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_bulk_stops_at_the_first_error_on_request() {
    let (fake, wiki) = quick().await;
    seeded(&fake, [2]);
    let report = wiki
        .pages()
        .create_many((0..6).map(new_page))
        .stop_on_error()
        .await
        .unwrap();
    assert_eq!(report.stopped_at, Some(2));
    assert_eq!(report.items.len(), 3);
    assert_eq!(report.untouched().collect::<Vec<_>>(), [3, 4, 5]);
    assert!(!report.is_complete());
    assert_eq!(fake.pages().len(), 3);
}

#[tokio::test]
async fn steps_of_one_page_are_executed_in_order() {
    let (fake, wiki) = quick().await;
    let id = seeded(&fake, [1])[0];
    let title = |title: &str| Step::Update(id.into(), PageUpdate::new().title(title));
    let report = wiki
        .pages()
        .bulk([
            title("Page 1"),
            title("Other"),
            // The page has this title when the bulk begins, but an earlier step changes it.
            title("Page 1"),
            title("Page 1"),
            Step::Upsert(new_page(1)),
            title("Last"),
            Step::Upsert(new_page(1).description("And last")),
            Step::Delete(id.into()),
            Step::Create(new_page(1)),
        ])
        .await
        .unwrap();
    let retitled = fields(&["title"]);
    assert_eq!(
        changes(&report),
        [
            &Change::Unchanged,
            &retitled,
            &retitled,
            &Change::Unchanged,
            &Change::Unchanged,
            &retitled,
            &fields(&["title", "description"]),
            &Change::Deleted,
            &Change::Created,
        ]
    );
}

#[tokio::test]
async fn a_revoked_key_stops_a_bulk_and_skipped_steps_are_reported() {
    let (fake, wiki) = quick().await;
    let mut items = wiki.pages().create_many((0..200).map(new_page)).stream();
    let mut created = 0;
    let last = loop {
        let item = items.try_next().await.unwrap().unwrap();
        match item.result {
            Ok(_) => created += 1,
            Err(error) => break error,
        }
        if created == 3 {
            fake.revoke(fake.api_key());
        }
    };
    assert!(last.is_unauthenticated(), "{last}");
    assert!(items.next().await.is_none(), "no further step is executed");
    assert_eq!(fake.pages().len(), created);

    let report = wiki
        .pages()
        .create_many((200..210).map(new_page))
        .await
        .unwrap();
    assert_eq!((report.stopped_at, report.items.len()), (Some(0), 1));
    assert_eq!(
        report.untouched().collect::<Vec<_>>(),
        (1..10).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_unreachable_wiki_stops_a_bulk() {
    let (fake, _) = quick().await;
    let builder = eager(&fake).confirm_writes_for(Duration::from_millis(50));
    let wiki = builder.build().unwrap();
    let ids = seeded(&fake, 0..50);
    for away in [Fault::status(502), Fault::ResetBefore, Fault::Html200] {
        for steps in [
            wiki.pages()
                .create_many((100..150).map(new_page))
                .recheck_after(Duration::ZERO),
            wiki.pages()
                .delete_many(ids.clone())
                .recheck_after(Duration::ZERO),
            wiki.pages()
                .tag_many(ids.clone(), ["x"], ["y"])
                .recheck_after(Duration::ZERO),
        ] {
            fake.set_faults(
                wikijs_fake::FaultPlan::random(1)
                    .rate(1.0)
                    .kinds([away.clone()]),
            );
            let report = steps.await.unwrap();
            fake.clear_faults();
            assert_eq!(report.stopped_at, Some(0), "{away:?} {report:?}");
            assert_eq!(report.untouched().count(), 49);
        }
    }
    assert_eq!(fake.pages().len(), 50);
}

#[tokio::test]
async fn a_page_above_the_limit_of_a_proxy_does_not_stop_a_bulk() {
    let (fake, wiki) = quick().await;
    let ids = seeded(&fake, 0..4);
    let mut events = wiki
        .pages()
        .tag_many(ids, ["x"], Vec::<String>::new())
        .events();
    let mut results = Vec::new();
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            Event::Begun { index: 1, .. } => {
                fake.fail_next_matching("PagesUpdate", Fault::status(403));
            }
            Event::Item(item) => results.push(item.result.is_ok()),
            _ => {}
        }
    }
    assert_eq!(results, [true, false, true, true]);
}

#[tokio::test]
async fn a_step_that_an_earlier_one_makes_fail_is_not_begun() {
    let (fake, wiki) = quick().await;
    let id = seeded(&fake, [1])[0];
    let page = wiki.pages().get(id).await.unwrap();
    let title = |title: &str| PageUpdate::new().title(title);
    let mut events = wiki
        .pages()
        .bulk([
            Step::Update(page.id, title("One")),
            Step::Update(page.id, title("Two").if_unmodified(&page.updated_at)),
        ])
        .events();
    let (mut begun, mut results) = (Vec::new(), Vec::new());
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            Event::Begun { index, .. } => begun.push(index),
            Event::Item(item) => results.push(item.result),
            _ => {}
        }
    }
    assert_eq!(begun, [0]);
    assert_eq!(results[0].as_ref().unwrap(), &fields(&["title"]));
    assert!(results[1].as_ref().unwrap_err().is_conflict());
    assert_eq!(fake.page(id).unwrap().title, "One");
}

#[cfg(feature = "cache")]
#[tokio::test]
async fn a_bulk_does_not_trust_the_cache() {
    let (fake, other) = quick().await;
    let ids = seeded(&fake, [1, 2]);
    let wiki = eager(&fake)
        .cache(wikijs_client::cache::CachePolicy::default())
        .build()
        .unwrap();
    let pages = wiki.pages();
    pages.get(ids[0]).await.unwrap();
    pages.get(ids[1]).await.unwrap();
    pages.get_by_path("docs/1").await.unwrap();
    let change = PageUpdate::new().content("somebody else's");
    other.pages().update(ids[0], change).await.unwrap();
    other
        .pages()
        .move_to(ids[1], "docs/elsewhere")
        .await
        .unwrap();
    let steps = || {
        [
            Step::Upsert(new_page(1)),
            Step::Move {
                id: ids[1].into(),
                path: "docs/2".into(),
                locale: None,
            },
        ]
    };
    let moved = Change::Moved {
        from: "docs/elsewhere".into(),
    };
    for bulk in [pages.bulk(steps()).dry_run(), pages.bulk(steps())] {
        let report = bulk.await.unwrap();
        assert_eq!(changes(&report), [&fields(&["content"]), &moved]);
    }
}

#[tokio::test]
async fn a_long_input_is_read_in_windows() {
    let (fake, wiki) = quick().await;
    seeded(&fake, 0..1500);
    let taken = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&taken);
    let input = (0..1500).map(move |number| {
        counting.fetch_add(1, Ordering::Relaxed);
        new_page(number)
    });
    let mut items = wiki.pages().upsert_many(input).stream();
    let (mut given, mut most) = (0, 0);
    while let Some(item) = items.try_next().await.unwrap() {
        assert_eq!(item.result.unwrap(), Change::Unchanged);
        given += 1;
        most = most.max(taken.load(Ordering::Relaxed) - given);
    }
    assert_eq!(given, 1500);
    assert!(most <= 110, "{most} at once");
    assert!(fake.requests().len() < 200, "observations share requests");
}

#[tokio::test]
async fn steps_are_read_from_a_stream_of_unknown_length() {
    let (fake, wiki) = quick().await;
    let rows = stream::unfold(0, |row| async move {
        tokio::task::yield_now().await;
        (row < 5).then(|| (Step::Create(new_page(row)), row + 1))
    });
    let mut events = wiki.pages().bulk_stream(rows).events();
    let first = events.try_next().await.unwrap().unwrap();
    assert!(matches!(first, Event::Started { total: None, .. }));
    let last = events.try_collect::<Vec<_>>().await.unwrap().pop().unwrap();
    assert!(matches!(last, Event::Finished { total: Some(5), .. }));
    assert_eq!(fake.pages().len(), 5);
}

#[tokio::test]
async fn dropping_the_stream_stops_after_the_steps_in_flight() {
    let (fake, wiki) = quick().await;
    let mut items = wiki.pages().create_many((0..100).map(new_page)).stream();
    for _ in 0..2 {
        items.try_next().await.unwrap().unwrap().result.unwrap();
    }
    drop(items);
    // This write gets the permit after any write in flight has completed.
    wiki.pages().create(new_page("after")).await.unwrap();
    let made = fake.pages().len();
    assert!((3..=4).contains(&made), "{made}");
    let names = mutations(&fake);
    assert_eq!(names.len(), made, "{names:?}");
}

#[tokio::test]
async fn results_are_unordered_on_request() {
    let fake = FakeWiki::builder()
        .write_duration(Duration::from_millis(300))
        .start()
        .await;
    let wiki = eager(&fake).build().unwrap();
    seeded(&fake, 10..20);
    let input = (0..2).chain(10..20).map(new_page);
    let items = wiki.pages().upsert_many(input).unordered().stream();
    let items: Vec<Item> = items.try_collect().await.unwrap();
    let order: Vec<_> = items.iter().map(|item| item.index).collect();
    assert!(
        order[..10].iter().all(|index| *index >= 2),
        "what is as it shall be waits for no write: {order:?}"
    );
    // A report always has the order of the input.
    let report = wiki
        .pages()
        .delete_many(fake.pages().into_iter().map(|page| page.id))
        .unordered()
        .await
        .unwrap();
    assert!(report.is_complete());
    assert!(report.items.is_sorted_by_key(|item| item.index));
    assert!(fake.pages().is_empty());
}

#[tokio::test]
async fn unordered_steps_use_all_allowed_concurrent_writes() {
    let (fake, _) = quick().await;
    let wide = eager(&fake).concurrent_writes(3).build().unwrap();
    let ids = seeded(&fake, 0..10);
    wide.pages().get(ids[0]).await.unwrap();
    for (unordered, expected) in [(true, 3), (false, 1)] {
        for _ in 0..ids.len() {
            fake.fail_next_matching("PagesDelete", Fault::Latency(Duration::from_secs(1)));
        }
        // The steps of the previous round have ended.
        wide.pages().flush_cache().await.unwrap();
        fake.clear_requests();
        let bulk = wide.pages().delete_many(ids.clone());
        let bulk = if unordered { bulk.unordered() } else { bulk };
        let mut bulk = Box::pin(bulk.into_future());
        let more = async {
            while mutations(&fake).len() < expected {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            _ = &mut bulk => panic!("the held request has completed"),
            () = more => {}
        }
        drop(bulk);
        assert_eq!(mutations(&fake).len(), expected);
        fake.clear_faults();
    }
}

#[tokio::test]
async fn events_contain_the_data_of_a_progress_display() {
    let (fake, wiki) = quick().await;
    let there = seeded(&fake, [1])[0];
    let events = wiki
        .pages()
        .bulk([
            Step::Upsert(new_page(1)),
            Step::Create(new_page(2)),
            Step::Create(new_page(1)),
            Step::Update(there.into(), PageUpdate::new().title("New")),
        ])
        .events();
    let events: Vec<Event> = events.try_collect().await.unwrap();
    let mut told: Vec<Value> = events
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    let made = fake.page_by_path("en", "docs/2").unwrap();
    assert_eq!(
        told[0],
        json!({"event": "started", "total": 4, "dry_run": false})
    );
    assert_eq!(told[1]["event"], "item");
    assert_eq!(told[1]["result"], json!({"change": "unchanged"}));
    assert_eq!(
        told[2],
        json!({
            "event": "begun", "index": 1, "action": "create",
            "subject": {"path": "docs/2", "locale": "en"},
        })
    );
    assert_eq!(
        told[3],
        json!({
            "event": "item", "index": 1, "action": "create",
            "subject": {"path": "docs/2", "locale": "en"},
            "id": made.id,
            "page": {
                "path": "docs/2", "locale": "en", "title": "Page 2",
                "updated_at": told[3]["page"]["updated_at"],
            },
            "result": {"change": "created"},
        })
    );
    let message = told[5]["result"]["error"]["message"].take();
    assert!(message.as_str().unwrap().contains("6002"), "{message}");
    assert_eq!(
        told[5]["result"],
        json!({"error": {"message": null, "operation": "PagesCreate", "code": 6002, "applied": "no"}})
    );
    assert_eq!(told[6]["subject"], json!({"id": there}));
    assert_eq!(
        told[7]["result"],
        json!({"change": "updated", "fields": ["title"]})
    );
    assert_eq!(
        told[8],
        json!({
            "event": "finished", "total": 4, "stopped_at": null,
            "counts": {
                "created": 1, "updated": 1, "moved": 0, "deleted": 0, "unchanged": 1,
                "done_before": 0, "failed": 1,
            },
        })
    );
    assert_eq!(told.len(), 9);
}

#[tokio::test]
async fn an_empty_bulk_completes_and_a_bulk_can_be_spawned() {
    fn is_send<T: Send + 'static>(it: T) -> T {
        it
    }
    let (_fake, wiki) = quick().await;
    let pages = wiki.pages();
    let report = tokio::spawn(pages.create_many([]).into_future());
    let report = report.await.unwrap().unwrap();
    assert!(report.is_complete());
    assert_eq!(report.total, Some(0));
    let items = is_send(pages.delete_many([1_i64]).stream());
    assert_eq!(items.count().await, 1);
    assert!(format!("{:?}", pages.delete_many([1_i64]).dry_run()).contains("dry_run: true"));
}

/// Reads a stream until it has returned this number of items.
async fn some(items: &mut (impl Stream<Item = Result<Item>> + Unpin), count: usize) -> Vec<Item> {
    items.take(count).try_collect().await.unwrap()
}

mod journal;

#[tokio::test]
async fn a_step_that_is_unconfirmed_is_not_repeated_over_a_later_one_of_the_same_page() {
    let (fake, _) = quick().await;
    let wiki = hurried(&fake);
    let id = seeded(&fake, [1])[0];
    let title = |title: &str| PageUpdate::new().title(title);
    let bulk = |steps: Vec<Step>| {
        let bulk = wiki.pages().bulk(steps);
        bulk.recheck_after(Duration::ZERO)
    };
    fake.fail_next_matching("PagesUpdate", Fault::ResetBefore);
    let report = bulk(vec![
        Step::Update(id.into(), title("First")),
        Step::Update(id.into(), title("Second")),
    ]);
    let report = report.await.unwrap();
    assert_eq!(fake.page(id).unwrap().title, "Second");
    let first = report.items[0].result.as_ref().unwrap_err();
    assert_eq!(first.applied(), Applied::Unknown, "{first}");
    assert!(report.items[1].result.is_ok());

    fake.fail_next_matching("PagesCreate", Fault::ResetBefore);
    let report = bulk(vec![
        Step::Create(new_page(2)),
        Step::Upsert(new_page(3)),
        Step::Upsert(NewPage::new("docs/2", "Second", "# Text")),
    ]);
    let report = report.await.unwrap();
    assert_eq!(fake.page_by_path("en", "docs/2").unwrap().title, "Second");
    assert!(report.items[0].result.is_err());
    assert!(report.items[2].result.is_ok());
}

#[tokio::test]
async fn many_pages_are_modified() {
    let (fake, wiki) = quick().await;
    let ids = seeded(&fake, 1..=3);
    let shout = |page: &wikijs_client::pages::Page| {
        let content = page.content.replace("Text", "TEXT");
        PageUpdate::new().content(content)
    };
    let predicted = wiki.pages().modify_many(ids.clone(), shout).dry_run();
    let predicted = predicted.await.unwrap();
    assert_eq!(changes(&predicted), [&fields(&["content"]); 3]);
    assert!(mutations(&fake).is_empty());
    let report = wiki.pages().modify_many(ids.clone(), shout).await.unwrap();
    assert_eq!(changes(&report), [&fields(&["content"]); 3]);
    assert_eq!(wiki.pages().get(ids[1]).await.unwrap().content, "# TEXT");
    let again = wiki.pages().modify_many(ids.clone(), shout).await.unwrap();
    assert_eq!(again.counts.unchanged, 3);
    let folder = tempfile::tempdir().unwrap();
    let with_journal = wiki
        .pages()
        .modify_many(ids, shout)
        .journal(folder.path().join("journal"));
    let report = with_journal.await.unwrap();
    assert_eq!(
        report.counts.failed, 3,
        "another run could not match the steps"
    );
}

#[tokio::test]
async fn a_page_without_a_rendering_is_rendered_by_every_kind_of_update() {
    type MakeStep = fn(i64) -> Step;
    let steps: [MakeStep; 4] = [
        |id| Step::Update(id.into(), PageUpdate::new().title("Page 1")),
        |id| Step::Update(id.into(), PageUpdate::new()),
        |id| {
            let same = |_: &wikijs_client::pages::Page| PageUpdate::new();
            Step::Modify(id.into(), Modification::new(same))
        },
        |_| Step::Upsert(new_page(1)),
    ];
    for step in steps {
        let (fake, wiki) = quick().await;
        let id = unrendered(&fake, &wiki).await;
        let pages = wiki.pages();
        let predicted = pages.bulk([step(id)]).dry_run().await.unwrap();
        assert_eq!(changes(&predicted), [&fields(&[])], "{:?}", step(id));
        assert!(mutations(&fake).is_empty());
        let report = pages.bulk([step(id)]).await.unwrap();
        assert_eq!(changes(&report), [&fields(&[])], "{:?}", step(id));
        assert!(fake.page(id).unwrap().render.is_some());
        let again = pages.bulk([step(id)]).await.unwrap();
        assert_eq!(changes(&again), [&Change::Unchanged], "{:?}", step(id));
        let predicted = pages.bulk([step(id)]).dry_run().await.unwrap();
        assert_eq!(changes(&predicted), [&Change::Unchanged], "{:?}", step(id));
    }
}

#[tokio::test]
async fn a_report_names_each_page_once_and_says_that_nothing_was_written() {
    let (fake, wiki) = quick().await;
    seeded(&fake, [1]);
    let steps = || {
        [
            Step::Delete(999.into()),
            Step::Create(NewPage::new("docs/a.b", "A", "# Text")),
            Step::Create(new_page(2)),
        ]
    };
    let predicted = wiki.pages().bulk(steps()).dry_run().await.unwrap();
    assert!(
        predicted.dry_run
            && predicted
                .to_string()
                .starts_with("dry run: 1 created, 2 failed")
    );
    let report = wiki.pages().bulk(steps()).await.unwrap();
    assert!(!report.dry_run);
    let text = report.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "1 created, 2 failed");
    assert!(lines[1].starts_with("page 999: not found"), "{text}");
    assert!(
        lines[2].starts_with("en/docs/a.b: path: `docs/a.b` has a dot"),
        "{text}"
    );
}
