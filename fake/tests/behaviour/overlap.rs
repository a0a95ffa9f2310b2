//! Overlapping writes.

use crate::client::{Outcome, RawClient};
use serde_json::json;
use std::time::Duration;
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki(write: Duration) -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder().write_duration(write).start().await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

fn failed(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| !outcome.is_ok()).count()
}

#[tokio::test]
async fn concurrent_creates_are_stored_but_some_report_failures() {
    let (wiki, client) = wiki(Duration::from_millis(200)).await;
    let creates = (0..10).map(|n| {
        let client = client.clone();
        async move { client.create(json!({"path": format!("p/{n}")})).await }
    });
    let outcomes = futures::future::join_all(creates).await;
    assert_eq!(wiki.pages().len(), 10);
    assert!((1..10).contains(&failed(&outcomes)), "{outcomes:?}");
    let fault = outcomes.iter().find(|outcome| !outcome.is_ok()).unwrap();
    assert_eq!((fault.code, fault.slug.as_str()), (1, "Error"));
    assert!(
        fault
            .message
            .starts_with("Error when running job rebuild-tree: insert into \"pageTree\"")
    );
    assert!(wiki.pages().iter().all(|page| page.render.is_some()));
}

#[tokio::test]
async fn sequential_creates_succeed() {
    let (wiki, client) = wiki(Duration::from_millis(2)).await;
    for n in 0..10 {
        assert!(
            client
                .create(json!({"path": format!("p/{n}"), "tags": ["new"]}))
                .await
                .is_ok()
        );
    }
    assert_eq!(wiki.pages().len(), 10);
}

#[tokio::test]
async fn overlapping_deletes_and_moves_are_executed_but_report_failures() {
    let (wiki, client) = wiki(Duration::from_millis(200)).await;
    wiki.insert_pages((0..4).map(|n| FakePage::new(format!("p/{n}"), "P")));
    let writes = [
        "delete(id:1)",
        "delete(id:2)",
        "move(id:3,destinationPath:\"q\",destinationLocale:\"en\")",
    ];
    let outcomes = futures::future::join_all(writes.map(|write| client.write(write))).await;
    assert_eq!(failed(&outcomes), 2, "{outcomes:?}");
    let left: Vec<_> = wiki.pages().into_iter().map(|page| page.path).collect();
    assert_eq!(left, ["q", "p/3"]);
}

#[tokio::test]
async fn concurrent_updates_succeed() {
    let (wiki, client) = wiki(Duration::from_millis(40)).await;
    wiki.insert_pages((0..4).map(|n| FakePage::new(format!("p/{n}"), "P")));
    let updates: Vec<_> = (1..=4)
        .map(|id| format!("update(id:{id},content:\"new\",tags:[],isPublished:true)"))
        .collect();
    let outcomes =
        futures::future::join_all(updates.iter().map(|update| client.write(update))).await;
    assert_eq!(failed(&outcomes), 0, "{outcomes:?}");
}

#[tokio::test]
async fn two_creates_at_one_path_are_both_stored() {
    let (wiki, client) = wiki(Duration::from_millis(200)).await;
    let create = || client.create(json!({"path": "same"}));
    let outcomes: [Outcome; 2] = futures::future::join(create(), create()).await.into();
    assert_eq!(failed(&outcomes), 1, "{outcomes:?}");
    assert_eq!(wiki.pages().len(), 2);
    assert_eq!(client.create(json!({"path": "same"})).await.code, 6002);
}

#[tokio::test]
async fn one_new_tag_in_two_creates_leaves_a_page_without_tags_and_rendering() {
    let (wiki, client) = wiki(Duration::from_millis(200)).await;
    let create = |path: &'static str| client.create(json!({"path": path, "tags": ["new"]}));
    let outcomes: [Outcome; 2] = futures::future::join(create("a"), create("b")).await.into();
    let fault = outcomes
        .iter()
        .find(|outcome| !outcome.is_ok())
        .expect("a fault");
    assert_eq!(
        (fault.code, fault.slug.as_str()),
        (1, "UniqueViolationError")
    );
    assert_eq!(failed(&outcomes), 1);
    let pages = wiki.pages();
    assert_eq!(pages.len(), 2);
    let bare: Vec<_> = pages.iter().filter(|page| page.tags.is_empty()).collect();
    assert_eq!(bare.len(), 1);
    assert_eq!(bare[0].render, None);
    assert_eq!(wiki.tags().len(), 1);
}

#[tokio::test]
async fn fields_below_one_root_run_concurrently_and_roots_do_not() {
    let (wiki, client) = wiki(Duration::from_millis(20)).await;
    let create = |path: &str| {
        format!(
            "create(content:\"x\",description:\"\",editor:\"markdown\",isPublished:true,isPrivate:false,\
             locale:\"en\",path:\"{path}\",tags:[],title:\"t\"){{responseResult{{errorCode}}}}"
        )
    };
    let nested = format!("mutation{{pages{{a:{0} b:{0}}}}}", create("nested"));
    let answer = client.ask(&nested).await;
    let code = |root: &str, field: &str| {
        answer["data"][root][field]["responseResult"]["errorCode"].clone()
    };
    assert_eq!(
        (code("pages", "a"), code("pages", "b")),
        (json!(0), json!(1))
    );
    assert_eq!(wiki.pages().len(), 2);
    let roots = format!("mutation{{a:pages{{{0}}} b:pages{{{0}}}}}", create("roots"));
    let answer = client.ask(&roots).await;
    let code = |root: &str| answer["data"][root]["create"]["responseResult"]["errorCode"].clone();
    assert_eq!((code("a"), code("b")), (json!(0), json!(6002)));
    assert_eq!(wiki.pages().len(), 3);
}

#[tokio::test]
async fn writes_without_duration_do_not_overlap() {
    let (wiki, client) = wiki(Duration::ZERO).await;
    let creates = (0..10).map(|n| {
        let client = client.clone();
        async move {
            client
                .create(json!({"path": format!("p/{n}"), "tags": ["new"]}))
                .await
        }
    });
    let outcomes = futures::future::join_all(creates).await;
    assert_eq!((failed(&outcomes), wiki.pages().len()), (0, 10));
}

#[tokio::test]
async fn a_disconnected_client_cancels_nothing() {
    let (wiki, client) = wiki(Duration::from_millis(500)).await;
    let received = async {
        while wiki.request_count() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = received => {}
        response = client.create(json!({"path": "slow", "tags": ["t"]})) => panic!("{response:?}"),
    }
    for _ in 0..1000 {
        if wiki
            .page_by_path("en", "slow")
            .is_some_and(|page| page.render.is_some())
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the write was cancelled");
}
