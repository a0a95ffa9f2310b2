//! `authentication.login` and what it can ask for: a second factor and a new password.

use super::Arguments;
use super::outcome;
use crate::auth::Step;
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record};
use crate::state::{FakeUser, State};

/// The key of the one strategy that the fake has.
const LOCAL: &str = "local";
const CODE_LENGTH: usize = 6;
const LEAST_PASSWORD_LENGTH: usize = 6;
/// What Wiki.js shows to be scanned.
const QR_IMAGE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

/// The step of a login; each has its own limit of tries.
pub(super) fn mutate(context: &Context, field: &str, arguments: Arguments<'_>) -> Answer {
    let mut state = context.shared.state();
    let result = match field {
        "login" => login(&mut state, arguments),
        "loginTFA" => provide_two_factor(&mut state, arguments),
        _ => change_password(&mut state, arguments),
    };
    outcome::of(result)
}

fn login(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    if text("strategy") != LOCAL {
        return Err(Failure::auth_provider_invalid());
    }
    let (email, password) = (text("username").to_lowercase(), text("password"));
    let user = state
        .users
        .values()
        .find(|user| user.email == email && !password.is_empty() && user.password == password)
        .cloned()
        .ok_or_else(Failure::auth_login_failed)?;
    if !user.is_active {
        return Err(Failure::auth_account_banned());
    }
    if !user.is_verified {
        return Err(Failure::auth_account_not_verified());
    }
    let outcome = outcome::done("Login success");
    Ok(go_on(state, &user, outcome, Step::ProvideTwoFactor))
}

fn provide_two_factor(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let (code, token) = (text("securityCode"), text("continuationToken"));
    if code.encode_utf16().count() != CODE_LENGTH || token.encode_utf16().count() < 2 {
        return Err(Failure::auth_tfa_invalid());
    }
    let step = if arguments.flag("setup") {
        Step::SetUpTwoFactor
    } else {
        Step::ProvideTwoFactor
    };
    let id = state
        .sessions
        .resume(token, step)
        .ok_or_else(Failure::auth_validation_token_invalid)?;
    let user = state.users.get_mut(&id);
    let user = user.ok_or_else(Failure::auth_tfa_invalid)?;
    if user.two_factor.as_deref() != Some(code) {
        return Err(Failure::auth_tfa_failed());
    }
    user.must_set_up_two_factor = false;
    let user = user.clone();
    let outcome = outcome::done("TFA success");
    Ok(go_on(state, &user, outcome, Step::ChangePassword))
}

fn change_password(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let password = text("newPassword");
    if password.encode_utf16().count() < LEAST_PASSWORD_LENGTH {
        return Err(Failure::password_too_short());
    }
    let id = state
        .sessions
        .resume(text("continuationToken"), Step::ChangePassword)
        .ok_or_else(Failure::auth_validation_token_invalid)?;
    let user = state.users.get_mut(&id);
    let user = user.ok_or_else(Failure::user_not_found)?;
    if !user.is_active {
        return Err(Failure::auth_account_banned());
    }
    password.clone_into(&mut user.password);
    user.must_change_password = false;
    let user = user.clone();
    let token = state.issue_token(&user, 0);
    Ok(outcome::done("Password changed successfully").with("jwt", token))
}

/// What a user who was recognised has to do yet, from a step on; at last the token.
fn go_on(state: &mut State, user: &FakeUser, outcome: Record, from: Step) -> Record {
    let outcome = outcome.with("redirect", "/");
    if from == Step::ProvideTwoFactor && user.two_factor.is_some() {
        let (step, field) = if user.must_set_up_two_factor {
            (Step::SetUpTwoFactor, "mustSetupTFA")
        } else {
            (Step::ProvideTwoFactor, "mustProvideTFA")
        };
        let outcome = if step == Step::SetUpTwoFactor {
            outcome.with("tfaQRImage", QR_IMAGE)
        } else {
            outcome
        };
        return outcome
            .with(field, true)
            .with("continuationToken", state.suspend_login(step, user.id));
    }
    if user.must_change_password {
        let token = state.suspend_login(Step::ChangePassword, user.id);
        return outcome
            .with("mustChangePwd", true)
            .with("continuationToken", token);
    }
    let token = state.issue_token(user, 0);
    outcome.with("jwt", token)
}
