//! Changes to a provider.

use std::collections::BTreeMap;

use super::{Configured, Setting, SettingKind, SettingValue, storage::quoted};
use crate::{
    error::{Error, Result},
    text::refuse_if,
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
            let known = quoted(provider.settings().iter().map(|setting| &setting.key));
            let Some(setting) = provider.settings_mut().get_mut(key) else {
                let remedy = match known.as_str() {
                    "" => "it has none".to_owned(),
                    known => format!("it has {known}"),
                };
                let problem = format!("`{name}` has no setting `{key}`");
                return Err(Error::invalid("settings", problem, remedy));
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
    let kind = &setting.kind;
    let fits = match kind {
        SettingKind::Text => matches!(value, SettingValue::Text(_) | SettingValue::Secret(_)),
        SettingKind::Number => matches!(value, SettingValue::Number(_)),
        SettingKind::Boolean => matches!(value, SettingValue::Boolean(_)),
        SettingKind::Other(_) => !matches!(value, SettingValue::Hidden),
    };
    let (of_kind, given) = match value {
        SettingValue::Text(text) => ("a text", format!("`{text}`")),
        SettingValue::Secret(_) => ("a text", "that value".to_owned()),
        SettingValue::Number(number) => ("a number", number.to_string()),
        SettingValue::Boolean(flag) => ("true or false", flag.to_string()),
        SettingValue::Hidden => ("a hidden secret", String::new()),
        SettingValue::Null => ("nothing", "null".to_owned()),
        SettingValue::Other(other) => ("a list or an object", other.to_string()),
    };
    let is_allowed = setting.allowed.is_empty()
        || match value {
            SettingValue::Text(text) => setting.allowed.contains(text),
            other => setting.allowed.contains(&other.to_json().to_string()),
        };
    refuse_if! {
        value.is_mask() => "settings",
            problem("is set to the mask that Wiki.js shows in place of a secret"),
            "pass the secret itself, or omit the setting to keep it";
        !fits => "settings",
            problem(&format!("takes {kind}, not {of_kind}")), format!("give {kind}");
        !is_allowed => "settings", problem(&format!("cannot be {given}")),
            format!("it takes {}", quoted(&setting.allowed));
    }
}
