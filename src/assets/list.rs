//! Files: list, find.

use std::future::IntoFuture;

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};

use super::{
    Asset, AssetFolder, AssetFolderAt, AssetKind, AssetPath, Assets, folders::walk, not_found,
};
use crate::{
    api::{self, enums},
    error::{Error, Result},
    outcome::query,
    types::AssetId,
};

/// How many folders are listed at once.
const LISTED_AT_ONCE: usize = 8;

impl Assets {
    /// The files of the root, or of another folder, in the order of their paths.
    ///
    /// Await the list for a vector, or take it as a [`stream`](ListAssets::stream).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::assets::AssetKind;
    ///
    /// let images = wiki.assets().list().folder("docs").recursive().kind(AssetKind::Image).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn list(&self) -> ListAssets {
        ListAssets {
            assets: self.clone(),
            folder: AssetFolder::root().into(),
            kind: None,
            recursive: false,
        }
    }

    /// The file at this path, in as many requests as the path has parts. The case does not matter where
    /// Wiki.js stored the file itself, in lower case.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let photo = wiki.assets().get("docs/images/photo.png").await?;
    /// println!("{} bytes", photo.file_size);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none, or a page rule hides it or a folder above
    /// it; [`is_forbidden`](Error::is_forbidden) without `read:assets`.
    pub async fn get(&self, path: impl Into<AssetPath>) -> Result<Asset> {
        let path = path.into();
        let found = self.get_opt(&path).await?;
        found.ok_or_else(|| not_found("AssetsList", "asset", path.as_str()))
    }

    /// As [`get`](Self::get), but `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for the missing file.
    pub async fn get_opt(&self, path: impl Into<AssetPath>) -> Result<Option<Asset>> {
        let path = path.into();
        let Some(folder) = self.folder_opt(path.folder()).await? else {
            return Ok(None);
        };
        let assets = self.files(&folder, None).await?;
        let lower = path.name().to_lowercase();
        let position = assets
            .iter()
            .position(|asset| asset.filename == path.name())
            .or_else(|| assets.iter().position(|asset| asset.filename == lower));
        Ok(position.and_then(|position| assets.into_iter().nth(position)))
    }

    /// The file with this id. Wiki.js cannot be asked for it, so all folders are listed until it is
    /// found: where the path is known, use [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none that the caller may see;
    /// [`is_forbidden`](Error::is_forbidden) without `read:assets`.
    pub async fn find(&self, id: impl Into<AssetId>) -> Result<Asset> {
        let id = id.into();
        let mut all = self.list().recursive().stream();
        while let Some(asset) = all.try_next().await? {
            if asset.id == id {
                return Ok(asset);
            }
        }
        Err(not_found(
            "AssetsList",
            "asset with the id",
            &id.to_string(),
        ))
    }

    /// The files in a folder, in the order of their paths.
    pub(super) async fn files(
        &self,
        folder: &AssetFolder,
        kind: Option<&AssetKind>,
    ) -> Result<Vec<Asset>> {
        let variables = api::assets_list::Variables::new(
            folder.id.to_argument()?,
            kind.map_or(enums::AssetKind::All, AssetKind::to_argument),
        );
        let assets = query!(self.client, AssetsList, assets.list, variables);
        let mut assets: Vec<Asset> = assets
            .into_iter()
            .flatten()
            .map(|asset| Asset::new(asset, folder))
            .collect();
        assets.sort_by(|one, other| (&one.path, one.id).cmp(&(&other.path, other.id)));
        Ok(assets)
    }
}

/// The files of a folder. Await it, or take it as a stream.
///
/// # Errors
///
/// [`is_forbidden`](Error::is_forbidden) without `read:assets`; files that a page rule hides are left out
/// in silence. [`is_not_found`](Error::is_not_found) if the folder is not there, for which Wiki.js itself
/// lists nothing.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListAssets {
    assets: Assets,
    folder: AssetFolderAt,
    kind: Option<AssetKind>,
    recursive: bool,
}

impl ListAssets {
    /// Of this folder instead of the root.
    pub fn folder(mut self, folder: impl Into<AssetFolderAt>) -> Self {
        self.folder = folder.into();
        self
    }

    /// Of this kind only.
    pub fn kind(mut self, kind: AssetKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// With the files of all folders below, level by level: two requests for each folder.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// One file after another, as the folders are listed.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    ///
    /// let mut all = wiki.assets().list().recursive().stream();
    /// while let Some(asset) = all.try_next().await? {
    ///     println!("{}", asset.path);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<Asset>> + Send + Unpin {
        let Self {
            assets,
            folder,
            kind,
            recursive,
        } = self;
        let start = async move {
            let start = assets.resolve(&folder).await?;
            let folders = if recursive {
                walk(assets.clone(), start, true)
                    .map_ok(|visited| visited.folder)
                    .boxed()
            } else {
                stream::once(std::future::ready(Ok(start))).boxed()
            };
            let list = move |folder: AssetFolder| {
                let (assets, kind) = (assets.clone(), kind.clone());
                async move { assets.files(&folder, kind.as_ref()).await }
            };
            Ok::<_, Error>(folders.map_ok(list).try_buffered(LISTED_AT_ONCE))
        };
        stream::once(start)
            .try_flatten()
            .map_ok(|files| stream::iter(files.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }
}

impl IntoFuture for ListAssets {
    type Output = Result<Vec<Asset>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.stream().try_collect().boxed()
    }
}
