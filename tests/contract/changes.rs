//! Changes since a time: no change is missed, and none is reported twice.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use wikijs_client::{
    Client, Error, PageId, RetryPolicy, Timestamp,
    pages::{ChangesCursor, ChangesSince, PageChange, PageLocation, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::support::{Wiki, client};

/// Abbreviates changes: `+` created, `~` updated, `>` moved, `-` deleted.
fn short(changes: &[PageChange]) -> Vec<String> {
    let name = |change: &PageChange| match change.page() {
        Some(page) => page.path.last_segment().to_owned(),
        None => change.id().to_string(),
    };
    let sign = |change: &PageChange| match change {
        PageChange::Created(_) => "+",
        PageChange::Updated(_) => "~",
        PageChange::Moved { .. } => ">",
        PageChange::Deleted { .. } => "-",
        _ => "?",
    };
    let changes = changes.iter();
    changes
        .map(|change| format!("{}{}", sign(change), name(change)))
        .collect()
}

/// Returns a page of the fake that was created and changed in this second of a day.
fn page_at(path: &str, second: &str) -> FakePage {
    let moment = format!("2026-03-01T12:00:{second}Z");
    FakePage::new(path, path).timestamps(&moment, &moment)
}

fn moment(second: &str) -> Timestamp {
    Timestamp::from(format!("2026-03-01T12:00:{second}Z"))
}

async fn polled(client: &Client, since: impl Into<ChangesSince>) -> (Vec<String>, ChangesCursor) {
    let polled = client.pages().changes(since).await.unwrap();
    (short(&polled.changes), polled.cursor)
}

#[tokio::test]
async fn a_nightly_job_gets_each_change_once() {
    let wiki = Wiki::start().await;
    let before = wiki.page("before").await;
    let watch = |since: ChangesSince| {
        let changes = wiki.client.pages().changes(since);
        changes
            .path_prefix(wiki.prefix())
            .with_moves_and_deletions()
    };
    let first = watch(ChangesSince::now()).await.unwrap();
    assert_eq!(short(&first.changes), [""; 0], "the cursor starts now");

    let made = wiki.page("made").await;
    let update = PageUpdate::new().title("Other");
    let updated = wiki.client.pages().update(before.id, update).await.unwrap();
    let second = watch(first.cursor.into()).await.unwrap();
    assert_eq!(short(&second.changes), ["+made", "~before"]);
    assert_eq!(second.changes[1].page().unwrap().title, "Other");
    assert_eq!(second.cursor.newest(), Some(&updated.updated_at));

    // The cursor is stored as JSON until the next night.
    let kept = serde_json::to_string(&second.cursor).unwrap();
    let kept: ChangesCursor = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, second.cursor);

    let moved = wiki.client.pages();
    moved.move_to(made.id, wiki.path("moved")).await.unwrap();
    wiki.client.pages().delete(before.id).await.unwrap();
    let third = watch(kept.into()).await.unwrap();
    assert_eq!(
        short(&third.changes),
        [">moved", &format!("-{}", before.id)]
    );
    let PageChange::Moved { from, .. } = &third.changes[0] else {
        panic!("{:?}", third.changes)
    };
    assert_eq!(*from, PageLocation::new("en", wiki.path("made")));
    let last = PageLocation::new("en", wiki.path("before"));
    let gone = PageChange::Deleted {
        id: before.id,
        last: Some(last),
    };
    assert_eq!(third.changes[1], gone);

    let fourth = watch(third.cursor.into()).await.unwrap();
    assert_eq!(short(&fourth.changes), [""; 0]);
}

#[tokio::test]
async fn without_known_pages_a_move_is_an_update_and_a_deletion_is_not_reported() {
    let wiki = Wiki::start().await;
    let page = wiki.page("page").await;
    let gone = wiki.page("gone").await;
    let watch = |since: ChangesSince| {
        let changes = wiki.client.pages().changes(since);
        changes.path_prefix(wiki.prefix()).locale("en")
    };
    let first = watch(ChangesSince::now()).await.unwrap();
    let pages = wiki.client.pages();
    pages.move_to(page.id, wiki.path("moved")).await.unwrap();
    pages.delete(gone.id).await.unwrap();
    let second = watch(first.cursor.into()).await.unwrap();
    assert_eq!(short(&second.changes), ["~moved"]);
}

#[tokio::test]
async fn a_start_time_includes_pages_of_that_time() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    for (path, second) in [("old", "09.999"), ("one", "10.000"), ("two", "10.001")] {
        fake.insert_page(page_at(path, second));
    }
    let (changes, cursor) = polled(&client, moment("10.000")).await;
    assert_eq!(changes, ["+one", "+two"]);
    assert_eq!(polled(&client, cursor).await.0, [""; 0]);
}

#[tokio::test]
async fn pages_of_the_same_millisecond_are_reported_once() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    let page = |n: usize| page_at(&format!("page{n:02}"), "10.000");
    // More pages than the first window has, all with the same time.
    fake.insert_pages((0..40).map(page));
    let (changes, cursor) = polled(&client, moment("10.000")).await;
    assert_eq!(changes.len(), 40);
    fake.insert_pages((40..80).map(page));
    let (changes, cursor) = polled(&client, cursor).await;
    assert_eq!(changes.len(), 40);
    assert_eq!((&*changes[0], &*changes[39]), ("+page40", "+page79"));
    assert_eq!(polled(&client, cursor).await.0, [""; 0]);
}

#[tokio::test]
async fn a_page_that_is_stored_late_is_not_missed() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    fake.insert_page(page_at("first", "10.000"));
    let (_, cursor) = polled(&client, ChangesSince::now()).await;
    fake.insert_page(page_at("second", "50.000"));
    let (changes, cursor) = polled(&client, cursor).await;
    assert_eq!(changes, ["+second"]);
    // Its write began before and took long. A page that is older than the overlap is not reported.
    fake.insert_page(page_at("slow", "49.000"));
    let too_late = "2026-03-01T11:58:00.000Z";
    fake.insert_page(FakePage::new("slower", "Slower").timestamps(too_late, too_late));
    let (changes, cursor) = polled(&client, cursor).await;
    assert_eq!(changes, ["+slow"]);
    assert_eq!(cursor.newest(), Some(&moment("50.000")));
    assert_eq!(polled(&client, cursor).await.0, [""; 0]);
}

#[tokio::test]
async fn from_the_beginning_all_pages_are_reported_in_the_order_of_their_times() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    for n in [3, 1, 2] {
        fake.insert_page(page_at(&format!("p{n}"), &format!("0{n}.000")));
    }
    let (changes, cursor) = polled(&client, ChangesSince::beginning()).await;
    assert_eq!(changes, ["+p1", "+p2", "+p3"]);
    fake.edit_page(1, |page| page.title = "Other".to_owned());
    assert_eq!(polled(&client, cursor).await.0, ["~p3"]);
}

#[tokio::test]
async fn an_empty_wiki_has_a_cursor() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    let (changes, cursor) = polled(&client, ChangesSince::now()).await;
    assert_eq!((changes.len(), cursor.newest()), (0, None));
    fake.insert_page(page_at("first", "10.000"));
    assert_eq!(polled(&client, cursor).await.0, ["+first"]);
}

#[tokio::test]
async fn deletions_of_known_pages_are_reported() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    let there = fake.insert_page(page_at("there", "10.000"));
    for since in [ChangesSince::now(), moment("20.000").into()] {
        let watch = client.pages().changes(since).known([there, 77]);
        let polled = watch.await.unwrap();
        let gone = PageChange::Deleted {
            id: PageId::new(77),
            last: None,
        };
        assert_eq!(polled.changes, [gone]);
        let again = client.pages().changes(polled.cursor);
        let again = again.with_moves_and_deletions().await.unwrap();
        assert_eq!(again.changes, []);
    }
}

#[tokio::test]
async fn a_page_that_moves_out_of_the_scope_is_no_longer_watched() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    let id = fake.insert_page(page_at("docs/a", "10.000"));
    let watch = |since: ChangesSince| {
        let changes = client.pages().changes(since).path_prefix("docs");
        changes.with_moves_and_deletions()
    };
    let cursor = watch(ChangesSince::now()).await.unwrap().cursor;
    fake.edit_page(id, |page| page.path = "other/b".to_owned());
    let polled = watch(cursor.into()).await.unwrap();
    assert_eq!(short(&polled.changes), [">b"]);
    fake.edit_page(id, |page| page.title = "Changed".to_owned());
    let polled = watch(polled.cursor.into()).await.unwrap();
    assert_eq!(short(&polled.changes), [""; 0]);
    // A page that moves into the scope was not known before.
    fake.edit_page(id, |page| page.path = "docs/c".to_owned());
    let polled = watch(polled.cursor.into()).await.unwrap();
    assert_eq!(short(&polled.changes), ["~c"]);
}

#[tokio::test]
async fn the_stream_continues_after_a_temporary_error_without_gaps() {
    let fake = FakeWiki::start().await;
    let client = Client::builder(fake.url())
        .api_key(fake.api_key())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let changes = client.pages().changes(ChangesSince::beginning());
    let mut stream = changes.every(Duration::ZERO).stream();
    fake.insert_page(page_at("one", "10.000"));
    let change = stream.next().await.unwrap().unwrap();
    assert_eq!(short(&[change]), ["+one"]);

    fake.fail_next(Fault::status(503));
    fake.insert_page(page_at("two", "11.000"));
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    let change = stream.next().await.unwrap().unwrap();
    assert_eq!(short(&[change]), ["+two"]);
}

#[tokio::test]
async fn the_stream_ends_after_a_permanent_error() {
    let wiki = Wiki::start().await;
    let blind = wiki.client_with(&["read:assets"]).await;
    let changes = blind.pages().changes(ChangesSince::beginning());
    let mut stream = changes.every(Duration::ZERO).stream();
    let error: Error = stream.next().await.unwrap().unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_change_of_an_earlier_one() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    for n in 0..5 {
        fake.insert_page(page_at(&format!("p{n}"), "10.000"));
    }
    let mut taken = Vec::new();
    let mut cursor = ChangesCursor::default();
    // Each stream is dropped after one change, with the others pending.
    while taken.len() < 5 {
        let mut stream = client.pages().changes(cursor).stream();
        taken.push(stream.next().await.unwrap().unwrap());
        cursor = stream.cursor().unwrap().clone();
    }
    assert_eq!(short(&taken), ["+p0", "+p1", "+p2", "+p3", "+p4"]);
    assert_eq!(polled(&client, cursor).await.0, [""; 0]);
}

#[tokio::test]
async fn a_stream_waits_between_its_polls() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    fake.insert_page(page_at("one", "10.000"));
    let changes = client.pages().changes(ChangesSince::beginning());
    let mut stream = changes.every(Duration::from_secs(3600)).stream();
    stream.next().await.unwrap().unwrap();
    let lists = fake.operation_count();
    fake.insert_page(page_at("two", "11.000"));
    assert!(
        stream.next().now_or_never().is_none(),
        "the next poll is an hour later"
    );
    assert_eq!(fake.operation_count(), lists);
}

#[tokio::test]
async fn a_poll_without_changes_reads_few_pages() {
    let fake = FakeWiki::start().await;
    let client = client(fake.url(), fake.api_key());
    fake.insert_pages((0..500).map(|n| {
        let second = format!("2026-02-01T10:{:02}:{:02}.000Z", n / 60, n % 60);
        FakePage::new(format!("docs/p{n}"), "Page").timestamps(&second, &second)
    }));
    let (_, cursor) = polled(&client, moment("10.000")).await;
    fake.insert_page(page_at("new", "10.000"));
    fake.clear_requests();
    let watch = client.pages().changes(cursor).path_prefix("new");
    assert_eq!(short(&watch.await.unwrap().changes), ["+new"]);
    let requests = fake.requests();
    let lists = requests.iter().flat_map(|request| &request.operations);
    let limits: Vec<_> = lists
        .filter(|operation| operation.name.as_deref() == Some("PagesList"))
        .map(|operation| operation.variables["limit"].as_i64())
        .collect();
    assert_eq!(limits, [Some(64)]);
}

#[tokio::test]
async fn an_unlimited_overlap_reads_all_pages() {
    // The last one is slightly less than the largest duration that can be subtracted from a time.
    for overlap in [
        Duration::from_secs(3600),
        Duration::from_secs(u64::from(u32::MAX) * 60),
        Duration::MAX,
    ] {
        let fake = FakeWiki::start().await;
        let wiki = client(fake.url(), fake.api_key());
        let page = |path: &str, updated: &str| {
            FakePage::new(path, path).timestamps("2026-01-01T00:00:00.000Z", updated)
        };
        fake.insert_page(page("docs/a", "2026-01-01T00:10:00.000Z"));
        for since in [ChangesSince::beginning(), ChangesSince::now()] {
            let first = wiki.pages().changes(since).overlap(overlap).await.unwrap();
            // Stored late, with a slightly earlier time.
            let late = fake.insert_page(page("docs/late", "2026-01-01T00:09:30.000Z"));
            let json = serde_json::to_string(&first.cursor).unwrap();
            let cursor: ChangesCursor = serde_json::from_str(&json).unwrap();
            let then = wiki.pages().changes(cursor).overlap(overlap).await.unwrap();
            let ids: Vec<_> = then
                .changes
                .iter()
                .map(|change| change.id().get())
                .collect();
            assert_eq!(ids, [late], "{overlap:?}");
            let again = wiki.pages().changes(then.cursor).overlap(overlap);
            assert_eq!(again.await.unwrap().changes, [], "{overlap:?}");
            fake.remove_page(late);
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_wiki_is_refused() {
    let (one, other) = (FakeWiki::start().await, FakeWiki::start().await);
    let cursor = polled(&client(one.url(), one.api_key()), ChangesSince::now())
        .await
        .1;
    let json = serde_json::to_string(&cursor).unwrap();
    let cursor: ChangesCursor = serde_json::from_str(&json).unwrap();
    let watch = client(other.url(), other.api_key()).pages().changes(cursor);
    let mut stream = watch.clone().stream();
    let errors = [
        watch.await.unwrap_err(),
        stream.next().await.unwrap().unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_invalid_input(), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(one.url()) && text.contains(other.url()),
            "{text}"
        );
    }
    assert!(stream.next().await.is_none(), "the error would recur");
    assert!(other.requests().is_empty(), "nothing is sent");
}
