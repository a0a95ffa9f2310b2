//! Decoding of texts that may contain an encoded secret.

use base64::Engine as _;

use super::SHORT;

/// The escapes that are decoded.
#[derive(Clone, Copy)]
pub(super) enum Escapes {
    /// HTML entities.
    Html,
    /// All escapes. `\x` with two digits is a character.
    Characters,
    /// All escapes. `\x` with two digits is a byte of UTF-8.
    Bytes,
}

/// Decodes the escapes of JSON, URLs and HTML. All other characters are unchanged.
pub(super) fn decode(text: &str, escapes: Escapes) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let (character, after) = rest.split_at(next.len_utf8());
        let byte = |text, length| Some((vec![u8::try_from(hex(text, 2)?).ok()?], length));
        let found = match (next, escapes) {
            ('&', _) => entity(after),
            (_, Escapes::Html) => None,
            ('\\', Escapes::Bytes) if after.starts_with('x') => byte(&after[1..], 3),
            ('\\', _) => unescape(after),
            ('%', _) => byte(after, 2),
            _ => None,
        };
        let (bytes, length) = found.unwrap_or_else(|| (character.into(), 0));
        decoded.extend(bytes);
        rest = &after[length..];
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Decodes HTML entities.
pub(crate) fn unescape_html(text: &str) -> String {
    decode(text, Escapes::Html)
}

/// Decodes an escape without its backslash. Returns the bytes of the character and the length of the escape.
///
/// JSON encodes a character beyond 16 bits as a surrogate pair. Half of a pair is not a character and has no bytes.
fn unescape(after: &str) -> Option<(Vec<u8>, usize)> {
    let (character, length) = match *after.as_bytes().first()? {
        b'u' => {
            let unit = |text| u16::try_from(hex(text, 4)?).ok();
            let first = unit(&after[1..])?;
            let second = after[5..].strip_prefix("\\u").and_then(unit);
            let units = [first, second.unwrap_or_default()];
            let character = char::decode_utf16(units).next()?.ok();
            let is_pair = character.is_some_and(|character| character.len_utf16() == 2);
            (character, if is_pair { 11 } else { 5 })
        }
        b'x' => (char::from_u32(hex(&after[1..], 2)?), 3),
        b'n' => (Some('\n'), 1),
        b'r' => (Some('\r'), 1),
        b't' => (Some('\t'), 1),
        mark @ (b'"' | b'\'' | b'\\' | b'/') => (Some(char::from(mark)), 1),
        _ => return None,
    };
    let bytes = character.map(String::from).unwrap_or_default();
    Some((bytes.into(), length))
}

/// Decodes an HTML entity without its ampersand. Returns the bytes of the character and the length of the entity.
fn entity(after: &str) -> Option<(Vec<u8>, usize)> {
    let (name, _) = after.split_once(';').filter(|(name, _)| name.len() <= 8)?;
    let character = match name {
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => integer(digits, 16),
                None => integer(number, 10),
            };
            char::from_u32(code?)?
        }
    };
    Some((String::from(character).into(), name.len() + 1))
}

fn hex(text: &str, digits: usize) -> Option<u32> {
    integer(text.get(..digits)?, 16)
}

/// Parses an integer that has digits only. The standard library also accepts a sign.
fn integer(digits: &str, radix: u32) -> Option<u32> {
    let is_number = digits.chars().all(|digit| digit.is_digit(radix));
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_number)
}

/// Decodes the parts of a text that may be Base64.
pub(super) fn base64_in(text: &str) -> Vec<String> {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    text.split(|c| !belongs(c))
        .filter(|part| part.len() >= SHORT)
        .flat_map(|part| {
            // Base64 has groups of four characters. A text that was cut may end within a group.
            let whole = if part.len() % 4 == 1 {
                &part[..part.len() - 1]
            } else {
                part
            };
            [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|form| {
                form.decode(whole)
                    .or_else(|_| form.decode(&whole[..whole.len() / 4 * 4]))
            })
        })
        .flatten()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}
