//! The engine of all kinds of providers: read, change, write, read back.

use serde::Serialize;
use serde_json::Value;

use super::{Kind, ProviderUpdate, SettingValue, Settings};
use crate::{
    client::Client,
    error::{Applied, Error, Result},
    transport::WritePermit,
    write::{Observation, Repeat, Response, Target, compare, value_of, write_and_reconcile},
};

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

    /// `true` if Wiki.js keeps a stored secret when an update contains the mask.
    const KEEPS_MASKED: bool = false;

    /// Reads all providers.
    fn read(client: &Client) -> impl Future<Output = Result<Vec<Self::Provider>>> + Send;

    /// Sorts the providers. Wiki.js lists most of them in the order in which they were last written.
    fn sort(providers: &mut [Self::Provider]) {
        providers.sort_by(|one, other| one.key().cmp(other.key()));
    }

    /// Returns the input that writes a whole provider.
    fn input(provider: &Self::Provider) -> Result<Self::Input>;

    /// Sends the inputs, once.
    fn send(
        client: &Client,
        permit: &WritePermit,
        input: Vec<Option<Self::Input>>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns `true` if a provider must be sent although it does not change.
    fn is_always_sent(_provider: &Self::Provider) -> bool {
        false
    }

    /// Changes the provider with this key. Returns an error for an invalid change, because Wiki.js itself does not
    /// check changes.
    fn apply(
        update: &ProviderUpdate<Self::Changes>,
        providers: &mut [Self::Provider],
        key: &str,
    ) -> Result<()> {
        update.apply(named::<Self>(providers, key)?)
    }

    /// Checks an update against the wiki, before the write.
    fn check(
        _client: &Client,
        _update: &ProviderUpdate<Self::Changes>,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Checks the effect of an update that was stored.
    fn verify(
        _client: &Client,
        _provider: &Self::Provider,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Returns the provider with this key.
pub(crate) fn find<K: Domain>(providers: Vec<K::Provider>, key: &str) -> Result<K::Provider> {
    let mut providers = providers.into_iter();
    let found = providers.find(|provider| provider.key() == key);
    found.ok_or_else(|| missing::<K>(key))
}

/// Returns a mutable reference to the provider with this key.
pub(crate) fn named<'a, K: Domain>(
    providers: &'a mut [K::Provider],
    key: &str,
) -> Result<&'a mut K::Provider> {
    let mut providers = providers.iter_mut();
    let found = providers.find(|provider| provider.key() == key);
    found.ok_or_else(|| missing::<K>(key))
}

fn missing<K: Domain>(key: &str) -> Error {
    Error::not_found(K::READ, format_args!("{} `{key}`", K::NOUN))
}

/// Returns the enabled provider of a kind that has exactly one enabled provider.
pub(crate) async fn active<K: Domain>(client: &Client) -> Result<K::Provider> {
    let mut providers = K::read(client).await?.into_iter();
    let active = providers.find(Configured::is_enabled);
    active.ok_or_else(|| Error::not_found(K::READ, format_args!("enabled {}", K::NOUN)))
}

/// Changes a provider of a kind that has exactly one enabled provider. An update that enables it disables the others,
/// because Wiki.js would use any of several enabled ones, or none.
pub(crate) fn apply_exclusively<K: Domain>(
    update: &ProviderUpdate<K::Changes>,
    providers: &mut [K::Provider],
    key: &str,
) -> Result<()> {
    let provider = named::<K>(providers, key)?;
    if update.is_enabled == Some(false) && provider.is_enabled() {
        return Err(Error::invalid(
            "enabled",
            format!(
                "one {} must be enabled, and `{key}` is the enabled one",
                K::NOUN
            ),
            "switch on another one, which switches this one off",
        ));
    }
    update.apply(provider)?;
    if update.is_enabled == Some(true) {
        for provider in providers.iter_mut() {
            let is_enabled = provider.key() == key;
            provider.set_enabled(is_enabled);
        }
    }
    Ok(())
}

/// Reads the providers, applies `change` to the one with this key, and writes the changed providers, within one write.
/// Returns the providers as stored.
pub(crate) async fn change<K: Domain>(
    client: &Client,
    key: &str,
    change: impl FnOnce(&mut Vec<K::Provider>) -> Result<()> + Send + 'static,
) -> Result<Vec<K::Provider>> {
    let (writing, key) = (client.clone(), key.to_owned());
    let work = move |permit| async move {
        let before = K::read(&writing).await?;
        let mut wanted = before.clone();
        change(&mut wanted)?;
        if wanted == before {
            return Ok(before);
        }
        let is_new = before.iter().all(|provider| provider.key() != key);
        let target = Target::new(K::WRITE, format!("the {} `{key}`", K::NOUN));
        let target = target.repeat(if is_new {
            Repeat::Unsafe("check that it does not exist before you add it again")
        } else {
            Repeat::Safe
        });
        write::<K>(&writing, &permit, &target, &before, &wanted).await
    };
    client.write(K::WRITE, work).await
}

async fn write<K: Domain>(
    client: &Client,
    permit: &WritePermit,
    target: &Target,
    before: &[K::Provider],
    wanted: &[K::Provider],
) -> Result<Vec<K::Provider>> {
    let changed = wanted
        .iter()
        .filter(|provider| K::is_always_sent(provider) || !before.contains(provider));
    if !K::KEEPS_MASKED {
        changed.clone().try_for_each(no_mask)?;
    }
    let input: Vec<_> = changed
        .map(|provider| K::input(provider).map(Some))
        .collect::<Result<_>>()?;
    let (first, last) = (comparable::<K>(before)?, comparable::<K>(wanted)?);
    let send = || async {
        match K::send(client, permit, input.clone()).await {
            // Wiki.js refuses some providers after it stored others.
            Err(error @ Error::Api(_)) if !error.is_forbidden() && !error.is_transient() => {
                Err(error.with_applied(Applied::Unknown))
            }
            sent => sent.map(|()| None),
        }
    };
    let observe = |response| {
        let (first, last) = (&first, &last);
        async move {
            let now = K::read(client).await?;
            let seen = compare(first, last, &comparable::<K>(&now)?);
            let seen = seen.observation_after(response, now);
            Ok(match seen {
                Observation::Applied(_) if response == Response::FinalError => {
                    Observation::Partial {
                        done: format!("the {} is stored", K::NOUN),
                        missing: "Wiki.js failed after that, so that it may not be in effect"
                            .to_owned(),
                    }
                }
                seen => seen,
            })
        }
    };
    write_and_reconcile(client, permit, target, send, observe).await
}

/// Returns the providers as JSON for a comparison: their inputs by key, each with its settings by key.
fn comparable<K: Domain>(providers: &[K::Provider]) -> Result<Value> {
    providers
        .iter()
        .map(|provider| {
            let mut value = value_of(&K::input(provider)?);
            let settings = provider.settings().iter();
            value["config"] = settings
                .map(|setting| (setting.key.clone(), setting.value.to_json()))
                .collect();
            Ok((provider.key().to_owned(), value))
        })
        .collect()
}

/// Returns an error if the provider has a hidden secret, because Wiki.js would store the mask in its place.
fn no_mask(provider: &impl Configured) -> Result<()> {
    let hidden = |setting: &&super::Setting| setting.value == SettingValue::Hidden;
    let Some(setting) = provider.settings().iter().find(hidden) else {
        return Ok(());
    };
    Err(Error::invalid(
        "settings",
        format!(
            "the wiki hides `{}` of `{}`, and would store the mask in its place",
            setting.key,
            provider.key()
        ),
        "set this secret as well",
    ))
}
