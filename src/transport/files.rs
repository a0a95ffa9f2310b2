//! Files over HTTP, beside GraphQL: an upload as a form, and a download.
//!
//! The form's two parts are written here and not by reqwest: that takes sixty lines, while reqwest's
//! feature `multipart` brings a table of MIME types, and its feature `stream` sends a stream without
//! its length. A body of hyper's own kind says it.
//!
//! A timeout is not for the whole transfer, which may take as long as the file is large, but for the
//! time in which nothing moves.

use std::{
    fmt, io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::{
    Stream,
    future::{Either, select},
};
use http_body::{Frame, SizeHint};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until, timeout},
};
use url::Url;

use super::{
    Operation, OperationKind, Transport,
    content::{Content, Pieces, Progress},
    failure::Failure,
    lane::Turn,
    send::{Sender, base_of},
};
use crate::{
    auth::Credentials,
    error::{
        Applied, AuthError, AuthFailure, Error, HttpError, Result, TransportError,
        TransportErrorKind,
    },
};

/// More than this of a refusal is not read; the longest of Wiki.js have 2 kB.
const REFUSAL_BYTES: usize = 64 * 1024;

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
        form: &Form,
        turn: &Turn,
    ) -> Result<Received> {
        let operation = Operation {
            name,
            kind: OperationKind::Mutation,
        };
        let mut retries = self.limits.retry.start();
        loop {
            let place = self.wire.lend_place(operation).await;
            let place = place.map_err(|failure| failure.into_error(operation))?;
            let meter = Arc::new(Meter::new(form, turn.clone()));
            let (body, boundary) = Body::open(operation, form, &meter).await?;
            let request = self
                .wire
                .sender()
                .http
                .post(form.url.clone())
                .header(
                    header::CONTENT_TYPE,
                    format!("multipart/form-data; boundary={boundary}"),
                )
                .body(reqwest::Body::wrap(body));
            let (wire, url) = (Arc::clone(&self.wire), form.url.clone());
            let (mut report, answer) = oneshot::channel();
            tokio::spawn(async move {
                let result = {
                    let exchange = wire.sender().send_form(operation, &url, request, &meter);
                    let mut exchange = pin!(exchange);
                    match select(exchange.as_mut(), pin!(report.closed())).await {
                        Either::Left((result, _)) => result,
                        Either::Right(_) if meter.is_complete() => exchange.await,
                        Either::Right(_) => return,
                    }
                };
                drop((meter, place));
                if report.send(result).is_err() {
                    tracing::warn!(
                        operation = operation.name,
                        "an upload ended after its caller had gone away"
                    );
                }
            });
            let result = answer.await.unwrap_or_else(|_| {
                Err(transport_error(operation, TransportErrorKind::Interrupted))
            });
            match result {
                Err(error) if form.content.can_be_opened() => {
                    retries.wait(operation.name, error).await?;
                }
                other => return other,
            }
        }
    }

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
            let place = self.wire.lend_place(operation).await;
            let place = place.map_err(|failure| failure.into_error(operation))?;
            let answer = self.wire.sender().ask_for_file(operation, url).await;
            // As soon as the file begins: who reads it slowly is not to keep others waiting.
            drop(place);
            match answer {
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
}

impl Sender {
    async fn send_form(
        &self,
        operation: Operation,
        url: &Url,
        request: RequestBuilder,
        meter: &Meter,
    ) -> Result<Received> {
        let request = self.authorized(request)?;
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

    async fn ask_for_file(
        &self,
        operation: Operation,
        url: &Url,
    ) -> Result<Result<Response, Missing>> {
        let request = self
            .http
            .get(url.clone())
            // What is packed on the way has no length.
            .header(header::ACCEPT_ENCODING, "identity")
            // A GET has no content, but for this type Wiki.js renews a login in a header and not by
            // cookie (hazard 50).
            .header(header::CONTENT_TYPE, "application/json");
        let answer = self.authorized(request)?.send();
        let response = timeout(self.timeout, answer)
            .await
            .map_err(|_| transport_error(operation, TransportErrorKind::Timeout))?
            .map_err(|error| lost(operation, error))?;
        if let Some(refusal) =
            redirection(operation, &response).or_else(|| left(operation, &response, url))
        {
            return Err(refusal);
        }
        if let Some(token) = response.headers().get("new-jwt") {
            self.credentials.renew(token);
        }
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

    fn authorized(&self, request: RequestBuilder) -> Result<RequestBuilder> {
        let authorization = self.credentials.authorization();
        Ok(match authorization.map_err(AuthError::found)?.header {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        })
    }

    /// An answer that says no: the text of Wiki.js where it has one.
    fn refused(
        &self,
        operation: Operation,
        status: u16,
        body: &[u8],
        is_html: bool,
        retry_after: Option<Duration>,
    ) -> Error {
        let text = String::from_utf8_lossy(body);
        let reason = if is_html {
            reason_on_page(&text)
        } else {
            reason_in_json(body)
        };
        let failure = match reason.as_deref() {
            Some("API Key is invalid or was revoked.") => Some(AuthFailure::KeyRevoked),
            Some(reason) if reason.starts_with("API is disabled.") => {
                Some(AuthFailure::ApiDisabled)
            }
            _ => None,
        };
        let problem = reason.unwrap_or_else(|| {
            let problem = match status {
                403 => "the wiki, or a proxy before it, forbids it",
                413 => "the file is larger than a proxy before the wiki takes",
                429 => "too many requests",
                502..=504 => "a proxy cannot reach the wiki",
                _ => "an answer that Wiki.js does not give",
            };
            problem.to_owned()
        });
        let error = http_error(
            operation,
            status,
            problem,
            shown(&self.credentials, &text),
            retry_after,
        );
        match failure {
            None => error,
            Some(reason) => Error::Auth(Box::new(AuthError {
                reason,
                source: Some(Box::new(error)),
            })),
        }
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
        SizeHint::with_exact(self.before.len() as u64 + self.missing + self.after.len() as u64)
    }
}

/// A line that is in no file: 128 bits of chance.
fn boundary() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let chance = || RandomState::new().build_hasher().finish();
    format!("wikijs-client-{:016x}{:016x}", chance(), chance())
}

async fn read_at_most(operation: Operation, mut response: Response) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = response
        .chunk()
        .await
        .map_err(|error| lost(operation, error))?
    {
        body.extend_from_slice(&piece);
        if body.len() > REFUSAL_BYTES {
            body.truncate(REFUSAL_BYTES);
            break;
        }
    }
    Ok(body)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(header::RETRY_AFTER)?;
    let seconds = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn is_html(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("text/html"))
}

/// The message on the page that Wiki.js shows for an error.
fn reason_on_page(page: &str) -> Option<String> {
    let (_, message) = page.split_once("class=\"app-error\"")?;
    let (_, message) = message.split_once("<span>")?;
    let (message, _) = message.split_once("</span>")?;
    Some(message.to_owned())
}

fn reason_in_json(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(answer.get("message")?.as_str()?.to_owned())
}

/// The first characters of a body, without the key.
pub(crate) fn shown(credentials: &Credentials, text: &str) -> String {
    const SHOWN: usize = 300;
    credentials.redact(&text.chars().take(SHOWN).collect::<String>())
}

/// Neither a key nor a file follows a redirection to another place (hazard 54).
fn redirection(operation: Operation, response: &Response) -> Option<Error> {
    if !response.status().is_redirection() {
        return None;
    }
    let target = response.headers().get(header::LOCATION);
    let target = target.and_then(|target| response.url().join(target.to_str().ok()?).ok());
    Some(redirected(
        operation,
        response.status().as_u16(),
        target,
        false,
    ))
}

/// An HTTP client of the caller's own may have followed a redirection.
fn left(operation: Operation, response: &Response, asked: &Url) -> Option<Error> {
    let stayed = response.url() == asked;
    (!stayed).then(|| {
        let status = response.status().as_u16();
        redirected(operation, status, Some(response.url().clone()), true)
    })
}

fn redirected(operation: Operation, status: u16, target: Option<Url>, followed: bool) -> Error {
    let problem = match target {
        Some(target) => format!(
            "the wiki redirects to {}; configure its URL so that it does not",
            base_of(target)
        ),
        None => "the wiki redirects without saying where; configure its final URL".to_owned(),
    };
    let redirected = Failure::Redirected {
        status,
        problem,
        followed,
    };
    redirected.into_error(operation)
}

fn http_error(
    operation: Operation,
    status: u16,
    problem: String,
    body: String,
    retry_after: Option<Duration>,
) -> Error {
    Error::Http(Box::new(HttpError {
        operation: operation.name.to_owned(),
        status,
        problem,
        body,
        retry_after,
        applied: Applied::No,
    }))
}

fn transport_error(operation: Operation, kind: TransportErrorKind) -> Error {
    Failure::of(kind).into_error(operation)
}

fn lost(operation: Operation, error: reqwest::Error) -> Error {
    Failure::from(error).into_error(operation)
}

/// A file or a stream on this side failed: what was on its way is not stored.
pub(crate) fn local(operation: &str, source: io::Error) -> Error {
    Error::Transport(Box::new(TransportError {
        operation: operation.to_owned(),
        kind: TransportErrorKind::Local,
        source: Some(source.into()),
        applied: Applied::No,
    }))
}
