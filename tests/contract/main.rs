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

mod batching;
mod concurrency;
mod connecting;
mod creating;
mod deleting;
mod errors;
mod faults;
mod history;
mod listing;
#[cfg(feature = "locales")]
mod locales;
mod logins;
mod maintenance;
mod moving;
#[cfg(feature = "navigation")]
mod navigation;
mod reading;
mod searching;
#[cfg(feature = "site")]
mod site;
mod support;
#[cfg(feature = "system")]
mod system;
mod tags;
#[cfg(feature = "theme")]
mod theme;
mod tree;
mod updating;
