//! Declares the model, the update and the conversions of a settings domain from one table of fields.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    error::Result,
    text::{js_trim, no_nul, refuse_if},
    types::Locale,
    write::MASK,
};

/// Declares the fields of a domain once: the configuration, its update, and the conversions from and to the
/// generated types.
///
/// A row is `pub name: kind Type = generated_name;` with the documentation of the field. The kind is `plain` (the
/// setter takes the type), `into` (it takes `impl Into` of the type), or `list` (it takes an iterator). `newer` before
/// the kind marks a field that older releases of Wiki.js lack; its type in the model is an `Option`. `as` names a
/// module that converts between the generated type and the type of the kind. `or` sets a default for a field that the
/// wiki omits.
///
/// The generated variables contain all fields (`whole`) or only the changed ones (`differences`).
macro_rules! fields {
    (
        $(#[$config_meta:meta])* $config:ident from $selected:ty;
        $(#[$update_meta:meta])* $update:ident $({ $($extra:ident: $extra_type:ty),* })?;
        $mode:ident $variables:ty;
        $(
            $(#[doc = $doc:literal])*
            $vis:vis $name:ident: $($kind:ident)+ = $wire:ident $(as $codec:ident)? $(or $default:literal)?;
        )*
    ) => {
        $(#[$config_meta])*
        #[non_exhaustive]
        pub struct $config {
            $($(#[doc = $doc])* $vis $name: $crate::settings::table::of_config!($($kind)+),)*
        }

        impl From<$selected> for $config {
            fn from(config: $selected) -> Self {
                Self {
                    $($name: $crate::settings::table::Value::read(
                        Option::from($($codec::read)? (config.$wire))$(.or(Some($default)))?
                    ),)*
                }
            }
        }

        impl $config {
            /// Returns the variables that change the stored configuration `before` into this one.
            fn variables(&self, before: &Self) -> $variables {
                type Variables = $variables;
                Variables {
                    $($wire: $crate::settings::table::argument!(
                        $mode self.$name, before.$name, $($codec)?
                    ),)*
                }
            }
        }

        $(#[$update_meta])*
        pub struct $update {
            $($name: Option<$crate::settings::table::of_update!($($kind)+)>,)*
            $($($extra: $extra_type,)*)?
        }

        $($crate::settings::table::setter! { $update $(#[doc = $doc])* $name: $($kind)+ })*

        impl $update {
            /// Creates an update that changes nothing.
            pub fn new() -> Self {
                Self::default()
            }

            /// Checks each set value by the rules of its type.
            fn check_values(&self) -> $crate::error::Result<()> {
                $(if let Some(value) = &self.$name {
                    $crate::settings::table::Value::check(value, stringify!($name))?;
                })*
                Ok(())
            }

            /// Returns the configuration with the changes of this update.
            fn apply(&self, current: &$config) -> $config {
                let mut changed = current.clone();
                $(if let Some(value) = &self.$name {
                    changed.$name = value.clone().into();
                })*
                changed
            }
        }
    };
}

/// Expands to the argument of a field. With `differences`, the argument of an unchanged field is omitted.
macro_rules! argument {
    (whole $wanted:expr, $before:expr, $($codec:ident)?) => {{
        let _ = &$before;
        $($codec::write)? ($crate::settings::table::Value::write(&$wanted)).into()
    }};
    (differences $wanted:expr, $before:expr, $($codec:ident)?) => {
        if $wanted == $before {
            $crate::api::Argument::Omit
        } else {
            ($($codec::write)? ($crate::settings::table::Value::write(&$wanted))).into()
        }
    };
}

/// Expands to the type of a field in the configuration.
macro_rules! of_config {
    (newer $($kind:ident)+) => { Option<$crate::settings::table::of_update!($($kind)+)> };
    ($($kind:ident)+) => { $crate::settings::table::of_update!($($kind)+) };
}

/// Expands to the type of a field in the update.
macro_rules! of_update {
    (newer $($kind:ident)+) => { $crate::settings::table::of_update!($($kind)+) };
    (list $type:ident) => { Vec<$type> };
    ($kind:ident $type:ident) => { $type };
}

/// Declares the setter of a field.
macro_rules! setter {
    ($update:ident $(#[$doc:meta])* $name:ident: newer $($kind:ident)+) => {
        $crate::settings::table::setter! { $update $(#[$doc])* $name: $($kind)+ }
    };
    ($update:ident $(#[$doc:meta])* $name:ident: into $type:ident) => {
        $crate::call::setters! { $update {
            $(#[$doc])*
            $name($name: impl Into<$type>) => $name = Some($name.into());
        } }
    };
    ($update:ident $(#[$doc:meta])* $name:ident: list $type:ident) => {
        $crate::call::setters! { $update {
            $(#[$doc])*
            $name($name: impl IntoIterator<Item: Into<$type>>) =>
                $name = Some($crate::types::converted($name));
        } }
    };
    ($update:ident $(#[$doc:meta])* $name:ident: plain $type:ident) => {
        $crate::call::setters! { $update {
            $(#[$doc])*
            $name($name: $type) => $name = Some($name);
        } }
    };
}

pub(crate) use {argument, fields, of_config, of_update, setter};

/// Conversion of a field from and to the generated types.
pub(crate) trait Value: Sized {
    /// The generated type.
    type Wire;

    /// The type of the argument; an `Option` for a field that older releases lack.
    type Argument;

    /// Converts a field from the generated type. A missing field has the default of its type.
    fn read(wire: Option<Self::Wire>) -> Self;

    /// Returns the argument that writes the field.
    fn write(&self) -> Self::Argument;

    /// Returns an error for a value of this type that Wiki.js cannot store.
    fn check(&self, field: &'static str) -> Result<()>;
}

macro_rules! values {
    ($(
        $type:ty = $wire:ty: |$read:ident| $value:expr, |$field:ident| $argument:expr,
        |$checked:pat_param, $name:pat_param| $check:expr;
    )*) => {$(
        impl Value for $type {
            type Wire = $wire;
            type Argument = $wire;

            fn read(wire: Option<$wire>) -> Self {
                let $read = wire.unwrap_or_default();
                $value
            }

            fn write(&self) -> $wire {
                let $field = self;
                $argument
            }

            fn check(&self, $name: &'static str) -> Result<()> {
                let $checked = self;
                $check
            }
        }
    )*};
}

values! {
    bool = bool: |flag| flag, |flag| *flag, |_, _| Ok(());
    i64 = i64: |number| number, |number| *number, |_, _| Ok(());
    u32 = i64: |number| number.try_into().unwrap_or_default(), |number| (*number).into(),
        |number, field| fits_int(field, *number);
    String = String: |text| text, |text| text.clone(), |text, field| no_nul(field, text);
    SecretString = String: |text| text.into(), |secret| secret.expose_secret().to_owned(),
        |secret, field| no_mask(field, secret.expose_secret());
    Locale = String: |text| text.into(), |locale| locale.to_string(), |locale, _| Locale::check(locale);
    super::theme::Iconset = String: |text| text.into(), |iconset| iconset.to_string(),
        |iconset, field| not_empty(field, iconset.as_str());
    super::theme::TocPosition = String: |text| text.into(), |position| position.to_string(),
        |position, field| not_empty(field, position.as_str());
}

impl<T: Value> Value for Option<T> {
    type Wire = T::Wire;
    type Argument = Option<T::Argument>;

    fn read(wire: Option<T::Wire>) -> Self {
        wire.map(|wire| T::read(Some(wire)))
    }

    fn write(&self) -> Option<T::Argument> {
        self.as_ref().map(T::write)
    }

    fn check(&self, field: &'static str) -> Result<()> {
        self.iter().try_for_each(|value| value.check(field))
    }
}

impl<T: Value<Wire = String, Argument = String>> Value for Vec<T> {
    type Wire = Vec<Option<String>>;
    type Argument = Vec<Option<String>>;

    fn read(wire: Option<Self::Wire>) -> Self {
        let texts = wire.into_iter().flatten().flatten();
        texts.map(|text| T::read(Some(text))).collect()
    }

    fn write(&self) -> Self::Argument {
        self.iter().map(|value| Some(value.write())).collect()
    }

    fn check(&self, field: &'static str) -> Result<()> {
        self.iter().try_for_each(|value| value.check(field))
    }
}

fn fits_int(field: &'static str, number: u32) -> Result<()> {
    refuse_if! {
        i32::try_from(number).is_err() => field,
            format!("{number} does not fit the 32-bit Int of GraphQL"), "pass at most 2147483647";
    }
}

fn no_mask(field: &'static str, secret: &str) -> Result<()> {
    refuse_if! {
        secret == MASK => field, "it is the mask that Wiki.js shows in place of a secret",
            "pass the secret itself, or omit it to keep the stored one";
    }?;
    no_nul(field, secret)
}

/// Returns an error for a blank text, because Wiki.js requires a name.
pub(super) fn not_empty(field: &'static str, text: &str) -> Result<()> {
    refuse_if! { js_trim(text).is_empty() => field, "it is empty", "omit it"; }?;
    no_nul(field, text)
}
