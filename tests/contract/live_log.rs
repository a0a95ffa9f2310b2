//! The log of the wiki as a stream. A test against a real wiki needs a user with `manage:system`:
//! `WIKIJS_TEST_USER` and `WIKIJS_TEST_PASSWORD`.

use std::{
    env,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

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

/// Waits until the wiki has the subscription, which it does not confirm.
async fn wait_for_subscription(fake: &FakeWiki) {
    while fake.log_followers() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn the_stream_yields_lines_as_they_are_logged() {
    let fake = FakeWiki::start().await;
    fake.log("info", "before anybody followed");
    let mut log = log_in(&fake).await.live_log().await.unwrap();
    wait_for_subscription(&fake).await;
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
    // A wiki without Internet access logs that it cannot reach the server of the contributors.
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
async fn api_keys_and_guests_are_refused() {
    let wiki = Wiki::start().await;
    let guest = Client::builder(wiki.url()).build().unwrap();
    for client in [&wiki.client, &guest] {
        let error = client.live_log().await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains("login"), "{error}");
    }
}

#[tokio::test]
async fn a_user_without_the_permission_is_refused() {
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
async fn the_client_reconnects() {
    let fake = FakeWiki::start().await;
    let mut log = log_in(&fake).await.live_log().await.unwrap();
    wait_for_subscription(&fake).await;
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
async fn the_stream_ends_if_the_wiki_stays_unreachable() {
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
async fn k50_an_expired_login_is_renewed_before_connecting() {
    let fake = FakeWiki::start().await;
    let client = log_in(&fake).await;
    fake.expire_logins();
    let mut log = client.live_log().await.unwrap();
    wait_for_subscription(&fake).await;
    fake.log("error", "text");
    assert_eq!(log.next().await.unwrap().unwrap().level, LogLevel::Error);
}

#[tokio::test]
async fn a_proxy_without_websockets_is_reported() {
    let fake = FakeWiki::builder().without_websockets().start().await;
    let error = log_in(&fake).await.live_log().await.unwrap_err();
    assert!(matches!(error, Error::Http(_)), "{error:?}");
    assert_eq!(error.status(), Some(400));
    assert!(error.to_string().contains("Upgrade"), "{error}");
}

/// Starts a proxy that closes each WebSocket once the wiki has acknowledged it, and counts them.
fn cutting_proxy(target: SocketAddr) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sockets = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sockets);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(wiki) = TcpStream::connect(target) else {
                return;
            };
            let (from, to) = (client.try_clone().unwrap(), wiki.try_clone().unwrap());
            let sockets = Arc::clone(&counted);
            thread::spawn(move || {
                pass_on(from, to, |bytes| {
                    let opens = bytes.starts_with(b"GET /graphql-sub");
                    sockets.fetch_add(usize::from(opens), Ordering::SeqCst);
                    true
                });
            });
            thread::spawn(move || {
                pass_on(wiki, client, |bytes| {
                    !bytes.windows(14).any(|part| part == b"connection_ack")
                });
            });
        }
    });
    (url, sockets)
}

/// Forwards bytes while `goes_on` returns `true`.
fn pass_on(mut from: TcpStream, mut to: TcpStream, goes_on: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 65536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let goes_on = goes_on(&bytes[..count]);
        if to.write_all(&bytes[..count]).is_err() || !goes_on {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

#[tokio::test]
async fn a_connection_that_breaks_at_once_is_retried_with_growing_delays() {
    let fake = FakeWiki::start().await;
    let (url, sockets) = cutting_proxy(fake.address());
    let policy = RetryPolicy::default()
        .min_delay(Duration::from_millis(50))
        .max_retries(3);
    let login = Client::builder(url)
        .retry(policy)
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD);
    let client = login.await.unwrap().done().unwrap();
    let begun = Instant::now();
    let mut log = client.live_log().await.unwrap();
    let error = log.next().await.unwrap().unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(log.next().await.is_none());
    // The first connection and three retries, after at least 50, 100 and 200 ms.
    assert_eq!(sockets.load(Ordering::SeqCst), 4);
    assert!(begun.elapsed() >= Duration::from_millis(350));
}

#[tokio::test]
async fn without_retries_a_broken_connection_ends_the_stream() {
    let fake = FakeWiki::start().await;
    let (url, sockets) = cutting_proxy(fake.address());
    let login = Client::builder(url)
        .retry(RetryPolicy::none())
        .login("admin@example.com", FakeWiki::ADMIN_PASSWORD);
    let client = login.await.unwrap().done().unwrap();
    let mut log = client.live_log().await.unwrap();
    assert!(log.next().await.unwrap().is_err());
    assert_eq!(sockets.load(Ordering::SeqCst), 1);
}
