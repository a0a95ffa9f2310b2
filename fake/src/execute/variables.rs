//! The validation of variables, with the messages of graphql-js 15.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::Operation;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};

/// Returns the errors of `values` as variables of an operation.
pub(super) fn check(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Operation,
    values: &JsonMap,
) -> Vec<Value> {
    let mut errors = Vec::new();
    for variable in &operation.variables {
        let name = &variable.name;
        let ty = &variable.ty;
        let value = values.get(name.as_str());
        let found: Vec<(String, &str)> = match value {
            None if variable.default_value.is_none() && ty.is_non_null() => vec![(
                format!("Variable \"${name}\" of required type \"{ty}\" was not provided."),
                "INTERNAL_SERVER_ERROR",
            )],
            None => Vec::new(),
            Some(JsonValue::Null) if ty.is_non_null() => vec![(
                format!("Variable \"${name}\" of non-null type \"{ty}\" must not be null."),
                "INTERNAL_SERVER_ERROR",
            )],
            Some(value) => {
                let mut problems = Vec::new();
                Checker { schema }.check(ty, value, "", &mut problems);
                problems
                    .into_iter()
                    .map(|problem| (problem.show(name), "BAD_USER_INPUT"))
                    .collect()
            }
        };
        // graphql-js reports the position of the definition, which begins with the dollar sign.
        let location = variable
            .location()
            .and_then(|span| span.line_column(&document.sources));
        let locations: Vec<_> = location.into_iter().collect();
        errors.extend(found.into_iter().map(|(message, code)| {
            json!({"message": message, "locations": locations, "extensions": {"code": code}})
        }));
    }
    errors
}

struct Problem {
    value: JsonValue,
    /// Path in the value of the variable, such as `.items[0]`, or empty.
    place: String,
    reason: String,
}

impl Problem {
    fn show(&self, variable: &str) -> String {
        let Self {
            value,
            place,
            reason,
        } = self;
        if place.is_empty() {
            format!("Variable \"${variable}\" got invalid value {value}; {reason}")
        } else {
            format!(
                "Variable \"${variable}\" got invalid value {value} at \"{variable}{place}\"; {reason}"
            )
        }
    }
}

struct Checker<'a> {
    schema: &'a Schema,
}

impl Checker<'_> {
    fn check(&self, ty: &Type, value: &JsonValue, place: &str, problems: &mut Vec<Problem>) {
        let mut report = |value: &JsonValue, reason: String| {
            problems.push(Problem {
                value: value.clone(),
                place: place.to_owned(),
                reason,
            });
        };
        if value.is_null() {
            if ty.is_non_null() {
                report(
                    value,
                    format!("Expected non-nullable type \"{ty}\" not to be null."),
                );
            }
            return;
        }
        let name = match ty {
            Type::List(item) | Type::NonNullList(item) => {
                match value {
                    JsonValue::Array(values) => {
                        for (index, value) in values.iter().enumerate() {
                            self.check(item, value, &format!("{place}[{index}]"), problems);
                        }
                    }
                    // A single value is coerced to a list of one item.
                    value => self.check(item, value, place, problems),
                }
                return;
            }
            Type::Named(name) | Type::NonNullNamed(name) => name,
        };
        match self.schema.types.get(name) {
            Some(ExtendedType::InputObject(input)) => {
                let JsonValue::Object(fields) = value else {
                    report(value, format!("Expected type \"{name}\" to be an object."));
                    return;
                };
                for (field, definition) in &input.fields {
                    match fields.get(field.as_str()) {
                        Some(inner) => {
                            self.check(
                                &definition.ty,
                                inner,
                                &format!("{place}.{field}"),
                                problems,
                            );
                        }
                        None if definition.is_required() => problems.push(Problem {
                            value: value.clone(),
                            place: place.to_owned(),
                            reason: format!(
                                "Field \"{field}\" of required type \"{}\" was not provided.",
                                definition.ty
                            ),
                        }),
                        None => {}
                    }
                }
                for key in fields
                    .keys()
                    .filter(|key| !input.fields.contains_key(key.as_str()))
                {
                    problems.push(Problem {
                        value: value.clone(),
                        place: place.to_owned(),
                        reason: format!(
                            "Field \"{}\" is not defined by type \"{name}\".",
                            key.as_str()
                        ),
                    });
                }
            }
            Some(ExtendedType::Enum(definition)) => match value.as_str() {
                Some(text) if definition.values.contains_key(text) => {}
                Some(text) => report(
                    value,
                    format!("Value \"{text}\" does not exist in \"{name}\" enum."),
                ),
                None => report(
                    value,
                    format!("Enum \"{name}\" cannot represent non-string value: {value}."),
                ),
            },
            _ => {
                if let Some(reason) = scalar(name, value) {
                    report(value, reason);
                }
            }
        }
    }
}

/// Returns the reason for which a value is invalid for a built-in scalar. Other scalars, such as `Date`, allow
/// anything.
fn scalar(name: &str, value: &JsonValue) -> Option<String> {
    match name {
        "Int" => match value.as_i64() {
            Some(number) if i32::try_from(number).is_ok() => None,
            Some(_) => Some(format!(
                "Int cannot represent non 32-bit signed integer value: {value}"
            )),
            None => Some(format!("Int cannot represent non-integer value: {value}")),
        },
        "Float" if !value.is_number() => {
            Some(format!("Float cannot represent non numeric value: {value}"))
        }
        "String" if !value.is_string() => Some(format!(
            "String cannot represent a non string value: {value}"
        )),
        "Boolean" if !value.is_boolean() => Some(format!(
            "Boolean cannot represent a non boolean value: {value}"
        )),
        "ID" if !value.is_string() && !value.is_i64() => {
            Some(format!("ID cannot represent value: {value}"))
        }
        _ => None,
    }
}
