//! Fault injection: the response to the client, and the contents of the wiki afterwards.

use crate::client::{CREATE, RawClient, create_variables};
use serde_json::{Value, json};
use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;
use wikijs_fake::{FakePage, FakeWiki, Fault, FaultPlan, LateResponse, RenderError};

const LIST: &str = "query List{pages{list{id path title description contentType createdAt}}}";

async fn wiki() -> (FakeWiki, RawClient) {
    let wiki = FakeWiki::builder()
        .write_duration(Duration::ZERO)
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    (wiki, client)
}

/// Sends `pages.create` of `t/x`, and returns the result of reqwest.
async fn create(client: &RawClient) -> reqwest::Result<reqwest::Response> {
    let query = CREATE.replacen("mutation", "mutation Create", 1);
    let body = json!({"query": query, "variables": create_variables(&json!({"tags": ["new"]}))});
    let request = client.http.post(&client.url).json(&body);
    let key = client.key.clone().unwrap_or_default();
    request.bearer_auth(key).send().await
}

/// Returns the response to a create, or `None` if it does not arrive within this time after the wiki received the
/// request. The connection is then closed.
async fn create_within(
    time: Duration,
    wiki: &FakeWiki,
    client: &RawClient,
) -> Option<reqwest::Result<reqwest::Response>> {
    let received = async {
        while wiki.request_count() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(time).await;
    };
    tokio::select! {
        response = create(client) => Some(response),
        () = received => None,
    }
}

fn is_made(wiki: &FakeWiki) -> bool {
    wiki.page_by_path("en", "t/x").is_some()
}

/// Returns the kind of the I/O error below an error.
fn io_kind(error: &reqwest::Error) -> Option<ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return Some(error.kind());
        }
        source = error.source();
    }
    None
}

/// Checks that the only fault so far hit the create.
fn assert_struck(wiki: &FakeWiki, fault: &Fault) {
    let injected = wiki.injected();
    assert_eq!(injected.len(), 1, "{injected:?}");
    assert_eq!(&injected[0].fault, fault);
    assert_eq!(injected[0].operation.as_deref(), Some("Create"));
    assert_eq!(wiki.injected_count(), 1);
    assert_eq!(wiki.pending_faults(), 0);
}

#[tokio::test]
async fn reset_before_executes_nothing() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::ResetBefore);
    let error = create(&client).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert_eq!(io_kind(&error), Some(ErrorKind::ConnectionReset));
    assert!(!is_made(&wiki));
    assert_struck(&wiki, &Fault::ResetBefore);
    assert!(create(&client).await.unwrap().status().is_success());
    assert!(is_made(&wiki));
}

#[tokio::test]
async fn reset_after_closes_the_connection_on_an_executed_write() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::ResetAfter);
    let error = create(&client).await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert!(
        format!("{error:?}").contains("IncompleteMessage"),
        "{error:?}"
    );
    assert!(is_made(&wiki));
    assert_struck(&wiki, &Fault::ResetAfter);
    assert_eq!(client.create(json!({})).await.code, 6002);
}

#[tokio::test]
async fn reset_in_the_response_sends_half_of_it() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::ResetInResponse);
    let mut response = create(&client).await.unwrap();
    let whole = response.content_length().unwrap();
    let mut got = 0;
    let error = loop {
        match response.chunk().await {
            Ok(chunk) => got += chunk.expect("an error before the end").len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(got, whole / 2);
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert!(is_made(&wiki));
    assert_struck(&wiki, &Fault::ResetInResponse);
}

#[tokio::test]
async fn a_hang_sends_no_response() {
    for execute in [false, true] {
        let (wiki, client) = wiki().await;
        wiki.fail_next(Fault::Hang { execute });
        let response = create_within(Duration::from_millis(200), &wiki, &client).await;
        assert!(response.is_none());
        while execute && !is_made(&wiki) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(is_made(&wiki), execute);
        assert_struck(&wiki, &Fault::Hang { execute });
    }
}

#[tokio::test]
async fn a_proxy_responds_with_html() {
    for (fault, executed, retry_after) in [
        (Fault::status(403), false, None),
        (Fault::status(413), false, None),
        (Fault::status(429), false, None),
        (Fault::retry_after(429, 7), false, Some("7")),
        (Fault::status(500), false, None),
        (Fault::status_after(502), true, None),
        (Fault::status(503), false, None),
        (Fault::status_after(504), true, None),
    ] {
        let (wiki, client) = wiki().await;
        wiki.fail_next(fault.clone());
        let response = create(&client).await.unwrap();
        let Fault::Status { code, .. } = fault else {
            panic!("{fault:?}");
        };
        assert_eq!(response.status().as_u16(), code);
        let header = |name| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("content-type"), Some("text/html"));
        assert_eq!(header("retry-after"), retry_after);
        assert!(response.text().await.unwrap().starts_with("<html>"));
        assert_eq!(is_made(&wiki), executed, "{fault:?}");
        assert_eq!(fault.executes(), executed);
        assert_struck(&wiki, &fault);
    }
}

#[tokio::test]
async fn html_with_200_executes_nothing() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::Html200);
    let response = create(&client).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().contains("<form"));
    assert!(!is_made(&wiki));
    assert_struck(&wiki, &Fault::Html200);
}

#[tokio::test]
async fn json_can_be_truncated_or_malformed() {
    for fault in [Fault::TruncatedJson, Fault::MalformedJson] {
        let (wiki, client) = wiki().await;
        wiki.fail_next(fault.clone());
        let response = create(&client).await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.text().await.expect("a complete body");
        assert!(text.starts_with("{\"data\""), "{text}");
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
        assert!(is_made(&wiki));
        assert_struck(&wiki, &fault);
    }
}

#[tokio::test]
async fn a_response_is_truncated_before_it_is_compressed() {
    let (wiki, client) = wiki().await;
    wiki.insert_pages((0..50).map(|n| FakePage::new(format!("p/{n}"), "P")));
    wiki.fail_next(Fault::TruncatedJson);
    let request = client.http.post(&client.url).bearer_auth(wiki.api_key());
    let response = request.json(&json!({"query": LIST})).send().await.unwrap();
    let text = response.text().await.expect("the gzip stream is complete");
    assert!(text.contains("p/1") && serde_json::from_str::<Value>(&text).is_err());
}

#[tokio::test]
async fn a_response_can_trickle_and_be_delayed() {
    let pause = Duration::from_millis(1);
    for fault in [Fault::Trickle { pause }, Fault::Latency(pause)] {
        let (wiki, client) = wiki().await;
        wiki.fail_next(fault.clone());
        let answer: Value = create(&client).await.unwrap().json().await.unwrap();
        assert_eq!(
            answer["data"]["pages"]["create"]["responseResult"]["errorCode"],
            0
        );
        assert!(is_made(&wiki));
        assert_struck(&wiki, &fault);
    }
}

/// Returns the result of a create with a fault: errorCode and message.
async fn outcome(client: &RawClient) -> (Value, String) {
    let answer: Value = create(client).await.unwrap().json().await.unwrap();
    assert!(answer.get("errors").is_none(), "{answer}");
    let create = &answer["data"]["pages"]["create"];
    assert_eq!(create["page"], Value::Null);
    let message = create["responseResult"]["message"].as_str().unwrap();
    (
        create["responseResult"]["errorCode"].clone(),
        message.to_owned(),
    )
}

/// Returns the paths at the root of the page tree.
async fn tree(client: &RawClient) -> Vec<String> {
    let pages = client
        .pages("tree(parent:0,mode:ALL,locale:\"en\"){path}")
        .await;
    let entries = pages["tree"].as_array().unwrap();
    let path = |entry: &Value| entry["path"].as_str().unwrap().to_owned();
    entries.iter().map(path).collect()
}

#[tokio::test]
async fn k13_rebuild_tree_fails_a_create_that_is_executed() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::RebuildTree);
    // The fault waits for a write, so the query succeeds.
    client.ask(LIST).await;
    assert_eq!((wiki.injected_count(), wiki.pending_faults()), (0, 1));
    let (code, message) = outcome(&client).await;
    assert_eq!(code, 1);
    assert!(
        message.starts_with("Error when running job rebuild-tree: "),
        "{message}"
    );
    let page = wiki.page_by_path("en", "t/x").unwrap();
    assert_eq!((page.tags.len(), page.render.is_some()), (1, true));
    assert_struck(&wiki, &Fault::RebuildTree);
    assert_eq!(tree(&client).await, ["home"]);
    assert!(client.write("rebuildTree").await.is_ok());
    assert_eq!(tree(&client).await, ["t", "home"]);
}

#[tokio::test]
async fn rebuild_tree_fails_moves_and_deletes_that_are_executed() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::RebuildTree);
    wiki.fail_next(Fault::RebuildTree);
    assert!(
        client
            .write("update(id:1,content:\"new\",tags:[],isPublished:true)")
            .await
            .is_ok()
    );
    let moved = client
        .write("move(id:1,destinationPath:\"q\",destinationLocale:\"en\")")
        .await;
    assert_eq!((moved.code, wiki.page(1).unwrap().path.as_str()), (1, "q"));
    let deleted = client.write("delete(id:1)").await;
    assert_eq!((deleted.code, wiki.page(1)), (1, None));
    assert_eq!(wiki.injected_count(), 2);
}

#[tokio::test]
async fn render_page_fails_a_create_that_is_stored() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::RenderPage);
    let (code, message) = outcome(&client).await;
    assert_eq!(code, 1);
    assert!(
        message.starts_with("Error when running job render-page: "),
        "{message}"
    );
    let page = wiki.page_by_path("en", "t/x").unwrap();
    assert_eq!((page.tags.len(), page.render), (1, None));
    assert_struck(&wiki, &Fault::RenderPage);
}

#[tokio::test]
async fn k13_unique_violation_leaves_a_page_without_tags() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::UniqueViolation);
    // A write without a new tag does not trigger the fault.
    assert!(client.create(json!({"path": "untagged"})).await.is_ok());
    assert_eq!(wiki.pending_faults(), 1);
    let (code, message) = outcome(&client).await;
    assert_eq!(code, 1);
    assert!(message.contains("insert into \"tags\""), "{message}");
    assert!(message.ends_with("\"tags_tag_unique\""), "{message}");
    let page = wiki.page_by_path("en", "t/x").unwrap();
    assert_eq!((page.tags.len(), page.render), (0, None));
    assert_eq!(wiki.tags().len(), 1);
    assert_struck(&wiki, &Fault::UniqueViolation);

    wiki.fail_next(Fault::UniqueViolation);
    let update = "update(id:1,content:\"changed\",tags:[\"other\"],isPublished:true)";
    assert_eq!(client.write(update).await.slug, "UniqueViolationError");
    let page = wiki.page(1).unwrap();
    assert_eq!((page.content.as_str(), page.tags.len()), ("changed", 0));
    assert!(!page.render.unwrap().contains("changed"));
}

#[tokio::test]
async fn an_unreachable_database_returns_200() {
    let (wiki, client) = wiki().await;
    for lasting in [false, true] {
        if lasting {
            wiki.set_database_away(true);
        } else {
            wiki.fail_next(Fault::DatabaseAway);
            wiki.fail_next(Fault::DatabaseAway);
        }
        let (status, answer) = client
            .send(&json!({"query": "{pages{single(id:1){id}}}"}))
            .await;
        assert_eq!(
            (status, &answer["data"]),
            (200, &json!({"pages": {"single": null}}))
        );
        let error = &answer["errors"][0];
        assert_eq!(error["message"], "connect ECONNREFUSED 127.0.0.1:5432");
        assert_eq!(error["path"], json!(["pages", "single"]));
        assert_eq!(error["extensions"]["exception"]["code"], "ECONNREFUSED");
        let (code, message) = outcome(&client).await;
        assert_eq!(code, 1);
        assert!(message.starts_with("connect ECONNREFUSED"), "{message}");
        assert!(!is_made(&wiki));
    }
    let healthz = || async {
        let url = format!("{}/healthz", wiki.url());
        client.http.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!(healthz().await, 503);
    let info = client
        .ask("{system{info{currentVersion pagesTotal}}}")
        .await;
    assert_eq!(info["data"]["system"]["info"]["pagesTotal"], Value::Null);
    assert!(info["data"]["system"]["info"]["currentVersion"].is_string());
    wiki.set_database_away(false);
    assert_eq!(healthz().await, 200);
    assert!(client.create(json!({})).await.is_ok());
    assert_eq!(wiki.injected_count(), 2);
}

#[tokio::test]
async fn a_starting_wiki_returns_500() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::Starting);
    let response = create(&client).await.unwrap();
    assert_eq!(response.status(), 500);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(
        answer,
        json!({"data": {}, "errors": [{"message": "Unknown authentication strategy \"jwt\"", "path": []}]})
    );
    assert!(!is_made(&wiki));
}

#[tokio::test]
async fn k51_too_many_requests_is_a_200() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::RateLimited { seconds: 3 });
    let response = create(&client).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers().get("retry-after").is_none());
    let answer: Value = response.json().await.unwrap();
    let message = "Too many requests, please try again in 3 seconds.";
    let error = &answer["errors"][0];
    assert_eq!(error["message"], message);
    assert_eq!(error["path"], json!(["pages", "create"]));
    assert_eq!(error["extensions"]["exception"]["message"], message);
    assert_eq!(answer["data"], json!({"pages": {"create": null}}));
    assert!(!is_made(&wiki));
}

#[tokio::test]
async fn a_fault_waits_for_its_operation() {
    let (wiki, client) = wiki().await;
    wiki.fail_next_matching("Create", Fault::status(503));
    wiki.fail_next(Fault::status(502));
    let status = async |query: &str| client.send(&json!({"query": query})).await.0;
    assert_eq!(status(LIST).await, 502);
    assert_eq!(status(LIST).await, 200);
    assert_eq!(create(&client).await.unwrap().status(), 503);
    assert_eq!(create(&client).await.unwrap().status(), 200);
    let names: Vec<_> = wiki
        .injected()
        .into_iter()
        .map(|hit| hit.operation.unwrap())
        .collect();
    assert_eq!(names, ["List", "Create"]);
    wiki.fail_next_matching("Never", Fault::ResetBefore);
    wiki.clear_faults();
    assert_eq!(wiki.pending_faults(), 0);
}

#[tokio::test]
async fn a_fault_hits_a_whole_array() {
    let (wiki, client) = wiki().await;
    wiki.fail_next_matching("B", Fault::status(502));
    let body = json!([{"query": "query A{__typename}"}, {"query": "query B{__typename}"}]);
    assert_eq!(client.send(&body).await.0, 502);
    assert_eq!(wiki.injected()[0].operation.as_deref(), Some("B"));
    assert_eq!(client.send(&body).await.0, 200);
}

#[tokio::test]
async fn random_faults_are_the_same_for_a_seed() {
    let course = async |seed| {
        let (wiki, client) = wiki().await;
        wiki.set_faults(FaultPlan::random(seed).rate(0.5));
        for n in 0..40 {
            // The result is ignored, because the fault may break the response.
            let variables =
                create_variables(&json!({"path": format!("p/{n}"), "tags": [format!("t{n}")]}));
            let body = json!({"query": CREATE, "variables": variables});
            let request = client.http.post(&client.url).bearer_auth(wiki.api_key());
            if let Ok(response) = request.json(&body).send().await {
                let _ = response.bytes().await;
            }
        }
        wiki.set_faults(None);
        assert!(client.create(json!({})).await.is_ok());
        wiki.injected()
    };
    let first = course(7).await;
    assert!((10..=30).contains(&first.len()), "{first:?}");
    assert_eq!(first, course(7).await);
    assert_ne!(first, course(8).await);
}

#[tokio::test]
async fn a_key_can_be_revoked_between_requests() {
    let (wiki, client) = wiki().await;
    assert_eq!(client.send(&json!({"query": LIST})).await.0, 200);
    wiki.revoke(wiki.api_key());
    assert_eq!(client.send(&json!({"query": LIST})).await.0, 500);
}

#[tokio::test]
async fn every_usual_fault_states_whether_the_write_is_executed() {
    for fault in FaultPlan::usual() {
        let (wiki, client) = wiki().await;
        wiki.fail_next(fault.clone());
        if let Ok(response) = create(&client).await {
            let _ = response.bytes().await;
        }
        assert_eq!(is_made(&wiki), fault.executes(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_write_is_not_sent_twice_over_a_reused_connection() {
    for fault in [Fault::ResetBefore, Fault::ResetAfter] {
        let (wiki, client) = wiki().await;
        client.ask(LIST).await;
        wiki.fail_next(fault.clone());
        assert!(create(&client).await.is_err());
        let requests = wiki.requests();
        assert_eq!(requests.len(), 2, "{fault:?}");
        assert_eq!(requests[0].connection, requests[1].connection);
    }
}

#[tokio::test]
async fn many_tasks_under_random_faults_find_the_created_pages() {
    let (wiki, client) = wiki().await;
    wiki.set_faults(FaultPlan::random(3).rate(0.3));
    let tasks = (0..8).map(|task| {
        let client = client.clone();
        async move {
            for n in 0..20 {
                let place =
                    json!({"path": format!("p/{task}-{n}"), "tags": [format!("t{task}-{n}")]});
                let body = json!({"query": CREATE, "variables": create_variables(&place)});
                let request = client.http.post(&client.url).json(&body);
                let key = client.key.clone().unwrap_or_default();
                if let Ok(response) = request.bearer_auth(key).send().await {
                    let _ = response.bytes().await;
                }
            }
        }
    });
    futures::future::join_all(tasks).await;
    let injected = wiki.injected();
    let not_made = injected.iter().filter(|hit| !hit.fault.executes()).count();
    assert!((20..80).contains(&injected.len()), "{}", injected.len());
    // The initial page, and one for each executed request.
    assert_eq!(wiki.pages().len(), 1 + 160 - not_made);
}

#[tokio::test]
async fn a_late_execution_follows_a_failure_or_a_lost_client() {
    let after = Duration::from_millis(300);
    for answer in [
        LateResponse::Status(504),
        LateResponse::GraphQlError,
        LateResponse::Close,
        LateResponse::Never,
    ] {
        let (wiki, client) = wiki().await;
        let fault = Fault::Late { after, answer };
        wiki.fail_next(fault.clone());
        let waits = match answer {
            LateResponse::Never => Duration::from_millis(20),
            _ => Duration::from_secs(60),
        };
        match create_within(waits, &wiki, &client).await {
            Some(Ok(response)) if answer == LateResponse::GraphQlError => {
                assert_eq!(response.status(), 200);
            }
            Some(Ok(response)) => assert_eq!(response.status(), 504),
            Some(Err(error)) => assert!(error.is_request(), "{error:?}"),
            None => assert_eq!(answer, LateResponse::Never),
        }
        if wiki.late_executions() == 1 {
            assert!(!is_made(&wiki), "{answer:?}");
        }
        wiki.until_late_executions_end().await;
        assert!(is_made(&wiki), "{answer:?}");
        assert_struck(&wiki, &fault);
    }
}

#[tokio::test]
async fn a_delayed_request_is_executed_after_its_client_disconnected() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::Latency(Duration::from_secs(1)));
    let waits = Duration::from_millis(10);
    assert!(create_within(waits, &wiki, &client).await.is_none());
    while !is_made(&wiki) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_request_is_repeated() {
    let (wiki, client) = wiki().await;
    let after = Duration::from_millis(10);
    wiki.fail_next(Fault::Repeat { after });
    let update = "update(id:1,content:\"changed\",tags:[],isPublished:true)";
    assert!(client.write(update).await.is_ok());
    assert_eq!(wiki.page(1).unwrap().content, "changed");
    wiki.until_late_executions_end().await;
    assert_eq!(wiki.history(1).len(), 2);
    assert_eq!(wiki.request_count(), 1);
}

#[tokio::test]
async fn a_request_is_executed_twice_with_the_second_response() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::Twice);
    let response: Value = create(&client).await.unwrap().json().await.unwrap();
    let status = &response["data"]["pages"]["create"]["responseResult"];
    assert_eq!(status["errorCode"], 6002, "{response}");
    assert!(is_made(&wiki));
    assert_struck(&wiki, &Fault::Twice);
}

#[tokio::test]
async fn a_wiki_is_stopped_during_a_write() {
    let (wiki, client) = wiki().await;
    wiki.fail_next(Fault::StopInWrite);
    let error = create(&client).await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    let page = wiki.page_by_path("en", "t/x").unwrap();
    assert_eq!((page.tags.len(), page.render), (0, None));
    assert_struck(&wiki, &Fault::StopInWrite);
}

#[tokio::test]
async fn nameless_and_null_errors_become_graphql_errors_of_an_executed_write() {
    let nameless = "Cannot return null for non-nullable field ResponseStatus.slug.";
    let null = "Cannot read properties of null (reading 'code')";
    for (fault, message) in [(Fault::NamelessError, nameless), (Fault::NullError, null)] {
        let (wiki, client) = wiki().await;
        wiki.fail_next(fault.clone());
        let answer: Value = create(&client).await.unwrap().json().await.unwrap();
        assert_eq!(answer["errors"][0]["message"], message, "{answer}");
        assert_eq!(answer["data"]["pages"]["create"], Value::Null, "{answer}");
        assert!(is_made(&wiki));
        assert_struck(&wiki, &fault);
    }
}

#[tokio::test]
async fn rendering_fails_until_the_error_is_removed() {
    let (wiki, client) = wiki().await;
    let update = "update(id:1,content:\"changed\",tags:[],isPublished:true)";
    wiki.set_render_error(RenderError::Job);
    for _ in 0..2 {
        let message = client.write(update).await.message;
        assert!(message.starts_with("Error when running job render-page: "));
    }
    assert_eq!(wiki.page(1).unwrap().content, "changed");
    wiki.set_render_error(None);
    assert!(client.write(update).await.is_ok());
    assert_eq!(wiki.history(1).len(), 3);
}

#[tokio::test]
async fn another_writer_stores_versions_and_authors() {
    let (wiki, _) = wiki().await;
    let before = wiki.page(1).unwrap();
    let other = wiki.as_user(2);
    assert!(other.edit(1, |page| page.title = "Changed".to_owned()));
    let page = wiki.page(1).unwrap();
    assert_eq!((page.title.as_str(), page.author_id), ("Changed", 2));
    assert!(page.updated_at > before.updated_at);
    assert_eq!(wiki.history(1)[0].page.title, "Home");
    let id = other.create(FakePage::new("new", "New"));
    assert_eq!(wiki.page(id).unwrap().creator_id, 2);
    assert!(other.delete(id) && !other.delete(id));
    assert_eq!(wiki.page(id), None);
    assert_eq!(wiki.history(id)[0].action, "deleted");
}
