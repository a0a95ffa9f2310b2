//! Reading pages by id and by path.
//!
//! Wiki.js returns a page by id or path only with `manage:pages` or `delete:pages`, though
//! `read:pages` lists it. Some fields also require `write:pages`, and one forbidden field nulls the whole page
//! ([K27](crate::guide::known_issues#k27)). The client therefore requests a page with all fields first, and without
//! those fields if that is refused. It remembers a refusal, so that later pages take one request. It requests all
//! fields again after a minute, after its next successful write, and after [`Client::check`](crate::Client::check).

use std::fmt;

use futures::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream, FuturesOrdered},
};

use super::{LatestPage, Page, Pages};
#[cfg(feature = "cache")]
use crate::cache::{Cached, Key};
use crate::{
    api,
    call::{Call, found, none_if, request},
    client::Observed,
    error::{Error, ErrorCode, ObjectError, Result},
    response::{query, variables},
    text::{reads_as_locale, refuse_if},
    types::{Locale, PageId, PagePath, Timestamp},
};

/// The caller lacks `write:pages`, without which Wiki.js refuses some fields of a page.
#[derive(Clone, Copy)]
struct ReadableFieldsOnly;

impl Observed for ReadableFieldsOnly {}

/// The wiki is so old that it lacks `pages.singleByPath`.
#[derive(Clone, Copy)]
struct LacksSingleByPath;

impl Observed for LacksSingleByPath {
    const IS_REFUSAL: bool = false;
}

/// Maximum number of items that are completed by one read for each.
const MAX_READS: usize = 50;

impl Pages {
    /// Returns the page with this id.
    ///
    /// Without `write:pages` the page has no [`metadata`](Page::metadata). The client remembers this and requests the
    /// metadata again after a minute, after its next successful write, or after
    /// [`Client::check`](crate::Client::check). A permission that is granted in the meantime takes effect only then.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let page = wiki.pages().get(123).await?;
    /// println!("{}\n\n{}", page.title, page.content);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:pages` or `delete:pages` for its path
    /// (6013), or without `read:source` or `write:pages` for its content.
    pub fn get(&self, id: impl Into<PageId>) -> Call<Page> {
        let key = PageKey::Id(id.into());
        Call::on(self, |pages| async move { pages.read(&key).await })
    }

    /// Returns the page with this id, or `None` if there is no such page.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), except for a missing page.
    pub fn get_opt(&self, id: impl Into<PageId>) -> Call<Option<Page>> {
        self.get(id).found()
    }

    /// Returns the page at this path, in the client's default locale unless another is set.
    ///
    /// The path does not include the locale, and slashes at its ends are ignored. It is case-sensitive with every
    /// database of the wiki. The client sends `singleByPath`. Wikis before 2.5.296 lack this field: the client then
    /// looks up the page's id in the page tree, or in the list of all pages if the tree lacks the page. It does so for
    /// a minute before it tries `singleByPath` again.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let page = wiki.pages().get_by_path("getting-started").await?;
    /// let french = wiki.pages().get_by_path("getting-started").locale("fr").opt().await?;
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get). MariaDB and MySQL do not distinguish paths that differ in case or accents. If the wiki
    /// returns a page at another path, the error is [`is_not_found`](Error::is_not_found) and names that page.
    pub fn get_by_path(&self, path: impl Into<PagePath>) -> GetPageByPath {
        GetPageByPath::new(self.clone(), path.into())
    }

    /// Returns the pages with these ids, each with its own result, in the order of the ids.
    ///
    /// A missing page affects only its own result. The pages share HTTP requests
    /// ([`batch_queries`](crate::ClientBuilder::batch_queries)). The stream reads two batches (a hundred pages) ahead
    /// and holds no more than that.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::StreamExt;
    ///
    /// let mut pages = wiki.pages().get_many(1..=100);
    /// while let Some((id, page)) = pages.next().await {
    ///     match page {
    ///         Ok(page) => println!("{id}: {}", page.title),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), in the result of the page.
    pub fn get_many<Ids>(
        &self,
        ids: Ids,
    ) -> impl Stream<Item = (PageId, Result<Page>)> + Send + Unpin + use<Ids>
    where
        Ids: IntoIterator<Item: Into<PageId> + 'static, IntoIter: Send + 'static>,
    {
        self.many(ids.into_iter().map(Into::into), |pages, id| pages.get(*id))
    }

    /// Returns the pages at these paths in the client's default locale, each with its own result, in the order of the
    /// paths.
    ///
    /// The pages share HTTP requests, as with [`get_many`](Self::get_many). For other locales, join calls of
    /// [`get_by_path`](Self::get_by_path), which share requests as well.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::StreamExt;
    ///
    /// let mut pages = wiki.pages().get_many_by_path(["home", "getting-started"]);
    /// while let Some((path, page)) = pages.next().await {
    ///     println!("{path}: {}", page.is_ok());
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get_by_path`](Self::get_by_path), in the result of the page.
    pub fn get_many_by_path<Paths>(
        &self,
        paths: Paths,
    ) -> impl Stream<Item = (PagePath, Result<Page>)> + Send + Unpin + use<Paths>
    where
        Paths: IntoIterator<Item: Into<PagePath> + 'static, IntoIter: Send + 'static>,
    {
        let get = |pages: &Self, path: &_| pages.get_by_path(path);
        self.many(paths.into_iter().map(Into::into), get)
    }

    /// Returns `true` if the page was changed after `updated_at`, the page's
    /// [`updated_at`](Page::updated_at) when it was read. Sends `checkConflicts`.
    ///
    /// The result may be outdated when it arrives. To update a page only if it is unmodified, see
    /// [`PageUpdate::if_unmodified`](super::PageUpdate::if_unmodified).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let page = wiki.pages().get(123).await?;
    /// // …
    /// if wiki.pages().check_conflicts(page.id, &page.updated_at).await? {
    ///     println!("somebody else changed it");
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a date that is not in the format of Wiki.js: Wiki.js compares dates as
    /// text, and any other format gives wrong results ([K9](crate::guide::known_issues#k9)).
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` or `manage:pages`.
    pub fn check_conflicts(&self, id: impl Into<PageId>, updated_at: &Timestamp) -> Call<bool> {
        let (id, updated_at) = (id.into(), updated_at.clone());
        Call::on(self, move |pages| async move {
            // A date in the format of Wiki.js is the same after parsing and formatting.
            let is_exact = updated_at
                .to_jiff()
                .is_ok_and(|moment| Timestamp::from(moment) == updated_at);
            refuse_if! {
                !is_exact => "updated_at",
                    format!("`{updated_at}` is not a date as Wiki.js writes it"),
                    "pass the page's updated_at unchanged, such as 2026-01-31T09:30:00.000Z";
            }?;
            let (client, page) = (&pages.client, id.to_argument()?);
            Ok(query!(
                client,
                PagesCheckConflicts(page, updated_at),
                "page {id}"
            ))
        })
    }

    /// Returns the current state of a page, even if the caller may write the page but not read it by id.
    ///
    /// With `write:pages` alone this is the only way to read a page's content ([K27](crate::guide::known_issues#k27)).
    /// The publication dates and scripts are missing, so [`update`](Self::update) cannot use it. Sends
    /// `conflictLatest`.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such page (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `write:pages` or `manage:pages`.
    pub fn latest(&self, id: impl Into<PageId>) -> Call<LatestPage> {
        let id = id.into();
        Call::on(self, move |pages| async move {
            let (client, page) = (&pages.client, id.to_argument()?);
            Ok(query!(client, PagesLatest(page), "page {id}").into())
        })
    }

    /// Returns the result of one read for each key, in the order of the keys.
    pub(super) fn many<Key: Send + 'static, T: Send + 'static, Read>(
        &self,
        keys: impl Iterator<Item = Key> + Send + 'static,
        read: fn(&Self, &Key) -> Read,
    ) -> BoxStream<'static, (Key, Result<T>)>
    where
        Read: Future<Output = Result<T>> + Send + 'static,
    {
        let pages = self.clone();
        let reads = stream::iter(keys).map(move |key| {
            let read = read(&pages, &key);
            async move { (key, read.await) }
        });
        let transport = &self.client.inner().transport;
        transport.read_ahead::<FuturesOrdered<_>, _>(reads).boxed()
    }

    /// Completes what a list lacks of up to 50 items, by one read for each. An item without a page is omitted.
    ///
    /// Returns `None` if other requests must be used: for more items, and if single pages cannot be read. A list
    /// requires `read:pages`, reading a page requires more ([K27](crate::guide::known_issues#k27)), and an older wiki
    /// has no `singleByPath`.
    pub(super) async fn one_by_one<Item, T, Read>(
        &self,
        items: &[Item],
        read: impl Fn(Item) -> Read + Send,
    ) -> Result<Option<Vec<T>>>
    where
        Item: Clone + Send,
        T: Send,
        Read: Future<Output = Result<Option<T>>> + Send,
    {
        if items.len() > MAX_READS {
            return Ok(None);
        }
        let reads = stream::iter(items.to_vec()).map(read);
        let transport = &self.client.inner().transport;
        let reads = transport.read_ahead::<FuturesOrdered<_>, _>(reads);
        let read: Result<Vec<Option<T>>> = reads.try_collect().await;
        let read = none_if(read, |error| error.is_forbidden() || error.is_unsupported())?;
        Ok(read.map(|read| read.into_iter().flatten().collect()))
    }

    /// Returns the id of the page at exactly this path, if there is one. Needs a wiki with `singleByPath`.
    pub(crate) async fn id_at(&self, path: &str, locale: &str) -> Result<Option<PageId>> {
        let variables = variables!(PagesGetIdByPath(path, locale));
        let page = self
            .client
            .execute_field::<api::PagesGetIdByPath>(variables);
        // MariaDB and MySQL return a page whose path differs in case or accents.
        let page = found(page.await)?.filter(|page| page.path == path && page.locale == locale);
        Ok(page.map(|page| page.id.into()))
    }

    /// Returns the page with every field, as a complete update requires.
    pub(super) fn read_to_write(&self, id: PageId) -> Call<Page> {
        Call::on(self, move |pages| async move {
            let page = pages.select(&PageKey::Id(id), Fields::All).await?;
            let observations = pages.client.observations();
            observations.set(None::<ReadableFieldsOnly>);
            Ok(*page)
        })
    }

    /// Returns a page that this client has just written. The write shows that the caller has `write:pages`, so all
    /// fields are requested.
    pub(super) async fn read_back(&self, id: PageId) -> Result<Page> {
        let observations = self.client.observations();
        observations.set(None::<ReadableFieldsOnly>);
        self.get(id).await
    }

    /// Reads a page, from the cache if it is there.
    async fn read(&self, key: &PageKey) -> Result<Page> {
        #[cfg(feature = "cache")]
        if let Some(cache) = self.client.inner().cache.clone() {
            let (pages, wanted) = (self.clone(), key.clone());
            let read = move || {
                let (pages, wanted) = (pages.clone(), wanted.clone());
                async move { pages.read_from_wiki(&wanted).await.map(|page| *page) }
            };
            return Box::pin(cache.read(key.cache_key(), read)).await;
        }
        self.read_from_wiki(key).await.map(|page| *page)
    }

    /// Reads a page from the wiki. The page is boxed, because it is moved through several futures.
    async fn read_from_wiki(&self, key: &PageKey) -> Result<Box<Page>> {
        let PageKey::Path(path, locale) = key else {
            return self.read_as_allowed(key).await;
        };
        let observations = self.client.observations();
        if observations.get::<LacksSingleByPath>().is_none() {
            match self.read_as_allowed(key).await {
                // MariaDB and MySQL compare paths without case and accents.
                Ok(page) if !page.is_at(path, locale) => {
                    return Err(Error::NotFound(ObjectError::new(
                        "PagesGetByPath",
                        key,
                        format!(
                            "not found; the wiki's database does not distinguish this path from that of page {} at `{}` \
                             (locale {})",
                            page.id, page.path, page.locale
                        ),
                    )));
                }
                Err(Error::Unsupported(error)) if error.lacks("PageQuery.singleByPath") => {
                    observations.set(Some(LacksSingleByPath));
                }
                other => return other,
            }
        }
        Box::pin(self.read_without_single_by_path(path, locale)).await
    }

    /// Replaces the error for a path that is taken (6002, 6006) by one that names the blocking page, if that page is at
    /// another path, because the wiki's database does not distinguish the two.
    pub(super) async fn name_occupant(
        &self,
        error: Error,
        path: &PagePath,
        locale: &Locale,
    ) -> Error {
        let operation = match error.code() {
            Some(ErrorCode::PageDuplicateCreate) => "PagesCreate",
            Some(ErrorCode::PagePathCollision) => "PagesMove",
            _ => return error,
        };
        let key = PageKey::Path(path.clone(), locale.clone());
        match self.read_as_allowed(&key).await {
            Ok(page) if !page.is_at(path, locale) => Error::AlreadyExists(ObjectError::new(
                operation,
                key,
                format!(
                    "page {} at `{}` (locale {}) is in the way, because the wiki's database does not distinguish the two \
                     paths; choose another path, or move that page to another one first",
                    page.id, page.path, page.locale
                ),
            )),
            _ => error,
        }
    }

    async fn read_as_allowed(&self, key: &PageKey) -> Result<Box<Page>> {
        let observations = self.client.observations();
        if observations.get::<ReadableFieldsOnly>().is_none() {
            match self.select(key, Fields::All).await {
                Err(error) if error.is_forbidden_field() => {
                    observations.set(Some(ReadableFieldsOnly));
                }
                other => return other,
            }
        }
        Box::pin(self.select(key, Fields::Readable)).await
    }

    /// Reads the page at a path from a wiki without `singleByPath`, by other operations. Omitting the field from the
    /// document, as for other fields that older wikis lack, would leave no page.
    async fn read_without_single_by_path(
        &self,
        path: &PagePath,
        locale: &Locale,
    ) -> Result<Box<Page>> {
        if let Some(id) = self.id_in_tree(path, locale).await?
            && let Some(page) = found(self.read_as_allowed(&PageKey::Id(id)).await)?
            // The tree may be outdated after a move.
            && page.is_at(path, locale)
        {
            return Ok(page);
        }
        // The tree lacks a page if its create failed before Wiki.js updated the tree (known issue K13).
        let variables = api::pages_list_ids::Variables {
            locale: locale.as_str().into(),
        };
        let listed = query!(self.client, PagesListIds, variables);
        let page = listed.into_iter().find(|page| *path == page.path.as_str());
        let page = page.ok_or_else(|| {
            Error::not_found("PagesGetByPath", format_args!("{path} (locale {locale})"))
        })?;
        self.read_as_allowed(&PageKey::Id(page.id.into())).await
    }

    async fn id_in_tree(&self, path: &PagePath, locale: &Locale) -> Result<Option<PageId>> {
        let level = self.tree().siblings_of(path).locale(locale).await;
        let mut level = none_if(level, Error::is_unsupported)?.into_iter().flatten();
        let entry = level.find(|entry| entry.path == *path);
        Ok(entry.and_then(|entry| entry.page_id))
    }

    async fn select(&self, key: &PageKey, fields: Fields) -> Result<Box<Page>> {
        macro_rules! read {
            ($operation:ident($($argument:expr),+)) => {
                query!(self.client, $operation($($argument),+), "{key}").into()
            };
        }
        Ok(Box::new(match (key, fields) {
            (PageKey::Id(id), Fields::All) => read!(PagesGet(id.to_argument()?)),
            (PageKey::Id(id), Fields::Readable) => read!(PagesGetReadable(id.to_argument()?)),
            (PageKey::Path(path, locale), Fields::All) => {
                read!(PagesGetByPath(path.to_string(), locale.to_string()))
            }
            (PageKey::Path(path, locale), Fields::Readable) => {
                read!(PagesGetReadableByPath(path.to_string(), locale.to_string()))
            }
        }))
    }
}

/// The selection of a page's fields.
#[derive(Clone, Copy)]
enum Fields {
    All,
    /// The fields that do not require `write:pages`.
    Readable,
}

/// The id, or the path and locale, of a page to read.
#[derive(Clone)]
enum PageKey {
    Id(PageId),
    Path(PagePath, Locale),
}

impl PageKey {
    /// Explains why a page is not found at a path that begins with a locale.
    #[cold]
    fn explain(&self, error: Error) -> Error {
        let Self::Path(path, _) = self else {
            return error;
        };
        let first = path.split('/').next().unwrap_or_default();
        if !error.is_not_found() || !reads_as_locale(first) {
            return error;
        }
        let problem = format!(
            "not found; Wiki.js reads `{first}` as a locale: omit it and set it with `locale`"
        );
        Error::NotFound(ObjectError::new("PagesGetByPath", self, problem))
    }
}

impl fmt::Display for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "page {id}"),
            Self::Path(path, locale) => write!(f, "{path} (locale {locale})"),
        }
    }
}

#[cfg(feature = "cache")]
impl PageKey {
    fn cache_key(&self) -> Key {
        Key {
            kind: "page",
            operation: match self {
                Self::Id(_) => "PagesGet",
                Self::Path(..) => "PagesGetByPath",
            },
            parameters: self.to_string(),
        }
    }
}

#[cfg(feature = "cache")]
impl Cached for Page {
    fn object(&self) -> Option<i64> {
        Some(self.id.get())
    }
}

request! {
    /// A read of the page at a path. Await it, or [`opt`](Self::opt).
    GetPageByPath(pages: Pages, path: PagePath) -> Page, run {
        locale: Option<Locale> = None;
    }

    /// Uses this locale instead of the client's default.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());
}

impl GetPageByPath {
    /// Returns the page, or `None` if there is no page at the path.
    ///
    /// # Errors
    ///
    /// As [`Pages::get`], except for a missing page.
    pub fn opt(self) -> Call<Option<Page>> {
        Call::new(self).found()
    }

    async fn run(self) -> Result<Page> {
        let locale = self.pages.client.locale_or_default(self.locale).await?;
        let key = PageKey::Path(self.path, locale);
        let page = self.pages.read(&key).await;
        page.map_err(|error| key.explain(error))
    }
}
