//! Closing a client.

use std::{pin::pin, time::Duration};

use futures::{future::join_all, poll};
use wikijs_client::{
    Applied, Client, Error,
    error::TransportErrorKind,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::{FakePage, FakeWiki};

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
