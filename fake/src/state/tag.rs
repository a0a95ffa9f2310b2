//! Tags, and the normalization of their names.

use crate::database::Database;
use crate::text::trim;
use std::collections::{BTreeMap, HashMap};

/// A tag, as returned by `pages.tags`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeTag {
    /// Id.
    pub id: i64,
    /// Name, trimmed and in lower case.
    pub tag: String,
    /// Title.
    pub title: String,
    /// Time of creation.
    pub created_at: String,
    /// Time of the last change.
    pub updated_at: String,
}

/// The tags of a wiki. Their names are unique for the database.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    database: Database,
    by_id: BTreeMap<i64, FakeTag>,
    ids: HashMap<String, i64>,
    last: i64,
}

impl Tags {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            ..Self::default()
        }
    }

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
        self.ids.insert(self.database.fold(name), self.last);
    }

    /// Returns a tag by its id.
    pub(crate) fn get(&self, id: i64) -> Option<&FakeTag> {
        self.by_id.get(&id)
    }

    /// Returns a tag by its name, as the database compares names.
    pub(crate) fn named(&self, name: &str) -> Option<&FakeTag> {
        self.get(*self.ids.get(&self.database.fold(name))?)
    }

    /// Returns the tags, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &FakeTag> {
        self.by_id.values()
    }

    /// Returns the number of tags.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Changes name and title of a tag.
    pub(crate) fn rename(&mut self, id: i64, name: &str, title: &str, now: &str) {
        if let Some(tag) = self.by_id.get_mut(&id) {
            self.ids.remove(&self.database.fold(&tag.tag));
            self.ids.insert(self.database.fold(name), id);
            name.clone_into(&mut tag.tag);
            title.clone_into(&mut tag.title);
            now.clone_into(&mut tag.updated_at);
        }
    }

    /// Removes a tag.
    pub(crate) fn remove(&mut self, id: i64) -> Option<FakeTag> {
        let tag = self.by_id.remove(&id)?;
        self.ids.remove(&self.database.fold(&tag.tag));
        Some(tag)
    }
}

/// Trims names of tags, converts them to lower case and removes duplicates, as Wiki.js does.
pub(crate) fn normalize<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut unique: Vec<String> = Vec::new();
    for tag in tags {
        let tag = trim(tag).to_lowercase();
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
