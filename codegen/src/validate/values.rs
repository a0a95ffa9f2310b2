//! Validates that each value has the type that its place requires.

use super::{Validator, variables::Usage};
use crate::{
    document::{
        Argument, Type, Value, ValueKind,
        parser::{Parser, excerpt},
    },
    schema::{EnumValue, Kind, Schema},
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
            // A null is null for a list as well, and not a list of one null.
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
        match definition.kind {
            Kind::Scalar => self.scalar(value, name, ty, place),
            Kind::Enum => self.enum_value(value, &definition.values, (name, ty), place),
            Kind::Input => {
                let fields = &definition.input_fields;
                let ValueKind::Object(given) = &value.kind else {
                    let required = fields.iter().filter(|it| it.is_required());
                    let names: Vec<String> = required.map(|it| format!("{}: …", it.name)).collect();
                    let help = format!("write `{{ {} }}`", names.join(", "));
                    self.wrong(value, ty, place, Some(help));
                    return self.record_variables_of_value(value);
                };
                let of = format!("the input `{name}`");
                self.given(given, fields, value.span, (&of, true));
                if definition.is_one_of {
                    self.one_of(value, given, name);
                }
            }
            _ => self.record_variables_of_value(value),
        }
    }

    fn enum_value(
        &mut self,
        value: &'a Value,
        known: &[EnumValue],
        (name, ty): (&str, &Type),
        place: &str,
    ) {
        let names = || known.iter().map(|it| it.name.as_str());
        let all = || format!("it is {}", one_of(names()));
        let ValueKind::Enum(given) = &value.kind else {
            // Enum values are strings in JSON and in variables, so that many are written with quotes.
            let text = self.file.slice(value.span).trim_matches('"');
            let meant = names().find(|it| it.eq_ignore_ascii_case(text));
            let help = meant.map_or_else(all, |it| format!("write `{it}`"));
            return self.wrong(value, ty, place, Some(help));
        };
        if let Some(known) = known.iter().find(|it| it.name == *given) {
            let reason = known.deprecated.as_ref();
            return self.deprecated(value.span, reason, || format!("`{name}.{given}`"));
        }
        let help = did_you_mean(given, names()).unwrap_or_else(all);
        let message = format!("the enum `{name}` does not have a value `{given}`");
        self.report("UndefinedEnumValue", value.span, message, help);
    }

    fn scalar(&mut self, value: &'a Value, name: &str, ty: &Type, place: &str) {
        self.record_variables_of_value(value);
        let text = self.file.slice(value.span);
        if scalar_fits(name, &value.kind, text) {
            return;
        }
        let help = match (name, &value.kind) {
            ("Int" | "Float" | "Boolean", ValueKind::String) => {
                // `"5"` is probably a 5 that was quoted by mistake.
                let inner = text.trim_matches('"');
                let parsed = Parser::new(inner).and_then(|mut it| it.value());
                let fits = parsed.is_ok_and(|it| scalar_fits(name, &it.kind, inner));
                fits.then(|| format!("write {inner}"))
            }
            ("Int", ValueKind::Int) => {
                Some("an `Int` has 32 bits: -2147483648 to 2147483647".to_owned())
            }
            ("Int", ValueKind::Float) => Some("an `Int` has no point and no exponent".to_owned()),
            ("Float", ValueKind::Int | ValueKind::Float) => Some("a `Float` is finite".to_owned()),
            ("Boolean", _) => Some("write `true` or `false`".to_owned()),
            ("Int" | "Float", _) | (_, ValueKind::List(_) | ValueKind::Object(_)) => None,
            _ => Some(format!("write \"{}\"", excerpt(text))),
        };
        self.wrong(value, ty, place, help);
    }

    fn wrong(&mut self, value: &Value, ty: &Type, place: &str, help: Option<String>) {
        let text = excerpt(self.file.slice(value.span));
        let message = match value.kind {
            ValueKind::Null => format!("{place} cannot be null: it is a `{ty}`"),
            _ => format!("{place} is a `{ty}`, and `{text}` is none"),
        };
        let null = "give a value, or leave it out if it has a default";
        let is_null = matches!(value.kind, ValueKind::Null);
        let help = help.or_else(|| is_null.then(|| null.to_owned()));
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
                // The fields have been validated, so this variable was recorded last.
                if let Some(usage) = self.usages.last_mut() {
                    usage.is_one_of = true;
                }
            }
            _ => {}
        }
    }

    /// Records the variables in a value whose type is not known.
    pub(super) fn record_variables_of_value(&mut self, value: &'a Value) {
        value.variables(&mut |name, span| {
            self.usage(Usage {
                name,
                span,
                ty: None,
                has_default: false,
                is_one_of: false,
                place: String::new(),
            });
        });
    }
}

/// Returns `true` if the value can be coerced to the scalar.
fn scalar_fits(scalar: &str, kind: &ValueKind, text: &str) -> bool {
    match (scalar, kind) {
        ("Int", ValueKind::Int) => text.parse::<i32>().is_ok(),
        ("Float", ValueKind::Int | ValueKind::Float) => {
            text.parse::<f64>().is_ok_and(f64::is_finite)
        }
        ("Boolean", ValueKind::Boolean) => matches!(text, "true" | "false"),
        // An ID is sent as a string, but can be written as a number of any size.
        ("ID", ValueKind::Int) | ("String" | "ID", ValueKind::String) => true,
        // Only the server knows the values of a custom scalar.
        _ => !Schema::is_built_in(scalar),
    }
}
