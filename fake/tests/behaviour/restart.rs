//! Restarts, and the processing time of requests.

use crate::client::RawClient;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wikijs_fake::{CostModel, FakePage, FakeWiki};

const LIST: &str = "{pages{list{path}}}";

async fn ask(client: &RawClient) -> reqwest::Result<(u16, Value)> {
    let request = client.http.post(&client.url).json(&json!({"query": LIST}));
    let key = client.key.clone().unwrap_or_default();
    let response = request.bearer_auth(key).send().await?;
    Ok((response.status().as_u16(), response.json().await?))
}

#[tokio::test]
async fn a_restart_refuses_then_starts_and_keeps_everything() {
    let wiki = FakeWiki::builder()
        .page(FakePage::new("home", "Home"))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    let before = ask(&client).await.unwrap();
    wiki.restart(Duration::from_secs(60)).unwrap();
    let error = ask(&client).await.unwrap_err();
    assert!(error.is_request(), "the old connection: {error:?}");
    let error = ask(&client).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    // A second restart replaces the remaining downtime.
    wiki.restart(Duration::from_millis(20)).unwrap();
    let (status, answer) = loop {
        match ask(&client).await {
            Ok(answer) => break answer,
            Err(error) => assert!(error.is_connect(), "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(status, 500);
    assert_eq!(
        answer["errors"][0]["message"],
        "Unknown authentication strategy \"jwt\""
    );
    let after = loop {
        let answer = ask(&client).await.unwrap();
        if answer.0 == 200 {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(after, before);
    let connections: Vec<_> = wiki.requests().iter().map(|one| one.connection).collect();
    assert_ne!(connections.first(), connections.last());
}

#[tokio::test]
async fn a_restart_interrupts_writes() {
    let wiki = FakeWiki::builder()
        .write_duration(Duration::from_secs(60))
        .start()
        .await;
    let client = RawClient::new(&wiki);
    let restart = async {
        while wiki.request_count() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        wiki.restart(Duration::ZERO).unwrap();
    };
    let task = async {
        let client = client.http.post(&client.url).bearer_auth(wiki.api_key());
        let query = "mutation{pages{rebuildTree{responseResult{succeeded}}}}";
        client.json(&json!({"query": query})).send().await
    };
    let (answer, ()) = futures::future::join(task, restart).await;
    let error = answer.unwrap_err();
    assert!(!error.is_timeout(), "{error:?}");
    // The interrupted rebuild does not block later ones.
    wiki.set_write_duration(Duration::ZERO);
    loop {
        if ask(&client).await.is_ok_and(|(status, _)| status == 200) {
            break;
        }
    }
    assert!(client.create(json!({})).await.is_ok());
}

#[tokio::test]
async fn a_wiki_can_be_restarted_and_stopped_during_the_downtime() {
    let wiki = FakeWiki::start().await;
    wiki.restart(Duration::from_secs(60)).unwrap();
    wiki.restart(Duration::from_secs(60)).unwrap();
    assert!(ask(&RawClient::new(&wiki)).await.unwrap_err().is_connect());
    drop(wiki);
}

#[tokio::test]
async fn requests_are_processed_one_after_another() {
    let cost = CostModel {
        per_request: Duration::from_millis(4),
        per_operation: Duration::from_millis(1),
    };
    let wiki = FakeWiki::builder().cost(cost).start().await;
    let client = RawClient::new(&wiki);
    let start = Instant::now();
    let answers = futures::future::join_all((0..10).map(|_| ask(&client))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert_eq!(wiki.time_spent(), Duration::from_millis(50));
    let batch: Vec<_> = (0..10).map(|_| json!({"query": LIST})).collect();
    assert_eq!(client.send(&json!(batch)).await.0, 200);
    assert_eq!(wiki.time_spent(), Duration::from_millis(64));
}

#[tokio::test]
async fn network_latency_is_concurrent_with_processing() {
    let latency = Duration::from_millis(20);
    let wiki = FakeWiki::builder().network_latency(latency).start().await;
    let start = Instant::now();
    assert!(ask(&RawClient::new(&wiki)).await.is_ok());
    assert!(start.elapsed() >= latency);
    assert_eq!(wiki.time_spent(), Duration::ZERO);
    let usual = CostModel::default();
    assert_eq!(usual.per_request, Duration::from_millis(1));
    assert_eq!(usual.per_operation, Duration::from_micros(1100));
}
