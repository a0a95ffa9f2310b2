//! The commands, a module for each noun.

pub(crate) mod apikey;
pub(crate) mod asset;
pub(crate) mod changes;
pub(crate) mod comment;
pub(crate) mod config;
pub(crate) mod fake;
pub(crate) mod group;
pub(crate) mod log;
pub(crate) mod manual;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod system;
pub(crate) mod tag;
pub(crate) mod transfer;
pub(crate) mod user;

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use crate::failure::{Failure, Result};

/// Sets the fields of an update for which an option was given, and notes the names of these fields.
macro_rules! set_given {
    ($update:ident, $changes:ident, $options:ident: $($field:ident),+) => {$(
        if let Some(value) = $options.$field {
            $changes.push(stringify!($field));
            $update = $update.$field(value);
        }
    )+};
}

pub(crate) use set_given;

/// Reads a text from a file, or from standard input for `-`.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .map_err(Failure::file(Path::new("standard input")))?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => {
            Failure::usage(format!("{}: not a text in UTF-8", path.display()))
        }
        _ => Failure::file(path)(error),
    })
}

/// Returns the text of an argument, or else of standard input.
pub(crate) fn text_or_stdin(text: Option<&String>, option: &str) -> Result<String> {
    match text {
        Some(text) => Ok(text.clone()),
        None if io::stdin().is_terminal() => Err(Failure::usage(format!(
            "there is no text; give it with {option}, or write it to standard input"
        ))),
        None => read_text(Path::new("-")),
    }
}
