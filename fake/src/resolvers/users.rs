//! `users`: the profile and the list.

use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::{FakeUser, State};

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "profile" => profile(context, &state),
        "list" => Ok(state.users.values().map(minimal).collect()),
        _ => Err(Failure::not_imitated("UserQuery", field)),
    }
}

/// The viewer's own account. Every API key is user 1.
fn profile(context: &Context, state: &State) -> Result<Answer, Failure> {
    let viewer = context.viewer.as_ref().filter(|viewer| viewer.id != 2);
    let user = viewer
        .and_then(|viewer| state.users.get(&viewer.id))
        .ok_or_else(Failure::auth_required)?;
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
    Ok(record! {
        "id" => user.id,
        "name" => &user.name,
        "email" => &user.email,
        "providerKey" => "local",
        "providerName" => "Local",
        "isSystem" => false,
        "isVerified" => true,
        "location" => "",
        "jobTitle" => "",
        "timezone" => "America/New_York",
        "dateFormat" => "",
        "appearance" => "",
        "createdAt" => &user.created_at,
        "updatedAt" => &user.updated_at,
        "lastLoginAt" => &user.updated_at,
        "groups" => groups,
        "pagesTotal" => pages,
    }
    .into())
}

/// A user as lists show it.
pub(super) fn minimal(user: &FakeUser) -> Record {
    record! {
        "id" => user.id,
        "name" => &user.name,
        "email" => &user.email,
        "providerKey" => "local",
        "isSystem" => user.id == 2,
        "isActive" => true,
        "createdAt" => &user.created_at,
        "lastLoginAt" => Answer::NULL,
    }
}
