//! WebSocket for subscriptions, with the sub-protocol of subscriptions-transport-ws.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use graphql_client::GraphQLQuery;
use reqwest::{
    StatusCode, Upgraded, Version,
    header::{self, HeaderValue},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};

use super::{LogLine, OPERATION};
use crate::{
    api::{self, logging_live_trail as trail},
    auth::token_of,
    client::Client,
    error::{
        Applied, BoxError, Error, GraphQlError, GraphQlErrors, HttpError, Result,
        TransportErrorKind,
    },
    redact::Secrets,
};

/// Path of the subscriptions of Wiki.js, below its base URL.
const PATH: &str = "graphql-subscriptions";
const PROTOCOL: &str = "graphql-ws";
/// Time without a message after which a ping is sent. If no message arrives within that time again, the connection is
/// considered dead.
const PING_EVERY: Duration = Duration::from_secs(30);
/// Maximum size of a message, in bytes.
const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// A WebSocket with a running subscription.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    opened: Instant,
}

/// A message of the wiki.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    payload: Option<Value>,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    data: Option<trail::ResponseData>,
    #[serde(default)]
    errors: Vec<GraphQlError>,
}

impl Socket {
    /// Opens a WebSocket, authenticates and subscribes.
    pub(super) async fn open(client: &Client, token: &HeaderValue) -> Result<Self> {
        let stream = upgrade(client).await?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let stream = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
        let mut socket = Self {
            stream,
            opened: Instant::now(),
        };
        // Wiki.js reads the token from the first message, without the scheme `Bearer`.
        let token = token_of(token);
        socket
            .send(&json!({"type": "connection_init", "payload": {"token": token}}))
            .await?;
        loop {
            let frame = socket.frame().await?;
            match frame.kind.as_str() {
                "connection_ack" => break,
                "connection_error" => return Err(refused(frame.message())),
                _ => {}
            }
        }
        let payload = api::LoggingLiveTrail::build_query(trail::Variables::new());
        socket
            .send(&json!({"id": "1", "type": "start", "payload": payload}))
            .await?;
        Ok(socket)
    }

    /// Returns the age of the connection.
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Returns the next line of the log.
    pub(super) async fn next(&mut self) -> Result<LogLine> {
        loop {
            let frame = self.frame().await?;
            match frame.kind.as_str() {
                "data" => {
                    if let Some(line) = line_of(frame.payload)? {
                        return Ok(line);
                    }
                }
                "error" => return Err(refused(frame.message())),
                "complete" => return Err(interrupted("the wiki ended the subscription")),
                // Keep-alives (`ka`) and unknown types are ignored.
                _ => {}
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        let message = Message::text(message.to_string());
        self.stream.send(message).await.map_err(interrupted)
    }

    /// Waits for the next message. Sends a ping if none arrives within [`PING_EVERY`].
    async fn frame(&mut self) -> Result<Frame> {
        let mut has_pinged = false;
        loop {
            let Ok(message) = timeout(PING_EVERY, self.stream.next()).await else {
                if has_pinged {
                    return Err(interrupted("the wiki has not responded to a ping"));
                }
                has_pinged = true;
                let ping = Message::Ping(Vec::new().into());
                self.stream.send(ping).await.map_err(interrupted)?;
                continue;
            };
            has_pinged = false;
            match message {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(interrupted);
                }
                Some(Ok(Message::Close(_))) | None => {
                    return Err(interrupted("the wiki closed the connection"));
                }
                // Pongs. tungstenite responds to pings by itself.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(interrupted(error)),
            }
        }
    }
}

/// Opens a WebSocket with the client's HTTP client.
async fn upgrade(client: &Client) -> Result<Upgraded> {
    let mut url = client.url().clone();
    url.set_path(&format!("{}/{PATH}", url.path().trim_end_matches('/')));
    let key = generate_key();
    let response = client
        .inner()
        .transport
        .http()
        .get(url)
        // HTTP/2 does not support `Upgrade`.
        .version(Version::HTTP_11)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
        .send()
        .await
        .map_err(no_connection)?;
    let (status, headers) = (response.status(), response.headers());
    let is = |name, expected: &str| headers.get(name).is_some_and(|value| value == expected);
    let accepted = derive_accept_key(key.as_bytes());
    if status != StatusCode::SWITCHING_PROTOCOLS
        || !is(header::SEC_WEBSOCKET_ACCEPT, &accepted)
        || !is(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
    {
        let problem = "the server did not open a WebSocket; configure the proxy in front of the wiki to forward \
                       /graphql-subscriptions with the headers Connection and Upgrade";
        let error = HttpError::new(OPERATION, status.as_u16(), problem, Applied::No);
        return Err(Error::Http(Box::new(error)));
    }
    response.upgrade().await.map_err(no_connection)
}

fn line_of(payload: Option<Value>) -> Result<Option<LogLine>> {
    let payload = payload.unwrap_or_default();
    let Payload { data, errors } = serde_json::from_value(payload).map_err(interrupted)?;
    if !errors.is_empty() {
        return Err(of_graphql(errors));
    }
    Ok(data.map(|data| data.logging_live_trail.into()))
}

impl Frame {
    fn message(&self) -> &str {
        let payload = self.payload.as_ref();
        let message = payload.and_then(|payload| payload["message"].as_str());
        message.unwrap_or("without a reason")
    }
}

/// Creates the error of a rejected caller. Wiki.js responds with "Unauthorized" for every reason. The token was just
/// verified, so the reason is a missing permission.
pub(super) fn refused(message: &str) -> Error {
    let message = format!(
        "You are not authorized to follow the log, which requires the permission manage:system ({message})"
    );
    of_graphql(vec![GraphQlError::plain(&message)])
}

fn of_graphql(mut errors: Vec<GraphQlError>) -> Error {
    for error in &mut errors {
        error.redact(&Secrets::default());
    }
    Error::from_graphql(GraphQlErrors {
        object: None,
        operation: OPERATION.to_owned(),
        status: StatusCode::SWITCHING_PROTOCOLS.as_u16(),
        errors,
        data: None,
        applied: Applied::No,
        required: &[],
    })
}

pub(super) fn no_connection(source: impl Into<BoxError>) -> Error {
    lost(TransportErrorKind::Connect, source)
}

fn interrupted(source: impl Into<BoxError>) -> Error {
    lost(TransportErrorKind::Interrupted, source)
}

fn lost(kind: TransportErrorKind, source: impl Into<BoxError>) -> Error {
    Error::no_response(OPERATION, kind, Applied::No).because(source)
}
