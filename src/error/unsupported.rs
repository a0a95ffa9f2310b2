//! Operations that the wiki does not support completely.

use std::{error::Error as StdError, fmt};

use super::{GraphQlError, GraphQlErrors};

/// An operation of which the wiki does not know a part, such as a field or an argument. Nothing was executed.
///
/// The wiki is older or newer than the schema from which the operation was generated.
///
/// ```
/// use wikijs_client::{Error, error::UnknownPart};
///
/// # wikijs_fake::example!(wiki => {
/// match wiki.pages().links().await {
///     Err(Error::Unsupported(unsupported)) => {
///         for part in &unsupported.parts {
///             if let UnknownPart::Field { field, on } = part {
///                 println!("this wiki has no {on}.{field}");
///             }
///         }
///     }
///     other => println!("{} pages", other?.len()),
/// }
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Unsupported {
    /// Name of the operation.
    pub operation: String,
    /// The object that the call was about, such as `page 123`.
    pub object: Option<String>,
    /// The unknown parts, at least one.
    pub parts: Vec<UnknownPart>,
    /// The oldest release of Wiki.js that has all `parts`, such as `2.5.285`. `None` if it is not known.
    pub needs: Option<String>,
    /// The response of the wiki.
    pub(crate) source: GraphQlErrors,
}

impl Unsupported {
    /// Returns the errors of the response.
    pub fn errors(&self) -> &[GraphQlError] {
        &self.source.errors
    }

    /// Returns the HTTP status: 400, or 200 if the operation was sent in a batch.
    pub fn status(&self) -> u16 {
        self.source.status
    }

    /// Returns `true` if the wiki does not know a field of a type.
    pub(crate) fn lacks_field(&self, on: &str, field: &str) -> bool {
        let lacking = |part: &UnknownPart| {
            matches!(part, UnknownPart::Field { field: own, on: own_type }
                if own == field && own_type == on)
        };
        self.parts.iter().any(lacking)
    }

    /// Returns `true` if the wiki does not know an argument.
    #[cfg(feature = "users")]
    pub(crate) fn lacks_argument(&self, name: &str) -> bool {
        let lacking = |part: &UnknownPart| matches!(part, UnknownPart::Argument { argument, .. } if argument == name);
        self.parts.iter().any(lacking)
    }

    /// Converts errors about unknown parts, and returns all others unchanged.
    pub(super) fn read(errors: Box<GraphQlErrors>) -> Result<Self, Box<GraphQlErrors>> {
        let parts: Vec<_> = errors.errors.iter().filter_map(unknown_part).collect();
        if parts.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            operation: errors.operation.clone(),
            object: errors.object.clone(),
            parts,
            needs: None,
            source: *errors,
        })
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.object.as_ref().unwrap_or(&self.operation);
        write!(f, "{subject}: this wiki ")?;
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(", and it ")?;
            }
            part.fmt(f)?;
        }
        match &self.needs {
            Some(release) => write!(f, "; that needs Wiki.js {release} or newer"),
            None => f.write_str(
                "; its version of Wiki.js is older or newer than the schema of the operation",
            ),
        }
    }
}

impl StdError for Unsupported {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

/// A part of an operation that the wiki's schema does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownPart {
    /// A selected field.
    Field {
        /// Name of the field.
        field: String,
        /// Type from which it is selected.
        on: String,
    },
    /// An argument.
    Argument {
        /// Name of the argument.
        argument: String,
        /// Field with the argument, such as `PageQuery.list`.
        of: String,
    },
    /// A field of an input object.
    InputField {
        /// Name of the field.
        field: String,
        /// Type of the input object.
        of: String,
    },
    /// A type.
    Type {
        /// Name of the type.
        name: String,
    },
    /// Any other mismatch with the wiki's schema, such as a missing required argument or a different type.
    Other {
        /// Message of the wiki.
        message: String,
    },
}

impl UnknownPart {
    /// Returns the schema coordinate, such as `PageQuery.list(limit:)`.
    pub(crate) fn coordinate(&self) -> Option<String> {
        match self {
            Self::Field { field, on } => Some(format!("{on}.{field}")),
            Self::Argument { argument, of } => Some(format!("{of}({argument}:)")),
            Self::InputField { field, of } => Some(format!("{of}.{field}")),
            Self::Type { name } => Some(name.clone()),
            Self::Other { .. } => None,
        }
    }
}

impl fmt::Display for UnknownPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { field, on } => write!(f, "has no field `{field}` in `{on}`"),
            Self::Argument { argument, of } => {
                write!(f, "knows no argument `{argument}` of `{of}`")
            }
            Self::InputField { field, of } => write!(f, "has no field `{field}` in input `{of}`"),
            Self::Type { name } => write!(f, "has no type `{name}`"),
            Self::Other { message } => write!(f, "refuses the document: {message}"),
        }
    }
}

/// Parses a message of graphql-js about a document or variables that do not match the schema. The names are in
/// quotation marks, and suggestions may follow them.
fn unknown_part(error: &GraphQlError) -> Option<UnknownPart> {
    let message = error.message.as_str();
    let names: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    let owned = |name: &str| name.to_owned();
    if error.apollo_code() == Some("BAD_USER_INPUT") {
        // An invalid value is an error of the caller, unless the reason is a field that the wiki does not know.
        let (before, of) = message.split_once("\" is not defined by type \"")?;
        return Some(UnknownPart::InputField {
            field: owned(before.rsplit('"').next()?),
            of: owned(of.split('"').next()?),
        });
    }
    if error.apollo_code() != Some("GRAPHQL_VALIDATION_FAILED") {
        return None;
    }
    let part = match names.as_slice() {
        [field, on, ..] if message.starts_with("Cannot query field ") => UnknownPart::Field {
            field: owned(field),
            on: owned(on),
        },
        // Older versions of graphql-js write: on field "list" of type "PageQuery".
        [argument, field, on, ..]
            if message.starts_with("Unknown argument ") && message.contains("\" of type \"") =>
        {
            UnknownPart::Argument {
                argument: owned(argument),
                of: format!("{on}.{field}"),
            }
        }
        [argument, of, ..] if message.starts_with("Unknown argument ") => UnknownPart::Argument {
            argument: owned(argument),
            of: owned(of),
        },
        [name, ..] if message.starts_with("Unknown type ") => {
            UnknownPart::Type { name: owned(name) }
        }
        [field, of, ..] if message.contains("\" is not defined by type \"") => {
            UnknownPart::InputField {
                field: owned(field),
                of: owned(of),
            }
        }
        _ => UnknownPart::Other {
            message: owned(message),
        },
    };
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_graphql_js_are_parsed() {
        // Message, unknown part.
        const INVALID: &str = r#"
            Cannot query field "singleByPath" on type "PageQuery". Did you mean "single"? | PageQuery.singleByPath
            Unknown argument "foo" on field "PageQuery.list".                             | PageQuery.list(foo:)
            Unknown argument "foo" on field "PageQuery.list". Did you mean "limit"?       | PageQuery.list(foo:)
            Unknown argument "foo" on field "list" of type "PageQuery".                   | PageQuery.list(foo:)
            Unknown type "Nope".                                                          | Nope
            Field "x" is not defined by type "PageRuleInput".                             | PageRuleInput.x
            Field "list" argument "a" of type "Int!" is required, but it was not provided.| other"#;
        let read = |code: &str, message: &str| {
            let error = serde_json::json!({"message": message, "extensions": {"code": code}});
            let part = unknown_part(&serde_json::from_value(error).ok()?)?;
            Some(part.coordinate().unwrap_or_else(|| "other".to_owned()))
        };
        for line in INVALID.trim().lines() {
            let (message, part) = line.split_once('|').unwrap();
            let found = read("GRAPHQL_VALIDATION_FAILED", message.trim());
            assert_eq!(found.as_deref(), Some(part.trim()), "{message}");
        }
        let variable = r#"Variable "$r" got invalid value {"x":"a\"b"} at "r[0]"; Field "x" is not defined by type "PageRuleInput"."#;
        let input = read("BAD_USER_INPUT", variable);
        assert_eq!(input.as_deref(), Some("PageRuleInput.x"));
        let value = r#"Variable "$n" got invalid value "x""#;
        assert_eq!(read("BAD_USER_INPUT", value), None);
        assert_eq!(read("INTERNAL_SERVER_ERROR", "Forbidden"), None);
    }
}
