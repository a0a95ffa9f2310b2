//! What a resolver gives: a plain tree of values, from which the executor takes the fields that were selected.

use crate::errors::Failure;
use apollo_compiler::response::JsonValue;

/// The value of a field.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A scalar, an enumeration value or null.
    Leaf(JsonValue),
    /// An object.
    Record(Record),
    /// A list.
    List(Vec<Answer>),
    /// A field that fails when it is selected.
    Fail(Failure),
}

/// The fields of an object. A field that it has not is null.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record(Vec<(&'static str, Answer)>);

impl Record {
    /// Adds a field.
    #[must_use]
    pub(crate) fn with(mut self, field: &'static str, value: impl Into<Answer>) -> Self {
        self.0.push((field, value.into()));
        self
    }

    /// A field's value.
    pub(crate) fn get(&self, field: &str) -> Answer {
        self.0
            .iter()
            .find(|(name, _)| *name == field)
            .map_or(Answer::NULL, |(_, value)| value.clone())
    }
}

impl Answer {
    /// GraphQL's null.
    pub(crate) const NULL: Self = Self::Leaf(JsonValue::Null);

    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(JsonValue::Null))
    }
}

/// Writes a [`Record`] as `record! { "id" => 1, "path" => "home" }`.
macro_rules! record {
    ($($field:literal => $value:expr),* $(,)?) => {
        $crate::execute::Record::default()$(.with($field, $value))*
    };
}
pub(crate) use record;

macro_rules! leaf_from {
    ($($type:ty),*) => {
        $(impl From<$type> for Answer {
            fn from(value: $type) -> Self {
                Self::Leaf(value.into())
            }
        })*
    };
}
leaf_from!(i64, bool, String, &str, JsonValue);

impl From<&String> for Answer {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<usize> for Answer {
    fn from(value: usize) -> Self {
        Self::from(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<Record> for Answer {
    fn from(value: Record) -> Self {
        Self::Record(value)
    }
}

impl From<Failure> for Answer {
    fn from(value: Failure) -> Self {
        Self::Fail(value)
    }
}

impl<T: Into<Answer>> From<Option<T>> for Answer {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NULL, Into::into)
    }
}

impl<T: Into<Answer>> From<Vec<T>> for Answer {
    fn from(value: Vec<T>) -> Self {
        value.into_iter().collect()
    }
}

impl<T: Into<Answer>> FromIterator<T> for Answer {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
