//! The domains besides pages.

use crate::client::{RawClient, first_error};
use serde_json::json;
use wikijs_fake::{FakeGroup, FakePage, FakeUser, FakeWiki, PageRule, RuleMatch};

#[tokio::test]
async fn groups() {
    let rule = PageRule::deny(["read:pages"], RuleMatch::Exact, "secret").locales(["en"]);
    let wiki = FakeWiki::builder()
        .group(FakeGroup::new("Readers", ["read:pages"]).page_rules([rule]))
        .user(FakeUser::new("Edith", "edith@example.com").groups([3]))
        .start()
        .await;
    let fields = "id name isSystem redirectOnLogin permissions pageRules{deny match roles path locales} users{id name}";
    let query = format!(
        "{{groups{{single(id:3){{{fields}}} none:single(id:9){{id}} list{{id name userCount}}}}}}"
    );
    let answer = RawClient::new(&wiki).ask(&query).await;
    let groups = &answer["data"]["groups"];
    assert_eq!(
        groups["single"],
        json!({
            "id": 3, "name": "Readers", "isSystem": false, "redirectOnLogin": "/", "permissions": ["read:pages"],
            "pageRules": [{
                "deny": true, "match": "EXACT", "roles": ["read:pages"], "path": "secret", "locales": ["en"],
            }],
            "users": [{"id": 3, "name": "Edith"}],
        })
    );
    assert_eq!(groups["none"], json!(null));
    assert_eq!(
        groups["list"][1],
        json!({"id": 2, "name": "Guests", "userCount": 1})
    );
    let reader = RawClient::with_key(&wiki, Some(&wiki.key_for(3)));
    assert_eq!(
        first_error(&reader.ask("{groups{single(id:3){id}}}").await),
        ("Forbidden", None)
    );
}

#[tokio::test]
async fn system_site_and_localization() {
    let wiki = FakeWiki::builder()
        .version("2.5.999")
        .locales(["fr"])
        .page(FakePage::new("home", "Home").tags(["a", "b"]))
        .start()
        .await;
    let query = "{system{info{currentVersion pagesTotal tagsTotal usersTotal groupsTotal dbType}} site{config{title \
                 uploadMaxFileSize}} localization{locales{code isInstalled nativeName} config{locale namespacing}} \
                 authentication{apiState apiKeys{id name isRevoked keyShort}}}";
    let answer = RawClient::new(&wiki).ask(query).await;
    let data = &answer["data"];
    assert_eq!(
        data["system"]["info"],
        json!({
            "currentVersion": "2.5.999", "pagesTotal": 1, "tagsTotal": 2, "usersTotal": 2, "groupsTotal": 2,
            "dbType": "PostgreSQL",
        })
    );
    assert_eq!(
        data["site"]["config"],
        json!({"title": "Wiki.js", "uploadMaxFileSize": 5_242_880})
    );
    assert_eq!(
        data["localization"]["locales"][1],
        json!({"code": "fr", "isInstalled": true, "nativeName": "Français"})
    );
    assert_eq!(
        data["localization"]["config"],
        json!({"locale": "en", "namespacing": false})
    );
    let key = &data["authentication"]["apiKeys"][0];
    assert_eq!((&key["id"], &key["isRevoked"]), (&json!(1), &json!(false)));
    assert!(
        wiki.api_key()
            .ends_with(key["keyShort"].as_str().unwrap().trim_start_matches("..."))
    );

    let reader = RawClient::with_key(&wiki, Some(&wiki.key_with(["read:pages"])));
    let answer = reader.ask("{system{info{currentVersion}}}").await;
    assert_eq!(first_error(&answer), ("Forbidden", None));
    assert_eq!(
        answer["data"],
        json!({"system": {"info": {"currentVersion": null}}})
    );
    let open = RawClient::with_key(&wiki, None)
        .ask("{localization{locales{code}}}")
        .await;
    assert!(open.get("errors").is_none());
}
