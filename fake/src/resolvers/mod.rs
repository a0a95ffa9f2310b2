//! The resolvers, by domain. Each gives an [`Answer`]; the executor takes the selected fields from it.

mod accounts;
mod api_keys;
mod arguments;
mod assets;
mod authentication;
mod comments;
mod contribute;
mod groups;
mod input;
mod limits;
mod localization;
mod login;
mod navigation;
mod outcome;
mod pages;
mod providers;
mod site;
mod system;
mod theming;
mod users;

pub(crate) use arguments::Arguments;
pub(crate) use limits::count_call;

use crate::errors::Failure;
use crate::execute::{Answer, Context, Record};

/// Whether a type only groups the operations of a domain.
pub(crate) fn is_namespace(type_name: &str) -> bool {
    type_name.ends_with("Query") || type_name.ends_with("Mutation")
}

/// Resolves a field of a namespace.
pub(crate) async fn resolve(
    context: &Context,
    type_name: &str,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    if let Some(stopped) = stop(context, type_name, field) {
        return stopped;
    }
    if let Some(answer) = providers::resolve(context, type_name, field, arguments) {
        return answer;
    }
    match type_name {
        "Query" | "Mutation" => Ok(Record::default().into()),
        "PageQuery" => pages::query(context, field, arguments),
        "PageMutation" => pages::mutate(context, field, arguments).await,
        "UserQuery" => users::query(context, field, arguments),
        "UserMutation" => Ok(users::mutate(context, field, arguments)),
        "GroupQuery" => groups::query(context, field, arguments),
        "GroupMutation" => groups::mutate(context, field, arguments),
        "SystemQuery" => system::query(context, field),
        "SystemMutation" => system::mutate(context, field, arguments),
        "SiteQuery" => site::query(context, field),
        "AssetMutation" => assets::mutate(context, field, arguments).await,
        "AssetQuery" => assets::query(context, field, arguments),
        "LocalizationMutation" => localization::mutate(context, field, arguments),
        "LocalizationQuery" => localization::query(context, field, arguments),
        "NavigationMutation" => navigation::mutate(context, field, arguments),
        "NavigationQuery" => navigation::query(context, field),
        "SiteMutation" => site::mutate(context, field, arguments),
        "ThemingMutation" => theming::mutate(context, field, arguments),
        "ThemingQuery" => theming::query(context, field),
        "AuthenticationQuery" => authentication::query(context, field),
        "AuthenticationMutation" => authentication::mutate(context, field, arguments),
        "CommentQuery" => comments::query(context, field, arguments),
        "CommentMutation" => comments::mutate(context, field, arguments),
        "ContributeQuery" => contribute::query(context, field),
        _ => Err(Failure::not_imitated(type_name, field)),
    }
}

/// What a field answers that cannot be resolved now: the client asks too often, or the database is away.
fn stop(context: &Context, type_name: &str, field: &str) -> Option<Result<Answer, Failure>> {
    if matches!(type_name, "Query" | "Mutation") {
        return None;
    }
    if let Some(seconds) = context.trouble.rate_limited {
        return Some(Err(Failure::too_many_requests(seconds)));
    }
    // What Wiki.js has in memory it still tells, and changes there; that it cannot be stored is only logged.
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
    if !context.trouble.database_away || in_memory {
        return None;
    }
    let away = Failure::database_away();
    // The mutations of groups catch nothing.
    Some(
        if type_name.ends_with("Mutation") && type_name != "GroupMutation" {
            Ok(outcome::of(Err(away)))
        } else {
            Err(away)
        },
    )
}
