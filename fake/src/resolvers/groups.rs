//! `groups`: the list, single groups, and their mutations, whose failures are GraphQL errors.

use super::{Call, FieldValue, Object, Resolved, done, object, users};
use crate::auth::Viewer;
use crate::database::Statement;
use crate::errors::{Failure, ensure};
use crate::state::sessions::Subject;
use crate::state::{FakeGroup, FakeUser, PageRule, RuleMatch, State};
use crate::text::regex;
use apollo_compiler::response::JsonValue;
use regex_syntax::ast::Ast;
use regex_syntax::ast::parse::Parser;
use serde_json::json;

/// Permissions of a new group.
const DEFAULT_PERMISSIONS: [&str; 4] = [
    "read:pages",
    "read:assets",
    "read:comments",
    "write:comments",
];
/// The maximum number of repetitions in the regular expression of a page rule.
const MAX_REPETITIONS: usize = 25;
/// The user of guests.
const GUEST: i64 = 2;

pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let state = &mut *state;
    let object = match call.field {
        "list" => return Ok(list(state)),
        "single" => {
            let group = state.groups.get(&call.int("id"));
            return Ok(group.map(|group| single(state, group)).into());
        }
        "create" => create(state, call),
        "update" => update(state, call),
        "delete" => delete(state, call),
        "assignUser" => assign(state, call),
        "unassignUser" => unassign(state, call),
        _ => return call.not_imitated(),
    };
    object.map(FieldValue::from)
}

fn list(state: &State) -> FieldValue {
    let count = |group: &FakeGroup| members(state, group.id).count();
    let groups = state.groups.values();
    groups
        .map(|group| basics(group).with("userCount", count(group)))
        .collect()
}

fn members(state: &State, group: i64) -> impl Iterator<Item = &FakeUser> {
    let users = state.users.values();
    users.filter(move |user| user.groups.contains(&group))
}

fn basics(group: &FakeGroup) -> Object {
    object! { group [id, name, created_at, updated_at], "isSystem" => group.id <= 2 }
}

/// Returns a group with its rules and members.
pub(super) fn single(state: &State, group: &FakeGroup) -> Object {
    let rules = group.page_rules.iter().map(|rule| {
        let name = RuleMatch::NAMES
            .iter()
            .find(|(kind, _)| *kind == rule.matches);
        object! { rule [id, deny, path, roles, locales], "match" => name.map(|(_, name)| *name) }
    });
    let users = members(state, group.id).map(users::minimal);
    basics(group)
        .with("redirectOnLogin", &group.redirect_on_login)
        .with("permissions", &group.permissions)
        .with("pageRules", rules.collect::<FieldValue>())
        .with("users", users.collect::<FieldValue>())
}

/// The administrative permissions among some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Administration {
    None,
    Some,
    /// All of them, by `manage:system`.
    System,
}

pub(super) fn administration(permissions: &[impl AsRef<str>]) -> Administration {
    let of = |permission: &str| match permission.rsplit(':').next() {
        Some("system") => Administration::System,
        Some("users" | "groups" | "navigation" | "theme" | "api") => Administration::Some,
        _ => Administration::None,
    };
    let permissions = permissions.iter().map(|permission| of(permission.as_ref()));
    permissions.max().unwrap_or(Administration::None)
}

/// Refuses administrative permissions to a caller with `limited` ones, and `manage:system` to a manager of groups.
fn check_permissions(
    call: Call<'_>,
    limited: &[&str],
    permissions: &[impl AsRef<str>],
    messages: [&str; 2],
) -> Resolved<()> {
    let administration = administration(permissions);
    let has_only = |some: &[&str], none: &[&str]| {
        let has_some = |viewer: &Viewer| viewer.has_any(some) && !viewer.has_any(none);
        call.viewer.as_ref().is_some_and(has_some)
    };
    let is_limited = has_only(limited, &["manage:groups", "manage:system"]);
    let may_assign = administration == Administration::None || !is_limited;
    ensure(may_assign, || Failure::graphql(messages[0]))?;
    let is_manager = has_only(&["manage:groups"], &["manage:system"]);
    let may_assign = administration != Administration::System || !is_manager;
    ensure(may_assign, || Failure::graphql(messages[1]))
}

fn create(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let name = call.text("name");
    let insert = Statement::insert("groups", [("name", json!(name))]);
    state.database().check_lengths(&insert)?;
    let mut group = FakeGroup::new(name, DEFAULT_PERMISSIONS);
    for rule in &mut group.page_rules {
        "default".clone_into(&mut rule.id);
    }
    let id = state.add_group(group);
    let group = state.groups.get(&id).map(|group| single(state, group));
    Ok(done("Group created successfully.").with("group", group))
}

fn update(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let rules = rules(call)?;
    let is_safe = |rule: &PageRule| rule.matches != RuleMatch::Regex || is_safe(&rule.path);
    let message = "Some Page Rules contains unsafe or exponential time regex.";
    ensure(rules.iter().all(is_safe), || Failure::graphql(message))?;
    let permissions = call.texts("permissions").unwrap_or_default();
    check_permissions(
        call,
        &["write:groups"],
        &permissions,
        [
            "You are not authorized to manage this group or assign these administrative permissions.",
            "You are not authorized to manage this group or assign the manage:system permissions.",
        ],
    )?;
    let (id, name) = (call.int("id"), call.text("name"));
    let redirection = call.filled("redirectOnLogin").unwrap_or("/");
    let now = state.now();
    let columns = [
        ("name", json!(name)),
        ("redirectOnLogin", json!(redirection)),
    ];
    let update = Statement::update("groups", columns, id);
    state.database().check_lengths(&update)?;
    if let Some(group) = state.groups.get_mut(&id) {
        name.clone_into(&mut group.name);
        redirection.clone_into(&mut group.redirect_on_login);
        group.permissions = permissions.into_iter().map(str::to_owned).collect();
        group.page_rules = rules;
        group.updated_at = now;
    }
    state.sessions.change(Subject::Group(id));
    Ok(done("Group has been updated."))
}

fn rules(call: Call<'_>) -> Resolved<Vec<PageRule>> {
    let values = call.raw("pageRules").and_then(JsonValue::as_array);
    values.into_iter().flatten().map(rule).collect()
}

fn rule(value: &JsonValue) -> Resolved<PageRule> {
    ensure(!value.is_null(), || Failure::property_of("null", "match"))?;
    let text = |name: &str| {
        let text = value.get(name).and_then(JsonValue::as_str);
        text.unwrap_or_default().to_owned()
    };
    let texts = |name: &str| -> Vec<String> {
        let texts = value.get(name).and_then(JsonValue::as_array);
        let texts = texts.into_iter().flatten().filter_map(JsonValue::as_str);
        texts.map(str::to_owned).collect()
    };
    let matches = RuleMatch::NAMES
        .iter()
        .find(|(_, name)| *name == text("match"));
    let matches = matches.map_or(RuleMatch::Start, |(kind, _)| *kind);
    let mut rule = PageRule::allow(texts("roles"), matches, text("path")).locales(texts("locales"));
    rule.id = text("id");
    rule.deny = value.get("deny").and_then(JsonValue::as_bool) == Some(true);
    Ok(rule)
}

fn delete(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let id = call.int("id");
    let is_own = id != 1 && id != 2;
    ensure(is_own, || Failure::graphql("Cannot delete this group."))?;
    state.remove_group(id);
    state.sessions.change(Subject::Group(id));
    Ok(done("Group has been deleted."))
}

fn assign(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (group, user) = (call.int("groupId"), call.int("userId"));
    let message = "Cannot assign the Guest user to a group.";
    ensure(user != GUEST, || Failure::graphql(message))?;
    let found = state.groups.get(&group);
    let found = found.ok_or_else(|| Failure::graphql("Invalid Group ID"))?;
    check_permissions(
        call,
        &["manage:users", "write:groups"],
        &found.permissions,
        [
            "You are not authorized to assign a user to this administrative group.",
            "You are not authorized to assign a user to a group with the manage:system permission.",
        ],
    )?;
    let own = groups_of(state, user)?;
    let message = "User is already assigned to group.";
    ensure(!own.contains(&group), || Failure::graphql(message))?;
    own.push(group);
    state.sessions.change(Subject::User(user));
    Ok(done("User has been assigned to group."))
}

/// Returns the groups of a user.
fn groups_of(state: &mut State, user: i64) -> Resolved<&mut Vec<i64>> {
    let user = state.users.get_mut(&user).map(|user| &mut user.groups);
    user.ok_or_else(|| Failure::graphql("Invalid User ID"))
}

fn unassign(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (group, user) = (call.int("groupId"), call.int("userId"));
    let message = "Cannot unassign Guest user";
    ensure(user != GUEST, || Failure::graphql(message))?;
    let message = "Cannot unassign Administrator user from Administrators group.";
    ensure((user, group) != (1, 1), || Failure::graphql(message))?;
    let message = "Invalid Group ID";
    ensure(state.groups.contains_key(&group), || {
        Failure::graphql(message)
    })?;
    let own = groups_of(state, user)?;
    own.retain(|own| *own != group);
    state.sessions.change(Subject::User(user));
    Ok(done("User has been unassigned from group."))
}

/// Returns whether Wiki.js accepts a regular expression in a page rule: it is valid, has no repetition within a
/// repetition, and at most 25 repetitions.
fn is_safe(expression: &str) -> bool {
    // The crate `regex-syntax` does not support look-arounds, which JavaScript does.
    let signs = ["(?=", "(?!", "(?<=", "(?<!"];
    let without = |text: String, sign: &&str| text.replace(sign, "(?:");
    let expression = signs.iter().fold(expression.to_owned(), without);
    // A brace that begins no count is a literal in JavaScript.
    let expression = regex!(r"(^|[^\\p])\{(\D)").replace(&expression, r"$1\{$2");
    let mut repetitions = 0;
    let tree = Parser::new().parse(&expression);
    tree.is_ok_and(|tree| depth(&tree, &mut repetitions) <= 1) && repetitions <= MAX_REPETITIONS
}

/// Returns the depth of nested repetitions, and counts them.
fn depth(tree: &Ast, repetitions: &mut usize) -> usize {
    let parts = match tree {
        Ast::Repetition(repetition) => {
            *repetitions += 1;
            return 1 + depth(&repetition.ast, repetitions);
        }
        Ast::Group(group) => return depth(&group.ast, repetitions),
        Ast::Alternation(alternation) => &alternation.asts,
        Ast::Concat(concatenation) => &concatenation.asts,
        _ => return 0,
    };
    let depths = parts.iter().map(|part| depth(part, repetitions));
    depths.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn regular_expressions_are_safe_as_for_safe_regex() {
        for expression in [
            "^docs/[a-z]+$",
            "(alpha|beta)/.*",
            "^(?:de|fr)/(?!draft)[^/]+/x{2,3}",
            "(ab)+(cd)+",
            "a+?b*?",
            "\\(",
            "[*+]{2}",
            "a{b}",
        ] {
            assert!(is_safe(expression), "{expression}");
        }
        assert!(is_safe(&"a*".repeat(25)));
        for expression in ["(", "(a+)+$", "(a?)+", "(x{2})+", "((a?)b)*", "*"] {
            assert!(!is_safe(expression), "{expression}");
        }
        assert!(!is_safe(&"a*".repeat(26)));
    }
}
