//! Values of settings.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Number, Value};

use crate::write::MASK;

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
    /// Returns the text; `None` for a secret.
    pub fn as_str(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }

    /// Returns the number, if it is an integer.
    pub fn as_i64(&self) -> Option<i64> {
        let Self::Number(number) = self else {
            return None;
        };
        number.as_i64()
    }

    /// Returns the number.
    pub fn as_f64(&self) -> Option<f64> {
        let Self::Number(number) = self else {
            return None;
        };
        number.as_f64()
    }

    /// Returns the boolean.
    pub fn as_bool(&self) -> Option<bool> {
        let Self::Boolean(value) = self else {
            return None;
        };
        Some(*value)
    }

    /// Returns the secret, if Wiki.js returned it.
    pub fn as_secret(&self) -> Option<&SecretString> {
        let Self::Secret(secret) = self else {
            return None;
        };
        Some(secret)
    }

    /// Returns `false` for null, an empty text and an empty secret, and `true` for everything else.
    pub fn is_set(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Secret(secret) => !secret.expose_secret().is_empty(),
            Self::Null => false,
            Self::Number(_) | Self::Boolean(_) | Self::Hidden | Self::Other(_) => true,
        }
    }

    /// Converts a value from the form that Wiki.js returns.
    pub(super) fn read(value: Value, is_secret: bool) -> Self {
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
