//! The requests for a list, and the filters and sorting that Wiki.js lacks or does incorrectly. The parent module
//! describes the strategy and its cost.

use std::collections::{HashMap, HashSet};

use super::{ListPages, PageOrderBy, PageSummary, Query};
#[cfg(feature = "cache")]
use crate::cache::{Cached, Key};
use crate::{
    api::{enums, pages_list::Variables},
    call::found,
    error::Result,
    pages::model::in_order,
    response::query,
    text::{each, refuse_if},
    types::{Locale, PageId, Tag, UserId, converted},
};

/// Number of requested rows of page and tag for each wanted page.
const ROWS_PER_PAGE: usize = 4;
/// Minimum number of rows of a request.
const MIN_ROWS: usize = 64;
/// Factor by which the number of rows grows if they were not enough.
const GROWTH: usize = 8;
/// Maximum number of rows of a request; above it, all pages are requested.
const MAX_ROWS: usize = 4_000;

#[cfg(feature = "cache")]
impl Cached for Vec<PageSummary> {
    fn object(&self) -> Option<i64> {
        None
    }
}

impl ListPages {
    /// Returns the selected pages, from the cache if possible.
    pub(super) async fn fetch(self) -> Result<Vec<PageSummary>> {
        self.query.check()?;
        if self.query.limit == Some(0) {
            return Ok(Vec::new());
        }
        #[cfg(feature = "cache")]
        if let Some(cache) = self.pages.client.inner().cache.clone() {
            let key = Key {
                kind: "list",
                operation: "PagesList",
                parameters: format!("{:?}", self.query),
            };
            let list = move || self.clone().fetch_from_wiki();
            return Box::pin(cache.read(key, list)).await;
        }
        self.fetch_from_wiki().await
    }

    async fn fetch_from_wiki(self) -> Result<Vec<PageSummary>> {
        let by_creator = self.ids_by_creator().await?;
        if self.query.tags.is_empty() {
            self.by_windows(by_creator.as_ref()).await
        } else {
            self.by_tags(by_creator.as_ref()).await
        }
    }

    /// Requests a list that the wiki filters by tags, and completes the tags of the returned pages.
    async fn by_tags(&self, by_creator: Option<&HashSet<PageId>>) -> Result<Vec<PageSummary>> {
        let query = &self.query;
        let tags = query.tags.iter().map(ToString::to_string);
        let filtered = Variables {
            tags: tags.collect::<Vec<_>>().into(),
            ..self.variables(None)
        };
        let mut pages = self.list(filtered).await?;
        pages.retain(|page| query.matches_text(page) && is_among(page, by_creator));
        query.sort_ties(&mut pages);
        if query.without_tags.is_empty() && query.any_of.is_empty() {
            return self.with_all_tags(query.apply_limits(pages)).await;
        }
        let mut pages = self.with_all_tags(pages).await?;
        pages.retain(|page| query.matches_tags(page));
        Ok(query.apply_limits(pages))
    }

    /// Requests a growing number of rows until the list has enough pages.
    async fn by_windows(&self, by_creator: Option<&HashSet<PageId>>) -> Result<Vec<PageSummary>> {
        let query = &self.query;
        let wanted = query.limit.map(|limit| limit.saturating_add(query.offset));
        let mut rows = wanted.map(|wanted| wanted.saturating_mul(ROWS_PER_PAGE).max(MIN_ROWS));
        loop {
            let window = rows.filter(|rows| *rows <= MAX_ROWS);
            let mut pages = self.list(self.variables(window)).await?;
            let is_whole = window.is_none_or(|rows| self.is_whole_list(&pages, rows));
            if !is_whole {
                query.remove_cut_off(&mut pages);
            }
            pages.retain(|page| {
                query.matches_text(page) && is_among(page, by_creator) && query.matches_tags(page)
            });
            let enough = wanted.is_some_and(|wanted| pages.len() >= wanted);
            if is_whole || enough {
                query.sort_ties(&mut pages);
                return Ok(query.apply_limits(pages));
            }
            rows = rows.map(|rows| rows.saturating_mul(GROWTH));
        }
    }

    /// Returns `true` if a response limited to this many rows of page and tag is the whole list: it is not full, and
    /// no page was hidden from the caller.
    fn is_whole_list(&self, pages: &[PageSummary], rows: usize) -> bool {
        let filled: usize = pages.iter().map(|page| page.tags.len().max(1)).sum();
        filled < rows && self.pages.client.credentials().has_full_access()
    }

    /// Returns the ids of the creator's pages if the list is filtered by author and creator, which Wiki.js
    /// combines by "or".
    async fn ids_by_creator(&self) -> Result<Option<HashSet<PageId>>> {
        if self.query.author.is_none() || self.query.creator.is_none() {
            return Ok(None);
        }
        let by_creator = Variables {
            author_id: None.into(),
            creator_id: self.query.creator.map(UserId::get).into(),
            ..self.variables(None)
        };
        let pages = self.list(by_creator).await?;
        Ok(Some(pages.into_iter().map(|page| page.id).collect()))
    }

    /// Returns the arguments of a request for this many rows, without a filter of tags.
    fn variables(&self, rows: Option<usize>) -> Variables {
        let query = &self.query;
        let direction = if query.descending {
            enums::PageOrderByDirection::Desc
        } else {
            enums::PageOrderByDirection::Asc
        };
        let creator = query.creator.filter(|_| query.author.is_none());
        Variables {
            limit: rows.and_then(|rows| i64::try_from(rows).ok()).into(),
            order_by: query.order_by.to_argument().into(),
            order_by_direction: direction.into(),
            locale: query.locale.as_ref().map(ToString::to_string).into(),
            creator_id: creator.map(UserId::get).into(),
            author_id: query.author.map(UserId::get).into(),
            ..Variables::new()
        }
    }

    async fn list(&self, variables: Variables) -> Result<Vec<PageSummary>> {
        Ok(converted(query!(self.pages.client, PagesList, variables)))
    }

    /// Completes the tags of pages that the wiki filtered by tags.
    async fn with_all_tags(&self, mut pages: Vec<PageSummary>) -> Result<Vec<PageSummary>> {
        let complete = |page: PageSummary| async move {
            let tags = found(self.tags_of(page.id).await)?;
            Ok(tags.map(|tags| PageSummary { tags, ..page }))
        };
        if let Some(pages) = self.pages.one_by_one(&pages, complete).await? {
            return Ok(pages);
        }
        let all = self.list(self.variables(None)).await?;
        let mut tags: HashMap<PageId, Vec<Tag>> =
            all.into_iter().map(|page| (page.id, page.tags)).collect();
        // A page that is not in the list any more was deleted, or changed by another author, in the meantime.
        pages.retain_mut(|page| tags.remove(&page.id).map(|all| page.tags = all).is_some());
        Ok(pages)
    }

    async fn tags_of(&self, id: PageId) -> Result<Vec<Tag>> {
        let page = query!(self.pages.client, PagesGetTags(id.to_argument()?));
        Ok(in_order(page.tags.into_iter().map(|tag| tag.tag)))
    }
}

fn is_among(page: &PageSummary, ids: Option<&HashSet<PageId>>) -> bool {
    ids.is_none_or(|ids| ids.contains(&page.id))
}

impl Query {
    fn check(&self) -> Result<()> {
        each(self.tags.iter().chain(&self.without_tags), Tag::check)?;
        self.any_of.iter().flatten().try_for_each(Tag::check)?;
        self.locale.iter().try_for_each(Locale::check)?;
        // Wiki.js ignores such ids and lists everything.
        for (field, user) in [("author", self.author), ("creator", self.creator)] {
            let Some(user) = user else { continue };
            refuse_if! {
                user.get() <= 0 => field,
                    format!("there is no user {user}"), "pass the id of a user, or leave the filter out";
            }?;
            user.check()?;
        }
        Ok(())
    }

    /// Returns `true` if a page passes the filters that do not depend on its tags.
    fn matches_text(&self, page: &PageSummary) -> bool {
        let contains = |search: &String| {
            let search = search.to_lowercase();
            [&page.title, &page.description, page.path.as_str()]
                .iter()
                .any(|text| text.to_lowercase().contains(&search))
        };
        let path = page.path.as_str();
        self.search.as_ref().is_none_or(contains)
            // A database that ignores case lists `en` for `EN`.
            && self.locale.as_ref().is_none_or(|locale| page.locale == *locale)
            && self.path_prefix.as_ref().is_none_or(|prefix| prefix.is_prefix_of(path))
    }

    /// Returns `true` if a page with all of its tags passes the filters of tags.
    fn matches_tags(&self, page: &PageSummary) -> bool {
        let has = |tag: &Tag| page.tags.contains(tag);
        self.tags.iter().all(has)
            && self.any_of.iter().all(|tags| tags.iter().any(has))
            && !self.without_tags.iter().any(has)
    }

    /// Returns the text by which the wiki sorted a page. `None` for ids, which are unique and sorted as numbers.
    fn sort_key<'page>(&self, page: &'page PageSummary) -> Option<&'page str> {
        match self.order_by {
            PageOrderBy::Id => None,
            PageOrderBy::Path => Some(page.path.as_str()),
            PageOrderBy::Title => Some(&page.title),
            PageOrderBy::Created => Some(page.created_at.as_str()),
            PageOrderBy::Updated => Some(page.updated_at.as_str()),
        }
    }

    /// Removes the pages whose rows may be incomplete at the end of a limited response: the last page, and those that
    /// are equal to it in the sort order, because the wiki may interleave their rows.
    fn remove_cut_off(&self, pages: &mut Vec<PageSummary>) {
        let Some(last) = pages.pop() else { return };
        let Some(key) = self.sort_key(&last) else {
            return;
        };
        let is_equal = |page: &mut PageSummary| {
            self.sort_key(page)
                .is_some_and(|other| may_be_equal(other, key))
        };
        while pages.pop_if(is_equal).is_some() {}
    }

    /// Sorts pages that are equal in the wiki's sort order by id, so that the order of a list is stable.
    fn sort_ties(&self, pages: &mut [PageSummary]) {
        if self.order_by == PageOrderBy::Id {
            return;
        }
        for equal in pages.chunk_by_mut(|a, b| self.sort_key(a) == self.sort_key(b)) {
            equal.sort_unstable_by_key(|page| page.id);
            if self.descending {
                equal.reverse();
            }
        }
    }

    /// Applies offset and limit.
    fn apply_limits(&self, pages: Vec<PageSummary>) -> Vec<PageSummary> {
        let limit = self.limit.unwrap_or(usize::MAX);
        pages.into_iter().skip(self.offset).take(limit).collect()
    }
}

/// Returns `true` if two texts may be equal in the wiki's sort order, because some databases ignore case and accents.
fn may_be_equal(one: &str, other: &str) -> bool {
    let is_alike =
        |(a, b): (char, char)| a.eq_ignore_ascii_case(&b) || !a.is_ascii() || !b.is_ascii();
    one == other
        || (one.chars().count() == other.chars().count()
            && one.chars().zip(other.chars()).all(is_alike))
}
