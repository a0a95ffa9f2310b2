//! Makes a fault happen to a request.

use super::delivery::Delivery;
use super::reply;
use crate::faults::{Fault, Trouble};
use crate::wiki::Shared;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use std::sync::Arc;

/// What Wiki.js answers while it starts.
const STARTING: &str = "Unknown authentication strategy \"jwt\"";

/// The answer to a request that `execute` executes, with the fault that is due to it, if any.
pub(super) async fn answer<F, E>(
    shared: &Shared,
    asked: &[crate::faults::Asked],
    execute: F,
) -> Response<Body>
where
    F: FnOnce(Arc<Trouble>) -> E,
    E: Future<Output = Response<Body>>,
{
    let faults = shared.faults();
    if faults.is_starting() {
        return reply::refused(StatusCode::INTERNAL_SERVER_ERROR, STARTING);
    }
    let Some(chosen) = faults.choose(asked) else {
        return execute(Arc::new(Trouble::of(None, faults.is_database_away()))).await;
    };
    let trouble = Arc::new(Trouble::of(Some(&chosen.fault), faults.is_database_away()));
    let mut response = suffer(&chosen.fault, execute(trouble.clone())).await;
    if trouble.is_over() {
        response.extensions_mut().insert(chosen.fault.clone());
    }
    faults.settle(chosen, &trouble);
    response
}

async fn suffer(fault: &Fault, execution: impl Future<Output = Response<Body>>) -> Response<Body> {
    if let Fault::Latency(duration) = fault {
        tokio::time::sleep(*duration).await;
    }
    let executed = if fault.executes() || strikes_inside(fault) {
        Some(execution.await)
    } else {
        None
    };
    let deliver = |response: Option<Response<Body>>, delivery| {
        let mut response = response.unwrap_or_default();
        response.extensions_mut().insert(delivery);
        response
    };
    match fault {
        Fault::ResetBefore => deliver(executed, Delivery::Reset),
        Fault::ResetAfter => deliver(executed, Delivery::Close),
        Fault::ResetInAnswer => deliver(executed, Delivery::Half),
        Fault::Hang { .. } => deliver(executed, Delivery::Never),
        Fault::Trickle { pause } => deliver(executed, Delivery::Trickle(*pause)),
        Fault::Status {
            code, retry_after, ..
        } => reply::by_proxy(*code, *retry_after),
        Fault::Html200 => reply::login_page(),
        Fault::Starting => reply::refused(StatusCode::INTERNAL_SERVER_ERROR, STARTING),
        Fault::TruncatedJson => reply::truncated(executed.unwrap_or_default()),
        Fault::MalformedJson => reply::malformed(executed.unwrap_or_default()),
        Fault::Latency(_)
        | Fault::RebuildTree
        | Fault::RenderPage
        | Fault::UniqueViolation
        | Fault::LoseUpload
        | Fault::DatabaseAway
        | Fault::RateLimited { .. } => executed.unwrap_or_default(),
    }
}

/// Whether a fault that executes nothing is told by the resolvers.
fn strikes_inside(fault: &Fault) -> bool {
    matches!(fault, Fault::DatabaseAway | Fault::RateLimited { .. })
}
