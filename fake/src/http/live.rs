//! The live log over a WebSocket, with the sub-protocol of subscriptions-transport-ws.

use crate::shared::Shared;
use crate::state::FakeLogLine;
use crate::state::keys::Token;
use crate::state::sessions::Standing;
use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::broadcast;

/// The path of the WebSocket.
pub(super) const PATH: &str = "/graphql-subscriptions";
const PROTOCOL: &str = "graphql-ws";
/// The code with which Wiki.js closes the WebSocket of an unauthorized caller.
const REFUSED: u16 = 1011;

/// Answers a request for a WebSocket.
pub(super) async fn upgrade(shared: Arc<Shared>, mut parts: Parts) -> Response<Body> {
    let takes_them = shared.state().settings.takes_websockets;
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) if takes_them => {
            let upgrade = upgrade.protocols([PROTOCOL]);
            // An error means that the client has disconnected.
            upgrade.on_upgrade(async move |socket| drop(serve(&shared, socket).await))
        }
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn serve(shared: &Shared, mut socket: WebSocket) -> Result<(), axum::Error> {
    let mut lines: Option<(String, broadcast::Receiver<FakeLogLine>)> = None;
    let mut is_in = false;
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            (id, line) = next_line(&mut lines) => {
                let payload = json!({"data": {"loggingLiveTrail": line}});
                send(&mut socket, json!({"type": "data", "id": id, "payload": payload})).await?;
                continue;
            }
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
            Some(Ok(_)) => continue,
        };
        let message: Value = serde_json::from_str(&text).unwrap_or_default();
        let payload = &message["payload"];
        match message["type"].as_str() {
            Some("connection_init") => {
                is_in = may_follow(shared, payload["token"].as_str());
                if !is_in {
                    return refuse(&mut socket).await;
                }
                send(&mut socket, json!({"type": "connection_ack"})).await?;
            }
            Some("start") if is_in => {
                let id = message["id"].as_str().unwrap_or_default().to_owned();
                let query = payload["query"].as_str().unwrap_or_default();
                if query.contains("loggingLiveTrail") {
                    lines = Some((id, shared.log.subscribe()));
                } else {
                    let message = "wikijs-fake does not imitate this subscription";
                    let payload = json!({"errors": [{"message": message}]});
                    send(
                        &mut socket,
                        json!({"type": "data", "id": id, "payload": payload}),
                    )
                    .await?;
                }
            }
            Some("stop") => lines = None,
            Some("connection_terminate") => return Ok(()),
            _ => {}
        }
    }
}

/// Returns the next line for a subscription. Waits forever without a subscription.
async fn next_line(
    lines: &mut Option<(String, broadcast::Receiver<FakeLogLine>)>,
) -> (String, FakeLogLine) {
    while let Some((id, receiver)) = lines {
        match receiver.recv().await {
            Ok(line) => return (id.clone(), line),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => break,
        }
    }
    std::future::pending().await
}

/// Returns whether a token is valid and contains the permission. The token of an API key contains none.
fn may_follow(shared: &Shared, token: Option<&str>) -> bool {
    let state = shared.state();
    match token.map(|token| state.keys.inspect(token)) {
        Some(Token::User(user)) => {
            state.sessions.standing(&user) == Standing::Valid
                && user.permissions.iter().any(|own| own == "manage:system")
        }
        _ => false,
    }
}

async fn refuse(socket: &mut WebSocket) -> Result<(), axum::Error> {
    let payload = json!({"message": "Unauthorized"});
    send(
        socket,
        json!({"type": "connection_error", "payload": payload}),
    )
    .await?;
    let (code, reason) = (REFUSED, "".into());
    let close = CloseFrame { code, reason };
    socket.send(Message::Close(Some(close))).await
}

async fn send(socket: &mut WebSocket, message: Value) -> Result<(), axum::Error> {
    socket.send(Message::Text(message.to_string().into())).await
}
