//! Removal of secrets from errors, logs and debug output.
//!
//! A wiki, a proxy or a firewall may repeat the request in its response. Every text of a response that becomes part of an
//! error is passed to [`Secrets::redact`], which removes the secrets of the request, and then to [`shorten`]. In the
//! opposite order, a secret could be cut, and its rest would not be recognized.

mod encoding;

use std::iter::successors;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub(crate) use self::encoding::unescape_html;
use self::encoding::{Escapes, base64_in, decode};
use crate::types::strip_prefix_ignore_case;

const REDACTED: &str = "[redacted]";

/// Minimum length in bytes of a secret of which every piece of [`PIECE`] bytes is removed, since a text may contain
/// only a part of it.
const LONG: usize = 16;
const PIECE: usize = 12;
/// Length in bytes below which a secret is removed only as a separate word, because it may be a part of ordinary words.
const SHORT: usize = 4;
/// Maximum number of nested encodings that are decoded, such as JSON within JSON within a URL.
const DECODINGS: usize = 3;

/// The secrets of a request.
#[derive(Default)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Adds a secret.
    pub(crate) fn with(mut self, secret: &str) -> Self {
        self.add(secret);
        self
    }

    /// Adds the secrets among the variables of a GraphQL request.
    pub(crate) fn with_request(mut self, body: &[u8]) -> Self {
        if let Ok(body) = serde_json::from_slice::<Value>(body)
            && let Some(variables) = body.get("variables")
        {
            self.collect(variables, false);
        }
        self
    }

    fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if !secret.is_empty() {
            self.0.push(secret.to_owned().into());
        }
    }

    /// Adds the strings of a value that `is_secret`, and the strings of fields whose names indicate a secret.
    fn collect(&mut self, value: &Value, is_secret: bool) {
        match value {
            Value::String(text) => {
                // The value of a provider's setting is JSON within a JSON string.
                if text.starts_with('{')
                    && let Ok(inner @ Value::Object(_)) = serde_json::from_str(text)
                {
                    self.collect(&inner, is_secret);
                }
                if is_secret {
                    self.add(text);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.collect(item, is_secret);
                }
            }
            Value::Object(fields) => {
                let setting = fields.get("key").and_then(Value::as_str);
                let of_setting = setting.is_some_and(is_secret_key);
                for (name, value) in fields {
                    let is_value = of_setting && matches!(name.as_str(), "value" | "v");
                    self.collect(value, is_secret || is_value || names_a_secret(name));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Removes the secrets, and everything that looks like a secret, from a text.
    ///
    /// Returns only a placeholder if the text contains an encoded secret: escaped, percent-encoded, or in Base64.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in &self.0 {
            clean = remove(&clean, secret.expose_secret());
        }
        let clean = redact_patterns(&clean);
        if self.is_encoded_in(&clean) {
            return REDACTED.to_owned();
        }
        clean
    }

    fn is_encoded_in(&self, text: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let holds = |text: &str| {
            let mut secrets = self.0.iter().map(ExposeSecret::expose_secret);
            secrets.any(|secret| secret.len() >= SHORT && !covered(text, secret).is_empty())
        };
        // In a form, `+` encodes a space. `\xe9` is a character in some languages, and a byte of UTF-8 in others, so
        // both are tried.
        let spaced = text.replace('+', " ");
        let nested = [
            (text, Escapes::Characters),
            (text, Escapes::Bytes),
            (spaced.as_str(), Escapes::Characters),
        ];
        let nested = nested.into_iter().flat_map(|(text, escapes)| {
            let decoded = successors(Some(text.to_owned()), move |text| {
                Some(decode(text, escapes)).filter(|decoded| decoded != text)
            });
            decoded.skip(1).take(DECODINGS)
        });
        let nested: Vec<String> = nested.collect();
        let base64 = nested.iter().map(String::as_str).chain([text]);
        let mut base64 = base64.flat_map(base64_in);
        (spaced != text && holds(&spaced))
            || nested.iter().any(|form| holds(form))
            || base64.any(|form| holds(&form) || holds(&decode(&form, Escapes::Characters)))
    }
}

/// Returns `true` if a setting of a provider with this key contains a secret. `key` is the key of an error tracker.
pub(crate) fn is_secret_key(key: &str) -> bool {
    key == "key" || names_a_secret(key)
}

/// Returns `true` if a variable or a setting with this name contains a secret.
fn names_a_secret(name: &str) -> bool {
    // `akismet` is the API key of that service.
    const NAMES: [&str; 6] = ["akismet", "current", "jwt", "new", "pass", "pwd"];
    // `mustChangePassword` and similar names also match, but they are booleans, and only strings are collected.
    const PARTS: &str = "password passwd passphrase secret token credential privatekey private_key apikey api_key \
        accesskey accountkey adminkey licensekey querykey keystring connectionstring securitycode pvk authorization cookie";
    // `tokenURL`, `accessKeyId` and `sshPrivateKeyPath` are not secret themselves.
    const ENDS_OF_OTHERS: [&str; 5] = ["endpoint", "id", "mode", "path", "url"];
    let name = name.to_ascii_lowercase();
    let has_part = PARTS.split(' ').any(|part| name.contains(part));
    let is_other = ENDS_OF_OTHERS.iter().any(|end| name.ends_with(end));
    NAMES.contains(&name.as_str()) || (has_part && !is_other)
}

/// Returns the byte ranges of a text that are parts of a secret, ordered and disjoint.
fn covered(text: &str, secret: &str) -> Vec<(usize, usize)> {
    let (text, secret) = (text.as_bytes(), secret.as_bytes());
    let piece = if secret.len() >= LONG {
        PIECE
    } else {
        secret.len()
    };
    let pieces: std::collections::HashSet<&[u8]> = secret.windows(piece).collect();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (start, window) in text.windows(piece).enumerate() {
        if !pieces.contains(window) {
            continue;
        }
        let end = start + piece;
        let alone = |at: Option<&u8>| at.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let before = start.checked_sub(1).and_then(|before| text.get(before));
        if secret.len() < SHORT && !(alone(before) && alone(text.get(end))) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => ranges.push((start, end)),
        }
    }
    // The end of the text may be the beginning of a secret that was cut.
    let cut = (SHORT..piece)
        .rev()
        .find(|length| text.ends_with(&secret[..*length]));
    if let Some(length) = cut {
        ranges.push((text.len() - length, text.len()));
    }
    ranges
}

fn remove(text: &str, secret: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in covered(text, secret) {
        // A range may begin or end within a character of the text.
        let start = floor_char_boundary(text, start).max(from);
        clean.push_str(&text[from..start]);
        clean.push_str(REDACTED);
        from = ceil(text, end);
    }
    clean.push_str(&text[from..]);
    clean
}

/// Returns the last boundary of a character up to a position.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// Removes credentials, query and fragment from a URL, even if the URL is invalid.
pub(crate) fn address(text: &str) -> String {
    const LONGEST: usize = 120;
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    let (secret, rest) = match rest.rsplit_once('@') {
        // Either a password contains `?` or `#`, or the query contains `@`. The cases cannot be distinguished, so the
        // whole rest is hidden.
        Some((before, _)) if before.contains(['?', '#']) => ("[redacted]", ""),
        Some((_, rest)) => ("[redacted]@", rest),
        None => ("", rest),
    };
    let (rest, hidden) = match rest.find(['?', '#']) {
        Some(end) => (&rest[..end], "?[redacted]"),
        None => (rest, ""),
    };
    let shown = redact_patterns(&format!("{scheme}{secret}{rest}{hidden}"));
    shorten(&shown, LONGEST)
}

/// Limits the length of a text, in characters. The middle of a longer text is removed, because the end of an error
/// message is as useful as its beginning.
pub(crate) fn shorten(text: &str, longest: usize) -> String {
    let count = text.chars().count();
    if count <= longest {
        return text.to_owned();
    }
    let tail = longest / 3;
    let head: String = text.chars().take(longest - tail).collect();
    let tail: String = text.chars().skip(count - tail).collect();
    format!("{head} … {tail}")
}

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

// Each function below examines the beginning of a text. If it finds a secret, it returns the length of the part to keep
// and the length of the part to remove after it.

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
    let mut names = NAMES.iter();
    let after = names.find_map(|name| strip_prefix_ignore_case(text, name))?;
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
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`');
    let authority = rest.split(ends).next()?;
    // An `@` after a slash belongs to the path, unless a `:` precedes it: a password that is not encoded may contain a
    // slash, and `user:pass` looks like a host and a port.
    let end = authority.rfind('@')?;
    let is_path = authority[..end].contains('/') && !authority[..end].contains(':');
    (!is_path).then_some((3, end))
}

/// Finds a private key in PEM format.
fn private_key(text: &str) -> Option<(usize, usize)> {
    let (label, _) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    if !label.ends_with("PRIVATE KEY") {
        return None;
    }
    let end = format!("-----END {label}-----");
    Some((0, text.find(&end).map_or(text.len(), |at| at + end.len())))
}
