//! Bodies of requests: JSON, and forms with files.

use apollo_compiler::response::{JsonMap, JsonValue};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use flate2::read::{GzDecoder, ZlibDecoder};
use futures::stream;
use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

/// A parsed body.
pub(super) enum Received {
    /// No body, an empty one, or one that is not JSON by its content type.
    Nothing,
    One(JsonValue),
    Batch(Vec<JsonValue>),
}

/// The refusal of a body.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

impl Received {
    /// Returns the operations of the body.
    pub(super) fn operations(&self) -> Vec<&JsonValue> {
        match self {
            Self::Nothing => Vec::new(),
            Self::One(value) => vec![value],
            Self::Batch(values) => values.iter().collect(),
        }
    }
}

/// A body that can be read several times.
#[derive(Clone)]
pub(super) struct Kept(Rc<KeptBody>);

struct KeptBody {
    unread: RefCell<Option<Body>>,
    /// Bytes; `None` if the client disconnected before the end.
    read: RefCell<Option<Bytes>>,
}

impl Kept {
    pub(super) fn new(body: Body) -> Self {
        Self(Rc::new(KeptBody {
            unread: RefCell::new(Some(body)),
            read: RefCell::default(),
        }))
    }

    /// Returns the body after all of it has arrived.
    pub(super) async fn read(&self) -> Body {
        let unread = self.0.unread.take();
        if let Some(body) = unread {
            let read = axum::body::to_bytes(body, DRAINED_BYTES).await.ok();
            self.0.read.replace(read);
        }
        match self.0.read.borrow().clone() {
            Some(bytes) => Body::from(bytes),
            None => Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other(
                "request aborted",
            ))])),
        }
    }
}

/// The message of Node.js for incomplete JSON.
const UNEXPECTED_END: &str = "Unexpected end of JSON input";
/// The maximum number of bytes that are read of a body that is too long.
const DRAINED_BYTES: usize = 256 * 1024 * 1024;

/// Reads and parses a body of at most `limit` bytes.
pub(super) async fn receive(parts: &Parts, body: Body, limit: usize) -> Result<Received, Refusal> {
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let is_json = header(CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large");
    let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if !is_json || body.is_end_stream() {
        return Ok(Received::Nothing);
    }
    // The whole body is read, even if it is too long, so that the client can finish sending.
    let bytes = axum::body::to_bytes(body, DRAINED_BYTES)
        .await
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "request aborted"))?;
    if announced.unwrap_or(bytes.len()) > limit {
        return Err(too_large());
    }
    let bytes = match header(CONTENT_ENCODING).map(str::to_lowercase).as_deref() {
        None | Some("identity" | "") => bytes.to_vec(),
        Some("gzip") => inflate(GzDecoder::new(bytes.as_ref()), limit)?,
        Some("deflate") => inflate(ZlibDecoder::new(bytes.as_ref()), limit)?,
        Some(other) => {
            let message = format!("unsupported content encoding \"{other}\"");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
    };
    if bytes.len() > limit {
        return Err(too_large());
    }
    parse(&bytes)
}

fn inflate(reader: impl Read, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match reader.take(most).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "incorrect header check",
        )),
    }
}

fn parse(bytes: &[u8]) -> Result<Received, Refusal> {
    let first = bytes
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace());
    match first {
        None if bytes.is_empty() => return Ok(Received::Nothing),
        None => return Err(Refusal::new(StatusCode::BAD_REQUEST, UNEXPECTED_END)),
        Some(b'{' | b'[') => {}
        Some(other) => {
            let message = format!(
                "Unexpected token '{}', \"#\" is not valid JSON",
                char::from(other)
            );
            return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
        }
    }
    match serde_json::from_slice(bytes) {
        Ok(JsonValue::Array(values)) if values.is_empty() => Ok(Received::Nothing),
        Ok(JsonValue::Array(values)) => Ok(Received::Batch(values)),
        Ok(JsonValue::Object(value)) if value.is_empty() => Ok(Received::Nothing),
        Ok(value) => Ok(Received::One(value)),
        Err(error) if error.is_eof() && bytes != b"{" => {
            Err(Refusal::new(StatusCode::BAD_REQUEST, UNEXPECTED_END))
        }
        Err(error) => {
            let at = error.column().saturating_sub(usize::from(!error.is_eof()));
            let message = format!("Expected property name or '}}' in JSON at position {at}");
            Err(Refusal::new(StatusCode::BAD_REQUEST, message))
        }
    }
}

/// Returns the parameters of a query string, percent-decoded.
pub(super) fn parameters(query: &str) -> JsonMap {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (
                decode_parameter(key).into(),
                JsonValue::from(decode_parameter(value)),
            )
        })
        .collect()
}

/// Decodes a percent-encoded text, in which `+` is a space.
fn decode_parameter(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// Decodes a percent-encoded text.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        match (byte, after) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The number of bytes that are searched together for the beginning of a delimiter.
const WINDOW: usize = 4096;

/// A part of a form (`multipart/form-data`).
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// Name of a file; `None` for a field.
    pub(super) filename: Option<String>,
    pub(super) mime: String,
    pub(super) content: Bytes,
}

/// Returns the parts of a form; `None` if it is incomplete.
pub(super) fn parse_form(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = content_type
        .split(';')
        .find_map(|item| item.trim().strip_prefix("boundary="))?
        .trim_matches('"');
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut at = find(body, delimiter.as_bytes(), 0)? + delimiter.len();
    loop {
        if body.get(at..at + 2)? == b"--" {
            return Some(parts);
        }
        let start = at + 2;
        let head_end = find(body, b"\r\n\r\n", start)?;
        let content_start = head_end + 4;
        let next = format!("\r\n{delimiter}");
        let content_end = find(body, next.as_bytes(), content_start)?;
        parts.extend(part(
            &String::from_utf8_lossy(&body[start..head_end]),
            body.slice(content_start..content_end),
        ));
        at = content_end + next.len();
    }
}

fn part(head: &str, content: Bytes) -> Option<Part> {
    let header = |name: &str| {
        head.split("\r\n").find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(disposition, "name")?,
        filename: parameter(disposition, "filename").map(|name| base_name(&name)),
        mime: header("content-type")
            .and_then(|mime| mime.split(';').next())
            .unwrap_or("text/plain")
            .to_lowercase(),
        content,
    })
}

/// Returns a quoted parameter of a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    let (_, value) = header.split_once(&format!("; {name}=\""))?;
    let mut text = String::new();
    let mut characters = value.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
}

/// Returns the name of a file without its path.
fn base_name(name: &str) -> String {
    let name = name.trim_end_matches('/');
    name.rsplit(['/', '\\', ':'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let first = wanted.first()?;
    let mut at = from;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        let (near, _) = rest.split_at(rest.len().min(WINDOW));
        // This is much faster than a check of each byte in builds without optimization, such as tests.
        if !near.contains(first) {
            at += near.len();
        } else if rest.starts_with(wanted) {
            return Some(at);
        } else {
            let next = rest.iter().skip(1).position(|byte| byte == first)?;
            at += next + 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_strings_are_decoded() {
        let parameters = parameters("query=%7Bx%7D&variables=%7B%22a%22:+1%7D&flag");
        assert_eq!(parameters["query"], JsonValue::from("{x}"));
        assert_eq!(parameters["variables"], JsonValue::from("{\"a\": 1}"));
        assert_eq!(parameters["flag"], JsonValue::from(""));
    }
}
