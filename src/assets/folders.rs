//! Folders: find, list, make.

use std::{collections::VecDeque, future::IntoFuture};

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};

use super::{AssetFolder, AssetFolderPath, Assets, not_found, path::folder_slug};
use crate::{
    api,
    error::{Applied, Error, Result},
    outcome::{mutation, query},
    settle::{Look, until_certain},
    transport::Turn,
};

/// How many folders are asked for at once when a tree is walked.
const ASKED_AT_ONCE: usize = 8;

/// A folder as an argument: its path, or one that was found before, which spares the search for it.
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

impl Assets {
    /// The folders of the root, or below another one.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for folder in wiki.assets().folders().below("docs").recursive().await? {
    ///     println!("{} {}", folder.id, folder.path);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn folders(&self) -> ListAssetFolders {
        ListAssetFolders {
            assets: self.clone(),
            below: AssetFolder::root().into(),
            recursive: false,
        }
    }

    /// The folder at this path, in as many requests as the path has parts: Wiki.js knows a folder by its
    /// id alone, and lists those of one level. The case does not matter, as Wiki.js stores lower case.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let images = wiki.assets().folder("docs/images").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none, or if it or one above it is hidden by a
    /// page rule; [`is_forbidden`](Error::is_forbidden) without `read:assets`.
    pub async fn folder(&self, path: impl Into<AssetFolderPath>) -> Result<AssetFolder> {
        let path = path.into();
        let found = self.folder_opt(&path).await?;
        found.ok_or_else(|| not_found("AssetsFolders", "folder", path.as_str()))
    }

    /// As [`folder`](Self::folder), but `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`folder`](Self::folder), but for the missing folder.
    pub async fn folder_opt(
        &self,
        path: impl Into<AssetFolderPath>,
    ) -> Result<Option<AssetFolder>> {
        let path = path.into();
        let mut folder = AssetFolder::root();
        for segment in path.segments() {
            match self.child(&folder, segment).await? {
                Some(child) => folder = child,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    /// Makes a folder in one that is there, and gives it back.
    ///
    /// Its name is stored in lower case and without `? < > : * | "`; spaces stay. Nothing unmakes it
    /// again, see [the module](crate::assets#what-wikijs-does-not-do).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let folder = wiki.assets().create_folder("docs/drawings").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a name of which Wiki.js would make another, or none;
    /// [`is_not_found`](Error::is_not_found) if the folder above is not there;
    /// [`is_conflict`](Error::is_conflict) if the folder is there already (2002);
    /// [`is_forbidden`](Error::is_forbidden) without `write:assets`, or without `read:assets`, without
    /// which it cannot be found again (the answer has no id, hazard 38).
    pub async fn create_folder(&self, path: impl Into<AssetFolderPath>) -> Result<AssetFolder> {
        let path = path.into();
        let slugs = slugs_of(&path)?;
        let assets = self.clone();
        let work = move |turn| async move {
            let mut folder = AssetFolder::root();
            let (last, above) = slugs.split_last().ok_or_else(the_root)?;
            for slug in above {
                folder = assets.child(&folder, slug).await?.ok_or_else(|| {
                    not_found(
                        "AssetsCreateFolder",
                        "folder",
                        folder.path.join(slug).as_str(),
                    )
                })?;
            }
            match assets.child(&folder, last).await? {
                Some(there) => Err(Error::Exists {
                    operation: "AssetsCreateFolder",
                    what: format!("the folder `{}` is there already", there.path),
                }),
                None => assets.create_folder_in(&turn, &folder, last).await,
            }
        };
        self.client.write("AssetsCreateFolder", work).await
    }

    /// The folder at this path, which is made, with those above it, where it is not there.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let folder = wiki.assets().ensure_folder("docs/images/2026").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_folder`](Self::create_folder), but for the folder that is there and those that are
    /// missing. Where a later one fails, the ones above it are made.
    pub async fn ensure_folder(&self, path: impl Into<AssetFolderPath>) -> Result<AssetFolder> {
        let path = path.into();
        let slugs = slugs_of(&path)?;
        let assets = self.clone();
        let work = move |turn| async move {
            let mut folder = AssetFolder::root();
            for slug in &slugs {
                folder = match assets.child(&folder, slug).await? {
                    Some(child) => child,
                    None => assets.create_folder_in(&turn, &folder, slug).await?,
                };
            }
            Ok(folder)
        };
        self.client.write("AssetsCreateFolder", work).await
    }

    /// Makes a folder that is not there.
    async fn create_folder_in(
        &self,
        turn: &Turn,
        parent: &AssetFolder,
        slug: &str,
    ) -> Result<AssetFolder> {
        let look = |_| async {
            Ok(match self.child(parent, slug).await? {
                Some(made) => Look::Made(made),
                None => Look::NotMade,
            })
        };
        until_certain(
            &self.client,
            "AssetsCreateFolder",
            || self.send_create_folder(turn, parent, slug),
            look,
        )
        .await
    }

    async fn send_create_folder(
        &self,
        turn: &Turn,
        parent: &AssetFolder,
        slug: &str,
    ) -> Result<AssetFolder> {
        let variables =
            api::assets_create_folder::Variables::new(parent.id.to_argument()?, slug.to_owned());
        mutation!(
            self.client,
            turn,
            AssetsCreateFolder,
            assets.create_folder,
            variables
        );
        // The answer has no id (hazard 38).
        let made = self.child(parent, slug).await;
        made.map_err(|error| error.with_applied(Applied::Yes))?
            .ok_or_else(|| Error::unanswered("AssetsCreateFolder", "assets.folders", Applied::Yes))
    }

    /// The folder that is meant.
    pub(super) async fn resolve(&self, folder: &AssetFolderAt) -> Result<AssetFolder> {
        match &folder.0 {
            At::Found(folder) => Ok(folder.clone()),
            At::Path(path) => self.folder(path).await,
        }
    }

    /// The folders in a folder, in the order of their paths.
    pub(super) async fn children(&self, parent: &AssetFolder) -> Result<Vec<AssetFolder>> {
        let variables = api::assets_folders::Variables {
            parent_folder_id: parent.id.to_argument()?,
        };
        let folders = query!(self.client, AssetsFolders, assets.folders, variables);
        let mut folders: Vec<AssetFolder> = folders
            .into_iter()
            .flatten()
            .map(|folder| AssetFolder::new(folder, parent))
            .collect();
        folders.sort_by(|one, other| (&one.path, one.id).cmp(&(&other.path, other.id)));
        Ok(folders)
    }

    /// The folder of this name in a folder; if there is none, the one that is so called in lower case.
    async fn child(&self, parent: &AssetFolder, name: &str) -> Result<Option<AssetFolder>> {
        let children = self.children(parent).await?;
        let position = children
            .iter()
            .position(|child| child.slug == name)
            .or_else(|| {
                let lower = name.to_lowercase();
                children.iter().position(|child| child.slug == lower)
            });
        Ok(position.and_then(|position| children.into_iter().nth(position)))
    }
}

/// The path that Wiki.js gives a folder that is asked for at this one.
#[cfg(feature = "transfer")]
pub(crate) fn stored_folder(path: &AssetFolderPath) -> Result<AssetFolderPath> {
    if path.is_root() {
        return Ok(AssetFolderPath::root());
    }
    let slugs = slugs_of(path)?.into_iter();
    Ok(slugs.fold(AssetFolderPath::root(), |above, slug| above.join(&slug)))
}

fn slugs_of(path: &AssetFolderPath) -> Result<Vec<String>> {
    if path.is_root() {
        return Err(the_root());
    }
    path.segments().map(folder_slug).collect()
}

fn the_root() -> Error {
    Error::invalid(
        "folder",
        "the root is always there",
        "pass the path of a folder",
    )
}

/// The folders in a folder. Await it, or take it as a stream.
///
/// # Errors
///
/// [`is_forbidden`](Error::is_forbidden) without `read:assets`; folders that a page rule hides are left
/// out in silence, with all that is in them. [`is_not_found`](Error::is_not_found) if the folder is not
/// there.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListAssetFolders {
    assets: Assets,
    below: AssetFolderAt,
    recursive: bool,
}

impl ListAssetFolders {
    /// Of this folder instead of the root.
    pub fn below(mut self, folder: impl Into<AssetFolderAt>) -> Self {
        self.below = folder.into();
        self
    }

    /// With the folders in those, level by level: one request for each folder.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// One folder after another, those of a level in the order of their paths.
    pub fn stream(self) -> impl Stream<Item = Result<AssetFolder>> + Send + Unpin {
        let Self {
            assets,
            below,
            recursive,
        } = self;
        let start = async move {
            let start = assets.resolve(&below).await?;
            Ok::<_, Error>(walk(assets, start, recursive))
        };
        stream::once(start)
            .try_flatten()
            .map_ok(|visited| stream::iter(visited.children.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }
}

impl IntoFuture for ListAssetFolders {
    type Output = Result<Vec<AssetFolder>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.stream().try_collect().boxed()
    }
}

/// A folder of a walk, with the folders in it.
pub(super) struct Visited {
    pub(super) folder: AssetFolder,
    pub(super) children: Vec<AssetFolder>,
}

/// The folder with the folders in it and, if asked for, those below it, level by level.
pub(super) fn walk(
    assets: Assets,
    start: AssetFolder,
    recursive: bool,
) -> impl Stream<Item = Result<Visited>> + Send {
    let waiting = VecDeque::from([start]);
    stream::try_unfold((assets, waiting), move |(assets, mut waiting)| async move {
        if waiting.is_empty() {
            return Ok::<_, Error>(None);
        }
        let next: Vec<AssetFolder> = waiting.drain(..waiting.len().min(ASKED_AT_ONCE)).collect();
        let visit = |folder: AssetFolder| {
            let assets = &assets;
            async move {
                let children = assets.children(&folder).await?;
                Ok::<_, Error>(Visited { folder, children })
            }
        };
        let visited = futures::future::try_join_all(next.into_iter().map(visit)).await?;
        if recursive {
            waiting.extend(visited.iter().flat_map(|visited| visited.children.clone()));
        }
        Ok(Some((
            stream::iter(visited.into_iter().map(Ok)),
            (assets, waiting),
        )))
    })
    .try_flatten()
}
