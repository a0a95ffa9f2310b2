//! Searching with the wiki's search engine.

use std::{collections::HashMap, ops::Deref, slice, vec};

use futures::Stream;
use serde::{Deserialize, Serialize};

use super::Pages;
use crate::{
    api::{self, pages_search::PagesSearchPagesSearchResults as Hit},
    call::request,
    error::Result,
    response::{models, query},
    text::no_nul,
    types::{Locale, PageId, PagePath, id_of},
};

impl Pages {
    /// Searches pages with the wiki's search engine.
    ///
    /// The result depends on the engine that the administrator chose. The default, `Database -
    /// Basic`, searches title, description and path of published pages and interprets `%` and
    /// `_` as wildcards; `Database - PostgreSQL` searches whole words, in the content too. Neither
    /// has paging, and the default returns at most 100 rows of page and tag ([K24](crate::guide::known_issues#k24)).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// for hit in wiki.pages().search("api documentation").limit(10).await? {
    ///     println!("{} {}", hit.id, hit.path);
    /// }
    /// # });
    /// ```
    pub fn search(&self, query: impl Into<String>) -> SearchPages {
        SearchPages::new(self.clone(), query.into())
    }

    /// Returns the results of many searches, in the order of the queries.
    ///
    /// The searches share HTTP requests ([`batch_queries`](crate::ClientBuilder::batch_queries)), and the
    /// stream holds at most two batches of them. For searches with options, join calls of
    /// [`search`](Self::search), which share requests as well.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use futures::StreamExt;
    ///
    /// let mut searches = wiki.pages().search_many(["install", "upgrade", "backup"]);
    /// while let Some((query, found)) = searches.next().await {
    ///     println!("{query}: {} pages", found?.len());
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search), in the result of the query.
    pub fn search_many<Queries>(
        &self,
        queries: Queries,
    ) -> impl Stream<Item = (String, Result<SearchResults>)> + Send + Unpin + use<Queries>
    where
        Queries: IntoIterator<Item: Into<String> + 'static, IntoIter: Send + 'static>,
    {
        let search = |pages: &Self, query: &_| pages.search(query);
        self.many(queries.into_iter().map(Into::into), search)
    }
}

models! {
    /// A page that a search found.
    SearchHit from Hit as hit, id: PageId {
        /// The page's id, looked up by locale and path. The `id` in the response of Wiki.js is an id of the search
        /// index, which differs from the page's id with some engines.
        pub id: PageId = id,
        /// `path`.
        #[serde(deserialize_with = "PagePath::deserialize_verbatim")]
        pub path: PagePath = PagePath::verbatim(hit.path),
        /// `locale`.
        pub locale: Locale,
        /// `title`.
        pub title: String,
        /// `description`.
        pub description: String,
    }
}

/// The result of a search. It dereferences to a slice of the hits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchResults {
    /// The pages, in the order of the engine.
    pub hits: Vec<SearchHit>,
    /// `suggestions`: words similar to those of the query, if the engine has any.
    pub suggestions: Vec<String>,
    /// `totalHits`: the number of hits after the engine's own limit, but before pages are removed that the caller may
    /// not see. It is not the number of pages that match.
    pub total_hits: u64,
}

impl Deref for SearchResults {
    type Target = [SearchHit];

    fn deref(&self) -> &[SearchHit] {
        &self.hits
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
        self.hits.iter()
    }
}

request! {
    /// A search. Await it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for a text with a NUL character, which fails in
    /// the wiki's database; [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`.
    SearchPages(pages: Pages, query: String) -> SearchResults, run {
        limit: Option<usize> = None;
        locale: Option<Locale> = None;
        path_prefix: Option<PagePath> = None;
    }

    /// Limits the number of hits. Default: all that the engine returns.
    limit(hits: usize) => limit = Some(hits);

    /// Searches this locale. Default: all locales.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());

    /// Filters by path: the page at this path and those below it. The client compares the paths, because some engines
    /// of Wiki.js compare `path` with the beginning of a path, and others with its end.
    path_prefix(path: impl Into<PagePath>) => path_prefix = Some(path.into());
}

impl SearchPages {
    async fn run(self) -> Result<SearchResults> {
        no_nul("query", &self.query)?;
        self.locale.iter().try_for_each(Locale::check)?;
        let variables = api::pages_search::Variables {
            locale: self.locale.as_ref().map(ToString::to_string).into(),
            ..api::pages_search::Variables::new(self.query.clone())
        };
        let response = query!(self.pages.client, PagesSearch, variables);
        let mut hits = response.results;
        if let Some(prefix) = &self.path_prefix {
            hits.retain(|hit| prefix.is_prefix_of(&hit.path));
        }
        if let Some(locale) = &self.locale {
            hits.retain(|hit| *locale == hit.locale.as_str());
        }
        hits.truncate(self.limit.unwrap_or(usize::MAX));
        Ok(SearchResults {
            hits: self.with_page_ids(hits).await?,
            suggestions: response.suggestions,
            total_hits: u64::try_from(response.total_hits).unwrap_or_default(),
        })
    }

    /// Looks up the ids of the pages. A hit without a page is removed, because the search index may contain deleted
    /// pages.
    async fn with_page_ids(&self, hits: Vec<Hit>) -> Result<Vec<SearchHit>> {
        let look_up = |hit: Hit| async move {
            let id = self.pages.id_at(&hit.path, &hit.locale).await?;
            Ok(id.map(|id| (hit, id).into()))
        };
        if let Some(hits) = self.pages.one_by_one(&hits, look_up).await? {
            return Ok(hits);
        }
        let variables = api::pages_list_ids::Variables {
            locale: self.locale.as_ref().map(ToString::to_string).into(),
        };
        let pages = query!(self.pages.client, PagesListIds, variables);
        let ids: HashMap<(String, String), i64> = pages
            .into_iter()
            .map(|page| ((page.locale, page.path), page.id))
            .collect();
        let look_up = |hit: Hit| {
            let id = ids.get(&(hit.locale.clone(), hit.path.clone()))?;
            Some((hit, PageId::from(*id)).into())
        };
        Ok(hits.into_iter().filter_map(look_up).collect())
    }
}

id_of!(PageId: SearchHit);
