//! Makes a fault happen to a request and to the delivery of its response.

use super::reply;
use crate::connection::Peer;
use crate::faults::{ActiveFault, Fault, LateResponse, Requested};
use crate::shared::Shared;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use futures::future::LocalBoxFuture;
use futures::{FutureExt, stream};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The message of Wiki.js while it starts.
const STARTING: &str = "Unknown authentication strategy \"jwt\"";
/// Pieces of a response that trickles.
const PIECES: usize = 16;
/// Time in which the first half of a response is sent.
const FLUSH: Duration = Duration::from_millis(1);

/// An execution after the response.
pub(super) type Rest<'a> = Option<LocalBoxFuture<'a, ()>>;

/// Answers a request with its fault. Returns the response, and the execution that follows it.
///
/// A request that is executed only later is `received` before its response.
pub(super) async fn answer<'a, F, E>(
    shared: &Shared,
    requested: &[Requested],
    received: impl Future,
    execute: F,
) -> (Response<Body>, Rest<'a>)
where
    F: Fn(Arc<ActiveFault>) -> E,
    E: Future<Output = Response<Body>> + 'a,
{
    let faults = &shared.faults;
    if faults.is_starting() {
        let starting = reply::refused(StatusCode::INTERNAL_SERVER_ERROR, STARTING);
        return (starting, None);
    }
    let chosen = faults.choose(requested);
    let fault = chosen.as_ref().map(|chosen| &chosen.fault);
    let database_away = faults.lock().database_away;
    let active = Arc::new(ActiveFault::new(fault, database_away));
    let Some(chosen) = chosen else {
        return (execute(active).await, None);
    };
    let (mut response, late) = match &chosen.fault {
        Fault::Late { after, answer } => {
            received.await;
            (respond_late(*answer), Some(*after))
        }
        Fault::Repeat { after } => (execute(active.clone()).await, Some(*after)),
        Fault::Twice => {
            let _hold = shared.gate.hold();
            execute(active.clone()).await;
            (execute(active.clone()).await, None)
        }
        fault => {
            let execution = execute(active.clone());
            (apply(fault, execution, &active).await, None)
        }
    };
    if active.has_triggered() {
        response.extensions_mut().insert(chosen.fault.clone());
    }
    faults.finish(chosen, &active);
    let rest = late.map(|after| {
        let (execution, counted) = (execute(active), faults.late());
        async move {
            tokio::time::sleep(after).await;
            execution.await;
            drop(counted);
        }
        .boxed_local()
    });
    (response, rest)
}

/// Returns the response to a request that is executed later.
fn respond_late(answer: LateResponse) -> Response<Body> {
    match answer {
        LateResponse::Status(code) => reply::by_proxy(code, None),
        LateResponse::GraphQlError => reply::failed(),
        LateResponse::Close => deliver(Response::default(), Delivery::Close),
        LateResponse::Never => deliver(Response::default(), Delivery::Never),
    }
}

fn deliver(mut response: Response<Body>, delivery: Delivery) -> Response<Body> {
    response.extensions_mut().insert(delivery);
    response
}

/// Executes a request unless the fault prevents it, and returns the response as changed by the fault.
async fn apply(
    fault: &Fault,
    execution: impl Future<Output = Response<Body>>,
    active: &ActiveFault,
) -> Response<Body> {
    if let Fault::Latency(duration) = fault {
        tokio::time::sleep(*duration).await;
    }
    // The resolvers return the failures of these two faults, and execute nothing.
    let is_in_resolvers = matches!(fault, Fault::DatabaseAway | Fault::RateLimited { .. });
    let executed = if fault.executes() || is_in_resolvers {
        execution.await
    } else {
        Response::default()
    };
    match fault {
        Fault::ResetBefore => deliver(executed, Delivery::Reset),
        Fault::ResetAfter => deliver(executed, Delivery::Close),
        Fault::ResetInResponse => deliver(executed, Delivery::Half),
        Fault::Hang { .. } => deliver(executed, Delivery::Never),
        Fault::Trickle { pause } => deliver(executed, Delivery::Trickle(*pause)),
        Fault::StopInWrite if active.has_triggered() => deliver(executed, Delivery::Close),
        Fault::Status {
            code, retry_after, ..
        } => reply::by_proxy(*code, *retry_after),
        Fault::Html200 => reply::login_page(),
        Fault::Starting => reply::refused(StatusCode::INTERNAL_SERVER_ERROR, STARTING),
        Fault::TruncatedJson => reply::truncated(executed),
        Fault::MalformedJson => reply::malformed(executed),
        Fault::ErrorAfter => reply::failed_after(executed),
        _ => executed,
    }
}

/// A faulty delivery of a response. Without one, the response is sent completely.
#[derive(Debug, Clone, Copy)]
pub(super) enum Delivery {
    /// No byte is sent, and the connection is reset.
    Reset,
    /// No byte is sent, and the connection is closed.
    Close,
    /// No byte is sent, and the connection stays open.
    Never,
    /// Half of the body is sent, then the connection is closed.
    Half,
    /// The body is sent in pieces, with a pause before each.
    Trickle(Duration),
}

impl Delivery {
    /// Returns whether no byte of the response is sent.
    pub(super) fn is_withheld(self) -> bool {
        matches!(self, Self::Reset | Self::Close | Self::Never)
    }

    /// Acts on the connection if no byte of the response is sent. Returns only if some are.
    pub(super) async fn withhold(self, peer: &Peer) {
        match self {
            Self::Reset => peer.connection.reset(),
            Self::Close => peer.connection.close(),
            Self::Never => {}
            Self::Half | Self::Trickle(_) => return,
        }
        // Never completes: the task ends with the connection.
        std::future::pending::<()>().await;
    }

    /// Returns a body that delivers `bytes`.
    pub(super) fn body(self, bytes: Bytes, headers: &mut HeaderMap) -> Body {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        match self {
            Self::Half => half(bytes.slice(..bytes.len() / 2)),
            Self::Trickle(pause) => trickle(&bytes, pause),
            Self::Reset | Self::Close | Self::Never => Body::from(bytes),
        }
    }
}

/// Returns a body that fails after `bytes`, which makes hyper close the connection.
fn half(bytes: Bytes) -> Body {
    let parts = [Some(bytes), None].into_iter();
    let parts = stream::unfold(parts, |mut parts| async {
        let part = parts.next()?;
        if part.is_none() {
            tokio::time::sleep(FLUSH).await;
        }
        let part = part.ok_or_else(|| io::Error::other("cut on purpose"));
        Some((part, parts))
    });
    Body::from_stream(parts)
}

fn trickle(bytes: &Bytes, pause: Duration) -> Body {
    let length = bytes.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = bytes.chunks(length).map(Bytes::copy_from_slice).collect();
    let pieces = stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        tokio::time::sleep(pause).await;
        Some((io::Result::Ok(piece), pieces))
    });
    Body::from_stream(pieces)
}
