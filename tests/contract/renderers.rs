//! Renderers.

use serde_json::json;
use wikijs_client::{
    Error,
    providers::{ProviderUpdate, SettingValue},
};

use crate::{rows::RENDERERS, support::Wiki};

#[tokio::test]
async fn renderers_are_listed_with_their_cores() {
    let wiki = Wiki::start().await;
    let renderers = wiki.client.renderers();
    let core = renderers.get("markdownCore").await.unwrap();
    assert!(core.is_core());
    assert_eq!(
        (core.input.as_deref(), core.output.as_deref()),
        (Some("markdown"), Some("html"))
    );
    assert_eq!(
        core.settings.value("linkify"),
        Some(&SettingValue::from(true))
    );
    let kroki = renderers.get("markdownKroki").await.unwrap();
    assert_eq!(kroki.depends_on.as_deref(), Some("markdownCore"));
    assert!(!kroki.is_core());
    let listed = renderers.list().await.unwrap();
    assert!(listed.is_sorted_by_key(|renderer| &renderer.key));
    assert!(listed.contains(&kroki));
    assert!(renderers.get("texCore").await.unwrap_err().is_not_found());
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.renderers().list().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn k44_k45_one_setting_changes_alone() {
    let wiki = Wiki::start().await;
    let original = RENDERERS.original(&wiki).await;
    let renderers = wiki.client.renderers();
    // These renderers are disabled in a fresh wiki, so the test changes the rendering of no page.
    for (key, setting, value) in [
        (
            "markdownKroki",
            "server",
            SettingValue::from("https://kroki.example.com"),
        ),
        ("markdownMathjax", "useInline", SettingValue::from(false)),
    ] {
        let json = json!(
            value
                .as_bool()
                .map_or(json!(value.as_str()), |flag| json!(flag))
        );
        let before = renderers.get(key).await.unwrap();
        let same = renderers.update(key, ProviderUpdate::new()).await;
        assert_eq!(same.unwrap(), before);
        let update = ProviderUpdate::new().set(setting, value.clone());
        let changed = renderers.update(key, update).await.unwrap();
        assert_eq!(changed.settings.value(setting), Some(&value));
        original.assert_only(&wiki, key, &[(setting, json)]).await;
        let update = ProviderUpdate::new().reset(setting);
        renderers.update(key, update).await.unwrap();
    }
    assert_eq!(RENDERERS.rows(&wiki).await, original.rows);
    for (setting, value) in [("srver", "x"), ("server", "********")] {
        let update = ProviderUpdate::new().set(setting, value);
        let error = renderers.update("markdownKroki", update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_number_stays_a_number() {
    let wiki = Wiki::start().await;
    if wiki.fake().is_none() {
        return;
    }
    let renderers = wiki.client.renderers();
    let update = ProviderUpdate::new().set("tabWidth", 8.0);
    let tabs = renderers
        .update("markdownExpandtabs", update)
        .await
        .unwrap();
    assert_eq!(tabs.settings.value("tabWidth").unwrap().as_i64(), Some(8));
    let rows = RENDERERS.rows(&wiki).await;
    assert_eq!(rows["markdownExpandtabs"]["config"], json!({"tabWidth": 8}));
}

#[tokio::test]
async fn a_renderer_cannot_be_enabled_without_its_core() {
    let wiki = Wiki::start().await;
    if wiki.fake().is_none() {
        return;
    }
    let renderers = wiki.client.renderers();
    let set = |is_enabled| ProviderUpdate::new().enabled(is_enabled);
    assert!(
        renderers
            .update("markdownKroki", set(true))
            .await
            .unwrap()
            .is_enabled
    );
    assert!(
        !renderers
            .update("markdownKroki", set(false))
            .await
            .unwrap()
            .is_enabled
    );
    assert!(
        !renderers
            .update("markdownCore", set(false))
            .await
            .unwrap()
            .is_enabled
    );
    let error = renderers
        .update("markdownKroki", set(true))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("switch on `markdownCore` first"),
        "{error}"
    );
    // The settings of the renderer can be changed nevertheless.
    let update = ProviderUpdate::new().set("server", "https://kroki.example.com");
    renderers.update("markdownKroki", update).await.unwrap();
}
