//! Uploads.
//!
//! This module encodes the multipart form itself, because the client must decide whether its last byte is sent. The
//! feature `multipart` of reqwest would also add a table of media types to the dependencies.

use std::{
    io,
    pin::pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures::{
    Stream, StreamExt, TryStreamExt,
    future::{self, Either, select},
    stream,
};
use reqwest::{Body, header};
use tokio::sync::watch;
use tracing::Span;
use url::Url;

use super::{
    super::{
        Operation, OperationKind, Transport,
        content::{Content, Digest, Pieces, Progress, random},
        dispatch::Dispatcher,
        failure::Failure,
        send::traced,
        write_queue::WritePermit,
    },
    read_start,
};
use crate::{
    error::{Result, TransportErrorKind},
    task::{Activity, lock, spawn_shared, wait_with_patience},
};

/// Function that receives the progress of an upload.
pub(crate) type Report = Arc<dyn Fn(Progress) + Send + Sync>;

/// A multipart form with a text part and a file part. Wiki.js expects both under the name `mediaUpload`
/// ([K37](crate::guide::known_issues#k37)).
pub(crate) struct Form {
    pub(crate) url: Url,
    /// The text part: JSON that describes the file.
    pub(crate) metadata: String,
    /// The file name that Wiki.js stores. It contains no character that must be quoted in a header.
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) content: Arc<Content>,
    pub(crate) progress: Option<Report>,
    /// An empty digest. Each attempt clones it, so that all digests of this upload have the same keys.
    pub(crate) digest: Digest,
    /// Digest of the content that was sent. It is set when the last byte of the form is sent.
    pub(crate) sent: OnceLock<u128>,
}

impl Form {
    /// Returns `true` if Wiki.js may remove scripts from the file.
    pub(crate) fn is_svg(&self) -> bool {
        // Wiki.js stores file names in lower case, and `filename` has that form already.
        self.content_type.starts_with("image/svg")
            || self.filename.rsplit('.').next() == Some("svg")
    }

    /// Returns the bytes before and after the content of the file.
    fn frame(&self, boundary: &str) -> (Bytes, Bytes) {
        let Self {
            metadata,
            filename,
            content_type,
            ..
        } = self;
        let before = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"mediaUpload\"\r\n\r\n{metadata}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"mediaUpload\"; filename=\"{filename}\"\r\n\
             Content-Type: {content_type}\r\n\r\n"
        );
        (before.into(), format!("\r\n--{boundary}--\r\n").into())
    }
}

/// A successful response to an upload.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Sends a form. Retries after a transient failure if nothing was stored and the content can be read
    /// again.
    ///
    /// If the caller is dropped before the last byte is sent, the upload is aborted and the wiki stores
    /// nothing. After the last byte the upload is completed and holds its write permit until the response.
    ///
    /// # Errors
    ///
    /// `Error::Http` or `Error::Auth` for every response whose status is not 2xx; otherwise those of any request.
    pub(crate) async fn upload(
        &self,
        name: &'static str,
        form: &Arc<Form>,
        permit: &WritePermit,
    ) -> Result<Received> {
        let mut retries = self.limits.retry.start(permit.deadline());
        loop {
            let attempt = self.upload_once(name, form, permit, retries.resends());
            match attempt.await {
                // A stream of which a part was read cannot be sent again.
                Err(error) if form.content.can_be_opened() => retries.wait(name, error).await?,
                other => return other,
            }
        }
    }

    async fn upload_once(
        &self,
        name: &'static str,
        form: &Arc<Form>,
        permit: &WritePermit,
        resends: u32,
    ) -> Result<Received> {
        // The receiver is dropped with the caller.
        let (caller, _waits) = watch::channel(());
        let meter = Arc::new(Meter {
            form: Arc::clone(form),
            sent: AtomicU64::new(0),
            complete: AtomicBool::new(false),
            progress: Activity::new(),
            failure: Mutex::default(),
            permit: permit.clone(),
            caller,
        });
        let (dispatcher, span) = (Arc::clone(&self.dispatcher), Span::current());
        let work = async move {
            let mut exchange = pin!(dispatcher.send_form(&meter, (&span, resends)));
            let result = match select(exchange.as_mut(), pin!(meter.caller.closed())).await {
                Either::Left((result, _)) => result,
                // Closing the connection now would not stop the wiki from storing the file.
                Either::Right(_) if meter.is_complete() => exchange.await,
                Either::Right(_) => Err(Failure::of(TransportErrorKind::Interrupted)),
            };
            // The wiki stores no file of an incomplete form, so its failure is that of a query.
            let mut kind = OperationKind::Query;
            if meter.is_complete() {
                kind = OperationKind::Mutation;
                if meter.caller.is_closed() {
                    let operation = name;
                    tracing::warn!(operation, "an upload ended after its caller was dropped");
                }
            }
            result.map_err(|failure| failure.into_error(Operation { name, kind }))
        };
        spawn_shared(&self.tasks, name, permit.sent().clone(), work).await
    }
}

impl Dispatcher {
    async fn send_form(
        self: &Arc<Self>,
        meter: &Arc<Meter>,
        caller: (&Span, u32),
    ) -> Result<Received, Failure> {
        // No permit: the stream of the content may read with the same client, and would wait for this upload.
        self.rate_limit().await;
        // Opened again for each attempt, so that a file is read from its beginning.
        let body = Sending::open(meter)
            .await
            .map_err(|error| Failure::Local(Arc::new(error)))?;
        let (sender, url, length) = (&self.sender, &meter.form.url, body.length());
        let exchange = sender.begin("POST", url, length, [caller].into_iter());
        let request = sender
            .http
            .client
            .post(url.clone())
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={}", body.boundary),
            )
            // Proxies require it. Without it, the stream would be sent in chunks of unknown number.
            .header(header::CONTENT_LENGTH, length)
            .body(Body::wrap_stream(body.into_stream()));
        meter.note_progress();
        let responding = async {
            let response = sender.send_file_request(url, request).await?;
            if !response.status().is_success() {
                return Err(sender.refused(response).await?.into());
            }
            Ok(Received {
                status: response.status().as_u16(),
                body: read_start(response).await?,
            })
        };
        let limit = sender.limits.timeout;
        let responding = async {
            let timeout = TransportErrorKind::Timeout;
            let extend = || meter.progress.extend(limit, Failure::of(timeout));
            let result = wait_with_patience(responding, limit, extend).await;
            let result = result.and_then(|result| result);
            result.map_err(|failure| meter.explain(failure))
        };
        traced(exchange, pin!(responding), |received| {
            (received.status, Some(received.body.len() as u64))
        })
        .await
    }
}

/// Progress of an upload, shared by the body and the task that waits for the response.
struct Meter {
    form: Arc<Form>,
    /// Bytes of the file that were sent.
    sent: AtomicU64,
    /// `true` if the last byte of the form was sent. From then on the wiki may store the file.
    complete: AtomicBool,
    progress: Activity,
    /// The error of reading the content.
    failure: Mutex<Option<io::Error>>,
    permit: WritePermit,
    /// Closed when the caller is dropped.
    caller: watch::Sender<()>,
}

impl Meter {
    fn advance(&self, bytes: u64) {
        let sent = self.sent.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.note_progress();
        if let Some(report) = &self.form.progress {
            report(Progress {
                transferred: sent,
                total: Some(self.form.content.len()),
            });
        }
    }

    fn note_progress(&self) {
        self.progress.touch();
        self.permit.activity().touch();
    }

    /// Allows the last byte of the form to be sent.
    ///
    /// # Errors
    ///
    /// An error if the caller was dropped, since it may have reported that nothing was stored.
    fn finish(&self) -> io::Result<()> {
        // A caller that canceled the upload has reported that nothing was stored.
        if !self.permit.sent().mark() || self.caller.is_closed() {
            return Err(io::Error::other("the caller of the upload was dropped"));
        }
        self.complete.store(true, Ordering::Release);
        self.note_progress();
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Stores the error of reading the content and returns a copy. reqwest wraps the copy in an error of its own, whose
    /// kind does not show that the content was the reason.
    fn fail(&self, error: io::Error) -> io::Error {
        let copy = io::Error::new(error.kind(), error.to_string());
        *lock(&self.failure) = Some(error);
        copy
    }

    /// Returns the cause of a broken connection if reading the content failed.
    fn explain(&self, failure: Failure) -> Failure {
        match (failure, lock(&self.failure).take()) {
            (Failure::Lost { .. }, Some(error)) => Failure::Local(Arc::new(error)),
            (failure, _) => failure,
        }
    }
}

/// A form that is being sent.
struct Sending {
    /// It has 128 random bits, so that no file contains it.
    boundary: String,
    before: Bytes,
    content: Pieces,
    after: Bytes,
    /// Number of bytes of the content that were not sent yet.
    missing: u64,
    /// Digest of the content that was sent.
    digest: Digest,
    meter: Arc<Meter>,
}

impl Sending {
    async fn open(meter: &Arc<Meter>) -> io::Result<Self> {
        let form = &meter.form;
        let boundary = format!("wikijs-client-{:016x}{:016x}", random(), random());
        let (before, after) = form.frame(&boundary);
        Ok(Self {
            boundary,
            before,
            content: form.content.open().await?,
            after,
            missing: form.content.len(),
            digest: form.digest.clone(),
            meter: Arc::clone(meter),
        })
    }

    /// Returns the number of bytes of the form.
    fn length(&self) -> u64 {
        let frame = self.before.len() as u64 + self.after.len() as u64;
        frame.saturating_add(self.missing)
    }

    fn into_stream(mut self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        let before = future::ready(Ok(std::mem::take(&mut self.before)));
        let rest = stream::try_unfold(self, |mut sending| async move {
            match sending.next().await {
                Ok(piece) => Ok(piece.map(|piece| (piece, sending))),
                Err(error) => Err(sending.meter.fail(error)),
            }
        });
        stream::once(before).chain(rest)
    }

    /// Returns the next piece of the content, and the end of the form after the last one.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.after.is_empty() {
            return Ok(None);
        }
        // Polled in the scope of the write, so that a write by the stream itself is rejected instead of deadlocking.
        let write = Arc::clone(self.meter.permit.activity());
        let Some(piece) = write.scope(self.content.try_next()).await? else {
            if self.missing > 0 {
                let missing = self.missing;
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("the content is {missing} bytes shorter than its length"),
                ));
            }
            self.meter.finish()?;
            // Already set only if an earlier attempt was complete, after which there is no further one.
            let _ = self.meter.form.sent.set(self.digest.finish());
            return Ok(Some(std::mem::take(&mut self.after)));
        };
        let bytes = piece.len() as u64;
        self.missing = self
            .missing
            .checked_sub(bytes)
            .ok_or_else(|| io::Error::other("the content is longer than its length"))?;
        self.digest.add(&piece);
        self.meter.advance(bytes);
        Ok(Some(piece))
    }
}
