//! What only the operator of the server should do.

use secrecy::{ExposeSecret, SecretString};

use super::System;
use crate::{
    api::{self, enums::SystemImportUsersGroupMode},
    error::{Error, Result},
    outcome::mutation,
    settle,
    transport::Turn,
};

/// Into which groups imported users come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportGroups {
    /// One new group for each set of permissions that users had in Wiki.js 1; administrators of the
    /// old wiki become administrators.
    Multi,
    /// One new group for all, with the default permissions.
    Single,
    /// None.
    None,
}

impl From<ImportGroups> for SystemImportUsersGroupMode {
    fn from(groups: ImportGroups) -> Self {
        match groups {
            ImportGroups::Multi => Self::Multi,
            ImportGroups::Single => Self::Single,
            ImportGroups::None => Self::None,
        }
    }
}

/// What an import of users brought.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ImportedUsers {
    /// `usersCount`: how many users were made.
    pub users: u64,
    /// `groupsCount`: how many groups were made.
    pub groups: u64,
    /// `failed`: who could not be made, though Wiki.js calls the import a success.
    pub failed: Vec<FailedImport>,
}

/// A user who could not be imported.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct FailedImport {
    /// `provider`: by which strategy the user logged in.
    pub provider: String,
    /// `email`.
    pub email: String,
    /// `error`: why not.
    pub error: String,
}

/// Wiki.js refuses what is not longer than this.
const SHORTEST_CONNECTION: usize = 10;

impl System {
    /// Whether the wiki tells its makers that it runs, from its next start on.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn set_telemetry(&self, enabled: bool) -> Result<()> {
        let system = self.clone();
        let work = move |turn| async move {
            settle::set(
                &system.client,
                "SystemSetTelemetry",
                || system.send_telemetry(&turn, enabled),
                || system.switches(),
                |now| now.telemetry == Some(enabled),
            )
            .await
            .map(|_| ())
        };
        self.client.write("SystemSetTelemetry", work).await
    }

    async fn send_telemetry(&self, turn: &Turn, enabled: bool) -> Result<()> {
        let variables = api::system_set_telemetry::Variables { enabled };
        mutation!(
            self.client,
            turn,
            SystemSetTelemetry,
            system.set_telemetry,
            variables
        );
        Ok(())
    }

    /// Gives the wiki a new id for its telemetry, and gives it back. The old one is gone.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn reset_telemetry_client_id(&self) -> Result<String> {
        const OPERATION: &str = "SystemResetTelemetryClientId";
        let system = self.clone();
        let work = move |turn| async move {
            let before = system.switches().await?.telemetry_client_id;
            let now = settle::set(
                &system.client,
                OPERATION,
                || system.send_telemetry_reset(&turn),
                || system.switches(),
                |now| now.telemetry_client_id != before,
            )
            .await?;
            Ok(now.telemetry_client_id.unwrap_or_default())
        };
        self.client.write(OPERATION, work).await
    }

    async fn send_telemetry_reset(&self, turn: &Turn) -> Result<()> {
        let variables = api::system_reset_telemetry_client_id::Variables::new();
        mutation!(
            self.client,
            turn,
            SystemResetTelemetryClientId,
            system.reset_telemetry_client_id,
            variables
        );
        Ok(())
    }

    /// **Dangerous**: has the wiki's update companion replace the wiki by its newest version. The wiki
    /// goes away for minutes; that it comes back is not followed here. Make a backup before.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the wiki has no update companion
    /// ([`upgrade_capable`](super::ServerInfo::upgrade_capable)); [`is_forbidden`](Error::is_forbidden)
    /// without `manage:system`. An answer that was lost is [`Applied::Unknown`](crate::Applied::Unknown): the wiki may have gone
    /// away already in order to be replaced.
    pub async fn perform_upgrade(&self) -> Result<()> {
        let variables = api::system_perform_upgrade::Variables::new();
        mutation!(
            self.client,
            SystemPerformUpgrade,
            system.perform_upgrade,
            variables
        );
        Ok(())
    }

    /// **Dangerous**: redirects HTTP to the wiki's own HTTPS, or no longer.
    ///
    /// A redirection makes a GET of a POST (hazard 54): a client whose address begins with `http://`
    /// then gets no answer any more, this one too. It has no effect on a wiki whose HTTPS is that of a
    /// proxy.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if it is to be switched on by a client over HTTP where the wiki serves
    /// HTTPS itself; [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn set_https_redirection(&self, enabled: bool) -> Result<()> {
        const OPERATION: &str = "SystemSetHttpsRedirection";
        let system = self.clone();
        let work = move |turn| async move {
            let before = system.switches().await?;
            let serves_https = before.https_port.is_some_and(|port| port != 0);
            if enabled && serves_https && system.client.url().scheme() == "http" {
                return Err(Error::invalid(
                    "enabled",
                    "this client talks to the wiki over HTTP, and would be redirected itself",
                    "give it the wiki's address that begins with https://",
                ));
            }
            settle::set(
                &system.client,
                OPERATION,
                || system.send_https_redirection(&turn, enabled),
                || system.switches(),
                |now| now.http_redirection == Some(enabled),
            )
            .await
            .map(|_| ())
        };
        self.client.write(OPERATION, work).await
    }

    async fn send_https_redirection(&self, turn: &Turn, enabled: bool) -> Result<()> {
        let variables = api::system_set_https_redirection::Variables { enabled };
        mutation!(
            self.client,
            turn,
            SystemSetHttpsRedirection,
            system.set_https_redirection,
            variables
        );
        Ok(())
    }

    /// **Dangerous**: has the wiki ask Let's Encrypt for a new certificate, and start its HTTPS anew
    /// with it. Connections over HTTPS break; Let's Encrypt gives only a few certificates a week.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the wiki serves no HTTPS itself (7002), has a certificate of its own (7003) or
    /// Let's Encrypt is not ready (7004); [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`.
    pub async fn renew_https_certificate(&self) -> Result<()> {
        let variables = api::system_renew_https_certificate::Variables::new();
        mutation!(
            self.client,
            SystemRenewHttpsCertificate,
            system.renew_https_certificate,
            variables
        );
        Ok(())
    }

    /// Makes users of those in the MongoDB of a Wiki.js 1, with their passwords. The wiki connects to
    /// it: the connection string, with a password in it, is as the server sees that database.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # fake.set_old_users(&[("local", "Otto", "otto@example.com")]);
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::system::ImportGroups;
    ///
    /// let old = "mongodb://wiki:secret@db.example.com:27017/wiki";
    /// let imported = wiki.system().import_users_from_v1(old, ImportGroups::Single).await?;
    /// for user in &imported.failed {
    ///     println!("{}: {}", user.email, user.error);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a connection string that does not begin with `mongodb`;
    /// [`Error::Api`] if the wiki cannot connect. Users who were made before a failure stay:
    /// [`applied`](Error::applied) is then unknown. [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`.
    pub async fn import_users_from_v1(
        &self,
        connection: impl Into<SecretString>,
        groups: ImportGroups,
    ) -> Result<ImportedUsers> {
        let connection = connection.into();
        let text = connection.expose_secret();
        if !text.starts_with("mongodb") || text.len() <= SHORTEST_CONNECTION {
            return Err(Error::invalid(
                "connection",
                "it is no connection string of MongoDB",
                "write it as mongodb://user:password@host:27017/database",
            ));
        }
        let variables = api::system_import_users_from_v1::Variables {
            mongo_db_conn_string: text.to_owned(),
            group_mode: groups.into(),
        };
        let answer = mutation!(
            self.client,
            SystemImportUsersFromV1,
            system.import_users_from_v1,
            variables
        );
        let count = |number: Option<i64>| number.and_then(|number| number.try_into().ok());
        let failed = answer.failed.into_iter().flatten().flatten();
        Ok(ImportedUsers {
            users: count(answer.users_count).unwrap_or_default(),
            groups: count(answer.groups_count).unwrap_or_default(),
            failed: failed
                .map(|user| FailedImport {
                    provider: user.provider.unwrap_or_default(),
                    email: user.email.unwrap_or_default(),
                    error: user.error.unwrap_or_default(),
                })
                .collect(),
        })
    }
}
