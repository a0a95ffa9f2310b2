//! What users change of their own accounts, and API keys of user 1's.

use super::super::{Arguments, outcome};
use super::write::{Changes, change};
use super::{LOCAL, own_account};
use crate::errors::Failure;
use crate::execute::{Context, Record};
use crate::state::{FakeUser, State};

const DATE_FORMATS: [&str; 6] = [
    "",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM/DD/YYYY",
    "YYYY-MM-DD",
    "YYYY/MM/DD",
];

/// The viewer, who has to be verified.
fn verified(context: &Context, state: &State) -> Result<FakeUser, Failure> {
    let user = own_account(context, state)?;
    if user.is_verified {
        Ok(user.clone())
    } else {
        Err(Failure::auth_account_not_verified())
    }
}

pub(super) fn update_profile(
    context: &Context,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let text = |name: &str| arguments.text(name).unwrap_or_default();
    let mut state = context.shared.state();
    let user = verified(context, &state)?;
    if !DATE_FORMATS.contains(&text("dateFormat"))
        || !["", "light", "dark"].contains(&text("appearance"))
    {
        return Err(Failure::input_invalid("Input data is invalid."));
    }
    // Trimmed twice: nothing that is blank arrives.
    let trimmed = |name: &str| Some(text(name).trim().to_owned());
    let changes = Changes {
        name: trimmed("name"),
        location: trimmed("location"),
        job_title: trimmed("jobTitle"),
        timezone: Some(text("timezone").to_owned()),
        date_format: Some(text("dateFormat").to_owned()),
        appearance: Some(text("appearance").to_owned()),
        ..Changes::default()
    };
    change(&mut state, user.id, &changes)?;
    Ok(with_token(
        &mut state,
        user.id,
        "User profile updated successfully",
    ))
}

pub(super) fn change_password(
    context: &Context,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let mut state = context.shared.state();
    let user = verified(context, &state)?;
    if user.provider != LOCAL {
        return Err(Failure::auth_provider_invalid());
    }
    if arguments.text("current") != Some(user.password.as_str()) {
        return Err(Failure::auth_password_invalid());
    }
    let changes = Changes {
        password: arguments.text("new").map(str::to_owned),
        ..Changes::default()
    };
    change(&mut state, user.id, &changes)?;
    Ok(with_token(
        &mut state,
        user.id,
        "Password changed successfully",
    ))
}

fn with_token(state: &mut State, user: i64, message: &str) -> Record {
    let token = state.issue_token_for(user, 0);
    outcome::done(message).with("jwt", token)
}
