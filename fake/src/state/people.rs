//! Users, groups and their page rules.

use super::{FakePage, State};

/// The mail address of the administrator.
pub(crate) const ADMIN_EMAIL: &str = "admin@example.com";
/// The password of the administrator.
pub(crate) const ADMIN_PASSWORD: &str = "Admin-Passw0rd!";

/// The comparison of a page rule, in the order of weight of rules for equally long paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleMatch {
    /// The path of the page starts with that of the rule.
    Start,
    /// The path of the page ends with that of the rule.
    End,
    /// The path of the rule is a regular expression that matches a part of the path of the page.
    Regex,
    /// The path of the rule is a tag of the page.
    Tag,
    /// The path of the page is that of the rule.
    Exact,
}

impl RuleMatch {
    /// Every comparison with its name in GraphQL.
    pub(crate) const NAMES: [(Self, &'static str); 5] = [
        (Self::Start, "START"),
        (Self::End, "END"),
        (Self::Regex, "REGEX"),
        (Self::Tag, "TAG"),
        (Self::Exact, "EXACT"),
    ];
}

/// A page rule of a group, which allows or denies permissions on some paths.
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
    /// Id within the group.
    pub id: String,
    /// `true` if it denies, `false` if it allows.
    pub deny: bool,
    /// Comparison of `path`.
    pub matches: RuleMatch,
    /// Permissions.
    pub roles: Vec<String>,
    /// Text that is compared with the path or the tags of a page.
    pub path: String,
    /// Locales to which it is limited; every locale if it is empty.
    pub locales: Vec<String>,
}

impl PageRule {
    /// Returns a rule that allows `roles`.
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

    /// Returns a rule that denies `roles`.
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

/// A group: global permissions, and page rules that limit them to pages.
///
/// ```
/// use wikijs_fake::FakeGroup;
///
/// // May read and write everywhere, but not delete.
/// let editors = FakeGroup::new("Editors", ["read:pages", "write:pages", "manage:pages"]);
/// assert_eq!(editors.page_rules.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FakeGroup {
    /// Id: 1 is Administrators, 2 is Guests; 0 until the group is in a wiki.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Global permissions, such as `read:pages`.
    pub permissions: Vec<String>,
    /// Page rules. A permission for pages applies only where a rule allows it.
    pub page_rules: Vec<PageRule>,
    /// Path to which a login redirects members.
    pub redirect_on_login: String,
    /// Time of creation.
    pub created_at: String,
    /// Time of the last change.
    pub updated_at: String,
}

impl FakeGroup {
    /// Returns a group with these permissions, and one rule that allows all of them on every page.
    pub fn new<P: Into<String>>(
        name: impl Into<String>,
        permissions: impl IntoIterator<Item = P>,
    ) -> Self {
        let permissions: Vec<String> = permissions.into_iter().map(Into::into).collect();
        Self {
            name: name.into(),
            page_rules: vec![PageRule::allow(permissions.clone(), RuleMatch::Start, "")],
            redirect_on_login: "/".to_owned(),
            permissions,
            ..Self::default()
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent column"
)]
#[non_exhaustive]
pub struct FakeUser {
    /// Id: 1 is the administrator, 2 the guest; 0 until the user is in a wiki.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Ids of the groups.
    pub groups: Vec<i64>,
    /// Password; empty if the user cannot log in.
    pub password: String,
    /// `true` if the next login asks for a new password.
    pub must_change_password: bool,
    /// Code of six characters that a login asks for; `None` without a second factor.
    pub two_factor: Option<String>,
    /// `true` if the second factor must be set up first.
    pub must_set_up_two_factor: bool,
    /// `false` if the account is deactivated.
    pub is_active: bool,
    /// `true` if the mail address is verified.
    pub is_verified: bool,
    /// Key of the authentication strategy. The fake has only `local`.
    pub provider: String,
    /// Location, or `""`.
    pub location: String,
    /// Job title, or `""`.
    pub job_title: String,
    /// Time zone.
    pub timezone: String,
    /// Date format; `""` for that of the language.
    pub date_format: String,
    /// Appearance; `""` for that of the site.
    pub appearance: String,
    /// Time of the last login or renewal of a token.
    pub last_login_at: Option<String>,
    /// Time of creation.
    pub created_at: String,
    /// Time of the last change.
    pub updated_at: String,
}

setters! {
    FakeUser {
        /// Sets the password, with which the user can log in. Wiki.js converts the mail address of a login to lower
        /// case.
        password(password: impl Into<String>) => password = password.into();

        /// Makes the next login return `mustChangePwd`, to be continued with `loginChangePassword`.
        must_change_password() => must_change_password = true;

        /// Makes each login return `mustProvideTFA`, to be continued with `loginTFA` and this code of six characters,
        /// which stays the same.
        two_factor(code: impl Into<String>) => two_factor = Some(code.into());

        /// Makes the next login return `mustSetupTFA`, to be continued with `loginTFA`, `setup` and this code. Later
        /// logins return the same as with [`two_factor`](Self::two_factor).
        must_set_up_two_factor(code: impl Into<String>) =>
            must_set_up_two_factor = true, two_factor = Some(code.into());

        /// Deactivates the account.
        inactive() => is_active = false;

        /// Sets the groups.
        groups(groups: impl IntoIterator<Item = i64>) => groups = groups.into_iter().collect();
    }
}

impl FakeUser {
    /// Returns a user in no group.
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            email: email.into(),
            is_active: true,
            is_verified: true,
            provider: "local".to_owned(),
            timezone: "America/New_York".to_owned(),
            ..Self::default()
        }
    }
}

/// Returns the groups of a fresh Wiki.js: Administrators (1) and Guests (2).
pub(crate) fn fresh_groups() -> [FakeGroup; 2] {
    let administrators = FakeGroup::new("Administrators", ["manage:system"]).page_rules([]);
    let mut guests = FakeGroup::new("Guests", ["read:pages", "read:assets", "read:comments"]);
    for rule in &mut guests.page_rules {
        "guest".clone_into(&mut rule.id);
    }
    [administrators, guests]
}

/// Returns the users of a fresh Wiki.js: Administrator (1) and Guest (2).
pub(crate) fn fresh_users() -> [FakeUser; 2] {
    let administrator = FakeUser::new("Administrator", ADMIN_EMAIL)
        .groups([1])
        .password(ADMIN_PASSWORD);
    let guest = FakeUser::new("Guest", "guest@example.com").groups([2]);
    [administrator, guest]
}

impl State {
    /// Changes a user, with a new `updatedAt`. Does nothing if there is no such user.
    pub(crate) fn change_user(&mut self, id: i64, change: impl FnOnce(&mut FakeUser)) {
        let now = self.now();
        if let Some(user) = self.users.get_mut(&id) {
            change(user);
            user.updated_at = now;
        }
    }

    /// Returns whether there is a user of this strategy with this mail address, as the database compares it.
    pub(crate) fn has_user(&self, email: &str, provider: &str) -> bool {
        let database = self.database();
        let mut users = self.users.values();
        users.any(|user| database.is_same(&user.email, email) && user.provider == provider)
    }

    /// Returns whether a user is the creator or author of anything.
    pub(crate) fn has_content_of(&self, user: i64) -> bool {
        let is_by = |page: &FakePage| page.author_id == user || page.creator_id == user;
        self.pages.values().any(|stored| is_by(&stored.page))
            || self
                .versions
                .iter()
                .any(|version| version.page.author_id == user)
    }

    /// Replaces a creator and author by another user. Versions keep the creator of the page.
    pub(crate) fn reassign_content(&mut self, from: i64, to: i64) {
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

    /// Removes a group, also from its members.
    pub(crate) fn remove_group(&mut self, id: i64) {
        self.groups.remove(&id);
        for user in self.users.values_mut() {
            user.groups.retain(|group| *group != id);
        }
    }
}
