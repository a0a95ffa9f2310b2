//! Where a stream of changes stands.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{PageChange, PagePlace, poll::Position};
use crate::types::{PageId, Timestamp};

/// Up to where changes were reported, to go on from there later: keep it as JSON or in any other form of
/// serde.
///
/// It holds the pages that were reported lately (those of the
/// [`overlap`](super::WatchChanges::overlap)) and,
/// [`with_moves_and_deletions`](super::WatchChanges::with_moves_and_deletions), the place of each page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangesCursor {
    /// The newest moment that was reported.
    pub(super) newest: Option<Timestamp>,
    /// Nothing before this moment is reported any more.
    pub(super) floor: Option<Timestamp>,
    /// What was reported from the floor on.
    pub(super) seen: BTreeMap<PageId, Timestamp>,
    /// The pages that were there, as far as they are tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) known: Option<BTreeMap<PageId, Option<PagePlace>>>,
}

impl ChangesCursor {
    /// The newest `updatedAt` that was reported; `None` before there is any.
    pub fn newest(&self) -> Option<&Timestamp> {
        self.newest.as_ref()
    }

    pub(super) fn since(moment: Timestamp) -> Self {
        Self {
            newest: Some(moment.clone()),
            floor: Some(moment),
            ..Self::default()
        }
    }

    /// From which moment on pages have to be looked at.
    pub(super) fn lower_bound(&self, overlap: Duration) -> Option<Timestamp> {
        let back = self.newest.as_ref().map(|newest| before(newest, overlap));
        // A greater overlap than that of the last poll finds nothing remembered further back.
        back.max(self.floor.clone())
    }

    /// Forgets what is older than any poll will look at.
    pub(super) fn forget_before(&mut self, lower: Option<Timestamp>) {
        if let Some(lower) = lower {
            self.seen.retain(|_, moment| *moment >= lower);
            self.floor = Some(lower);
        }
    }

    /// The change was reported.
    pub(super) fn note(&mut self, change: &PageChange) {
        let page = match change {
            PageChange::Deleted { id, .. } => {
                self.seen.remove(id);
                if let Some(known) = &mut self.known {
                    known.remove(id);
                }
                return;
            }
            PageChange::Created(page)
            | PageChange::Updated(page)
            | PageChange::Moved { page, .. } => page,
        };
        self.seen.insert(page.id, page.updated_at.clone());
        if self.newest.as_ref() < Some(&page.updated_at) {
            self.newest = Some(page.updated_at.clone());
        }
        if let Some(known) = &mut self.known {
            known.insert(page.id, Some(PagePlace::of(page)));
        }
    }
}

/// A moment earlier by this much, as Wiki.js writes moments; the same if it is none.
pub(super) fn before(moment: &Timestamp, time: Duration) -> Timestamp {
    let earlier = moment
        .to_jiff()
        .ok()
        .and_then(|moment| moment.checked_sub(time).ok());
    earlier.map_or_else(|| moment.clone(), Timestamp::from)
}

/// From where on changes are wanted.
///
/// Made of a [`Timestamp`], of a [`ChangesCursor`], or by [`now`](Self::now) and
/// [`beginning`](Self::beginning).
#[derive(Debug, Clone)]
pub struct ChangesSince(pub(super) Position);

impl ChangesSince {
    /// What changes from the first poll on, which itself reports nothing. The moment is that of the
    /// newest page of the wiki, so that no clocks have to agree.
    pub fn now() -> Self {
        Self(Position::Now { known: Vec::new() })
    }

    /// All pages, each as created, and then what changes.
    pub fn beginning() -> Self {
        Self(Position::At(ChangesCursor::default()))
    }
}

impl From<Timestamp> for ChangesSince {
    fn from(moment: Timestamp) -> Self {
        Self(Position::At(ChangesCursor::since(moment)))
    }
}

impl From<&Timestamp> for ChangesSince {
    fn from(moment: &Timestamp) -> Self {
        Self::from(moment.clone())
    }
}

impl From<ChangesCursor> for ChangesSince {
    fn from(cursor: ChangesCursor) -> Self {
        Self(Position::At(cursor))
    }
}
