//! The body of a request.

use apollo_compiler::response::{JsonMap, JsonValue};
use axum::body::{Body, HttpBody as _};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use flate2::read::{GzDecoder, ZlibDecoder};
use std::io::Read;

/// A body that could be read.
pub(super) enum Received {
    /// None, an empty one, or one that is not JSON by its content type.
    Nothing,
    One(JsonValue),
    Batch(Vec<JsonValue>),
}

/// A body that is refused.
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
    /// Its members.
    pub(super) fn operations(&self) -> Vec<&JsonValue> {
        match self {
            Self::Nothing => Vec::new(),
            Self::One(value) => vec![value],
            Self::Batch(values) => values.iter().collect(),
        }
    }
}

/// What Node says to JSON that ends too early.
const UNEXPECTED_END: &str = "Unexpected end of JSON input";
/// More than this is not read of a body that is too long anyway.
const DRAINED_BYTES: usize = 256 * 1024 * 1024;

/// Reads a body of at most `limit` bytes.
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
    // The whole of it is read even where it is too long, so that the client can finish sending and read on.
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

/// The parameters of a query string, percent-decoded.
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

/// Percent-decoded text; a `+` is a space.
fn decode_parameter(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// Percent-decoded text.
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
