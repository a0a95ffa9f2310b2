//! Responses.

use super::header;
use super::inject::Delivery;
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    RETRY_AFTER, SET_COOKIE, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Shorter responses are not compressed.
const COMPRESSED_BYTES: usize = 1024;
const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// The body of a response, before it is compressed.
#[derive(Debug, Clone)]
struct Plain(Bytes);

fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.extensions_mut().insert(Plain(body.into()));
    with_header(
        response,
        CONTENT_TYPE,
        HeaderValue::from_static(content_type),
    )
}

/// Adds a header to a response.
pub(super) fn with_header(
    mut response: Response<Body>,
    name: HeaderName,
    value: impl Into<HeaderValue>,
) -> Response<Body> {
    response.headers_mut().insert(name, value.into());
    response
}

/// Returns the response to `/healthz`, which depends on the database.
pub(super) fn healthz(is_well: bool) -> Response<Body> {
    let status = if is_well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    respond(status, JSON, format!("{{\"ok\":{is_well}}}"))
}

/// Returns the response of Apollo Server's health check.
pub(super) fn health() -> Response<Body> {
    let content_type = "application/health+json; charset=utf-8";
    respond(StatusCode::OK, content_type, r#"{"status":"pass"}"#)
}

/// Returns a text, which Wiki.js sends as HTML.
pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    respond(status, HTML, body)
}

/// Returns the response to operations.
pub(super) fn graphql(status: StatusCode, reply: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(reply) {
        Ok(body) => respond(status, JSON, body),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Returns the response to a request from which no operation was read.
pub(super) fn refused(status: StatusCode, message: &str) -> Response<Body> {
    let body = json!({"data": {}, "errors": [{"message": message, "path": []}]});
    respond(status, JSON, body.to_string())
}

/// Returns a page of HTML.
fn html(status: StatusCode, title: &str, body: &str) -> Response<Body> {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"UTF-8\"><title>{title}</title></head><body>{body}</body></html>"
    );
    respond(status, HTML, page)
}

/// Returns the refusal of a firewall in front of the wiki.
pub(super) fn firewall() -> Response<Body> {
    let body = "<h1>403 Forbidden</h1><p>The request was blocked by a security rule.</p>";
    html(StatusCode::FORBIDDEN, "Request blocked", body)
}

/// Returns a file.
pub(super) fn file(content_type: &'static str, content: Vec<u8>) -> Response<Body> {
    let response = respond(StatusCode::OK, content_type, content);
    with_header(response, ACCEPT_RANGES, HeaderValue::from_static("bytes"))
}

/// Returns a status with its name.
pub(super) fn bare_status(status: StatusCode) -> Response<Body> {
    let name = status.canonical_reason().unwrap_or_default();
    respond(status, "text/plain; charset=utf-8", name)
}

/// Returns the refusal of an upload.
pub(super) fn upload_refused(status: StatusCode, message: &str) -> Response<Body> {
    let body = json!({"succeeded": false, "message": message});
    respond(status, JSON, body.to_string())
}

/// Returns the page for failures outside GraphQL.
pub(super) fn error_page(message: &str) -> Response<Body> {
    let body = format!(
        "<div class=\"is-fullscreen\" id=\"root\"><div class=\"app-error\"><a href=\"/\"></a><strong>Oops, something \
         went wrong...</strong><span>{message}</span></div></div>"
    );
    html(StatusCode::INTERNAL_SERVER_ERROR, "Error | Wiki.js", &body)
}

/// Returns a page of the user interface.
pub(super) fn page() -> Response<Body> {
    html(StatusCode::OK, "Wiki.js", "<div id=\"root\"></div>")
}

/// Returns the response of a wiki in setup mode.
pub(super) fn in_setup(reads: bool) -> Response<Body> {
    if reads {
        return html(StatusCode::OK, "Wiki.js Setup", "<div id=\"root\"></div>");
    }
    let body = r#"{"message":"Not Found","error":{}}"#;
    respond(StatusCode::NOT_FOUND, JSON, body)
}

/// Returns the page for a missing page.
pub(super) fn not_found() -> Response<Body> {
    let body = "<div id=\"root\"><h1>404</h1><p>This page does not exist.</p></div>";
    html(StatusCode::NOT_FOUND, "Not Found | Wiki.js", body)
}

/// Returns the refusal of a method.
pub(super) fn method_not_allowed(message: &str, allow: &'static str) -> Response<Body> {
    let response = text(StatusCode::METHOD_NOT_ALLOWED, message.to_owned());
    with_header(response, ALLOW, HeaderValue::from_static(allow))
}

/// Adds a new token to a response: in the header `new-jwt` if the request was exactly JSON, else as a cookie.
pub(super) fn renew(response: &mut Response<Body>, token: &str, request: &Parts) {
    let is_plain = header(request, CONTENT_TYPE) == Some("application/json");
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

/// Returns the response of a proxy.
pub(super) fn by_proxy(code: u16, retry_after: Option<u64>) -> Response<Body> {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    let response = respond(status, "text/html", page);
    match retry_after {
        Some(seconds) => with_header(response, RETRY_AFTER, seconds),
        None => response,
    }
}

/// Returns the response of a gateway with an unexpected failure.
pub(super) fn failed() -> Response<Body> {
    let error = serde_json::json!({
        "errors": [{"message": "Internal Server Error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}],
        "data": null,
    });
    graphql(StatusCode::OK, &error)
}

/// Returns the login page of a proxy.
pub(super) fn login_page() -> Response<Body> {
    let body = "<form method=\"post\"><input name=\"user\"><input name=\"password\" type=\"password\"></form>";
    html(StatusCode::OK, "Sign in", body)
}

/// Returns a response with half of its body.
pub(super) fn truncated(response: Response<Body>) -> Response<Body> {
    change_body(response, |bytes| bytes.truncate(bytes.len() / 2))
}

/// Returns a response whose JSON has an additional comma.
pub(super) fn malformed(response: Response<Body>) -> Response<Body> {
    change_body(response, |bytes| {
        let end = bytes.len().saturating_sub(1);
        bytes.insert(end, b',');
    })
}

/// Returns a response in which each field of a domain, such as `pages.create`, has failed.
pub(super) fn failed_after(response: Response<Body>) -> Response<Body> {
    change_body(response, |bytes| {
        let mut answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let mut errors = Vec::new();
        for (domain, fields) in answer["data"].as_object_mut().into_iter().flatten() {
            for (field, value) in fields.as_object_mut().into_iter().flatten() {
                *value = Value::Null;
                errors.push(json!({
                    "message": "Internal Server Error",
                    "path": [domain, field],
                    "extensions": {"code": "INTERNAL_SERVER_ERROR"},
                }));
            }
        }
        answer["errors"] = errors.into();
        *bytes = answer.to_string().into_bytes();
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

/// Adds the body to a response, compressed if the client accepts that and it is long.
pub(super) fn finish(mut response: Response<Body>, request: &Parts) -> Response<Body> {
    let Some(Plain(bytes)) = response.extensions_mut().remove::<Plain>() else {
        return response;
    };
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    let timeout = HeaderValue::from_static("timeout=5");
    headers.insert(HeaderName::from_static("keep-alive"), timeout);
    let accepted = header(request, ACCEPT_ENCODING).unwrap_or_default();
    let accepts = |coding: &str| {
        accepted.split(',').any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            name.eq_ignore_ascii_case(coding) && !parts.any(|parameter| parameter == "q=0")
        })
    };
    let codings: [(&str, Compress); 2] = [("gzip", gzip), ("deflate", deflate)];
    let is_long = bytes.len() >= COMPRESSED_BYTES;
    let coding = codings
        .into_iter()
        .find(|(coding, _)| is_long && accepts(coding));
    let bytes = match coding.map(|(coding, compress)| (coding, compress(&bytes))) {
        Some((coding, Ok(compressed))) => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
            compressed.into()
        }
        _ => bytes,
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

/// Compresses a body.
type Compress = fn(&[u8]) -> io::Result<Vec<u8>>;

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn deflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
