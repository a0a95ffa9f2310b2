//! `pages.tree`.

use super::super::Arguments;
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, record};
use crate::state::State;
use crate::state::tree::TreeEntry;

/// One level of the tree: the entries below `parent`, or those beside `path`.
pub(super) fn tree(
    state: &mut State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let default_locale = state.settings.default_locale.clone();
    let locale = arguments.filled("locale").unwrap_or(&default_locale);
    let mode = arguments.text("mode").unwrap_or_default();
    let entries = state.tree();
    let mut parent = arguments.int("parent").filter(|parent| *parent != 0);
    let mut current: Option<&TreeEntry> = None;
    if let (Some(path), None) = (arguments.filled("path"), parent) {
        current = entries
            .iter()
            .find(|entry| entry.path == path && entry.locale == locale);
        match current {
            Some(entry) => parent = entry.parent,
            None => return Ok(Answer::List(Vec::new())),
        }
    }
    if mode == "PAGES" {
        return Err(Failure::type_error(
            "builder.andWhereNotNull is not a function",
        ));
    }
    let parent = parent.filter(|parent| *parent > 0);
    let ancestors = current
        .filter(|_| parent.is_some() && arguments.flag("includeAncestors"))
        .map(|entry| entry.ancestors.as_slice())
        .unwrap_or_default();
    let mut level: Vec<&TreeEntry> = entries
        .iter()
        .filter(|entry| {
            let fits = entry.locale == locale
                && (mode != "FOLDERS" || entry.is_folder)
                && entry.parent == parent;
            fits || ancestors.contains(&entry.id)
        })
        .filter(|entry| viewer.may(&["read:pages"], Place::new(&entry.locale, &entry.path)))
        .collect();
    level.sort_by(|a, b| {
        b.is_folder
            .cmp(&a.is_folder)
            .then_with(|| a.title.cmp(&b.title))
    });
    Ok(level
        .into_iter()
        .map(|entry| {
            record! {
                "id" => entry.id,
                "path" => &entry.path,
                "depth" => entry.depth,
                "title" => &entry.title,
                "isPrivate" => entry.is_private,
                "isFolder" => entry.is_folder,
                "privateNS" => Answer::NULL,
                "parent" => entry.parent.unwrap_or_default(),
                "pageId" => entry.page_id,
                "locale" => &entry.locale,
            }
        })
        .collect())
}
