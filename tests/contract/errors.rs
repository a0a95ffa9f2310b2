//! Errors tell the layers apart, and what they mean.

use std::{
    io::{Read, Write},
    net::TcpListener,
    time::Duration,
};

use wikijs_client::{
    Applied, Client, Error, RetryPolicy, api, error::TransportErrorKind, pages::NewPage,
};

use crate::support::{Wiki, client};

/// Answers every request like this, and gives the address.
fn answering(status: &'static str, headers: &'static str, body: &'static str) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            read_request(&mut connection);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    impatient(&url)
}

/// A client that gives up at once.
fn impatient(url: &str) -> Client {
    Client::builder(url)
        .api_key("key")
        .retry(RetryPolicy::none())
        .build()
        .unwrap()
}

fn read_request(connection: &mut impl Read) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = connection.read(&mut buffer).unwrap_or_default();
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request);
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head
                .to_lowercase()
                .split("content-length:")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
            body.len() >= length.unwrap_or_default()
        });
        if count == 0 || whole {
            return;
        }
    }
}

#[tokio::test]
async fn a_missing_page_is_told_from_a_refused_key_and_from_any_other_error() {
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
async fn a_graphql_error_keeps_all_that_the_wiki_said() {
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
    let partial = errors
        .partial_data::<api::pages_get::ResponseData>()
        .unwrap();
    assert!(partial.pages.unwrap().single.is_none());
}

#[tokio::test]
async fn hazard_53_a_wiki_that_does_not_know_a_field_is_unsupported() {
    // Within a request of several operations, such an error comes with HTTP 200.
    for (status, code) in [("400 Bad Request", 400), ("200 OK", 200)] {
        let older = answering(
            status,
            "content-type: application/json\r\n",
            r#"{"errors":[{"message":"Unknown argument \"tag\" on field \"PageMutation.deleteTag\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#,
        );
        let error = older.pages().delete_tag(1).await.unwrap_err();
        assert!(error.is_unsupported());
        assert_eq!((error.status(), error.applied()), (Some(code), Applied::No));
        assert_eq!(error.operation(), Some("PagesDeleteTag"));
        assert!(
            error.to_string().contains("PageMutation.deleteTag"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn hazard_53_what_is_larger_than_the_wiki_takes_is_not_sent() {
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
async fn an_answer_that_is_larger_than_allowed_is_not_read() {
    let wiki = Wiki::start().await;
    let content = "zip me ".repeat(20_000);
    let page = NewPage::new(wiki.path("large"), "Large", content);
    let page = wiki.client.pages().create(page).await.unwrap();
    let cautious = Client::builder(wiki.url())
        .api_key(wiki.api_key())
        .max_answer_bytes(50_000)
        .build()
        .unwrap();
    // Packed it is much smaller.
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
async fn hazard_51_too_many_requests_says_when_to_come_again() {
    let busy = answering(
        "200 OK",
        "content-type: application/json\r\n",
        r#"{"errors":[{"message":"Too many requests, please try again in 59 seconds."}],"data":{"pages":null}}"#,
    );
    let error = busy.pages().list().await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(59)));
    let proxy = answering("429 Too Many Requests", "retry-after: 7\r\n", "slow down");
    let error = proxy.pages().list().await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn hazard_55_a_database_error_shows_no_sql_and_keeps_it() {
    let failing = answering(
        "200 OK",
        "content-type: application/json\r\n",
        r#"{"errors":[{"message":"select \"pages\".\"id\" from \"pages\" limit $1 - LIMIT must not be negative","path":["pages","list"]}],"data":{"pages":null}}"#,
    );
    let error = failing.pages().list().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "PagesList: LIMIT must not be negative (at pages.list)"
    );
    let Error::GraphQl(errors) = error else {
        panic!()
    };
    assert!(errors.errors[0].message.starts_with("select"));
}

#[tokio::test]
async fn a_wiki_whose_database_is_away_or_that_is_starting_is_unavailable() {
    let away = answering(
        "200 OK",
        "content-type: application/json\r\n",
        r#"{"errors":[{"message":"connect ECONNREFUSED 127.0.0.1:5432","path":["pages","list"],"extensions":{"exception":{"code":"ECONNREFUSED"}}}],"data":{"pages":null}}"#,
    );
    assert!(away.pages().list().await.unwrap_err().is_unavailable());
    let starting = answering(
        "500 Internal Server Error",
        "content-type: application/json\r\n",
        r#"{"data":{},"errors":[{"message":"Unknown authentication strategy \"jwt\"","path":[]}]}"#,
    );
    let error = starting
        .pages()
        .create(NewPage::new("some/path", "x", "x"))
        .await
        .unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.applied(), Applied::No, "nothing ran yet");
    let proxy = answering("502 Bad Gateway", "", "<html>nginx</html>");
    let error = proxy
        .pages()
        .create(NewPage::new("some/path", "x", "x"))
        .await
        .unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.applied(), Applied::Unknown);
}

#[tokio::test]
async fn what_is_not_graphql_is_told_with_what_it_is() {
    for (status, body, text) in [
        (
            "200 OK",
            "<!DOCTYPE html><title>Log in</title>",
            "login page",
        ),
        ("404 Not Found", "<html>nothing</html>", "check the URL"),
        ("413 Payload Too Large", "too large", "larger than"),
        ("403 Forbidden", "<html>firewall</html>", "proxy"),
        ("200 OK", "{\"data\": {\"pages\": {\"li", "cut off"),
        ("200 OK", "", "not GraphQL"),
    ] {
        let error = answering(status, "", body)
            .pages()
            .list()
            .await
            .unwrap_err();
        assert!(error.to_string().contains(text), "{status}: {error}");
        let Error::Http(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.status, status[..3].parse::<u16>().unwrap());
        assert!(body.starts_with(&error.body));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_says_where() {
    let odd = answering(
        "200 OK",
        "content-type: application/json\r\n",
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
async fn the_first_characters_of_an_odd_answer_never_show_the_key() {
    let echo = answering("200 OK", "", "you sent: Bearer key");
    let error = echo.pages().list().await.unwrap_err();
    assert!(!format!("{error:?}").contains("Bearer key"), "{error:?}");
}

#[tokio::test]
async fn hazard_13_a_write_that_was_made_though_it_failed_says_so() {
    for (message, applied) in [
        (
            "Error when running job rebuild-tree: insert into \\\"pageTree\\\" - duplicate",
            Applied::Yes,
        ),
        (
            "insert into \\\"tags\\\" (\\\"tag\\\") values ($1) - duplicate key value",
            Applied::Yes,
        ),
        ("something unforeseen", Applied::Unknown),
    ] {
        let body = format!(
            r#"{{"data":{{"pages":{{"delete":{{"responseResult":{{"succeeded":false,"errorCode":1,"slug":"Error","message":"{message}"}}}}}}}}}}"#
        );
        let wiki = answering("200 OK", "content-type: application/json\r\n", body.leak());
        let error = wiki.pages().delete(1).await.unwrap_err();
        assert_eq!(error.applied(), applied, "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_a_write_open_and_a_read_not() {
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
