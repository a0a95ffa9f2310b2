//! API keys, and the switch of the API.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use wikijs_client::{
    Applied, Client, Error, GroupId, Identity,
    api_keys::{ApiKey, KeyAccess, KeyLifetime, NewApiKey},
    error::AuthFailure,
};
use wikijs_fake::{FakeWiki, Fault};

use crate::{
    canned::{Response, body_of, serve},
    support::{
        Wiki, asked, assert_unconfirmed, hurried, lost_after, lost_before, observing_briefly,
        refused,
    },
};

/// The guests' group, which every wiki has.
const GUESTS: GroupId = GroupId::new(2);

/// Returns parameters for a key whose name starts with the test's prefix.
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
async fn a_key_is_created_listed_used_and_revoked() {
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
async fn k49_lifetimes_are_sent_in_the_format_of_wiki_js() {
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
        KeyLifetime::years(1001),
        KeyLifetime::from(KeyLifetime::years(1000).as_duration() + Duration::from_secs(1)),
    ] {
        let key = NewApiKey::new(wiki.prefix(), access, lifetime);
        let error = keys.create(key).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    let longest = KeyLifetime::years(1000);
    let made = keys
        .create(NewApiKey::new(wiki.prefix(), access, longest))
        .await;
    keys.revoke(made.unwrap().entry.id).await.unwrap();
    // With the invalid text "forever", Wiki.js would have stored an entry without a usable key.
    assert_eq!(ours(&wiki).await.len(), 4);
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
    // A key may revoke itself. No later call with it succeeds.
    admin.api_keys().revoke(made.entry.id).await.unwrap();
    let error = admin.api_keys().list().await.unwrap_err();
    assert!(is_for(&error, AuthFailure::KeyRevoked), "{error}");
}

#[tokio::test]
async fn a_key_for_a_missing_group_is_not_created() {
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
async fn k46_a_missing_key_is_not_revoked() {
    let wiki = Wiki::start().await;
    let answer = wiki
        .raw(
            "mutation{authentication{revokeApiKey(id:999999){responseResult{succeeded}}}}",
            serde_json::json!({}),
        )
        .await;
    let result = &answer["data"]["authentication"]["revokeApiKey"]["responseResult"];
    assert_eq!(result["succeeded"], true, "the wiki itself reports success");
    let error = wiki.client.api_keys().revoke(999_999).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn keys_require_the_permission_manage_api() {
    let wiki = Wiki::start().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let keys = reader.api_keys();
    assert!(keys.list().await.unwrap_err().is_forbidden());
    assert!(keys.state().await.unwrap_err().is_forbidden());
    assert!(keys.set_state(true).await.unwrap_err().is_forbidden());
    assert!(keys.revoke(999_999).await.unwrap_err().is_forbidden());
    let error = keys.create(new_key(&wiki)).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    // Creating a key does not require the permission to read groups.
    let manager = wiki.client_with(&["manage:api"]).await;
    let made = manager.api_keys().create(new_key(&wiki)).await.unwrap();
    manager.api_keys().revoke(made.entry.id).await.unwrap();
}

#[tokio::test]
async fn set_state_does_not_lock_out_the_clients_own_key() {
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
async fn a_user_disables_and_enables_the_api() {
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
async fn a_key_whose_response_is_lost_is_named_in_the_error_and_not_revoked() {
    for fault in lost_after() {
        let fake = FakeWiki::start().await;
        let keys = hurried(&fake).api_keys();
        let other = NewApiKey::full_access("backup", KeyLifetime::days(30));
        keys.create(other).await.unwrap();
        fake.clear_requests();
        fake.fail_next_matching("AuthenticationCreateApiKey", fault.clone());
        let key = NewApiKey::full_access("backup", KeyLifetime::days(1));
        let error = keys.create(key).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationCreateApiKey");
        let mut listed = keys.list().await.unwrap();
        listed.retain(|key| key.name == "backup" && !key.is_revoked);
        assert_eq!(listed.len(), 2, "{fault:?}");
        let newest = listed.iter().map(|key| key.id).max().unwrap();
        let text = error.to_string();
        assert!(
            text.contains(&format!("API key {newest} (`backup`)")),
            "{text}"
        );
        assert!(text.contains("revoke"), "{text}");
    }
}

#[tokio::test]
async fn a_key_of_another_client_is_distinguished_by_name_and_lifetime() {
    for (name, days, is_taken_for_it) in [
        ("group 1", 365, true),
        ("group 1", 1, false),
        ("group 2", 365, false),
    ] {
        let fake = Arc::new(FakeWiki::start().await);
        let keys = observing_briefly(&fake).api_keys();
        let other = Arc::clone(&fake);
        // It is issued for a year.
        fake.after_next("AuthenticationApiKeys", async move {
            other.key_for(1);
        });
        fake.fail_next_matching("AuthenticationCreateApiKey", Fault::ResetBefore);
        let key = NewApiKey::full_access(name, KeyLifetime::days(days));
        let error = keys.create(key).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationCreateApiKey");
        let text = error.to_string();
        assert_eq!(text.contains("is created"), is_taken_for_it, "{text}");
    }
}

#[tokio::test]
async fn an_entry_is_found_by_the_end_of_its_key() {
    let fake = FakeWiki::start().await;
    let key = fake.api_key().to_owned();
    let end = &key[key.len() - 20..];
    for (short, is_of_key) in [
        (format!("...{end}"), true),
        (format!("...{end}x"), false),
        ("...".to_owned(), false),
    ] {
        let key = key.clone();
        let url = serve(move |request| {
            let authentication = if body_of(request).contains("createApiKey") {
                let result =
                    json!({"succeeded": true, "errorCode": 0, "slug": "ok", "message": ""});
                json!({"createApiKey": {"responseResult": result, "key": key}})
            } else {
                let date = "2026-01-01T00:00:00.000Z";
                json!({"apiKeys": [{"id": 77, "name": "x", "keyShort": short, "expiration": date,
                    "createdAt": date, "updatedAt": date, "isRevoked": false}]})
            };
            Response::json(200, json!({"data": {"authentication": authentication}}))
        });
        let wiki = Client::builder(url).build().unwrap();
        let new = NewApiKey::full_access("x", KeyLifetime::days(1));
        let made = wiki.api_keys().create(new).await.unwrap();
        assert_eq!(made.entry.id == 77, is_of_key);
    }
}

#[tokio::test]
async fn a_key_that_is_not_observed_may_be_created_later() {
    for fault in lost_before() {
        let fake = FakeWiki::start().await;
        let keys = observing_briefly(&fake).api_keys();
        let before = keys.list().await.unwrap().len();
        fake.fail_next_matching("AuthenticationCreateApiKey", fault);
        let key = NewApiKey::full_access("backup", KeyLifetime::days(1));
        let error = keys.create(key).await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationCreateApiKey");
        assert_eq!(keys.list().await.unwrap().len(), before);
    }
}

#[tokio::test]
async fn revoking_and_switching_succeed_after_a_lost_response() {
    for fault in lost_after().into_iter().chain(refused()) {
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
async fn a_lost_revocation_is_sent_again_and_a_lost_switch_is_not() {
    for fault in lost_before() {
        let fake = FakeWiki::start().await;
        let wiki = observing_briefly(&fake);
        let key = NewApiKey::full_access("x", KeyLifetime::days(1));
        let made = wiki.api_keys().create(key).await.unwrap();
        fake.fail_next_matching("AuthenticationRevokeApiKey", fault.clone());
        wiki.api_keys().revoke(made.entry.id).await.unwrap();
        assert_eq!(asked(&fake, "AuthenticationRevokeApiKey"), 2, "{fault:?}");
        fake.fail_next_matching("AuthenticationSetApiState", fault.clone());
        let error = wiki.api_keys().lock_out_api_keys().await.unwrap_err();
        assert_unconfirmed(&error, &fake, "AuthenticationSetApiState");
        assert!(wiki.api_keys().state().await.unwrap());
    }
}

#[tokio::test]
async fn a_key_is_not_in_debug_output() {
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
