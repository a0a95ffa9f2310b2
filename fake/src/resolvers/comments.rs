//! `comments`: the comments of the provider `default`.

use super::{Call, FieldValue, Object, Resolved, done, input, object, response_result};
use crate::auth::{Location, Viewer};
use crate::database::{Statement, Violation};
use crate::errors::{Code, Failure, ensure};
use crate::render;
use crate::state::page::StoredPage;
use crate::state::providers::ProviderKind;
use crate::state::{FakeComment, State};
use crate::text::{self, length, trim};
use serde_json::json;

/// The user of guests.
const GUEST: i64 = 2;

pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let viewer = call.viewer()?;
    let mut state = call.state();
    let state = &mut *state;
    Ok(response_result(match call.field {
        "list" => return list(state, viewer, call),
        "single" => return single(state, viewer, call),
        "create" => create(state, viewer, call),
        "update" => update(state, viewer, call),
        "delete" => delete(state, viewer, call),
        _ => return call.not_imitated(),
    }))
}

/// Returns whether the caller has a permission for the comments of a page.
fn may(state: &State, viewer: &Viewer, permission: &str, stored: &StoredPage) -> bool {
    let tags = &state.tag_names(stored);
    let location = Location {
        tags,
        ..Location::of(&stored.page)
    };
    viewer.may(&[permission], location)
}

fn list(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let locale = call.text("locale");
    let path = call.text("path");
    let Some(stored) = state.page_at(locale, path) else {
        return Ok(FieldValue::List(Vec::new()));
    };
    let may_read = may(state, viewer, "read:comments", stored);
    ensure(may_read, || Code::CommentViewForbidden)?;
    let mut comments: Vec<_> = state.comments.values().collect();
    comments.retain(|comment| comment.page_id == stored.page.id);
    comments.sort_by_key(|comment| &comment.created_at);
    Ok(comments.into_iter().map(post).collect())
}

/// Returns a comment by its id, with its page if that still exists.
fn found<'a>(
    state: &'a State,
    call: Call<'_>,
) -> Result<(&'a FakeComment, Option<&'a StoredPage>), Failure> {
    let comment = state.comments.get(&call.int("id"));
    let comment = comment.ok_or(Code::CommentNotFound)?;
    Ok((comment, state.pages.get(&comment.page_id)))
}

fn single(state: &State, viewer: &Viewer, call: Call<'_>) -> Resolved {
    let (comment, page) = found(state, call)?;
    let page = page.ok_or(Code::CommentGenericError)?;
    let may_read = may(state, viewer, "read:comments", page);
    ensure(may_read, || Code::CommentViewForbidden)?;
    Ok(post(comment).into())
}

fn post(comment: &FakeComment) -> Object {
    object! {
        comment [id, content, render, author_id, author_name, author_email, author_ip,
            created_at, updated_at],
    }
}

fn create(state: &mut State, viewer: &Viewer, call: Call<'_>) -> Resolved<Object> {
    let (name, email) = author(state, viewer, call)?;
    let content = trim(call.text("content"));
    let database = state.database();
    ensure(length(content) >= 2, || Code::CommentContentMissing)?;
    let page = call.int("pageId");
    let stored = state.find_page(page)?;
    let may_write = may(state, viewer, "write:comments", stored);
    ensure(may_write, || Code::CommentPostForbidden)?;
    check_delay(state, viewer.id)?;
    // For an omitted argument the column gets its default. The database refuses null.
    let reply_to = call
        .raw("replyTo")
        .map_or(Some(0), |_| call.some_int("replyTo"));
    let comment = FakeComment::new(page, content).author(viewer.id, name, email);
    let columns = [
        ("authorId", json!(viewer.id)),
        ("content", json!(content)),
        ("name", json!(comment.author_name)),
        ("pageId", json!(page)),
        ("render", json!(comment.render)),
        ("replyTo", json!(reply_to)),
    ];
    let insert = Statement::insert("comments", columns);
    let null = Violation::Null {
        column: "replyTo",
        table: "comments",
    };
    let reply_to = reply_to.ok_or_else(|| database.failure(&insert, null))?;
    database.check_nul(content, &insert)?;
    let length = database.longest_text();
    for (column, text) in [("content", content), ("render", &comment.render)] {
        let long = Violation::TooLong { column, length };
        ensure(text.len() <= length, || database.failure(&insert, long))?;
    }
    let id = state.add_comment(FakeComment {
        reply_to,
        ..comment
    });
    Ok(done("New comment posted successfully").with("id", id))
}

/// Returns name and mail address of the author. A guest passes them as arguments.
fn author(state: &State, viewer: &Viewer, call: Call<'_>) -> Result<(String, String), Failure> {
    if viewer.is_api_key {
        return Ok(("API".to_owned(), "api@localhost".to_owned()));
    }
    if viewer.id != GUEST {
        let user = state.users.get(&viewer.id);
        let author = user.map(|user| (user.name.clone(), user.email.clone()));
        return Ok(author.unwrap_or_default());
    }
    let email = call.text("guestEmail");
    let name = call.text("guestName");
    input::email(&email.to_lowercase())?;
    input::name(name)?;
    Ok((name.to_owned(), email.to_owned()))
}

/// Refuses a comment of an account whose newest comment was changed within the `minDelay` of the provider.
fn check_delay(state: &State, author: i64) -> Result<(), Failure> {
    let provider = state
        .providers
        .row(ProviderKind::CommentProvider, "default");
    let delay = provider.and_then(|provider| provider.config["minDelay"].as_i64());
    let comments = state.comments.values();
    let own = comments.filter(|comment| comment.author_id == author);
    let last = own.map(|comment| comment.updated_at.as_str()).max();
    let age = last.map(|last| text::now_seconds() - text::seconds(last));
    let is_old = age.is_none_or(|age| age >= delay.unwrap_or_default());
    let message = "Your administrator has set a time limit before you can post another comment. Try again later.";
    ensure(is_old, || Failure::error(message))
}

/// Returns the id of a comment on whose page the caller may manage comments.
fn manageable(state: &State, viewer: &Viewer, call: Call<'_>) -> Result<i64, Failure> {
    let (comment, page) = found(state, call)?;
    let page = page.ok_or(Code::PageNotFound)?;
    let may_manage = may(state, viewer, "manage:comments", page);
    ensure(may_manage, || Code::CommentManageForbidden)?;
    Ok(comment.id)
}

fn update(state: &mut State, viewer: &Viewer, call: Call<'_>) -> Resolved<Object> {
    let id = manageable(state, viewer, call)?;
    let content = call.text("content");
    let rendered = render::comment(content);
    let now = state.now();
    if let Some(comment) = state.comments.get_mut(&id) {
        content.clone_into(&mut comment.content);
        comment.render.clone_from(&rendered);
        comment.updated_at = now;
    }
    Ok(done("Comment updated successfully").with("render", rendered))
}

fn delete(state: &mut State, viewer: &Viewer, call: Call<'_>) -> Resolved<Object> {
    let id = manageable(state, viewer, call)?;
    state.comments.remove(&id);
    Ok(done("Comment deleted successfully"))
}
