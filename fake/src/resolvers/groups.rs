//! `groups`: the list, single groups, and their mutations, whose failures are GraphQL errors.

use super::{Call, FieldValue, Object, Resolved, done, object, users};
use crate::auth::Viewer;
use crate::database::Statement;
use crate::errors::Failure;
use crate::state::sessions::Subject;
use crate::state::{FakeGroup, FakeUser, PageRule, RuleMatch, State};
use apollo_compiler::response::JsonValue;
use regex::Regex;
use serde_json::json;

/// Permissions of a new group.
const DEFAULT_PERMISSIONS: [&str; 4] = [
    "read:pages",
    "read:assets",
    "read:comments",
    "write:comments",
];
/// Objects of administrative permissions.
const ADMINISTRATIVE: [&str; 6] = ["users", "groups", "navigation", "theme", "api", "system"];
/// The maximum number of repetitions in the regular expression of a page rule.
const MAX_REPETITIONS: usize = 25;

pub(super) fn query(call: Call<'_>) -> Resolved {
    let state = call.state();
    match call.field {
        "list" => {
            let groups = state.groups.values();
            let count = |group: &FakeGroup| members(&state, group.id).count();
            Ok(groups
                .map(|group| basics(group).with("userCount", count(group)))
                .collect())
        }
        "single" => {
            let group = state.groups.get(&call.int("id"));
            Ok(group.map(|group| single(&state, group)).into())
        }
        _ => call.not_imitated(),
    }
}

pub(super) fn mutate(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let state = &mut *state;
    let object = match call.field {
        "create" => create(state, call),
        "update" => update(state, call),
        "delete" => delete(state, call),
        "assignUser" => assign(state, call),
        "unassignUser" => unassign(state, call),
        _ => return call.not_imitated(),
    };
    object.map(FieldValue::from)
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
        object! { rule [id, deny, path, roles, locales], "match" => rule.matches.name() }
    });
    let users = members(state, group.id).map(users::minimal);
    basics(group)
        .with("redirectOnLogin", &group.redirect_on_login)
        .with("permissions", &group.permissions)
        .with("pageRules", rules.collect::<FieldValue>())
        .with("users", users.collect::<FieldValue>())
}

/// Returns the object of a permission.
fn object_of(permission: &str) -> &str {
    permission.rsplit(':').next().unwrap_or_default()
}

/// Refuses administrative permissions to a caller with `limited` ones, and `manage:system` to a manager of groups.
fn check_permissions<T: AsRef<str>>(
    call: Call<'_>,
    limited: &[&str],
    permissions: &[T],
    messages: [&str; 2],
) -> Resolved<()> {
    let has_only = |some: &[&str], none: &[&str]| {
        let has_some = |viewer: &Viewer| viewer.has_any(some) && !viewer.has_any(none);
        call.viewer.as_ref().is_some_and(has_some)
    };
    let mut objects = permissions.iter().map(|name| object_of(name.as_ref()));
    let mut system = objects.clone();
    if has_only(limited, &["manage:groups", "manage:system"])
        && objects.any(|object| ADMINISTRATIVE.contains(&object))
    {
        return Err(Failure::graphql(messages[0]));
    }
    if has_only(&["manage:groups"], &["manage:system"]) && system.any(|object| object == "system") {
        return Err(Failure::graphql(messages[1]));
    }
    Ok(())
}

fn create(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let name = call.text("name");
    let now = state.now();
    state.database().check_lengths(&[("name", name)], || {
        let row = json!({
            "createdAt": now, "isSystem": false, "name": name, "pageRules": [], "permissions": DEFAULT_PERMISSIONS,
            "updatedAt": now,
        });
        Statement::insert("groups", row, "id")
    })?;
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
    let is_unsafe = |rule: &PageRule| rule.matches == RuleMatch::Regex && !is_safe(&rule.path);
    if rules.iter().any(is_unsafe) {
        let message = "Some Page Rules contains unsafe or exponential time regex.";
        return Err(Failure::graphql(message));
    }
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
    let texts = [("name", name), ("redirectOnLogin", redirection)];
    state.database().check_lengths(&texts, || {
        let columns = [
            ("name", json!(name)),
            ("redirectOnLogin", json!(redirection)),
            ("permissions", json!(permissions)),
            ("pageRules", json!([])),
            ("updatedAt", json!(now)),
        ];
        Statement::update("groups", columns, "\"id\"", id)
    })?;
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
    if value.is_null() {
        return Err(Failure::null_property("match"));
    }
    let text = |name: &str| {
        let text = value.get(name).and_then(JsonValue::as_str);
        text.unwrap_or_default().to_owned()
    };
    let texts = |name: &str| -> Vec<String> {
        let texts = value.get(name).and_then(JsonValue::as_array);
        let texts = texts.into_iter().flatten().filter_map(JsonValue::as_str);
        texts.map(str::to_owned).collect()
    };
    let matches = RuleMatch::named(&text("match")).unwrap_or(RuleMatch::Start);
    let mut rule = PageRule::allow(texts("roles"), matches, text("path")).locales(texts("locales"));
    rule.id = text("id");
    rule.deny = value.get("deny").and_then(JsonValue::as_bool) == Some(true);
    Ok(rule)
}

fn delete(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let id = call.int("id");
    if id == 1 || id == 2 {
        return Err(Failure::graphql("Cannot delete this group."));
    }
    state.remove_group(id);
    state.sessions.change(Subject::Group(id));
    Ok(done("Group has been deleted."))
}

fn assign(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (group, user) = (call.int("groupId"), call.int("userId"));
    if user == 2 {
        return Err(Failure::graphql("Cannot assign the Guest user to a group."));
    }
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
    let own = state.users.get_mut(&user).map(|user| &mut user.groups);
    let own = own.ok_or_else(|| Failure::graphql("Invalid User ID"))?;
    if own.contains(&group) {
        return Err(Failure::graphql("User is already assigned to group."));
    }
    own.push(group);
    state.sessions.change(Subject::User(user));
    Ok(done("User has been assigned to group."))
}

fn unassign(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (group, user) = (call.int("groupId"), call.int("userId"));
    if user == 2 {
        return Err(Failure::graphql("Cannot unassign Guest user"));
    }
    if (user, group) == (1, 1) {
        let message = "Cannot unassign Administrator user from Administrators group.";
        return Err(Failure::graphql(message));
    }
    if !state.groups.contains_key(&group) {
        return Err(Failure::graphql("Invalid Group ID"));
    }
    let own = state.users.get_mut(&user).map(|user| &mut user.groups);
    let own = own.ok_or_else(|| Failure::graphql("Invalid User ID"))?;
    own.retain(|own| *own != group);
    state.sessions.change(Subject::User(user));
    Ok(done("User has been unassigned from group."))
}

/// Returns whether Wiki.js accepts a regular expression in a page rule: it is valid, has no repetition within a
/// repetition, and at most 25 repetitions.
fn is_safe(expression: &str) -> bool {
    // The crate `regex` does not support look-arounds, which JavaScript does.
    let has_look_around = ["(?=", "(?!", "(?<"]
        .iter()
        .any(|sign| expression.contains(sign));
    if !has_look_around && Regex::new(expression).is_err() {
        return false;
    }
    let bytes = strip_classes(expression);
    let is_quantifier = |at: usize| matches!(bytes.get(at), Some(b'*' | b'+' | b'?' | b'{'));
    // One entry for each open group: whether it contains a repetition.
    let mut groups = vec![false];
    let mut repetitions = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let follows_group = at > 0 && bytes[at - 1] == b'(';
        let follows_quantifier = at > 0 && is_quantifier(at - 1);
        match byte {
            b'(' => groups.push(false),
            b')' => {
                let inner = groups.pop().unwrap_or_default();
                if inner && is_quantifier(at + 1) {
                    return false;
                }
                if let Some(outer) = groups.last_mut() {
                    *outer |= inner;
                }
            }
            b'*' | b'+' | b'?' | b'{' if !follows_group && !follows_quantifier => {
                repetitions += 1;
                if let Some(group) = groups.last_mut() {
                    *group = true;
                }
            }
            _ => {}
        }
    }
    repetitions <= MAX_REPETITIONS
}

/// Replaces each class and each escaped character of an expression by a letter.
fn strip_classes(expression: &str) -> Vec<u8> {
    let mut stripped = Vec::new();
    let mut bytes = expression.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
                stripped.push(b'x');
            }
            b'[' => {
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'\\' => drop(bytes.next()),
                        b']' => break,
                        _ => {}
                    }
                }
                stripped.push(b'x');
            }
            other => stripped.push(other),
        }
    }
    stripped
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
