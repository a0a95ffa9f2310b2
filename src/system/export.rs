//! The export of all that the wiki holds to its server's disk.
//!
//! `system.export` answers when the export has begun; how it ends stands in `system.exportStatus`
//! (hazard 56). There is one export at a time, and its start tells it from the next one.

use std::{fmt, time::Duration};

use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::System;
use crate::{
    api,
    error::{ApiError, Applied, Error, Result},
    outcome::{mutation, query},
    settle::{self, Look, until_certain},
    transport::Turn,
    types::{Timestamp, no_nul, open_enum},
};

/// A part of the wiki that can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ExportEntity {
    /// The assets, as files below `assets/`.
    Assets,
    /// The comments: `comments.json.gz`.
    Comments,
    /// The groups: `groups.json`.
    Groups,
    /// The earlier states of pages: `pages-history.json.gz`.
    History,
    /// The navigation: `navigation.json`.
    Navigation,
    /// The pages: `pages.json.gz`.
    Pages,
    /// The settings: `settings.json`. **They hold all secrets of the wiki**, in plain text: the private
    /// key of its certificate, the database's password, API keys.
    Settings,
    /// The users: `users.json.gz`, with the hashes of their passwords.
    Users,
}

impl ExportEntity {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Assets,
        Self::Comments,
        Self::Groups,
        Self::History,
        Self::Navigation,
        Self::Pages,
        Self::Settings,
        Self::Users,
    ];

    /// What Wiki.js calls it. It takes any other name too, exports nothing and reports success.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Comments => "comments",
            Self::Groups => "groups",
            Self::History => "history",
            Self::Navigation => "navigation",
            Self::Pages => "pages",
            Self::Settings => "settings",
            Self::Users => "users",
        }
    }
}

impl fmt::Display for ExportEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

open_enum! {
    /// How far an export is.
    ExportState {
        /// There was none since the wiki has started.
        NotRunning = "notrunning",
        /// It is at work.
        Running = "running",
        /// It has ended, and all is there.
        Succeeded = "success",
        /// It has ended early; [`ExportStatus::message`] says why.
        Failed = "error",
    }
}

/// How far the wiki's present export is, or how its last one ended. `system.exportStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportStatus {
    /// `status`.
    pub state: ExportState,
    /// `progress` in percent. Wiki.js estimates it, and counts beyond 100 for assets; here it ends at
    /// 100.
    pub progress: u8,
    /// `message`: why it failed; else empty.
    pub message: String,
    /// `startedAt`; `None` if there was none since the wiki has started.
    pub started_at: Option<Timestamp>,
}

/// An export that has begun.
///
/// It goes on whether it is followed or not.
#[derive(Debug, Clone)]
#[must_use = "the export goes on; `finish` says how it ends"]
pub struct Export {
    system: System,
    started_at: Option<Timestamp>,
    pause: Duration,
}

/// How long to wait between two looks at an export.
const PAUSE: Duration = Duration::from_secs(1);

impl Export {
    /// When it has begun, by the wiki's clock.
    pub fn started_at(&self) -> Option<&Timestamp> {
        self.started_at.as_ref()
    }

    /// Waits this long between two looks at the export. Default: one second.
    pub fn poll_every(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How far it is.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the wiki knows no more of it: it was started anew, or
    /// another export has begun since.
    pub async fn status(&self) -> Result<ExportStatus> {
        let status = self.system.export_status().await?;
        if status.started_at == self.started_at {
            return Ok(status);
        }
        let since = match &status.started_at {
            Some(other) => format!("another one has begun at {other}"),
            None => "the wiki was started anew".to_owned(),
        };
        let begun = self.started_at.as_ref().map_or("", Timestamp::as_str);
        Err(Error::NotFound {
            operation: "SystemExportStatus",
            what: format!("how the export of {begun} ended is not known: {since}"),
        })
    }

    /// Follows it to its end: what changes, and at last that it has succeeded.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    /// use wikijs_client::system::ExportEntity;
    ///
    /// let export = wiki.system().export("/var/backups/wiki", [ExportEntity::Pages]).await?;
    /// let mut progress = export.progress();
    /// while let Some(status) = progress.try_next().await? {
    ///     println!("{} %", status.progress);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); an error is the last item.
    pub fn progress(&self) -> impl Stream<Item = Result<ExportStatus>> + Send + Unpin + use<> {
        let first = (self.clone(), None);
        stream::try_unfold(
            first,
            |(export, last)| async move { export.next(last).await },
        )
        .boxed()
    }

    /// The next status that says something new, and what follows from it.
    async fn next(
        self,
        last: Option<ExportStatus>,
    ) -> Result<Option<(ExportStatus, (Self, Option<ExportStatus>))>> {
        let mut last = last;
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

    /// Waits until it has ended, and says how.
    ///
    /// Wiki.js never ends an export during which it could not read a batch of rows. Give the wait a
    /// bound of your own, with `tokio::time::timeout`; the export can still be asked for afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] with the wiki's reason if it has failed: what was written by then is there
    /// ([`Applied::Yes`]); [`is_not_found`](Error::is_not_found) as of [`status`](Self::status).
    pub async fn finish(&self) -> Result<ExportStatus> {
        let mut statuses = self.progress();
        let mut last = None;
        while let Some(status) = statuses.try_next().await? {
            last = Some(status);
        }
        last.ok_or_else(|| {
            Error::unanswered("SystemExportStatus", "system.exportStatus", Applied::No)
        })
    }
}

fn failed(status: &ExportStatus) -> Error {
    let error = ApiError::new(
        "SystemExport",
        1,
        "Error".to_owned(),
        status.message.clone(),
    );
    Error::Api(Box::new(error)).with_applied(Applied::Yes)
}

impl System {
    /// Begins to export parts of the wiki into an empty directory of the **server**, which is made if
    /// it is not there. A path that is not absolute is meant from the wiki's
    /// [working directory](super::ServerInfo::working_directory).
    ///
    /// Every entity is exported once, in the order given. An entity of which there is nothing leaves no
    /// file. See [`ExportEntity::Settings`] for what is not to fall into wrong hands.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::system::ExportEntity;
    ///
    /// let entities = [ExportEntity::Pages, ExportEntity::Assets];
    /// let export = wiki.system().export("/var/backups/wiki", entities).await?;
    /// export.finish().await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an empty path, one below `/proc` (trying to make a directory there
    /// keeps the server busy until it is ended) and no entity;
    /// [`is_conflict`](Error::is_conflict) if the directory is not empty or another export is at work;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn export(
        &self,
        path: impl Into<String>,
        entities: impl IntoIterator<Item = ExportEntity>,
    ) -> Result<Export> {
        let path = path.into();
        let mut wanted: Vec<ExportEntity> = Vec::new();
        for entity in entities {
            if !wanted.contains(&entity) {
                wanted.push(entity);
            }
        }
        check(&path, &wanted)?;
        let system = self.clone();
        let work = move |turn| async move { system.export_in(&turn, &path, &wanted).await };
        self.client.write("SystemExport", work).await
    }

    async fn export_in(
        &self,
        turn: &Turn,
        path: &str,
        entities: &[ExportEntity],
    ) -> Result<Export> {
        let before = self.export_status().await?.started_at;
        let look = |_| async {
            let now = self.export_status().await?.started_at;
            Ok(if now == before {
                Look::NotMade
            } else {
                Look::Made(now)
            })
        };
        let attempt = || async {
            self.send_export(turn, path, entities).await?;
            let status = self.export_status().await;
            let status = status.map_err(|error| settle::unread("SystemExport", error))?;
            Ok(status.started_at)
        };
        let started_at = until_certain(&self.client, "SystemExport", attempt, look).await?;
        Ok(Export {
            system: self.clone(),
            started_at,
            pause: PAUSE,
        })
    }

    async fn send_export(&self, turn: &Turn, path: &str, entities: &[ExportEntity]) -> Result<()> {
        let variables = api::system_export::Variables {
            path: path.to_owned(),
            entities: entities
                .iter()
                .map(|entity| Some(entity.to_string()))
                .collect(),
        };
        mutation!(self.client, turn, SystemExport, system.export, variables);
        Ok(())
    }

    /// How far the wiki's present export is, whoever began it, or how its last one ended.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn export_status(&self) -> Result<ExportStatus> {
        let variables = api::system_export_status::Variables::new();
        let status = query!(
            self.client,
            SystemExportStatus,
            system.export_status,
            variables
        );
        let progress = status.progress.unwrap_or_default().clamp(0, 100);
        Ok(ExportStatus {
            state: status
                .status
                .map_or(ExportState::NotRunning, ExportState::from),
            progress: u8::try_from(progress).unwrap_or_default(),
            message: status.message.unwrap_or_default(),
            started_at: status.started_at,
        })
    }
}

fn check(path: &str, entities: &[ExportEntity]) -> Result<()> {
    no_nul("path", path)?;
    if path.trim().is_empty() {
        return Err(Error::invalid(
            "path",
            "it is empty",
            "name an empty directory of the server",
        ));
    }
    if path == "/proc" || path.starts_with("/proc/") {
        return Err(Error::invalid(
            "path",
            "no directory can be made below /proc, and Wiki.js would try for ever",
            "name an empty directory of the server",
        ));
    }
    if entities.is_empty() {
        return Err(Error::invalid(
            "entities",
            "there is none",
            "name at least one, or pass ExportEntity::ALL",
        ));
    }
    Ok(())
}
