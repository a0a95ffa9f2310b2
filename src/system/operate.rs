//! Maintenance of the server: telemetry id, upgrade, certificate, import of users.

use secrecy::{ExposeSecret, SecretString};

use super::System;
use crate::{
    api::{
        enums::SystemImportUsersGroupMode,
        system_import_users_from_v1::{
            SystemImportUsersFromV1SystemImportUsersFromV1 as Imported,
            SystemImportUsersFromV1SystemImportUsersFromV1Failed as Failed,
        },
        system_switches::SystemSwitchesSystemInfo,
    },
    call::Call,
    error::Result,
    handle::Handle,
    response::{count, models, mutation, query, sending},
    text::refuse_if,
    write::{Observation, Repeat},
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

models! {
    /// Result of an import of users.
    ImportedUsers from Imported as import {
        /// `usersCount`: number of users that were created.
        pub users: u64 = import.users_count.map(count).unwrap_or_default(),
        /// `groupsCount`: number of groups that were created.
        pub groups: u64 = import.groups_count.map(count).unwrap_or_default(),
        /// `failed`: users that could not be created, although Wiki.js reports success.
        pub failed: Vec<FailedImport> = {
            import.failed.into_iter().flatten().map(FailedImport::from).collect()
        },
    }

    /// A user who could not be imported.
    FailedImport from Failed as user {
        /// `provider`: login strategy of the user.
        pub provider: String = user.provider.unwrap_or_default(),
        /// `email`.
        pub email: String = user.email.unwrap_or_default(),
        /// `error`: message with the reason.
        pub error: String,
    }
}

/// Wiki.js refuses connection strings of this length or less.
const LONGEST_REFUSED_CONNECTION: usize = 10;

impl System {
    /// Replaces the telemetry id of the wiki by a new one, and returns the new id. The old id is lost.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn reset_telemetry_client_id(&self) -> Call<String> {
        self.mutate("SystemResetTelemetryClientId", Ok(()), |write| async move {
            let before = write.switches().await?.telemetry_client_id;
            let observe = |_| async {
                let now = write.switches().await?.telemetry_client_id;
                Ok(match now {
                    now if now == before => Observation::Unchanged,
                    now => Observation::Applied(now.unwrap_or_default()),
                })
            };
            let send = sending!(
                write,
                SystemResetTelemetryClientId,
                system.reset_telemetry_client_id()
            );
            write
                .reconcile(write.target("the telemetry id"), send, observe)
                .await
        })
    }

    /// **Dangerous**: upgrades the wiki to its newest version with its update companion. The wiki is unavailable for
    /// minutes. This call does not wait until the wiki is available again. Make a backup first.
    ///
    /// # Errors
    ///
    /// [`Error::Api`](crate::Error::Api) if the wiki has no update companion
    /// ([`upgrade_capable`](super::ServerInfo::upgrade_capable)); [`is_forbidden`](crate::Error::is_forbidden) without
    /// `manage:system`. A lost response is [`Error::Unconfirmed`](crate::Error::Unconfirmed), because the wiki may
    /// already be unavailable for the upgrade.
    pub fn perform_upgrade(&self) -> Call<()> {
        self.mutate("SystemPerformUpgrade", Ok(()), |write| async move {
            let remedy =
                "wait until the wiki is back, and check its version before another upgrade";
            let target = write.target("the server");
            let target = target.repeat(Repeat::Unsafe(remedy));
            let send = sending!(write, SystemPerformUpgrade, system.perform_upgrade() => Some(()));
            write.send_unobserved(target, send).await
        })
    }

    /// **Dangerous**: renews the certificate of the wiki with Let's Encrypt, and restarts its HTTPS server. Connections
    /// over HTTPS break. Let's Encrypt issues only a few certificates a week.
    ///
    /// # Errors
    ///
    /// [`Error::Api`](crate::Error::Api) if the wiki does not serve HTTPS itself (7002), has a custom certificate
    /// (7003) or Let's Encrypt is not ready (7004); [`is_forbidden`](crate::Error::is_forbidden) without
    /// `manage:system`; [`Error::Unconfirmed`](crate::Error::Unconfirmed) if the response was lost and the certificate
    /// still expires at the same time.
    pub fn renew_https_certificate(&self) -> Call<()> {
        self.mutate("SystemRenewHttpsCertificate", Ok(()), |write| async move {
            let before = write.switches().await?.ssl_expiration_date;
            let observe = |_| async {
                let now = write.switches().await?.ssl_expiration_date;
                Ok(Observation::of(now != before))
            };
            let remedy = "check its date of expiration before you request another one";
            let target = write.target("the certificate");
            let target = target.repeat(Repeat::Unsafe(remedy));
            let send = sending!(
                write,
                SystemRenewHttpsCertificate,
                system.renew_https_certificate() => Some(())
            );
            write.reconcile(target, send, observe).await
        })
    }

    /// Reads the values that the methods of this module change.
    async fn switches(&self) -> Result<SystemSwitchesSystemInfo> {
        Ok(query!(self.client, SystemSwitches, system.info))
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
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a connection string that does not begin with `mongodb`;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    /// [`Error::Unconfirmed`](crate::Error::Unconfirmed) if the response was lost, and also if the wiki returns an
    /// error, for example because it cannot connect: users who were created before a failure are kept, and the API does
    /// not report which users an import created.
    pub fn import_users_from_v1(
        &self,
        connection: impl Into<SecretString>,
        groups: ImportGroups,
    ) -> Call<ImportedUsers> {
        let connection = connection.into();
        let text = connection.expose_secret();
        let checked = refuse_if! {
            !text.starts_with("mongodb") || text.len() <= LONGEST_REFUSED_CONNECTION =>
                "connection", "it is not a connection string of MongoDB",
                "write it as mongodb://user:password@host:27017/database";
        };
        self.mutate("SystemImportUsersFromV1", checked, move |write| async move {
            let send = || async {
                let text = connection.expose_secret().to_owned();
                let import = mutation!(
                    write,
                    SystemImportUsersFromV1,
                    system.import_users_from_v1(text, groups.into())
                );
                Ok(Some(ImportedUsers::from(import)))
            };
            let remedy = "check the users and groups of the wiki first: another import creates its groups again, and fails for existing users";
            let target = write.target("the users of Wiki.js 1");
            let target = target.repeat(Repeat::Unsafe(remedy));
            write.send_unobserved(target, send).await
        })
    }
}
