//! `authentication`: the API keys and the switch of the API. Logins are next door, strategies among the providers.

use super::Arguments;
use super::{login, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, record};
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
        _ => Err(Failure::not_imitated("AuthenticationQuery", field)),
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
