//! `authentication`: whether the API is on. Keys, accounts and logins are next door, strategies among the providers.

use super::Arguments;
use super::{accounts, api_keys, login};
use crate::errors::Failure;
use crate::execute::{Answer, Context};

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "apiState" => Ok(state.api_enabled.into()),
        "apiKeys" => Ok(api_keys::list(&state)),
        _ => Err(Failure::not_imitated("AuthenticationQuery", field)),
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    match field {
        "createApiKey" | "revokeApiKey" | "setApiState" => {
            Ok(api_keys::mutate(context, field, arguments))
        }
        "register" | "forgotPassword" | "regenerateCertificates" | "resetGuestUser" => {
            Ok(accounts::mutate(context, field, arguments))
        }
        "login" | "loginTFA" | "loginChangePassword" => {
            Ok(login::mutate(context, field, arguments))
        }
        _ => Err(Failure::not_imitated("AuthenticationMutation", field)),
    }
}
