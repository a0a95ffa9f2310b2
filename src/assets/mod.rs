//! Assets: the files of a wiki, in folders.
//!
//! [`Client::assets`](crate::Client::assets) gives [`Assets`]. Folders and files are named by their
//! paths, as in a page's links: `docs/images/photo.png` is the file `photo.png` in the folder
//! `docs/images`, and the root is the empty path.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! # std::env::set_current_dir(std::env::temp_dir()).unwrap();
//! # std::fs::write("Photo 1.PNG", [0x89, 0x50]).unwrap();
//! use wikijs_client::assets::Content;
//!
//! let assets = wiki.assets();
//! let folder = assets.ensure_folder("docs/images").await?;
//! let asset = assets.upload(&folder, "Photo 1.PNG", Content::file("Photo 1.PNG").await?).await?;
//! assert_eq!(asset.path, "docs/images/photo_1.png");
//! for asset in assets.list().folder("docs").recursive().await? {
//!     println!("{} {}", asset.path, asset.file_size);
//! }
//! assets.download(&asset.path).await?.to_file("copy.png").await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! # What Wiki.js does not do
//!
//! - Folders are made and never unmade: no operation renames, moves or deletes one (hazard 38). Nor can
//!   a file be moved to another folder, or be given another extension (hazard 39): upload it anew and
//!   delete the old one.
//! - Nothing leads to a file without a dot in its path, and to one whose extension Wiki.js takes for a
//!   page's (`md`, `html`, `txt` unless it is configured otherwise): it is stored and listed, but its
//!   address shows a page, or 404. Uploads of such files are refused, see
//!   [`UploadAsset::even_if_unreachable`].
//! - Of a file it says neither the folder nor the author, though it has fields for them (hazard 38).
//!
//! # Permissions
//!
//! `read:assets` to list and download, `write:assets` to upload and to make folders, `manage:assets` to
//! rename and delete, each limited by page rules whose paths are those of files. To find a folder, all
//! folders above it have to be readable. To see the wiki's limits takes `manage:system`; without it,
//! those of a new Wiki.js are assumed.

mod change;
mod download;
mod folders;
mod list;
mod mime;
mod model;
mod path;
mod upload;

use crate::{
    api,
    client::Client,
    error::{Error, Result},
};

#[cfg(feature = "transfer")]
pub(crate) use self::folders::stored_folder;
pub use self::{
    download::DownloadAsset,
    folders::{AssetFolderAt, ListAssetFolders},
    list::ListAssets,
    model::{Asset, AssetFolder, AssetKind},
    path::{AssetFolderPath, AssetPath, stored_name},
    upload::UploadAsset,
};
pub use crate::transport::{Content, Download, Progress};

/// The assets of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Assets {
    client: Client,
}

impl Client {
    /// The assets of the wiki: files, in folders.
    pub fn assets(&self) -> Assets {
        Assets {
            client: self.clone(),
        }
    }
}

/// What a wiki takes and gives out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Limits {
    /// The largest file.
    file_bytes: u64,
    /// Extensions that make an address a page's, without the dot.
    page_extensions: Vec<String>,
}

impl Default for Limits {
    /// Those of a new Wiki.js.
    fn default() -> Self {
        Self {
            file_bytes: 5 * 1024 * 1024,
            page_extensions: ["md", "html", "txt"].map(str::to_owned).into(),
        }
    }
}

impl Assets {
    /// The wiki's limits; those of a new Wiki.js where the caller may not see them.
    async fn limits(&self) -> Result<Limits> {
        let usual = Limits::default();
        let variables = api::assets_limits::Variables::new();
        let config = match self.client.execute::<api::AssetsLimits>(variables).await {
            Ok(data) => data.site.and_then(|site| site.config),
            Err(error) if error.is_forbidden() => None,
            Err(error) => return Err(error),
        };
        let Some(config) = config else {
            return Ok(usual);
        };
        let extensions = config.page_extensions.map(|extensions| {
            let extensions = extensions
                .split(',')
                .map(|extension| extension.trim().to_owned());
            extensions
                .filter(|extension| !extension.is_empty())
                .collect()
        });
        Ok(Limits {
            file_bytes: config
                .upload_max_file_size
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(usual.file_bytes),
            page_extensions: extensions.unwrap_or(usual.page_extensions),
        })
    }

    /// A key that has expired is not refused here but left without an answer.
    fn check_key(&self) -> Result<()> {
        use crate::error::{AuthError, AuthFailure};
        match self.client.key_claims() {
            Some(claims) if claims.is_expired() => Err(AuthError::found(AuthFailure::Expired)),
            _ => Ok(()),
        }
    }
}

/// A folder or a file that is not there.
fn not_found(operation: &'static str, what: &str, path: &str) -> Error {
    Error::NotFound {
        operation,
        what: format!("there is no {what} `{path}`, or the caller may not see it"),
    }
}
