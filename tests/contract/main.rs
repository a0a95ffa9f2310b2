//! Tests of the public API, on `wikijs-fake` or, if `WIKIJS_TEST_URL` and `WIKIJS_TEST_API_KEY` (a full-access key) are
//! set, unchanged on a real Wiki.js.
//!
//! On a real wiki, each test creates pages only below its own path and removes them afterwards. The tests run one after
//! another there, because concurrent writes fail in Wiki.js.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking"
)]
#![allow(missing_docs, unreachable_pub, reason = "test modules are private")]

#[cfg(feature = "admin")]
mod analytics;
#[cfg(feature = "admin")]
mod api_keys;
#[cfg(feature = "assets")]
mod asset_paths;
#[cfg(feature = "assets")]
mod assets;
#[cfg(feature = "admin")]
mod auth_strategies;
#[cfg(feature = "users")]
mod authentication;
mod batching;
#[cfg(feature = "blocking")]
mod blocking;
mod bulk;
#[cfg(feature = "cache")]
mod cache;
mod canned;
mod changes;
mod closing;
mod collation;
#[cfg(feature = "admin")]
mod comment_providers;
#[cfg(feature = "comments")]
mod comments;
mod concurrency;
mod connecting;
#[cfg(feature = "admin")]
mod contribute;
#[cfg(feature = "users")]
mod conversions;
mod creating;
mod database_messages;
mod databases;
mod decoding;
mod default_locale;
mod deleting;
mod documents;
mod errors;
mod faults;
mod futures;
#[cfg(feature = "users")]
mod groups;
mod history;
mod listing;
#[cfg(feature = "live-log")]
mod live_log;
#[cfg(feature = "admin")]
mod locales;
#[cfg(feature = "admin")]
mod loggers;
mod logins;
#[cfg(feature = "admin")]
mod mail;
mod maintenance;
mod moving;
#[cfg(feature = "admin")]
mod navigation;
#[cfg(feature = "full")]
mod nullability;
mod reading;
mod redaction;
#[cfg(feature = "admin")]
mod renderers;
#[cfg(feature = "admin")]
mod rows;
mod runtimes;
#[cfg(feature = "admin")]
mod search_engines;
mod searching;
mod secrets;
#[cfg(feature = "admin")]
mod settings;
#[cfg(feature = "admin")]
mod site;
#[cfg(feature = "admin")]
mod storage;
mod support;
#[cfg(feature = "admin")]
mod system;
mod tags;
#[cfg(feature = "admin")]
mod theme;
mod tree;
mod twice;
mod updating;
#[cfg(feature = "users")]
mod users;
mod versions;
