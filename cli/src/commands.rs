//! One module per command. Each gives back its exit code: 0 for yes, 1 for no, 2 where the question could not be answered.

pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod pull;

use std::{
    error::Error,
    fs, io,
    io::{Read as _, Write as _},
    path::Path,
    process::ExitCode,
};

/// What a command gives back.
pub(crate) type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Exit code where the command could not do its work.
const FAILED: u8 = 2;

/// Says on standard error what went wrong, cause by cause.
pub(crate) fn report(error: &dyn Error) -> ExitCode {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.extend(["\n  because ", &error.to_string()]);
        cause = error.source();
    }
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::from(FAILED)
}

/// A file could not be read or written.
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

/// The text of a file, `-` being standard input.
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

/// Writes to the file, or to standard output where there is none.
pub(crate) fn write(path: Option<&Path>, text: &str) -> Result<(), FileError> {
    match path {
        Some(path) => fs::write(path, text).map_err(FileError::at(path)),
        None => io::stdout()
            .write_all(text.as_bytes())
            .map_err(FileError::at(Path::new("standard output"))),
    }
}
