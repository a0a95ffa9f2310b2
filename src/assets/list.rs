//! Reads of files.

use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{
    Asset, AssetFolder, AssetFolderAt, AssetKind, AssetPath, Assets, find_named,
    folders::{CONCURRENT_LISTS, walk},
    not_found,
    path::stored_name,
};
use crate::{
    api::{self, enums},
    call::{Call, request},
    error::{Error, Result},
    response::query,
    types::AssetId,
};

impl Assets {
    /// Lists the files in the root, or in another folder, sorted by path.
    ///
    /// Await the builder for a vector, or call [`stream`](ListAssets::stream).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::assets::AssetKind;
    ///
    /// let images = wiki.assets().list().folder("docs").recursive().kind(AssetKind::Image).await?;
    /// # });
    /// ```
    pub fn list(&self) -> ListAssets {
        ListAssets::new(self.clone())
    }

    /// Returns the file at this path, in as many requests as the path has segments.
    ///
    /// If there is no file with exactly this name, the client looks for the name under which Wiki.js would store it:
    /// `Photo 1.PNG` finds `photo_1.png`.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let photo = wiki.assets().get("docs/images/photo.png").await?;
    /// println!("{} bytes", photo.file_size);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none, or if a page rule hides it or a folder above
    /// it; [`is_forbidden`](Error::is_forbidden) without `read:assets`.
    pub fn get(&self, path: impl Into<AssetPath>) -> Call<Asset> {
        let path = path.into();
        Call::on(self, |assets| async move {
            let found = assets.get_opt(&path).await?;
            found.ok_or_else(|| not_found("AssetsList", "asset", path.as_str()))
        })
    }

    /// Returns the file at this path, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing file.
    pub fn get_opt(&self, path: impl Into<AssetPath>) -> Call<Option<Asset>> {
        let path = path.into();
        Call::on(self, |assets| async move {
            let Some(folder) = assets.folder_opt(path.folder()).await? else {
                return Ok(None);
            };
            let files = assets.files(&folder, None).await?;
            let stored = stored_name(path.name());
            Ok(find_named(files, path.name(), stored, |file| {
                &file.filename
            }))
        })
    }

    /// Returns the file with this id.
    ///
    /// Wiki.js has no operation that finds a file by id, so the client lists all folders until it finds the file. If
    /// the path is known, use [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such file, or if the caller may not read it;
    /// [`is_forbidden`](Error::is_forbidden) without `read:assets`.
    pub fn find(&self, id: impl Into<AssetId>) -> Call<Asset> {
        let id = id.into();
        let mut all = self.list().recursive().stream();
        Call::new(async move {
            while let Some(asset) = all.try_next().await? {
                if asset.id == id {
                    return Ok(asset);
                }
            }
            let what = "asset with the id";
            Err(not_found("AssetsList", what, &id.to_string()))
        })
    }

    /// Returns the files in a folder, sorted by path.
    pub(super) async fn files(
        &self,
        folder: &AssetFolder,
        kind: Option<&AssetKind>,
    ) -> Result<Vec<Asset>> {
        let variables = api::assets_list::Variables::new(
            folder.id.to_argument()?,
            kind.map_or(enums::AssetKind::All, AssetKind::to_argument),
        );
        let assets = query!(self.client, AssetsList, assets.list, variables).into_iter();
        let mut assets: Vec<Asset> = assets.map(|asset| Asset::new(asset, folder)).collect();
        assets.sort_by(|one, other| (&one.path, one.id).cmp(&(&other.path, other.id)));
        Ok(assets)
    }
}

request! {
    /// Request builder for a list of files, returned by [`Assets::list`]. Await it, or call [`stream`](Self::stream).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `read:assets`; files that a page rule hides are
    /// omitted. [`is_not_found`](Error::is_not_found) if the folder does not exist, for which Wiki.js itself
    /// returns an empty list.
    ListAssets(assets: Assets) -> Vec<Asset>, collect {
        folder: AssetFolderAt = AssetFolder::root().into();
        kind: Option<AssetKind> = None;
        recursive: bool = false;
    }

    /// Sets the folder. Default: the root.
    folder(folder: impl Into<AssetFolderAt>) => folder = folder.into();

    /// Selects files of this kind.
    kind(kind: AssetKind) => kind = Some(kind);

    /// Includes the files of all subfolders, level by level. Takes two requests for each folder.
    recursive() => recursive = true;
}

impl ListAssets {
    /// Returns the files as a stream. Folders are listed while the stream is polled.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    ///
    /// let mut all = wiki.assets().list().recursive().stream();
    /// while let Some(asset) = all.try_next().await? {
    ///     println!("{}", asset.path);
    /// }
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<Asset>> + Send + Unpin {
        let Self { assets, kind, .. } = self;
        let start = async move {
            let start = assets.resolve(&self.folder).await?;
            let folders = if self.recursive {
                let visited = walk(assets.clone(), start, true);
                visited.map_ok(|visited| visited.folder).boxed()
            } else {
                stream::once(std::future::ready(Ok(start))).boxed()
            };
            let list = move |folder: AssetFolder| {
                let (assets, kind) = (assets.clone(), kind.clone());
                async move { assets.files(&folder, kind.as_ref()).await }
            };
            Ok::<_, Error>(folders.map_ok(list).try_buffered(CONCURRENT_LISTS))
        };
        stream::once(start)
            .try_flatten()
            .map_ok(|files| stream::iter(files.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn collect(self) -> Result<Vec<Asset>> {
        self.stream().try_collect().await
    }
}
