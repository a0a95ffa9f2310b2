//! API keys, and the switch of the API.

use std::time::Duration;

use wikijs_client::{
    Applied, Client, Error, GroupId, Identity,
    api_keys::{ApiKey, KeyAccess, KeyLifetime, NewApiKey},
    error::AuthFailure,
};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{Wiki, hurried};

/// The guests' group, which every wiki has.
const GUESTS: GroupId = GroupId::new(2);

/// A key of this test's own.
fn new_key(wiki: &Wiki) -> NewApiKey {
    NewApiKey::for_group(wiki.prefix(), GUESTS, KeyLifetime::days(1))
}

async fn ours(wiki: &Wiki) -> Vec<ApiKey> {
    let mut keys = wiki.client.api_keys().list().await.unwrap();
    keys.retain(|key| key.name == wiki.prefix());
    keys
}

fn is_for(error: &Error, reason: AuthFailure) -> bool {
    matches!(error, Error::Auth(auth) if auth.reason == reason)
}

#[tokio::test]
async fn a_key_is_made_listed_used_and_revoked() {
    let wiki = Wiki::start().await;
    let keys = wiki.client.api_keys();
    let made = keys.create(new_key(&wiki)).await.unwrap();
    assert_eq!(made.entry.name, wiki.prefix());
    assert!(!made.entry.is_revoked && !made.entry.is_expired());
    assert_eq!(ours(&wiki).await, std::slice::from_ref(&made.entry));

    let user = Client::builder(wiki.url())
        .api_key(made.key)
        .build()
        .unwrap();
    assert_eq!(user.key_claims().unwrap().id, made.entry.id);
    assert_eq!(user.key_claims().unwrap().group, GUESTS);
    let identity = user.check().await.unwrap().identity;
    assert!(matches!(identity, Identity::ApiKey { .. }), "{identity:?}");

    keys.revoke(made.entry.id).await.unwrap();
    let error = user.check().await.unwrap_err();
    assert!(is_for(&error, AuthFailure::KeyRevoked), "{error}");
    let listed = ours(&wiki).await;
    assert!(listed[0].is_revoked && listed[0].id == made.entry.id);
    keys.revoke(made.entry.id).await.unwrap();
}

#[tokio::test]
async fn hazard_49_a_key_has_a_time_as_wiki_js_reads_it() {
    let wiki = Wiki::start().await;
    let keys = wiki.client.api_keys();
    let access = KeyAccess::Group(GUESTS);
    for (lifetime, seconds) in [
        (KeyLifetime::years(1), 31_557_600),
        (KeyLifetime::days(90), 7_776_000),
        (Duration::from_secs(3600).into(), 3600),
    ] {
        let made = keys
            .create(NewApiKey::new(wiki.prefix(), access, lifetime))
            .await
            .unwrap();
        let from = made.entry.created_at.to_jiff().unwrap();
        let time = made.entry.expires.to_jiff().unwrap().duration_since(from);
        assert!((time.as_secs() - seconds).abs() < 60, "{time:?}");
        keys.revoke(made.entry.id).await.unwrap();
    }
    for lifetime in [
        KeyLifetime::days(0),
        Duration::from_millis(999).into(),
        KeyLifetime::years(1000),
    ] {
        let key = NewApiKey::new(wiki.prefix(), access, lifetime);
        let error = keys.create(key).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    // The text "forever" would have left a dead entry.
    assert_eq!(ours(&wiki).await.len(), 3);
}

#[tokio::test]
async fn a_key_may_have_full_access() {
    let wiki = Wiki::start().await;
    let key = NewApiKey::full_access(wiki.prefix(), KeyLifetime::days(1));
    let made = wiki.client.api_keys().create(key).await.unwrap();
    let admin = Client::builder(wiki.url())
        .api_key(made.key)
        .build()
        .unwrap();
    assert_eq!(admin.key_claims().unwrap().group, GroupId::new(1));
    // It may revoke itself, which is its last call.
    admin.api_keys().revoke(made.entry.id).await.unwrap();
    let error = admin.api_keys().list().await.unwrap_err();
    assert!(is_for(&error, AuthFailure::KeyRevoked), "{error}");
}

#[tokio::test]
async fn a_key_for_a_missing_group_is_not_made() {
    let wiki = Wiki::start().await;
    let key = NewApiKey::for_group(wiki.prefix(), 999_999, KeyLifetime::days(1));
    let error = wiki.client.api_keys().create(key).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.applied(), Applied::No);
    for name in ["", " ", &"x".repeat(256), "a\0b"] {
        let key = NewApiKey::full_access(name, KeyLifetime::days(1));
        let error = wiki.client.api_keys().create(key).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    assert_eq!(ours(&wiki).await, []);
}

#[tokio::test]
async fn hazard_46_a_missing_key_is_not_revoked() {
    let wiki = Wiki::start().await;
    let answer = wiki
        .raw(
            "mutation{authentication{revokeApiKey(id:999999){responseResult{succeeded}}}}",
            serde_json::json!({}),
        )
        .await;
    let result = &answer["data"]["authentication"]["revokeApiKey"]["responseResult"];
    assert_eq!(result["succeeded"], true, "what the wiki itself says");
    let error = wiki.client.api_keys().revoke(999_999).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn keys_are_for_those_who_may_manage_the_api() {
    let wiki = Wiki::start().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let keys = reader.api_keys();
    assert!(keys.list().await.unwrap_err().is_forbidden());
    assert!(keys.state().await.unwrap_err().is_forbidden());
    assert!(keys.set_state(true).await.unwrap_err().is_forbidden());
    assert!(keys.revoke(999_999).await.unwrap_err().is_forbidden());
    let error = keys.create(new_key(&wiki)).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    // Who may make keys need not be allowed to see groups.
    let manager = wiki.client_with(&["manage:api"]).await;
    let made = manager.api_keys().create(new_key(&wiki)).await.unwrap();
    manager.api_keys().revoke(made.entry.id).await.unwrap();
}

#[tokio::test]
async fn a_client_with_a_key_does_not_shut_itself_out() {
    let wiki = Wiki::start().await;
    let keys = wiki.client.api_keys();
    assert!(keys.state().await.unwrap());
    keys.set_state(true).await.unwrap();
    let error = keys.set_state(false).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    assert!(error.to_string().contains("lock_out_api_keys"), "{error}");
    assert!(keys.state().await.unwrap());
}

#[tokio::test]
async fn the_api_is_switched_off_and_on_by_a_user() {
    let fake = FakeWiki::start().await;
    let with_key = hurried(&fake);
    let user = Client::builder(fake.url())
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD)
        .await
        .unwrap()
        .done()
        .unwrap();
    for locks_itself_out in [false, true] {
        if locks_itself_out {
            with_key.api_keys().lock_out_api_keys().await.unwrap();
        } else {
            user.api_keys().set_state(false).await.unwrap();
        }
        let error = with_key.api_keys().state().await.unwrap_err();
        assert!(is_for(&error, AuthFailure::ApiDisabled), "{error}");
        assert!(!user.api_keys().state().await.unwrap());
        user.api_keys().set_state(true).await.unwrap();
        assert!(with_key.api_keys().state().await.unwrap());
    }
}

#[tokio::test]
async fn a_key_whose_answer_was_lost_is_revoked_and_another_one_made() {
    for fault in [
        Fault::ResetAfter,
        Fault::ResetInAnswer,
        Fault::TruncatedJson,
        Fault::Hang { execute: true },
        Fault::status_after(502),
    ] {
        let fake = FakeWiki::start().await;
        let keys = hurried(&fake).api_keys();
        let other = NewApiKey::full_access("backup", KeyLifetime::days(30));
        keys.create(other).await.unwrap();
        fake.fail_next_matching("AuthenticationCreateApiKey", fault.clone());
        let key = NewApiKey::full_access("backup", KeyLifetime::days(1));
        let made = keys.create(key).await.unwrap();
        assert_eq!(fake.injected_count(), 1);
        let client = Client::builder(fake.url())
            .api_key(made.key)
            .build()
            .unwrap();
        let mut listed = client.api_keys().list().await.unwrap();
        listed.retain(|key| key.name == "backup");
        let revoked: Vec<_> = listed.iter().filter(|key| key.is_revoked).collect();
        assert_eq!((listed.len(), revoked.len()), (3, 1), "{fault:?}");
        assert_ne!(revoked[0].id, made.entry.id);
    }
}

#[tokio::test]
async fn revoking_and_switching_are_certain() {
    for fault in [
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::status(502),
        Fault::status_after(502),
    ] {
        let fake = FakeWiki::start().await;
        let wiki = hurried(&fake);
        let key = NewApiKey::full_access("x", KeyLifetime::days(1));
        let made = wiki.api_keys().create(key).await.unwrap();
        fake.fail_next_matching("AuthenticationRevokeApiKey", fault.clone());
        wiki.api_keys().revoke(made.entry.id).await.unwrap();
        fake.fail_next_matching("AuthenticationSetApiState", fault.clone());
        wiki.api_keys().set_state(true).await.unwrap();
        assert_eq!(fake.injected_count(), 2, "{fault:?}");
        let own = wiki.key_claims().unwrap().id;
        fake.fail_next_matching("AuthenticationRevokeApiKey", fault.clone());
        wiki.api_keys().revoke(own).await.unwrap();
        assert!(wiki.check().await.is_err());
    }
}

#[tokio::test]
async fn a_key_is_a_secret() {
    let fake = FakeWiki::start().await;
    let key = NewApiKey::full_access("x", KeyLifetime::days(1));
    let made = hurried(&fake).api_keys().create(key).await.unwrap();
    let shown = format!("{made:?}");
    fake.clear_requests();
    let client = Client::builder(fake.url())
        .api_key(made.key)
        .build()
        .unwrap();
    client.check().await.unwrap();
    let requests = fake.requests();
    let key = requests[0].header("authorization").unwrap();
    let signature = key.rsplit('.').next().unwrap();
    assert!(!shown.contains(signature), "{shown}");
    assert!(!shown.contains("eyJ"), "{shown}");
}
