//! API keys, and the creation of accounts.

use crate::client::{RawClient, first_error};
use serde_json::{Value, json};
use wikijs_fake::{FakeComment, FakePage, FakeWiki};

const RESULT: &str = "responseResult{succeeded errorCode slug message}";

/// Returns the response to a field of `mutation { authentication { … } }`.
async fn authentication(client: &RawClient, field: &str) -> Value {
    let answer = client
        .ask(&format!("mutation{{authentication{{x:{field}}}}}"))
        .await;
    answer["data"]["authentication"]["x"].clone()
}

fn outcome(answer: &Value) -> (i64, &str) {
    let result = &answer["responseResult"];
    (
        result["errorCode"].as_i64().unwrap(),
        result["message"].as_str().unwrap(),
    )
}

#[tokio::test]
async fn keys_are_created_and_revoked() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let create = |arguments: &str| format!("createApiKey(name:\"k\",{arguments}){{{RESULT} key}}");
    let made = authentication(&client, &create("expiration:\"1y\",fullAccess:true")).await;
    assert_eq!(outcome(&made), (0, "API Key created successfully"));
    let key = made["key"].as_str().unwrap();
    let full = RawClient::with_key(&wiki, Some(key));
    let list = "{authentication{apiKeys{id name keyShort isRevoked}}}";
    let keys = full.ask(list).await["data"]["authentication"]["apiKeys"].clone();
    assert_eq!(keys[0]["name"], "full", "by name");
    let shown = keys[1]["keyShort"].as_str().unwrap();
    assert!(key.ends_with(shown.strip_prefix("...").unwrap()));

    // These keys have no permissions.
    for arguments in [
        "expiration:\"2 days\",fullAccess:false",
        "expiration:\"1d\",fullAccess:false,group:99999",
    ] {
        let made = authentication(&client, &create(arguments)).await;
        assert_eq!(outcome(&made).0, 0);
        let nobody = RawClient::with_key(&wiki, made["key"].as_str());
        assert_eq!(
            first_error(&nobody.ask("{pages{list{id}}}").await).0,
            "Forbidden"
        );
        let profile = nobody.ask("{users{profile{id}}}").await;
        assert_eq!(profile["data"]["users"]["profile"]["id"], 1);
    }
    // An invalid lifetime fails, but leaves an entry in the list.
    let made = authentication(&client, &create("expiration:\"forever\",fullAccess:true")).await;
    assert!(
        outcome(&made)
            .1
            .starts_with("\"expiresIn\" should be a number of seconds")
    );
    let keys = client.ask(list).await["data"]["authentication"]["apiKeys"].clone();
    let pending = keys.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&pending["keyShort"], &pending["isRevoked"]),
        (&json!("...pending"), &json!(true))
    );
    for id in [2, 99999] {
        let revoked = authentication(&client, &format!("revokeApiKey(id:{id}){{{RESULT}}}")).await;
        assert_eq!(outcome(&revoked), (0, "API Key revoked successfully"));
    }
    let answer = full.ask(list).await;
    assert_eq!(first_error(&answer).0, "API Key is invalid or was revoked.");
}

#[tokio::test]
async fn accounts_are_registered_if_registration_is_enabled() {
    let register = |email: &str, password: &str, name: &str| {
        format!(
            "register(email:\"{email}\",password:\"{password}\",name:\"{name}\"){{{RESULT} jwt}}"
        )
    };
    let closed = FakeWiki::start().await;
    let answer = authentication(
        &RawClient::with_key(&closed, None),
        &register("n@example.com", "Passw0rd", "Nn"),
    )
    .await;
    assert_eq!(outcome(&answer).0, 1010);

    let wiki = FakeWiki::builder()
        .self_registration(["example.com"])
        .start()
        .await;
    let client = RawClient::with_key(&wiki, None);
    for (email, password, name, expected) in [
        (
            "n@example.com",
            "Passw0rd",
            "N",
            (1012, "Name is too short (minimum is 2 characters)"),
        ),
        (
            "n@example.com",
            "short",
            "Nn",
            (1012, "Password is too short (minimum is 6 characters)"),
        ),
        (
            "nomail",
            "Passw0rd",
            "Nn",
            (1012, "Email is not a valid email"),
        ),
        (
            "n@example.org",
            "Passw0rd",
            "Nn",
            (
                1011,
                "You are not authorized to register. Your domain is not whitelisted.",
            ),
        ),
        // The mail fails, but the account is created.
        (
            "N@example.com",
            "Passw0rd",
            "Nn",
            (3002, "The mail configuration is incomplete or invalid."),
        ),
        (
            "n@EXAMPLE.com",
            "Passw0rd",
            "Nn",
            (1004, "An account already exists using this email address."),
        ),
    ] {
        let answer = authentication(&client, &register(email, password, name)).await;
        assert_eq!(outcome(&answer), expected, "{email}");
        assert_eq!(answer["jwt"], Value::Null);
    }
    let user = wiki.user(3).unwrap();
    assert_eq!(
        (user.email.as_str(), user.is_verified),
        ("n@example.com", false)
    );
}

#[tokio::test]
async fn k51_password_resets_are_limited_to_three_a_minute() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::with_key(&wiki, None);
    let forgot = |email: &str| format!("forgotPassword(email:\"{email}\"){{{RESULT}}}");
    for (email, expected) in [
        (
            "nobody@example.com",
            (0, "Password reset request processed."),
        ),
        // The mail address is compared exactly, so there is no such account.
        (
            "Admin@example.com",
            (0, "Password reset request processed."),
        ),
        (
            "admin@example.com",
            (3002, "The mail configuration is incomplete or invalid."),
        ),
    ] {
        let answer = authentication(&client, &forgot(email)).await;
        assert_eq!(outcome(&answer), expected);
    }
    let query = format!("mutation{{authentication{{{}}}}}", forgot("a@example.com"));
    let answer = client.ask(&query).await;
    assert_eq!(
        first_error(&answer).0,
        "Too many requests, please try again in 60 seconds."
    );
}

#[tokio::test]
async fn certificates_and_the_guest() {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    wiki.insert_comment(FakeComment::new(1, "Hi").author(2, "Gast", "g@example.com"));
    let reset = format!("resetGuestUser{{{RESULT}}}");
    let answer = authentication(&client, &reset).await;
    assert_eq!(answer["responseResult"]["slug"], "ForeignKeyViolationError");
    wiki.remove_page(1);
    wiki.edit_user(2, |guest| guest.groups.push(1));
    let answer = authentication(&client, &reset).await;
    assert_eq!(
        outcome(&answer),
        (0, "Guest user has been reset successfully.")
    );
    assert_eq!(wiki.user(2).unwrap().groups, [2]);

    let answer = authentication(&client, &format!("regenerateCertificates{{{RESULT}}}")).await;
    assert_eq!(outcome(&answer).0, 0);
    let profile = client.ask("{users{profile{id}}}").await;
    assert_eq!(first_error(&profile).1, Some(1019), "a guest");
}

#[tokio::test]
async fn contributors_need_the_internet() {
    let query = "{contribute{contributors{id name source joined}}}";
    let offline = FakeWiki::start().await;
    let answer = RawClient::with_key(&offline, None).ask(query).await;
    assert_eq!(
        answer,
        json!({"data": {"contribute": {"contributors": null}}})
    );
    let online = FakeWiki::builder().online().start().await;
    let answer = RawClient::with_key(&online, None).ask(query).await;
    assert_eq!(
        answer["data"]["contribute"]["contributors"][0]["name"],
        "Ada"
    );
}
