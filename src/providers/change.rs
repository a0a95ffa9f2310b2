//! The one way in which providers are changed: read, change, write, read back.

use super::{SettingValue, Settings};
use crate::{
    client::Client,
    error::{Applied, DecodeError, Error, Incomplete, Result},
    settle::{Look, until_certain},
    transport::Turn,
};

/// A provider of any domain.
pub(crate) trait Configured: Clone + PartialEq + Send + Sync {
    fn key(&self) -> &str;
    fn settings(&self) -> &Settings;
    fn settings_mut(&mut self) -> &mut Settings;
    fn is_enabled_mut(&mut self) -> &mut bool;

    /// Whether it can be switched on.
    fn is_available(&self) -> bool {
        true
    }
}

/// The providers of one domain.
pub(crate) trait Domain: Clone + Send + Sync + 'static {
    type Provider: Configured;

    /// The operation that reads them.
    const READ: &'static str;

    /// The operation that writes them.
    const WRITE: &'static str;

    /// What one of them is called.
    const NOUN: &'static str;

    /// Whether Wiki.js keeps the secret that is there where the mask is written.
    const KEEPS_MASKED: bool = false;

    fn client(&self) -> &Client;

    fn read(&self) -> impl Future<Output = Result<Vec<Self::Provider>>> + Send;

    fn send(
        &self,
        turn: &Turn,
        providers: &[Self::Provider],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Whether Wiki.js needs to be told of a provider that does not change when another one does.
    fn goes_along(_provider: &Self::Provider) -> bool {
        false
    }
}

/// The provider of a key.
pub(crate) fn find<D: Domain>(providers: Vec<D::Provider>, key: &str) -> Result<D::Provider> {
    providers
        .into_iter()
        .find(|provider| provider.key() == key)
        .ok_or_else(|| missing::<D>(key))
}

/// The provider of a key, to be changed.
pub(crate) fn named<'a, D: Domain>(
    providers: &'a mut [D::Provider],
    key: &str,
) -> Result<&'a mut D::Provider> {
    providers
        .iter_mut()
        .find(|provider| provider.key() == key)
        .ok_or_else(|| missing::<D>(key))
}

/// Providers by key: Wiki.js gives most of them in the order in which they were last written.
#[allow(dead_code, reason = "not every feature sorts them so")]
pub(crate) fn by_key<P: Configured>(providers: impl Iterator<Item = Result<P>>) -> Result<Vec<P>> {
    let mut providers: Vec<P> = providers.collect::<Result<_>>()?;
    providers.sort_by(|one, other| one.key().cmp(other.key()));
    Ok(providers)
}

fn missing<D: Domain>(key: &str) -> Error {
    Error::NotFound {
        operation: D::READ,
        what: format!("there is no {} `{key}`", D::NOUN),
    }
}

/// Reads the providers, makes a change to them that is about one key, and writes what differs, in one turn. Gives them as
/// they are afterwards.
pub(crate) async fn change<D: Domain>(
    domain: &D,
    key: &str,
    change: impl FnOnce(&mut Vec<D::Provider>, &str) -> Result<()> + Send + 'static,
) -> Result<Vec<D::Provider>> {
    let client = domain.client().clone();
    let (domain, key) = (domain.clone(), key.to_owned());
    let work = move |turn| async move {
        let before = domain.read().await?;
        let mut wanted = before.clone();
        change(&mut wanted, &key)?;
        if wanted == before {
            return Ok(before);
        }
        write(&domain, &turn, &before, &wanted).await?;
        let stored = domain
            .read()
            .await
            .map_err(|source| incomplete::<D>("they could not be read back".to_owned(), source))?;
        verify::<D>(&wanted, &stored)?;
        Ok(stored)
    };
    client.write(D::WRITE, work).await
}

async fn write<D: Domain>(
    domain: &D,
    turn: &Turn,
    before: &[D::Provider],
    wanted: &[D::Provider],
) -> Result<()> {
    let changed: Vec<_> = wanted
        .iter()
        .filter(|provider| D::goes_along(provider) || !before.contains(provider))
        .cloned()
        .collect();
    if !D::KEEPS_MASKED {
        changed.iter().try_for_each(no_mask)?;
    }
    // A hidden secret looks the same before and after.
    let is_blind = changed.iter().any(|provider| {
        let before = before.iter().find(|other| other.key() == provider.key());
        before.is_some_and(|before| replaces_hidden(before.settings(), provider.settings()))
    });
    let attempt = || async {
        match domain.send(turn, &changed).await {
            // What Wiki.js itself says is final. It says so in the middle of its work.
            Err(error @ (Error::Api(_) | Error::GraphQl(_))) if !error.is_transient() => {
                Ok(Err(error))
            }
            sent => sent.map(Ok),
        }
    };
    let look = |_| async move {
        let now = domain.read().await?;
        Ok(if is_blind {
            Look::InPart
        } else if same::<D>(before, &now) {
            Look::NotMade
        } else if same::<D>(wanted, &now) {
            Look::Made(Ok(()))
        } else {
            Look::InPart
        })
    };
    let sent = until_certain(domain.client(), D::WRITE, attempt, look).await;
    match sent {
        Ok(Ok(())) => Ok(()),
        Ok(Err(refused)) if is_blind || refused.is_forbidden() => Err(refused),
        Ok(Err(refused)) => Err(match domain.read().await {
            Ok(now) if same::<D>(before, &now) => refused.with_applied(Applied::No),
            Ok(_) => refused.with_applied(Applied::Yes),
            Err(_) => refused,
        }),
        Err(error) if is_blind && error.applied() == Applied::Yes => {
            Err(error.with_applied(Applied::Unknown))
        }
        Err(error) => Err(error),
    }
}

/// A secret that Wiki.js hides but would not keep cannot be written back.
fn no_mask(provider: &impl Configured) -> Result<()> {
    let hidden = |setting: &&super::Setting| setting.value == SettingValue::Hidden;
    let Some(setting) = provider.settings().iter().find(hidden) else {
        return Ok(());
    };
    Err(Error::invalid(
        "settings",
        format!(
            "`{}` of `{}` is hidden by the wiki, which would store the mask in its place",
            setting.key,
            provider.key()
        ),
        "set it as well, to the secret that it has",
    ))
}

/// Whether a secret is written over one that is hidden.
fn replaces_hidden(before: &Settings, wanted: &Settings) -> bool {
    wanted.iter().any(|setting| {
        setting.value != SettingValue::Hidden
            && setting.value.is_set()
            && before.value(&setting.key) == Some(&SettingValue::Hidden)
    })
}

/// Whether the same providers are there, in whatever order, with the same settings as far as they can
/// be seen.
fn same<D: Domain>(wanted: &[D::Provider], stored: &[D::Provider]) -> bool {
    wanted.len() == stored.len()
        && wanted.iter().all(|provider| {
            let stored = stored.iter().find(|stored| stored.key() == provider.key());
            stored.is_some_and(|stored| as_shown(provider, stored) == *stored)
        })
}

/// A provider with those of its secrets hidden that are hidden in the other one.
fn as_shown<P: Configured>(provider: &P, like: &P) -> P {
    let mut shown = provider.clone();
    for setting in shown.settings_mut().each_mut() {
        let is_hidden = like.settings().value(&setting.key) == Some(&SettingValue::Hidden);
        if is_hidden && setting.is_secret && setting.value.is_set() {
            setting.value = SettingValue::Hidden;
        }
    }
    shown
}

fn verify<D: Domain>(wanted: &[D::Provider], stored: &[D::Provider]) -> Result<()> {
    if same::<D>(wanted, stored) {
        return Ok(());
    }
    let of_one = wanted.iter().find_map(|provider| {
        let key = provider.key();
        let Some(stored) = stored.iter().find(|stored| stored.key() == key) else {
            return Some(format!("`{key}` is not there"));
        };
        let wanted = as_shown(provider, stored);
        let settings = wanted.settings().iter();
        let mut differing = settings
            .filter(|setting| stored.settings().value(&setting.key) != Some(&setting.value))
            .map(|setting| format!("`{}` of `{key}` reads otherwise", setting.key));
        differing
            .next()
            .or_else(|| (wanted != *stored).then(|| format!("`{key}` reads otherwise")))
    });
    let missing = of_one.unwrap_or_else(|| format!("there is another {} now", D::NOUN));
    let source = Error::Decode(Box::new(DecodeError {
        operation: D::READ.to_owned(),
        status: 200,
        path: D::NOUN.to_owned(),
        source: serde::de::Error::custom(
            "what reads back is not what was written; somebody else may have written it as well",
        ),
        applied: Applied::Yes,
    }));
    Err(incomplete::<D>(missing, source))
}

fn incomplete<D: Domain>(missing: String, source: Error) -> Error {
    Error::Incomplete(Box::new(Incomplete {
        done: format!("each {} that changed is written", D::NOUN),
        missing,
        source,
    }))
}
