//! Macros that send operations and convert their responses, for the handles.

use crate::{
    api::fragments::Status,
    error::{ApiError, Error, Result},
};

/// Sends a query and returns the value of its only field.
///
/// `query!(client, PagesHistory, variables, "page {id}")`. Without variables, all arguments are omitted. The text at the
/// end is the object in errors. Arguments in parentheses are those of `Variables::new`:
/// `query!(client, PagesHistory(id), "page {id}")`.
macro_rules! query {
    ($client:expr, $operation:ident) => {
        $crate::response::query!($client, $operation, Default::default())
    };
    ($client:expr, $operation:ident($($argument:expr),*) $($object:tt)*) => {
        $crate::response::query!($client, $operation, $crate::response::variables!($operation($($argument),*)) $($object)*)
    };
    ($client:expr, $operation:ident, $variables:expr $(, $($object:tt)+)?) => {{
        let response = $client.execute_boxed::<$crate::api::$operation>($variables).await;
        $(let response = response.map_err(|error| error.about(format_args!($($object)+)));)?
        <$crate::api::$operation as $crate::generated::SingleField>::field(*response?)
    }};
}

/// Sends a mutation within a write, checks its `responseResult`, and returns the value of its only field.
///
/// `mutation!(write, PagesUpdate, variables)`, with a [`Write`](crate::handle::Write). Arguments in parentheses are those
/// of `Variables::new`: `mutation!(write, PagesRender(id))`.
macro_rules! mutation {
    ($write:expr, $operation:ident $($variables:tt)+) => {{
        let variables = $crate::response::variables!($operation $($variables)+);
        let response = $write.execute_field::<$crate::api::$operation>(variables).await?;
        $crate::response::succeeded(stringify!($operation), &response.response_result)?;
        response
    }};
}

/// Creates the function with which the write engine sends a mutation. The function returns `None`, so that the engine
/// reads the result back.
///
/// `sending!(write, SiteUpdateConfig, variables)`, or with the arguments of `Variables::new`:
/// `sending!(write, GroupsDelete(id))`. With `=> Some(())` at the end, the function returns this result, and nothing is
/// read back after a success.
macro_rules! sending {
    ($write:expr, $operation:ident $(($($argument:expr),*))? $(, $variables:expr)? => $result:expr) => {{
        let variables = $crate::response::variables!($operation $(($($argument),*))? $(, $variables)?);
        let write = &$write;
        move || {
            let variables = variables.clone();
            async move {
                $crate::response::mutation!(write, $operation, variables);
                Ok::<_, $crate::error::Error>($result)
            }
        }
    }};
    ($write:expr, $operation:ident $($variables:tt)+) => {
        $crate::response::sending!($write, $operation $($variables)+ => None)
    };
}

/// Returns a call that sends a mutation whose effect cannot be observed with the API.
///
/// `command! { self, id.check(), PagesRender(id), format!("page {id}"), automatic() }`, with the result of checking the
/// arguments, the object in errors, and declarations of the [`Target`](crate::write::Target).
macro_rules! command {
    (
        $handle:expr, $checked:expr, $operation:ident($($argument:expr),*), $object:expr
        $(, $declare:ident($($given:expr),*))*
    ) => {{
        let target = $crate::write::Target::new(stringify!($operation), $object)
            $(.$declare($($given),*))*;
        let variables = $crate::response::variables!($operation($($argument),*));
        $handle.mutate(stringify!($operation), $checked, move |write| async move {
            let send = $crate::response::sending!(write, $operation, variables => Some(()));
            write.send_unobserved(target, send).await
        })
    }};
}

/// Creates the variables of an operation from its required arguments, which are converted with `Into`:
/// `variables!(GroupsDelete(id))`. Variables that exist are returned: `variables!(GroupsUpdate, variables)`.
macro_rules! variables {
    ($operation:ident, $variables:expr) => {
        $variables
    };
    ($operation:ident($($argument:expr),*)) => {
        <$crate::api::$operation as ::graphql_client::GraphQLQuery>::Variables::new($($argument.into()),*)
    };
}

/// Declares models, each with its conversion from a generated type. A field is converted with `Into` from the field of
/// the same name, unless its value is specified. A model with a context, as in
/// `Asset from AssetOfFolder as asset, folder: &AssetFolder`, is converted from the pair of the value and the context.
///
/// ```ignore
/// models! {
///     /// A user in the result of a search.
///     UserHit from UsersSearchUsersSearch as user {
///         /// `id`.
///         pub id: UserId,
///         /// `providerKey`: the key of the user's authentication strategy.
///         pub provider: String = user.provider_key,
///     }
/// }
/// ```
macro_rules! models {
    (@value $value:ident.$field:ident) => { $value.$field.into() };
    (@value $value:ident.$field:ident $how:expr) => { $how };
    ($(
        $(#[$meta:meta])* $model:ident from $selected:ty as $value:ident $(, $context:ident: $given:ty)? {
            $($(#[$about:meta])* pub $field:ident: $type:ty $(= $how:expr)?,)*
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $model {
            $($(#[$about])* pub $field: $type,)*
        }

        #[allow(unused_parens, reason = "most models have no context")]
        impl From<($selected $(, $given)?)> for $model {
            fn from(($value $(, $context)?): ($selected $(, $given)?)) -> Self {
                Self { $($field: $crate::response::models!(@value $value.$field $($how)?),)* }
            }
        }
    )*};
}

pub(crate) use {command, models, mutation, query, sending, variables};

/// Converts a number of objects to the type of a model.
pub(crate) fn count(number: i64) -> u64 {
    number.try_into().unwrap_or_default()
}

/// Checks the `responseResult` of a mutation.
///
/// # Errors
///
/// [`Error::Api`] if it reports a failure.
pub(crate) fn succeeded(operation: &'static str, status: &Status) -> Result<()> {
    if status.succeeded {
        return Ok(());
    }
    let error = ApiError::new(operation, status.error_code, &status.slug, &status.message);
    Err(Error::Api(Box::new(error)))
}
