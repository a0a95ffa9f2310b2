//! Checks GraphQL operations against the schema of Wiki.js when a crate is built, and generates Rust types from them.
//!
//! A build script of one line does it:
//!
//! ```no_run
//! // The body of `main` in build.rs.
//! wikijs_codegen::compile("queries");
//! ```
//!
//! with `include!(concat!(env!("OUT_DIR"), "/wikijs.rs"));` in a module of the crate. For an operation `MyPages` the
//! generated file has a struct `MyPages`, to be run by `Client::execute::<MyPages>`, and a module `my_pages` with its
//! `Variables` and its `ResponseData`. Fragments, enums and input objects are one type each, in the modules `fragments`,
//! `enums` and `inputs`.
//!
//! The way is: read the documents, check them (all of GraphQL's validation, and what would become wrong Rust), prune what
//! an operation does not use, generate. A document with an error generates nothing: [`Error::Documents`] has all errors of
//! all files, each with its place and with what to write instead.
//!
//! # Features
//!
//! - `check` (default): validation by apollo-compiler. Without it documents are still parsed, and what the generator
//!   itself stumbles over is still refused; that is for documents that were checked before they were published.

#[cfg(feature = "check")]
mod check;
mod config;
mod deprecated;
mod diagnostic;
mod document;
mod documents;
mod error;
#[cfg(feature = "check")]
mod explain;
mod generate;
mod names;
mod null_default;
mod outline;
mod plan;
mod prune;
mod refuse;
mod report;
mod rules;
mod schema;
mod shape;
mod source;
mod suggest;

use std::path::Path;

pub use self::{
    config::Config,
    diagnostic::{Diagnostic, Severity},
    error::Error,
    report::{Checked, CheckedOperation, Report},
};

/// Begins a compile that is more than [`compile`].
///
/// ```no_run
/// wikijs_codegen::configure().queries("queries").queries("more/*.graphql").out_file("own.rs").compile_or_exit();
/// ```
pub fn configure() -> Config {
    Config::default()
}

/// The whole of a build script: generates `wikijs.rs` from the documents, or ends the build with what is wrong in them.
///
/// The same as `configure().queries(queries).compile_or_exit()`.
pub fn compile(queries: impl AsRef<Path>) -> Report {
    configure().queries(queries).compile_or_exit()
}
