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
mod info;
mod operate;

use crate::{api, client::Client, error::Result, handle::handle, response::query};

pub use self::{
    export::{Export, ExportEntity, ExportState, ExportStatus},
    info::{Extension, ServerInfo, SystemInfo, TlsInfo},
    operate::{FailedImport, ImportGroups, ImportedUsers},
};

handle! {
    /// Handle for the server that the wiki runs on.
    System,
    /// Returns a handle for the server.
    system
}

/// Reads the values that the write operations of this module change.
async fn switches(client: &Client) -> Result<api::system_switches::SystemSwitchesSystemInfo> {
    Ok(query!(client, SystemSwitches, system.info))
}
