//! What is to be changed of a storage target.

use super::{StorageMode, StorageTarget};
use crate::{
    error::{Error, Result},
    providers::{ProviderUpdate, delegate},
};

/// What to change of a storage target. Everything that is not named stays as it is.
///
/// A [`ProviderUpdate`] converts into it.
///
/// ```
/// use wikijs_client::storage::{StorageMode, TargetUpdate};
///
/// let update = TargetUpdate::new()
///     .mode(StorageMode::Push)
///     .sync_interval("PT15M")
///     .set("branch", "main");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a target is changed by `update`"]
pub struct TargetUpdate {
    provider: ProviderUpdate,
    mode: Option<StorageMode>,
    sync_interval: Option<String>,
}

delegate!(TargetUpdate);

impl TargetUpdate {
    /// Another way of the content; one of the target's
    /// [`supported_modes`](StorageTarget::supported_modes).
    pub fn mode(mut self, mode: impl Into<StorageMode>) -> Self {
        self.mode = Some(mode.into());
        self
    }

    /// How often it is synchronised: a duration of ISO 8601, such as `PT5M` or `P1D`; `P0D` for never.
    pub fn sync_interval(mut self, interval: impl Into<String>) -> Self {
        self.sync_interval = Some(interval.into());
        self
    }

    /// Makes the change to a target, if Wiki.js may have it so. It checks none of it itself.
    pub(super) fn apply(&self, target: &mut StorageTarget) -> Result<()> {
        self.provider.apply(target)?;
        if let Some(mode) = &self.mode {
            if !target.supported_modes.contains(mode) {
                let modes: Vec<_> = target
                    .supported_modes
                    .iter()
                    .map(|mode| format!("`{mode}`"))
                    .collect();
                return Err(Error::invalid(
                    "mode",
                    format!("`{}` does not support the mode `{mode}`", target.key),
                    format!("it supports {}", modes.join(", ")),
                ));
            }
            target.mode.clone_from(mode);
        }
        if let Some(interval) = &self.sync_interval {
            if !target.has_schedule {
                return Err(Error::invalid(
                    "sync_interval",
                    format!("`{}` is not synchronised at an interval", target.key),
                    "leave it out",
                ));
            }
            let duration: Result<jiff::Span, _> = interval.parse();
            let iso = interval.starts_with('P') && duration.is_ok_and(|span| !span.is_negative());
            if !iso {
                return Err(Error::invalid(
                    "sync_interval",
                    format!("`{interval}` is not a duration of ISO 8601"),
                    "write it as PT5M or P1D, or as P0D for never",
                ));
            }
            target.sync_interval.clone_from(interval);
        }
        Ok(())
    }
}
