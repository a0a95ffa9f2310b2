//! Searching with the wiki's search engine.

use wikijs_client::pages::NewPage;
use wikijs_fake::{FakePage, SearchEngine};

use crate::support::Wiki;

async fn with_manuals() -> Wiki {
    let wiki = Wiki::start().await;
    for number in 1..=4 {
        let title = format!("Manual {} {number}", wiki.prefix());
        let page = NewPage::new(wiki.path(&format!("manual/{number}")), title, "# x");
        wiki.client
            .pages()
            .create(page.tags([wiki.tag("a"), wiki.tag("b")]))
            .await
            .unwrap();
    }
    wiki
}

#[tokio::test]
async fn search_with_a_limit() {
    let wiki = with_manuals().await;
    let pages = wiki.client.pages();
    let hits = pages
        .search(format!("manual {}", wiki.prefix()))
        .limit(10)
        .await
        .unwrap();
    assert_eq!(hits.len(), 4);
    for hit in &hits {
        let page = pages.get(hit.id).await.unwrap();
        assert_eq!(
            (&page.path, &page.locale, &page.title),
            (&hit.path, &hit.locale, &hit.title)
        );
    }
    assert_eq!(pages.search(wiki.prefix()).limit(2).await.unwrap().len(), 2);
    assert!(
        pages
            .search("no such thing as this")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn search_by_locale_and_path() {
    let wiki = with_manuals().await;
    let pages = wiki.client.pages();
    let title = format!("Manual {} fr", wiki.prefix());
    pages
        .create(NewPage::new(wiki.path("other/fr"), title, "x").locale("fr"))
        .await
        .unwrap();
    let french = pages.search(wiki.prefix()).locale("fr").await.unwrap();
    assert_eq!(
        french
            .iter()
            .map(|hit| hit.path.last_segment())
            .collect::<Vec<_>>(),
        ["fr"]
    );
    let below = pages
        .search(wiki.prefix())
        .path_prefix(wiki.path("manual"))
        .await
        .unwrap();
    assert_eq!(below.len(), 4);
}

#[tokio::test]
async fn k24_a_hit_has_the_id_of_its_page_for_a_key_that_may_only_search() {
    let wiki = with_manuals().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let hits = reader.pages().search(wiki.prefix()).await.unwrap();
    assert_eq!(hits.len(), 4);
    for hit in hits {
        assert_eq!(
            wiki.client.pages().get(hit.id).await.unwrap().path,
            hit.path
        );
    }
}

#[tokio::test]
async fn k24_a_hit_has_the_id_of_its_page_with_any_engine() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    // Pages that were deleted before the engine was enabled make the ids of the index differ from those of the pages.
    for number in 0..5 {
        let id = fake.insert_page(FakePage::new(format!("gone/{number}"), "Gone"));
        fake.remove_page(id);
    }
    fake.insert_page(FakePage::new("docs/alpha", "Alpha").content("a unicorn"));
    fake.insert_page(FakePage::new("docs/beta", "Beta").content("another unicorn"));
    fake.set_search_engine(SearchEngine::Postgres);
    let raw = wiki
        .raw(
            "{pages{search(query:\"unicorn\"){results{id path}}}}",
            serde_json::json!({}),
        )
        .await;
    let alpha = fake.page_by_path("en", "docs/alpha").unwrap().id;
    assert_ne!(
        raw["data"]["pages"]["search"]["results"][0]["id"],
        alpha.to_string()
    );

    let reader = wiki.client_with(&["read:pages"]).await;
    for client in [&wiki.client, &reader] {
        let hits = client
            .pages()
            .search("unicorn")
            .path_prefix("docs")
            .await
            .unwrap();
        assert_eq!(hits.len(), 2);
        for hit in &hits {
            assert_eq!(fake.page(hit.id.get()).unwrap().path, hit.path.as_str());
        }
    }
}

#[tokio::test]
async fn k24_a_query_that_fails_in_the_database_is_refused() {
    let wiki = Wiki::start().await;
    assert!(
        wiki.client
            .pages()
            .search("a\0b")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    assert!(
        wiki.client
            .pages()
            .search("'\"\\;--")
            .await
            .unwrap()
            .is_empty()
    );
}
