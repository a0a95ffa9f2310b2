//! Deleting pages.

use wikijs_client::{Applied, ErrorCode};

use wikijs_fake::{FakeGroup, PageRule, RuleMatch};

use crate::support::{Wiki, client};

#[tokio::test]
async fn k33_a_rule_that_is_limited_to_a_locale_never_allows_a_delete() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let page = wiki.page("x").await;
    let roles = ["read:pages", "delete:pages"];
    let rule = PageRule::allow(roles, RuleMatch::Start, "").locales(["en"]);
    let group = fake.insert_group(FakeGroup::new("english", roles).page_rules([rule]));
    let english = client(fake.url(), &fake.key_for(group));
    let error = english.pages().delete(page.id).await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(error.code(), Some(ErrorCode::PageDeleteForbidden));
    assert_eq!(error.applied(), Applied::No);
    assert!(fake.page(page.id.get()).is_some());
}

#[tokio::test]
async fn k35_a_deletion_is_permanent() {
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
async fn a_deletion_without_permission_is_forbidden() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await;
    for client in [
        wiki.client_with(&["read:pages", "write:pages", "manage:pages"])
            .await,
        wiki.client_with_rule(&["read:pages", "delete:pages"], "elsewhere")
            .await,
    ] {
        let error = client.pages().delete(page.id).await.unwrap_err();
        assert!(error.is_forbidden(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    assert_eq!(wiki.client.pages().get(page.id).await.unwrap(), page);
}
