//! Closing a client.

use std::{pin::pin, time::Duration};

use futures::{future::join_all, poll};
use wikijs_client::{
    Applied, Client, Error, PageId, VersionId,
    error::TransportErrorKind,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::support::{arrived, asked};

async fn slow() -> (FakeWiki, Client) {
    let builder = FakeWiki::builder().write_duration(Duration::from_millis(200));
    let fake = builder.start().await;
    let wiki = Client::builder(fake.url()).api_key(fake.api_key());
    (fake, wiki.build().unwrap())
}

fn is_refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    let error = result.unwrap_err();
    assert_eq!(error.applied(), Applied::No);
    assert!(!error.is_transient());
    assert!(
        error.to_string().contains("the client is closed"),
        "{error}"
    );
    matches!(error, Error::Transport(error) if error.kind == TransportErrorKind::Closed)
}

async fn asked_for(fake: &FakeWiki, operation: &str) {
    while asked(fake, operation) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_closed_client_refuses_calls_and_so_do_its_clones() {
    let (fake, wiki) = slow().await;
    let id = fake.insert_page(FakePage::new("docs/p", "A"));
    let clone = wiki.clone();
    wiki.pages().get(id).await.unwrap();
    wiki.close().await;
    let requests = fake.request_count();
    for wiki in [&wiki, &clone] {
        let pages = wiki.pages();
        assert!(is_refusal(pages.get(id).await));
        assert!(is_refusal(pages.list().await));
        assert!(is_refusal(
            pages.create(NewPage::new("docs/q", "Q", "x")).await
        ));
        assert!(is_refusal(pages.delete(id).await));
        assert!(is_refusal(wiki.check().await));
        // A second call returns at once.
        wiki.close().await;
        wiki.close_within(Duration::ZERO).await.unwrap();
    }
    assert_eq!(fake.request_count(), requests);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_waits_for_a_write_whose_future_was_dropped() {
    let (fake, wiki) = slow().await;
    let pages = wiki.pages();
    {
        let mut create = pin!(pages.create(NewPage::new("docs/p", "P", "x")));
        while asked(&fake, "PagesCreate") == 0 {
            assert!(poll!(&mut create).is_pending());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    wiki.close().await;
    assert!(fake.page_by_path("en", "docs/p").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_waits_for_all_steps_of_a_write_in_flight() {
    let (fake, wiki) = slow().await;
    let id = fake.insert_page(FakePage::new("docs/p", "A"));
    let writes = (0..3).map(|number| {
        let pages = wiki.pages();
        let update = PageUpdate::new()
            .title(format!("{number}"))
            .add_tags([format!("t{number}")]);
        tokio::spawn(async move { pages.update(id, update).await })
    });
    let writes: Vec<_> = writes.collect();
    asked_for(&fake, "PagesUpdate").await;
    // Writes that wait for a permit count as in flight as well.
    wiki.close().await;
    for result in join_all(writes).await {
        result.unwrap().unwrap();
    }
    assert_eq!(fake.page(id).unwrap().tags.len(), 3);
}

/// Creates a page with two versions, and returns its id and the id of the first version.
async fn with_history(wiki: &Client) -> (PageId, VersionId) {
    let pages = wiki.pages();
    let new = NewPage::new("docs/seg", "seg", "one").tags(["keep"]);
    let id = pages.create(new.script_js("keep()")).await.unwrap().id;
    let changed = PageUpdate::new().content("two");
    pages.update(id, changed).await.unwrap();
    (id, pages.history(id).await.unwrap()[0].version_id)
}

fn assert_restored(fake: &FakeWiki, id: PageId) {
    let page = fake.page(id.get()).unwrap();
    assert_eq!(
        (&*page.content, page.tags),
        ("one", vec!["keep".to_owned()])
    );
    assert!(page.script_js.contains("keep()"), "{}", page.script_js);
}

/// Polls a call until its mutation has arrived, and drops it.
async fn sent_and_dropped<T>(fake: &FakeWiki, operation: &str, call: impl Future<Output = T>) {
    let before = asked(fake, operation);
    let mut call = pin!(call);
    while asked(fake, operation) == before {
        assert!(poll!(&mut call).is_pending());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_of_several_mutations_is_finished_after_its_future_was_dropped() {
    let (fake, wiki) = slow().await;
    let (id, version) = with_history(&wiki).await;
    let restore = wiki.pages().restore(id, version);
    sent_and_dropped(&fake, "PagesRestore", restore).await;
    let moved = wiki.pages().move_to(id, "docs/other");
    sent_and_dropped(&fake, "PagesMove", moved).await;
    wiki.close().await;
    assert_restored(&fake, id);
    let page = fake.page(id.get()).unwrap();
    assert_eq!((&*page.path, &*page.title), ("docs/other", "seg"));
}

#[cfg(feature = "users")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_gets_its_permissions_after_its_future_was_dropped() {
    use wikijs_client::groups::{NewGroup, Permission};

    let (fake, wiki) = slow().await;
    fake.fail_next_matching("GroupsCreate", Fault::Latency(Duration::from_millis(200)));
    let group = NewGroup::new("writers").permissions([Permission::WritePages]);
    let create = wiki.groups().create(group);
    sent_and_dropped(&fake, "GroupsCreate", create).await;
    wiki.close().await;
    let again = Client::builder(fake.url()).api_key(fake.api_key());
    let groups = again.build().unwrap().groups().list().await.unwrap();
    let id = groups.iter().find(|group| group.name == "writers");
    let group = fake.group(id.unwrap().id.get()).unwrap();
    assert_eq!(group.permissions, ["write:pages"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_of_several_mutations_is_finished_after_its_deadline() {
    let (fake, wiki) = slow().await;
    let (id, version) = with_history(&wiki).await;
    let hasty = Client::builder(fake.url()).api_key(fake.api_key());
    let hasty = hasty.deadline(Duration::from_secs(1)).build().unwrap();
    fake.fail_next_matching("PagesRestore", Fault::Latency(Duration::from_secs(2)));
    let error = hasty.pages().restore(id, version).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.applied(), Applied::Unknown);
    hasty.close().await;
    assert_restored(&fake, id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_within_names_the_operations_in_flight() {
    let (fake, wiki) = slow().await;
    let hold = fake.hold();
    let pages = wiki.pages();
    let create = tokio::spawn(async move { pages.create(NewPage::new("docs/p", "P", "x")).await });
    arrived(&fake, 1).await;
    let still = wiki
        .close_within(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(
        still
            .operations
            .iter()
            .any(|operation| operation == "PagesCreate"),
        "{still}"
    );
    assert!(still.to_string().contains("PagesCreate"), "{still}");
    drop(hold);
    create.await.unwrap().unwrap();
    wiki.close_within(Duration::from_secs(60)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_may_be_called_concurrently_and_dropped() {
    let (fake, wiki) = slow().await;
    fake.set_write_duration(Duration::from_secs(2));
    let pages = wiki.pages();
    let create = tokio::spawn(async move { pages.create(NewPage::new("docs/p", "P", "x")).await });
    asked_for(&fake, "PagesCreate").await;
    {
        let mut close = pin!(wiki.close());
        assert!(poll!(&mut close).is_pending());
    }
    assert!(is_refusal(wiki.pages().list().await));
    let clones: Vec<_> = (0..4).map(|_| wiki.clone()).collect();
    let closing = clones.iter().map(Client::close);
    tokio::time::timeout(Duration::from_secs(60), join_all(closing))
        .await
        .unwrap();
    assert!(fake.page_by_path("en", "docs/p").is_some());
    create.await.unwrap().unwrap();
}

#[tokio::test]
async fn close_does_not_wait_for_a_read_that_is_not_polled() {
    let (fake, wiki) = slow().await;
    let id = fake.insert_page(FakePage::new("docs/p", "A"));
    let pages = wiki.pages();
    wiki.check().await.unwrap();
    let mut parked = pin!(pages.get(id));
    assert!(poll!(&mut parked).is_pending());
    tokio::time::timeout(Duration::from_secs(60), wiki.close())
        .await
        .unwrap();
    // The read began before the client was closed.
    parked.await.unwrap();
}

#[test]
fn close_does_not_wait_for_tasks_of_an_ended_runtime() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (fake, wiki) = runtime().block_on(slow());
    let ends = runtime();
    let hold = fake.hold();
    ends.block_on(async {
        for number in 0..5 {
            let pages = wiki.pages();
            let page = NewPage::new(format!("docs/{number}"), "P", "x");
            tokio::spawn(async move { pages.create(page).await });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    });
    let other = runtime();
    let still = other.block_on(wiki.close_within(Duration::from_millis(50)));
    assert!(still.is_err(), "its runtime is not driven");
    drop(ends);
    let closed = other.block_on(wiki.close_within(Duration::from_secs(60)));
    closed.unwrap();
    drop(hold);
}

#[cfg(feature = "blocking")]
#[test]
fn dropping_the_last_client_waits_for_a_write_of_a_blocking_call() {
    use wikijs_client::blocking::block_on;

    let (fake, wiki) = block_on(slow()).unwrap();
    // The page is stored after a quarter of this.
    fake.set_write_duration(Duration::from_secs(4));
    let pages = wiki.pages();
    let write = async {
        let mut create = pin!(pages.create(NewPage::new("docs/p", "P", "x")));
        while asked(&fake, "PagesCreate") == 0 {
            assert!(poll!(&mut create).is_pending());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    block_on(write).unwrap();
    assert!(
        fake.page_by_path("en", "docs/p").is_none(),
        "it is not finished"
    );
    drop(pages);
    drop(wiki);
    assert!(fake.page_by_path("en", "docs/p").is_some());
}

#[cfg(feature = "blocking")]
#[test]
fn dropping_the_last_client_waits_for_all_mutations_of_a_blocking_call() {
    use wikijs_client::blocking::block_on;

    let (fake, wiki) = block_on(slow()).unwrap();
    let (id, version) = block_on(with_history(&wiki)).unwrap();
    let pages = wiki.pages();
    let work = async {
        sent_and_dropped(&fake, "PagesRestore", pages.restore(id, version)).await;
        sent_and_dropped(&fake, "PagesMove", pages.move_to(id, "docs/other")).await;
    };
    block_on(work).unwrap();
    drop(pages);
    drop(wiki);
    assert_restored(&fake, id);
    assert_eq!(fake.page(id.get()).unwrap().title, "seg");
}
