//! The server that the wiki runs on: what it is, its flags and extensions, an export of all that it
//! holds, and what only its operator should do.
//!
//! [`Client::system`](crate::Client::system) gives [`System`]:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::system::ExportEntity;
//!
//! let info = wiki.system().info().await?;
//! println!("{:?} pages", info.pages_total);
//! let export = wiki.system().export("/var/backups/wiki", ExportEntity::ALL).await?;
//! export.finish().await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```

mod export;
mod flags;
mod info;
mod operate;

use crate::{api, client::Client, error::Result, outcome::query};

pub use self::{
    export::{Export, ExportEntity, ExportState, ExportStatus},
    info::{Extension, ServerInfo, SystemInfo, TlsInfo},
    operate::{FailedImport, ImportGroups, ImportedUsers},
};

/// The server that the wiki runs on. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct System {
    client: Client,
}

impl Client {
    /// The server that the wiki runs on.
    pub fn system(&self) -> System {
        System {
            client: self.clone(),
        }
    }
}

impl System {
    /// What the writes of this façade change, to see whether they did.
    async fn switches(&self) -> Result<api::system_switches::SystemSwitchesSystemInfo> {
        let variables = api::system_switches::Variables::new();
        Ok(query!(self.client, SystemSwitches, system.info, variables))
    }
}
