//! Analytics. The tests enable none on a real wiki.

use serde_json::json;
use wikijs_client::{
    Error,
    providers::{ProviderUpdate, SettingValue},
};
use wikijs_fake::ProviderKind;

use crate::{rows::ANALYTICS, support::Wiki};

#[tokio::test]
async fn services_are_listed() {
    let wiki = Wiki::start().await;
    let analytics = wiki.client.analytics();
    let listed = analytics.list().await.unwrap();
    let enabled: Vec<_> = listed
        .iter()
        .filter(|service| service.is_enabled)
        .cloned()
        .collect();
    assert_eq!(analytics.enabled().await.unwrap(), enabled);
    let plausible = analytics.get("plausible").await.unwrap();
    assert!(plausible.is_available && listed.contains(&plausible));
    assert!(
        plausible
            .settings
            .text("plausibleJsSrc")
            .unwrap()
            .starts_with("https://")
    );
    assert!(analytics.get("abacus").await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.analytics().list().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn k44_k45_one_setting_changes_alone() {
    let wiki = Wiki::start().await;
    let original = ANALYTICS.original(&wiki).await;
    let analytics = wiki.client.analytics();
    let update = ProviderUpdate::new().set("serverHost", "https://matomo.example.com");
    let matomo = analytics.update("matomo", update).await.unwrap();
    // The definition declares a text, but the default is a number: it is kept as a number.
    assert_eq!(
        matomo.settings.value("siteId"),
        Some(&SettingValue::from(1))
    );
    let changed = json!("https://matomo.example.com");
    original
        .assert_only(&wiki, "matomo", &[("serverHost", changed)])
        .await;
    let update = ProviderUpdate::new().set("siteId", 2);
    let error = analytics.update("matomo", update).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    let update = ProviderUpdate::new().reset("serverHost").reset("siteId");
    assert_eq!(
        analytics
            .update("matomo", ProviderUpdate::new())
            .await
            .unwrap(),
        matomo
    );
    analytics.update("matomo", update).await.unwrap();
    assert_eq!(ANALYTICS.rows(&wiki).await, original.rows);
}

#[tokio::test]
async fn several_services_can_be_enabled() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let analytics = wiki.client.analytics();
    for key in ["google", "plausible"] {
        analytics
            .update(key, ProviderUpdate::new().enabled(true))
            .await
            .unwrap();
    }
    let enabled = analytics.enabled().await.unwrap();
    let keys: Vec<_> = enabled.iter().map(|service| service.key.as_str()).collect();
    assert_eq!(keys, ["google", "plausible"]);
    // A stored setting that has no definition any more is kept, too.
    fake.edit_provider(ProviderKind::Analytics, "matomo", |matomo| {
        matomo.config["old"] = json!(null);
    });
    let update = ProviderUpdate::new().set("serverHost", "https://matomo.example.com");
    analytics.update("matomo", update).await.unwrap();
    let matomo = fake.provider(ProviderKind::Analytics, "matomo").unwrap();
    let expected = json!({"old": null, "siteId": 1, "serverHost": "https://matomo.example.com"});
    assert_eq!(matomo.config, expected);
}
