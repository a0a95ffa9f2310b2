//! `pages.move`, `delete`, tags, and the maintenance of pages.

use super::work::{self, Event, TreeJob};
use crate::auth::{Location, Viewer};
use crate::database::Statement;
use crate::errors::{Code, Failure, ensure};
use crate::resolvers::{Call, Context, FieldValue, Object, Resolved, done, object};
use crate::state::page::StoredPage;
use crate::state::{FakeTag, State};
use crate::text::{self, trim};
use serde_json::json;

/// The maximum number of tags that `searchTags` returns.
const FOUND: usize = 5;

pub(super) async fn relocate(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("id");
    let (locale, path) = (
        call.some_text("destinationLocale"),
        call.some_text("destinationPath"),
    );
    move_page(&call, viewer, id, Location::partial(locale, path)).await?;
    Ok(done("Page has been moved."))
}

/// Moves a page. A title that equals the last segment of the old path is replaced by that of the new one.
///
/// An update can omit either part of the destination, for which Wiki.js has no check.
pub(super) async fn move_page(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    destination: Location<'_>,
) -> Resolved<()> {
    let page = context.state().find_page(id)?.page.clone();
    let path = destination.path;
    let path = path.ok_or_else(|| Failure::property_of("undefined", "includes"))?;
    work::check_path(path)?;
    let path = work::strip_path(path);
    let may_leave = viewer.may(&["manage:pages"], Location::of(&page));
    let target = Location::partial(destination.locale, Some(path));
    let may_enter = viewer.may(&["write:pages"], target);
    ensure(may_leave && may_enter, || Code::PageMoveForbidden)?;
    let message = "undefined passed as a property in argument #0 for 'where' operation. Call skipUndefined() method to \
                   ignore the undefined values.";
    let locale = destination.locale.ok_or_else(|| Failure::error(message))?;
    let job = {
        let mut state = context.state();
        let is_free = state.page_at(locale, path).is_none();
        ensure(is_free, || Code::PagePathCollision)?;
        state.add_version(id, "moved");
        let now = state.now();
        let database = state.database();
        let columns = [
            ("path", json!(path)),
            ("localeCode", json!(locale)),
            ("title", json!(page.title)),
            ("hash", json!(page.hash())),
            ("updatedAt", json!(now)),
        ];
        let update = Statement::update("pages", columns, id);
        database.check_lengths(&update)?;
        database.check_reference(state.has_locale(locale), work::LOCALE, &update)?;
        state.change_page(id, |page| {
            if page.title == last_segment(&page.path) {
                last_segment(path).clone_into(&mut page.title);
            }
            path.clone_into(&mut page.path);
            locale.clone_into(&mut page.locale);
            page.updated_at = now;
        });
        drop(state);
        TreeJob::start(context)
    };
    job.finish(context).await?;
    let mut state = context.state();
    let moved = Event::Moved(&page.locale, &page.path);
    work::reconnect_links(&mut state, locale, path, moved);
    work::reconnect_links(&mut state, locale, path, Event::Created);
    Ok(())
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Deletes a page. Its last state is stored as a version, which no query can read.
pub(super) async fn delete(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("id");
    let (removed, job) = {
        let mut state = call.state();
        let stored = state.find_page(id)?;
        // Wiki.js reads the locale from a property that the row lacks, so rules for locales never match.
        let location = Location::partial(None, Some(&stored.page.path));
        let may_delete = viewer.may(&["delete:pages"], location);
        ensure(may_delete, || Code::PageDeleteForbidden)?;
        state.add_version(id, "deleted");
        let removed = state.remove_page(id).ok_or(Code::PageNotFound)?;
        drop(state);
        (removed.page, TreeJob::start(&call))
    };
    job.finish(&call).await?;
    let mut state = call.state();
    work::reconnect_links(&mut state, &removed.locale, &removed.path, Event::Deleted);
    Ok(done("Page has been deleted."))
}

/// Returns a tag as `PageTag`.
pub(super) fn tag(tag: &FakeTag) -> Object {
    object! { tag [id, tag, title, created_at, updated_at] }
}

/// Returns the tags of the pages that the caller may read, page by page.
fn readable<'a>(state: &'a State, viewer: &Viewer) -> impl Iterator<Item = &'a FakeTag> {
    let may_read = |stored: &&StoredPage| viewer.may(&["read:pages"], Location::of(&stored.page));
    let pages = state.pages.values().filter(may_read);
    pages.flat_map(|stored| state.tags_of(stored))
}

/// Returns every tag of a readable page, in alphabetical order.
pub(super) fn tags(state: &State, viewer: &Viewer) -> FieldValue {
    let mut tags: Vec<&FakeTag> = readable(state, viewer).collect();
    tags.sort_by(|a, b| a.tag.cmp(&b.tag).then(a.id.cmp(&b.id)));
    tags.dedup_by_key(|tag| tag.id);
    tags.into_iter().map(tag).collect()
}

/// Returns the first tags that contain a text, in which `%` and `_` are wildcards.
pub(super) fn search_tags(state: &State, viewer: &Viewer, call: Call<'_>) -> FieldValue {
    let query = trim(call.text("query"));
    let pattern = state.database().ilike(&format!("%{query}%"));
    let mut found: Vec<&str> = Vec::new();
    for tag in readable(state, viewer).filter(|tag| pattern.matches(&tag.tag)) {
        if found.len() < FOUND && !found.contains(&tag.tag.as_str()) {
            found.push(&tag.tag);
        }
    }
    found.into()
}

fn missing() -> Failure {
    Failure::error("This tag does not exist.")
}

pub(super) fn delete_tag(call: Call<'_>) -> Resolved<Object> {
    let id = call.int("id");
    let mut state = call.state();
    state.tags.remove(id).ok_or_else(missing)?;
    for stored in state.pages.values_mut() {
        stored.tag_ids.retain(|own| *own != id);
    }
    Ok(done("Tag has been deleted."))
}

pub(super) fn update_tag(call: Call<'_>) -> Resolved<Object> {
    let id = call.int("id");
    let (name, title) = (
        trim(call.text("tag")).to_lowercase(),
        trim(call.text("title")),
    );
    let mut state = call.state();
    ensure(state.tags.get(id).is_some(), missing)?;
    let now = state.now();
    let database = state.database();
    let columns = [("tag", &*name), ("title", title), ("updatedAt", &*now)];
    let columns = columns.map(|(column, text)| (column, json!(text)));
    let update = Statement::update("tags", columns, id);
    database.check_lengths(&update)?;
    let is_new = state.tags.named(&name).is_none_or(|other| other.id == id);
    ensure(is_new, || {
        database.failure(&update, work::duplicate_tag(&name))
    })?;
    state.tags.rename(id, &name, title, &now);
    Ok(done("Tag has been updated successfully."))
}

pub(super) async fn render(call: Call<'_>) -> Resolved<Object> {
    let id = call.int("id");
    call.state().find_page(id)?;
    work::render(&call, id).await?;
    Ok(done("Page rendered successfully."))
}

pub(super) async fn rebuild_tree(call: Call<'_>) -> Resolved<Object> {
    TreeJob::start(&call).finish(&call).await?;
    Ok(done("Page tree rebuilt successfully."))
}

/// Moves the pages of a locale to another one, except those whose path exists there.
pub(super) fn migrate_to_locale(call: Call<'_>) -> Resolved<Object> {
    let (source, target) = (call.text("sourceLocale"), call.text("targetLocale"));
    let mut state = call.state();
    let pages = state.pages.values().map(|stored| &stored.page);
    let movable =
        pages.filter(|page| page.locale == source && state.page_at(target, &page.path).is_none());
    let movable: Vec<i64> = movable.map(|page| page.id).collect();
    if !movable.is_empty() {
        let database = state.database();
        let update = Statement::update("pages", [("localeCode", json!(target))], 0);
        database.check_lengths(&update)?;
        database.check_reference(state.has_locale(target), work::LOCALE, &update)?;
    }
    for id in &movable {
        let now = state.now();
        state.change_page(*id, |page| {
            target.clone_into(&mut page.locale);
            page.updated_at = now;
        });
    }
    Ok(done("Migrated content to target locale successfully.").with("count", movable.len()))
}

/// Removes the versions that are older than an ISO 8601 duration.
pub(super) fn purge_history(call: Call<'_>) -> Resolved<Object> {
    let then = call.some_text("olderThan").and_then(text::ago);
    let then = then.ok_or_else(|| Failure::error("Invalid unit value NaN"))?;
    call.state()
        .versions
        .retain(|version| version.version_date >= then);
    Ok(done("Page history purged successfully."))
}
