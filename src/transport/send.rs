//! One HTTP exchange.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header;
use url::Url;

use super::{Operation, OperationKind};
use crate::{
    auth::Credentials,
    error::{Applied, Error, HttpError, Result, TransportError, TransportErrorKind},
};

/// Sends requests to one wiki.
pub(super) struct Sender {
    pub(super) http: reqwest::Client,
    pub(super) endpoint: Url,
    pub(super) credentials: Credentials,
    pub(super) timeout: Duration,
    /// The largest body of an answer, unpacked.
    pub(super) answer_bytes: usize,
}

/// What came back: whole, but not yet understood.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Sender {
    pub(super) async fn send(&self, operation: Operation, body: Bytes) -> Result<Answer> {
        let mut request = self
            .http
            .post(self.endpoint.clone())
            .timeout(self.timeout)
            // To the letter: with a charset, Wiki.js renews a login by cookie only (hazard 50).
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(body);
        if let Some(authorization) = self.credentials.authorization()?.header {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let response = request
            .send()
            .await
            .map_err(|error| lost(operation, error))?;
        self.refuse_redirection(operation, &response)?;
        if let Some(token) = response.headers().get("new-jwt") {
            self.credentials.renew(token);
        }
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = self.read(operation, response).await?;
        tracing::debug!(
            operation = operation.name,
            status,
            bytes = body.len(),
            "answered"
        );
        Ok(Answer {
            status,
            retry_after,
            body,
        })
    }

    /// The body, as long as it is not larger than allowed. What is unpacked counts, so that a small
    /// answer cannot grow into all of the memory.
    async fn read(&self, operation: Operation, mut response: reqwest::Response) -> Result<Vec<u8>> {
        let announced = response.content_length().unwrap_or_default();
        let too_large = || transport_error(operation, TransportErrorKind::TooLarge, None);
        let mut body = Vec::new();
        if usize::try_from(announced).is_ok_and(|length| length <= self.answer_bytes) {
            body.reserve(usize::try_from(announced).unwrap_or_default());
        } else {
            return Err(too_large());
        }
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| lost(operation, error))?
        {
            if body.len() + chunk.len() > self.answer_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// A redirection would turn the POST into a GET, or carry the key to another host: neither is
    /// followed, and the error names the address to configure (hazard 54).
    fn refuse_redirection(&self, operation: Operation, response: &reqwest::Response) -> Result<()> {
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
        Err(Error::Http(Box::new(HttpError {
            operation: operation.name.to_owned(),
            status: response.status().as_u16(),
            problem,
            body: String::new(),
            retry_after: None,
            applied: if followed {
                unknown_if_mutation(operation)
            } else {
                Applied::No
            },
        })))
    }
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
fn base_of(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/graphql").unwrap_or(path).to_owned();
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// What a failed exchange leaves open about a mutation.
pub(super) fn unknown_if_mutation(operation: Operation) -> Applied {
    match operation.kind {
        OperationKind::Query => Applied::No,
        OperationKind::Mutation => Applied::Unknown,
    }
}

fn lost(operation: Operation, error: reqwest::Error) -> Error {
    let kind = if error.is_builder() {
        TransportErrorKind::Request
    } else if error.is_connect() {
        // A connection that takes too long is a connection that was not made: nothing was sent.
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Interrupted
    };
    transport_error(operation, kind, Some(error))
}

/// The task that held the request is gone, with the runtime that it ran on.
pub(super) fn interrupted(operation: Operation) -> Error {
    transport_error(operation, TransportErrorKind::Interrupted, None)
}

fn transport_error(
    operation: Operation,
    kind: TransportErrorKind,
    source: Option<reqwest::Error>,
) -> Error {
    let applied = match kind {
        TransportErrorKind::Connect | TransportErrorKind::Request => Applied::No,
        _ => unknown_if_mutation(operation),
    };
    Error::Transport(Box::new(TransportError {
        operation: operation.name.to_owned(),
        kind,
        source: source.map(Into::into),
        applied,
    }))
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
