//! On which pages a group may do what.

use serde::{Deserialize, Serialize};

use super::{Permission, regex};
use crate::{
    api::{enums, fragments::FullGroupPageRules as Rule, inputs::PageRuleInput},
    error::{Error, Result},
    text::no_nul,
    types::{Locale, open_enum},
};

open_enum! {
    /// How a page rule compares its path, the least exact first.
    PageRuleMatch {
        /// `START`: the page's path starts with it. The empty path is the start of every page's.
        Start = "START",
        /// `END`: the page's path ends with it.
        End = "END",
        /// `REGEX`: it is a regular expression of JavaScript that matches somewhere in the page's path.
        Regex = "REGEX",
        /// `TAG`: it is a tag of the page. Wiki.js looks at the tags where it shows a page, and not in
        /// lists (hazard 22).
        Tag = "TAG",
        /// `EXACT`: the page's path is it.
        Exact = "EXACT",
    }
}

impl From<enums::PageRuleMatch> for PageRuleMatch {
    fn from(kind: enums::PageRuleMatch) -> Self {
        match kind {
            enums::PageRuleMatch::Start => Self::Start,
            enums::PageRuleMatch::End => Self::End,
            enums::PageRuleMatch::Regex => Self::Regex,
            enums::PageRuleMatch::Tag => Self::Tag,
            enums::PageRuleMatch::Exact => Self::Exact,
            enums::PageRuleMatch::Other(name) => Self::Other(name),
        }
    }
}

impl From<PageRuleMatch> for enums::PageRuleMatch {
    fn from(kind: PageRuleMatch) -> Self {
        match kind {
            PageRuleMatch::Start => Self::Start,
            PageRuleMatch::End => Self::End,
            PageRuleMatch::Regex => Self::Regex,
            PageRuleMatch::Tag => Self::Tag,
            PageRuleMatch::Exact => Self::Exact,
            PageRuleMatch::Other(name) => Self::Other(name),
        }
    }
}

/// A page rule: allows, or denies, some permissions on some pages.
///
/// ```
/// use wikijs_client::groups::{PageRule, PageRuleMatch, Permission};
///
/// let docs = PageRule::allow([Permission::ReadPages], PageRuleMatch::Start, "docs/").locales(["en"]);
/// let drafts = PageRule::deny([Permission::ReadPages], PageRuleMatch::Tag, "draft");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageRule {
    /// `id`: what tells the rules of a group apart. Empty in a rule that was not written yet, which gets
    /// one when it is.
    pub id: String,
    /// `deny`: whether it denies.
    pub deny: bool,
    /// `match`: how the path is compared.
    pub matches: PageRuleMatch,
    /// `roles`: the permissions that it allows or denies. The group needs them, too.
    pub roles: Vec<Permission>,
    /// `path`: a path without a slash at its start, or a part of one, a regular expression, a tag.
    pub path: String,
    /// `locales`: the locales of the pages; empty for all.
    pub locales: Vec<Locale>,
}

impl PageRule {
    /// A rule that allows these permissions.
    pub fn allow(
        roles: impl IntoIterator<Item: Into<Permission>>,
        matches: PageRuleMatch,
        path: impl Into<String>,
    ) -> Self {
        Self {
            id: String::new(),
            deny: false,
            matches,
            roles: roles.into_iter().map(Into::into).collect(),
            path: path.into(),
            locales: Vec::new(),
        }
    }

    /// A rule that denies these permissions.
    pub fn deny(
        roles: impl IntoIterator<Item: Into<Permission>>,
        matches: PageRuleMatch,
        path: impl Into<String>,
    ) -> Self {
        Self {
            deny: true,
            ..Self::allow(roles, matches, path)
        }
    }

    /// For pages of these locales only. Wiki.js never matches such a rule where a page is deleted
    /// (hazard 33).
    #[must_use]
    pub fn locales(mut self, locales: impl IntoIterator<Item: Into<Locale>>) -> Self {
        self.locales = locales.into_iter().map(Into::into).collect();
        self
    }

    /// What Wiki.js refuses, and what it takes though it does something else than it looks like.
    pub(super) fn check(&self) -> Result<()> {
        let invalid =
            |problem: String, remedy: &str| Err(Error::invalid("page_rules", problem, remedy));
        let path = &self.path;
        no_nul("page_rules", path)?;
        self.locales.iter().try_for_each(Locale::check)?;
        if self.roles.is_empty() {
            return invalid(
                format!("the rule for `{path}` names no permission, and so does nothing"),
                "name the permissions that it allows or denies",
            );
        }
        match &self.matches {
            PageRuleMatch::Exact | PageRuleMatch::Tag if path.is_empty() => invalid(
                "the empty path is no page's, and the empty tag no page's".to_owned(),
                "name a page or a tag; for every page, use PageRuleMatch::Start",
            ),
            PageRuleMatch::End | PageRuleMatch::Regex if path.is_empty() => invalid(
                "an empty path matches every page".to_owned(),
                "if that is meant, use PageRuleMatch::Start",
            ),
            PageRuleMatch::Start | PageRuleMatch::Exact if path.starts_with('/') => invalid(
                format!("`{path}` starts with a slash, which no page's path does"),
                "leave the slash out",
            ),
            PageRuleMatch::Regex => match regex::problem(path) {
                None => Ok(()),
                Some(problem) => invalid(
                    format!("the regular expression `{path}` {problem}"),
                    "write one that Wiki.js takes",
                ),
            },
            _ => Ok(()),
        }
    }

    pub(super) fn to_input(&self) -> PageRuleInput {
        PageRuleInput {
            deny: self.deny,
            id: self.id.clone(),
            locales: self
                .locales
                .iter()
                .map(|locale| Some(locale.to_string()))
                .collect(),
            match_: self.matches.clone().into(),
            path: self.path.clone(),
            roles: self
                .roles
                .iter()
                .map(|role| Some(role.to_string()))
                .collect(),
        }
    }
}

impl From<Rule> for PageRule {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id,
            deny: rule.deny,
            matches: rule.match_.into(),
            roles: rule
                .roles
                .into_iter()
                .flatten()
                .map(Permission::from)
                .collect(),
            path: rule.path,
            locales: rule
                .locales
                .into_iter()
                .flatten()
                .map(Locale::from)
                .collect(),
        }
    }
}

/// Gives each rule that has no id one that none of the others has.
pub(super) fn number(rules: &mut [PageRule]) {
    for index in 0..rules.len() {
        if rules[index].id.is_empty() {
            let is_free = |id: &String| rules.iter().all(|rule| rule.id != *id);
            let free = (1..=rules.len())
                .map(|number| format!("rule{number}"))
                .find(is_free);
            rules[index].id = free.unwrap_or_default();
        }
    }
}
