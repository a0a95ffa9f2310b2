#![doc = include_str!("../README.md")]
//!
//! # Overview
//!
//! - [`FakeWiki`]: a running wiki: its contents, its requests, its keys.
//! - [`FakeWikiBuilder`]: its settings, and [`sample`](FakeWikiBuilder::sample), which generates pages.
//! - [`FakePage`], [`FakeAsset`], [`FakeUser`], [`FakeGroup`], [`FakeComment`], [`FakeProvider`]: contents to insert.
//! - [`Fault`] and [`FaultPlan`]: fault injection.
//! - [`CostModel`]: processing times, for benchmarks.
//! - [`example()`] and [`example!`]: run an example of documentation on a [filled](FakeWikiBuilder::filled) wiki.
//!
//! # Overlapping writes
//!
//! Wiki.js rebuilds its page tree after each create, delete and move, and fails if two rebuilds overlap: the write is
//! executed, but its response reports a failure. In the fake this does not depend on chance. A write takes
//! [`write_duration`](FakeWikiBuilder::write_duration). A create, delete or move that starts during another one returns
//! `Error when running job rebuild-tree: …`, though it is executed. Two creates at one path that start together are
//! both stored. Of two creates with the same new tag, the later one returns `UniqueViolationError`, and its page is
//! stored without tags and without a rendering.
//!
//! # Logins
//!
//! A [`FakeUser`] with a [password](FakeUser::password) logs in by `authentication.login` with the strategy `local`,
//! and so does the administrator with [`FakeWiki::ADMIN_PASSWORD`]. The token lasts 30 minutes. After it has expired
//! ([`FakeWiki::expire_logins`]), and after a restart or a change of the user or of a group ([`FakeWiki::edit_user`],
//! [`FakeWiki::edit_group`]), a request with it succeeds and returns a new one: in the header `new-jwt` if the
//! request's `Content-Type` is exactly `application/json`, else as a cookie. A token that expired more than 14 days ago
//! ([`FakeWiki::void_logins`]) runs as Guest. Unlike in Wiki.js, all tokens differ, and each change takes effect at
//! once.
//!
//! ```
//! use wikijs_fake::{FakeUser, FakeWiki};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let wiki = FakeWiki::builder()
//!     .user(FakeUser::new("Ann", "ann@example.com").groups([1]).password("Passw0rd").two_factor("123456"))
//!     .start()
//!     .await;
//! // … the code under test logs in, and must provide the code …
//!
//! wiki.expire_logins(); // half an hour later
//! // … and continues with a renewed token …
//! # });
//! ```
//!
//! # Fault injection
//!
//! A wiki and the proxies in front of it fail in many ways, and after most failures the client cannot know whether its
//! request was executed. [`FakeWiki::fail_next`] schedules a fault for the next request, [`FakeWiki::set_faults`] sets
//! random faults, the same ones for the same seed, and [`FakeWiki::injected`] returns what happened. Requests are
//! counted and recorded whether they fail or not.
//!
//! ```
//! use std::time::Duration;
//! use wikijs_fake::{FakeWiki, Fault, FaultPlan};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let wiki = FakeWiki::start().await;
//! wiki.fail_next(Fault::ResetAfter); // executed, but without a response
//! wiki.fail_next_matching("PageUpdate", Fault::UniqueViolation);
//! wiki.set_faults(FaultPlan::random(7).rate(0.2));
//! wiki.restart(Duration::from_millis(10)).unwrap();
//! # });
//! ```
//!
//! A request can also be executed late, after the client got a failure, or twice ([`Fault::Late`], [`Fault::Repeat`],
//! [`Fault::Twice`]); [`FakeWiki::until_late_executions_end`] waits for the last execution. Meanwhile
//! [`FakeWiki::as_user`] writes as another user, and [`FakeWiki::set_render_error`] makes rendering fail after each
//! page is stored.

/// Declares setters of a builder, each a `name(arguments) => field = value, field = value`.
macro_rules! setters {
    ($builder:ident {
        $( $(#[$meta:meta])* $name:ident($($argument:ident: $type:ty),*) => $($($field:ident).+ = $value:expr),+; )*
    }) => {
        impl $builder {
            $(
                $(#[$meta])*
                #[must_use = "the setter returns the changed builder"]
                pub fn $name(mut self $(, $argument: $type)*) -> Self {
                    $(self.$($field).+ = $value;)+
                    self
                }
            )*
        }
    };
}

/// Locks a mutex, even if a thread has panicked while it held the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

mod auth;
mod connection;
mod cost;
mod database;
mod document;
mod errors;
mod example;
mod execute;
mod faults;
mod http;
mod render;
mod requests;
mod resolvers;
mod sample;
mod server;
mod shared;
mod state;
mod text;
mod wiki;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use cost::CostModel;
pub use database::Database;
pub use example::example;
pub use faults::{Fault, FaultPlan, InjectedFault, LateResponse, RenderError};
pub use requests::{Exchange, Hold, RecordedOperation, RecordedRequest};
pub use state::{
    FakeAsset, FakeAssetFolder, FakeComment, FakeExport, FakeGroup, FakeMail, FakePage,
    FakeProvider, FakeTag, FakeUser, FakeVersion, PageRule, ProviderKind, RuleMatch, SearchEngine,
};
pub use wiki::{FakeWiki, FakeWikiBuilder, OtherWriter};
