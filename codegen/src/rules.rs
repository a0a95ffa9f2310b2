//! Descriptions of GraphQL's validation rules, and of the rules of generated Rust.

/// The rule of syntax.
pub(crate) const GRAMMAR: &str = "a document must follow GraphQL's grammar (GraphQL 2)";

/// The rule of names.
pub(crate) const RUST_NAMES: &str =
    "operations, fragments and variables become Rust names, each another one";

/// The rule of selections.
pub(crate) const RUST_FIELDS: &str =
    "selections become Rust fields and types, each with a name of its own";

/// The rule of scalars.
pub(crate) const SCALARS: &str = "every scalar of the schema that is used has a Rust type";

/// The rules of GraphQL: names of violations, most of them apollo-compiler's, and the rule in words.
const RULES: &str = include_str!("rules.txt");

/// Returns the rule by the name of its violation.
pub(crate) fn rule(name: &str) -> &'static str {
    let mut rules = RULES.lines().filter_map(|line| line.split_once(": "));
    let found = rules.find(|(names, _)| names.split(' ').any(|it| it == name));
    found.map_or(GRAMMAR, |(_, rule)| rule)
}
