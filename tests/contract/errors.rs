//! Errors: their kind, their predicates and their messages.

use std::{io::Write, net::TcpListener, time::Duration};

use wikijs_client::{
    Applied, Client, Error, RetryPolicy, api,
    error::TransportErrorKind,
    pages::{NewPage, PageUpdate},
};
use wikijs_fake::FakeWiki;

use crate::{
    canned::{CannedWiki, Response, read_request, serve},
    support::{Wiki, client},
};

/// Starts a server that sends the same response to every request, and returns a client of it.
fn answering(status: u16, body: impl Into<Vec<u8>>) -> Client {
    let response = Response::new(status, body);
    impatient(&serve(move |_| response.clone()))
}

/// Returns a client that does not retry.
fn impatient(url: &str) -> Client {
    Client::builder(url)
        .api_key("an-api-key")
        .default_locale("en")
        .confirm_writes_for(Duration::from_millis(300))
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn predicates_distinguish_a_missing_page_a_refused_key_and_other_errors() {
    let wiki = Wiki::start().await;
    let missing = wiki.client.pages().get(i32::MAX).await.unwrap_err();
    assert!(missing.is_not_found() && !missing.is_forbidden() && !missing.is_unauthenticated());
    let ignored = client(wiki.url(), "not-a-key")
        .pages()
        .get(i32::MAX - 1)
        .await
        .unwrap_err();
    assert!(ignored.is_unauthenticated() && !ignored.is_not_found());
    let page = wiki.page("x").await;
    let refused = client(wiki.url(), "not-a-key")
        .pages()
        .delete(page.id)
        .await
        .unwrap_err();
    assert!(refused.is_unauthenticated() && !refused.is_not_found() && !refused.is_forbidden());
    let other = wiki
        .client
        .pages()
        .create(wiki.new_page("x"))
        .await
        .unwrap_err();
    assert!(other.is_conflict() && !other.is_not_found() && !other.is_forbidden());
}

#[tokio::test]
async fn a_refused_call_names_the_permissions_that_allow_it() {
    let wiki = Wiki::start().await;
    let page = wiki.page("x").await.id;
    let reader = wiki.client_with(&["read:pages"]).await;
    let elsewhere = ["read:pages", "write:pages", "delete:pages", "manage:pages"];
    let elsewhere = wiki.client_with_rule(&elsewhere, "elsewhere").await;
    let (refused, by_rule) = (reader.pages(), elsewhere.pages());
    let title = || PageUpdate::new().title("T");
    for (error, permission) in [
        (refused.delete(page).await.err(), "delete:pages"),
        (refused.render(page).await.err(), "manage:system"),
        (reader.site().config().await.err(), "manage:system"),
        (
            reader.users().list().await.err(),
            "write:users or manage:users",
        ),
        (
            reader.comments().list(page).await.err(),
            "manage:pages or delete:pages for its path",
        ),
        (
            by_rule.delete(page).await.err(),
            "delete:pages for its path",
        ),
        (
            by_rule.update(page, title()).await.err(),
            "manage:pages or delete:pages for its path",
        ),
    ] {
        let error = error.unwrap();
        assert!(error.is_forbidden(), "{error}");
        let expected = format!("permission {permission}");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[tokio::test]
async fn a_graphql_error_keeps_the_complete_response() {
    let wiki = Wiki::start().await;
    let variables = api::pages_get::Variables {
        id: i32::MAX.into(),
    };
    let Err(Error::GraphQl(errors)) = wiki.client.execute::<api::PagesGet>(variables).await else {
        panic!("expected GraphQL errors")
    };
    assert_eq!(
        (errors.operation.as_str(), errors.status),
        ("PagesGet", 200)
    );
    let error = &errors.errors[0];
    assert_eq!(error.message, "This page does not exist.");
    assert_eq!(error.path_text(), "pages.single");
    assert!(error.locations[0].line >= 1);
    assert_eq!(error.apollo_code(), Some("INTERNAL_SERVER_ERROR"));
    assert_eq!(error.extensions["exception"]["code"], 6003);
    let partial = errors.data.as_ref().unwrap();
    assert!(partial["pages"]["single"].is_null());
    // The type requires a page, and the response has null there.
    let typed = errors.partial_data::<api::pages_get::ResponseData>();
    assert!(typed.is_none());
}

#[tokio::test]
async fn k53_an_unknown_field_is_unsupported() {
    // In a batch, Wiki.js returns such an error with HTTP 200.
    for status in [400, 200] {
        let older = answering(
            status,
            r#"{"errors":[{"message":"Unknown argument \"tag\" on field \"PageMutation.deleteTag\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#,
        );
        let error = older.pages().delete_tag(1).await.unwrap_err();
        assert!(error.is_unsupported());
        assert_eq!(
            (error.status(), error.applied()),
            (Some(status), Applied::No)
        );
        assert_eq!(error.operation(), Some("PagesDeleteTag"));
        assert!(
            error.to_string().contains("PageMutation.deleteTag"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn k53_a_request_above_the_body_limit_is_not_sent() {
    let wiki = Wiki::start().await;
    let large = NewPage::new(wiki.path("large"), "Large", "x".repeat(5 * 1024 * 1024));
    let error = wiki.client.pages().create(large).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    assert!(error.to_string().contains("5242880"), "{error}");
    if let Some(fake) = wiki.fake() {
        assert_eq!(fake.request_count(), 0);
    }
}

#[tokio::test]
async fn a_response_above_the_limit_is_not_read() {
    let wiki = Wiki::start().await;
    let content = "zip me ".repeat(20_000);
    let page = NewPage::new(wiki.path("large"), "Large", content);
    let page = wiki.client.pages().create(page).await.unwrap();
    let cautious = Client::builder(wiki.url())
        .api_key(wiki.api_key())
        .max_response_bytes(50_000)
        .build()
        .unwrap();
    // Compressed, the response is below the limit. The limit applies to its size after decompression.
    let error = cautious.pages().get(page.id).await.unwrap_err();
    let Error::Transport(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.kind, TransportErrorKind::TooLarge);
    cautious
        .pages()
        .list()
        .path_prefix(wiki.prefix())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_response_at_the_limit_is_read_in_pieces_of_any_size() {
    const ANSWER: &str = r#"{"data":{"pages":{"list":[]}}}"#;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            read_request(&mut connection);
            let pieces: Vec<_> = ANSWER.chars().map(|c| format!("1\r\n{c}\r\n")).collect();
            let pieces = pieces.concat();
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
            let _ = connection.write_all(format!("{head}{pieces}0\r\n\r\n").as_bytes());
        }
    });
    let limited = |bytes| Client::builder(&url).max_response_bytes(bytes).build();
    let enough = limited(ANSWER.len()).unwrap();
    assert!(enough.pages().list().await.unwrap().is_empty());
    let error = limited(ANSWER.len() - 1).unwrap().pages().list().await;
    let Error::Transport(error) = error.unwrap_err() else {
        panic!("the response was read")
    };
    assert_eq!(error.kind, TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn k51_too_many_requests_returns_the_delay() {
    let busy = answering(
        200,
        r#"{"errors":[{"message":"Too many requests, please try again in 59 seconds."}],"data":{"pages":null}}"#,
    );
    let error = busy.pages().list().await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(59)));
    // A number of seconds, or a date on the clock of the server.
    let proxy = CannedWiki::start(|builder| builder);
    for (value, seconds) in [
        ("7", Some(7)),
        (" 120 ", Some(120)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
        ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
        ("soon", None),
        ("-3", None),
        ("", None),
    ] {
        let response = Response::new(429, "slow down")
            .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .header("retry-after", value);
        proxy.set(response);
        let error = proxy.client.pages().list().await.unwrap_err();
        assert!(error.is_rate_limited());
        let wait = seconds.map(Duration::from_secs);
        assert_eq!(error.retry_after(), wait, "{value}");
    }
}

#[tokio::test]
async fn k55_a_database_error_keeps_no_sql() {
    let failing = answering(
        200,
        r#"{"errors":[{"message":"select \"pages\".\"id\" from \"pages\" limit $1 - LIMIT must not be negative","path":["pages","list"]}],"data":{"pages":null}}"#,
    );
    let error = failing.pages().list().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PagesList: reading from pages failed: LIMIT must not be negative (at pages.list)"
    );
    let Error::GraphQl(errors) = error else {
        panic!()
    };
    assert_eq!(
        errors.errors[0].message,
        "reading from pages failed: LIMIT must not be negative"
    );
}

#[tokio::test]
async fn the_text_of_an_error_begins_with_the_object() {
    let fake = FakeWiki::start().await;
    let builder = Client::builder(fake.url()).api_key(fake.api_key());
    let known = builder.build().unwrap().pages();
    let error = known.get(999).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "page 999: not found (PagesGet, code 6003)"
    );
    assert_eq!(error.object(), Some("page 999"));
    let error = known.get_by_path("docs/x").locale("en").await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("docs/x (locale en): not found (PagesGetByPath"),
        "{text}"
    );
    let error = known.delete(999).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "page 999: not found (PagesDelete, code 6003)"
    );

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let text = impatient(&url)
        .pages()
        .get(1)
        .await
        .unwrap_err()
        .to_string();
    let begin = format!("page 1: cannot connect to {url}/graphql: ");
    assert!(
        text.starts_with(&begin) && text.ends_with("(PagesGet)"),
        "{text}"
    );

    let away = answering(
        200,
        r#"{"errors":[{"message":"connect ECONNREFUSED 127.0.0.1:5432","path":["pages","single"]}],"data":{"pages":null}}"#,
    );
    assert_eq!(
        away.pages().get(1).await.unwrap_err().to_string(),
        "page 1: the wiki cannot reach its database (connect ECONNREFUSED 127.0.0.1:5432) (PagesGet)"
    );
}

#[tokio::test]
async fn a_wiki_that_is_starting_or_without_its_database_is_unavailable() {
    let away = answering(
        200,
        r#"{"errors":[{"message":"connect ECONNREFUSED 127.0.0.1:5432","path":["pages","list"],"extensions":{"exception":{"code":"ECONNREFUSED"}}}],"data":{"pages":null}}"#,
    );
    assert!(away.pages().list().await.unwrap_err().is_unavailable());
    let starting = answering(
        500,
        r#"{"data":{},"errors":[{"message":"Unknown authentication strategy \"jwt\"","path":[]}]}"#,
    );
    let error = starting
        .pages()
        .create(NewPage::new("some/path", "x", "x"))
        .await
        .unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.applied(), Applied::No, "no field was executed");
    let proxy = answering(502, "<html>nginx</html>");
    let error = proxy
        .pages()
        .create(NewPage::new("some/path", "x", "x"))
        .await
        .unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.applied(), Applied::Unknown);
}

#[tokio::test]
async fn a_response_that_is_not_graphql_is_described() {
    for (status, body, text) in [
        (200, "<!DOCTYPE html><title>Log in</title>", "login page"),
        (404, "<html>nothing</html>", "check the URL"),
        (413, "too large", "larger than"),
        (403, "<html>firewall</html>", "proxy"),
        (200, "{\"data\": {\"pages\": {\"li", "cut off"),
        (200, "", "not GraphQL"),
    ] {
        let error = answering(status, body).pages().list().await.unwrap_err();
        assert!(error.to_string().contains(text), "{status}: {error}");
        let Error::Http(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.status, status);
        assert!(body.starts_with(&error.body));
    }
}

#[tokio::test]
async fn a_response_of_another_type_is_reported_with_the_path() {
    let odd = answering(
        200,
        r#"{"data":{"pages":{"tags":[{"id":1,"tag":"a","title":null,"createdAt":"","updatedAt":""},{"id":"two"}]}}}"#,
    );
    let error = odd.pages().tags().await.unwrap_err();
    let Error::Decode(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.path, "data.pages.tags[1].id");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_null_without_an_error_names_its_path_and_keeps_the_data() {
    let tree = r#"{"data":{"pages":{"tree":[{"id":1,"path":"private","depth":0,"title":"A","isPrivate":false,"isFolder":true,"parent":null,"locale":"en"}]}}}"#;
    let wiki = answering(200, tree);
    let Err(Error::Decode(error)) = wiki.pages().tree().await else {
        panic!("the response was decoded")
    };
    assert_eq!(
        (error.operation.as_str(), error.path.as_str()),
        ("PagesTree", "data.pages.tree[0].parent")
    );
    assert_eq!(
        error.data.as_ref().unwrap()["pages"]["tree"][0]["title"],
        "A"
    );
    assert!(!format!("{error:?}").contains("private"), "{error:?}");
    let error = Error::Decode(error).to_string();
    assert!(error.contains("null"), "{error}");

    let render = r#"{"data":{"pages":{"render":{"responseResult":null}}}}"#;
    let wiki = answering(200, render);
    let error = wiki.pages().render(1).await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown);
    assert!(
        error.to_string().contains("pages.render.responseResult"),
        "{error}"
    );
}

#[tokio::test]
async fn a_null_with_an_error_is_that_error() {
    let answer = r#"{"errors":[{"message":"Forbidden","path":["pages","tree"]}],"data":{"pages":{"tree":null}}}"#;
    let wiki = answering(200, answer);
    let error = wiki.pages().tree().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

#[tokio::test]
async fn excerpts_of_responses_never_contain_the_key() {
    let echo = answering(200, "you sent: Bearer an-api-key");
    let error = echo.pages().list().await.unwrap_err();
    assert!(!format!("{error:?}").contains("an-api-key"), "{error:?}");
}

#[tokio::test]
async fn k13_a_write_that_cannot_be_observed_is_unconfirmed() {
    for message in [
        "Error when running job rebuild-tree: insert into \\\"pageTree\\\" - duplicate",
        "insert into \\\"tags\\\" (\\\"tag\\\") values ($1) - duplicate key value",
        "something unforeseen",
    ] {
        let body = format!(
            r#"{{"data":{{"pages":{{"delete":{{"responseResult":{{"succeeded":false,"errorCode":1,"slug":"Error","message":"{message}"}}}}}}}}}}"#
        );
        let wiki = answering(200, body);
        let error = wiki.pages().delete(1).await.unwrap_err();
        assert_eq!(error.applied(), Applied::Unknown, "{error}");
    }
}

#[tokio::test]
async fn a_broken_connection_leaves_a_write_unknown_and_a_read_not_applied() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            read_request(&mut connection.unwrap());
        }
    });
    let wiki = impatient(&url);
    assert_eq!(
        wiki.pages().delete(1).await.unwrap_err().applied(),
        Applied::Unknown
    );
    assert_eq!(
        wiki.pages().list().await.unwrap_err().applied(),
        Applied::No
    );
}

#[tokio::test]
async fn the_response_to_another_request_proves_nothing_about_a_write() {
    for body in [
        r#"{"errors":[{"message":"Forbidden","path":["pages","single"]}],"data":{"pages":{"single":null}}}"#,
        r#"{"errors":[{"message":"Forbidden","path":["groups","delete"]}],"data":{"groups":{"delete":null}}}"#,
    ] {
        let wiki = answering(200, body);
        let error = wiki.pages().delete(1).await.unwrap_err();
        assert_eq!(error.applied(), Applied::Unknown, "{error}");
    }
    let own = r#"{"errors":[{"message":"Forbidden","path":["pages","delete"]}],"data":{"pages":{"delete":null}}}"#;
    let wiki = answering(200, own);
    let error = wiki.pages().delete(1).await.unwrap_err();
    assert!(
        error.is_forbidden() && error.applied() == Applied::No,
        "{error}"
    );
}

#[tokio::test]
async fn the_debug_output_is_the_message_with_its_sources() {
    let fake = FakeWiki::builder().sample(1).start().await;
    let error = client(fake.url(), fake.api_key())
        .pages()
        .get(999)
        .await
        .unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    let wiki = Client::builder("https://wiki.example.com").user_agent("a\nb");
    let error = wiki.build().unwrap_err();
    let text = format!("{error:?}");
    assert!(text.starts_with(&error.to_string()), "{text}");
    assert!(text.contains("\n  because of: "), "{text}");
    assert!(format!("{error:#?}").contains("setting: \"user_agent\""));
}
