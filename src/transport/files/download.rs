//! A download.

use std::{
    fmt,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::{
    Stream,
    future::{Either, select},
};
use reqwest::{Response, StatusCode, header};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};
use tracing::{Instrument, Span};
use url::Url;

use super::{
    super::{
        Operation, OperationKind, Transport, content::Progress, failure::Failure, send::Sender,
    },
    is_html, left, lost, read_at_most, redirection, retry_after, transport_error,
};
use crate::{
    error::{Result, TransportErrorKind},
    telemetry::Exchange,
};

impl Transport {
    /// Asks for a file, again if that fails for a reason that passes, until its first byte is there.
    pub(crate) async fn download(
        &self,
        name: &'static str,
        url: &Url,
        max_bytes: Option<u64>,
    ) -> Result<Result<Download, Missing>> {
        let operation = Operation {
            name,
            kind: OperationKind::Query,
        };
        let mut retries = self.limits.retry.start();
        loop {
            let resends = retries.attempts() - 1;
            match self.download_once(operation, url, resends).await {
                Ok(Ok(response)) => {
                    let max_bytes = max_bytes.unwrap_or(self.limits.answer_bytes as u64);
                    let timeout = self.limits.timeout;
                    return Download::new(operation, response, max_bytes, timeout).map(Ok);
                }
                Ok(Err(missing)) => return Ok(Err(missing)),
                Err(error) => retries.wait(operation.name, error).await?,
            }
        }
    }

    /// The place is free again as soon as the file begins: who reads it slowly is not to keep others
    /// waiting.
    async fn download_once(
        &self,
        operation: Operation,
        url: &Url,
        resends: u32,
    ) -> Result<Result<Response, Missing>> {
        let runtime =
            Handle::try_current().map_err(|_| Failure::NoRuntime.into_error(operation))?;
        let (wire, url) = (Arc::clone(&self.wire), url.clone());
        let span = Span::current();
        let (mut report, answer) = oneshot::channel();
        runtime.spawn(async move {
            let exchange = async {
                let place = wire.lend_place(operation).await;
                let _place = place.map_err(|failure| failure.into_error(operation))?;
                let outgoing = wire.sender().outgoing_to("GET", &url, 0);
                let exchange = Exchange::begin(outgoing, &span, resends);
                let asking = wire.sender().ask_for_file(operation, &url);
                let result = asking.instrument(exchange.span()).await;
                let size = match &result {
                    Ok(Ok(response)) => response.content_length(),
                    _ => None,
                };
                let status = result.as_ref().map(|answer| match answer {
                    Ok(response) => response.status().as_u16(),
                    Err(Missing { .. }) => 404,
                });
                exchange.end_with(status, size);
                result
            };
            let ended = match select(pin!(exchange), pin!(report.closed())).await {
                Either::Left((result, _)) => Some(result),
                Either::Right(_) => None,
            };
            if let Some(result) = ended {
                // An error: the caller went away at this very moment.
                let _ = report.send(result);
            }
        });
        let interrupted = || transport_error(operation, TransportErrorKind::Interrupted);
        answer.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

impl Sender {
    async fn ask_for_file(
        &self,
        operation: Operation,
        url: &Url,
    ) -> Result<Result<Response, Missing>> {
        let request = self
            .http
            .client
            .get(url.clone())
            // What is packed on the way has no length.
            .header(header::ACCEPT_ENCODING, "identity")
            // A GET has no content, but for this type Wiki.js renews a login in a header and not by
            // cookie (hazard 50).
            .header(header::CONTENT_TYPE, "application/json");
        let answer = self.for_file(request)?.send();
        let response = timeout(self.timeout, answer)
            .await
            .map_err(|_| transport_error(operation, TransportErrorKind::Timeout))?
            .map_err(|error| lost(operation, error))?;
        if let Some(refusal) =
            redirection(operation, &response).or_else(|| left(operation, &response, url))
        {
            return Err(refusal);
        }
        self.credentials.renew(response.headers());
        let status = response.status();
        if status.is_success() {
            return Ok(Ok(response));
        }
        let retry_after = retry_after(&response);
        let is_html = is_html(&response);
        if status == StatusCode::NOT_FOUND {
            return Ok(Err(Missing { is_page: is_html }));
        }
        let body = timeout(self.timeout, read_at_most(operation, response))
            .await
            .map_err(|_| transport_error(operation, TransportErrorKind::Timeout))??;
        Err(self.refused(operation, status.as_u16(), &body, is_html, retry_after))
    }
}

/// An answer that there is nothing (404).
pub(crate) struct Missing {
    /// It is a page that there is not.
    pub(crate) is_page: bool,
}

/// A file that is being downloaded: a stream of its bytes.
///
/// It ends with an error where the connection breaks before the file is complete, where nothing comes
/// for the client's timeout, and where there is more than the download's `max_size`.
pub struct Download {
    operation: Operation,
    content_type: Option<String>,
    length: Option<u64>,
    is_attachment: bool,
    max_bytes: u64,
    received: u64,
    timeout: Duration,
    state: State,
}

/// Reads the next piece and gives the response back.
type Reading = Pin<Box<dyn Future<Output = (Result<Option<Bytes>>, Response)> + Send>>;

enum State {
    Reading(Mutex<Reading>),
    Idle(Box<Response>),
    Over,
}

impl Download {
    fn new(
        operation: Operation,
        response: Response,
        max_bytes: u64,
        timeout: Duration,
    ) -> Result<Self> {
        let header = |name| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let length = response.content_length();
        if length.is_some_and(|length| length > max_bytes) {
            return Err(transport_error(operation, TransportErrorKind::TooLarge));
        }
        Ok(Self {
            operation,
            content_type: header(header::CONTENT_TYPE),
            length,
            is_attachment: header(header::CONTENT_DISPOSITION).is_some()
                || header(header::ACCEPT_RANGES).is_some(),
            max_bytes,
            received: 0,
            timeout,
            state: State::Idle(Box::new(response)),
        })
    }

    /// What kind of file Wiki.js takes it for, by the ending of its name: the header `Content-Type`.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// How many bytes the file has; `None` where a proxy took the length away.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            transferred: self.received,
            total: self.length,
        }
    }

    /// Whether it was sent as Wiki.js sends files, and not pages.
    pub(crate) fn is_sent_as_file(&self) -> bool {
        self.is_attachment
    }

    fn take(&mut self, piece: Bytes) -> Result<Bytes> {
        self.received += piece.len() as u64;
        if self.received > self.max_bytes {
            return Err(transport_error(
                self.operation,
                TransportErrorKind::TooLarge,
            ));
        }
        Ok(piece)
    }
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let mut reading = match std::mem::replace(&mut this.state, State::Over) {
            State::Over => return Poll::Ready(None),
            State::Reading(reading) => reading,
            State::Idle(response) => {
                Mutex::new(next_piece(this.operation, *response, this.timeout))
            }
        };
        let polled = reading
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
            .poll(context);
        let Poll::Ready((piece, response)) = polled else {
            this.state = State::Reading(reading);
            return Poll::Pending;
        };
        Poll::Ready(match piece.transpose() {
            None => None,
            Some(piece) => {
                let piece = piece.and_then(|piece| this.take(piece));
                if piece.is_ok() {
                    this.state = State::Idle(Box::new(response));
                }
                Some(piece)
            }
        })
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

fn next_piece(operation: Operation, mut response: Response, limit: Duration) -> Reading {
    Box::pin(async move {
        let piece = match timeout(limit, response.chunk()).await {
            Ok(piece) => piece.map_err(|error| lost(operation, error)),
            Err(_) => Err(transport_error(operation, TransportErrorKind::Timeout)),
        };
        (piece, response)
    })
}
