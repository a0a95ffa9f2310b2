//! Site, theme, languages, navigation and system, including mutations that report success and do nothing.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::FakeWiki;

const STATUS: &str = "responseResult{succeeded errorCode slug message}";

/// Returns the `responseResult` of a mutation.
async fn result(client: &RawClient, domain: &str, call: &str) -> Value {
    let field = call.split('(').next().unwrap();
    let answer = client
        .ask(&format!("mutation{{{domain}{{{call}{{{STATUS}}}}}}}"))
        .await;
    answer["data"][domain][field]["responseResult"].clone()
}

#[tokio::test]
async fn site_keeps_omitted_fields_and_stores_null() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let call = "updateConfig(company:\" X \",footerOverride:\"x\",host:\"https://a.example/ \",pageExtensions:\"MD,, adoc\")";
    assert_eq!(
        result(&client, "site", call).await,
        json!({ "succeeded": true, "errorCode": 0, "slug": "ok",
            "message": "Site configuration updated successfully" })
    );
    result(
        &client,
        "site",
        "updateConfig(company:null,footerOverride:null)",
    )
    .await;
    let answer = client
        .ask("{site{config{company footerOverride host pageExtensions title}}}")
        .await;
    assert_eq!(
        answer["data"]["site"]["config"],
        json!({ "company": "", "footerOverride": null, "host": "https://a.example", "pageExtensions": "md, adoc",
            "title": "Wiki.js" })
    );
}

#[tokio::test]
async fn a_theme_resets_omitted_fields() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let call = "setConfig(theme:\"default\",iconset:\"fa\",darkMode:true,tocPosition:\"off\",injectHead:\"x\",\
        injectCSS:\"@import 'local.css'; a { b : c; } /* gone */ .x{}\")";
    result(&client, "theming", call).await;
    let config = "{theming{config{iconset darkMode tocPosition injectCSS injectHead injectBody}}}";
    let answer = client.ask(config).await;
    assert_eq!(
        answer["data"]["theming"]["config"],
        json!({ "iconset": "fa", "darkMode": true, "tocPosition": "off", "injectCSS": "a {\n  b: c\n}",
            "injectHead": "x", "injectBody": "" })
    );
    assert_eq!(wiki.injected_css(), "@import url(local.css);a{b:c}");
    let call = "setConfig(theme:\"default\",iconset:\"mdi\",darkMode:false)";
    result(&client, "theming", call).await;
    let answer = client.ask(config).await;
    assert_eq!(
        answer["data"]["theming"]["config"],
        json!({ "iconset": "mdi", "darkMode": false, "tocPosition": "left", "injectCSS": "", "injectHead": "",
            "injectBody": "" })
    );
}

#[tokio::test]
async fn a_language_is_stored_before_it_is_checked() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let call = "updateLocale(locale:\"zz\",autoUpdate:false,namespacing:false,namespaces:[\"en\"])";
    assert_eq!(
        result(&client, "localization", call).await,
        json!({ "succeeded": false, "errorCode": 1, "slug": "TypeError",
            "message": "Cannot read properties of undefined (reading 'isRTL')" })
    );
    let config = "{localization{config{locale autoUpdate namespaces}}}";
    assert_eq!(
        client.ask(config).await["data"]["localization"]["config"],
        json!({ "locale": "zz", "autoUpdate": false, "namespaces": ["en", "zz"] })
    );
    let downloaded = result(&client, "localization", "downloadLocale(locale:\"de\")").await;
    assert_eq!(
        downloaded["succeeded"], true,
        "the wiki reports success although it is offline"
    );
    let answer = client
        .ask("{localization{locales{code}translations(locale:\"en\",namespace:\"common\"){key}}}")
        .await;
    assert_eq!(
        answer["data"]["localization"]["locales"],
        json!([{ "code": "en" }])
    );
    assert_eq!(first_error(&answer), ("Invalid locale or namespace", None));
}

#[tokio::test]
async fn an_update_of_a_navigation_without_its_row_reports_success() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let call = "updateTree(tree:[{locale:\"fr\",items:[{id:\"d\",kind:\"divider\"}]}])";
    result(&client, "navigation", call).await;
    let answer = client
        .ask("{navigation{config{mode}tree{locale items{id kind label visibilityGroups}}}}")
        .await;
    assert_eq!(
        answer["data"]["navigation"],
        json!({ "config": { "mode": "MIXED" }, "tree": [{ "locale": "fr", "items": [
            { "id": "d", "kind": "divider", "label": null, "visibilityGroups": null }] }] })
    );
    wiki.set_navigation(&Value::Null);
    assert_eq!(result(&client, "navigation", call).await["succeeded"], true);
    let answer = client.ask("{navigation{tree{locale}}}").await;
    assert_eq!(answer["data"]["navigation"]["tree"], json!([]));
}

#[tokio::test]
async fn keys_of_flags_are_paths() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let call = "updateFlags(flags:[{key:\"sqllog\",value:true},{key:\"constructor\",value:true}])";
    assert_eq!(result(&client, "system", call).await["succeeded"], true);
    let answer = client.ask("{system{flags{key value}}}").await;
    assert_eq!(
        answer["data"]["system"]["flags"],
        json!([{ "key": "sqllog", "value": true }])
    );
    result(
        &client,
        "system",
        "updateFlags(flags:[{key:\"a.b\",value:true}])",
    )
    .await;
    let answer = client.ask("{system{flags{key value}}}").await;
    assert_eq!(answer["data"]["system"]["flags"], json!([null]));
}

#[tokio::test]
async fn an_export_continues_after_the_response() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let refusal = |message: &str| json!({ "succeeded": false, "errorCode": 1, "slug": "Error", "message": message });
    for (call, message) in [
        (
            "export(entities:[\"groups\"],path:\"\")",
            "Target directory must be empty!",
        ),
        (
            "export(entities:[],path:\"/\")",
            "Must specify at least 1 entity to export.",
        ),
    ] {
        assert_eq!(result(&client, "system", call).await, refusal(message));
    }
    let call = "export(entities:[\"nonsense\"],path:\"backup\")";
    assert_eq!(result(&client, "system", call).await["succeeded"], true);
    assert_eq!(wiki.exports()[0].path, "/wiki/backup");
    assert_eq!(
        result(&client, "system", call).await,
        refusal("Another export is already running.")
    );
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = client.ask("{system{exportStatus{status progress}}}").await;
        statuses.push(answer["data"]["system"]["exportStatus"].clone());
    }
    assert_eq!(
        json!(statuses),
        json!([
            { "status": "running", "progress": 60 },
            { "status": "running", "progress": 120 },
            { "status": "success", "progress": 100 },
        ])
    );
}

#[tokio::test]
async fn each_domain_needs_its_permission() {
    let wiki = FakeWiki::start().await;
    for (permission, query) in [
        ("manage:theme", "{theming{config{theme}}}"),
        ("manage:navigation", "{navigation{config{mode}}}"),
        ("manage:system", "{system{flags{key}}}"),
        ("manage:system", "{site{config{title}}}"),
    ] {
        let client = RawClient::with_key(&wiki, Some(&wiki.key_with([permission])));
        assert!(client.ask(query).await.get("errors").is_none(), "{query}");
        let reader = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:pages"])));
        assert_eq!(first_error(&reader.ask(query).await), ("Forbidden", None));
    }
}
