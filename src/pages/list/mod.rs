//! Listing pages.
//!
//! Wiki.js has no paging: `pages.list` has no offset, and its limit counts rows of page and tag, so
//! that a limit of 5 may return 3 pages, the last of which lacks some of its tags
//! ([K19](crate::guide::known_issues#k19)). Its tag filter returns only the tags that were filtered by
//! ([K20](crate::guide::known_issues#k20)), and it filters by permission afterwards
//! ([K22](crate::guide::known_issues#k22)). This module returns as many pages as the limit allows, each with all of its
//! tags. The cost:
//!
//! - Without a limit, one request for all pages. If the wiki filters by tags, the tags of the returned pages are
//!   completed: by one read for each of up to 50 pages, and otherwise from the list of all pages.
//! - With a limit, the first request asks for four rows for each page (limit and offset), and at least 64. If these
//!   are not enough, the next request asks for eight times as many, and above 4,000 rows for all pages. More requests
//!   are necessary for pages with many tags, for filters that only this library has (search, path prefix, `any_of`,
//!   `without_tags`), and if the caller may not see some pages. All responses but the last are discarded; together they
//!   have at most one seventh of the rows of the last.
//! - A response with fewer rows than requested is the whole list if nothing is hidden from the caller: an API key with
//!   full access, or a user with `manage:system`. For other callers, rows may be missing because pages are hidden, so
//!   if the wiki has fewer pages than the limit, the client asks for more rows and finally for all pages.

mod fetch;

use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{Page, PageSummary, Pages};
use crate::{
    api::enums,
    call::{elements, request},
    error::{Error, Result},
    types::{Locale, PageId, PagePath, Tag, UserId, converted},
};

/// Sort order of a page list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PageOrderBy {
    /// By id, which is the order of creation.
    #[default]
    Id,
    /// By path, as the wiki's database compares texts.
    Path,
    /// By title, as the wiki's database compares texts.
    Title,
    /// By creation time.
    Created,
    /// By the time of the last change.
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
    /// Lists pages without their content, each with all of its tags.
    ///
    /// Await the builder for a vector, or read it as a [`stream`](ListPages::stream) or
    /// [`by_page`](ListPages::by_page). A page must match all filters. Without filters and a limit, the list has all
    /// pages of all locales, sorted by id. Wiki.js lists unpublished and private pages to everybody who may read pages
    /// ([K23](crate::guide::known_issues#k23)).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
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
    /// # });
    /// ```
    pub fn list(&self) -> ListPages {
        ListPages::new(self.clone())
    }
}

request! {
    /// A list of pages. Await it, or read it as a stream.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`], before anything is sent, for an empty tag, a user id of zero or less, or a size of
    /// zero. [`is_forbidden`](Error::is_forbidden) without `read:pages`. Pages that a page rule hides are omitted
    /// without an error.
    ListPages(pages: Pages) -> Vec<PageSummary>, fetch {
        query: Query = Query::default();
    }

    /// Limits the number of pages. Default: all.
    limit(pages: usize) => query.limit = Some(pages);

    /// Skips this many of the first pages.
    offset(pages: usize) => query.offset = pages;

    /// Filters by text in title, description or path, in upper or lower case.
    ///
    /// The client compares the texts. For the wiki's search engine, which may search the content
    /// too, see [`Pages::search`].
    search(text: impl Into<String>) => query.search = Some(text.into());

    /// Filters by locale. Default: all locales.
    locale(locale: impl Into<Locale>) => query.locale = Some(locale.into());

    /// Filters by the user of the last change. For writes with an API key this is user 1.
    author(user: impl Into<UserId>) => query.author = Some(user.into());

    /// Filters by the user who created the page. Together with [`author`](Self::author), a page must match both. This
    /// takes another request, because Wiki.js combines the two filters by "or".
    creator(user: impl Into<UserId>) => query.creator = Some(user.into());

    /// Filters by path: the page at this path and those below it. `docs` matches `docs` and `docs/install`, but not
    /// `docs-old`.
    path_prefix(path: impl Into<PagePath>) => query.path_prefix = Some(path.into());

    /// Filters by tags: pages that have all of these tags. Several calls are combined.
    tags(tags: impl IntoIterator<Item: Into<Tag>>) =>
        query.tags.extend(converted(tags));

    /// Filters by tags: pages that have none of these tags. Several calls are combined.
    without_tags(tags: impl IntoIterator<Item: Into<Tag>>) =>
        query.without_tags.extend(converted(tags));

    /// Sets the sort order. Default: by id. Pages that are equal in this order are sorted by id.
    order_by(order_by: PageOrderBy) => query.order_by = order_by;

    /// Sorts in ascending order, which is the default.
    ascending() => query.descending = false;

    /// Sorts in descending order.
    descending() => query.descending = true;
}

/// The parameters of a list. The cache uses their `Debug` form as a key.
#[derive(Debug, Clone, Default)]
struct Query {
    search: Option<String>,
    path_prefix: Option<PagePath>,
    locale: Option<Locale>,
    author: Option<UserId>,
    creator: Option<UserId>,
    tags: Vec<Tag>,
    /// Sets of two or more tags. A page must have at least one tag of each set.
    any_of: Vec<Vec<Tag>>,
    without_tags: Vec<Tag>,
    limit: Option<usize>,
    offset: usize,
    order_by: PageOrderBy,
    descending: bool,
}

impl ListPages {
    /// Filters by tags: pages that have at least one of these tags. A page must match each call, and
    /// also [`tags`](Self::tags). A call with no tags has no effect.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let reviewed = wiki.pages().list().tags(["reviewed"]).any_of(["api", "guide"]).await?;
    /// # });
    /// ```
    pub fn any_of(mut self, tags: impl IntoIterator<Item: Into<Tag>>) -> Self {
        let mut tags: Vec<Tag> = converted(tags);
        match tags.len() {
            0 => {}
            // A single tag is required of all pages, so the wiki can filter by it.
            1 => self.query.tags.append(&mut tags),
            _ => self.query.any_of.push(tags),
        }
        self
    }

    /// Returns a stream of the pages. The list is requested as a whole when the stream is first polled.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = wiki.pages().list().stream();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{}", page.path);
    /// }
    /// # });
    /// ```
    pub fn stream(self) -> impl Stream<Item = Result<PageSummary>> + Send + Unpin {
        elements(stream::once(self.fetch()))
    }

    /// Returns a stream of vectors of `size` pages; the last one may have fewer.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = wiki.pages().list().by_page(50);
    /// while let Some(fifty) = pages.try_next().await? {
    ///     println!("{} more", fifty.len());
    /// }
    /// # });
    /// ```
    pub fn by_page(
        self,
        size: usize,
    ) -> impl Stream<Item = Result<Vec<PageSummary>>> + Send + Unpin {
        in_pages(self.stream(), size)
    }

    /// Lists the same pages with their content.
    ///
    /// Wiki.js lists pages without their content, so each page is read after the list. The reads
    /// share HTTP requests ([`batch_queries`](crate::ClientBuilder::batch_queries)).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = wiki.pages().list().path_prefix("docs").with_content().stream();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{}: {} bytes", page.path, page.content.len());
    /// }
    /// # });
    /// ```
    pub fn with_content(self) -> ListPagesWithContent {
        ListPagesWithContent::new(self)
    }
}

/// Splits a stream into vectors of `size` items. An error ends the stream.
pub(super) fn in_pages<T: Send + 'static>(
    items: impl Stream<Item = Result<T>> + Send + Unpin + 'static,
    size: usize,
) -> impl Stream<Item = Result<Vec<T>>> + Send + Unpin {
    if size == 0 {
        let error = Error::invalid("size", "it is 0", "pass 1 or more");
        return stream::once(std::future::ready(Err(error))).boxed();
    }
    items.try_chunks(size).map_err(|error| error.1).boxed()
}

request! {
    /// A list of pages with their content. Await it for a vector, or read it as a [`stream`](Self::stream), which
    /// holds the ids of all pages and at most two batches of pages.
    ///
    /// A page that is deleted after it was listed is omitted.
    ///
    /// # Errors
    ///
    /// As [`ListPages`] and [`Pages::get`], which needs more permissions than a
    /// list. In the stream, a page that cannot be read is an error in its place, and the next pages follow.
    ListPagesWithContent(list: ListPages) -> Vec<Page>, stream.try_collect {}
}

impl ListPagesWithContent {
    /// Returns a stream of the pages, in the order of the list.
    pub fn stream(self) -> impl Stream<Item = Result<Page>> + Send + Unpin {
        let pages = self.list.pages.clone();
        stream::once(self.list.fetch())
            .map_ok(move |listed| {
                // Only the ids are kept. Collecting in place would keep the memory of the summaries.
                let mut ids: Vec<PageId> = Vec::with_capacity(listed.len());
                ids.extend(listed.into_iter().map(|page| page.id));
                let read = pages.many(ids.into_iter(), |pages, id| pages.get_opt(*id));
                read.filter_map(|(_, page)| std::future::ready(page.transpose()))
            })
            .try_flatten()
            .boxed()
    }
}
