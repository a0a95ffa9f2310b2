//! Generated pages and files.

use crate::client::RawClient;
use std::collections::BTreeSet;
use wikijs_fake::{FakePage, FakeWiki};

async fn wiki(pages: usize, seed: u64) -> FakeWiki {
    FakeWiki::builder()
        .locales(["fr", "de"])
        .sample(pages)
        .sample_seed(seed)
        .start()
        .await
}

#[tokio::test]
async fn a_sample_is_the_same_for_the_same_seed() {
    let pages = async |seed| wiki(60, seed).await.pages();
    let first = pages(7).await;
    assert_eq!(first, pages(7).await);
    assert_ne!(first, pages(8).await);
}

#[tokio::test]
async fn a_sample_has_all_kinds_of_pages() {
    let wiki = wiki(300, 0).await;
    let pages = wiki.pages();
    assert_eq!((pages.len(), wiki.assets().len()), (300, 30));
    let has = |what: &dyn Fn(&FakePage) -> bool| pages.iter().any(what);
    assert!(has(&|page| !page.is_published) && has(&|page| page.is_private));
    assert!(has(&|page| page.tags.is_empty()) && has(&|page| page.tags.len() > 2));
    assert!(has(&|page| page.locale == "fr") && has(&|page| page.locale == "de"));
    assert!(has(&|page| page.editor == "code"));
    assert!(has(&|page| page.updated_at > page.created_at));

    let places: BTreeSet<_> = pages
        .iter()
        .map(|page| (&page.locale, &page.path))
        .collect();
    assert_eq!(places.len(), 300);
    let translations = pages.iter().filter(|page| page.locale != "en");
    for translation in translations {
        assert!(wiki.page_by_path("en", &translation.path).is_some());
    }
}

#[tokio::test]
async fn a_sample_links_to_existing_pages_and_files() {
    let wiki = wiki(300, 0).await;
    let links = RawClient::new(&wiki)
        .pages("links(locale:\"en\"){links}")
        .await;
    let links = links["links"].as_array().unwrap().iter();
    assert!(
        links
            .filter(|page| page["links"] != serde_json::json!([]))
            .count()
            > 200
    );
    for asset in wiki.assets() {
        let link = format!("](/{})", asset.path);
        assert!(
            wiki.pages().iter().any(|page| page.content.contains(&link)),
            "{link}"
        );
    }
}

#[tokio::test]
async fn a_sample_comes_after_the_pages_that_were_added() {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("own", "Own"))
        .sample(2)
        .start()
        .await;
    let paths: Vec<_> = wiki.pages().into_iter().map(|page| page.path).collect();
    assert_eq!(paths[..2], ["own", "home"]);
}
