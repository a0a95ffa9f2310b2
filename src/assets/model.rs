//! Models of files and folders.

use serde::{Deserialize, Serialize};

use super::{AssetFolderPath, AssetPath};
use crate::{
    api::{assets_folders::AssetsFoldersAssetsFolders, enums, fragments::AssetOfFolder},
    types::{AssetFolderId, AssetId, Timestamp, id_of, open_enum},
};

/// A file, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asset {
    /// `id`.
    pub id: AssetId,
    /// Path, such as `docs/images/photo.png`. Wiki.js returns only the name; the client adds the path of the
    /// folder in which it found the file.
    pub path: AssetPath,
    /// Id of the folder in which the client found the file.
    pub folder: AssetFolderId,
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
    pub file_size: u64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`: the time of the last upload or rename.
    pub updated_at: Timestamp,
}

impl Asset {
    pub(super) fn new(asset: AssetOfFolder, folder: &AssetFolder) -> Self {
        Self {
            id: asset.id.into(),
            path: folder.path.join_name(&asset.filename),
            folder: folder.id,
            filename: asset.filename,
            ext: asset.ext,
            kind: asset.kind.into(),
            mime: asset.mime,
            file_size: u64::try_from(asset.file_size).unwrap_or_default(),
            created_at: asset.created_at,
            updated_at: asset.updated_at,
        }
    }

    /// Returns the folder in which the client found the file.
    pub(super) fn in_folder(&self) -> AssetFolder {
        AssetFolder {
            id: self.folder,
            path: self.path.folder(),
            ..AssetFolder::root()
        }
    }
}

/// A folder of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssetFolder {
    /// `id`. The root has id 0.
    pub id: AssetFolderId,
    /// Path, such as `docs/images`. Empty for the root. Wiki.js returns only its last segment.
    pub path: AssetFolderPath,
    /// `slug`: the last segment of the path.
    pub slug: String,
    /// `name`. Wiki.js sets it to the slug ([K38](crate::guide::known_issues#k38)).
    pub name: String,
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

    pub(super) fn new(folder: AssetsFoldersAssetsFolders, parent: &Self) -> Self {
        Self {
            id: folder.id.into(),
            path: parent.path.join(&folder.slug),
            name: folder.name,
            slug: folder.slug,
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
        match kind {
            enums::AssetKind::Image => Self::Image,
            enums::AssetKind::Binary => Self::Binary,
            enums::AssetKind::All => Self::Other("all".to_owned()),
            enums::AssetKind::Other(kind) => Self::Other(kind),
        }
    }
}

impl AssetKind {
    pub(super) fn to_argument(&self) -> enums::AssetKind {
        match self {
            Self::Image => enums::AssetKind::Image,
            Self::Binary => enums::AssetKind::Binary,
            Self::Other(kind) => enums::AssetKind::Other(kind.clone()),
        }
    }
}

id_of!(AssetId: Asset);

id_of!(AssetFolderId: AssetFolder);
