//! `pages.history` and `pages.version`.

use super::super::Arguments;
use super::sql;
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, record};
use crate::state::State;
use crate::state::history::trail;

/// Entries of a trail where no size is asked for.
const TRAIL: i64 = 100;

/// The history of a page that is gone cannot be read: Wiki.js fails over the page that it does not find.
fn check(state: &State, viewer: &Viewer, id: i64) -> Result<(), Failure> {
    let stored = state.pages.get(&id).ok_or_else(|| {
        Failure::type_error("Cannot read properties of undefined (reading 'path')")
    })?;
    if viewer.may(
        &["read:history"],
        Place::new(&stored.page.locale, &stored.page.path),
    ) {
        Ok(())
    } else {
        Err(Failure::page_history_forbidden())
    }
}

pub(super) fn history(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    check(state, viewer, id)?;
    let page = arguments.int("offsetPage").unwrap_or_default();
    let size = arguments
        .int("offsetSize")
        .filter(|size| *size != 0)
        .unwrap_or(TRAIL);
    let Ok(size) = usize::try_from(size) else {
        return Err(Failure::negative_limit(sql::HISTORY));
    };
    let Ok(page) = usize::try_from(page) else {
        return Err(Failure::negative_offset(&format!(
            "{} offset $3",
            sql::HISTORY
        )));
    };
    let versions = state.versions_of(id);
    let entries: Answer = trail(&versions, page, size)
        .into_iter()
        .map(|entry| {
            let author = entry.version.page.author_id;
            record! {
                "versionId" => entry.version.id,
                "versionDate" => &entry.version.version_date,
                "authorId" => author,
                "authorName" => state.users.get(&author).map(|user| &user.name),
                "actionType" => entry.action_type,
                "valueBefore" => entry.before,
                "valueAfter" => entry.after,
            }
        })
        .collect();
    Ok(record! { "trail" => entries, "total" => versions.len() }.into())
}

pub(super) fn version(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let id = arguments.int("pageId").unwrap_or_default();
    check(state, viewer, id)?;
    let version_id = arguments.int("versionId").unwrap_or_default();
    let version = state
        .versions_of(id)
        .into_iter()
        .find(|version| version.id == version_id);
    Ok(version
        .map(|version| {
            let page = &version.page;
            record! {
                "action" => &version.action,
                "authorId" => page.author_id.to_string(),
                "authorName" => state.users.get(&page.author_id).map(|user| &user.name),
                "content" => &page.content,
                "contentType" => &page.content_type,
                "createdAt" => &version.created_at,
                "versionDate" => &version.version_date,
                "description" => &page.description,
                "editor" => &page.editor,
                "isPrivate" => page.is_private,
                "isPublished" => page.is_published,
                "locale" => &page.locale,
                "pageId" => version.page_id,
                "path" => &page.path,
                "publishEndDate" => &page.publish_end_date,
                "publishStartDate" => &page.publish_start_date,
                "tags" => Answer::List(Vec::new()),
                "title" => &page.title,
                "versionId" => version.id,
            }
        })
        .into())
}
