//! Tags: listed, searched, renamed and deleted.

use super::super::{Arguments, outcome};
use super::sql;
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::search::ilike;
use crate::state::{FakeTag, State};

/// Tags that `searchTags` gives at most.
const FOUND: usize = 5;

/// A tag as `PageTag`.
pub(super) fn tag(tag: &FakeTag) -> Record {
    record! {
        "id" => tag.id,
        "tag" => &tag.tag,
        "title" => &tag.title,
        "createdAt" => &tag.created_at,
        "updatedAt" => &tag.updated_at,
    }
}

/// The tags of the pages that the viewer may read, page by page.
fn readable<'a>(state: &'a State, viewer: &Viewer) -> impl Iterator<Item = &'a FakeTag> {
    state
        .pages
        .values()
        .filter(move |stored| {
            viewer.may(
                &["read:pages"],
                Place::new(&stored.page.locale, &stored.page.path),
            )
        })
        .flat_map(|stored| state.tags_of(stored))
}

/// Every tag of a page, in the order of the tags.
pub(super) fn tags(state: &State, viewer: &Viewer) -> Answer {
    let mut tags: Vec<&FakeTag> = readable(state, viewer).collect();
    tags.sort_by(|a, b| a.tag.cmp(&b.tag).then(a.id.cmp(&b.id)));
    tags.dedup_by_key(|tag| tag.id);
    tags.into_iter().map(tag).collect()
}

/// The first tags that contain a text; `%` and `_` are wildcards.
pub(super) fn search_tags(state: &State, viewer: &Viewer, arguments: Arguments<'_>) -> Answer {
    let query = arguments.text("query").unwrap_or_default().trim();
    let pattern = format!("%{query}%");
    let mut found: Vec<&str> = Vec::new();
    for tag in readable(state, viewer).filter(|tag| ilike(&tag.tag, &pattern)) {
        if found.len() < FOUND && !found.contains(&tag.tag.as_str()) {
            found.push(&tag.tag);
        }
    }
    found.into()
}

fn missing() -> Failure {
    Failure::error("This tag does not exist.")
}

pub(super) fn delete_tag(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let mut state = context.shared.state();
    state.tags.remove(id).ok_or_else(missing)?;
    for stored in state.pages.values_mut() {
        stored.tag_ids.retain(|own| *own != id);
    }
    Ok(outcome::done("Tag has been deleted."))
}

pub(super) fn update_tag(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let text = |name| arguments.text(name).unwrap_or_default().trim();
    let (name, title) = (text("tag").to_lowercase(), text("title"));
    let mut state = context.shared.state();
    if state.tags.get(id).is_none() {
        return Err(missing());
    }
    if [name.as_str(), title]
        .iter()
        .any(|text| text.chars().count() > sql::SHORT_TEXT)
    {
        return Err(Failure::too_long(sql::UPDATE_TAG, sql::SHORT_TEXT));
    }
    if state.tags.named(&name).is_some_and(|other| other.id != id) {
        return Err(Failure::tag_exists(sql::UPDATE_TAG));
    }
    let now = state.now();
    state.tags.rename(id, &name, title, &now);
    Ok(outcome::done("Tag has been updated successfully."))
}
