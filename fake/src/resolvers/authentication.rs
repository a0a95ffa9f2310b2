//! `authentication`: the API keys, the switch of the API and the one strategy. Logins are next door.

use super::Arguments;
use super::{login, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::clock;

/// Characters of a key that the list shows.
const SHOWN: usize = 20;

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "apiState" => Ok(state.api_enabled.into()),
        "apiKeys" => Ok(state
            .keys
            .iter()
            .map(|(id, key)| {
                let end = &key.token[key.token.len().saturating_sub(SHOWN)..];
                record! {
                    "id" => id,
                    "name" => &key.name,
                    "keyShort" => format!("...{end}"),
                    "expiration" => clock::text(key.expires * 1000),
                    "createdAt" => &key.created_at,
                    "updatedAt" => &key.created_at,
                    "isRevoked" => key.is_revoked,
                }
            })
            .collect()),
        "activeStrategies" => Ok(vec![local_strategy()].into()),
        _ => Err(Failure::not_imitated("AuthenticationQuery", field)),
    }
}

/// The strategy that every wiki has, enabled as in a fresh one.
fn local_strategy() -> Record {
    let props =
        "Expected Iterable, but did not find one for field \"AuthenticationStrategy.props\".";
    let strategy = record! {
        "key" => "local",
        "title" => "Local Database",
        "description" => "Built-in authentication for Wiki.js",
        "isAvailable" => true,
        "useForm" => true,
        "usernameType" => "email",
        "logo" => "https://static.requarks.io/logo/wikijs.svg",
        "color" => "primary",
        "website" => "https://wiki.js.org",
        "icon" => "<svg/>",
        "props" => Failure::graphql(props),
    };
    let none = || Answer::List(Vec::new());
    record! {
        "key" => "local",
        "strategy" => strategy,
        "displayName" => "Local",
        "order" => 0_i64,
        "isEnabled" => true,
        "config" => none(),
        "selfRegistration" => false,
        "domainWhitelist" => none(),
        "autoEnrollGroups" => none(),
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    match field {
        "setApiState" => {
            context.shared.state().api_enabled = arguments.flag("enabled");
            Ok(outcome::of(Ok(outcome::done(
                "API State changed successfully",
            ))))
        }
        "login" | "loginTFA" | "loginChangePassword" => login::mutate(context, field, arguments),
        _ => Err(Failure::not_imitated("AuthenticationMutation", field)),
    }
}
