//! Differences of MariaDB and SQLite, as observed with Wiki.js 2.5.314.

use crate::client::RawClient;
use serde_json::{Value, json};
use wikijs_fake::{Database, FakePage, FakeWiki};

async fn wiki(database: Database) -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder().database(database).start().await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

async fn at_path(client: &RawClient, path: &str) -> Value {
    let query = "query($path:String!){pages{singleByPath(path:$path,locale:\"en\"){path}}}";
    let body = json!({"query": query, "variables": {"path": path}});
    client.send(&body).await.1["data"]["pages"]["singleByPath"]["path"].clone()
}

#[tokio::test]
async fn mariadb_compares_paths_without_case_and_accents() {
    let (wiki, client) = wiki(Database::MariaDb).await;
    for (first, second) in [
        ("docs/cafe", "docs/café"),
        ("docs/Abc", "docs/abc"),
        ("docs/🎉", "docs/🚀"),
    ] {
        assert!(client.create(json!({"path": first})).await.is_ok());
        assert_eq!(client.create(json!({"path": second})).await.code, 6002);
        assert_eq!(at_path(&client, second).await, first);
    }
    let id = wiki.page_by_path("en", "docs/Abc").unwrap().id;
    let write = format!("move(id:{id},destinationPath:\"docs/abc\",destinationLocale:\"en\")");
    assert_eq!(client.write(&write).await.code, 6006);
}

#[tokio::test]
async fn postgresql_and_sqlite_compare_paths_exactly() {
    for database in [Database::PostgreSql, Database::Sqlite] {
        let (_wiki, client) = wiki(database).await;
        for path in ["docs/cafe", "docs/café", "docs/Cafe"] {
            assert!(client.create(json!({"path": path})).await.is_ok());
            assert_eq!(at_path(&client, path).await, path);
        }
        assert_eq!(at_path(&client, "docs/CAFE").await, Value::Null);
    }
}

#[tokio::test]
async fn a_tag_that_mariadb_treats_as_equal_leaves_a_partial_page() {
    let (wiki, client) = wiki(Database::MariaDb).await;
    assert!(
        client
            .create(json!({"path": "docs/a", "tags": ["🎉"]}))
            .await
            .is_ok()
    );
    let second = client
        .create(json!({"path": "docs/b", "tags": ["🚀"]}))
        .await;
    assert_eq!(second.slug, "UniqueViolationError");
    assert!(
        second.message.starts_with(
            "insert into `tags` (`createdAt`, `tag`, `title`, `updatedAt`) values ('20"
        ),
        "{}",
        second.message
    );
    assert!(
        second
            .message
            .ends_with(" - Duplicate entry '?' for key 'tags_tag_unique'"),
        "{}",
        second.message
    );
    let page = wiki.page_by_path("en", "docs/b").unwrap();
    assert_eq!((page.tags.len(), page.render), (0, None));
    // Of two tags that MariaDB treats as equal, the first one is stored.
    let third = client
        .create(json!({"path": "docs/c", "tags": ["cafe", "café"]}))
        .await;
    assert_eq!(third.slug, "UniqueViolationError");
    let tags: Vec<String> = wiki.tags().into_iter().map(|tag| tag.tag).collect();
    assert_eq!(tags, ["🎉", "cafe"]);
}

#[tokio::test]
async fn error_messages_depend_on_the_database() {
    let long = "t".repeat(300);
    let cases = [
        (
            json!({"editor": "nope"}),
            "pages_editorkey_foreign` FOREIGN KEY (`editorKey`) REFERENCES `editors` (`key`))",
        ),
        (
            json!({"locale": "xx"}),
            "pages_localecode_foreign` FOREIGN KEY (`localeCode`) REFERENCES `locales` (`code`))",
        ),
        (
            json!({"title": long}),
            " - Data too long for column 'title' at row 1",
        ),
        (
            json!({"tags": [long]}),
            " - Data too long for column 'tag' at row 1",
        ),
    ];
    for (change, reason) in cases {
        let (wiki, client) = wiki(Database::MariaDb).await;
        let outcome = client.create(change.clone()).await;
        assert!(outcome.message.ends_with(reason), "{}", outcome.message);
        assert!(
            outcome.message.starts_with("insert into `"),
            "{}",
            outcome.message
        );
        drop(wiki);
        // SQLite stores the value.
        let (_wiki, client) = self::wiki(Database::Sqlite).await;
        assert!(client.create(change).await.is_ok());
    }
}

#[tokio::test]
async fn mariadb_returns_links_twice_and_limits_comments() {
    let (wiki, client) = wiki(Database::MariaDb).await;
    wiki.insert_page(FakePage::new("docs/b", "B"));
    wiki.insert_page(FakePage::new("docs/a", "A").content("[b](/en/docs/b)"));
    let links = client.pages("links(locale:\"en\"){links}").await;
    assert_eq!(
        links["links"][1]["links"],
        json!(["en/docs/b", "en/docs/b"])
    );
    let query = format!(
        "mutation{{comments{{create(pageId:1,content:\"{}\"){{responseResult{{slug}}}}}}}}",
        "x".repeat(66_000)
    );
    let answer = client.send(&json!({"query": query})).await.1;
    assert_eq!(
        answer["data"]["comments"]["create"]["responseResult"]["slug"],
        "DataError"
    );
}

#[tokio::test]
async fn system_info_returns_the_database() {
    for (database, name) in [
        (Database::PostgreSql, "PostgreSQL"),
        (Database::MariaDb, "MariaDB"),
        (Database::Sqlite, "SQLite"),
    ] {
        let (_wiki, client) = wiki(database).await;
        let answer = client
            .send(&json!({"query": "{system{info{dbType}}}"}))
            .await
            .1;
        assert_eq!(answer["data"]["system"]["info"]["dbType"], name);
    }
}
