//! What the wiki writes into its log, as it happens.
//!
//! [`Client::live_log`](crate::Client::live_log) gives a stream of [`LogLine`]s. It stands on the one
//! subscription of Wiki.js, `loggingLiveTrail`, which is served at `/graphql-subscriptions` over a
//! WebSocket with the sub-protocol `graphql-ws` of the library subscriptions-transport-ws. The WebSocket
//! is opened with the client's own HTTP client: proxy, certificates and TLS are those of all requests.
//!
//! ```no_run
//! # async fn example() -> wikijs_client::Result<()> {
//! use futures::StreamExt;
//! use wikijs_client::Client;
//!
//! // Wiki.js shows its log to users, and to no API key.
//! let login = Client::builder("https://wiki.example.com").login("admin@example.com", "password");
//! let mut log = login.await?.done()?.live_log().await?;
//! while let Some(line) = log.next().await {
//!     let line = line?;
//!     println!("{} {}", line.level, line.plain());
//! }
//! # Ok(())
//! # }
//! ```

mod line;
mod socket;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures::{Stream, StreamExt, stream, stream::BoxStream};

pub use self::line::{LogLevel, LogLine};
use self::socket::{Broken, Socket};
use crate::{
    auth::Credentials,
    client::Client,
    error::{AuthError, Error, Result},
};

/// The operation's name, in errors and logs.
const OPERATION: &str = "LoggingLiveTrail";

impl Client {
    /// Follows the wiki's log from now on.
    ///
    /// Only a user who has logged in and has `manage:system` is let in, never an API key: Wiki.js looks
    /// for that permission in the token itself, where an API key has none. What the wiki logs is a
    /// matter of its configuration (`logLevel`).
    ///
    /// Where the connection breaks it is made again, as the client's
    /// [`RetryPolicy`](crate::RetryPolicy) allows; the first line after it says so
    /// ([`LogLine::after_gap`]), for what the wiki logged in between is lost. A connection that is dead
    /// without a word is noticed after a minute. Dropping the stream closes the connection.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a client with an API key or without a login;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::Http`] where something
    /// before the wiki does not let WebSockets through; otherwise as any request. The stream ends after
    /// an error.
    pub async fn live_log(&self) -> Result<LiveLog> {
        if !matches!(self.credentials(), Credentials::Session(_)) {
            return Err(Error::invalid(
                "client",
                "Wiki.js shows its log to users, and neither to API keys nor to guests",
                "use a client of ClientBuilder::login",
            ));
        }
        let socket = Box::pin(connect(self)).await?;
        let state = State {
            client: self.clone(),
            socket: Some(socket),
            after_gap: false,
        };
        let lines = stream::try_unfold(state, |mut state| async move {
            Ok(Some((Box::pin(state.next()).await?, state)))
        });
        Ok(LiveLog {
            lines: lines.boxed(),
        })
    }
}

/// What the wiki writes into its log, as it happens: a stream that goes on until it fails.
#[must_use = "a stream does nothing until it is polled"]
pub struct LiveLog {
    lines: BoxStream<'static, Result<LogLine>>,
}

impl Stream for LiveLog {
    type Item = Result<LogLine>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.lines.poll_next_unpin(context)
    }
}

impl fmt::Debug for LiveLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiveLog")
    }
}

struct State {
    client: Client,
    /// None between two connections.
    socket: Option<Socket>,
    after_gap: bool,
}

impl State {
    async fn next(&mut self) -> Result<LogLine> {
        loop {
            if self.socket.is_none() {
                self.socket = Some(reconnect(&self.client).await?);
                self.after_gap = true;
            }
            let Some(socket) = &mut self.socket else {
                continue;
            };
            match socket.next().await {
                Ok(mut line) => {
                    line.after_gap = std::mem::take(&mut self.after_gap);
                    return Ok(line);
                }
                Err(Broken::Connection(error)) => {
                    tracing::warn!(operation = OPERATION, %error, "the connection broke, making another");
                    self.socket = None;
                }
                Err(Broken::Subscription(error)) => return Err(error),
            }
        }
    }
}

/// Another connection; a wiki that restarts needs a moment.
async fn reconnect(client: &Client) -> Result<Socket> {
    let mut retries = client.inner().transport.retry().start();
    loop {
        match connect(client).await {
            Ok(socket) => return Ok(socket),
            Err(error) => retries.wait(OPERATION, error).await?,
        }
    }
}

async fn connect(client: &Client) -> Result<Socket> {
    // A WebSocket takes only a token that is valid now; any request renews one that is not.
    client
        .execute::<crate::api::UsersWhoAmI>(crate::api::users_who_am_i::Variables::new())
        .await?;
    let token = client
        .credentials()
        .authorization()
        .map_err(AuthError::found)?
        .ok_or_else(|| socket::refused("the client has no token"))?;
    let time = client.inner().transport.timeout();
    tokio::time::timeout(time, Socket::open(client, &token))
        .await
        .unwrap_or_else(|elapsed| Err(socket::no_connection(elapsed)))
}
