//! Decoding of the lists in responses, for generated code.
//!
//! `Vec` doubles its capacity as it grows, starting with four, because JSON does not contain the length of a list. A
//! list of 100,000 pages would reserve about a quarter more memory than it needs, and the list of one or two tags of
//! each page at least twice as much. Here a small list starts with a capacity of two and doubles, and a large list
//! grows by a quarter.

use std::{fmt, marker::PhantomData, mem::size_of};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};

/// Size in bytes above which a list grows by a quarter.
const LARGE: usize = 64 * 1024;

struct Elements<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            if elements.len() == elements.capacity() {
                elements.reserve_exact(additional_capacity(elements.len(), size_of::<T>()));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

/// Returns the capacity to add to a full list.
fn additional_capacity(length: usize, element: usize) -> usize {
    if length.saturating_mul(element) < LARGE {
        length.max(2)
    } else {
        length / 4
    }
    .max(1)
}

/// A list that is decoded with this growth of its capacity.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_seq(Elements(PhantomData))
            .map(Self)
    }
}
