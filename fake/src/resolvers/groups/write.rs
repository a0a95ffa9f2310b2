//! What is done with groups. Nothing is caught: what goes wrong is an error of GraphQL.

use super::super::{Arguments, outcome};
use super::{regex, single};
use crate::auth::{Subject, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record};
use crate::state::{FakeGroup, PageRule, RuleMatch, State};
use apollo_compiler::response::JsonValue;

/// What members of a new group may do.
const USUAL: [&str; 4] = [
    "read:pages",
    "read:assets",
    "read:comments",
    "write:comments",
];
/// Permissions on these administrate.
const HIGH: [&str; 6] = ["users", "groups", "navigation", "theme", "api", "system"];
const SHORT_TEXT: usize = 255;
const INSERT_GROUP: &str = "insert into \"groups\" (\"createdAt\", \"isSystem\", \"name\", \"pageRules\", \
    \"permissions\", \"updatedAt\") values ($1, $2, $3, $4, $5, $6) returning \"id\"";
const UPDATE_GROUP: &str = "update \"groups\" set \"name\" = $1, \"redirectOnLogin\" = $2, \"permissions\" = $3, \
    \"pageRules\" = $4, \"updatedAt\" = $5 where \"id\" = $6";

pub(in super::super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let mut state = context.shared.state();
    let viewer = context.viewer.as_ref();
    let record = match field {
        "create" => create(&mut state, arguments),
        "update" => update(&mut state, viewer, arguments),
        "delete" => delete(&mut state, arguments),
        "assignUser" => assign(&mut state, viewer, arguments),
        "unassignUser" => unassign(&mut state, arguments),
        _ => Err(Failure::not_imitated("GroupMutation", field)),
    };
    record.map(Answer::from)
}

fn is_long(text: &str) -> bool {
    text.chars().count() > SHORT_TEXT
}

/// What a permission is about.
fn kind(permission: &str) -> &str {
    permission.rsplit(':').next().unwrap_or_default()
}

/// Whether the viewer has one of the permissions and none of the others.
fn has_only(viewer: Option<&Viewer>, some: &[&str], none: &[&str]) -> bool {
    viewer.is_some_and(|viewer| viewer.has_any(some) && !viewer.has_any(none))
}

fn create(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let name = arguments.text("name").unwrap_or_default();
    if is_long(name) {
        return Err(Failure::too_long(INSERT_GROUP, SHORT_TEXT));
    }
    let mut group = FakeGroup::new(name, USUAL);
    for rule in &mut group.page_rules {
        "default".clone_into(&mut rule.id);
    }
    let id = state.add_group(group);
    let group = state.groups.get(&id).map(|group| single(state, group));
    Ok(outcome::done("Group created successfully.").with("group", group))
}

fn update(
    state: &mut State,
    viewer: Option<&Viewer>,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let rules = rules(arguments)?;
    if rules
        .iter()
        .any(|rule| rule.matches == RuleMatch::Regex && !regex::is_safe(&rule.path))
    {
        return Err(Failure::graphql(
            "Some Page Rules contains unsafe or exponential time regex.",
        ));
    }
    let permissions = arguments.texts("permissions").unwrap_or_default();
    if has_only(
        viewer,
        &["write:groups"],
        &["manage:groups", "manage:system"],
    ) && permissions.iter().any(|name| HIGH.contains(&kind(name)))
    {
        return Err(Failure::graphql(
            "You are not authorized to manage this group or assign these administrative permissions.",
        ));
    }
    if has_only(viewer, &["manage:groups"], &["manage:system"])
        && permissions.iter().any(|name| kind(name) == "system")
    {
        return Err(Failure::graphql(
            "You are not authorized to manage this group or assign the manage:system permissions.",
        ));
    }
    let name = arguments.text("name").unwrap_or_default();
    let redirection = arguments.filled("redirectOnLogin").unwrap_or("/");
    if is_long(name) || is_long(redirection) {
        return Err(Failure::too_long(UPDATE_GROUP, SHORT_TEXT));
    }
    let id = arguments.int("id").unwrap_or_default();
    let now = state.now();
    if let Some(group) = state.groups.get_mut(&id) {
        name.clone_into(&mut group.name);
        redirection.clone_into(&mut group.redirect_on_login);
        group.permissions = permissions.into_iter().map(str::to_owned).collect();
        group.page_rules = rules;
        group.updated_at = now;
    }
    state.sessions.change(Subject::Group(id));
    Ok(outcome::done("Group has been updated."))
}

fn rules(arguments: Arguments<'_>) -> Result<Vec<PageRule>, Failure> {
    let values = arguments.raw("pageRules").and_then(JsonValue::as_array);
    values.into_iter().flatten().map(rule).collect()
}

fn rule(value: &JsonValue) -> Result<PageRule, Failure> {
    if value.is_null() {
        let message = "Cannot read properties of null (reading 'match')";
        return Err(Failure::type_error(message));
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

fn delete(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    if id == 1 || id == 2 {
        return Err(Failure::graphql("Cannot delete this group."));
    }
    state.remove_group(id);
    state.sessions.change(Subject::Group(id));
    Ok(outcome::done("Group has been deleted."))
}

fn assign(
    state: &mut State,
    viewer: Option<&Viewer>,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let int = |name| arguments.int(name).unwrap_or_default();
    let (group, user) = (int("groupId"), int("userId"));
    if user == 2 {
        return Err(Failure::graphql("Cannot assign the Guest user to a group."));
    }
    let permissions = match state.groups.get(&group) {
        Some(group) => &group.permissions,
        None => return Err(Failure::graphql("Invalid Group ID")),
    };
    if has_only(
        viewer,
        &["manage:users", "write:groups"],
        &["manage:groups", "manage:system"],
    ) && permissions.iter().any(|name| HIGH.contains(&kind(name)))
    {
        return Err(Failure::graphql(
            "You are not authorized to assign a user to this administrative group.",
        ));
    }
    if has_only(viewer, &["manage:groups"], &["manage:system"])
        && permissions.iter().any(|name| kind(name) == "system")
    {
        return Err(Failure::graphql(
            "You are not authorized to assign a user to a group with the manage:system permission.",
        ));
    }
    let own = match state.users.get_mut(&user) {
        Some(user) => &mut user.groups,
        None => return Err(Failure::graphql("Invalid User ID")),
    };
    if own.contains(&group) {
        return Err(Failure::graphql("User is already assigned to group."));
    }
    own.push(group);
    state.sessions.change(Subject::User(user));
    Ok(outcome::done("User has been assigned to group."))
}

fn unassign(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let int = |name| arguments.int(name).unwrap_or_default();
    let (group, user) = (int("groupId"), int("userId"));
    if user == 2 {
        return Err(Failure::graphql("Cannot unassign Guest user"));
    }
    if (user, group) == (1, 1) {
        return Err(Failure::graphql(
            "Cannot unassign Administrator user from Administrators group.",
        ));
    }
    if !state.groups.contains_key(&group) {
        return Err(Failure::graphql("Invalid Group ID"));
    }
    match state.users.get_mut(&user) {
        Some(user) => user.groups.retain(|own| *own != group),
        None => return Err(Failure::graphql("Invalid User ID")),
    }
    state.sessions.change(Subject::User(user));
    Ok(outcome::done("User has been unassigned from group."))
}
