//! What the façades of all domains do with an operation: send it and take its answer apart.

use crate::{
    api::fragments::Status,
    error::{ApiError, Applied, Error, Result},
};

/// Sends a query by the [`Client`](crate::Client) and gives what its field answers, which the wiki
/// always answers.
///
/// `query!(client, PagesHistory, pages.history, variables)`; a field that the schema allows no null is
/// written as there: `pages.list!`.
macro_rules! query {
    ($client:expr, $operation:ident, $domain:ident.$field:ident!, $variables:expr) => {{
        let data = $client
            .execute_boxed::<$crate::api::$operation>($variables)
            .await?;
        $crate::outcome::answered(stringify!($operation), stringify!($domain), data.$domain)?.$field
    }};
    ($client:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {{
        let data = $client
            .execute_boxed::<$crate::api::$operation>($variables)
            .await?;
        // Not by `answered`: an answer of half a kilobyte is moved as seldom as can be.
        let Some(answer) = data.$domain.and_then(|domain| domain.$field) else {
            return Err($crate::outcome::unanswered(
                stringify!($operation),
                concat!(stringify!($domain), ".", stringify!($field)),
            ));
        };
        answer
    }};
}

/// Sends a mutation and gives its answer, once its `responseResult` says that it was made.
///
/// `mutation!(client, PagesRender, pages.render, variables)` waits for its own turn to write;
/// `mutation!(client, turn, PagesRender, pages.render, variables)` is part of a longer piece of work.
macro_rules! mutation {
    ($client:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {{
        let data = $client
            .execute_boxed::<$crate::api::$operation>($variables)
            .await?;
        mutation!(@answer $operation, data.$domain.and_then(|domain| domain.$field))
    }};
    ($client:expr, $turn:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {{
        let data = $client
            .execute_in::<$crate::api::$operation>($turn, $variables)
            .await?;
        mutation!(@answer $operation, data.$domain.and_then(|domain| domain.$field))
    }};
    (@answer $operation:ident, $answer:expr) => {{
        let answer = $crate::outcome::replied(stringify!($operation), $answer)?;
        $crate::outcome::succeeded(
            stringify!($operation),
            Option::from(answer.response_result.clone()),
        )?;
        answer
    }};
}

pub(crate) use {mutation, query};

/// Turns a mutation's `responseResult` into an error where it says no.
pub(crate) fn succeeded(operation: &'static str, status: Option<Status>) -> Result<()> {
    let status = replied(operation, status)?;
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

/// What a mutation's schema allows to be null but the wiki always answers.
pub(crate) fn replied<T>(operation: &'static str, answer: Option<T>) -> Result<T> {
    answer.ok_or_else(|| Error::unanswered(operation, "responseResult", Applied::Unknown))
}

/// What a query's schema allows to be null but the wiki always answers. The field is named as in
/// Rust or as in GraphQL.
pub(crate) fn answered<T>(operation: &'static str, field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| unanswered(operation, field))
}

/// As [`answered`], where nothing is.
#[cold]
pub(crate) fn unanswered(operation: &'static str, field: &str) -> Error {
    Error::unanswered(operation, &camel_case(field), Applied::No)
}

fn camel_case(name: &str) -> String {
    let mut after_underscore = false;
    name.chars()
        .filter_map(|letter| match letter {
            '_' => {
                after_underscore = true;
                None
            }
            _ if std::mem::take(&mut after_underscore) => Some(letter.to_ascii_uppercase()),
            _ => Some(letter),
        })
        .collect()
}
