//! Settings of a provider: values with their definitions, and the forms in which Wiki.js returns and accepts them.

use std::slice;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Number, Value};

use crate::{
    api::{fragments::ProviderSetting, inputs::KeyValuePairInput},
    error::{Applied, DecodeError, Error, Result},
    redact::is_secret_key,
    types::open_enum,
    write::MASK,
};

open_enum! {
    /// Type of a setting.
    ///
    /// A setting without a definition has the type `Other` with an empty name. Any value is accepted for `Other`.
    SettingKind {
        /// `string`.
        Text = "string",
        /// `number`.
        Number = "number",
        /// `boolean`.
        Boolean = "boolean",
    }
}

impl SettingKind {
    /// Returns the words for a value of the type in error messages.
    pub(super) fn in_words(&self) -> &str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Other(name) => name,
        }
    }
}

/// A setting of a provider: its value and its definition.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Setting {
    /// `key`.
    pub key: String,
    /// `value`.
    pub value: SettingValue,
    /// `type`.
    pub kind: SettingKind,
    /// `default`; `Null` if the definition has none.
    pub default: SettingValue,
    /// `title`; empty if there is none.
    pub title: String,
    /// `hint` for administrators.
    pub hint: Option<String>,
    /// `enum`: the allowed values; empty if any value is allowed.
    pub allowed: Vec<String>,
    /// `order` among the settings of its provider, smallest first.
    pub order: i64,
    /// `multiline`: the text has several lines.
    pub is_multiline: bool,
    /// `true` for a secret: its definition has `sensitive`, or its key is that of a secret.
    pub is_secret: bool,
}

impl Setting {
    /// Returns the value in the form that Wiki.js accepts, which differs from the form that it returns
    /// ([K44](crate::guide::known_issues#k44)).
    fn written(&self, dialect: Dialect) -> String {
        let value = self.value.to_json();
        match (dialect, value) {
            (Dialect::Json, value) => serde_json::json!({ "v": value }).to_string(),
            (Dialect::Text, Value::String(text)) => text,
            (Dialect::Text, Value::Null) => String::new(),
            (Dialect::Text, other) => other.to_string(),
        }
    }
}

/// Settings of a provider, in the order of the administration pages of Wiki.js.
///
/// ```
/// # wikijs_fake::example!(wiki => {
/// let sftp = wiki.storage().get("sftp").await?;
/// let port = sftp.settings.value("port").and_then(|port| port.as_i64());
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings(Vec<Setting>);

impl Settings {
    /// Sorts the settings by order, then by key.
    fn new(mut settings: Vec<Setting>) -> Self {
        settings.sort_by(|one, other| (one.order, &one.key).cmp(&(other.order, &other.key)));
        Self(settings)
    }

    /// Returns the setting with this key.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.iter().find(|setting| setting.key == key)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Setting> {
        self.0.iter_mut().find(|setting| setting.key == key)
    }

    /// Returns the value of the setting with this key.
    pub fn value(&self, key: &str) -> Option<&SettingValue> {
        self.get(key).map(|setting| &setting.value)
    }

    /// Returns the value of the setting with this key, if it is a text that is not secret.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_str()
    }

    /// Iterates over the settings.
    pub fn iter(&self) -> slice::Iter<'_, Setting> {
        self.0.iter()
    }

    /// Returns the number of settings.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if there are no settings.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all settings in the form of the input of a provider.
    pub(super) fn written<List: From<Vec<Option<KeyValuePairInput>>>>(
        &self,
        dialect: Dialect,
    ) -> List {
        let pairs = self.iter().map(|setting| {
            Some(KeyValuePairInput {
                key: setting.key.clone(),
                value: setting.written(dialect),
            })
        });
        pairs.collect::<Vec<_>>().into()
    }
}

impl<'a> IntoIterator for &'a Settings {
    type Item = &'a Setting;
    type IntoIter = slice::Iter<'a, Setting>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The form in which a kind of providers accepts its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{"v":x}`, which keeps the type of `x`.
    Json,
    /// The plain text, for loggers. Wiki.js stores any type as a text.
    Text,
}

/// Reads the definitions of settings, with the defaults as values.
pub(super) fn defined(
    operation: &str,
    provider: &str,
    config: Vec<ProviderSetting>,
) -> Result<Settings> {
    let mut settings = configured(operation, provider, Dialect::Json, config)?;
    for setting in &mut settings.0 {
        setting.value = setting.default.clone();
    }
    Ok(settings)
}

/// Reads the settings of a provider, with their values.
pub(super) fn configured(
    operation: &str,
    provider: &str,
    dialect: Dialect,
    config: Vec<ProviderSetting>,
) -> Result<Settings> {
    let settings = config.into_iter().map(|pair| {
        let mut definition: Map<String, Value> =
            serde_json::from_str(&pair.value).map_err(|source| {
                let path = format!("{provider}.config.{}", pair.key);
                let error = DecodeError::new(operation, path, source, Applied::No);
                Error::Decode(Box::new(error))
            })?;
        let value = take(&mut definition, "value");
        let definition = &mut definition;
        let kind = SettingKind::from(definition.get("type").and_then(Value::as_str).unwrap_or(""));
        let is_flagged = |name| definition.get(name).and_then(Value::as_bool) == Some(true);
        // Only the definitions of storage targets mark secrets.
        let is_secret =
            is_flagged("sensitive") || (kind == SettingKind::Text && is_secret_key(&pair.key));
        let value = match (dialect, value) {
            (Dialect::Text, Value::String(text)) => typed(text, &kind),
            (_, value) => value,
        };
        let is_multiline = is_flagged("multiline");
        Ok(Setting {
            is_multiline,
            is_secret,
            value: SettingValue::read(value, is_secret),
            default: SettingValue::read(take(definition, "default"), is_secret),
            title: text(definition, "title").unwrap_or_default(),
            hint: text(definition, "hint"),
            allowed: allowed(take(definition, "enum")),
            order: take(definition, "order").as_i64().unwrap_or(i64::MAX),
            kind,
            key: pair.key,
        })
    });
    Ok(Settings::new(settings.collect::<Result<_>>()?))
}

fn take(definition: &mut Map<String, Value>, name: &str) -> Value {
    definition.remove(name).unwrap_or_default()
}

/// Removes a text from a definition and returns it. Wiki.js returns `false` for a missing text.
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

/// Converts a value that a logger stores as a text to the type of its definition.
fn typed(text: String, kind: &SettingKind) -> Value {
    match (kind, serde_json::from_str(&text)) {
        (SettingKind::Number, Ok(number @ Value::Number(_))) => number,
        (SettingKind::Boolean, Ok(flag @ Value::Bool(_))) => flag,
        _ => Value::String(text),
    }
}

/// The value of a setting, with its type.
///
/// Texts, numbers, booleans and secrets convert into a `SettingValue`:
///
/// ```
/// use secrecy::SecretString;
/// use wikijs_client::providers::SettingValue;
///
/// assert_eq!(SettingValue::from("main"), SettingValue::Text("main".to_owned()));
/// assert_eq!(SettingValue::from(22).as_i64(), Some(22));
/// let secret = SettingValue::from(SecretString::from("s3cret"));
/// assert!(!format!("{secret:?}").contains("s3cret"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SettingValue {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Boolean(bool),
    /// A secret text; empty if none is set.
    Secret(SecretString),
    /// A stored secret that Wiki.js does not return.
    Hidden,
    /// Null: the setting was erased.
    Null,
    /// A list or an object. Wiki.js 2.5 has no such setting.
    Other(Value),
}

impl SettingValue {
    /// Returns `false` for null, an empty text and an empty secret, and `true` for everything else.
    pub fn is_set(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Secret(secret) => !secret.expose_secret().is_empty(),
            Self::Null => false,
            Self::Number(_) | Self::Boolean(_) | Self::Hidden | Self::Other(_) => true,
        }
    }

    /// Returns the type of setting that takes this value.
    pub(super) fn kind(&self) -> SettingKind {
        match self {
            Self::Text(_) | Self::Secret(_) => SettingKind::Text,
            Self::Number(_) => SettingKind::Number,
            Self::Boolean(_) => SettingKind::Boolean,
            Self::Hidden => SettingKind::Other("a hidden secret".to_owned()),
            Self::Null => SettingKind::Other("nothing".to_owned()),
            Self::Other(_) => SettingKind::Other("a list or an object".to_owned()),
        }
    }

    /// Converts a value from the form that Wiki.js returns.
    fn read(value: Value, is_secret: bool) -> Self {
        match value {
            Value::String(text) if text == MASK => Self::Hidden,
            Value::String(text) if is_secret => Self::Secret(text.into()),
            Value::String(text) => Self::Text(text),
            Value::Number(number) => Self::Number(number),
            Value::Bool(value) => Self::Boolean(value),
            Value::Null => Self::Null,
            other => Self::Other(other),
        }
    }

    /// Returns the value in the form that Wiki.js stores, or the mask for a hidden secret.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Boolean(value) => (*value).into(),
            Self::Secret(secret) => secret.expose_secret().into(),
            Self::Hidden => MASK.into(),
            Self::Null => Value::Null,
            Self::Other(value) => value.clone(),
        }
    }

    /// Converts a text to a secret if the setting is one, and a secret to a text if it is not.
    pub(super) fn of_setting(self, is_secret: bool) -> Self {
        match self {
            Self::Text(text) if is_secret => Self::Secret(text.into()),
            Self::Secret(secret) if !is_secret => Self::Text(secret.expose_secret().to_owned()),
            other => other,
        }
    }

    /// Returns `true` if this is the text of the mask.
    pub(super) fn is_mask(&self) -> bool {
        match self {
            Self::Text(text) => text == MASK,
            Self::Secret(secret) => secret.expose_secret() == MASK,
            _ => false,
        }
    }
}

/// Declares methods that return the value if it is of one variant.
macro_rules! accessors {
    ($($(#[$doc:meta])* $name:ident: $type:ty = |$variant:ident($value:ident)| $result:expr;)*) => {
        impl SettingValue {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Option<$type> {
                    match self {
                        Self::$variant($value) => $result,
                        _ => None,
                    }
                }
            )*
        }
    };
}

accessors! {
    /// Returns the text; `None` for a secret.
    as_str: &str = |Text(text)| Some(text);
    /// Returns the number, if it is an integer.
    as_i64: i64 = |Number(number)| number.as_i64();
    /// Returns the number.
    as_f64: f64 = |Number(number)| number.as_f64();
    /// Returns the boolean.
    as_bool: bool = |Boolean(value)| Some(*value);
    /// Returns the secret, if Wiki.js returned it.
    as_secret: &SecretString = |Secret(secret)| Some(secret);
}

impl PartialEq for SettingValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Hidden, Self::Hidden) => true,
            (Self::Hidden, _) | (_, Self::Hidden) => false,
            _ => self.to_json() == other.to_json(),
        }
    }
}

macro_rules! value_from {
    ($variant:ident: $($type:ty),*) => {
        $(impl From<$type> for SettingValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}
value_from!(Text: &str, String, &String);
value_from!(Number: i8, i16, i32, i64, u8, u16, u32, u64, Number);
value_from!(Boolean: bool);
value_from!(Secret: SecretString);

impl From<f64> for SettingValue {
    /// Converts a number. A number without a fraction becomes an integer, as in the JSON of JavaScript. A number that
    /// is not finite becomes [`Null`](Self::Null), which no setting accepts.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "only integers that i64 and f64 both represent are converted"
    )]
    fn from(value: f64) -> Self {
        const EXACT: f64 = (1_u64 << 53) as f64;
        if value.fract() == 0.0 && value.abs() < EXACT {
            return Self::from(value as i64);
        }
        Number::from_f64(value).map_or(Self::Null, Self::Number)
    }
}
