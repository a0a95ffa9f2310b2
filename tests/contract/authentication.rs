//! Login strategies on the login page, and accounts.

use std::time::Duration;

use wikijs_client::{
    Applied, Client, Error, ErrorCode, RetryPolicy, authentication::NewAccount, error::AuthFailure,
};
use wikijs_fake::{FakeComment, FakePage, FakeUser, FakeWiki, Fault};

use crate::support::{
    Wiki, asked, assert_unconfirmed, hurried, lost_after, lost_before, observing_briefly, refused,
};

const NONE: [&str; 0] = [];

/// Returns a client without key and login, with short timeouts.
fn guest(fake: &FakeWiki) -> Client {
    Client::builder(fake.url())
        .retry(RetryPolicy::default().max_elapsed(Duration::from_secs(5)))
        .build()
        .unwrap()
}

fn account() -> NewAccount {
    NewAccount::new("Edith@Example.com", "Edith", "Passw0rd")
}

#[tokio::test]
async fn login_strategies_are_public() {
    let wiki = Wiki::start().await;
    let guest = Client::builder(wiki.url()).build().unwrap();
    let all = guest.auth().active_strategies().await.unwrap();
    let enabled = guest.auth().enabled_strategies().await.unwrap();
    assert!(enabled.iter().all(|strategy| strategy.is_enabled));
    assert!(enabled.iter().all(|strategy| all.contains(strategy)));
    let local = enabled
        .iter()
        .find(|strategy| strategy.key == "local")
        .unwrap();
    assert_eq!(local.provider.key, "local");
    assert!(local.provider.use_form && local.provider.is_available);
    assert_eq!(local.provider.username_type.as_deref(), Some("email"));
}

#[tokio::test]
async fn only_enabled_strategies_are_requested() {
    let fake = FakeWiki::start().await;
    let auth = guest(&fake).auth();
    auth.active_strategies().await.unwrap();
    auth.enabled_strategies().await.unwrap();
    let asked: Vec<_> = fake
        .requests()
        .iter()
        .map(|request| request.operations[0].variables["enabledOnly"].clone())
        .collect();
    assert_eq!(asked, [false, true]);
}

#[tokio::test]
async fn a_registered_account_requires_verification() {
    let fake = FakeWiki::builder()
        .self_registration(["example.com"])
        .sends_mail()
        .start()
        .await;
    let auth = guest(&fake).auth();
    assert!(auth.enabled_strategies().await.unwrap()[0].self_registration);
    auth.register(account()).await.unwrap();
    let user = fake.user(3).unwrap();
    assert_eq!(
        (user.email.as_str(), user.name.as_str()),
        ("edith@example.com", "Edith")
    );
    assert_eq!(fake.mails()[0].to, "edith@example.com");
    let login = async || {
        Client::builder(fake.url())
            .login("edith@example.com", "Passw0rd")
            .await
    };
    let error = login().await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::AuthAccountNotVerified));
    assert!(error.is_unauthenticated());
    fake.edit_user(3, |user| user.is_verified = true);
    login().await.unwrap().done().unwrap();

    let error = auth.register(account()).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    let other = NewAccount::new("edith@example.org", "Edith", "Passw0rd");
    let error = auth.register(other).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn a_registration_that_is_executed_twice_is_unconfirmed() {
    let builder = FakeWiki::builder().self_registration(NONE).sends_mail();
    let fake = builder.start().await;
    fake.fail_next_matching("AuthenticationRegister", Fault::Twice);
    let error = guest(&fake).auth().register(account()).await.unwrap_err();
    assert_unconfirmed(&error, &fake, "AuthenticationRegister");
    assert!(error.is_conflict(), "{error}");
    assert!(fake.user(3).is_some());
}

#[tokio::test]
async fn registration_is_forbidden_if_it_is_disabled() {
    let wiki = Wiki::start().await;
    let guest = Client::builder(wiki.url()).build().unwrap();
    let strategies = guest.auth().enabled_strategies().await.unwrap();
    if strategies.iter().any(|strategy| strategy.self_registration) {
        return;
    }
    let error = guest.auth().register(account()).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert_eq!(error.code(), Some(ErrorCode::AuthRegistrationDisabled));
}

#[tokio::test]
async fn an_account_exists_even_if_its_mail_fails() {
    let fake = FakeWiki::builder().self_registration(NONE).start().await;
    let error = guest(&fake).auth().register(account()).await.unwrap_err();
    assert!(matches!(error, Error::PartiallyApplied(_)), "{error:?}");
    assert_eq!(error.code(), Some(ErrorCode::MailNotConfigured));
    assert_eq!(error.applied(), Applied::Partially);
    assert!(error.to_string().contains("Edith@Example.com"), "{error}");
    assert!(fake.user(3).is_some());
}

#[tokio::test]
async fn an_invalid_account_is_not_sent() {
    let fake = FakeWiki::builder().self_registration(NONE).start().await;
    let auth = guest(&fake).auth();
    for (email, name, password) in [
        ("edith", "Edith", "Passw0rd"),
        ("edith@example", "Edith", "Passw0rd"),
        ("e dith@example.com", "Edith", "Passw0rd"),
        ("edith@example.com", "E", "Passw0rd"),
        ("edith@example.com", "   ", "Passw0rd"),
        ("edith@example.com", "Edith", "pw123"),
        ("edith@example.com", "Edith", "        "),
    ] {
        let account = NewAccount::new(email, name, password);
        assert!(!format!("{account:?}").contains("Passw0rd"));
        let error = auth.register(account).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(!error.to_string().contains(password) || password.trim().is_empty());
    }
    assert!(matches!(
        auth.forgot_password("edith").await,
        Err(Error::InvalidInput(_))
    ));
    assert_eq!(fake.request_count(), 0);
}

#[tokio::test]
async fn a_password_is_reset_by_mail() {
    let fake = FakeWiki::builder()
        .user(FakeUser::new("Edith", "edith@example.com"))
        .sends_mail()
        .start()
        .await;
    let auth = guest(&fake).auth();
    auth.forgot_password("Edith@example.com").await.unwrap();
    assert_eq!(fake.mails()[0].to, "edith@example.com");
    auth.forgot_password("nobody@example.com").await.unwrap();
    assert_eq!(fake.mails().len(), 1);
}

#[tokio::test]
async fn a_password_reset_does_not_reveal_accounts() {
    let wiki = Wiki::start().await;
    let auth = wiki.client.auth();
    let address = format!("{}@example.com", wiki.prefix());
    auth.forgot_password(address).await.unwrap();
}

#[tokio::test]
async fn a_reset_without_mail_fails() {
    let fake = FakeWiki::start().await;
    let auth = guest(&fake).auth();
    let error = auth.forgot_password("admin@example.com").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MailNotConfigured));
}

#[tokio::test]
async fn k51_password_resets_are_limited_to_three_a_minute() {
    let fake = FakeWiki::start().await;
    let auth = guest(&fake).auth();
    for _ in 0..3 {
        auth.forgot_password("nobody@example.com").await.unwrap();
    }
    let error = auth
        .forgot_password("nobody@example.com")
        .await
        .unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    let wait = error.retry_after().unwrap().as_secs();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(error.applied(), Applied::No);
}

#[tokio::test]
async fn new_certificates_invalidate_keys_and_logins() {
    let fake = FakeWiki::start().await;
    let with_key = crate::support::client(fake.url(), fake.api_key());
    let user = Client::builder(fake.url())
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD)
        .await
        .unwrap()
        .done()
        .unwrap();
    with_key.check().await.unwrap();
    user.check().await.unwrap();
    with_key.auth().regenerate_certificates().await.unwrap();
    // The wiki itself would treat the caller as a guest and respond.
    let error = with_key.pages().list().await.unwrap_err();
    assert!(
        matches!(&error, Error::Auth(auth) if auth.reason == AuthFailure::KeyIgnored),
        "{error}"
    );
    // A client with a login logs in again.
    user.auth().regenerate_certificates().await.unwrap();
}

#[tokio::test]
async fn the_guest_is_reset() {
    let fake = FakeWiki::builder()
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let auth = crate::support::client(fake.url(), fake.api_key()).auth();
    fake.edit_user(2, |guest| {
        guest.name = "Somebody".to_owned();
        guest.groups = vec![1, 2];
    });
    auth.reset_guest_user().await.unwrap();
    let guest = fake.user(2).unwrap();
    assert_eq!((guest.name.as_str(), guest.groups), ("Guest", vec![2]));
    fake.insert_comment(FakeComment::new(1, "Hi").author(2, "Gast", "gast@example.com"));
    let error = auth.reset_guest_user().await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert_eq!(error.applied(), Applied::No);
    assert!(!error.to_string().contains("delete from"), "{error}");
}

#[tokio::test]
async fn administrative_calls_are_forbidden_to_others() {
    let fake = FakeWiki::start().await;
    let key = fake.key_with(["read:pages", "manage:api"]);
    let auth = crate::support::client(fake.url(), &key).auth();
    let error = auth.regenerate_certificates().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let error = auth.reset_guest_user().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

#[tokio::test]
async fn a_registration_without_a_response_is_unconfirmed() {
    for fault in [Fault::ResetAfter, Fault::ResetBefore] {
        let fake = FakeWiki::builder()
            .self_registration(NONE)
            .sends_mail()
            .start()
            .await;
        let auth = guest(&fake).auth();
        fake.fail_next_matching("AuthenticationRegister", fault.clone());
        let error = auth.register(account()).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationRegister");
        assert!(!format!("{error:?}").contains("Passw0rd"), "{error:?}");
        fake.fail_next_matching("AuthenticationForgotPassword", fault);
        let error = auth.forgot_password("admin@example.com").await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationForgotPassword");
    }
}

#[tokio::test]
async fn new_certificates_are_detected_after_a_lost_response() {
    // With `Fault::Twice`, the second execution no longer accepts the caller's key.
    for fault in lost_after().into_iter().chain([Fault::Twice]) {
        let fake = FakeWiki::start().await;
        let wiki = hurried(&fake);
        wiki.check().await.unwrap();
        fake.fail_next_matching("AuthenticationRegenerateCertificates", fault.clone());
        let regenerated = wiki.auth().regenerate_certificates().await;
        regenerated.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(asked(&fake, "AuthenticationRegenerateCertificates"), 1);
        assert!(wiki.check().await.is_err());
    }
    for fault in lost_before() {
        let fake = FakeWiki::start().await;
        let wiki = observing_briefly(&fake);
        fake.fail_next_matching("AuthenticationRegenerateCertificates", fault);
        let error = wiki.auth().regenerate_certificates().await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationRegenerateCertificates");
        wiki.check().await.unwrap();
    }
}

#[tokio::test]
async fn a_reset_of_the_guest_is_detected_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
        let fake = FakeWiki::start().await;
        fake.edit_user(2, |guest| {
            guest.created_at = "2020-01-01T00:00:00.000Z".to_owned();
        });
        fake.fail_next_matching("AuthenticationResetGuestUser", fault.clone());
        let reset = hurried(&fake).auth().reset_guest_user().await;
        reset.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(fake.pending_faults(), 0);
    }
    for fault in lost_before() {
        let fake = FakeWiki::start().await;
        fake.fail_next_matching("AuthenticationResetGuestUser", fault);
        let reset = observing_briefly(&fake).auth().reset_guest_user().await;
        assert_unconfirmed(&reset.unwrap_err(), &fake, "AuthenticationResetGuestUser");
    }
}
