//! Files over HTTP, beside GraphQL: an upload as a form, and a download.
//!
//! Each exchange is a task of its own, as those of GraphQL are: a place among the requests that are
//! under way must not depend on a caller to be polled. It ends with its caller.
//!
//! A timeout is not for the whole transfer, which may take as long as the file is large, but for the
//! time in which nothing moves.

mod download;
mod upload;

use std::{io, time::Duration};

use reqwest::{RequestBuilder, Response, header};
use url::Url;

pub use self::download::Download;
pub(crate) use self::{
    download::Missing,
    upload::{Form, Received, Report},
};
use super::{
    Operation,
    failure::Failure,
    send::{Sender, base_of, retry_after},
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

impl Sender {
    /// A request for a file, with who is calling, and without a limit for the whole of it.
    fn for_file(&self, request: RequestBuilder) -> Result<RequestBuilder> {
        let request = request.timeout(Duration::MAX);
        let authorization = self.credentials.authorization();
        Ok(match authorization.map_err(AuthError::found)? {
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
