//! Searching with the wiki's search engine.

use std::{collections::HashMap, future::IntoFuture, slice, vec};

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};
use serde::{Deserialize, Serialize};

use super::{Pages, read::found};
use crate::{
    api::{self, pages_search::PagesSearchPagesSearchResults as Hit},
    error::Result,
    outcome::{answered, query},
    text::no_nul,
    types::{Locale, PageId, PagePath},
};

/// Up to this many hits, their pages are looked up one by one.
const MOST_READS: usize = 50;

impl Pages {
    /// The pages that the wiki's search engine finds.
    ///
    /// What it finds depends on the engine that the administrator chose. The default, `Database -
    /// Basic`, looks for the text in title, description and path of published pages and takes `%` and
    /// `_` for wildcards; `Database - PostgreSQL` looks for whole words, in the content too. Neither
    /// has paging, and the default gives 100 rows of page and tag at most (hazard 24).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// for hit in wiki.pages().search("api documentation").limit(10).await? {
    ///     println!("{} {}", hit.id, hit.path);
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn search(&self, query: impl Into<String>) -> SearchPages {
        SearchPages {
            pages: self.clone(),
            query: query.into(),
            limit: None,
            locale: None,
            path_prefix: None,
        }
    }
}

impl Pages {
    /// The results of many searches, each with its own, in the order of the queries.
    ///
    /// They share HTTP requests ([`batch_queries`](crate::ClientBuilder::batch_queries)), and the
    /// stream holds no more than two batches of them. For searches with options of their own, run
    /// [`search`](Self::search) side by side: that shares requests too.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::StreamExt;
    ///
    /// let mut searches = wiki.pages().search_many(["install", "upgrade", "backup"]);
    /// while let Some((query, found)) = searches.next().await {
    ///     println!("{query}: {} pages", found?.len());
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn search_many<Queries>(
        &self,
        queries: Queries,
    ) -> impl Stream<Item = (String, Result<SearchResults>)> + Send + Unpin + use<Queries>
    where
        Queries: IntoIterator<Item: Into<String> + 'static>,
        Queries::IntoIter: Send + 'static,
    {
        let pages = self.clone();
        let searches =
            stream::iter(queries.into_iter().map(Into::into)).map(move |query: String| {
                let search = pages.search(query.clone());
                async move { (query, search.await) }
            });
        self.client.read_many(searches).boxed()
    }
}

/// A page that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchHit {
    /// The id of the page. The `id` that Wiki.js answers is its search index's, with some engines
    /// another page's: this one is looked up by locale and path.
    pub id: PageId,
    /// `path`.
    pub path: PagePath,
    /// `locale`.
    pub locale: Locale,
    /// `title`.
    pub title: String,
    /// `description`.
    pub description: String,
}

/// What a search found. Iterates over its hits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchResults {
    /// The pages, in the order of the engine.
    pub hits: Vec<SearchHit>,
    /// `suggestions`: words like those that were searched, where the engine has any.
    pub suggestions: Vec<String>,
    /// `totalHits`, before pages that the caller may not see are left out and after the engine's own
    /// limit: not the number of pages that match.
    pub total_hits: u64,
}

impl SearchResults {
    /// How many pages were found.
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// The pages that were found.
    pub fn iter(&self) -> slice::Iter<'_, SearchHit> {
        self.hits.iter()
    }
}

impl IntoIterator for SearchResults {
    type Item = SearchHit;
    type IntoIter = vec::IntoIter<SearchHit>;

    fn into_iter(self) -> Self::IntoIter {
        self.hits.into_iter()
    }
}

impl<'a> IntoIterator for &'a SearchResults {
    type Item = &'a SearchHit;
    type IntoIter = slice::Iter<'a, SearchHit>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A search. Await it.
///
/// # Errors
///
/// [`Error::InvalidInput`](crate::Error::InvalidInput) for a text with a NUL character, which fails in
/// the wiki's database; [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct SearchPages {
    pages: Pages,
    query: String,
    limit: Option<usize>,
    locale: Option<Locale>,
    path_prefix: Option<PagePath>,
}

impl SearchPages {
    /// At most this many hits.
    pub fn limit(mut self, hits: usize) -> Self {
        self.limit = Some(hits);
        self
    }

    /// In this locale. Default: in all.
    pub fn locale(mut self, locale: impl Into<Locale>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// The page at this path and those below it. It is compared here: to some engines of Wiki.js
    /// `path` is the beginning of a path, to others its end.
    pub fn path_prefix(mut self, path: impl Into<PagePath>) -> Self {
        self.path_prefix = Some(path.into());
        self
    }

    async fn run(self) -> Result<SearchResults> {
        no_nul("query", &self.query)?;
        self.locale.iter().try_for_each(Locale::check)?;
        let variables = api::pages_search::Variables {
            locale: self.locale.as_ref().map(ToString::to_string).into(),
            ..api::pages_search::Variables::new(self.query.clone())
        };
        let answer = query!(self.pages.client, PagesSearch, pages.search!, variables);
        let mut hits: Vec<Hit> = answer.results.into_iter().flatten().collect();
        if let Some(prefix) = &self.path_prefix {
            hits.retain(|hit| prefix.contains(&hit.path));
        }
        hits.truncate(self.limit.unwrap_or(usize::MAX));
        Ok(SearchResults {
            hits: self.with_page_ids(hits).await?,
            suggestions: answer.suggestions.into_iter().flatten().collect(),
            total_hits: u64::try_from(answer.total_hits).unwrap_or_default(),
        })
    }

    /// A hit whose page does not exist any more is left out: a search index may lag behind.
    async fn with_page_ids(&self, hits: Vec<Hit>) -> Result<Vec<SearchHit>> {
        if hits.is_empty() {
            return Ok(Vec::new());
        }
        if hits.len() <= MOST_READS {
            match self.ids_one_by_one(&hits).await {
                Ok(hits) => return Ok(hits),
                // A search needs `read:pages`, a page by its path needs more (hazard 27).
                // An older wiki does not look for pages by path.
                Err(error) if error.is_forbidden() || error.is_unsupported() => {}
                Err(error) => return Err(error),
            }
        }
        self.ids_from_the_list(hits).await
    }

    async fn ids_one_by_one(&self, hits: &[Hit]) -> Result<Vec<SearchHit>> {
        let look_up = |hit: Hit| async move {
            let variables = api::pages_get_id_by_path::Variables {
                path: hit.path.clone(),
                locale: hit.locale.clone(),
            };
            let data = self
                .pages
                .client
                .execute::<api::PagesGetIdByPath>(variables)
                .await;
            let Some(data) = found(data)? else {
                return Ok(None);
            };
            let page = data.pages.and_then(|pages| pages.single_by_path);
            let id = answered("PagesGetIdByPath", "pages.singleByPath", page)?.id;
            Ok(Some(named(hit, id)))
        };
        let look_ups = stream::iter(hits.to_vec()).map(look_up);
        self.pages
            .client
            .read_many(look_ups)
            .try_filter_map(|hit| std::future::ready(Ok(hit)))
            .try_collect()
            .await
    }

    async fn ids_from_the_list(&self, hits: Vec<Hit>) -> Result<Vec<SearchHit>> {
        let variables = api::pages_list_ids::Variables {
            locale: self.locale.as_ref().map(ToString::to_string).into(),
        };
        let pages = query!(self.pages.client, PagesListIds, pages.list!, variables);
        let ids: HashMap<(String, String), i64> = pages
            .into_iter()
            .map(|page| ((page.locale, page.path), page.id))
            .collect();
        let name = |hit: Hit| {
            let id = ids.get(&(hit.locale.clone(), hit.path.clone()))?;
            Some(named(hit, *id))
        };
        Ok(hits.into_iter().filter_map(name).collect())
    }
}

fn named(hit: Hit, id: i64) -> SearchHit {
    SearchHit {
        id: id.into(),
        path: PagePath::verbatim(hit.path),
        locale: hit.locale.into(),
        title: hit.title,
        description: hit.description,
    }
}

impl IntoFuture for SearchPages {
    type Output = Result<SearchResults>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}
