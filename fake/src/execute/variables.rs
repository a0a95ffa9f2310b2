//! The validation of variables, with the messages of graphql-js 15.

use crate::document::refusal;
use apollo_compiler::ast::Type;
use apollo_compiler::executable::Operation;
use apollo_compiler::response::serde_json_bytes::ByteString;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::Value;

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
                let mut checker = Checker {
                    schema,
                    variable: name,
                    problems: Vec::new(),
                };
                checker.check(ty, value, "");
                let problems = checker.problems.into_iter();
                problems
                    .map(|problem| (problem, "BAD_USER_INPUT"))
                    .collect()
            }
        };
        // graphql-js reports the position of the definition, which begins with the dollar sign.
        let location = variable
            .location()
            .and_then(|span| span.line_column(&document.sources));
        let locations = Vec::from_iter(location);
        let refuse = |(message, code): (String, _)| refusal(&message, &locations, code);
        errors.extend(found.into_iter().map(refuse));
    }
    errors
}

/// The check of the value of a variable.
struct Checker<'a> {
    schema: &'a Schema,
    variable: &'a str,
    problems: Vec<String>,
}

impl Checker<'_> {
    /// Reports a value at a place in that of the variable, such as `.items[0]`, or empty.
    fn report(&mut self, value: &JsonValue, place: &str, reason: &str) {
        let name = self.variable;
        let at = match place {
            "" => String::new(),
            place => format!(" at \"{name}{place}\""),
        };
        let problem = format!("Variable \"${name}\" got invalid value {value}{at}; {reason}");
        self.problems.push(problem);
    }

    fn check(&mut self, ty: &Type, value: &JsonValue, place: &str) {
        if value.is_null() {
            if ty.is_non_null() {
                let reason = format!("Expected non-nullable type \"{ty}\" not to be null.");
                self.report(value, place, &reason);
            }
            return;
        }
        let name = match ty {
            Type::Named(name) | Type::NonNullNamed(name) => name,
            Type::List(item) | Type::NonNullList(item) => {
                // A single value is coerced to a list of one item.
                let Some(values) = value.as_array() else {
                    return self.check(item, value, place);
                };
                for (index, value) in values.iter().enumerate() {
                    self.check(item, value, &format!("{place}[{index}]"));
                }
                return;
            }
        };
        match self.schema.types.get(name) {
            Some(ExtendedType::InputObject(input)) => self.check_fields(input, value, place),
            Some(ExtendedType::Enum(definition)) => match value.as_str() {
                Some(text) if definition.values.contains_key(text) => {}
                Some(text) => {
                    let reason = format!("Value \"{text}\" does not exist in \"{name}\" enum.");
                    self.report(value, place, &reason);
                }
                None => {
                    let what = "cannot represent non-string value";
                    let reason = format!("Enum \"{name}\" {what}: {value}.");
                    self.report(value, place, &reason);
                }
            },
            _ => {
                if let Some(what) = scalar(name, value) {
                    self.report(
                        value,
                        place,
                        &format!("{name} cannot represent {what}: {value}"),
                    );
                }
            }
        }
    }

    fn check_fields(&mut self, input: &InputObjectType, value: &JsonValue, place: &str) {
        let name = &input.name;
        let Some(fields) = value.as_object() else {
            let reason = format!("Expected type \"{name}\" to be an object.");
            return self.report(value, place, &reason);
        };
        for (field, definition) in &input.fields {
            let ty = &definition.ty;
            match fields.get(field.as_str()) {
                Some(inner) => self.check(ty, inner, &format!("{place}.{field}")),
                None if definition.is_required() => {
                    let what = "was not provided";
                    let reason = format!("Field \"{field}\" of required type \"{ty}\" {what}.");
                    self.report(value, place, &reason);
                }
                None => {}
            }
        }
        for key in fields.keys().map(ByteString::as_str) {
            if !input.fields.contains_key(key) {
                let reason = format!("Field \"{key}\" is not defined by type \"{name}\".");
                self.report(value, place, &reason);
            }
        }
    }
}

/// Returns what a value is that is invalid for a built-in scalar. Other scalars, such as `Date`, allow anything.
fn scalar(name: &str, value: &JsonValue) -> Option<&'static str> {
    match name {
        "Int" => match value.as_i64() {
            Some(number) if i32::try_from(number).is_ok() => None,
            Some(_) => Some("non 32-bit signed integer value"),
            None => Some("non-integer value"),
        },
        "Float" if !value.is_number() => Some("non numeric value"),
        "String" if !value.is_string() => Some("a non string value"),
        "Boolean" if !value.is_boolean() => Some("a non boolean value"),
        "ID" if !value.is_string() && !value.is_i64() => Some("value"),
        _ => None,
    }
}
