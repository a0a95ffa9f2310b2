//! The configuration of the site.

use serde_json::{Value, json};
use wikijs_client::{Error, site::SiteUpdate};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{Wiki, eager, mutations};

const UPDATE: &str = "mutation($company:String,$footerOverride:String,$contentLicense:String,$title:String){site{\
    updateConfig(company:$company,footerOverride:$footerOverride,contentLicense:$contentLicense,title:$title){\
    responseResult{succeeded}}}}";

/// A field of the configuration, with a setter of an update and the value that Wiki.js then stores.
struct Field {
    name: &'static str,
    set: fn(SiteUpdate) -> SiteUpdate,
    kept: Value,
}

/// Returns all fields, each with a value that differs from that of a fresh wiki.
fn fields() -> Vec<Field> {
    macro_rules! fields {
        ($($name:literal $setter:ident($value:expr) = $kept:expr;)*) => {
            vec![$(Field { name: $name, set: |update| update.$setter($value), kept: json!($kept) },)*]
        };
    }
    fields! {
        "analyticsId" analytics_id("UA-1") = "UA-1";
        "analyticsService" analytics_service("ga") = "ga";
        "authAutoLogin" auth_auto_login(true) = true;
        "authEnforce2FA" auth_enforce_2fa(true) = true;
        "authHideLocal" auth_hide_local(true) = true;
        "authJwtAudience" auth_jwt_audience("urn:other") = "urn:other";
        "authJwtExpiration" auth_jwt_expiration("45m") = "45m";
        "authJwtRenewablePeriod" auth_jwt_renewable_period("7d") = "7d";
        "authLoginBgUrl" auth_login_bg_url("/bg.png") = "/bg.png";
        "company" company("  Example Ltd ") = "Example Ltd";
        "contentLicense" content_license("ccby") = "ccby";
        "description" description(" Kept as it is ") = " Kept as it is ";
        "editFab" edit_fab(false) = false;
        "editMenuBar" edit_menu_bar(true) = true;
        "editMenuBtn" edit_menu_btn(false) = false;
        "editMenuExternalBtn" edit_menu_external_btn(false) = false;
        "editMenuExternalIcon" edit_menu_external_icon("mdi-gitlab") = "mdi-gitlab";
        "editMenuExternalName" edit_menu_external_name("GitLab") = "GitLab";
        "editMenuExternalUrl" edit_menu_external_url("https://git.example.com/{filename}") = "https://git.example.com/{filename}";
        "featurePageComments" feature_page_comments(false) = false;
        "featurePageRatings" feature_page_ratings(false) = false;
        "featurePersonalWikis" feature_personal_wikis(false) = false;
        "footerOverride" footer_override("A *footer*") = "A *footer*";
        "host" host(" https://docs.example.com/ ") = "https://docs.example.com";
        "logoUrl" logo_url(" /logo.svg ") = "/logo.svg";
        "pageExtensions" page_extensions(["MD", " adoc ", ""]) = "md, adoc";
        "robots" robots(["noindex"]) = ["noindex"];
        "securityCSP" security_csp(true) = true;
        "securityCSPDirectives" security_csp_directives("default-src 'self'") = "default-src 'self'";
        "securityHSTS" security_hsts(true) = true;
        "securityHSTSDuration" security_hsts_duration(86_400) = 86_400;
        "securityIframe" security_iframe(false) = false;
        "securityOpenRedirect" security_open_redirect(false) = false;
        "securityReferrerPolicy" security_referrer_policy(false) = false;
        "securitySRI" security_sri(false) = false;
        "securityTrustProxy" security_trust_proxy(true) = true;
        "title" title(" Handbook ") = "Handbook";
        "uploadForceDownload" upload_force_download(false) = false;
        "uploadMaxFileSize" upload_max_file_size(10_000_000) = 10_000_000;
        "uploadMaxFiles" upload_max_files(3) = 3;
        "uploadScanSVG" upload_scan_svg(false) = false;
    }
}

fn kept(fake: &FakeWiki) -> Vec<Value> {
    let fields = fields();
    fields
        .iter()
        .map(|field| fake.site_value(field.name))
        .collect()
}

#[tokio::test]
async fn the_configuration_is_read() {
    let wiki = Wiki::start().await;
    let config = wiki.client.site().config().await.unwrap();
    assert!(!config.title.is_empty());
    assert!(config.host.starts_with("http"), "{}", config.host);
    assert_eq!(config.auth_jwt_audience, "urn:wiki.js");
    assert!(config.page_extensions.unwrap().contains(&"md".to_owned()));
    assert!(config.upload_max_file_size > 0);
    let reader = wiki.client_with(&["read:pages"]).await;
    let error = reader.site().config().await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    let update = SiteUpdate::new().company("x");
    let error = reader.site().update(update).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
}

#[tokio::test]
async fn k45_an_empty_update_sends_nothing() {
    let wiki = Wiki::start().await;
    let site = wiki.client.site();
    let config = site.config().await.unwrap();
    assert_eq!(site.update(SiteUpdate::new()).await.unwrap(), config);
    let same = SiteUpdate::new()
        .title(&config.title)
        .page_extensions(config.page_extensions.as_ref().unwrap())
        .robots(&config.robots)
        .upload_max_files(config.upload_max_files);
    assert_eq!(site.update(same).await.unwrap(), config);
    if let Some(fake) = wiki.fake() {
        assert_eq!(mutations(fake), []);
    }
}

#[tokio::test]
async fn k45_unset_fields_are_kept() {
    let wiki = Wiki::start().await;
    let site = wiki.client.site();
    let before = site.config().await.unwrap();
    let _guard = wiki.restore_on_drop(
        UPDATE,
        json!({ "company": before.company, "footerOverride": before.footer_override,
            "contentLicense": before.content_license }),
    );
    let update = SiteUpdate::new().company(" Example Ltd ");
    let mut expected = before.clone();
    expected.company = "Example Ltd".to_owned();
    assert_eq!(site.update(update).await.unwrap(), expected);
    let update = SiteUpdate::new()
        .footer_override("A *footer*")
        .content_license("ccby");
    expected.footer_override = Some("A *footer*".to_owned());
    expected.content_license = "ccby".to_owned();
    assert_eq!(site.update(update).await.unwrap(), expected);
    assert_eq!(site.config().await.unwrap(), expected);
    let back = SiteUpdate::new()
        .company(&before.company)
        .footer_override(before.footer_override.as_ref().unwrap())
        .content_license(&before.content_license);
    assert_eq!(site.update(back).await.unwrap(), before);
}

#[tokio::test]
async fn k45_each_field_can_be_changed_alone() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    for (at, field) in fields().iter().enumerate() {
        let mut expected = kept(fake);
        assert_ne!(expected[at], field.kept, "{} is changed", field.name);
        expected[at] = field.kept.clone();
        let update = (field.set)(SiteUpdate::new());
        let config = wiki.client.site().update(update).await;
        let config = config.unwrap_or_else(|error| panic!("{}: {error:?}", field.name));
        assert_eq!(kept(fake), expected, "after {}", field.name);
        assert_eq!(wiki.client.site().config().await.unwrap(), config);
        let (name, sent) = mutations(fake).pop().unwrap();
        assert_eq!(name, "SiteUpdateConfig");
        let sent: Vec<_> = sent.as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            sent,
            [field.name],
            "concurrent changes of other fields are kept"
        );
    }
}

#[tokio::test]
async fn k45_any_combination_of_fields_can_be_changed() {
    let fields = fields();
    for seed in 0..20 {
        let wiki = Wiki::start().await;
        let Some(fake) = wiki.fake() else { return };
        let mut random = fastrand::Rng::with_seed(seed);
        let mut expected = kept(fake);
        for _ in 0..3 {
            let mut update = SiteUpdate::new();
            for (at, field) in fields.iter().enumerate() {
                if random.u8(..4) == 0 {
                    update = (field.set)(update);
                    expected[at] = field.kept.clone();
                }
            }
            wiki.client.site().update(update).await.unwrap();
            assert_eq!(kept(fake), expected, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn k45_what_is_null_stays_null() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    for field in ["contentLicense", "uploadMaxFiles", "robots", "editFab"] {
        fake.set_site_value(field, Value::Null);
    }
    let site = wiki.client.site();
    let config = site.update(SiteUpdate::new().title("Other")).await.unwrap();
    assert_eq!(
        (config.content_license.as_str(), config.robots.len()),
        ("", 0)
    );
    for field in ["contentLicense", "uploadMaxFiles", "robots", "editFab"] {
        assert_eq!(fake.site_value(field), Value::Null, "{field}");
    }
}

#[tokio::test]
async fn invalid_updates_are_refused_before_sending() {
    let wiki = Wiki::start().await;
    let refused = [
        SiteUpdate::new().host("wiki.example.com"),
        SiteUpdate::new().host(""),
        SiteUpdate::new().host("https://wiki.example.com/?q"),
        SiteUpdate::new().auth_jwt_audience(" "),
        SiteUpdate::new().auth_jwt_expiration("30"),
        SiteUpdate::new().auth_jwt_expiration(""),
        SiteUpdate::new().auth_jwt_renewable_period("forever"),
        SiteUpdate::new().auth_jwt_renewable_period("m"),
        SiteUpdate::new().page_extensions([".md"]),
        SiteUpdate::new().page_extensions(["md,html"]),
        SiteUpdate::new().upload_max_file_size(u32::MAX),
        SiteUpdate::new().company("a\0b"),
        SiteUpdate::new().robots(["a\0b"]),
    ];
    for update in refused {
        let error = wiki.client.site().update(update.clone()).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{update:?}: {error:?}"
        );
    }
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn texts_are_trimmed_by_the_rules_of_javascript() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let update = SiteUpdate::new()
        .title("\u{feff}Handbook\u{2028}")
        .company("\u{85}Example Ltd\u{85}")
        .logo_url("\u{feff}")
        .host("\u{feff}https://wiki.example.com/\u{feff}")
        .page_extensions(["\u{feff}md ", "\u{feff}", "\u{85}txt"]);
    let config = wiki.client.site().update(update.clone()).await.unwrap();
    assert_eq!(config.title, "Handbook");
    assert_eq!(config.company, "\u{85}Example Ltd\u{85}");
    assert_eq!(config.logo_url, "");
    assert_eq!(config.host, "https://wiki.example.com");
    assert_eq!(
        config.page_extensions.as_deref(),
        Some(&["md".to_owned(), "\u{85}txt".to_owned()][..])
    );
    fake.clear_requests();
    wiki.client.site().update(update).await.unwrap();
    assert!(mutations(fake).is_empty(), "nothing changes");
    // A client that does not trim the texts gets the same ones stored.
    let mutation = "mutation($title:String){site{updateConfig(title:$title,company:$title){responseResult{succeeded}}}}";
    wiki.raw(mutation, json!({ "title": "\u{feff}\u{85}Wiki\u{feff}" }))
        .await;
    assert_eq!(fake.site_value("title"), "\u{85}Wiki");
    assert_eq!(fake.site_value("company"), "\u{85}Wiki");
}

#[tokio::test]
async fn an_update_that_was_executed_is_detected_after_a_lost_response() {
    for fault in [
        Fault::ResetAfter,
        Fault::ResetInResponse,
        Fault::TruncatedJson,
        Fault::status_after(504),
    ] {
        let fake = FakeWiki::start().await;
        let client = eager(&fake).build().unwrap();
        fake.fail_next_matching("SiteUpdateConfig", fault.clone());
        let config = client.site().update(SiteUpdate::new().title("New")).await;
        let config = config.unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
        assert_eq!(config.title, "New", "{fault:?}");
        assert_eq!(fake.site_value("title"), "New", "{fault:?}");
        assert_eq!(fake.pending_faults(), 0);
    }
}

#[tokio::test]
async fn k45_a_naive_client_clears_fields_with_nulls() {
    let wiki = Wiki::start().await;
    let before = wiki.client.site().config().await.unwrap();
    let _guard = wiki.restore_on_drop(
        UPDATE,
        json!({ "company": before.company, "footerOverride": before.footer_override,
            "contentLicense": before.content_license }),
    );
    wiki.raw(
        UPDATE,
        json!({ "company": "x", "footerOverride": "x", "contentLicense": "ccby" }),
    )
    .await;
    let nulls = json!({ "company": null, "footerOverride": null, "contentLicense": null });
    wiki.raw(UPDATE, nulls).await;
    let wiped = wiki.client.site().config().await.unwrap();
    assert_eq!([&*wiped.company, &*wiped.content_license], ["", ""]);
    assert_eq!(wiped.footer_override, None);
    assert_eq!(wiped.title, before.title, "the omitted title is kept");
}

#[test]
fn an_update_is_read_from_settings() {
    let update: SiteUpdate =
        serde_json::from_str(r#"{"title": "Handbook", "robots": ["index"]}"#).unwrap();
    assert_eq!(
        update,
        SiteUpdate::new().title("Handbook").robots(["index"])
    );
    assert!(serde_json::from_str::<SiteUpdate>(r#"{"titel": "Handbook"}"#).is_err());
}
