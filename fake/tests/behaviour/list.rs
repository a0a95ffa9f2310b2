//! `pages.list`.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakePage, FakeUser, FakeWiki};

/// Creates four pages with 3, 2, 1 and no tags.
async fn wiki() -> FakeWiki {
    FakeWiki::builder()
        .locales(["fr"])
        .user(FakeUser::new("Edith", "edith@example.com"))
        .page(
            FakePage::new("li/a", "Zeta")
                .tags(["la", "lb", "lc"])
                .users(3, 3),
        )
        .page(FakePage::new("li/b", "alpha").tags(["la", "lb"]))
        .page(
            FakePage::new("li/c", "Mid")
                .tags(["la"])
                .unpublished()
                .private(),
        )
        .page(FakePage::new("Li/d", "").locale("fr").users(3, 1))
        .start()
        .await
}

/// Returns path and tags of each listed page.
async fn list(client: &RawClient, arguments: &str) -> Vec<(String, Vec<String>)> {
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({arguments})")
    };
    let pages = client.pages(&format!("list{arguments}{{path tags}}")).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let texts = |value: &Value| value.as_array().unwrap().iter().map(text).collect();
    let list = pages["list"].as_array().unwrap();
    list.iter()
        .map(|page| (text(&page["path"]), texts(&page["tags"])))
        .collect()
}

async fn paths(client: &RawClient, arguments: &str) -> Vec<String> {
    list(client, arguments)
        .await
        .into_iter()
        .map(|(path, _)| path)
        .collect()
}

#[tokio::test]
async fn every_field() {
    let wiki = wiki().await;
    let page = wiki.page(3).unwrap();
    let pages = RawClient::new(&wiki)
        .pages(
            "list(tags:[\"la\"],orderByDirection:DESC){id path locale title description contentType isPublished \
             isPrivate privateNS createdAt updatedAt tags}",
        )
        .await;
    let expected = json!({
        "id": 3, "path": "li/c", "locale": "en", "title": "Mid", "description": "", "contentType": "markdown",
        "isPublished": false, "isPrivate": true, "privateNS": null, "createdAt": page.created_at,
        "updatedAt": page.updated_at, "tags": ["la"],
    });
    assert_eq!(pages["list"][0], expected);
}

#[tokio::test]
async fn limit_counts_rows_of_page_and_tag() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    let counts = async |arguments: &str| {
        let pages = list(&client, arguments).await;
        pages
            .into_iter()
            .map(|(_, tags)| tags.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(counts("").await, [3, 2, 1, 0]);
    assert_eq!(counts("limit:0").await, [3, 2, 1, 0]);
    assert_eq!(counts("limit:null").await, [3, 2, 1, 0]);
    assert_eq!(counts("limit:1").await, [1], "tags are truncated");
    assert_eq!(counts("limit:3").await, [3]);
    assert_eq!(counts("limit:4").await, [3, 1]);
    assert_eq!(
        counts("limit:7").await,
        [3, 2, 1, 0],
        "a page without tags is a row"
    );
    assert_eq!(counts("limit:6").await, [3, 2, 1]);
    assert_eq!(counts("limit:1000000").await, [3, 2, 1, 0]);
    let answer = client.ask("{pages{list(limit:-1){id}}}").await;
    let message = first_error(&answer).0;
    assert!(message.starts_with("select \"pages\".\"id\""), "{message}");
    assert!(
        message.ends_with("order by \"pages\".\"id\" asc limit $1 - LIMIT must not be negative"),
        "{message}"
    );
    assert_eq!(answer["data"], json!({"pages": null}));
    let exception = &answer["errors"][0]["extensions"]["exception"];
    assert_eq!(
        (&exception["name"], &exception["nativeError"]["code"]),
        (&json!("DataError"), &json!("2201W"))
    );
}

#[tokio::test]
async fn the_tags_filter_returns_only_its_tags() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
    let la = [
        ("li/a", tags(&["la"])),
        ("li/b", tags(&["la"])),
        ("li/c", tags(&["la"])),
    ];
    assert_eq!(
        list(&client, "tags:[\"la\"]").await,
        la.map(|(path, tags)| (path.to_owned(), tags))
    );
    let both = [("li/a", tags(&["la", "lb"])), ("li/b", tags(&["la", "lb"]))];
    assert_eq!(
        list(&client, "tags:[\"la\",\"lb\"]").await,
        both.map(|(path, tags)| (path.to_owned(), tags))
    );
    for nothing in ["\"nope\"", "\"LA\"", "\" la \"", "\"la\",\"nope\""] {
        assert!(
            list(&client, &format!("tags:[{nothing}]")).await.is_empty(),
            "{nothing}"
        );
    }
    assert_eq!(list(&client, "tags:[]").await.len(), 4);
    assert_eq!(
        paths(&client, "tags:[\"la\"],limit:2").await,
        ["li/a", "li/b"]
    );
}

#[tokio::test]
async fn locale_and_users() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    assert_eq!(paths(&client, "locale:\"fr\"").await, ["Li/d"]);
    for (arguments, count) in [
        ("locale:\"\"", 4),
        ("locale:\"EN\"", 0),
        ("creatorId:3", 2),
        ("authorId:3", 1),
        ("creatorId:3,authorId:1", 4),
        ("creatorId:3,authorId:3", 2),
        ("creatorId:0", 4),
        ("creatorId:-1", 4),
        ("creatorId:999", 0),
    ] {
        assert_eq!(paths(&client, arguments).await.len(), count, "{arguments}");
    }
}

#[tokio::test]
async fn texts_are_ordered_by_their_bytes() {
    let wiki = wiki().await;
    let client = RawClient::new(&wiki);
    let titles = async |arguments: &str| {
        let pages = client.pages(&format!("list({arguments}){{title}}")).await;
        pages["list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|page| page["title"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles("orderBy:TITLE").await, ["", "Mid", "Zeta", "alpha"]);
    assert_eq!(
        titles("orderBy:TITLE,orderByDirection:DESC").await,
        ["alpha", "Zeta", "Mid", ""]
    );
    assert_eq!(
        paths(&client, "orderBy:PATH").await,
        ["Li/d", "li/a", "li/b", "li/c"]
    );
    assert_eq!(
        paths(&client, "orderByDirection:DESC").await,
        ["Li/d", "li/c", "li/b", "li/a"]
    );
    assert_eq!(paths(&client, "orderBy:CREATED,limit:1").await, ["li/a"]);
    assert!(
        client
            .write("update(id:1,content:\"x\",tags:[])")
            .await
            .is_ok()
    );
    assert_eq!(
        paths(&client, "orderBy:UPDATED,orderByDirection:DESC").await[0],
        "li/a"
    );
}

#[tokio::test]
async fn unpublished_and_private_pages_are_listed_for_guests() {
    let wiki = wiki().await;
    assert_eq!(paths(&RawClient::with_key(&wiki, None), "").await.len(), 4);
}
