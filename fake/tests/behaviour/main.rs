//! What the fake answers, compared with what a Wiki.js 2.5.314 was seen to answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where its wiki does not do as it should"
)]

mod accounts;
mod assets;
mod comments;
mod configuration;
mod create;
mod differential;
mod door;
mod face;
mod faults;
mod graphql;
mod history;
mod http;
mod identity;
mod list;
mod login;
mod other_domains;
mod overlap;
mod people;
mod permissions;
mod providers;
mod relocate;
mod restart;
mod sample;
mod search;
mod tags;
mod tree;
mod update;
