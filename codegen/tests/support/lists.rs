//! What decodes lists, as the functions that `wikijs_client` has for generated code.

use serde::{Deserialize, Deserializer};

/// A list.
///
/// # Errors
///
/// Those of the deserializer.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Vec::deserialize(from)
}

/// A list or null.
///
/// # Errors
///
/// Those of the deserializer.
pub fn nullable_list<'de, D, T>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from)
}
