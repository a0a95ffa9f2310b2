//! Search engines. The tests do not change the engine of a real wiki.

use serde_json::json;
use wikijs_client::{
    Applied, Error, ErrorCode,
    providers::{ProviderUpdate, SettingValue},
};
use wikijs_fake::{FakePage, Fault, ProviderKind, SearchEngine};

use crate::{rows::SEARCH, support::Wiki};

#[tokio::test]
async fn one_engine_is_active() {
    let wiki = Wiki::start().await;
    let engines = wiki.client.search_engines();
    let listed = engines.list().await.unwrap();
    let active = engines.active().await.unwrap();
    let enabled: Vec<_> = listed.iter().filter(|engine| engine.is_enabled).collect();
    assert_eq!(enabled, [&active]);
    assert!(
        listed.is_sorted_by_key(|engine| &engine.key),
        "as Wiki.js does not"
    );
    let postgres = engines.get("postgres").await.unwrap();
    let language = postgres.settings.get("dictLanguage").unwrap();
    assert!(language.allowed.contains(&"german".to_owned()));
    let algolia = engines.get("algolia").await.unwrap();
    assert!(
        algolia.settings.get("apiKey").unwrap().is_secret,
        "though its definition does not say so"
    );
    assert!(engines.get("grep").await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(
        reader
            .search_engines()
            .list()
            .await
            .unwrap_err()
            .is_forbidden()
    );
}

#[tokio::test]
async fn k44_k45_one_setting_changes_alone() {
    let wiki = Wiki::start().await;
    let original = SEARCH.original(&wiki).await;
    let engines = wiki.client.search_engines();
    let before = engines.get("algolia").await.unwrap();
    let same = engines.update("algolia", ProviderUpdate::new()).await;
    assert_eq!(same.unwrap(), before);
    let update = ProviderUpdate::new()
        .set("indexName", "other")
        .set("apiKey", "k3y");
    let algolia = engines.update("algolia", update).await.unwrap();
    assert_eq!(algolia.settings.text("indexName"), Some("other"));
    assert!(!format!("{algolia:?}").contains("k3y"));
    original
        .assert_only(
            &wiki,
            "algolia",
            &[("indexName", json!("other")), ("apiKey", json!("k3y"))],
        )
        .await;
    let update = ProviderUpdate::new()
        .set("sniffInterval", 5)
        .set("sniffOnStart", true);
    engines.update("elasticsearch", update).await.unwrap();
    let update = ProviderUpdate::new().reset("indexName").reset("apiKey");
    engines.update("algolia", update).await.unwrap();
    original
        .assert_only(
            &wiki,
            "elasticsearch",
            &[("sniffInterval", json!(5)), ("sniffOnStart", json!(true))],
        )
        .await;
    let update = ProviderUpdate::new()
        .reset("sniffInterval")
        .reset("sniffOnStart");
    engines.update("elasticsearch", update).await.unwrap();
    assert_eq!(SEARCH.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn disabling_the_active_engine_and_storing_a_mask_are_refused() {
    let wiki = Wiki::start().await;
    let original = SEARCH.original(&wiki).await;
    let engines = wiki.client.search_engines();
    let active = engines.active().await.unwrap().key;
    let update = ProviderUpdate::new;
    for (engine, update, says) in [
        (
            active.as_str(),
            update().enabled(false),
            "switch on another one",
        ),
        ("manticore", update().enabled(true), "than its name"),
        (
            "algolia",
            update().set("apiKey", "********"),
            "the secret itself",
        ),
        (
            "postgres",
            update().set("dictLanguage", "klingon"),
            "`simple`",
        ),
        ("db", update().set("speed", 3), "it has none"),
    ] {
        let error = engines.update(engine, update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(SEARCH.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn enabling_an_engine_disables_the_active_one() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.insert_page(FakePage::new("apple", "Apple").content("A pear."));
    let engines = wiki.client.search_engines();
    let found = async || wiki.client.pages().search("pear").await.unwrap().hits.len();
    let update = ProviderUpdate::new()
        .enabled(true)
        .set("dictLanguage", "german");
    let postgres = engines.update("postgres", update).await.unwrap();
    assert!(postgres.is_enabled);
    assert_eq!(engines.active().await.unwrap(), postgres);
    assert!(!engines.get("db").await.unwrap().is_enabled);
    assert_eq!(found().await, 0, "the index of the new engine is empty");
    engines.rebuild_index().await.unwrap();
    assert_eq!((found().await, fake.index_rebuilds()), (1, 1));
}

#[tokio::test]
async fn the_index_stays_when_another_engine_is_changed() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.insert_page(FakePage::new("apple", "Apple").content("A pear."));
    fake.set_search_engine(SearchEngine::Postgres);
    let engines = wiki.client.search_engines();
    let update = ProviderUpdate::new().set("indexName", "other");
    engines.update("algolia", update).await.unwrap();
    let results = wiki.client.pages().search("pear").await.unwrap();
    assert_eq!(results.hits.len(), 1);
    // A client that sends only the changed engine makes the active one lose its index.
    let mut algolia = SEARCH.rows(&wiki).await["algolia"].clone();
    algolia["config"]["indexName"] = json!("wiki");
    SEARCH.write(&wiki, vec![algolia]).await;
    let results = wiki.client.pages().search("pear").await.unwrap();
    assert_eq!(results.hits.len(), 0);
}

#[tokio::test]
async fn the_index_is_rebuilt() {
    let wiki = Wiki::start().await;
    wiki.client.search_engines().rebuild_index().await.unwrap();
    let reader = wiki.client_with(&["read:pages"]).await;
    let error = reader.search_engines().rebuild_index().await.unwrap_err();
    assert!(error.is_forbidden());
    let Some(fake) = wiki.fake() else { return };
    let update = ProviderUpdate::new().enabled(true);
    let engines = wiki.client.search_engines();
    engines.update("elasticsearch", update).await.unwrap();
    let error = engines.rebuild_index().await.unwrap_err();
    assert!(
        matches!(error, Error::Unconfirmed(_)),
        "how far it came is not shown: {error:?}"
    );
    assert_eq!(error.code(), Some(ErrorCode::Unexpected));
    assert_eq!(fake.index_rebuilds(), 1);
    fake.fail_next_matching("SearchRebuildIndex", Fault::ResetBefore);
    let error = engines.rebuild_index().await.unwrap_err();
    let Error::Unconfirmed(error) = error else {
        panic!("{error:?}")
    };
    assert!(!error.is_safe_to_repeat, "the rebuild may be running");
}

#[tokio::test]
async fn k44_a_mask_that_would_be_stored_is_not_written_back() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let mask =
        |algolia: &mut wikijs_fake::FakeProvider| algolia.config["apiKey"] = json!("********");
    fake.edit_provider(ProviderKind::SearchEngine, "algolia", mask);
    let engines = wiki.client.search_engines();
    let algolia = engines.get("algolia").await.unwrap();
    assert_eq!(
        algolia.settings.value("apiKey"),
        Some(&SettingValue::Hidden)
    );
    let update = || ProviderUpdate::new().set("indexName", "other");
    let error = engines.update("algolia", update()).await.unwrap_err();
    assert!(
        error.to_string().contains("`apiKey` of `algolia`"),
        "{error}"
    );
    assert_eq!(
        (error.is_invalid_input(), error.applied()),
        (true, Applied::No)
    );
    engines
        .update("algolia", update().set("apiKey", "k3y"))
        .await
        .unwrap();
    let stored = fake
        .provider(ProviderKind::SearchEngine, "algolia")
        .unwrap();
    assert_eq!(stored.config["apiKey"], "k3y");
    // The stored mask of another engine does not prevent an update.
    fake.edit_provider(ProviderKind::SearchEngine, "algolia", mask);
    let update = ProviderUpdate::new().set("dictLanguage", "german");
    engines.update("postgres", update).await.unwrap();
}
