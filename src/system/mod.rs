//! Server of the wiki: information, flags and extensions, exports to its disk, and maintenance.
//!
//! [`Client::system`](crate::Client::system) returns [`System`]:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::system::ExportEntity;
//!
//! let info = wiki.system().info().await?;
//! println!("{:?} pages", info.pages_total);
//! let export = wiki.system().export("/var/backups/wiki", ExportEntity::ALL).await?;
//! export.finish().await?;
//! # });
//! ```

mod export;

use secrecy::{ExposeSecret, SecretString};

pub use self::export::{Export, ExportEntity, ExportState, ExportStatus};
use crate::{
    api::{
        self,
        enums::SystemImportUsersGroupMode,
        system_extensions::SystemExtensionsSystemExtensions,
        system_import_users_from_v1::{
            SystemImportUsersFromV1SystemImportUsersFromV1 as Imported,
            SystemImportUsersFromV1SystemImportUsersFromV1Failed as Failed,
        },
        system_info::SystemInfoSystemInfo,
        system_switches::SystemSwitchesSystemInfo,
    },
    call::Call,
    error::{Error, Result},
    handle::{Handle, handle},
    response::{command, count, models, mutation, query, sending},
    text::refuse_if,
    types::{Timestamp, converted},
};

handle! {
    /// Handle for the server that the wiki runs on.
    System,
    /// Returns a handle for the server.
    system
}

/// Certificate of the wiki.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct TlsInfo {
    /// `sslProvider`: `letsencrypt` or `custom`.
    pub provider: String,
    /// `sslStatus`, which is always `OK`.
    pub status: String,
    /// `sslDomain`, of Let's Encrypt.
    pub domain: Option<String>,
    /// `sslSubscriberEmail`, of Let's Encrypt.
    pub subscriber_email: Option<String>,
    /// `sslExpirationDate`, of Let's Encrypt.
    pub expiration: Option<Timestamp>,
}

models! {
    /// The information about a wiki that the caller may read. `system.info`.
    ///
    /// The fields require different permissions. A field is `None` without its permission.
    SystemInfo from SystemInfoSystemInfo as info {
        /// `pagesTotal`. Requires `manage:pages`, `delete:pages`, `manage:navigation` or
        /// `manage:system`.
        pub pages_total: Option<u64> = info.pages_total.map(count),
        /// `tagsTotal`. Requires the same as [`pages_total`](Self::pages_total).
        pub tags_total: Option<u64> = info.tags_total.map(count),
        /// `usersTotal`. Requires `write:users`, `manage:users`, `write:groups`, `manage:groups`,
        /// `manage:navigation` or `manage:system`.
        pub users_total: Option<u64> = info.users_total.map(count),
        /// `groupsTotal`. Requires the same as [`users_total`](Self::users_total).
        pub groups_total: Option<u64> = info.groups_total.map(count),
        /// All other fields, which require `manage:system`.
        pub server: Option<ServerInfo> = info.current_version.is_some().then(|| info.into()),
    }

    /// Information about a wiki for administrators.
    ///
    /// A field has the default of its type if the wiki returns null.
    ServerInfo from SystemInfoSystemInfo as info {
        /// `currentVersion` of Wiki.js, such as `2.5.314`.
        pub current_version: String = info.current_version.unwrap_or_default(),
        /// `latestVersion` that the wiki knows; the current version if it is offline.
        pub latest_version: String = info.latest_version.unwrap_or_default(),
        /// `upgradeCapable`: [`perform_upgrade`](System::perform_upgrade) is supported.
        pub upgrade_capable: bool = info.upgrade_capable.unwrap_or_default(),
        /// `nodeVersion`.
        pub node_version: String = info.node_version.unwrap_or_default(),
        /// `dbType`, such as `PostgreSQL`.
        pub db_type: String = info.db_type.unwrap_or_default(),
        /// `dbVersion`.
        pub db_version: String = info.db_version.unwrap_or_default(),
        /// `dbHost`; the file of an SQLite database.
        pub db_host: String = info.db_host.unwrap_or_default(),
        /// `operatingSystem`.
        pub operating_system: String = info.operating_system.unwrap_or_default(),
        /// `platform`: `docker`, or the name that Node.js uses.
        pub platform: String = info.platform.unwrap_or_default(),
        /// `hostname`.
        pub hostname: String = info.hostname.unwrap_or_default(),
        /// `ramTotal` as text: `15.6 GB`.
        pub ram_total: String = info.ram_total.unwrap_or_default(),
        /// `workingDirectory`, to which relative paths refer.
        pub working_directory: String = info.working_directory.unwrap_or_default(),
        /// `configFile`.
        pub config_file: String = info.config_file.unwrap_or_default(),
        /// `httpRedirection`: HTTP is redirected to the HTTPS server of the wiki.
        pub http_redirection: bool = info.http_redirection.unwrap_or_default(),
        /// `telemetry`: the wiki sends telemetry to the makers of Wiki.js.
        pub telemetry: bool = info.telemetry.unwrap_or_default(),
        /// `telemetryClientId`: id of the wiki in its telemetry.
        pub telemetry_client_id: String = info.telemetry_client_id.unwrap_or_default(),
        /// `latestVersionReleaseDate`.
        pub latest_version_release_date: Option<Timestamp> = info.latest_version_release_date,
        /// `cpuCores`.
        pub cpu_cores: u64 = info.cpu_cores.map(count).unwrap_or_default(),
        /// `httpPort`; `None` if the wiki does not listen for HTTP.
        pub http_port: Option<u64> = info.http_port.filter(|port| *port != 0).map(count),
        /// `httpsPort`; `None` if the wiki does not listen for HTTPS itself.
        pub https_port: Option<u64> = info.https_port.filter(|port| *port != 0).map(count),
        /// Certificate of the wiki; `None` if it has none, as behind a proxy.
        pub tls: Option<TlsInfo> = info.ssl_provider.map(|provider| TlsInfo {
            provider,
            status: info.ssl_status.unwrap_or_default(),
            domain: info.ssl_domain,
            subscriber_email: info.ssl_subscriber_email,
            expiration: info.ssl_expiration_date,
        }),
    }

    /// A program that Wiki.js can use if it is installed.
    Extension from SystemExtensionsSystemExtensions as extension {
        /// `key`, such as `git`.
        pub key: String,
        /// `title`.
        pub title: String,
        /// `description`: its purpose.
        pub description: String,
        /// `isInstalled`.
        pub is_installed: bool,
        /// `isCompatible`: the platform of the server supports it.
        pub is_compatible: bool,
    }
}

impl System {
    /// Returns the information about the wiki that the caller may read. A key that may only manage pages gets the
    /// number of pages, for example.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let info = wiki.system().info().await?;
    /// match &info.server {
    ///     Some(server) => println!("Wiki.js {} on {}", server.current_version, server.db_type),
    ///     None => println!("{} pages", info.pages_total.unwrap_or_default()),
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) if the caller may not read any field;
    /// [`Error::GraphQl`] if a field failed for another reason, such as an unavailable database.
    pub fn info(&self) -> Call<SystemInfo> {
        Call::on(self, |system| async move {
            let variables = api::system_info::Variables::new();
            let data = system.client.execute::<api::SystemInfo>(variables).await;
            Ok(data.or_else(visible_part)?.system.info.into())
        })
    }

    /// Lists the programs that Wiki.js can use if they are installed, such as `git` and `pandoc`.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn extensions(&self) -> Call<Vec<Extension>> {
        self.query::<api::SystemExtensions, _>(Ok(api::NoVariables {}), converted)
    }
}

/// Returns the data of an error if only some fields are forbidden. Returns the error if there is no data.
fn visible_part(error: Error) -> Result<api::system_info::ResponseData> {
    let Error::GraphQl(errors) = error else {
        return Err(error);
    };
    let only_forbids = errors.all(|message| message == "Forbidden");
    match errors.partial_data::<api::system_info::ResponseData>() {
        Some(data)
            if only_forbids
                && (data.system.info.pages_total.is_some()
                    || data.system.info.users_total.is_some()) =>
        {
            Ok(data)
        }
        _ => Err(Error::GraphQl(errors)),
    }
}

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
        pub failed: Vec<FailedImport> = converted(import.failed.into_iter().flatten()),
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
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub fn reset_telemetry_client_id(&self) -> Call<String> {
        self.mutate("SystemResetTelemetryClientId", Ok(()), |write| async move {
            let read = || async { Ok(write.switches().await?.telemetry_client_id) };
            let send = sending!(write, SystemResetTelemetryClientId());
            let id = write.renew(write.target("the telemetry id"), send, read);
            Ok(id.await?.unwrap_or_default())
        })
    }

    /// **Dangerous**: upgrades the wiki to its newest version with its update companion. The wiki is unavailable for
    /// minutes. This call does not wait until the wiki is available again. Make a backup first.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the wiki has no update companion
    /// ([`upgrade_capable`](ServerInfo::upgrade_capable)); [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`. A lost response is [`Error::Unconfirmed`], because the wiki may
    /// already be unavailable for the upgrade.
    pub fn perform_upgrade(&self) -> Call<()> {
        let remedy = "wait until the wiki is back, and check its version before another upgrade";
        command! { self, Ok(()), SystemPerformUpgrade(), "the server", once(remedy) }
    }

    /// **Dangerous**: renews the certificate of the wiki with Let's Encrypt, and restarts its HTTPS server. Connections
    /// over HTTPS break. Let's Encrypt issues only a few certificates a week.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the wiki does not serve HTTPS itself (7002), has a custom certificate
    /// (7003) or Let's Encrypt is not ready (7004); [`is_forbidden`](Error::is_forbidden) without
    /// `manage:system`; [`Error::Unconfirmed`] if the response was lost and the certificate
    /// still expires at the same time.
    pub fn renew_https_certificate(&self) -> Call<()> {
        self.mutate("SystemRenewHttpsCertificate", Ok(()), |write| async move {
            let read = || async { Ok(write.switches().await?.ssl_expiration_date) };
            let remedy = "check its date of expiration before you request another one";
            let target = write.target("the certificate").once(remedy);
            let send = sending!(write, SystemRenewHttpsCertificate() => Some(None));
            write.renew(target, send, read).await.map(drop)
        })
    }

    /// Reads the values that the methods of this module change.
    async fn switches(&self) -> Result<SystemSwitchesSystemInfo> {
        Ok(query!(self.client, SystemSwitches))
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
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    /// [`Error::Unconfirmed`] if the response was lost, and also if the wiki returns an
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
                let text = connection.expose_secret();
                let import = mutation!(write, SystemImportUsersFromV1(text, groups));
                Ok(Some(ImportedUsers::from(import)))
            };
            let remedy = "check the users and groups of the wiki first: another import creates its groups again, and fails for existing users";
            let target = write.target("the users of Wiki.js 1").once(remedy);
            write.send_unobserved(target, send).await
        })
    }
}
