//! Classification of schema changes by their effect on existing clients.

use std::{collections::BTreeSet, path::Path};

use apollo_compiler::ast::{Definition, Type};
use graphql_schema_diff::ChangeKind;

use super::folder;

/// Returns the names of the input objects of both schemas. Their fields are sent and not read, so that other
/// changes break a client.
pub(crate) fn input_types(old: &str, new: &str) -> BTreeSet<String> {
    let definitions = [old, new]
        .into_iter()
        .flat_map(|sdl| folder::parse(sdl, Path::new("schema.graphql")).unwrap_or_default());
    definitions
        .filter_map(|definition| match definition {
            Definition::InputObjectTypeDefinition(it) => Some(it.name.to_string()),
            _ => None,
        })
        .collect()
}

/// Returns the reason why a change breaks a client; `None` if it does not.
pub(crate) fn why(
    kind: ChangeKind,
    is_input: bool,
    old: Option<&str>,
    new: Option<&str>,
) -> Option<&'static str> {
    use ChangeKind as Kind;
    match kind {
        Kind::RemoveObjectType
        | Kind::RemoveUnion
        | Kind::RemoveEnum
        | Kind::RemoveScalar
        | Kind::RemoveInterface
        | Kind::RemoveInputObject => Some("documents that name the type are refused"),
        Kind::RemoveField if is_input => Some("a value that sends the field is refused"),
        Kind::RemoveField => Some("documents that select the field are refused"),
        Kind::RemoveFieldArgument => Some("documents with the argument are refused"),
        Kind::RemoveEnumValue => Some("a request that sends the value is refused"),
        Kind::RemoveUnionMember | Kind::RemoveInterfaceImplementation => {
            Some("fragments on the type are refused where it is no longer possible")
        }
        Kind::ChangeQueryType | Kind::ChangeMutationType | Kind::ChangeSubscriptionType => {
            Some("operations run on another type")
        }
        Kind::AddField if is_input && is_required(new) => {
            Some("a value without the new field is refused")
        }
        Kind::AddFieldArgument if is_required(new) => {
            Some("documents without the new argument are refused")
        }
        // The text of the change does not show whether the argument is required, but its type does.
        Kind::RemoveFieldArgumentDefault => {
            Some("documents that omit the argument are refused, unless null is allowed")
        }
        Kind::ChangeFieldType if is_input => {
            (!accepts(new, old)).then_some("values of the old type are refused")
        }
        Kind::ChangeFieldArgumentType => {
            (!accepts(new, old)).then_some("variables of the old type are refused")
        }
        Kind::ChangeFieldType => {
            (!accepts(old, new)).then_some("responses do not have the type that the client decodes")
        }
        _ => None,
    }
}

/// Returns `true` if a definition such as `limit: Int!` requires a value.
fn is_required(definition: Option<&str>) -> bool {
    let Some(definition) = definition else {
        return false;
    };
    let document = format!("input I {{ {definition} }}");
    match folder::parse(&document, Path::new("field"))
        .unwrap_or_default()
        .as_slice()
    {
        [Definition::InputObjectTypeDefinition(it)] => it
            .fields
            .first()
            .is_some_and(|field| field.ty.is_non_null() && field.default_value.is_none()),
        _ => false,
    }
}

/// Returns `true` if an argument or variable of type `place` accepts all values of type `value`.
fn accepts(place: Option<&str>, value: Option<&str>) -> bool {
    let parse = |ty: Option<&str>| Type::parse(ty?, "type").ok();
    match (parse(place), parse(value)) {
        (Some(place), Some(value)) => fits(&place, &value),
        _ => false,
    }
}

fn fits(place: &Type, value: &Type) -> bool {
    match (place, value) {
        (Type::Named(a), Type::Named(b) | Type::NonNullNamed(b))
        | (Type::NonNullNamed(a), Type::NonNullNamed(b)) => a == b,
        (Type::List(a), Type::List(b) | Type::NonNullList(b))
        | (Type::NonNullList(a), Type::NonNullList(b)) => fits(a, b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{accepts, is_required};

    #[test]
    fn a_type_accepts_stricter_types() {
        for (place, value, expected) in [
            ("Int", "Int!", true),
            ("Int!", "Int", false),
            ("[Int]", "[Int!]!", true),
            ("[Int!]", "[Int]", false),
            ("Int", "String", false),
            ("Int", "[Int]", false),
        ] {
            assert_eq!(
                accepts(Some(place), Some(value)),
                expected,
                "{place} {value}"
            );
        }
    }

    #[test]
    fn a_default_makes_an_argument_optional() {
        assert!(is_required(Some("limit: Int!")));
        assert!(!is_required(Some("limit: Int! = 5")));
        assert!(!is_required(Some("limit: Int")));
    }
}
