//! `pages.search` with both engines.

use crate::door::{Door, first_error};
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

async fn search(door: &Door, arguments: Value) -> Value {
    let query = "query($q:String!,$p:String,$l:String){pages{search(query:$q,path:$p,locale:$l){totalHits suggestions \
                 results{id path}}}}";
    door.ask_with(query, arguments).await
}

async fn found(door: &Door, arguments: Value) -> Vec<String> {
    let answer = search(door, arguments).await;
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
    let door = Door::new(&wiki);
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
        assert_eq!(found(&door, json!({"q": query})).await, expected, "{query}");
    }
    assert_eq!(
        found(&door, json!({"q": "a", "p": "docs"})).await,
        ["docs/alpha"],
        "a prefix that minds case"
    );
    assert!(
        found(&door, json!({"q": "a", "p": "/docs"}))
            .await
            .is_empty()
    );
    assert_eq!(
        found(&door, json!({"q": "", "l": "fr"})).await,
        ["ops/moved"]
    );
    assert_eq!(
        found(&door, json!({"q": "", "l": "", "p": ""})).await.len(),
        4
    );
    let answer = search(&door, json!({"q": "first"})).await;
    let expected =
        json!({"totalHits": 1, "suggestions": [], "results": [{"id": "2", "path": "docs/alpha"}]});
    assert_eq!(
        answer["data"]["pages"]["search"], expected,
        "the id is a text"
    );
    let answer = search(&door, json!({"q": "a\u{0}b"})).await;
    assert!(
        first_error(&answer)
            .0
            .ends_with("invalid byte sequence for encoding \"UTF8\": 0x00")
    );
}

#[tokio::test]
async fn db_reads_100_rows_of_page_and_tag() {
    let wiki = FakeWiki::start().await;
    let page = |n| FakePage::new(format!("bulk/{n}"), format!("bulk {n}"));
    wiki.insert_pages((0..150).map(page));
    let door = Door::new(&wiki);
    assert_eq!(
        search(&door, json!({"q": "bulk"})).await["data"]["pages"]["search"]["totalHits"],
        100
    );
    let wiki = FakeWiki::start().await;
    wiki.insert_pages((0..150).map(|n| page(n).tags(["a", "b", "c", "d"])));
    let door = Door::new(&wiki);
    assert_eq!(
        search(&door, json!({"q": "bulk"})).await["data"]["pages"]["search"]["totalHits"],
        25
    );
}

#[tokio::test]
async fn postgres_finds_words_and_gives_ids_of_its_own() {
    let wiki = wiki(SearchEngine::Postgres).await;
    wiki.remove_page(1);
    let door = Door::new(&wiki);
    assert!(
        door.create(json!({"path": "fts/new", "title": "Fresh", "content": "unicornword"}))
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
        assert_eq!(found(&door, json!({"q": query})).await, expected, "{query}");
    }
    assert!(
        found(&door, json!({"q": "alpha", "p": "docs"}))
            .await
            .is_empty(),
        "a suffix"
    );
    assert_eq!(
        found(&door, json!({"q": "hello", "p": "pha"})).await,
        ["docs/alpha"]
    );
    let answer = search(&door, json!({"q": "alpah"})).await;
    assert_eq!(
        answer["data"]["pages"]["search"]["suggestions"],
        json!(["alpha"])
    );
    let answer = search(&door, json!({"q": "\\"})).await;
    assert_eq!(
        first_error(&answer).0,
        "Cannot read properties of undefined (reading 'results')"
    );
}

#[tokio::test]
async fn postgres_forgets_unpublished_pages_when_its_index_is_rebuilt() {
    let wiki = wiki(SearchEngine::Postgres).await;
    let door = Door::new(&wiki);
    assert_eq!(found(&door, json!({"q": "Unpublished"})).await, ["c/unpub"]);
    wiki.set_search_engine(SearchEngine::Postgres);
    assert!(found(&door, json!({"q": "Unpublished"})).await.is_empty());
}

#[tokio::test]
async fn postgres_ids_are_not_page_ids_once_the_engine_was_switched() {
    let wiki = wiki(SearchEngine::Db).await;
    wiki.remove_page(1);
    wiki.set_search_engine(SearchEngine::Postgres);
    let answer = search(&Door::new(&wiki), json!({"q": "first"})).await;
    let hit = &answer["data"]["pages"]["search"]["results"][0];
    assert_eq!(hit["path"], "docs/alpha");
    assert_ne!(hit["id"], "2");
}
