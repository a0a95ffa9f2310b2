//! Permissions of each kind of key.

use crate::client::{CREATE, RawClient, create_variables, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakeGroup, FakePage, FakeWiki, PageRule, RuleMatch};

async fn wiki() -> FakeWiki {
    FakeWiki::builder()
        .page(FakePage::new("home", "Home").tags(["one"]))
        .page(FakePage::new("docs/alpha", "Alpha").tags(["one", "two"]))
        .start()
        .await
}

fn with(wiki: &FakeWiki, permissions: &[&str]) -> RawClient {
    RawClient::with_key(wiki, Some(&wiki.key_with(permissions.iter().copied())))
}

fn with_rules(wiki: &FakeWiki, permissions: &[&str], rules: Vec<PageRule>) -> RawClient {
    let group = FakeGroup::new("G", permissions.iter().copied()).page_rules(rules);
    let key = wiki.key_for(wiki.insert_group(group));
    RawClient::with_key(wiki, Some(&key))
}

fn paths(answer: &Value) -> Vec<&str> {
    let pages = answer["data"]["pages"]["list"].as_array().expect("a list");
    pages
        .iter()
        .map(|page| page["path"].as_str().unwrap())
        .collect()
}

/// Returns the code of each write to page 2, or the message of its GraphQL error.
async fn writes(client: &RawClient) -> Vec<String> {
    let mut results = Vec::new();
    for write in [
        "create(content:\"x\",description:\"\",editor:\"markdown\",isPublished:true,isPrivate:false,locale:\"en\",\
         path:\"new\",tags:[],title:\"n\")",
        "update(id:2,content:\"x\",tags:[],isPublished:true)",
        "convert(id:2,editor:\"code\")",
        "move(id:2,destinationPath:\"docs/moved\",destinationLocale:\"en\")",
        "delete(id:2)",
        "flushCache",
    ] {
        let answer = client
            .ask(&format!(
                "mutation{{pages{{x:{write}{{responseResult{{errorCode}}}}}}}}"
            ))
            .await;
        let code = &answer["data"]["pages"]["x"]["responseResult"]["errorCode"];
        results.push(match code.as_i64() {
            Some(code) => code.to_string(),
            None => first_error(&answer).0.to_owned(),
        });
    }
    results
}

#[tokio::test]
async fn a_key_that_may_only_read_lists_pages_but_cannot_get_them() {
    let wiki = wiki().await;
    let client = with(&wiki, &["read:pages", "read:source"]);
    assert_eq!(
        paths(&client.ask("{pages{list{path}}}").await),
        ["home", "docs/alpha"]
    );
    for query in [
        "{pages{single(id:1){path}}}",
        "{pages{singleByPath(path:\"home\",locale:\"en\"){path}}}",
    ] {
        let answer = client.ask(query).await;
        assert_eq!(
            first_error(&answer),
            ("You are not authorized to view this page.", Some(6013))
        );
    }
    let missing = client
        .ask("{pages{singleByPath(path:\"nope\",locale:\"en\"){path}}}")
        .await;
    assert_eq!(first_error(&missing).1, Some(6003));
    assert_eq!(writes(&client).await, ["Forbidden"; 6]);
    for query in [
        "{pages{checkConflicts(id:1,checkoutDate:\"x\")}}",
        "{pages{conflictLatest(id:1){id}}}",
    ] {
        let answer = client.ask(query).await;
        assert_eq!(first_error(&answer).0, "Forbidden");
        assert_eq!(
            answer["data"],
            json!({"pages": null}),
            "the field is not nullable"
        );
    }
}

#[tokio::test]
async fn manage_without_write_fails_at_the_page() {
    let wiki = wiki().await;
    let client = with(
        &wiki,
        &["read:pages", "read:source", "read:history", "manage:pages"],
    );
    assert_eq!(
        writes(&client).await,
        ["6010", "6009", "6009", "6007", "Forbidden", "Forbidden"]
    );
    let single = client.ask("{pages{single(id:2){path content}}}").await;
    assert_eq!(single["data"]["pages"]["single"]["path"], "docs/alpha");
}

#[tokio::test]
async fn write_without_manage_cannot_read_the_page() {
    let wiki = wiki().await;
    let client = with(&wiki, &["read:pages", "write:pages"]);
    assert_eq!(
        writes(&client).await,
        ["0", "0", "0", "Forbidden", "Forbidden", "Forbidden"]
    );
    let answer = client.ask("{pages{single(id:2){path}}}").await;
    assert_eq!(first_error(&answer).1, Some(6013));
    assert!(
        client
            .ask("{pages{conflictLatest(id:2){content}}}")
            .await
            .get("errors")
            .is_none()
    );
}

#[tokio::test]
async fn one_forbidden_field_nulls_the_whole_page() {
    let wiki = wiki().await;
    let client = with(&wiki, &["read:pages", "manage:pages"]);
    for field in [
        "isPublished",
        "editor",
        "authorId",
        "creatorName",
        "publishEndDate",
        "content",
    ] {
        let answer = client
            .ask(&format!("{{pages{{single(id:1){{id {field}}}}}}}"))
            .await;
        assert_eq!(first_error(&answer), ("Forbidden", None), "{field}");
        assert_eq!(
            answer["errors"][0]["path"],
            json!(["pages", "single", field])
        );
        assert_eq!(answer["data"], json!({"pages": {"single": null}}));
    }
    // This field is nullable, so the error makes only the field null.
    let answer = client.ask("{pages{single(id:1){id privateNS}}}").await;
    assert_eq!(
        answer["data"]["pages"]["single"],
        json!({"id": 1, "privateNS": null})
    );
}

#[tokio::test]
async fn page_rules_filter_the_list_after_its_limit() {
    let wiki = wiki().await;
    let roles = ["read:pages", "manage:pages"];
    let client = with_rules(
        &wiki,
        &roles,
        vec![PageRule::allow(roles, RuleMatch::Start, "docs")],
    );
    assert_eq!(
        paths(&client.ask("{pages{list{path}}}").await),
        ["docs/alpha"]
    );
    assert_eq!(
        paths(&client.ask("{pages{list(limit:1){path}}}").await),
        Vec::<&str>::new()
    );
    let search = client
        .pages("search(query:\"a\"){totalHits results{path}}")
        .await;
    assert_eq!(
        search["search"],
        json!({"totalHits": 1, "results": [{"path": "docs/alpha"}]})
    );
    let all = client
        .pages("search(query:\"\"){totalHits results{path}}")
        .await;
    assert_eq!(
        all["search"],
        json!({"totalHits": 2, "results": [{"path": "docs/alpha"}]})
    );
    assert_eq!(
        first_error(&client.ask("{pages{single(id:1){id}}}").await).1,
        Some(6013)
    );
    let tags = client
        .pages("tags{tag} tree(mode:ALL,locale:\"en\"){path}")
        .await;
    assert_eq!(tags["tags"], json!([{"tag": "one"}, {"tag": "two"}]));
    assert_eq!(tags["tree"], json!([{"path": "docs"}]));
}

#[tokio::test]
async fn rules_on_tags_apply_only_to_search() {
    let wiki = wiki().await;
    let roles = ["read:pages", "manage:pages"];
    let client = with_rules(
        &wiki,
        &roles,
        vec![PageRule::allow(roles, RuleMatch::Tag, "two")],
    );
    assert_eq!(
        paths(&client.ask("{pages{list{path}}}").await),
        Vec::<&str>::new()
    );
    let search = client.pages("search(query:\"\"){results{path}}").await;
    assert_eq!(search["search"]["results"], json!([{"path": "docs/alpha"}]));
}

#[tokio::test]
async fn denials_and_missing_rules() {
    let wiki = wiki().await;
    let denied = with_rules(
        &wiki,
        &["read:pages"],
        vec![
            PageRule::allow(["read:pages"], RuleMatch::Start, ""),
            PageRule::deny(["read:pages"], RuleMatch::Start, "docs"),
        ],
    );
    assert_eq!(paths(&denied.ask("{pages{list{path}}}").await), ["home"]);
    let none = with_rules(&wiki, &["read:pages"], Vec::new());
    assert_eq!(
        paths(&none.ask("{pages{list{path}}}").await),
        Vec::<&str>::new()
    );
}

#[tokio::test]
async fn deleting_with_a_rule_for_some_locales_is_always_refused() {
    let wiki = wiki().await;
    let roles = ["read:pages", "delete:pages"];
    let rule = PageRule::allow(roles, RuleMatch::Start, "").locales(["en"]);
    let client = with_rules(&wiki, &roles, vec![rule]);
    assert_eq!(
        client.pages("single(id:1){path}").await["single"]["path"],
        "home"
    );
    assert_eq!(client.write("delete(id:1)").await.code, 6010);
    assert!(wiki.page(1).is_some());
}

#[tokio::test]
async fn scripts_without_permission_are_dropped_or_kept() {
    let wiki = wiki().await;
    let client = with(&wiki, &["read:pages", "write:pages", "manage:pages"]);
    let variables =
        create_variables(&json!({"path": "s", "css": "h1{color:red}", "js": "alert(1)"}));
    let answer = client.ask_with(CREATE, variables).await;
    assert_eq!(
        answer["data"]["pages"]["create"]["responseResult"]["errorCode"], 0,
        "{answer}"
    );
    let page = wiki.page_by_path("en", "s").unwrap();
    assert_eq!(
        (page.script_css.as_str(), page.script_js.as_str()),
        ("", "")
    );

    let id = wiki.insert_page(FakePage::new("t", "T").scripts("h1{color:red}", "alert(1)"));
    assert!(
        client
            .write(&format!(
                "update(id:{id},content:\"x\",tags:[],isPublished:true)"
            ))
            .await
            .is_ok()
    );
    let page = wiki.page(id).unwrap();
    assert_eq!(
        (page.script_css.as_str(), page.script_js.as_str()),
        ("h1{color:red}", "alert(1)")
    );
}

#[tokio::test]
async fn a_key_acts_as_user_1() {
    let wiki = wiki().await;
    let client = with(&wiki, &["read:pages", "write:pages"]);
    let answer = client.ask("{users{profile{id name groups}}}").await;
    let profile = json!({"id": 1, "name": "Administrator", "groups": ["Administrators"]});
    assert_eq!(answer["data"]["users"]["profile"], profile);
}
