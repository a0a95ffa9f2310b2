//! Errors of a wiki whose database is unreachable, busy or not PostgreSQL, of a wiki that is starting, and of a wiki
//! that is not set up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use wikijs_client::{Applied, Client, ClientBuilder, Error, RetryPolicy, pages::NewPage};
use wikijs_fake::{FakePage, FakeWiki, Fault};

use crate::{
    canned::{Response, serve},
    support::client,
};

/// Starts a server that sends these responses one after another, and the last one to all further requests. Returns the
/// number of requests, too.
fn answering(answers: Vec<(u16, &'static str, String)>) -> (ClientBuilder, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let url = serve(move |_| {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let (status, mime, body) = &answers[number.min(answers.len() - 1)];
        Response::new(*status, body.as_str()).header("content-type", mime)
    });
    let fast = RetryPolicy::default()
        .max_retries(2)
        .min_delay(Duration::from_millis(1));
    (Client::builder(url).retry(fast), count)
}

const JSON: &str = "application/json";

fn list_error(message: &str) -> (u16, &'static str, String) {
    let body = serde_json::json!({
        "errors": [{"message": message, "path": ["pages", "list"]}],
        "data": {"pages": null},
    });
    (200, JSON, body.to_string())
}

const AWAY: [&str; 12] = [
    "getaddrinfo ENOTFOUND db",
    "getaddrinfo EAI_AGAIN db",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "the database system is starting up",
    "the database system is shutting down",
    "sorry, too many clients already",
    "database \"wiki\" is not currently accepting connections",
    "read ECONNRESET",
    "Connection terminated unexpectedly",
    "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?",
    "Connection lost: The server closed the connection.",
    "select `id` from `pages` where `path` = 'it''s - x' - SQLITE_BUSY: database is locked",
];

#[tokio::test]
async fn reads_are_retried_while_the_database_is_unreachable() {
    for message in AWAY {
        let listed = (200, JSON, r#"{"data":{"pages":{"list":[]}}}"#.to_owned());
        let (builder, count) = answering(vec![list_error(message), listed]);
        let pages = builder.build().unwrap().pages().list().await;
        assert!(pages.is_ok(), "{message}: {pages:?}");
        assert_eq!(count.load(Ordering::SeqCst), 2, "{message}");
    }
}

#[tokio::test]
async fn driver_error_codes_show_an_unreachable_database() {
    for exception in [
        r#"{"code":"ETIMEDOUT","syscall":"connect"}"#,
        r#"{"code":"PROTOCOL_CONNECTION_LOST","fatal":true}"#,
        r#"{"name":"DBError","nativeError":{"code":"57P03","severity":"FATAL"}}"#,
        r#"{"name":"DBError","nativeError":{"code":"ER_CON_COUNT_ERROR","errno":1040}}"#,
    ] {
        let body = format!(
            r#"{{"errors":[{{"message":"x","path":["pages","list"],"extensions":{{"exception":{exception}}}}}],"data":{{"pages":null}}}}"#
        );
        let (builder, count) = answering(vec![(200, JSON, body)]);
        let error = builder.build().unwrap().pages().list().await.unwrap_err();
        assert!(error.is_unavailable() && error.is_transient(), "{error:?}");
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn a_lost_connection_of_the_wiki_is_not_waited_for() {
    let lost = "Can't add new command when connection is in closed state";
    let (builder, count) = answering(vec![list_error(lost)]);
    let error = builder.build().unwrap().pages().list().await.unwrap_err();
    assert!(error.is_unavailable() && !error.is_transient());
    assert!(
        error
            .to_string()
            .contains("has lost its database connection and must be restarted"),
        "{error}"
    );
    assert_eq!(
        count.load(Ordering::SeqCst),
        2,
        "the request is retried once"
    );
}

#[tokio::test]
async fn a_login_waits_for_the_database() {
    let away = r#"{"data":{"authentication":{"login":{"responseResult":{"succeeded":false,"errorCode":1,"slug":"Error","message":"connect ECONNREFUSED 127.0.0.1:5432"},"jwt":null,"mustChangePwd":null,"mustProvideTFA":null,"mustSetupTFA":null,"continuationToken":null,"redirect":null,"tfaQRImage":null}}}}"#;
    let done = away
        .replace("false", "true")
        .replace("\"jwt\":null", "\"jwt\":\"a.b.c\"");
    let (builder, count) = answering(vec![(200, JSON, away.to_owned()), (200, JSON, done)]);
    let login = builder.login("me@example.com", "password").await;
    assert!(login.unwrap().done().is_ok());
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_login_without_a_response_is_retried() {
    let fake = FakeWiki::start().await;
    fake.fail_next_matching("AuthenticationLogin", Fault::Hang { execute: false });
    let login = Client::builder(fake.url())
        .timeout(Duration::from_millis(500))
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD);
    assert!(login.await.unwrap().done().is_ok());
}

#[cfg(feature = "assets")]
#[tokio::test]
async fn a_download_waits_for_the_database() {
    for message in [
        "connect ECONNREFUSED 127.0.0.1:5432",
        "select &quot;id&quot; from &quot;assets&quot; - sorry, too many clients already",
    ] {
        let page = format!(
            "<!DOCTYPE html><html><div class=\"app-error\"><a href=\"/\"></a><strong>Oops</strong><span>{message}</span></div></html>"
        );
        let (builder, count) = answering(vec![(500, "text/html; charset=utf-8", page)]);
        let error = builder
            .build()
            .unwrap()
            .assets()
            .download("a.png")
            .await
            .unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert!(!format!("{error:?}").contains("select"), "{error:?}");
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn a_wiki_that_is_not_set_up_is_reported() {
    let fake = FakeWiki::start().await;
    let id = fake.insert_page(FakePage::new("docs/a", "A"));
    let wiki = client(fake.url(), fake.api_key());
    fake.set_setup_mode(true);
    for error in [
        wiki.pages().get(id).await.unwrap_err(),
        wiki.check().await.unwrap_err(),
        wiki.pages()
            .create(NewPage::new("docs/b", "B", "b"))
            .await
            .unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("the wiki is not set up yet"),
            "{error}"
        );
        assert!(!error.is_transient());
        assert_eq!(error.applied(), Applied::No);
    }
    let login = Client::builder(fake.url()).login("admin@example.com", "password");
    assert!(login.await.unwrap_err().to_string().contains("set up"));
    #[cfg(feature = "assets")]
    {
        let error = wiki.assets().download("a.png").await.unwrap_err();
        assert!(
            error.to_string().contains("the wiki is not set up yet"),
            "{error}"
        );
    }
    fake.set_setup_mode(false);
    wiki.pages().get(id).await.unwrap();
}

/// A mutation of two fields of different domains.
struct Two;

impl graphql_client::GraphQLQuery for Two {
    type Variables = ();
    type ResponseData = serde_json::Value;
    fn build_query(variables: ()) -> graphql_client::QueryBody<()> {
        graphql_client::QueryBody {
            variables,
            operation_name: "Two",
            query: "mutation Two { pages { create(content: \"x\", description: \"\", editor: \"markdown\", isPublished: true, isPrivate: false, locale: \"en\", path: \"docs/two\", tags: [], title: \"Two\") { responseResult { succeeded errorCode slug message } page { id } } } groups { create(name: \"g\") { responseResult { succeeded errorCode slug message } } } }",
        }
    }
}

#[tokio::test]
async fn of_two_fields_one_may_be_applied_though_the_other_is_forbidden() {
    let fake = FakeWiki::start().await;
    let key = fake.key_with(["read:pages", "write:pages", "manage:pages"]);
    let error = client(fake.url(), &key)
        .execute::<Two>(())
        .await
        .unwrap_err();
    assert!(error.is_forbidden());
    assert!(fake.page_by_path("en", "docs/two").is_some());
    assert_ne!(error.applied(), Applied::No);
    let guest = client(fake.url(), &fake.key_with(["read:pages"]));
    let error = guest.execute::<Two>(()).await.unwrap_err();
    assert_eq!(error.applied(), Applied::No, "both fields are forbidden");
}

#[tokio::test]
async fn only_a_refusal_that_comes_before_the_wiki_runs_proves_that_nothing_was_applied() {
    let validation = r#"{"errors":[{"message":"Cannot query field \"x\" on type \"Y\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#;
    let of_proxy = r#"{"errors":[{"message":"upstream timed out"}]}"#;
    let foreign = r#"{"data":{"users":{"list":[]}}}"#;
    let no = [401, 403, 404, 405, 413, 414, 429, 431];
    let unknown = [200, 400, 408, 409, 425, 499, 500, 502, 503, 504, 520];
    let pages = no.map(|status| (status, "<html>no</html>", Applied::No));
    let open = unknown.map(|status| (status, "<html>no</html>", Applied::Unknown));
    let json = [408, 425, 499, 500, 502, 504].map(|status| (status, of_proxy, Applied::Unknown));
    let others = [
        (400, validation, Applied::No),
        (200, validation, Applied::No),
        (200, foreign, Applied::Unknown),
        (200, r#"{"data":{"pages":{"cre"#, Applied::Unknown),
        (200, "", Applied::Unknown),
        (
            500,
            r#"{"data":{},"errors":[{"message":"Unknown authentication strategy \"jwt\"","path":[]}]}"#,
            Applied::No,
        ),
    ];
    for (status, body, applied) in pages.into_iter().chain(open).chain(json).chain(others) {
        let (builder, _) = answering(vec![(status, JSON, body.to_owned())]);
        let wiki = builder.retry(RetryPolicy::none()).build().unwrap();
        let answer = wiki.execute::<Strict>(()).await;
        let error: Error = answer.unwrap_err();
        assert_eq!(error.applied(), applied, "{status} {body}: {error:?}");
    }
}

/// A mutation whose response must contain `pages`.
struct Strict;

#[derive(Debug, serde::Deserialize)]
struct StrictData {
    #[serde(rename = "pages")]
    _pages: serde_json::Value,
}

impl graphql_client::GraphQLQuery for Strict {
    type Variables = ();
    type ResponseData = StrictData;
    fn build_query(variables: ()) -> graphql_client::QueryBody<()> {
        graphql_client::QueryBody {
            variables,
            operation_name: "Strict",
            query: "mutation Strict { pages { flushCache { responseResult { succeeded } } } }",
        }
    }
}
