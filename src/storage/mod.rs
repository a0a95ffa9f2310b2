//! Storage: where Wiki.js keeps copies of its content, on a disk, in a Git repository, in a bucket.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let storage = wiki.storage();
//! storage.update("git", ProviderUpdate::new().enabled(true).set("branch", "main")).await?;
//! for target in storage.status().await? {
//!     println!("{}: {} {}", target.title, target.state, target.message);
//! }
//! storage.execute_action("git", "sync").await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

mod model;
mod target_update;

pub use self::{
    model::{StorageMode, StorageTarget, TargetAction, TargetState, TargetStatus},
    target_update::TargetUpdate,
};
use crate::{
    api::{self, inputs::StorageTargetInput},
    client::Client,
    error::{ApiError, Error, Incomplete, Result},
    outcome::{mutation, query},
    providers::{self, Dialect, Domain, written},
    transport::Turn,
};

/// The storage targets of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    client: Client,
}

impl Client {
    /// The storage targets of the wiki.
    pub fn storage(&self) -> Storage {
        Storage {
            client: self.clone(),
        }
    }
}

impl Storage {
    /// All targets, switched on or not, by title.
    ///
    /// Secrets that are set are [hidden](crate::providers::SettingValue::Hidden).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`. A wiki in which somebody has
    /// wiped a secret, by writing back what was read (hazard 44), answers a `TypeError` of JavaScript
    /// until that target is written anew.
    pub async fn list(&self) -> Result<Vec<StorageTarget>> {
        self.read().await
    }

    /// One target.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<StorageTarget> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// Changes what the update names of a target, keeps everything else, and gives the target back.
    ///
    /// Wiki.js writes targets whole: what a request leaves out of one is lost, what is written in the
    /// form in which it was read is wiped (hazard 44). So all are read, the change is made and
    /// checked, the target is written and read back. Secrets that are hidden stay as they are. Other
    /// targets are not touched. A change that changes nothing is not written.
    ///
    /// Wiki.js starts all targets anew that are switched on. Whether the target works then, is
    /// looked up: Wiki.js itself answers success.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::storage::{StorageMode, TargetUpdate};
    ///
    /// let update = TargetUpdate::new().mode(StorageMode::Push).set("branch", "main");
    /// let git = wiki.storage().update("git", update).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such target. [`Error::InvalidInput`] for a
    /// setting, a value, a mode or an interval that the target does not take: nothing is sent then.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`. [`Error::Incomplete`] if the
    /// target is written, but does not work with its new settings, or reads back otherwise.
    pub async fn update(
        &self,
        key: &str,
        update: impl Into<TargetUpdate>,
    ) -> Result<StorageTarget> {
        let update = update.into();
        let changed = move |targets: &mut Vec<_>, key: &str| {
            update.apply(providers::named::<Self>(targets, key)?)
        };
        let target = providers::find::<Self>(providers::change(self, key, changed).await?, key)?;
        if target.is_enabled {
            self.check_works(key).await?;
        }
        Ok(target)
    }

    /// Wiki.js keeps the error of a target that it could not start, and answers success.
    async fn check_works(&self, key: &str) -> Result<()> {
        let incomplete = |missing: &str, source| {
            Err(Error::Incomplete(Box::new(Incomplete {
                done: format!("the storage target `{key}` is written"),
                missing: missing.to_owned(),
                source,
            })))
        };
        match self.status().await {
            Err(error) => incomplete("it is not known whether it works", error),
            Ok(status) => match status.into_iter().find(|status| status.key == key) {
                Some(status) if status.state == TargetState::Error => {
                    let slug = status.state.to_string();
                    let error = ApiError::new("StorageStatus", 1, slug, status.message);
                    incomplete("it does not work", Error::Api(Box::new(error)))
                }
                _ => Ok(()),
            },
        }
    }

    /// How the targets are that are switched on.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn status(&self) -> Result<Vec<TargetStatus>> {
        match self.full_status().await {
            // A target that has just been switched on has made no attempt, for which Wiki.js has no
            // answer.
            Err(Error::GraphQl(errors))
                if errors
                    .errors
                    .iter()
                    .all(|error| error.message.contains("StorageStatus.lastAttempt")) =>
            {
                self.status_before_attempt().await
            }
            answer => answer,
        }
    }

    async fn full_status(&self) -> Result<Vec<TargetStatus>> {
        let variables = api::storage_status::Variables::new();
        let status = query!(self.client, StorageStatus, storage.status, variables);
        Ok(status.into_iter().flatten().map(Into::into).collect())
    }

    async fn status_before_attempt(&self) -> Result<Vec<TargetStatus>> {
        let variables = api::storage_status_before_attempt::Variables::new();
        let status = query!(
            self.client,
            StorageStatusBeforeAttempt,
            storage.status,
            variables
        );
        Ok(status.into_iter().flatten().map(Into::into).collect())
    }

    /// Has a target do one of its [actions](StorageTarget::actions), such as `dump` of `disk` or `sync`
    /// of `git`. The answer comes when it is done, which may take minutes: give the client the time.
    ///
    /// Wiki.js would call any function of the target's code by its name; here only the actions that
    /// the target itself names pass.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// # let update = wikijs_client::storage::TargetUpdate::new().enabled(true).set("path", "/srv/wiki");
    /// # wiki.storage().update("disk", update).await?;
    /// wiki.storage().execute_action("disk", "dump").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such target; [`Error::InvalidInput`] if it
    /// has no such action or is switched off: nothing is sent then.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::Api`] with code 1 if the
    /// action fails. After an answer that was lost, the action may still be at work: look at
    /// [`Error::applied`].
    pub async fn execute_action(&self, key: &str, handler: &str) -> Result<()> {
        let storage = self.clone();
        let (key, handler) = (key.to_owned(), handler.to_owned());
        let work = move |turn| async move {
            let target = storage.get(&key).await?;
            target.check_action(&handler)?;
            let variables = api::storage_execute_action::Variables {
                target_key: target.key,
                handler,
            };
            mutation!(
                storage.client,
                &turn,
                StorageExecuteAction,
                storage.execute_action,
                variables
            );
            Ok(())
        };
        self.client.write("StorageExecuteAction", work).await
    }
}

impl Domain for Storage {
    type Provider = StorageTarget;

    const READ: &'static str = "StorageTargets";
    const WRITE: &'static str = "StorageUpdateTargets";
    const NOUN: &'static str = "storage target";
    const KEEPS_MASKED: bool = true;

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<StorageTarget>> {
        let variables = api::storage_targets::Variables::new();
        let targets = query!(self.client, StorageTargets, storage.targets, variables);
        targets
            .into_iter()
            .flatten()
            .map(StorageTarget::read)
            .collect()
    }

    async fn send(&self, turn: &Turn, targets: &[StorageTarget]) -> Result<()> {
        let input = targets.iter().map(|target| {
            Some(StorageTargetInput {
                sync_interval: target.sync_interval.clone().into(),
                config: written!(target.settings, Dialect::Json),
                ..StorageTargetInput::new(
                    target.is_enabled,
                    target.key.clone(),
                    target.mode.as_str().to_owned(),
                )
            })
        });
        let variables = api::storage_update_targets::Variables {
            targets: input.collect(),
        };
        mutation!(
            self.client,
            turn,
            StorageUpdateTargets,
            storage.update_targets,
            variables
        );
        Ok(())
    }
}
