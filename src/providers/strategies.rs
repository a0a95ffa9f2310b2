//! Login strategies: passwords of the wiki itself, or other services.
//!
//! There can be any number of strategies of each [kind](StrategyKind) except `local`. Wiki.js replaces all strategies
//! at once and deletes those that a request omits ([K45](crate::guide::known_issues#k45)). The methods of this module
//! keep all other strategies.

use super::{
    ProviderUpdate, Providers, SettingValue, Settings, kind, provider, read_model,
    setting::defined,
    update::{Domain, change, find, quoted},
};
use crate::{
    api::inputs::AuthenticationStrategyInput,
    call::{Call, setters},
    client::Client,
    error::Result,
    response::query,
    settings::random_uuid,
    text::{check_name, refuse_if},
    types::{GroupId, converted, distinct, set},
};

/// Key of the strategy that every wiki has.
const LOCAL: &str = "local";

/// A kind of login strategies.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StrategyKind {
    /// `key`, such as `github`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`; empty if there is none.
    pub description: String,
    /// `isAvailable`: this release of Wiki.js implements it.
    pub is_available: bool,
    /// `useForm`: users log in with the form of the wiki, not on the website of the service.
    pub uses_form: bool,
    /// `usernameType`: input of the login form, `email` or `username`.
    pub username_type: Option<String>,
    /// `logo`: URL of an image.
    pub logo: Option<String>,
    /// `color` of its button.
    pub color: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `icon`: SVG image.
    pub icon: Option<String>,
    /// `props`: its settings, with their defaults as values.
    pub settings: Settings,
}

provider! {
    /// A login strategy. Its `title` is that of its kind, its `key` is `local` or a UUID.
    ///
    /// Before Wiki.js 2.5.117 every strategy is enabled.
    Strategy {
        /// `strategy.key`: its kind, such as `github`.
        pub kind: String,
        /// `displayName` on the login page.
        pub display_name: String,
        /// `order` on the login page, smallest first.
        pub order: i64,
        /// `selfRegistration`: accounts are created at the first login.
        pub self_registration: bool,
        /// `domainWhitelist`: domains of the mail addresses that may register; empty for all.
        pub domain_whitelist: Vec<String>,
        /// `autoEnrollGroups`: groups of new users.
        pub auto_enroll_groups: Vec<GroupId>,
        /// `true` for Wiki.js 2.5.117 or newer, which supports disabled strategies.
        can_be_disabled: bool,
    }
}

/// Changes of a login strategy in addition to its settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StrategyChanges {
    display_name: Option<String>,
    order: Option<i64>,
    self_registration: Option<bool>,
    domain_whitelist: Option<Vec<String>>,
    auto_enroll_groups: Option<Vec<GroupId>>,
}

/// Changes to a login strategy. Unset fields keep their values.
///
/// ```
/// use wikijs_client::providers::StrategyUpdate;
///
/// let update = StrategyUpdate::new().display_name("Our company").self_registration(true);
/// ```
pub type StrategyUpdate = ProviderUpdate<StrategyChanges>;

/// Declares the setters that an update and a new strategy have in common, given the path to their changes.
macro_rules! strategy_setters {
    ($type:ident, $($changes:ident).+) => {
        setters! { $type {
            /// Sets the name on the login page, of at most 255 characters.
            display_name(name: impl Into<String>) => $($changes).+.display_name = Some(name.into());

            /// Sets the position on the login page, smallest first. Default of a new strategy: after all others.
            order(order: i32) => $($changes).+.order = Some(order.into());

            /// Sets whether accounts are created at the first login. Default of a new strategy: `false`.
            self_registration(is_allowed: bool) => $($changes).+.self_registration = Some(is_allowed);

            /// Replaces the domains of the mail addresses that may register. An empty list allows all domains. The
            /// domains are trimmed and converted to lower case, because Wiki.js compares them with the address in lower
            /// case.
            domain_whitelist(domains: impl IntoIterator<Item: AsRef<str>>) =>
                $($changes).+.domain_whitelist = Some({
                    let domains = domains.into_iter();
                    domains.map(|domain| domain.as_ref().trim().to_lowercase()).collect()
                });

            /// Replaces the groups of new users.
            auto_enroll_groups(groups: impl IntoIterator<Item: Into<GroupId>>) =>
                $($changes).+.auto_enroll_groups = Some(distinct(groups));
        } }
    };
}

strategy_setters!(StrategyUpdate, changes);
strategy_setters!(NewStrategy, update.changes);

/// Parameters for adding a login strategy.
///
/// ```
/// use secrecy::SecretString;
/// use wikijs_client::providers::NewStrategy;
///
/// let strategy = NewStrategy::new("oidc", "Our company")
///     .set("clientId", "wiki")
///     .set("clientSecret", SecretString::from("s3cret"))
///     .self_registration(true)
///     .auto_enroll_groups([3]);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a strategy is added by `add`"]
pub struct NewStrategy {
    kind: String,
    update: StrategyUpdate,
}

impl NewStrategy {
    /// Creates the parameters of a strategy with its kind, such as `github`, and its name on the login page.
    pub fn new(kind: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            update: StrategyUpdate::new().display_name(display_name),
        }
    }

    /// Enables or disables the strategy. Default: `false`.
    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.update = self.update.enabled(is_enabled);
        self
    }

    /// Sets a setting. The value must have the type of the setting. Default: the default of the kind.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<SettingValue>) -> Self {
        self.update = self.update.set(key, value);
        self
    }

    /// Returns the strategy, with a new key.
    fn strategy(&self, kinds: &[StrategyKind]) -> Result<Strategy> {
        let available = quoted(kinds.iter().map(|kind| &kind.key));
        let kind = kinds.iter().find(|kind| kind.key == self.kind);
        refuse_if! {
            kind.is_none() => "kind",
                format!("there is no kind `{}` of login strategies", self.kind),
                format!("there is {available}");
            self.kind == LOCAL =>
                "kind", "the strategy `local` is there once", "change it with `update`";
            !kind.is_some_and(|kind| kind.is_available) => "kind",
                format!("this release of Wiki.js lists `{}` but does not implement it", self.kind),
                "choose one that is available";
        }?;
        let mut strategy = Strategy {
            key: random_uuid(),
            kind: self.kind.clone(),
            title: kind.map(|kind| kind.title.clone()).unwrap_or_default(),
            display_name: String::new(),
            order: 0,
            is_available: true,
            is_enabled: false,
            can_be_disabled: true,
            self_registration: false,
            domain_whitelist: Vec::new(),
            auto_enroll_groups: Vec::new(),
            settings: kind.map(|kind| kind.settings.clone()).unwrap_or_default(),
        };
        self.update.apply(&mut strategy)?;
        AuthStrategies::apply(&self.update, &mut strategy)?;
        Ok(strategy)
    }
}

kind! {
    /// Login strategies: passwords of the wiki itself, or other services.
    ///
    /// After a change Wiki.js reloads all strategies; users who are logged in stay logged in. `local` cannot be
    /// disabled, because the administrator logs in with it. Wiki.js returns the secrets of strategies; the client wraps
    /// them in [`SecretString`](secrecy::SecretString)s.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use secrecy::SecretString;
    /// use wikijs_client::providers::NewStrategy;
    ///
    /// let strategies = wiki.auth_strategies();
    /// let github = NewStrategy::new("github", "GitHub")
    ///     .set("clientId", "Iv1.0123")
    ///     .set("clientSecret", SecretString::from("s3cret"))
    ///     .domain_whitelist(["example.com"]);
    /// let github = strategies.add(github).await?;
    /// strategies.enable(&github.key).await?;
    /// strategies.remove(&github.key).await?;
    /// # });
    /// ```
    AuthStrategies, "login strategy": Strategy, StrategyChanges;
    /// Returns a handle for the [login strategies](crate::providers::AuthStrategies).
    auth_strategies;
    AuthenticationConfiguredStrategies, |strategy| Strategy {
        display_name, order, self_registration; ;
        kind: strategy.strategy.key,
        title: strategy.strategy.title,
        is_available: true,
        is_enabled: strategy.is_enabled.unwrap_or(true),
        can_be_disabled: strategy.is_enabled.is_some(),
        domain_whitelist: strategy.domain_whitelist.into_iter().flatten().collect(),
        auto_enroll_groups: converted(strategy.auto_enroll_groups.into_iter().flatten()),
    };
    AuthenticationUpdateStrategies(strategies: AuthenticationStrategyInput), |strategy| {
        key, display_name, order, self_registration;
        strategy_key: strategy.kind.clone(),
        is_enabled: (strategy.can_be_disabled || !strategy.is_enabled).then_some(strategy.is_enabled),
        domain_whitelist: strategy.domain_whitelist.iter().cloned().map(Some).collect(),
        auto_enroll_groups: strategy.auto_enroll_groups.iter().map(|group| Some(group.get())).collect(),
    };

    fn sort(strategies: &mut [Strategy]) {
        strategies.sort_by(|one, other| (one.order, &one.key).cmp(&(other.order, &other.key)));
    }

    /// Returns `true`, because Wiki.js deletes strategies that a request omits ([K45](crate::guide::known_issues#k45)).
    fn is_always_sent(_strategy: &Strategy) -> bool {
        true
    }

    fn apply(update: &StrategyUpdate, strategy: &mut Strategy) -> Result<()> {
        refuse_if! {
            strategy.key == LOCAL && update.is_enabled == Some(false) => "enabled",
                "`local` cannot be disabled: the administrator logs in with it", "leave it out";
        }?;
        let changes = &update.changes;
        if let Some(name) = &changes.display_name {
            check_name("display_name", name, "name the strategy for the login page")?;
        }
        for domain in changes.domain_whitelist.iter().flatten() {
            let is_odd = |letter: char| letter.is_whitespace() || "@/,;\0".contains(letter);
            refuse_if! {
                domain.is_empty() || domain.contains(is_odd) => "domain_whitelist",
                    format!("`{domain}` is not a domain"),
                    "write it as example.com, without an @";
            }?;
        }
        set(&mut strategy.display_name, changes.display_name.as_ref());
        set(&mut strategy.order, changes.order.as_ref());
        set(&mut strategy.self_registration, changes.self_registration.as_ref());
        set(&mut strategy.domain_whitelist, changes.domain_whitelist.as_ref());
        set(&mut strategy.auto_enroll_groups, changes.auto_enroll_groups.as_ref());
        Ok(())
    }

    /// Checks that the groups exist. Wiki.js would store any id, and then fail to create users.
    async fn check(client: &Client, update: &StrategyUpdate) -> Result<()> {
        let Some(groups @ [_, ..]) = update.changes.auto_enroll_groups.as_deref() else {
            return Ok(());
        };
        let known = query!(client, AuthenticationEnrollableGroups);
        for group in groups {
            refuse_if! {
                known.iter().all(|known| *group != known.id) => "auto_enroll_groups",
                    format!("there is no group {group}"), "pass groups of the wiki";
            }?;
        }
        Ok(())
    }
}

impl Providers<AuthStrategies> {
    /// Lists the kinds of login strategies, sorted by key, with their settings.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn kinds(&self) -> Call<Vec<StrategyKind>> {
        Call::on(self, |strategies| async move {
            let kinds = query!(strategies.client, AuthenticationStrategies);
            let kinds = kinds.into_iter().map(|kind| {
                Ok(read_model!(kind => StrategyKind {
                    key, title, description, is_available;
                    username_type, logo, color, website, icon;
                    settings: defined("AuthenticationStrategies", &kind.key, kind.props)?,
                    uses_form: kind.use_form,
                }))
            });
            let mut kinds: Vec<_> = kinds.collect::<Result<_>>()?;
            kinds.sort_by(|one: &StrategyKind, other| one.key.cmp(&other.key));
            Ok(kinds)
        })
    }

    /// Adds a strategy and returns it with its key, a UUID. All other strategies are kept.
    ///
    /// The strategy is disabled unless [`enabled`](NewStrategy::enabled) is set. Before Wiki.js 2.5.117, which has no
    /// disabled strategies, `enabled` must be set. The strategy is placed after the others unless
    /// [`order`](NewStrategy::order) is set. Unset settings have their defaults.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for `local` and kinds that this Wiki.js does not have, for
    /// an unknown setting, a value of another type, and for groups that do not exist: then nothing is sent.
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn add(&self, strategy: NewStrategy) -> Call<Strategy> {
        Call::on(self, |strategies| async move {
            let mut added = strategy.strategy(&strategies.kinds().await?)?;
            AuthStrategies::check(&strategies.client, &strategy.update).await?;
            let key = added.key.clone();
            let changed = change(&strategies, key.clone(), Ok(()), move |strategies, _| {
                added.can_be_disabled = strategies.iter().all(|other| other.can_be_disabled);
                if strategy.update.changes.order.is_none() {
                    let last = strategies.iter().map(|other| other.order).max();
                    added.order = last.map_or(0, |last| last + 1);
                }
                strategies.push(added);
                Ok(())
            });
            let (all, _) = changed.await?;
            find::<AuthStrategies>(all, &key)
        })
    }

    /// Removes a strategy. Delete its users, or move them to another strategy, first.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such strategy.
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for `local`, which every wiki needs.
    /// [`is_conflict`](crate::Error::is_conflict) if the strategy has users; it is then kept.
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn remove(&self, key: impl Into<String>) -> Call<()> {
        let key = key.into();
        let checked = refuse_if! {
            key == LOCAL => "key", "`local` cannot be removed: the administrator logs in with it",
                "pass the key of another strategy";
        };
        // One request contains the other strategies unchanged, and Wiki.js deletes the omitted one.
        let changed = change(self, key, checked, |strategies, key| {
            find::<AuthStrategies>(strategies.clone(), key)?;
            strategies.retain(|strategy| strategy.key != key);
            Ok(())
        });
        changed.map(drop)
    }
}
