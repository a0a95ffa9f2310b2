//! The languages of the wiki.

use std::time::Duration;

use serde_json::json;
use wikijs_client::{Applied, Error, locales::LocaleUpdate};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{RestoreOnDrop, Wiki, asked, eager, mutations};

const UPDATE: &str = "mutation($locale:String!,$autoUpdate:Boolean!,$namespacing:Boolean!,$namespaces:[String]!){\
    localization{updateLocale(locale:$locale,autoUpdate:$autoUpdate,namespacing:$namespacing,\
    namespaces:$namespaces){responseResult{succeeded}}}}";

async fn restore_on_drop(wiki: &Wiki) -> RestoreOnDrop {
    let before = wiki.client.locales().config().await.unwrap();
    wiki.restore_on_drop(
        UPDATE,
        json!({ "locale": before.locale, "autoUpdate": before.auto_update,
            "namespacing": before.namespacing, "namespaces": before.namespaces }),
    )
}

#[tokio::test]
async fn the_languages_are_public() {
    let wiki = Wiki::start().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let locales = reader.locales().list().await.unwrap();
    let french = locales.iter().find(|locale| locale.code == "fr").unwrap();
    assert_eq!(
        (french.name.as_str(), french.native_name.as_str()),
        ("French", "Français")
    );
    assert!(french.is_installed && !french.is_rtl && french.installed_at.is_some());
    let config = reader.locales().config().await.unwrap();
    assert_eq!(config.locale, "en");
    assert!(!config.namespacing);
    let update = LocaleUpdate::new().auto_update(!config.auto_update);
    let error = reader.locales().update(update).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[tokio::test]
async fn k45_unset_fields_are_kept() {
    let wiki = Wiki::start().await;
    let _guard = restore_on_drop(&wiki).await;
    let locales = wiki.client.locales();
    let before = locales.config().await.unwrap();
    assert_eq!(locales.update(LocaleUpdate::new()).await.unwrap(), before);
    if let Some(fake) = wiki.fake() {
        assert_eq!(mutations(fake), [], "an update of nothing sends nothing");
    }
    let added = LocaleUpdate::new().add_namespaces(["fr"]);
    let now = locales.update(added).await.unwrap();
    assert!(["en", "fr"].iter().all(|code| {
        let mut namespaces = now.namespaces.iter();
        namespaces.any(|locale| locale == code)
    }));
    let flipped = LocaleUpdate::new().auto_update(!before.auto_update);
    let later = locales.update(flipped).await.unwrap();
    assert_eq!(
        (later.auto_update, &later.namespaces),
        (!before.auto_update, &now.namespaces)
    );
    assert_eq!(
        (&later.locale, later.namespacing),
        (&before.locale, before.namespacing)
    );
    let back = LocaleUpdate::new()
        .auto_update(before.auto_update)
        .remove_namespaces(["fr"]);
    let now = locales.update(back).await.unwrap();
    assert_eq!(
        now.namespaces,
        ["en"],
        "the locale of the wiki is always a namespace"
    );
    assert_eq!(now.auto_update, before.auto_update);
}

#[tokio::test]
async fn k45_a_language_that_is_not_installed_changes_nothing() {
    let wiki = Wiki::start().await;
    let locales = wiki.client.locales();
    let before = locales.config().await.unwrap();
    for update in [
        LocaleUpdate::new().locale("zz"),
        LocaleUpdate::new().namespacing(true).add_namespaces(["zz"]),
        LocaleUpdate::new().namespaces(["en", "zz"]),
    ] {
        let error = locales.update(update).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.applied(), Applied::No);
    }
    for update in [
        LocaleUpdate::new().locale(""),
        LocaleUpdate::new().add_namespaces(["english"]),
        LocaleUpdate::new().remove_namespaces([before.locale.clone()]),
    ] {
        let error = locales.update(update).await.unwrap_err();
        assert!(error.is_invalid_input(), "{error:?}");
    }
    assert_eq!(locales.config().await.unwrap(), before);
    let Some(fake) = wiki.fake() else { return };
    assert_eq!(mutations(fake), []);
    // A client without this check gets an error, and the wiki changes its language nevertheless.
    let variables =
        json!({ "locale": "zz", "autoUpdate": true, "namespacing": false, "namespaces": [] });
    let answer = wiki.raw(UPDATE, variables).await;
    assert_eq!(
        answer["data"]["localization"]["updateLocale"]["responseResult"]["succeeded"],
        false
    );
    assert_eq!(locales.config().await.unwrap().locale, "zz");
}

#[tokio::test]
async fn another_language_is_set() {
    let wiki = Wiki::start().await;
    let Some(_) = wiki.fake() else { return };
    let locales = wiki.client.locales();
    let update = LocaleUpdate::new().namespacing(true).namespaces(["fr"]);
    let config = locales.update(update).await.unwrap();
    assert!(config.namespacing);
    assert_eq!(config.namespaces, ["fr", "en"]);
    let config = locales
        .update(LocaleUpdate::new().locale("fr").remove_namespaces(["en"]))
        .await
        .unwrap();
    assert_eq!(
        (config.locale.as_str(), config.namespaces),
        ("fr", vec!["fr".into()])
    );
}

#[tokio::test]
async fn translations_of_a_language_in_use() {
    let wiki = Wiki::start().await;
    let locales = wiki.client.locales();
    for (locale, namespace) in [("zz", "common"), ("en", "nonsense")] {
        let error = locales.translations(locale, namespace).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert!(error.to_string().contains(namespace), "{error}");
    }
    let Some(fake) = wiki.fake() else { return };
    for locale in ["en", "fr"] {
        let pairs = [("actions.save", "Save"), ("actions.close", "Close")];
        fake.set_translations(locale, "common", &pairs);
    }
    let english = locales.translations("en", "common").await.unwrap();
    assert_eq!(english["actions.save"], "Save");
    assert_eq!(english.len(), 2);
    let error = locales.translations("fr", "common").await.unwrap_err();
    assert!(error.is_not_found(), "the wiki does not use it: {error:?}");
}

#[tokio::test]
async fn a_download_that_changed_nothing_is_not_applied() {
    let wiki = Wiki::start().await;
    let locales = wiki.client.locales();
    let error = locales.download("zz").await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    // A real wiki would send a request to the Internet.
    let Some(fake) = wiki.fake() else { return };
    assert_eq!(mutations(fake), []);
    let error = locales.download("fr").await.unwrap_err();
    assert!(matches!(error, Error::NotApplied { .. }), "{error:?}");
    assert_eq!(error.applied(), Applied::No);
    assert!(error.to_string().contains("internet"), "{error}");
}

#[tokio::test]
async fn a_language_is_downloaded_and_renewed() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.offer_locales(["de", "fr"]);
    let locales = wiki.client.locales();
    let all = locales.list().await.unwrap();
    let german = all.iter().find(|locale| locale.code == "de").unwrap();
    assert!(!german.is_installed && german.installed_at.is_none());
    let german = locales.download("de").await.unwrap();
    assert!(german.is_installed);
    let french = locales.download("fr").await.unwrap();
    let before = all.iter().find(|locale| locale.code == "fr").unwrap();
    assert_ne!(french.installed_at, before.installed_at);
    let reader = wiki.client_with(&["read:pages"]).await;
    let error = reader.locales().download("de").await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[tokio::test]
async fn a_download_whose_request_is_lost_is_sent_again() {
    let fake = FakeWiki::builder().online().start().await;
    fake.offer_locales(["fr"]);
    let client = eager(&fake)
        .confirm_writes_for(Duration::from_secs(2))
        .build()
        .unwrap();
    for (fault, sent) in [(Fault::ResetBefore, 2), (Fault::ResetAfter, 1)] {
        fake.clear_requests();
        fake.fail_next_matching("LocalizationDownloadLocale", fault);
        let french = client.locales().download("fr").await.unwrap();
        assert!(french.is_installed);
        assert_eq!(asked(&fake, "LocalizationDownloadLocale"), sent);
    }
}
