//! What the server tells of itself.

use super::System;
use crate::{
    api::{self, system_info::SystemInfoSystemInfo},
    error::{Error, Result},
    outcome::{answered, query},
    types::Timestamp,
};

/// What a wiki tells of itself, as far as the caller may know. `system.info`.
///
/// Each of its fields has a permission of its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct SystemInfo {
    /// `pagesTotal`. Shown with one of `manage:pages`, `delete:pages`, `manage:navigation` and
    /// `manage:system`.
    pub pages_total: Option<u64>,
    /// `tagsTotal`. Shown as [`pages_total`](Self::pages_total).
    pub tags_total: Option<u64>,
    /// `usersTotal`. Shown with one of `write:users`, `manage:users`, `write:groups`, `manage:groups`,
    /// `manage:navigation` and `manage:system`.
    pub users_total: Option<u64>,
    /// `groupsTotal`. Shown as [`users_total`](Self::users_total).
    pub groups_total: Option<u64>,
    /// Everything else, which is shown with `manage:system` only.
    pub server: Option<ServerInfo>,
}

/// What a wiki tells its administrators.
///
/// A field is empty where the wiki answered nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct ServerInfo {
    /// `currentVersion` of Wiki.js, such as `2.5.314`.
    pub current_version: String,
    /// `latestVersion` that the wiki has heard of; an offline one names its own.
    pub latest_version: String,
    /// `latestVersionReleaseDate`.
    pub latest_version_release_date: Option<Timestamp>,
    /// `upgradeCapable`: [`perform_upgrade`](System::perform_upgrade) can do something.
    pub upgrade_capable: bool,
    /// `nodeVersion`.
    pub node_version: String,
    /// `dbType`, such as `PostgreSQL`.
    pub db_type: String,
    /// `dbVersion`.
    pub db_version: String,
    /// `dbHost`; the file of an SQLite database.
    pub db_host: String,
    /// `operatingSystem`.
    pub operating_system: String,
    /// `platform`: `docker`, or as Node.js calls it.
    pub platform: String,
    /// `hostname`.
    pub hostname: String,
    /// `cpuCores`.
    pub cpu_cores: u64,
    /// `ramTotal`, as text: `15.6 GB`.
    pub ram_total: String,
    /// `workingDirectory`, from which relative paths are meant.
    pub working_directory: String,
    /// `configFile`.
    pub config_file: String,
    /// `httpPort`; `None` if the wiki does not listen for HTTP.
    pub http_port: Option<u64>,
    /// `httpsPort`; `None` if the wiki does not listen for HTTPS itself.
    pub https_port: Option<u64>,
    /// `httpRedirection`: HTTP is redirected to the wiki's own HTTPS.
    pub http_redirection: bool,
    /// The wiki's own certificate; `None` if it has none, as behind a proxy.
    pub tls: Option<TlsInfo>,
    /// `telemetry`: the wiki tells its makers that it runs.
    pub telemetry: bool,
    /// `telemetryClientId`: as whom.
    pub telemetry_client_id: String,
}

/// The wiki's own certificate.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct TlsInfo {
    /// `sslProvider`: `letsencrypt` or `custom`.
    pub provider: String,
    /// `sslStatus`, which Wiki.js always calls `OK`.
    pub status: String,
    /// `sslDomain`, of Let's Encrypt.
    pub domain: Option<String>,
    /// `sslSubscriberEmail`, of Let's Encrypt.
    pub subscriber_email: Option<String>,
    /// `sslExpirationDate`, of Let's Encrypt.
    pub expiration: Option<Timestamp>,
}

/// A program that Wiki.js can use where it is installed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Extension {
    /// `key`, such as `git`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`: what it is needed for.
    pub description: String,
    /// `isInstalled`.
    pub is_installed: bool,
    /// `isCompatible`: it could be installed here.
    pub is_compatible: bool,
}

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

/// What only administrators are shown; `None` to others, who are not even shown the version.
fn server(info: SystemInfoSystemInfo) -> Option<ServerInfo> {
    let current_version = info.current_version?;
    let port = |port: Option<i64>| port.filter(|port| *port != 0).map(count);
    let tls = info.ssl_provider.map(|provider| TlsInfo {
        provider,
        status: info.ssl_status.unwrap_or_default(),
        domain: info.ssl_domain,
        subscriber_email: info.ssl_subscriber_email,
        expiration: info.ssl_expiration_date,
    });
    Some(ServerInfo {
        current_version,
        latest_version: info.latest_version.unwrap_or_default(),
        latest_version_release_date: info.latest_version_release_date,
        upgrade_capable: info.upgrade_capable.unwrap_or_default(),
        node_version: info.node_version.unwrap_or_default(),
        db_type: info.db_type.unwrap_or_default(),
        db_version: info.db_version.unwrap_or_default(),
        db_host: info.db_host.unwrap_or_default(),
        operating_system: info.operating_system.unwrap_or_default(),
        platform: info.platform.unwrap_or_default(),
        hostname: info.hostname.unwrap_or_default(),
        cpu_cores: info.cpu_cores.map(count).unwrap_or_default(),
        ram_total: info.ram_total.unwrap_or_default(),
        working_directory: info.working_directory.unwrap_or_default(),
        config_file: info.config_file.unwrap_or_default(),
        http_port: port(info.http_port),
        https_port: port(info.https_port),
        http_redirection: info.http_redirection.unwrap_or_default(),
        tls,
        telemetry: info.telemetry.unwrap_or_default(),
        telemetry_client_id: info.telemetry_client_id.unwrap_or_default(),
    })
}

fn count(number: i64) -> u64 {
    number.try_into().unwrap_or_default()
}

impl System {
    /// What the wiki tells of itself, as far as the caller may know: a key that may only manage pages
    /// still gets their number.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let info = wiki.system().info().await?;
    /// match &info.server {
    ///     Some(server) => println!("Wiki.js {} on {}", server.current_version, server.db_type),
    ///     None => println!("{} pages", info.pages_total.unwrap_or_default()),
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) if the caller may know nothing of it;
    /// [`Error::GraphQl`] if a field could not be answered for another reason, such as a database
    /// that is away.
    pub async fn info(&self) -> Result<SystemInfo> {
        let variables = api::system_info::Variables::new();
        let data = match self.client.execute::<api::SystemInfo>(variables).await {
            Ok(data) => data,
            Err(error) => what_is_shown(error)?,
        };
        let info = data.system.and_then(|system| system.info);
        Ok(answered("SystemInfo", "system.info", info)?.into())
    }

    /// The programs that Wiki.js can use where they are installed, such as `git` and `pandoc`.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn extensions(&self) -> Result<Vec<Extension>> {
        let variables = api::system_extensions::Variables::new();
        let extensions = query!(self.client, SystemExtensions, system.extensions, variables);
        let extensions = extensions.into_iter().flatten();
        Ok(extensions
            .map(|extension| Extension {
                key: extension.key,
                title: extension.title,
                description: extension.description,
                is_installed: extension.is_installed,
                is_compatible: extension.is_compatible,
            })
            .collect())
    }
}

/// What the wiki answers beside the fields that it forbids. Nothing at all is a refusal.
fn what_is_shown(error: Error) -> Result<api::system_info::ResponseData> {
    let Error::GraphQl(errors) = error else {
        return Err(error);
    };
    let only_forbids = errors
        .errors
        .iter()
        .all(|error| error.message == "Forbidden");
    let data: Option<api::system_info::ResponseData> = errors.partial_data();
    let is_something = |data: &api::system_info::ResponseData| {
        let info = data.system.as_ref().and_then(|system| system.info.as_ref());
        info.is_some_and(|info| info.pages_total.is_some() || info.users_total.is_some())
    };
    match data.filter(is_something) {
        Some(data) if only_forbids => Ok(data),
        _ => Err(Error::GraphQl(errors)),
    }
}
