//! Answers.

use super::delivery::Delivery;
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE,
    VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde::Serialize;
use serde_json::json;
use std::io::Write;

/// Shorter answers are not compressed.
const COMPRESSED_BYTES: usize = 1024;
const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// The bytes of an answer, before they are compressed.
#[derive(Debug, Clone)]
struct Plain(Bytes);

fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.extensions_mut().insert(Plain(body.into()));
    response
}

/// The health of Wiki.js, which is that of its database.
pub(super) fn healthz(is_well: bool) -> Response<Body> {
    let status = if is_well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    respond(status, JSON, format!("{{\"ok\":{is_well}}}"))
}

/// The health of Apollo Server.
pub(super) fn health() -> Response<Body> {
    respond(
        StatusCode::OK,
        "application/health+json; charset=utf-8",
        r#"{"status":"pass"}"#,
    )
}

/// An answer of text, which Wiki.js sends as HTML.
pub(super) fn text(status: StatusCode, body: String) -> Response<Body> {
    respond(status, HTML, body)
}

/// The answer to operations.
pub(super) fn graphql(status: StatusCode, reply: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(reply) {
        Ok(body) => respond(status, JSON, body),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// The answer of Wiki.js to what never came to be an operation.
pub(super) fn refused(status: StatusCode, message: &str) -> Response<Body> {
    let body = json!({"data": {}, "errors": [{"message": message, "path": []}]});
    respond(status, JSON, body.to_string())
}

/// What something before the wiki answers to a request that it does not let through.
pub(super) fn firewall() -> Response<Body> {
    const PAGE: &str = "<!DOCTYPE html><html><head><title>Request blocked</title></head><body><h1>403 Forbidden</h1>\
        <p>The request was blocked by a security rule.</p></body></html>";
    respond(StatusCode::FORBIDDEN, HTML, PAGE)
}

/// A file.
pub(super) fn file(content_type: &'static str, content: Vec<u8>) -> Response<Body> {
    respond(StatusCode::OK, content_type, content)
}

/// A status and its name.
pub(super) fn bare_status(status: StatusCode) -> Response<Body> {
    let name = status.canonical_reason().unwrap_or_default();
    respond(status, "text/plain; charset=utf-8", name)
}

/// An upload that is refused.
pub(super) fn upload_refused(status: StatusCode, message: &str) -> Response<Body> {
    let body = json!({"succeeded": false, "message": message});
    respond(status, JSON, body.to_string())
}

/// The page that Wiki.js shows where something else than GraphQL fails.
pub(super) fn error_page(message: &str) -> Response<Body> {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Error | Wiki.js</title></head><body>\
         <div class=\"is-fullscreen\" id=\"root\"><div class=\"app-error\"><a href=\"/\"></a><strong>Oops, something \
         went wrong...</strong><span>{message}</span></div></div></body></html>"
    );
    respond(StatusCode::INTERNAL_SERVER_ERROR, HTML, page)
}

/// A page of Wiki.js's own.
pub(super) fn page() -> Response<Body> {
    const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Wiki.js</title></head>\
        <body><div id=\"root\"></div></body></html>";
    respond(StatusCode::OK, HTML, PAGE)
}

/// A page that does not exist.
pub(super) fn not_found() -> Response<Body> {
    const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"UTF-8\"><title>Not Found | Wiki.js\
        </title></head><body><div id=\"root\"><h1>404</h1><p>This page does not exist.</p></div></body></html>";
    respond(StatusCode::NOT_FOUND, HTML, PAGE)
}

/// A method that `/graphql` has not.
pub(super) fn method_not_allowed(message: &str, allow: &'static str) -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, message.to_owned());
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// Adds a new token to an answer: in a header of its own where the request was JSON and nothing else, else as a
/// cookie.
pub(super) fn renew(response: &mut Response<Body>, token: &str, request: &Parts) {
    let is_plain = request
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value == "application/json");
    let (name, value) = if is_plain {
        (HeaderName::from_static("new-jwt"), token.to_owned())
    } else {
        (SET_COOKIE, format!("jwt={token}; Path=/"))
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        let headers = response.headers_mut();
        headers.insert(name, value);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The answer of a proxy in the wiki's place.
pub(super) fn by_proxy(code: u16, retry_after: Option<u64>) -> Response<Body> {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = respond(status, "text/html", page);
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The page of a proxy that wants a login first.
pub(super) fn login_page() -> Response<Body> {
    const PAGE: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method=\"post\">\
        <input name=\"user\"><input name=\"password\" type=\"password\"></form></body></html>";
    respond(StatusCode::OK, HTML, PAGE)
}

/// An answer with half of its body.
pub(super) fn truncated(response: Response<Body>) -> Response<Body> {
    change_body(response, |bytes| bytes.truncate(bytes.len() / 2))
}

/// An answer whose JSON has a comma too many.
pub(super) fn malformed(response: Response<Body>) -> Response<Body> {
    change_body(response, |bytes| {
        let end = bytes.len().saturating_sub(1);
        bytes.insert(end, b',');
    })
}

fn change_body(mut response: Response<Body>, change: impl FnOnce(&mut Vec<u8>)) -> Response<Body> {
    if let Some(Plain(bytes)) = response.extensions_mut().get_mut::<Plain>() {
        let mut changed = bytes.to_vec();
        change(&mut changed);
        *bytes = changed.into();
    }
    response
}

/// Puts the bytes into an answer, compressed where the client asks for it and they are many.
pub(super) fn finish(mut response: Response<Body>, request: &Parts) -> Response<Body> {
    let Some(Plain(bytes)) = response.extensions_mut().remove::<Plain>() else {
        return response;
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(
        HeaderName::from_static("keep-alive"),
        HeaderValue::from_static("timeout=5"),
    );
    let accepted = request
        .headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let accepts = |coding: &str| {
        accepted.split(',').any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            name.eq_ignore_ascii_case(coding) && !parts.any(|parameter| parameter == "q=0")
        })
    };
    let compressed = if bytes.len() < COMPRESSED_BYTES {
        None
    } else if accepts("gzip") {
        gzip(&bytes).ok().map(|bytes| ("gzip", bytes))
    } else if accepts("deflate") {
        deflate(&bytes).ok().map(|bytes| ("deflate", bytes))
    } else {
        None
    };
    let bytes = match compressed {
        Some((coding, bytes)) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
            Bytes::from(bytes)
        }
        None => bytes,
    };
    *response.body_mut() = if request.method == Method::HEAD {
        Body::empty()
    } else if let Some(delivery) = response.extensions().get::<Delivery>().copied() {
        delivery.body(bytes, response.headers_mut())
    } else {
        Body::from(bytes)
    };
    response
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
