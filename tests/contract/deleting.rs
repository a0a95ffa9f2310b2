//! Deleting pages.

use wikijs_client::{Applied, ErrorCode};

use crate::support::Wiki;

#[tokio::test]
async fn a_page_is_deleted_once() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    let pages = wiki.client.pages();
    pages.delete(page.id).await.unwrap();
    assert_eq!(pages.get_opt(page.id).await.unwrap(), None);
    let error = pages.delete(page.id).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.code(), Some(ErrorCode::PageNotFound));
    assert_eq!(error.applied(), Applied::No);
    let again = wiki.page("x").await;
    assert_ne!(again.id, page.id);
}

#[tokio::test]
async fn hazards_33_and_35_who_may_not_delete_is_told_and_nothing_is_deleted() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    for client in [
        wiki.client_with(&["read:pages", "write:pages", "manage:pages"]).await,
        wiki.client_with_rule(&["read:pages", "delete:pages"], "elsewhere").await,
    ] {
        let error = client.pages().delete(page.id).await.unwrap_err();
        assert!(error.is_forbidden(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    assert_eq!(wiki.client.pages().get(page.id).await.unwrap(), page);
}
