//! Errors of a compile.

use std::{fmt, io, path::PathBuf};

use crate::Diagnostic;

/// An error that prevents code from being generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No `queries(…)` was given.
    #[error("no queries: give `queries(…)` a file, a folder or a pattern")]
    NoQueries,
    /// A pattern matches no file.
    #[error("`{pattern}` matches no .graphql file")]
    NoFile {
        /// The pattern as it was given.
        pattern: String,
    },
    /// A pattern cannot be understood.
    #[error("`{pattern}` is not a valid pattern: {reason}")]
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// Description of the problem.
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
    /// The schema is not valid SDL.
    #[error("the schema {path} is not valid:\n{message}", path = path.display())]
    Schema {
        /// The schema's file.
        path: PathBuf,
        /// The parser's message.
        message: String,
    },
    /// `OUT_DIR` is not set because this is not a build script.
    #[error("OUT_DIR is not set: `compile` runs in a build script; elsewhere use `generate`")]
    NoOutDir,
    /// A setting of the configuration is wrong.
    #[error("`{setting}(…)`: {message}")]
    Setting {
        /// The method of [`Config`](crate::Config).
        setting: &'static str,
        /// Description of the problem.
        message: String,
    },
    /// Two enums, or two input objects, of the schema would have the same Rust name.
    #[error(
        "`{}` and `{}` of the schema would both be the Rust type `{rust}`: rename one with \
         `.rename_type(\"{}\", \"…\")`", names[0], names[1], names[1]
    )]
    SameName {
        /// Their names in GraphQL.
        names: [String; 2],
        /// Their name in Rust.
        rust: String,
    },
    /// No thread can be started.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The documents define no operation.
    #[error("the documents define no operation: there is nothing to generate")]
    NoOperations,
    /// The documents have errors: all of them, of all files.
    #[error("{}", Listed(.0))]
    Documents(Vec<Diagnostic>),
    /// A bug in the generator. Please report it, with the document.
    #[error("the generator failed: {message}")]
    Generator {
        /// Details for a bug report.
        message: String,
    },
}

impl Error {
    pub(crate) fn setting(setting: &'static str, message: String) -> Self {
        Self::Setting { setting, message }
    }
}

struct Listed<'a>(&'a [Diagnostic]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in self.0 {
            // An error has several lines, so a blank line separates it from the next.
            writeln!(f, "{diagnostic}\n")?;
        }
        let count = self.0.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} error{plural} in the GraphQL documents")
    }
}
