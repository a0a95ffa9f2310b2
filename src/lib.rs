//! A typed, asynchronous client for the GraphQL API of [Wiki.js](https://js.wiki) 2.x.
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
//! The [`guide`] has pages on [getting started](guide::getting_started), [pages](guide::pages),
//! [search, tags and paging](guide::lists), [partial updates and conflicts](guide::updates), [errors](guide::errors),
//! [concurrency](guide::concurrency), [retries and timeouts](guide::retries), [bulk operations](guide::bulk),
//! [queries of your own](guide::own_queries), [testing](guide::testing) and [security](guide::security). For users of other
//! clients: [from the Python SDK](guide::from_python), [from the crate `wikijs`](guide::from_wikijs).
//!
//! # Overview
//!
//! - [`Client`] and [`ClientBuilder`]: connection, credentials, limits.
//! - [`pages`]: the handle for pages. It works around the [known issues](guide::known_issues) of Wiki.js. For example,
//!   an update of the title does not unpublish the page, and a list limited to ten has ten pages with all their tags.
//! - Handles for the other domains, with the same structure: `users`, `groups`, `assets`, `comments`, `site`,
//!   `navigation`, `theme`, `locales`, `system`, `api_keys`, `authentication`, `auth_strategies`, `storage`,
//!   `search_engines`, `renderers`, `mail`, `analytics`, `loggers`, `comment_providers`, `contribute`; `live_log` is
//!   the log of the wiki as a stream.
//! - [`api`]: the generated operations, for [`Client::execute`]. `wikijs-codegen` generates and checks operations of your
//!   own.
//! - [`telemetry`]: spans, events and metrics.
//! - [`Error`]: failures, with predicates. [`Error::applied`] returns whether a failed write was applied.
//!
//! # Features
//!
//! - `rustls` (default): TLS with rustls and the certificates of the operating system. The crypto provider is ring,
//!   unless the program has installed another one. If you create a `reqwest::Client` of your own and enable no TLS
//!   feature of reqwest, first build a [`Client`] or call `rustls::crypto::ring::default_provider().install_default()`:
//!   reqwest finds no provider otherwise.
//! - `native-tls`: TLS with the library of the operating system.
//! - `users`: users, groups, and self-registered accounts.
//! - `assets`: files and their folders.
//! - `comments`: comments on pages.
//! - `admin`: all settings (site, theme, mail, locales, navigation, system flags), all providers (analytics, comment
//!   providers, loggers, renderers, search engines, storage, login strategies), the system, API keys, contributors.
//! - `live-log`: the log of the wiki as a stream.
//! - `full`: `users`, `assets`, `comments`, `admin` and `live-log`. Pages need no feature.
//! - `blocking`: the same methods for programs without `async`, see module `blocking`.
//! - `cache`: a cache for pages and lists, see module `cache`.
//! - `metrics`: metrics of the crate `metrics`, see [`telemetry`].
//!
//! The client runs on tokio.

// Features select domains, integrations and dependencies. The code that domains share is compiled in every build, and
// the build with all features reports what no domain needs.
#![cfg_attr(
    not(all(feature = "full", feature = "cache", feature = "metrics")),
    allow(dead_code, unused_imports, reason = "not every domain needs it")
)]

pub mod api;
#[cfg(feature = "admin")]
pub mod api_keys;
#[cfg(feature = "assets")]
pub mod assets;
mod auth;
#[cfg(feature = "users")]
pub mod authentication;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "cache")]
pub mod cache;
mod call;
mod client;
#[cfg(feature = "comments")]
pub mod comments;
#[cfg(feature = "admin")]
pub mod contribute;
pub mod error;
#[cfg(feature = "users")]
pub mod groups;
// The guide is compiled only for documentation and its tests.
mod generated;
#[cfg(any(doc, doctest))]
pub mod guide;
mod handle;
mod http;
#[cfg(feature = "live-log")]
pub mod live_log;
pub mod pages;
#[cfg(feature = "admin")]
pub mod providers;
mod redact;
mod response;
#[cfg(feature = "admin")]
mod settings;
#[cfg(feature = "admin")]
pub mod system;
mod task;
pub mod telemetry;
mod text;
mod transport;
mod types;
#[cfg(feature = "users")]
pub mod users;
mod write;

#[cfg(feature = "admin")]
pub use self::settings::{locales, mail, navigation, site, theme};
pub use self::{
    auth::KeyClaims,
    call::Call,
    client::{
        Check, Client, ClientBuilder, Identity, LogIn, Login, PasswordChange, StillInFlight,
        TwoFactor, TwoFactorSetup, User,
    },
    error::{Applied, Error, ErrorCode, Result},
    transport::RetryPolicy,
    types::{
        ApiKeyId, AssetFolderId, AssetId, CommentId, Editor, GroupId, Locale, PageId, PagePath,
        Tag, TagId, Timestamp, TreeId, UserId, VersionId,
    },
};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;

/// Items that generated code uses. Not part of the public API.
#[doc(hidden)]
pub mod __codegen {
    pub use graphql_client;
    pub use serde;

    pub use crate::{
        __object as object, __operation as operation,
        generated::{Fields, NoVariables, Object, SingleField, object},
    };
}

/// Includes the code that a build script generated with `wikijs-codegen`.
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
