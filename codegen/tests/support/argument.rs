//! A copy of `wikijs_client::api::Argument`: omitted, null, or a value.

use serde::{Serialize, Serializer};

/// An argument that is omitted, null, or a value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Argument<T> {
    /// Omitted.
    #[default]
    Omit,
    /// Null.
    Null,
    /// A value.
    Value(T),
}

impl<T> Argument<T> {
    /// Returns `true` if it is omitted.
    pub fn is_omitted(&self) -> bool {
        matches!(self, Self::Omit)
    }
}

impl<T> From<T> for Argument<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Argument<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Omit | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
