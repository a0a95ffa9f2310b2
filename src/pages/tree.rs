//! The page tree, and the links between pages.

use std::collections::HashSet;

use super::Pages;
use crate::{
    api::{self, enums, pages_links::PagesLinksPagesLinks, pages_tree::PagesTreePagesTree},
    call::request,
    error::Result,
    response::{models, query},
    text::refuse_if,
    types::{Locale, PageId, PagePath, TreeId, converted},
};

models! {
    /// An entry of the page tree: a page, a folder, or both.
    TreeEntry from PagesTreePagesTree as entry {
        /// `id`. Every create, move and delete rebuilds the tree and gives all entries new ids, so do not
        /// store it.
        pub id: TreeId,
        /// `path`.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(entry.path),
        /// `locale`.
        pub locale: Locale,
        /// `depth`: 1 at the root.
        pub depth: u32 = u32::try_from(entry.depth).unwrap_or_default(),
        /// `title` of the page; for a folder without a page, the last segment of its path.
        pub title: String,
        /// `isFolder`: there are entries below it.
        pub is_folder: bool,
        /// `isPrivate`.
        pub is_private: bool,
        /// `parent`; `None` at the root, where Wiki.js returns 0.
        pub parent: Option<TreeId> = Some(entry.parent).filter(|parent| *parent > 0).map(Into::into),
        /// `pageId`; `None` for a folder without a page of its own.
        pub page_id: Option<PageId> = entry.page_id.map(Into::into),
    }
}

/// The kind of tree entries to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TreeMode {
    /// Folders and pages.
    #[default]
    All,
    /// Folders only.
    Folders,
    /// Pages only. The mode `PAGES` of Wiki.js fails, so the client lists all entries and filters them.
    Pages,
}

impl Pages {
    /// Lists one level of the page tree: the root, unless another is set.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for entry in wiki.pages().tree().await? {
    ///     println!("{}{}", entry.path, if entry.is_folder { "/" } else { "" });
    /// }
    /// let below = wiki.pages().tree().children_of("docs").await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for [`include_ancestors`](GetTree::include_ancestors)
    /// without a path; [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`.
    pub fn tree(&self) -> GetTree {
        GetTree::new(self.clone())
    }

    /// Lists all pages of a locale with the pages that they link to, in one response. The locale is the client's
    /// default unless another is set.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for page in wiki.pages().links().await? {
    ///     println!("{} links to {} pages", page.path, page.links.len());
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`.
    pub fn links(&self) -> GetLinks {
        GetLinks::new(self.clone())
    }
}

/// A level of the tree.
#[derive(Debug, Clone)]
enum Level {
    Root,
    Below(TreeId),
    ChildrenOf(PagePath),
    SiblingsOf(PagePath),
}

request! {
    /// A list of one level of the page tree. Await it.
    GetTree(pages: Pages) -> Vec<TreeEntry>, run {
        level: Level = Level::Root;
        mode: TreeMode = TreeMode::All;
        locale: Option<Locale> = None;
        include_ancestors: bool = false;
    }

    /// Lists the entries below this one.
    parent(parent: impl Into<TreeId>) => level = Level::Below(parent.into());

    /// Lists the entries below the page or folder at this path, or none if the path does not exist. `/` and the empty
    /// path are the root. This takes two requests, because Wiki.js finds the children of an entry only by its id.
    children_of(path: impl Into<PagePath>) => level = Level::ChildrenOf(path.into());

    /// Lists the page or folder at this path and the entries on the same level, or none if the path does not exist.
    /// Sends the argument `path`.
    siblings_of(path: impl Into<PagePath>) => level = Level::SiblingsOf(path.into());

    /// Lists folders, pages or both. Default: both.
    mode(mode: TreeMode) => mode = mode;

    /// Uses this locale instead of the client's default.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());

    /// Includes the entries from the root down to the level. Works with [`siblings_of`](Self::siblings_of)
    /// only.
    include_ancestors() => include_ancestors = true;
}

impl GetTree {
    async fn run(self) -> Result<Vec<TreeEntry>> {
        refuse_if! {
            self.include_ancestors && !matches!(self.level, Level::SiblingsOf(_)) => "include_ancestors",
                "Wiki.js returns ancestors only with the siblings of a path", "use it with siblings_of";
        }?;
        let (path, parent) = match &self.level {
            Level::Root => (None, None),
            Level::Below(parent) => (None, Some(*parent)),
            Level::SiblingsOf(path) => (Some(path), None),
            Level::ChildrenOf(path) if path.as_str().is_empty() => (None, None),
            Level::ChildrenOf(path) => {
                let beside = self.ask(Some(path), None, TreeMode::All).await?;
                match beside.into_iter().find(|entry| entry.path == *path) {
                    Some(entry) => (None, Some(entry.id)),
                    None => return Ok(Vec::new()),
                }
            }
        };
        let mut entries = self.ask(path, parent, self.mode).await?;
        if let Some(path) = path {
            // A database that ignores case and accents may return the level of another path.
            entries.retain(|entry| {
                entry.path.parent() == path.parent() || entry.path.is_prefix_of(path)
            });
        }
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
        let client = &self.pages.client;
        let locale = client.locale_or_default(self.locale.clone()).await?;
        let variables = api::pages_tree::Variables {
            path: path.map(ToString::to_string).into(),
            parent: parent.map(TreeId::to_argument).transpose()?.into(),
            include_ancestors: self.include_ancestors.into(),
            ..api::pages_tree::Variables::new(mode, locale.to_string())
        };
        Ok(converted(query!(client, PagesTree, variables)))
    }
}

models! {
    /// A page with the pages that it links to.
    PageLinks from PagesLinksPagesLinks as page {
        /// `id`.
        pub id: PageId,
        /// `path`, without the locale with which Wiki.js prefixes it.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(split(&page.path).1.to_owned()),
        /// The page's locale.
        pub locale: Locale = split(&page.path).0.into(),
        /// `title`.
        pub title: String,
        /// `links`: the targets, which need not exist. Duplicates, which Wiki.js returns with some databases, are
        /// removed.
        pub links: Vec<LinkTarget> = converted(without_duplicates(page.links)),
    }

    /// The target of a link. It is converted from the text of Wiki.js, such as `en/docs/install`.
    LinkTarget from String as link {
        /// The target's path.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(split(&link).1.to_owned()),
        /// The target's locale.
        pub locale: Locale = split(&link).0.into(),
    }
}

/// Splits a link in the format of Wiki.js into locale and path.
fn split(link: &str) -> (&str, &str) {
    link.split_once('/').unwrap_or((link, ""))
}

fn without_duplicates(mut links: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    links.retain(|link| seen.insert(link.clone()));
    links
}

request! {
    /// A list of the links between the pages of a locale. Await it.
    GetLinks(pages: Pages) -> Vec<PageLinks>, run {
        locale: Option<Locale> = None;
    }

    /// Uses this locale instead of the client's default.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());
}

impl GetLinks {
    async fn run(self) -> Result<Vec<PageLinks>> {
        let client = &self.pages.client;
        let locale = client.locale_or_default(self.locale).await?;
        Ok(converted(query!(client, PagesLinks(locale.to_string()))))
    }
}
