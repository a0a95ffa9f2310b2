//! Providers of which exactly one is switched on.

use super::{Domain, Provider, ProviderUpdate, change::named};
use crate::error::{Error, Result};

/// The one that is switched on.
pub(crate) fn active<D: Domain<Provider = Provider>>(providers: Vec<Provider>) -> Result<Provider> {
    providers
        .into_iter()
        .find(|provider| provider.is_enabled)
        .ok_or_else(|| Error::NotFound {
            operation: D::READ,
            what: format!("no {} is switched on", D::NOUN),
        })
}

/// Makes a change to one; switched on, it takes the place of the others. Wiki.js would have several on,
/// of which it takes any, or none.
pub(crate) fn apply_exclusively<D: Domain<Provider = Provider>>(
    providers: &mut [Provider],
    key: &str,
    update: &ProviderUpdate,
) -> Result<()> {
    let provider = named::<D>(providers, key)?;
    if update.is_enabled == Some(false) && provider.is_enabled {
        return Err(Error::invalid(
            "enabled",
            format!("one {} is always switched on, and it is `{key}`", D::NOUN),
            "switch on another one, which switches this one off",
        ));
    }
    update.apply(provider)?;
    if update.is_enabled == Some(true) {
        for provider in providers.iter_mut() {
            provider.is_enabled = provider.key == key;
        }
    }
    Ok(())
}
