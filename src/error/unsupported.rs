//! Operations that the wiki does not support completely.

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
#[derive(Debug, thiserror::Error)]
#[error("{}", self.line())]
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

    /// Returns `true` if the wiki does not know the part with this schema coordinate.
    pub(crate) fn lacks(&self, coordinate: &str) -> bool {
        let mut unknown = self.parts.iter().filter_map(UnknownPart::coordinate);
        unknown.any(|unknown| unknown == coordinate)
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

    fn line(&self) -> String {
        let subject = self.object.as_ref().unwrap_or(&self.operation);
        let parts: Vec<String> = self.parts.iter().map(ToString::to_string).collect();
        let reason = match &self.needs {
            Some(release) => format!("that needs Wiki.js {release} or newer"),
            None => "its version of Wiki.js is older or newer than the schema of the operation"
                .to_owned(),
        };
        format!("{subject}: this wiki {}; {reason}", parts.join(", and it "))
    }
}

/// A part of an operation that the wiki's schema does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownPart {
    /// A selected field.
    #[error("has no field `{field}` in `{on}`")]
    Field {
        /// Name of the field.
        field: String,
        /// Type from which it is selected.
        on: String,
    },
    /// An argument.
    #[error("knows no argument `{argument}` of `{of}`")]
    Argument {
        /// Name of the argument.
        argument: String,
        /// Field with the argument, such as `PageQuery.list`.
        of: String,
    },
    /// A field of an input object.
    #[error("has no field `{field}` in input `{of}`")]
    InputField {
        /// Name of the field.
        field: String,
        /// Type of the input object.
        of: String,
    },
    /// A type.
    #[error("has no type `{name}`")]
    Type {
        /// Name of the type.
        name: String,
    },
    /// Any other mismatch with the wiki's schema, such as a missing required argument or a different type.
    #[error("refuses the document: {message}")]
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

/// Parses a message of graphql-js about a document or variables that do not match the schema.
fn unknown_part(error: &GraphQlError) -> Option<UnknownPart> {
    const NOT_DEFINED: &str = "\" is not defined by type \"";
    let message = error.message.as_str();
    match error.apollo_code()? {
        "GRAPHQL_VALIDATION_FAILED" => {}
        // An invalid value is an error of the caller, unless the reason is a field that the wiki does not know.
        "BAD_USER_INPUT" if message.contains(NOT_DEFINED) => {}
        _ => return None,
    }
    let input_field = || {
        let (before, of) = message.split_once(NOT_DEFINED)?;
        Some(UnknownPart::InputField {
            field: before.rsplit('"').next()?.to_owned(),
            of: of.split('"').next()?.to_owned(),
        })
    };
    let other = || UnknownPart::Other {
        message: message.to_owned(),
    };
    Some(
        input_field()
            .or_else(|| part_of_document(message))
            .unwrap_or_else(other),
    )
}

/// Parses a message about a document. The names are in quotation marks, and suggestions may follow them.
fn part_of_document(message: &str) -> Option<UnknownPart> {
    let mut names = message.split('"').skip(1).step_by(2).map(str::to_owned);
    Some(if message.starts_with("Cannot query field ") {
        UnknownPart::Field {
            field: names.next()?,
            on: names.next()?,
        }
    } else if message.starts_with("Unknown argument ") {
        let (argument, field) = (names.next()?, names.next()?);
        // Older versions of graphql-js write: on field "list" of type "PageQuery".
        let of = if message.contains("\" of type \"") {
            format!("{}.{field}", names.next()?)
        } else {
            field
        };
        UnknownPart::Argument { argument, of }
    } else if message.starts_with("Unknown type ") {
        UnknownPart::Type {
            name: names.next()?,
        }
    } else {
        return None;
    })
}
