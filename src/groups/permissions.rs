//! Permissions of groups, and the rules for the pages to which they apply.

use crate::{
    api::{fragments::FullGroupPageRules as Rule, inputs::PageRuleInput},
    error::Result,
    response::models,
    text::{no_nul, refuse_if},
    types::{Locale, converted, distinct, open_enum},
};

open_enum! {
    /// A permission of a group.
    ///
    /// Wiki.js accepts any text as a permission. An unknown text has no effect.
    ///
    /// ```
    /// use wikijs_client::groups::Permission;
    ///
    /// assert_eq!(Permission::from("write:pages"), Permission::WritePages);
    /// assert_eq!(Permission::WritePages.to_string(), "write:pages");
    /// ```
    Permission {
        /// `read:pages`: to read and search pages.
        ReadPages = "read:pages",
        /// `write:pages`: to create and update pages.
        WritePages = "write:pages",
        /// `manage:pages`: to move pages, and to read them by id or path over the API.
        ManagePages = "manage:pages",
        /// `delete:pages`: to delete pages.
        DeletePages = "delete:pages",
        /// `write:styles`: to set the style sheet of a page.
        WriteStyles = "write:styles",
        /// `write:scripts`: to set the scripts of a page.
        WriteScripts = "write:scripts",
        /// `read:source`: to read the source of pages.
        ReadSource = "read:source",
        /// `read:history`: to read the earlier versions of pages.
        ReadHistory = "read:history",
        /// `read:assets`: to list and download files.
        ReadAssets = "read:assets",
        /// `write:assets`: to upload files and create folders.
        WriteAssets = "write:assets",
        /// `manage:assets`: to rename and delete files.
        ManageAssets = "manage:assets",
        /// `read:comments`: to read comments.
        ReadComments = "read:comments",
        /// `write:comments`: to write comments.
        WriteComments = "write:comments",
        /// `manage:comments`: to update and delete comments, including one's own.
        ManageComments = "manage:comments",
        /// `write:users`: to create users, except in groups that administer the wiki.
        WriteUsers = "write:users",
        /// `manage:users`: to update and delete users, but not to make them administrators.
        ManageUsers = "manage:users",
        /// `write:groups`: to create and update groups that do not administer the wiki.
        WriteGroups = "write:groups",
        /// `manage:groups`: to create and update groups, except those with `manage:system`.
        ManageGroups = "manage:groups",
        /// `manage:navigation`: to change the navigation.
        ManageNavigation = "manage:navigation",
        /// `manage:theme`: to change the theme.
        ManageTheme = "manage:theme",
        /// `manage:api`: to create and revoke API keys.
        ManageApi = "manage:api",
        /// `manage:system`: to do everything.
        ManageSystem = "manage:system",
    }
}

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

models! {
    /// A page rule, which allows or denies permissions on some pages.
    ///
    /// ```
    /// use wikijs_client::groups::{PageRule, PageRuleMatch, Permission};
    ///
    /// let docs = PageRule::allow([Permission::ReadPages], PageRuleMatch::Start, "docs/").locales(["en"]);
    /// let drafts = PageRule::deny([Permission::ReadPages], PageRuleMatch::Tag, "draft");
    /// ```
    #[derive(Hash)]
    PageRule from Rule as rule {
        /// `id`: identifies the rule within its group. Empty in a new rule, which gets an id when it is written.
        #[serde(default)]
        pub id: String,
        /// `deny`: `true` for a rule that denies.
        #[serde(default)]
        pub deny: bool,
        /// `match`: the kind of comparison of the path.
        pub matches: PageRuleMatch = rule.match_.as_str().into(),
        /// `roles`: the permissions that the rule allows or denies. An allowed permission has an effect only if the
        /// group has it, too.
        pub roles: Vec<Permission> = converted(rule.roles.into_iter().flatten()),
        /// `path`: a path without a slash at its start, a part of a path, a regular expression, or a tag.
        pub path: String,
        /// `locales`: the locales of the pages. Empty for all locales.
        #[serde(default)]
        pub locales: Vec<Locale> = converted(rule.locales.into_iter().flatten()),
    }
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
            roles: distinct(roles),
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
        self.locales = distinct(locales);
        self
    }

    /// Returns an error for a rule that Wiki.js would refuse, or whose effect differs from the apparent one.
    pub(super) fn check(&self) -> Result<()> {
        use PageRuleMatch::{End, Exact, Regex, Start, Tag};

        let (path, matches) = (&self.path, &self.matches);
        no_nul("page_rules", path)?;
        self.locales.iter().try_for_each(Locale::check)?;
        let is_empty = path.is_empty();
        let problem = problem_of_regex(path).filter(|_| *matches == Regex);
        refuse_if! {
            self.roles.is_empty() => "page_rules",
                format!("the rule for `{path}` has no permission and no effect"),
                "pass the permissions that it allows or denies";
            is_empty && matches!(matches, Exact | Tag) => "page_rules",
                "no page has an empty path or an empty tag",
                "pass a path or a tag; for every page, use PageRuleMatch::Start";
            is_empty && matches!(matches, End | Regex) => "page_rules",
                "an empty path matches every page", "if that is intended, use PageRuleMatch::Start";
            path.starts_with('/') && matches!(matches, Start | Exact) => "page_rules",
                format!("`{path}` starts with a slash, and no path of a page does"), "omit the slash";
            problem.is_some() => "page_rules",
                format!("the regular expression `{path}` {}", problem.unwrap_or_default()),
                "write one that Wiki.js accepts";
        }
    }

    pub(super) fn to_input(&self) -> PageRuleInput {
        PageRuleInput {
            deny: self.deny,
            id: self.id.clone(),
            locales: texts(&self.locales),
            match_: self.matches.as_str().into(),
            path: self.path.clone(),
            roles: texts(&self.roles),
        }
    }
}

/// Converts a list to the form of an argument.
pub(super) fn texts(values: &[impl ToString]) -> Vec<Option<String>> {
    values.iter().map(|value| Some(value.to_string())).collect()
}

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

/// Maximum number of repetitions in an expression.
const MAX_REPETITIONS: usize = 25;

/// Returns the reason for which Wiki.js would refuse the expression of a page rule, if the check finds one.
///
/// Wiki.js refuses an expression that is invalid in JavaScript or may take exponential time: one with a repetition
/// within a repetition, or with more than 25 repetitions. The response of Wiki.js does not name the rule. This check
/// finds the same problems, without parsing the whole syntax.
fn problem_of_regex(expression: &str) -> Option<&'static str> {
    // For the expression and each open group: `true` if it contains a repetition.
    let mut groups = vec![false];
    // The part that a quantifier would repeat: `true` if it contains a repetition.
    let mut last = None;
    let mut repetitions = 0;
    let mut rest = expression.chars().peekable();
    while let Some(character) = rest.next() {
        let is_quantifier = match character {
            // Wiki.js counts `?` as a repetition, too.
            '*' | '+' | '?' => true,
            '{' if is_count(rest.clone()) => rest.by_ref().any(|character| character == '}'),
            _ => false,
        };
        if is_quantifier {
            // A `?` after a quantifier makes it lazy.
            rest.next_if_eq(&'?');
            match last.take() {
                None => return Some("repeats nothing"),
                Some(true) => {
                    return Some(
                        "repeats a part that has a repetition in it, which may take for ever",
                    );
                }
                Some(false) => repetitions += 1,
            }
            if repetitions > MAX_REPETITIONS {
                return Some("has more than 25 repetitions");
            }
            groups
                .last_mut()
                .into_iter()
                .for_each(|group| *group = true);
            continue;
        }
        last = match character {
            '\\' if rest.next().is_none() => return Some("ends with a backslash"),
            '[' if !class_ends(&mut rest) => return Some("has a `[` that is not closed"),
            '(' => {
                // The `?` of `(?:`, `(?=`, `(?!` and `(?<name>` is not a repetition.
                if rest.next_if_eq(&'?').is_some() {
                    rest.next();
                }
                groups.push(false);
                None
            }
            ')' => {
                let group = groups.pop();
                let Some(outer) = groups.last_mut() else {
                    return Some("has a `)` that nothing opens");
                };
                *outer |= group == Some(true);
                group
            }
            '|' | '^' => None,
            _ => Some(false),
        };
    }
    (groups.len() > 1).then_some("has a `(` that is not closed")
}

/// Reads to the end of a `[…]`. Returns `false` if it is not closed.
fn class_ends(characters: &mut impl Iterator<Item = char>) -> bool {
    while let Some(character) = characters.next() {
        match character {
            ']' => return true,
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    false
}

/// Returns `true` if a quantifier such as `{2}`, `{2,}` or `{2,3}` begins here, and not a literal brace.
fn is_count(rest: impl Iterator<Item = char>) -> bool {
    let mut has_digit = false;
    for character in rest {
        match character {
            '0'..='9' => has_digit = true,
            ',' if has_digit => {}
            '}' => return has_digit,
            _ => return false,
        }
    }
    false
}
