//! The pages that the façade gives back, each made from generated types in one place: here.

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        fragments::{FullPage, ReadablePage},
        pages_latest::PagesLatestPagesConflictLatest,
        pages_list::PagesListPagesList,
    },
    types::{Editor, Locale, PageId, PagePath, Tag, Timestamp, UserId},
};

/// A page, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// `id`.
    pub id: PageId,
    /// `path`, without a slash at its ends and without the locale.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `content`: the source, in the language of the page's editor.
    pub content: String,
    /// `contentType`: `markdown`, `html`, `asciidoc`, …
    pub content_type: String,
    /// `render`: the HTML that Wiki.js made of the content. `None` until it is made.
    pub render: Option<String>,
    /// `tags`, all of them, in the order of the alphabet.
    pub tags: Vec<Tag>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`. Give it to
    /// [`PageUpdate::if_unmodified`](crate::pages::PageUpdate::if_unmodified) to write only if nobody
    /// else did.
    pub updated_at: Timestamp,
    /// `hash`: of locale and path, the name of the page's files in the wiki's cache.
    pub hash: String,
    /// `scriptCss`: style sheet of this page alone, minified by Wiki.js. `None` if there is none.
    pub script_css: Option<String>,
    /// `scriptJs`: script of this page alone. `None` if there is none.
    pub script_js: Option<String>,
    /// What Wiki.js shows only to those who may write pages; `None` without the permission
    /// `write:pages`.
    pub editorial: Option<Editorial>,
}

/// What Wiki.js shows of a page only with the permission `write:pages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Editorial {
    /// `isPublished`: whether readers see the page. Lists show it to everybody all the same.
    pub is_published: bool,
    /// `publishStartDate`: when readers begin to see the page.
    pub publish_start: Option<Timestamp>,
    /// `publishEndDate`: when readers cease to see the page.
    pub publish_end: Option<Timestamp>,
    /// `isPrivate`. Wiki.js stores it and hides nothing by it.
    pub is_private: bool,
    /// `privateNS`.
    pub private_ns: Option<String>,
    /// `editor`.
    pub editor: Editor,
    /// Who wrote the page last. For writes by an API key that is user 1.
    pub author: Contributor,
    /// Who wrote the page first.
    pub creator: Contributor,
}

/// Somebody who wrote a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contributor {
    /// The user's id.
    pub id: UserId,
    /// The user's name.
    pub name: String,
    /// The user's e-mail address.
    pub email: String,
}

impl Page {
    /// Whether readers see the page; `None` without the permission `write:pages`.
    pub fn is_published(&self) -> Option<bool> {
        self.editorial
            .as_ref()
            .map(|editorial| editorial.is_published)
    }

    /// What the page is edited with; `None` without the permission `write:pages`.
    pub fn editor(&self) -> Option<&Editor> {
        self.editorial.as_ref().map(|editorial| &editorial.editor)
    }

    /// Whether the page has this tag. The case does not matter.
    pub fn has_tag(&self, tag: impl Into<Tag>) -> bool {
        self.tags.contains(&tag.into())
    }
}

/// A page as a list shows it: everything but its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageSummary {
    /// `id`.
    pub id: PageId,
    /// `path`, without a slash at its ends and without the locale.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`; empty where there is none.
    pub title: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `contentType`: `markdown`, `html`, `asciidoc`, …
    pub content_type: String,
    /// `isPublished`. Lists show unpublished pages to everybody who may read pages.
    pub is_published: bool,
    /// `isPrivate`. Wiki.js stores it and hides nothing by it.
    pub is_private: bool,
    /// `privateNS`.
    pub private_ns: Option<String>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
    /// `tags`, all of them, in the order of the alphabet.
    pub tags: Vec<Tag>,
}

/// A page's newest state as those see it who may write pages but not read them by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LatestPage {
    /// `id`.
    pub id: PageId,
    /// `path`, without a slash at its ends and without the locale.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `description`.
    pub description: String,
    /// `content`.
    pub content: String,
    /// `tags`, all of them.
    pub tags: Vec<Tag>,
    /// `isPublished`.
    pub is_published: bool,
    /// `authorId`; `None` should it not be a number, as Wiki.js declares it as text.
    pub author_id: Option<UserId>,
    /// `authorName`.
    pub author_name: String,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

/// Wiki.js writes "nothing" into texts as `""` or `null`.
fn text_or_none(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Tags by the alphabet: the order that Wiki.js gives them in is not stable.
pub(super) fn in_order(tags: impl Iterator<Item = String>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = tags.map(Tag::verbatim).collect();
    tags.sort_unstable();
    tags
}

/// A page of what both selections have, whole or as far as it is readable.
macro_rules! page {
    ($page:ident, $editorial:expr) => {
        Page {
            editorial: $editorial,
            id: $page.id.into(),
            path: PagePath::verbatim($page.path),
            locale: $page.locale.into(),
            title: $page.title,
            description: $page.description,
            content: $page.content,
            content_type: $page.content_type,
            render: text_or_none($page.render),
            tags: in_order($page.tags.into_iter().flatten().map(|tag| tag.tag)),
            created_at: $page.created_at,
            updated_at: $page.updated_at,
            hash: $page.hash,
            script_css: text_or_none($page.script_css),
            script_js: text_or_none($page.script_js),
        }
    };
}

impl From<FullPage> for Page {
    fn from(page: FullPage) -> Self {
        let editorial = Editorial {
            is_published: page.is_published,
            publish_start: page.publish_start_date.or_none(),
            publish_end: page.publish_end_date.or_none(),
            is_private: page.is_private,
            private_ns: text_or_none(page.private_ns),
            editor: page.editor.into(),
            author: Contributor {
                id: page.author_id.into(),
                name: page.author_name,
                email: page.author_email,
            },
            creator: Contributor {
                id: page.creator_id.into(),
                name: page.creator_name,
                email: page.creator_email,
            },
        };
        page!(page, Some(editorial))
    }
}

impl From<ReadablePage> for Page {
    fn from(page: ReadablePage) -> Self {
        page!(page, None)
    }
}

impl From<PagesListPagesList> for PageSummary {
    fn from(page: PagesListPagesList) -> Self {
        Self {
            id: page.id.into(),
            path: PagePath::verbatim(page.path),
            locale: page.locale.into(),
            title: page.title.unwrap_or_default(),
            description: page.description.unwrap_or_default(),
            content_type: page.content_type,
            is_published: page.is_published,
            is_private: page.is_private,
            private_ns: text_or_none(page.private_ns),
            created_at: page.created_at,
            updated_at: page.updated_at,
            tags: in_order(page.tags.unwrap_or_default().into_iter().flatten()),
        }
    }
}

impl From<PagesLatestPagesConflictLatest> for LatestPage {
    fn from(page: PagesLatestPagesConflictLatest) -> Self {
        Self {
            id: page.id.into(),
            path: PagePath::verbatim(page.path),
            locale: page.locale.into(),
            title: page.title,
            description: page.description,
            content: page.content,
            tags: in_order(page.tags.unwrap_or_default().into_iter().flatten()),
            is_published: page.is_published,
            author_id: page.author_id.parse().ok(),
            author_name: page.author_name,
            created_at: page.created_at,
            updated_at: page.updated_at,
        }
    }
}
