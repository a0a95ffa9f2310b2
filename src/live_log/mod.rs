//! The log of the wiki as a stream.
//!
//! [`Client::live_log`](crate::Client::live_log) returns a stream of [`LogLine`]s. It uses the GraphQL subscription
//! `loggingLiveTrail`, over a WebSocket at `/graphql-subscriptions` with the sub-protocol `graphql-ws` of the library
//! subscriptions-transport-ws. The WebSocket uses the same proxy, certificates and TLS settings as all requests.
//!
//! ```no_run
//! # async fn example() -> wikijs_client::Result<()> {
//! use futures::StreamExt;
//! use wikijs_client::Client;
//!
//! // Wiki.js sends its log to users and not to API keys.
//! let login = Client::builder("https://wiki.example.com").login("admin@example.com", "password");
//! let mut log = login.await?.done()?.live_log().await?;
//! while let Some(line) = log.next().await {
//!     let line = line?;
//!     println!("{} {}", line.level, line.plain());
//! }
//! # Ok(())
//! # }
//! ```

mod socket;

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream, stream::BoxStream};

use self::socket::Socket;
use crate::{
    api::logging_live_trail::LoggingLiveTrailLoggingLiveTrail as Line,
    auth::Credentials,
    call::Call,
    client::Client,
    error::{Error, Result},
    response::{models, query},
    transport::Retries,
    types::{Timestamp, opaque_debug, open_enum},
};

/// Name of the operation in errors and logs.
const OPERATION: &str = "LoggingLiveTrail";

/// Age from which on a connection counts as working, even if the wiki has logged nothing.
const STEADY_AFTER: Duration = Duration::from_secs(30);

impl Client {
    /// Returns a stream of the lines that the wiki logs from now on.
    ///
    /// The caller must have logged in as a user with the permission `manage:system`. An API key does not suffice:
    /// Wiki.js reads the permission from the token, and the token of an API key contains none. The setting `logLevel`
    /// of the wiki determines what it logs.
    ///
    /// The client reconnects after a broken connection, with the delays and the number of attempts of its
    /// [`RetryPolicy`](crate::RetryPolicy). The count restarts after a line has arrived or a connection has lasted
    /// 30 s. Lines that the wiki logs between two connections are lost, which [`LogLine::after_gap`] of the next line
    /// reports. The client detects a dead connection within a minute. Dropping the stream closes the connection.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a client without a login; [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`; [`Error::Http`] if a proxy does not forward WebSockets; otherwise those of any request. The
    /// stream ends after an error, such as that of the last attempt to reconnect.
    pub fn live_log(&self) -> Call<LiveLog> {
        Call::on(self, |client| async move { client.follow_log().await })
    }

    async fn follow_log(&self) -> Result<LiveLog> {
        if !matches!(self.credentials(), Credentials::Session(_)) {
            return Err(Error::invalid(
                "client",
                "Wiki.js sends its log only to users who have logged in, not to API keys or guests",
                "log in with ClientBuilder::login",
            ));
        }
        self.tasks().refuse_if_closed("LiveLog")?;
        let socket = Box::pin(connect(self)).await?;
        let state = State {
            client: self.clone(),
            socket: Some(socket),
            retries: None,
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

/// A stream of the lines that the wiki logs. It ends only with an error.
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

opaque_debug!(LiveLog);

models! {
    /// A line of the log.
    LogLine from Line as line {
        /// The severity: `level`.
        pub level: LogLevel = line.level.as_str().into(),
        /// The text: `output`, including the date, and colours as ANSI escape sequences.
        pub output: String,
        /// The time: `timestamp`.
        pub timestamp: Timestamp,
        /// `true` if the client has reconnected before this line, so that earlier lines may be missing.
        pub after_gap: bool = false,
    }
}

impl LogLine {
    /// Returns the text without colours.
    pub fn plain(&self) -> String {
        let mut plain = String::with_capacity(self.output.len());
        let mut rest = self.output.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            plain.push_str(before);
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            rest = rest
                .strip_prefix(|c: char| c.is_ascii_alphabetic())
                .unwrap_or(rest);
        }
        plain.push_str(rest);
        plain
    }
}

open_enum! {
    /// Severity of a line of the log.
    LogLevel {
        /// `error`.
        Error = "error",
        /// `warn`.
        Warn = "warn",
        /// `info`.
        Info = "info",
        /// `verbose`.
        Verbose = "verbose",
        /// `debug`.
        Debug = "debug",
        /// `silly`.
        Silly = "silly",
    }
}

struct State {
    client: Client,
    /// `None` between two connections.
    socket: Option<Socket>,
    /// The attempts since the last working connection.
    retries: Option<Retries>,
    after_gap: bool,
}

impl State {
    async fn next(&mut self) -> Result<LogLine> {
        loop {
            let Some(socket) = &mut self.socket else {
                match connect(&self.client).await {
                    Ok(socket) => self.socket = Some(socket),
                    Err(error) => self.wait(error).await?,
                }
                continue;
            };
            match socket.next().await {
                Ok(mut line) => {
                    self.retries = None;
                    line.after_gap = std::mem::take(&mut self.after_gap);
                    return Ok(line);
                }
                Err(error) => {
                    // The count of attempts restarts only after a connection that lasted for some time.
                    if socket.age() >= STEADY_AFTER {
                        self.retries = None;
                    }
                    self.socket = None;
                    self.after_gap = true;
                    self.wait(error).await?;
                }
            }
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    ///
    /// The error itself if it is not transient, or if the policy allows no further attempt.
    async fn wait(&mut self, error: Error) -> Result<()> {
        let policy = &self.client.inner().transport.limits.retry;
        let retries = self.retries.get_or_insert_with(|| policy.start(None));
        retries.wait(OPERATION, error).await
    }
}

async fn connect(client: &Client) -> Result<Socket> {
    // Wiki.js rejects an expired token on a WebSocket, and renews it only in the response to an HTTP request.
    query!(client, UsersWhoAmI);
    let token = client
        .credentials()
        .authorization()
        .ok_or_else(|| socket::refused("the client has no token"))?;
    let limit = client.inner().transport.limits.timeout;
    tokio::time::timeout(limit, Socket::open(client, &token))
        .await
        .unwrap_or_else(|elapsed| Err(socket::no_connection(elapsed)))
}
