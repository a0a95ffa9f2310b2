//! `wikijs schema`: reads and compares GraphQL schemas. It sends HTTP requests without the client.

mod breaks;
pub(crate) mod check;
mod descriptions;
pub(crate) mod diff;
mod folder;
mod introspection;
mod live;
pub(crate) mod pull;
mod reachable;
mod sdl;
mod source;

use crate::{context::Context, failure::Exit};
use std::{
    error::Error,
    fs, io,
    io::{Read as _, Write as _},
    path::Path,
    process::ExitCode,
};

/// The result of a command: its exit code, or the error to report.
pub(crate) type ExitResult = Result<ExitCode, Box<dyn Error>>;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Reads a schema and writes it as sorted SDL
    Pull(pull::Arguments),
    /// Lists the changes from one SDL file to another; exit code 1 if one breaks a client
    Diff(diff::Arguments),
    /// Lists operations that a wiki or schema cannot run; exit code 1 if there is one
    Check(check::Arguments),
}

pub(crate) fn run(command: &Command, context: &Context) -> ExitCode {
    let json = context.output.json;
    let result = match command {
        Command::Pull(arguments) => pull::run(arguments),
        Command::Diff(arguments) => diff::run(arguments, json),
        Command::Check(arguments) => check::run(arguments, json),
    };
    result.unwrap_or_else(|error| report(&*error))
}

/// Prints an error and its causes on standard error.
fn report(error: &dyn Error) -> ExitCode {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let io_error = error.downcast_ref::<io::Error>();
        if io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            // The reader of the output, such as `head`, has exited.
            return ExitCode::SUCCESS;
        }
        text.extend(["\n  because ", &error.to_string()]);
        cause = error.source();
    }
    // Ignores a closed standard error, since there is no other channel for the message.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(Exit::Failed as u8)
}

/// An error of reading or writing a file.
#[derive(Debug, thiserror::Error)]
#[error("{path}")]
pub(crate) struct FileError {
    path: String,
    source: io::Error,
}

impl FileError {
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self {
            path: path.display().to_string(),
            source,
        }
    }
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        return io::stdin()
            .read_to_string(&mut text)
            .map(|_| text)
            .map_err(FileError::at(path));
    }
    fs::read_to_string(path).map_err(FileError::at(path))
}

/// Writes to a file, or to standard output without one.
pub(crate) fn write(path: Option<&Path>, text: &str) -> Result<(), FileError> {
    match path {
        Some(path) => fs::write(path, text).map_err(FileError::at(path)),
        None => io::stdout()
            .write_all(text.as_bytes())
            .map_err(FileError::at(Path::new("standard output"))),
    }
}
