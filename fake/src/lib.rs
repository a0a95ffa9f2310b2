#![doc = include_str!("../README.md")]
//!
//! # Where to go on
//!
//! - [`FakeWiki`]: the wiki as a test sees it: what it holds, what it was asked, its keys.
//! - [`FakeWikiBuilder`]: what can be set before it starts.
//! - [`FakePage`], [`FakeAsset`], [`FakeUser`], [`FakeGroup`], [`FakeComment`], [`FakeProvider`]: what can be put in;
//!   [`Sample`] makes pages up.
//! - [`Fault`] and [`FaultPlan`]: what can go wrong.
//! - [`CostModel`]: what requests cost, for benchmarks.
//! - [`example`]: runs an example of somebody's documentation, on a [filled](FakeWikiBuilder::filled) wiki.
//!
//! The rest of this page is about what needs more than a line.
//!
//! # Overlapping writes
//!
//! Wiki.js rebuilds its page tree after each create, delete and move, and fails when two rebuilds meet: the write
//! is made, but its answer says that it failed. Here that is not left to chance. A write takes
//! [`write_duration`](FakeWikiBuilder::write_duration); a create, delete or move that starts while another one is
//! under way answers `Error when running job rebuild-tree: …`, though it is made. Two creates at one path that
//! start together are both stored. Of two creates that bring the same new tag, the later one answers
//! `UniqueViolationError`, and its page is stored without tags and without a rendering.
//!
//! # Logins
//!
//! A [`FakeUser`] with a [password](FakeUser::password) logs in by `authentication.login` with the strategy `local`,
//! as does the administrator with [`FakeWiki::ADMIN_PASSWORD`]. The token lasts 30 minutes. When it has expired
//! ([`FakeWiki::expire_logins`]), and after a restart or a change of the user or of a group
//! ([`FakeWiki::edit_user`], [`FakeWiki::edit_group`]), a request with it succeeds and brings a new one: in the
//! header `new-jwt` where the request's `Content-Type` is exactly `application/json`, else as a cookie. A token that
//! expired more than 14 days ago ([`FakeWiki::void_logins`]) runs as Guest. Other than in Wiki.js, no two tokens are
//! equal, and each change counts at once.
//!
//! ```
//! use wikijs_fake::{FakeUser, FakeWiki};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let wiki = FakeWiki::builder()
//!     .user(FakeUser::new("Ann", "ann@example.com").groups([1]).password("Passw0rd").two_factor("123456"))
//!     .start()
//!     .await;
//! // … the code under test logs in, and is asked for the code …
//!
//! wiki.expire_logins(); // half an hour later
//! // … and goes on with a token that is renewed …
//! # });
//! ```
//!
//! # Faults on purpose
//!
//! A wiki and what stands between it and a client fail in many ways, and of most of them the client cannot tell
//! whether its request was executed. [`FakeWiki::fail_next`] makes the next request fail in one of them,
//! [`FakeWiki::set_faults`] any at random, but the same ones for the same seed, and [`FakeWiki::injected`] tells what
//! happened. Requests are counted and recorded whether they fail or not.
//!
//! ```
//! use std::time::Duration;
//! use wikijs_fake::{FakeWiki, Fault, FaultPlan};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let wiki = FakeWiki::start().await;
//! wiki.fail_next(Fault::ResetAfter); // made, but who knows?
//! wiki.fail_next_matching("PageUpdate", Fault::UniqueViolation);
//! wiki.set_faults(FaultPlan::random(7).rate(0.2));
//! wiki.restart(Duration::from_millis(10)).unwrap();
//! # });
//! ```

mod auth;
mod builder;
mod cost;
mod errors;
mod example;
mod execute;
mod faults;
mod hold;
mod http;
mod random;
mod record;
mod render;
mod resolvers;
mod sample;
mod server;
mod state;
mod wiki;

pub use builder::FakeWikiBuilder;
pub use cost::CostModel;
pub use example::example;
pub use faults::{Fault, FaultPlan, InjectedFault};
pub use hold::Hold;
pub use record::{Exchange, RecordedOperation, RecordedRequest};
pub use sample::Sample;
pub use state::{
    FakeAsset, FakeAssetFolder, FakeComment, FakeExport, FakeGroup, FakeMail, FakePage,
    FakeProvider, FakeTag, FakeUser, FakeVersion, PageRule, ProviderKind, RuleMatch, SearchEngine,
};
pub use wiki::FakeWiki;
