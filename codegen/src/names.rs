//! Rust names for GraphQL names.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// Words that cannot name a Rust item, in edition 2024 or an earlier one.
const KEYWORDS: [&str; 54] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "_",
];

/// Names that every Rust module has in scope; an item of the same name would hide them from its neighbours.
const PRELUDE: [&str; 33] = [
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Some",
    "String",
    "ToString",
    "Vec",
];

/// Modules of the generated file itself.
const MODULES: [&str; 3] = ["enums", "fragments", "inputs"];

pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

pub(crate) fn is_prelude(name: &str) -> bool {
    PRELUDE.contains(&name)
}

pub(crate) fn is_own_module(name: &str) -> bool {
    MODULES.contains(&name)
}

/// Whether the text can stand as a Rust name at all.
fn is_identifier(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The name of a type or of an enum's variant; none where nothing is left, as of `_`.
pub(crate) fn type_name(name: &str) -> Option<String> {
    let camel = name.to_upper_camel_case();
    is_identifier(&camel).then(|| {
        if is_keyword(&camel) {
            format!("{camel}_")
        } else {
            camel
        }
    })
}

/// The name of a field or module; none where nothing is left, as of `_`.
pub(crate) fn field_name(name: &str) -> Option<String> {
    let snake = name.to_snake_case();
    is_identifier(&snake).then(|| {
        if is_keyword(&snake) {
            format!("{snake}_")
        } else {
            snake
        }
    })
}

/// The same for a name of the schema, which nobody here can change: always a name, and another one than those taken.
pub(crate) fn unique(name: Option<String>, original: &str, taken: &[String]) -> String {
    let name = name.unwrap_or_else(|| format!("_{}", original.trim_start_matches('_')));
    let mut name = if is_keyword(&name) {
        "underscore".to_owned()
    } else {
        name
    };
    while taken.contains(&name) {
        name.push('_');
    }
    name
}
