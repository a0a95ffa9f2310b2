//! What can go wrong, in layers that stay apart.
//!
//! A call can fail before anything is sent ([`Error::InvalidInput`], [`Error::Config`]), on the way
//! ([`Error::Transport`]), by an HTTP answer that is not GraphQL's ([`Error::Http`]), by an answer
//! that is not what the operation selects ([`Error::Decode`]), by GraphQL `errors`
//! ([`Error::GraphQl`]; [`Error::Unsupported`] where they say that the wiki does not know what was
//! asked) and by a `responseResult` that says no ([`Error::Api`]). Wiki.js answers
//! most failures with HTTP 200, so the status alone says little.
//!
//! Ask an error what it means with its predicates rather than by its variant: the same missing page
//! is a GraphQL error to a query and a `responseResult` to a mutation, and
//! [`is_not_found`](Error::is_not_found) knows both.

mod applied;
mod code;
mod graphql;
mod layers;
mod meaning;
mod unsupported;

use std::time::Duration;

use self::meaning::Meaning;
pub use self::{
    applied::Applied,
    code::ErrorCode,
    graphql::{GraphQlError, GraphQlErrors, Location, PathSegment},
    layers::{
        ApiError, AuthError, AuthFailure, ConfigError, Conflict, DecodeError, HttpError,
        Incomplete, InvalidInput, TransportError, TransportErrorKind,
    },
    unsupported::{UnknownPart, Unsupported},
};

/// The result of a call to the wiki.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not give what was asked.
///
/// ```
/// # wikijs_fake::example(async |fake| {
/// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
/// match wiki.pages().get(123).await {
///     Ok(page) => println!("{}", page.title),
///     Err(error) if error.is_not_found() => println!("no such page"),
///     Err(error) if error.is_unauthenticated() => println!("the key is not accepted: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<_, wikijs_client::Error>(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built like this. Nothing was sent.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An argument is refused before anything is sent.
    #[error(transparent)]
    InvalidInput(#[from] InvalidInput),
    /// No answer arrived, or not all of it.
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// An HTTP answer that is not one of GraphQL's.
    #[error(transparent)]
    Http(Box<HttpError>),
    /// An answer that is not what the operation selects.
    #[error(transparent)]
    Decode(Box<DecodeError>),
    /// The answer carries GraphQL `errors`.
    #[error(transparent)]
    GraphQl(Box<GraphQlErrors>),
    /// The wiki does not know the operation, or not all of it; nothing was done.
    #[error(transparent)]
    Unsupported(Box<Unsupported>),
    /// A mutation's `responseResult` says that it failed.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The wiki does not accept the caller for whom it claims to be.
    #[error(transparent)]
    Auth(Box<AuthError>),
    /// The wiki says, without an error, that what is asked for does not exist.
    #[error("{operation}: {what}")]
    NotFound {
        /// The operation's name.
        operation: &'static str,
        /// What does not exist.
        what: String,
    },
    /// The wiki reports success, but a look at it afterwards shows that it is not as was asked.
    #[error("{operation}: the wiki reports success, but {what}")]
    NotDone {
        /// The operation's name.
        operation: &'static str,
        /// What was not done.
        what: String,
    },
    /// What was to be made is there already; nothing was sent that would change it.
    #[error("{operation}: {what}")]
    Exists {
        /// The operation's name.
        operation: &'static str,
        /// What is there.
        what: String,
    },
    /// The wiki answers, but it did not get what it asks another server for.
    #[error("{operation}: {what}")]
    Upstream {
        /// The operation's name.
        operation: &'static str,
        /// What it did not get.
        what: String,
    },
    /// The page was changed by somebody else in the meantime; nothing was written.
    #[error(transparent)]
    Conflict(Box<Conflict>),
    /// The write was made as far as the error says, but not all of it.
    #[error(transparent)]
    Incomplete(Box<Incomplete>),
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

    pub(crate) fn config_because(
        setting: &'static str,
        problem: impl Into<String>,
        remedy: &str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Config(ConfigError {
            setting,
            problem: problem.into(),
            remedy: remedy.to_owned(),
            source: Some(Box::new(source)),
        })
    }

    /// What is asked for does not exist: a page, a version, a tag, a user, an asset, a comment.
    pub fn is_not_found(&self) -> bool {
        self.meaning() == Meaning::NotFound
    }

    /// The wiki does not take the caller for anybody, or not any more: the key is expired, revoked,
    /// ignored, or the API is switched off. Another key or a login is needed.
    ///
    /// A key that is not valid at all is *not* refused by Wiki.js: it makes the caller a guest, whose
    /// requests then fail with [`is_forbidden`](Self::is_forbidden) or even succeed.
    /// [`Client::check`](crate::Client::check) tells.
    pub fn is_unauthenticated(&self) -> bool {
        self.meaning() == Meaning::Unauthenticated
    }

    /// The wiki knows the caller and says no: a permission of the group or a page rule is missing.
    pub fn is_forbidden(&self) -> bool {
        self.meaning() == Meaning::Forbidden
    }

    /// Something else is already there, or was changed in the meantime: a page at that path, a tag of
    /// that name, a newer version of the page.
    pub fn is_conflict(&self) -> bool {
        self.meaning() == Meaning::Conflict
    }

    /// The wiki or a proxy before it wants fewer requests; [`retry_after`](Self::retry_after) says
    /// when to come again.
    pub fn is_rate_limited(&self) -> bool {
        self.meaning() == Meaning::RateLimited
    }

    /// The wiki is there but cannot answer now: it is starting, its database is away, a proxy answers
    /// in its place (502, 503, 504), or it does not reach a server that it asks itself.
    pub fn is_unavailable(&self) -> bool {
        self.meaning() == Meaning::Unavailable
    }

    /// The reason passes, so that the same call may succeed later: no connection, a connection that
    /// broke, [`is_rate_limited`](Self::is_rate_limited), [`is_unavailable`](Self::is_unavailable).
    ///
    /// The client has tried again already, as its [`RetryPolicy`](crate::RetryPolicy) says. Before a
    /// write is tried again, look at [`applied`](Self::applied).
    pub fn is_transient(&self) -> bool {
        let lost = matches!(self, Self::Transport(error) if matches!(
            error.kind,
            TransportErrorKind::Connect | TransportErrorKind::Interrupted
        ));
        lost || self.is_rate_limited() || self.is_unavailable()
    }

    /// An argument was refused, by this library or by the wiki.
    pub fn is_invalid_input(&self) -> bool {
        self.meaning() == Meaning::InvalidInput
    }

    /// The wiki does not know the operation, a field or an argument of it: it is older or newer than
    /// the schema that the operation was generated from. [`Error::Unsupported`] says what it lacks.
    pub fn is_unsupported(&self) -> bool {
        self.meaning() == Meaning::Unsupported
    }

    /// The time ran out before the answer was there.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Transport(error) if error.kind == TransportErrorKind::Timeout)
    }

    /// No connection could be made, so nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Transport(error) if error.kind == TransportErrorKind::Connect)
    }

    /// The error code of Wiki.js, from wherever in the answer it stands.
    ///
    /// `None` where Wiki.js gives none: for its plain errors (`Forbidden`) and on other layers.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code),
            Self::GraphQl(error) => error.code(),
            Self::Auth(error) => error.source.as_ref().and_then(|source| source.code()),
            Self::Incomplete(error) => error.source.code(),
            _ => None,
        }
    }

    /// The HTTP status, where the error comes with an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Http(error) => Some(error.status),
            Self::GraphQl(error) => Some(error.status),
            Self::Unsupported(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status),
            Self::Auth(error) => error.source.as_ref().and_then(|source| source.status()),
            Self::Incomplete(error) => error.source.status(),
            _ => None,
        }
    }

    /// How long to wait before another try, where the wiki or a proxy said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Http(error) => error.retry_after,
            Self::GraphQl(error) => meaning::wait_named_in(&error.errors),
            _ => None,
        }
    }

    /// The name of the operation that failed, such as `PagesCreate`.
    pub fn operation(&self) -> Option<&str> {
        match self {
            Self::Transport(error) => Some(&error.operation),
            Self::Http(error) => Some(&error.operation),
            Self::Decode(error) => Some(&error.operation),
            Self::GraphQl(error) => Some(&error.operation),
            Self::Unsupported(error) => Some(&error.operation),
            Self::Api(error) => Some(&error.operation),
            Self::Auth(error) => error.source.as_ref().and_then(|source| source.operation()),
            Self::Incomplete(error) => error.source.operation(),
            Self::NotFound { operation, .. }
            | Self::Exists { operation, .. }
            | Self::NotDone { operation, .. }
            | Self::Upstream { operation, .. } => Some(operation),
            Self::Config(_) | Self::InvalidInput(_) | Self::Conflict(_) => None,
        }
    }

    /// Whether it is a field of what was asked for that is forbidden, and not the whole.
    pub(crate) fn is_of_a_field(&self) -> bool {
        matches!(self, Self::GraphQl(errors)
            if errors.errors.iter().any(|error| error.message == "Forbidden" && error.path.len() > 2))
    }

    /// Whether the write that failed took effect all the same.
    ///
    /// [`Applied::No`] for everything that was refused before it reached the wiki's database, and for
    /// every query; [`Applied::Yes`] where the wiki made the write and failed afterwards; `Unknown`
    /// where the answer does not tell, such as after a timeout: look at the wiki before trying again.
    pub fn applied(&self) -> Applied {
        match self {
            Self::Config(_)
            | Self::InvalidInput(_)
            | Self::Unsupported(_)
            | Self::NotFound { .. }
            | Self::Exists { .. }
            | Self::Upstream { .. }
            | Self::NotDone { .. }
            | Self::Conflict(_) => Applied::No,
            Self::Transport(error) => error.applied,
            Self::Http(error) => error.applied,
            Self::Decode(error) => error.applied,
            Self::GraphQl(error) => error.applied,
            Self::Api(error) => error.applied,
            Self::Auth(error) => error
                .source
                .as_ref()
                .map_or(Applied::No, |source| source.applied()),
            Self::Incomplete(_) => Applied::Yes,
        }
    }

    /// The same error, after the wiki was asked what became of the write.
    pub(crate) fn with_applied(mut self, found: Applied) -> Self {
        match &mut self {
            Self::Transport(error) => error.applied = found,
            Self::Http(error) => error.applied = found,
            Self::Decode(error) => error.applied = found,
            Self::GraphQl(error) => error.applied = found,
            Self::Api(error) => error.applied = found,
            Self::Auth(_)
            | Self::Config(_)
            | Self::InvalidInput(_)
            | Self::Unsupported(_)
            | Self::NotFound { .. }
            | Self::Exists { .. }
            | Self::NotDone { .. }
            | Self::Upstream { .. }
            | Self::Conflict(_)
            | Self::Incomplete(_) => {}
        }
        self
    }

    /// The same error without a secret that was sent, should somebody have echoed it: a database error
    /// may hold the statement with its values (hazard 55), a proxy's page anything.
    #[cfg(feature = "users")]
    pub(crate) fn without(mut self, secret: &str) -> Self {
        const REDACTED: &str = "[redacted]";
        if secret.is_empty() {
            return self;
        }
        match &mut self {
            Self::Api(error) => error.message = error.message.replace(secret, REDACTED),
            Self::Http(error) => error.body = error.body.replace(secret, REDACTED),
            Self::Decode(error) => {
                let text = error.source.to_string();
                if text.contains(secret) {
                    error.source = serde::de::Error::custom(text.replace(secret, REDACTED));
                }
            }
            Self::GraphQl(error) => {
                for error in &mut error.errors {
                    error.message = error.message.replace(secret, REDACTED);
                    for value in error.extensions.values_mut() {
                        graphql::redact(value, secret, REDACTED);
                    }
                }
            }
            _ => {}
        }
        self
    }

    /// The time that the caller gave for the whole call is over.
    #[cold]
    pub(crate) fn deadline(operation: &str, applied: Applied) -> Self {
        Self::no_answer(operation, TransportErrorKind::Timeout, applied)
    }

    /// No answer arrived, for a reason on this side.
    pub(crate) fn no_answer(operation: &str, kind: TransportErrorKind, applied: Applied) -> Self {
        Self::Transport(Box::new(TransportError {
            operation: operation.to_owned(),
            kind,
            source: None,
            applied,
        }))
    }

    /// There is nothing to send with.
    #[cold]
    pub(crate) fn no_runtime(operation: &str) -> Self {
        Self::config(
            "runtime",
            format!("{operation} was awaited outside of a tokio runtime"),
            "await it within one, such as that of #[tokio::main]",
        )
    }

    /// GraphQL errors, or what they say about the caller's key.
    pub(crate) fn from_graphql(errors: GraphQlErrors) -> Self {
        match meaning::auth_failure(&errors.errors) {
            None => match Unsupported::read(errors) {
                Ok(unsupported) => Self::Unsupported(Box::new(unsupported)),
                Err(errors) => Self::GraphQl(Box::new(errors)),
            },
            Some(reason) => Self::Auth(Box::new(AuthError {
                reason,
                source: Some(Box::new(Self::GraphQl(Box::new(errors)))),
            })),
        }
    }

    /// The answer has null where the wiki always answers something, and no error beside it.
    #[cold]
    pub(crate) fn unanswered(operation: &str, field: &str, applied: Applied) -> Self {
        Self::Decode(Box::new(DecodeError {
            operation: operation.to_owned(),
            status: 200,
            path: field.to_owned(),
            source: serde::de::Error::custom("null without an error beside it"),
            applied,
        }))
    }

    fn meaning(&self) -> Meaning {
        match self {
            Self::InvalidInput(_) => Meaning::InvalidInput,
            Self::Http(error) => meaning::of_status(error.status),
            Self::GraphQl(error) => meaning::of_errors(&error.errors),
            Self::Api(error) => meaning::of_response(error.code, &error.slug, &error.message),
            Self::Auth(_) => Meaning::Unauthenticated,
            Self::Unsupported(_) => Meaning::Unsupported,
            Self::NotFound { .. } => Meaning::NotFound,
            Self::Upstream { .. } => Meaning::Unavailable,
            Self::Exists { .. } | Self::Conflict(_) => Meaning::Conflict,
            Self::Incomplete(error) => error.source.meaning(),
            Self::Config(_) | Self::Transport(_) | Self::Decode(_) | Self::NotDone { .. } => {
                Meaning::Other
            }
        }
    }
}
