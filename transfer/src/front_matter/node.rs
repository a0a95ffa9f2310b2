//! Values of front matter. Scalars keep their spelling, so that `1.10` and `007` can be used as strings.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor},
};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    /// A string, number or boolean, in its original spelling.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// A value with a custom tag (`!python/object`).
    Tagged,
}

/// The structure of a YAML value. The parser returns the spelling of a scalar only if a string is requested, so a
/// document is parsed twice: first for its structure, then for its scalars.
enum Shape {
    Null,
    Scalar,
    List(Vec<Shape>),
    Map(Vec<(String, Shape)>),
    Tagged,
}

/// Maximum nesting of brackets and braces in front matter. The parsing time grows with the square of the depth.
const MAX_NESTING: usize = 1000;

/// Parses YAML.
pub(super) fn from_yaml(text: &str) -> Result<Node, yaml_serde::Error> {
    if is_too_deep(text) {
        let problem = format!("lists and maps are nested more than {MAX_NESTING} deep");
        return Err(serde::de::Error::custom(problem));
    }
    let shape: Shape = yaml_serde::from_str(text)?;
    InShape(&shape).deserialize(yaml_serde::Deserializer::from_str(text))
}

/// Returns `true` if brackets are nested deeper than [`MAX_NESTING`].
fn is_too_deep(text: &str) -> bool {
    let mut open = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > MAX_NESTING
    })
}

/// Parses TOML.
pub(super) fn from_toml(text: &str) -> Result<Node, toml::de::Error> {
    toml::from_str::<toml::Table>(text).map(|table| Node::from(toml::Value::Table(table)))
}

impl From<toml::Value> for Node {
    fn from(value: toml::Value) -> Self {
        use toml::Value;
        match value {
            Value::String(text) => Self::Scalar(text),
            Value::Integer(number) => Self::Scalar(number.to_string()),
            Value::Float(number) => Self::Scalar(number.to_string()),
            Value::Boolean(value) => Self::Scalar(value.to_string()),
            Value::Datetime(moment) => Self::Scalar(moment.to_string()),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Table(table) => Self::Map(
                table
                    .into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}

impl From<serde_json::Value> for Node {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Scalar(value.to_string()),
            Value::Number(number) => Self::Scalar(number.to_string()),
            Value::String(text) => Self::Scalar(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Map(
                map.into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_none<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Shape::Map(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Shape, A::Error> {
        let (_, value): (IgnoredAny, _) = tagged.variant()?;
        value.newtype_variant::<IgnoredAny>()?;
        Ok(Shape::Tagged)
    }
}

/// Deserializes a value of this structure, with scalars in their original spelling.
struct InShape<'a>(&'a Shape);

impl<'de> DeserializeSeed<'de> for InShape<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.0 {
            Shape::Null => IgnoredAny::deserialize(deserializer).map(|_| Node::Null),
            Shape::Tagged => IgnoredAny::deserialize(deserializer).map(|_| Node::Tagged),
            Shape::Scalar => String::deserialize(deserializer).map(Node::Scalar),
            Shape::List(items) => deserializer.deserialize_seq(ListVisitor(items)),
            Shape::Map(entries) => deserializer.deserialize_map(MapVisitor(entries)),
        }
    }
}

struct ListVisitor<'a>(&'a [Shape]);

impl<'de> Visitor<'de> for ListVisitor<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::with_capacity(self.0.len());
        for shape in self.0 {
            list.extend(items.next_element_seed(InShape(shape))?);
        }
        // The parser expects that the end of the list is read.
        let _ = items.next_element::<IgnoredAny>()?;
        Ok(Node::List(list))
    }
}

struct MapVisitor<'a>(&'a [(String, Shape)]);

impl<'de> Visitor<'de> for MapVisitor<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::with_capacity(self.0.len());
        for (_, shape) in self.0 {
            if let Some(key) = entries.next_key::<String>()? {
                map.push((key, entries.next_value_seed(InShape(shape))?));
            }
        }
        let _ = entries.next_key::<IgnoredAny>()?;
        Ok(Node::Map(map))
    }
}
