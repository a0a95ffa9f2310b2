//! Bodies of requests: JSON, and forms with files.

use super::header;
use apollo_compiler::response::{JsonMap, JsonValue};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use flate2::read::{GzDecoder, ZlibDecoder};
use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Shared};
use memchr::memmem;
use percent_encoding::percent_decode_str;
use std::io::Read;

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
        let message = message.into();
        Self { status, message }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
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

/// A body that can be read several times; `None` if the client disconnects before its end.
pub(super) type Kept = Shared<LocalBoxFuture<'static, Option<Bytes>>>;

/// Keeps a body after it was read for the first time.
pub(super) fn keep(body: Body) -> Kept {
    let read = async move { axum::body::to_bytes(body, MAX_BYTES).await.ok() };
    read.boxed_local().shared()
}

/// The maximum number of bytes that are read of an upload.
const MAX_BYTES: usize = 1024 * 1024 * 1024;
/// The message of Node.js for incomplete JSON.
const UNEXPECTED_END: &str = "Unexpected end of JSON input";
/// The maximum number of bytes that are read of a body that is too long.
const DRAINED_BYTES: usize = 256 * 1024 * 1024;

/// Reads and parses a body of at most `limit` bytes.
pub(super) async fn receive(parts: &Parts, body: Body, limit: usize) -> Result<Received, Refusal> {
    let content_type = header(parts, CONTENT_TYPE).and_then(|value| value.split(';').next());
    let is_json = content_type
        .map(str::trim)
        .is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large");
    let announced = header(parts, CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if !is_json || body.is_end_stream() {
        return Ok(Received::Nothing);
    }
    // The whole body is read, even if it is too long, so that the client can finish sending.
    let bytes = axum::body::to_bytes(body, DRAINED_BYTES)
        .await
        .map_err(|_| Refusal::bad_request("request aborted"))?;
    if announced.unwrap_or(bytes.len()) > limit {
        return Err(too_large());
    }
    let bytes = match header(parts, CONTENT_ENCODING)
        .map(str::to_lowercase)
        .as_deref()
    {
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
    let read = reader.take(most).read_to_end(&mut bytes);
    let refused = |_| Refusal::bad_request("incorrect header check");
    read.map(|_| bytes).map_err(refused)
}

fn parse(bytes: &[u8]) -> Result<Received, Refusal> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None if bytes.is_empty() => return Ok(Received::Nothing),
        None => return Err(Refusal::bad_request(UNEXPECTED_END)),
        Some(b'{' | b'[') => {}
        Some(other) => {
            let token = char::from(*other);
            let message = format!("Unexpected token '{token}', \"#\" is not valid JSON");
            return Err(Refusal::bad_request(message));
        }
    }
    match serde_json::from_slice(bytes) {
        Ok(JsonValue::Array(values)) if values.is_empty() => Ok(Received::Nothing),
        Ok(JsonValue::Array(values)) => Ok(Received::Batch(values)),
        Ok(JsonValue::Object(value)) if value.is_empty() => Ok(Received::Nothing),
        Ok(value) => Ok(Received::One(value)),
        Err(error) if error.is_eof() && bytes != b"{" => Err(Refusal::bad_request(UNEXPECTED_END)),
        Err(error) => {
            let at = error.column().saturating_sub(usize::from(!error.is_eof()));
            let message = format!("Expected property name or '}}' in JSON at position {at}");
            Err(Refusal::bad_request(message))
        }
    }
}

/// Returns the parameters of a query string, percent-decoded.
pub(super) fn parameters(query: &str) -> JsonMap {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(key, value)| (key.as_ref().into(), value.as_ref().into()));
    pairs.collect()
}

/// Decodes a percent-encoded text.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

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
    let mut items = content_type.split(';');
    let boundary = items.find_map(|item| item.trim().strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let mut parts = Vec::new();
    let mut at = find(body, &delimiter, 0)? + delimiter.len();
    loop {
        if body.get(at..at + 2)? == b"--" {
            return Some(parts);
        }
        let start = at + 2;
        let head_end = find(body, "\r\n\r\n", start)?;
        let content_start = head_end + 4;
        let next = format!("\r\n{delimiter}");
        let content_end = find(body, &next, content_start)?;
        let head = String::from_utf8_lossy(&body[start..head_end]);
        parts.extend(part(&head, body.slice(content_start..content_end)));
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
    let mut parts = name.trim_end_matches('/').rsplit(['/', '\\', ':']);
    parts.next().unwrap_or_default().to_owned()
}

fn find(body: &[u8], wanted: &str, from: usize) -> Option<usize> {
    let found = memmem::find(body.get(from..)?, wanted.as_bytes())?;
    Some(from + found)
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
