//! Rust names for GraphQL names.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// Keywords of Rust, in edition 2024 or an earlier one.
const KEYWORDS: &str = "Self abstract as async await become box break const continue crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref \
    return self static struct super trait true try type typeof union unsafe unsized use virtual \
    where while yield _";

/// Names that every Rust module has in scope. An item of the same name would hide them.
const PRELUDE: &str = "AsMut AsRef Box Clone Copy Debug Default DoubleEndedIterator Drop Eq Err ExactSizeIterator \
    Extend Fn FnMut FnOnce From FromIterator Hash Into IntoIterator Iterator None Ok Option Ord \
    PartialEq PartialOrd Result Some String ToString Vec";

/// Modules of the generated file itself.
const MODULES: [&str; 3] = ["enums", "fragments", "inputs"];

pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.split(' ').any(|it| it == name)
}

pub(crate) fn is_prelude(name: &str) -> bool {
    PRELUDE.split(' ').any(|it| it == name)
}

/// Returns `true` if a type or module can have this name.
pub(crate) fn is_free(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(char::is_numeric)
        && !is_keyword(name)
        && !is_prelude(name)
}

pub(crate) fn is_own_module(name: &str) -> bool {
    MODULES.contains(&name)
}

/// Returns the text as a Rust name; `None` if it is not valid. A keyword gets an underscore.
fn identifier(name: String) -> Option<String> {
    let is_name = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    // A raw name such as `r#type` would not do for all keywords: `self`, `super`, `crate` and `Self` have none.
    is_name.then(|| if is_keyword(&name) { name + "_" } else { name })
}

/// Returns the name of a type or of an enum's variant; `None` if nothing remains, as for `_`.
pub(crate) fn type_name(name: &str) -> Option<String> {
    identifier(name.to_upper_camel_case())
}

/// Returns the name of a field or module; `None` if nothing remains, as for `_`.
pub(crate) fn field_name(name: &str) -> Option<String> {
    identifier(name.to_snake_case())
}

/// Returns a valid name that is not in `taken`, for a name of the schema, which users cannot change.
pub(crate) fn unique(name: Option<String>, original: &str, taken: &[String]) -> String {
    let name = name.unwrap_or_else(|| format!("_{}", original.trim_start_matches('_')));
    // Only `_` remains a keyword here, because `identifier` adds an underscore to all others.
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

/// Returns a valid name of an enum's variant that is not in `taken`.
pub(crate) fn variant_name(original: &str, taken: &[String]) -> String {
    // A variant `_1` could not be distinguished from a parameter of the same name.
    let name = type_name(original).unwrap_or_else(|| match original.trim_matches('_') {
        "" => "Underscore".to_owned(),
        digits => format!("Value{digits}"),
    });
    unique(Some(name), original, taken)
}

/// Returns the name in upper camel case, as a part of a longer one.
pub(crate) fn camel(name: &str) -> String {
    name.to_upper_camel_case()
}
