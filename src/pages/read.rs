//! Reading pages by id and by path.
//!
//! Wiki.js asks for `manage:pages` or `delete:pages` to give out a page by id or path, though
//! `read:pages` lists it. Some of its fields need `write:pages` besides, and one forbidden field nulls
//! the whole page (hazard 27): a page is asked for whole first, and without those fields if that is
//! refused. The client remembers which it was, until [`Client::check`](crate::Client::check).

use std::{future::IntoFuture, sync::atomic::Ordering};

use futures::{FutureExt, Stream, StreamExt, future::BoxFuture, stream};

use super::{Page, Pages};
#[cfg(feature = "cache")]
use crate::cache::Key;
use crate::{
    api,
    error::{Error, Result},
    outcome::query,
    types::{Locale, PageId, PagePath},
};

impl Pages {
    /// The page with this id.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let page = wiki.pages().get(123).await?;
    /// println!("{}\n\n{}", page.title, page.content);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is none (6003);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:pages` or `delete:pages` for its path
    /// (6013), or without `read:source` or `write:pages` for its content.
    pub async fn get(&self, id: impl Into<PageId>) -> Result<Page> {
        self.read(&Name::Id(id.into())).await
    }

    /// The page with this id, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for a missing page.
    pub async fn get_opt(&self, id: impl Into<PageId>) -> Result<Option<Page>> {
        found(self.get(id).await)
    }

    /// The page at this path, in the client's default locale unless another is named.
    ///
    /// Upper and lower case are different paths; slashes at the ends do not matter; the locale is
    /// not part of the path. Stands on `singleByPath`; on a wiki that is older than that (it came in
    /// 2.5.29x) the page's id is looked up in the page tree, and in the list of all pages where the
    /// tree does not show it. The client remembers that the wiki is so.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let page = wiki.pages().get_by_path("getting-started").await?;
    /// let french = wiki.pages().get_by_path("getting-started").locale("fr").opt().await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_by_path(&self, path: impl Into<PagePath>) -> GetPageByPath {
        GetPageByPath {
            pages: self.clone(),
            path: path.into(),
            locale: None,
        }
    }

    /// The pages with these ids, each with its own result, in the order of the ids.
    ///
    /// A page that is missing spoils only its own result. The pages share HTTP requests
    /// ([`batch_queries`](crate::ClientBuilder::batch_queries)); the stream asks for two batches
    /// ahead, a hundred pages, and holds no more than that, however many there are.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::StreamExt;
    ///
    /// let mut pages = wiki.pages().get_many(1..=100);
    /// while let Some((id, page)) = pages.next().await {
    ///     match page {
    ///         Ok(page) => println!("{id}: {}", page.title),
    ///         Err(error) => eprintln!("{id}: {error}"),
    ///     }
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn get_many<Ids>(
        &self,
        ids: Ids,
    ) -> impl Stream<Item = (PageId, Result<Page>)> + Send + Unpin + use<Ids>
    where
        Ids: IntoIterator<Item: Into<PageId> + 'static>,
        Ids::IntoIter: Send + 'static,
    {
        let pages = self.clone();
        let reads = stream::iter(ids.into_iter().map(Into::into)).map(move |id: PageId| {
            let pages = pages.clone();
            async move { (id, pages.get(id).await) }
        });
        self.client.read_many(reads).boxed()
    }

    /// The page with every field, or the error: for those who write what they read.
    pub(super) async fn read_to_write(&self, id: PageId) -> Result<Page> {
        self.full(&Name::Id(id)).await.map(|page| *page)
    }

    /// The page as it was asked for, from the cache if it may be.
    async fn read(&self, name: &Name) -> Result<Page> {
        #[cfg(feature = "cache")]
        if let Some(cache) = self.client.inner().cache.store() {
            let (pages, asked) = (self.clone(), name.clone());
            let read = move || {
                let (pages, asked) = (pages.clone(), asked.clone());
                async move { pages.read_from_wiki(&asked).await.map(|page| *page) }
            };
            return Box::pin(cache.read(name.key(), read)).await;
        }
        self.read_from_wiki(name).await.map(|page| *page)
    }

    /// Boxed, as it goes through a handful of futures.
    async fn read_from_wiki(&self, name: &Name) -> Result<Box<Page>> {
        let Name::Path(path, locale) = name else {
            return self.read_as_allowed(name).await;
        };
        let is_old = &self.client.inner().lacks_single_by_path;
        if !is_old.load(Ordering::Relaxed) {
            match self.read_as_allowed(name).await {
                Err(Error::Unsupported(error))
                    if error.lacks_field("PageQuery", "singleByPath") =>
                {
                    is_old.store(true, Ordering::Relaxed);
                }
                other => return other,
            }
        }
        Box::pin(self.read_of_old(path, locale)).await
    }

    async fn read_as_allowed(&self, name: &Name) -> Result<Box<Page>> {
        let readable_only = &self.client.inner().sees_readable_fields_only;
        if !readable_only.load(Ordering::Relaxed) {
            match self.full(name).await {
                Err(error) if error.is_of_a_field() => readable_only.store(true, Ordering::Relaxed),
                other => return other,
            }
        }
        Box::pin(self.readable(name)).await
    }

    /// The page at a path of a wiki that does not look for pages by path itself.
    async fn read_of_old(&self, path: &PagePath, locale: &Locale) -> Result<Box<Page>> {
        if let Some(id) = self.id_in_tree(path, locale).await?
            && let Some(page) = found(self.read_as_allowed(&Name::Id(id)).await)?
            // The tree may be older than a move.
            && (&page.path, &page.locale) == (path, locale)
        {
            return Ok(page);
        }
        // The tree lacks a page whose create failed in the tree (hazard 13).
        let id = self.id_in_list(path, locale).await?;
        let id = id.ok_or_else(|| Error::NotFound {
            operation: "PagesGetByPath",
            what: format!("there is no page at `{path}` in the locale `{locale}`"),
        })?;
        self.read_as_allowed(&Name::Id(id)).await
    }

    async fn id_in_tree(&self, path: &PagePath, locale: &Locale) -> Result<Option<PageId>> {
        let level = match self.tree().siblings_of(path).locale(locale).await {
            Err(error) if error.is_unsupported() => return Ok(None),
            level => level?,
        };
        let entry = level.into_iter().find(|entry| entry.path == *path);
        Ok(entry.and_then(|entry| entry.page_id))
    }

    async fn id_in_list(&self, path: &PagePath, locale: &Locale) -> Result<Option<PageId>> {
        let variables = api::pages_list_ids::Variables {
            locale: locale.as_str().into(),
        };
        let pages = query!(self.client, PagesListIds, pages.list!, variables);
        let page = pages.into_iter().find(|page| *path == page.path.as_str());
        Ok(page.map(|page| page.id.into()))
    }

    async fn full(&self, name: &Name) -> Result<Box<Page>> {
        let page = match name {
            Name::Id(id) => {
                let id = id.to_argument()?;
                let variables = api::pages_get::Variables { id };
                query!(self.client, PagesGet, pages.single, variables).into()
            }
            Name::Path(path, locale) => {
                let (path, locale) = (path.to_string(), locale.to_string());
                let variables = api::pages_get_by_path::Variables { path, locale };
                query!(self.client, PagesGetByPath, pages.single_by_path, variables).into()
            }
        };
        Ok(Box::new(page))
    }

    async fn readable(&self, name: &Name) -> Result<Box<Page>> {
        let page = match name {
            Name::Id(id) => {
                let id = id.to_argument()?;
                let variables = api::pages_get_readable::Variables { id };
                query!(self.client, PagesGetReadable, pages.single, variables).into()
            }
            Name::Path(path, locale) => {
                let (path, locale) = (path.to_string(), locale.to_string());
                let variables = api::pages_get_readable_by_path::Variables { path, locale };
                query!(
                    self.client,
                    PagesGetReadableByPath,
                    pages.single_by_path,
                    variables
                )
                .into()
            }
        };
        Ok(Box::new(page))
    }
}

/// What a page is asked for by.
#[derive(Clone)]
enum Name {
    Id(PageId),
    Path(PagePath, Locale),
}

#[cfg(feature = "cache")]
impl Name {
    fn key(&self) -> Key {
        match self {
            Self::Id(id) => Key::Page(*id),
            Self::Path(path, locale) => Key::PageAt(path.clone(), locale.clone()),
        }
    }
}

pub(super) fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A page by its path. Await it, or [`opt`](Self::opt).
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetPageByPath {
    pages: Pages,
    path: PagePath,
    locale: Option<Locale>,
}

impl GetPageByPath {
    /// In this locale instead of the client's default.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// The page, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Pages::get`], but for a missing page.
    pub async fn opt(self) -> Result<Option<Page>> {
        found(self.await)
    }
}

impl IntoFuture for GetPageByPath {
    type Output = Result<Page>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let locale = self
                .locale
                .unwrap_or_else(|| self.pages.client.default_locale().clone());
            let name = Name::Path(self.path, locale);
            self.pages.read(&name).await
        }
        .boxed()
    }
}
