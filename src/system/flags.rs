//! The flags of the server, which switch on what its operator needs in order to find a fault.

use std::collections::BTreeMap;

use super::System;
use crate::{
    api::{self, inputs::SystemFlagInput},
    error::{Error, Result},
    outcome::{mutation, query},
    settle,
    transport::Turn,
    types::no_nul,
};

impl System {
    /// The flags. Wiki.js 2.5 has `ldapdebug` and `sqllog`.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn flags(&self) -> Result<BTreeMap<String, bool>> {
        let variables = api::system_flags::Variables::new();
        let flags = query!(self.client, SystemFlags, system.flags, variables);
        let flags = flags.into_iter().flatten();
        Ok(flags.map(|flag| (flag.key, flag.value)).collect())
    }

    /// Sets some flags and gives all of them back; those that are not named stay as they are.
    ///
    /// `system.updateFlags` replaces all flags (hazard 45), and keeps ones that Wiki.js does not know
    /// without a word. With `sqllog`, each SQL statement is written into the wiki's log, values
    /// included.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let flags = wiki.system().update_flags([("sqllog", true)]).await?;
    /// assert_eq!(flags.get("sqllog"), Some(&true));
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a key that is empty or has a dot or a bracket, which Wiki.js takes
    /// for a path and could never read again; [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`; [`Error::NotDone`] if the wiki reports success and has other flags.
    pub async fn update_flags<Key: Into<String>>(
        &self,
        flags: impl IntoIterator<Item = (Key, bool)>,
    ) -> Result<BTreeMap<String, bool>> {
        let changes: BTreeMap<String, bool> = flags
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        changes.keys().try_for_each(|key| check_key(key))?;
        let system = self.clone();
        let work = move |turn| async move { system.update_flags_in(&turn, &changes).await };
        self.client.write("SystemUpdateFlags", work).await
    }

    async fn update_flags_in(
        &self,
        turn: &Turn,
        changes: &BTreeMap<String, bool>,
    ) -> Result<BTreeMap<String, bool>> {
        let current = self.flags().await?;
        let mut wanted = current.clone();
        wanted.extend(changes.clone());
        if wanted == current {
            return Ok(current);
        }
        settle::set(
            &self.client,
            "SystemUpdateFlags",
            || self.send_flags(turn, &wanted),
            || self.flags(),
            |now| *now == wanted,
        )
        .await
    }

    async fn send_flags(&self, turn: &Turn, wanted: &BTreeMap<String, bool>) -> Result<()> {
        let flags = wanted.iter().map(|(key, value)| {
            Some(SystemFlagInput {
                key: key.clone(),
                value: *value,
            })
        });
        let variables = api::system_update_flags::Variables {
            flags: flags.collect(),
        };
        mutation!(
            self.client,
            turn,
            SystemUpdateFlags,
            system.update_flags,
            variables
        );
        Ok(())
    }
}

/// One flag with such a key makes all of them unreadable.
fn check_key(key: &str) -> Result<()> {
    if key.trim().is_empty() || key.contains(['.', '[', ']']) {
        return Err(Error::invalid(
            "flags",
            format!("`{key}` is no key of a flag"),
            "pass one that `flags` gives, such as `sqllog`",
        ));
    }
    no_nul("flags", key)
}
