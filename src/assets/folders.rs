//! Folders: list, get, create.

use std::collections::VecDeque;

use futures::{Stream, StreamExt, TryStreamExt, future::try_join_all, stream};

use super::{AssetFolder, AssetFolderPath, Assets, find_named, not_found, path::folder_slug};
use crate::{
    call::{Call, request},
    error::{Error, ObjectError, Result},
    handle::{Handle, Write},
    response::{query, sending},
    write::Observation,
};

/// Number of folders that are listed concurrently.
pub(super) const CONCURRENT_LISTS: usize = 8;

/// A folder as an argument: its path, or an [`AssetFolder`], for which no lookup is needed.
#[derive(Debug, Clone)]
pub struct AssetFolderAt(At);

#[derive(Debug, Clone)]
enum At {
    Path(AssetFolderPath),
    Found(AssetFolder),
}

impl<T: Into<AssetFolderPath>> From<T> for AssetFolderAt {
    fn from(path: T) -> Self {
        Self(At::Path(path.into()))
    }
}

impl From<AssetFolder> for AssetFolderAt {
    fn from(folder: AssetFolder) -> Self {
        Self(At::Found(folder))
    }
}

impl From<&AssetFolder> for AssetFolderAt {
    fn from(folder: &AssetFolder) -> Self {
        Self::from(folder.clone())
    }
}

impl Write<Assets> {
    /// Creates a folder that does not exist.
    async fn create_child(&self, parent: &AssetFolder, slug: &str) -> Result<AssetFolder> {
        let target = self.target(format!("folder `{}`", parent.path.join(slug)));
        let target = target.refused_if_executed(Error::is_conflict);
        let (parent_id, name) = (parent.id.to_argument()?, slug.to_owned());
        let send = sending!(
            self,
            AssetsCreateFolder,
            assets.create_folder(parent_id, name)
        );
        // The response has no id (known issue K38), so the folder is read back.
        let observe = |_| async {
            Ok(match self.child(parent, slug).await? {
                Some(created) => Observation::Applied(created),
                None => Observation::Unchanged,
            })
        };
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
        Call::on(self, |assets| async move {
            let found = assets.folder_opt(&path).await?;
            found.ok_or_else(|| not_found("AssetsFolders", "folder", path.as_str()))
        })
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
        self.folder_of(&path.into(), true)
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
    /// If the creation of a folder fails, the parent folders that were created are kept.
    pub fn ensure_folder(&self, path: impl Into<AssetFolderPath>) -> Call<AssetFolder> {
        self.folder_of(&path.into(), false)
    }

    /// Returns the folder at a path after creating it. If `is_new` is `true`, the folder must not exist and its parents
    /// must; otherwise all missing folders are created.
    fn folder_of(&self, path: &AssetFolderPath, is_new: bool) -> Call<AssetFolder> {
        let slugs = path.segments().map(folder_slug).collect::<Result<Vec<_>>>();
        let (slugs, checked) = match slugs {
            Ok(slugs) if slugs.is_empty() && is_new => {
                let remedy = "pass the path of a folder";
                let error = Error::invalid("folder", "the root always exists", remedy);
                (slugs, Err(error))
            }
            Ok(slugs) => (slugs, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        self.mutate("AssetsCreateFolder", checked, move |write| async move {
            let mut folder = AssetFolder::root();
            for (index, slug) in slugs.iter().enumerate() {
                let is_last = index + 1 == slugs.len();
                folder = match write.child(&folder, slug).await? {
                    Some(existing) if is_new && is_last => {
                        return Err(Error::AlreadyExists(ObjectError::new(
                            "AssetsCreateFolder",
                            format_args!("asset folder `{}`", existing.path),
                            "already exists",
                        )));
                    }
                    Some(child) => child,
                    None if is_new && !is_last => {
                        let path = folder.path.join(slug);
                        return Err(not_found("AssetsCreateFolder", "folder", path.as_str()));
                    }
                    None => write.create_child(&folder, slug).await?,
                };
            }
            Ok(folder)
        })
    }

    /// Returns the folder that an argument refers to.
    pub(super) async fn resolve(&self, folder: &AssetFolderAt) -> Result<AssetFolder> {
        match &folder.0 {
            At::Found(folder) => Ok(folder.clone()),
            At::Path(path) => self.folder(path).await,
        }
    }

    /// Returns the folders in a folder, sorted by path.
    pub(super) async fn children(&self, parent: &AssetFolder) -> Result<Vec<AssetFolder>> {
        let id = parent.id.to_argument()?;
        let folders = query!(self.client, AssetsFolders, assets.folders(id));
        let mut folders: Vec<AssetFolder> = folders
            .into_iter()
            .map(|folder| AssetFolder::new(folder, parent))
            .collect();
        folders.sort_by(|one, other| (&one.path, one.id).cmp(&(&other.path, other.id)));
        Ok(folders)
    }

    /// Returns the folder with this name in a folder. If there is none, looks for the name under which Wiki.js would
    /// store it.
    async fn child(&self, parent: &AssetFolder, name: &str) -> Result<Option<AssetFolder>> {
        let children = self.children(parent).await?;
        Ok(find_named(children, name, folder_slug(name), |child| {
            &child.slug
        }))
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
    ListAssetFolders(assets: Assets) -> Vec<AssetFolder>, collect {
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
            Ok::<_, Error>(walk(self.assets, start, self.recursive))
        };
        stream::once(start)
            .try_flatten()
            .map_ok(|visited| stream::iter(visited.children.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn collect(self) -> Result<Vec<AssetFolder>> {
        self.stream().try_collect().await
    }
}

/// A folder with its direct subfolders.
pub(super) struct Visited {
    pub(super) folder: AssetFolder,
    pub(super) children: Vec<AssetFolder>,
}

/// Returns the folder with its subfolders and, if `recursive`, all folders below it, level by level.
pub(super) fn walk(
    assets: Assets,
    start: AssetFolder,
    recursive: bool,
) -> impl Stream<Item = Result<Visited>> + Send {
    let pending = VecDeque::from([start]);
    stream::try_unfold((assets, pending), move |(assets, mut pending)| async move {
        if pending.is_empty() {
            return Ok::<_, Error>(None);
        }
        let next: Vec<AssetFolder> = pending
            .drain(..pending.len().min(CONCURRENT_LISTS))
            .collect();
        let visit = |folder: AssetFolder| {
            let assets = &assets;
            async move {
                let children = assets.children(&folder).await?;
                Ok::<_, Error>(Visited { folder, children })
            }
        };
        let visited = try_join_all(next.into_iter().map(visit)).await?;
        if recursive {
            pending.extend(visited.iter().flat_map(|visited| visited.children.clone()));
        }
        Ok(Some((
            stream::iter(visited.into_iter().map(Ok)),
            (assets, pending),
        )))
    })
    .try_flatten()
}
