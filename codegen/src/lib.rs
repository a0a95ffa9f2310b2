//! Checks GraphQL operations against the schema of Wiki.js when a crate is built, and generates Rust types from them.
//!
//! A build script needs one line:
//!
//! ```no_run
//! // The body of `main` in build.rs.
//! wikijs_codegen::compile("queries");
//! ```
//!
//! with `include!(concat!(env!("OUT_DIR"), "/wikijs.rs"));` in a module of the crate. For an operation `MyPages` the
//! generated file has a struct `MyPages`, to be run by `Client::execute::<MyPages>`, and a module `my_pages` with its
//! `Variables` and its `ResponseData`. Fragments, enums and input objects are one type each, in the modules
//! `fragments`, `enums` and `inputs`. Responses are `Debug`, `Clone`, `PartialEq`, `Serialize` and `Deserialize`.
//!
//! If the server would refuse a document, no code is generated. [`Error::Documents`] has all errors of all files, each
//! with its place, the violated rule and a correction:
//!
//! ```text
//! queries/recent.graphql:2:5: error: `$limit` is a `String`, but the argument `limit` of `PageQuery.list` is a `Int`
//! ```
//!
//! # Settings
//!
//! [`configure`] returns a [`Config`] for everything that differs from the defaults:
//!
//! | to … | call |
//! |---|---|
//! | use your own type for a scalar | [`scalar`](Config::scalar) |
//! | derive more traits | [`derive_responses`](Config::derive_responses), [`derive_inputs`](Config::derive_inputs) |
//! | add an attribute to a type | [`attribute`](Config::attribute) |
//! | rename a type | [`rename_type`](Config::rename_type) |
//! | put everything into a module, or another file | [`module`](Config::module), [`out_file`](Config::out_file) |
//! | fail on deprecated fields, or ignore them | [`deprecations`](Config::deprecations) |
//! | mark fields that are never null | [`extend_schema`](Config::extend_schema), [`nullability`](Config::nullability) |
//! | use another schema | [`schema`](Config::schema) |
//! | generate code that does not depend on `wikijs-client` | [`runtime`](Config::runtime) |
//!
//! # Several schemas in one crate
//!
//! Call [`Config::compile_or_exit`] once for each schema, with separate files, and include each file in its own module.
//!
//! # Stability
//!
//! The generated code follows the schema and the documents: a change of either can add or remove types and fields. The
//! code is a part of your crate's public API only if you make its module public.
//!
//! # Features
//!
//! - `check` (default): a second validation by apollo-compiler. Without it, documents are validated by all rules except
//!   that fields under the same key can be merged (GraphQL 5.3.2). Disable it for documents that were checked before
//!   they were published.

#[cfg(feature = "check")]
mod check;
mod config;
mod diagnostic;
mod document;
mod documents;
mod error;
mod generate;
mod items;
mod names;
mod optional;
mod plan;
mod prune;
mod refuse;
mod report;
mod rules;
mod schema;
mod settings;
mod shape;
mod source;
mod suggest;
mod validate;

use std::path::Path;

pub use self::{
    config::Config,
    diagnostic::{Diagnostic, Severity},
    error::Error,
    report::{Checked, CheckedOperation, Report},
    settings::Deprecations,
};

/// Creates a configuration, for a build script that needs more than [`compile`].
///
/// ```no_run
/// wikijs_codegen::configure().queries("queries").queries("more/*.graphql").out_file("own.rs").compile_or_exit();
/// ```
pub fn configure() -> Config {
    Config::default()
}

/// Generates `wikijs.rs` from the documents, or fails the build and shows all errors in them.
///
/// Equivalent to `configure().queries(queries).compile_or_exit()`. A build script needs no other call.
pub fn compile(queries: impl AsRef<Path>) -> Report {
    configure().queries(queries).compile_or_exit()
}
