//! The error types of the variants of [`Error`].

use std::{
    error::Error as StdError,
    fmt,
    iter::successors,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde_json::Value;

use super::{Applied, Error, ErrorCode, database, meaning};
use crate::{
    redact::{Secrets, redact_patterns, shorten},
    types::{PageId, PagePath, Timestamp, opaque_debug},
};

/// The source of an error.
pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// An invalid setting of a client.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {problem}; {remedy}")]
#[non_exhaustive]
pub struct ConfigError {
    /// Name of the setting, as on the builder.
    pub setting: &'static str,
    /// The problem.
    pub problem: String,
    /// The remedy.
    pub remedy: String,
    #[source]
    pub(crate) source: Option<BoxError>,
}

/// An invalid argument. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}; {remedy}")]
#[non_exhaustive]
pub struct InvalidInput {
    /// Name of the argument.
    pub field: &'static str,
    /// The problem.
    pub problem: String,
    /// The remedy.
    pub remedy: String,
}

/// The reason why no complete response arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was established: the host name does not resolve, no server is listening, or TLS failed.
    #[error("cannot connect to the wiki")]
    Connect,
    /// A timeout or a deadline passed.
    #[error("no response in time")]
    Timeout,
    /// The connection broke before the response was complete.
    #[error("the connection broke before the response was complete")]
    Interrupted,
    /// The request could not be created.
    #[error("the request could not be created")]
    Request,
    /// The response is larger than [`max_response_bytes`](crate::ClientBuilder::max_response_bytes), or a download is
    /// larger than its `max_size`.
    #[error("the response is larger than allowed; request less, or raise max_response_bytes")]
    TooLarge,
    /// A local file or stream could not be read or written.
    #[error("a local file or stream could not be read or written")]
    Local,
    /// The client was [closed](crate::Client::close). Nothing was sent.
    #[error("the client is closed; build another one")]
    Closed,
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
            Self::Closed => "closed",
        }
    }
}

/// An error of a request without a complete response.
#[derive(Debug, thiserror::Error)]
#[error("{}", line(object.as_deref(), operation, self.describe(), []))]
#[non_exhaustive]
pub struct TransportError {
    /// Name of the operation.
    pub operation: String,
    /// The object that the call was about, such as `page 123`.
    pub object: Option<String>,
    /// The reason.
    pub kind: TransportErrorKind,
    #[source]
    pub(crate) source: Option<BoxError>,
    pub(crate) applied: Applied,
}

impl TransportError {
    /// Describes the problem; that of a failed connection by its URL and its innermost source, which contains the reason.
    fn describe(&self) -> String {
        let problem = self.kind.to_string();
        let is_connect = self.kind == TransportErrorKind::Connect;
        let Some(source) = self.source.as_deref().filter(|_| is_connect) else {
            return problem;
        };
        let shared = source.downcast_ref::<Arc<reqwest::Error>>();
        let error = source.downcast_ref().or_else(|| shared.map(Arc::as_ref));
        let url = error.and_then(reqwest::Error::url);
        let problem = url.map_or(problem, |url| format!("cannot connect to {url}"));
        let source: &(dyn StdError + 'static) = source;
        match successors(Some(source), |&error| error.source()).last() {
            Some(reason) => format!("{problem}: {reason}"),
            None => problem,
        }
    }
}

/// An HTTP response that is not GraphQL, such as the error page of a proxy, a redirect, or the page of another server.
#[derive(Debug, thiserror::Error)]
#[error("{}", line(object.as_deref(), operation, format_args!("HTTP {status}: {problem}"), []))]
#[non_exhaustive]
pub struct HttpError {
    /// Name of the operation.
    pub operation: String,
    /// The object that the call was about, such as `page 123`.
    pub object: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// The problem, and the remedy where it is known.
    pub problem: String,
    /// The first 300 characters of the body. Secrets of the request are removed.
    pub body: String,
    /// The header `Retry-After`.
    pub retry_after: Option<Duration>,
    pub(crate) applied: Applied,
}

impl HttpError {
    /// Creates the error of a response without a body.
    pub(crate) fn new(
        operation: &str,
        status: u16,
        problem: impl Into<String>,
        applied: Applied,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            object: None,
            status,
            problem: problem.into(),
            body: String::new(),
            retry_after: None,
            applied,
        }
    }
}

/// A response that does not match the type of the operation, such as one with null in a field that must not be null.
#[derive(thiserror::Error)]
#[error("{}", line(
    object.as_deref(),
    operation,
    format_args!("the response does not fit the operation at `{path}`: {source}"),
    []
))]
#[non_exhaustive]
pub struct DecodeError {
    /// Name of the operation.
    pub operation: String,
    /// The object that the call was about, such as `page 123`.
    pub object: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// Path in the response, such as `data.pages.list[3].id`.
    pub path: String,
    /// The problem at that path.
    pub source: serde_json::Error,
    /// The `data` of the response. `None` if the response has the right type, but the handle cannot convert it.
    pub data: Option<Value>,
    pub(crate) applied: Applied,
}

impl DecodeError {
    /// Creates the error of a successful response, without its data.
    pub(crate) fn new(
        operation: &str,
        path: impl Into<String>,
        source: serde_json::Error,
        applied: Applied,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            object: None,
            status: 200,
            path: path.into(),
            source,
            data: None,
            applied,
        }
    }
}

// The data may be the content of pages.
opaque_debug!(DecodeError: operation, object, status, path, source, applied);

/// A mutation whose response has `responseResult { succeeded: false }`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.line())]
#[non_exhaustive]
pub struct ApiError {
    /// Name of the operation.
    pub operation: String,
    /// The object that the call was about, such as `page 123`.
    pub object: Option<String>,
    /// `errorCode`. Every unhandled exception has the code [`ErrorCode::Unexpected`] (1).
    pub code: ErrorCode,
    /// `slug`: the name of the error in Wiki.js, such as `PageDuplicateCreate`, or the JavaScript class of an exception.
    pub slug: String,
    /// `message`. The message of a database error contains the SQL statement. It is reduced to the kind of the
    /// statement, the table and the reason: `inserting into tags failed: duplicate key value …`.
    pub message: String,
    pub(crate) applied: Applied,
}

impl ApiError {
    pub(crate) fn new(operation: &str, code: i64, slug: &str, message: &str) -> Self {
        let code = ErrorCode::from(code);
        let applied = Applied::after_response(code, slug, message);
        Self {
            operation: operation.to_owned(),
            object: None,
            code,
            slug: shorten(&redact_patterns(slug), LONGEST_SLUG),
            message: database::reduce(message, &Secrets::default()),
            applied,
        }
    }

    fn line(&self) -> String {
        let detail = match self.code {
            ErrorCode::Unexpected => self.slug.clone(),
            code => format!("code {}", code.number()),
        };
        let problem = meaning::problem_of_response(self);
        line(self.object.as_deref(), &self.operation, problem, [detail])
    }
}

/// Maximum length of a slug, in characters. Names of JavaScript classes are shorter.
const LONGEST_SLUG: usize = 80;

/// The reason why the wiki does not accept the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthFailure {
    /// The API key was revoked, or belongs to another wiki's database.
    #[error(
        "the API key was revoked or is unknown to this wiki; create a new one in Administration > API Access"
    )]
    KeyRevoked,
    /// The API key or the token has expired.
    #[error("the API key has expired; create a new one in Administration > API Access")]
    Expired,
    /// The API is disabled in the wiki's administration.
    #[error("the API is disabled; enable it in Administration > API Access")]
    ApiDisabled,
    /// The session has ended and the client cannot log in again: the login needs a security code, was rejected, or was
    /// repeated moments ago.
    #[error("the session has ended; log in again")]
    LoginNeeded,
    /// The call concerns the caller's own account, but the caller has not logged in. An API key acts as user 1 and
    /// would change that user's account ([K48](crate::guide::known_issues#k48)). Nothing was sent.
    #[error(
        "the call needs the account of the caller, but an API key acts as user 1 and a guest has no account; log in with ClientBuilder::login"
    )]
    UserNeeded,
    /// The wiki does not recognize the key and treats the caller as a guest.
    #[error(
        "the wiki does not recognize the API key and treats the caller as a guest; check that the key is complete and belongs to this wiki"
    )]
    KeyIgnored,
}

/// An error of credentials that the wiki does not accept.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct AuthError {
    /// The reason.
    pub reason: AuthFailure,
    /// The response of the wiki. `None` if the client detected the problem.
    #[source]
    pub(crate) source: Option<Box<Error>>,
}

impl AuthError {
    /// Returns the error for a problem that the client detected.
    pub(crate) fn found(reason: AuthFailure) -> Error {
        let source = None;
        Error::Auth(Box::new(Self { reason, source }))
    }

    /// Returns the error for a problem that a response shows.
    pub(crate) fn because(reason: AuthFailure, source: Error) -> Error {
        let source = Some(Box::new(source));
        Error::Auth(Box::new(Self { reason, source }))
    }
}

/// An update of a page that somebody else changed in the meantime. Nothing was written.
///
/// [`Pages::latest`](crate::pages::Pages::latest) and [`Pages::get`](crate::pages::Pages::get) return the newer page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "page {id} (`{path}`): not written, because it was changed at {actual} and the update is based on {expected}; \
     read the page and apply the change again"
)]
#[non_exhaustive]
pub struct Conflict {
    /// Id of the page.
    pub id: PageId,
    /// Path of the page.
    pub path: PagePath,
    /// The `updatedAt` on which the update is based.
    pub expected: Timestamp,
    /// The `updatedAt` of the page in the wiki.
    pub actual: Timestamp,
}

/// An error about an object that the client detected. The wiki returned no error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{object}: {problem} ({operation})")]
#[non_exhaustive]
pub struct ObjectError {
    /// Name of the operation.
    pub operation: &'static str,
    /// The object, such as `page 123` or `docs/install (locale en)`.
    pub object: String,
    /// The problem, such as `not found`, and the remedy where it is known.
    pub problem: String,
}

impl ObjectError {
    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "errors hold it boxed")]
    pub(crate) fn new(
        operation: &'static str,
        object: impl fmt::Display,
        problem: impl Into<String>,
    ) -> Box<Self> {
        Box::new(Self {
            operation,
            object: object.to_string(),
            problem: problem.into(),
        })
    }
}

/// Returns the message of an error: the object, the problem, and in parentheses the operation and details. An error
/// without an object begins with the operation.
pub(super) fn line(
    object: Option<&str>,
    operation: &str,
    problem: impl fmt::Display,
    details: impl IntoIterator<Item = String>,
) -> String {
    let subject = object.unwrap_or(operation);
    let operation = object.map(|_| operation.to_owned());
    let details: Vec<String> = operation.into_iter().chain(details).collect();
    match details.as_slice() {
        [] => format!("{subject}: {problem}"),
        details => format!("{subject}: {problem} ({})", details.join(", ")),
    }
}

/// A write of which only a part was applied.
#[derive(Debug, thiserror::Error)]
#[error("{done}, but {missing}{} ({operation})", of_source(source.as_ref()))]
#[non_exhaustive]
pub struct PartiallyApplied {
    /// Name of the operation.
    pub operation: &'static str,
    /// The part that was applied, such as `page 7 is stored`.
    pub done: String,
    /// The part that was not applied, such as `its tags are not`.
    pub missing: String,
    /// The error that the wiki returned, if any.
    pub source: Option<Error>,
}

fn of_source(source: Option<&Error>) -> String {
    source
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}

/// A write whose outcome is unknown: its response was lost or is inconclusive, and the wiki does not show the result.
///
/// The wiki may still apply the write later: closing the connection does not stop a request that is queued in a proxy
/// or being executed.
#[derive(Debug, thiserror::Error)]
#[error("{object}: the outcome of {operation} is unknown, because of: {source}; {}", self.describe())]
#[non_exhaustive]
pub struct Unconfirmed {
    /// Name of the operation.
    pub operation: &'static str,
    /// The object of the write, such as `page 7`.
    pub object: String,
    /// The state that was observed last. `None` if the wiki could not be read.
    pub observed: Option<String>,
    /// Time of the last observation.
    pub observed_at: Option<SystemTime>,
    /// `true` if repeating the call does no harm, even if the wiki executes the first request later.
    pub is_safe_to_repeat: bool,
    /// The remedy.
    pub remedy: &'static str,
    /// The error of the request.
    pub source: Error,
}

impl Unconfirmed {
    fn describe(&self) -> String {
        let seen = match (&self.observed, self.observed_at) {
            (Some(observed), Some(at)) => {
                let at = jiff::Timestamp::try_from(at).map(|at| at.to_string());
                format!("at {}, {observed}", at.unwrap_or_default())
            }
            (Some(observed), None) => observed.clone(),
            (None, _) => "the wiki could not be read".to_owned(),
        };
        format!("{seen}; {}", self.remedy)
    }
}
