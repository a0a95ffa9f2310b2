//! Users, groups and their page rules.

use super::{FakePage, State};
use std::collections::BTreeMap;

/// The mail address of the administrator of a fresh wiki.
pub(crate) const ADMIN_EMAIL: &str = "admin@example.com";
/// The password of the administrator of a fresh wiki.
pub(crate) const ADMIN_PASSWORD: &str = "Admin-Passw0rd!";

/// How a page rule compares its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleMatch {
    /// The page's path starts with the rule's.
    Start,
    /// The page's path is the rule's.
    Exact,
    /// The page's path ends with the rule's.
    End,
    /// The rule's path is a regular expression that matches somewhere in the page's.
    Regex,
    /// The rule's path is a tag of the page.
    Tag,
}

impl RuleMatch {
    /// The match of the name of a GraphQL enumeration value.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [Self::Start, Self::Exact, Self::End, Self::Regex, Self::Tag];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// The name of the GraphQL enumeration value.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Exact => "EXACT",
            Self::End => "END",
            Self::Regex => "REGEX",
            Self::Tag => "TAG",
        }
    }
}

/// A page rule of a group: it allows, or denies, some permissions on some paths.
///
/// ```
/// use wikijs_fake::{PageRule, RuleMatch};
///
/// let rule = PageRule::allow(["read:pages"], RuleMatch::Start, "docs").locales(["en"]);
/// assert!(!rule.deny);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRule {
    /// The rule's id within its group.
    pub id: String,
    /// Whether it denies rather than allows.
    pub deny: bool,
    /// How `path` is compared.
    pub matches: RuleMatch,
    /// The permissions it speaks of.
    pub roles: Vec<String>,
    /// What the page's path, or its tags, are compared with.
    pub path: String,
    /// Locales it is limited to; empty: every locale.
    pub locales: Vec<String>,
}

impl PageRule {
    /// A rule that allows `roles`.
    pub fn allow<R: Into<String>>(
        roles: impl IntoIterator<Item = R>,
        matches: RuleMatch,
        path: impl Into<String>,
    ) -> Self {
        Self {
            id: "rule".to_owned(),
            deny: false,
            matches,
            roles: roles.into_iter().map(Into::into).collect(),
            path: path.into(),
            locales: Vec::new(),
        }
    }

    /// A rule that denies `roles`.
    pub fn deny<R: Into<String>>(
        roles: impl IntoIterator<Item = R>,
        matches: RuleMatch,
        path: impl Into<String>,
    ) -> Self {
        Self {
            deny: true,
            ..Self::allow(roles, matches, path)
        }
    }

    /// Limits the rule to some locales.
    #[must_use]
    pub fn locales<L: Into<String>>(mut self, locales: impl IntoIterator<Item = L>) -> Self {
        self.locales = locales.into_iter().map(Into::into).collect();
        self
    }
}

/// A group: global permissions, and page rules that limit where they hold.
///
/// ```
/// use wikijs_fake::FakeGroup;
///
/// // May read and write everywhere, but not delete.
/// let editors = FakeGroup::new("Editors", ["read:pages", "write:pages", "manage:pages"]);
/// assert_eq!(editors.page_rules.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeGroup {
    /// The group's id: 1 is Administrators, 2 is Guests; 0 until it is in a wiki.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Global permissions, such as `read:pages`.
    pub permissions: Vec<String>,
    /// Page rules. A permission on pages counts only where a rule allows it.
    pub page_rules: Vec<PageRule>,
    /// Where a login leads the members; `/` says nothing of it.
    pub redirect_on_login: String,
    /// Made at.
    pub created_at: String,
    /// Changed last at.
    pub updated_at: String,
}

impl FakeGroup {
    /// A group with these permissions, and one rule that allows all of them on every page.
    pub fn new<P: Into<String>>(
        name: impl Into<String>,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        let permissions: Vec<String> = permissions.into_iter().map(Into::into).collect();
        Self {
            id: 0,
            name: name.into(),
            page_rules: vec![PageRule::allow(permissions.clone(), RuleMatch::Start, "")],
            redirect_on_login: "/".to_owned(),
            permissions,
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    /// Replaces the page rules.
    #[must_use]
    pub fn page_rules(mut self, rules: impl IntoIterator<Item = PageRule>) -> Self {
        self.page_rules = rules.into_iter().collect();
        self
    }
}

/// A user account.
///
/// ```
/// let editor = wikijs_fake::FakeUser::new("Edith", "edith@example.com")
///     .groups([1])
///     .password("Passw0rd");
/// assert_eq!(editor.groups, [1]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are columns, each for itself"
)]
#[non_exhaustive]
pub struct FakeUser {
    /// The user's id: 1 is the administrator, 2 the guest; 0 until it is in a wiki.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Ids of the user's groups.
    pub groups: Vec<i64>,
    /// Password; with an empty one nobody can log in.
    pub password: String,
    /// Whether the next login asks for a new password.
    pub must_change_password: bool,
    /// The code that a login asks for, six characters; `None`: no second factor.
    pub two_factor: Option<String>,
    /// Whether the second factor has to be set up first.
    pub must_set_up_two_factor: bool,
    /// Whether the account is not deactivated.
    pub is_active: bool,
    /// Whether the mail address is verified.
    pub is_verified: bool,
    /// Key of the authentication strategy; the fake has only `local`.
    pub provider: String,
    /// Location, `""` where there is none.
    pub location: String,
    /// Job title, `""` where there is none.
    pub job_title: String,
    /// Time zone.
    pub timezone: String,
    /// Date format, `""` for the one of the language.
    pub date_format: String,
    /// Appearance, `""` for the site's.
    pub appearance: String,
    /// Logged in last at; a token that is renewed counts, too.
    pub last_login_at: Option<String>,
    /// Made at.
    pub created_at: String,
    /// Changed last at.
    pub updated_at: String,
}

impl FakeUser {
    /// A user in no group.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self {
            id: 0,
            name: name.into(),
            email: email.into(),
            groups: Vec::new(),
            password: String::new(),
            must_change_password: false,
            two_factor: None,
            must_set_up_two_factor: false,
            is_active: true,
            is_verified: true,
            provider: "local".to_owned(),
            location: String::new(),
            job_title: String::new(),
            timezone: "America/New_York".to_owned(),
            date_format: String::new(),
            appearance: String::new(),
            last_login_at: None,
            created_at: String::new(),
            updated_at: String::new(),
        }
    }

    /// Sets the password, with which the user can log in. Wiki.js looks for the mail address in lower case.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = password.into();
        self
    }

    /// Has the next login answer `mustChangePwd`, to be continued with `loginChangePassword`.
    #[must_use]
    pub fn must_change_password(mut self) -> Self {
        self.must_change_password = true;
        self
    }

    /// Has each login answer `mustProvideTFA`, to be continued with `loginTFA` and this code, which has six
    /// characters and, other than in real life, stays the same.
    #[must_use]
    pub fn two_factor(mut self, code: impl Into<String>) -> Self {
        self.two_factor = Some(code.into());
        self
    }

    /// Has the next login answer `mustSetupTFA`, to be continued with `loginTFA`, `setup` and this code; later ones
    /// answer as with [`two_factor`](Self::two_factor).
    #[must_use]
    pub fn must_set_up_two_factor(mut self, code: impl Into<String>) -> Self {
        self.must_set_up_two_factor = true;
        self.two_factor(code)
    }

    /// Deactivates the account.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.is_active = false;
        self
    }

    /// Takes the mail address for unverified, without which nobody can log in.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.is_verified = false;
        self
    }

    /// Sets the groups.
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = i64>) -> Self {
        self.groups = groups.into_iter().collect();
        self
    }
}

/// The groups of a fresh Wiki.js: Administrators (1) and Guests (2).
pub(crate) fn fresh_groups(now: &str) -> BTreeMap<i64, FakeGroup> {
    let mut administrators = FakeGroup::new("Administrators", ["manage:system"]).page_rules([]);
    let mut guests = FakeGroup::new("Guests", ["read:pages", "read:assets", "read:comments"]);
    for rule in &mut guests.page_rules {
        "guest".clone_into(&mut rule.id);
    }
    for (id, group) in [(1, &mut administrators), (2, &mut guests)] {
        group.id = id;
        now.clone_into(&mut group.created_at);
        now.clone_into(&mut group.updated_at);
    }
    BTreeMap::from([(1, administrators), (2, guests)])
}

/// The users of a fresh Wiki.js: Administrator (1) and Guest (2).
pub(crate) fn fresh_users(now: &str) -> BTreeMap<i64, FakeUser> {
    let mut administrator = FakeUser::new("Administrator", ADMIN_EMAIL)
        .groups([1])
        .password(ADMIN_PASSWORD);
    let mut guest = FakeUser::new("Guest", "guest@example.com").groups([2]);
    for (id, user) in [(1, &mut administrator), (2, &mut guest)] {
        user.id = id;
        now.clone_into(&mut user.created_at);
        now.clone_into(&mut user.updated_at);
    }
    BTreeMap::from([(1, administrator), (2, guest)])
}

impl State {
    /// Changes a user, who gets a new `updatedAt`; whether there is one.
    pub(crate) fn change_user(&mut self, id: i64, change: impl FnOnce(&mut FakeUser)) -> bool {
        let now = self.now();
        let user = self.users.get_mut(&id);
        user.map(|user| {
            change(user);
            user.updated_at = now;
        })
        .is_some()
    }

    /// Whether there is a user with this mail address, to the letter, of this strategy.
    pub(crate) fn has_user(&self, email: &str, provider: &str) -> bool {
        let mut users = self.users.values();
        users.any(|user| user.email == email && user.provider == provider)
    }

    /// Whether anything in the wiki is by a user.
    pub(crate) fn has_works_of(&self, user: i64) -> bool {
        let is_by = |page: &FakePage| page.author_id == user || page.creator_id == user;
        self.pages.values().any(|stored| is_by(&stored.page))
            || self
                .versions
                .iter()
                .any(|version| version.page.author_id == user)
    }

    /// Has everything that is by one user be by another. A version keeps who made the page.
    pub(crate) fn hand_over_works(&mut self, from: i64, to: i64) {
        let take = |id: &mut i64| {
            if *id == from {
                *id = to;
            }
        };
        for stored in self.pages.values_mut() {
            take(&mut stored.page.author_id);
            take(&mut stored.page.creator_id);
        }
        for version in &mut self.versions {
            take(&mut version.page.author_id);
        }
    }

    /// Takes a group out, and its members out of it.
    pub(crate) fn remove_group(&mut self, id: i64) {
        self.groups.remove(&id);
        for user in self.users.values_mut() {
            user.groups.retain(|group| *group != id);
        }
    }
}
