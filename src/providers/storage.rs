//! Storage targets, in which Wiki.js keeps copies of its content: a disk, a Git repository, a bucket.

use super::{
    ProviderUpdate, Providers, kind, provider,
    update::{Domain, find, it_has, quoted},
};
use crate::{
    api::{
        self, inputs::StorageTargetInput, storage_status::StorageStatusStorageStatus,
        storage_targets::StorageTargetsStorageTargetsActions,
    },
    call::{Call, setters},
    client::Client,
    error::{ApiError, Error, Result},
    handle::Handle,
    response::{models, sending, variables},
    text::{filled, is_iso_duration, refuse_if},
    types::{Timestamp, converted, open_enum},
    write::partially_applied,
};

provider! {
    /// A storage target.
    StorageTarget {
        /// `description`; empty if there is none.
        pub description: String,
        /// `logo`: URL of an image.
        pub logo: Option<String>,
        /// `website`.
        pub website: Option<String>,
        /// `mode`: direction in which content is copied.
        pub mode: StorageMode,
        /// `supportedModes`.
        pub supported_modes: Vec<StorageMode>,
        /// `hasSchedule`: the target can be synchronized at an interval.
        pub has_schedule: bool,
        /// `syncInterval`: ISO 8601 duration, such as `PT5M`; `P0D` for never.
        pub sync_interval: String,
        /// `syncIntervalDefault`.
        pub sync_interval_default: Option<String>,
        /// `actions`, which [`execute_action`](Providers::execute_action) executes.
        pub actions: Vec<TargetAction>,
    }
}

models! {
    /// An action of a storage target.
    TargetAction from StorageTargetsStorageTargetsActions as action {
        /// `handler`: its name.
        pub handler: String,
        /// `label`.
        pub label: String,
        /// `hint`.
        pub hint: String,
    }

    /// Status of an enabled storage target.
    TargetStatus from StorageStatusStorageStatus as status {
        /// `key` of the target.
        pub key: String,
        /// `title` of the target.
        pub title: String,
        /// `status`.
        pub state: TargetState = status.status.into(),
        /// `message`; empty if there is none.
        pub message: String,
        /// `lastAttempt`: time of the last start or synchronization. `None` for all targets until every enabled target
        /// has made an attempt.
        pub last_attempt: Option<Timestamp> =
            status.last_attempt.map(Timestamp::from).and_then(Timestamp::or_none),
    }
}

open_enum! {
    /// Direction in which content is copied.
    StorageMode {
        /// Both directions.
        Sync = "sync",
        /// From the wiki to the target.
        Push = "push",
        /// From the target to the wiki.
        Pull = "pull",
    }
}

open_enum! {
    /// State of a storage target.
    TargetState {
        /// The target works.
        Operational = "operational",
        /// The target is starting.
        Pending = "pending",
        /// The target could not be started or synchronized; the message has the reason.
        Error = "error",
    }
}

/// Changes of a storage target in addition to its settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetChanges {
    mode: Option<StorageMode>,
    sync_interval: Option<String>,
}

/// Changes to a storage target. Unset fields keep their values.
///
/// ```
/// use wikijs_client::providers::{StorageMode, TargetUpdate};
///
/// let update = TargetUpdate::new().mode(StorageMode::Push).sync_interval("PT15M").set("branch", "main");
/// ```
pub type TargetUpdate = ProviderUpdate<TargetChanges>;

setters! { TargetUpdate {
    /// Sets the direction, one of the [`supported_modes`](StorageTarget::supported_modes) of the target.
    mode(mode: impl Into<StorageMode>) => changes.mode = Some(mode.into());

    /// Sets the interval of synchronization, an ISO 8601 duration such as `PT5M` or `P1D`; `P0D` for never.
    sync_interval(interval: impl Into<String>) => changes.sync_interval = Some(interval.into());
} }

kind! {
    /// Storage targets, in which Wiki.js keeps copies of its content: a disk, a Git repository, a bucket.
    ///
    /// Stored secrets are [hidden](super::SettingValue::Hidden). After an update Wiki.js restarts all enabled
    /// targets and reports success even if one cannot be started. [`update`](Providers::update) therefore reads the
    /// status of the target, and returns [`Error::PartiallyApplied`] if the target is stored but does not work.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::TargetUpdate;
    ///
    /// let storage = wiki.storage();
    /// storage.update("git", TargetUpdate::new().enabled(true).set("branch", "main")).await?;
    /// for target in storage.status().await? {
    ///     println!("{}: {} {}", target.title, target.state, target.message);
    /// }
    /// storage.execute_action("git", "sync").await?;
    /// # });
    /// ```
    Storage, "storage target": StorageTarget, TargetChanges;
    /// Returns a handle for the [storage targets](crate::providers::Storage).
    storage;
    StorageTargets, |target| StorageTarget {
        title, description, is_available, is_enabled, has_schedule, sync_interval;
        logo, website;
        mode: target.mode.into(),
        supported_modes: converted(target.supported_modes.into_iter().flatten().flatten()),
        // Wiki.js returns the text `false` for a missing default.
        sync_interval_default: filled(target.sync_interval_default)
            .filter(|interval| interval != "false"),
        actions: converted(target.actions.into_iter().flatten().flatten()),
    };
    StorageUpdateTargets(targets: StorageTargetInput), |target| {
        key, is_enabled;
        mode: target.mode.to_string(),
        sync_interval: target.sync_interval.clone().into(),
    };

    const KEEPS_MASKED: bool = true;

    /// Keeps the order of Wiki.js, which lists the targets by title.
    fn sort(_targets: &mut [StorageTarget]) {}

    fn apply(update: &TargetUpdate, target: &mut StorageTarget) -> Result<()> {
        if let Some(mode) = &update.changes.mode {
            refuse_if! {
                !target.supported_modes.contains(mode) => "mode",
                    format!("`{}` does not support the mode `{mode}`", target.key),
                    format!("it supports {}", quoted(&target.supported_modes));
            }?;
            target.mode.clone_from(mode);
        }
        if let Some(interval) = &update.changes.sync_interval {
            refuse_if! {
                !target.has_schedule => "sync_interval",
                    format!("`{}` is not synchronized at an interval", target.key), "leave it out";
                !is_iso_duration(interval) => "sync_interval",
                    format!("`{interval}` is not an ISO 8601 duration"),
                    "write it as PT5M or P1D, or as P0D for never";
            }?;
            target.sync_interval.clone_from(interval);
        }
        Ok(())
    }

    /// Reads the status of the target, because Wiki.js reports success for a target that it could not start.
    async fn verify(client: &Client, target: &StorageTarget) -> Result<()> {
        if !target.is_enabled {
            return Ok(());
        }
        let key = &target.key;
        let incomplete = |missing, source| {
            let done = format!("the storage target `{key}` is stored");
            Err(partially_applied(Self::WRITE, done, missing, source))
        };
        match client.storage().status().await {
            Err(error) => incomplete("its status is unknown", error),
            Ok(status) => match status.into_iter().find(|status| status.key == *key) {
                Some(status) if status.state == TargetState::Error => {
                    let slug = status.state.to_string();
                    let error = ApiError::new("StorageStatus", 1, &slug, &status.message);
                    incomplete("it does not work", Error::Api(Box::new(error)))
                }
                _ => Ok(()),
            },
        }
    }
}

fn check_action(target: &StorageTarget, handler: &str) -> Result<()> {
    let key = &target.key;
    let known = target.actions.iter().map(|action| &action.handler);
    refuse_if! {
        !known.clone().any(|known| known == handler) => "handler",
            format!("`{key}` has no action `{handler}`"), it_has(known);
        !target.is_enabled =>
            "key", format!("the storage target `{key}` is switched off"), "enable it first";
    }
}

impl Providers<Storage> {
    /// Returns the status of the enabled targets.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn status(&self) -> Call<Vec<TargetStatus>> {
        Call::on(self, |storage| async move {
            let read = |last_attempt: bool| {
                let variables = variables!(StorageStatus(last_attempt));
                let client = &storage.client;
                client.execute_field::<api::StorageStatus>(variables)
            };
            let status = match read(true).await {
                // Wiki.js fails to return the time of the last attempt for a target that has made no attempt yet.
                Err(Error::GraphQl(errors))
                    if errors.all(|it| it.contains("StorageStatus.lastAttempt")) =>
                {
                    read(false).await
                }
                status => status,
            };
            Ok(converted(status?))
        })
    }

    /// Executes one of the [actions](StorageTarget::actions) of a target, such as `dump` of `disk` or `sync`
    /// of `git`. The response arrives when the action is finished, which may take minutes: set the timeout of the
    /// client accordingly.
    ///
    /// Wiki.js calls any function of the target's code with this name. This client accepts only the actions that
    /// the target lists.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// # let update = wikijs_client::providers::TargetUpdate::new().enabled(true).set("path", "/srv/wiki");
    /// # wiki.storage().update("disk", update).await?;
    /// wiki.storage().execute_action("disk", "dump").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such target; [`Error::InvalidInput`] if it
    /// has no such action or is disabled: then nothing is sent.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::Unconfirmed`] with
    /// the message of the wiki if the action fails, and if the response was lost, because the API does not report the
    /// progress of an action. The action may then still be running.
    pub fn execute_action(&self, key: impl Into<String>, handler: impl Into<String>) -> Call<()> {
        let (key, handler) = (key.into(), handler.into());
        self.mutate("StorageExecuteAction", Ok(()), |write| async move {
            let target = find::<Storage>(Storage::read(&write.client).await?, &key)?;
            check_action(&target, &handler)?;
            let remedy = "wait until the status of the target and the log of the wiki show that it has ended";
            let action = format!("the action `{handler}` of the storage target `{key}`");
            let action = write.target(action).once(remedy);
            let send = sending!(write, StorageExecuteAction(key, handler) => Some(()));
            write.send_unobserved(action, send).await
        })
    }
}
