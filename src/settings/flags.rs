//! Flags of the server, which turn on diagnostics in its log; telemetry; and the redirection to HTTPS.

use std::collections::BTreeMap;

use super::{change, group, read};
use crate::{
    api::{
        inputs::SystemFlagInput, system_set_https_redirection, system_set_telemetry,
        system_update_flags,
    },
    call::Call,
    error::Result,
    handle::Handle,
    system::System,
    text::{no_nul, refuse_if},
};

group! {
    BTreeMap<String, bool>, "the flags of the server", |flags| flags;
    SystemFlags = system.flags, |flags| {
        flags.into_iter().map(|flag| (flag.key, flag.value)).collect()
    };
    SystemUpdateFlags = system.update_flags, |_, flags| {
        let flags = flags.iter().map(|(key, value)| {
            Some(SystemFlagInput { key: key.clone(), value: *value })
        });
        system_update_flags::Variables { flags: flags.collect() }
    };
}

#[derive(Clone)]
struct Telemetry(Option<bool>);

group! {
    Telemetry, "telemetry", |switch| switch.0;
    SystemSwitches = system.info, |info| Telemetry(info.telemetry);
    SystemSetTelemetry = system.set_telemetry, |_, switch| system_set_telemetry::Variables {
        enabled: switch.0.unwrap_or_default(),
    };
}

#[derive(Clone)]
struct HttpsRedirection {
    enabled: Option<bool>,
    https_port: Option<i64>,
}

group! {
    HttpsRedirection, "the redirection to HTTPS", |switch| switch.enabled;
    SystemSwitches = system.info, |info| HttpsRedirection {
        enabled: info.http_redirection,
        https_port: info.https_port.filter(|port| *port != 0),
    };
    SystemSetHttpsRedirection = system.set_https_redirection, |_, switch| {
        system_set_https_redirection::Variables { enabled: switch.enabled.unwrap_or_default() }
    };
}

impl System {
    /// Returns the flags. Wiki.js 2.5 has `ldapdebug` and `sqllog`.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn flags(&self) -> Call<BTreeMap<String, bool>> {
        read(self)
    }

    /// Sets some flags and returns all of them. Flags that are not named keep their values.
    ///
    /// `system.updateFlags` replaces all flags ([K45](crate::guide::known_issues#k45)), and stores unknown ones
    /// without an error. With `sqllog`, each SQL statement is written to the log of the wiki, values
    /// included.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let flags = wiki.system().update_flags([("sqllog", true)]).await?;
    /// assert_eq!(flags.get("sqllog"), Some(&true));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a key that is empty or contains a dot or a bracket:
    /// Wiki.js would store it as a path, after which the flags cannot be read;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`;
    /// [`Error::NotApplied`](crate::Error::NotApplied) if the wiki reports success and stored none of the flags;
    /// [`Error::PartiallyApplied`](crate::Error::PartiallyApplied) if it stored some, which the error names. Wiki.js
    /// drops keys such as `constructor`.
    pub fn update_flags<Key: Into<String>>(
        &self,
        flags: impl IntoIterator<Item = (Key, bool)>,
    ) -> Call<BTreeMap<String, bool>> {
        let flags = flags.into_iter().map(|(key, value)| (key.into(), value));
        let changes: BTreeMap<String, bool> = flags.collect();
        let checked = changes.keys().try_for_each(|key| check_key(key));
        change(self, checked, |current: &BTreeMap<String, bool>| {
            let mut wanted = current.clone();
            wanted.extend(changes);
            Ok(wanted)
        })
    }

    /// Switches the telemetry of Wiki.js on or off. The change takes effect at its next start.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn set_telemetry(&self, enabled: bool) -> Call<()> {
        change(self, Ok(()), move |_| Ok(Telemetry(Some(enabled)))).map(drop)
    }

    /// **Dangerous**: switches the redirection from HTTP to the HTTPS server of the wiki on or off.
    ///
    /// A redirection turns a POST into a GET ([K54](crate::guide::known_issues#k54)): clients whose address begins
    /// with `http://`, including this one, can no longer use the API. The redirection has no effect on a wiki whose
    /// HTTPS is served by a proxy.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if this client uses HTTP, the wiki serves HTTPS itself, and
    /// `enabled` is `true`; [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn set_https_redirection(&self, enabled: bool) -> Call<()> {
        let is_redirected = enabled && self.client().url().scheme() == "http";
        let changed = change(self, Ok(()), move |current: &HttpsRedirection| {
            refuse_if! {
                is_redirected && current.https_port.is_some() => "enabled",
                    "this client uses HTTP, so that its requests would be redirected, too",
                    "use the address of the wiki that begins with https://";
            }?;
            Ok(HttpsRedirection {
                enabled: Some(enabled),
                ..current.clone()
            })
        });
        changed.map(drop)
    }
}

/// Returns an error for a key that would make all flags unreadable.
fn check_key(key: &str) -> Result<()> {
    refuse_if! {
        key.trim().is_empty() || key.contains(['.', '[', ']']) => "flags",
            format!("`{key}` is not the key of a flag"),
            "pass one that `flags` returns, such as `sqllog`";
    }?;
    no_nul("flags", key)
}
