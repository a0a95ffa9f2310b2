//! `pages.single`, `singleByPath`, and what editors ask before they save.

use super::super::Arguments;
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, Record, record};
use crate::render;
use crate::state::page::StoredPage;
use crate::state::{FakePage, State};
use apollo_compiler::response::JsonValue;

pub(super) fn single(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    view(state, viewer, state.pages.get(&id))
}

pub(super) fn single_by_path(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let locale = arguments.text("locale").unwrap_or_default();
    let path = arguments.text("path").unwrap_or_default();
    view(state, viewer, state.page_at(locale, path))
}

/// A page is shown only to those who may manage or delete it.
fn view(state: &State, viewer: &Viewer, stored: Option<&StoredPage>) -> Result<Answer, Failure> {
    let stored = stored.ok_or_else(Failure::page_not_found)?;
    let page = &stored.page;
    if !viewer.may(
        &["manage:pages", "delete:pages"],
        Place::new(&page.locale, &page.path),
    ) {
        return Err(Failure::page_view_forbidden());
    }
    Ok(model(state, page)
        .with("tags", tags(state, stored))
        .with("editor", &page.editor)
        .with("locale", &page.locale)
        .with("scriptCss", &page.script_css)
        .with("scriptJs", &page.script_js)
        .into())
}

/// The columns of a page under the names that they have in the database, which is why the answers to `create` and
/// `update` have no `locale`, no `editor` and no scripts.
pub(super) fn model(state: &State, page: &FakePage) -> Record {
    let user = |id: i64| state.users.get(&id);
    let name = |id| user(id).map(|user| &user.name);
    let email = |id| user(id).map(|user| &user.email);
    record! {
        "id" => page.id,
        "path" => &page.path,
        "hash" => page.hash(),
        "title" => &page.title,
        "description" => &page.description,
        "isPrivate" => page.is_private,
        "isPublished" => page.is_published,
        "publishStartDate" => &page.publish_start_date,
        "publishEndDate" => &page.publish_end_date,
        "content" => &page.content,
        "render" => page.render.as_ref(),
        "toc" => toc(page),
        "contentType" => &page.content_type,
        "createdAt" => &page.created_at,
        "updatedAt" => &page.updated_at,
        "authorId" => page.author_id,
        "authorName" => name(page.author_id),
        "authorEmail" => email(page.author_id),
        "creatorId" => page.creator_id,
        "creatorName" => name(page.creator_id),
        "creatorEmail" => email(page.creator_id),
    }
}

/// The table of contents is a list in the database and a `String` in the schema: it always fails.
fn toc(page: &FakePage) -> Failure {
    let entries: Vec<String> = page
        .render
        .iter()
        .flat_map(|_| render::headings(&page.content))
        .map(|(title, anchor)| {
            format!("{{ title: \"{title}\", anchor: \"#{anchor}\", children: [] }}")
        })
        .collect();
    Failure::graphql(match entries.as_slice() {
        [] => "String cannot represent value: []".to_owned(),
        entries => format!("String cannot represent value: [{}]", entries.join(", ")),
    })
}

/// The tags of a page as `PageTag`.
pub(super) fn tags(state: &State, stored: &StoredPage) -> Answer {
    state.tags_of(stored).map(super::tags::tag).collect()
}

/// Whether a page changed since a date. The texts are compared, so that only the server's own form of a date works.
pub(super) fn check_conflicts(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let stored = editable(state, viewer, arguments, Failure::page_update_forbidden)?;
    let is_newer = match arguments.raw("checkoutDate") {
        Some(JsonValue::String(date)) => stored.page.updated_at.as_str() > date.as_str(),
        _ => false,
    };
    Ok(is_newer.into())
}

pub(super) fn conflict_latest(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let stored = editable(state, viewer, arguments, Failure::page_view_forbidden)?;
    let page = &stored.page;
    Ok(record! {
        "id" => page.id,
        "authorId" => page.author_id.to_string(),
        "authorName" => state.users.get(&page.author_id).map(|user| &user.name),
        "content" => &page.content,
        "createdAt" => &page.created_at,
        "description" => &page.description,
        "isPublished" => page.is_published,
        "locale" => &page.locale,
        "path" => &page.path,
        "tags" => state.tags_of(stored).map(|tag| &tag.tag).collect::<Answer>(),
        "title" => &page.title,
        "updatedAt" => &page.updated_at,
    }
    .into())
}

fn editable<'a>(
    state: &'a State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
    forbidden: fn() -> Failure,
) -> Result<&'a StoredPage, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let stored = state.pages.get(&id).ok_or_else(Failure::page_not_found)?;
    let place = Place::new(&stored.page.locale, &stored.page.path);
    if viewer.may(&["write:pages", "manage:pages"], place) {
        Ok(stored)
    } else {
        Err(forbidden())
    }
}
