//! Parameters for creating and for updating groups.

use serde::{Deserialize, Serialize};

use super::{Group, PageRule, Permission, permissions::number};
use crate::{
    call::setters,
    error::Result,
    text::{check_name, check_short, each, refuse_if},
    types::{converted, distinct, set},
};

/// The value of `redirectOnLogin` for a group without a redirect.
const NO_REDIRECT: &str = "/";

/// The id of the page rule that Wiki.js gives to a new group.
const DEFAULT_RULE: &str = "default";

/// Parameters for creating a group.
///
/// Unset fields use the defaults of the wiki: the permissions to read pages, files and comments and to write
/// comments, on every page.
///
/// ```
/// use wikijs_client::groups::{NewGroup, PageRule, PageRuleMatch, Permission};
///
/// let readers = NewGroup::new("Readers of the docs")
///     .permissions([Permission::ReadPages])
///     .page_rules([PageRule::allow([Permission::ReadPages], PageRuleMatch::Start, "docs")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "`create` creates the group"]
pub struct NewGroup {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) rest: GroupUpdate,
}

impl NewGroup {
    /// Creates parameters with the name of the group. Several groups may have the same name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rest: GroupUpdate::new(),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        check_group_name(&self.name)?;
        self.rest.check()?;
        let rest = &self.rest;
        let is_kept = rest.page_rules.is_none()
            && !rest.remove_page_rules.iter().any(|id| id == DEFAULT_RULE);
        refuse_if! {
            is_kept && rest.add_page_rules.iter().any(|rule| rule.id == DEFAULT_RULE) => "page_rules",
                format!("a new group has a rule with the id `{DEFAULT_RULE}`"),
                "omit the id of a new rule, or remove the other rule";
        }
    }
}

setters! { NewGroup {
    /// Sets the permissions of the members.
    permissions(permissions: impl IntoIterator<Item: Into<Permission>>) =>
        rest.permissions = Some(distinct(permissions));

    /// Sets the rules for the pages to which the permissions apply. By default, a single rule allows the default
    /// permissions on every page.
    page_rules(rules: impl IntoIterator<Item = PageRule>) => rest.page_rules = Some(converted(rules));

    /// Sets the path to which members are redirected after a login, such as `/docs`.
    redirect_on_login(path: impl Into<String>) => rest.redirect_on_login = Some(path.into());
} }

impl<T: Into<String>> From<T> for NewGroup {
    fn from(name: T) -> Self {
        Self::new(name)
    }
}

/// Parameters for updating a group. Unset fields keep their values.
///
/// ```
/// use wikijs_client::groups::{GroupUpdate, PageRule, PageRuleMatch, Permission};
///
/// let update = GroupUpdate::new()
///     .add_permissions([Permission::ReadHistory])
///     .remove_page_rules(["default"])
///     .add_page_rules([PageRule::allow([Permission::ReadPages], PageRuleMatch::Start, "docs")]);
/// ```
///
/// To change the members, use [`Groups::assign`](super::Groups::assign) and
/// [`Groups::unassign`](super::Groups::unassign).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[must_use = "`update` updates the group"]
pub struct GroupUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_on_login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<Permission>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    add_permissions: Vec<Permission>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove_permissions: Vec<Permission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_rules: Option<Vec<PageRule>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    add_page_rules: Vec<PageRule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove_page_rules: Vec<String>,
}

setters! { GroupUpdate {
    /// Sets the name. Several groups may have the same name.
    name(name: impl Into<String>) => name = Some(name.into());

    /// Sets the path to which members are redirected after a login, such as `/docs`. If a user is in several groups
    /// with a redirect, the first group is used.
    redirect_on_login(path: impl Into<String>) => redirect_on_login = Some(path.into());

    /// Clears the redirect. After a login, the wiki shows the page where the user was, or the front page.
    clear_redirect_on_login() => redirect_on_login = Some(NO_REDIRECT.to_owned());

    /// Replaces the permissions.
    permissions(permissions: impl IntoIterator<Item: Into<Permission>>) =>
        permissions = Some(distinct(permissions));

    /// Clears the permissions.
    clear_permissions() => permissions = Some(Vec::new());

    /// Replaces the page rules. Rules that have an id keep it.
    page_rules(rules: impl IntoIterator<Item = PageRule>) => page_rules = Some(converted(rules));

    /// Removes all page rules. The permissions of the group then apply to no page.
    clear_page_rules() => page_rules = Some(Vec::new());

    /// Adds permissions.
    add_permissions(names: impl IntoIterator<Item: Into<Permission>>) =>
        add_permissions.extend(converted(names));

    /// Removes permissions from the group. They remain in its page rules, where they have no effect any more.
    remove_permissions(names: impl IntoIterator<Item: Into<Permission>>) =>
        remove_permissions.extend(converted(names));

    /// Appends page rules.
    add_page_rules(rules: impl IntoIterator<Item = PageRule>) => add_page_rules.extend(rules);

    /// Removes the page rules with these ids.
    remove_page_rules(ids: impl IntoIterator<Item: Into<String>>) => remove_page_rules.extend(converted(ids));
} }

impl GroupUpdate {
    /// Creates parameters that change nothing.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        each(&self.name, |name| check_group_name(name))?;
        each(&self.redirect_on_login, |path| {
            check_short("redirect_on_login", path)
        })?;
        let permissions = self.permissions.iter().flatten();
        for permission in permissions.chain(&self.add_permissions) {
            let name = permission.as_str();
            refuse_if! {
                name.is_empty() || name.contains('\0') => "permissions",
                    format!("`{name}` is not a permission"), "write it as `read:pages`";
            }?;
        }
        let rules = self.page_rules.iter().flatten();
        let rules: Vec<_> = rules.chain(&self.add_page_rules).collect();
        for (index, rule) in rules.iter().enumerate() {
            rule.check()?;
            refuse_if! {
                !rule.id.is_empty() && rules[..index].iter().any(|other| other.id == rule.id) =>
                    "page_rules", format!("two rules have the id `{}`", rule.id),
                    "omit the id of a new rule";
            }?;
        }
        Ok(())
    }

    /// Returns the intended state of the group after the update.
    pub(super) fn apply(&self, current: &Group) -> Result<Group> {
        let mut group = current.clone();
        set(&mut group.name, self.name.as_ref());
        group.redirect_on_login = match self.redirect_on_login.as_deref() {
            None => group.redirect_on_login,
            Some("") => NO_REDIRECT.to_owned(),
            Some(path) => path.to_owned(),
        };
        let permissions = &mut group.permissions;
        set(permissions, self.permissions.as_ref());
        for permission in &self.add_permissions {
            if !permissions.contains(permission) {
                permissions.push(permission.clone());
            }
        }
        permissions.retain(|permission| !self.remove_permissions.contains(permission));
        let rules = &mut group.page_rules;
        set(rules, self.page_rules.as_ref());
        rules.retain(|rule| !self.remove_page_rules.contains(&rule.id));
        for rule in &self.add_page_rules {
            refuse_if! {
                !rule.id.is_empty() && rules.iter().any(|own| own.id == rule.id) => "page_rules",
                    format!("the group has a rule with the id `{}`", rule.id),
                    "omit the id of a new rule, or remove the other rule";
            }?;
            rules.push(rule.clone());
        }
        number(rules);
        let administers = |group: &Group| group.permissions.contains(&Permission::ManageSystem);
        refuse_if! {
            group.id == 1 && administers(current) && !administers(&group) => "permissions",
                "without manage:system in group 1, nobody could administer the wiki",
                "keep the permission";
        }?;
        Ok(group)
    }
}

fn check_group_name(name: &str) -> Result<()> {
    check_name("name", name, "give the group a name")
}
