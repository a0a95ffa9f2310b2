//! Tags, and what Wiki.js makes of the names it is given.

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
