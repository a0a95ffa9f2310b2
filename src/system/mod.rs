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
mod flags;
mod operate;

use crate::{
    api::{
        self, system_extensions::SystemExtensionsSystemExtensions,
        system_info::SystemInfoSystemInfo,
    },
    call::Call,
    error::{Error, Result},
    handle::handle,
    response::{count, models, query},
    types::Timestamp,
};

pub use self::{
    export::{Export, ExportEntity, ExportState, ExportStatus},
    operate::{FailedImport, ImportGroups, ImportedUsers},
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
        Call::on(self, |system| async move {
            let extensions = query!(system.client, SystemExtensions, system.extensions);
            Ok(extensions.into_iter().map(Extension::from).collect())
        })
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
