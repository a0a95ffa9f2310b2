//! `comments`: the comments of the provider `default`.

use super::{Arguments, input, outcome};
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::render;
use crate::state::page::StoredPage;
use crate::state::providers::ProviderKind;
use crate::state::{FakeComment, State, clock};

/// The user whom guests are.
const GUEST: i64 = 2;
const INSERT: &str = "insert into \"comments\" (\"authorId\", \"content\", \"createdAt\", \"email\", \"ip\", \
    \"name\", \"pageId\", \"render\", \"replyTo\", \"updatedAt\") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
    returning \"id\"";

pub(super) fn query(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let viewer = viewer(context)?;
    let state = context.shared.state();
    match field {
        "list" => list(&state, viewer, arguments),
        "single" => single(&state, viewer, arguments),
        _ => Err(Failure::not_imitated("CommentQuery", field)),
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let viewer = viewer(context)?;
    let mut state = context.shared.state();
    let result = match field {
        "create" => create(&mut state, viewer, arguments),
        "update" => update(&mut state, viewer, arguments),
        "delete" => delete(&mut state, viewer, arguments),
        _ => return Err(Failure::not_imitated("CommentMutation", field)),
    };
    Ok(outcome::of(result))
}

/// Every field of comments needs a permission, so there is somebody to have it.
fn viewer(context: &Context) -> Result<&Viewer, Failure> {
    let viewer = context.viewer.as_ref();
    viewer.ok_or_else(|| Failure::error("Unauthorized"))
}

fn may(state: &State, viewer: &Viewer, permission: &str, stored: &StoredPage) -> bool {
    let page = state.snapshot(stored);
    let place = Place {
        tags: &page.tags,
        ..Place::new(&page.locale, &page.path)
    };
    viewer.may(&[permission], place)
}

fn list(state: &State, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Answer, Failure> {
    let locale = arguments.text("locale").unwrap_or_default();
    let path = arguments.text("path").unwrap_or_default();
    let Some(stored) = state.page_at(locale, path) else {
        return Ok(Answer::List(Vec::new()));
    };
    if !may(state, viewer, "read:comments", stored) {
        return Err(Failure::comment_view_forbidden());
    }
    let mut comments: Vec<_> = state
        .comments
        .values()
        .filter(|comment| comment.page_id == stored.page.id)
        .collect();
    comments.sort_by_key(|comment| &comment.created_at);
    Ok(comments.into_iter().map(post).collect())
}

/// The comment of an id, and its page where that is still there.
fn found<'a>(
    state: &'a State,
    arguments: Arguments<'_>,
) -> Result<(&'a FakeComment, Option<&'a StoredPage>), Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let comment = state.comments.get(&id);
    let comment = comment.ok_or_else(Failure::comment_not_found)?;
    Ok((comment, state.pages.get(&comment.page_id)))
}

fn single(state: &State, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Answer, Failure> {
    let (comment, page) = found(state, arguments)?;
    let page = page.ok_or_else(Failure::comment_generic_error)?;
    if may(state, viewer, "read:comments", page) {
        Ok(post(comment).into())
    } else {
        Err(Failure::comment_view_forbidden())
    }
}

fn post(comment: &FakeComment) -> Record {
    record! {
        "id" => comment.id,
        "content" => &comment.content,
        "render" => &comment.render,
        "authorId" => comment.author_id,
        "authorName" => &comment.author_name,
        "authorEmail" => &comment.author_email,
        "authorIP" => &comment.author_ip,
        "createdAt" => &comment.created_at,
        "updatedAt" => &comment.updated_at,
    }
}

fn create(state: &mut State, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let (name, email) = author(state, viewer, arguments)?;
    let content = arguments.text("content").unwrap_or_default().trim();
    if content.encode_utf16().count() < 2 {
        return Err(Failure::comment_content_missing());
    }
    let page = arguments.int("pageId").unwrap_or_default();
    let stored = state.pages.get(&page).ok_or_else(Failure::page_not_found)?;
    if !may(state, viewer, "write:comments", stored) {
        return Err(Failure::comment_post_forbidden());
    }
    check_delay(state, viewer.id)?;
    let reply_to = match arguments.raw("replyTo") {
        // Left out, the column has its default.
        None => 0,
        Some(_) => arguments
            .int("replyTo")
            .ok_or_else(|| Failure::null_in_column(INSERT, "replyTo", "comments"))?,
    };
    if content.contains('\0') {
        return Err(Failure::nul_character(INSERT));
    }
    let id = state.add_comment(FakeComment {
        reply_to,
        ..FakeComment::new(page, content).author(viewer.id, name, email)
    });
    Ok(outcome::done("New comment posted successfully").with("id", id))
}

/// The name and address of the author: those of a guest are asked for.
fn author(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<(String, String), Failure> {
    if viewer.is_api_key {
        return Ok(("API".to_owned(), "api@localhost".to_owned()));
    }
    if viewer.id != GUEST {
        let user = state.users.get(&viewer.id);
        return Ok(user
            .map(|user| (user.name.clone(), user.email.clone()))
            .unwrap_or_default());
    }
    let email = arguments.text("guestEmail").unwrap_or_default();
    let name = arguments.text("guestName").unwrap_or_default();
    input::email(&email.to_lowercase())?;
    input::name(name)?;
    Ok((name.to_owned(), email.to_owned()))
}

/// The provider's own limit, for each account, which goes by when the newest of its comments was changed.
fn check_delay(state: &State, author: i64) -> Result<(), Failure> {
    let provider = state
        .providers
        .row(ProviderKind::CommentProvider, "default");
    let delay = provider.and_then(|provider| provider.config["minDelay"].as_i64());
    let delay = delay.unwrap_or_default();
    let last = state
        .comments
        .values()
        .filter(|comment| comment.author_id == author)
        .map(|comment| comment.updated_at.as_str())
        .max();
    let waits = last.is_some_and(|last| {
        let age = clock::now_seconds() - clock::seconds(last);
        age < delay
    });
    if waits {
        Err(Failure::error(
            "Your administrator has set a time limit before you can post another comment. Try again later.",
        ))
    } else {
        Ok(())
    }
}

/// The comment of an id, for those who may manage the comments of its page.
fn manageable(state: &State, viewer: &Viewer, arguments: Arguments<'_>) -> Result<i64, Failure> {
    let (comment, page) = found(state, arguments)?;
    let page = page.ok_or_else(Failure::page_not_found)?;
    if may(state, viewer, "manage:comments", page) {
        Ok(comment.id)
    } else {
        Err(Failure::comment_manage_forbidden())
    }
}

fn update(state: &mut State, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = manageable(state, viewer, arguments)?;
    let content = arguments.text("content").unwrap_or_default();
    let rendered = render::comment(content);
    let now = state.now();
    if let Some(comment) = state.comments.get_mut(&id) {
        content.clone_into(&mut comment.content);
        comment.render.clone_from(&rendered);
        comment.updated_at = now;
    }
    Ok(outcome::done("Comment updated successfully").with("render", rendered))
}

fn delete(state: &mut State, viewer: &Viewer, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = manageable(state, viewer, arguments)?;
    state.comments.remove(&id);
    Ok(outcome::done("Comment deleted successfully"))
}
