//! Page rules of groups.

use serde::{Deserialize, Serialize};

use super::{Permission, regex};
use crate::{
    api::{enums, fragments::FullGroupPageRules as Rule, inputs::PageRuleInput},
    error::{Error, Result},
    response::model,
    text::no_nul,
    types::{Locale, open_enum},
};

open_enum! {
    /// Kind of comparison of a page rule's path with the path of a page, from the least to the most exact.
    PageRuleMatch {
        /// `START`: the path of the page starts with the rule's path. An empty path matches every page.
        Start = "START",
        /// `END`: the path of the page ends with the rule's path.
        End = "END",
        /// `REGEX`: the rule's path is a JavaScript regular expression that matches anywhere in the path of the page.
        Regex = "REGEX",
        /// `TAG`: the rule's path is a tag of the page. Wiki.js checks tags when it returns a single page, but not in
        /// lists ([K22](crate::guide::known_issues#k22)).
        Tag = "TAG",
        /// `EXACT`: the rule's path is the path of the page.
        Exact = "EXACT",
    }
}

/// Converts between the model and the generated enum, which have the same variants.
macro_rules! same_variants {
    ($($variant:ident)*) => {
        impl From<enums::PageRuleMatch> for PageRuleMatch {
            fn from(kind: enums::PageRuleMatch) -> Self {
                match kind {
                    $(enums::PageRuleMatch::$variant => Self::$variant,)*
                    enums::PageRuleMatch::Other(name) => Self::Other(name),
                }
            }
        }

        impl From<PageRuleMatch> for enums::PageRuleMatch {
            fn from(kind: PageRuleMatch) -> Self {
                match kind {
                    $(PageRuleMatch::$variant => Self::$variant,)*
                    PageRuleMatch::Other(name) => Self::Other(name),
                }
            }
        }
    };
}

same_variants!(Start End Regex Tag Exact);

/// A page rule, which allows or denies permissions on some pages.
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
    /// `id`: identifies the rule within its group. Empty in a new rule, which gets an id when it is written.
    #[serde(default)]
    pub id: String,
    /// `deny`: `true` for a rule that denies.
    #[serde(default)]
    pub deny: bool,
    /// `match`: the kind of comparison of the path.
    pub matches: PageRuleMatch,
    /// `roles`: the permissions that the rule allows or denies. An allowed permission has an effect only if the group
    /// has it, too.
    pub roles: Vec<Permission>,
    /// `path`: a path without a slash at its start, a part of a path, a regular expression, or a tag.
    pub path: String,
    /// `locales`: the locales of the pages. Empty for all locales.
    #[serde(default)]
    pub locales: Vec<Locale>,
}

impl PageRule {
    /// Creates a rule that allows these permissions.
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

    /// Creates a rule that denies these permissions.
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

    /// Limits the rule to these locales. Wiki.js never matches such a rule when a page is deleted
    /// ([K33](crate::guide::known_issues#k33)).
    #[must_use]
    pub fn locales(mut self, locales: impl IntoIterator<Item: Into<Locale>>) -> Self {
        self.locales = locales.into_iter().map(Into::into).collect();
        self
    }

    /// Returns an error for a rule that Wiki.js would refuse, or whose effect differs from the apparent one.
    pub(super) fn check(&self) -> Result<()> {
        let invalid =
            |problem: String, remedy: &str| Err(Error::invalid("page_rules", problem, remedy));
        let path = &self.path;
        no_nul("page_rules", path)?;
        self.locales.iter().try_for_each(Locale::check)?;
        if self.roles.is_empty() {
            return invalid(
                format!("the rule for `{path}` has no permission and no effect"),
                "pass the permissions that it allows or denies",
            );
        }
        match &self.matches {
            PageRuleMatch::Exact | PageRuleMatch::Tag if path.is_empty() => invalid(
                "no page has an empty path or an empty tag".to_owned(),
                "pass a path or a tag; for every page, use PageRuleMatch::Start",
            ),
            PageRuleMatch::End | PageRuleMatch::Regex if path.is_empty() => invalid(
                "an empty path matches every page".to_owned(),
                "if that is intended, use PageRuleMatch::Start",
            ),
            PageRuleMatch::Start | PageRuleMatch::Exact if path.starts_with('/') => invalid(
                format!("`{path}` starts with a slash, and no path of a page does"),
                "omit the slash",
            ),
            PageRuleMatch::Regex => match regex::problem(path) {
                None => Ok(()),
                Some(problem) => invalid(
                    format!("the regular expression `{path}` {problem}"),
                    "write one that Wiki.js accepts",
                ),
            },
            _ => Ok(()),
        }
    }

    pub(super) fn to_input(&self) -> PageRuleInput {
        fn texts(values: &[impl ToString]) -> Vec<Option<String>> {
            values.iter().map(|value| Some(value.to_string())).collect()
        }
        PageRuleInput {
            deny: self.deny,
            id: self.id.clone(),
            locales: texts(&self.locales),
            match_: self.matches.clone().into(),
            path: self.path.clone(),
            roles: texts(&self.roles),
        }
    }
}

model!(Rule => PageRule, |rule| {
    id, deny, path;
    matches: rule.match_.into(),
    roles: rule.roles.into_iter().flatten().map(Permission::from).collect(),
    locales: rule.locales.into_iter().flatten().map(Locale::from).collect(),
});

/// Assigns an id that is unique in the group to each rule without an id.
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
