//! What an administrator does with users.

use super::super::{Arguments, outcome};
use super::{LOCAL, sql};
use crate::auth::{Subject, Viewer};
use crate::errors::Failure;
use crate::execute::{Context, Record};
use crate::state::{FakeUser, State};

const LEAST_PASSWORD_LENGTH: usize = 6;
const LEAST_NAME_LENGTH: usize = 2;
/// The code of users for whom the second factor was switched on.
const TWO_FACTOR: &str = "123456";

/// Whether the viewer may put users into these groups.
fn may_assign(state: &State, viewer: Option<&Viewer>, groups: &[i64]) -> bool {
    let Some(viewer) = viewer else {
        return false;
    };
    let administrates = |permission: &String| {
        let kind = permission.rsplit(':').next().unwrap_or_default();
        ["users", "groups", "navigation", "theme", "api"].contains(&kind)
    };
    let mut found = groups.iter().filter_map(|id| state.groups.get(id));
    groups.is_empty()
        || viewer.has_any(&["manage:system"])
        || found.all(|group| {
            let permissions = &group.permissions;
            let is_system = permissions.iter().any(|name| name == "manage:system");
            let is_high = permissions.iter().any(administrates);
            !is_system && (!is_high || viewer.has_any(&["manage:groups"]))
        })
}

pub(super) fn create(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let mut state = context.shared.state();
    let groups = arguments.ints("groups").unwrap_or_default();
    if !may_assign(&state, context.viewer.as_ref(), &groups) {
        return Err(Failure::error(
            "You are not authorized to create a user with an assignment to an administrative group.",
        ));
    }
    let (email, name, provider) = (
        text("email").to_lowercase(),
        text("name"),
        text("providerKey"),
    );
    let is_local = provider == LOCAL;
    check_new(&email, name, is_local.then(|| text("passwordRaw")))?;
    if state.has_user(&email, provider) {
        return Err(Failure::auth_account_already_exists());
    }
    if !is_local {
        return Err(Failure::user_refers_to_nothing(
            sql::INSERT_USER,
            ("users", "users_providerkey_foreign"),
        ));
    }
    let mut user = FakeUser::new(name, email).password(text("passwordRaw"));
    user.must_change_password = arguments.flag("mustChangePassword");
    let id = state.add_user(user);
    // In one statement, so all of them or none.
    if groups.iter().any(|group| !state.groups.contains_key(group)) {
        return Err(missing_group());
    }
    if let Some(user) = state.users.get_mut(&id) {
        user.groups = groups;
    }
    let host = state.providers.mail["host"].as_str().unwrap_or_default();
    if arguments.flag("sendWelcomeEmail") && host.encode_utf16().count() <= 2 {
        return Err(Failure::mail_not_configured());
    }
    Ok(outcome::done("User created successfully"))
}

/// Refuses a new user as validate.js does: the first that is wrong counts.
fn check_new(email: &str, name: &str, password: Option<&str>) -> Result<(), Failure> {
    let refuse = |message: &str| Err(Failure::input_invalid(message));
    let length = |text: &str| text.encode_utf16().count();
    if !is_email(email) || !email.contains('.') {
        return refuse("Email is not a valid email");
    }
    if length(email) > sql::SHORT_TEXT {
        return refuse("Email is too long (maximum is 255 characters)");
    }
    if let Some(password) = password {
        if password.trim().is_empty() {
            return refuse("Password raw can't be blank");
        }
        if length(password) < LEAST_PASSWORD_LENGTH {
            return refuse("Password raw is too short (minimum is 6 characters)");
        }
    }
    if name.trim().is_empty() {
        return refuse("Name can't be blank");
    }
    if length(name) < LEAST_NAME_LENGTH {
        return refuse("Name is too short (minimum is 2 characters)");
    }
    if length(name) > sql::SHORT_TEXT {
        return refuse("Name is too long (maximum is 255 characters)");
    }
    Ok(())
}

/// Roughly.
fn is_email(email: &str) -> bool {
    let has_blank = email.contains(|c: char| c.is_whitespace() || c.is_control());
    let of_a_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let parts = email.split_once('@');
    !has_blank
        && parts.is_some_and(|(name, host)| {
            !name.is_empty() && !host.is_empty() && host.chars().all(of_a_host)
        })
}

fn missing_group() -> Failure {
    Failure::user_refers_to_nothing(
        sql::INSERT_GROUP,
        ("userGroups", "usergroups_groupid_foreign"),
    )
}

pub(super) fn update(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let mut state = context.shared.state();
    let groups = arguments.ints("groups");
    if !may_assign(
        &state,
        context.viewer.as_ref(),
        groups.as_deref().unwrap_or_default(),
    ) {
        return Err(Failure::error(
            "You are not authorized to modify / assign a user from / to an administrative group.",
        ));
    }
    let text = |name: &str| arguments.text(name).map(str::to_owned);
    let changes = Changes {
        email: text("email"),
        name: text("name"),
        password: text("newPassword"),
        groups,
        location: text("location"),
        job_title: text("jobTitle"),
        timezone: text("timezone"),
        date_format: text("dateFormat"),
        appearance: text("appearance"),
    };
    change(
        &mut state,
        arguments.int("id").unwrap_or_default(),
        &changes,
    )?;
    Ok(outcome::done("User updated successfully"))
}

/// What is to be changed of a user. What is `None` stays, and so does most that is empty.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) groups: Option<Vec<i64>>,
    pub(super) location: Option<String>,
    pub(super) job_title: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) date_format: Option<String>,
    pub(super) appearance: Option<String>,
}

/// Changes a user: first the groups, one by one, then all the rest at once.
pub(super) fn change(state: &mut State, id: i64, changes: &Changes) -> Result<(), Failure> {
    let user = state.users.get(&id).ok_or_else(Failure::user_not_found)?;
    let filled = |text: &Option<String>, own: &String| {
        text.clone().filter(|text| !text.is_empty() && text != own)
    };
    let mut wanted = user.clone();
    let mut columns = Vec::new();
    if let Some(email) = filled(&changes.email, &user.email) {
        if state.has_user(&email, &user.provider) {
            return Err(Failure::auth_account_already_exists());
        }
        wanted.email = email.to_lowercase();
        columns.push("email");
    }
    if let Some(name) = filled(&changes.name, &user.name) {
        name.trim().clone_into(&mut wanted.name);
        columns.push("name");
    }
    if let Some(password) = filled(&changes.password, &String::new()) {
        if password.encode_utf16().count() < LEAST_PASSWORD_LENGTH {
            return Err(Failure::password_too_short());
        }
        wanted.password = password;
        columns.push("password");
    }
    if let Some(location) = filled(&changes.location, &user.location) {
        location.trim().clone_into(&mut wanted.location);
        columns.push("location");
    }
    if let Some(job_title) = filled(&changes.job_title, &user.job_title) {
        job_title.trim().clone_into(&mut wanted.job_title);
        columns.push("jobTitle");
    }
    if let Some(timezone) = filled(&changes.timezone, &user.timezone) {
        wanted.timezone = timezone;
        columns.push("timezone");
    }
    if let Some(format) = changes
        .date_format
        .clone()
        .filter(|f| *f != user.date_format)
    {
        wanted.date_format = format;
        columns.push("dateFormat");
    }
    if let Some(word) = changes.appearance.clone().filter(|w| *w != user.appearance) {
        wanted.appearance = word;
        columns.push("appearance");
    }
    if let Some(groups) = &changes.groups {
        wanted.groups = regroup(state, id, groups)?;
    }
    check_changed(state, &wanted, &columns)?;
    state.change_user(id, |user| *user = wanted);
    Ok(())
}

/// Changes the groups of a user. Those before a missing one are in then, and none is out.
fn regroup(state: &mut State, id: i64, wanted: &[i64]) -> Result<Vec<i64>, Failure> {
    for group in wanted {
        if !state.groups.contains_key(group) {
            return Err(missing_group());
        }
        if let Some(user) = state.users.get_mut(&id)
            && !user.groups.contains(group)
        {
            user.groups.push(*group);
        }
    }
    let user = state
        .users
        .get_mut(&id)
        .ok_or_else(Failure::user_not_found)?;
    user.groups.retain(|group| wanted.contains(group));
    Ok(user.groups.clone())
}

/// Refuses what the model and the database refuse.
fn check_changed(state: &State, wanted: &FakeUser, columns: &[&str]) -> Result<(), Failure> {
    if columns.contains(&"email") && !is_email(&wanted.email) {
        return Err(Failure::validation("email: should match format \"email\""));
    }
    if wanted.name.is_empty() {
        let message = "name: should NOT be shorter than 1 characters";
        return Err(Failure::validation(message));
    }
    let is_long = |text: &String| text.chars().count() > sql::SHORT_TEXT;
    if is_long(&wanted.name) {
        let message = "name: should NOT be longer than 255 characters";
        return Err(Failure::validation(message));
    }
    let texts = [
        &wanted.email,
        &wanted.location,
        &wanted.job_title,
        &wanted.timezone,
        &wanted.date_format,
        &wanted.appearance,
    ];
    if texts.into_iter().any(is_long) {
        return Err(Failure::too_long(&sql::update(columns), sql::SHORT_TEXT));
    }
    let mut others = state.users.values().filter(|user| user.id != wanted.id);
    if others.any(|user| user.email == wanted.email && user.provider == wanted.provider) {
        return Err(Failure::user_exists(&sql::update(columns)));
    }
    Ok(())
}

pub(super) fn delete(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let int = |name| arguments.int(name).unwrap_or_default();
    let (id, replacement) = (int("id"), int("replaceId"));
    if id <= 2 {
        return Err(Failure::user_delete_protected());
    }
    let mut state = context.shared.state();
    if !state.users.contains_key(&id) {
        return Err(Failure::user_not_found());
    }
    let is_nobody = replacement == id || !state.users.contains_key(&replacement);
    if is_nobody && state.has_works_of(id) {
        return Err(Failure::user_delete_foreign_constraint());
    }
    state.hand_over_works(id, replacement);
    state.users.remove(&id);
    state.sessions.change(Subject::User(id));
    Ok(outcome::done("User deleted successfully"))
}

/// Sets one property of a user. That there is no such user is not noticed.
pub(super) fn set(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let mut state = context.shared.state();
    let (message, change): (_, fn(&mut FakeUser)) = match field {
        "verify" => ("User verified successfully", |user| user.is_verified = true),
        "activate" => ("User activated successfully", |user| user.is_active = true),
        "deactivate" if id <= 2 => {
            return Err(Failure::error("Cannot deactivate system accounts."));
        }
        "deactivate" => ("User deactivated successfully", |user| {
            user.is_active = false;
        }),
        "enableTFA" => ("User 2FA enabled successfully", |user| {
            user.must_set_up_two_factor = true;
            user.two_factor.get_or_insert_with(|| TWO_FACTOR.to_owned());
        }),
        "disableTFA" => ("User 2FA disabled successfully", |user| {
            user.must_set_up_two_factor = false;
            user.two_factor = None;
        }),
        _ => return Err(Failure::not_imitated("UserMutation", field)),
    };
    state.change_user(id, change);
    if field == "deactivate" {
        state.sessions.change(Subject::User(id));
    }
    Ok(outcome::done(message))
}
