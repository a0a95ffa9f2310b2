//! The outcome of a mutation: `responseResult`, and what comes with it.

use crate::errors::Failure;
use crate::execute::{Answer, Record, record};

/// A `responseResult` of success.
pub(super) fn done(message: &str) -> Record {
    record! {
        "responseResult" => record! {
            "succeeded" => true,
            "errorCode" => 0_i64,
            "slug" => "ok",
            "message" => message,
        },
    }
}

/// A mutation's outcome: Wiki.js catches what goes wrong and answers it as a `responseResult`.
pub(super) fn of(result: Result<Record, Failure>) -> Answer {
    result
        .unwrap_or_else(|failure| {
            record! {
                "responseResult" => record! {
                    "succeeded" => false,
                    "errorCode" => failure.code.unwrap_or(1),
                    "slug" => failure.slug,
                    "message" => failure.message,
                },
            }
        })
        .into()
}
