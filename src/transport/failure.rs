//! Why an exchange gave no answer, told of each operation that it was to carry.

use std::{error::Error as StdError, sync::Arc};

use super::{Operation, OperationKind};
use crate::error::{
    Applied, AuthError, AuthFailure, Error, HttpError, TransportError, TransportErrorKind,
};

/// Why an exchange gave no answer. It may concern several operations, which may fail for it each on
/// its own.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The answer did not arrive.
    Lost {
        kind: TransportErrorKind,
        source: Option<Arc<reqwest::Error>>,
    },
    /// The wiki is somewhere else.
    Redirected {
        status: u16,
        problem: String,
        /// The request was sent to another address already.
        followed: bool,
    },
    /// Nothing was sent, since the wiki would take the caller for somebody else.
    NotAccepted(AuthFailure),
    /// Nothing was sent, since there is nothing to send with.
    NoRuntime,
}

impl Failure {
    #[cold]
    pub(super) fn of(kind: TransportErrorKind) -> Self {
        Self::Lost { kind, source: None }
    }

    /// Whether it may be the work of one operation among several, that of a huge answer or a slow one.
    pub(super) fn may_be_one_operations(&self) -> bool {
        matches!(
            self,
            Self::Lost {
                kind: TransportErrorKind::TooLarge | TransportErrorKind::Timeout,
                ..
            }
        )
    }

    /// Its name for those who count failures.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Lost { kind, .. } => kind.name(),
            Self::Redirected { .. } => "redirected",
            Self::NotAccepted(_) => "not_accepted",
            Self::NoRuntime => "no_runtime",
        }
    }

    /// The status of an answer that there was after all.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Redirected { status, .. } => Some(*status),
            _ => None,
        }
    }

    #[cold]
    pub(super) fn into_error(self, operation: Operation) -> Error {
        match self {
            Self::Lost { kind, source } => Error::Transport(Box::new(TransportError {
                operation: operation.name.to_owned(),
                kind,
                source: source.map(unshared),
                applied: match kind {
                    // A request that was not written, or had no connection, was not sent.
                    TransportErrorKind::Connect | TransportErrorKind::Request => Applied::No,
                    _ => unknown_if_mutation(operation),
                },
            })),
            Self::Redirected {
                status,
                problem,
                followed,
            } => Error::Http(Box::new(HttpError {
                operation: operation.name.to_owned(),
                status,
                problem,
                body: String::new(),
                retry_after: None,
                applied: if followed {
                    unknown_if_mutation(operation)
                } else {
                    Applied::No
                },
            })),
            Self::NotAccepted(reason) => AuthError::found(reason),
            Self::NoRuntime => Error::no_runtime(operation.name),
        }
    }
}

impl From<reqwest::Error> for Failure {
    #[cold]
    fn from(error: reqwest::Error) -> Self {
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
        Self::Lost {
            kind,
            source: Some(Arc::new(error)),
        }
    }
}

/// The error itself where only one operation has it.
fn unshared(error: Arc<reqwest::Error>) -> Box<dyn StdError + Send + Sync> {
    match Arc::try_unwrap(error) {
        Ok(error) => Box::new(error),
        Err(shared) => Box::new(shared),
    }
}

/// What a failed exchange leaves open about a mutation.
pub(super) fn unknown_if_mutation(operation: Operation) -> Applied {
    match operation.kind {
        OperationKind::Query => Applied::No,
        OperationKind::Mutation => Applied::Unknown,
    }
}
