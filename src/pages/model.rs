//! Models of pages, and their conversion from the generated types.

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        fragments::{FullPage, ReadablePage},
        pages_latest::PagesLatestPagesConflictLatest,
        pages_list::PagesListPagesList,
    },
    response::models,
    text::{filled, js_trim},
    types::{Editor, Locale, PageId, PagePath, Tag, Timestamp, UserId, id_of},
    write::Observation,
};

/// A page with its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// `id`.
    pub id: PageId,
    /// `path`, without slashes at its ends and without the locale.
    #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `description`; empty if there is none.
    pub description: String,
    /// `content`: the source, in the language of the page's editor.
    pub content: String,
    /// `contentType`: `markdown`, `html`, `asciidoc`, …
    pub content_type: String,
    /// `render`: the HTML that Wiki.js renders from the content. `None` until it is rendered, and empty if
    /// nothing of the content is shown, such as a comment.
    pub render: Option<String>,
    /// `tags`: all of them, in alphabetical order.
    pub tags: Vec<Tag>,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`. Pass it to
    /// [`PageUpdate::if_unmodified`](crate::pages::PageUpdate::if_unmodified) to update the page only if nobody
    /// else has changed it.
    pub updated_at: Timestamp,
    /// `hash` of locale and path: the name of the page's files in the wiki's cache.
    pub hash: String,
    /// `scriptCss`: the style sheet of this page alone, minified by Wiki.js. `None` if there is none.
    pub script_css: Option<String>,
    /// `scriptJs`: the script of this page alone. `None` if there is none.
    pub script_js: Option<String>,
    /// Fields that Wiki.js returns only with the permission `write:pages`; `None` without it.
    pub metadata: Option<PageMetadata>,
}

/// Fields of a page that Wiki.js returns only with the permission `write:pages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageMetadata {
    /// `isPublished`: readers see the page. Lists show unpublished pages to everybody as well.
    pub is_published: bool,
    /// `publishStartDate`: readers see the page from this date on.
    pub publish_start: Option<Timestamp>,
    /// `publishEndDate`: readers see the page until this date.
    pub publish_end: Option<Timestamp>,
    /// `isPrivate`. Wiki.js stores it and hides nothing because of it.
    pub is_private: bool,
    /// `privateNS`.
    pub private_ns: Option<String>,
    /// `editor`.
    pub editor: Editor,
    /// The user of the last change. For writes with an API key this is user 1.
    pub author: Contributor,
    /// The user who created the page.
    pub creator: Contributor,
}

/// The author or creator of a page.
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

impl Contributor {
    pub(super) fn new(id: i64, name: String, email: String) -> Self {
        let id = id.into();
        Self { id, name, email }
    }
}

impl Page {
    /// Returns `true` if readers see the page; `None` without the permission `write:pages`.
    pub fn is_published(&self) -> Option<bool> {
        self.metadata.as_ref().map(|metadata| metadata.is_published)
    }

    /// Returns the editor of the page; `None` without the permission `write:pages`.
    pub fn editor(&self) -> Option<&Editor> {
        self.metadata.as_ref().map(|metadata| &metadata.editor)
    }

    /// Returns the style sheet and the script.
    pub(super) fn scripts(&self) -> (Option<&str>, Option<&str>) {
        (self.script_css.as_deref(), self.script_js.as_deref())
    }

    /// Returns `true` if the page is at exactly this path in exactly this locale.
    pub(crate) fn is_at(&self, path: &PagePath, locale: &Locale) -> bool {
        self.path == *path && self.locale == *locale
    }

    /// Returns `true` if the page has this tag, in upper or lower case.
    pub fn has_tag(&self, tag: impl Into<Tag>) -> bool {
        self.tags.contains(&tag.into())
    }
}

models! {
    /// A page as a list shows it: without its content.
    PageSummary from PagesListPagesList as page {
        /// `id`.
        pub id: PageId,
        /// `path`, without slashes at its ends and without the locale.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(page.path),
        /// `locale`.
        pub locale: Locale,
        /// `title`; empty if there is none.
        pub title: String,
        /// `description`; empty if there is none.
        pub description: String = page.description.unwrap_or_default(),
        /// `contentType`: `markdown`, `html`, `asciidoc`, …
        pub content_type: String,
        /// `isPublished`. Lists show unpublished pages to everybody who may read pages.
        pub is_published: bool,
        /// `isPrivate`. Wiki.js stores it and hides nothing because of it.
        pub is_private: bool,
        /// `privateNS`.
        pub private_ns: Option<String> = filled(page.private_ns),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
        /// `tags`: all of them, in alphabetical order.
        pub tags: Vec<Tag> = in_order(page.tags),
    }
}

models! {
    /// The current state of a page, as [`Pages::latest`](crate::pages::Pages::latest) returns it.
    LatestPage from PagesLatestPagesConflictLatest as page {
        /// `id`.
        pub id: PageId,
        /// `path`, without slashes at its ends and without the locale.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(page.path),
        /// `locale`.
        pub locale: Locale,
        /// `title`.
        pub title: String,
        /// `description`.
        pub description: String,
        /// `content`.
        pub content: String,
        /// `tags`: all of them, in alphabetical order.
        pub tags: Vec<Tag> = in_order(page.tags),
        /// `isPublished`.
        pub is_published: bool,
        /// `authorId`, which Wiki.js declares as text; `None` if it is not a number.
        pub author_id: Option<UserId> = page.author_id.parse().ok(),
        /// `authorName`.
        pub author_name: String,
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
    }
}

/// A comparison of texts.
pub(super) type SameText = fn(&str, &str) -> bool;

impl Page {
    /// Returns the names of the fields in which two states of a page differ. Fields that one state lacks because of a
    /// missing permission are treated as equal.
    pub(super) fn differences(&self, other: &Self, same: SameText) -> Vec<&'static str> {
        let same_optional = |one: &Option<String>, other: &Option<String>| {
            same(
                one.as_deref().unwrap_or_default(),
                other.as_deref().unwrap_or_default(),
            )
        };
        let publication = |page: &PageMetadata| {
            let (start, end) = (&page.publish_start, &page.publish_end);
            (page.is_published, start.clone(), end.clone())
        };
        let both = self.metadata.as_ref().zip(other.metadata.as_ref());
        let both = both.map(|(one, other)| (publication(one), publication(other)));
        let (one, two) = both.unwrap_or_default();
        let (css, js) = (&self.script_css, &self.script_js);
        [
            ("title", !same(&self.title, &other.title)),
            ("content", !same(&self.content, &other.content)),
            ("description", !same(&self.description, &other.description)),
            ("tags", self.tags != other.tags),
            ("published", one.0 != two.0),
            ("publish_start", one.1 != two.1),
            ("publish_end", one.2 != two.2),
            ("script_css", !same_optional(css, &other.script_css)),
            ("script_js", !same_optional(js, &other.script_js)),
        ]
        .into_iter()
        .filter_map(|(field, differs)| differs.then_some(field))
        .collect()
    }

    /// Returns the [`differences`](Self::differences) without those that Wiki.js itself makes: it trims texts, minifies
    /// the style sheet, and drops the script if the caller lacks the permission.
    pub(super) fn differences_as_stored(&self, other: &Self) -> Vec<&'static str> {
        let mut fields = self.differences(other, |one, other| js_trim(one) == js_trim(other));
        fields.retain(|field| !field.starts_with("script_"));
        fields
    }

    /// Returns the observation of a page that somebody else has changed.
    pub(super) fn changed_by_others(&self) -> Observation<Self> {
        let Self { id, updated_at, .. } = self;
        Observation::Foreign(format!(
            "page {id} was changed by somebody else at {updated_at}"
        ))
    }
}

/// Sorts tags alphabetically, because the order in which Wiki.js returns them is not stable.
pub(super) fn in_order(tags: impl IntoIterator<Item = String>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = tags.into_iter().map(Tag::verbatim).collect();
    tags.sort_unstable();
    tags
}

/// Creates a page from the fields that both selections contain.
macro_rules! page {
    ($page:ident, $metadata:expr) => {
        Page {
            metadata: $metadata,
            id: $page.id.into(),
            path: PagePath::verbatim($page.path),
            locale: $page.locale.into(),
            title: $page.title,
            description: $page.description,
            content: $page.content,
            content_type: $page.content_type,
            // The column is null until the page is rendered, and empty if its content renders to nothing.
            render: $page.render,
            tags: in_order($page.tags.into_iter().map(|tag| tag.tag)),
            created_at: $page.created_at,
            updated_at: $page.updated_at,
            hash: $page.hash,
            script_css: filled($page.script_css),
            script_js: filled($page.script_js),
        }
    };
}

impl From<FullPage> for Page {
    fn from(page: FullPage) -> Self {
        let metadata = PageMetadata {
            is_published: page.is_published,
            publish_start: page.publish_start_date.or_none(),
            publish_end: page.publish_end_date.or_none(),
            is_private: page.is_private,
            private_ns: filled(page.private_ns),
            editor: page.editor.into(),
            author: Contributor::new(page.author_id, page.author_name, page.author_email),
            creator: Contributor::new(page.creator_id, page.creator_name, page.creator_email),
        };
        page!(page, Some(metadata))
    }
}

impl From<ReadablePage> for Page {
    fn from(page: ReadablePage) -> Self {
        page!(page, None)
    }
}

id_of!(PageId: Page, PageSummary, LatestPage);
