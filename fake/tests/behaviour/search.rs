//! `pages.search` with both engines.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakePage, FakeWiki, SearchEngine};

async fn wiki(engine: SearchEngine) -> FakeWiki {
    FakeWiki::builder()
        .search_engine(engine)
        .locales(["fr"])
        .page(FakePage::new("home", "Home").content("# Hello\n\nWorld"))
        .page(
            FakePage::new("docs/alpha", "Alpha")
                .description("first")
                .content("Hello **world**")
                .tags(["two"]),
        )
        .page(FakePage::new("DOCS/Alpha", "case").content("x"))
        .page(
            FakePage::new("c/unpub", "Unpublished")
                .unpublished()
                .content("x"),
        )
        .page(
            FakePage::new("ops/moved", "Move Me")
                .locale("fr")
                .content("x"),
        )
        .start()
        .await
}

async fn search(client: &RawClient, arguments: Value) -> Value {
    let query = "query($q:String!,$p:String,$l:String){pages{search(query:$q,path:$p,locale:$l){totalHits suggestions \
                 results{id path}}}}";
    client.ask_with(query, arguments).await
}

async fn found(client: &RawClient, arguments: Value) -> Vec<String> {
    let answer = search(client, arguments).await;
    let results = answer["data"]["pages"]["search"]["results"]
        .as_array()
        .expect("results");
    results
        .iter()
        .map(|hit| hit["path"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn db_finds_parts_of_title_description_and_path() {
    let wiki = wiki(SearchEngine::Db).await;
    let client = RawClient::new(&wiki);
    let all = ["home", "docs/alpha", "DOCS/Alpha", "ops/moved"];
    for (query, expected) in [
        ("aLPHA", vec!["docs/alpha", "DOCS/Alpha"]),
        ("first", vec!["docs/alpha"]),
        ("docs/al", vec!["docs/alpha", "DOCS/Alpha"]),
        ("Hello", vec![]),
        ("two", vec![]),
        ("Alpha first", vec![]),
        ("Unpublished", vec![]),
        ("", all.to_vec()),
        ("%", all.to_vec()),
        ("h_me", vec!["home"]),
        ("\\", vec![]),
        ("'", vec![]),
    ] {
        assert_eq!(
            found(&client, json!({"q": query})).await,
            expected,
            "{query}"
        );
    }
    assert_eq!(
        found(&client, json!({"q": "a", "p": "docs"})).await,
        ["docs/alpha"],
        "a case-sensitive prefix"
    );
    assert!(
        found(&client, json!({"q": "a", "p": "/docs"}))
            .await
            .is_empty()
    );
    assert_eq!(
        found(&client, json!({"q": "", "l": "fr"})).await,
        ["ops/moved"]
    );
    assert_eq!(
        found(&client, json!({"q": "", "l": "", "p": ""}))
            .await
            .len(),
        4
    );
    let answer = search(&client, json!({"q": "first"})).await;
    let expected =
        json!({"totalHits": 1, "suggestions": [], "results": [{"id": "2", "path": "docs/alpha"}]});
    assert_eq!(
        answer["data"]["pages"]["search"], expected,
        "the id is a text"
    );
    let answer = search(&client, json!({"q": "a\u{0}b"})).await;
    assert!(
        first_error(&answer)
            .0
            .ends_with("invalid byte sequence for encoding \"UTF8\": 0x00")
    );
}

#[tokio::test]
async fn db_reads_at_most_100_rows_of_page_and_tag() {
    let wiki = FakeWiki::start().await;
    let page = |n| FakePage::new(format!("bulk/{n}"), format!("bulk {n}"));
    wiki.insert_pages((0..150).map(page));
    let client = RawClient::new(&wiki);
    assert_eq!(
        search(&client, json!({"q": "bulk"})).await["data"]["pages"]["search"]["totalHits"],
        100
    );
    let wiki = FakeWiki::start().await;
    wiki.insert_pages((0..150).map(|n| page(n).tags(["a", "b", "c", "d"])));
    let client = RawClient::new(&wiki);
    assert_eq!(
        search(&client, json!({"q": "bulk"})).await["data"]["pages"]["search"]["totalHits"],
        25
    );
}

#[tokio::test]
async fn postgres_finds_words_and_returns_ids_of_its_index() {
    let wiki = wiki(SearchEngine::Postgres).await;
    wiki.remove_page(1);
    let client = RawClient::new(&wiki);
    assert!(
        client
            .create(json!({"path": "fts/new", "title": "Fresh", "content": "unicornword"}))
            .await
            .is_ok()
    );
    for (query, expected) in [
        ("Hello", vec!["docs/alpha"]),
        ("Hel", vec![]),
        ("Alpha Hello", vec!["docs/alpha"]),
        ("alpha", vec!["docs/alpha", "DOCS/Alpha"]),
        ("moving", vec!["ops/moved"]),
        ("unicornword", vec!["fts/new"]),
        ("nothing", vec![]),
    ] {
        assert_eq!(
            found(&client, json!({"q": query})).await,
            expected,
            "{query}"
        );
    }
    assert!(
        found(&client, json!({"q": "alpha", "p": "docs"}))
            .await
            .is_empty(),
        "a suffix"
    );
    assert_eq!(
        found(&client, json!({"q": "hello", "p": "pha"})).await,
        ["docs/alpha"]
    );
    let answer = search(&client, json!({"q": "alpah"})).await;
    assert_eq!(
        answer["data"]["pages"]["search"]["suggestions"],
        json!(["alpha"])
    );
    let answer = search(&client, json!({"q": "\\"})).await;
    assert_eq!(
        first_error(&answer).0,
        "Cannot read properties of undefined (reading 'results')"
    );
}

#[tokio::test]
async fn a_rebuilt_postgres_index_lacks_unpublished_pages() {
    let wiki = wiki(SearchEngine::Postgres).await;
    let client = RawClient::new(&wiki);
    assert_eq!(
        found(&client, json!({"q": "Unpublished"})).await,
        ["c/unpub"]
    );
    wiki.set_search_engine(SearchEngine::Postgres);
    assert!(found(&client, json!({"q": "Unpublished"})).await.is_empty());
}

#[tokio::test]
async fn postgres_ids_differ_from_page_ids_after_a_switch_of_engines() {
    let wiki = wiki(SearchEngine::Db).await;
    wiki.remove_page(1);
    wiki.set_search_engine(SearchEngine::Postgres);
    let answer = search(&RawClient::new(&wiki), json!({"q": "first"})).await;
    let hit = &answer["data"]["pages"]["search"]["results"][0];
    assert_eq!(hit["path"], "docs/alpha");
    assert_ne!(hit["id"], "2");
}
