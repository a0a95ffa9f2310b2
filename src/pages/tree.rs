//! The page tree, and the links between pages.

use std::future::IntoFuture;

use futures::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};

use super::Pages;
use crate::{
    api::{self, enums, pages_tree::PagesTreePagesTree},
    error::{Error, Result},
    outcome::query,
    types::{Locale, PageId, PagePath, TreeId},
};

/// An entry of the page tree: a page, a folder, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TreeEntry {
    /// `id`. It changes whenever the tree is rebuilt, which every create, move and delete does: use
    /// it at once or not at all.
    pub id: TreeId,
    /// `path`.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `depth`: 1 at the root.
    pub depth: u32,
    /// `title`: the page's, or the last segment of a folder without one.
    pub title: String,
    /// `isFolder`: whether there are entries below.
    pub is_folder: bool,
    /// `isPrivate`.
    pub is_private: bool,
    /// `parent`; `None` at the root, for which Wiki.js says 0.
    pub parent: Option<TreeId>,
    /// `pageId`; `None` for a folder without a page of its own.
    pub page_id: Option<PageId>,
}

impl From<PagesTreePagesTree> for TreeEntry {
    fn from(entry: PagesTreePagesTree) -> Self {
        Self {
            id: entry.id.into(),
            path: PagePath::verbatim(entry.path),
            locale: entry.locale.into(),
            depth: u32::try_from(entry.depth).unwrap_or_default(),
            title: entry.title,
            is_folder: entry.is_folder,
            is_private: entry.is_private,
            parent: entry.parent.filter(|parent| *parent > 0).map(Into::into),
            page_id: entry.page_id.map(Into::into),
        }
    }
}

/// Which entries of the tree are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TreeMode {
    /// Folders and pages.
    #[default]
    All,
    /// Folders only.
    Folders,
    /// Pages only. Wiki.js fails at this itself; it is asked for all, and the pages are picked out.
    Pages,
}

impl Pages {
    /// One level of the page tree: the root's, unless another is named.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for entry in wiki.pages().tree().await? {
    ///     println!("{}{}", entry.path, if entry.is_folder { "/" } else { "" });
    /// }
    /// let below = wiki.pages().tree().children_of("docs").await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn tree(&self) -> GetTree {
        GetTree {
            pages: self.clone(),
            level: Level::Root,
            mode: TreeMode::All,
            locale: None,
            include_ancestors: false,
        }
    }

    /// All pages of a locale with the pages that they link to, the client's default locale unless
    /// another is named. Wiki.js gives them all at once.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for page in wiki.pages().links().await? {
    ///     println!("{} links to {} pages", page.path, page.links.len());
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn links(&self) -> GetLinks {
        GetLinks {
            pages: self.clone(),
            locale: None,
        }
    }
}

/// Which level of the tree.
#[derive(Debug, Clone)]
enum Level {
    Root,
    Below(TreeId),
    ChildrenOf(PagePath),
    SiblingsOf(PagePath),
}

/// One level of the page tree. Await it.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetTree {
    pages: Pages,
    level: Level,
    mode: TreeMode,
    locale: Option<Locale>,
    include_ancestors: bool,
}

impl GetTree {
    /// The entries below this one.
    pub fn parent(mut self, parent: impl Into<TreeId>) -> Self {
        self.level = Level::Below(parent.into());
        self
    }

    /// The entries below the page or folder at this path; none if there is nothing there. Takes two
    /// requests, as Wiki.js knows an entry's children by its id alone.
    pub fn children_of(mut self, path: impl Into<PagePath>) -> Self {
        self.level = Level::ChildrenOf(path.into());
        self
    }

    /// The entries beside the page or folder at this path, and itself; none if there is nothing
    /// there. It is what Wiki.js does with `path`.
    pub fn siblings_of(mut self, path: impl Into<PagePath>) -> Self {
        self.level = Level::SiblingsOf(path.into());
        self
    }

    /// Folders, pages or, which is the default, both.
    pub fn mode(mut self, mode: TreeMode) -> Self {
        self.mode = mode;
        self
    }

    /// In this locale instead of the client's default.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// With the entries from the root down to the level. Works with [`siblings_of`](Self::siblings_of)
    /// only.
    pub fn include_ancestors(mut self) -> Self {
        self.include_ancestors = true;
        self
    }

    async fn run(self) -> Result<Vec<TreeEntry>> {
        if self.include_ancestors && !matches!(self.level, Level::SiblingsOf(_)) {
            return Err(Error::invalid(
                "include_ancestors",
                "Wiki.js gives ancestors only with the siblings of a path",
                "use it with siblings_of",
            ));
        }
        let (path, parent) = match &self.level {
            Level::Root => (None, None),
            Level::Below(parent) => (None, Some(*parent)),
            Level::SiblingsOf(path) => (Some(path), None),
            Level::ChildrenOf(path) => {
                let beside = self.ask(Some(path), None, TreeMode::All).await?;
                match beside.into_iter().find(|entry| entry.path == *path) {
                    Some(entry) => (None, Some(entry.id)),
                    None => return Ok(Vec::new()),
                }
            }
        };
        let mut entries = self.ask(path, parent, self.mode).await?;
        if self.mode == TreeMode::Pages {
            entries.retain(|entry| entry.page_id.is_some());
        }
        Ok(entries)
    }

    async fn ask(
        &self,
        path: Option<&PagePath>,
        parent: Option<TreeId>,
        mode: TreeMode,
    ) -> Result<Vec<TreeEntry>> {
        let mode = match mode {
            TreeMode::All | TreeMode::Pages => enums::PageTreeMode::All,
            TreeMode::Folders => enums::PageTreeMode::Folders,
        };
        let locale = self
            .locale
            .as_ref()
            .unwrap_or(self.pages.client.default_locale());
        let variables = api::pages_tree::Variables {
            path: path.map(ToString::to_string).into(),
            parent: parent.map(TreeId::to_argument).transpose()?.into(),
            include_ancestors: self.include_ancestors.into(),
            ..api::pages_tree::Variables::new(mode, locale.to_string())
        };
        let entries = query!(self.pages.client, PagesTree, pages.tree, variables);
        Ok(entries.into_iter().flatten().map(TreeEntry::from).collect())
    }
}

impl IntoFuture for GetTree {
    type Output = Result<Vec<TreeEntry>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

/// A page with the pages that it links to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageLinks {
    /// `id`.
    pub id: PageId,
    /// `path`, without the locale that Wiki.js puts before it.
    pub path: PagePath,
    /// The page's locale.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `links`: a page that is linked to twice is here twice, and it need not exist.
    pub links: Vec<LinkTarget>,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkTarget {
    /// The target's path.
    pub path: PagePath,
    /// The target's locale.
    pub locale: Locale,
}

impl From<String> for LinkTarget {
    /// Wiki.js writes `en/docs/install`.
    fn from(link: String) -> Self {
        match link.split_once('/') {
            Some((locale, path)) => Self {
                path: PagePath::verbatim(path.to_owned()),
                locale: locale.into(),
            },
            None => Self {
                path: PagePath::verbatim(String::new()),
                locale: link.into(),
            },
        }
    }
}

impl From<api::pages_links::PagesLinksPagesLinks> for PageLinks {
    fn from(page: api::pages_links::PagesLinksPagesLinks) -> Self {
        let LinkTarget { path, locale } = page.path.into();
        Self {
            id: page.id.into(),
            path,
            locale,
            title: page.title,
            links: page
                .links
                .into_iter()
                .flatten()
                .map(LinkTarget::from)
                .collect(),
        }
    }
}

/// The links between the pages of a locale. Await it.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetLinks {
    pages: Pages,
    locale: Option<Locale>,
}

impl GetLinks {
    /// In this locale instead of the client's default.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    async fn run(self) -> Result<Vec<PageLinks>> {
        let locale = self
            .locale
            .as_ref()
            .unwrap_or(self.pages.client.default_locale());
        let variables = api::pages_links::Variables {
            locale: locale.to_string(),
        };
        let pages = query!(self.pages.client, PagesLinks, pages.links, variables);
        Ok(pages.into_iter().flatten().map(PageLinks::from).collect())
    }
}

impl IntoFuture for GetLinks {
    type Output = Result<Vec<PageLinks>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
