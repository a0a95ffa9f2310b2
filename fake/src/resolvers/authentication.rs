//! `authentication`: logins, accounts, API keys and the state of the API. Strategies are in `providers`.

use super::{Call, FieldValue, Object, Resolved, done, input, object, response_result};
use crate::database::{ForeignKey, Statement, Violation};
use crate::errors::{Code, Failure, ensure};
use crate::state::providers::{LOCAL, ProviderKind};
use crate::state::sessions::Step;
use crate::state::{FakeComment, FakeMail, FakeUser, State, people};
use crate::text::{self, length};
use std::cmp::Reverse;

const CODE_LENGTH: usize = 6;
/// The QR code for the set-up of a second factor.
const QR_IMAGE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
const GUEST: i64 = 2;
/// The author of a comment.
const AUTHOR: ForeignKey = ForeignKey::new("comments", "authorId", "users", "id");
/// Number of characters at the end of a key that the list shows.
const SHOWN_CHARACTERS: usize = 20;
/// The maximum length of a text that is parsed as a time.
const LONGEST_TIME: usize = 100;

/// Resolves a field of `authentication`.
pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let state = &mut *state;
    Ok(response_result(match call.field {
        "apiState" => return Ok(state.api_enabled.into()),
        "apiKeys" => return Ok(api_keys(state)),
        "setApiState" => {
            state.api_enabled = call.flag("enabled");
            Ok(done("API State changed successfully"))
        }
        "createApiKey" => create_api_key(state, call),
        "revokeApiKey" => {
            let now = state.now();
            // Wiki.js reports success even if there is no such key.
            state.keys.revoke_by_id(call.int("id"), &now);
            Ok(done("API Key revoked successfully"))
        }
        "login" => login(state, call),
        "loginTFA" => provide_two_factor(state, call),
        "loginChangePassword" => change_password(state, call),
        "register" => register(state, call),
        "forgotPassword" => forgot_password(state, call),
        "regenerateCertificates" => {
            state.keys.change_secret();
            Ok(done("Certificates have been regenerated successfully."))
        }
        "resetGuestUser" => reset_guest(state),
        _ => return call.not_imitated(),
    }))
}

fn login(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let is_local = call.text("strategy") == LOCAL;
    ensure(is_local, || Code::AuthProviderInvalid)?;
    let (email, password) = (call.text("username").to_lowercase(), call.text("password"));
    let database = state.database();
    let mut users = state.users.values();
    let user = users.find(|user| {
        let is_known = database.is_same(&user.email, &email) && user.password == password;
        is_known && !password.is_empty()
    });
    let user = user.cloned().ok_or(Code::AuthLoginFailed)?;
    ensure(user.is_active, || Code::AuthAccountBanned)?;
    ensure(user.is_verified, || Code::AuthAccountNotVerified)?;
    let response = done("Login success");
    Ok(next_step(state, &user, response, Step::ProvideTwoFactor))
}

fn provide_two_factor(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (code, token) = (call.text("securityCode"), call.text("continuationToken"));
    let has_form = length(code) == CODE_LENGTH && length(token) >= 2;
    ensure(has_form, || Code::AuthTfaInvalid)?;
    let step = if call.flag("setup") {
        Step::SetUpTwoFactor
    } else {
        Step::ProvideTwoFactor
    };
    let user = resumed(state, token, step, Code::AuthTfaInvalid)?;
    let is_code = user.two_factor.as_deref() == Some(code);
    ensure(is_code, || Code::AuthTfaFailed)?;
    user.must_set_up_two_factor = false;
    let user = user.clone();
    let response = done("TFA success");
    Ok(next_step(state, &user, response, Step::ChangePassword))
}

fn change_password(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let password = call.text("newPassword");
    let is_long = length(password) >= input::SHORTEST_PASSWORD;
    ensure(is_long, Failure::password_too_short)?;
    let token = call.text("continuationToken");
    let user = resumed(state, token, Step::ChangePassword, Code::UserNotFound)?;
    ensure(user.is_active, || Code::AuthAccountBanned)?;
    password.clone_into(&mut user.password);
    user.must_change_password = false;
    let user = user.clone();
    let token = state.issue_token(&user, 0);
    Ok(done("Password changed successfully").with("jwt", token))
}

/// Returns the user whose login continues with a token.
fn resumed<'a>(
    state: &'a mut State,
    token: &str,
    step: Step,
    missing: Code,
) -> Resolved<&'a mut FakeUser> {
    let id = state.sessions.resume(token, step);
    let id = id.ok_or(Code::AuthValidationTokenInvalid)?;
    Ok(state.users.get_mut(&id).ok_or(missing)?)
}

/// Returns the next required step of a login, starting with `from`; the token if there is none.
fn next_step(state: &mut State, user: &FakeUser, response: Object, from: Step) -> Object {
    let response = response.with("redirect", "/");
    let (step, field) = if from == Step::ProvideTwoFactor && user.two_factor.is_some() {
        if user.must_set_up_two_factor {
            (Step::SetUpTwoFactor, "mustSetupTFA")
        } else {
            (Step::ProvideTwoFactor, "mustProvideTFA")
        }
    } else if user.must_change_password {
        (Step::ChangePassword, "mustChangePwd")
    } else {
        return response.with("jwt", state.issue_token(user, 0));
    };
    response
        .with(
            "tfaQRImage",
            (step == Step::SetUpTwoFactor).then_some(QR_IMAGE),
        )
        .with(field, true)
        .with("continuationToken", state.suspend_login(step, user.id))
}

fn register(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let local = state.providers.row(ProviderKind::Strategy, LOCAL).cloned();
    let Some(local) = local.filter(|local| local.self_registration) else {
        return Err(Code::AuthRegistrationDisabled.into());
    };
    let domains = &local.domain_whitelist;
    let email = call.text("email").to_lowercase();
    input::email(&email)?;
    input::password("Password", call.text("password"))?;
    input::name(call.text("name"))?;
    let domain = email.rsplit('@').next().unwrap_or_default();
    let is_allowed = domains.is_empty() || domains.iter().any(|own| own == domain);
    ensure(is_allowed, || Code::AuthRegistrationDomainUnauthorized)?;
    let database = state.database();
    let is_same = |user: &FakeUser| database.is_same(&user.email, &email);
    let is_new = !state.users.values().any(is_same);
    ensure(is_new, || Code::AuthAccountAlreadyExists)?;
    let mut user = FakeUser::new(call.text("name"), &email).password(call.text("password"));
    user.is_verified = false;
    user.groups = local.auto_enroll_groups;
    state.add_user(user);
    // The account is kept even if the mail cannot be sent.
    send(state, &email, "Verify your account")?;
    Ok(done("Registration success"))
}

fn forgot_password(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let email = call.text("email").to_owned();
    let is_known = |user: &FakeUser| user.email == email && user.is_active;
    if state.users.values().any(is_known) {
        send(state, &email, "Password Reset Request")?;
    }
    Ok(done("Password reset request processed."))
}

fn send(state: &mut State, to: &str, subject: &str) -> Resolved<()> {
    let sends_mail = state.configuration.sends_mail();
    ensure(sends_mail, || Code::MailNotConfigured)?;
    state.mails.push(FakeMail {
        to: to.to_owned(),
        subject: subject.to_owned(),
    });
    Ok(())
}

/// Replaces the guest by that of a fresh wiki. This fails if there are comments of guests.
fn reset_guest(state: &mut State) -> Resolved<Object> {
    let database = state.database();
    let is_by_guest = |comment: &FakeComment| comment.author_id == GUEST;
    let has_comments = state.comments.values().any(is_by_guest);
    let statement = Statement::new("delete from \"users\" where \"id\" = $1");
    let referenced = Violation::StillReferenced(AUTHOR);
    let refuse = || database.failure(&statement, referenced);
    ensure(!has_comments || !database.enforces(), refuse)?;
    let now = state.now();
    let [_, guest] = people::fresh_users();
    let guest = FakeUser {
        id: GUEST,
        created_at: now.clone(),
        updated_at: now,
        ..guest
    };
    state.users.insert(GUEST, guest);
    Ok(done("Guest user has been reset successfully."))
}

/// Returns the API keys by name, revoked ones last.
fn api_keys(state: &State) -> FieldValue {
    let mut keys: Vec<_> = state.keys.iter().collect();
    keys.sort_by_key(|(id, key)| (key.is_revoked, key.name.clone(), Reverse(*id)));
    keys.into_iter()
        .map(|(id, key)| {
            let end = &key.token[key.token.len().saturating_sub(SHOWN_CHARACTERS)..];
            object! {
                key [name, created_at, updated_at, is_revoked],
                "id" => id,
                "keyShort" => format!("...{end}"),
                "expiration" => text::instant(key.expires * 1000),
            }
        })
        .collect()
}

fn create_api_key(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let name = call.text("name");
    let expiration = call.text("expiration");
    let is_time = !expiration.is_empty() && !text::is_longer(expiration, LONGEST_TIME);
    let message = "val is not a non-empty string or a valid number. val=";
    ensure(is_time, || {
        Failure::error(format!("{message}\"{expiration}\""))
    })?;
    let group = if call.flag("fullAccess") {
        1
    } else {
        call.int("group")
    };
    let now = state.now();
    let Some(milliseconds) = milliseconds(expiration) else {
        // Wiki.js stores the row before it parses the time.
        state.keys.leave_pending(name, &now);
        return Err(Failure::error(
            "\"expiresIn\" should be a number of seconds or string representing a timespan eg: \"1d\", \"20h\", 60",
        ));
    };
    let seconds = milliseconds.div_euclid(1000);
    let key = state.keys.issue(name, group, seconds, &now);
    Ok(done("API Key created successfully").with("key", key))
}

/// Parses a time in the notation of the library `ms`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "no key of a test lives longer than i64 milliseconds"
)]
fn milliseconds(text: &str) -> Option<i64> {
    let number = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number);
    let number: f64 = number.parse().ok()?;
    let unit = match unit.trim_start_matches(' ').to_lowercase().as_str() {
        "" | "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 6e4,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3.6e6,
        "d" | "day" | "days" => 8.64e7,
        "w" | "week" | "weeks" => 6.048e8,
        "y" | "yr" | "yrs" | "year" | "years" => 3.155_76e10,
        _ => return None,
    };
    Some((number * unit) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_parsed_as_by_the_library_ms() {
        for (text, expected) in [
            ("1y", Some(31_557_600_000)),
            ("90 days", Some(7_776_000_000)),
            ("31557600s", Some(31_557_600_000)),
            ("2s", Some(2000)),
            ("60", Some(60)),
            ("forever", None),
            ("1 fortnight", None),
            ("-", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
