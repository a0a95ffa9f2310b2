//! Spans of HTTP requests.

use tracing::{Span, field::Empty, info_span};
use url::Url;

#[cfg(feature = "assets")]
use super::error_type;
use super::meter::{self, ExchangeMeter, Server};
#[cfg(feature = "assets")]
use crate::error::Error;

/// An HTTP request in flight.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    span: Span,
    meter: ExchangeMeter<'a>,
}

/// The properties of a request that spans and metrics record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) server: &'a Server,
    pub(crate) method: &'static str,
    pub(crate) url: &'a Url,
    /// Size of the body, in bytes.
    pub(crate) size: u64,
}

impl Outgoing<'_> {
    /// Creates the span, as a child of `parent` if there is one.
    fn span(self, parent: Option<&Span>) -> Span {
        info_span!(
            target: "wikijs_client",
            parent: parent.and_then(Span::id),
            "http_request",
            otel.name = self.method,
            otel.kind = "client",
            http.request.method = self.method,
            url.full = self.url.as_str(),
            server.address = self.url.host_str(),
            server.port = self.url.port_or_known_default(),
            http.request.body.size = self.size,
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            http.response.body.size = Empty,
            wikijs.batch.size = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        )
    }
}

impl<'a> Exchange<'a> {
    /// Starts the span and the measurement of a request with one operation. `resends` is the number of earlier
    /// attempts.
    pub(crate) fn begin(outgoing: Outgoing<'a>, parent: &Span, resends: u32) -> Self {
        let span = outgoing.span(Some(parent));
        if resends > 0 && !span.is_disabled() {
            span.record("http.request.resend_count", resends);
        }
        Self {
            span,
            meter: ExchangeMeter::begin(outgoing),
        }
    }

    /// Starts the span and the measurement of a batch. `operations` contains the span of each operation and the number
    /// of its earlier attempts.
    pub(crate) fn begin_batch<'span>(
        outgoing: Outgoing<'a>,
        operations: impl ExactSizeIterator<Item = (&'span Span, u32)>,
    ) -> Self {
        let span = outgoing.span(None);
        meter::batch(operations.len());
        if !span.is_disabled() {
            let count = operations.len();
            span.record("wikijs.batch.size", count);
            let mut resends = u32::MAX;
            for (operation, resent) in operations {
                operation.record("wikijs.batch.size", count);
                span.follows_from(operation);
                resends = resends.min(resent);
            }
            if resends > 0 {
                span.record("http.request.resend_count", resends);
            }
        }
        Self {
            span,
            meter: ExchangeMeter::begin(outgoing),
        }
    }

    /// Returns the span.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Ends the span with the status of a response, or with an error.
    #[cfg(feature = "assets")]
    pub(crate) fn end_with(self, result: Result<u16, &Error>, size: Option<u64>) {
        match result {
            Ok(status) => self.end(Some(status), size, None),
            Err(error) => self.end(error.status(), size, Some(error_type(error))),
        }
    }

    /// Ends the span with the status and size of a response, or with the name of a failure.
    pub(crate) fn end(self, status: Option<u16>, size: Option<u64>, failure: Option<&str>) {
        let refusal = status.filter(|status| *status >= 400);
        let refusal = refusal.map(|status| status.to_string());
        let error = refusal.as_deref().or(failure);
        self.meter.end(status, size, error);
        if self.span.is_disabled() {
            return;
        }
        if let Some(status) = status {
            self.span.record("http.response.status_code", status);
        }
        if let Some(size) = size {
            self.span.record("http.response.body.size", size);
        }
        if let Some(error) = error {
            self.span.record("error.type", error);
            self.span.record("otel.status_code", "ERROR");
        }
    }
}
