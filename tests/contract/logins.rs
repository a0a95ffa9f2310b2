//! Logging in as a user. These tests need the fake, because a real wiki allows only five logins a minute.

use std::time::Duration;

use futures::{StreamExt, stream};
use wikijs_client::{
    Applied, Client, Error, ErrorCode, Identity, Login, RetryPolicy, error::AuthFailure,
    pages::NewPage,
};
use wikijs_fake::{FakeUser, FakeWiki, Fault, LateResponse};

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
    assert_eq!(page.metadata.unwrap().author.name, "Edith");
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
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
async fn k52_a_login_asks_for_a_code_a_new_password_or_a_setup() {
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
    // The client uses the new password for later logins.
    fake.void_logins();
    assert_is_edith(&wiki).await;
    let unfinished = builder(&fake).login(EMAIL, "secret").await;
    assert_eq!(
        unfinished.unwrap_err().code(),
        Some(ErrorCode::AuthLoginFailed)
    );
}

#[tokio::test]
async fn a_new_password_may_be_stored_after_the_deadline() {
    let fake = wiki_of(edith().must_change_password()).await;
    let hurried = builder(&fake).deadline(Duration::from_secs(2));
    let Login::MustChangePassword(change) = hurried.login(EMAIL, "secret").await.unwrap() else {
        panic!("no new password is asked for")
    };
    let late = Fault::Late {
        after: Duration::from_secs(3),
        answer: LateResponse::Never,
    };
    fake.fail_next_matching("AuthenticationLoginChangePassword", late);
    let error = change.new_password("another-secret").await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.applied(), Applied::Unknown);
    fake.until_late_executions_end().await;
    builder(&fake)
        .login(EMAIL, "another-secret")
        .await
        .unwrap()
        .done()
        .unwrap();
}

#[tokio::test]
async fn a_step_of_a_login_that_is_executed_twice_is_never_reported_as_not_applied() {
    let fake = wiki_of(edith().must_change_password()).await;
    let Login::MustChangePassword(change) = builder(&fake).login(EMAIL, "secret").await.unwrap()
    else {
        panic!("no new password is asked for")
    };
    fake.fail_next_matching("AuthenticationLoginChangePassword", Fault::Twice);
    let error = change.new_password("another-secret").await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown, "{error:?}");
    let login = builder(&fake).login(EMAIL, "another-secret").await;
    login.unwrap().done().unwrap();
}

#[tokio::test]
async fn k50_an_expired_token_is_renewed_by_the_wiki() {
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
async fn k51_concurrent_tasks_share_one_new_login() {
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
async fn k47_concurrent_lists_never_return_a_guests_view() {
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
async fn a_write_after_the_end_of_the_login_is_sent_after_a_new_login() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    fake.void_logins();
    let page = wiki
        .pages()
        .create(NewPage::new("docs/page", "Page", "x"))
        .await
        .unwrap();
    assert_eq!(page.metadata.unwrap().author.name, "Edith");
    assert_eq!(fake.pages().len(), 1);
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn k51_a_failed_login_is_not_retried() {
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
async fn k47_an_ignored_key_is_an_error_of_reads_and_writes() {
    let fake = wiki_of(edith()).await;
    let id = fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    let ignored = Client::builder(fake.url())
        .api_key(fake.garbage_key())
        .build()
        .unwrap();
    for error in [
        // As a guest, the caller would get this list.
        ignored.pages().list().await.unwrap_err(),
        ignored.pages().get(id).await.unwrap_err(),
        ignored.pages().delete(id).await.unwrap_err(),
    ] {
        assert!(error.is_unauthenticated());
        assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::KeyIgnored));
    }
    // A key without the permission gets a "forbidden" error, and the client verifies its identity only once.
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
async fn k47_an_invalid_login_is_renewed_before_a_list_is_returned() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    fake.void_logins();
    assert_eq!(wiki.pages().list().await.unwrap().len(), 1);
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn k49_claims_of_a_key_are_read_without_a_request() {
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
async fn k47_only_the_wiki_refuses_an_expired_key() {
    let fake = wiki_of(edith()).await;
    let expired = Client::builder(fake.url())
        .api_key(fake.expired_key(20))
        .build()
        .unwrap();
    assert!(expired.key_claims().unwrap().is_expired());
    let error = expired.pages().list().await.unwrap_err();
    assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::Expired));
    // The local clock may be wrong, so the wiki decides. The client sends no write before it has the wiki's response.
    assert!(fake.request_count() > 0);
    let error = expired.pages().delete_tag(1).await.unwrap_err();
    assert!(matches!(error, Error::Auth(error) if error.reason == AuthFailure::Expired));
    let sent = fake.requests();
    let mut sent = sent.iter().flat_map(|request| &request.operations);
    assert!(sent.all(|operation| operation.name.as_deref() != Some("PagesDeleteTag")));
    let valid = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    let claims = valid.key_claims().unwrap();
    assert!(!claims.is_expired() && !claims.expires_within(Duration::from_secs(60)));
    assert!(claims.expires_within(Duration::from_secs(100 * 365 * 86_400)));
}

#[tokio::test]
async fn a_caller_dropped_during_a_login_blocks_no_other() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    let id = fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    wiki.pages().get(id).await.unwrap();
    fake.void_logins();
    let late = wikijs_fake::Fault::Latency(Duration::from_secs(3));
    fake.fail_next_matching("AuthenticationLogin", late);
    let one = {
        let pages = wiki.pages();
        tokio::spawn(async move { pages.get(id).await })
    };
    while logins(&fake) < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // This read is refused, and waits for the login that the other task has started.
    let reads = asked(&fake, "PagesGet");
    let other = tokio::spawn(wiki.pages().get(id));
    while asked(&fake, "PagesGet") == reads {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    one.abort();
    assert!(one.await.unwrap_err().is_cancelled());
    other.await.unwrap().unwrap();
    wiki.pages().get(id).await.unwrap();
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn a_login_of_a_dropped_caller_is_completed() {
    let fake = wiki_of(edith()).await;
    let wiki = log_in(&fake).await;
    let id = fake.insert_page(wikijs_fake::FakePage::new("docs/page", "Page"));
    fake.void_logins();
    let late = wikijs_fake::Fault::Latency(Duration::from_millis(300));
    fake.fail_next_matching("AuthenticationLogin", late);
    let pages = wiki.pages();
    let given_up = tokio::time::timeout(Duration::from_millis(100), pages.get(id)).await;
    assert!(given_up.is_err());
    pages.get(id).await.unwrap();
    assert_eq!(logins(&fake), 2);
}

#[tokio::test]
async fn a_token_continues_the_session_in_another_client() {
    let fake = wiki_of(edith()).await;
    let first = log_in(&fake).await;
    let token = first.session_token().unwrap();
    let second = builder(&fake).session_token(token).build().unwrap();
    assert_is_edith(&second).await;
    assert_eq!(logins(&fake), 1);
    assert!(second.session_token().is_some());

    // Without the account nobody can log in again.
    fake.void_logins();
    let error = second.pages().get(1).await.unwrap_err();
    assert!(
        error.is_unauthenticated() || error.is_not_found(),
        "{error}"
    );
    assert_eq!(logins(&fake), 1);
}

#[tokio::test]
async fn a_client_that_skips_the_identity_check_reads_a_page_in_one_request() {
    let fake = FakeWiki::builder()
        .page(wikijs_fake::FakePage::new("docs", "Docs"))
        .start()
        .await;
    let wiki = builder(&fake)
        .api_key(fake.api_key())
        .skip_identity_check()
        .build()
        .unwrap();
    wiki.pages().get(1).await.unwrap();
    assert_eq!(fake.request_count(), 1);
    assert_eq!(asked(&fake, "UsersWhoAmI"), 0);
}
