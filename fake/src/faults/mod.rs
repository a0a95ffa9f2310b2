//! Fault injection: the faults, and the requests that they hit.
//!
//! The HTTP module applies faults to connections and responses. The resolvers apply them to writes, with the messages of
//! Wiki.js.

mod plan;
mod schedule;

pub use plan::FaultPlan;
pub(crate) use plan::Random;
pub(crate) use schedule::{ActiveFault, Faults, Requested, Scheduled};

use std::time::Duration;

/// A fault of one HTTP request.
///
/// Schedule one with [`FakeWiki::fail_next`](crate::FakeWiki::fail_next), or set random ones with
/// [`FakeWiki::set_faults`](crate::FakeWiki::set_faults). A fault hits a whole request to `/graphql`, with all
/// operations of a JSON array, or the upload or download of a file, whose operation is named `POST /u`, or `GET` and
/// the path. Each variant, and [`executes`](Self::executes), states whether the wiki executes the request nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The request is executed and answered after a delay.
    Latency(Duration),
    /// The client gets a response at once, or none, and the request is executed later, as by a proxy that gives up
    /// early and forwards the request nevertheless, or by a busy wiki. It is executed even if the client has
    /// disconnected. [`FakeWiki::late_executions`](crate::FakeWiki::late_executions) counts the pending ones.
    Late {
        /// Time until the execution.
        after: Duration,
        /// Response to the client.
        answer: LateResponse,
    },
    /// The request is executed and answered, and executed again later, as by a proxy that repeats a request that it
    /// believes lost.
    Repeat {
        /// Time between the first execution and the second.
        after: Duration,
    },
    /// The request is executed twice, one execution after the other, and the response is that of the second, as by a
    /// proxy that repeats a request that it believes lost. Requests that arrive meanwhile wait.
    Twice,
    /// The connection is reset (TCP RST) after the request has arrived. Nothing is executed.
    ResetBefore,
    /// The request is executed, then the connection is closed without a byte of the response, as by a wiki that is
    /// stopped, or a proxy that gives up.
    ResetAfter,
    /// The request is executed, and the headers of its response, with the full `content-length`, and half of its body
    /// are sent; then the connection is closed.
    ResetInResponse,
    /// No response is sent while the client waits, and the connection stays open.
    Hang {
        /// `true` if the request is executed.
        execute: bool,
    },
    /// A proxy responds with HTML.
    Status {
        /// HTTP status, such as 403, 413, 429, 500, 502, 503 or 504.
        code: u16,
        /// `true` if the wiki executes the request before, as is possible with a 502 or a 504.
        execute: bool,
        /// Seconds in the header `Retry-After`; `None` for no header.
        retry_after: Option<u64>,
    },
    /// A page of HTML is sent with status 200, such as the login page of a proxy. Nothing is executed.
    Html200,
    /// The request is executed. The body of the response is complete for HTTP, but contains only half of the JSON.
    TruncatedJson,
    /// The request is executed. The body of the response is not JSON, because of an additional comma.
    MalformedJson,
    /// The request is executed, and its response sent in at most 16 pieces, with a pause before each.
    Trickle {
        /// Pause before each piece.
        pause: Duration,
    },
    /// The request is executed, and each of its fields fails with the GraphQL error "Internal Server Error", with
    /// status 200, as when Wiki.js fails after it has stored everything.
    ErrorAfter,
    /// A create, a move or a delete is executed, but fails with `Error when running job rebuild-tree: …` (errorCode 1,
    /// page null), as if another client's write interfered (known issue K13). A created page is missing in `pages.tree`
    /// until the next create, move, delete or `rebuildTree` rebuilds the tree.
    RebuildTree,
    /// A create or an update is stored, with its tags, but not rendered, and fails with `Error when running job
    /// render-page: …` (errorCode 1, page null). A created page is also missing in `pages.tree`.
    RenderPage,
    /// A create or an update stores the row of the page, but neither tags nor a rendering, and fails with
    /// `UniqueViolationError` (errorCode 1, page null), because another client stored one of its new tags at that
    /// moment (known issue K13). Only a write with a new tag is hit.
    UniqueViolation,
    /// A create or an update stores the row of the page, but neither tags nor a rendering, and the connection is closed
    /// without a response: the wiki was stopped during the write.
    StopInWrite,
    /// A create or an update is stored with its tags, but not rendered, and fails because `ResponseStatus.slug` is
    /// null: the renderer threw a value without a name.
    NamelessError,
    /// A create or an update is stored with its tags, but not rendered, and fails with "Cannot read properties of null
    /// (reading 'code')": the renderer threw null.
    NullError,
    /// An upload to `/u` succeeds with `ok`, though nothing is stored, since Wiki.js only logs the failure.
    LoseUpload,
    /// The database cannot be reached for this request: "connect ECONNREFUSED …" with status 200, as an error of a
    /// query and in the `responseResult` of a mutation. Nothing is executed. See also
    /// [`FakeWiki::set_database_away`](crate::FakeWiki::set_database_away).
    DatabaseAway,
    /// The wiki is starting: status 500, `Unknown authentication strategy "jwt"`. Nothing is executed.
    Starting,
    /// Every field fails with the GraphQL error "Too many requests, please try again in N seconds.", with status 200
    /// and without `Retry-After`. Nothing is executed. Wiki.js limits only logins in this way.
    RateLimited {
        /// Number of seconds in the message.
        seconds: u64,
    },
}

impl Fault {
    /// Returns the response of a proxy to a request that is not executed.
    pub const fn status(code: u16) -> Self {
        Self::Status {
            code,
            execute: false,
            retry_after: None,
        }
    }

    /// Returns the response of a proxy to a request that the wiki has executed.
    pub const fn status_after(code: u16) -> Self {
        Self::Status {
            code,
            execute: true,
            retry_after: None,
        }
    }

    /// Returns the response of a proxy with `Retry-After`, such as 429 or 503, to a request that is not executed.
    pub const fn retry_after(code: u16, seconds: u64) -> Self {
        Self::Status {
            code,
            execute: false,
            retry_after: Some(seconds),
        }
    }

    /// Returns the 504 of a proxy to a request that is executed after this time.
    pub const fn late(after: Duration) -> Self {
        Self::Late {
            after,
            answer: LateResponse::Status(504),
        }
    }

    /// Returns whether the wiki executes the request. With faults of writes, such as
    /// [`RebuildTree`](Self::RebuildTree), [`RenderPage`](Self::RenderPage), [`UniqueViolation`](Self::UniqueViolation)
    /// and [`StopInWrite`](Self::StopInWrite), it executes the write up to the failing step.
    pub const fn executes(&self) -> bool {
        match self {
            Self::Hang { execute } | Self::Status { execute, .. } => *execute,
            Self::ResetBefore
            | Self::Html200
            | Self::DatabaseAway
            | Self::Starting
            | Self::RateLimited { .. } => false,
            _ => true,
        }
    }

    /// Returns the writes that it can hit: mutations of `pages`, or the upload; `None` if it can hit any request.
    fn writes(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::RebuildTree => Some(&["create", "move", "delete"]),
            Self::RenderPage
            | Self::UniqueViolation
            | Self::StopInWrite
            | Self::NamelessError
            | Self::NullError => Some(&["create", "update"]),
            Self::LoseUpload => Some(&["upload"]),
            _ => None,
        }
    }

    /// Returns the operation of a request that it can hit.
    fn target<'a>(
        &self,
        requested: &'a [Requested],
        operation: Option<&str>,
    ) -> Option<&'a Requested> {
        requested.iter().find(|requested| {
            let is_named = operation.is_none() || requested.name.as_deref() == operation;
            let writes = |fields: &[&str]| {
                let mut own = requested.writes.iter();
                own.any(|field| fields.contains(&field.as_str()))
            };
            is_named && self.writes().is_none_or(writes)
        })
    }
}

/// The response to a request that is executed [late](Fault::Late).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LateResponse {
    /// A page of a proxy with this HTTP status, such as 502 or 504.
    Status(u16),
    /// A GraphQL error of a gateway, "Internal Server Error", without data and path, with status 200.
    GraphQlError,
    /// No response; the connection is closed.
    Close,
    /// No response while the client waits.
    Never,
}

/// A failure of rendering, see [`FakeWiki::set_render_error`](crate::FakeWiki::set_render_error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderError {
    /// As with [`Fault::RenderPage`].
    Job,
    /// As with [`Fault::NamelessError`].
    Nameless,
    /// As with [`Fault::NullError`].
    Null,
}

/// A fault that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InjectedFault {
    /// Name of the operation that it hit, the first possible one of the request; `None` if the operation is anonymous.
    pub operation: Option<String>,
    /// Fault.
    pub fault: Fault,
}
