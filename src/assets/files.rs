//! Files and folders: list, get, create, rename, delete.

use std::collections::VecDeque;

use futures::{
    Stream, StreamExt, TryStreamExt,
    future::try_join_all,
    stream::{self, BoxStream},
};

use super::{
    Asset, AssetFolder, AssetFolderPath, AssetKind, AssetPath, Assets, already_exists, find_named,
    not_found,
    path::{folder_slug, renamed_name, stored_name},
};
use crate::{
    api::{self, enums},
    call::{Call, elements, request},
    error::{Error, Result},
    handle::{Handle, Write},
    response::{command, query, sending},
    text::refuse_if,
    types::AssetId,
    write::{Observation, partially_applied},
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
        let found = self.get_opt(&path);
        found.required(move || not_found("AssetsList", "asset", path.as_str()))
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
            let (name, stored) = (path.name(), stored_name(path.name()));
            Ok(find_named(files, name, stored, |file| &file.filename))
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

    /// Renames a file within its folder, and returns it. Links to the old name are not changed.
    ///
    /// Wiki.js converts the name to lower case and removes `? < > : * | "`. Unlike in an upload, spaces remain.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let photo = wiki.assets().get("docs/photo.png").await?;
    /// let photo = wiki.assets().rename(&photo, "portrait.png").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for another extension (2008, [K39](crate::guide::known_issues#k39)), for a name
    ///   that is only the extension (2007), and for a name that Wiki.js would replace. No request is sent then.
    /// - [`is_conflict`](Error::is_conflict) if the folder has a file of this name (2005).
    /// - [`is_not_found`](Error::is_not_found) if the file no longer exists (2004).
    /// - [`is_forbidden`](Error::is_forbidden) without `manage:assets` for its old path (2006) or `write:assets`
    ///   for the new one (2009).
    pub fn rename(&self, asset: &Asset, name: impl AsRef<str>) -> Call<Asset> {
        let (asset, name) = (asset.clone(), name.as_ref().to_owned());
        let checked = asset.id.check();
        let checked = checked.and_then(|()| checked_new_name(&asset, &name).map(drop));
        self.mutate("AssetsRename", checked, |write| async move {
            let filename = checked_new_name(&asset, &name)?;
            let Some(before) = write.reread(&asset).await? else {
                return Err(not_found("AssetsRename", "asset", asset.path.as_str()));
            };
            // Wiki.js would report a conflict with the file itself.
            if before.filename == filename {
                return Ok(before);
            }
            let target = write.target(format!("asset `{}`", before.path));
            let target = target.refused_if_executed(Error::is_conflict);
            let send = sending!(write, AssetsRename(asset.id, &*filename));
            let observe = |_| async {
                Ok(match write.reread(&asset).await? {
                    Some(now) if now.filename == filename => Observation::Applied(now),
                    Some(now) if now.filename == before.filename => Observation::Unchanged,
                    Some(now) => Observation::Foreign(format!(
                        "it was renamed to `{}` by somebody else",
                        now.filename
                    )),
                    None => Observation::Foreign("it was deleted by somebody else".to_owned()),
                })
            };
            write.reconcile(target, send, observe).await
        })
    }

    /// Deletes a file. It cannot be restored.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let photo = wiki.assets().get("docs/photo.png").await?;
    /// wiki.assets().delete(&photo).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if the file no longer exists (2004);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:assets` for its path (2003).
    pub fn delete(&self, asset: &Asset) -> Call<()> {
        let asset = asset.clone();
        self.mutate("AssetsDelete", asset.id.check(), |write| async move {
            let send = sending!(write, AssetsDelete(asset.id) => Some(()));
            let exists = |_| async { Ok(write.reread(&asset).await?.is_some()) };
            let target = write.target(format!("asset `{}`", asset.path));
            write.delete_object(target, send, exists).await
        })
    }

    /// Deletes the files of refused and interrupted uploads in the temporary folder on the wiki's disk. An upload
    /// that is in flight is lost.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// wiki.assets().flush_temp_uploads().await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`. [`Error::Unconfirmed`] if the response
    /// was lost, because the API has no access to that folder.
    pub fn flush_temp_uploads(&self) -> Call<()> {
        command! { self, Ok(()), AssetsFlushTempUploads(), "the folder for uploads" }
    }

    /// Reads a file again.
    async fn reread(&self, asset: &Asset) -> Result<Option<Asset>> {
        let files = self.files(&asset.in_folder(), None).await?;
        Ok(files.into_iter().find(|file| file.id == asset.id))
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
        let assets = query!(self.client, AssetsList, variables).into_iter();
        let mut assets: Vec<Asset> = assets.map(|asset| (asset, folder).into()).collect();
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
    ListAssets(assets: Assets) -> Vec<Asset>, stream.try_collect {
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
                visited.map_ok(|(folder, _)| folder).boxed()
            } else {
                stream::once(std::future::ready(Ok(start))).boxed()
            };
            let list = move |folder: AssetFolder| {
                let (assets, kind) = (assets.clone(), kind.clone());
                async move { assets.files(&folder, kind.as_ref()).await }
            };
            Ok::<_, Error>(folders.map_ok(list).try_buffered(CONCURRENT_LISTS))
        };
        elements(stream::once(start).try_flatten())
    }
}

/// Returns the name under which Wiki.js stores a renamed file. Returns an error for another extension
/// ([K39](crate::guide::known_issues#k39)), and for a name that no URL can contain.
fn checked_new_name(asset: &Asset, name: &str) -> Result<String> {
    let filename = renamed_name(name)?;
    refuse_if! {
        !filename.ends_with(&asset.ext) => "name",
            format!("`{filename}` does not end with `{}`", asset.ext),
            "keep the extension, or upload the file again and delete this one";
        filename == asset.ext => "name",
            format!("`{filename}` is only the extension"), "put a name before it";
        filename.contains("..") => "name",
            format!("`{filename}` has two dots in a row, which Wiki.js removes from a URL"), "write one dot";
    }?;
    Ok(filename)
}

const CREATE_FOLDER: &str = "AssetsCreateFolder";

/// Number of folders that are listed concurrently.
const CONCURRENT_LISTS: usize = 8;

/// A folder as an argument: its path, or an [`AssetFolder`], for which no lookup is needed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AssetFolderAt {
    /// A path.
    Path(AssetFolderPath),
    /// A folder that was found.
    Found(AssetFolder),
}

impl<T: Into<AssetFolderPath>> From<T> for AssetFolderAt {
    fn from(path: T) -> Self {
        Self::Path(path.into())
    }
}

impl From<AssetFolder> for AssetFolderAt {
    fn from(folder: AssetFolder) -> Self {
        Self::Found(folder)
    }
}

impl From<&AssetFolder> for AssetFolderAt {
    fn from(folder: &AssetFolder) -> Self {
        Self::Found(folder.clone())
    }
}

impl Write<Assets> {
    /// Creates a folder that does not exist.
    async fn create_child(&self, parent: &AssetFolder, slug: &str) -> Result<AssetFolder> {
        let target = self.target(format!("folder `{}`", parent.path.join(slug)));
        let target = target.refused_if_executed(Error::is_conflict);
        let send = sending!(self, AssetsCreateFolder(parent.id, slug));
        // The response has no id (known issue K38), so the folder is read back.
        let observe = |_| async { Ok(self.child(parent, slug).await?.into()) };
        self.reconcile(target, send, observe).await
    }
}

impl Assets {
    /// Lists the folders in the root, or in another folder.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for folder in wiki.assets().folders().below("docs").recursive().await? {
    ///     println!("{} {}", folder.id, folder.path);
    /// }
    /// # });
    /// ```
    pub fn folders(&self) -> ListAssetFolders {
        ListAssetFolders::new(self.clone())
    }

    /// Returns the folder at this path, in as many requests as the path has segments.
    ///
    /// Wiki.js addresses folders by id, and lists one level at a time. If there is no folder with exactly this name,
    /// the client looks for the name under which Wiki.js would store it: `Img/My Photos:` finds `img/my photos`.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let images = wiki.assets().folder("docs/images").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none, or if a page rule hides it or a folder above it;
    /// [`is_forbidden`](Error::is_forbidden) without `read:assets`.
    pub fn folder(&self, path: impl Into<AssetFolderPath>) -> Call<AssetFolder> {
        let path = path.into();
        let found = self.folder_opt(&path);
        found.required(move || not_found("AssetsFolders", "folder", path.as_str()))
    }

    /// Returns the folder at this path, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`folder`](Self::folder), except for a missing folder.
    pub fn folder_opt(&self, path: impl Into<AssetFolderPath>) -> Call<Option<AssetFolder>> {
        let path = path.into();
        Call::on(self, |assets| async move {
            let mut folder = AssetFolder::root();
            for segment in path.segments() {
                match assets.child(&folder, segment).await? {
                    Some(child) => folder = child,
                    None => return Ok(None),
                }
            }
            Ok(Some(folder))
        })
    }

    /// Creates a folder in an existing one, and returns it.
    ///
    /// Wiki.js converts its name to lower case and removes `? < > : * | "`. Spaces are kept. A folder cannot be
    /// deleted; see [the module](crate::assets#limitations-of-wikijs).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let folder = wiki.assets().create_folder("docs/drawings").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for the root, and for a name that Wiki.js would replace.
    /// - [`is_not_found`](Error::is_not_found) if the folder above does not exist.
    /// - [`is_conflict`](Error::is_conflict) if the folder exists already (2002).
    /// - [`is_forbidden`](Error::is_forbidden) without `write:assets`, or without `read:assets`, which is required to
    ///   find the created folder, because the response has no id ([K38](crate::guide::known_issues#k38)).
    pub fn create_folder(&self, path: impl Into<AssetFolderPath>) -> Call<AssetFolder> {
        self.folder_of(path.into(), true)
    }

    /// Returns the folder at this path. Creates it and its parent folders if they do not exist.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let folder = wiki.assets().ensure_folder("docs/images/2026").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_folder`](Self::create_folder), except for an existing folder, the root, and missing parent folders.
    /// [`Error::PartiallyApplied`] if the creation of a folder fails after a parent folder was created, which is kept.
    pub fn ensure_folder(&self, path: impl Into<AssetFolderPath>) -> Call<AssetFolder> {
        self.folder_of(path.into(), false)
    }

    /// Returns the folder at a path after creating it. If `is_new` is `true`, the folder must not exist and its parents
    /// must; otherwise all missing folders are created.
    fn folder_of(&self, path: AssetFolderPath, is_new: bool) -> Call<AssetFolder> {
        let checked = stored_folder(&path).and_then(|stored| {
            refuse_if! {
                is_new && stored.is_root() => "folder",
                    "the root always exists", "pass the path of a folder";
            }
        });
        self.mutate(CREATE_FOLDER, checked, move |write| async move {
            let (stored, mut folder) = (stored_folder(&path)?, AssetFolder::root());
            let mut has_created = false;
            for slug in stored.segments() {
                let path = folder.path.join(slug);
                let is_last = path == stored;
                let found = write.child(&folder, slug).await;
                let is_missing = matches!(found, Ok(None));
                let child = match found {
                    Ok(Some(_)) if is_new && is_last => {
                        return Err(already_exists(CREATE_FOLDER, "asset folder", &path));
                    }
                    Ok(Some(child)) => Ok(child),
                    Ok(None) if is_new && !is_last => {
                        return Err(not_found(CREATE_FOLDER, "folder", &path));
                    }
                    Ok(None) => write.create_child(&folder, slug).await,
                    Err(error) => Err(error),
                };
                folder = child.map_err(|error| {
                    if !has_created {
                        return error;
                    }
                    let done = format!("folder `{}` is created", folder.path);
                    let missing = format!("`{path}` could not be created");
                    partially_applied(CREATE_FOLDER, done, missing, error)
                })?;
                has_created |= is_missing;
            }
            Ok(folder)
        })
    }

    /// Returns the folder that an argument refers to.
    pub(super) async fn resolve(&self, folder: &AssetFolderAt) -> Result<AssetFolder> {
        match folder {
            AssetFolderAt::Found(folder) => Ok(folder.clone()),
            AssetFolderAt::Path(path) => self.folder(path).await,
        }
    }

    /// Returns the folders in a folder, sorted by path.
    async fn children(&self, parent: &AssetFolder) -> Result<Vec<AssetFolder>> {
        let id = parent.id.to_argument()?;
        let folders = query!(self.client, AssetsFolders(id)).into_iter();
        let mut folders: Vec<AssetFolder> = folders.map(|one| (one, parent).into()).collect();
        folders.sort_by(|one, other| (&one.path, one.id).cmp(&(&other.path, other.id)));
        Ok(folders)
    }

    /// Returns the folder with this name in a folder. If there is none, looks for the name under which Wiki.js would
    /// store it.
    async fn child(&self, parent: &AssetFolder, name: &str) -> Result<Option<AssetFolder>> {
        let (children, stored) = (self.children(parent).await?, folder_slug(name));
        Ok(find_named(children, name, stored, |child| &child.slug))
    }
}

/// Returns the path under which Wiki.js stores a folder: `Img/My Photos:` becomes `img/my photos`.
///
/// ```
/// use wikijs_client::assets::{AssetFolderPath, stored_folder};
///
/// let stored = stored_folder(&AssetFolderPath::from("Img/My Photos:"))?;
/// assert_eq!(stored.as_str(), "img/my photos");
/// # Ok::<(), wikijs_client::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::InvalidInput`] for a name that Wiki.js would replace, or that no URL can contain.
pub fn stored_folder(path: &AssetFolderPath) -> Result<AssetFolderPath> {
    path.segments()
        .try_fold(AssetFolderPath::root(), |above, name| {
            Ok(above.join(&folder_slug(name)?))
        })
}

request! {
    /// Request builder for a list of folders, returned by [`Assets::folders`]. Await it, or call
    /// [`stream`](Self::stream).
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `read:assets`; folders that a page rule hides are omitted, with
    /// their content. [`is_not_found`](Error::is_not_found) if the folder does not exist.
    ListAssetFolders(assets: Assets) -> Vec<AssetFolder>, stream.try_collect {
        below: AssetFolderAt = AssetFolder::root().into();
        recursive: bool = false;
    }

    /// Sets the folder. Default: the root.
    below(folder: impl Into<AssetFolderAt>) => below = folder.into();

    /// Includes subfolders, level by level. Takes one request for each folder.
    recursive() => recursive = true;
}

impl ListAssetFolders {
    /// Returns the folders as a stream. The folders of each level are sorted by path.
    pub fn stream(self) -> impl Stream<Item = Result<AssetFolder>> + Send + Unpin {
        let start = async move {
            let start = self.assets.resolve(&self.below).await?;
            let visited = walk(self.assets, start, self.recursive);
            Ok::<_, Error>(visited.map_ok(|(_, children)| children))
        };
        elements(stream::once(start).try_flatten())
    }
}

/// Returns the folder with its direct subfolders and, if `recursive`, all folders below it with theirs, level by level.
fn walk(
    assets: Assets,
    start: AssetFolder,
    recursive: bool,
) -> BoxStream<'static, Result<(AssetFolder, Vec<AssetFolder>)>> {
    let pending = VecDeque::from([start]);
    let next = move |(assets, mut pending): (Assets, VecDeque<AssetFolder>)| async move {
        if pending.is_empty() {
            return Ok(None);
        }
        let count = pending.len().min(CONCURRENT_LISTS);
        let next: Vec<AssetFolder> = pending.drain(..count).collect();
        let visit = async |folder: AssetFolder| {
            let children = assets.children(&folder).await?;
            Ok::<_, Error>((folder, children))
        };
        let visited = try_join_all(next.into_iter().map(visit)).await?;
        if recursive {
            pending.extend(visited.iter().flat_map(|(_, children)| children.clone()));
        }
        Ok(Some((visited, (assets, pending))))
    };
    elements(stream::try_unfold((assets, pending), next))
}
