//! Runtime support for generated code: decoding of objects, and implementation of operations.
//!
//! It replaces serde's derive, which generates nine functions for each decoded struct. They accounted for two thirds of
//! the compile time of generated code, and half of the memory. The macro `object!` generates three short functions
//! instead. Decoding is as fast as with the derive, because [`Object::index`] is a `match` of literals, which rustc
//! compiles to comparisons without a loop.

use std::{fmt, marker::PhantomData};

use graphql_client::GraphQLQuery;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

/// Variables of an operation without variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct NoVariables {}

impl NoVariables {
    /// Creates the empty variables.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}

/// An operation that selects exactly one field, below a root field that is never null.
pub trait SingleField: GraphQLQuery<ResponseData: Send + 'static> {
    /// Type of the field.
    type Field;

    /// Returns the field.
    fn field(data: Self::ResponseData) -> Self::Field;
}

/// An object of a response. Implemented by the macro `object!`.
pub trait Object: Sized {
    /// Returns the index of a field by its key, or `usize::MAX` if the object has no such field.
    fn index(key: &str) -> usize;

    /// Decodes the object. Returns `None` if a field could not be decoded; `fields` then contains the error.
    fn decode<'de, A: MapAccess<'de>>(fields: &mut Fields<A, A::Error>) -> Option<Self>;
}

/// Decodes an object.
///
/// # Errors
///
/// Those of the deserializer and of the object's fields.
pub fn object<'de, D: Deserializer<'de>, T: Object>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let mut fields = Fields {
            map,
            index: T::index,
            error: None,
        };
        let object = T::decode(&mut fields);
        match fields.error {
            Some(error) => Err(error),
            None => object.ok_or_else(|| Error::custom("a field is missing")),
        }
    }
}

/// The fields of an object during decoding. The first error is stored, and ends the decoding.
#[derive(Debug)]
pub struct Fields<A, E> {
    map: A,
    index: fn(&str) -> usize,
    error: Option<E>,
}

impl<'de, A: MapAccess<'de>> Fields<A, A::Error> {
    /// Returns the index of the next known key. The caller must read its value next.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "reads from a deserializer")]
    pub fn next(&mut self) -> Option<usize> {
        if self.error.is_some() {
            return None;
        }
        loop {
            match self.map.next_key_seed(Key(self.index)) {
                Ok(Some(UNKNOWN)) => {
                    let ignored = self.map.next_value();
                    let _: IgnoredAny = self.keep(ignored)?;
                }
                Ok(index) => return index,
                Err(error) => {
                    self.fail(error);
                    return None;
                }
            }
        }
    }

    #[cold]
    fn fail(&mut self, error: A::Error) {
        self.error.get_or_insert(error);
    }

    #[inline]
    fn keep<T>(&mut self, result: Result<T, A::Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Reads a value.
    #[inline]
    pub fn value<T: Deserialize<'de>>(&mut self, field: &mut Option<T>) {
        let value = self.map.next_value();
        *field = self.keep(value);
    }

    /// Reads a list.
    #[inline]
    pub fn list<T: Deserialize<'de>>(&mut self, field: &mut Option<Vec<T>>) {
        let list = self.map.next_value::<List<T>>();
        *field = self.keep(list).map(|list| list.0);
    }

    /// Reads a list that may be `null`.
    pub fn nullable_list<T: Deserialize<'de>>(&mut self, field: &mut Option<Option<Vec<T>>>) {
        let list = self.map.next_value::<Option<List<T>>>();
        *field = self.keep(list).map(|list| list.map(|list| list.0));
    }

    /// Completes a field after the last key was read. A missing field becomes `None` if it is an `Option`, and
    /// otherwise an error.
    #[inline]
    pub fn end<T: Deserialize<'de>>(&mut self, key: &'static str, value: Option<T>) -> Option<T> {
        if value.is_some() || self.error.is_some() {
            return value;
        }
        let missing = T::deserialize(Missing(key, PhantomData));
        self.keep(missing)
    }
}

/// The index of a key that an object does not have.
const UNKNOWN: usize = usize::MAX;

/// Decodes a key to its index, by [`Object::index`].
struct Key(fn(&str) -> usize);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = usize;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    #[inline]
    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        Ok((self.0)(key))
    }
}

/// Deserializer of a missing field.
struct Missing<E>(&'static str, PhantomData<E>);

impl<'de, E: Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::missing_field(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A list of a response.
///
/// `Vec` doubles its capacity as it grows, starting with four, because JSON does not contain the length of a list. A
/// list of 100,000 pages would reserve about a quarter more memory than it needs, and the list of one or two tags of
/// each page at least twice as much. Here a small list starts with a capacity of two and doubles, and a large list
/// grows by a quarter.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_seq(Elements(PhantomData))
            .map(Self)
    }
}

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

/// Implements [`Deserialize`] for a struct of a response. For each field, the arguments are its index, its key, its
/// name, and the method of [`Fields`] that reads it.
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ($name:ident $($index:literal $key:literal $field:ident $read:ident,)*) => {
        impl $crate::__codegen::Object for $name {
            fn index(key: &str) -> usize {
                match key {
                    $($key => $index,)*
                    _ => ::core::primitive::usize::MAX,
                }
            }

            #[allow(clippy::question_mark, reason = "`let … else` takes rustc less time")]
            fn decode<'de, A: $crate::__codegen::serde::de::MapAccess<'de>>(
                fields: &mut $crate::__codegen::Fields<A, A::Error>,
            ) -> ::core::option::Option<Self> {
                $(let mut $field = ::core::option::Option::None;)*
                while let ::core::option::Option::Some(index) = fields.next() {
                    match index {
                        $($index => fields.$read(&mut $field),)*
                        _ => {}
                    }
                }
                $(let ::core::option::Option::Some($field) = fields.end($key, $field) else {
                    return ::core::option::Option::None;
                };)*
                ::core::option::Option::Some(Self { $($field),* })
            }
        }

        impl<'de> $crate::__codegen::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__codegen::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__codegen::object(deserializer)
            }
        }
    };
}

/// Implements `GraphQLQuery` for an operation whose text and types are in a module.
#[doc(hidden)]
#[macro_export]
macro_rules! __operation {
    ($operation:ident $module:ident) => {
        impl $crate::__codegen::graphql_client::GraphQLQuery for $operation {
            type Variables = $module::Variables;
            type ResponseData = $module::ResponseData;

            fn build_query(
                variables: Self::Variables,
            ) -> $crate::__codegen::graphql_client::QueryBody<Self::Variables> {
                $crate::__codegen::graphql_client::QueryBody {
                    variables,
                    query: $module::QUERY,
                    operation_name: $module::OPERATION_NAME,
                }
            }
        }
    };
}
