//! An in-memory Wiki.js 2.x for tests and examples.
//!
//! [`FakeWiki`] listens on a free loopback port and answers GraphQL as Wiki.js does, its faults included, so that
//! code which talks to a wiki can be tested without one. It executes each request against the very schema of
//! Wiki.js and refuses what Wiki.js would refuse.
//!
//! ```
//! use wikijs_fake::{FakePage, FakeWiki};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let wiki = FakeWiki::builder()
//!     .page(FakePage::new("docs/intro", "Introduction").tags(["guide"]))
//!     .start()
//!     .await;
//!
//! // Hand these to the code under test:
//! let (url, key) = (wiki.url(), wiki.api_key());
//! # let _ = (url, key);
//!
//! // Afterwards look at what the wiki holds, and at what it was asked.
//! let page = wiki.page_by_path("en", "docs/intro").unwrap();
//! assert_eq!(page.title, "Introduction");
//! assert_eq!(wiki.request_count(), 0);
//! # });
//! ```
//!
//! # What it imitates
//!
//! | | imitated | not |
//! |---|---|---|
//! | HTTP | `/graphql` in its spellings, GET and POST, arrays of operations, body limit, gzip and deflate both ways, the status and the text of each refusal | `Upgrade`, ETags, idle timeout, playground, brotli |
//! | GraphQL | validation against the schema, variables, errors with path, position and code, introspection | the words of syntax errors beyond the commonest, further positions of one error |
//! | identity | API keys (valid, revoked, unknown, expired, foreign), API switched off, guest; users' logins with a second factor, a change of password and their limit of tries, tokens that are renewed | other strategies than `local`, `/logout` |
//! | permissions | of fields (`@auth`), of groups, page rules with all five kinds of match | |
//! | `pages` | all 12 queries and 13 mutations, with rows cut by `limit`, fields reset by `update`, half-applied writes, overlapping writes that fail | Markdown and HTML beyond headings, lists, bold text and links; storage |
//! | `assets` | both queries and all four mutations, uploads to `/u` and downloads, with files that are lost, names that are changed and routes that get in the way | `Range`, ETags, storage, the cleaning of SVGs beyond scripts |
//! | search | the engines `db` and `postgres` ([`SearchEngine`]) | ranking and stemming beyond the simplest |
//! | `site`, `theming`, `localization`, `navigation`, `system` | all queries and mutations, what they report as done and did not do included | scripts and style sheets beyond plain rules; the logs; files of an export |
//! | providers | the settings of `storage`, `search`, `rendering`, `analytics`, `logging`, of `comments` and of login strategies, read and written as Wiki.js does: wiped where they are written back as they were read; `mail` | their work: no target is filled, nothing is logged, no mail sent; modules like those that are there |
//! | `users`, `groups` | all 7 queries and 16 mutations, with what they say about missing ids, writes that are half made, and tokens that change with them | mail; other strategies than `local` |
//! | `comments` | `list`, `single`, `create` with both of its limits, `update`, `delete`, for users, keys and guests | what other providers than `default` keep; Akismet; Markdown as above |
//! | `authentication` | `apiKeys`, `apiState`, `createApiKey`, `revokeApiKey`, `setApiState`, `register`, `forgotPassword`, `regenerateCertificates`, `resetGuestUser` | links in mails |
//! | `contribute` | `contributors`, of a wiki without the Internet and of one with it ([`online`](FakeWikiBuilder::online)) | |
//! | live log | `loggingLiveTrail` over `/graphql-subscriptions`, for users with `manage:system`; what a test [writes](FakeWiki::log) | other subscriptions, queries over the WebSocket |
//!
//! | proxies | one that refuses arrays of operations ([`refuse_batches`](FakeWikiBuilder::refuse_batches)) | |
//! | failures | of connections, proxies, the database, a start and writes ([`Fault`]), a restart ([`FakeWiki::restart`]) | guests' requests that hang when the database has been away for a minute |
//! | time | of writes, of requests and operations on one server ([`CostModel`]), of the network | |
//!
//! A write also changes pages that it is not about, as in Wiki.js: after a create or a move, each page that links to
//! the new path gets a new `updatedAt`, and so does each that links to a deleted one.
//!
//! The differences of one Wiki.js to another are not imitated: where the real one leaves an order open (tags within a
//! page, hits, pages of equal rank), the fake has the order of ids.
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
