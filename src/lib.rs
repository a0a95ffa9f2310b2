//! A typed, asynchronous client of the GraphQL API of [Wiki.js](https://js.wiki) 2.x.
//!
//! ```no_run
//! use wikijs_client::{Client, pages::{NewPage, PageUpdate}};
//!
//! # async fn example() -> wikijs_client::Result<()> {
//! let wiki = Client::builder("https://wiki.example.com").api_key("eyJhbGciOi…").build()?;
//! wiki.check().await?;
//!
//! let page = wiki.pages().create(NewPage::new("docs/install", "Install", "# Install")).await?;
//! let page = wiki.pages().update(page.id, PageUpdate::new().title("Installation")).await?;
//! for page in wiki.pages().list().tags(["docs"]).limit(10).await? {
//!     println!("{} {}", page.path, page.title);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The manual is [`guide`]: [lists and paging](guide::lists), [partial updates](guide::updates),
//! [concurrency](guide::concurrency), [errors](guide::errors), [identity](guide::identity),
//! [queries of your own](guide::own_queries), [schema updates](guide::schema_updates),
//! [tests with the fake](guide::testing). For those who come from elsewhere:
//! [from the Python SDK](guide::from_python), [from the crate `wikijs`](guide::from_wikijs).
//!
//! # What is where
//!
//! - [`Client`] and its builder: where the wiki is, who is calling, how long to wait.
//! - [`pages`]: the façade of pages. It knows what Wiki.js gets wrong, so that a title can be changed
//!   without the page being unpublished and a list of ten has ten pages with all their tags.
//! - The façades of the other domains, each behind a feature and of the same shape: `users`, `groups`,
//!   `assets`, `comments`, `site`, `navigation`, `theme`, `locales`, `system`, `api_keys`,
//!   `authentication`, `auth_strategies`, `storage`, `search_engines`, `renderers`, `mail`, `analytics`,
//!   `loggers`, `comment_providers`, `contribute`; the log as a stream is `live_log`.
//! - [`api`]: the generated operations beneath it, for what no façade offers, with
//!   [`Client::execute`]. Operations of your own are generated and checked by `wikijs-codegen`.
//! - [`telemetry`]: the spans and events that the client writes.
//! - [`Error`]: what went wrong, by what it means and by where it happened, and whether a write that
//!   failed took effect.
//!
//! # Features
//!
//! - `rustls` (default): TLS by rustls with the operating system's certificates. Its cryptography is
//!   ring's unless the program installed another provider. A `reqwest::Client` of your own, in a
//!   program that asks for no TLS feature of reqwest itself, finds a provider only once a [`Client`]
//!   was built, or `rustls::crypto::ring::default_provider().install_default()` was called.
//! - `native-tls`: TLS by the operating system's library.
//! - `full`: all domains of Wiki.js. Each is a feature of its own, so that a program compiles what it
//!   uses: `analytics`, `api-keys`, `assets`, `auth`, `comments`, `contribute`, `groups`, `live-log`,
//!   `locales`, `loggers`, `mail`, `navigation`, `renderers`, `search-engines`, `site`, `storage`,
//!   `system`, `theme`, `users`. Pages are always there.
//! - `blocking`: the same methods for programs without `async`, as module `blocking` says.
//! - `cache`: a cache for pages and lists, as module `cache` says.
//! - `metrics`: figures for the `metrics` façade, as [`telemetry`] says.
//! - `transfer`: a wiki to a folder of Markdown and HTML files, and back, as module `transfer` says.
//!
//! The client runs on tokio.

mod address;
#[cfg(feature = "analytics")]
pub mod analytics;
pub mod api;
#[cfg(feature = "api-keys")]
pub mod api_keys;
#[cfg(feature = "assets")]
pub mod assets;
mod auth;
#[cfg(feature = "auth")]
pub mod auth_strategies;
#[cfg(feature = "auth")]
pub mod authentication;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
#[cfg(feature = "cache")]
pub mod cache;
mod caching;
mod check;
mod client;
#[cfg(feature = "comments")]
pub mod comment_providers;
#[cfg(feature = "comments")]
pub mod comments;
#[cfg(feature = "contribute")]
pub mod contribute;
pub mod error;
#[cfg(feature = "groups")]
pub mod groups;
// The manual is for the documentation, and its examples for the tests; no program needs it.
#[cfg(any(doc, doctest))]
pub mod guide;
mod http;
mod identity;
mod lists;
#[cfg(feature = "live-log")]
pub mod live_log;
#[cfg(feature = "locales")]
pub mod locales;
#[cfg(feature = "loggers")]
pub mod loggers;
mod login;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "navigation")]
pub mod navigation;
mod outcome;
pub mod pages;
#[cfg(any(
    feature = "analytics",
    feature = "auth",
    feature = "comments",
    feature = "loggers",
    feature = "renderers",
    feature = "search-engines",
    feature = "storage",
))]
pub mod providers;
#[cfg(feature = "renderers")]
pub mod renderers;
#[cfg(feature = "search-engines")]
pub mod search_engines;
mod settle;
#[cfg(feature = "site")]
pub mod site;
#[cfg(feature = "storage")]
pub mod storage;
#[cfg(feature = "system")]
pub mod system;
mod task;
pub mod telemetry;
mod text;
#[cfg(feature = "theme")]
pub mod theme;
#[cfg(feature = "transfer")]
pub mod transfer;
mod transport;
mod types;
#[cfg(feature = "users")]
pub mod users;

pub use self::{
    auth::KeyClaims,
    builder::ClientBuilder,
    check::{Check, Identity, User},
    client::Client,
    error::{Applied, Error, ErrorCode, Result},
    login::{LogIn, Login, PasswordChange, TwoFactor, TwoFactorSetup},
    transport::RetryPolicy,
    types::{
        ApiKeyId, AssetFolderId, AssetId, CommentId, Editor, GroupId, Locale, PageId, PagePath,
        Tag, TagId, Timestamp, TreeId, UserId, VersionId,
    },
};

/// The examples of the README, which are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __codegen {
    pub use graphql_client;
    pub use serde;

    pub use crate::lists::{list, nullable_list};
}

/// Includes what a build script generated with `wikijs-codegen`.
///
/// ```ignore
/// mod api {
///     wikijs_client::include_queries!();
/// }
/// ```
#[macro_export]
macro_rules! include_queries {
    () => {
        include!(concat!(env!("OUT_DIR"), "/wikijs.rs"));
    };
}
