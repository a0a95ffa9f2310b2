//! `authentication`: what makes and changes accounts besides a login.

use super::{Arguments, input, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record};
use crate::state::providers::{LOCAL, ProviderKind};
use crate::state::{FakeMail, FakeUser, State};

const GUEST: i64 = 2;

pub(super) fn mutate(context: &Context, field: &str, arguments: Arguments<'_>) -> Answer {
    let mut state = context.shared.state();
    outcome::of(match field {
        "register" => register(&mut state, arguments),
        "forgotPassword" => forgot_password(&mut state, arguments),
        "regenerateCertificates" => {
            state.keys.change_secret();
            Ok(outcome::done(
                "Certificates have been regenerated successfully.",
            ))
        }
        _ => reset_guest(&mut state),
    })
}

fn register(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let local = state.providers.row(ProviderKind::Strategy, LOCAL).cloned();
    let Some(local) = local.filter(|local| local.self_registration) else {
        return Err(Failure::auth_registration_disabled());
    };
    let domains = &local.domain_whitelist;
    let email = text("email").to_lowercase();
    input::email(&email)?;
    input::password(text("password"))?;
    input::name(text("name"))?;
    let domain = email.rsplit('@').next().unwrap_or_default();
    if !domains.is_empty() && !domains.iter().any(|own| own == domain) {
        return Err(Failure::auth_registration_domain_unauthorized());
    }
    if state.users.values().any(|user| user.email == email) {
        return Err(Failure::auth_account_already_exists());
    }
    let mut user = FakeUser::new(text("name"), &email).password(text("password"));
    user.is_verified = false;
    user.groups = local.auto_enroll_groups;
    state.add_user(user);
    // The account is there, whether this succeeds or not.
    send(state, &email, "Verify your account")?;
    Ok(outcome::done("Registration success"))
}

fn forgot_password(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let email = arguments.text("email").unwrap_or_default().to_owned();
    let is_known = state
        .users
        .values()
        .any(|user| user.email == email && user.is_active);
    if is_known {
        send(state, &email, "Password Reset Request")?;
    }
    Ok(outcome::done("Password reset request processed."))
}

fn send(state: &mut State, to: &str, subject: &str) -> Result<(), Failure> {
    if !state.providers.sends_mail() {
        return Err(Failure::mail_not_configured());
    }
    state.mails.push(FakeMail {
        to: to.to_owned(),
        subject: subject.to_owned(),
    });
    Ok(())
}

/// The guest as a fresh wiki has it. What a guest wrote keeps the account from being replaced.
fn reset_guest(state: &mut State) -> Result<Record, Failure> {
    if state
        .comments
        .values()
        .any(|comment| comment.author_id == GUEST)
    {
        return Err(Failure::still_referenced(
            "delete from \"users\" where \"providerKey\" = $1 and \"email\" = $2 or \"id\" = $3",
            ("users", "comments_authorid_foreign", "comments"),
        ));
    }
    let now = state.now();
    let fresh = crate::state::people::fresh_users(&now).remove(&GUEST);
    state.users.extend(fresh.map(|guest| (GUEST, guest)));
    Ok(outcome::done("Guest user has been reset successfully."))
}
