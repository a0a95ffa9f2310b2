//! Logins, and the renewal of their tokens.

use crate::client::{RawClient, first_error, http};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::time::Duration;
use wikijs_fake::{FakeGroup, FakePage, FakeUser, FakeWiki, Fault};

const LOGIN: &str = "mutation($u:String!,$p:String!,$s:String!){authentication{login(username:$u,password:$p,\
    strategy:$s){responseResult{succeeded errorCode slug message} jwt mustChangePwd mustProvideTFA mustSetupTFA \
    continuationToken redirect tfaQRImage}}}";
const TFA: &str = "mutation($t:String!,$c:String!,$s:Boolean){authentication{loginTFA(continuationToken:$t,\
    securityCode:$c,setup:$s){responseResult{errorCode message} jwt mustChangePwd continuationToken}}}";
const CHANGE: &str = "mutation($t:String!,$p:String!){authentication{loginChangePassword(continuationToken:$t,\
    newPassword:$p){responseResult{errorCode message} jwt}}}";
const PROFILE: &str = "{users{profile{id name groups}}}";
const HOME: &str = "{pages{singleByPath(path:\"home\",locale:\"en\"){id}}}";
const EMAIL: &str = "edith@example.com";
const PASSWORD: &str = "Passw0rd";
/// The id of the user of the tests.
const EDITH: i64 = 3;

/// Starts a private wiki with one user, who may read and write.
async fn wiki_with(user: impl FnOnce(FakeUser) -> FakeUser) -> (FakeWiki, RawClient) {
    let edith = FakeUser::new("Edith", EMAIL).groups([3]).password(PASSWORD);
    let permissions = ["read:pages", "read:source", "write:pages", "manage:pages"];
    let wiki = FakeWiki::builder()
        .private()
        .login_limit(1000, Duration::from_secs(60))
        .group(FakeGroup::new("Editors", permissions))
        .user(user(edith))
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let client = RawClient::with_key(&wiki, None);
    (wiki, client)
}

async fn login(client: &RawClient, user: &str, password: &str, strategy: &str) -> Value {
    let variables = json!({"u": user, "p": password, "s": strategy});
    let answer = client.ask_with(LOGIN, variables).await;
    answer["data"]["authentication"]["login"].clone()
}

async fn continue_login(client: &RawClient, mutation: &str, variables: Value) -> Value {
    let answer = client.ask_with(mutation, variables).await;
    let fields = answer["data"]["authentication"].as_object().unwrap();
    fields.values().next().unwrap().clone()
}

fn code(outcome: &Value) -> i64 {
    outcome["responseResult"]["errorCode"].as_i64().unwrap()
}

fn text<'a>(outcome: &'a Value, field: &str) -> &'a str {
    outcome[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field}: {outcome}"))
}

/// Sends a request with a token and a content type, and returns the headers and the response.
async fn ask_as(
    wiki: &FakeWiki,
    token: &str,
    content_type: &str,
    query: &str,
) -> (HeaderMap, Value) {
    let response = http()
        .build()
        .unwrap()
        .post(format!("{}/graphql", wiki.url()))
        .bearer_auth(token)
        .header("content-type", content_type)
        .body(json!({"query": query}).to_string())
        .send()
        .await
        .unwrap();
    (response.headers().clone(), response.json().await.unwrap())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// Sends a request with a token. Returns `true` if its caller is Edith, and the renewed token.
async fn enter(wiki: &FakeWiki, token: &str) -> (bool, Option<String>) {
    let (headers, answer) = ask_as(wiki, token, "application/json", HOME).await;
    let is_in = answer == json!({"data": {"pages": {"singleByPath": {"id": 1}}}});
    (is_in, header(&headers, "new-jwt").map(str::to_owned))
}

#[tokio::test]
async fn a_login_returns_a_token_of_the_user() {
    let (wiki, client) = wiki_with(|user| user).await;
    for email in [EMAIL, "EDITH@example.com"] {
        let outcome = login(&client, email, PASSWORD, "local").await;
        let jwt = text(&outcome, "jwt").to_owned();
        assert_eq!(
            outcome,
            json!({
                "responseResult": {"succeeded": true, "errorCode": 0, "slug": "ok", "message": "Login success"},
                "jwt": jwt, "mustChangePwd": null, "mustProvideTFA": null, "mustSetupTFA": null,
                "continuationToken": null, "redirect": "/", "tfaQRImage": null,
            })
        );
        assert_eq!(enter(&wiki, &jwt).await, (true, None));
        let user = RawClient::with_key(&wiki, Some(&jwt));
        let profile = user.ask(PROFILE).await;
        let expected = json!({"id": EDITH, "name": "Edith", "groups": ["Editors"]});
        assert_eq!(profile["data"]["users"]["profile"], expected);
        let created = user
            .create(json!({"path": email.replace(['@', '.'], "-")}))
            .await;
        assert_eq!(wiki.page(created.id()).unwrap().author_id, EDITH);
        let refused = user.ask("{pages{history(id:1){total}}}").await;
        assert_eq!(first_error(&refused).0, "Forbidden");
        assert!(wiki.page(1).is_some());
    }
    let admin = login(
        &client,
        "admin@example.com",
        FakeWiki::ADMIN_PASSWORD,
        "local",
    )
    .await;
    assert!(enter(&wiki, text(&admin, "jwt")).await.0);
}

#[tokio::test]
async fn a_token_has_the_claims_of_wiki_js() {
    use base64::Engine as _;
    let (wiki, _) = wiki_with(|user| user).await;
    let token = wiki.user_token(EDITH).unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims)
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["id"], EDITH);
    assert_eq!(claims["groups"], json!([3]));
    assert_eq!(claims["permissions"].as_array().unwrap().len(), 4);
    assert_eq!(claims["aud"], "urn:wiki.js");
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 1800);
    assert_eq!(wiki.user_token(99), None);
}

#[tokio::test]
async fn invalid_logins_are_refused() {
    let (wiki, client) = wiki_with(|user| user).await;
    wiki.insert_user(
        FakeUser::new("Ida", "ida@example.com")
            .password("x")
            .inactive(),
    );
    for (user, password, strategy, expected) in [
        (EMAIL, "wrong", "local", 1002),
        (EMAIL, "", "local", 1002),
        ("nobody@example.com", PASSWORD, "local", 1002),
        ("guest@example.com", "", "local", 1002),
        (EMAIL, PASSWORD, "nope", 1003),
        ("ida@example.com", "x", "local", 1013),
    ] {
        let outcome = login(&client, user, password, strategy).await;
        assert_eq!(code(&outcome), expected, "{user} {strategy}");
        assert_eq!(outcome["jwt"], Value::Null);
    }
}

#[tokio::test]
async fn k51_five_logins_a_minute() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::with_key(&wiki, None);
    for _ in 0..5 {
        assert_eq!(code(&login(&client, EMAIL, "x", "local").await), 1002);
    }
    let variables = json!({"u": EMAIL, "p": "x", "s": "local"});
    let (status, answer) = client
        .send(&json!({"query": LOGIN, "variables": variables}))
        .await;
    assert_eq!(status, 200);
    let (message, _) = first_error(&answer);
    let seconds = message.strip_prefix("Too many requests, please try again in ");
    let seconds: u64 = seconds
        .unwrap()
        .strip_suffix(" seconds.")
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(answer["data"], json!({"authentication": {"login": null}}));
    // The next step of a login has a separate rate limit.
    let outcome = continue_login(&client, TFA, json!({"t": "xx", "c": "123456"})).await;
    assert_eq!(code(&outcome), 1015);
}

#[tokio::test]
async fn k51_each_alias_counts() {
    let wiki = FakeWiki::start().await;
    let aliases: Vec<_> = (0..7)
        .map(|n| format!("a{n}:login(username:\"a\",password:\"x\",strategy:\"local\"){{jwt}} "))
        .collect();
    let answer = RawClient::new(&wiki)
        .ask(&format!(
            "mutation{{authentication{{{}}}}}",
            aliases.join(" ")
        ))
        .await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2);
    assert_eq!(answer["errors"][0]["path"], json!(["authentication", "a5"]));
}

#[tokio::test]
async fn the_window_of_the_limit_passes() {
    let wiki = FakeWiki::builder()
        .login_limit(1, Duration::ZERO)
        .start()
        .await;
    let client = RawClient::new(&wiki);
    for _ in 0..3 {
        assert_eq!(code(&login(&client, EMAIL, "x", "local").await), 1002);
    }
}

#[tokio::test]
async fn k52_a_change_of_password_is_required() {
    let (wiki, client) = wiki_with(FakeUser::must_change_password).await;
    let outcome = login(&client, EMAIL, PASSWORD, "local").await;
    assert_eq!(
        (code(&outcome), &outcome["mustChangePwd"]),
        (0, &json!(true))
    );
    assert_eq!(
        (&outcome["jwt"], &outcome["redirect"]),
        (&Value::Null, &json!("/"))
    );
    let token = text(&outcome, "continuationToken").to_owned();
    assert_eq!(token.len(), 21);
    let change = async |token: &str, password: &str| {
        continue_login(&client, CHANGE, json!({"t": token, "p": password})).await
    };
    assert_eq!(code(&change(&token, "short").await), 1012);
    let changed = change(&token, "longer").await;
    assert_eq!(
        changed["responseResult"]["message"],
        "Password changed successfully"
    );
    assert!(enter(&wiki, text(&changed, "jwt")).await.0);
    // The token is consumed.
    assert_eq!(code(&change(&token, "longer").await), 1015);
    assert_eq!(code(&login(&client, EMAIL, PASSWORD, "local").await), 1002);
    assert!(login(&client, EMAIL, "longer", "local").await["jwt"].is_string());
    assert!(!wiki.user(EDITH).unwrap().must_change_password);
}

#[tokio::test]
async fn k52_a_second_factor_is_required() {
    let (wiki, client) = wiki_with(|user| user.two_factor("123456").must_change_password()).await;
    let start = async || {
        let outcome = login(&client, EMAIL, PASSWORD, "local").await;
        assert_eq!(
            (&outcome["jwt"], &outcome["mustProvideTFA"]),
            (&Value::Null, &json!(true))
        );
        text(&outcome, "continuationToken").to_owned()
    };
    let provide = async |token: &str, code: &str| {
        continue_login(&client, TFA, json!({"t": token, "c": code})).await
    };
    let token = start().await;
    assert_eq!(code(&provide(&token, "12345").await), 1006);
    assert_eq!(code(&provide(&token, "654321").await), 1005);
    // A wrong code consumes the token.
    assert_eq!(code(&provide(&token, "123456").await), 1015);
    let outcome = provide(&start().await, "123456").await;
    assert_eq!(outcome["responseResult"]["message"], "TFA success");
    assert_eq!(
        (&outcome["jwt"], &outcome["mustChangePwd"]),
        (&Value::Null, &json!(true))
    );
    let token = text(&outcome, "continuationToken");
    let changed = continue_login(&client, CHANGE, json!({"t": token, "p": "longer"})).await;
    assert!(enter(&wiki, text(&changed, "jwt")).await.0);
}

#[tokio::test]
async fn k52_a_second_factor_is_set_up() {
    let (_wiki, client) = wiki_with(|user| user.must_set_up_two_factor("123456")).await;
    let outcome = login(&client, EMAIL, PASSWORD, "local").await;
    assert_eq!(outcome["mustSetupTFA"], true);
    assert!(text(&outcome, "tfaQRImage").starts_with("<svg"));
    let token = text(&outcome, "continuationToken");
    let provide = async |code: &str, setup: bool| {
        continue_login(&client, TFA, json!({"t": token, "c": code, "s": setup})).await
    };
    assert_eq!(code(&provide("123456", false).await), 1015);
    assert_eq!(code(&provide("654321", true).await), 1005);
    assert!(provide("123456", true).await["jwt"].is_string());
    assert_eq!(
        login(&client, EMAIL, PASSWORD, "local").await["mustProvideTFA"],
        true
    );
}

#[tokio::test]
async fn k50_an_expired_token_is_renewed() {
    let (wiki, _) = wiki_with(|user| user).await;
    for token in [
        wiki.expired_user_token(EDITH, 0),
        wiki.expired_user_token(EDITH, 13),
    ] {
        let (is_in, renewed) = enter(&wiki, &token.unwrap()).await;
        assert!(is_in);
        assert_eq!(enter(&wiki, &renewed.unwrap()).await, (true, None));
    }
    let token = wiki.expired_user_token(EDITH, 1).unwrap();
    let (headers, answer) = ask_as(&wiki, &token, "application/json; charset=utf-8", PROFILE).await;
    assert_eq!(answer["data"]["users"]["profile"]["id"], EDITH);
    assert_eq!(header(&headers, "new-jwt"), None);
    assert!(header(&headers, "set-cookie").unwrap().starts_with("jwt="));
    assert_eq!(header(&headers, "cache-control"), Some("no-store"));
    let (headers, _) = ask_as(&wiki, wiki.api_key(), "application/json", PROFILE).await;
    assert_eq!(header(&headers, "cache-control"), None);
    // A token that expired more than 14 days ago makes the request run as Guest.
    let old = wiki.expired_user_token(EDITH, 15).unwrap();
    assert_eq!(enter(&wiki, &old).await, (false, None));
    let (_, answer) = ask_as(&wiki, &old, "application/json", PROFILE).await;
    assert_eq!(first_error(&answer).1, Some(1019));
}

#[tokio::test]
async fn a_token_without_a_lifetime_is_renewed_each_time() {
    let (wiki, client) = wiki_with(|user| user).await;
    wiki.set_jwt_lifetime(Duration::ZERO);
    let outcome = login(&client, EMAIL, PASSWORD, "local").await;
    let (is_in, renewed) = enter(&wiki, text(&outcome, "jwt")).await;
    assert!(is_in);
    assert!(enter(&wiki, &renewed.unwrap()).await.1.is_some());
}

#[tokio::test]
async fn k50_changes_of_users_and_groups_renew_tokens() {
    let (wiki, _) = wiki_with(|user| user).await;
    let changes: [fn(&FakeWiki); 4] = [
        |wiki| assert!(wiki.edit_user(EDITH, |user| user.name = "Edie".to_owned())),
        |wiki| assert!(wiki.edit_group(3, |group| group.name = "Writers".to_owned())),
        FakeWiki::expire_logins,
        |wiki| wiki.restart(Duration::ZERO).unwrap(),
    ];
    for change in changes {
        let token = wiki.user_token(EDITH).unwrap();
        assert_eq!(enter(&wiki, &token).await, (true, None));
        change(&wiki);
        wait_until_ready(&wiki).await;
        let (is_in, renewed) = enter(&wiki, &token).await;
        assert!(is_in);
        assert_eq!(enter(&wiki, &renewed.unwrap()).await, (true, None));
    }
    let other = wiki.user_token(1).unwrap();
    wiki.edit_group(3, |group| group.permissions.clear());
    assert_eq!(enter(&wiki, &other).await, (true, None));
}

/// Waits until the wiki responds normally.
async fn wait_until_ready(wiki: &FakeWiki) {
    let client = RawClient::with_key(wiki, None);
    let body = json!({"query": "{__typename}"});
    loop {
        let request = client.http.post(&client.url).json(&body);
        if request
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            return;
        }
    }
}

#[tokio::test]
async fn a_token_of_a_deleted_user_is_unauthorized_or_runs_as_guest() {
    let (wiki, _) = wiki_with(|user| user).await;
    let refusal = async |token: &str| {
        let (_, answer) = ask_as(&wiki, token, "application/json", HOME).await;
        first_error(&answer).0.to_owned()
    };
    let token = wiki.user_token(EDITH).unwrap();
    wiki.set_database_away(true);
    assert!(refusal(&token).await.starts_with("connect ECONNREFUSED"));
    wiki.expire_logins();
    assert_eq!(refusal(&token).await, "Unauthorized");
    wiki.set_database_away(false);
    wiki.edit_user(EDITH, |user| user.is_active = false);
    assert_eq!(refusal(&token).await, "Unauthorized");
    wiki.edit_user(EDITH, |user| user.is_active = true);
    assert!(wiki.remove_user(EDITH));
    assert_eq!(refusal(&token).await, "Unauthorized");
    let admin = wiki.user_token(1).unwrap();
    assert!(enter(&wiki, &admin).await.0);
    wiki.void_logins();
    assert_eq!(refusal(&admin).await, "Forbidden");
}

#[tokio::test]
async fn faults_hit_logins() {
    let (wiki, client) = wiki_with(|user| user).await;
    wiki.fail_next(Fault::DatabaseAway);
    let outcome = login(&client, EMAIL, PASSWORD, "local").await;
    assert_eq!((code(&outcome), &outcome["jwt"]), (1, &Value::Null));
    let strategies = client
        .ask("{authentication{activeStrategies{key isEnabled strategy{useForm}}}}")
        .await;
    let expected = json!([{"key": "local", "isEnabled": true, "strategy": {"useForm": true}}]);
    assert_eq!(
        strategies["data"]["authentication"]["activeStrategies"],
        expected
    );
}
