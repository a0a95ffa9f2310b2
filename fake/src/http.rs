//! GraphQL over HTTP as Wiki.js (Express and Apollo Server 2) does it, with its answers to everything else.

mod body;
mod delivery;
mod files;
mod form;
mod inflict;
mod live;
mod note;
mod reply;

use crate::auth::{self, Admission, Viewer};
use crate::execute::{Context, Operation, Reply, execute};
use crate::faults::Trouble;
use crate::server::Peer;
use crate::wiki::Shared;
use apollo_compiler::response::{JsonMap, JsonValue};
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{Method, Request, Response, StatusCode, Uri};
use body::{Received, Refusal};
use delivery::Delivery;
use note::Note;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// A request on its way to the one task that answers them all.
#[derive(Debug)]
pub(crate) struct Job {
    peer: Peer,
    parts: Parts,
    body: Body,
    answer: oneshot::Sender<Response<Body>>,
}

/// How requests get to the task that answers them.
#[derive(Debug, Clone)]
pub(crate) struct Entrance {
    /// Time that each one takes on its way.
    pub(crate) latency: Duration,
    pub(crate) shared: Arc<Shared>,
    pub(crate) jobs: mpsc::UnboundedSender<Job>,
}

/// Takes a request from its connection, and has it answered.
pub(crate) async fn handle(
    State(entrance): State<Entrance>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request<Body>,
) -> Response<Body> {
    if !entrance.latency.is_zero() {
        tokio::time::sleep(entrance.latency).await;
    }
    let (parts, body) = request.into_parts();
    if parts.uri.path() == live::PATH {
        return live::upgrade(entrance.shared, parts).await;
    }
    let (answer, answered) = oneshot::channel();
    let job = Job {
        peer: peer.clone(),
        parts: parts.clone(),
        body,
        answer,
    };
    let response = match entrance.jobs.send(job) {
        Ok(()) => answered.await.ok(),
        Err(_) => None,
    };
    let failed = || {
        reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the fake failed".to_owned(),
        )
    };
    let response = response.unwrap_or_else(failed);
    if let Some(delivery) = response.extensions().get::<Delivery>() {
        delivery.withhold(&peer).await;
    }
    reply::finish(response, &parts)
}

/// Answers requests on this thread, many at a time. A client that goes away cancels nothing: the wiki goes on and
/// finishes, as Wiki.js does.
pub(crate) async fn work(shared: Arc<Shared>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    // They end with this one.
    let mut requests = JoinSet::new();
    loop {
        let job = tokio::select! {
            job = jobs.recv() => job,
            Some(_) = requests.join_next() => continue,
        };
        let Some(job) = job else {
            return;
        };
        let shared = shared.clone();
        requests.spawn_local(async move {
            let response = answer(&shared, &job.peer, &job.parts, job.body).await;
            // An error: the client has gone.
            let _ = job.answer.send(response);
        });
    }
}

async fn answer(shared: &Arc<Shared>, peer: &Peer, parts: &Parts, body: Body) -> Response<Body> {
    if parts.uri.path() == "/healthz" && parts.method == Method::GET {
        return reply::healthz(!shared.faults().is_database_away());
    }
    if let Some(route) = files::Route::of(parts, shared) {
        return answer_file(shared, peer, parts, body, route).await;
    }
    let limit = shared.state().settings.body_limit;
    let received = body::receive(parts, body, limit).await;
    let operations = received
        .as_ref()
        .map(Received::operations)
        .unwrap_or_default();
    let note = Note::of(shared, peer, parts, &received, operations);
    if !is_graphql(&parts.uri) {
        let response = serve(shared, parts, received, Arc::default()).await;
        return note.tell(shared, response);
    }
    shared.gate().pass().await;
    let asked = &note.asked;
    let response = inflict::answer(shared, asked, async |trouble| {
        let slot = shared.timing().book(asked.len());
        let response = serve(shared, parts, received, trouble).await;
        shared.timing().spend(slot).await;
        response
    })
    .await;
    note.tell(shared, response)
}

/// The answer to a request that is about a file.
async fn answer_file(
    shared: &Arc<Shared>,
    peer: &Peer,
    parts: &Parts,
    body: Body,
    route: files::Route,
) -> Response<Body> {
    let note = Note::of(shared, peer, parts, &Ok(Received::Nothing), Vec::new());
    shared.gate().pass().await;
    let asked = route.asked(parts);
    let response = inflict::answer(shared, &asked, async |trouble| {
        let slot = shared.timing().book(asked.len());
        let response = route
            .serve(shared, parts, body, token(parts), trouble)
            .await;
        shared.timing().spend(slot).await;
        response
    })
    .await;
    note.tell(shared, response)
}

/// The answer to a request, once it was read.
async fn serve(
    shared: &Arc<Shared>,
    parts: &Parts,
    received: Result<Received, Refusal>,
    trouble: Arc<Trouble>,
) -> Response<Body> {
    if parts.uri.path() == "/.well-known/apollo/server-health" {
        return reply::health();
    }
    // The token is looked at before anything else, even before a body that is too long.
    let token = token(parts);
    let admission =
        auth::authenticate(&mut shared.state(), token.as_deref(), trouble.database_away);
    let Admission { viewer, renewed } = match admission {
        Ok(admission) => admission,
        Err(refused) => return reply::refused(StatusCode::INTERNAL_SERVER_ERROR, refused.0),
    };
    let mut response = dispatch(shared, parts, received, viewer, trouble).await;
    if let Some(token) = renewed {
        reply::renew(&mut response, &token, parts);
    }
    response
}

async fn dispatch(
    shared: &Arc<Shared>,
    parts: &Parts,
    received: Result<Received, Refusal>,
    viewer: Option<Viewer>,
    trouble: Arc<Trouble>,
) -> Response<Body> {
    let received = match received {
        Ok(received) => received,
        Err(Refusal { status, message }) => return reply::refused(status, &message),
    };
    if !is_graphql(&parts.uri) {
        return reply::not_found();
    }
    match parts.method {
        Method::GET => get(shared, viewer, trouble, parts).await,
        Method::POST => post(shared, viewer, trouble, received).await,
        _ => reply::method_not_allowed(
            "Apollo Server supports only GET/POST requests.",
            "GET, POST",
        ),
    }
}

/// The path ignores case, doubled slashes and one slash at its end.
fn is_graphql(uri: &Uri) -> bool {
    let path = uri.path().trim_start_matches('/').to_lowercase();
    matches!(path.as_str(), "graphql" | "graphql/")
}

/// The token of the `Authorization` header, else of the cookie `jwt`.
fn token(parts: &Parts) -> Option<String> {
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let bearer = header(AUTHORIZATION)
        .and_then(|value| value.split_once(char::is_whitespace))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    bearer.or_else(|| {
        header(COOKIE)?
            .split(';')
            .find_map(|cookie| cookie.trim().strip_prefix("jwt="))
            .map(str::to_owned)
    })
}

async fn post(
    shared: &Arc<Shared>,
    viewer: Option<Viewer>,
    trouble: Arc<Trouble>,
    received: Received,
) -> Response<Body> {
    match received {
        Received::Nothing => reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "POST body missing. Did you forget use body-parser middleware?".to_owned(),
        ),
        Received::One(value) => match operation(&value) {
            Ok(operation) => one(shared, viewer, trouble, &operation).await,
            Err(message) => reply::text(StatusCode::BAD_REQUEST, message.to_owned()),
        },
        Received::Batch(_) if shared.state().settings.refuses_batches => reply::firewall(),
        Received::Batch(values) => {
            let mut replies = Vec::with_capacity(values.len());
            for value in &values {
                replies.push(match operation(value) {
                    Ok(operation) => {
                        let context = Context::new(shared.clone(), viewer.clone(), trouble.clone());
                        execute(&context, &operation).await
                    }
                    Err(message) => Reply::refusal(message, "INTERNAL_SERVER_ERROR"),
                });
            }
            reply::graphql(StatusCode::OK, &replies)
        }
    }
}

async fn one(
    shared: &Arc<Shared>,
    viewer: Option<Viewer>,
    trouble: Arc<Trouble>,
    operation: &Operation,
) -> Response<Body> {
    let context = Context::new(shared.clone(), viewer, trouble);
    let reply = execute(&context, operation).await;
    let status = if reply.is_refused() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    reply::graphql(status, &reply)
}

async fn get(
    shared: &Arc<Shared>,
    viewer: Option<Viewer>,
    trouble: Arc<Trouble>,
    parts: &Parts,
) -> Response<Body> {
    let parameters = body::parameters(parts.uri.query().unwrap_or_default());
    if !parameters.contains_key("query") {
        return reply::text(StatusCode::BAD_REQUEST, "GET query missing.".to_owned());
    }
    let operation = match operation(&JsonValue::Object(parameters)) {
        Ok(operation) => operation,
        Err(message) => return reply::text(StatusCode::BAD_REQUEST, message.to_owned()),
    };
    let prepared = shared.documents().prepare(&operation.query);
    if prepared
        .operations
        .iter()
        .any(|operation| operation.is_mutation)
    {
        return reply::method_not_allowed("GET supports only query operation", "POST");
    }
    one(shared, viewer, trouble, &operation).await
}

/// The operation in a member of a request.
fn operation(value: &JsonValue) -> Result<Operation, &'static str> {
    let query = match value.get("query") {
        Some(JsonValue::String(query)) if !query.as_str().is_empty() => query.as_str().to_owned(),
        None | Some(JsonValue::Null | JsonValue::String(_)) => {
            return Err("Must provide query string.");
        }
        Some(_) => return Err("GraphQL queries must be strings."),
    };
    let variables = match value.get("variables") {
        Some(JsonValue::Object(variables)) => variables.clone(),
        Some(JsonValue::String(text)) if !text.as_str().is_empty() => {
            match serde_json::from_str(text.as_str()) {
                Ok(JsonValue::Object(variables)) => variables,
                Ok(_) => JsonMap::new(),
                Err(_) => return Err("Variables are invalid JSON."),
            }
        }
        _ => JsonMap::new(),
    };
    let name = value
        .get("operationName")
        .and_then(JsonValue::as_str)
        .map(str::to_owned);
    Ok(Operation {
        query,
        name,
        variables,
    })
}
