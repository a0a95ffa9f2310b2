//! A setting with its definition, and the settings of a provider.

use std::{fmt, slice};

use super::{SettingValue, parse::Dialect};

/// What a setting takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingKind {
    /// `string`.
    Text,
    /// `number`.
    Number,
    /// `boolean`.
    Boolean,
    /// A type that this version of the library does not know, by its name; empty for a setting without
    /// a definition. It takes any value.
    Other(String),
}

impl From<&str> for SettingKind {
    fn from(name: &str) -> Self {
        match name {
            "string" => Self::Text,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for SettingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Other(name) => name,
        })
    }
}

/// A setting of a provider: its value, and what its definition says about it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Setting {
    /// `key`, by which it is set.
    pub key: String,
    /// `value`.
    pub value: SettingValue,
    /// `type`: what it takes.
    pub kind: SettingKind,
    /// `default`. `Null` where the definition names none.
    pub default: SettingValue,
    /// `title`; empty where there is none.
    pub title: String,
    /// `hint`: what an administrator is told about it.
    pub hint: Option<String>,
    /// `enum`: the values that it may have; empty where it may have any.
    pub allowed: Vec<String>,
    /// `order`: where it stands among the settings of its provider, smallest first.
    pub order: i64,
    /// `multiline`: a text of several lines.
    pub is_multiline: bool,
    /// Whether it is secret: its definition says `sensitive`, or its name says so.
    pub is_secret: bool,
}

impl Setting {
    /// The form in which Wiki.js takes the value, which is not the one in which it answers it
    /// (hazard 44).
    pub(crate) fn written(&self, dialect: Dialect) -> String {
        let value = self.value.to_json();
        match (dialect, value) {
            (Dialect::Json, value) => serde_json::json!({ "v": value }).to_string(),
            (Dialect::Text, serde_json::Value::String(text)) => text,
            (Dialect::Text, serde_json::Value::Null) => String::new(),
            (Dialect::Text, other) => other.to_string(),
        }
    }
}

/// The settings of a provider, in the order in which an administrator sees them.
///
/// ```
/// # #[cfg(feature = "storage")]
/// # wikijs_fake::example(async |fake| {
/// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
/// let sftp = wiki.storage().get("sftp").await?;
/// let port = sftp.settings.value("port").and_then(|port| port.as_i64());
/// # Ok::<_, wikijs_client::Error>(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings(Vec<Setting>);

impl Settings {
    /// Sorted by order, then by key.
    pub(super) fn new(mut settings: Vec<Setting>) -> Self {
        settings.sort_by(|one, other| (one.order, &one.key).cmp(&(other.order, &other.key)));
        Self(settings)
    }

    /// The setting with this key.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.iter().find(|setting| setting.key == key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Setting> {
        self.0.iter_mut().find(|setting| setting.key == key)
    }

    /// The value of the setting with this key.
    pub fn value(&self, key: &str) -> Option<&SettingValue> {
        self.get(key).map(|setting| &setting.value)
    }

    /// The value of the setting with this key, if it is a text that is not secret.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_str()
    }

    /// All of them.
    pub fn iter(&self) -> slice::Iter<'_, Setting> {
        self.0.iter()
    }

    pub(super) fn each_mut(&mut self) -> slice::IterMut<'_, Setting> {
        self.0.iter_mut()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Settings {
    type Item = &'a Setting;
    type IntoIter = slice::Iter<'a, Setting>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
