//! What the façades of all domains do with an answer.

use crate::{
    api::fragments::Status,
    error::{ApiError, Applied, Error, Result},
};

/// Turns a mutation's `responseResult` into an error where it says no.
pub(crate) fn succeeded(operation: &'static str, status: Option<Status>) -> Result<()> {
    let status =
        status.ok_or_else(|| Error::unanswered(operation, "responseResult", Applied::Unknown))?;
    if status.succeeded {
        return Ok(());
    }
    Err(Error::Api(Box::new(ApiError::new(
        operation,
        status.error_code,
        status.slug,
        status.message.unwrap_or_default(),
    ))))
}

/// What a query's schema allows to be null but the wiki always answers.
pub(crate) fn answered<T>(operation: &'static str, field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::unanswered(operation, field, Applied::No))
}
