//! Faults on purpose: what they are, and which request is hit by one.
//!
//! Nothing here makes a fault happen: [`crate::http`] does that to connections and answers, and the resolvers do
//! it to writes, as their request's [`Trouble`] tells them.

mod plan;
mod schedule;
mod trouble;

pub use plan::FaultPlan;
pub(crate) use schedule::{Asked, Faults};
pub(crate) use trouble::Trouble;

use std::time::Duration;

/// Something that goes wrong with one HTTP request.
///
/// Schedule one with [`FakeWiki::fail_next`](crate::FakeWiki::fail_next), or have them come at random with
/// [`FakeWiki::set_faults`](crate::FakeWiki::set_faults). A fault hits a request to `/graphql` as a whole, with all
/// the operations of a JSON array, or an upload or a download of a file, whose operations are called `POST /u` and
/// `GET` with the path. What matters to a client is whether the wiki executed the request all the same;
/// each variant says so, and [`executes`](Self::executes) does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The answer is late: this time passes before the request is executed, and all is well.
    Latency(Duration),
    /// The connection is reset (TCP RST) when the request has arrived. Nothing is executed.
    ResetBefore,
    /// The request is executed, then the connection is closed without a byte of the answer, as by a wiki that is
    /// stopped, or a proxy that gives up.
    ResetAfter,
    /// The request is executed and its answer begun: its headers, with the `content-length` of the whole, and half
    /// of the body; then the connection is closed.
    ResetInAnswer,
    /// No answer comes for as long as the client waits, and the connection stays open.
    Hang {
        /// Whether the request is executed.
        execute: bool,
    },
    /// A proxy answers in HTML.
    Status {
        /// The HTTP status, such as 403, 413, 429, 500, 502, 503 or 504.
        code: u16,
        /// Whether the wiki executes the request before, as behind a 502 or a 504 it may.
        execute: bool,
        /// Seconds in the header `Retry-After`; `None`: no header.
        retry_after: Option<u64>,
    },
    /// A page of HTML with status 200, such as the login page of a proxy. Nothing is executed.
    Html200,
    /// The request is executed; the body of the answer is complete as HTTP has it, but is half of the JSON.
    TruncatedJson,
    /// The request is executed; the body of the answer is not JSON, for there is a comma too many.
    MalformedJson,
    /// The request is executed, and the answer sent in 16 pieces at most, with a pause before each.
    Trickle {
        /// The pause.
        pause: Duration,
    },
    /// A create, a move or a delete is made, but answers `Error when running job rebuild-tree: …` (errorCode 1,
    /// page null), as if another client's write came in between (hazard 13 of docs/hazards.md). A created page is missing in
    /// `pages.tree` until the tree is rebuilt, which the next create, move, delete or `rebuildTree` does.
    RebuildTree,
    /// A create or an update is stored, with its tags, but not rendered, and answers `Error when running job
    /// render-page: …` (errorCode 1, page null). A created page is missing in `pages.tree`, too.
    RenderPage,
    /// A create or an update stores the page's row, but neither its tags nor a rendering, and answers
    /// `UniqueViolationError` (errorCode 1, page null): another client stored one of its new tags at that moment
    /// (hazard 13 of docs/hazards.md). Only a write that brings a tag that the wiki has not is hit.
    UniqueViolation,
    /// An upload to `/u` is answered with `ok`, though nothing is stored: Wiki.js only logs what goes wrong then.
    LoseUpload,
    /// The wiki's database is away for this request: "connect ECONNREFUSED …" with status 200, as an error of a
    /// query and in the `responseResult` of a mutation. Nothing is executed. See also
    /// [`FakeWiki::set_database_away`](crate::FakeWiki::set_database_away).
    DatabaseAway,
    /// The wiki is starting: status 500, `Unknown authentication strategy "jwt"`. Nothing is executed.
    Starting,
    /// Every field answers the GraphQL error "Too many requests, please try again in N seconds." with status 200
    /// and without `Retry-After`. Nothing is executed. Wiki.js does this to logins alone.
    RateLimited {
        /// N.
        seconds: u64,
    },
}

impl Fault {
    /// A proxy's answer in place of the wiki's; nothing is executed.
    pub const fn status(code: u16) -> Self {
        Self::Status {
            code,
            execute: false,
            retry_after: None,
        }
    }

    /// A proxy's answer to a request that the wiki has executed.
    pub const fn status_after(code: u16) -> Self {
        Self::Status {
            code,
            execute: true,
            retry_after: None,
        }
    }

    /// A proxy's answer with `Retry-After`, such as 429 or 503; nothing is executed.
    pub const fn retry_after(code: u16, seconds: u64) -> Self {
        Self::Status {
            code,
            execute: false,
            retry_after: Some(seconds),
        }
    }

    /// Whether the wiki executes the request. What [`RebuildTree`](Self::RebuildTree),
    /// [`RenderPage`](Self::RenderPage) and [`UniqueViolation`](Self::UniqueViolation) execute is the write but for
    /// what comes after the failing step.
    pub const fn executes(&self) -> bool {
        match self {
            Self::Latency(_)
            | Self::ResetAfter
            | Self::ResetInAnswer
            | Self::TruncatedJson
            | Self::MalformedJson
            | Self::Trickle { .. }
            | Self::RebuildTree
            | Self::RenderPage
            | Self::UniqueViolation
            | Self::LoseUpload => true,
            Self::Hang { execute } | Self::Status { execute, .. } => *execute,
            Self::ResetBefore
            | Self::Html200
            | Self::DatabaseAway
            | Self::Starting
            | Self::RateLimited { .. } => false,
        }
    }

    /// The writes in whose middle it strikes: mutations of `pages`, or the upload; `None`: it hits any request.
    fn writes(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::RebuildTree => Some(&["create", "move", "delete"]),
            Self::RenderPage | Self::UniqueViolation => Some(&["create", "update"]),
            Self::LoseUpload => Some(&["upload"]),
            _ => None,
        }
    }

    /// The operation of a request that it can hit.
    fn target<'a>(&self, asked: &'a [Asked], operation: Option<&str>) -> Option<&'a Asked> {
        asked.iter().find(|asked| {
            let is_named = operation.is_none() || asked.name.as_deref() == operation;
            let writes = |fields: &[&str]| {
                let mut own = asked.writes.iter();
                own.any(|field| fields.contains(&field.as_str()))
            };
            is_named && self.writes().is_none_or(writes)
        })
    }
}

/// A fault that struck.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InjectedFault {
    /// Name of the operation that it struck, of several in one request the first that it could; `None` where it
    /// is anonymous.
    pub operation: Option<String>,
    /// The fault.
    pub fault: Fault,
}
