//! What the providers of all domains have in common: settings that are read, changed and written back.
//!
//! Storage targets, search engines, renderers, analytics, loggers, comment providers and login
//! strategies are modules of Wiki.js that an administrator switches on and off and that have settings.
//! Wiki.js reads a setting as its definition with the value in it, `{"type":"string", …, "value":x}`,
//! and wants it written as `{"v":x}`; whoever writes back what was read wipes it (hazard 44). What an
//! update leaves out of a provider, Wiki.js deletes.
//!
//! So all façades go the same way: read all providers, make the change, check it against the settings'
//! definitions, write whole what changed, read back and compare. A change that changes nothing is not
//! written.
//!
//! ```
//! # #[cfg(feature = "storage")]
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let git = wiki.storage().update("git", ProviderUpdate::new().set("branch", "main")).await?;
//! assert_eq!(git.settings.text("branch"), Some("main"));
//! for setting in &git.settings {
//!     println!("{} = {:?} ({})", setting.key, setting.value, setting.title);
//! }
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! # Secrets
//!
//! What a definition marks as sensitive, or whose name says that it is secret (`clientSecret`,
//! `apiKey`, …), is a [`SettingValue::Secret`], which `Debug` does not show. Of storage targets Wiki.js
//! shows `********` in place of a secret that is set: that is [`SettingValue::Hidden`], and Wiki.js
//! keeps the secret when the mask comes back. The other domains show their secrets, and would store the
//! mask as if it were one: there this library refuses to write it.

mod change;
#[cfg(any(feature = "comments", feature = "search-engines"))]
mod exclusive;
mod parse;
mod setting;
mod update;
mod value;

pub use self::{
    setting::{Setting, SettingKind, Settings},
    update::ProviderUpdate,
    value::SettingValue,
};

#[allow(unused_imports, reason = "not every feature uses all of them")]
pub(crate) use self::{
    change::{Configured, Domain, by_key, change, find, named},
    parse::{Dialect, configured, defined},
    update::delegate,
};

#[cfg(any(feature = "comments", feature = "search-engines"))]
pub(crate) use self::exclusive::{active, apply_exclusively};

/// A provider of which Wiki.js knows no more than that it is on or off and has settings: a search
/// engine, an analytics service, a comment provider.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Provider {
    /// `key`, such as `postgres`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `logo`: the address of a picture.
    pub logo: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `isAvailable`: whether this version of Wiki.js has more of it than its name.
    pub is_available: bool,
    /// `isEnabled`.
    pub is_enabled: bool,
    /// `config`.
    pub settings: Settings,
}

impl Configured for Provider {
    fn key(&self) -> &str {
        &self.key
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn is_enabled_mut(&mut self) -> &mut bool {
        &mut self.is_enabled
    }

    fn is_available(&self) -> bool {
        self.is_available
    }
}

/// A [`Provider`] of what the operations select of one, which they all call the same.
#[allow(unused_macros, reason = "not every domain has them")]
macro_rules! provider {
    ($operation:literal, $provider:expr) => {{
        let provider = $provider;
        Ok($crate::providers::Provider {
            settings: $crate::providers::configured(
                $operation,
                &provider.key,
                $crate::providers::Dialect::Json,
                provider.config,
            )?,
            key: provider.key,
            title: provider.title,
            description: provider.description.unwrap_or_default(),
            logo: provider.logo.filter(|logo| !logo.is_empty()),
            website: provider.website.filter(|website| !website.is_empty()),
            is_available: provider.is_available.unwrap_or_default(),
            is_enabled: provider.is_enabled,
        })
    }};
}
#[allow(unused_imports, reason = "not every domain has them")]
pub(crate) use provider;

/// Settings as a provider's input takes them: all of them, each in the form in which it is written.
macro_rules! written {
    ($settings:expr, $dialect:expr) => {
        $settings
            .iter()
            .map(|setting| {
                Some($crate::api::inputs::KeyValuePairInput {
                    key: setting.key.clone(),
                    value: setting.written($dialect),
                })
            })
            .collect::<Vec<_>>()
            .into()
    };
}
pub(crate) use written;
