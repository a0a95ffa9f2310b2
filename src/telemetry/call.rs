//! Spans of GraphQL operations and of writes.

use std::borrow::Cow;

use serde::Deserialize;
use tracing::{Span, field::Empty, info_span};

use super::{
    error_type,
    meter::{OperationKey, OperationMeter},
};
use crate::error::Error;

/// An operation in flight.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    span: Span,
    meter: OperationMeter<'a>,
}

impl<'a> Call<'a> {
    /// Starts the span and the measurement of an operation with this request body.
    pub(crate) fn begin(name: &str, kind: &str, key: &'a OperationKey, body: &[u8]) -> Self {
        let span = info_span!(
            target: "wikijs_client",
            "graphql_operation",
            otel.name = format_args!("{kind} {name}"),
            otel.kind = "internal",
            graphql.operation.name = name,
            graphql.operation.type = kind,
            wikijs.page.id = Empty,
            wikijs.page.path = Empty,
            wikijs.page.locale = Empty,
            wikijs.attempts = Empty,
            wikijs.batch.size = Empty,
            wikijs.request.size = body.len(),
            wikijs.response.size = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
        if !span.is_disabled() {
            record_page(&span, name, body);
        }
        Self {
            span,
            meter: OperationMeter::begin(key),
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Records the size of the response, in bytes.
    pub(crate) fn record_response(&self, bytes: usize) {
        if !self.span.is_disabled() {
            self.span.record("wikijs.response.size", bytes);
        }
    }

    /// Records the result and the number of attempts, and ends the span.
    pub(crate) fn end(self, attempts: u32, error: Option<&Error>) {
        self.meter.end(attempts, error.map(error_type));
        if !self.span.is_disabled() {
            self.span.record("wikijs.attempts", attempts);
            record_error(&self.span, error);
        }
    }
}

/// A write in flight.
#[derive(Debug)]
pub(crate) struct Writing {
    span: Span,
}

impl Writing {
    pub(crate) fn begin(name: &str) -> Self {
        Self {
            span: info_span!(
                target: "wikijs_client",
                "wikijs_write",
                otel.name = format_args!("write {name}"),
                otel.kind = "internal",
                wikijs.write = name,
                error.type = Empty,
                otel.status_code = Empty,
            ),
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn end(self, error: Option<&Error>) {
        if !self.span.is_disabled() {
            record_error(&self.span, error);
        }
    }
}

fn record_error(span: &Span, error: Option<&Error>) {
    if let Some(error) = error {
        span.record("error.type", error_type(error));
        span.record("otel.status_code", "ERROR");
    }
}

/// The variables that identify a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variables<'a> {
    id: Option<i64>,
    page_id: Option<i64>,
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    locale: Option<Cow<'a, str>>,
}

/// Records the page of an operation. The transport does not know the arguments of operations, so the page is parsed
/// from the body of the request.
fn record_page(span: &Span, operation: &str, body: &[u8]) {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        variables: Option<Variables<'a>>,
    }
    // In operations on tags, `id` is the id of a tag.
    if !operation.starts_with("Pages") || operation.ends_with("Tag") {
        return;
    }
    let Ok(Body {
        variables: Some(variables),
    }) = serde_json::from_slice(body)
    else {
        return;
    };
    if let Some(id) = variables.page_id.or(variables.id) {
        span.record("wikijs.page.id", id);
    }
    if let Some(path) = variables.path {
        span.record("wikijs.page.path", path.as_ref());
    }
    if let Some(locale) = variables.locale {
        span.record("wikijs.page.locale", locale.as_ref());
    }
}
