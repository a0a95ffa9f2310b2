//! Tokens, and their callers.

use crate::client::{CREATE, RawClient, create_variables, first_error, http};
use serde_json::{Value, json};
use wikijs_fake::{FakePage, FakeWiki};

const SINGLE: &str = "{pages{single(id:1){path}}}";
const LIST: &str = "{pages{list{id}}}";

async fn wiki() -> FakeWiki {
    FakeWiki::builder()
        .page(FakePage::new("home", "Home"))
        .start()
        .await
}

/// Returns the responses to a list, a single page, a create and the profile.
async fn answers(client: &RawClient) -> [Value; 4] {
    let create = create_variables(&json!({"path": "auth-test"}));
    [
        client.ask(LIST).await,
        client.ask(SINGLE).await,
        client.ask_with(CREATE, create).await,
        client.ask("{users{profile{id}}}").await,
    ]
}

#[tokio::test]
async fn requests_without_a_valid_token_run_as_guest() {
    let wiki = wiki().await;
    let other = FakeWiki::start().await;
    let keys = [
        None,
        Some("abc".to_owned()),
        Some("a.b.c".to_owned()),
        Some(wiki.garbage_key()),
        Some(other.api_key().to_owned()),
        Some(wiki.expired_key(20)),
    ];
    for key in keys {
        let [list, single, create, profile] =
            answers(&RawClient::with_key(&wiki, key.as_deref())).await;
        assert_eq!(
            list,
            json!({"data": {"pages": {"list": [{"id": 1}]}}}),
            "{key:?}"
        );
        assert_eq!(
            first_error(&single),
            ("You are not authorized to view this page.", Some(6013))
        );
        assert_eq!(first_error(&create), ("Forbidden", None));
        assert_eq!(create["data"], json!({"pages": {"create": null}}));
        assert_eq!(
            first_error(&profile),
            (
                "You must be authenticated to access this resource.",
                Some(1019)
            )
        );
    }
    assert_eq!(wiki.pages().len(), 1);
}

#[tokio::test]
async fn a_recently_expired_key_is_unauthorized() {
    let wiki = wiki().await;
    let [list, single, create, profile] =
        answers(&RawClient::with_key(&wiki, Some(&wiki.expired_key(1)))).await;
    for answer in [&list, &single, &create] {
        assert_eq!(first_error(answer), ("Unauthorized", None));
    }
    assert_eq!(list["data"], json!({"pages": null}));
    assert_eq!(first_error(&profile).1, Some(1019));
}

#[tokio::test]
async fn a_revoked_or_unknown_key_is_a_500() {
    let wiki = wiki().await;
    for key in [wiki.revoked_key(), wiki.unknown_key()] {
        let (status, answer) = RawClient::with_key(&wiki, Some(&key))
            .send(&json!({"query": LIST}))
            .await;
        let message = "API Key is invalid or was revoked.";
        assert_eq!(
            (status, answer),
            (
                500,
                json!({"data": {}, "errors": [{"message": message, "path": []}]})
            )
        );
    }
    let client = RawClient::new(&wiki);
    assert_eq!(client.send(&json!({"query": LIST})).await.0, 200);
    assert!(wiki.revoke(wiki.api_key()));
    assert_eq!(client.send(&json!({"query": LIST})).await.0, 500);
}

#[tokio::test]
async fn a_disabled_api_refuses_keys_and_accepts_guests() {
    let wiki = FakeWiki::builder().api_enabled(false).start().await;
    let client = RawClient::new(&wiki);
    let (status, answer) = client.send(&json!({"query": LIST})).await;
    assert_eq!(status, 500);
    let message = "API is disabled. You must enable it from the Administration Area first.";
    assert_eq!(answer["errors"][0]["message"], message);
    assert_eq!(
        RawClient::with_key(&wiki, None)
            .send(&json!({"query": LIST}))
            .await
            .0,
        200
    );
    wiki.set_api_enabled(true);
    assert_eq!(client.send(&json!({"query": LIST})).await.0, 200);

    let off = "mutation{authentication{setApiState(enabled:false){responseResult{succeeded}}}}";
    let answer = client.ask(off).await;
    assert_eq!(
        answer["data"]["authentication"]["setApiState"]["responseResult"]["succeeded"],
        true
    );
    assert_eq!(client.send(&json!({"query": LIST})).await.0, 500);
}

#[tokio::test]
async fn several_forms_of_the_header_are_accepted() {
    let wiki = wiki().await;
    let key = wiki.api_key();
    let is_known = async |name: &'static str, value: String| {
        let request = http()
            .build()
            .unwrap()
            .post(format!("{}/graphql", wiki.url()))
            .header(name, value)
            .json(&json!({"query": SINGLE}));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer.get("errors").is_none()
    };
    for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer  "] {
        assert!(
            is_known("authorization", format!("{scheme}{key}")).await,
            "{scheme}"
        );
    }
    for scheme in ["", "Token ", "Basic "] {
        assert!(
            !is_known("authorization", format!("{scheme}{key}")).await,
            "{scheme}"
        );
    }
    assert!(!is_known("authorization", "Bearer".to_owned()).await);
    assert!(is_known("cookie", format!("a=b; jwt={key}")).await);
}

#[tokio::test]
async fn a_private_wiki_is_hidden_from_guests() {
    let wiki = FakeWiki::builder()
        .private()
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let answer = RawClient::with_key(&wiki, None).ask(LIST).await;
    assert_eq!(first_error(&answer), ("Forbidden", None));
    assert_eq!(answer["data"], json!({"pages": null}));
}
