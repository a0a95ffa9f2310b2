//! One WebSocket to the wiki's subscriptions, in the sub-protocol of subscriptions-transport-ws.

use std::time::Duration;

use futures::{
    SinkExt, StreamExt,
    future::{Either, select},
};
use graphql_client::GraphQLQuery;
use reqwest::{
    StatusCode, Upgraded, Version,
    header::{self, HeaderValue},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, Interval, MissedTickBehavior};
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
    client::Client,
    error::{
        Applied, Error, GraphQlError, GraphQlErrors, HttpError, Result, TransportError,
        TransportErrorKind,
    },
};

/// Where Wiki.js serves subscriptions, beside `/graphql`.
const PATH: &str = "graphql-subscriptions";
const PROTOCOL: &str = "graphql-ws";
/// How often the other end is asked whether it is still there, which it has to answer in that time.
const PING_EVERY: Duration = Duration::from_secs(30);
/// The longest line, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// A subscription that is under way.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    pings: Interval,
    /// Whether anything came since the last ping.
    is_alive: bool,
}

/// Why no line comes any more.
pub(super) enum Broken {
    /// The connection is over; another one may be made.
    Connection(Error),
    /// The wiki does not give what is asked for.
    Subscription(Error),
}

/// What the wiki sends.
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
    /// Opens a WebSocket, says who is calling and subscribes.
    pub(super) async fn open(client: &Client, token: &HeaderValue) -> Result<Self> {
        let stream = upgrade(client).await?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST));
        let stream = WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await;
        let first = Instant::now() + PING_EVERY;
        let mut pings = tokio::time::interval_at(first, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut socket = Self {
            stream,
            pings,
            is_alive: true,
        };
        let token = token.to_str().unwrap_or_default();
        let token = token.trim_start_matches("Bearer ");
        socket
            .send(&json!({"type": "connection_init", "payload": {"token": token}}))
            .await?;
        loop {
            let frame = socket.frame().await?;
            match frame.kind.as_str() {
                "connection_ack" => break,
                "connection_error" => return Err(refused(&message_of(frame.payload.as_ref()))),
                _ => {}
            }
        }
        let payload = api::LoggingLiveTrail::build_query(trail::Variables::new());
        socket
            .send(&json!({"id": "1", "type": "start", "payload": payload}))
            .await?;
        Ok(socket)
    }

    /// The next line of the log.
    pub(super) async fn next(&mut self) -> std::result::Result<LogLine, Broken> {
        loop {
            let frame = self.frame().await.map_err(Broken::Connection)?;
            match frame.kind.as_str() {
                "data" => {
                    if let Some(line) = line_of(frame.payload).map_err(Broken::Subscription)? {
                        return Ok(line);
                    }
                }
                "error" => {
                    return Err(Broken::Subscription(refused(&message_of(
                        frame.payload.as_ref(),
                    ))));
                }
                "complete" => {
                    return Err(Broken::Connection(interrupted(
                        "the wiki ended the subscription",
                    )));
                }
                // `ka`, and what newer ones may send.
                _ => {}
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        let message = Message::text(message.to_string());
        self.stream.send(message).await.map_err(interrupted)
    }

    async fn ping(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.is_alive) {
            return Err(interrupted("the wiki is silent"));
        }
        let ping = Message::Ping(Vec::new().into());
        self.stream.send(ping).await.map_err(interrupted)
    }

    /// The next message; asks now and then whether the other end is still there.
    async fn frame(&mut self) -> Result<Frame> {
        loop {
            let message = {
                let tick = std::pin::pin!(self.pings.tick());
                match select(self.stream.next(), tick).await {
                    Either::Left((message, _)) => Some(message),
                    Either::Right(_) => None,
                }
            };
            let Some(message) = message else {
                self.ping().await?;
                continue;
            };
            self.is_alive = true;
            match message {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).map_err(interrupted);
                }
                Some(Ok(Message::Close(_))) | None => {
                    return Err(interrupted("the wiki closed the connection"));
                }
                // Pongs; pings are answered with the next write.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(interrupted(error)),
            }
        }
    }
}

/// Asks the wiki for a WebSocket, with the HTTP client of all requests.
async fn upgrade(client: &Client) -> Result<Upgraded> {
    let mut url = client.url().clone();
    url.set_path(&format!("{}/{PATH}", url.path().trim_end_matches('/')));
    let key = generate_key();
    let answer = client
        .inner()
        .transport
        .http()
        .get(url)
        .version(Version::HTTP_11)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
        .send()
        .await
        .map_err(no_connection)?;
    let is = |name, expected: &str| {
        answer
            .headers()
            .get(name)
            .is_some_and(|value| value.as_bytes() == expected.as_bytes())
    };
    let status = answer.status();
    if status != StatusCode::SWITCHING_PROTOCOLS
        || !is(
            header::SEC_WEBSOCKET_ACCEPT,
            &derive_accept_key(key.as_bytes()),
        )
        || !is(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
    {
        return Err(Error::Http(Box::new(HttpError {
            operation: OPERATION.to_owned(),
            status: status.as_u16(),
            problem: "it is no WebSocket of Wiki.js; a proxy before the wiki has to let /graphql-subscriptions \
                      through, with the headers Connection and Upgrade"
                .to_owned(),
            body: String::new(),
            retry_after: None,
            applied: Applied::No,
        })));
    }
    answer.upgrade().await.map_err(no_connection)
}

fn line_of(payload: Option<Value>) -> Result<Option<LogLine>> {
    let payload = payload.unwrap_or_default();
    let Payload { data, errors } = serde_json::from_value(payload).map_err(interrupted)?;
    if !errors.is_empty() {
        return Err(of_graphql(errors));
    }
    let line = data.and_then(|data| data.logging_live_trail);
    Ok(line.map(LogLine::from))
}

fn message_of(payload: Option<&Value>) -> String {
    let message = payload.and_then(|payload| payload["message"].as_str());
    message.unwrap_or("it gives no reason").to_owned()
}

/// The wiki does not let the caller in. It says "Unauthorized" for every reason; the token was renewed
/// a moment ago, so it is the permission.
pub(super) fn refused(message: &str) -> Error {
    let message = format!(
        "You are not authorized to follow the log, which takes the permission manage:system ({message})"
    );
    of_graphql(vec![GraphQlError::plain(message)])
}

fn of_graphql(errors: Vec<GraphQlError>) -> Error {
    Error::from_graphql(GraphQlErrors {
        operation: OPERATION.to_owned(),
        status: StatusCode::SWITCHING_PROTOCOLS.as_u16(),
        errors,
        data: None,
        applied: Applied::No,
    })
}

pub(super) fn no_connection(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    lost(TransportErrorKind::Connect, source)
}

fn interrupted(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    lost(TransportErrorKind::Interrupted, source)
}

fn lost(
    kind: TransportErrorKind,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Transport(Box::new(TransportError {
        operation: OPERATION.to_owned(),
        kind,
        source: Some(source.into()),
        applied: Applied::No,
    }))
}
