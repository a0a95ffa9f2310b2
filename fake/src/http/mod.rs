//! GraphQL over HTTP as Wiki.js (Express and Apollo Server 2) serves it, with its responses to everything else.

mod body;
mod files;
mod inject;
mod live;
mod reply;

use crate::auth::{self, Viewer};
use crate::connection::Peer;
use crate::execute::{Operation, Response as Executed, execute};
use crate::faults::{ActiveFault, Fault, Requested};
use crate::requests::{Exchange, RecordedOperation, RecordedRequest};
use crate::resolvers::Context;
use crate::shared::Shared;
use apollo_compiler::response::{JsonMap, JsonValue};
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName};
use axum::http::request::Parts;
use axum::http::{Method, Request, Response, StatusCode, Uri};
use body::{Received, Refusal};
use inject::{Delivery, Rest};
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// A request that is sent to the task that answers all requests.
#[derive(Debug)]
pub(crate) struct Job {
    peer: Peer,
    parts: Parts,
    body: Body,
    response: oneshot::Sender<Response<Body>>,
}

/// The sender of requests from connections to the task that answers them.
#[derive(Debug, Clone)]
pub(crate) struct RequestSender {
    pub(crate) shared: Arc<Shared>,
    pub(crate) jobs: mpsc::UnboundedSender<Job>,
}

/// Reads a request from its connection and returns its response.
pub(crate) async fn handle(
    State(sender): State<RequestSender>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request<Body>,
) -> Response<Body> {
    let latency = sender.shared.timing.network_latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let (parts, body) = request.into_parts();
    if sender.shared.faults.lock().in_setup {
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        return reply::finish(reply::in_setup(reads), &parts);
    }
    if parts.uri.path() == live::PATH {
        return live::upgrade(sender.shared, parts).await;
    }
    let (response, answered) = oneshot::channel();
    let job = Job {
        peer: peer.clone(),
        parts: parts.clone(),
        body,
        response,
    };
    // An error means that the server stops, which drops the sender of the response.
    let _ = sender.jobs.send(job);
    let failed = |_| reply::text(StatusCode::INTERNAL_SERVER_ERROR, "the fake failed");
    let response = answered.await.unwrap_or_else(failed);
    if let Some(delivery) = response.extensions().get::<Delivery>() {
        delivery.withhold(&peer).await;
    }
    reply::finish(response, &parts)
}

/// Answers requests concurrently on this thread. As in Wiki.js, a request is executed even if its client disconnects.
pub(crate) async fn work(shared: Arc<Shared>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    // Dropping the set at the end of this function aborts the remaining requests.
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
            let (response, rest) = answer(&shared, &job.peer, &job.parts, job.body).await;
            // An error means that the client has disconnected.
            let _ = job.response.send(response);
            if let Some(rest) = rest {
                rest.await;
            }
        });
    }
}

async fn answer<'a>(
    shared: &'a Arc<Shared>,
    peer: &Peer,
    parts: &'a Parts,
    body: Body,
) -> (Response<Body>, Rest<'a>) {
    if parts.uri.path() == "/healthz" && parts.method == Method::GET {
        return (reply::healthz(!shared.faults.lock().database_away), None);
    }
    let began = Instant::now();
    if let Some(route) = files::Route::of(parts, shared) {
        let record = record(shared, peer, parts, false, &[]).0;
        shared.gate.pass().await;
        let requested = route.requested(parts);
        // The first execution reads the body; a repeated one gets the same bytes.
        let kept = body::keep(body);
        let (response, rest) = inject::answer(shared, &requested, kept.clone(), |fault| {
            let (route, body) = (route.clone(), kept.clone());
            async move {
                let slot = shared.timing.book(1);
                let response = route.serve(shared, parts, body, fault).await;
                shared.timing.spend(slot).await;
                response
            }
        })
        .await;
        return (notify(shared, record, began, response), rest);
    }
    let limit = shared.state().settings.body_limit;
    let received = body::receive(parts, body, limit).await;
    let is_batch = matches!(received, Ok(Received::Batch(_)));
    let operations = received.as_ref().map(Received::operations);
    let operations = operations.unwrap_or_default();
    let (record, requested) = record(shared, peer, parts, is_batch, &operations);
    if !is_graphql(&parts.uri) {
        let response = serve(shared, parts, &received, Arc::default()).await;
        return (notify(shared, record, began, response), None);
    }
    shared.gate.pass().await;
    let received = Rc::new(received);
    let operations = requested.len();
    let (response, rest) = inject::answer(shared, &requested, ready(()), |fault| {
        let received = Rc::clone(&received);
        async move {
            let slot = shared.timing.book(operations);
            let response = serve(shared, parts, &received, fault).await;
            shared.timing.spend(slot).await;
            response
        }
    })
    .await;
    (notify(shared, record, began, response), rest)
}

/// Records a request. Returns it for the observer, and the operations that faults can hit.
fn record(
    shared: &Shared,
    peer: &Peer,
    parts: &Parts,
    is_batch: bool,
    members: &[&JsonValue],
) -> (Option<RecordedRequest>, Vec<Requested>) {
    let parameters;
    let members = if parts.method == Method::GET && is_graphql(&parts.uri) {
        parameters = JsonValue::Object(body::parameters(parts.uri.query().unwrap_or_default()));
        &[&parameters]
    } else {
        members
    };
    let mut requested = Vec::new();
    let mut operations = Vec::new();
    for operation in members.iter().filter_map(|value| operation(value).ok()) {
        let prepared = shared.documents.prepare(&operation.query);
        let chosen = prepared.operation(operation.name.as_deref());
        let name = chosen.and_then(|chosen| chosen.name.clone());
        requested.push(Requested {
            name: name.clone(),
            writes: chosen.map_or_else(Vec::new, |chosen| chosen.writes.clone()),
        });
        operations.push(RecordedOperation {
            name,
            is_mutation: chosen.is_some_and(|chosen| chosen.is_mutation),
            variables: serde_json::to_value(&operation.variables).unwrap_or_default(),
            query: operation.query,
        });
    }
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = parts.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes())));
    let request = RecordedRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: headers.collect(),
        operations,
        is_batch,
        connection: peer.number,
    };
    let observed = shared.observer.as_ref().map(|_| request.clone());
    shared.record(request);
    (observed, requested)
}

/// Passes a response to the observer.
fn notify(
    shared: &Shared,
    request: Option<RecordedRequest>,
    began: Instant,
    response: Response<Body>,
) -> Response<Body> {
    if let (Some(observer), Some(request)) = (&shared.observer, request) {
        let extensions = response.extensions();
        let delivery = extensions.get::<Delivery>();
        let is_withheld = delivery.is_some_and(|delivery| delivery.is_withheld());
        observer.notify(&Exchange {
            request,
            status: (!is_withheld).then_some(response.status().as_u16()),
            duration: began.elapsed(),
            fault: extensions.get::<Fault>().cloned(),
        });
    }
    response
}

/// Answers a request after its body was read.
async fn serve(
    shared: &Arc<Shared>,
    parts: &Parts,
    received: &Result<Received, Refusal>,
    fault: Arc<ActiveFault>,
) -> Response<Body> {
    if parts.uri.path() == "/.well-known/apollo/server-health" {
        return reply::health();
    }
    // Wiki.js checks the token before anything else, even before the length of the body.
    let (viewer, renewed) = match authenticate(shared, parts, &fault) {
        Ok(admission) => admission,
        Err(message) => return reply::refused(StatusCode::INTERNAL_SERVER_ERROR, message),
    };
    let context = Context {
        shared: shared.clone(),
        viewer,
        fault,
    };
    let mut response = match received {
        Err(Refusal { status, message }) => reply::refused(*status, message),
        Ok(_) if !is_graphql(&parts.uri) => reply::not_found(),
        Ok(received) => match parts.method {
            Method::GET => get(context, parts).await,
            Method::POST => post(context, received).await,
            _ => reply::method_not_allowed(
                "Apollo Server supports only GET/POST requests.",
                "GET, POST",
            ),
        },
    };
    if let Some(token) = renewed {
        reply::renew(&mut response, &token, parts);
    }
    response
}

/// Returns the caller of a request, and a new token if the old one is to be replaced.
fn authenticate(
    shared: &Shared,
    parts: &Parts,
    fault: &ActiveFault,
) -> Result<(Option<Viewer>, Option<String>), &'static str> {
    let token = token(parts);
    let mut state = shared.state();
    auth::authenticate(&mut state, token.as_deref(), fault.database_away)
}

/// Returns whether a path is `/graphql`. Case, doubled slashes and one slash at the end do not matter.
fn is_graphql(uri: &Uri) -> bool {
    let path = uri.path().trim_start_matches('/').to_lowercase();
    matches!(path.as_str(), "graphql" | "graphql/")
}

/// Returns a header that is text.
fn header(parts: &Parts, name: HeaderName) -> Option<&str> {
    let value = parts.headers.get(name)?;
    value.to_str().ok()
}

/// Returns the token of the `Authorization` header, else of the cookie `jwt`.
fn token(parts: &Parts) -> Option<String> {
    let bearer = header(parts, AUTHORIZATION)
        .and_then(|value| value.split_once(char::is_whitespace))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    bearer.or_else(|| {
        let mut cookies = header(parts, COOKIE)?.split(';');
        let token = cookies.find_map(|cookie| cookie.trim().strip_prefix("jwt="));
        token.map(str::to_owned)
    })
}

async fn post(context: Context, received: &Received) -> Response<Body> {
    match received {
        Received::Nothing => reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "POST body missing. Did you forget use body-parser middleware?",
        ),
        Received::One(value) => one(context, value).await,
        Received::Batch(_) if context.state().settings.refuses_batches => reply::firewall(),
        Received::Batch(values) => {
            let mut responses = Vec::with_capacity(values.len());
            for value in values {
                responses.push(match operation(value) {
                    Ok(operation) => execute(&context, &operation).await,
                    Err(message) => Executed::refusal(message, "INTERNAL_SERVER_ERROR"),
                });
            }
            reply::graphql(StatusCode::OK, &responses)
        }
    }
}

async fn one(context: Context, value: &JsonValue) -> Response<Body> {
    let operation = match operation(value) {
        Ok(operation) => operation,
        Err(message) => return reply::text(StatusCode::BAD_REQUEST, message),
    };
    let response = execute(&context, &operation).await;
    if let Some(name) = &operation.name {
        context.shared.hooks.run(name).await;
    }
    let status = if response.is_refused() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    reply::graphql(status, &response)
}

async fn get(context: Context, parts: &Parts) -> Response<Body> {
    let parameters = body::parameters(parts.uri.query().unwrap_or_default());
    let Some(query) = parameters.get("query").and_then(JsonValue::as_str) else {
        return reply::text(StatusCode::BAD_REQUEST, "GET query missing.");
    };
    let prepared = context.shared.documents.prepare(query);
    let mut operations = prepared.operations.iter();
    if operations.any(|operation| operation.is_mutation) {
        return reply::method_not_allowed("GET supports only query operation", "POST");
    }
    one(context, &JsonValue::Object(parameters)).await
}

/// Returns the operation in a member of a request.
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
    let name = value.get("operationName").and_then(JsonValue::as_str);
    Ok(Operation {
        query,
        name: name.map(str::to_owned),
        variables,
    })
}
