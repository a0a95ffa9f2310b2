//! The guide: one page for each task, with examples.
//!
//! | page | contents |
//! |---|---|
//! | [Getting started](getting_started) | an API key, a client, the first page |
//! | [Pages](pages) | reading, creating, moving, deleting and restoring pages; history, tree, links |
//! | [Search, tags and paging](lists) | filters, search, limits and offsets, streams, content |
//! | [Partial updates and conflicts](updates) | changing one field, lost updates, create or update |
//! | [Errors and the outcome of a write](errors) | the meaning of errors, the outcome of failed writes |
//! | [Concurrency, batching and limits](concurrency) | many tasks, shared requests, the write queue, cancellation |
//! | [Retries and timeouts](retries) | retries, timeouts, deadlines, rate limits |
//! | [Bulk operations](bulk) | thousands of writes, dry runs, progress, resuming |
//! | [Folders](folders) | backup and restore, publishing a folder of Markdown |
//! | [Watching for changes](changes) | a nightly job that reads only the changes, a stream of changes |
//! | [Caching](caching) | programs that read the same pages again and again |
//! | [Blocking use](blocking) | programs without `async` |
//! | [Own queries](own_queries) | typed operations from your `.graphql` files |
//! | [Testing with the fake](testing) | testing a program without a wiki |
//! | [Security](security) | keys, logins, permissions, secrets |
//! | [Schema updates](schema_updates) | steps after an upgrade of the wiki |
//! | [Known issues](known_issues) | the behaviour of Wiki.js that a client must handle, by number |
//!
//! For users of [the Python SDK](from_python) or [the crate `wikijs`](from_wikijs), two pages list the equivalent calls.
//! Spans and metrics are documented in [`telemetry`](crate::telemetry).
//!
//! Every example runs as a test of this crate. `wiki` is a [`Client`](crate::Client), and `fake` a
//! [fake wiki](testing). The examples use `?` on errors of several crates: they run in a function that returns
//! `Result<(), Box<dyn std::error::Error>>`. Some pages require the feature of the same name.

#[doc = include_str!("getting_started.md")]
pub mod getting_started {}

#[doc = include_str!("pages.md")]
pub mod pages {}

#[doc = include_str!("lists.md")]
pub mod lists {}

#[doc = include_str!("updates.md")]
pub mod updates {}

#[doc = include_str!("errors.md")]
pub mod errors {}

#[doc = include_str!("concurrency.md")]
pub mod concurrency {}

#[doc = include_str!("retries.md")]
pub mod retries {}

#[doc = include_str!("bulk.md")]
pub mod bulk {}

#[doc = include_str!("folders.md")]
pub mod folders {}

#[doc = include_str!("changes.md")]
pub mod changes {}

#[cfg(feature = "cache")]
#[doc = include_str!("caching.md")]
pub mod caching {}

#[cfg(feature = "blocking")]
#[doc = include_str!("blocking.md")]
pub mod blocking {}

#[doc = include_str!("own_queries.md")]
pub mod own_queries {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("security.md")]
pub mod security {}

#[doc = include_str!("../../docs/schema-updates.md")]
pub mod schema_updates {}

#[doc = include_str!("known_issues.md")]
pub mod known_issues {}

#[doc = include_str!("from_python.md")]
pub mod from_python {}

#[doc = include_str!("from_wikijs.md")]
pub mod from_wikijs {}
