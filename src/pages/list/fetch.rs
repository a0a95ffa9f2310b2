//! What is asked of the wiki for a list; the strategy and its cost stand in the module above.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};

use super::{ListPages, PageSummary};
#[cfg(feature = "cache")]
use crate::cache::Key;
use crate::{
    api::{self, enums},
    error::Result,
    outcome::query,
    pages::model::in_order,
    types::{PageId, Tag, UserId},
};

/// How many rows of page and tag are asked for, for each page that is wanted.
const ROWS_PER_PAGE: usize = 4;
/// The fewest rows worth a request.
const FIRST_ROWS: usize = 64;
/// How much more is asked for if that was not enough.
const GROWTH: usize = 8;
/// Beyond this many rows, all pages are asked for.
const MOST_ROWS: usize = 4_000;
/// Up to this many pages, tags are completed by reading the pages one by one.
const MOST_READS: usize = 50;

/// One question to the wiki.
#[derive(Clone, Copy)]
struct Ask<'a> {
    rows: Option<usize>,
    tags: &'a [Tag],
    author: Option<UserId>,
    creator: Option<UserId>,
}

impl ListPages {
    /// The pages that are wanted, from the cache if they may be.
    pub(super) async fn fetch(self) -> Result<Vec<PageSummary>> {
        self.filter.check()?;
        if self.limit == Some(0) {
            return Ok(Vec::new());
        }
        #[cfg(feature = "cache")]
        if let Some(cache) = self.pages.client.inner().cache.store().cloned() {
            let key = Key::List(self.cache_key());
            let list = move || self.clone().fetch_from_wiki();
            return Box::pin(cache.read(key, list)).await;
        }
        self.fetch_from_wiki().await
    }

    async fn fetch_from_wiki(self) -> Result<Vec<PageSummary>> {
        let by_creator = self.ids_by_creator().await?;
        if self.filter.tags_for_the_wiki().is_empty() {
            self.by_windows(by_creator.as_ref()).await
        } else {
            self.by_tags(by_creator.as_ref()).await
        }
    }

    /// By tags that the wiki filters: it finds the pages, whose tags are then completed.
    async fn by_tags(&self, by_creator: Option<&HashSet<PageId>>) -> Result<Vec<PageSummary>> {
        let ask = Ask {
            tags: self.filter.tags_for_the_wiki(),
            ..self.ask(None)
        };
        let mut pages = self.list(ask).await?;
        pages.retain(|page| self.may_be_wanted(page, by_creator));
        self.settle_ties(&mut pages);
        if self.filter.without_tags.is_empty() {
            pages = self.cut_out(pages);
            return self.with_all_tags(pages).await;
        }
        let mut pages = self.with_all_tags(pages).await?;
        pages.retain(|page| self.filter.matches_tags(page));
        Ok(self.cut_out(pages))
    }

    /// By ever larger windows onto the list, until enough of it is there.
    async fn by_windows(&self, by_creator: Option<&HashSet<PageId>>) -> Result<Vec<PageSummary>> {
        let wanted = self.limit.map(|limit| limit.saturating_add(self.offset));
        let mut rows = wanted.map(|wanted| wanted.saturating_mul(ROWS_PER_PAGE).max(FIRST_ROWS));
        loop {
            let window = rows.filter(|rows| *rows <= MOST_ROWS);
            let mut pages = self.list(self.ask(window)).await?;
            if window.is_some() {
                self.drop_what_was_cut(&mut pages);
            }
            pages.retain(|page| {
                self.may_be_wanted(page, by_creator) && self.filter.matches_tags(page)
            });
            let enough = wanted.is_some_and(|wanted| pages.len() >= wanted);
            if window.is_none() || enough {
                self.settle_ties(&mut pages);
                return Ok(self.cut_out(pages));
            }
            rows = rows.map(|rows| rows.saturating_mul(GROWTH));
        }
    }

    /// Whether a page is wanted as far as can be told without its tags.
    fn may_be_wanted(&self, page: &PageSummary, by_creator: Option<&HashSet<PageId>>) -> bool {
        self.filter.matches_text(page) && by_creator.is_none_or(|ids| ids.contains(&page.id))
    }

    /// Where both are asked for, the ids of the creator's pages: Wiki.js joins the two by "or".
    async fn ids_by_creator(&self) -> Result<Option<HashSet<PageId>>> {
        if self.filter.author.is_none() || self.filter.creator.is_none() {
            return Ok(None);
        }
        let pages = self
            .list(Ask {
                author: None,
                creator: self.filter.creator,
                ..self.ask(None)
            })
            .await?;
        Ok(Some(pages.into_iter().map(|page| page.id).collect()))
    }

    fn ask(&self, rows: Option<usize>) -> Ask<'_> {
        let creator = self.filter.creator.filter(|_| self.filter.author.is_none());
        Ask {
            rows,
            tags: &[],
            author: self.filter.author,
            creator,
        }
    }

    async fn list(&self, ask: Ask<'_>) -> Result<Vec<PageSummary>> {
        let tags = ask.tags.iter().map(ToString::to_string).collect::<Vec<_>>();
        let direction = if self.descending {
            enums::PageOrderByDirection::Desc
        } else {
            enums::PageOrderByDirection::Asc
        };
        let variables = api::pages_list::Variables {
            limit: ask.rows.and_then(|rows| i64::try_from(rows).ok()).into(),
            order_by: self.order_by.to_argument().into(),
            order_by_direction: direction.into(),
            tags: Some(tags).filter(|tags| !tags.is_empty()).into(),
            locale: self.filter.locale.as_ref().map(ToString::to_string).into(),
            creator_id: ask.creator.map(UserId::get).into(),
            author_id: ask.author.map(UserId::get).into(),
        };
        let pages = query!(self.pages.client, PagesList, pages.list!, variables);
        Ok(pages.into_iter().map(PageSummary::from).collect())
    }

    /// Gives pages that were listed by tag the rest of their tags.
    async fn with_all_tags(&self, mut pages: Vec<PageSummary>) -> Result<Vec<PageSummary>> {
        if pages.is_empty() {
            return Ok(pages);
        }
        if pages.len() <= MOST_READS {
            match self.tags_one_by_one(&pages).await {
                Ok(pages) => return Ok(pages),
                // A list needs `read:pages`, a page's own tags need more (hazard 27).
                Err(error) if error.is_forbidden() => {}
                Err(error) => return Err(error),
            }
        }
        let all = self.list(self.ask(None)).await?;
        let mut tags: HashMap<PageId, Vec<Tag>> =
            all.into_iter().map(|page| (page.id, page.tags)).collect();
        // What is not in the list any more was deleted or lost its author in the meantime.
        pages.retain_mut(|page| tags.remove(&page.id).map(|all| page.tags = all).is_some());
        Ok(pages)
    }

    async fn tags_one_by_one(&self, pages: &[PageSummary]) -> Result<Vec<PageSummary>> {
        let complete = |page: PageSummary| async move {
            match self.tags_of(page.id).await {
                Ok(tags) => Ok(Some(PageSummary { tags, ..page })),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        };
        let reads = stream::iter(pages.to_vec()).map(complete);
        self.pages
            .client
            .read_many(reads)
            .try_filter_map(|page| std::future::ready(Ok(page)))
            .try_collect()
            .await
    }

    async fn tags_of(&self, id: PageId) -> Result<Vec<Tag>> {
        let variables = api::pages_get_tags::Variables {
            id: id.to_argument()?,
        };
        let page = query!(self.pages.client, PagesGetTags, pages.single, variables);
        Ok(in_order(page.tags.into_iter().flatten().map(|tag| tag.tag)))
    }
}
