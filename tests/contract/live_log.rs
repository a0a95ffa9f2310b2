//! The wiki's log as a stream. A real wiki needs a user who may see it: `WIKIJS_TEST_USER` and
//! `WIKIJS_TEST_PASSWORD`.

use std::{env, time::Duration};

use futures::{FutureExt, StreamExt};
use wikijs_client::{Client, Error, RetryPolicy, live_log::LogLevel};
use wikijs_fake::{FakeGroup, FakeUser, FakeWiki};

use crate::support::Wiki;

async fn log_in(fake: &FakeWiki) -> Client {
    let policy = RetryPolicy::default().min_delay(Duration::from_millis(20));
    Client::builder(fake.url())
        .retry(policy)
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD)
        .await
        .unwrap()
        .done()
        .unwrap()
}

/// Until the wiki has the subscription, of which it does not tell.
async fn until_followed(fake: &FakeWiki) {
    while fake.log_followers() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn lines_come_as_they_are_logged() {
    let fake = FakeWiki::start().await;
    fake.log("info", "before anybody followed");
    let mut log = log_in(&fake).await.live_log().await.unwrap();
    until_followed(&fake).await;
    fake.log("warn", "[MASTER] \u{1b}[33mwarn\u{1b}[39m: Disk is full");
    fake.log("chatter", "and more");
    let line = log.next().await.unwrap().unwrap();
    assert_eq!(line.level, LogLevel::Warn);
    assert_eq!(line.plain(), "[MASTER] warn: Disk is full");
    assert!(line.output.contains("\u{1b}[33m") && !line.after_gap);
    assert!(line.timestamp.to_jiff().is_ok());
    let line = log.next().await.unwrap().unwrap();
    assert_eq!(line.level, LogLevel::Other("chatter".to_owned()));
    drop(log);
    while fake.log_followers() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_real_log_is_followed() {
    let wiki = Wiki::start().await;
    let name = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let (None, Some(user), Some(password)) = (
        wiki.fake(),
        name("WIKIJS_TEST_USER"),
        name("WIKIJS_TEST_PASSWORD"),
    ) else {
        return;
    };
    let login = Client::builder(wiki.url()).login(user, password);
    let client = login.await.unwrap().done().unwrap();
    let mut log = client.live_log().await.unwrap();
    // A wiki without the Internet logs that it does not reach the contributors' server.
    let ask = async {
        loop {
            let question = "{contribute{contributors{id}}}";
            let answer = wiki.raw(question, serde_json::json!({})).await;
            if !answer["data"]["contribute"]["contributors"].is_null() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let line = futures::select! {
        line = log.next().fuse() => line.unwrap().unwrap(),
        () = ask.boxed().fuse() => return,
    };
    assert!(!line.output.is_empty() && line.timestamp.to_jiff().is_ok());
    assert!(!line.plain().contains('\u{1b}'));
}

#[tokio::test]
async fn neither_keys_nor_guests_are_let_in() {
    let wiki = Wiki::start().await;
    let guest = Client::builder(wiki.url()).build().unwrap();
    for client in [&wiki.client, &guest] {
        let error = client.live_log().await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains("login"), "{error}");
    }
}

#[tokio::test]
async fn who_may_not_see_it_is_told_so() {
    let fake = FakeWiki::builder()
        .group(FakeGroup::new("Editors", ["read:pages", "write:pages"]))
        .user(
            FakeUser::new("Edith", "edith@example.com")
                .password("secret")
                .groups([3]),
        )
        .start()
        .await;
    let login = Client::builder(fake.url()).login("edith@example.com", "secret");
    let client = login.await.unwrap().done().unwrap();
    let error = client.live_log().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    assert!(error.to_string().contains("manage:system"), "{error}");
}

#[tokio::test]
async fn the_connection_is_made_again() {
    let fake = FakeWiki::start().await;
    let mut log = log_in(&fake).await.live_log().await.unwrap();
    until_followed(&fake).await;
    fake.restart(Duration::from_millis(30)).unwrap();
    let keep_logging = async {
        loop {
            fake.log("info", "back again");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let line = futures::select! {
        line = log.next().fuse() => line.unwrap().unwrap(),
        () = keep_logging.boxed().fuse() => unreachable!(),
    };
    assert_eq!(line.output, "back again");
    assert!(line.after_gap);
    fake.log("info", "further");
    assert!(!log.next().await.unwrap().unwrap().after_gap);
}

#[tokio::test]
async fn a_wiki_that_does_not_come_back_ends_the_stream() {
    let fake = FakeWiki::start().await;
    let policy = RetryPolicy::default()
        .min_delay(Duration::from_millis(1))
        .max_retries(2);
    let login = Client::builder(fake.url())
        .retry(policy)
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD);
    let client = login.await.unwrap().done().unwrap();
    let mut log = client.live_log().await.unwrap();
    drop(fake);
    let error = log.next().await.unwrap().unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(log.next().await.is_none());
}

#[tokio::test]
async fn hazard_50_a_login_that_ran_out_is_renewed_first() {
    let fake = FakeWiki::start().await;
    let client = log_in(&fake).await;
    fake.expire_logins();
    let mut log = client.live_log().await.unwrap();
    until_followed(&fake).await;
    fake.log("error", "text");
    assert_eq!(log.next().await.unwrap().unwrap().level, LogLevel::Error);
}

#[tokio::test]
async fn a_proxy_without_websockets_is_named() {
    let fake = FakeWiki::builder().without_websockets().start().await;
    let error = log_in(&fake).await.live_log().await.unwrap_err();
    assert!(matches!(error, Error::Http(_)), "{error:?}");
    assert_eq!(error.status(), Some(400));
    assert!(error.to_string().contains("Upgrade"), "{error}");
}
