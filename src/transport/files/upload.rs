//! An upload.
//!
//! The form's two parts are written here and not by reqwest: that takes sixty lines, while reqwest's
//! feature `multipart` brings a table of MIME types, and its feature `stream` sends a stream without
//! its length. A body of hyper's own kind says it.

use std::{
    io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
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
        content::{Content, Pieces, Progress},
        failure::Failure,
        lane::Turn,
        send::Sender,
        wire::Wire,
    },
    is_html, left, local, lost, read_at_most, redirection, retry_after, transport_error,
};
use crate::{
    error::{Applied, Error, Result, TransportErrorKind},
    telemetry::Exchange,
};

/// Is told how far an upload is.
pub(crate) type Report = Arc<dyn Fn(Progress) + Send + Sync>;

/// A form with a text and a file, both in the field `mediaUpload`, as Wiki.js takes it (hazard 37).
pub(crate) struct Form {
    pub(crate) url: Url,
    /// The JSON beside the file.
    pub(crate) metadata: String,
    /// The file's name as Wiki.js stores it: nothing in it needs to be quoted.
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) content: Content,
    pub(crate) progress: Option<Report>,
}

impl Form {
    /// What comes before and after the file's content.
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

/// The answer to an upload, of any status.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Sends a form, again if it fails for a reason that passes, is certainly not stored and can be read
    /// once more. Every answer of the range 2xx is given back, every other is an error.
    ///
    /// If the caller goes away, an upload whose last byte is not handed over is broken off, and the
    /// wiki forgets it; one that is complete keeps its turn until it is answered.
    pub(crate) async fn upload(
        &self,
        name: &'static str,
        form: &Arc<Form>,
        turn: &Turn,
    ) -> Result<Received> {
        let operation = Operation {
            name,
            kind: OperationKind::Mutation,
        };
        let mut retries = self.limits.retry.start();
        loop {
            let resends = retries.attempts() - 1;
            match self.upload_once(operation, form, turn, resends).await {
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
        turn: &Turn,
        resends: u32,
    ) -> Result<Received> {
        let runtime =
            Handle::try_current().map_err(|_| Failure::NoRuntime.into_error(operation))?;
        let meter = Arc::new(Meter::new(form, turn.clone()));
        let exchange = send(
            Arc::clone(&self.wire),
            operation,
            Arc::clone(form),
            Arc::clone(&meter),
            (Span::current(), resends),
        );
        let (mut report, answer) = oneshot::channel();
        runtime.spawn(async move {
            let result = {
                let mut exchange = pin!(exchange);
                match select(exchange.as_mut(), pin!(report.closed())).await {
                    Either::Left((result, _)) => result,
                    Either::Right(_) if meter.is_complete() => exchange.await,
                    Either::Right(_) => return,
                }
            };
            // The turn to write is over before its caller goes on.
            drop(meter);
            if report.send(result).is_err() {
                tracing::warn!(
                    operation = operation.name,
                    "an upload ended after its caller had gone away"
                );
            }
        });
        let interrupted = || transport_error(operation, TransportErrorKind::Interrupted);
        answer.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

/// One exchange, once there is a place for it, within this span and after so many others.
async fn send(
    wire: Arc<Wire>,
    operation: Operation,
    form: Arc<Form>,
    meter: Arc<Meter>,
    (span, resends): (Span, u32),
) -> Result<Received> {
    let place = wire.lend_place(operation).await;
    let _place = place.map_err(|failure| failure.into_error(operation))?;
    let (body, boundary) = Body::open(operation, &form, &meter).await?;
    let outgoing = wire.sender().outgoing_to("POST", &form.url, body.length());
    let exchange = Exchange::begin(outgoing, &span, resends);
    let request = wire
        .sender()
        .http
        .client
        .post(form.url.clone())
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={boundary}"),
        )
        .body(reqwest::Body::wrap(body));
    meter.note_movement();
    let sender = wire.sender();
    let result = sender
        .send_form(operation, &form.url, request, &meter)
        .instrument(exchange.span())
        .await;
    let size = result.as_ref().ok().map(|answer| answer.body.len() as u64);
    exchange.end_with(result.as_ref().map(|answer| answer.status), size);
    result
}

impl Sender {
    async fn send_form(
        &self,
        operation: Operation,
        url: &Url,
        request: RequestBuilder,
        meter: &Meter,
    ) -> Result<Received> {
        let request = self.for_file(request)?;
        let exchange = async {
            let response = request
                .send()
                .await
                .map_err(|error| lost(operation, error))?;
            let refusal = redirection(operation, &response).or_else(|| {
                left(operation, &response, url).map(|error| error.with_applied(meter.applied()))
            });
            let status = response.status().as_u16();
            let retry_after = retry_after(&response);
            let is_html = is_html(&response);
            let body = read_at_most(operation, response).await?;
            match refusal {
                Some(refusal) => Err(refusal),
                None if (200..300).contains(&status) => Ok(Received { status, body }),
                None => {
                    let applied = match status {
                        400..=499 => Applied::No,
                        _ => meter.applied(),
                    };
                    let error = self.refused(operation, status, &body, is_html, retry_after);
                    Err(error.with_applied(applied))
                }
            }
        };
        let result = meter.watch(operation, self.timeout, exchange).await;
        result.map_err(|error| meter.explain(operation, error))
    }
}

/// How far an upload is, seen by the body that is sent and by the one who waits for the answer.
struct Meter {
    total: u64,
    /// Bytes of the file.
    sent: AtomicU64,
    /// The form's last byte is handed over: from here on the wiki may store the file.
    complete: AtomicBool,
    moved: Mutex<Instant>,
    /// The content could not be read.
    failure: Mutex<Option<io::Error>>,
    report: Option<Report>,
    turn: Turn,
}

impl Meter {
    fn new(form: &Form, turn: Turn) -> Self {
        Self {
            total: form.content.len(),
            sent: AtomicU64::new(0),
            complete: AtomicBool::new(false),
            moved: Mutex::new(Instant::now()),
            failure: Mutex::new(None),
            report: form.progress.clone(),
            turn,
        }
    }

    fn advance(&self, bytes: u64) {
        let sent = self.sent.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.note_movement();
        if let Some(report) = &self.report {
            report(Progress {
                transferred: sent,
                total: Some(self.total),
            });
        }
    }

    fn note_movement(&self) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn finish(&self) {
        self.turn.mark_sent();
        self.complete.store(true, Ordering::Release);
        self.note_movement();
    }

    fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// A file whose form is not complete is not stored.
    fn applied(&self) -> Applied {
        if self.is_complete() {
            Applied::Unknown
        } else {
            Applied::No
        }
    }

    /// Waits for the answer as long as something moves.
    async fn watch<T>(
        &self,
        operation: Operation,
        limit: Duration,
        exchange: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut exchange = pin!(exchange);
        loop {
            let moved = *self.moved.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(end) = moved.checked_add(limit) else {
                return exchange.await;
            };
            if end <= Instant::now() {
                return Err(transport_error(operation, TransportErrorKind::Timeout));
            }
            if let Either::Left((result, _)) =
                select(exchange.as_mut(), pin!(sleep_until(end))).await
            {
                return result;
            }
        }
    }

    /// What a lost exchange means: whether it was this side's fault, and what became of the file.
    fn explain(&self, operation: Operation, error: Error) -> Error {
        if !matches!(error, Error::Transport(_)) {
            return error;
        }
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.take() {
            Some(failure) => local(operation.name, failure),
            None if error.applied() == Applied::Unknown => error.with_applied(self.applied()),
            None => error,
        }
    }
}

/// The form on its way.
struct Body {
    before: Bytes,
    /// In a mutex because hyper wants what it may share, not because anybody does.
    pieces: Mutex<Pieces>,
    after: Bytes,
    /// Bytes of the content that are to come.
    missing: u64,
    meter: Arc<Meter>,
}

impl Body {
    async fn open(operation: Operation, form: &Form, meter: &Arc<Meter>) -> Result<(Self, String)> {
        let pieces = form
            .content
            .open()
            .await
            .map_err(|error| local(operation.name, error))?;
        let boundary = boundary();
        let (before, after) = form.frame(&boundary);
        let body = Self {
            before,
            pieces: Mutex::new(pieces),
            after,
            missing: form.content.len(),
            meter: Arc::clone(meter),
        };
        Ok((body, boundary))
    }

    /// Bytes that are still to come.
    fn length(&self) -> u64 {
        self.before.len() as u64 + self.missing + self.after.len() as u64
    }

    fn fail(&self, error: io::Error) -> io::Error {
        let copy = io::Error::new(error.kind(), error.to_string());
        let mut failure = self
            .meter
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *failure = Some(error);
        copy
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
        if this.after.is_empty() {
            return Poll::Ready(None);
        }
        let pieces = this
            .pieces
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let result = match ready!(pieces.as_mut().poll_next(context)) {
            Some(Ok(piece)) => match this.missing.checked_sub(piece.len() as u64) {
                Some(missing) => {
                    this.missing = missing;
                    this.meter.advance(piece.len() as u64);
                    Ok(piece)
                }
                None => Err(io::Error::other("the content is longer than it was said")),
            },
            Some(Err(error)) => Err(error),
            None if this.missing > 0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!(
                    "the content is {} bytes shorter than it was said",
                    this.missing
                ),
            )),
            None => {
                this.meter.finish();
                Ok(std::mem::take(&mut this.after))
            }
        };
        Poll::Ready(Some(
            result.map(Frame::data).map_err(|error| this.fail(error)),
        ))
    }

    fn is_end_stream(&self) -> bool {
        self.after.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

/// A line that is in no file: 128 bits of chance.
fn boundary() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let chance = || RandomState::new().build_hasher().finish();
    format!("wikijs-client-{:016x}{:016x}", chance(), chance())
}
