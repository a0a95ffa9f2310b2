//! Transfers of files over plain HTTP: downloads, and uploads as multipart forms.
//!
//! Each transfer runs in a spawned task, so that a permit is released even if the caller stops polling its future.
//! Dropping the caller aborts the task. A download holds a permit until its first byte arrives. An upload holds
//! none: its stream may send requests with the same client, which could deadlock while they wait for a permit.
//!
//! The timeout does not limit the duration of the whole transfer, which depends on the size of the file. It limits
//! the time without progress.

mod download;
mod upload;

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode, header};
use tokio::time::timeout;
use url::Url;

pub use self::download::Download;
pub(crate) use self::{
    download::Missing,
    upload::{Form, Received, Report},
};
use super::{
    decode::body_excerpt,
    failure::{Failure, Refusal},
    send::{Sender, header_text, redirection, retry_after},
};
use crate::{
    error::{Applied, AuthFailure, reduce_message},
    redact::unescape_html,
};

/// Maximum number of bytes that are read of an error response. Those of Wiki.js have at most 2 kB.
const REFUSAL_BYTES: usize = 64 * 1024;

impl Sender {
    /// Sends a request for an upload or a download without a timeout, and returns the response whatever its status.
    ///
    /// A redirect is a failure, since neither the API key nor the file may be sent to another server
    /// ([K54](crate::guide::known_issues#k54)).
    async fn send_file_request(
        &self,
        url: &Url,
        mut request: RequestBuilder,
    ) -> Result<Response, Failure> {
        if let Some(authorization) = self.credentials.authorization() {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        // The timeout of the HTTP client limits whole requests, which take as long as the file is large.
        let response = request.timeout(Duration::MAX).send().await?;
        match redirection(url, &response) {
            Some(redirected) => Err(redirected),
            None => Ok(response),
        }
    }

    /// Describes a response to an upload that failed, or one without the whole file of a download, with the message of
    /// Wiki.js if there is one.
    async fn refused(&self, response: Response) -> Result<Refusal, Failure> {
        let status = response.status();
        let retry_after = retry_after(&response);
        let is_html = is_html(&response);
        let body = timeout(self.limits.timeout, read_start(response)).await??;
        // Wiki.js renders errors of downloads as pages, and sends those of uploads as JSON.
        let reason = if is_html {
            reason_on_page(&String::from_utf8_lossy(&body))
        } else {
            reason_in_json(&body)
        };
        let auth = match reason.as_deref() {
            // Wiki.js has no error codes for these failures, so they are recognized by their messages.
            Some("API Key is invalid or was revoked.") => Some(AuthFailure::KeyRevoked),
            Some(reason) if reason.starts_with("API is disabled.") => {
                Some(AuthFailure::ApiDisabled)
            }
            _ => None,
        };
        // Wiki.js rejects an invalid file with status 400 and a JSON message before it stores anything.
        let is_refused_by_wiki = status == StatusCode::BAD_REQUEST && !is_html && reason.is_some();
        let secrets = self.credentials.secrets();
        let reason = reason.map(|reason| reduce_message(&reason, &secrets));
        Ok(Refusal {
            status: status.as_u16(),
            problem: reason.unwrap_or_else(|| problem_of(status.as_u16()).to_owned()),
            body: body_excerpt(&secrets, &body),
            retry_after,
            auth,
            is_not_applied: is_refused_by_wiki
                || auth.is_some()
                || Applied::is_rejected_before_execution(status.as_u16()),
        })
    }
}

fn problem_of(status: u16) -> &'static str {
    match status {
        200..=299 => "the response does not contain the whole file",
        403 => "the wiki, or a proxy in front of it, forbids the request",
        413 => "the file is larger than a proxy in front of the wiki accepts",
        429 => "too many requests",
        502..=504 => "a proxy cannot reach the wiki",
        _ => "the response is not one of Wiki.js",
    }
}

/// Reads the first [`REFUSAL_BYTES`] bytes of a body.
async fn read_start(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < REFUSAL_BYTES
        && let Some(piece) = response.chunk().await?
    {
        body.extend_from_slice(&piece);
    }
    // The last piece may exceed the limit.
    body.truncate(REFUSAL_BYTES);
    Ok(body)
}

fn is_html(response: &Response) -> bool {
    let content_type = header_text(response.headers(), header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.starts_with("text/html"))
}

/// Extracts the message from an HTML error page of Wiki.js.
fn reason_on_page(page: &str) -> Option<String> {
    let (_, message) = page.split_once("class=\"app-error\"")?;
    let (_, message) = message.split_once("<span>")?;
    let (message, _) = message.split_once("</span>")?;
    Some(unescape_html(message))
}

fn reason_in_json(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(body.get("message")?.as_str()?.to_owned())
}
