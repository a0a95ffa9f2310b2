//! Maintenance of the server: telemetry id, upgrade, certificate, import of users.

use secrecy::{ExposeSecret, SecretString};

use super::{System, switches};
use crate::{
    api::{self, enums::SystemImportUsersGroupMode},
    call::Call,
    error::{Error, Result},
    response::{sending, write_unobserved},
    write::{Observation, Repeat, Target, write_and_reconcile},
};

/// Groups of imported users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ImportGroups {
    /// One new group for each set of permissions in Wiki.js 1; administrators of the
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

/// Result of an import of users.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ImportedUsers {
    /// `usersCount`: number of users that were created.
    pub users: u64,
    /// `groupsCount`: number of groups that were created.
    pub groups: u64,
    /// `failed`: users that could not be created, although Wiki.js reports success.
    pub failed: Vec<FailedImport>,
}

/// A user who could not be imported.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct FailedImport {
    /// `provider`: login strategy of the user.
    pub provider: String,
    /// `email`.
    pub email: String,
    /// `error`: message with the reason.
    pub error: String,
}

/// Wiki.js refuses connection strings of this length or less.
const LONGEST_REFUSED_CONNECTION: usize = 10;

impl System {
    /// Replaces the telemetry id of the wiki by a new one, and returns the new id. The old id is lost.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn reset_telemetry_client_id(&self) -> Call<String> {
        const OPERATION: &str = "SystemResetTelemetryClientId";
        let client = self.client.clone();
        let work = move |permit| async move {
            let before = switches(&client).await?.telemetry_client_id;
            let observe = |_| async {
                let now = switches(&client).await?.telemetry_client_id;
                Ok(match now {
                    now if now == before => Observation::Unchanged,
                    now => Observation::Applied(now.unwrap_or_default()),
                })
            };
            let target = Target::new(OPERATION, "the telemetry id");
            let variables = api::system_reset_telemetry_client_id::Variables::new();
            let send = sending!(
                client,
                &permit,
                SystemResetTelemetryClientId,
                system.reset_telemetry_client_id,
                variables
            );
            write_and_reconcile(&client, &permit, &target, send, observe).await
        };
        Call::on(&self.client, |client| async move {
            client.write(OPERATION, work).await
        })
    }

    /// **Dangerous**: upgrades the wiki to its newest version with its update companion. The wiki is unavailable for
    /// minutes. This call does not wait until the wiki is available again. Make a backup first.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the wiki has no update companion
    /// ([`upgrade_capable`](super::ServerInfo::upgrade_capable)); [`is_forbidden`](Error::is_forbidden)
    /// without `manage:system`. A lost response is [`Error::Unconfirmed`], because the wiki may already be
    /// unavailable for the upgrade.
    pub fn perform_upgrade(&self) -> Call<()> {
        Call::on(self, |system| async move {
            let variables = api::system_perform_upgrade::Variables::new();
            let target = Target::new("SystemPerformUpgrade", "the server").repeat(Repeat::Unsafe(
                "wait until the wiki is back, and check its version before another upgrade",
            ));
            write_unobserved!(
                system.client,
                target,
                SystemPerformUpgrade,
                system.perform_upgrade,
                variables
            );
            Ok(())
        })
    }

    /// **Dangerous**: renews the certificate of the wiki with Let's Encrypt, and restarts its HTTPS server. Connections
    /// over HTTPS break. Let's Encrypt issues only a few certificates a week.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the wiki does not serve HTTPS itself (7002), has a custom certificate (7003) or
    /// Let's Encrypt is not ready (7004); [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`; [`Error::Unconfirmed`] if the response was lost and the certificate still expires
    /// at the same time.
    pub fn renew_https_certificate(&self) -> Call<()> {
        const OPERATION: &str = "SystemRenewHttpsCertificate";
        let client = self.client.clone();
        let work = move |permit| async move {
            let before = switches(&client).await?.ssl_expiration_date;
            let observe = |_| async {
                let now = switches(&client).await?.ssl_expiration_date;
                Ok(match now {
                    now if now == before => Observation::Unchanged,
                    _ => Observation::Applied(()),
                })
            };
            let target = Target::new(OPERATION, "the certificate").repeat(Repeat::Unsafe(
                "check its date of expiration before you request another one",
            ));
            let variables = api::system_renew_https_certificate::Variables::new();
            let send = sending!(client, &permit, SystemRenewHttpsCertificate, system.renew_https_certificate, variables => Some(()));
            write_and_reconcile(&client, &permit, &target, send, observe).await
        };
        Call::on(&self.client, |client| async move {
            client.write(OPERATION, work).await
        })
    }

    /// Imports users with their passwords from the MongoDB of a Wiki.js 1. The server of the wiki connects to the
    /// database, so the host of the connection string is resolved there.
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
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`. [`Error::Unconfirmed`] if the
    /// response was lost, and also if the wiki returns an error, for example because it cannot connect:
    /// users who were created before a failure are kept, and the API does not report which users an import created.
    pub fn import_users_from_v1(
        &self,
        connection: impl Into<SecretString>,
        groups: ImportGroups,
    ) -> Call<ImportedUsers> {
        let connection = connection.into();
        Call::on(self, |system| async move {
            system.import(connection, groups).await
        })
    }

    async fn import(
        &self,
        connection: SecretString,
        groups: ImportGroups,
    ) -> Result<ImportedUsers> {
        let text = connection.expose_secret();
        if !text.starts_with("mongodb") || text.len() <= LONGEST_REFUSED_CONNECTION {
            return Err(Error::invalid(
                "connection",
                "it is not a connection string of MongoDB",
                "write it as mongodb://user:password@host:27017/database",
            ));
        }
        let variables = api::system_import_users_from_v1::Variables {
            mongo_db_conn_string: text.to_owned(),
            group_mode: groups.into(),
        };
        let target = Target::new("SystemImportUsersFromV1", "the users of Wiki.js 1").repeat(
            Repeat::Unsafe(
                "check the users and groups of the wiki first: another import creates its groups again, and fails for existing users",
            ),
        );
        let response = write_unobserved!(
            self.client,
            target,
            SystemImportUsersFromV1,
            system.import_users_from_v1,
            variables
        );
        let count = |number: Option<i64>| number.and_then(|number| number.try_into().ok());
        let failed = response.failed.into_iter().flatten();
        Ok(ImportedUsers {
            users: count(response.users_count).unwrap_or_default(),
            groups: count(response.groups_count).unwrap_or_default(),
            failed: failed
                .map(|user| FailedImport {
                    provider: user.provider.unwrap_or_default(),
                    email: user.email.unwrap_or_default(),
                    error: user.error,
                })
                .collect(),
        })
    }
}
