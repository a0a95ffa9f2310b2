//! Tags and links.

use crate::client::RawClient;
use serde_json::json;
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki() -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder()
        .locales(["fr"])
        .page(
            FakePage::new("home", "Home")
                .tags(["one", "upper case"])
                .content("[a](/home) [b](/fr/x) [c](https://e.org)"),
        )
        .page(FakePage::new("b", "B").tags(["dup", "one", "three", "four", "five", "six"]))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

#[tokio::test]
async fn listed_and_searched() {
    let (_wiki, client) = wiki().await;
    let pages = client
        .pages("tags{tag title} u:searchTags(query:\"u\") upper:searchTags(query:\" UPPER \") all:searchTags(query:\"%\") none:searchTags(query:\"qqq\")")
        .await;
    let tags: Vec<_> = pages["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["tag"].as_str().unwrap())
        .collect();
    assert_eq!(
        tags,
        ["dup", "five", "four", "one", "six", "three", "upper case"]
    );
    assert_eq!(pages["u"], json!(["upper case", "dup", "four"]));
    assert_eq!(pages["upper"], json!(["upper case"]));
    assert_eq!(pages["all"].as_array().unwrap().len(), 5);
    assert_eq!(pages["none"], json!([]));
}

#[tokio::test]
async fn a_tag_without_pages_is_kept_but_not_shown() {
    let (wiki, client) = wiki().await;
    assert!(client.write("delete(id:2)").await.is_ok());
    assert_eq!(
        client.pages("searchTags(query:\"dup\")").await["searchTags"],
        json!([])
    );
    assert!(wiki.tags().iter().any(|tag| tag.tag == "dup"));
}

#[tokio::test]
async fn renamed_and_deleted() {
    let (wiki, client) = wiki().await;
    let one = wiki.tags().iter().find(|tag| tag.tag == "one").unwrap().id;
    let rename = async |id: i64, tag: &str| {
        client
            .write(&format!("updateTag(id:{id},tag:\"{tag}\",title:\" T \")"))
            .await
    };
    assert_eq!(
        rename(one, " New Tag ").await.message,
        "Tag has been updated successfully."
    );
    assert_eq!(wiki.page(1).unwrap().tags, ["new tag", "upper case"]);
    assert_eq!(
        wiki.tags().iter().find(|tag| tag.id == one).unwrap().title,
        "T"
    );
    let outcome = rename(one, "dup").await;
    assert_eq!(
        (outcome.code, outcome.slug.as_str()),
        (1, "UniqueViolationError")
    );
    assert!(
        outcome
            .message
            .ends_with("violates unique constraint \"tags_tag_unique\""),
        "{outcome:?}"
    );
    assert_eq!(rename(99, "x").await.message, "This tag does not exist.");
    assert_eq!(
        client.write(&format!("deleteTag(id:{one})")).await.message,
        "Tag has been deleted."
    );
    assert_eq!(
        client.write(&format!("deleteTag(id:{one})")).await.message,
        "This tag does not exist."
    );
    assert_eq!(wiki.page(1).unwrap().tags, ["upper case"]);
}

#[tokio::test]
async fn links_carry_the_locale() {
    let (_wiki, client) = wiki().await;
    let pages = client
        .pages("links(locale:\"en\"){id path title links} fr:links(locale:\"fr\"){id}")
        .await;
    assert_eq!(
        pages["links"],
        json!([
            {"id": 1, "path": "en/home", "title": "Home", "links": ["en/home", "fr/x"]},
            {"id": 2, "path": "en/b", "title": "B", "links": []},
        ])
    );
    assert_eq!(pages["fr"], json!([]));
}
