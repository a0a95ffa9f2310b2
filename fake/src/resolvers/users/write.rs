//! The mutations of `users`.

use super::own_account;
use crate::auth::Viewer;
use crate::database::{Column, ForeignKey, Statement, Violation};
use crate::errors::{Code, Failure, ensure};
use crate::resolvers::groups::{Administration, administration};
use crate::resolvers::{Call, Object, Resolved, done, input};
use crate::state::providers::LOCAL;
use crate::state::sessions::Subject;
use crate::state::{FakeUser, State};
use crate::text::{is_longer, length, trim};
use serde_json::json;

/// The code of users whose second factor was switched on by a mutation.
const TWO_FACTOR: &str = "123456";
const DATE_FORMATS: [&str; 6] = [
    "",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM/DD/YYYY",
    "YYYY-MM-DD",
    "YYYY/MM/DD",
];

const APPEARANCES: [&str; 3] = ["", "light", "dark"];

/// The strategy of a user.
const PROVIDER: ForeignKey = ForeignKey::new("users", "providerKey", "authentication", "key");
/// The group of a user.
const GROUP: ForeignKey = ForeignKey::new("userGroups", "groupId", "groups", "id");

/// The texts of a user: column, and argument of `update`.
const TEXTS: [(&str, &str); 8] = [
    ("email", "email"),
    ("name", "name"),
    ("password", "newPassword"),
    ("location", "location"),
    ("jobTitle", "jobTitle"),
    ("timezone", "timezone"),
    ("dateFormat", "dateFormat"),
    ("appearance", "appearance"),
];

/// Refuses a caller who may not put users into these groups.
fn check_assignment(
    state: &State,
    viewer: Option<&Viewer>,
    groups: &[i64],
    message: &str,
) -> Resolved<()> {
    let may_assign = |viewer: &Viewer| {
        let mut found = groups.iter().filter_map(|id| state.groups.get(id));
        viewer.has_any(&["manage:system"])
            || found.all(|group| match administration(&group.permissions) {
                Administration::System => false,
                Administration::Some => viewer.has_any(&["manage:groups"]),
                Administration::None => true,
            })
    };
    ensure(viewer.is_some_and(may_assign), || Failure::error(message))
}

pub(super) fn create(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let groups = call.ints("groups").unwrap_or_default();
    let message =
        "You are not authorized to create a user with an assignment to an administrative group.";
    check_assignment(state, call.viewer.as_ref(), &groups, message)?;
    let email = call.text("email").to_lowercase();
    let (name, provider) = (call.text("name"), call.text("providerKey"));
    let password = call.text("passwordRaw");
    let is_local = provider == LOCAL;
    // As the library validate.js does, Wiki.js reports the first invalid field.
    input::email(&email)?;
    if is_local {
        input::password("Password raw", password)?;
    }
    input::name(name)?;
    let is_new = !state.has_user(&email, provider);
    ensure(is_new, || Code::AuthAccountAlreadyExists)?;
    let columns = [
        ("email", &*email),
        ("name", name),
        ("providerKey", provider),
    ];
    let insert = Statement::insert("users", columns.map(|(column, text)| (column, json!(text))));
    state
        .database()
        .check_reference(is_local, PROVIDER, &insert)?;
    let mut user = FakeUser::new(name, &email).password(password);
    provider.clone_into(&mut user.provider);
    user.must_change_password = call.flag("mustChangePassword");
    let id = state.add_user(user);
    // One statement inserts all groups of the user, or none.
    for group in &groups {
        check_group(state, *group, id)?;
    }
    state
        .users
        .entry(id)
        .and_modify(|user| user.groups = groups);
    let is_sent = !call.flag("sendWelcomeEmail") || state.configuration.sends_mail();
    ensure(is_sent, || Code::MailNotConfigured)?;
    Ok(done("User created successfully"))
}

/// Refuses a missing group of a user.
fn check_group(state: &State, group: i64, user: i64) -> Resolved<()> {
    let exists = state.groups.contains_key(&group);
    let columns = [("groupId", json!(group)), ("userId", json!(user))];
    let insert = Statement::insert("userGroups", columns);
    state.database().check_reference(exists, GROUP, &insert)
}

pub(super) fn update(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let groups = call.ints("groups");
    let assigned = groups.as_deref().unwrap_or_default();
    let message =
        "You are not authorized to modify / assign a user from / to an administrative group.";
    check_assignment(state, call.viewer.as_ref(), assigned, message)?;
    let texts = TEXTS.map(|(column, argument)| (column, call.some_text(argument)));
    change(state, call.int("id"), &texts, groups.as_deref())?;
    Ok(done("User updated successfully"))
}

/// Returns a text of a user.
fn text_of<'a>(user: &'a mut FakeUser, column: &str) -> &'a mut String {
    match column {
        "email" => &mut user.email,
        "name" => &mut user.name,
        "password" => &mut user.password,
        "location" => &mut user.location,
        "jobTitle" => &mut user.job_title,
        "timezone" => &mut user.timezone,
        "dateFormat" => &mut user.date_format,
        _ => &mut user.appearance,
    }
}

/// Changes a user: first the groups, one by one, then all columns by one statement. `None` keeps a text, and so do most
/// empty ones.
fn change(
    state: &mut State,
    id: i64,
    texts: &[(&'static str, Option<&str>)],
    groups: Option<&[i64]>,
) -> Resolved<()> {
    let user = state.users.get(&id).ok_or(Code::UserNotFound)?;
    let mut wanted = user.clone();
    let mut columns = Vec::new();
    for (column, text) in texts {
        let own = text_of(&mut wanted, column);
        let keeps_empty = matches!(*column, "dateFormat" | "appearance");
        let text = text.filter(|text| text != own && (keeps_empty || !text.is_empty()));
        let Some(text) = text else {
            continue;
        };
        let mut shown = None;
        *own = match *column {
            "email" => {
                let is_new = !state.has_user(text, &user.provider);
                ensure(is_new, || Code::AuthAccountAlreadyExists)?;
                text.to_lowercase()
            }
            "password" => {
                let is_long = length(text) >= input::SHORTEST_PASSWORD;
                ensure(is_long, Failure::password_too_short)?;
                shown = Some("$2a$12$hash");
                text.to_owned()
            }
            "name" | "location" | "jobTitle" => trim(text).to_owned(),
            _ => text.to_owned(),
        };
        columns.push((*column, json!(shown.unwrap_or(own))));
    }
    if let Some(groups) = groups {
        wanted.groups = regroup(state, id, groups)?;
    }
    check_changed(state, &wanted, columns)?;
    state.change_user(id, |user| *user = wanted);
    Ok(())
}

/// Changes the groups of a user. If a group is missing, those before it are assigned, and none is removed.
fn regroup(state: &mut State, id: i64, wanted: &[i64]) -> Resolved<Vec<i64>> {
    for group in wanted {
        check_group(state, *group, id)?;
        if let Some(user) = state.users.get_mut(&id)
            && !user.groups.contains(group)
        {
            user.groups.push(*group);
        }
    }
    let user = state.users.get_mut(&id).ok_or(Code::UserNotFound)?;
    user.groups.retain(|group| wanted.contains(group));
    Ok(user.groups.clone())
}

/// Refuses what the model and the database refuse.
fn check_changed(state: &State, wanted: &FakeUser, mut columns: Vec<Column>) -> Resolved<()> {
    let has_email = columns.iter().any(|(column, _)| *column == "email");
    let is_email = !has_email || input::is_email(&wanted.email);
    let message = "email: should match format \"email\"";
    ensure(is_email, || Failure::validation(message))?;
    let message = "name: should NOT be shorter than 1 characters";
    ensure(!wanted.name.is_empty(), || Failure::validation(message))?;
    let is_short = !is_longer(&wanted.name, input::MAX_LENGTH);
    let message = "name: should NOT be longer than 255 characters";
    ensure(is_short, || Failure::validation(message))?;
    columns.push(("updatedAt", json!(wanted.updated_at)));
    let update = Statement::update("users", columns, wanted.id);
    let database = state.database();
    database.check_lengths(&update)?;
    let mut others = state.users.values().filter(|user| user.id != wanted.id);
    let is_same = |user: &FakeUser| {
        database.is_same(&user.email, &wanted.email) && user.provider == wanted.provider
    };
    let entry = format!("{}-{}", wanted.provider, wanted.email);
    let duplicate = Violation::Duplicate {
        constraint: "users_providerkey_email_unique",
        columns: "users.providerKey, users.email",
        value: &entry,
    };
    ensure(!others.any(is_same), || {
        database.failure(&update, duplicate)
    })
}

pub(super) fn delete(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (id, replacement) = (call.int("id"), call.int("replaceId"));
    ensure(id > 2, || Code::UserDeleteProtected)?;
    ensure(state.users.contains_key(&id), || Code::UserNotFound)?;
    let is_missing = replacement == id || !state.users.contains_key(&replacement);
    let keeps = is_missing && state.has_content_of(id) && state.database().enforces();
    ensure(!keeps, || Code::UserDeleteForeignConstraint)?;
    state.reassign_content(id, replacement);
    state.users.remove(&id);
    state.sessions.change(Subject::User(id));
    Ok(done("User deleted successfully"))
}

/// Sets one property of a user. Wiki.js reports success even if there is no such user.
pub(super) fn set(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let id = call.int("id");
    let (message, change): (_, fn(&mut FakeUser)) = match call.field {
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
        _ => return call.not_imitated(),
    };
    state.change_user(id, change);
    if call.field == "deactivate" {
        state.sessions.change(Subject::User(id));
    }
    Ok(done(message))
}

/// Returns the caller, who must be verified.
fn verified(call: Call<'_>, state: &State) -> Resolved<FakeUser> {
    let user = own_account(call, state)?;
    ensure(user.is_verified, || Code::AuthAccountNotVerified)?;
    Ok(user.clone())
}

pub(super) fn update_profile(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let user = verified(call, state)?;
    let (date_format, appearance) = (call.text("dateFormat"), call.text("appearance"));
    let is_valid = DATE_FORMATS.contains(&date_format) && APPEARANCES.contains(&appearance);
    let message = "Input data is invalid.";
    ensure(is_valid, || Failure::input_invalid(message))?;
    // Wiki.js trims these fields before it checks whether they are empty, so blanks keep a field.
    let trimmed = ["name", "location", "jobTitle"].map(|name| (name, Some(trim(call.text(name)))));
    let others = ["timezone", "dateFormat", "appearance"].map(|name| (name, Some(call.text(name))));
    change(state, user.id, &[trimmed, others].concat(), None)?;
    Ok(with_token(
        state,
        user.id,
        "User profile updated successfully",
    ))
}

pub(super) fn change_password(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let user = verified(call, state)?;
    ensure(user.provider == LOCAL, || Code::AuthProviderInvalid)?;
    let is_known = call.some_text("current") == Some(&user.password);
    ensure(is_known, || Code::AuthPasswordInvalid)?;
    change(state, user.id, &[("password", call.some_text("new"))], None)?;
    Ok(with_token(state, user.id, "Password changed successfully"))
}

fn with_token(state: &mut State, user: i64, message: &str) -> Object {
    let token = state.issue_token_for(user, 0);
    done(message).with("jwt", token)
}
