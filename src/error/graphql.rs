//! GraphQL `errors` of a response.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{Applied, ErrorCode, database, layers::line, meaning};
use crate::{redact::Secrets, types::opaque_debug};

/// The GraphQL `errors` of a response, with its partial data.
#[derive(thiserror::Error)]
#[error("{}", self.line())]
#[non_exhaustive]
pub struct GraphQlErrors {
    /// Name of the operation.
    pub operation: String,
    /// The object that the call was about, such as `page 123`.
    pub object: Option<String>,
    /// The HTTP status: usually 200; 400 for an invalid document, 500 if the operation was not executed.
    pub status: u16,
    /// The errors, at least one.
    pub errors: Vec<GraphQlError>,
    /// The partial data. A field with an error is null, or nulls its parent. All other fields have their values.
    pub data: Option<Value>,
    pub(crate) applied: Applied,
    /// The permissions of which the caller needs one, if the operation was refused.
    pub(crate) required: &'static [&'static str],
}

impl GraphQlErrors {
    /// Returns the error code of Wiki.js, from the first error that has one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.errors.iter().find_map(GraphQlError::code)
    }

    /// Returns the partial data as the type of the operation.
    ///
    /// Returns `None` if there is no data, or if it does not match the type: an error nulls its field and all non-null
    /// parents, and the type has no `Option` for a field that the wiki returns as null only with an error. In that case
    /// use [`data`](Self::data).
    pub fn partial_data<Data: serde::de::DeserializeOwned>(&self) -> Option<Data> {
        Data::deserialize(self.data.as_ref()?).ok()
    }

    /// Returns `true` if this applies to the messages of all errors.
    pub(crate) fn all(&self, is: impl Fn(&str) -> bool) -> bool {
        self.errors.iter().all(|error| is(&error.message))
    }

    fn line(&self) -> String {
        let object = self.object.as_deref();
        let Some(first) = self.errors.first() else {
            return line(object, &self.operation, "an error without a message", []);
        };
        let problem = match self.required {
            [] => meaning::problem_of_error(&self.operation, first, object.is_some()),
            permissions => meaning::forbidden_without(permissions, first.code().is_some()).into(),
        };
        // If the message names the object, the path is shown only for a field within the object.
        let shown = !first.path.is_empty() && (object.is_none() || first.path.len() > 2);
        let path = shown.then(|| format!("at {}", first.path_text()));
        let code = first.code().map(|code| format!("code {}", code.number()));
        let others = self.errors.len() - 1;
        let others = match others {
            0 => None,
            1 => Some("and another error".to_owned()),
            _ => Some(format!("and {others} more errors")),
        };
        let details = [path, code, others].into_iter().flatten();
        line(object, &self.operation, problem, details)
    }
}

// The data may be the content of pages.
opaque_debug!(GraphQlErrors: operation, object, status, errors, applied);

/// An entry of `errors`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GraphQlError {
    /// The message. The message of a database error contains the SQL statement. It is reduced to the kind of the
    /// statement, the table and the reason: `inserting into tags failed: duplicate key value …`.
    #[serde(default, deserialize_with = "reduced_message")]
    pub message: String,
    /// Path in the response, such as `pages.single.isPublished`. Empty if the error has no path.
    #[serde(default)]
    pub path: Vec<PathSegment>,
    /// Positions in the document.
    #[serde(default)]
    pub locations: Vec<Location>,
    /// `extensions`: the code of Apollo (`code`), and the exception with its class and code (`exception.name`,
    /// `exception.code`) and the code of the database (`exception.nativeError.code`). SQL statements, their values and
    /// stack traces are removed.
    #[serde(default, deserialize_with = "reduced_extensions")]
    pub extensions: Map<String, Value>,
}

fn reduced_message<'de, D: Deserializer<'de>>(message: D) -> Result<String, D::Error> {
    String::deserialize(message).map(|message| database::without_values(&message))
}

fn reduced_extensions<'de, D: Deserializer<'de>>(
    extensions: D,
) -> Result<Map<String, Value>, D::Error> {
    Map::deserialize(extensions).map(reduced)
}

/// Keeps the extensions that describe the error, and removes those that repeat the request.
fn reduced(extensions: Map<String, Value>) -> Map<String, Value> {
    const OBJECTS: [&str; 2] = ["exception", "nativeError"];
    const KEPT: [&str; 12] = [
        "address", "client", "code", "errno", "message", "name", "number", "port", "severity",
        "sqlState", "status", "syscall",
    ];
    let kept = |(name, value): (String, Value)| {
        let value = match value {
            Value::Object(fields) if OBJECTS.contains(&name.as_str()) => reduced(fields).into(),
            Value::String(text) if KEPT.contains(&name.as_str()) => {
                database::without_values(&text).into()
            }
            Value::Number(number) if KEPT.contains(&name.as_str()) => number.into(),
            _ => return None,
        };
        Some((name, value))
    };
    extensions.into_iter().filter_map(kept).collect()
}

impl GraphQlError {
    /// Creates an error that has only a message.
    pub(crate) fn plain(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            path: Vec::new(),
            locations: Vec::new(),
            extensions: Map::new(),
        }
    }

    /// Returns the error code of Wiki.js, from `extensions.exception.code`.
    pub fn code(&self) -> Option<ErrorCode> {
        self.exception("/code")?.as_i64().map(ErrorCode::from)
    }

    /// Returns the code of Apollo, such as `GRAPHQL_VALIDATION_FAILED`.
    pub fn apollo_code(&self) -> Option<&str> {
        self.extensions.get("code")?.as_str()
    }

    /// Returns the path joined by dots, such as `pages.list.3.id`.
    pub fn path_text(&self) -> String {
        self.path
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// Returns the class of the exception, such as `UniqueViolationError`.
    pub(super) fn class(&self) -> &str {
        let class = self.exception("/name");
        class.and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the codes of the operating system and of the database driver, such as `ECONNREFUSED` and `57P03`.
    pub(super) fn system_codes(&self) -> impl Iterator<Item = &str> {
        let codes = ["/code", "/nativeError/code"].into_iter();
        codes.filter_map(|code| self.exception(code)?.as_str())
    }

    /// Returns a field of `extensions.exception` by its JSON pointer. `/code` is a number of Wiki.js, or the name of a
    /// system error.
    fn exception(&self, pointer: &str) -> Option<&Value> {
        self.extensions.get("exception")?.pointer(pointer)
    }

    /// Removes the secrets of the request, and then limits the length of the texts.
    pub(crate) fn redact(&mut self, secrets: &Secrets) {
        self.message = database::reduce(&self.message, secrets);
        for value in self.extensions.values_mut() {
            redact(value, secrets);
        }
    }
}

impl fmt::Display for GraphQlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.path.is_empty() {
            write!(f, " (at {})", self.path_text())?;
        }
        match self.code() {
            Some(code) => write!(f, " [{}]", code.number()),
            None => Ok(()),
        }
    }
}

fn redact(value: &mut Value, secrets: &Secrets) {
    match value {
        Value::String(text) => *text = database::reduce(text, secrets),
        Value::Object(fields) => fields.values_mut().for_each(|field| redact(field, secrets)),
        _ => {}
    }
}

/// A step of a path in a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathSegment {
    /// Name of a field in the response.
    Field(String),
    /// Index in a list, from 0.
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

/// A position in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}
