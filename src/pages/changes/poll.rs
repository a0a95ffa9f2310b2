//! One poll for changes, and the position that it continues from.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{PageChange, PageChanges, PageLocation, WatchChanges};
use crate::{
    error::{Error, Result},
    pages::{PageOrderBy, PageSummary},
    task::Reads,
    types::{Locale, PageId, PagePath, Timestamp},
};

/// Number of the newest pages in the first request.
const FIRST_WINDOW: usize = 16;
/// Factor by which the number of pages grows if all of them are new.
const GROWTH: usize = 8;

/// The position up to which changes were reported. Serialize it with serde, for example as JSON, to
/// continue from this position later, in the same wiki and with the same filters.
///
/// It contains the pages that were reported during the last
/// [`overlap`](super::WatchChanges::overlap), and
/// [`with_moves_and_deletions`](super::WatchChanges::with_moves_and_deletions) the location of each page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangesCursor {
    /// The address of the wiki. `None` before the first poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wiki: Option<String>,
    /// The newest time that was reported.
    newest: Option<Timestamp>,
    /// Changes before this time are not reported.
    floor: Option<Timestamp>,
    /// The pages that were reported from the floor on.
    seen: BTreeMap<PageId, Timestamp>,
    /// The pages that existed, if they are tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) known: Option<BTreeMap<PageId, Option<PageLocation>>>,
    /// The position is that of the newest page, which the first poll determines.
    #[serde(skip)]
    pub(super) is_now: bool,
}

impl ChangesCursor {
    /// Returns the newest `updatedAt` that was reported; `None` before the first change.
    pub fn newest(&self) -> Option<&Timestamp> {
        self.newest.as_ref()
    }

    /// Returns the time since which a poll has to compare pages.
    fn lower_bound(&self, overlap: Duration) -> Option<Timestamp> {
        let newest = self.newest.as_ref();
        let back = newest.and_then(|newest| before(newest, overlap));
        // The pages before the floor are not remembered, even if the overlap was smaller in the last poll.
        back.max(self.floor.clone())
    }

    /// Removes the pages with times before `lower` and sets the floor.
    fn forget_before(&mut self, lower: Option<Timestamp>) {
        if let Some(lower) = lower {
            self.seen.retain(|_, time| *time >= lower);
            self.floor = Some(lower);
        }
    }

    /// Remembers a change that was reported.
    pub(super) fn record(&mut self, change: &PageChange) {
        let Some(page) = change.page() else {
            let id = change.id();
            self.seen.remove(&id);
            if let Some(known) = &mut self.known {
                known.remove(&id);
            }
            return;
        };
        self.seen.insert(page.id, page.updated_at.clone());
        if self.newest.as_ref() < Some(&page.updated_at) {
            self.newest = Some(page.updated_at.clone());
        }
        if let Some(known) = &mut self.known {
            known.insert(page.id, Some(PageLocation::of(page)));
        }
    }
}

/// Returns the time that is earlier by a duration, in the format of Wiki.js. Returns `None` if it is earlier than any
/// time that Wiki.js can store, and the same text if it is not a time.
fn before(time: &Timestamp, duration: Duration) -> Option<Timestamp> {
    let Ok(parsed) = time.to_jiff() else {
        return Some(time.clone());
    };
    // Wiki.js compares times as text, which is wrong for years before 0.
    let earlier = Timestamp::from(parsed.checked_sub(duration).ok()?);
    Some(earlier).filter(|earlier| !earlier.as_str().starts_with('-'))
}

/// The start of a watch for changes.
///
/// Create it from a [`Timestamp`] or a [`ChangesCursor`], or with [`now`](Self::now) or
/// [`beginning`](Self::beginning).
#[derive(Debug, Clone)]
pub struct ChangesSince(pub(super) ChangesCursor);

impl ChangesSince {
    /// Starts now: the first poll reports no changes. The start is the `updatedAt` of the
    /// newest page of the wiki, so the clocks of the wiki and this machine need not agree.
    pub fn now() -> Self {
        Self(ChangesCursor {
            is_now: true,
            ..ChangesCursor::default()
        })
    }

    /// Starts with all pages, each reported as created.
    pub fn beginning() -> Self {
        Self(ChangesCursor::default())
    }
}

impl From<Timestamp> for ChangesSince {
    fn from(time: Timestamp) -> Self {
        Self(ChangesCursor {
            newest: Some(time.clone()),
            floor: Some(time),
            ..ChangesCursor::default()
        })
    }
}

impl From<&Timestamp> for ChangesSince {
    fn from(time: &Timestamp) -> Self {
        Self::from(time.clone())
    }
}

impl From<ChangesCursor> for ChangesSince {
    fn from(cursor: ChangesCursor) -> Self {
        Self(cursor)
    }
}

impl WatchChanges {
    /// Polls the wiki once, bypassing the cache. The returned cursor does not include the changes yet.
    pub(super) async fn poll_wiki(&self) -> Result<PageChanges> {
        let (cursor, wiki) = (self.cursor.clone(), self.pages.client.url().as_str());
        if let Some(of) = cursor.wiki.as_deref().filter(|of| *of != wiki) {
            let problem =
                format!("it is a position in the changes of {of}, and this wiki is {wiki}");
            let remedy =
                "use a cursor of this wiki, or begin with the time of ChangesCursor::newest";
            return Err(Error::invalid("cursor", problem, remedy));
        }
        let poll = async {
            if cursor.is_now {
                self.begin_now(cursor).await
            } else {
                self.poll_since(cursor).await
            }
        };
        let mut polled = Reads::Uncached.scope(poll).await?;
        polled.cursor.wiki = Some(wiki.to_owned());
        Ok(polled)
    }

    async fn poll_since(&self, mut cursor: ChangesCursor) -> Result<PageChanges> {
        let lower = cursor.lower_bound(self.overlap);
        let mut changes = if self.tracks_moves {
            let listed = self.pages.list().await?;
            self.compare(listed, &mut cursor, lower.as_ref())
        } else {
            let mut newest = self.newest(lower.as_ref()).await?;
            newest.retain(|page| self.contains(&page.locale, &page.path));
            let changed = |page| change_of(page, &cursor, lower.as_ref());
            newest.into_iter().filter_map(changed).collect()
        };
        // Deletions have no time and follow at the end.
        changes.sort_by(|one, other| order_of(one).cmp(&order_of(other)));
        cursor.forget_before(lower);
        Ok(PageChanges { changes, cursor })
    }

    /// Returns the position at the newest page. The caller may know pages that no longer exist.
    async fn begin_now(&self, cursor: ChangesCursor) -> Result<PageChanges> {
        let listed = if self.tracks_moves {
            self.pages.list().await?
        } else {
            let list = self.pages.list().order_by(PageOrderBy::Updated);
            let newest = list.descending().limit(1).await?;
            match newest.first().map(|page| &page.updated_at) {
                Some(time) => self.newest(before(time, self.overlap).as_ref()).await?,
                None => newest,
            }
        };
        let mut missing = cursor.known.unwrap_or_default();
        for page in &listed {
            missing.remove(&page.id);
        }
        let seen = listed.iter().map(|page| (page.id, page.updated_at.clone()));
        let mut cursor = ChangesCursor {
            newest: listed.iter().map(|page| &page.updated_at).max().cloned(),
            seen: seen.collect(),
            known: self.tracks_moves.then(|| self.locations(&listed)),
            ..ChangesCursor::default()
        };
        cursor.forget_before(cursor.lower_bound(self.overlap));
        let changes = missing.into_iter().map(deleted).collect();
        Ok(PageChanges { changes, cursor })
    }

    /// Lists the pages that were changed at this time or later, possibly with some older ones.
    async fn newest(&self, lower: Option<&Timestamp>) -> Result<Vec<PageSummary>> {
        let list = self.pages.list().order_by(PageOrderBy::Updated);
        let mut list = list.descending();
        // The path is filtered afterwards: a list that filters by it requests all pages to reach its limit.
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

    fn contains(&self, locale: &Locale, path: &PagePath) -> bool {
        let prefix = self.path_prefix.as_ref();
        self.locale.as_ref().is_none_or(|watched| locale == watched)
            && prefix.is_none_or(|prefix| prefix.is_prefix_of(path))
    }

    /// Returns the locations of the watched pages.
    fn locations(&self, listed: &[PageSummary]) -> BTreeMap<PageId, Option<PageLocation>> {
        let watched = listed
            .iter()
            .filter(|page| self.contains(&page.locale, &page.path));
        watched
            .map(|page| (page.id, Some(PageLocation::of(page))))
            .collect()
    }

    /// Compares all pages with those of the previous poll.
    fn compare(
        &self,
        listed: Vec<PageSummary>,
        cursor: &mut ChangesCursor,
        lower: Option<&Timestamp>,
    ) -> Vec<PageChange> {
        // Before the first poll only ids from the caller are known. A page that is not known is then not necessarily
        // new.
        let is_first = cursor
            .known
            .as_ref()
            .is_none_or(|known| known.values().all(Option::is_none));
        let mut known = cursor.known.take().unwrap_or_default();
        // A page that was moved out of the scope was reported as moved, and is no longer watched.
        known.retain(|_, location| {
            let location = location.as_ref();
            location.is_none_or(|at| self.contains(&at.locale, &at.path))
        });
        let mut missing = known.clone();
        let mut next = known;
        let mut changes = Vec::new();
        for page in listed {
            let before = missing.remove(&page.id);
            match before.flatten() {
                Some(from) if from != PageLocation::of(&page) => {
                    changes.push(PageChange::Moved { page, from });
                }
                Some(_) => changes.extend(change_of(page, cursor, lower)),
                None if !self.contains(&page.locale, &page.path) => {}
                None if is_first => {
                    next.insert(page.id, Some(PageLocation::of(&page)));
                    changes.extend(change_of(page, cursor, lower));
                }
                // The page did not exist, or was hidden or outside of the scope, whatever its time is.
                None => changes.push(created_or_updated(page, cursor, lower)),
            }
        }
        changes.extend(missing.into_iter().map(deleted));
        cursor.known = Some(next);
        changes
    }
}

/// Returns the change of a page, unless it was reported before.
fn change_of(
    page: PageSummary,
    cursor: &ChangesCursor,
    lower: Option<&Timestamp>,
) -> Option<PageChange> {
    let is_older = lower.is_some_and(|lower| page.updated_at < *lower);
    let is_reported = cursor.seen.get(&page.id) == Some(&page.updated_at);
    (!is_older && !is_reported).then(|| created_or_updated(page, cursor, lower))
}

fn created_or_updated(
    page: PageSummary,
    cursor: &ChangesCursor,
    lower: Option<&Timestamp>,
) -> PageChange {
    let is_recent = lower.is_none_or(|lower| page.created_at >= *lower);
    if is_recent && !cursor.seen.contains_key(&page.id) {
        PageChange::Created(page)
    } else {
        PageChange::Updated(page)
    }
}

fn deleted((id, last): (PageId, Option<PageLocation>)) -> PageChange {
    PageChange::Deleted { id, last }
}

fn order_of(change: &PageChange) -> (bool, Option<&Timestamp>, PageId) {
    let time = change.page().map(|page| &page.updated_at);
    (time.is_none(), time, change.id())
}
