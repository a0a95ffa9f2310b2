//! HTTP exchanges with the wiki's GraphQL endpoint.

use std::{
    mem,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::{
    Method, Request, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tracing::{Instrument, Span};
use url::Url;

use super::{
    Limits,
    failure::{Failure, Refusal, without_secrets},
};
use crate::{
    auth::Credentials,
    error::TransportErrorKind,
    http::{Http, base_of},
    telemetry::{Exchange, Server},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Size below which pieces of a body are joined, in bytes. A list of many small pieces would take more memory
/// than their content.
const MIN_PIECE: usize = 4 * 1024;

/// Sends requests to one wiki.
pub(super) struct Sender {
    pub(super) http: Http,
    pub(super) endpoint: Url,
    /// The server of the endpoint and of all files, for spans and metrics.
    pub(super) server: Server,
    pub(super) credentials: Credentials,
    pub(super) limits: Arc<Limits>,
}

/// A complete response before it is decoded.
#[derive(Debug, Clone, Default)]
pub(super) struct RawResponse {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
}

impl RawResponse {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Sender {
    /// Starts the span of a request with a body of `size` bytes. `operations` contains the span of each operation and
    /// the number of its earlier attempts.
    pub(super) fn begin<'a, 'span>(
        &'a self,
        method: &'static str,
        url: &'a Url,
        size: u64,
        operations: impl ExactSizeIterator<Item = (&'span Span, u32)> + Clone,
    ) -> Exchange<'a> {
        Exchange::begin(&self.server, method, url, size, operations)
    }

    /// Posts a JSON body: one operation or an array of them.
    pub(super) async fn send(
        &self,
        body: Bytes,
        exchange: Exchange<'_>,
    ) -> Result<RawResponse, Failure> {
        let posted = pin!(self.post(body));
        traced(exchange, posted, |response| {
            (response.status, Some(response.body.len() as u64))
        })
        .await
    }

    async fn post(&self, body: Bytes) -> Result<RawResponse, Failure> {
        let mut response = self.http.client.execute(self.request(body)).await?;
        // Following a redirect would turn the POST into a GET, or send the API key to another host (known issue K54).
        if let Some(redirected) = redirection(&self.endpoint, &response) {
            return Err(redirected);
        }
        // Wiki.js accepts an expired token for 14 days, and sends a new one with the response.
        self.credentials.renew(response.headers());
        let status = response.status();
        Ok(RawResponse {
            status: status.as_u16(),
            retry_after: match status {
                // A successful response requests no delay, so its headers are not searched.
                StatusCode::OK => None,
                _ => retry_after(&response),
            },
            body: self.read(&mut response).await?,
        })
    }

    /// Creates the request outside of the future that sends it, which would otherwise contain the request.
    fn request(&self, body: Bytes) -> Request {
        // Not a `RequestBuilder`: each of its methods moves it, which costs more than the rest of this function.
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let headers = request.headers_mut();
        // No charset: with one, Wiki.js sends a renewed token only as a cookie (known issue K50).
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ACCEPT, JSON);
        if let Some(header) = self.credentials.authorization() {
            headers.insert(header::AUTHORIZATION, header);
        }
        *request.body_mut() = Some(body.into());
        // Setting a timeout takes allocations, even if it is `None`.
        if let Some(timeout) = self.http.timeout {
            *request.timeout_mut() = Some(timeout);
        }
        request
    }

    /// Reads the body up to the limit. The limit counts decompressed bytes, so that a small compressed response
    /// cannot exhaust the memory.
    async fn read(&self, response: &mut Response) -> Result<Bytes, Failure> {
        // Checked before anything is read: a proxy may announce any length.
        let announced = usize::try_from(response.content_length().unwrap_or_default());
        let mut room = self.limits.batch.response_bytes;
        if announced.map_or(true, |announced| announced > room) {
            return Err(Failure::of(TransportErrorKind::TooLarge));
        }
        // The length of a compressed body is unknown, so the pieces are joined at the end. A small body arrives
        // in one piece, which is returned without a copy.
        let mut pieces: Vec<Bytes> = Vec::new();
        let mut joined = Vec::new();
        while let Some(piece) = response.chunk().await? {
            room = room
                .checked_sub(piece.len())
                .ok_or_else(|| Failure::of(TransportErrorKind::TooLarge))?;
            if pieces.is_empty() && joined.is_empty() || piece.len() >= MIN_PIECE {
                if !joined.is_empty() {
                    pieces.push(mem::take(&mut joined).into());
                }
                pieces.push(piece);
            } else {
                joined.extend_from_slice(&piece);
            }
        }
        if !joined.is_empty() {
            pieces.push(joined.into());
        }
        Ok(match pieces.len() {
            0 | 1 => pieces.pop().unwrap_or_default(),
            _ => pieces.concat().into(),
        })
    }
}

/// Executes a request within its span, and records its result. Pinned by the caller, because passing the future would
/// store a second copy of it.
pub(super) async fn traced<T>(
    exchange: Exchange<'_>,
    request: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    status_and_size: impl FnOnce(&T) -> (u16, Option<u64>),
) -> Result<T, Failure> {
    let result = request.instrument(exchange.span.clone()).await;
    match &result {
        Ok(response) => {
            let (status, size) = status_and_size(response);
            exchange.end(Some(status), size, None);
        }
        Err(failure) => exchange.end(failure.status(), None, Some(failure.name())),
    }
    result
}

/// Returns the failure of a request to `asked` if the wiki redirected it.
///
/// This client never follows redirects, but an HTTP client that the program supplied may have followed one.
pub(super) fn redirection(asked: &Url, response: &Response) -> Option<Failure> {
    let followed = response.url() != asked;
    let status = response.status();
    if !status.is_redirection() && !followed {
        return None;
    }
    let target = if followed {
        Some(response.url().clone())
    } else {
        let location = header_text(response.headers(), header::LOCATION);
        location.and_then(|location| asked.join(location).ok())
    };
    let refusal = Refusal {
        status: status.as_u16(),
        problem: redirection_problem(asked, target),
        // If the redirect was followed, the target may have executed the operation.
        is_not_applied: !followed,
        ..Refusal::default()
    };
    Some(refusal.into())
}

/// Describes a redirect and the remedy.
///
/// It suggests the target for the configuration only if it is the same endpoint elsewhere. Any other target is
/// probably a login page in front of the wiki, to which the API key must not be sent.
fn redirection_problem(asked: &Url, target: Option<Url>) -> String {
    let Some(target) = target.map(without_secrets) else {
        return "the wiki redirects without a target; configure its final URL".to_owned();
    };
    let host = target.host_str().unwrap_or_default().to_owned();
    let is_same_host = target.host() == asked.host();
    let path = target.path().trim_end_matches('/');
    // The wiki may have moved below another path, so only the end of the path is compared.
    let is_graphql = asked.path().ends_with("/graphql");
    let is_same_place = if is_graphql {
        path.ends_with("/graphql")
    } else {
        path == asked.path()
    };
    if !is_same_place {
        return format!(
            "the wiki redirects to {host}, which looks like a login page in front of it; ask its operator to let API \
             requests pass, and do not send the API key to that host"
        );
    }
    if asked.scheme() == "https" && target.scheme() != "https" {
        return format!(
            "the wiki redirects to {host} without encryption, where others can read the API key; configure the \
             redirect to use https"
        );
    }
    let base = if is_graphql {
        base_of(&target)
    } else {
        target.join("/").unwrap_or(target)
    };
    if is_same_host {
        format!("the wiki redirects; configure its URL as {base}")
    } else {
        format!(
            "the wiki redirects to another host; if you trust {host} with the API key, configure its URL as {base}"
        )
    }
}

/// Returns the value of a header, if it is a text.
pub(super) fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the delay that the header `Retry-After` requests: a number of seconds, or a date on the clock of the
/// server that sent it.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let headers = response.headers();
    let value = header_text(headers, header::RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = header_text(headers, header::DATE).and_then(http_date);
    let now = date.unwrap_or_else(Timestamp::now);
    let wait = http_date(value)?.duration_since(now);
    // A date in the past requests no delay.
    Some(wait.try_into().unwrap_or_default())
}

/// Parses an HTTP date, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    // The dates of HTTP have the format of RFC 2822, with `GMT` as the time zone.
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::redirection_problem;

    /// A test of the public API would need a server with a certificate.
    #[test]
    fn a_redirect_to_an_address_without_encryption_is_not_proposed() {
        let asked = "https://a.example/graphql".parse().unwrap();
        let target = "http://a.example/graphql".parse().unwrap();
        let said = redirection_problem(&asked, Some(target));
        assert!(said.contains("without encryption"), "{said}");
        assert!(!said.contains("configure its URL as"), "{said}");
    }
}
