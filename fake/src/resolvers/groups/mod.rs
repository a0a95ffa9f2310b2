//! `groups`: the list, a single one, and what is done with them.

mod regex;
mod write;

use super::Arguments;
use super::users;
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::{FakeGroup, FakeUser, State};

pub(super) use write::mutate;

pub(super) fn query(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let state = context.shared.state();
    match field {
        "list" => Ok(state
            .groups
            .values()
            .map(|group| basics(group).with("userCount", members(&state, group.id).count()))
            .collect()),
        "single" => {
            let id = arguments.int("id").unwrap_or_default();
            Ok(state
                .groups
                .get(&id)
                .map(|group| single(&state, group))
                .into())
        }
        _ => Err(Failure::not_imitated("GroupQuery", field)),
    }
}

fn members(state: &State, group: i64) -> impl Iterator<Item = &FakeUser> {
    state
        .users
        .values()
        .filter(move |user| user.groups.contains(&group))
}

fn basics(group: &FakeGroup) -> Record {
    record! {
        "id" => group.id,
        "name" => &group.name,
        "isSystem" => group.id <= 2,
        "createdAt" => &group.created_at,
        "updatedAt" => &group.updated_at,
    }
}

pub(super) fn single(state: &State, group: &FakeGroup) -> Record {
    let texts = |texts: &[String]| texts.iter().collect::<Answer>();
    let rules: Answer = group
        .page_rules
        .iter()
        .map(|rule| {
            record! {
                "id" => &rule.id,
                "deny" => rule.deny,
                "match" => rule.matches.name(),
                "roles" => texts(&rule.roles),
                "path" => &rule.path,
                "locales" => texts(&rule.locales),
            }
        })
        .collect();
    basics(group)
        .with("redirectOnLogin", &group.redirect_on_login)
        .with("permissions", texts(&group.permissions))
        .with("pageRules", rules)
        .with(
            "users",
            members(state, group.id)
                .map(users::minimal)
                .collect::<Answer>(),
        )
}
