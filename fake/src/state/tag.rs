//! Tags, and what Wiki.js makes of the names it is given.

use std::collections::{BTreeMap, HashMap};

/// A tag, as `pages.tags` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeTag {
    /// The tag's id.
    pub id: i64,
    /// The tag itself: trimmed and in lower case.
    pub tag: String,
    /// What is shown for it.
    pub title: String,
    /// Made at.
    pub created_at: String,
    /// Changed last at.
    pub updated_at: String,
}

/// The tags of a wiki; no two have the same name.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    by_id: BTreeMap<i64, FakeTag>,
    ids: HashMap<String, i64>,
    last: i64,
}

impl Tags {
    /// Stores a new tag.
    pub(crate) fn add(&mut self, name: &str, now: &str) {
        self.last += 1;
        let tag = FakeTag {
            id: self.last,
            tag: name.to_owned(),
            title: name.to_owned(),
            created_at: now.to_owned(),
            updated_at: now.to_owned(),
        };
        self.by_id.insert(tag.id, tag);
        self.ids.insert(name.to_owned(), self.last);
    }

    /// A tag by its id.
    pub(crate) fn get(&self, id: i64) -> Option<&FakeTag> {
        self.by_id.get(&id)
    }

    /// A tag by its name.
    pub(crate) fn named(&self, name: &str) -> Option<&FakeTag> {
        self.get(*self.ids.get(name)?)
    }

    /// The tags, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &FakeTag> {
        self.by_id.values()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Gives a tag another name and title.
    pub(crate) fn rename(&mut self, id: i64, name: &str, title: &str, now: &str) {
        if let Some(tag) = self.by_id.get_mut(&id) {
            self.ids.remove(&tag.tag);
            self.ids.insert(name.to_owned(), id);
            name.clone_into(&mut tag.tag);
            title.clone_into(&mut tag.title);
            now.clone_into(&mut tag.updated_at);
        }
    }

    /// Takes a tag out.
    pub(crate) fn remove(&mut self, id: i64) -> Option<FakeTag> {
        let tag = self.by_id.remove(&id)?;
        self.ids.remove(&tag.tag);
        Some(tag)
    }
}

/// Trims and lower-cases tag names and drops repetitions, as Wiki.js does before it stores them.
pub(crate) fn normalize<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim().to_lowercase();
        if !unique.contains(&tag) {
            unique.push(tag);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_trimmed_lower_cased_and_unique() {
        assert_eq!(
            normalize(["dup", "DUP", " dup ", "New Tag", ""]),
            ["dup", "new tag", ""]
        );
    }
}
