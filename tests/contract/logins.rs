//! Logging in as a user. On the fake: a real wiki allows five logins a minute.

use std::time::Duration;

use futures::{StreamExt, stream};
use wikijs_client::{
    Applied, Client, Error, ErrorCode, Identity, Login, RetryPolicy, error::AuthFailure,
    pages::NewPage,
};
use wikijs_fake::{FakeUser, FakeWiki};

use crate::support::asked;

const EMAIL: &str = "edith@example.com";

fn edith() -> FakeUser {
    FakeUser::new("Edith", EMAIL).password("secret").groups([1])
}

async fn wiki_of(user: FakeUser) -> FakeWiki {
    FakeWiki::builder().user(user).start().await
}

fn builder(fake: &FakeWiki) -> wikijs_client::ClientBuilder {
    let policy = RetryPolicy::default()
        .min_delay(Duration::from_millis(2))
        .max_elapsed(Duration::from_secs(5));
    Client::builder(fake.url()).retry(policy)
}

async fn log_in(fake: &FakeWiki) -> Client {
    builder(fake)
        .login(EMAIL, "secret")
        .await
        .unwrap()
        .done()
        .unwrap()
}

async fn assert_is_edith(wiki: &Client) {
    match wiki.check().await.unwrap().identity {
        Identity::User(user) => assert_eq!(user.email, EMAIL),
        other => panic!("{other:?}"),
    }
}

fn logins(fake: &FakeWiki) -> usize {
    asked(fake, "AuthenticationLogin")
}

#[tokio::test]
async fn a_user_logs_in_and_writes_under_its_own_name() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    assert_is_edith(&wiki).await;
    let page = wiki
        .pages()
        .create(NewPage::new("docs/page", "Page", "x"))
        .await
        .unwrap();
    assert_eq!(page.editorial.unwrap().author.name, "Edith");
}

#[tokio::test]
async fn a_wrong_password_is_told_once() {
    let fake = wiki_of(edith()).await;
    for (username, password) in [(EMAIL, "wrong"), ("nobody@example.com", "secret")] {
        let error = builder(&fake).login(username, password).await.unwrap_err();
        assert!(error.is_unauthenticated());
        assert_eq!(error.code(), Some(ErrorCode::AuthLoginFailed));
        assert!(!format!("{error} {error:?}").contains(password));
    }
    assert_eq!(logins(&fake), 2);
    let error = builder(&fake)
        .login(EMAIL, "secret")
        .strategy("other")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::AuthProviderInvalid));
    assert!(
        builder(&fake)
            .login("", "secret")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
    assert!(
        builder(&fake)
            .login(EMAIL, "")
            .await
            .unwrap_err()
            .is_invalid_input()
    );
}

#[tokio::test]
async fn hazard_52_a_security_code_a_new_password_and_a_setup_are_questions_to_be_answered() {
    let fake = wiki_of(edith().two_factor("123456")).await;
    let Login::MustProvideTwoFactor(question) =
        builder(&fake).login(EMAIL, "secret").await.unwrap()
    else {
        panic!("no code is asked for")
    };
    let wiki = question.answer("123456").await.unwrap().done().unwrap();
    assert_is_edith(&wiki).await;
    let Login::MustProvideTwoFactor(question) =
        builder(&fake).login(EMAIL, "secret").await.unwrap()
    else {
        panic!("no code is asked for")
    };
    assert!(
        question
            .answer("000000")
            .await
            .unwrap_err()
            .is_unauthenticated()
    );

    let fake = wiki_of(edith().must_set_up_two_factor("123456")).await;
    let Login::MustSetUpTwoFactor(setup) = builder(&fake).login(EMAIL, "secret").await.unwrap()
    else {
        panic!("no setup is asked for")
    };
    assert!(!setup.qr_image().is_empty());
    assert_is_edith(&setup.answer("123456").await.unwrap().done().unwrap()).await;

    let fake = wiki_of(edith().must_change_password()).await;
    let Login::MustChangePassword(change) = builder(&fake).login(EMAIL, "secret").await.unwrap()
    else {
        panic!("no new password is asked for")
    };
    let wiki = change
        .new_password("another-secret")
        .await
        .unwrap()
        .done()
        .unwrap();
    assert_is_edith(&wiki).await;
    // It is the new one that the client logs in with again.
    fake.void_logins();
    assert_is_edith(&wiki).await;
    let unfinished = builder(&fake).login(EMAIL, "secret").await;
    assert_eq!(
        unfinished.unwrap_err().code(),
        Some(ErrorCode::AuthLoginFailed)
    );
}

#[tokio::test]
async fn hazard_50_a_token_that_has_run_out_is_renewed_by_the_wiki() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    for _ in 0..3 {
        fake.expire_logins();
        assert_is_edith(&wiki).await;
        wiki.pages().list().await.unwrap();
    }
    assert_eq!(logins(&fake), 1);
    let tokens: std::collections::HashSet<_> = fake
        .requests()
        .iter()
        .filter_map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    assert!(tokens.len() >= 3, "the new token is used");
}

#[tokio::test]
async fn hazard_51_when_the_login_has_ended_all_tasks_share_one_new_login() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    let id = fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    fake.void_logins();
    let pages = wiki.pages();
    let got: Vec<_> = stream::iter(0..40)
        .map(|_| pages.get(id))
        .buffer_unordered(40)
        .collect()
        .await;
    assert!(
        got.iter().all(Result::is_ok),
        "{:?}",
        got.iter().find(|result| result.is_err())
    );
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn hazard_47_lists_of_many_tasks_are_never_a_guests() {
    let user = edith();
    let fake = FakeWiki::builder().user(user).private().start().await;
    let wiki = log_in(&fake).await;
    fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    fake.void_logins();
    let pages = wiki.pages();
    let lists: Vec<_> = stream::iter(0..40)
        .map(|_| pages.list().into_future())
        .buffer_unordered(40)
        .collect()
        .await;
    for list in lists {
        assert_eq!(list.unwrap().len(), 1);
    }
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn a_write_that_finds_the_login_ended_is_made_after_a_new_one() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    fake.void_logins();
    let page = wiki
        .pages()
        .create(NewPage::new("docs/page", "Page", "x"))
        .await
        .unwrap();
    assert_eq!(page.editorial.unwrap().author.name, "Edith");
    assert_eq!(fake.pages().len(), 1);
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn hazard_51_a_login_that_fails_is_not_repeated() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    let id = fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    let user = match wiki.check().await.unwrap().identity {
        Identity::User(user) => user.id.get(),
        other => panic!("{other:?}"),
    };
    fake.edit_user(user, |user| *user = user.clone().password("changed"));
    fake.void_logins();
    for _ in 0..10 {
        let error = wiki.pages().get(id).await.unwrap_err();
        assert!(error.is_unauthenticated());
        assert_eq!(error.applied(), Applied::No);
        assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::LoginNeeded));
    }
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn hazard_47_a_key_that_became_a_guests_is_told_where_something_is_forbidden() {
    let fake = wiki_of(edith()).await;
    let id = fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    let ignored = Client::builder(fake.url())
        .api_key(fake.garbage_key())
        .build()
        .unwrap();
    for error in [
        // A guest would be shown this list.
        ignored.pages().list().await.unwrap_err(),
        ignored.pages().get(id).await.unwrap_err(),
        ignored.pages().delete(id).await.unwrap_err(),
    ] {
        assert!(error.is_unauthenticated());
        assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::KeyIgnored));
    }
    // A key that may not is forbidden, and the wiki is asked once who it is.
    let reader = Client::builder(fake.url())
        .api_key(fake.key_with(["read:pages"]))
        .build()
        .unwrap();
    fake.clear_requests();
    for _ in 0..3 {
        assert!(reader.pages().get(id).await.unwrap_err().is_forbidden());
    }
    assert_eq!(fake.request_count(), 3 + 1);
}

#[tokio::test]
async fn hazard_47_a_login_that_became_a_guests_is_repeated_before_a_list_is_believed() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    fake.void_logins();
    assert_eq!(wiki.pages().list().await.unwrap().len(), 1);
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn hazard_49_what_a_key_says_of_itself_is_read_without_a_request() {
    let fake = wiki_of(edith()).await;
    let reader = Client::builder(fake.url())
        .api_key(fake.key_with(["read:pages"]))
        .build()
        .unwrap();
    let claims = *reader.key_claims().unwrap();
    assert!(!claims.is_expired());
    assert_ne!(claims.group, 1);
    assert_eq!(fake.request_count(), 0);
    match reader.check().await.unwrap().identity {
        Identity::ApiKey { claims: seen, .. } => assert_eq!(seen, Some(claims)),
        other => panic!("{other:?}"),
    }
    let odd = Client::builder(fake.url())
        .api_key("no.claims.here")
        .build()
        .unwrap();
    assert!(odd.key_claims().is_none());
}

#[tokio::test]
async fn hazard_47_a_key_that_expired_long_ago_is_not_even_sent() {
    let fake = wiki_of(edith()).await;
    let expired = Client::builder(fake.url())
        .api_key(fake.expired_key(20))
        .build()
        .unwrap();
    assert!(expired.key_claims().unwrap().is_expired());
    let error = expired.pages().list().await.unwrap_err();
    assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::Expired));
    assert_eq!(fake.request_count(), 0);
    let valid = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    let claims = valid.key_claims().unwrap();
    assert!(!claims.is_expired() && !claims.expires_within(Duration::from_secs(60)));
    assert!(claims.expires_within(Duration::from_secs(100 * 365 * 86_400)));
}
