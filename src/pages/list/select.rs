//! What this library filters and orders itself, where Wiki.js cannot or gets it wrong.

use super::{Filter, ListPages, PageOrderBy};
use crate::{
    error::{Error, Result},
    pages::PageSummary,
    types::{Locale, Tag, UserId},
};

impl Filter {
    pub(super) fn check(&self) -> Result<()> {
        self.tags
            .iter()
            .chain(&self.without_tags)
            .try_for_each(Tag::check)?;
        self.locale.iter().try_for_each(Locale::check)?;
        // Wiki.js ignores such ids and lists everything.
        let positive = |field, user: Option<UserId>| match user {
            Some(user) if user.get() <= 0 => Err(Error::invalid(
                field,
                format!("there is no user {user}"),
                "pass the id of a user, or leave the filter out",
            )),
            Some(user) => user.to_argument().map(drop),
            None => Ok(()),
        };
        positive("author", self.author)?;
        positive("creator", self.creator)
    }

    /// The tags that Wiki.js can filter by: it knows "all of these" only.
    pub(super) fn tags_for_the_wiki(&self) -> &[Tag] {
        if self.any_tag && self.tags.len() > 1 {
            &[]
        } else {
            &self.tags
        }
    }

    /// Whether a page has what can be told without its tags.
    pub(super) fn matches_text(&self, page: &PageSummary) -> bool {
        let found = |needle: &str| {
            [&page.title, &page.description, page.path.as_str()]
                .iter()
                .any(|text| text.to_lowercase().contains(needle))
        };
        self.search
            .as_ref()
            .is_none_or(|search| found(&search.to_lowercase()))
            && self
                .path_prefix
                .as_ref()
                .is_none_or(|prefix| prefix.contains(page.path.as_str()))
    }

    /// Whether a page has what only all of its tags tell.
    pub(super) fn matches_tags(&self, page: &PageSummary) -> bool {
        let has = |tag: &Tag| page.tags.contains(tag);
        let wanted = if self.any_tag {
            self.tags.is_empty() || self.tags.iter().any(has)
        } else {
            self.tags.iter().all(has)
        };
        wanted && !self.without_tags.iter().any(has)
    }
}

impl ListPages {
    /// The text that the wiki ordered a page by. The id is ordered as a number and is never equal in
    /// two pages.
    fn key<'page>(&self, page: &'page PageSummary) -> Option<&'page str> {
        match self.order_by {
            PageOrderBy::Id => None,
            PageOrderBy::Path => Some(page.path.as_str()),
            PageOrderBy::Title => Some(&page.title),
            PageOrderBy::Created => Some(page.created_at.as_str()),
            PageOrderBy::Updated => Some(page.updated_at.as_str()),
        }
    }

    /// Removes the pages that the end of a limited answer may have cut: the last, whose tags may be
    /// missing, and those that are equal to it in the order, since the wiki may mix up their rows.
    pub(super) fn drop_what_was_cut(&self, pages: &mut Vec<PageSummary>) {
        let Some(last) = pages.pop() else { return };
        if let Some(key) = self.key(&last) {
            while pages.last().is_some_and(|page| self.key(page) == Some(key)) {
                pages.pop();
            }
        }
    }

    /// Orders the pages that are equal for the wiki by id, so that a list is always in one order.
    pub(super) fn settle_ties(&self, pages: &mut [PageSummary]) {
        if self.order_by == PageOrderBy::Id {
            return;
        }
        for equal in pages.chunk_by_mut(|a, b| self.key(a) == self.key(b)) {
            if self.descending {
                equal.sort_unstable_by_key(|page| std::cmp::Reverse(page.id));
            } else {
                equal.sort_unstable_by_key(|page| page.id);
            }
        }
    }

    /// The part of the list that is wanted.
    pub(super) fn cut_out(&self, pages: Vec<PageSummary>) -> Vec<PageSummary> {
        pages
            .into_iter()
            .skip(self.offset)
            .take(self.limit.unwrap_or(usize::MAX))
            .collect()
    }
}
