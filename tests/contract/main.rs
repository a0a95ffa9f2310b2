//! The façade as its users call it, against `wikijs-fake`, or, where `WIKIJS_TEST_URL` and
//! `WIKIJS_TEST_API_KEY` (a key with full access) are set, unchanged against a real Wiki.js.
//!
//! On a real wiki everything happens under one path prefix for each test, which is removed afterwards,
//! and the tests take turns: writes that run side by side are what Wiki.js gets wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing"
)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "nobody uses a test from outside"
)]

#[cfg(feature = "analytics")]
mod analytics;
#[cfg(feature = "api-keys")]
mod api_keys;
#[cfg(feature = "assets")]
mod assets;
#[cfg(feature = "auth")]
mod auth_strategies;
#[cfg(feature = "auth")]
mod authentication;
mod batching;
#[cfg(feature = "blocking")]
mod blocking;
mod bulk;
#[cfg(feature = "cache")]
mod cache;
mod changes;
#[cfg(feature = "comments")]
mod comment_providers;
#[cfg(feature = "comments")]
mod comments;
mod concurrency;
mod connecting;
#[cfg(feature = "contribute")]
mod contribute;
mod creating;
mod deleting;
mod errors;
mod faults;
#[cfg(feature = "groups")]
mod groups;
mod history;
mod listing;
#[cfg(feature = "live-log")]
mod live_log;
#[cfg(feature = "locales")]
mod locales;
#[cfg(feature = "loggers")]
mod loggers;
mod logins;
#[cfg(feature = "mail")]
mod mail;
mod maintenance;
mod moving;
#[cfg(feature = "navigation")]
mod navigation;
mod reading;
#[cfg(feature = "renderers")]
mod renderers;
#[cfg(any(
    feature = "analytics",
    feature = "auth",
    feature = "comments",
    feature = "loggers",
    feature = "renderers",
    feature = "search-engines",
    feature = "storage",
))]
mod rows;
#[cfg(feature = "search-engines")]
mod search_engines;
mod searching;
#[cfg(feature = "site")]
mod site;
#[cfg(feature = "storage")]
mod storage;
mod support;
#[cfg(feature = "system")]
mod system;
mod tags;
#[cfg(feature = "theme")]
mod theme;
#[cfg(feature = "transfer")]
mod transfer;
mod tree;
mod updating;
#[cfg(feature = "users")]
mod users;
mod versions;
