//! Settings as Wiki.js answers them.

use serde_json::{Map, Value};

use super::{Setting, SettingKind, SettingValue, Settings};
use crate::{
    api::fragments::ProviderSetting,
    error::{Applied, DecodeError, Error, Result},
};

/// How a domain wants its settings written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "not every feature has both")]
pub(crate) enum Dialect {
    /// `{"v":x}`, which keeps the type of `x`.
    Json,
    /// The bare text, as loggers have it. Wiki.js stores it as a text, whatever the type.
    Text,
}

/// The settings of a provider, with their values.
pub(crate) fn configured(
    operation: &str,
    provider: &str,
    dialect: Dialect,
    config: Option<Vec<Option<ProviderSetting>>>,
) -> Result<Settings> {
    read(
        operation,
        provider,
        config,
        |definition, kind, is_secret| {
            let value = take(definition, "value");
            let value = match dialect {
                Dialect::Json => value,
                Dialect::Text => typed(value, kind),
            };
            SettingValue::read(value, is_secret)
        },
    )
}

/// The settings that a provider will have, with their defaults as values.
#[allow(
    dead_code,
    reason = "only login strategies are defined before they are set up"
)]
pub(crate) fn defined(
    operation: &str,
    provider: &str,
    config: Option<Vec<Option<ProviderSetting>>>,
) -> Result<Settings> {
    read(operation, provider, config, |definition, _, is_secret| {
        let default = definition.get("default").cloned().unwrap_or_default();
        SettingValue::read(default, is_secret)
    })
}

fn read(
    operation: &str,
    provider: &str,
    config: Option<Vec<Option<ProviderSetting>>>,
    value: impl Fn(&mut Map<String, Value>, &SettingKind, bool) -> SettingValue,
) -> Result<Settings> {
    let pairs = config.into_iter().flatten().flatten();
    let settings = pairs.map(|pair| {
        let mut definition: Map<String, Value> =
            serde_json::from_str(&pair.value).map_err(|source| {
                Error::Decode(Box::new(DecodeError {
                    operation: operation.to_owned(),
                    status: 200,
                    path: format!("{provider}.config.{}", pair.key),
                    source,
                    applied: Applied::No,
                }))
            })?;
        let definition = &mut definition;
        let kind = SettingKind::from(definition.get("type").and_then(Value::as_str).unwrap_or(""));
        let is_flagged = |name| definition.get(name).and_then(Value::as_bool) == Some(true);
        let is_secret =
            is_flagged("sensitive") || (kind == SettingKind::Text && names_a_secret(&pair.key));
        Ok(Setting {
            is_multiline: is_flagged("multiline"),
            is_secret,
            value: value(definition, &kind, is_secret),
            default: SettingValue::read(take(definition, "default"), is_secret),
            title: text(definition, "title").unwrap_or_default(),
            hint: text(definition, "hint"),
            allowed: allowed(take(definition, "enum")),
            order: definition
                .get("order")
                .and_then(Value::as_i64)
                .unwrap_or(i64::MAX),
            kind,
            key: pair.key,
        })
    });
    Ok(Settings::new(settings.collect::<Result<_>>()?))
}

fn take(definition: &mut Map<String, Value>, name: &str) -> Value {
    definition.remove(name).unwrap_or_default()
}

/// Where there is none, Wiki.js has `false`.
fn text(definition: &mut Map<String, Value>, name: &str) -> Option<String> {
    match take(definition, name) {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn allowed(values: Value) -> Vec<String> {
    let Value::Array(values) = values else {
        return Vec::new();
    };
    let texts = values.into_iter().map(|value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    });
    texts.collect()
}

/// What a logger has stored as a text, in the type that its definition names.
fn typed(value: Value, kind: &SettingKind) -> Value {
    let Value::String(text) = &value else {
        return value;
    };
    let parsed: Option<Value> = match kind {
        SettingKind::Number | SettingKind::Boolean => serde_json::from_str(text).ok(),
        SettingKind::Text | SettingKind::Other(_) => None,
    };
    match (kind, parsed) {
        (SettingKind::Number, Some(number @ Value::Number(_))) => number,
        (SettingKind::Boolean, Some(flag @ Value::Bool(_))) => flag,
        _ => value,
    }
}

/// Whether a setting's name says that it is secret. The definitions say so of storage targets alone.
fn names_a_secret(key: &str) -> bool {
    const ENDS: [&str; 13] = [
        "secret",
        "password",
        "passphrase",
        "credentials",
        "privatekey",
        "pvk",
        "apikey",
        "accesskey",
        "adminkey",
        "accountkey",
        "licensekey",
        "keystring",
        "token",
    ];
    let key = key.to_ascii_lowercase();
    // `akismet` is the key of that service, `key` that of an error tracker.
    key == "key" || key == "akismet" || ENDS.iter().any(|end| key.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::names_a_secret;

    #[test]
    fn names_tell_secrets() {
        for key in [
            "clientSecret",
            "apiKey",
            "bindCredentials",
            "decryptionPvk",
            "secretAccessKey",
            "cookieEncryptionKeyString",
            "akismet",
        ] {
            assert!(names_a_secret(key), "{key}");
        }
        for key in [
            "clientId",
            "tokenURL",
            "sshPrivateKeyPath",
            "accessKeyId",
            "minDelay",
        ] {
            assert!(!names_a_secret(key), "{key}");
        }
    }
}
