//! Updates of providers, and the engine of all kinds of them: read, change, write, read back.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

use super::{Kind, Providers, Setting, SettingKind, SettingValue, Settings, setting::Dialect};
use crate::{
    call::Call,
    client::Client,
    error::{Applied, Error, Result},
    handle::{Handle, Write},
    text::refuse_if,
    write::{Observation, Response, compare, value_of},
};

/// Changes to a provider. Unset fields keep their values.
///
/// `Changes` has the changes that are specific to a kind, such as the mode of a storage target: [`TargetUpdate`],
/// [`LoggerUpdate`] and [`StrategyUpdate`] are updates with more setters.
///
/// ```
/// use secrecy::SecretString;
/// use wikijs_client::providers::TargetUpdate;
///
/// let update = TargetUpdate::new()
///     .enabled(true)
///     .set("branch", "main")
///     .set("verifySSL", true)
///     .set("basicPassword", SecretString::from("s3cret"))
///     .reset("defaultName")
///     .sync_interval("PT15M");
/// ```
///
/// [`TargetUpdate`]: super::TargetUpdate
/// [`LoggerUpdate`]: super::LoggerUpdate
/// [`StrategyUpdate`]: super::StrategyUpdate
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a provider is changed by `update`"]
pub struct ProviderUpdate<Changes = ()> {
    pub(super) is_enabled: Option<bool>,
    settings: BTreeMap<String, Change>,
    pub(super) changes: Changes,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Set(SettingValue),
    Reset,
}

impl<Changes: Default> ProviderUpdate<Changes> {
    /// Creates an update that changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Enables or disables the provider.
    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.is_enabled = Some(is_enabled);
        self
    }

    /// Sets a setting. The value must have the type of the setting: `true`, not `"true"`.
    pub fn set(mut self, key: impl Into<String>, value: impl Into<SettingValue>) -> Self {
        self.settings.insert(key.into(), Change::Set(value.into()));
        self
    }

    /// Sets a setting to its default.
    pub fn reset(mut self, key: impl Into<String>) -> Self {
        self.settings.insert(key.into(), Change::Reset);
        self
    }
}

impl<Changes> ProviderUpdate<Changes> {
    /// Applies the changes that all kinds have in common. Returns an error for an invalid change.
    pub(super) fn apply(&self, provider: &mut impl Configured) -> Result<()> {
        for (key, change) in &self.settings {
            let name = provider.key().to_owned();
            let known = it_has(provider.settings().iter().map(|setting| &setting.key));
            let Some(setting) = provider.settings_mut().get_mut(key) else {
                let problem = format!("`{name}` has no setting `{key}`");
                return Err(Error::invalid("settings", problem, known));
            };
            let value = match change {
                Change::Set(value) => value.clone().of_setting(setting.is_secret),
                Change::Reset => setting.default.clone(),
            };
            // A default is written unchanged and unchecked, because its type may differ from that of the definition.
            if *change != Change::Reset {
                check(&name, setting, &value)?;
            }
            setting.value = value;
        }
        if let Some(is_enabled) = self.is_enabled {
            refuse_if! {
                is_enabled && !provider.is_available() => "enabled",
                    format!("this Wiki.js has no more of `{}` than its name", provider.key()),
                    "choose one that is available";
            }?;
            provider.set_enabled(is_enabled);
        }
        Ok(())
    }
}

fn check(provider: &str, setting: &Setting, value: &SettingValue) -> Result<()> {
    let problem = |problem: &str| format!("`{}` of `{provider}` {problem}", setting.key);
    let expected = setting.kind.in_words();
    let fits = match &setting.kind {
        SettingKind::Other(_) => *value != SettingValue::Hidden,
        kind => value.kind() == *kind,
    };
    let given = match value {
        SettingValue::Text(text) => text.clone(),
        other => other.to_json().to_string(),
    };
    let is_allowed = setting.allowed.is_empty() || setting.allowed.contains(&given);
    refuse_if! {
        value.is_mask() => "settings",
            problem("is set to the mask that Wiki.js shows in place of a secret"),
            "pass the secret itself, or omit the setting to keep it";
        !fits => "settings",
            problem(&format!("takes {expected}, not {}", value.kind().in_words())),
            format!("give {expected}");
        !is_allowed && setting.is_secret => "settings", problem("cannot be that value"),
            format!("it takes {}", quoted(&setting.allowed));
        !is_allowed => "settings", problem(&format!("cannot be `{given}`")),
            format!("it takes {}", quoted(&setting.allowed));
    }
}

/// Returns names in backticks, separated by commas.
pub(super) fn quoted(names: impl IntoIterator<Item: fmt::Display>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Returns the names that a provider has, as a remedy for another one.
pub(super) fn it_has(names: impl IntoIterator<Item: fmt::Display>) -> String {
    match quoted(names).as_str() {
        "" => "it has none".to_owned(),
        names => format!("it has {names}"),
    }
}

/// A provider of any kind.
pub(crate) trait Configured: Clone + PartialEq + Send + Sync {
    fn key(&self) -> &str;
    fn is_available(&self) -> bool;
    fn is_enabled(&self) -> bool;
    fn set_enabled(&mut self, is_enabled: bool);
    fn settings(&self) -> &Settings;
    fn settings_mut(&mut self) -> &mut Settings;
}

/// The operations of a kind of providers, and its rules.
pub(crate) trait Domain: Kind<Provider: Configured> {
    /// Input type of one provider.
    type Input: Clone + Serialize + Send + Sync;

    /// Operation that reads the providers.
    const READ: &'static str;

    /// Operation that writes the providers.
    const WRITE: &'static str;

    /// Name of one provider in errors.
    const NOUN: &'static str;

    /// Form in which Wiki.js accepts the settings.
    const DIALECT: Dialect = Dialect::Json;

    /// `true` if Wiki.js keeps a stored secret when an update contains the mask.
    const KEEPS_MASKED: bool = false;

    /// `true` if exactly one provider is enabled. Wiki.js would use any of several enabled ones, or none.
    const IS_EXCLUSIVE: bool = false;

    /// Reads all providers.
    fn read(client: &Client) -> impl Future<Output = Result<Vec<Self::Provider>>> + Send;

    /// Sorts the providers. Wiki.js lists most of them in the order in which they were last written.
    fn sort(providers: &mut [Self::Provider]) {
        providers.sort_by(|one, other| one.key().cmp(other.key()));
    }

    /// Returns the input that writes a whole provider.
    fn input(provider: &Self::Provider) -> Self::Input;

    /// Sends the inputs, once.
    fn send(
        write: &Write<Providers<Self>>,
        input: Vec<Option<Self::Input>>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns `true` if a provider must be sent although it does not change.
    fn is_always_sent(_provider: &Self::Provider) -> bool {
        false
    }

    /// Applies the changes that only this kind has. Returns an error for an invalid change, because Wiki.js itself does
    /// not check changes.
    fn apply(
        _update: &ProviderUpdate<Self::Changes>,
        _provider: &mut Self::Provider,
    ) -> Result<()> {
        Ok(())
    }

    /// Checks that a provider can be enabled among the others.
    fn check_enabled(_provider: &Self::Provider, _others: &[Self::Provider]) -> Result<()> {
        Ok(())
    }

    /// Checks an update against the wiki, before the write.
    fn check(
        _client: &Client,
        _update: &ProviderUpdate<Self::Changes>,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Checks the effect of an update after it was stored.
    fn verify(
        _client: &Client,
        _provider: &Self::Provider,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}

/// A kind that has exactly one enabled provider.
pub(crate) trait Exclusive: Domain {}

/// Returns the provider with this key.
pub(crate) fn find<K: Domain>(providers: Vec<K::Provider>, key: &str) -> Result<K::Provider> {
    let mut providers = providers.into_iter();
    let found = providers.find(|provider| provider.key() == key);
    found.ok_or_else(|| missing::<K>(key))
}

fn missing<K: Domain>(key: &str) -> Error {
    Error::not_found(K::READ, format_args!("{} `{key}`", K::NOUN))
}

/// Applies an update to the provider with this key. If exactly one provider may be enabled, an update that enables it
/// disables the others.
pub(crate) fn apply<K: Domain>(
    update: &ProviderUpdate<K::Changes>,
    providers: &mut [K::Provider],
    key: &str,
) -> Result<()> {
    let position = providers.iter().position(|provider| provider.key() == key);
    let provider = &mut providers[position.ok_or_else(|| missing::<K>(key))?];
    refuse_if! {
        K::IS_EXCLUSIVE && update.is_enabled == Some(false) && provider.is_enabled() => "enabled",
            format!("one {} must be enabled, and `{key}` is the enabled one", K::NOUN),
            "switch on another one, which switches this one off";
    }?;
    update.apply(provider)?;
    K::apply(update, provider)?;
    if update.is_enabled == Some(true) {
        K::check_enabled(&provider.clone(), providers)?;
        for other in providers.iter_mut().filter(|_| K::IS_EXCLUSIVE) {
            let is_enabled = other.key() == key;
            other.set_enabled(is_enabled);
        }
    }
    Ok(())
}

/// Returns a call that reads the providers, applies `change`, which concerns the one with this key, and writes the
/// changed providers, within one write. It returns the providers as stored, and `true` if they were written. Nothing is
/// sent if `checked` is an error, or if nothing changes.
pub(crate) fn change<K: Domain>(
    handle: &Providers<K>,
    key: String,
    checked: Result<()>,
    change: impl FnOnce(&mut Vec<K::Provider>, &str) -> Result<()> + Send + 'static,
) -> Call<(Vec<K::Provider>, bool)> {
    handle.mutate(K::WRITE, checked, move |write| async move {
        let client = write.client();
        let before = K::read(client).await?;
        let mut wanted = before.clone();
        change(&mut wanted, &key)?;
        if wanted == before {
            return Ok((before, false));
        }
        let is_new = before.iter().all(|provider| provider.key() != key);
        let target = write.target(format!("the {} `{key}`", K::NOUN));
        // Wiki.js refuses some providers after it stored others.
        let is_late = |error: &Error| {
            matches!(error, Error::Api(_)) && !error.is_forbidden() && !error.is_transient()
        };
        let target = target.outcome_of(is_late, Applied::Unknown);
        let target = if is_new {
            target.once("check that it does not exist before you add it again")
        } else {
            target
        };
        let is_sent =
            |provider: &&K::Provider| K::is_always_sent(provider) || !before.contains(provider);
        let changed: Vec<_> = wanted.iter().filter(is_sent).collect();
        if !K::KEEPS_MASKED {
            changed.iter().try_for_each(|provider| no_mask(*provider))?;
        }
        let input = changed.into_iter().map(|provider| Some(K::input(provider)));
        let input: Vec<_> = input.collect();
        let (first, last) = (comparable::<K>(&before), comparable::<K>(&wanted));
        let send = || async { K::send(&write, input.clone()).await.map(|()| None) };
        let observe = async |response| {
            let now = K::read(client).await?;
            let seen = compare(&first, &last, &comparable::<K>(&now));
            Ok(match seen.observation_after(response, now) {
                Observation::Applied(_) if response == Response::FinalError => {
                    let missing = "Wiki.js failed after that, so that it may not be in effect";
                    Observation::Partial {
                        done: format!("the {} is stored", K::NOUN),
                        missing: missing.to_owned(),
                    }
                }
                seen => seen,
            })
        };
        Ok((write.reconcile(target, send, observe).await?, true))
    })
}

/// Returns the providers as JSON for a comparison: their inputs by key, each with its settings by key.
fn comparable<K: Domain>(providers: &[K::Provider]) -> Value {
    let states = providers.iter().map(|provider| {
        let mut value = value_of(&K::input(provider));
        let settings = provider.settings().iter();
        value["config"] = settings
            .map(|setting| (setting.key.clone(), setting.value.to_json()))
            .collect();
        (provider.key().to_owned(), value)
    });
    states.collect()
}

/// Returns an error if the provider has a hidden secret, because Wiki.js would store the mask in its place.
fn no_mask(provider: &impl Configured) -> Result<()> {
    for setting in provider.settings() {
        refuse_if! {
            setting.value == SettingValue::Hidden => "settings",
                format!(
                    "the wiki hides `{}` of `{}`, and would store the mask in its place",
                    setting.key,
                    provider.key()
                ),
                "set this secret as well";
        }?;
    }
    Ok(())
}
