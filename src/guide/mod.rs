//! The manual: what a program does with a wiki, a page for each thing.
//!
//! | | |
//! |---|---|
//! | [Lists and paging](lists) | all pages, the first ten, the next ten, by tag, by text, as a stream |
//! | [Partial updates](updates) | changing one thing and nothing else, tags, lost updates |
//! | [Concurrency](concurrency) | many tasks, what shares a request, why writes queue, what may be dropped |
//! | [Errors](errors) | what an error means, whether a write took effect, what is tried again |
//! | [Identity](identity) | keys, logins, guests, permissions, secrets |
//! | [Queries of your own](own_queries) | typed operations from your `.graphql` files |
//! | [Schema updates](schema_updates) | what to do when the wiki was upgraded |
//! | [Tests with the fake](testing) | testing a program that talks to a wiki, without one |
//! | Bulk work: [`create_many`](crate::pages::Pages::create_many) and its like | thousands of writes from a stream, dry runs, progress, resuming |
//! | What changed: [`changes`](crate::pages::Pages::changes) | a nightly run that reads only what is new |
//! | Export and import: module `transfer` | a wiki to a folder of Markdown, and back |
//! | Without `async`: module `blocking` | the same methods, with `.wait()` |
//! | [Spans and figures](crate::telemetry) | what the client tells to `tracing` and `metrics` |
//! | A cache: module `cache` | for programs that read the same again and again |
//!
//! Modules without a link belong to the feature of the same name.
//!
//! Where you come from: [the Python SDK](from_python), [the crate `wikijs`](from_wikijs).
//!
//! Every example runs when the tests of this crate run. `wiki` is a [`Client`](crate::Client).

#[doc = include_str!("lists.md")]
pub mod lists {}

#[doc = include_str!("updates.md")]
pub mod updates {}

#[doc = include_str!("concurrency.md")]
pub mod concurrency {}

#[doc = include_str!("errors.md")]
pub mod errors {}

#[doc = include_str!("identity.md")]
pub mod identity {}

#[doc = include_str!("own_queries.md")]
pub mod own_queries {}

#[doc = include_str!("../../docs/schema-updates.md")]
pub mod schema_updates {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("from_python.md")]
pub mod from_python {}

#[doc = include_str!("from_wikijs.md")]
pub mod from_wikijs {}
