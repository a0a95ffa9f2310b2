//! The tags of all pages.

use wikijs_client::{Applied, Error, pages::NewPage};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{Wiki, hurried};

#[tokio::test]
async fn the_title_of_a_tag_is_recognized_as_wiki_js_trims_it() {
    let fake = FakeWiki::start().await;
    let pages = hurried(&fake).pages();
    let page = NewPage::new("docs/x", "X", "# X").tags(["one"]);
    pages.create(page).await.unwrap();
    let tag = pages.tags().await.unwrap().remove(0);
    fake.fail_next_matching("PagesUpdateTag", Fault::ResetAfter);
    pages.update_tag(tag.id, "two", " Two ").await.unwrap();
    assert_eq!(pages.tags().await.unwrap()[0].title, "Two");
}

#[tokio::test]
async fn tags_are_listed_renamed_and_deleted() {
    let wiki = Wiki::start().await;
    let page = wiki.page_with_tags("x", &["one", "two"]).await;
    let pages = wiki.client.pages();
    let ours = || async {
        let mut tags = pages.tags().await.unwrap();
        tags.retain(|tag| tag.tag.as_str().starts_with(wiki.prefix()));
        tags
    };
    let tags = ours().await;
    assert_eq!(
        tags.iter().map(|tag| tag.tag.as_str()).collect::<Vec<_>>(),
        [wiki.tag("one"), wiki.tag("two")]
    );
    pages
        .update_tag(tags[0].id, wiki.tag(" Renamed "), "A title")
        .await
        .unwrap();
    let renamed = &ours().await[0];
    assert_eq!(
        (renamed.id, renamed.title.as_str()),
        (tags[0].id, "A title")
    );
    assert!(pages.get(page.id).await.unwrap().has_tag(&renamed.tag));
    pages.delete_tag(tags[0].id).await.unwrap();
    assert_eq!(
        pages.get(page.id).await.unwrap().tags,
        [wiki.tag("two").as_str()]
    );
    assert!(
        pages
            .delete_tag(tags[0].id)
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        pages
            .update_tag(tags[0].id, "x", "x")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn k36_a_tag_is_not_renamed_onto_another() {
    let wiki = Wiki::start().await;
    wiki.page_with_tags("x", &["one", "two"]).await;
    let pages = wiki.client.pages();
    let one = pages
        .tags()
        .await
        .unwrap()
        .into_iter()
        .find(|tag| tag.tag == wiki.tag("one").as_str());
    let error = pages
        .update_tag(one.unwrap().id, wiki.tag("two"), "x")
        .await
        .unwrap_err();
    assert!(error.is_conflict());
    assert!(
        !error.to_string().contains("update \"tags\""),
        "no SQL: {error}"
    );
    let Error::Api(error) = error else { panic!() };
    assert!(
        error.message.starts_with("updating tags failed: "),
        "{}",
        error.message
    );
    assert!(matches!(
        pages.update_tag(1, "", "x").await,
        Err(Error::InvalidInput(_))
    ));
    assert_eq!(Error::Api(error).applied(), Applied::No);
}

#[tokio::test]
async fn k25_tags_are_completed() {
    let wiki = Wiki::start().await;
    wiki.page_with_tags("x", &["one", "two"]).await;
    let found = wiki
        .client
        .pages()
        .search_tags(wiki.prefix().to_uppercase())
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
    let found = wiki
        .client
        .pages()
        .search_tags(wiki.tag("on"))
        .await
        .unwrap();
    assert_eq!(found, [wiki.tag("one").as_str()]);
}
