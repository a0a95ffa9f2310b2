//! `users`: the profile, the list, single users, and their mutations.

mod write;

use super::{Call, FieldValue, Object, Resolved, groups, object, response_result};
use crate::database::Statement;
use crate::errors::{Code, Failure, ensure};
use crate::state::providers::LOCAL;
use crate::state::{FakeUser, State};

/// The maximum number of users that `search` and `lastLogins` return.
const MAX_RESULTS: usize = 10;
/// The statement of `users.search`, shortened.
const SEARCH: &str =
    "select \"id\" from \"users\" where \"email\" like $1 or \"name\" like $2 limit $3";

pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let state = &mut *state;
    Ok(response_result(match call.field {
        "profile" => return profile(call, state),
        "list" => return Ok(state.users.values().map(minimal).collect()),
        "search" => return search(state, call.text("query")),
        "single" => return single(state, call.int("id")),
        "lastLogins" => return Ok(last_logins(state)),
        "create" => write::create(state, call),
        "update" => write::update(state, call),
        "delete" => write::delete(state, call),
        "updateProfile" => write::update_profile(state, call),
        "changePassword" => write::change_password(state, call),
        // In Wiki.js, this mutation does nothing and returns null.
        "resetPassword" => return Ok(Object::default().into()),
        _ => write::set(state, call),
    }))
}

/// Returns the caller's own account. Every API key is user 1.
fn own_account<'a>(call: Call<'_>, state: &'a State) -> Resolved<&'a FakeUser> {
    let viewer = call.viewer.as_ref().filter(|viewer| viewer.id != 2);
    let user = viewer.and_then(|viewer| state.users.get(&viewer.id));
    let user = user.ok_or(Code::AuthRequired)?;
    ensure(user.is_active, || Code::AuthAccountBanned)?;
    Ok(user)
}

fn profile(call: Call<'_>, state: &State) -> Resolved {
    let user = own_account(call, state)?;
    let groups = user.groups.iter().filter_map(|id| state.groups.get(id));
    let pages = state.pages.values();
    let own = pages.filter(|stored| stored.page.creator_id == user.id);
    let last_login = user.last_login_at.as_ref().unwrap_or(&user.updated_at);
    Ok(details(user)
        .with("lastLoginAt", last_login)
        .with(
            "groups",
            groups.map(|group| &group.name).collect::<FieldValue>(),
        )
        .with("pagesTotal", own.count())
        .into())
}

/// Returns the fields that a profile and a single user have in common.
fn details(user: &FakeUser) -> Object {
    let is_local = user.provider == LOCAL;
    object! {
        user [id, name, email, is_verified, location, job_title, timezone, date_format, appearance,
            created_at, updated_at],
        "providerKey" => &user.provider,
        "providerName" => if is_local { "Local" } else { "Unknown" },
        "isSystem" => user.id == 2,
    }
}

fn single(state: &State, id: i64) -> Resolved {
    let set = |property| {
        let message = format!("Cannot set properties of undefined (setting '{property}')");
        Failure::type_error(message)
    };
    let user = state.users.get(&id).ok_or_else(|| set("password"))?;
    ensure(user.provider == LOCAL, || set("strategy"))?;
    let groups = user.groups.iter().filter_map(|id| state.groups.get(id));
    let groups = groups.map(|group| groups::single(state, group));
    Ok(details(user)
        .with("providerIs2FACapable", true)
        .with("isActive", user.is_active)
        .with("lastLoginAt", &user.last_login_at)
        .with("tfaIsActive", user.two_factor.is_some())
        .with("groups", groups.collect::<FieldValue>())
        .into())
}

/// Searches users. Wiki.js loads only these columns.
fn search(state: &State, query: &str) -> Resolved {
    state.database().check_nul(query, &Statement::new(SEARCH))?;
    let pattern = state.database().like(&format!("%{query}%"));
    let users = state.users.values();
    let found = users.filter(|user| pattern.matches(&user.email) || pattern.matches(&user.name));
    let shown = |user: &FakeUser| object! { user [id, name, email, created_at], "providerKey" => &user.provider };
    Ok(found.take(MAX_RESULTS).map(shown).collect())
}

fn last_logins(state: &State) -> FieldValue {
    let mut users: Vec<&FakeUser> = state.users.values().collect();
    users.retain(|user| user.last_login_at.is_some());
    users.sort_by(|one, other| other.last_login_at.cmp(&one.last_login_at));
    let login = |user: &FakeUser| object! { user [id, name, last_login_at] };
    users.into_iter().take(MAX_RESULTS).map(login).collect()
}

/// Returns a user as in lists.
pub(super) fn minimal(user: &FakeUser) -> Object {
    object! {
        user [id, name, email, is_active, created_at, last_login_at],
        "providerKey" => &user.provider,
        "isSystem" => user.id == 2,
    }
}
