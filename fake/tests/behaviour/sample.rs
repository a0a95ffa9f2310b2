//! Pages and files that are made up.

use crate::door::Door;
use std::collections::BTreeSet;
use wikijs_fake::{FakePage, FakeWiki, Sample};

async fn wiki(sample: Sample) -> FakeWiki {
    FakeWiki::builder()
        .locales(["fr", "de"])
        .sample(sample)
        .start()
        .await
}

#[tokio::test]
async fn a_sample_is_the_same_for_the_same_seed() {
    let pages = async |seed| wiki(Sample::new(60).seed(seed)).await.pages();
    let first = pages(7).await;
    assert_eq!(first, pages(7).await);
    assert_ne!(first, pages(8).await);
}

#[tokio::test]
async fn a_sample_has_something_of_everything() {
    let wiki = wiki(Sample::new(300)).await;
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
async fn a_sample_links_to_pages_and_files_that_are_there() {
    let wiki = wiki(Sample::new(300)).await;
    let links = Door::new(&wiki).pages("links(locale:\"en\"){links}").await;
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
        .sample(Sample::new(2))
        .start()
        .await;
    let paths: Vec<_> = wiki.pages().into_iter().map(|page| page.path).collect();
    assert_eq!(paths[..2], ["own", "home"]);
}
