//! Errors.
//!
//! | failure | variant |
//! |---|---|
//! | an invalid argument or setting; nothing was sent | [`Error::InvalidInput`], [`Error::Config`] |
//! | no complete response | [`Error::Transport`] |
//! | a response that is not GraphQL, such as the error page of a proxy | [`Error::Http`] |
//! | a response that does not match the type of the operation | [`Error::Decode`] |
//! | GraphQL `errors` | [`Error::GraphQl`]; [`Error::Unsupported`] if the wiki does not know a field |
//! | a `responseResult` that reports a failure | [`Error::Api`] |
//! | credentials that the wiki does not accept | [`Error::Auth`] |
//! | a result that only the client detects | [`Error::NotFound`], [`Error::AlreadyExists`], [`Error::NotApplied`] |
//! | a page that somebody else changed before the write | [`Error::Conflict`] |
//! | a server that the wiki could not reach | [`Error::Upstream`] |
//! | a write that was applied in part | [`Error::PartiallyApplied`] |
//! | a write whose outcome is unknown | [`Error::Unconfirmed`] |
//!
//! Wiki.js responds to most failures with HTTP 200, so the HTTP status does not classify them.
//!
//! Use the predicates rather than the variants. For example, a missing page is a GraphQL error of a query, but a
//! `responseResult` of a mutation. [`is_not_found`](Error::is_not_found) returns `true` for both.
//!
//! The message of an error begins with the object: `page 123: not found (PagesGet, code 6003)`.

mod code;
mod database;
mod graphql;
mod layers;
mod meaning;
mod unsupported;

use std::{error::Error as _, fmt, io, iter::successors, time::Duration};

use serde_json::Value;

use self::meaning::Meaning;
pub use self::{
    code::ErrorCode,
    graphql::{GraphQlError, GraphQlErrors, Location, PathSegment},
    layers::{
        ApiError, AuthError, AuthFailure, ConfigError, Conflict, DecodeError, HttpError,
        InvalidInput, ObjectError, PartiallyApplied, TransportError, TransportErrorKind,
        Unconfirmed,
    },
    meaning::Applied,
    unsupported::{UnknownPart, Unsupported},
};
pub(crate) use self::{
    database::{before_statement, reduce as reduce_message},
    layers::BoxError,
    meaning::required_permissions,
};

/// The result of a call to the wiki.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a call to the wiki.
///
/// ```
/// # wikijs_fake::example!(wiki => {
/// match wiki.pages().get(123).await {
///     Ok(page) => println!("{}", page.title),
///     Err(error) if error.is_not_found() => println!("no such page"),
///     Err(error) if error.is_unauthenticated() => println!("the key is not accepted: {error}"),
///     Err(error) => return Err(error.into()),
/// }
/// # });
/// ```
///
/// Use the predicates to distinguish errors by meaning. The variants only show where an error arose: a missing page is
/// [`GraphQl`](Self::GraphQl), [`Api`](Self::Api) or [`NotFound`](Self::NotFound), depending on the operation.
/// `{:?}` shows the message and its sources, so that a program whose `main` returns an error prints what to do. `{:#?}`
/// shows the fields.
#[derive(thiserror::Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is invalid. Nothing was sent.
    Config(#[from] ConfigError),
    /// An argument is invalid. Nothing was sent.
    InvalidInput(#[from] InvalidInput),
    /// No complete response arrived.
    Transport(Box<TransportError>),
    /// The response is not GraphQL.
    Http(Box<HttpError>),
    /// The response does not match the type of the operation.
    Decode(Box<DecodeError>),
    /// The response has GraphQL `errors`.
    GraphQl(Box<GraphQlErrors>),
    /// The wiki does not know the operation or a part of it. Nothing was executed.
    Unsupported(Box<Unsupported>),
    /// The `responseResult` of a mutation reports a failure.
    Api(Box<ApiError>),
    /// The wiki does not accept the credentials.
    Auth(Box<AuthError>),
    /// The object does not exist. The client detected this; the wiki returned no error.
    NotFound(Box<ObjectError>),
    /// The wiki reported success, but the object is unchanged.
    NotApplied(Box<ObjectError>),
    /// The object to create already exists. It is unchanged.
    AlreadyExists(Box<ObjectError>),
    /// The wiki could not reach another server that it needs.
    Upstream(Box<ObjectError>),
    /// Somebody else changed the page before the write. Nothing was written.
    Conflict(Box<Conflict>),
    /// A part of the write was applied. The error names it.
    PartiallyApplied(Box<PartiallyApplied>),
    /// The outcome of the write is unknown. It may have been applied, and may still be.
    Unconfirmed(Box<Unconfirmed>),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return self.fields().fmt(f);
        }
        let mut shown = self.to_string();
        for source in successors(self.source(), |&source| source.source()) {
            let source = source.to_string();
            // Some messages contain those of their sources.
            if !shown.contains(&source) {
                shown = format!("{shown}\n  because of: {source}");
            }
        }
        f.write_str(&shown)
    }
}

/// For functions that read a stream of this crate, such as [`Content::stream`](crate::assets::Content::stream).
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

/// The properties that most kinds of errors have in common.
struct Facts<'a> {
    operation: Option<&'a str>,
    object: Option<&'a str>,
    status: Option<u16>,
    applied: Applied,
}

impl Facts<'_> {
    const NONE: Self = Self {
        operation: None,
        object: None,
        status: None,
        applied: Applied::No,
    };
}

impl Error {
    #[cold]
    pub(crate) fn invalid(
        field: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::InvalidInput(InvalidInput {
            field,
            problem: problem.into(),
            remedy: remedy.into(),
        })
    }

    pub(crate) fn config(
        setting: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Config(ConfigError {
            setting,
            problem: problem.into(),
            remedy: remedy.into(),
            source: None,
        })
    }

    /// Returns `true` if the object does not exist, such as a page, a version, a tag, a user, an asset or a comment.
    pub fn is_not_found(&self) -> bool {
        self.meaning() == Meaning::NotFound
    }

    /// Returns `true` if the wiki does not accept the credentials: the key is expired, revoked or ignored, the API is
    /// disabled, or the session has ended. Another key or a login is needed.
    ///
    /// Wiki.js does *not* reject an invalid key: it treats the caller as a guest, whose requests fail with
    /// [`is_forbidden`](Self::is_forbidden) or even succeed. [`Client::check`](crate::Client::check) detects an invalid
    /// key.
    pub fn is_unauthenticated(&self) -> bool {
        self.meaning() == Meaning::Unauthenticated
    }

    /// Returns `true` if the caller lacks a permission: its groups do not have it, or a page rule denies it.
    pub fn is_forbidden(&self) -> bool {
        self.meaning() == Meaning::Forbidden
    }

    /// Returns `true` if an object already exists or was changed in the meantime: a page at that path, a tag of that
    /// name, a newer version of the page.
    pub fn is_conflict(&self) -> bool {
        self.meaning() == Meaning::Conflict
    }

    /// Returns `true` if the wiki or a proxy limits the rate of requests. See [`retry_after`](Self::retry_after).
    pub fn is_rate_limited(&self) -> bool {
        self.meaning() == Meaning::RateLimited
    }

    /// Returns `true` if the wiki cannot serve requests now: it is starting, its database is unreachable or busy, a
    /// proxy responds in its place (502, 503, 504), or the wiki cannot reach another server that it needs.
    ///
    /// If the wiki has lost its database connection permanently, this method returns `true` but
    /// [`is_transient`](Self::is_transient) returns `false`: the wiki must be restarted, as the message states.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self.meaning(),
            Meaning::Unavailable | Meaning::LostConnection
        )
    }

    /// Returns `true` if the same call may succeed later: there was no connection, the connection broke,
    /// [`is_rate_limited`](Self::is_rate_limited), or [`is_unavailable`](Self::is_unavailable).
    ///
    /// The client has already retried, as its [`RetryPolicy`](crate::RetryPolicy) allows. Before you retry a write,
    /// check [`applied`](Self::applied).
    pub fn is_transient(&self) -> bool {
        let lost = matches!(self.root(), Self::Transport(error) if matches!(
            error.kind,
            TransportErrorKind::Connect | TransportErrorKind::Interrupted
        ));
        lost || self.is_rate_limited() || self.meaning() == Meaning::Unavailable
    }

    /// Returns `true` if this library or the wiki rejected an argument.
    pub fn is_invalid_input(&self) -> bool {
        self.meaning() == Meaning::InvalidInput
    }

    /// Returns `true` if the wiki does not know the operation, or a field or an argument of it: it is older or newer
    /// than the schema of the operation. [`Error::Unsupported`] lists the unknown parts.
    pub fn is_unsupported(&self) -> bool {
        self.meaning() == Meaning::Unsupported
    }

    /// Returns `true` if a timeout or a deadline passed before the response arrived.
    pub fn is_timeout(&self) -> bool {
        matches!(self.root(), Self::Transport(error) if error.kind == TransportErrorKind::Timeout)
    }

    /// Returns `true` if no connection could be established: the host name does not resolve, no server is listening, or
    /// TLS failed. Nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(self.root(), Self::Transport(error) if error.kind == TransportErrorKind::Connect)
    }

    /// Returns the error code of Wiki.js: `responseResult.errorCode`, or `extensions.exception.code` of a GraphQL error.
    ///
    /// Returns `None` for errors without a code, such as `Forbidden`, and for errors that are not from Wiki.js.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code),
            Self::GraphQl(error) => error.code(),
            Self::Auth(error) => error.source.as_ref().and_then(|source| source.code()),
            Self::PartiallyApplied(_) | Self::Unconfirmed(_) => self.cause()?.code(),
            _ => None,
        }
    }

    /// Returns the HTTP status, if a response arrived.
    pub fn status(&self) -> Option<u16> {
        self.facts().status
    }

    /// Returns the time to wait before the next attempt, if the wiki or a proxy specified one.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.root() {
            Self::Http(error) => error.retry_after,
            Self::GraphQl(error) => meaning::retry_after_in(&error.errors),
            _ => None,
        }
    }

    /// Returns the name of the operation that failed, such as `PagesCreate`.
    pub fn operation(&self) -> Option<&str> {
        self.facts().operation
    }

    /// Returns the object of the call, such as `page 123` or `docs/install (locale en)`.
    ///
    /// Returns `None` if the call does not refer to a single object, such as a call that returns a list.
    pub fn object(&self) -> Option<&str> {
        self.facts().object
    }

    /// Returns the outcome of the failed write.
    ///
    /// - [`Applied::No`]: the write was not applied, and will not be applied later. Nothing was sent, the wiki rejected
    ///   the request before it executed it, or its complete response reports a failure and the object is unchanged.
    ///   This is also the value for all queries.
    /// - [`Applied::Partially`]: the response is complete, and a part of the write was applied.
    /// - [`Applied::Yes`]: the write was applied.
    /// - [`Applied::Unknown`] in all other cases.
    pub fn applied(&self) -> Applied {
        self.facts().applied
    }

    fn fields(&self) -> &dyn fmt::Debug {
        match self {
            Self::Config(error) => error,
            Self::InvalidInput(error) => error,
            Self::Transport(error) => error,
            Self::Http(error) => error,
            Self::Decode(error) => error,
            Self::GraphQl(error) => error,
            Self::Unsupported(error) => error,
            Self::Api(error) => error,
            Self::Auth(error) => error,
            Self::NotFound(error)
            | Self::NotApplied(error)
            | Self::AlreadyExists(error)
            | Self::Upstream(error) => error,
            Self::Conflict(error) => error,
            Self::PartiallyApplied(error) => error,
            Self::Unconfirmed(error) => error,
        }
    }

    fn facts(&self) -> Facts<'_> {
        fn of<'a>(
            operation: &'a str,
            object: impl Into<Option<&'a String>>,
            status: Option<u16>,
            applied: Applied,
        ) -> Facts<'a> {
            Facts {
                operation: Some(operation),
                object: object.into().map(String::as_str),
                status,
                applied,
            }
        }
        match self {
            Self::Config(_) | Self::InvalidInput(_) | Self::Conflict(_) => Facts::NONE,
            Self::Transport(it) => of(&it.operation, &it.object, None, it.applied),
            Self::Http(it) => of(&it.operation, &it.object, Some(it.status), it.applied),
            Self::Decode(it) => of(&it.operation, &it.object, Some(it.status), it.applied),
            Self::GraphQl(it) => of(&it.operation, &it.object, Some(it.status), it.applied),
            Self::Api(it) => of(&it.operation, &it.object, None, it.applied),
            Self::Unsupported(it) => of(&it.operation, &it.object, Some(it.status()), Applied::No),
            Self::Auth(it) => it.source.as_ref().map_or(Facts::NONE, |it| it.facts()),
            Self::NotFound(it)
            | Self::AlreadyExists(it)
            | Self::NotApplied(it)
            | Self::Upstream(it) => of(it.operation, &it.object, None, Applied::No),
            Self::PartiallyApplied(it) => {
                let status = it.source.as_ref().and_then(Self::status);
                of(it.operation, None, status, Applied::Partially)
            }
            Self::Unconfirmed(it) => {
                let status = it.source.status();
                of(it.operation, &it.object, status, Applied::Unknown)
            }
        }
    }

    /// Returns the fields `object` and `applied` of an error, which are set after it was created.
    fn details(&mut self) -> Option<(&mut Option<String>, Option<&mut Applied>)> {
        Some(match self {
            Self::Transport(error) => (&mut error.object, Some(&mut error.applied)),
            Self::Http(error) => (&mut error.object, Some(&mut error.applied)),
            Self::Decode(error) => (&mut error.object, Some(&mut error.applied)),
            Self::GraphQl(error) => (&mut error.object, Some(&mut error.applied)),
            Self::Api(error) => (&mut error.object, Some(&mut error.applied)),
            Self::Unsupported(error) => (&mut error.object, None),
            _ => return None,
        })
    }

    /// Sets the object of the call, unless it is already set.
    #[cold]
    pub(crate) fn about(mut self, object: impl fmt::Display) -> Self {
        if let Some((slot @ None, _)) = self.details() {
            *slot = Some(object.to_string());
        }
        self
    }

    /// Sets the outcome of the write, after the wiki was observed.
    pub(crate) fn with_applied(mut self, found: Applied) -> Self {
        if let Some((_, Some(applied))) = self.details() {
            *applied = found;
        }
        self
    }

    /// Returns the error for an object that does not exist.
    #[cold]
    pub(crate) fn not_found(operation: &'static str, object: impl fmt::Display) -> Self {
        Self::NotFound(ObjectError::new(operation, object, "not found"))
    }

    /// Returns the original error of a write, if this error reports the outcome that was observed afterwards.
    fn cause(&self) -> Option<&Self> {
        match self {
            Self::PartiallyApplied(error) => error.source.as_ref(),
            Self::Unconfirmed(error) => Some(&error.source),
            _ => None,
        }
    }

    /// Returns the innermost error: an error about the outcome of a write wraps the original one.
    fn root(&self) -> &Self {
        self.cause().map_or(self, Self::root)
    }

    /// Returns `true` if the error is a complete response of the wiki, so that the request is not executed later.
    ///
    /// Errors of an executed mutation have the path of a field. Errors without a path and without data may have been
    /// created by a gateway.
    pub(crate) fn is_final_response(&self) -> bool {
        match self {
            Self::Api(_) | Self::Unsupported(_) => true,
            Self::GraphQl(errors) => {
                let fields = errors.data.as_ref().and_then(Value::as_object);
                errors.errors.iter().any(|error| !error.path.is_empty())
                    || fields.is_some_and(|fields| !fields.is_empty())
            }
            Self::Auth(error) => error.source.as_deref().is_some_and(Self::is_final_response),
            _ => false,
        }
    }

    /// Returns `true` if only a field of the object is forbidden, not the whole object.
    pub(crate) fn is_forbidden_field(&self) -> bool {
        matches!(self, Self::GraphQl(errors)
            if errors.errors.iter().any(|error| error.message == "Forbidden" && error.path.len() > 2))
    }

    /// Returns `true` if the wiki uses a closed database connection. It does so until it is restarted.
    pub(crate) fn is_lost_connection(&self) -> bool {
        self.meaning() == Meaning::LostConnection
    }

    /// Returns the error for a request without a response.
    pub(crate) fn no_response(operation: &str, kind: TransportErrorKind, applied: Applied) -> Self {
        Self::Transport(Box::new(TransportError {
            operation: operation.to_owned(),
            object: None,
            kind,
            source: None,
            applied,
        }))
    }

    /// Sets the source of an invalid setting or of a request without a response.
    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        match &mut self {
            Self::Config(error) => error.source = Some(source.into()),
            Self::Transport(error) => error.source = Some(source.into()),
            _ => {}
        }
        self
    }

    /// Returns the error for a local file or stream that failed. The wiki stores no part of it.
    pub(crate) fn local(operation: &str, source: io::Error) -> Self {
        Self::no_response(operation, TransportErrorKind::Local, Applied::No).because(source)
    }

    /// Returns the error for a call outside of a tokio runtime.
    #[cold]
    pub(crate) fn no_runtime(operation: &str) -> Self {
        Self::config(
            "runtime",
            format!("{operation} was awaited outside of a tokio runtime"),
            "await it in a runtime, such as that of #[tokio::main]",
        )
    }

    /// Converts GraphQL errors to [`Error::Auth`] if they concern the credentials, to [`Error::Unsupported`] if they
    /// concern unknown fields, and otherwise to [`Error::GraphQl`].
    pub(crate) fn from_graphql(errors: GraphQlErrors) -> Self {
        let errors = Box::new(errors);
        match meaning::auth_failure(&errors.errors) {
            None => match Unsupported::read(errors) {
                Ok(unsupported) => Self::Unsupported(Box::new(unsupported)),
                Err(errors) => Self::GraphQl(errors),
            },
            Some(reason) => AuthError::because(reason, Self::GraphQl(errors)),
        }
    }

    /// Returns the error for a required field that is null although the response has no errors.
    #[cold]
    pub(crate) fn missing_field(operation: &str, field: &str, applied: Applied) -> Self {
        let source = serde::de::Error::custom("null without an error");
        Self::Decode(Box::new(DecodeError::new(
            operation, field, source, applied,
        )))
    }

    /// Returns the value of `error.type` in spans and metrics. The set of values is small, so that it can be a label of
    /// metrics.
    pub(crate) fn type_name(&self) -> &'static str {
        match (self.meaning(), self.root()) {
            (_, Self::Transport(it)) if self.is_timeout() || self.is_connect() => it.kind.name(),
            (Meaning::RateLimited, _) => "rate_limited",
            (Meaning::Unauthenticated, _) => "unauthenticated",
            (Meaning::Forbidden, _) => "forbidden",
            (Meaning::NotFound, _) => "not_found",
            (Meaning::Conflict, _) => "conflict",
            (Meaning::InvalidInput, _) => "invalid_input",
            (Meaning::Unsupported, _) => "unsupported",
            (Meaning::Unavailable | Meaning::LostConnection, _) => "unavailable",
            (Meaning::Other, _) => match self {
                Self::Transport(it) => it.kind.name(),
                Self::Http(_) => "http",
                Self::GraphQl(_) => "graphql",
                Self::Decode(_) => "decode",
                Self::Api(_) => "api",
                _ => "other",
            },
        }
    }

    fn meaning(&self) -> Meaning {
        match self {
            Self::InvalidInput(_) => Meaning::InvalidInput,
            Self::Http(error) => meaning::of_page(error.status, &error.problem),
            Self::GraphQl(error) => meaning::of_errors(&error.errors),
            Self::Api(error) => meaning::of_response(error.code, &error.slug, &error.message),
            Self::Auth(_) => Meaning::Unauthenticated,
            Self::Unsupported(_) => Meaning::Unsupported,
            Self::NotFound(_) => Meaning::NotFound,
            Self::Upstream(_) => Meaning::Unavailable,
            Self::AlreadyExists(_) | Self::Conflict(_) => Meaning::Conflict,
            Self::PartiallyApplied(_) | Self::Unconfirmed(_) => {
                self.cause().map_or(Meaning::Other, Self::meaning)
            }
            Self::Config(_) | Self::Transport(_) | Self::Decode(_) | Self::NotApplied(_) => {
                Meaning::Other
            }
        }
    }
}
