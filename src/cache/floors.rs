//! Which of what was read is still valid.

use std::collections::HashMap;

use crate::types::PageId;

/// More pages than this are not told apart: then all count as changed.
const MOST_PAGES: usize = 4_096;

/// What a write may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// A page, and with it what lists say of it.
    Page(PageId),
    All,
}

/// The moments of the last changes. A moment is a number that grows with each change; what was read
/// from a moment on that is not before the last change of it is valid.
#[derive(Debug, Default)]
pub(super) struct Floors {
    now: u64,
    all: u64,
    lists: u64,
    pages: HashMap<PageId, u64>,
}

impl Floors {
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    pub(super) fn change(&mut self, scope: Scope) {
        self.now += 1;
        match scope {
            Scope::Page(id) if self.pages.len() < MOST_PAGES => {
                self.lists = self.now;
                self.pages.insert(id, self.now);
            }
            Scope::Page(_) | Scope::All => {
                self.all = self.now;
                self.pages.clear();
            }
        }
    }

    pub(super) fn is_valid_page(&self, id: PageId, since: u64) -> bool {
        since >= self.all && self.pages.get(&id).is_none_or(|changed| since >= *changed)
    }

    pub(super) fn is_valid_list(&self, since: u64) -> bool {
        since >= self.all && since >= self.lists
    }
}

#[cfg(test)]
mod tests {
    use super::{Floors, MOST_PAGES, Scope};

    #[test]
    fn a_change_is_of_what_was_read_before_it() {
        let mut floors = Floors::default();
        let before = floors.now();
        floors.change(Scope::Page(1.into()));
        let after = floors.now();
        assert!(!floors.is_valid_page(1.into(), before) && !floors.is_valid_list(before));
        assert!(floors.is_valid_page(2.into(), before));
        assert!(floors.is_valid_page(1.into(), after) && floors.is_valid_list(after));
        floors.change(Scope::All);
        assert!(!floors.is_valid_page(2.into(), after) && !floors.is_valid_list(after));
    }

    #[test]
    fn the_moments_of_pages_do_not_add_up() {
        let mut floors = Floors::default();
        for id in 0..3 * MOST_PAGES {
            let before = floors.now();
            let id = i64::try_from(id).unwrap_or_default().into();
            floors.change(Scope::Page(id));
            assert!(!floors.is_valid_page(id, before) && !floors.is_valid_list(before));
            assert!(floors.pages.len() <= MOST_PAGES);
        }
    }
}
