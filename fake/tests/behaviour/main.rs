//! Responses of the fake, compared with observed responses of Wiki.js 2.5.314.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod accounts;
mod assets;
mod client;
mod comments;
mod configuration;
mod create;
mod databases;
mod differential;
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
