//! Versions, which are earlier states of pages, and the history that Wiki.js computes from them.

use super::FakePage;

/// An earlier state of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeVersion {
    /// Id, unique in the wiki.
    pub id: i64,
    /// Id of the page.
    pub page_id: i64,
    /// Action that ended that state: `updated`, `moved`, `deleted` or `restored`.
    pub action: String,
    /// `updatedAt` of the page in that state.
    pub version_date: String,
    /// Time at which the version was stored.
    pub created_at: String,
    /// Page in that state. Wiki.js stores neither tags nor scripts nor the rendering.
    pub page: FakePage,
}

/// An entry of `pages.history`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrailEntry<'a> {
    pub(crate) version: &'a FakeVersion,
    pub(crate) action_type: &'static str,
    /// Path before and after a move.
    pub(crate) moved: Option<(String, String)>,
}

/// Returns one page of a history, newest first, with the change that Wiki.js guesses for each entry.
///
/// The guess compares an entry with the one before it, and is wrong at the end of a page of the history: if the oldest
/// entry is the last one of a page, it is shown as a move.
pub(crate) fn trail<'a>(
    versions: &[&'a FakeVersion],
    offset_page: usize,
    offset_size: usize,
) -> Vec<TrailEntry<'a>> {
    let mut newest_first = versions.to_vec();
    newest_first.sort_by(|a, b| b.version_date.cmp(&a.version_date).then(a.id.cmp(&b.id)));
    let total = newest_first.len();
    let upper_limit = offset_page.saturating_add(1).saturating_mul(offset_size);
    let start = offset_page.saturating_mul(offset_size).min(total);
    let mut previous = newest_first.get(upper_limit).copied();
    let oldest_first = newest_first[start..upper_limit.min(total)].iter().rev();
    let entries = oldest_first.map(|&version| {
        let before = previous.map_or("", |previous| previous.page.path.as_str());
        let after = version.page.path.as_str();
        let moved = (before != after).then(|| (before.to_owned(), after.to_owned()));
        let (action_type, moved) = match moved {
            _ if previous.is_none() && total < upper_limit => ("initial", None),
            None => ("edit", None),
            moved => ("move", moved),
        };
        previous = Some(version);
        TrailEntry {
            version,
            action_type,
            moved,
        }
    });
    let mut entries: Vec<_> = entries.collect();
    entries.reverse();
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(paths: &[&str]) -> Vec<FakeVersion> {
        paths
            .iter()
            .zip(1..)
            .map(|(path, id)| FakeVersion {
                id,
                page_id: 1,
                action: "updated".to_owned(),
                version_date: format!("2026-01-0{id}T00:00:00.000Z"),
                created_at: String::new(),
                page: FakePage::new(*path, "T"),
            })
            .collect()
    }

    #[test]
    fn the_first_entry_is_initial_and_a_change_of_path_is_a_move() {
        let versions = versions(&["a", "a", "b"]);
        let trail = trail(&versions.iter().collect::<Vec<_>>(), 0, 100);
        let actions: Vec<_> = trail
            .iter()
            .map(|e| (e.version.id, e.action_type))
            .collect();
        assert_eq!(actions, [(3, "move"), (2, "edit"), (1, "initial")]);
        assert_eq!(trail[0].moved, Some(("a".to_owned(), "b".to_owned())));
    }

    #[test]
    fn paging_shows_the_first_entry_as_a_move() {
        let versions = versions(&["a", "a"]);
        let versions: Vec<_> = versions.iter().collect();
        assert_eq!(trail(&versions, 0, 1)[0].action_type, "edit");
        assert_eq!(trail(&versions, 1, 1)[0].action_type, "move");
        assert!(trail(&versions, 5, 1).is_empty());
    }
}
