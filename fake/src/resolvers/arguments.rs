//! The arguments of a field, coerced already: absent, null or a value of the declared type.

use apollo_compiler::response::{JsonMap, JsonValue};

/// The arguments of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments<'a>(&'a JsonMap);

impl<'a> Arguments<'a> {
    pub(crate) fn new(arguments: &'a JsonMap) -> Self {
        Self(arguments)
    }

    /// The value as it came; `None` where the argument is absent.
    pub(crate) fn raw(self, name: &str) -> Option<&'a JsonValue> {
        self.0.get(name)
    }

    /// A text; `None` where it is absent or null.
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.raw(name).and_then(JsonValue::as_str)
    }

    /// A text that counts as absent when it is empty, as it does for JavaScript.
    pub(crate) fn filled(self, name: &str) -> Option<&'a str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A number; `None` where it is absent or null.
    pub(crate) fn int(self, name: &str) -> Option<i64> {
        self.raw(name).and_then(JsonValue::as_i64)
    }

    /// A truth value; absent and null count as false.
    pub(crate) fn flag(self, name: &str) -> bool {
        self.raw(name)
            .and_then(JsonValue::as_bool)
            .unwrap_or_default()
    }

    /// A list of numbers without its nulls; `None` where it is absent or null.
    pub(crate) fn ints(self, name: &str) -> Option<Vec<i64>> {
        let values = self.raw(name)?.as_array()?;
        Some(values.iter().filter_map(JsonValue::as_i64).collect())
    }

    /// A list of texts, a null among them read as the empty text; `None` where it is absent or null.
    pub(crate) fn texts(self, name: &str) -> Option<Vec<&'a str>> {
        let values = self.raw(name)?.as_array()?;
        Some(
            values
                .iter()
                .map(|value| value.as_str().unwrap_or_default())
                .collect(),
        )
    }
}
