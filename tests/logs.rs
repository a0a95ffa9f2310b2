//! Logs of the client. The test has a process to itself, because the global subscriber belongs to the process.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use wikijs_client::Client;
use wikijs_fake::{FakeUser, FakeWiki};

/// A log that can be read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_in_debug_output_errors_or_logs() {
    let log = Log::default();
    let sink = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || sink.clone())
        .init();
    let user = FakeUser::new("Edith", "edith@example.com")
        .password("login-password")
        .groups([1]);
    let fake = FakeWiki::builder().user(user).start().await;

    let builder = Client::builder(fake.url())
        .api_key(fake.api_key())
        .proxy("http://me:proxy-password@127.0.0.1:1");
    let mut seen = vec![format!("{builder:?}")];
    seen.push(format!("{:?}", builder.build().unwrap()));
    let wiki = Client::builder(fake.url())
        .api_key(fake.api_key())
        .build()
        .unwrap();
    seen.push(format!(
        "{wiki:?} {:?} {:?}",
        wiki.pages(),
        wiki.pages().list()
    ));
    wiki.check().await.unwrap();
    let error = wiki.pages().get(i32::MAX).await.unwrap_err();
    seen.push(format!("{error} {error:?}"));
    let login = Client::builder(fake.url()).login("edith@example.com", "login-password");
    seen.push(format!("{login:?}"));
    let login = login.await.unwrap();
    seen.push(format!("{login:?}"));
    let session = login.done().unwrap();
    fake.expire_logins();
    session.check().await.unwrap();
    fake.void_logins();
    session.pages().list().await.unwrap();
    seen.push(format!("{session:?}"));
    let tokens: Vec<String> = fake
        .requests()
        .iter()
        .filter_map(|request| request.header("authorization"))
        .map(|header| header.trim_start_matches("Bearer ").to_owned())
        .collect();
    assert!(tokens.len() >= 4, "{} requests", tokens.len());
    fake.revoke(fake.api_key());
    let error = wiki.check().await.unwrap_err();
    seen.push(format!("{error} {error:?}"));
    seen.push(String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned());
    let seen = seen.join("\n");

    assert!(seen.contains("SystemCheck"), "the log was captured: {seen}");
    for secret in &tokens {
        assert!(!seen.contains(secret.as_str()), "{secret} in {seen}");
    }
    for secret in [
        "login-password",
        fake.api_key(),
        fake.api_key().rsplit('.').next().unwrap(),
        "proxy-password",
    ] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}
