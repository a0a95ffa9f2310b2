//! Failures of HTTP exchanges, and their conversion to the error of each operation.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use tokio::time::error::Elapsed;
use url::Url;

use super::{Operation, OperationKind};
use crate::error::{
    Applied, AuthError, AuthFailure, BoxError, Error, HttpError, TransportErrorKind,
};

/// Failure of an HTTP exchange. All operations of a batch share one failure.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// No complete response arrived.
    Lost {
        kind: TransportErrorKind,
        source: Option<Arc<reqwest::Error>>,
    },
    /// The response is a redirect, or refuses a file transfer.
    Refused(Box<Refusal>),
    /// The content of an upload cannot be read.
    Local(Arc<std::io::Error>),
    /// Nothing was sent, since the call was awaited outside of a runtime.
    NoRuntime,
    /// Nothing was sent, since the requests in flight make no progress.
    Stalled,
}

/// A response without the data that was requested.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) problem: String,
    /// The start of the body.
    pub(super) body: String,
    pub(super) retry_after: Option<Duration>,
    /// The reason, if the wiki does not accept the credentials.
    pub(super) auth: Option<AuthFailure>,
    /// `true` if the operation was certainly not executed.
    pub(super) is_not_applied: bool,
}

impl Failure {
    #[cold]
    pub(super) fn of(kind: TransportErrorKind) -> Self {
        Self::Lost { kind, source: None }
    }

    /// Returns `true` if a single operation of a batch may have caused the failure by a large or slow response.
    pub(super) fn may_be_caused_by_one_operation(&self) -> bool {
        use TransportErrorKind::{Timeout, TooLarge};
        matches!(
            self,
            Self::Lost {
                kind: TooLarge | Timeout,
                ..
            }
        )
    }

    /// Returns the value of the attribute `error.type` in spans and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Lost { kind, .. } => kind.name(),
            Self::Refused(_) => "redirected",
            Self::Local(_) => TransportErrorKind::Local.name(),
            Self::NoRuntime => "no_runtime",
            Self::Stalled => TransportErrorKind::Timeout.name(),
        }
    }

    /// Returns the status of the response, if one arrived.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    #[cold]
    pub(super) fn into_error(self, operation: Operation) -> Error {
        let name = operation.name;
        match self {
            Self::Lost { kind, source } => {
                let applied = match kind {
                    // Without a connection or a valid request nothing was sent.
                    TransportErrorKind::Connect | TransportErrorKind::Request => Applied::No,
                    _ => operation.applied_if_lost(),
                };
                let error = Error::no_response(name, kind, applied);
                match source {
                    Some(source) => error.because(unshared(source)),
                    None => error,
                }
            }
            Self::Refused(refusal) => refusal.into_error(operation),
            Self::Local(source) => {
                let kind = TransportErrorKind::Local;
                Error::no_response(name, kind, Applied::No).because(unshared(source))
            }
            Self::NoRuntime => Error::no_runtime(name),
            // A timeout, since the caller has waited for as long as a request may take.
            Self::Stalled => stalled(
                name,
                "the requests in flight make no progress, perhaps because their runtime is not driven; this \
                 request was not sent",
            ),
        }
    }
}

impl Refusal {
    pub(super) fn into_error(self, operation: Operation) -> Error {
        let applied = if self.is_not_applied {
            Applied::No
        } else {
            operation.applied_if_lost()
        };
        let error = Error::Http(Box::new(HttpError {
            body: self.body,
            retry_after: self.retry_after,
            ..HttpError::new(operation.name, self.status, self.problem, applied)
        }));
        match self.auth {
            None => error,
            Some(reason) => AuthError::because(reason, error),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Elapsed> for Failure {
    fn from(_: Elapsed) -> Self {
        Self::of(TransportErrorKind::Timeout)
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
            OperationKind::Mutation | OperationKind::Subscription => Applied::Unknown,
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
    Error::no_response(operation, TransportErrorKind::Timeout, Applied::No).because(why)
}

/// Returns the error itself unless several operations share it.
fn unshared<E: StdError + Send + Sync + 'static>(error: Arc<E>) -> BoxError {
    Arc::try_unwrap(error).map_or_else(BoxError::from, BoxError::from)
}
