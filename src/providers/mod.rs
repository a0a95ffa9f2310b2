//! Providers: modules of Wiki.js that administrators enable, disable and configure.
//!
//! [`Providers`] is the handle of one kind of them: analytics services, comment providers, loggers, renderers, search
//! engines, storage targets, login strategies. The methods of [`Client`] return them: `analytics`,
//! `comment_providers`, `loggers`, `renderers`, `search_engines`, `storage`, `auth_strategies`. All of them require
//! the permission `manage:system`.
//!
//! Wiki.js returns a setting as its definition with the value, `{"type":"string", …, "value":x}`, but expects `{"v":x}`
//! in an update: a client that writes back the returned form erases the setting
//! ([K44](crate::guide::known_issues#k44)). Wiki.js also deletes settings that an update of the provider omits. An
//! update therefore reads all providers, changes one, checks the change against the definitions of the settings, sends
//! the whole provider, reads it back and compares it. An update that changes nothing is not sent.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let git = wiki.storage().update("git", ProviderUpdate::new().set("branch", "main")).await?;
//! assert_eq!(git.settings.text("branch"), Some("main"));
//! for setting in &git.settings {
//!     println!("{} = {:?} ({})", setting.key, setting.value, setting.title);
//! }
//! wiki.analytics().enable("plausible").await?;
//! # });
//! ```
//!
//! # Secrets
//!
//! A setting that its definition marks as sensitive, or whose name marks it as secret (`clientSecret`, `apiKey`, …), is
//! a [`SettingValue::Secret`], which `Debug` does not show. Wiki.js returns the mask `********` instead of the secrets
//! of storage targets: such a setting is [`SettingValue::Hidden`], and Wiki.js keeps the stored secret if an update
//! contains the mask. It returns the secrets of all other providers and would store the mask as the secret; this client
//! refuses to write the mask there.

mod kinds;
mod setting;
mod storage;
mod strategies;
mod update;

use std::{fmt, marker::PhantomData};

use self::update::{Configured, Domain, Exclusive, apply, change, find};
pub use self::{
    kinds::{
        Analytics, CommentProviders, Logger, LoggerChanges, LoggerUpdate, Loggers, Provider,
        Renderer, Renderers, SearchEngines,
    },
    setting::{Setting, SettingKind, SettingValue, Settings},
    storage::{
        Storage, StorageMode, StorageTarget, TargetAction, TargetChanges, TargetState,
        TargetStatus, TargetUpdate,
    },
    strategies::{
        AuthStrategies, NewStrategy, Strategy, StrategyChanges, StrategyKind, StrategyUpdate,
    },
    update::ProviderUpdate,
};
use crate::{call::Call, client::Client, error::Error, handle::Handle};

/// A kind of providers, the parameter of [`Providers`].
pub trait Kind: Clone + fmt::Debug + Send + Sync + 'static {
    /// Model of a provider.
    type Provider: Clone + fmt::Debug + PartialEq + Send + Sync + 'static;

    /// Changes that only this kind has, the parameter of [`ProviderUpdate`].
    type Changes: Clone + fmt::Debug + Default + PartialEq + Send + Sync + 'static;
}

/// A handle for the providers of one kind. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Providers<K: Kind> {
    client: Client,
    kind: PhantomData<K>,
}

impl<K: Kind> Providers<K> {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Handle for Providers<K> {
    fn on_client(client: Client) -> Self {
        let kind = PhantomData;
        Self { client, kind }
    }

    fn client(&self) -> &Client {
        &self.client
    }
}

#[allow(private_bounds, reason = "the kinds are those of Wiki.js")]
impl<K: Exclusive> Providers<K> {
    /// Returns the enabled provider. In a new wiki it is the one of Wiki.js itself: `default` for comments, `db` for
    /// search.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if none is enabled, which Wiki.js does not
    /// prevent.
    pub fn active(&self) -> Call<K::Provider> {
        Call::on(self, |providers| async move {
            let mut all = K::read(&providers.client).await?.into_iter();
            let active = all.find(Configured::is_enabled);
            active.ok_or_else(|| Error::not_found(K::READ, format_args!("enabled {}", K::NOUN)))
        })
    }
}

#[allow(private_bounds, reason = "the kinds are those of Wiki.js")]
impl<K: Domain> Providers<K> {
    /// Lists all providers, including disabled ones. Login strategies are sorted by their order, storage targets by
    /// title, all others by key.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`. If another program has erased a secret of
    /// a storage target ([K44](crate::guide::known_issues#k44)), Wiki.js returns a JavaScript `TypeError` until that
    /// target is written again.
    pub fn list(&self) -> Call<Vec<K::Provider>> {
        Call::on(self, |this| async move { K::read(&this.client).await })
    }

    /// Lists the enabled providers, in the order of [`list`](Self::list).
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn enabled(&self) -> Call<Vec<K::Provider>> {
        Call::on(self, |providers| async move {
            let mut enabled = K::read(&providers.client).await?;
            enabled.retain(Configured::is_enabled);
            Ok(enabled)
        })
    }

    /// Returns the provider with this key.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if there is none with this key.
    pub fn get(&self, key: impl Into<String>) -> Call<K::Provider> {
        let key = key.into();
        Call::on(self, |providers| async move {
            find::<K>(K::read(&providers.client).await?, &key)
        })
    }

    /// Changes the set fields of `update`, and returns the provider as stored. All other settings, including hidden
    /// secrets, and all other providers are kept.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::{StorageMode, TargetUpdate};
    ///
    /// let update = TargetUpdate::new().mode(StorageMode::Push).set("branch", "main");
    /// let git = wiki.storage().update("git", update).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no provider with this key;
    /// [`Error::InvalidInput`] for an unknown setting, a value of another type, a provider
    /// that is not available, and a change that is invalid for this kind: then nothing is sent.
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`;
    /// [`Error::NotApplied`] if the wiki reports success and stored nothing;
    /// [`Error::PartiallyApplied`] if it stored some of the settings, which the error
    /// names; [`Error::Unconfirmed`] if the response to a changed hidden secret was lost,
    /// because the API does not return hidden secrets.
    pub fn update(
        &self,
        key: impl Into<String>,
        update: ProviderUpdate<K::Changes>,
    ) -> Call<K::Provider> {
        let key = key.into();
        Call::on(self, |providers| async move {
            K::check(&providers.client, &update).await?;
            let changed = change(&providers, key.clone(), Ok(()), move |all, key| {
                apply::<K>(&update, all, key)
            });
            let (all, is_written) = changed.await?;
            let provider = find::<K>(all, &key)?;
            if is_written {
                K::verify(&providers.client, &provider).await?;
            }
            Ok(provider)
        })
    }

    /// Enables a provider, and returns it. For search engines and comment providers, this disables the others.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn enable(&self, key: impl Into<String>) -> Call<K::Provider> {
        self.update(key, ProviderUpdate::new().enabled(true))
    }

    /// Disables a provider, and returns it.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); [`Error::InvalidInput`] for the enabled search engine
    /// or comment provider, because one must be enabled, and for the login strategy `local`.
    pub fn disable(&self, key: impl Into<String>) -> Call<K::Provider> {
        self.update(key, ProviderUpdate::new().enabled(false))
    }
}

/// Declares the model of a provider: the common fields, and the fields of its kind.
macro_rules! provider {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $vis:vis $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            /// `key`.
            pub key: String,
            /// `title`.
            pub title: String,
            /// `isAvailable`: this release of Wiki.js implements the provider. `true` for kinds without this field.
            pub is_available: bool,
            /// `isEnabled`.
            pub is_enabled: bool,
            /// `config`.
            pub settings: $crate::providers::Settings,
            $($(#[$about])* $vis $field: $type,)*
        }

        impl $crate::providers::Configured for $name {
            fn key(&self) -> &str {
                &self.key
            }

            fn is_available(&self) -> bool {
                self.is_available
            }

            fn is_enabled(&self) -> bool {
                self.is_enabled
            }

            fn set_enabled(&mut self, is_enabled: bool) {
                self.is_enabled = is_enabled;
            }

            fn settings(&self) -> &$crate::providers::Settings {
                &self.settings
            }

            fn settings_mut(&mut self) -> &mut $crate::providers::Settings {
                &mut self.settings
            }
        }
    };
}

/// Creates a model from data of Wiki.js. The first list names the fields that have the value of the data, or the default of
/// their type if it is null. The second list names the texts that are `None` if they are empty. The values of all other
/// fields are specified.
macro_rules! read_model {
    ($data:ident => $model:ident {
        $($same:ident),*; $($text:ident),*; $($other:ident: $value:expr,)*
    }) => {
        $model {
            $($other: $value,)*
            $($same: Option::from($data.$same).unwrap_or_default(),)*
            $($text: $crate::text::filled($data.$text),)*
        }
    };
}

/// Declares a kind of providers: its marker type, the method of [`Client`] that returns its handle, and the operations
/// that read and write it. The fields of the model are those of [`read_model!`], to which the macro adds the key and the
/// settings. The input has fields with the values of the model, other fields whose values are specified, and the settings,
/// which the macro adds. The items after it override defaults of [`Domain`].
macro_rules! kind {
    (
        $(#[$doc:meta])* $kind:ident, $noun:literal: $provider:ty, $changes:ty;
        $(#[$about:meta])* $method:ident;
        $read:ident, |$data:ident| $model:ident {
            $($same:ident),*; $($text:ident),*; $($other:ident: $value:expr,)*
        };
        $write:ident($argument:ident: $input:ident), |$given:ident| {
            $($kept:ident),*; $($field:ident: $to_field:expr,)*
        };
        $($rest:tt)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {}

        impl $crate::client::Client {
            $(#[$about])*
            pub fn $method(&self) -> $crate::providers::Providers<$kind> {
                $crate::providers::Providers::new(self)
            }
        }

        impl $crate::providers::Kind for $kind {
            type Provider = $provider;
            type Changes = $changes;
        }

        impl $crate::providers::Domain for $kind {
            type Input = $input;

            const READ: &'static str = stringify!($read);
            const WRITE: &'static str = stringify!($write);
            const NOUN: &'static str = $noun;

            async fn read(client: &$crate::client::Client) -> $crate::error::Result<Vec<$provider>> {
                let found = $crate::response::query!(client, $read);
                let found = found.into_iter().map(|$data| {
                    Ok($crate::providers::read_model!($data => $model {
                        key, $($same),*;
                        $($text),*;
                        settings: $crate::providers::setting::configured(
                            stringify!($read),
                            &$data.key,
                            Self::DIALECT,
                            $data.config,
                        )?,
                        $($other: $value,)*
                    }))
                });
                let mut found: Vec<$provider> = found.collect::<$crate::error::Result<_>>()?;
                Self::sort(&mut found);
                Ok(found)
            }

            fn input($given: &$provider) -> $input {
                $input {
                    $($kept: $given.$kept.clone(),)*
                    $($field: $to_field,)*
                    config: $given.settings.written(Self::DIALECT),
                }
            }

            async fn send(
                write: &$crate::handle::Write<$crate::providers::Providers<Self>>,
                input: Vec<Option<$input>>,
            ) -> $crate::error::Result<()> {
                type Variables = <$crate::api::$write as graphql_client::GraphQLQuery>::Variables;
                let variables = Variables { $argument: input.into() };
                $crate::response::mutation!(write, $write, variables);
                Ok(())
            }

            $($rest)*
        }
    };
}

use {kind, provider, read_model};
