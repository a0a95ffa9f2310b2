//! Failures of HTTP exchanges, and their conversion to the error of each operation.

use std::sync::Arc;

use url::Url;

use super::{Operation, OperationKind};
use crate::error::{Applied, BoxError, Error, HttpError, TransportErrorKind};

/// Failure of an HTTP exchange. All operations of a batch share one failure.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// No complete response arrived.
    Lost {
        kind: TransportErrorKind,
        source: Option<Arc<reqwest::Error>>,
    },
    /// The wiki redirected the request.
    Redirected {
        status: u16,
        problem: String,
        /// `true` if the HTTP client has followed the redirect.
        followed: bool,
    },
    /// Nothing was sent, since the call was awaited outside of a runtime.
    NoRuntime,
    /// Nothing was sent, since the requests in flight make no progress.
    Stalled,
}

impl Failure {
    #[cold]
    pub(super) fn of(kind: TransportErrorKind) -> Self {
        Self::Lost { kind, source: None }
    }

    /// Returns `true` if a single operation of a batch may have caused the failure by a large or slow response.
    pub(super) fn may_be_caused_by_one_operation(&self) -> bool {
        matches!(
            self,
            Self::Lost {
                kind: TransportErrorKind::TooLarge | TransportErrorKind::Timeout,
                ..
            }
        )
    }

    /// Returns the value of the attribute `error.type` in spans and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Lost { kind, .. } => kind.name(),
            Self::Redirected { .. } => "redirected",
            Self::NoRuntime => "no_runtime",
            Self::Stalled => TransportErrorKind::Timeout.name(),
        }
    }

    /// Returns the status of the response, if one arrived.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Redirected { status, .. } => Some(*status),
            _ => None,
        }
    }

    #[cold]
    pub(super) fn into_error(self, operation: Operation) -> Error {
        match self {
            Self::Lost { kind, source } => {
                let applied = match kind {
                    // Without a connection or a valid request nothing was sent.
                    TransportErrorKind::Connect | TransportErrorKind::Request => Applied::No,
                    _ => operation.applied_if_lost(),
                };
                let source = source.map(unshared);
                Error::no_response_because(operation.name, kind, applied, source)
            }
            Self::Redirected {
                status,
                problem,
                followed,
            } => {
                // An HTTP client that the program supplied may have followed the redirect. Then the target may
                // have executed the operation.
                let applied = if followed {
                    operation.applied_if_lost()
                } else {
                    Applied::No
                };
                let error = HttpError::new(operation.name, status, problem, applied);
                Error::Http(Box::new(error))
            }
            Self::NoRuntime => Error::no_runtime(operation.name),
            // A timeout, since the caller has waited for as long as a request may take.
            Self::Stalled => stalled(
                operation.name,
                "the requests in flight make no progress, perhaps because their runtime is not driven; this \
                 request was not sent",
            ),
        }
    }
}

impl From<reqwest::Error> for Failure {
    #[cold]
    fn from(mut error: reqwest::Error) -> Self {
        // The message of the error contains the URL, which may contain a token after a redirect.
        if let Some(url) = error.url_mut() {
            *url = without_secrets(url.clone());
        }
        // Any other failure may have happened after the wiki received the request.
        let kind = if error.is_builder() {
            TransportErrorKind::Request
        } else if error.is_connect() {
            // Checked before `is_timeout`, since a timeout while connecting means that nothing was sent.
            TransportErrorKind::Connect
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else {
            TransportErrorKind::Interrupted
        };
        Self::Lost {
            kind,
            source: Some(Arc::new(error)),
        }
    }
}

impl Operation {
    /// Returns the [`Applied`] state of the operation after its response was lost.
    pub(super) fn applied_if_lost(self) -> Applied {
        match self.kind {
            OperationKind::Query => Applied::No,
            OperationKind::Mutation => Applied::Unknown,
        }
    }
}

/// Returns a URL without credentials, query and fragment.
pub(super) fn without_secrets(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    // These fail for a URL without a host, which has no credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Creates the timeout error of a call that waited for other calls and was not sent.
#[cold]
pub(super) fn stalled(operation: &str, why: &'static str) -> Error {
    let kind = TransportErrorKind::Timeout;
    Error::no_response_because(operation, kind, Applied::No, Some(why.into()))
}

/// Returns the error itself unless several operations share it.
fn unshared(error: Arc<reqwest::Error>) -> BoxError {
    match Arc::try_unwrap(error) {
        Ok(error) => Box::new(error),
        Err(shared) => Box::new(shared),
    }
}
