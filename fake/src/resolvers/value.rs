//! Values of fields: a plain tree, from which the executor takes the selected fields.

use crate::errors::Failure;
use apollo_compiler::response::JsonValue;
use serde_json::Value;
use std::borrow::Cow;

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
pub(crate) struct Object(Vec<(Cow<'static, str>, FieldValue)>);

impl Object {
    /// Adds a field, which is ignored if there is one of this name. Names are compared without case and underscores, so
    /// that a Rust field can name a GraphQL field.
    #[must_use]
    pub(crate) fn with(
        mut self,
        field: impl Into<Cow<'static, str>>,
        value: impl Into<FieldValue>,
    ) -> Self {
        self.0.push((field.into(), value.into()));
        self
    }

    /// Adds the fields of a JSON object.
    #[must_use]
    pub(crate) fn with_all(self, fields: &Value) -> Self {
        let fields = fields.as_object().into_iter().flatten();
        fields.fold(self, |object, (name, value)| {
            object.with(name.clone(), value)
        })
    }

    /// Adds the fields of another object.
    #[must_use]
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
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
}

impl From<Value> for FieldValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(value) => value.into(),
            Value::Number(value) => value.as_i64().into(),
            Value::String(value) => value.into(),
            Value::Array(values) => values.into(),
            Value::Object(_) => Object::default().with_all(&value).into(),
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

impl<T: Clone> From<&T> for FieldValue
where
    Self: From<T>,
{
    fn from(value: &T) -> Self {
        Self::from(value.clone())
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
