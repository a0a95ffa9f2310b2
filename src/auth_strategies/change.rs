//! What is to be changed of a strategy, and strategies to be.

use std::fmt::Write as _;

use super::{LOCAL, Strategy, StrategyKind};
use crate::{
    error::{Error, Result},
    providers::{ProviderUpdate, SettingValue, delegate},
    types::{GroupId, MAX_CHARACTERS},
};

/// What to change of a strategy. Everything that is not named stays as it is.
///
/// ```
/// use wikijs_client::auth_strategies::StrategyUpdate;
///
/// let update = StrategyUpdate::new().display_name("Our company").self_registration(true);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a strategy is changed by `update`"]
pub struct StrategyUpdate {
    provider: ProviderUpdate,
    display_name: Option<String>,
    order: Option<i32>,
    self_registration: Option<bool>,
    domain_whitelist: Option<Vec<String>>,
    auto_enroll_groups: Option<Vec<GroupId>>,
}

delegate!(StrategyUpdate);

impl StrategyUpdate {
    /// What the login page calls it, at most 255 characters.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Its place on the login page, smallest first.
    pub fn order(mut self, order: i32) -> Self {
        self.order = Some(order);
        self
    }

    /// Whether users are made as they come.
    pub fn self_registration(mut self, is_allowed: bool) -> Self {
        self.self_registration = Some(is_allowed);
        self
    }

    /// The domains of the mail addresses with which users may come, in place of those that are there;
    /// none for all. Wiki.js compares them to the letter, with addresses in lower case: they are
    /// trimmed and turned to lower case.
    pub fn domain_whitelist(mut self, domains: impl IntoIterator<Item: AsRef<str>>) -> Self {
        let domains = domains.into_iter();
        self.domain_whitelist = Some(
            domains
                .map(|domain| domain.as_ref().trim().to_lowercase())
                .collect(),
        );
        self
    }

    /// The groups that new users are put into, in place of those that are there.
    pub fn auto_enroll_groups(mut self, groups: impl IntoIterator<Item: Into<GroupId>>) -> Self {
        self.auto_enroll_groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }
}

impl StrategyUpdate {
    pub(super) fn groups(&self) -> Option<&[GroupId]> {
        self.auto_enroll_groups.as_deref()
    }

    /// Makes the change to a strategy, if Wiki.js may have it so. It checks none of it itself.
    pub(super) fn apply(&self, strategy: &mut Strategy) -> Result<()> {
        if strategy.key == LOCAL && self.provider.is_enabled == Some(false) {
            return Err(Error::invalid(
                "enabled",
                "`local` cannot be switched off: the administrator logs in by it",
                "leave it out",
            ));
        }
        self.provider.apply(strategy)?;
        if let Some(name) = &self.display_name {
            check_name(name)?;
            strategy.display_name.clone_from(name);
        }
        if let Some(order) = self.order {
            strategy.order = order.into();
        }
        if let Some(is_allowed) = self.self_registration {
            strategy.self_registration = is_allowed;
        }
        if let Some(domains) = &self.domain_whitelist {
            domains.iter().try_for_each(|domain| check_domain(domain))?;
            strategy.domain_whitelist.clone_from(domains);
        }
        if let Some(groups) = &self.auto_enroll_groups {
            strategy.auto_enroll_groups.clone_from(groups);
        }
        Ok(())
    }
}

/// A strategy to be set up.
///
/// ```
/// use secrecy::SecretString;
/// use wikijs_client::auth_strategies::NewStrategy;
///
/// let strategy = NewStrategy::new("oidc", "Our company")
///     .set("clientId", "wiki")
///     .set("clientSecret", SecretString::from("s3cret"))
///     .self_registration(true)
///     .auto_enroll_groups([3]);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a strategy is set up by `add`"]
pub struct NewStrategy {
    kind: String,
    update: StrategyUpdate,
}

impl NewStrategy {
    /// A strategy of a kind, such as `github`, and what the login page calls it.
    pub fn new(kind: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            update: StrategyUpdate::new().display_name(display_name),
        }
    }

    /// Whether it is switched on. Default: it is not.
    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.update = self.update.enabled(is_enabled);
        self
    }

    /// The value of a setting, of the setting's type. Default: that of its kind.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<SettingValue>) -> Self {
        self.update = self.update.set(key, value);
        self
    }

    /// Its place on the login page, smallest first. Default: after all others.
    pub fn order(mut self, order: i32) -> Self {
        self.update = self.update.order(order);
        self
    }

    /// Whether users are made as they come. Default: they are not.
    pub fn self_registration(mut self, is_allowed: bool) -> Self {
        self.update = self.update.self_registration(is_allowed);
        self
    }

    /// The domains of the mail addresses with which users may come. Default: all.
    pub fn domain_whitelist(mut self, domains: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.update = self.update.domain_whitelist(domains);
        self
    }

    /// The groups that new users are put into. Default: none.
    pub fn auto_enroll_groups(mut self, groups: impl IntoIterator<Item: Into<GroupId>>) -> Self {
        self.update = self.update.auto_enroll_groups(groups);
        self
    }

    pub(super) fn groups(&self) -> Option<&[GroupId]> {
        self.update.groups()
    }

    pub(super) fn has_no_order(&self) -> bool {
        self.update.order.is_none()
    }

    /// The strategy, under a new key.
    pub(super) fn make(&self, kinds: &[StrategyKind]) -> Result<Strategy> {
        let refuse = |problem: String, remedy: String| Err(Error::invalid("kind", problem, remedy));
        let Some(kind) = kinds.iter().find(|kind| kind.key == self.kind) else {
            let known: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.key)).collect();
            return refuse(
                format!("there is no kind `{}` of strategies", self.kind),
                format!("there is {}", known.join(", ")),
            );
        };
        if kind.key == LOCAL {
            return refuse(
                "the strategy `local` is there once".to_owned(),
                "change it with `update`".to_owned(),
            );
        }
        if !kind.is_available {
            return refuse(
                format!("this Wiki.js has no more of `{}` than its name", kind.key),
                "choose one that is available".to_owned(),
            );
        }
        let mut strategy = Strategy {
            key: new_key(),
            kind: kind.key.clone(),
            title: kind.title.clone(),
            display_name: String::new(),
            order: 0,
            is_enabled: false,
            self_registration: false,
            domain_whitelist: Vec::new(),
            auto_enroll_groups: Vec::new(),
            settings: kind.settings.clone(),
        };
        self.update.apply(&mut strategy)?;
        Ok(strategy)
    }
}

fn check_name(name: &str) -> Result<()> {
    let problem = if name.trim().is_empty() {
        "it is empty"
    } else if name.chars().count() > MAX_CHARACTERS {
        "it is longer than 255 characters"
    } else if name.contains('\0') {
        "it has a NUL character"
    } else {
        return Ok(());
    };
    Err(Error::invalid(
        "display_name",
        problem,
        "name the strategy for the login page",
    ))
}

fn check_domain(domain: &str) -> Result<()> {
    let is_domain = !domain.is_empty()
        && !domain.contains(|letter: char| letter.is_whitespace() || "@/,;\0".contains(letter));
    if is_domain {
        return Ok(());
    }
    Err(Error::invalid(
        "domain_whitelist",
        format!("`{domain}` is not a domain"),
        "write it as example.com, without an @",
    ))
}

/// A random UUID (version 4), as Wiki.js gives strategies. It is an identifier, not a secret.
fn new_key() -> String {
    let mut bytes = [0_u8; 16];
    fastrand::fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut key = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            key.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::new_key;

    #[test]
    fn keys_are_random_uuids() {
        let key = new_key();
        let parts: Vec<_> = key.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{key}");
        assert_eq!(&key[14..15], "4");
        assert!("89ab".contains(&key[19..20]), "{key}");
        assert_ne!(key, new_key());
    }
}
