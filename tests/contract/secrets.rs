//! Secrets: errors contain no key, password or page content, and keys are sent only to the wiki.

use std::{fmt::Write as _, process::Command, sync::mpsc, time::Duration};

use base64::Engine as _;
use wikijs_client::{Client, Error, RetryPolicy, pages::PageUpdate};
use wikijs_fake::{FakePage, FakeWiki};

use crate::{
    canned::{Response, body_of, serve},
    support::client,
};

type Echo = Box<dyn Fn(&str) -> String + Send>;

/// Starts a server that responds to each request with the result of `answer`.
fn echoing(status: u16, answer: impl Fn(&str) -> String + Send + 'static) -> String {
    serve(move |request| Response::new(status, answer(request)))
}

/// Formats an error with its sources, as `Display` and `Debug` show them.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        write!(text, " {error} {error:?}").unwrap();
        source = error.source();
    }
    text
}

#[test]
fn credentials_in_the_url_are_in_no_configuration_error() {
    for url in [
        "https://me:hunter2@wiki.example.com:99999",
        "https://me:hunter2@wiki .example.com",
        "ftp://me:hunter2@wiki.example.com",
        "https://me:hunter2@wiki.example.com",
        "https://wiki.example.com/?token=hunter2",
        "https://wiki.example.com/#hunter2",
        "me:hunter2@wiki.example.com",
        "http://me:hunter2@wiki.example.com",
    ] {
        let builder = Client::builder(url).api_key("key");
        assert!(!format!("{builder:?}").contains("hunter2"), "{builder:?}");
        let error = builder.build().unwrap_err();
        assert!(!shown(&error).contains("hunter2"), "{}", shown(&error));
    }
    let proxy = Client::builder("https://wiki.example.com").proxy("http://me:hunter2@ proxy");
    assert!(!format!("{proxy:?}").contains("hunter2"));
    assert!(!shown(&proxy.build().unwrap_err()).contains("hunter2"));
}

#[tokio::test]
async fn an_echoed_password_is_in_no_error() {
    const PASSWORD: &str = "hunter2-\"secret\"/é";
    let base64 = base64::engine::general_purpose::STANDARD;
    let echoes: Vec<(u16, Echo)> = vec![
        (
            403,
            Box::new(move |it| format!("blocked request: {}", body_of(it))),
        ),
        (
            403,
            Box::new(move |it| format!("blocked: {}", base64.encode(body_of(it)))),
        ),
        (
            500,
            Box::new(move |it| serde_json::json!({"request": body_of(it)}).to_string()),
        ),
        (
            200,
            Box::new(|_| {
                serde_json::json!({"data": {"authentication": {"login": PASSWORD}}}).to_string()
            }),
        ),
        (
            200,
            Box::new(|_| {
                serde_json::json!({"errors": [{"message": format!("no: {PASSWORD}"), "extensions": {"exception": {"message": PASSWORD, "stack": PASSWORD}}}]}).to_string()
            }),
        ),
        (
            400,
            Box::new(|_| {
                serde_json::json!({"errors": [{"message": format!("Variable \"$password\" got invalid value \"{PASSWORD}\"; x")}]}).to_string()
            }),
        ),
        (
            200,
            Box::new(|_| {
                serde_json::json!({"data": {"authentication": {"login": {"responseResult": {"succeeded": false, "errorCode": 1, "slug": "DBError", "message": format!("update `users` set `password` = '{PASSWORD}' - it is {PASSWORD}")}}}}}).to_string()
            }),
        ),
    ];
    for (number, (status, echo)) in echoes.into_iter().enumerate() {
        let login = Client::builder(echoing(status, echo))
            .retry(RetryPolicy::none())
            .login("me@example.com", PASSWORD);
        let error = login.await.unwrap_err();
        let shown = shown(&error);
        for piece in ["hunter2", "secret\\\"/", "aHVudGVy", "h1bnRlcj", "odW50ZXI"] {
            assert!(!shown.contains(piece), "{number}: {piece} in {shown}");
        }
    }
}

#[tokio::test]
async fn a_key_is_redacted_where_a_text_is_truncated() {
    let key = format!("{}{}", "K".repeat(50), "SECRET".repeat(60));
    for lead in [0, 100, 250, 299] {
        for header in ["authorization", "Authorization", "X-Forwarded-Auth"] {
            let url = echoing(403, move |request| {
                let line = request
                    .lines()
                    .find(|line| line.to_lowercase().starts_with("authorization"));
                let value = line.unwrap().split_once(": ").unwrap().1.to_owned();
                format!("{}{header}: {value}", "é".repeat(lead))
            });
            let wiki = Client::builder(url)
                .api_key(key.clone())
                .retry(RetryPolicy::none())
                .build()
                .unwrap();
            let error = wiki.pages().get(1).await.unwrap_err();
            let shown = shown(&error);
            assert!(
                !shown.contains("SECRET") && !shown.contains("KKKK"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn a_conflict_does_not_show_the_content_of_the_page() {
    let fake = FakeWiki::start().await;
    let page = FakePage::new("docs/a", "A").content("secret-content-of-a-page");
    let id = fake.insert_page(page);
    let wiki = client(fake.url(), fake.api_key());
    let stale = PageUpdate::new()
        .title("B")
        .if_unmodified("2020-01-01T00:00:00.000Z");
    let error = wiki.pages().update(id, stale).await.unwrap_err();
    assert!(error.is_conflict());
    let shown = shown(&error);
    assert!(!shown.contains("secret-content"), "{shown}");
    assert!(shown.contains("docs/a"), "{shown}");
}

#[tokio::test]
async fn the_content_of_a_page_is_in_no_error() {
    let page = "secret-content ".repeat(1500);
    let long = page.clone();
    let statement = echoing(200, move |_| {
        let message = format!(
            "update `pages` set `content` = '{long}' - Data too long for column 'title' at row 1"
        );
        serde_json::json!({
            "errors": [{"message": message, "path": ["pages", "list"], "extensions": {"exception": {
                "name": "DataError", "nativeError": {"code": "ER_DATA_TOO_LONG", "sql": message, "sqlMessage": message},
                "stack": message, "bindings": [message],
            }}}],
            "data": {"pages": {"list": null, "single": {"content": long}}},
        })
        .to_string()
    });
    let misfit = echoing(200, move |_| {
        serde_json::json!({"data": {"pages": {"list": [{"id": page}]}}}).to_string()
    });
    for url in [statement, misfit] {
        let wiki = Client::builder(url)
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let error = wiki.pages().list().await.unwrap_err();
        let shown = shown(&error);
        assert!(shown.len() < 6000, "{} bytes", shown.len());
        assert!(shown.matches("secret-content").count() < 100, "{shown}");
        if let Error::GraphQl(errors) = &error {
            assert!(error.is_invalid_input());
            assert!(!shown.contains("secret-content"), "{shown}");
            let extensions = serde_json::to_string(&errors.errors).unwrap();
            assert!(!extensions.contains("secret-content"), "{extensions}");
        }
    }
}

#[tokio::test]
async fn no_error_suggests_the_url_of_a_login_page() {
    let target = "https://sso.example.com/login?state=secret-state&next=%2Fgraphql";
    let url = serve(move |_| Response::new(302, "").header("location", target));
    let error = client(&url, "some-key").pages().list().await.unwrap_err();
    let shown = shown(&error);
    assert!(
        shown.contains("login page") && shown.contains("sso.example.com"),
        "{shown}"
    );
    assert!(
        !shown.contains("configure its URL as") && !shown.contains("secret-state"),
        "{shown}"
    );
}

/// Environment variable with the wiki's address in the process that the test below starts.
const WIKI: &str = "WIKIJS_CLIENT_TEST_LOOPBACK_WIKI";

/// Starts itself in a separate process, because proxies are set by environment variables, which tests share.
#[test]
fn a_key_for_a_local_wiki_is_not_sent_to_a_proxy_of_the_environment() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    if let Ok(port) = std::env::var(WIKI) {
        runtime.block_on(async {
            for host in ["localhost", "127.0.0.1", "wiki.localhost"] {
                let wiki = Client::builder(format!("http://{host}:{port}"))
                    .api_key("my-secret-key")
                    .retry(RetryPolicy::none())
                    .timeout(Duration::from_secs(5))
                    .build()
                    .unwrap();
                // A name below `localhost` may not resolve, so the result is ignored.
                let _ = wiki.pages().get(1).await;
            }
        });
        return;
    }
    let fake = runtime.block_on(FakeWiki::start());
    let (seen, proxied) = mpsc::channel();
    let proxy = echoing(502, move |request| {
        let _ = seen.send(request.to_owned());
        String::new()
    });
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "secrets::a_key_for_a_local_wiki_is_not_sent_to_a_proxy_of_the_environment",
        ])
        .env(WIKI, fake.address().port().to_string())
        .envs(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, &proxy)))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    assert!(fake.request_count() > 0);
    assert_eq!(proxied.try_iter().count(), 0);
}
