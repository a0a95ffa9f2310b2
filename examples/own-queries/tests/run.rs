//! Tests of the operations of this crate on a fake wiki.

#![allow(clippy::unwrap_used, reason = "tests")]

use wikijs_client::Client;
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki() -> (Client, FakeWiki) {
    let fake = FakeWiki::start().await;
    fake.insert_pages([
        FakePage::new("home", "Home"),
        FakePage::new("docs/install", "Install"),
    ]);
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    (wiki, fake)
}

#[tokio::test]
async fn a_query_with_omitted_arguments_runs() {
    let (wiki, _fake) = wiki().await;
    let mut paths = own_queries::recent_paths(&wiki, 10).await.unwrap();
    paths.sort();
    assert_eq!(paths, ["docs/install", "home"]);
}

#[tokio::test]
async fn a_query_with_a_fragment_and_an_enum_runs() {
    let (wiki, _fake) = wiki().await;
    let entries = own_queries::top_level(&wiki, "en").await.unwrap();
    let mut folders: Vec<(String, bool)> = entries
        .into_iter()
        .map(|entry| (entry.path, entry.is_folder))
        .collect();
    folders.sort();
    assert_eq!(
        folders,
        [("docs".to_owned(), true), ("home".to_owned(), false)]
    );
}
