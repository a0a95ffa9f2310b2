//! The files and folders that the façade gives back, each made from generated types in one place: here.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AssetFolderPath, AssetPath};
use crate::{
    api::{assets_folders::AssetsFoldersAssetsFolders, enums, fragments::AssetOfFolder},
    types::{AssetFolderId, AssetId, Timestamp},
};

/// A file of the wiki, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asset {
    /// `id`.
    pub id: AssetId,
    /// The path, such as `docs/images/photo.png`. Wiki.js says only the name; the rest is the folder in
    /// which it was found.
    pub path: AssetPath,
    /// The folder in which it was found.
    pub folder: AssetFolderId,
    /// `filename`.
    pub filename: String,
    /// `ext`: the end of the name with its dot, such as `.png`; empty where there is none. It stays what
    /// it was at the upload.
    pub ext: String,
    /// `kind`.
    pub kind: AssetKind,
    /// `mime`: what the upload said. The download goes by the name's end instead.
    pub mime: String,
    /// `fileSize`, in bytes, of what was uploaded. What Wiki.js takes out of an SVG is counted, too.
    pub file_size: u64,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`: of the last upload or renaming.
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

    /// The folder in which it was found.
    pub(super) fn in_folder(&self) -> AssetFolder {
        AssetFolder {
            id: self.folder,
            path: self.path.folder(),
            ..AssetFolder::root()
        }
    }
}

impl From<&Asset> for AssetId {
    fn from(asset: &Asset) -> Self {
        asset.id
    }
}

/// A folder of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssetFolder {
    /// `id`; 0 is the root.
    pub id: AssetFolderId,
    /// The path, such as `docs/images`; empty for the root. Wiki.js says only its last part.
    pub path: AssetFolderPath,
    /// `slug`: the last part of the path.
    pub slug: String,
    /// `name`. Wiki.js makes it the slug whatever is asked for (hazard 38).
    pub name: String,
}

impl AssetFolder {
    /// The root, in which all folders are. Wiki.js does not list it.
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
            name: folder.name.unwrap_or_else(|| folder.slug.clone()),
            slug: folder.slug,
        }
    }
}

/// What Wiki.js takes a file for, by the MIME type that the upload said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AssetKind {
    /// An image: its MIME type begins with `image/`.
    Image,
    /// Anything else.
    Binary,
    /// A kind that this version of the library does not know.
    Other(String),
}

impl From<enums::AssetKind> for AssetKind {
    fn from(kind: enums::AssetKind) -> Self {
        match kind {
            enums::AssetKind::Image => Self::Image,
            enums::AssetKind::Binary => Self::Binary,
            enums::AssetKind::All => Self::Other("ALL".to_owned()),
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

impl fmt::Display for AssetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Image => "IMAGE",
            Self::Binary => "BINARY",
            Self::Other(kind) => kind,
        })
    }
}
