//! Recognition of secrets by their form.
//!
//! Each function examines the beginning of a text. If it finds a secret, it returns the length of the part to keep and
//! the length of the part to remove after it.

use super::REDACTED;

/// Removes everything that looks like a secret: JSON Web Tokens, the values of headers with credentials, hashes of
/// passwords, credentials in URLs, private keys.
pub(crate) fn redact_patterns(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(next) = rest.chars().next() {
        let starts_word = !before.is_some_and(char::is_alphanumeric);
        let found = [
            starts_word.then(|| token(rest)).flatten(),
            header(rest),
            hash(rest),
            userinfo(rest),
            private_key(rest),
        ];
        match found.into_iter().flatten().next() {
            // The length of the part that is kept, and of the part that is removed.
            Some((kept, removed)) if removed > 0 => {
                clean.push_str(&rest[..kept]);
                clean.push_str(REDACTED);
                rest = &rest[kept + removed..];
                before = None;
            }
            _ => {
                clean.push(next);
                before = Some(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    clean
}

/// Finds a JSON Web Token.
fn token(text: &str) -> Option<(usize, usize)> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.starts_with("eyJ") {
        return None;
    }
    let length = text.find(|c| !belongs(c)).unwrap_or(text.len());
    (length >= 8).then_some((0, length))
}

/// Finds the value after the name of a header with credentials.
fn header(text: &str) -> Option<(usize, usize)> {
    const NAMES: [&str; 4] = ["authorization", "set-cookie", "cookie", "new-jwt"];
    let name = NAMES.iter().find(|name| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let after = &text[name.len()..];
    let value = after.trim_start_matches(['"', '\'', '\\', ' ', '\t', ',', '[']);
    let value = value
        .strip_prefix([':', '='])
        .or_else(|| value.strip_prefix("&#58;"))?;
    let value = value.trim_start_matches(['"', '\'', '\\', ' ', '\t', '[', '>']);
    let end = value
        .find(['\n', '\r', '"', '\'', '<', '\\', '}'])
        .unwrap_or(value.len());
    Some((text.len() - value.len(), end))
}

/// Finds a bcrypt hash: `$2b$12$` and 53 characters.
fn hash(text: &str) -> Option<(usize, usize)> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '.' | '/');
    let rest = text
        .strip_prefix("$2")?
        .trim_start_matches(['a', 'b', 'x', 'y']);
    if !rest.starts_with('$') || !rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((0, text.find(|c| !belongs(c)).unwrap_or(text.len())))
}

/// Finds the text between `://` and the last `@` of the authority of a URL.
fn userinfo(text: &str) -> Option<(usize, usize)> {
    let rest = text.strip_prefix("://")?;
    let authority = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
    let authority = &authority[..authority
        .find(['"', '<', '>', '`'])
        .unwrap_or(authority.len())];
    // An `@` after a slash belongs to the path, unless a `:` precedes it: a password that is not encoded may contain a
    // slash, and `user:pass` looks like a host and a port.
    let end = authority.rfind('@')?;
    let is_path = authority[..end].contains('/') && !authority[..end].contains(':');
    (!is_path).then_some((3, end))
}

/// Finds a private key in PEM format.
fn private_key(text: &str) -> Option<(usize, usize)> {
    if !text.starts_with("-----BEGIN ") {
        return None;
    }
    let (label, _) = text[11..].split_once("-----")?;
    if !label.ends_with("PRIVATE KEY") {
        return None;
    }
    let end = format!("-----END {label}-----");
    Some((0, text.find(&end).map_or(text.len(), |at| at + end.len())))
}
