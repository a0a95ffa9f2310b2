//! Assets: the files of a wiki, in folders.
//!
//! [`Client::assets`](crate::Client::assets) returns [`Assets`]. Files and folders are addressed by their
//! paths, as in the links of pages: `docs/images/photo.png` is the file `photo.png` in the folder
//! `docs/images`. The root is the empty path.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
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
//! # });
//! ```
//!
//! # Limitations of Wiki.js
//!
//! - No operation renames, moves or deletes a folder ([K38](crate::guide::known_issues#k38)). A file cannot be
//!   moved to another folder or get another extension ([K39](crate::guide::known_issues#k39)): upload it again
//!   and delete the old one.
//! - A file without a dot in its path, or with an extension that Wiki.js uses for pages (`md`, `html`, `txt` by
//!   default), cannot be downloaded. Wiki.js stores and lists such a file, but its URL returns a page, or 404. The
//!   client refuses to upload it; see [`UploadAsset::even_if_unreachable`].
//! - Wiki.js returns neither the folder nor the author of a file, though it has fields for them
//!   ([K38](crate::guide::known_issues#k38)).
//!
//! # Permissions
//!
//! Listing and downloading require `read:assets`, uploading and creating folders `write:assets`, renaming and deleting
//! `manage:assets`. Page rules limit these permissions to the paths of files. To find a folder, the caller must be able
//! to read its parent folders. Reading the limits of the wiki requires `manage:system`; without it, the client assumes
//! the defaults.

mod download;
mod files;
mod path;
mod upload;

use serde::{Deserialize, Serialize};

use crate::{
    api::{self, assets_folders::AssetsFoldersAssetsFolders, enums, fragments::AssetOfFolder},
    call::{Call, none_if},
    error::{Error, ObjectError, Result},
    handle::handle,
    response::models,
    text::comma_separated,
    types::{AssetFolderId, AssetId, Timestamp, id_of, open_enum},
};

pub use self::{
    download::DownloadAsset,
    files::{AssetFolderAt, ListAssetFolders, ListAssets, stored_folder},
    path::{AssetFolderPath, AssetPath, stored_name},
    upload::UploadAsset,
};
pub use crate::transport::{Content, Download, Progress};

handle! {
    /// A handle for the assets of a wiki.
    Assets,
    /// Returns a handle for assets: files, in folders.
    assets
}

models! {
    /// A file, without its content.
    Asset from AssetOfFolder as asset, folder: &AssetFolder {
        /// `id`.
        pub id: AssetId,
        /// Path, such as `docs/images/photo.png`. Wiki.js returns only the name; the client adds the path of the
        /// folder in which it found the file.
        pub path: AssetPath = folder.path.join_name(&asset.filename),
        /// Id of the folder in which the client found the file.
        pub folder: AssetFolderId = folder.id,
        /// `filename`.
        pub filename: String,
        /// `ext`: the extension with its dot, such as `.png`. Empty if there is none. It cannot be changed after the
        /// upload.
        pub ext: String,
        /// `kind`.
        pub kind: AssetKind,
        /// `mime`: the MIME type of the upload. Wiki.js derives the MIME type of a download from the extension instead.
        pub mime: String,
        /// `fileSize`: the size of the upload in bytes. For an SVG this is the size before Wiki.js removed scripts.
        pub file_size: u64 = u64::try_from(asset.file_size).unwrap_or_default(),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`: the time of the last upload or rename.
        pub updated_at: Timestamp,
    }

    /// A folder of files.
    AssetFolder from AssetsFoldersAssetsFolders as folder, parent: &AssetFolder {
        /// `id`. The root has id 0.
        pub id: AssetFolderId,
        /// Path, such as `docs/images`. Empty for the root. Wiki.js returns only its last segment.
        pub path: AssetFolderPath = parent.path.join(&folder.slug),
        /// `slug`: the last segment of the path.
        pub slug: String,
        /// `name`. Wiki.js sets it to the slug ([K38](crate::guide::known_issues#k38)).
        pub name: String,
    }
}

impl Asset {
    /// Returns the folder in which the client found the file.
    fn in_folder(&self) -> AssetFolder {
        AssetFolder {
            id: self.folder,
            path: self.path.folder(),
            ..AssetFolder::root()
        }
    }
}

impl AssetFolder {
    /// Returns the root, which contains all folders. Wiki.js does not list it.
    pub fn root() -> Self {
        Self {
            id: AssetFolderId::new(0),
            path: AssetFolderPath::root(),
            slug: String::new(),
            name: String::new(),
        }
    }
}

open_enum! {
    /// Kind of a file, which Wiki.js derives from the MIME type of the upload.
    ///
    /// Serialized in lower case.
    AssetKind {
        /// `IMAGE`: the MIME type begins with `image/`.
        Image = "image",
        /// `BINARY`: any other MIME type.
        Binary = "binary",
    }
}

impl From<enums::AssetKind> for AssetKind {
    fn from(kind: enums::AssetKind) -> Self {
        Self::from(kind.as_str().to_lowercase())
    }
}

impl AssetKind {
    fn to_argument(&self) -> enums::AssetKind {
        enums::AssetKind::from(self.as_str().to_uppercase().as_str())
    }
}

id_of!(AssetId: Asset);

id_of!(AssetFolderId: AssetFolder);

/// Limits for the files of a wiki, returned by [`Assets::limits`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssetLimits {
    /// `uploadMaxFileSize`: maximum size of an upload, in bytes. Default: 5 MiB.
    pub file_bytes: u64,
    /// `pageExtensions`: extensions, without the dot, that Wiki.js uses for the URLs of pages, so that files with them
    /// cannot be downloaded. Default: `md`, `html` and `txt`.
    pub page_extensions: Vec<String>,
}

impl AssetLimits {
    /// Checks that a file at this path can be downloaded.
    ///
    /// ```
    /// use wikijs_client::assets::{AssetLimits, AssetPath};
    ///
    /// let limits = AssetLimits::default();
    /// assert!(limits.check_path(&AssetPath::from("docs/photo.png")).is_ok());
    /// assert!(limits.check_path(&AssetPath::from("docs/readme.md")).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] with the reason for which the file could be stored, but not downloaded.
    pub fn check_path(&self, path: &AssetPath) -> Result<()> {
        match path.unreachable_because(&self.page_extensions) {
            None => Ok(()),
            Some(because) => Err(Error::invalid(
                "name",
                format!("`{path}` {because}, so that no URL leads to the file"),
                "give it another extension, such as that of an archive, or call even_if_unreachable()",
            )),
        }
    }
}

impl Default for AssetLimits {
    /// Returns the limits of a new wiki.
    fn default() -> Self {
        Self {
            file_bytes: 5 * 1024 * 1024,
            page_extensions: ["md", "html", "txt"].map(str::to_owned).into(),
        }
    }
}

impl Assets {
    /// Returns the limits of the wiki, or those of a new wiki if the caller may not read them.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let limits = wiki.assets().limits().await?;
    /// println!("files of up to {} bytes", limits.file_bytes);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As any query: if the wiki cannot be reached, the request times out, or the wiki does not accept the key.
    pub fn limits(&self) -> Call<AssetLimits> {
        Call::on(self, |assets| async move {
            let (client, defaults) = (&assets.client, AssetLimits::default());
            let read = client.execute_field::<api::AssetsLimits>(api::NoVariables {});
            let Some(config) = none_if(read.await, Error::is_forbidden)? else {
                return Ok(defaults);
            };
            let bytes = config.upload_max_file_size.map(u64::try_from);
            let extensions = config.page_extensions.as_deref().map(comma_separated);
            Ok(AssetLimits {
                file_bytes: bytes.and_then(Result::ok).unwrap_or(defaults.file_bytes),
                page_extensions: extensions.unwrap_or(defaults.page_extensions),
            })
        })
    }
}

/// Returns the error for a folder or a file that does not exist.
fn not_found(operation: &'static str, what: &str, path: &str) -> Error {
    Error::NotFound(ObjectError::new(
        operation,
        format_args!("{what} `{path}`"),
        "not found, or hidden from the caller",
    ))
}

/// Returns the error for a folder or a file that exists already.
fn already_exists(operation: &'static str, what: &str, path: &str) -> Error {
    Error::AlreadyExists(ObjectError::new(
        operation,
        format_args!("{what} `{path}`"),
        "already exists",
    ))
}

/// Returns the entry with this name. If there is none, looks for the name in lower case, and for the name under which
/// Wiki.js would store it.
fn find_named<T>(
    mut entries: Vec<T>,
    name: &str,
    stored: Result<String>,
    name_of: fn(&T) -> &String,
) -> Option<T> {
    let mut names = [name.to_owned(), name.to_lowercase()]
        .into_iter()
        .chain(stored);
    let position =
        names.find_map(|name| entries.iter().position(|entry| *name_of(entry) == name))?;
    Some(entries.swap_remove(position))
}
