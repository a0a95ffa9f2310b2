//! What is to be changed of a group.

use super::{Group, PageRule, Permission, page_rule::number};
use crate::{
    error::{Error, Result},
    text::check_short,
};

/// Where a login leads the members of a group for which nothing else is said.
const NO_REDIRECTION: &str = "/";

/// What to change of a group. Everything that is not named stays as it is.
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
/// Members come and go by [`Groups::assign`](super::Groups::assign) and
/// [`Groups::unassign`](super::Groups::unassign).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "a group is changed by `update`"]
pub struct GroupUpdate {
    name: Option<String>,
    redirect_on_login: Option<String>,
    permissions: Option<Vec<Permission>>,
    added_permissions: Vec<Permission>,
    removed_permissions: Vec<Permission>,
    page_rules: Option<Vec<PageRule>>,
    added_page_rules: Vec<PageRule>,
    removed_page_rules: Vec<String>,
}

impl GroupUpdate {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another name. Wiki.js lets several groups have the same.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Where a login leads the members, such as `/docs`. Of several groups of a user, the first one that
    /// says something counts.
    pub fn redirect_on_login(mut self, path: impl Into<String>) -> Self {
        self.redirect_on_login = Some(path.into());
        self
    }

    /// A login leads to where the user was, or to the front page.
    pub fn clear_redirect_on_login(self) -> Self {
        self.redirect_on_login(NO_REDIRECTION)
    }

    /// These permissions in place of those that are there.
    pub fn permissions(mut self, permissions: impl IntoIterator<Item: Into<Permission>>) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// These permissions besides those that are there.
    pub fn add_permissions(
        mut self,
        permissions: impl IntoIterator<Item: Into<Permission>>,
    ) -> Self {
        let permissions = permissions.into_iter().map(Into::into);
        self.added_permissions.extend(permissions);
        self
    }

    /// Without these permissions. In page rules they remain, where they do nothing alone.
    pub fn remove_permissions(
        mut self,
        permissions: impl IntoIterator<Item: Into<Permission>>,
    ) -> Self {
        let permissions = permissions.into_iter().map(Into::into);
        self.removed_permissions.extend(permissions);
        self
    }

    /// No permissions any more.
    pub fn clear_permissions(self) -> Self {
        self.permissions(Vec::<Permission>::new())
    }

    /// These page rules in place of those that are there. Rules with an id keep it.
    pub fn page_rules(mut self, rules: impl IntoIterator<Item = PageRule>) -> Self {
        self.page_rules = Some(rules.into_iter().collect());
        self
    }

    /// These page rules after those that are there.
    pub fn add_page_rules(mut self, rules: impl IntoIterator<Item = PageRule>) -> Self {
        self.added_page_rules.extend(rules);
        self
    }

    /// Without the page rules with these ids.
    pub fn remove_page_rules(mut self, ids: impl IntoIterator<Item: Into<String>>) -> Self {
        let ids = ids.into_iter().map(Into::into);
        self.removed_page_rules.extend(ids);
        self
    }

    /// No page rules any more, so that the members may do nothing on any page.
    pub fn clear_page_rules(self) -> Self {
        self.page_rules([])
    }

    pub(super) fn check(&self) -> Result<()> {
        self.name.iter().try_for_each(|name| check_name(name))?;
        self.redirect_on_login
            .iter()
            .try_for_each(|path| check_short("redirect_on_login", path))?;
        let permissions = self.permissions.iter().flatten();
        for permission in permissions.chain(&self.added_permissions) {
            check_permission(permission)?;
        }
        let rules: Vec<_> = self
            .page_rules
            .iter()
            .flatten()
            .chain(&self.added_page_rules)
            .collect();
        for (index, rule) in rules.iter().enumerate() {
            rule.check()?;
            if !rule.id.is_empty() && rules[..index].iter().any(|other| other.id == rule.id) {
                return Err(Error::invalid(
                    "page_rules",
                    format!("two rules have the id `{}`", rule.id),
                    "leave the id of a new rule empty",
                ));
            }
        }
        Ok(())
    }

    /// The group as it shall be.
    pub(super) fn apply(&self, current: &Group) -> Result<Group> {
        let mut group = current.clone();
        group.name = self.name.clone().unwrap_or(group.name);
        group.redirect_on_login = self
            .redirect_on_login
            .clone()
            .map(|path| {
                if path.is_empty() {
                    NO_REDIRECTION.to_owned()
                } else {
                    path
                }
            })
            .unwrap_or(group.redirect_on_login);
        group.permissions = self.permissions.clone().unwrap_or(group.permissions);
        for permission in &self.added_permissions {
            if !group.permissions.contains(permission) {
                group.permissions.push(permission.clone());
            }
        }
        group
            .permissions
            .retain(|permission| !self.removed_permissions.contains(permission));
        group.page_rules = self.page_rules.clone().unwrap_or(group.page_rules);
        group
            .page_rules
            .retain(|rule| !self.removed_page_rules.contains(&rule.id));
        for rule in &self.added_page_rules {
            let is_there = |own: &PageRule| !rule.id.is_empty() && own.id == rule.id;
            if group.page_rules.iter().any(is_there) {
                return Err(Error::invalid(
                    "page_rules",
                    format!("the group has a rule with the id `{}`", rule.id),
                    "leave the id of a new rule empty, or remove the other",
                ));
            }
            group.page_rules.push(rule.clone());
        }
        number(&mut group.page_rules);
        if group.id == 1 && loses_the_system(current, &group) {
            return Err(Error::invalid(
                "permissions",
                "without manage:system, nobody could administer the wiki any more",
                "leave it to group 1",
            ));
        }
        Ok(group)
    }
}

fn loses_the_system(before: &Group, after: &Group) -> bool {
    let has = |group: &Group| group.permissions.contains(&Permission::ManageSystem);
    has(before) && !has(after)
}

pub(super) fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid(
            "name",
            "it is empty",
            "give the group a name",
        ));
    }
    check_short("name", name)
}

fn check_permission(permission: &Permission) -> Result<()> {
    let name = permission.as_str();
    if name.is_empty() || name.contains('\0') {
        return Err(Error::invalid(
            "permissions",
            format!("`{name}` is no permission"),
            "write it as `read:pages`",
        ));
    }
    Ok(())
}
