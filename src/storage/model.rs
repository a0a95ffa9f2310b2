//! Storage targets, each model made from generated types in one place: here.

use std::fmt;

use crate::{
    api::{
        storage_status::StorageStatusStorageStatus,
        storage_status_before_attempt::StorageStatusBeforeAttemptStorageStatus,
        storage_targets::StorageTargetsStorageTargets,
    },
    error::{Error, Result},
    providers::{Configured, Dialect, Settings, configured},
    types::Timestamp,
};

/// A storage target.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StorageTarget {
    /// `key`, such as `git`.
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
    /// `mode`: which way content goes.
    pub mode: StorageMode,
    /// `supportedModes`.
    pub supported_modes: Vec<StorageMode>,
    /// `hasSchedule`: whether it can be synchronised at an interval.
    pub has_schedule: bool,
    /// `syncInterval`: a duration of ISO 8601, such as `PT5M`; `P0D` for never.
    pub sync_interval: String,
    /// `syncIntervalDefault`.
    pub sync_interval_default: Option<String>,
    /// `actions`: what [`execute_action`](super::Storage::execute_action) can have it do.
    pub actions: Vec<TargetAction>,
    /// `config`.
    pub settings: Settings,
}

/// Something that a target can be told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetAction {
    /// `handler`, by which it is called.
    pub handler: String,
    /// `label`.
    pub label: String,
    /// `hint`.
    pub hint: String,
}

/// Which way content goes between the wiki and a target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageMode {
    /// Both ways.
    Sync,
    /// From the wiki to the target.
    Push,
    /// From the target to the wiki.
    Pull,
    /// A mode that this version of the library does not know.
    Other(String),
}

/// How a target is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TargetState {
    /// It works.
    Operational,
    /// It is being started.
    Pending,
    /// It could not be started or synchronised; the message says why.
    Error,
    /// A state that this version of the library does not know.
    Other(String),
}

macro_rules! named {
    ($type:ident: $($variant:ident $name:literal),*) => {
        impl $type {
            /// The name that Wiki.js has for it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for $type {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $type {
            fn from(name: String) -> Self {
                Self::from(name.as_str())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
named!(StorageMode: Sync "sync", Push "push", Pull "pull");
named!(TargetState: Operational "operational", Pending "pending", Error "error");

/// How a target is that is switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetStatus {
    /// `key` of the target.
    pub key: String,
    /// `title` of the target.
    pub title: String,
    /// `status`.
    pub state: TargetState,
    /// `message`; empty where there is none.
    pub message: String,
    /// `lastAttempt`: when it was started or synchronised last. `None` if it was not yet, and of all
    /// targets as long as one of them was not.
    pub last_attempt: Option<Timestamp>,
}

impl StorageTarget {
    pub(super) fn read(target: StorageTargetsStorageTargets) -> Result<Self> {
        let texts = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            settings: configured("StorageTargets", &target.key, Dialect::Json, target.config)?,
            key: target.key,
            title: target.title,
            description: target.description.unwrap_or_default(),
            logo: texts(target.logo),
            website: texts(target.website),
            is_available: target.is_available,
            is_enabled: target.is_enabled,
            mode: target.mode.unwrap_or_default().into(),
            supported_modes: target
                .supported_modes
                .into_iter()
                .flatten()
                .flatten()
                .map(Into::into)
                .collect(),
            has_schedule: target.has_schedule,
            sync_interval: target.sync_interval.unwrap_or_default(),
            // Wiki.js writes `false` into the text where there is none.
            sync_interval_default: texts(target.sync_interval_default)
                .filter(|interval| interval != "false"),
            actions: target
                .actions
                .into_iter()
                .flatten()
                .flatten()
                .map(|action| TargetAction {
                    handler: action.handler,
                    label: action.label,
                    hint: action.hint,
                })
                .collect(),
        })
    }

    pub(super) fn check_action(&self, handler: &str) -> Result<()> {
        let key = &self.key;
        if !self.actions.iter().any(|action| action.handler == handler) {
            let handlers: Vec<_> = self
                .actions
                .iter()
                .map(|action| format!("`{}`", action.handler))
                .collect();
            let remedy = if handlers.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has {}", handlers.join(", "))
            };
            let problem = format!("`{key}` has no action `{handler}`");
            return Err(Error::invalid("handler", problem, remedy));
        }
        if !self.is_enabled {
            return Err(Error::invalid(
                "key",
                format!("the storage target `{key}` is switched off"),
                "switch it on first",
            ));
        }
        Ok(())
    }
}

impl Configured for StorageTarget {
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

impl From<StorageStatusStorageStatus> for TargetStatus {
    fn from(status: StorageStatusStorageStatus) -> Self {
        Self {
            key: status.key,
            title: status.title,
            state: status.status.into(),
            message: status.message,
            last_attempt: Timestamp::from(status.last_attempt).or_none(),
        }
    }
}

impl From<StorageStatusBeforeAttemptStorageStatus> for TargetStatus {
    fn from(status: StorageStatusBeforeAttemptStorageStatus) -> Self {
        Self {
            key: status.key,
            title: status.title,
            state: status.status.into(),
            message: status.message,
            last_attempt: None,
        }
    }
}
