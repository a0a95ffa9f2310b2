//! The resolvers, by domain. Each returns a [`FieldValue`], from which the executor takes the selected fields.

mod assets;
mod authentication;
mod call;
mod comments;
mod groups;
mod input;
mod localization;
mod pages;
mod providers;
mod settings;
mod system;
mod users;
mod value;

pub(crate) use call::{Call, Context, Resolved};
use call::{done, response_result};
pub(crate) use value::{FieldValue, Object, object};

use crate::errors::Failure;

/// Returns whether a type only groups the operations of a domain.
pub(crate) fn is_namespace(type_name: &str) -> bool {
    type_name.ends_with("Query") || type_name.ends_with("Mutation")
}

/// Resolves a field of a namespace.
pub(crate) async fn resolve(call: Call<'_>) -> Resolved {
    if let Some(stopped) = stop(call) {
        return stopped;
    }
    if let Some(value) = providers::resolve(call) {
        return value;
    }
    match call.type_name {
        "Query" | "Mutation" => Ok(Object::default().into()),
        "PageQuery" => pages::query(call),
        "PageMutation" => pages::mutate(call).await,
        "UserQuery" | "UserMutation" => users::resolve(call),
        "GroupQuery" | "GroupMutation" => groups::resolve(call),
        "SystemQuery" | "SystemMutation" => system::resolve(call),
        "AssetQuery" | "AssetMutation" => assets::resolve(call).await,
        "LocalizationQuery" | "LocalizationMutation" => localization::resolve(call),
        "SiteQuery" | "SiteMutation" | "ThemingQuery" | "ThemingMutation" | "MailQuery"
        | "MailMutation" | "NavigationQuery" | "NavigationMutation" | "ContributeQuery" => {
            settings::resolve(call)
        }
        "AuthenticationQuery" | "AuthenticationMutation" => authentication::resolve(call),
        "CommentQuery" | "CommentMutation" => comments::resolve(call),
        _ => call.not_imitated(),
    }
}

/// Returns the response of a field that cannot be resolved now, because of a rate limit or a missing database.
fn stop(call: Call<'_>) -> Option<Resolved> {
    let Call {
        type_name, field, ..
    } = call;
    if matches!(type_name, "Query" | "Mutation") {
        return None;
    }
    if let Some(seconds) = call.fault.rate_limited {
        return Some(Err(Failure::too_many_requests(seconds)));
    }
    // Without its database, Wiki.js reads and changes values in memory, and only logs that it cannot store them.
    let in_memory = matches!(
        (type_name, field),
        ("SystemQuery" | "ThemingQuery", _)
            | (
                "SystemMutation",
                "updateFlags" | "resetTelemetryClientId" | "setTelemetry" | "setHTTPSRedirection"
            )
            | (
                "SiteQuery" | "LocalizationQuery" | "MailQuery" | "NavigationQuery",
                "config"
            )
            | ("LocalizationQuery", "translations")
            | ("SiteMutation" | "NavigationMutation", "updateConfig")
            | ("ThemingMutation", "setConfig")
            | ("AuthenticationQuery", "apiState" | "strategies")
            | ("PageMutation", "flushCache")
    );
    if !call.fault.database_away || in_memory {
        return None;
    }
    let away = Failure::database_away(call.state().database().profile().port);
    // The mutations of groups do not catch failures.
    let is_caught = type_name.ends_with("Mutation") && type_name != "GroupMutation";
    if is_caught {
        return Some(Ok(response_result(Err(away))));
    }
    Some(Err(away))
}
