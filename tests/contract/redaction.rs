//! Removal of secrets from the texts of responses.

use base64::Engine as _;
use graphql_client::{GraphQLQuery, QueryBody};
use serde_json::{Value, json};
use wikijs_client::Error;

use crate::canned::{CannedWiki, Response};

const REDACTED: &str = "[redacted]";
const KEY: &str = "eyJhbGciOiJSUzI1NiJ9.eyJhcGkiOjEsImdycCI6MX0.c2lnbmF0dXJlLW9mLXRoZS1rZXk";
const PASSWORD: &str = "hunter2 \"häß&lich\"/+%";

/// A mutation with any variables.
struct Sending;

impl GraphQLQuery for Sending {
    type Variables = Value;
    type ResponseData = Value;
    fn build_query(variables: Value) -> QueryBody<Value> {
        QueryBody {
            variables,
            operation_name: "Sending",
            query: "mutation Sending { pages { flushCache { responseResult { succeeded } } } }",
        }
    }
}

/// A wiki whose responses are shown in errors.
struct Echo {
    wiki: CannedWiki,
    variables: Value,
}

impl Echo {
    /// Starts a wiki to which requests have these variables, and a key.
    fn of(variables: Value, key: Option<&str>) -> Self {
        let wiki = CannedWiki::start(|builder| match key {
            Some(key) => builder.api_key(key),
            None => builder,
        });
        Self { wiki, variables }
    }

    /// Returns a text of a response as the error shows it.
    async fn shown(&self, text: &str) -> String {
        self.wiki.set(Response::new(500, text));
        let sent = self.wiki.client.execute::<Sending>(self.variables.clone());
        match sent.await {
            Err(Error::Http(error)) => error.body,
            other => panic!("{other:?}"),
        }
    }
}

fn percent(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    bytes.concat()
}

#[tokio::test]
async fn a_secret_is_removed_in_every_form() {
    let base64 = base64::engine::general_purpose::STANDARD;
    let echo = Echo::of(json!({"username": "me", "password": PASSWORD}), Some(KEY));
    for secret in [KEY, PASSWORD] {
        let json = json!({"a": secret}).to_string();
        for text in [
            format!("you sent: {secret}."),
            json.clone(),
            json!({"request": json}).to_string(),
            json!({"request": json!({"request": json}).to_string()}).to_string(),
            format!("key={}&x=1", percent(secret)),
            percent(&percent(secret)),
            secret
                .chars()
                .map(|c| format!("\\u{:04x}", u32::from(c)))
                .collect::<Vec<_>>()
                .concat(),
            secret
                .replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('/', "&#x2F;"),
            format!("Basic {}", base64.encode(format!("me:{secret}"))),
            format!("blocked: {}", base64.encode(&json)),
            format!("{}…", &secret[..secret.len() - 3]),
        ] {
            let shown = echo.shown(&text).await;
            for piece in [
                "hunter2",
                "lich",
                "eyJhcGki",
                "c2lnbmF0",
                &base64.encode(&secret[..9]),
            ] {
                assert!(!shown.contains(piece), "{text}\n{shown}");
            }
            assert!(shown.contains(REDACTED), "{text}\n{shown}");
        }
    }
    let text = "nothing to see: me";
    assert_eq!(echo.shown(text).await, text);
}

#[tokio::test]
async fn a_short_secret_is_removed_in_every_form() {
    let echo = Echo::of(json!({"password": "hü 😀 key"}), None);
    for text in [
        // JSON with the escapes that Python and others use.
        "{\"password\": \"h\\u00fc \\ud83d\\ude00 key\"}",
        "{\\\"password\\\": \\\"h\\\\u00fc \\\\uD83D\\\\uDE00 key\\\"}",
        // A form (`application/x-www-form-urlencoded`).
        "password=h%C3%BC+%F0%9F%98%80+key&remember=1",
        "password=hü+😀+key",
        // Escaped bytes, with the escapes that nginx and Python use.
        "b'password=h\\xc3\\xbc \\xf0\\x9f\\x98\\x80 key'",
        "h\\xC3\\xBC\\x20\\xF0\\x9F\\x98\\x80\\x20key",
    ] {
        assert_eq!(echo.shown(text).await, REDACTED, "{text}");
    }
    for text in [
        "1 + 1",
        "\\ud83d alone",
        "\\ud83d\\u0041",
        "a\\xc3",
        "\\u12",
    ] {
        assert_eq!(echo.shown(text).await, text);
    }
}

#[tokio::test]
async fn a_number_with_a_sign_is_no_escape() {
    let echo = Echo::of(json!({"password": "A\tsecretword"}), None);
    for text in [
        "A%+9secretword",
        "A\\x+9secretword",
        "\\u+041\tsecretword",
        "&#+65;\tsecretword",
        "&#x+41;\tsecretword",
    ] {
        assert_eq!(echo.shown(text).await, text);
    }
    for text in [
        "A%09secretword",
        "A\\x09secretword",
        "\\u0041\tsecretword",
        "&#65;\tsecretword",
        "&#x41;\tsecretword",
    ] {
        assert_eq!(echo.shown(text).await, REDACTED, "{text}");
    }
}

#[tokio::test]
async fn the_secrets_of_a_request_are_recognized_by_their_names() {
    let variables = json!({
        "passwordRaw": "first-secret",
        "mustChangePassword": true,
        "targets": [{"key": "git", "config": [
            {"key": "basicPassword", "value": "{\"v\":\"second-secret\"}"},
            {"key": "branch", "value": "{\"v\":\"main\"}"},
        ]}],
        "config": {"dkimPrivateKey": "third-secret", "host": "mail.example.com"},
        "continuationToken": "fourth-secret",
        "pass": "",
    });
    let text = "first-secret second-secret main third-secret mail.example.com fourth-secret";
    assert_eq!(
        Echo::of(variables, None).shown(text).await,
        format!("{REDACTED} {REDACTED} main {REDACTED} mail.example.com {REDACTED}")
    );
    assert_eq!(Echo::of(json!(7), None).shown(text).await, text);
}

#[tokio::test]
async fn short_secrets_are_removed_only_as_separate_words() {
    let echo = Echo::of(json!({"password": "a", "token": ""}), None);
    assert_eq!(
        echo.shown("a page: \"a\"").await,
        format!("{REDACTED} page: \"{REDACTED}\"")
    );
}

#[tokio::test]
async fn a_secret_at_the_end_of_a_shortened_message_is_removed() {
    let echo = Echo::of(json!({"password": "hunter2-secret"}), None);
    for length in 0..700 {
        let message = format!(
            "{} hunter2-secret {}",
            "x".repeat(length),
            "y".repeat(700 - length)
        );
        let result = json!({"succeeded": false, "errorCode": 1, "slug": "E", "message": message});
        let data = json!({"data": {"pages": {"flushCache": {"responseResult": result}}}});
        let errors = json!({"errors": [{"message": message, "path": ["pages", "flushCache"]}]});
        for body in [data, errors] {
            echo.wiki.set(Response::new(200, body.to_string()));
            let sent = echo.wiki.client.execute::<Sending>(echo.variables.clone());
            let shown = match sent.await {
                Ok(data) => data.to_string(),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("hun") && !shown.contains("cret"), "{shown}");
        }
    }
}

/// A mutation whose data is a number.
struct Counting;

impl GraphQLQuery for Counting {
    type Variables = Value;
    type ResponseData = std::collections::HashMap<String, i64>;
    fn build_query(variables: Value) -> QueryBody<Value> {
        Sending::build_query(variables)
    }
}

#[tokio::test]
async fn a_secret_in_a_value_of_another_type_is_removed() {
    let echo = Echo::of(json!({"password": "hunter2-secret"}), None);
    let body = json!({"data": {"pages": "hunter2-secret"}});
    echo.wiki.set(Response::new(200, body.to_string()));
    let sent = echo.wiki.client.execute::<Counting>(echo.variables.clone());
    let error = sent.await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    assert!(error.to_string().contains(REDACTED), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_text_that_looks_like_a_secret_is_removed() {
    // Text, rest. `JWT` and `HASH` are a key and the hash of a password, `_` is what replaces a secret.
    const TEXTS: &str = r#"
        Authorization: Bearer JWT                  | Authorization: _
        AUTHORIZATION: bearer abc\nnext            | AUTHORIZATION: _\nnext
        {"authorization": "Basic YWJj", "x": 1}    | {"authorization": "_", "x": 1}
        cookie=jwt=abc; b=c                        | cookie=_
        the hash HASH, and                         | the hash _, and
        at postgres://wiki:p@ss@db:5432/wiki       | at postgres://_@db:5432/wiki
        jwt JWT é                                  | jwt _ é
        -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- x | _ x"#;
    let hash = format!("$2b$12${}", "a".repeat(53));
    let echo = Echo::of(json!({}), None);
    for line in TEXTS.trim().lines() {
        let (text, clean) = line.split_once('|').unwrap();
        let text = text
            .trim()
            .replace("\\n", "\n")
            .replace("HASH", &hash)
            .replace("JWT", KEY);
        let clean = clean.trim().replace("\\n", "\n").replace('_', REDACTED);
        assert_eq!(echo.shown(&text).await, clean);
    }
    for text in [
        "https://wiki.example.com/a@b",
        "no authorization",
        "costs $2",
        "monkeyJ",
        "a cookie",
        "",
    ] {
        assert_eq!(echo.shown(text).await, text);
    }
}
