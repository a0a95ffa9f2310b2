//! What a wiki does not know of an operation.

use std::{error::Error as StdError, fmt};

use super::{GraphQlError, GraphQlErrors};

/// The wiki does not know the operation, or not all of it, and did nothing: it is older or newer than
/// the schema that the operation was generated from.
///
/// ```
/// use wikijs_client::{Error, error::UnknownPart};
///
/// # wikijs_fake::example(async |fake| {
/// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
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
/// # Ok::<_, wikijs_client::Error>(())
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Unsupported {
    /// The operation's name.
    pub operation: String,
    /// What the wiki does not know, at least one.
    pub parts: Vec<UnknownPart>,
    /// The answer that says so.
    pub(crate) source: GraphQlErrors,
}

impl Unsupported {
    /// The errors of the answer, as the wiki wrote them.
    pub fn errors(&self) -> &[GraphQlError] {
        &self.source.errors
    }

    /// The HTTP status: 400, or 200 where the operation was one of several in a request.
    pub fn status(&self) -> u16 {
        self.source.status
    }

    /// Whether the wiki does not know this field of a type.
    pub(crate) fn lacks_field(&self, on: &str, field: &str) -> bool {
        let lacking = |part: &UnknownPart| {
            matches!(part, UnknownPart::Field { field: own, on: own_type }
                if own == field && own_type == on)
        };
        self.parts.iter().any(lacking)
    }

    /// Takes errors that are about what the wiki does not know, and gives all others back.
    pub(super) fn read(errors: GraphQlErrors) -> Result<Self, GraphQlErrors> {
        let parts: Vec<_> = errors.errors.iter().filter_map(unknown_part).collect();
        if parts.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            operation: errors.operation.clone(),
            parts,
            source: errors,
        })
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: this wiki ", self.operation)?;
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(", and it ")?;
            }
            part.fmt(f)?;
        }
        f.write_str("; its version of Wiki.js is older or newer than the schema of the operation")
    }
}

impl StdError for Unsupported {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

/// Something that an operation has and the wiki's schema has not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownPart {
    /// A field that is selected.
    Field {
        /// The field's name.
        field: String,
        /// The type that it is selected from.
        on: String,
    },
    /// An argument that is given.
    Argument {
        /// The argument's name.
        argument: String,
        /// The field that it is given to, such as `PageQuery.list`.
        of: String,
    },
    /// A field of an input object that is given.
    InputField {
        /// The field's name.
        field: String,
        /// The input object's type.
        of: String,
    },
    /// A type that is named.
    Type {
        /// The type's name.
        name: String,
    },
    /// Anything else that does not fit the wiki's schema, in the wiki's words: an argument that it
    /// demands, a type that is another.
    Other {
        /// The message.
        message: String,
    },
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

/// What graphql-js says of a document or of variables that do not fit the schema. In its words names
/// stand in quotation marks, and suggestions after them.
fn unknown_part(error: &GraphQlError) -> Option<UnknownPart> {
    let message = error.message.as_str();
    let names: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    let owned = |name: &str| name.to_owned();
    if error.apollo_code() == Some("BAD_USER_INPUT") {
        // A variable's value: only a field that is not there is a question of versions.
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
        // Older ones say: on field "list" of type "PageQuery".
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
#[allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
mod tests {
    use super::*;

    fn read(code: &str, message: &str) -> Option<UnknownPart> {
        let error = serde_json::json!({"message": message, "extensions": {"code": code}});
        unknown_part(&serde_json::from_value(error).unwrap())
    }

    #[test]
    fn the_words_of_graphql_js_are_understood() {
        let invalid = "GRAPHQL_VALIDATION_FAILED";
        let text = |name: &str| name.to_owned();
        assert_eq!(
            read(
                invalid,
                r#"Cannot query field "singleByPath" on type "PageQuery". Did you mean "single"?"#
            ),
            Some(UnknownPart::Field {
                field: text("singleByPath"),
                on: text("PageQuery")
            })
        );
        let argument = Some(UnknownPart::Argument {
            argument: text("foo"),
            of: text("PageQuery.list"),
        });
        for message in [
            r#"Unknown argument "foo" on field "PageQuery.list"."#,
            r#"Unknown argument "foo" on field "PageQuery.list". Did you mean "limit"?"#,
            r#"Unknown argument "foo" on field "list" of type "PageQuery"."#,
        ] {
            assert_eq!(read(invalid, message), argument);
        }
        assert_eq!(
            read(invalid, r#"Unknown type "Nope"."#),
            Some(UnknownPart::Type { name: text("Nope") })
        );
        let input = Some(UnknownPart::InputField {
            field: text("x"),
            of: text("PageRuleInput"),
        });
        assert_eq!(
            read(
                invalid,
                r#"Field "x" is not defined by type "PageRuleInput"."#
            ),
            input
        );
        let variable = r#"Variable "$r" got invalid value {"x":"a\"b"} at "r[0]"; Field "x" is not defined by type "PageRuleInput"."#;
        assert_eq!(read("BAD_USER_INPUT", variable), input);
        assert_eq!(
            read("BAD_USER_INPUT", r#"Variable "$n" got invalid value "x""#),
            None
        );
        let demanded =
            r#"Field "list" argument "a" of type "Int!" is required, but it was not provided."#;
        assert_eq!(
            read(invalid, demanded),
            Some(UnknownPart::Other {
                message: text(demanded)
            })
        );
        assert_eq!(read("INTERNAL_SERVER_ERROR", "Forbidden"), None);
    }
}
