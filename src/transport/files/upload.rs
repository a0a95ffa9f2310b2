//! Uploads.
//!
//! This module encodes the multipart form itself. reqwest's feature `multipart` would add a table of media types to the
//! dependencies, and its feature `stream` sends a stream without the length that proxies require.

use std::{
    io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::future::{Either, select};
use http_body::{Frame, SizeHint};
use reqwest::{RequestBuilder, header};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    time::{Instant, sleep_until},
};
use tracing::{Instrument, Span};
use url::Url;

use super::{
    super::{
        Operation, OperationKind, Transport,
        content::{Content, Digest, Pieces, Progress, random},
        dispatch::Dispatcher,
        failure::Failure,
        send::Sender,
        write_queue::WritePermit,
    },
    failed, read_start,
};
use crate::{
    error::{Applied, Error, Result, TransportErrorKind},
    task::Activity,
    telemetry::Exchange,
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
    /// [`Error::Http`] or [`Error::Auth`] for every response whose status is not 2xx; otherwise those of any request.
    pub(crate) async fn upload(
        &self,
        name: &'static str,
        form: &Arc<Form>,
        permit: &WritePermit,
    ) -> Result<Received> {
        let operation = Operation {
            name,
            kind: OperationKind::Mutation,
        };
        let mut retries = self.limits.retry.start(permit.deadline());
        loop {
            let resends = retries.attempts() - 1;
            match self.upload_once(operation, form, permit, resends).await {
                // A stream of which a part was read cannot be sent again.
                Err(error) if form.content.can_be_opened() => {
                    retries.wait(operation.name, error).await?;
                }
                other => return other,
            }
        }
    }

    async fn upload_once(
        &self,
        operation: Operation,
        form: &Arc<Form>,
        permit: &WritePermit,
        resends: u32,
    ) -> Result<Received> {
        let runtime =
            Handle::try_current().map_err(|_| Failure::NoRuntime.into_error(operation))?;
        let tracked = self.tasks().track(operation.name, &runtime);
        let caller = Arc::new(());
        let meter = Arc::new(Meter::new(form, permit.clone(), Arc::downgrade(&caller)));
        let (mut reply, result) = oneshot::channel();
        let exchange = send(
            Arc::clone(&self.dispatcher),
            operation,
            Arc::clone(&meter),
            (Span::current(), resends),
        );
        runtime.spawn(Arc::clone(permit.activity()).scope(async move {
            let _tracked = tracked;
            let result = {
                let mut exchange = pin!(exchange);
                match select(exchange.as_mut(), pin!(reply.closed())).await {
                    Either::Left((result, _)) => result,
                    // Closing the connection now would not stop the wiki from storing the file.
                    Either::Right(_) if meter.is_complete() => exchange.await,
                    Either::Right(_) => return,
                }
            };
            // The meter holds the write permit, which must be released before the caller continues.
            drop(meter);
            if reply.send(result).is_err() {
                let operation = operation.name;
                tracing::warn!(operation, "an upload ended after its caller was dropped");
            }
        }));
        result
            .await
            .unwrap_or_else(|_| Err(failed(operation, TransportErrorKind::Interrupted)))
    }
}

async fn send(
    dispatcher: Arc<Dispatcher>,
    operation: Operation,
    meter: Arc<Meter>,
    (parent, resends): (Span, u32),
) -> Result<Received> {
    // No permit: the stream of the content may read with the same client, and would wait for this upload.
    dispatcher.rate_limit().await;
    // Opened again for each attempt, so that a file is read from its beginning.
    let (body, boundary) = Body::open(operation, &meter).await?;
    let (sender, url) = (&dispatcher.sender, &meter.form.url);
    let outgoing = sender.outgoing_to("POST", url, body.length());
    let exchange = Exchange::begin(outgoing, &parent, resends);
    let request = sender
        .http
        .client
        .post(url.clone())
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={boundary}"),
        )
        .body(reqwest::Body::wrap(body));
    meter.note_progress();
    let sending = sender.send_form(operation, url, request);
    let sending = meter.watch(operation, sender.timeout, sending);
    let result = sending.instrument(exchange.span()).await;
    let result = result.map_err(|error| meter.explain(operation, error));
    let size = result
        .as_ref()
        .ok()
        .map(|received| received.body.len() as u64);
    exchange.end_with(result.as_ref().map(|received| received.status), size);
    result
}

impl Sender {
    async fn send_form(
        &self,
        operation: Operation,
        url: &Url,
        request: RequestBuilder,
    ) -> Result<Received> {
        let response = self.send_file_request(operation, url, request).await?;
        if !response.status().is_success() {
            return Err(self.refused(operation, response).await);
        }
        Ok(Received {
            status: response.status().as_u16(),
            body: read_start(operation, response).await?,
        })
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
    /// Can be upgraded as long as the caller waits.
    caller: Weak<()>,
}

impl Meter {
    fn new(form: &Arc<Form>, permit: WritePermit, caller: Weak<()>) -> Self {
        Self {
            form: Arc::clone(form),
            sent: AtomicU64::new(0),
            complete: AtomicBool::new(false),
            progress: Activity::new(),
            failure: Mutex::new(None),
            permit,
            caller,
        }
    }

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
        // Marked before the check: a caller that was dropped before may have seen the flag unset and reported that nothing
        // was stored.
        self.permit.mark_sent();
        if self.caller.strong_count() == 0 {
            return Err(io::Error::other("the caller of the upload was dropped"));
        }
        self.complete.store(true, Ordering::Release);
        self.note_progress();
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Returns the [`Applied`] state after a lost response. The wiki stores no file of an incomplete form.
    fn applied(&self) -> Applied {
        if self.is_complete() {
            Applied::Unknown
        } else {
            Applied::No
        }
    }

    /// Waits for the response as long as the upload makes progress.
    ///
    /// # Errors
    ///
    /// A timeout if no byte is sent within `limit`.
    async fn watch<T>(
        &self,
        operation: Operation,
        limit: Duration,
        exchange: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut exchange = pin!(exchange);
        loop {
            let Some(end) = self.progress.last().checked_add(limit) else {
                return exchange.await;
            };
            if end <= Instant::now() {
                return Err(failed(operation, TransportErrorKind::Timeout));
            }
            if let Either::Left((result, _)) =
                select(exchange.as_mut(), pin!(sleep_until(end))).await
            {
                return result;
            }
        }
    }

    /// Returns the cause of a broken connection if reading the content failed. For other errors it sets the
    /// [`Applied`] state, since an incomplete form is not stored.
    fn explain(&self, operation: Operation, error: Error) -> Error {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(error, Error::Transport(_))
            && let Some(failure) = failure.take()
        {
            return Error::local(operation.name, failure);
        }
        match error.applied() {
            Applied::Unknown => error.with_applied(self.applied()),
            _ => error,
        }
    }
}

/// The form as the body of a request.
struct Body {
    before: Bytes,
    /// In a mutex because reqwest requires the body to be `Sync`.
    pieces: Mutex<Pieces>,
    after: Bytes,
    /// Number of bytes of the content that were not sent yet.
    missing: u64,
    /// Digest of the content that was sent.
    digest: Digest,
    meter: Arc<Meter>,
}

impl Body {
    async fn open(operation: Operation, meter: &Arc<Meter>) -> Result<(Self, String)> {
        let form = &meter.form;
        let pieces = form
            .content
            .open()
            .await
            .map_err(|error| Error::local(operation.name, error))?;
        let boundary = boundary();
        let (before, after) = form.frame(&boundary);
        let body = Self {
            before,
            pieces: Mutex::new(pieces),
            after,
            missing: form.content.len(),
            digest: form.digest.clone(),
            meter: Arc::clone(meter),
        };
        Ok((body, boundary))
    }

    /// Returns the number of bytes of the form that were not sent yet.
    fn length(&self) -> u64 {
        let frame = self.before.len() as u64 + self.after.len() as u64;
        frame.saturating_add(self.missing)
    }

    /// Stores an error for [`Meter::explain`] and returns a copy. reqwest wraps the copy in an error of its own, whose
    /// kind does not show that the content was the reason.
    fn fail(&self, error: io::Error) -> io::Error {
        let copy = io::Error::new(error.kind(), error.to_string());
        let failure = self.meter.failure.lock();
        *failure.unwrap_or_else(PoisonError::into_inner) = Some(error);
        copy
    }

    /// Counts a piece of the content, or completes the form after the last one.
    fn next(&mut self, piece: Option<io::Result<Bytes>>) -> io::Result<Bytes> {
        let Some(piece) = piece.transpose()? else {
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
            return Ok(std::mem::take(&mut self.after));
        };
        let bytes = piece.len() as u64;
        self.missing = self
            .missing
            .checked_sub(bytes)
            .ok_or_else(|| io::Error::other("the content is longer than its length"))?;
        self.digest.add(&piece);
        self.meter.advance(bytes);
        Ok(piece)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if !this.before.is_empty() {
            let before = std::mem::take(&mut this.before);
            return Poll::Ready(Some(Ok(Frame::data(before))));
        }
        // `after` is taken with the last frame, so the form is complete.
        if this.after.is_empty() {
            return Poll::Ready(None);
        }
        let pieces = this
            .pieces
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // Polled in the scope of the write, so that a write by the stream itself is rejected instead of deadlocking.
        let write = Arc::clone(this.meter.permit.activity());
        let piece = ready!(write.sync_scope(|| pieces.as_mut().poll_next(context)));
        let result = this.next(piece).map_err(|error| this.fail(error));
        Poll::Ready(Some(result.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.after.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        // hyper sends an exact size as `Content-Length`, which proxies require.
        SizeHint::with_exact(self.length())
    }
}

/// Creates a multipart boundary. It has 128 random bits, so that no file contains it.
fn boundary() -> String {
    format!("wikijs-client-{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::poll_fn};
    use http_body::Body as _;

    use super::*;
    use crate::{task::Sent, transport::write_queue::WriteQueue};

    async fn form(caller: &Arc<()>) -> (Body, Arc<Meter>, Sent) {
        let sent = Sent::default();
        let queue = WriteQueue::new(1, Duration::from_secs(1), None);
        let permit = queue.permit("Upload", sent.clone(), None, None).await;
        let form = Arc::new(Form {
            url: "http://wiki.example.com/u".parse().unwrap(),
            metadata: "{}".to_owned(),
            filename: "a.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            content: Arc::new("text".into()),
            progress: None,
            digest: Digest::default(),
            sent: OnceLock::new(),
        });
        let meter = Meter::new(&form, permit.unwrap(), Arc::downgrade(caller));
        let meter = Arc::new(meter);
        let operation = Operation {
            name: "Upload",
            kind: OperationKind::Mutation,
        };
        let (body, _) = Body::open(operation, &meter).await.unwrap();
        (body, meter, sent)
    }

    fn frame(body: &mut Body) -> Option<io::Result<usize>> {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        let frame = frame.now_or_never().expect("content in memory is ready");
        frame.map(|frame| frame.map(|frame| frame.into_data().map_or(0, |data| data.len())))
    }

    #[tokio::test]
    async fn a_form_is_complete_with_its_last_frame() {
        let caller = Arc::new(());
        let (mut body, meter, sent) = form(&caller).await;
        let length = body.length();
        let mut bytes = 0;
        while let Some(frame) = frame(&mut body) {
            assert!(!meter.is_complete() && sent.applied() == Applied::No || body.is_end_stream());
            bytes += frame.unwrap() as u64;
        }
        assert_eq!(bytes, length);
        assert!(meter.is_complete());
        assert_eq!(sent.applied(), Applied::Unknown);
    }

    /// Tests a race: a caller whose deadline has passed reports that nothing was stored, while the connection may
    /// poll the body for the last byte at the same moment.
    #[tokio::test]
    async fn a_form_whose_caller_was_dropped_is_never_completed() {
        let caller = Arc::new(());
        let (mut body, meter, sent) = form(&caller).await;
        assert!(frame(&mut body).unwrap().is_ok());
        assert_eq!(frame(&mut body).unwrap().unwrap(), 4);
        drop(caller);
        assert_eq!(sent.applied(), Applied::No);
        assert!(frame(&mut body).unwrap().is_err());
        assert!(!meter.is_complete());
    }
}
