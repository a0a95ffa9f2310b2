//! One HTTP exchange.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use reqwest::{
    Method, Request, Response, StatusCode,
    header::{self, HeaderValue},
};
use tracing::Instrument;
use url::Url;

use super::failure::Failure;
use crate::{
    auth::Credentials,
    error::TransportErrorKind,
    http::Http,
    telemetry::{Exchange, Outgoing, Server},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// How many headers a request has: the three from here, and those of HTTP.
const HEADERS: usize = 8;

/// Sends requests to one wiki.
pub(super) struct Sender {
    pub(super) http: Http,
    pub(super) endpoint: Url,
    /// The server of the endpoint and of all files.
    pub(super) server: Server,
    pub(super) credentials: Credentials,
    /// The longest time in which nothing of a file moves.
    #[cfg(feature = "assets")]
    pub(super) timeout: Duration,
    /// The largest body of an answer, unpacked.
    pub(super) answer_bytes: usize,
}

/// What came back: whole, but not yet understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Sender {
    /// What is told of operations that are to be posted.
    pub(super) fn outgoing(&self, body: &Bytes) -> Outgoing<'_> {
        self.outgoing_to("POST", &self.endpoint, body.len() as u64)
    }

    /// What is told of a request with so many bytes of body.
    pub(super) fn outgoing_to<'a>(
        &'a self,
        method: &'static str,
        url: &'a Url,
        size: u64,
    ) -> Outgoing<'a> {
        Outgoing {
            server: &self.server,
            method,
            url,
            size,
        }
    }

    /// Posts a body of JSON, one operation or an array of them.
    pub(super) async fn send(
        &self,
        body: Bytes,
        exchange: Exchange<'_>,
    ) -> Result<Answer, Failure> {
        let posted = pin!(self.post(body));
        let result = posted.instrument(exchange.span()).await;
        match &result {
            Ok(answer) => exchange.end(Some(answer.status), Some(answer.body.len() as u64), None),
            Err(failure) => exchange.end(failure.status(), None, Some(failure.name())),
        }
        result
    }

    async fn post(&self, body: Bytes) -> Result<Answer, Failure> {
        // Not by a `RequestBuilder`, which is copied at each of its steps.
        let mut request = Request::new(Method::POST, self.endpoint.clone());
        let headers = request.headers_mut();
        headers.reserve(HEADERS);
        // To the letter: with a charset, Wiki.js renews a login by cookie only (hazard 50).
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ACCEPT, JSON);
        let authorization = self.credentials.authorization();
        if let Some(header) = authorization.map_err(Failure::NotAccepted)? {
            headers.insert(header::AUTHORIZATION, header);
        }
        *request.body_mut() = Some(body.into());
        if let Some(timeout) = self.http.timeout {
            *request.timeout_mut() = Some(timeout);
        }
        let mut response = self.http.client.execute(request).await?;
        self.refuse_redirection(&response)?;
        self.credentials.renew(response.headers());
        let status = response.status();
        Ok(Answer {
            status: status.as_u16(),
            retry_after: match status {
                StatusCode::OK => None,
                _ => retry_after(&response),
            },
            body: self.read(&mut response).await?,
        })
    }

    /// The body, as long as it is not larger than allowed. What is unpacked counts, so that a small
    /// answer cannot grow into all of the memory.
    async fn read(&self, response: &mut Response) -> Result<Bytes, Failure> {
        let announced = usize::try_from(response.content_length().unwrap_or_default());
        let mut room = self.answer_bytes;
        if announced.map_or(true, |announced| announced > room) {
            return Err(Failure::of(TransportErrorKind::TooLarge));
        }
        // One that was packed has not said how long it is: it is put together when all of it is there.
        // A small one comes in one piece, which is taken as it is.
        let mut pieces = Vec::new();
        while let Some(piece) = response.chunk().await? {
            // Of tiny pieces, what holds them is the most of what they take.
            room = room
                .checked_sub(piece.len().max(size_of::<Bytes>()))
                .ok_or_else(|| Failure::of(TransportErrorKind::TooLarge))?;
            pieces.push(piece);
        }
        Ok(match pieces.len() {
            0 | 1 => pieces.pop().unwrap_or_default(),
            _ => pieces.concat().into(),
        })
    }

    /// A redirection would turn the POST into a GET, or carry the key to another host: neither is
    /// followed, and the error names the address to configure (hazard 54).
    fn refuse_redirection(&self, response: &Response) -> Result<(), Failure> {
        let followed = response.url() != &self.endpoint;
        if !response.status().is_redirection() && !followed {
            return Ok(());
        }
        let target = if followed {
            Some(response.url().clone())
        } else {
            response
                .headers()
                .get(header::LOCATION)
                .and_then(|location| self.endpoint.join(location.to_str().ok()?).ok())
        };
        let problem = match target {
            Some(target) => {
                format!(
                    "the wiki redirects; configure its URL as {}",
                    base_of(target)
                )
            }
            None => "the wiki redirects without saying where; configure its final URL".to_owned(),
        };
        Err(Failure::Redirected {
            status: response.status().as_u16(),
            problem,
            followed,
        })
    }
}

/// How long the answer asks to wait.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    let seconds = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Where a wiki at `base` answers GraphQL. The base may already end in `/graphql` or in a slash.
pub(crate) fn endpoint_of(base: &Url) -> Url {
    let mut endpoint = base_of(base.clone());
    endpoint.set_path(&format!(
        "{}/graphql",
        endpoint.path().trim_end_matches('/')
    ));
    endpoint
}

/// The address of the wiki whose endpoint, or any address below it, is `url`.
pub(super) fn base_of(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/graphql").unwrap_or(path).to_owned();
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::endpoint_of;

    #[test]
    fn the_endpoint_is_found_from_any_form_of_the_address() {
        for (base, endpoint) in [
            (
                "https://wiki.example.com",
                "https://wiki.example.com/graphql",
            ),
            (
                "https://wiki.example.com/",
                "https://wiki.example.com/graphql",
            ),
            (
                "https://wiki.example.com/graphql",
                "https://wiki.example.com/graphql",
            ),
            (
                "https://wiki.example.com:8443/graphql/",
                "https://wiki.example.com:8443/graphql",
            ),
            (
                "https://example.com/wiki",
                "https://example.com/wiki/graphql",
            ),
            (
                "https://example.com/wiki/graphql",
                "https://example.com/wiki/graphql",
            ),
        ] {
            assert_eq!(
                endpoint_of(&base.parse().unwrap()).as_str(),
                endpoint,
                "{base}"
            );
        }
    }
}
