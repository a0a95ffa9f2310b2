//! Exports of the wiki to the disk of its server.
//!
//! `system.export` responds when the export has begun, and `system.exportStatus` returns its result
//! ([K56](crate::guide::known_issues#k56)). Only one export can run at a time. It is identified by its start time.

use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::System;
use crate::{
    api::{self, system_export_status::SystemExportStatusSystemExportStatus},
    call::Call,
    error::{ApiError, Applied, Error, ObjectError, Result},
    handle::Handle,
    response::{models, sending},
    text::{no_nul, refuse_if},
    types::{Timestamp, closed_enum, distinct, open_enum},
    write::partially_applied,
};

// Not an open enum, because Wiki.js accepts any other name, exports nothing and reports success.
closed_enum! {
    /// A part of the wiki that can be exported.
    ExportEntity {
        /// The assets, as files below `assets/`.
        Assets = "assets",
        /// The comments: `comments.json.gz`.
        Comments = "comments",
        /// The groups: `groups.json`.
        Groups = "groups",
        /// The earlier versions of pages: `pages-history.json.gz`.
        History = "history",
        /// The navigation: `navigation.json`.
        Navigation = "navigation",
        /// The pages: `pages.json.gz`.
        Pages = "pages",
        /// The settings: `settings.json`. **The file contains all secrets of the wiki** in plain text: the private
        /// key of its certificate, the password of the database, API keys.
        Settings = "settings",
        /// The users: `users.json.gz`, with the hashes of their passwords.
        Users = "users",
    }
}

open_enum! {
    /// State of an export.
    ExportState {
        /// There was no export since the start of the wiki.
        NotRunning = "notrunning",
        /// The export is running.
        Running = "running",
        /// The export has finished, and the directory is complete.
        Succeeded = "success",
        /// The export has failed; [`ExportStatus::message`] has the reason.
        Failed = "error",
    }
}

models! {
    /// Progress of the current export, or result of the last one. `system.exportStatus`.
    ExportStatus from SystemExportStatusSystemExportStatus as status {
        /// `status`.
        pub state: ExportState = status.status.into(),
        /// `progress` in percent, at most 100. This is an estimate of Wiki.js, which exceeds 100 for assets.
        pub progress: u8 = u8::try_from(status.progress.clamp(0, 100)).unwrap_or_default(),
        /// `message`: reason of a failure; otherwise empty.
        pub message: String,
        /// `startedAt`; `None` if there was no export since the wiki was started.
        pub started_at: Option<Timestamp>,
    }
}

/// An export that has begun.
///
/// The server continues the export even if this is not polled or is dropped.
#[derive(Debug, Clone)]
#[must_use = "the export continues; `finish` returns its result"]
pub struct Export {
    system: System,
    started_at: Option<Timestamp>,
    pause: Duration,
}

/// Default pause between two reads of the status.
const PAUSE: Duration = Duration::from_secs(1);

impl Export {
    /// Returns the start time, by the clock of the wiki.
    pub fn started_at(&self) -> Option<&Timestamp> {
        self.started_at.as_ref()
    }

    /// Sets the pause between two reads of the status. Default: one second.
    pub fn poll_every(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Returns the status of the export.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the wiki no longer has the status, because it was restarted or
    /// another export has begun.
    pub fn status(&self) -> Call<ExportStatus> {
        Call::on(self, |export| async move {
            let status = export.system.export_status().await?;
            if status.started_at == export.started_at {
                return Ok(status);
            }
            let since = match &status.started_at {
                Some(other) => format!("another export has begun at {other}"),
                None => "the wiki was restarted".to_owned(),
            };
            let begun = export.started_at.as_ref().map_or("", Timestamp::as_str);
            Err(Error::NotFound(ObjectError::new(
                "SystemExportStatus",
                format_args!("export of {begun}"),
                format!("its result is lost: {since}"),
            )))
        })
    }

    /// Returns a stream that polls the export until it ends. Each item is a status that differs from the previous one;
    /// the last one is the success.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    /// use wikijs_client::system::ExportEntity;
    ///
    /// let export = wiki.system().export("/var/backups/wiki", [ExportEntity::Pages]).await?;
    /// let mut progress = export.progress();
    /// while let Some(status) = progress.try_next().await? {
    ///     println!("{} %", status.progress);
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); an error is the last item.
    pub fn progress(&self) -> impl Stream<Item = Result<ExportStatus>> + Send + Unpin + use<> {
        let first = (self.clone(), None);
        stream::try_unfold(first, |(export, last)| export.next(last)).boxed()
    }

    /// Waits for the next status that differs from the last one.
    async fn next(
        self,
        mut last: Option<ExportStatus>,
    ) -> Result<Option<(ExportStatus, (Self, Option<ExportStatus>))>> {
        loop {
            if let Some(last) = &last {
                if last.state != ExportState::Running {
                    return Ok(None);
                }
                tokio::time::sleep(self.pause).await;
            }
            let now = self.status().await?;
            if now.state == ExportState::Failed {
                return Err(failed(&now));
            }
            if last.as_ref() != Some(&now) {
                return Ok(Some((now.clone(), (self, Some(now)))));
            }
            last = Some(now);
        }
    }

    /// Waits until the export ends, and returns its last status.
    ///
    /// An export never ends if Wiki.js fails to read a batch of rows. Limit the wait
    /// with `tokio::time::timeout`; the status can still be read afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::PartiallyApplied`] with the reason of the wiki if the export failed; files that were already written
    /// are kept. [`is_not_found`](Error::is_not_found) as for [`status`](Self::status).
    pub fn finish(&self) -> Call<ExportStatus> {
        Call::on(self, |export| async move {
            let mut statuses = export.progress();
            let mut last = None;
            while let Some(status) = statuses.try_next().await? {
                last = Some(status);
            }
            last.ok_or_else(|| {
                Error::missing_field("SystemExportStatus", "system.exportStatus", Applied::No)
            })
        })
    }
}

fn failed(status: &ExportStatus) -> Error {
    let error = ApiError::new("SystemExport", 1, "Error", &status.message);
    partially_applied(
        "SystemExport",
        "the export has begun",
        "it has failed, and the directory is not complete",
        Error::Api(Box::new(error)),
    )
}

impl System {
    /// Starts an export of parts of the wiki into an empty directory of the **server**, which is created if
    /// it does not exist. A relative path refers to the
    /// [working directory](super::ServerInfo::working_directory) of the wiki.
    ///
    /// Every entity is exported once, in this order. An entity without data leaves no
    /// file. [`ExportEntity::Settings`] and [`ExportEntity::Users`] contain secrets.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::system::ExportEntity;
    ///
    /// let entities = [ExportEntity::Pages, ExportEntity::Assets];
    /// let export = wiki.system().export("/var/backups/wiki", entities).await?;
    /// export.finish().await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty path, a path below `/proc` (Wiki.js would try to create a directory
    /// there until it is stopped), and an empty list of entities;
    /// [`is_conflict`](Error::is_conflict) if the directory is not empty or another export is running;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::Unconfirmed`] if the
    /// response was lost and no export begins.
    pub fn export(
        &self,
        path: impl Into<String>,
        entities: impl IntoIterator<Item = ExportEntity>,
    ) -> Call<Export> {
        let path = path.into();
        let wanted: Vec<ExportEntity> = distinct(entities);
        let checked = check(&path, &wanted);
        self.mutate("SystemExport", checked, move |write| async move {
            let read = || async { Ok(write.export_status().await?.started_at) };
            let remedy =
                "check the status of the export and the directory before you start another one";
            let target = write.target(format!("the export to `{path}`")).once(remedy);
            let entities = wanted.iter().map(|entity| Some(entity.to_string()));
            let entities: Vec<_> = entities.collect();
            let send = sending!(write, SystemExport(entities, path));
            Ok(Export {
                started_at: write.renew(target, send, read).await?,
                system: write.clone(),
                pause: PAUSE,
            })
        })
    }

    /// Returns the status of the current or the last export, including exports of other programs.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn export_status(&self) -> Call<ExportStatus> {
        self.query::<api::SystemExportStatus, _>(Ok(api::NoVariables {}), ExportStatus::from)
    }
}

fn check(path: &str, entities: &[ExportEntity]) -> Result<()> {
    no_nul("path", path)?;
    refuse_if! {
        path.trim().is_empty() => "path", "it is empty", "name an empty directory of the server";
        path == "/proc" || path.starts_with("/proc/") => "path",
            "no directory can be created below /proc, and Wiki.js would retry forever",
            "name an empty directory of the server";
        entities.is_empty() => "entities", "the list is empty",
            "name at least one, or pass ExportEntity::ALL";
    }
}
