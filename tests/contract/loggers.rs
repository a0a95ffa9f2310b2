//! Loggers. The tests enable none on a real wiki.

use serde_json::json;
use wikijs_client::{
    Error,
    providers::{LoggerUpdate, ProviderUpdate, SettingValue},
};
use wikijs_fake::ProviderKind;

use crate::{rows::LOGGERS, support::Wiki};

#[tokio::test]
async fn loggers_are_listed() {
    let wiki = Wiki::start().await;
    let loggers = wiki.client.loggers();
    let listed = loggers.list().await.unwrap();
    assert!(listed.is_sorted_by_key(|logger| &logger.key));
    let loggly = loggers.get("loggly").await.unwrap();
    assert_eq!(loggly.level, "warn");
    assert!(loggly.settings.get("token").unwrap().is_secret);
    assert!(listed.contains(&loggly));
    assert!(loggers.get("diary").await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.loggers().list().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn k44_k45_one_setting_changes_alone_and_as_a_bare_text() {
    let wiki = Wiki::start().await;
    let original = LOGGERS.original(&wiki).await;
    let loggers = wiki.client.loggers();
    let before = loggers.get("loggly").await.unwrap();
    let same = loggers.update("loggly", ProviderUpdate::new()).await;
    assert_eq!(same.unwrap(), before);
    let update = ProviderUpdate::new().set("subdomain", r#"{"v":"wiki"}"#);
    let loggly = loggers.update("loggly", update).await.unwrap();
    assert_eq!(loggly.settings.text("subdomain"), Some(r#"{"v":"wiki"}"#));
    let changed = json!(r#"{"v":"wiki"}"#);
    original
        .assert_only(&wiki, "loggly", &[("subdomain", changed)])
        .await;
    let update = LoggerUpdate::new().level("error").set("subdomain", "");
    let loggly = loggers.update("loggly", update).await.unwrap();
    assert_eq!(loggly.level, "error");
    loggers
        .update("loggly", LoggerUpdate::new().level("warn"))
        .await
        .unwrap();
    assert_eq!(LOGGERS.rows(&wiki).await, original.rows);
    for (update, says) in [
        (LoggerUpdate::new().level("loud"), "verbose"),
        (
            LoggerUpdate::new().set("subdomain", 1),
            "a text, not a number",
        ),
        (
            LoggerUpdate::new().set("token", "********"),
            "the secret itself",
        ),
    ] {
        let error = loggers.update("loggly", update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Runs on the fake only: Wiki.js stores each setting of a logger as text, and the test could not restore the number.
#[tokio::test]
async fn k44_a_number_stored_as_text_is_read_as_a_number() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let loggers = wiki.client.loggers();
    let update = ProviderUpdate::new().enabled(true).set("port", 514);
    let papertrail = loggers.update("papertrail", update).await.unwrap();
    assert_eq!(
        papertrail.settings.value("port"),
        Some(&SettingValue::from(514))
    );
    let stored = fake.provider(ProviderKind::Logger, "papertrail").unwrap();
    assert_eq!(stored.config, json!({"host": "", "port": "514"}));
    let update = ProviderUpdate::new().set("host", "logs.example.com");
    loggers.update("papertrail", update).await.unwrap();
    let stored = fake.provider(ProviderKind::Logger, "papertrail").unwrap();
    assert_eq!(
        stored.config,
        json!({"host": "logs.example.com", "port": "514"})
    );
    assert!(stored.is_enabled);
}
