//! GraphQL over HTTP.

use crate::client::{RawClient, first_error, http};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;
use wikijs_fake::{FakePage, FakeWiki};

/// Returns status, content type and text of a response.
async fn sent(request: RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.expect("the wiki responds");
    let status = response.status().as_u16();
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (status, content_type, response.text().await.unwrap())
}

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

#[tokio::test]
async fn invalid_bodies_are_refused() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let missing = "POST body missing. Did you forget use body-parser middleware?";
    let no_query = "Must provide query string.";
    let refused = |message: &str| {
        json!({"data": {}, "errors": [{"message": message, "path": []}]}).to_string()
    };
    let end = refused("Unexpected end of JSON input");
    let not_json = refused("Unexpected token '\"', \"#\" is not valid JSON");
    for (body, status, content_type, text) in [
        ("", 500, HTML, missing),
        ("{}", 500, HTML, missing),
        ("[]", 500, HTML, missing),
        ("{\"query\":\"\"}", 400, HTML, no_query),
        ("{\"variables\":{}}", 400, HTML, no_query),
        (
            "{\"query\":\"{__typename}\",\"variables\":\"xx\"}",
            400,
            HTML,
            "Variables are invalid JSON.",
        ),
        ("{\"query\":", 400, JSON, &end),
        ("\"x\"", 400, JSON, &not_json),
    ] {
        let request = client
            .http
            .post(&client.url)
            .header("content-type", "application/json")
            .body(body);
        assert_eq!(
            sent(request).await,
            (status, content_type.to_owned(), text.to_owned()),
            "{body}"
        );
    }
    for content_type in ["text/plain", "application/graphql"] {
        let request = client
            .http
            .post(&client.url)
            .header("content-type", content_type)
            .body("{__typename}");
        assert_eq!(
            sent(request).await,
            (500, HTML.to_owned(), missing.to_owned())
        );
    }
}

#[tokio::test]
async fn variables_can_be_a_json_string() {
    let wiki = FakeWiki::start().await;
    wiki.insert_page(FakePage::new("home", "Home"));
    let body = json!({"query": "query($id:Int!){pages{single(id:$id){path}}}", "variables": "{\"id\": 1}"});
    let (status, answer) = RawClient::new(&wiki).send(&body).await;
    assert_eq!(
        (status, answer),
        (
            200,
            json!({"data": {"pages": {"single": {"path": "home"}}}})
        )
    );
}

#[tokio::test]
async fn arrays_return_200_and_results_in_order() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let (status, answer) = client
        .send(&json!([
            {"query": "{x:__typename}"},
            {"query": "{pages{single(id:9){id}}}"},
            {"query": "{nope}"},
            {"query": "{"},
            5,
        ]))
        .await;
    assert_eq!(status, 200);
    assert_eq!(answer[0], json!({"data": {"x": "Query"}}));
    assert_eq!(
        first_error(&answer[1]),
        ("This page does not exist.", Some(6003))
    );
    assert_eq!(
        first_error(&answer[2]).0,
        "Cannot query field \"nope\" on type \"Query\"."
    );
    assert_eq!(
        first_error(&answer[3]).0,
        "Syntax Error: Expected Name, found <EOF>."
    );
    assert_eq!(first_error(&answer[4]).0, "Must provide query string.");

    let many: Vec<Value> = (0..500)
        .map(|n| json!({"query": format!("{{a{n}:__typename}}")}))
        .collect();
    let (_, answer) = client.send(&json!(many)).await;
    assert_eq!(answer.as_array().unwrap().len(), 500);
    assert_eq!(answer[499]["data"]["a499"], "Query");
}

#[tokio::test]
async fn several_spellings_of_the_path_are_accepted() {
    let wiki = FakeWiki::start().await;
    let http = http().build().unwrap();
    for path in ["/graphql", "/graphql/", "//graphql", "/GraphQL"] {
        let url = format!("{}{path}", wiki.url());
        let answer = sent(http.post(url).json(&json!({"query": "{__typename}"}))).await;
        assert_eq!(answer.0, 200, "{path}");
    }
    for path in ["/graphq", "/wiki/graphql", "/"] {
        let (status, content_type, text) = sent(http.post(format!("{}{path}", wiki.url()))).await;
        assert_eq!((status, content_type.as_str()), (404, HTML));
        assert!(text.starts_with("<!DOCTYPE html>"), "{text}");
    }
    assert_eq!(
        sent(http.get(format!("{}/healthz", wiki.url()))).await.2,
        "{\"ok\":true}"
    );
}

#[tokio::test]
async fn get_and_other_methods() {
    let wiki = FakeWiki::start().await;
    wiki.insert_page(FakePage::new("home", "Home"));
    let client = RawClient::new(&wiki);
    let get = |query: &[(&str, &str)]| {
        let request = client.http.get(&client.url).bearer_auth(wiki.api_key());
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| {
                format!("{name}={}", value.replace('{', "%7B").replace('"', "%22"))
            })
            .collect();
        let mut request = request.build().unwrap();
        request.url_mut().set_query(Some(&query.join("&")));
        sent(RequestBuilder::from_parts(client.http.clone(), request))
    };
    let single = [
        ("query", "query($id:Int!){pages{single(id:$id){path}}}"),
        ("variables", "{\"id\":1}"),
    ];
    assert_eq!(
        get(&single).await.2,
        "{\"data\":{\"pages\":{\"single\":{\"path\":\"home\"}}}}"
    );
    let mutation = [(
        "query",
        "mutation{pages{flushCache{responseResult{succeeded}}}}",
    )];
    let expected = (
        405,
        HTML.to_owned(),
        "GET supports only query operation".to_owned(),
    );
    assert_eq!(get(&mutation).await, expected);
    assert_eq!(
        get(&[]).await,
        (400, HTML.to_owned(), "GET query missing.".to_owned())
    );
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let request = client
            .http
            .request(method, &client.url)
            .json(&json!({"query": "{__typename}"}));
        let expected = (
            405,
            HTML.to_owned(),
            "Apollo Server supports only GET/POST requests.".to_owned(),
        );
        assert_eq!(sent(request).await, expected);
    }
}

#[tokio::test]
async fn the_key_is_checked_before_the_size_of_the_body() {
    let wiki = FakeWiki::builder().body_limit(1000).start().await;
    let padded = |length: usize| format!("{:<length$}", "{\"query\":\"{__typename}\"}");
    let send = async |length: usize, key: &str| {
        let request = http()
            .build()
            .unwrap()
            .post(format!("{}/graphql", wiki.url()))
            .bearer_auth(key)
            .header("content-type", "application/json")
            .body(padded(length));
        sent(request).await
    };
    assert_eq!(send(1000, wiki.api_key()).await.0, 200);
    for key in [wiki.api_key(), "garbage"] {
        let (status, content_type, text) = send(1001, key).await;
        assert_eq!((status, content_type.as_str()), (413, JSON));
        let expected =
            json!({"data": {}, "errors": [{"message": "request entity too large", "path": []}]});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
    assert_eq!(send(1001, &wiki.revoked_key()).await.0, 500);
}

#[tokio::test]
async fn the_default_limit_is_5_mib() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let big = |bytes: usize| json!({"query": "query($q:String!){pages{search(query:$q){totalHits}}}", "variables": {"q": "x".repeat(bytes)}});
    assert_eq!(client.send(&big(5_200_000)).await.0, 200);
    assert_eq!(client.send(&big(5_242_880)).await.0, 413);
}

#[tokio::test]
async fn long_responses_are_compressed_on_request() {
    let wiki = FakeWiki::start().await;
    wiki.insert_page(FakePage::new("big", "Big").content("x".repeat(5000)));
    let http = http().no_gzip().build().unwrap();
    let ask = |query: &str, coding: &'static str| {
        http.post(format!("{}/graphql", wiki.url()))
            .bearer_auth(wiki.api_key())
            .header("accept-encoding", coding)
            .json(&json!({"query": query}))
            .send()
    };
    let big = "{pages{single(id:1){content}}}";
    for (query, asked, given) in [
        (big, "gzip, br", Some("gzip")),
        (big, "deflate", Some("deflate")),
        (big, "identity", None),
        (big, "gzip;q=0", None),
        ("{__typename}", "gzip", None),
    ] {
        let response = ask(query, asked).await.unwrap();
        let coding = response
            .headers()
            .get("content-encoding")
            .map(|value| value.to_str().unwrap());
        assert_eq!(coding, given, "{query} {asked}");
        assert_eq!(response.headers()["vary"], "Accept-Encoding");
    }
    let compressed = RawClient::new(&wiki).pages("single(id:1){content}").await;
    assert_eq!(
        compressed["single"]["content"].as_str().unwrap().len(),
        5000
    );
}

#[tokio::test]
async fn request_bodies_may_be_compressed() {
    let wiki = FakeWiki::start().await;
    // {"query":"{__typename}"}, compressed with gzip.
    let gzipped: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 44, 77, 45, 170, 84, 178, 82, 170, 142, 143,
        47, 169, 44, 72, 205, 75, 204, 77, 173, 85, 170, 5, 0, 93, 226, 209, 151, 24, 0, 0, 0,
    ];
    let post = |coding: &'static str| {
        http()
            .build()
            .unwrap()
            .post(format!("{}/graphql", wiki.url()))
            .header("content-type", "application/json")
            .header("content-encoding", coding)
            .body(gzipped)
    };
    assert_eq!(
        sent(post("gzip")).await.2,
        "{\"data\":{\"__typename\":\"Query\"}}"
    );
    let (status, _, text) = sent(post("br")).await;
    assert_eq!(status, 415);
    assert!(text.contains("unsupported content encoding"), "{text}");
}

#[tokio::test]
async fn held_requests_arrive_and_wait() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    let hold = wiki.hold();
    let second = wiki.hold();
    let asked = tokio::spawn(async move { client.send(&json!({"query": "{__typename}"})).await });
    while wiki.request_count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(hold);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!asked.is_finished(), "the other hold still exists");
    drop(second);
    assert_eq!(asked.await.unwrap().0, 200);
}

#[tokio::test]
async fn a_firewall_refuses_only_arrays() {
    let wiki = FakeWiki::builder().refuse_batches().start().await;
    let request = http()
        .build()
        .unwrap()
        .post(format!("{}/graphql", wiki.url()))
        .header("content-type", "application/json")
        .body(r#"[{"query":"{__typename}"}]"#);
    let (status, content_type, text) = sent(request).await;
    assert_eq!((status, &text[..15]), (403, "<!DOCTYPE html>"));
    assert_eq!(content_type, HTML);
    let alone = RawClient::new(&wiki)
        .send(&json!({"query": "{__typename}"}))
        .await;
    assert_eq!(alone.0, 200);
    assert!(wiki.requests()[0].is_batch);
}
