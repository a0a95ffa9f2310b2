//! Validates that each value has the type that its place requires.

use super::{Validator, variables::Usage};
use crate::{
    document::{Argument, Type, Value, ValueKind, parser::excerpt},
    schema::Kind,
    suggest::{did_you_mean, one_of},
};

impl<'a> Validator<'a> {
    /// Validates a value. `place` is the name of its place in messages.
    pub(super) fn value(&mut self, value: &'a Value, ty: &'a Type, has_default: bool, place: &str) {
        if let ValueKind::Variable(name) = &value.kind {
            return self.usage(Usage {
                name,
                span: value.span,
                ty: Some(ty),
                has_default,
                is_one_of: false,
                place: place.to_owned(),
            });
        }
        match (&value.kind, ty) {
            (ValueKind::Null, Type::NonNull(_)) => self.wrong(value, ty, place, None),
            (ValueKind::Null, _) => {}
            (_, Type::NonNull(inner)) => self.value(value, inner, false, place),
            (ValueKind::List(items), Type::List(item)) => {
                let place = format!("an item of {place}");
                for value in items {
                    self.value(value, item, false, &place);
                }
            }
            // A single value is coerced to a list of one item.
            (_, Type::List(item)) => self.value(value, item, false, place),
            (_, Type::Named(name)) => self.named(value, name, ty, place),
        }
    }

    fn named(&mut self, value: &'a Value, name: &'a str, ty: &Type, place: &str) {
        let Some(definition) = self.schema.get(name) else {
            return self.record_variables_of_value(value);
        };
        match &definition.kind {
            Kind::Scalar => self.scalar(value, name, ty, place),
            Kind::Enum { values } => {
                let names = || values.iter().map(|it| it.name.as_str());
                match &value.kind {
                    ValueKind::Enum(given) if names().any(|it| it == given) => {
                        let known = values.iter().find(|it| it.name == *given);
                        let reason = known.and_then(|it| it.deprecated.as_ref());
                        self.deprecated(value.span, reason, || format!("`{name}.{given}`"));
                    }
                    ValueKind::Enum(given) => {
                        let help = did_you_mean(given, names())
                            .or_else(|| Some(format!("it is {}", one_of(names()))));
                        let message = format!("the enum `{name}` does not have a value `{given}`");
                        self.report("UndefinedEnumValue", value.span, message, help);
                    }
                    _ => {
                        let text = self
                            .documents
                            .slice(self.file, value.span)
                            .trim_matches('"');
                        let known = names().find(|it| it.eq_ignore_ascii_case(text));
                        let help = known.map_or_else(
                            || format!("it is {}", one_of(names())),
                            |it| format!("write `{it}`"),
                        );
                        self.wrong(value, ty, place, Some(help));
                    }
                }
            }
            Kind::Input { fields } => {
                let ValueKind::Object(given) = &value.kind else {
                    let required = fields.iter().filter(|it| it.is_required());
                    let names: Vec<String> = required.map(|it| format!("{}: …", it.name)).collect();
                    let help = format!("write `{{ {} }}`", names.join(", "));
                    self.wrong(value, ty, place, Some(help));
                    return self.record_variables_of_value(value);
                };
                self.given(
                    given,
                    fields,
                    value.span,
                    (&format!("the input `{name}`"), true),
                );
                if definition.is_one_of {
                    self.one_of(value, given, name);
                }
            }
            _ => self.record_variables_of_value(value),
        }
    }

    fn scalar(&mut self, value: &'a Value, name: &str, ty: &Type, place: &str) {
        let text = self.documents.slice(self.file, value.span);
        let (fits, help) = match (name, &value.kind) {
            ("Int", ValueKind::Int) => (
                text.parse::<i32>().is_ok(),
                Some("an `Int` has 32 bits: -2147483648 to 2147483647".to_owned()),
            ),
            ("Float", ValueKind::Int | ValueKind::Float) => (
                text.parse::<f64>().is_ok_and(f64::is_finite),
                Some("a `Float` is finite".to_owned()),
            ),
            ("String" | "ID", ValueKind::String)
            | ("ID", ValueKind::Int)
            | ("Boolean", ValueKind::Boolean) => (true, None),
            ("Int" | "Float" | "Boolean", ValueKind::String) => {
                let inner = text.trim_matches('"');
                let is_one = match name {
                    "Int" => inner.parse::<i32>().is_ok(),
                    "Float" => inner.parse::<f64>().is_ok_and(f64::is_finite),
                    _ => matches!(inner, "true" | "false"),
                };
                (false, is_one.then(|| format!("write {inner}")))
            }
            ("Int", ValueKind::Float) => (
                false,
                Some("an `Int` has no point and no exponent".to_owned()),
            ),
            ("Boolean", _) => (false, Some("write `true` or `false`".to_owned())),
            ("Int" | "Float", _) | ("String" | "ID", ValueKind::List(_) | ValueKind::Object(_)) => {
                (false, None)
            }
            ("String" | "ID", _) => (false, Some(format!("write \"{}\"", excerpt(text)))),
            // Only the server knows the values of a custom scalar.
            _ => return self.record_variables_of_value(value),
        };
        if !fits {
            self.wrong(value, ty, place, help);
        }
        self.record_variables_of_value(value);
    }

    fn wrong(&mut self, value: &Value, ty: &Type, place: &str, help: Option<String>) {
        let text = excerpt(self.documents.slice(self.file, value.span));
        let message = match value.kind {
            ValueKind::Null => format!("{place} cannot be null: it is a `{ty}`"),
            _ => format!("{place} is a `{ty}`, and `{text}` is none"),
        };
        let help = help.or_else(|| {
            matches!(value.kind, ValueKind::Null)
                .then(|| "give a value, or leave it out if it has a default".to_owned())
        });
        self.report("UnsupportedValueType", value.span, message, help);
    }

    /// Validates that exactly one field of a `@oneOf` input is given, and is not null.
    fn one_of(&mut self, value: &'a Value, given: &'a [Argument], of: &str) {
        let help = "exactly one of its fields is given, and it is not null";
        let [field] = given else {
            let message = format!("the input `{of}` is given {} fields", given.len());
            return self.report("OneOf", value.span, message, help);
        };
        match &field.value.kind {
            ValueKind::Null => {
                let message = format!("the only field of the input `{of}` is null");
                self.report("OneOf", field.value.span, message, help);
            }
            ValueKind::Variable(_) => {
                if let Some(usage) = self.usages.last_mut() {
                    usage.is_one_of = true;
                }
            }
            _ => {}
        }
    }

    /// Records the variables in a value whose type is not known.
    pub(super) fn record_variables_of_value(&mut self, value: &'a Value) {
        match &value.kind {
            ValueKind::Variable(name) => self.usage(Usage {
                name,
                span: value.span,
                ty: None,
                has_default: false,
                is_one_of: false,
                place: String::new(),
            }),
            ValueKind::List(items) => items
                .iter()
                .for_each(|it| self.record_variables_of_value(it)),
            ValueKind::Object(fields) => fields
                .iter()
                .for_each(|it| self.record_variables_of_value(&it.value)),
            _ => {}
        }
    }
}
