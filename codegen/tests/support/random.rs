//! Random documents. A seed gives the same documents on every machine, so that failures can be reproduced.

use std::fmt::Write as _;

use graphql_parser::schema::{Definition, Document, Field, InputValue, Type, TypeDefinition};

/// Random numbers; xorshift is enough here.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Returns a randomly corrupted text, which may still be valid.
pub fn corrupt(text: &str, random: &mut Random) -> String {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "!",
        "$",
        ":",
        "=",
        "@",
        "|",
        "...",
        "on",
        "query",
        "fragment",
        "null",
        "\"",
        "\"\"\"",
        "\\u",
        "#",
        "\n",
        "\r",
        "\t",
        "é",
        "😀",
        "\u{0}",
        "_",
        "0",
        "-1e9",
        "name",
        "Dog",
        "__typename",
        "@skip(if: true)",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len() + 1);
        match random.below(4) {
            0 => drop(chars.drain(at..(at + random.below(6)).min(chars.len()))),
            1 => drop(chars.splice(at..at, random.pick(PIECES).chars())),
            2 => {
                let from = random.below(chars.len() + 1);
                let piece: Vec<char> =
                    chars[from..(from + random.below(30)).min(chars.len())].to_vec();
                drop(chars.splice(at..at, piece));
            }
            _ => chars.truncate(at.max(1)),
        }
    }
    chars.into_iter().collect()
}

/// Generates documents that are valid for a schema.
pub struct Writer<'a> {
    schema: Document<'a, String>,
    random: Random,
    variables: Vec<String>,
    fragments: Vec<String>,
    /// Prefix of all names, so that many documents can be compiled together.
    prefix: String,
}

impl<'a> Writer<'a> {
    pub fn new(sdl: &'a str, seed: u64) -> Self {
        let schema = graphql_parser::parse_schema(sdl).unwrap();
        let prefix = format!("Doc{seed}");
        Self {
            schema,
            random: Random::new(seed),
            variables: Vec::new(),
            fragments: Vec::new(),
            prefix,
        }
    }

    pub fn document(&mut self) -> String {
        let selection = self.selection("Query", 3);
        let variables = if self.variables.is_empty() {
            String::new()
        } else {
            format!("({})", self.variables.join(" "))
        };
        format!(
            "query {}{variables} {selection}\n{}",
            self.prefix,
            self.fragments.join("\n")
        )
    }

    fn definition(&self, name: &str) -> Option<&TypeDefinition<'a, String>> {
        self.schema
            .definitions
            .iter()
            .find_map(|definition| match definition {
                Definition::TypeDefinition(it) if name_of(it) == name => Some(it),
                _ => None,
            })
    }

    fn fields(&self, on: &str) -> Vec<Field<'a, String>> {
        match self.definition(on) {
            Some(TypeDefinition::Object(it)) => it.fields.clone(),
            Some(TypeDefinition::Interface(it)) => it.fields.clone(),
            _ => Vec::new(),
        }
    }

    /// Returns the possible objects of a type; none if it is an object itself.
    fn possible(&self, on: &str) -> Vec<String> {
        match self.definition(on) {
            Some(TypeDefinition::Union(it)) => it.types.clone(),
            Some(TypeDefinition::Interface(_)) => {
                let objects =
                    self.schema
                        .definitions
                        .iter()
                        .filter_map(|definition| match definition {
                            Definition::TypeDefinition(TypeDefinition::Object(it)) => Some(it),
                            _ => None,
                        });
                objects
                    .filter(|it| it.implements_interfaces.iter().any(|name| name == on))
                    .map(|it| it.name.clone())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn selection(&mut self, on: &str, depth: usize) -> String {
        let possible = self.possible(on);
        let fields = self.fields(on);
        let mut text = String::from("{ ");
        if !possible.is_empty() || self.random.one_in(6) {
            text.push_str("__typename ");
        }
        if !fields.is_empty() {
            for _ in 0..=self.random.below(4) {
                let field = self.random.pick(&fields).clone();
                text.push_str(&self.field(&field, depth));
            }
        }
        if depth > 0 && self.random.one_in(3) {
            text.push_str(&self.spread(on, depth - 1));
        }
        if depth > 0 && !possible.is_empty() {
            let ty = self.random.pick(&possible).clone();
            let inner = self.selection(&ty, depth - 1);
            let _ = write!(text, "... on {ty} {inner}");
        }
        if text.len() == 2 {
            text.push_str("__typename ");
        }
        text + "} "
    }

    fn spread(&mut self, on: &str, depth: usize) -> String {
        let inner = self.selection(on, depth);
        let condition = self.condition();
        if self.random.one_in(2) {
            let on = if self.random.one_in(2) {
                format!("on {on} ")
            } else {
                String::new()
            };
            return format!("... {on}{condition}{inner}");
        }
        let name = format!("{}Part{}", self.prefix, self.fragments.len());
        self.fragments
            .push(format!("fragment {name} on {on} {inner}"));
        format!("...{name} {condition}")
    }

    fn condition(&mut self) -> String {
        if !self.random.one_in(4) {
            return String::new();
        }
        let directive = *self.random.pick(&["skip", "include"]);
        format!("@{directive}(if: {}) ", self.variable("Boolean!"))
    }

    fn field(&mut self, field: &Field<'a, String>, depth: usize) -> String {
        let ty = inner_name(&field.field_type).to_owned();
        let composite = !self.fields(&ty).is_empty() || !self.possible(&ty).is_empty();
        if composite && depth == 0 {
            return String::new();
        }
        let arguments: Vec<String> = field
            .arguments
            .iter()
            .filter_map(|it| self.argument(it))
            .collect();
        // The same field with other arguments needs a different key, so that the fields need not be merged.
        let alias = if !arguments.is_empty() || self.random.one_in(5) {
            format!(
                "{}{}: ",
                self.random.pick(&["my", "Their_", "x"]),
                self.random.below(100_000)
            )
        } else {
            String::new()
        };
        let arguments = if arguments.is_empty() {
            String::new()
        } else {
            format!("({})", arguments.join(", "))
        };
        let condition = self.condition();
        let inner = if composite {
            self.selection(&ty, depth - 1)
        } else {
            String::new()
        };
        format!("{alias}{}{arguments} {condition}{inner}", field.name)
    }

    fn argument(&mut self, argument: &InputValue<'a, String>) -> Option<String> {
        let required =
            matches!(argument.value_type, Type::NonNullType(_)) && argument.default_value.is_none();
        if !required && self.random.one_in(2) {
            return None;
        }
        let value = self.variable(&argument.value_type.to_string());
        Some(format!("{}: {value}", argument.name))
    }

    /// Returns a variable of exactly this type, sometimes with a default.
    fn variable(&mut self, ty: &str) -> String {
        let name = format!("v{}", self.variables.len());
        let default = match (ty, self.random.below(3)) {
            ("Boolean!" | "Boolean", 0) => " = true",
            ("Int" | "Int!", 0) => " = -3",
            ("Boolean" | "Int" | "String" | "DogOrder", 1) => " = null",
            ("DogCommand!", 0) => " = SIT",
            ("[Boolean!]", 0) => " = [true, false]",
            ("FindDogInput", 0) => " = { name: \"a\\\"b\", commands: SIT }",
            _ => "",
        };
        self.variables.push(format!("${name}: {ty}{default}"));
        format!("${name}")
    }
}

fn name_of<'a>(definition: &'a TypeDefinition<'_, String>) -> &'a str {
    match definition {
        TypeDefinition::Scalar(it) => &it.name,
        TypeDefinition::Object(it) => &it.name,
        TypeDefinition::Interface(it) => &it.name,
        TypeDefinition::Union(it) => &it.name,
        TypeDefinition::Enum(it) => &it.name,
        TypeDefinition::InputObject(it) => &it.name,
    }
}

fn inner_name<'b>(ty: &'b Type<'_, String>) -> &'b str {
    match ty {
        Type::NamedType(name) => name,
        Type::ListType(inner) | Type::NonNullType(inner) => inner_name(inner),
    }
}
