//! What each kind of error carries.

use std::{error::Error as StdError, time::Duration};

use super::{Applied, Error, ErrorCode, meaning};
use crate::{pages::Page, types::Timestamp};

/// A setting with which no client can be built.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {problem}; {remedy}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The setting's name, as on the builder.
    pub setting: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// What to do instead.
    pub remedy: String,
    #[source]
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

/// An argument that is refused before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}; {remedy}")]
#[non_exhaustive]
pub struct InvalidInput {
    /// The argument's name.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
}

/// What kept an answer from arriving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the name does not resolve, nobody listens, TLS fails.
    Connect,
    /// The time ran out.
    Timeout,
    /// The connection broke while the answer was due, or the answer was cut off.
    Interrupted,
    /// The request could not be written.
    Request,
    /// The answer is larger than [`max_answer_bytes`](crate::ClientBuilder::max_answer_bytes), or, of
    /// a download, than its `max_size`.
    TooLarge,
    /// This side failed: a file or a stream could not be read to be sent, or could not take what came.
    Local,
}

impl TransportErrorKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Request => "request",
            Self::TooLarge => "too_large",
            Self::Local => "local",
        }
    }
}

/// No answer, or not all of it.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {}", self.describe())]
#[non_exhaustive]
pub struct TransportError {
    /// The operation's name.
    pub operation: String,
    /// What went wrong.
    pub kind: TransportErrorKind,
    #[source]
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
    pub(crate) applied: Applied,
}

impl TransportError {
    fn describe(&self) -> &'static str {
        match self.kind {
            TransportErrorKind::Connect => "no connection to the wiki",
            TransportErrorKind::Timeout => "the wiki did not answer in time",
            TransportErrorKind::Interrupted => {
                "the connection broke before the answer was complete"
            }
            TransportErrorKind::TooLarge => {
                "the answer is larger than allowed; ask for less, or raise max_answer_bytes"
            }
            TransportErrorKind::Request => "the request could not be sent",
            TransportErrorKind::Local => "the content could not be read or written on this side",
        }
    }
}

/// An HTTP answer that is not GraphQL's: a proxy's page, a redirection, a wrong address.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: HTTP {status} from the wiki's address: {problem}")]
#[non_exhaustive]
pub struct HttpError {
    /// The operation's name.
    pub operation: String,
    /// The HTTP status.
    pub status: u16,
    /// What the answer means, and what to do about it where that is known.
    pub problem: String,
    /// The first characters of the body.
    pub body: String,
    /// The header `Retry-After`.
    pub retry_after: Option<Duration>,
    pub(crate) applied: Applied,
}

/// An answer that is not what the operation selects.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: the answer does not fit the operation at `{path}`: {source}")]
#[non_exhaustive]
pub struct DecodeError {
    /// The operation's name.
    pub operation: String,
    /// The HTTP status.
    pub status: u16,
    /// Where in the answer, such as `data.pages.list[3].id`.
    pub path: String,
    /// What was wrong there.
    pub source: serde_json::Error,
    pub(crate) applied: Applied,
}

/// A mutation that answered `responseResult { succeeded: false }`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {} ({slug}, {})", meaning::without_sql(message), code.number())]
#[non_exhaustive]
pub struct ApiError {
    /// The operation's name.
    pub operation: String,
    /// The error's code. [`ErrorCode::Unexpected`] (1) is every exception that Wiki.js did not foresee.
    pub code: ErrorCode,
    /// The error's name in Wiki.js, such as `PageDuplicateCreate`, or the JavaScript class of an
    /// unforeseen exception.
    pub slug: String,
    /// The whole message. Of a database error it holds the SQL statement, which `Display` leaves out.
    pub message: String,
    pub(crate) applied: Applied,
}

impl ApiError {
    pub(crate) fn new(operation: &str, code: i64, slug: String, message: String) -> Self {
        let code = ErrorCode::from(code);
        let applied = Applied::after_response(code, &slug, &message);
        Self {
            operation: operation.to_owned(),
            code,
            slug,
            message,
            applied,
        }
    }
}

/// Why the wiki does not accept the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthFailure {
    /// The API key was revoked, or was never made by this wiki's database.
    KeyRevoked,
    /// The API key or the token is expired.
    Expired,
    /// API keys are switched off in the wiki's administration.
    ApiDisabled,
    /// The login has ended and cannot be repeated: it takes a security code, it was refused, or the
    /// last one was only moments ago.
    LoginNeeded,
    /// The call is about the account of the one who is calling, and nobody has logged in: an API key
    /// acts as user 1, whose account it would change (hazard 48). Nothing was sent.
    UserNeeded,
    /// The wiki ignores the key, because it is not one of its own, and serves the caller as a guest.
    KeyIgnored,
}

/// The wiki does not accept the caller for whom it claims to be.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.describe())]
#[non_exhaustive]
pub struct AuthError {
    /// Why.
    pub reason: AuthFailure,
    /// The answer that showed it; none where the library found it out by comparing.
    #[source]
    pub(crate) source: Option<Box<Error>>,
}

impl AuthError {
    /// Found out by comparing, not from an answer that says so.
    pub(crate) fn found(reason: AuthFailure) -> Error {
        Error::Auth(Box::new(Self {
            reason,
            source: None,
        }))
    }

    fn describe(&self) -> &'static str {
        match self.reason {
            AuthFailure::KeyRevoked => {
                "the API key was revoked or is unknown to this wiki; make a new one in Administration > API Access"
            }
            AuthFailure::Expired => {
                "the API key is expired; make a new one in Administration > API Access"
            }
            AuthFailure::ApiDisabled => {
                "API access is switched off; enable it in Administration > API Access"
            }
            AuthFailure::LoginNeeded => "the login has ended; log in again",
            AuthFailure::UserNeeded => {
                "an API key acts as user 1, whose account this would change, and a guest has none; log in as the user with ClientBuilder::login"
            }
            AuthFailure::KeyIgnored => {
                "the wiki ignores the API key and serves the caller as a guest; check that it is a key of this wiki and complete"
            }
        }
    }
}

/// The page is newer than the caller's copy; nothing was written.
#[derive(Debug, thiserror::Error)]
#[error(
    "page {}: changed at {} by somebody else, and not as of {expected}; read it and apply the change again",
    newer.id, newer.updated_at
)]
#[non_exhaustive]
pub struct Conflict {
    /// The `updated_at` that the caller had.
    pub expected: Timestamp,
    /// The page as it is now.
    pub newer: Page,
}

/// The main part of a write was made, a later part was not.
#[derive(Debug, thiserror::Error)]
#[error("{done}, but {missing}: {source}")]
#[non_exhaustive]
pub struct Incomplete {
    /// What was made.
    pub done: String,
    /// What was not.
    pub missing: String,
    /// Why not.
    pub source: Error,
}
