//! Moving pages.

use wikijs_client::{Applied, ErrorCode, pages::NewPage};

use crate::support::Wiki;

#[tokio::test]
async fn a_move_keeps_the_content_of_a_page() {
    let wiki = Wiki::start().await;
    let before = wiki.page_with_tags("from", &["a", "b"]).await;
    let moved = wiki
        .client
        .pages()
        .move_to(before.id, wiki.path("deep/to"))
        .await
        .unwrap();
    let mut expected = before;
    expected.path = wiki.path("deep/to").into();
    expected.updated_at = moved.updated_at.clone();
    expected.hash = moved.hash.clone();
    assert_eq!(moved, expected);
    assert_eq!(
        wiki.client
            .pages()
            .get_by_path(wiki.path("from"))
            .opt()
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn k32_a_title_equal_to_the_last_segment_is_kept() {
    let wiki = Wiki::start().await;
    let page = NewPage::new(wiki.path("install"), "install", "x").tags([wiki.tag("a")]);
    let page = wiki.client.pages().create(page).await.unwrap();
    let moved = wiki
        .client
        .pages()
        .move_to(page.id, wiki.path("setup"))
        .await
        .unwrap();
    assert_eq!(
        (moved.path.as_str(), moved.title.as_str()),
        (wiki.path("setup").as_str(), "install")
    );
    assert_eq!(moved.tags, page.tags);
}

#[tokio::test]
async fn k32_a_move_to_the_own_path_changes_nothing() {
    let wiki = Wiki::start().await;
    let page = wiki.page("here").await;
    for path in [wiki.path("here"), format!("/{}/", wiki.path("here"))] {
        assert_eq!(
            wiki.client.pages().move_to(page.id, path).await.unwrap(),
            page
        );
    }
}

#[tokio::test]
async fn to_another_locale() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    let french = pages
        .move_to(page.id, wiki.path("x"))
        .locale("fr")
        .await
        .unwrap();
    assert_eq!((french.id, french.locale.as_str()), (page.id, "fr"));
    // It stays in its locale unless another is set.
    let moved = pages.move_to(page.id, wiki.path("y")).await.unwrap();
    assert_eq!(moved.locale, "fr");
    let error = pages
        .move_to(page.id, wiki.path("z"))
        .locale("xx")
        .await
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error:?}");
    assert_eq!(pages.get(page.id).await.unwrap(), moved);
}

#[tokio::test]
async fn invalid_moves_are_refused() {
    let wiki = Wiki::start().await;
    let (page, other) = (wiki.page("x").await, wiki.page("other").await);
    let pages = wiki.client.pages();
    let error = pages.move_to(page.id, &other.path).await.unwrap_err();
    assert!(error.is_conflict());
    assert_eq!(error.code(), Some(ErrorCode::PagePathCollision));
    assert_eq!(error.applied(), Applied::No);
    assert!(
        pages
            .move_to(i32::MAX, wiki.path("y"))
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        pages
            .move_to(page.id, "en/foo")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    assert!(
        pages
            .move_to(page.id, "a b")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    let elsewhere = wiki
        .client_with_rule(&["read:pages", "write:pages", "manage:pages"], "elsewhere")
        .await;
    assert!(
        elsewhere
            .pages()
            .move_to(page.id, wiki.path("y"))
            .await
            .unwrap_err()
            .is_forbidden()
    );
    assert_eq!(pages.get(page.id).await.unwrap(), page);
}
