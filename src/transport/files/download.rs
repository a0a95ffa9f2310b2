//! Downloads.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream, stream::BoxStream};
use reqwest::{Response, StatusCode, header};
use tokio::time::{Instant, timeout};
use tracing::{Instrument, Span};
use url::Url;

use super::{
    super::{
        Operation, OperationKind, Transport, content::Progress, failure::Failure, send::Sender,
    },
    failed, is_html,
};
use crate::{
    error::{Result, TransportErrorKind},
    task::{Sent, spawn_and_join},
    telemetry::Exchange,
};

impl Transport {
    /// Requests a file, retries after transient failures, and returns it once its first byte has arrived.
    pub(crate) async fn download(
        &self,
        name: &'static str,
        url: &Url,
        max_bytes: Option<u64>,
        deadline: Option<Instant>,
    ) -> Result<Result<Download, Missing>> {
        let operation = Operation {
            name,
            kind: OperationKind::Query,
        };
        let mut retries = self.limits.retry.start(deadline);
        loop {
            let resends = retries.attempts() - 1;
            match self.download_once(operation, url, resends).await {
                Ok(Ok(response)) => {
                    let max_bytes = max_bytes.unwrap_or(self.limits.batch.response_bytes as u64);
                    let timeout = self.limits.timeout;
                    return Download::new(operation, response, max_bytes, timeout).map(Ok);
                }
                Ok(Err(missing)) => return Ok(Err(missing)),
                Err(error) => retries.wait(operation.name, error).await?,
            }
        }
    }

    async fn download_once(
        &self,
        operation: Operation,
        url: &Url,
        resends: u32,
    ) -> Result<Result<Response, Missing>> {
        let (dispatcher, url) = (Arc::clone(&self.dispatcher), url.clone());
        let span = Span::current();
        let exchange = async move {
            // The permit is released once the response begins, so that a slow reader of the file delays no other
            // request.
            let permit = dispatcher.permit(operation).await;
            let _permit = permit.map_err(|failure| failure.into_error(operation))?;
            let sender = &dispatcher.sender;
            let exchange = Exchange::begin(sender.outgoing_to("GET", &url, 0), &span, resends);
            let request = sender.request_file(operation, &url);
            let result = request.instrument(exchange.span()).await;
            let size = match &result {
                Ok(Ok(response)) => response.content_length(),
                _ => None,
            };
            let status = result.as_ref().map(|found| match found {
                Ok(response) => response.status().as_u16(),
                Err(Missing { .. }) => 404,
            });
            exchange.end_with(status, size);
            result
        };
        spawn_and_join(operation.name, Sent::default(), exchange).await
    }
}

impl Sender {
    async fn request_file(
        &self,
        operation: Operation,
        url: &Url,
    ) -> Result<Result<Response, Missing>> {
        let request = self
            .http
            .client
            .get(url.clone())
            // A compressed response has no `Content-Length`, which the progress needs.
            .header(header::ACCEPT_ENCODING, "identity")
            // A GET has no body, but with this content type Wiki.js sends a renewed token in a header instead of a
            // cookie (known issue K50).
            .header(header::CONTENT_TYPE, "application/json");
        let response = timeout(
            self.timeout,
            self.send_file_request(operation, url, request),
        );
        let response = response
            .await
            .map_err(|_| failed(operation, TransportErrorKind::Timeout))??;
        self.credentials.renew(response.headers());
        match response.status() {
            status if status.is_success() => Ok(Ok(response)),
            StatusCode::NOT_FOUND => Ok(Err(Missing {
                is_page: is_html(&response),
            })),
            _ => Err(self.refused(operation, response).await),
        }
    }
}

/// Response to a request for a file that does not exist (404).
pub(crate) struct Missing {
    /// The response is the HTML page that Wiki.js sends for a missing page.
    pub(crate) is_page: bool,
}

/// A file that is being downloaded: a stream of its bytes.
///
/// The stream ends with an error if the connection breaks before the file is complete, if no byte arrives within
/// the client's timeout, or if the file is larger than the download's `max_size`.
pub struct Download {
    content_type: Option<String>,
    length: Option<u64>,
    is_attachment: bool,
    received: u64,
    /// In a mutex, since the future that reads the next piece is not `Sync`.
    pieces: Mutex<BoxStream<'static, Result<Bytes>>>,
}

impl Download {
    fn new(
        operation: Operation,
        response: Response,
        max_bytes: u64,
        limit: Duration,
    ) -> Result<Self> {
        let header = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let length = response.content_length();
        if length.is_some_and(|length| length > max_bytes) {
            return Err(failed(operation, TransportErrorKind::TooLarge));
        }
        let content_type = header(header::CONTENT_TYPE);
        // Wiki.js sends at least one of these headers with a file, and neither with a page.
        let of_files = [header::CONTENT_DISPOSITION, header::ACCEPT_RANGES];
        let is_attachment = of_files.into_iter().any(|name| header(name).is_some());
        let read = move |(mut response, received): (Response, u64)| async move {
            // Each piece has its own timeout, because a slow reader of the stream may pause for any time.
            let piece = timeout(limit, response.chunk())
                .await
                .map_err(|_| failed(operation, TransportErrorKind::Timeout))?
                .map_err(|error| Failure::from(error).into_error(operation))?;
            let Some(piece) = piece else {
                return Ok(None);
            };
            let received = received.saturating_add(piece.len() as u64);
            // Without `Content-Length`, the size is not known before.
            if received > max_bytes {
                return Err(failed(operation, TransportErrorKind::TooLarge));
            }
            Ok(Some((piece, (response, received))))
        };
        Ok(Self {
            content_type,
            length,
            is_attachment,
            received: 0,
            pieces: Mutex::new(stream::try_unfold((response, 0), read).boxed()),
        })
    }

    /// Returns the media type of the file, from the header `Content-Type`. Wiki.js derives it from the file's
    /// extension.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns the size of the file in bytes, or `None` if a proxy removed the header `Content-Length`.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Returns the progress of the download.
    pub fn progress(&self) -> Progress {
        Progress {
            transferred: self.received,
            total: self.length,
        }
    }

    /// Returns `true` if the headers show that Wiki.js sent a file and not a page.
    pub(crate) fn is_sent_as_file(&self) -> bool {
        self.is_attachment
    }
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pieces = self.pieces.get_mut();
        let pieces = pieces.unwrap_or_else(PoisonError::into_inner);
        let polled = pieces.poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.received += piece.len() as u64;
        }
        polled
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
