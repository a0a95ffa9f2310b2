//! How lists in answers are decoded, by generated code.
//!
//! `Vec` doubles its room as it grows and begins with four places: a list of 100,000 pages would take a
//! quarter more than it has, and each page's list of one or two tags twice what it has. JSON does not say
//! how long a list is, so here a small list doubles from two, and a large one grows by a quarter.

use std::{fmt, marker::PhantomData, mem::size_of};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};

/// From this size on, in bytes, a list grows by a quarter.
const LARGE: usize = 64 * 1024;

/// Decodes a list.
///
/// # Errors
///
/// Those of the deserializer and of the list's elements.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(Elements(PhantomData))
}

/// Decodes a list that may be `null`.
///
/// # Errors
///
/// As [`list`].
pub fn nullable_list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list: Option<List<T>> = Option::deserialize(deserializer)?;
    Ok(list.map(|List(elements)| elements))
}

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
                elements.reserve_exact(more_room(elements.len(), size_of::<T>()));
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

/// How many places a full list gets on top.
fn more_room(length: usize, element: usize) -> usize {
    if length.saturating_mul(element) < LARGE {
        length.max(2)
    } else {
        length / 4
    }
    .max(1)
}

/// A list as part of something else.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Answer {
        #[serde(deserialize_with = "super::list")]
        all: Vec<u64>,
        #[serde(default, deserialize_with = "super::nullable_list")]
        tags: Option<Vec<String>>,
    }

    fn decode(json: &str) -> serde_json::Result<Answer> {
        serde_json::from_str(json)
    }

    #[test]
    fn lists_null_and_nothing_are_decoded() {
        let answer = decode(r#"{"all": [1, 2, 3], "tags": ["a"]}"#).unwrap();
        assert_eq!(answer.all, [1, 2, 3]);
        assert_eq!(answer.tags, Some(vec!["a".to_owned()]));
        assert_eq!(
            decode(r#"{"all": [], "tags": null}"#).unwrap().tags,
            None,
            "null"
        );
        assert_eq!(decode(r#"{"all": []}"#).unwrap().tags, None, "left out");
        assert!(decode(r#"{"all": null}"#).is_err());
        assert!(decode(r#"{"all": ["a"]}"#).is_err());
        assert!(decode(r#"{"all": {"a": 1}}"#).is_err());
    }

    #[test]
    fn a_large_list_has_little_room_to_spare() {
        let json = serde_json::json!({"all": (0..100_000).collect::<Vec<_>>()});
        let answer = decode(&json.to_string()).unwrap();
        assert_eq!(answer.all.len(), 100_000);
        assert!(answer.all.capacity() <= 125_000);
        assert!(decode(r#"{"all": [1, 2]}"#).unwrap().all.capacity() == 2);
    }
}
