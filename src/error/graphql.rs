//! The GraphQL `errors` of an answer.

use std::{error::Error as StdError, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Applied, ErrorCode, meaning};

/// The GraphQL `errors` of an answer, with the data that came along.
#[derive(Debug)]
#[non_exhaustive]
pub struct GraphQlErrors {
    /// The operation's name.
    pub operation: String,
    /// The HTTP status: 200 for most, 400 for a document that the wiki refuses, 500 before it ran.
    pub status: u16,
    /// The errors, at least one.
    pub errors: Vec<GraphQlError>,
    /// What the wiki answered beside the errors: one forbidden field nulls its parent, the rest is
    /// there.
    pub data: Option<Value>,
    pub(crate) applied: Applied,
}

impl GraphQlErrors {
    /// The error code of Wiki.js, from the first error that has one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.errors.iter().find_map(GraphQlError::code)
    }

    /// The data that came along, as the operation's type. `None` if there was none, or what is left
    /// of it does not fit: an error nulls the field and every non-null parent above it.
    pub fn partial_data<Data: serde::de::DeserializeOwned>(&self) -> Option<Data> {
        Data::deserialize(self.data.as_ref()?).ok()
    }
}

impl fmt::Display for GraphQlErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        match self.errors.as_slice() {
            [] => f.write_str("GraphQL errors without a message"),
            [first, rest @ ..] => {
                write!(f, "{first}")?;
                match rest.len() {
                    0 => Ok(()),
                    more => write!(f, " (and {more} more)"),
                }
            }
        }
    }
}

impl StdError for GraphQlErrors {}

/// One entry of an answer's `errors`, complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GraphQlError {
    /// The message. Of a database error it holds the SQL statement, which `Display` leaves out.
    #[serde(default)]
    pub message: String,
    /// Where in the answer, such as `pages.single.isPublished`. Empty where the wiki names no place.
    #[serde(default)]
    pub path: Vec<PathSegment>,
    /// Where in the document.
    #[serde(default)]
    pub locations: Vec<Location>,
    /// What else the wiki says: `code` (of Apollo), `exception` (with the code of Wiki.js, and stack
    /// traces unless it runs in production).
    #[serde(default)]
    pub extensions: Map<String, Value>,
}

impl GraphQlError {
    /// An error of which there is nothing but a message.
    #[cfg(feature = "live-log")]
    pub(crate) fn plain(message: String) -> Self {
        Self {
            message,
            path: Vec::new(),
            locations: Vec::new(),
            extensions: Map::new(),
        }
    }

    /// The error code of Wiki.js, from `extensions.exception.code`.
    pub fn code(&self) -> Option<ErrorCode> {
        self.exception_code()?.as_i64().map(ErrorCode::from)
    }

    /// Apollo's code, such as `GRAPHQL_VALIDATION_FAILED`.
    pub fn apollo_code(&self) -> Option<&str> {
        self.extensions.get("code")?.as_str()
    }

    /// The path joined by dots, such as `pages.list.3.id`.
    pub fn path_text(&self) -> String {
        self.path
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// `extensions.exception.code`: a number of Wiki.js, or the name of a system error.
    pub(super) fn exception_code(&self) -> Option<&Value> {
        self.extensions.get("exception")?.get("code")
    }
}

impl fmt::Display for GraphQlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&meaning::without_sql(&self.message))?;
        if !self.path.is_empty() {
            write!(f, " (at {})", self.path_text())?;
        }
        match self.code() {
            Some(code) => write!(f, " [{}]", code.number()),
            None => Ok(()),
        }
    }
}

/// Replaces a secret in all texts of a value.
#[cfg(feature = "users")]
pub(super) fn redact(value: &mut Value, secret: &str, by: &str) {
    match value {
        Value::String(text) => *text = text.replace(secret, by),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, secret, by)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| redact(field, secret, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One step of an error's path: a field's name or a list's index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathSegment {
    /// A field, by the name that it has in the answer.
    Field(String),
    /// An item of a list, from 0.
    Index(u64),
}

impl PartialEq<str> for PathSegment {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::Field(name) if name == other)
    }
}

impl fmt::Display for PathSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Index(index) => index.fmt(f),
        }
    }
}

/// A place in a document, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}
