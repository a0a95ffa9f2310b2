//! The side of [`FakeWiki`] from which a test sees files and folders.

use super::FakeWiki;
use crate::state::{FakeAsset, FakeAssetFolder};

/// Files and folders.
///
/// ```
/// use wikijs_fake::{FakeAsset, FakeWiki};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::start().await;
/// wiki.insert_asset(FakeAsset::new("docs/photo.png", b"not really one"));
///
/// // … the code under test downloads it, or uploads another one …
///
/// assert_eq!(wiki.asset_at("docs/photo.png").unwrap().content, b"not really one");
/// assert_eq!(wiki.asset_folders()[0].path, "docs");
/// # });
/// ```
impl FakeWiki {
    /// Puts a file in, past the API, with the folders above it, and gives its id. It takes the place of one that is
    /// at its path.
    pub fn insert_asset(&self, asset: FakeAsset) -> i64 {
        self.shared.state().seed_asset(asset)
    }

    /// Takes a file out, past the API; whether it was there.
    pub fn remove_asset(&self, id: i64) -> bool {
        self.shared.state().assets.files.remove(&id).is_some()
    }

    /// The files, by id.
    pub fn assets(&self) -> Vec<FakeAsset> {
        self.shared.state().assets.files.values().cloned().collect()
    }

    /// The file at a path.
    pub fn asset_at(&self, path: &str) -> Option<FakeAsset> {
        self.shared.state().assets.at(path).cloned()
    }

    /// Makes the folder at a path, with those above it, where it is not there, and gives its id.
    pub fn insert_asset_folder(&self, path: &str) -> i64 {
        self.shared.state().ensure_asset_folder(path)
    }

    /// Takes a folder out, as nothing in Wiki.js does; whether it was there.
    pub fn remove_asset_folder(&self, id: i64) -> bool {
        self.shared.state().assets.folders.remove(&id).is_some()
    }

    /// The folders, by id.
    pub fn asset_folders(&self) -> Vec<FakeAssetFolder> {
        let state = self.shared.state();
        state.assets.folders.values().cloned().collect()
    }

    /// How many files refused or lost uploads left in the folder for uploads, which `assets.flushTempUploads`
    /// empties.
    pub fn temp_uploads(&self) -> usize {
        self.shared.state().assets.left_over
    }
}
