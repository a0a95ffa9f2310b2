//! Comment providers. The tests do not change the provider of a real wiki.

use serde_json::json;
use wikijs_client::{
    Error,
    providers::{ProviderUpdate, SettingValue},
};
use wikijs_fake::ProviderKind;

use crate::{rows::COMMENTS, support::Wiki};

#[tokio::test]
async fn one_provider_is_active() {
    let wiki = Wiki::start().await;
    let providers = wiki.client.comment_providers();
    let listed = providers.list().await.unwrap();
    let active = providers.active().await.unwrap();
    let enabled: Vec<_> = listed
        .iter()
        .filter(|provider| provider.is_enabled)
        .collect();
    assert_eq!(enabled, [&active]);
    let own = providers.get("default").await.unwrap();
    assert!(own.settings.value("minDelay").unwrap().as_i64().is_some());
    assert!(own.settings.get("akismet").unwrap().is_secret);
    assert!(providers.get("pigeon").await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(
        reader
            .comment_providers()
            .list()
            .await
            .unwrap_err()
            .is_forbidden()
    );
}

#[tokio::test]
async fn k44_k45_one_setting_changes_alone() {
    let wiki = Wiki::start().await;
    let original = COMMENTS.original(&wiki).await;
    let providers = wiki.client.comment_providers();
    let before = providers.get("disqus").await.unwrap();
    let same = providers.update("disqus", ProviderUpdate::new()).await;
    assert_eq!(same.unwrap(), before);
    let update = ProviderUpdate::new().set("accountName", "somebody");
    let disqus = providers.update("disqus", update).await.unwrap();
    assert_eq!(disqus.settings.text("accountName"), Some("somebody"));
    original
        .assert_only(&wiki, "disqus", &[("accountName", json!("somebody"))])
        .await;
    let update = ProviderUpdate::new().reset("accountName");
    providers.update("disqus", update).await.unwrap();
    assert_eq!(COMMENTS.rows(&wiki).await, original.rows);
    let active = providers.active().await.unwrap().key;
    let update = ProviderUpdate::new;
    for (key, update, says) in [
        (
            active.as_str(),
            update().enabled(false),
            "switch on another one",
        ),
        (
            "default",
            update().set("minDelay", "30"),
            "a number, not a text",
        ),
        (
            "default",
            update().set("akismet", "********"),
            "the secret itself",
        ),
        (
            "default",
            update().set("maxDelay", 30),
            "`akismet`, `minDelay`",
        ),
    ] {
        let error = providers.update(key, update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn enabling_a_provider_disables_the_active_one() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let providers = wiki.client.comment_providers();
    let update = ProviderUpdate::new()
        .set("akismet", "k3y")
        .set("minDelay", 60);
    let own = providers.update("default", update).await.unwrap();
    assert_eq!(
        own.settings.value("minDelay"),
        Some(&SettingValue::from(60))
    );
    assert!(!format!("{own:?}").contains("k3y"));
    let update = ProviderUpdate::new()
        .enabled(true)
        .set("accountName", "somebody");
    let disqus = providers.update("disqus", update).await.unwrap();
    assert_eq!(providers.active().await.unwrap(), disqus);
    let own = fake
        .provider(ProviderKind::CommentProvider, "default")
        .unwrap();
    assert!(!own.is_enabled);
    assert_eq!(own.config, json!({"akismet": "k3y", "minDelay": 60}));
}
