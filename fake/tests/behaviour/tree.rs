//! `pages.tree`.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki() -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder()
        .locales(["fr"])
        .page(FakePage::new("home", "Home"))
        .page(FakePage::new("docs/alpha", "Alpha"))
        .page(FakePage::new("docs/deep/page", "Deep"))
        .page(FakePage::new("docs", "Documentation"))
        .page(FakePage::new("c/fr", "C").locale("fr"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

async fn paths(client: &RawClient, arguments: &str) -> Vec<String> {
    let pages = client.pages(&format!("tree({arguments}){{path}}")).await;
    let entries = pages["tree"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["path"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_level_has_folders_first() {
    let (_wiki, client) = wiki().await;
    let pages = client
        .pages("tree(mode:ALL,locale:\"en\"){id path depth title isPrivate isFolder privateNS parent pageId locale}")
        .await;
    let entry = |id: i64, path: &str, title: &str, is_folder: bool, page: i64| -> Value {
        json!({
            "id": id, "path": path, "depth": 1, "title": title, "isPrivate": false, "isFolder": is_folder,
            "privateNS": null, "parent": 0, "pageId": page, "locale": "en",
        })
    };
    let expected = json!([
        entry(1, "docs", "Documentation", true, 4),
        entry(5, "home", "Home", false, 1)
    ]);
    assert_eq!(pages["tree"], expected, "a page can be a folder");
    assert_eq!(
        paths(&client, "parent:1,mode:ALL,locale:\"en\"").await,
        ["docs/deep", "docs/alpha"]
    );
    assert_eq!(
        paths(&client, "mode:FOLDERS,locale:\"\"").await,
        ["docs"],
        "the default locale"
    );
    assert_eq!(paths(&client, "mode:ALL,locale:\"fr\"").await, ["c"]);
    assert!(paths(&client, "mode:ALL,locale:\"de\"").await.is_empty());
    assert!(
        paths(&client, "parent:99,mode:ALL,locale:\"en\"")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_path_shows_its_siblings() {
    let (_wiki, client) = wiki().await;
    assert_eq!(
        paths(&client, "path:\"docs/alpha\",mode:ALL,locale:\"en\"").await,
        ["docs/deep", "docs/alpha"]
    );
    let with_ancestors = "path:\"docs/deep/page\",mode:ALL,locale:\"en\",includeAncestors:true";
    assert_eq!(
        paths(&client, with_ancestors).await,
        ["docs", "docs/deep", "docs/deep/page"]
    );
    assert!(
        paths(&client, "path:\"nope\",mode:ALL,locale:\"en\"")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn mode_pages_always_fails() {
    let (_wiki, client) = wiki().await;
    let answer = client
        .ask("{pages{tree(mode:PAGES,locale:\"en\"){id}}}")
        .await;
    assert_eq!(
        first_error(&answer),
        ("builder.andWhereNotNull is not a function", None)
    );
}

#[tokio::test]
async fn ids_change_with_each_rebuild() {
    let (_wiki, client) = wiki().await;
    let id = async || {
        let pages = client.pages("tree(mode:ALL,locale:\"en\"){id path}").await;
        let entries = pages["tree"].as_array().unwrap();
        entries
            .iter()
            .find(|entry| entry["path"] == "home")
            .unwrap()["id"]
            .clone()
    };
    let before = id().await;
    assert!(client.create(json!({"path": "aaa"})).await.is_ok());
    assert_ne!(id().await, before);
}
