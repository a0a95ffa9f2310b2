//! Listing pages.
//!
//! Wiki.js has no paging: `pages.list` has no offset, and its limit counts rows of page and tag, so
//! that a limit of 5 may give 3 pages, the last of which lacks some of its tags (hazard 19); its tag
//! filter shows only the tags that were asked for (hazard 20). It filters by permission afterwards
//! (hazard 22). This module asks so that the caller gets what the words say: as many pages as the
//! limit says while there are any, each with all of its tags. What that costs:
//!
//! - Without a limit, one request for all pages. By tag, the wiki filters, and the tags of what it
//!   finds are completed: by one read each for up to 50 pages, else from the list of all pages.
//! - With a limit, four rows for each page that is wanted (limit and offset), 64 at least. If that
//!   was not enough, as it may be for pages with many tags, a filter that only this library knows
//!   (search, path prefix, any of some tags, none of some tags) or pages that the caller may not
//!   see, eight times as many; beyond 4,000 rows, all pages. Every answer but the last is thrown
//!   away: at most one seventh of the last is sent in vain.
//! - The end of the list cannot be told from pages that are hidden. A wiki with fewer pages than the
//!   limit is therefore asked a second time, for all.

mod content;
mod fetch;
mod select;

use std::future::IntoFuture;

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};

use super::{PageSummary, Pages};
use crate::{
    api::enums,
    error::{Error, Result},
    types::{Locale, PagePath, Tag, UserId},
};

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PageOrderBy {
    /// By id, that is by age.
    #[default]
    Id,
    /// By path, as the wiki's database compares texts.
    Path,
    /// By title, as the wiki's database compares texts.
    Title,
    /// By the moment the page was made.
    Created,
    /// By the moment the page was last changed.
    Updated,
}

impl PageOrderBy {
    fn to_argument(self) -> enums::PageOrderBy {
        match self {
            Self::Id => enums::PageOrderBy::Id,
            Self::Path => enums::PageOrderBy::Path,
            Self::Title => enums::PageOrderBy::Title,
            Self::Created => enums::PageOrderBy::Created,
            Self::Updated => enums::PageOrderBy::Updated,
        }
    }
}

impl Pages {
    /// The pages of the wiki, each with all of its tags, without content.
    ///
    /// Await the list for a vector, or take it as a [`stream`](ListPages::stream) or
    /// [`by_page`](ListPages::by_page). Filters add up. Without a limit it is the whole wiki, all
    /// locales, ordered by id. Wiki.js lists unpublished and private pages to everybody who may read
    /// pages (hazard 23).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::pages::PageOrderBy;
    ///
    /// let pages = wiki
    ///     .pages()
    ///     .list()
    ///     .search("documentation")
    ///     .locale("en")
    ///     .order_by(PageOrderBy::Title)
    ///     .limit(10)
    ///     .offset(20)
    ///     .await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn list(&self) -> ListPages {
        ListPages {
            pages: self.clone(),
            filter: Filter::default(),
            limit: None,
            offset: 0,
            order_by: PageOrderBy::Id,
            descending: false,
        }
    }
}

pub use self::content::ListPagesWithContent;

/// A list of pages. Await it, or take it as a stream or by pages.
///
/// # Errors
///
/// [`Error::InvalidInput`] for an empty tag, an id of zero or less, or a size of zero: nothing is sent
/// then. [`is_forbidden`](Error::is_forbidden) without `read:pages`; pages that a page rule hides are
/// left out in silence.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListPages {
    pages: Pages,
    filter: Filter,
    limit: Option<usize>,
    offset: usize,
    order_by: PageOrderBy,
    descending: bool,
}

/// A list, by all that it was asked for.
#[cfg(feature = "cache")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListKey {
    filter: Filter,
    limit: Option<usize>,
    offset: usize,
    order_by: PageOrderBy,
    descending: bool,
}

/// Which pages are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Filter {
    search: Option<String>,
    path_prefix: Option<PagePath>,
    locale: Option<Locale>,
    author: Option<UserId>,
    creator: Option<UserId>,
    tags: Vec<Tag>,
    any_tag: bool,
    without_tags: Vec<Tag>,
}

impl ListPages {
    #[cfg(feature = "cache")]
    fn cache_key(&self) -> ListKey {
        ListKey {
            filter: self.filter.clone(),
            limit: self.limit,
            offset: self.offset,
            order_by: self.order_by,
            descending: self.descending,
        }
    }

    /// At most this many pages, and as many while there are any.
    pub fn limit(mut self, pages: usize) -> Self {
        self.limit = Some(pages);
        self
    }

    /// Without the first pages of the list, this many.
    pub fn offset(mut self, pages: usize) -> Self {
        self.offset = pages;
        self
    }

    /// Pages that have this text in their title, description or path; the case does not matter.
    ///
    /// It is a plain comparison of the list. For the wiki's search engine, which may know the content
    /// too, see [`Pages::search`].
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.filter.search = Some(text.into());
        self
    }

    /// Pages with all of these tags; with [`match_any`](Self::match_any), with one of them.
    pub fn tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.filter.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// One of the [`tags`](Self::tags) is enough.
    pub fn match_any(mut self) -> Self {
        self.filter.any_tag = true;
        self
    }

    /// All of the [`tags`](Self::tags) are needed, which is the default.
    pub fn match_all(mut self) -> Self {
        self.filter.any_tag = false;
        self
    }

    /// Pages with none of these tags.
    pub fn without_tags(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        self.filter
            .without_tags
            .extend(tags.into_iter().map(Into::into));
        self
    }

    /// Pages of this locale. Default: of all.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.filter.locale = Some(locale.into());
        self
    }

    /// Pages that this user changed last. What API keys write is user 1's.
    pub fn author(mut self, user: impl Into<UserId>) -> Self {
        self.filter.author = Some(user.into());
        self
    }

    /// Pages that this user made. Together with [`author`](Self::author) both have to be true, which
    /// takes a request more: Wiki.js takes the two for alternatives.
    pub fn creator(mut self, user: impl Into<UserId>) -> Self {
        self.filter.creator = Some(user.into());
        self
    }

    /// The page at this path and those below it: `docs` is for `docs` and `docs/install`, not for
    /// `docs-old`.
    pub fn path_prefix(mut self, path: impl Into<PagePath>) -> Self {
        self.filter.path_prefix = Some(path.into());
        self
    }

    /// Ordered by this instead of by id. Pages that are equal in it are ordered by id.
    pub fn order_by(mut self, order_by: PageOrderBy) -> Self {
        self.order_by = order_by;
        self
    }

    /// Beginning with the smallest, which is the default.
    pub fn ascending(mut self) -> Self {
        self.descending = false;
        self
    }

    /// Beginning with the greatest.
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// One page after another. What the wiki sends is sent at once, when the stream is first polled.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = wiki.pages().list().stream();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{}", page.path);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<PageSummary>> + Send + Unpin {
        stream::once(self.fetch())
            .map_ok(|pages| stream::iter(pages.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    /// Vectors of this many pages, the last perhaps of fewer.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = wiki.pages().list().by_page(50);
    /// while let Some(fifty) = pages.try_next().await? {
    ///     println!("{} more", fifty.len());
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn by_page(
        self,
        size: usize,
    ) -> impl Stream<Item = Result<Vec<PageSummary>>> + Send + Unpin {
        in_pages(self.stream(), size)
    }
}

impl IntoFuture for ListPages {
    type Output = Result<Vec<PageSummary>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.fetch().boxed()
    }
}

/// Vectors of `size` items; an error ends them.
pub(super) fn in_pages<T: Send + 'static>(
    items: impl Stream<Item = Result<T>> + Send + Unpin + 'static,
    size: usize,
) -> impl Stream<Item = Result<Vec<T>>> + Send + Unpin {
    if size == 0 {
        let error = Error::invalid("size", "a page of nothing has no end", "pass 1 or more");
        return stream::once(std::future::ready(Err(error))).boxed();
    }
    items.try_chunks(size).map_err(|error| error.1).boxed()
}
