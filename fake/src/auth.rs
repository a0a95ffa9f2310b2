//! The caller of a request and its permissions: tokens, global permissions and page rules.

use crate::state::keys::Token;
use crate::state::sessions::Standing;
use crate::state::{FakeGroup, FakePage, PageRule, RuleMatch, State};
use crate::text;
use regex::Regex;

/// The caller of a request.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// User. Every API key acts as user 1.
    pub(crate) id: i64,
    /// `true` for an API key, whose comments are by "API".
    pub(crate) is_api_key: bool,
    pub(crate) permissions: Vec<String>,
    rules: Vec<PageRule>,
}

/// The location for which a permission is checked. `None` stands for `undefined` in JavaScript.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location<'a> {
    pub(crate) locale: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    /// Tags. Only search and comments pass them; elsewhere TAG rules never match.
    pub(crate) tags: &'a [String],
}

impl<'a> Location<'a> {
    /// Returns the location of a page, without its tags.
    pub(crate) fn of(page: &'a FakePage) -> Self {
        Self::new(&page.locale, &page.path)
    }

    /// Returns a location of which parts can be undefined, without tags.
    pub(crate) fn partial(locale: Option<&'a str>, path: Option<&'a str>) -> Self {
        Self {
            locale,
            path,
            tags: &[],
        }
    }

    /// Returns a location without tags.
    pub(crate) fn new(locale: &'a str, path: &'a str) -> Self {
        Self::partial(Some(locale), Some(path))
    }
}

impl Viewer {
    fn of_groups<'a>(id: i64, groups: impl Iterator<Item = &'a FakeGroup>) -> Self {
        let mut viewer = Self {
            id,
            is_api_key: false,
            permissions: Vec::new(),
            rules: Vec::new(),
        };
        for group in groups {
            viewer.permissions.extend(group.permissions.iter().cloned());
            viewer.rules.extend(group.page_rules.iter().cloned());
        }
        viewer
    }

    /// Returns whether the caller has one of the permissions, without page rules.
    pub(crate) fn has_any(&self, permissions: &[&str]) -> bool {
        self.permissions
            .iter()
            .any(|own| permissions.contains(&own.as_str()))
    }

    /// Returns whether the caller has one of the permissions at a location.
    pub(crate) fn may(&self, permissions: &[&str], location: Location<'_>) -> bool {
        self.has_any(&["manage:system"])
            || (self.has_any(permissions) && allows(&self.rules, permissions, location))
    }
}

/// Returns the caller of a request, and a new token if the old one must be replaced; or the refusal.
///
/// Wiki.js does this before anything else. The caller is `None` if the token expired within the last 14 days
/// or its user was deleted.
/// Without its database the wiki cannot look up users.
pub(crate) fn authenticate(
    state: &mut State,
    token: Option<&str>,
    database_away: bool,
) -> Result<(Option<Viewer>, Option<String>), &'static str> {
    let viewer = match token.map_or(Token::Invalid, |token| state.keys.inspect(token)) {
        Token::Invalid => Some(guest(state)),
        Token::Expired => None,
        Token::ApiKey(_) if !state.api_enabled => {
            return Err("API is disabled. You must enable it from the Administration Area first.");
        }
        Token::ApiKey(None) => return Err("API Key is invalid or was revoked."),
        Token::ApiKey(Some(group)) => Some(Viewer {
            is_api_key: true,
            ..Viewer::of_groups(1, state.groups.get(&group).into_iter())
        }),
        Token::User(token) => match state.sessions.standing(&token) {
            Standing::Void => Some(guest(state)),
            Standing::Renewable if database_away => None,
            Standing::Renewable => return Ok(renew(state, token.user)),
            // Wiki.js does not look up the user of a valid token, even one that never existed.
            Standing::Valid => Some(Viewer {
                permissions: token.permissions,
                ..member(state, token.user, &token.groups)
            }),
        },
    };
    Ok((viewer, None))
}

fn guest(state: &State) -> Viewer {
    let groups = state.users.get(&2).map(|guest| guest.groups.as_slice());
    member(state, 2, groups.unwrap_or_default())
}

fn member(state: &State, id: i64, groups: &[i64]) -> Viewer {
    Viewer::of_groups(id, groups.iter().filter_map(|id| state.groups.get(id)))
}

/// Issues a new token for a user who still exists.
fn renew(state: &mut State, id: i64) -> (Option<Viewer>, Option<String>) {
    let user = state.users.get(&id).filter(|user| user.is_active).cloned();
    let Some(user) = user else {
        return (None, None);
    };
    let token = state.issue_token(&user, 0);
    (Some(member(state, id, &user.groups)), Some(token))
}

/// Returns whether page rules allow one of the permissions at a location.
///
/// Of the matching rules, the one with the longest path decides; of equally long paths the more exact kind, and of the
/// same kind a denial. A later rule replaces an earlier one of equal weight.
fn allows(rules: &[PageRule], permissions: &[&str], location: Location<'_>) -> bool {
    let is_wanted = |role: &String| permissions.contains(&role.as_str());
    let grants = |rule: &PageRule| rule.roles.iter().any(is_wanted);
    let applies = |rule: &&PageRule| {
        let is_here = |locale| rule.locales.iter().any(|own| own == locale);
        let in_locale = rule.locales.is_empty() || location.locale.is_some_and(is_here);
        in_locale && grants(rule) && matches(rule, location)
    };
    // JavaScript counts UTF-16 code units.
    let weight = |rule: &&PageRule| (text::length(&rule.path), rule.matches, rule.deny);
    let decision = rules.iter().filter(applies).max_by_key(weight);
    decision.is_some_and(|rule| !rule.deny)
}

fn matches(rule: &PageRule, location: Location<'_>) -> bool {
    let path = location.path.unwrap_or("undefined");
    match rule.matches {
        RuleMatch::Start => path.starts_with(&rule.path),
        RuleMatch::Exact => path == rule.path,
        RuleMatch::End => location.path.unwrap_or_default().ends_with(&rule.path),
        RuleMatch::Regex => Regex::new(&rule.path).is_ok_and(|regex| regex.is_match(path)),
        RuleMatch::Tag => location.tags.contains(&rule.path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &[&str] = &["read:pages"];

    fn decide(rules: &[PageRule], path: &str) -> bool {
        allows(rules, READ, Location::new("en", path))
    }

    #[test]
    fn without_a_rule_nothing_is_allowed() {
        assert!(!decide(&[], "home"));
        let other = PageRule::allow(["write:pages"], RuleMatch::Start, "");
        assert!(!decide(&[other], "home"));
    }

    #[test]
    fn the_longest_path_decides() {
        let rules = [
            PageRule::allow(["read:pages"], RuleMatch::Start, ""),
            PageRule::deny(["read:pages"], RuleMatch::Start, "docs"),
            PageRule::allow(["read:pages"], RuleMatch::Exact, "docs/open"),
        ];
        assert!(decide(&rules, "home"));
        assert!(!decide(&rules, "docs/alpha"));
        assert!(decide(&rules, "docs/open"));
    }

    #[test]
    fn a_denial_outweighs_an_equal_rule() {
        let rules = [
            PageRule::deny(["read:pages"], RuleMatch::Start, "docs"),
            PageRule::allow(["read:pages"], RuleMatch::Start, "docs"),
        ];
        assert!(!decide(&rules, "docs/alpha"));
    }

    #[test]
    fn every_kind_of_match() {
        for (matches, rule, path, expected) in [
            (RuleMatch::End, "alpha", "docs/alpha", true),
            (RuleMatch::End, "docs", "docs/alpha", false),
            (RuleMatch::Regex, "^docs/[a-c]", "docs/alpha", true),
            (RuleMatch::Regex, "(", "docs/alpha", false),
            (RuleMatch::Exact, "docs", "docs/alpha", false),
            (RuleMatch::Tag, "one", "docs/alpha", false),
        ] {
            let rule = PageRule::allow(["read:pages"], matches, rule);
            assert_eq!(decide(&[rule], path), expected, "{matches:?} {path}");
        }
        let tagged = Location {
            tags: &["one".to_owned()],
            ..Location::new("en", "x")
        };
        assert!(allows(
            &[PageRule::allow(["read:pages"], RuleMatch::Tag, "one")],
            READ,
            tagged
        ));
    }

    #[test]
    fn a_rule_for_a_locale_applies_there_only() {
        let rule = PageRule::allow(["read:pages"], RuleMatch::Start, "").locales(["fr"]);
        assert!(!decide(std::slice::from_ref(&rule), "home"));
        assert!(allows(&[rule], READ, Location::new("fr", "home")));
    }
}
