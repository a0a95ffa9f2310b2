//! The mutations of `users`.

use super::own_account;
use crate::auth::Viewer;
use crate::database::{ForeignKey, Statement, Violation};
use crate::errors::Failure;
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

/// The strategy of a user.
const PROVIDER: ForeignKey = ForeignKey("users", "providerKey", "authentication", "key");
/// The group of a user.
const GROUP: ForeignKey = ForeignKey("userGroups", "groupId", "groups", "id");

/// Returns whether the caller may put users into these groups.
fn may_assign(state: &State, viewer: Option<&Viewer>, groups: &[i64]) -> bool {
    let Some(viewer) = viewer else {
        return false;
    };
    let is_administrative = |permission: &String| {
        let object = permission.rsplit(':').next().unwrap_or_default();
        ["users", "groups", "navigation", "theme", "api"].contains(&object)
    };
    let mut found = groups.iter().filter_map(|id| state.groups.get(id));
    groups.is_empty()
        || viewer.has_any(&["manage:system"])
        || found.all(|group| {
            let permissions = &group.permissions;
            let is_system = permissions.iter().any(|name| name == "manage:system");
            let is_high = permissions.iter().any(is_administrative);
            !is_system && (!is_high || viewer.has_any(&["manage:groups"]))
        })
}

pub(super) fn create(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let groups = call.ints("groups").unwrap_or_default();
    if !may_assign(state, call.viewer.as_ref(), &groups) {
        return Err(Failure::error(
            "You are not authorized to create a user with an assignment to an administrative group.",
        ));
    }
    let email = call.text("email").to_lowercase();
    let (name, provider) = (call.text("name"), call.text("providerKey"));
    let must_change = call.flag("mustChangePassword");
    let is_local = provider == LOCAL;
    check_new(&email, name, is_local.then(|| call.text("passwordRaw")))?;
    if state.has_user(&email, provider) {
        return Err(Failure::auth_account_already_exists());
    }
    let now = state.now();
    state.database().check_reference(is_local, PROVIDER, || {
        let row = json!({
            "createdAt": now, "email": email, "isActive": true, "isSystem": false, "isVerified": true,
            "mustChangePwd": must_change, "name": name, "providerKey": provider, "tfaIsActive": false,
            "updatedAt": now,
        });
        Statement::insert("users", row, "id")
    })?;
    let mut user = FakeUser::new(name, &email).password(call.text("passwordRaw"));
    provider.clone_into(&mut user.provider);
    user.must_change_password = must_change;
    let id = state.add_user(user);
    // One statement inserts all groups of the user, or none.
    for group in &groups {
        check_group(state, *group, id)?;
    }
    state
        .users
        .entry(id)
        .and_modify(|user| user.groups = groups);
    if call.flag("sendWelcomeEmail") && !state.providers.sends_mail() {
        return Err(Failure::mail_not_configured());
    }
    Ok(done("User created successfully"))
}

/// Refuses a new user for the first invalid field, as the library validate.js does.
fn check_new(email: &str, name: &str, password: Option<&str>) -> Resolved<()> {
    if !is_email(email) || !email.contains('.') {
        return Err(Failure::input_invalid("Email is not a valid email"));
    }
    input::not_longer("Email", email)?;
    if let Some(password) = password {
        input::password("Password raw", password)?;
    }
    input::name(name)
}

/// Returns whether a text is a mail address, by a simpler grammar than that of Wiki.js.
fn is_email(email: &str) -> bool {
    let has_blank = email.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_of_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let parts = email.split_once('@').filter(|_| !has_blank);
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && host.chars().all(is_of_host)
    })
}

/// Refuses a missing group of a user.
fn check_group(state: &State, group: i64, user: i64) -> Resolved<()> {
    let exists = state.groups.contains_key(&group);
    state.database().check_reference(exists, GROUP, || {
        Statement::insert(
            "userGroups",
            json!({"groupId": group, "userId": user}),
            "groupId",
        )
    })
}

pub(super) fn update(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let groups = call.ints("groups");
    let assigned = groups.as_deref().unwrap_or_default();
    if !may_assign(state, call.viewer.as_ref(), assigned) {
        return Err(Failure::error(
            "You are not authorized to modify / assign a user from / to an administrative group.",
        ));
    }
    let changes = Changes {
        email: call.some_text("email"),
        name: call.some_text("name"),
        password: call.some_text("newPassword"),
        groups,
        location: call.some_text("location"),
        job_title: call.some_text("jobTitle"),
        timezone: call.some_text("timezone"),
        date_format: call.some_text("dateFormat"),
        appearance: call.some_text("appearance"),
    };
    change(state, call.int("id"), &changes)?;
    Ok(done("User updated successfully"))
}

/// Changes of a user. `None` keeps a field, and so do most empty texts.
#[derive(Debug, Default)]
struct Changes<'a> {
    email: Option<&'a str>,
    name: Option<&'a str>,
    password: Option<&'a str>,
    groups: Option<Vec<i64>>,
    location: Option<&'a str>,
    job_title: Option<&'a str>,
    timezone: Option<&'a str>,
    date_format: Option<&'a str>,
    appearance: Option<&'a str>,
}

/// Changes a user: first the groups, one by one, then all columns by one statement.
fn change(state: &mut State, id: i64, changes: &Changes<'_>) -> Resolved<()> {
    let user = state.users.get(&id).ok_or_else(Failure::user_not_found)?;
    let mut wanted = user.clone();
    let mut columns = Vec::new();
    let mut set = |column, own: &mut String, text: Option<&str>, stored: fn(&str) -> String| {
        let keeps_empty = matches!(column, "dateFormat" | "appearance");
        let text = text.filter(|text| text != own && (keeps_empty || !text.is_empty()));
        if let Some(text) = text {
            *own = stored(text);
            columns.push(column);
        }
    };
    let trimmed = |text: &str| trim(text).to_owned();
    let email = changes
        .email
        .filter(|email| !email.is_empty() && *email != user.email);
    if email.is_some_and(|email| state.has_user(email, &user.provider)) {
        return Err(Failure::auth_account_already_exists());
    }
    let password = changes.password.filter(|text| !text.is_empty());
    if password.is_some_and(|password| length(password) < input::SHORTEST_PASSWORD) {
        return Err(Failure::password_too_short());
    }
    set("email", &mut wanted.email, email, str::to_lowercase);
    set("name", &mut wanted.name, changes.name, trimmed);
    set("password", &mut wanted.password, password, str::to_owned);
    set("location", &mut wanted.location, changes.location, trimmed);
    set(
        "jobTitle",
        &mut wanted.job_title,
        changes.job_title,
        trimmed,
    );
    set(
        "timezone",
        &mut wanted.timezone,
        changes.timezone,
        str::to_owned,
    );
    set(
        "dateFormat",
        &mut wanted.date_format,
        changes.date_format,
        str::to_owned,
    );
    set(
        "appearance",
        &mut wanted.appearance,
        changes.appearance,
        str::to_owned,
    );
    if let Some(groups) = &changes.groups {
        wanted.groups = regroup(state, id, groups)?;
    }
    check_changed(state, &wanted, &columns)?;
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
    let user = state
        .users
        .get_mut(&id)
        .ok_or_else(Failure::user_not_found)?;
    user.groups.retain(|group| wanted.contains(group));
    Ok(user.groups.clone())
}

/// Refuses what the model and the database refuse.
fn check_changed(state: &State, wanted: &FakeUser, columns: &[&'static str]) -> Resolved<()> {
    if columns.contains(&"email") && !is_email(&wanted.email) {
        return Err(Failure::validation("email: should match format \"email\""));
    }
    if wanted.name.is_empty() {
        let message = "name: should NOT be shorter than 1 characters";
        return Err(Failure::validation(message));
    }
    if is_longer(&wanted.name, input::MAX_LENGTH) {
        let message = "name: should NOT be longer than 255 characters";
        return Err(Failure::validation(message));
    }
    let texts = [
        ("name", wanted.name.as_str()),
        ("email", &wanted.email),
        ("location", &wanted.location),
        ("jobTitle", &wanted.job_title),
        ("timezone", &wanted.timezone),
        ("dateFormat", &wanted.date_format),
        ("appearance", &wanted.appearance),
    ];
    let database = state.database();
    let statement = || {
        let value = |column: &&'static str| match *column {
            // The error message needs only the form of a hash.
            "password" => (*column, json!(format!("$2a$12${}", wanted.password))),
            column => {
                let text = texts.iter().find(|(name, _)| *name == column);
                (column, json!(text.map(|(_, text)| text)))
            }
        };
        let updated_at = ("updatedAt", json!(wanted.updated_at));
        let columns = columns.iter().map(value).chain([updated_at]);
        Statement::update("users", columns, "\"users\".\"id\"", wanted.id)
    };
    database.check_lengths(&texts, statement)?;
    let mut others = state.users.values().filter(|user| user.id != wanted.id);
    let is_same = |user: &FakeUser| {
        database.is_same(&user.email, &wanted.email) && user.provider == wanted.provider
    };
    if others.any(is_same) {
        let entry = format!("{}-{}", wanted.provider, wanted.email);
        let columns = "users.providerKey, users.email";
        let violation = Violation::Duplicate("users_providerkey_email_unique", columns, &entry);
        return Err(database.failure(statement(), violation));
    }
    Ok(())
}

pub(super) fn delete(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (id, replacement) = (call.int("id"), call.int("replaceId"));
    if id <= 2 {
        return Err(Failure::user_delete_protected());
    }
    if !state.users.contains_key(&id) {
        return Err(Failure::user_not_found());
    }
    let is_missing = replacement == id || !state.users.contains_key(&replacement);
    if is_missing && state.has_content_of(id) && state.database().enforces() {
        return Err(Failure::user_delete_foreign_constraint());
    }
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
    if user.is_verified {
        Ok(user.clone())
    } else {
        Err(Failure::auth_account_not_verified())
    }
}

pub(super) fn update_profile(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let user = verified(call, state)?;
    let (date_format, appearance) = (call.text("dateFormat"), call.text("appearance"));
    if !DATE_FORMATS.contains(&date_format) || !["", "light", "dark"].contains(&appearance) {
        return Err(Failure::input_invalid("Input data is invalid."));
    }
    // Wiki.js trims these fields before it checks whether they are empty, so blanks keep a field.
    let trimmed = |name: &str| Some(call.text(name).trim());
    let changes = Changes {
        name: trimmed("name"),
        location: trimmed("location"),
        job_title: trimmed("jobTitle"),
        timezone: Some(call.text("timezone")),
        date_format: Some(date_format),
        appearance: Some(appearance),
        ..Changes::default()
    };
    change(state, user.id, &changes)?;
    Ok(with_token(
        state,
        user.id,
        "User profile updated successfully",
    ))
}

pub(super) fn change_password(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let user = verified(call, state)?;
    if user.provider != LOCAL {
        return Err(Failure::auth_provider_invalid());
    }
    if call.some_text("current") != Some(user.password.as_str()) {
        return Err(Failure::auth_password_invalid());
    }
    let changes = Changes {
        password: call.some_text("new"),
        ..Changes::default()
    };
    change(state, user.id, &changes)?;
    Ok(with_token(state, user.id, "Password changed successfully"))
}

fn with_token(state: &mut State, user: i64, message: &str) -> Object {
    let token = state.issue_token_for(user, 0);
    done(message).with("jwt", token)
}
