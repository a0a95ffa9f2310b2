//! Why a compile failed.

use std::{fmt, io, path::PathBuf};

use crate::Diagnostic;

/// Why no code was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No `queries(…)` was given.
    #[error("no queries: give `queries(…)` a file, a folder or a pattern")]
    NoQueries,
    /// A pattern stands for no file.
    #[error("`{pattern}` matches no .graphql file")]
    NoFile {
        /// The pattern as it was given.
        pattern: String,
    },
    /// A pattern cannot be understood.
    #[error("`{pattern}` is no pattern: {reason}")]
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The generated file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The schema is no valid SDL.
    #[error("the schema {path} is not valid:\n{message}", path = path.display())]
    Schema {
        /// The schema's file.
        path: PathBuf,
        /// The parser's message.
        message: String,
    },
    /// `OUT_DIR` is not set: this is no build script.
    #[error("OUT_DIR is not set: `compile` runs in a build script; elsewhere use `generate`")]
    NoOutDir,
    /// `crate_path(…)` is no path of a Rust crate.
    #[error("`{0}` is no Rust path")]
    CratePath(String),
    /// The documents define no operation.
    #[error("the documents define no operation: there is nothing to generate")]
    NoOperations,
    /// The documents have errors: all of them, of all files.
    #[error("{}", Listed(.0))]
    Documents(Vec<Diagnostic>),
    /// The generator gave back something that is no Rust. Please report it, with the document.
    #[error("the generator failed on `{operation}`: {message}")]
    Generator {
        /// The operation or fragment at which it failed.
        operation: String,
        /// What it said.
        message: String,
    },
}

struct Listed<'a>(&'a [Diagnostic]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in self.0 {
            writeln!(f, "{diagnostic}\n")?;
        }
        let count = self.0.len();
        write!(
            f,
            "{count} error{} in the GraphQL documents",
            if count == 1 { "" } else { "s" }
        )
    }
}
