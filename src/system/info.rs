//! Information about the server.

use super::System;
use crate::{
    api::{
        self, system_extensions::SystemExtensionsSystemExtensions,
        system_info::SystemInfoSystemInfo,
    },
    call::Call,
    error::{Error, Result},
    response::{model, query},
    types::Timestamp,
};

/// The information about a wiki that the caller may read. `system.info`.
///
/// The fields require different permissions. A field is `None` without its permission.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct SystemInfo {
    /// `pagesTotal`. Requires `manage:pages`, `delete:pages`, `manage:navigation` or
    /// `manage:system`.
    pub pages_total: Option<u64>,
    /// `tagsTotal`. Requires the same as [`pages_total`](Self::pages_total).
    pub tags_total: Option<u64>,
    /// `usersTotal`. Requires `write:users`, `manage:users`, `write:groups`, `manage:groups`,
    /// `manage:navigation` or `manage:system`.
    pub users_total: Option<u64>,
    /// `groupsTotal`. Requires the same as [`users_total`](Self::users_total).
    pub groups_total: Option<u64>,
    /// All other fields, which require `manage:system`.
    pub server: Option<ServerInfo>,
}

/// Declares [`ServerInfo`] and its conversion: first the fields that have a default if the wiki returns null, then the
/// fields with an expression.
macro_rules! server_info {
    (
        $(#[$doc:meta])* |$info:ident|
        $($(#[$about:meta])* $field:ident: $type:ty,)*;
        $($(#[$other_about:meta])* $other:ident: $other_type:ty = $value:expr,)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct ServerInfo {
            $($(#[$about])* pub $field: $type,)*
            $($(#[$other_about])* pub $other: $other_type,)*
        }

        /// Returns the fields for administrators; `None` for other callers, who may not even read the version.
        fn server($info: SystemInfoSystemInfo) -> Option<ServerInfo> {
            $info.current_version.as_ref()?;
            Some(ServerInfo {
                $($other: $value,)*
                $($field: $info.$field.unwrap_or_default(),)*
            })
        }
    };
}

server_info! {
    /// Information about a wiki for administrators.
    ///
    /// A field has the default of its type if the wiki returns null.
    |info|
    /// `currentVersion` of Wiki.js, such as `2.5.314`.
    current_version: String,
    /// `latestVersion` that the wiki knows; the current version if it is offline.
    latest_version: String,
    /// `upgradeCapable`: [`perform_upgrade`](System::perform_upgrade) is supported.
    upgrade_capable: bool,
    /// `nodeVersion`.
    node_version: String,
    /// `dbType`, such as `PostgreSQL`.
    db_type: String,
    /// `dbVersion`.
    db_version: String,
    /// `dbHost`; the file of an SQLite database.
    db_host: String,
    /// `operatingSystem`.
    operating_system: String,
    /// `platform`: `docker`, or the name that Node.js uses.
    platform: String,
    /// `hostname`.
    hostname: String,
    /// `ramTotal` as text: `15.6 GB`.
    ram_total: String,
    /// `workingDirectory`, to which relative paths refer.
    working_directory: String,
    /// `configFile`.
    config_file: String,
    /// `httpRedirection`: HTTP is redirected to the HTTPS server of the wiki.
    http_redirection: bool,
    /// `telemetry`: the wiki sends telemetry to the makers of Wiki.js.
    telemetry: bool,
    /// `telemetryClientId`: id of the wiki in its telemetry.
    telemetry_client_id: String,
    ;
    /// `latestVersionReleaseDate`.
    latest_version_release_date: Option<Timestamp> = info.latest_version_release_date,
    /// `cpuCores`.
    cpu_cores: u64 = info.cpu_cores.map(count).unwrap_or_default(),
    /// `httpPort`; `None` if the wiki does not listen for HTTP.
    http_port: Option<u64> = info.http_port.filter(|port| *port != 0).map(count),
    /// `httpsPort`; `None` if the wiki does not listen for HTTPS itself.
    https_port: Option<u64> = info.https_port.filter(|port| *port != 0).map(count),
    /// Certificate of the wiki; `None` if it has none, as behind a proxy.
    tls: Option<TlsInfo> = info.ssl_provider.map(|provider| TlsInfo {
        provider,
        status: info.ssl_status.unwrap_or_default(),
        domain: info.ssl_domain,
        subscriber_email: info.ssl_subscriber_email,
        expiration: info.ssl_expiration_date,
    }),
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

/// A program that Wiki.js can use if it is installed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Extension {
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

model!(SystemExtensionsSystemExtensions => Extension, |extension| {
    key, title, description, is_installed, is_compatible;
});

impl From<SystemInfoSystemInfo> for SystemInfo {
    fn from(info: SystemInfoSystemInfo) -> Self {
        Self {
            pages_total: info.pages_total.map(count),
            tags_total: info.tags_total.map(count),
            users_total: info.users_total.map(count),
            groups_total: info.groups_total.map(count),
            server: server(info),
        }
    }
}

fn count(number: i64) -> u64 {
    number.try_into().unwrap_or_default()
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
    let only_forbids = errors
        .errors
        .iter()
        .all(|error| error.message == "Forbidden");
    let data: Option<api::system_info::ResponseData> = errors.partial_data();
    let is_something = |data: &api::system_info::ResponseData| {
        let info = &data.system.info;
        info.pages_total.is_some() || info.users_total.is_some()
    };
    match data.filter(is_something) {
        Some(data) if only_forbids => Ok(data),
        _ => Err(Error::GraphQl(errors)),
    }
}
