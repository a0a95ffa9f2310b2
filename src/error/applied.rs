//! Outcome of a write that failed.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{ErrorCode, GraphQlError, database, meaning};

/// Outcome of a write that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Applied {
    /// The object is unchanged, and the write will not be executed later.
    No,
    /// A part of the write was applied.
    Partially,
    /// The write was applied, although the call failed.
    Yes,
    /// The write may have been executed, or may be executed later.
    Unknown,
}

impl Applied {
    /// Determines the outcome of a mutation whose `responseResult` reports a failure.
    ///
    /// Wiki.js checks its arguments before it writes, and reports these failures with specific codes. An unhandled
    /// exception (code 1) may occur after the row of a page is stored: in the page tree, the tags or the renderer
    /// ([K1](crate::guide::known_issues#k1), [K13](crate::guide::known_issues#k13)). For failed SQL statements,
    /// [`database`] determines the outcome.
    pub(super) fn after_response(code: ErrorCode, slug: &str, message: &str) -> Self {
        if code != ErrorCode::Unexpected {
            return if code.precedes_write() {
                Self::No
            } else {
                Self::Unknown
            };
        }
        if database::is_failed_job(message) {
            return Self::Yes;
        }
        let refused_before = match database::cause_of(slug, message) {
            Some(_) => database::nothing_was_written(slug, message),
            None => meaning::of_response(code, slug, message).is_a_refusal(),
        };
        if refused_before {
            Self::No
        } else {
            Self::Unknown
        }
    }

    /// Determines the outcome of a mutation from its GraphQL errors.
    ///
    /// HTTP 400, and 500 without data, are returned before anything is executed. Otherwise an error about a permission,
    /// a rate limit or a code of Wiki.js occurred before the write if its path is that of the mutation (`pages.create`)
    /// and no other mutation of the document has a value. An error about a field below the mutation that Wiki.js cannot
    /// resolve occurred after the write ([K11](crate::guide::known_issues#k11)).
    pub(crate) fn after_errors(status: u16, errors: &[GraphQlError], data: Option<&Value>) -> Self {
        let is_empty = |data: &Value| data.as_object().is_some_and(Map::is_empty);
        let is_pathless = errors.iter().all(|error| error.path.is_empty());
        if Self::is_rejected_before_execution(status)
            || status == 400
            || (status == 500 && is_pathless && data.is_some_and(is_empty))
        {
            return Self::No;
        }
        let of_a_whole_field = |error: &GraphQlError| error.path.len() <= 2;
        let refused = |error: &GraphQlError| {
            error.code().is_some_and(ErrorCode::precedes_write)
                || meaning::of_errors(std::slice::from_ref(error)).is_a_refusal()
                    && database::cause_of(error.class(), &error.message).is_none()
                || database::nothing_was_written(error.class(), &error.message)
                || error.message == meaning::ALREADY_ASSIGNED
        };
        let unanswerable = |error: &GraphQlError| {
            error
                .message
                .strip_prefix("Cannot return null for non-nullable field ")
                // An exception without a name or a message nulls the fields of `ResponseStatus`. It may occur before
                // the write.
                .is_some_and(|field| !field.starts_with("ResponseStatus."))
        };
        let is_ours = status == 200;
        if is_ours
            && !data.is_some_and(has_any_value)
            && errors
                .iter()
                .all(|error| of_a_whole_field(error) && refused(error))
        {
            Self::No
        } else if is_ours && errors.iter().any(unanswerable) {
            Self::Yes
        } else {
            Self::Unknown
        }
    }

    /// Returns `true` if a request with this status was not executed, whether the wiki or a proxy returned it.
    ///
    /// | status | |
    /// |---|---|
    /// | 401, 403, 407 | the credentials were rejected |
    /// | 404, 405 | there is no wiki at this URL |
    /// | 411, 413, 414, 415, 431 | the request was not read |
    /// | 429 | the request was rejected by a rate limit |
    ///
    /// All other statuses are inconclusive. A proxy may return 408, 425, 499 and any 5xx after it has forwarded the
    /// request, and may replace the response of the wiki by a page with status 2xx.
    pub(crate) fn is_rejected_before_execution(status: u16) -> bool {
        matches!(
            status,
            401 | 403..=405 | 407 | 411 | 413..=415 | 429 | 431
        )
    }
}

/// Returns `true` if a field of a mutation, such as `pages.create`, has a value.
fn has_any_value(data: &Value) -> bool {
    let Value::Object(domains) = data else {
        return !data.is_null();
    };
    domains.values().any(|domain| match domain {
        Value::Object(fields) => fields.values().any(|field| !field.is_null()),
        other => !other.is_null(),
    })
}
