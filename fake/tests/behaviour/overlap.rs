//! Writes that overlap.

use crate::door::{Door, Outcome};
use serde_json::json;
use std::time::Duration;
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki(write: Duration) -> (FakeWiki, Door) {
    let wiki = FakeWiki::builder().write_duration(write).start().await;
    let door = Door::new(&wiki);
    (wiki, door)
}

fn failed(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| !outcome.is_ok()).count()
}

#[tokio::test]
async fn creates_side_by_side_are_stored_but_some_say_they_failed() {
    let (wiki, door) = wiki(Duration::from_millis(200)).await;
    let creates = (0..10).map(|n| {
        let door = door.clone();
        async move { door.create(json!({"path": format!("p/{n}")})).await }
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
async fn creates_in_turn_all_succeed() {
    let (wiki, door) = wiki(Duration::from_millis(2)).await;
    for n in 0..10 {
        assert!(
            door.create(json!({"path": format!("p/{n}"), "tags": ["new"]}))
                .await
                .is_ok()
        );
    }
    assert_eq!(wiki.pages().len(), 10);
}

#[tokio::test]
async fn deletes_and_moves_collide_too_and_are_made() {
    let (wiki, door) = wiki(Duration::from_millis(200)).await;
    wiki.insert_pages((0..4).map(|n| FakePage::new(format!("p/{n}"), "P")));
    let writes = [
        "delete(id:1)",
        "delete(id:2)",
        "move(id:3,destinationPath:\"q\",destinationLocale:\"en\")",
    ];
    let outcomes = futures::future::join_all(writes.map(|write| door.write(write))).await;
    assert_eq!(failed(&outcomes), 2, "{outcomes:?}");
    let left: Vec<_> = wiki.pages().into_iter().map(|page| page.path).collect();
    assert_eq!(left, ["q", "p/3"]);
}

#[tokio::test]
async fn updates_side_by_side_are_fine() {
    let (wiki, door) = wiki(Duration::from_millis(40)).await;
    wiki.insert_pages((0..4).map(|n| FakePage::new(format!("p/{n}"), "P")));
    let updates: Vec<_> = (1..=4)
        .map(|id| format!("update(id:{id},content:\"new\",tags:[],isPublished:true)"))
        .collect();
    let outcomes = futures::future::join_all(updates.iter().map(|update| door.write(update))).await;
    assert_eq!(failed(&outcomes), 0, "{outcomes:?}");
}

#[tokio::test]
async fn two_creates_at_one_path_are_both_stored() {
    let (wiki, door) = wiki(Duration::from_millis(200)).await;
    let create = || door.create(json!({"path": "same"}));
    let outcomes: [Outcome; 2] = futures::future::join(create(), create()).await.into();
    assert_eq!(failed(&outcomes), 1, "{outcomes:?}");
    assert_eq!(wiki.pages().len(), 2);
    assert_eq!(door.create(json!({"path": "same"})).await.code, 6002);
}

#[tokio::test]
async fn one_new_tag_in_two_creates_leaves_a_page_without_tags_and_rendering() {
    let (wiki, door) = wiki(Duration::from_millis(200)).await;
    let create = |path: &'static str| door.create(json!({"path": path, "tags": ["new"]}));
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
async fn fields_below_one_root_race_and_roots_do_not() {
    let (wiki, door) = wiki(Duration::from_millis(20)).await;
    let create = |path: &str| {
        format!(
            "create(content:\"x\",description:\"\",editor:\"markdown\",isPublished:true,isPrivate:false,\
             locale:\"en\",path:\"{path}\",tags:[],title:\"t\"){{responseResult{{errorCode}}}}"
        )
    };
    let nested = format!("mutation{{pages{{a:{0} b:{0}}}}}", create("nested"));
    let answer = door.ask(&nested).await;
    let code = |root: &str, field: &str| {
        answer["data"][root][field]["responseResult"]["errorCode"].clone()
    };
    assert_eq!(
        (code("pages", "a"), code("pages", "b")),
        (json!(0), json!(1))
    );
    assert_eq!(wiki.pages().len(), 2);
    let roots = format!("mutation{{a:pages{{{0}}} b:pages{{{0}}}}}", create("roots"));
    let answer = door.ask(&roots).await;
    let code = |root: &str| answer["data"][root]["create"]["responseResult"]["errorCode"].clone();
    assert_eq!((code("a"), code("b")), (json!(0), json!(6002)));
    assert_eq!(wiki.pages().len(), 3);
}

#[tokio::test]
async fn nothing_overlaps_where_writes_take_no_time() {
    let (wiki, door) = wiki(Duration::ZERO).await;
    let creates = (0..10).map(|n| {
        let door = door.clone();
        async move {
            door.create(json!({"path": format!("p/{n}"), "tags": ["new"]}))
                .await
        }
    });
    let outcomes = futures::future::join_all(creates).await;
    assert_eq!((failed(&outcomes), wiki.pages().len()), (0, 10));
}

#[tokio::test]
async fn a_client_that_gives_up_cancels_nothing() {
    let (wiki, door) = wiki(Duration::from_millis(200)).await;
    let create = door.create(json!({"path": "slow", "tags": ["t"]}));
    assert!(
        tokio::time::timeout(Duration::from_millis(80), create)
            .await
            .is_err()
    );
    for _ in 0..100 {
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
