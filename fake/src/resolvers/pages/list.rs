//! `pages.list`.

use super::super::Arguments;
use super::sql;
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, Record, record};
use crate::state::State;
use crate::state::page::StoredPage;
use crate::state::tag::normalize;

const READ: &[&str] = &["read:pages"];

/// Lists pages as Wiki.js does: `limit` counts rows of (page, tag), before the permissions are looked at, so that
/// fewer pages come than asked for and the last one lacks tags; the `tags` filter shows only the tags asked for.
pub(super) fn list(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let limit = arguments.int("limit").filter(|limit| *limit != 0);
    let descending = arguments.text("orderByDirection") == Some("DESC");
    let order = arguments.text("orderBy").unwrap_or("ID");
    let limit = match limit.map(usize::try_from) {
        None => usize::MAX,
        Some(Ok(limit)) => limit,
        Some(Err(_)) => {
            let direction = if descending { "desc" } else { "asc" };
            return Err(Failure::negative_limit(&sql::list(
                column(order),
                direction,
            )));
        }
    };
    let asked = arguments.texts("tags").filter(|tags| !tags.is_empty());
    let wanted = asked.as_ref().map(|tags| normalize(tags.iter().copied()));
    let mut pages: Vec<&StoredPage> = state.pages.values().filter(filter(arguments)).collect();
    sort(&mut pages, order, descending);

    let mut rows = 0;
    let mut answers = Vec::new();
    for stored in pages {
        let tags: Vec<&str> = state
            .tags_of(stored)
            .map(|tag| tag.tag.as_str())
            .filter(|tag| {
                wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.iter().any(|own| own == tag))
            })
            .collect();
        if wanted.is_some() && tags.is_empty() {
            continue;
        }
        let room = limit - rows;
        if room == 0 {
            break;
        }
        rows += tags.len().clamp(1, room);
        let tags = &tags[..tags.len().min(room)];
        let readable = viewer.may(READ, Place::new(&stored.page.locale, &stored.page.path));
        let has_all = asked.iter().flatten().all(|tag| tags.contains(tag));
        if readable && has_all {
            answers.push(item(stored, tags));
        }
    }
    Ok(answers.into())
}

/// The column that SQL orders by.
fn column(order: &str) -> &'static str {
    match order {
        "CREATED" => "\"createdAt\"",
        "PATH" => "\"path\"",
        "TITLE" => "\"title\"",
        "UPDATED" => "\"updatedAt\"",
        _ => "\"pages\".\"id\"",
    }
}

/// By locale, and by creator or author: of both given, one has to fit. An id of 0 or less counts as not given.
fn filter(arguments: Arguments<'_>) -> impl Fn(&&StoredPage) -> bool {
    let locale = arguments.filled("locale");
    let user = |name| arguments.int(name).filter(|id: &i64| *id > 0);
    let users = (user("creatorId"), user("authorId"));
    move |stored| {
        let page = &stored.page;
        let by_user = match users {
            (None, None) => true,
            (Some(creator), None) => page.creator_id == creator,
            (None, Some(author)) => page.author_id == author,
            (Some(creator), Some(author)) => page.creator_id == creator || page.author_id == author,
        };
        by_user && locale.is_none_or(|locale| page.locale == locale)
    }
}

/// Texts are compared by their bytes, as PostgreSQL does with the collation `C`.
fn sort(pages: &mut [&StoredPage], order: &str, descending: bool) {
    let compare = |a: &&StoredPage, b: &&StoredPage| {
        let (a, b) = (&a.page, &b.page);
        match order {
            "CREATED" => a.created_at.cmp(&b.created_at),
            "PATH" => a.path.cmp(&b.path),
            "TITLE" => a.title.cmp(&b.title),
            "UPDATED" => a.updated_at.cmp(&b.updated_at),
            _ => a.id.cmp(&b.id),
        }
    };
    // The sort is stable: equal ones stay in the order of their ids.
    if descending {
        pages.sort_by(|a, b| compare(b, a));
    } else {
        pages.sort_by(compare);
    }
}

fn item(stored: &StoredPage, tags: &[&str]) -> Record {
    let page = &stored.page;
    record! {
        "id" => page.id,
        "path" => &page.path,
        "locale" => &page.locale,
        "title" => &page.title,
        "description" => &page.description,
        "contentType" => &page.content_type,
        "isPublished" => page.is_published,
        "isPrivate" => page.is_private,
        "privateNS" => Answer::NULL,
        "createdAt" => &page.created_at,
        "updatedAt" => &page.updated_at,
        "tags" => tags.iter().copied().collect::<Answer>(),
    }
}
