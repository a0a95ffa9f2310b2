//! `users`: the profile, the list, single users, and what is done with them.

mod own;
mod sql;
mod write;

use super::{Arguments, groups, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::search::like;
use crate::state::{FakeUser, State};

/// The key of the one strategy that the fake has.
const LOCAL: &str = "local";
/// Users that `search` and `lastLogins` give at most.
const FEW: usize = 10;

pub(super) fn query(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "profile" => profile(context, &state),
        "list" => Ok(state.users.values().map(minimal).collect()),
        "search" => search(&state, arguments.text("query").unwrap_or_default()),
        "single" => single(&state, arguments.int("id").unwrap_or_default()),
        "lastLogins" => Ok(last_logins(&state)),
        _ => Err(Failure::not_imitated("UserQuery", field)),
    }
}

pub(super) fn mutate(context: &Context, field: &str, arguments: Arguments<'_>) -> Answer {
    let result = match field {
        "create" => write::create(context, arguments),
        "update" => write::update(context, arguments),
        "delete" => write::delete(context, arguments),
        "updateProfile" => own::update_profile(context, arguments),
        "changePassword" => own::change_password(context, arguments),
        // It does nothing, and says so.
        "resetPassword" => return Record::default().into(),
        _ => write::set(context, field, arguments),
    };
    outcome::of(result)
}

/// The viewer's own account. Every API key is user 1.
fn own_account<'a>(context: &Context, state: &'a State) -> Result<&'a FakeUser, Failure> {
    let viewer = context.viewer.as_ref().filter(|viewer| viewer.id != 2);
    let user = viewer
        .and_then(|viewer| state.users.get(&viewer.id))
        .ok_or_else(Failure::auth_required)?;
    if user.is_active {
        Ok(user)
    } else {
        Err(Failure::auth_account_banned())
    }
}

fn profile(context: &Context, state: &State) -> Result<Answer, Failure> {
    let user = own_account(context, state)?;
    let groups: Answer = user
        .groups
        .iter()
        .filter_map(|id| state.groups.get(id))
        .map(|group| &group.name)
        .collect();
    let pages = state
        .pages
        .values()
        .filter(|stored| stored.page.creator_id == user.id)
        .count();
    let last_login = user.last_login_at.as_ref().unwrap_or(&user.updated_at);
    Ok(details(user)
        .with("lastLoginAt", last_login)
        .with("groups", groups)
        .with("pagesTotal", pages)
        .into())
}

/// What a profile and a single user have in common.
fn details(user: &FakeUser) -> Record {
    let provider = if user.provider == LOCAL {
        "Local"
    } else {
        "Unknown"
    };
    record! {
        "id" => user.id,
        "name" => &user.name,
        "email" => &user.email,
        "providerKey" => &user.provider,
        "providerName" => provider,
        "isSystem" => is_system(user),
        "isVerified" => user.is_verified,
        "location" => &user.location,
        "jobTitle" => &user.job_title,
        "timezone" => &user.timezone,
        "dateFormat" => &user.date_format,
        "appearance" => &user.appearance,
        "createdAt" => &user.created_at,
        "updatedAt" => &user.updated_at,
    }
}

fn is_system(user: &FakeUser) -> bool {
    user.id == 2
}

fn single(state: &State, id: i64) -> Result<Answer, Failure> {
    let set = |property| {
        let message = format!("Cannot set properties of undefined (setting '{property}')");
        Failure::type_error(message)
    };
    let user = state.users.get(&id).ok_or_else(|| set("password"))?;
    if user.provider != LOCAL {
        return Err(set("strategy"));
    }
    let own = user.groups.iter().filter_map(|id| state.groups.get(id));
    Ok(details(user)
        .with("providerIs2FACapable", true)
        .with("isActive", user.is_active)
        .with("lastLoginAt", user.last_login_at.as_ref())
        .with("tfaIsActive", user.two_factor.is_some())
        .with(
            "groups",
            own.map(|group| groups::single(state, group))
                .collect::<Answer>(),
        )
        .into())
}

/// Wiki.js loads but these columns here.
fn search(state: &State, query: &str) -> Result<Answer, Failure> {
    if query.contains('\0') {
        return Err(Failure::nul_character(sql::SEARCH));
    }
    let pattern = format!("%{query}%");
    Ok(state
        .users
        .values()
        .filter(|user| like(&user.email, &pattern) || like(&user.name, &pattern))
        .take(FEW)
        .map(|user| {
            record! {
                "id" => user.id,
                "name" => &user.name,
                "email" => &user.email,
                "providerKey" => &user.provider,
                "createdAt" => &user.created_at,
            }
        })
        .collect())
}

fn last_logins(state: &State) -> Answer {
    let mut logins: Vec<(&String, &FakeUser)> = state
        .users
        .values()
        .filter_map(|user| Some((user.last_login_at.as_ref()?, user)))
        .collect();
    logins.sort_by(|one, other| other.0.cmp(one.0));
    let login = |(last_login, user): (&String, &FakeUser)| {
        record! {
            "id" => user.id,
            "name" => &user.name,
            "lastLoginAt" => last_login,
        }
    };
    logins.into_iter().take(FEW).map(login).collect()
}

/// A user as lists show it.
pub(super) fn minimal(user: &FakeUser) -> Record {
    record! {
        "id" => user.id,
        "name" => &user.name,
        "email" => &user.email,
        "providerKey" => &user.provider,
        "isSystem" => is_system(user),
        "isActive" => user.is_active,
        "createdAt" => &user.created_at,
        "lastLoginAt" => user.last_login_at.as_ref(),
    }
}
