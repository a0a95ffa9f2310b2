//! Macros that send operations and convert their responses, for the handles.

use crate::{
    api::fragments::Status,
    error::{ApiError, Error, Result},
};

/// Sends a query and returns the value of its field.
///
/// `query!(client, PagesHistory, pages.history, variables, "page {id}")`. Without variables, all arguments are omitted.
/// The text at the end is the object in errors.
macro_rules! query {
    ($client:expr, $operation:ident, $domain:ident.$field:ident) => {
        $crate::response::query!($client, $operation, $domain.$field, Default::default())
    };
    ($client:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {
        $client
            .execute_boxed::<$crate::api::$operation>($variables)
            .await?
            .$domain
            .$field
    };
    ($client:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr, $($object:tt)+) => {
        $client
            .execute_boxed::<$crate::api::$operation>($variables)
            .await
            .map_err(|error| error.about(format_args!($($object)+)))?
            .$domain
            .$field
    };
}

/// Sends a mutation within a write, checks its `responseResult`, and returns the value of its field.
///
/// `mutation!(client, permit, PagesRender, pages.render, variables)`.
macro_rules! mutation {
    ($client:expr, $permit:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {{
        let answer = $client
            .execute_in::<$crate::api::$operation>($permit, $variables)
            .await?
            .$domain
            .$field;
        $crate::response::succeeded(stringify!($operation), &answer.response_result)?;
        answer
    }};
}

/// Creates the function with which the write engine sends a mutation. The function returns `None`, so that the engine
/// reads the result back.
///
/// `sending!(client, permit, SiteUpdateConfig, site.update_config, variables)`. With `=> Some(())` at the end, the
/// function returns this result, and nothing is read back after a success.
#[allow(unused_macros, reason = "not every feature needs it")]
macro_rules! sending {
    ($client:expr, $permit:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {
        $crate::response::sending!($client, $permit, $operation, $domain.$field, $variables => None)
    };
    ($client:expr, $permit:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr => $result:expr) => {
        || async {
            $crate::response::mutation!($client, $permit, $operation, $domain.$field, $variables.clone());
            Ok($result)
        }
    };
}

/// Runs a write of one mutation whose effect cannot be observed with the API, and returns the value of its field.
///
/// `write_unobserved!(client, target, PagesRender, pages.render, variables)`.
macro_rules! write_unobserved {
    ($client:expr, $target:expr, $operation:ident, $domain:ident.$field:ident, $variables:expr) => {{
        let (client, target, variables) = ($client.clone(), $target, $variables);
        let work = move |permit| async move {
            let send = || async {
                Ok(Some($crate::response::mutation!(
                    client,
                    &permit,
                    $operation,
                    $domain.$field,
                    variables.clone()
                )))
            };
            let observe = |_| async { Ok($crate::write::Observation::Hidden) };
            $crate::write::write_and_reconcile(&client, &permit, &target, send, observe).await
        };
        $client.write(stringify!($operation), work).await?
    }};
}

/// Implements the conversion from a generated type to a model. Fields with the same name are converted with `Into`. The
/// values of all other fields are specified.
///
/// ```ignore
/// model!(UsersSearchUsersSearch => UserHit, |user| { id, name, email, created_at; provider: user.provider_key });
/// ```
macro_rules! model {
    ($selected:ty => $model:ident, |$value:ident| {
        $($field:ident),*; $($other:ident: $how:expr),* $(,)?
    }) => {
        impl From<$selected> for $model {
            fn from($value: $selected) -> Self {
                Self { $($other: $how,)* $($field: $value.$field.into(),)* }
            }
        }
    };
}

#[allow(unused_imports, reason = "not every feature needs it")]
pub(crate) use sending;
pub(crate) use {model, mutation, query, write_unobserved};

/// Checks the `responseResult` of a mutation.
///
/// # Errors
///
/// [`Error::Api`] if it reports a failure.
pub(crate) fn succeeded(operation: &'static str, status: &Status) -> Result<()> {
    if status.succeeded {
        return Ok(());
    }
    Err(Error::Api(Box::new(ApiError::new(
        operation,
        status.error_code,
        &status.slug,
        &status.message,
    ))))
}
