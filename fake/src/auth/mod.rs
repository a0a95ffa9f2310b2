//! Who asks, and what they may do: tokens, global permissions and page rules.

pub(crate) mod guard;
mod keys;
mod sessions;

pub(crate) use keys::{Keys, Token};
pub(crate) use sessions::Standing;
pub(crate) use sessions::{Sessions, Step, Subject};

use crate::state::clock::now_seconds;
use crate::state::{FakeGroup, PageRule, RuleMatch, State};
use regex::Regex;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Whom a request runs as.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// The user: every API key acts as user 1.
    pub(crate) id: i64,
    /// Whether it is with an API key, whose comments are those of "API".
    pub(crate) is_api_key: bool,
    pub(crate) permissions: Vec<String>,
    rules: Vec<PageRule>,
}

/// A request that is refused before anything is read of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) &'static str);

/// The page that a permission is asked for. A text that JavaScript has not reads `undefined` there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) locale: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    /// Only search says the tags; elsewhere TAG rules never match.
    pub(crate) tags: &'a [String],
}

impl<'a> Place<'a> {
    /// The place of a page whose tags are not told.
    pub(crate) fn new(locale: &'a str, path: &'a str) -> Self {
        Self {
            locale: Some(locale),
            path: Some(path),
            tags: &[],
        }
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

    /// Whether the viewer has one of the permissions, without regard to page rules.
    pub(crate) fn has_any(&self, permissions: &[&str]) -> bool {
        self.permissions
            .iter()
            .any(|own| permissions.contains(&own.as_str()))
    }

    /// Whether the viewer may do one of `permissions` at a place.
    pub(crate) fn may(&self, permissions: &[&str], place: Place<'_>) -> bool {
        self.has_any(&["manage:system"])
            || (self.has_any(permissions) && allows(&self.rules, permissions, place))
    }
}

/// Whom a request runs as, and what its answer brings along.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    /// `None`: nobody, for the token has expired, or its user is gone.
    pub(crate) viewer: Option<Viewer>,
    /// A new token in place of the one that came.
    pub(crate) renewed: Option<String>,
}

impl From<Viewer> for Admission {
    fn from(viewer: Viewer) -> Self {
        Self {
            viewer: Some(viewer),
            renewed: None,
        }
    }
}

/// Looks at a request's token, as Wiki.js does before anything else. A database that is away knows no users.
pub(crate) fn authenticate(
    state: &mut State,
    token: Option<&str>,
    database_away: bool,
) -> Result<Admission, Refused> {
    match token.map_or(Token::Worthless, |token| state.keys.inspect(token)) {
        Token::Worthless => Ok(guest(state).into()),
        Token::Expired => Ok(Admission::default()),
        Token::ApiKey(_) if !state.api_enabled => Err(Refused(
            "API is disabled. You must enable it from the Administration Area first.",
        )),
        Token::ApiKey(None) => Err(Refused("API Key is invalid or was revoked.")),
        Token::ApiKey(Some(group)) => {
            let group = state.groups.get(&group);
            Ok(Viewer {
                is_api_key: true,
                ..Viewer::of_groups(1, group.into_iter())
            }
            .into())
        }
        Token::User(token) => Ok(match state.sessions.standing(&token) {
            Standing::Void => guest(state).into(),
            Standing::Renewable if database_away => Admission::default(),
            Standing::Renewable => renew(state, token.user),
            // The user is not looked up: even one who was never there is let in.
            Standing::Valid => {
                let mut viewer = member(state, token.user, &token.groups);
                viewer.permissions = token.permissions;
                viewer.into()
            }
        }),
    }
}

fn guest(state: &State) -> Viewer {
    let groups = state.users.get(&2).map(|guest| guest.groups.as_slice());
    member(state, 2, groups.unwrap_or_default())
}

fn member(state: &State, id: i64, groups: &[i64]) -> Viewer {
    Viewer::of_groups(id, groups.iter().filter_map(|id| state.groups.get(id)))
}

/// Lets a user in with a new token, if the user is still there.
fn renew(state: &mut State, id: i64) -> Admission {
    let user = state.users.get(&id).filter(|user| user.is_active).cloned();
    let Some(user) = user else {
        return Admission::default();
    };
    Admission {
        renewed: Some(state.issue_token(&user, 0)),
        viewer: Some(member(state, id, &user.groups)),
    }
}

/// A token signed by the wiki whose key was never issued.
pub(crate) fn unknown_key(state: &State) -> String {
    state.keys.sign(9999, 1, now_seconds() + keys::YEAR_SECONDS)
}

/// A full-access token that expired some days ago.
pub(crate) fn expired_key(state: &State, days: i64) -> String {
    state
        .keys
        .sign(1, 1, now_seconds() - days * DAY_SECONDS - 1)
}

/// Whether page rules allow one of `permissions` at a place.
///
/// Of the rules that match, the one with the longest path decides; of equally long ones the more exact kind, and
/// of the same kind a denial. A later rule replaces an earlier one of equal weight.
fn allows(rules: &[PageRule], permissions: &[&str], place: Place<'_>) -> bool {
    let mut decision: Option<&PageRule> = None;
    for rule in rules {
        let speaks_of_it = rule
            .roles
            .iter()
            .any(|role| permissions.contains(&role.as_str()));
        let in_locale = rule.locales.is_empty()
            || place
                .locale
                .is_some_and(|locale| rule.locales.iter().any(|own| own == locale));
        if speaks_of_it && in_locale && matches(rule, place) && outweighs(rule, decision) {
            decision = Some(rule);
        }
    }
    decision.is_some_and(|rule| !rule.deny)
}

fn matches(rule: &PageRule, place: Place<'_>) -> bool {
    let path = place.path.unwrap_or("undefined");
    match rule.matches {
        RuleMatch::Start => path.starts_with(&rule.path),
        RuleMatch::Exact => path == rule.path,
        RuleMatch::End => place.path.unwrap_or_default().ends_with(&rule.path),
        RuleMatch::Regex => Regex::new(&rule.path).is_ok_and(|regex| regex.is_match(path)),
        RuleMatch::Tag => place.tags.contains(&rule.path),
    }
}

fn outweighs(rule: &PageRule, decision: Option<&PageRule>) -> bool {
    // Before the first match the path to beat is empty.
    let Some(decision) = decision else {
        return true;
    };
    let rank = |rule: &PageRule| match rule.matches {
        RuleMatch::Start => 0,
        RuleMatch::End => 1,
        RuleMatch::Regex => 2,
        RuleMatch::Tag => 3,
        RuleMatch::Exact => 4,
    };
    // The length is counted as JavaScript counts it.
    let length = |rule: &PageRule| rule.path.encode_utf16().count();
    if length(rule) != length(decision) {
        return length(rule) > length(decision);
    }
    let less_exact = rank(decision) > rank(rule);
    let overrules_denial = rule.matches == decision.matches && decision.deny && !rule.deny;
    !less_exact && !overrules_denial
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &[&str] = &["read:pages"];

    fn decide(rules: &[PageRule], path: &str) -> bool {
        allows(rules, READ, Place::new("en", path))
    }

    #[test]
    fn no_rule_allows_nothing() {
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
    fn a_denial_stands_against_an_equal_rule() {
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
        let tagged = Place {
            tags: &["one".to_owned()],
            ..Place::new("en", "x")
        };
        assert!(allows(
            &[PageRule::allow(["read:pages"], RuleMatch::Tag, "one")],
            READ,
            tagged
        ));
    }

    #[test]
    fn a_rule_for_a_locale_holds_there_only() {
        let rule = PageRule::allow(["read:pages"], RuleMatch::Start, "").locales(["fr"]);
        assert!(!decide(std::slice::from_ref(&rule), "home"));
        assert!(allows(&[rule], READ, Place::new("fr", "home")));
    }
}
