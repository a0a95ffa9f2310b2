//! Values of fields: a plain tree, from which the executor takes the selected fields.

use crate::errors::Failure;
use apollo_compiler::response::JsonValue;

/// The value of a field.
#[derive(Debug, Clone)]
pub(crate) enum FieldValue {
    /// A scalar, an enumeration value or null.
    Leaf(JsonValue),
    /// An object.
    Object(Object),
    /// A list.
    List(Vec<FieldValue>),
    /// A field that fails when it is selected.
    Fail(Failure),
}

/// The fields of an object. A missing field is null.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object(Vec<(&'static str, FieldValue)>);

impl Object {
    /// Adds a field. Names are compared without case and underscores, so that a Rust field can name a GraphQL field.
    #[must_use]
    pub(crate) fn with(mut self, field: &'static str, value: impl Into<FieldValue>) -> Self {
        self.0.push((field, value.into()));
        self
    }

    /// Returns the value of a field.
    pub(crate) fn get(&self, field: &str) -> FieldValue {
        let fields = &mut self.0.iter();
        let found = fields.find(|(name, _)| *name == field || is_same_name(name, field));
        found.map_or(FieldValue::NULL, |(_, value)| value.clone())
    }
}

/// Returns whether `is_published` and `isPublished` are the same name.
fn is_same_name(rust: &str, graphql: &str) -> bool {
    let mut rust = rust.bytes().filter(|byte| *byte != b'_');
    let same = graphql.bytes().all(|byte| {
        let own = rust.next();
        own.is_some_and(|own| own.eq_ignore_ascii_case(&byte))
    });
    same && rust.next().is_none()
}

impl FieldValue {
    /// GraphQL's null.
    pub(crate) const NULL: Self = Self::Leaf(JsonValue::Null);

    /// Returns whether the value is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(JsonValue::Null))
    }

    /// Returns the value of a setting that is stored as JSON. Objects are not values of any setting.
    pub(crate) fn of_json(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Bool(value) => value.into(),
            Value::Number(value) => value.as_i64().into(),
            Value::String(value) => value.into(),
            Value::Array(values) => Self::List(values.iter().map(Self::of_json).collect()),
            Value::Null | Value::Object(_) => Self::NULL,
        }
    }
}

/// Creates an [`Object`] of fields of a struct, of named values, or of both:
/// `object! { page [id, path], "title" => "Home" }`.
macro_rules! object {
    ($from:ident [$($own:ident),* $(,)?] $(, $field:literal => $value:expr)* $(,)?) => {
        $crate::resolvers::Object::default()
            $(.with(stringify!($own), &$from.$own))*
            $(.with($field, $value))*
    };
    ($($field:literal => $value:expr),* $(,)?) => {
        $crate::resolvers::Object::default()$(.with($field, $value))*
    };
}
pub(crate) use object;

macro_rules! leaf_from {
    ($($type:ty),*) => {
        $(impl From<$type> for FieldValue {
            fn from(value: $type) -> Self {
                Self::Leaf(value.into())
            }
        })*
    };
}
leaf_from!(i64, bool, String, &str, JsonValue);

macro_rules! from_reference {
    ($($type:ty, $value:ident => $owned:expr;)*) => {
        $(impl From<&$type> for FieldValue {
            fn from($value: &$type) -> Self {
                Self::from($owned)
            }
        }

        #[allow(clippy::ref_option_ref, reason = "one of the types is a reference")]
        impl From<&Option<$type>> for FieldValue {
            fn from(value: &Option<$type>) -> Self {
                value.as_ref().map_or(Self::NULL, Self::from)
            }
        }

        impl From<&Vec<$type>> for FieldValue {
            fn from(values: &Vec<$type>) -> Self {
                values.iter().collect()
            }
        })*
    };
}
from_reference! {
    i64, value => *value;
    bool, value => *value;
    String, value => value.as_str();
    &'static str, value => *value;
}

impl From<&Option<Vec<String>>> for FieldValue {
    fn from(value: &Option<Vec<String>>) -> Self {
        value.as_ref().map_or(Self::NULL, Self::from)
    }
}

impl From<usize> for FieldValue {
    fn from(value: usize) -> Self {
        Self::from(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<Object> for FieldValue {
    fn from(value: Object) -> Self {
        Self::Object(value)
    }
}

impl From<Failure> for FieldValue {
    fn from(value: Failure) -> Self {
        Self::Fail(value)
    }
}

impl<T: Into<FieldValue>> From<Option<T>> for FieldValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NULL, Into::into)
    }
}

impl<T: Into<FieldValue>> From<Vec<T>> for FieldValue {
    fn from(value: Vec<T>) -> Self {
        value.into_iter().collect()
    }
}

impl<T: Into<FieldValue>> FromIterator<T> for FieldValue {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
