//! Downloads.

use std::{
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream, stream::BoxStream};
use reqwest::{Response, StatusCode, header};
use tokio::time::{Instant, timeout};
use tracing::Span;
use url::Url;

use super::{
    super::{
        Operation, OperationKind, Transport,
        content::Progress,
        dispatch::Dispatcher,
        failure::Failure,
        send::{header_text, traced},
    },
    is_html,
};
use crate::{
    error::{Result, TransportErrorKind},
    task::{Sent, lock, spawn_and_join},
    types::opaque_debug,
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
        let kind = OperationKind::Query;
        let operation = Operation { name, kind };
        let mut retries = self.limits.retry.start(deadline);
        loop {
            let (dispatcher, url) = (Arc::clone(&self.dispatcher), url.clone());
            let (span, resends) = (Span::current(), retries.resends());
            let request = async move {
                let response = dispatcher.fetch(operation, &url, (&span, resends)).await;
                response.map_err(|failure| failure.into_error(operation))
            };
            match spawn_and_join(name, Sent::default(), request).await {
                Ok(response) if response.status() == StatusCode::NOT_FOUND => {
                    let is_page = is_html(&response);
                    return Ok(Err(Missing { is_page }));
                }
                Ok(response) => {
                    let max_bytes = max_bytes.unwrap_or(self.limits.batch.response_bytes as u64);
                    let timeout = self.limits.timeout;
                    return Download::new(operation, response, max_bytes, timeout).map(Ok);
                }
                Err(error) => retries.wait(name, error).await?,
            }
        }
    }
}

impl Dispatcher {
    /// Requests a file. Returns a response with a status of 200 or 404. Any other status, such as 204 or 206, does not
    /// stand for a complete file.
    async fn fetch(
        self: &Arc<Self>,
        operation: Operation,
        url: &Url,
        caller: (&Span, u32),
    ) -> Result<Response, Failure> {
        // The permit is released once the response begins, so that a slow reader of the file delays no other request.
        let _permit = self.permit(operation).await?;
        let sender = &self.sender;
        let exchange = sender.begin("GET", url, 0, [caller].into_iter());
        let request = sender
            .http
            .client
            .get(url.clone())
            // A compressed response has no `Content-Length`, which the progress needs.
            .header(header::ACCEPT_ENCODING, "identity")
            // A GET has no body, but with this content type Wiki.js sends a renewed token in a header instead of a
            // cookie (known issue K50).
            .header(header::CONTENT_TYPE, "application/json");
        let responding = async {
            let response = timeout(
                sender.limits.timeout,
                sender.send_file_request(url, request),
            )
            .await??;
            sender.credentials.renew(response.headers());
            match response.status() {
                StatusCode::OK | StatusCode::NOT_FOUND => Ok(response),
                _ => Err(sender.refused(response).await?.into()),
            }
        };
        traced(exchange, pin!(responding), |response| {
            (response.status().as_u16(), response.content_length())
        })
        .await
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
        let header = |name| header_text(response.headers(), name);
        let length = response.content_length();
        let too_large = move || Failure::of(TransportErrorKind::TooLarge).into_error(operation);
        if length.is_some_and(|length| length > max_bytes) {
            return Err(too_large());
        }
        let content_type = header(header::CONTENT_TYPE).map(str::to_owned);
        // Wiki.js sends at least one of these headers with a file, and neither with a page.
        let of_files = [header::CONTENT_DISPOSITION, header::ACCEPT_RANGES];
        let is_attachment = of_files.into_iter().any(|name| header(name).is_some());
        let read = move |(mut response, received): (Response, u64)| async move {
            // Each piece has its own timeout, because a slow reader of the stream may pause for any time.
            let piece = timeout(limit, response.chunk()).await;
            let piece = piece.map_err(Failure::from).and_then(|piece| Ok(piece?));
            let Some(piece) = piece.map_err(|failure| failure.into_error(operation))? else {
                return Ok(None);
            };
            let received = received.saturating_add(piece.len() as u64);
            // Without `Content-Length`, the size is not known before.
            if received > max_bytes {
                return Err(too_large());
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
        let polled = lock(&self.pieces).poll_next_unpin(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.received += piece.len() as u64;
        }
        polled
    }
}

opaque_debug!(Download: content_type, length, received);
