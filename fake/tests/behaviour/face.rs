//! The interface of the fake for tests.

use crate::client::{RawClient, http};
use serde_json::json;
use std::sync::mpsc;
use wikijs_fake::{FakeAsset, FakePage, FakeWiki, Fault};

#[tokio::test]
async fn inserted_pages_are_available_at_once() {
    let wiki = FakeWiki::builder()
        .locales(["fr"])
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let id = wiki.insert_page(
        FakePage::new("docs/a", "A")
            .locale("fr")
            .description("d")
            .content("# A")
            .tags([" Two ", "one", "TWO"])
            .unpublished()
            .private()
            .publish_dates("2030-01-01T00:00:00.000Z", "")
            .scripts("h1{}", "x()")
            .editor("code")
            .users(2, 1)
            .timestamps("2020-01-01T00:00:00.000Z", "2021-01-01T00:00:00.000Z"),
    );
    assert_eq!(id, 2);
    let page = wiki.page(id).unwrap();
    assert_eq!(page.tags, ["two", "one"]);
    assert_eq!(page.content_type, "html");
    assert_eq!(page.updated_at, "2021-01-01T00:00:00.000Z");
    let pages = RawClient::new(&wiki)
        .pages("single(id:2){locale isPublished isPrivate creatorId updatedAt publishStartDate scriptJs}")
        .await;
    assert_eq!(
        pages["single"],
        json!({
            "locale": "fr", "isPublished": false, "isPrivate": true, "creatorId": 2,
            "updatedAt": "2021-01-01T00:00:00.000Z", "publishStartDate": "2030-01-01T00:00:00.000Z",
            "scriptJs": "x()",
        })
    );
    assert_eq!(wiki.pages().len(), 2);
    assert_eq!(wiki.page_by_path("fr", "docs/a").unwrap().id, 2);
    assert_eq!(wiki.page_by_path("en", "docs/a"), None);
}

#[tokio::test]
async fn pages_can_be_changed_and_removed_without_the_api() {
    let wiki = FakeWiki::start().await;
    let id = wiki.insert_page(FakePage::new("a", "A").tags(["t"]));
    let before = wiki.page(id).unwrap().updated_at;
    assert!(wiki.edit_page(id, |page| {
        page.title = "B".to_owned();
        page.path = "b".to_owned();
    }));
    let page = wiki.page_by_path("en", "b").unwrap();
    assert_eq!((page.title.as_str(), page.tags.len()), ("B", 1));
    assert!(page.updated_at > before);
    assert!(wiki.history(id).is_empty());
    assert!(wiki.remove_page(id));
    assert!(!wiki.edit_page(id, |_| {}));
    assert!(wiki.pages().is_empty());
}

#[tokio::test]
async fn requests_are_recorded() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    client.send(&json!({"query": "query Tags($q:String!){pages{searchTags(query:$q)}}", "variables": {"q": "x"}}))
        .await;
    client
        .send(&json!([
            {"query": "query A{__typename} query B{__typename}", "operationName": "B"},
            {"query": "mutation Flush{pages{flushCache{responseResult{succeeded}}}}"},
        ]))
        .await;
    let requests = wiki.requests();
    assert_eq!(requests.len(), 2);
    let first = &requests[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/graphql")
    );
    assert_eq!(first.operation_names(), ["Tags"]);
    assert_eq!(first.operations[0].variables, json!({"q": "x"}));
    assert!(
        first
            .header("Authorization")
            .unwrap()
            .ends_with(wiki.api_key())
    );
    assert!(!first.is_batch);
    assert!(requests[1].is_batch);
    assert_eq!(requests[1].operation_names(), ["B", "Flush"]);
    assert!(requests[1].operations[1].is_mutation);
    assert_eq!(first.connection, requests[1].connection, "kept alive");
    assert_eq!((wiki.request_count(), wiki.operation_count()), (2, 3));
    wiki.clear_requests();
    assert_eq!((wiki.request_count(), wiki.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_wiki_stops_when_it_is_dropped() {
    let wiki = FakeWiki::start().await;
    let client = RawClient::new(&wiki);
    assert_eq!(client.send(&json!({"query": "{__typename}"})).await.0, 200);
    drop(wiki);
    let error = client.http.post(&client.url).send().await.unwrap_err();
    assert!(error.is_connect() || error.is_request(), "{error:?}");
}

#[test]
fn the_wiki_responds_while_the_runtime_of_the_test_is_blocked() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let wiki = runtime.block_on(FakeWiki::start());
    // This blocks the test's runtime.
    let address = wiki.url().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(
        &mut stream,
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.ends_with("{\"ok\":true}"), "{answer}");
}

#[tokio::test]
async fn a_port_in_use_is_an_error() {
    let wiki = FakeWiki::start().await;
    let port = wiki.url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(FakeWiki::builder().port(port).try_start().await.is_err());
}

#[tokio::test]
async fn the_keys_of_two_wikis_differ() {
    let (a, b) = (FakeWiki::start().await, FakeWiki::start().await);
    assert_ne!(a.api_key(), b.api_key());
    assert_ne!(a.key_for(1), a.key_for(1));
    assert!(!b.revoke(a.api_key()));
}

#[tokio::test]
async fn a_key_can_be_chosen() {
    let wiki = FakeWiki::builder()
        .api_key("secret")
        .private()
        .start()
        .await;
    assert_eq!(wiki.api_key(), "secret");
    let list = async |key| {
        let client = RawClient::with_key(&wiki, Some(key));
        client
            .ask("{pages{list{id}}}")
            .await
            .get("errors")
            .is_none()
    };
    assert!(list("secret").await);
    assert!(!list("other").await);
    assert!(wiki.revoke("secret"));
    assert!(!list("secret").await);
}

#[tokio::test]
async fn each_response_is_reported() {
    let (tell, told) = mpsc::channel();
    let wiki = FakeWiki::builder()
        .on_response(move |exchange| tell.send(exchange.clone()).unwrap())
        .asset(FakeAsset::new("a.csv", "text"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    client.ask("query Empty{__typename}").await;
    let exchange = told.recv().unwrap();
    assert_eq!(exchange.request, wiki.requests()[0]);
    assert_eq!((exchange.status, exchange.fault), (Some(200), None));

    wiki.fail_next(Fault::status(503));
    client.ask("query Empty{__typename}").await;
    let exchange = told.recv().unwrap();
    assert_eq!(exchange.status, Some(503));
    assert_eq!(exchange.fault, Some(Fault::status(503)));

    wiki.fail_next(Fault::ResetAfter);
    // A new client opens a new connection. On a reused connection, reqwest would send the request again.
    let http = http().build().unwrap();
    let get = http.get(format!("{}/a.csv", wiki.url())).send();
    assert!(get.await.is_err());
    let exchange = told.recv().unwrap();
    assert_eq!(
        (exchange.request.path.as_str(), exchange.status),
        ("/a.csv", None)
    );

    // This fault waits for a write, so it does not hit the query.
    wiki.fail_next(Fault::RebuildTree);
    client.ask("query Empty{__typename}").await;
    assert_eq!(told.recv().unwrap().fault, None);
}

// Other systems do not have the tested loopback address by default.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_wiki_listens_on_the_given_address() {
    let wiki = FakeWiki::builder().address([127, 0, 0, 2]).start().await;
    assert_eq!(wiki.url(), format!("http://{}", wiki.address()));
    assert!(wiki.url().starts_with("http://127.0.0.2:"));
    assert_eq!(
        RawClient::new(&wiki)
            .send(&json!({"query": "{__typename}"}))
            .await
            .0,
        200
    );
}
