//! One poll.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use super::{
    PageChange, PagePlace,
    cursor::{ChangesCursor, before},
};
use crate::{
    caching::Caching,
    error::Result,
    pages::{PageOrderBy, PageSummary, Pages},
    types::{Locale, PageId, PagePath, Timestamp},
};

/// How many of the newest pages are asked for at first.
const FIRST_WINDOW: usize = 16;
/// How many times more if those are all new.
const GROWTH: usize = 8;

/// What is watched, and how.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) pages: Pages,
    pub(super) locale: Option<Locale>,
    pub(super) path_prefix: Option<PagePath>,
    pub(super) overlap: Duration,
    /// All pages are listed, for what was moved and what is gone.
    pub(super) tracks: bool,
}

/// Where to begin.
#[derive(Debug, Clone)]
pub(super) enum Position {
    /// With the newest page, which is not known yet.
    Now { known: Vec<PageId> },
    /// Behind what was reported.
    At(ChangesCursor),
}

impl Position {
    /// Pages that were there, by what the caller says.
    pub(super) fn know(&mut self, ids: Vec<PageId>) {
        if ids.is_empty() {
            return;
        }
        match self {
            Self::Now { known } => known.extend(ids),
            Self::At(cursor) => {
                let known = cursor.known.get_or_insert_default();
                for id in ids {
                    known.entry(id).or_default();
                }
            }
        }
    }
}

/// What a poll found; the cursor is still before the changes.
#[derive(Debug)]
pub(super) struct Polled {
    pub(super) changes: Vec<PageChange>,
    pub(super) cursor: ChangesCursor,
}

impl Scope {
    /// Looks at the wiki once, and not at what it was like a while ago.
    pub(super) async fn poll(&self, position: Position) -> Result<Polled> {
        Caching::past(self.look(position)).await
    }

    async fn look(&self, position: Position) -> Result<Polled> {
        let mut cursor = match position {
            Position::At(cursor) => cursor,
            Position::Now { known } => return self.begin_now(known).await,
        };
        let lower = cursor.lower_bound(self.overlap);
        let mut changes = if self.tracks {
            let listed = self.pages.list().await?;
            self.compare(listed, &mut cursor, lower.as_ref())
        } else {
            let mut newest = self.newest(lower.as_ref()).await?;
            newest.retain(|page| self.contains(page));
            let changed = |page| change_of(page, &cursor, lower.as_ref());
            newest.into_iter().filter_map(changed).collect()
        };
        // What is gone has no moment, and comes at the end.
        changes.sort_by(|one, other| order_of(one).cmp(&order_of(other)));
        cursor.forget_before(lower);
        Ok(Polled { changes, cursor })
    }

    /// Finds out where now is.
    async fn begin_now(&self, handed_in: Vec<PageId>) -> Result<Polled> {
        let newest = self
            .pages
            .list()
            .order_by(PageOrderBy::Updated)
            .descending()
            .limit(1)
            .await?;
        let newest = newest.into_iter().next().map(|page| page.updated_at);
        let lower = newest.as_ref().map(|newest| before(newest, self.overlap));
        let listed = if self.tracks {
            self.pages.list().await?
        } else if lower.is_some() {
            self.newest(lower.as_ref()).await?
        } else {
            Vec::new()
        };
        let newest = listed.iter().map(|page| &page.updated_at).max().cloned();
        let lower = newest.as_ref().map(|newest| before(newest, self.overlap));
        let is_recent = |page: &&PageSummary| Some(&page.updated_at) >= lower.as_ref();
        let seen = listed.iter().filter(is_recent);
        let cursor = ChangesCursor {
            seen: seen
                .map(|page| (page.id, page.updated_at.clone()))
                .collect(),
            known: self.tracks.then(|| self.places(&listed)),
            newest,
            floor: lower,
        };
        let there: HashSet<PageId> = listed.iter().map(|page| page.id).collect();
        let gone = handed_in.into_iter().filter(|id| !there.contains(id));
        let changes = gone.map(|id| PageChange::Deleted { id, last: None });
        Ok(Polled {
            changes: changes.collect(),
            cursor,
        })
    }

    /// The pages that were changed at this moment or later, perhaps with some older ones.
    async fn newest(&self, lower: Option<&Timestamp>) -> Result<Vec<PageSummary>> {
        let mut list = self
            .pages
            .list()
            .order_by(PageOrderBy::Updated)
            .descending();
        // The path is looked at here: a list that filters by it takes all pages to fill its limit.
        if let Some(locale) = &self.locale {
            list = list.locale(locale);
        }
        let Some(lower) = lower else {
            return list.await;
        };
        let mut window = FIRST_WINDOW;
        loop {
            let pages = list.clone().limit(window).await?;
            let reaches_back = pages.last().is_some_and(|page| page.updated_at < *lower);
            if reaches_back || pages.len() < window {
                return Ok(pages);
            }
            window = window.saturating_mul(GROWTH);
        }
    }

    fn contains(&self, page: &PageSummary) -> bool {
        self.contains_place(&page.locale, &page.path)
    }

    fn contains_place(&self, locale: &Locale, path: &PagePath) -> bool {
        let prefix = self.path_prefix.as_ref();
        self.locale.as_ref().is_none_or(|watched| locale == watched)
            && prefix.is_none_or(|prefix| prefix.contains(path.as_str()))
    }

    /// The places of the pages that are watched.
    fn places(&self, listed: &[PageSummary]) -> BTreeMap<PageId, Option<PagePlace>> {
        let watched = listed.iter().filter(|page| self.contains(page));
        watched
            .map(|page| (page.id, Some(PagePlace::of(page))))
            .collect()
    }

    /// Compares all pages with those that were there.
    fn compare(
        &self,
        listed: Vec<PageSummary>,
        cursor: &mut ChangesCursor,
        lower: Option<&Timestamp>,
    ) -> Vec<PageChange> {
        // What was handed in is known by its id alone; the rest of what is there now is no news for
        // being there.
        let is_first = cursor
            .known
            .as_ref()
            .is_none_or(|known| known.values().all(Option::is_none));
        let mut known = cursor.known.take().unwrap_or_default();
        // What has moved out was reported, and is not watched any more.
        known.retain(|_, place| {
            let place = place.as_ref();
            place.is_none_or(|place| self.contains_place(&place.locale, &place.path))
        });
        let mut gone: BTreeMap<PageId, Option<PagePlace>> = known.clone();
        let mut next = known;
        let mut changes = Vec::new();
        for page in listed {
            let was = gone.remove(&page.id);
            let is_watched = self.contains(&page);
            match was.flatten() {
                Some(from) if from != PagePlace::of(&page) => {
                    changes.push(PageChange::Moved { page, from });
                }
                Some(_) => changes.extend(change_of(page, cursor, lower)),
                None if !is_watched => {}
                None if is_first => {
                    next.insert(page.id, Some(PagePlace::of(&page)));
                    changes.extend(change_of(page, cursor, lower));
                }
                // It was not there, or not where it could be seen, whatever its moment is.
                None => changes.push(if is_new(&page, cursor, lower) {
                    PageChange::Created(page)
                } else {
                    PageChange::Updated(page)
                }),
            }
        }
        let gone = gone.into_iter();
        changes.extend(gone.map(|(id, last)| PageChange::Deleted { id, last }));
        cursor.known = Some(next);
        changes
    }
}

/// The change of a page, if it was not reported before.
fn change_of(
    page: PageSummary,
    cursor: &ChangesCursor,
    lower: Option<&Timestamp>,
) -> Option<PageChange> {
    let is_older = lower.is_some_and(|lower| page.updated_at < *lower);
    if is_older || cursor.seen.get(&page.id) == Some(&page.updated_at) {
        return None;
    }
    Some(if is_new(&page, cursor, lower) {
        PageChange::Created(page)
    } else {
        PageChange::Updated(page)
    })
}

fn is_new(page: &PageSummary, cursor: &ChangesCursor, lower: Option<&Timestamp>) -> bool {
    lower.is_none_or(|lower| page.created_at >= *lower) && !cursor.seen.contains_key(&page.id)
}

fn order_of(change: &PageChange) -> (bool, Option<&Timestamp>, PageId) {
    let page = change.page();
    (
        page.is_none(),
        page.map(|page| &page.updated_at),
        change.id(),
    )
}
