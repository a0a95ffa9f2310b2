//! The page tree: folders and pages by path, with new ids at each rebuild, as in Wiki.js.

use super::FakePage;
use std::collections::HashMap;

/// An entry of the tree.
#[derive(Debug, Clone)]
pub(crate) struct TreeEntry {
    pub(crate) id: i64,
    pub(crate) locale: String,
    pub(crate) path: String,
    pub(crate) depth: i64,
    pub(crate) title: String,
    pub(crate) is_folder: bool,
    pub(crate) is_private: bool,
    pub(crate) parent: Option<i64>,
    pub(crate) page_id: Option<i64>,
    pub(crate) ancestors: Vec<i64>,
}

/// Builds the tree of pages.
pub(crate) fn build<'a>(pages: impl Iterator<Item = &'a FakePage>) -> Vec<TreeEntry> {
    let mut pages: Vec<_> = pages.collect();
    pages.sort_by(|a, b| (&a.locale, &a.path, a.id).cmp(&(&b.locale, &b.path, b.id)));
    let mut tree: Vec<TreeEntry> = Vec::new();
    let mut indices: HashMap<(&str, &str), usize> = HashMap::new();
    for page in pages {
        let mut ancestors = Vec::new();
        let mut parent = None;
        let segments = page.path.split('/').count();
        let mut end = 0;
        for (depth, segment) in (1..).zip(page.path.split('/')) {
            end += segment.len() + usize::from(depth > 1);
            let path = &page.path[..end];
            let is_folder = depth < segments;
            let index = *indices.entry((&page.locale, path)).or_insert_with(|| {
                tree.push(TreeEntry {
                    id: i64::try_from(tree.len() + 1).unwrap_or(i64::MAX),
                    locale: page.locale.clone(),
                    path: path.to_owned(),
                    depth: i64::try_from(depth).unwrap_or(i64::MAX),
                    title: if is_folder {
                        segment.to_owned()
                    } else {
                        page.title.clone()
                    },
                    is_folder,
                    is_private: !is_folder && page.is_private,
                    parent,
                    page_id: (!is_folder).then_some(page.id),
                    ancestors: ancestors.clone(),
                });
                tree.len() - 1
            });
            let entry = &mut tree[index];
            entry.is_folder |= is_folder;
            parent = Some(entry.id);
            ancestors.push(entry.id);
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_created_and_a_page_can_be_a_folder() {
        let pages =
            ["home", "docs/a/b", "docs/a"].map(|path| FakePage::new(path, path.to_uppercase()));
        let tree = build(pages.iter());
        let shown: Vec<_> = tree
            .iter()
            .map(|e| {
                (
                    e.id,
                    e.path.as_str(),
                    e.title.as_str(),
                    e.is_folder,
                    e.parent,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                (1, "docs", "docs", true, None),
                (2, "docs/a", "DOCS/A", true, Some(1)),
                (3, "docs/a/b", "DOCS/A/B", false, Some(2)),
                (4, "home", "HOME", false, None),
            ]
        );
        assert_eq!(tree[2].ancestors, [1, 2]);
    }
}
