//! Steps that the writes of pages share, and the statements in the messages of database errors.

use crate::database::{ForeignKey, Statement, Violation};
use crate::errors::Failure;
use crate::faults::{Fault, RenderError};
use crate::resolvers::{Context, Resolved};
use crate::shared::Shared;
use crate::state::State;
use serde_json::json;
use std::sync::Arc;

/// The number of steps of a write, which take equal time. A create takes all of them.
const STEPS: u32 = 4;

/// Waits for a step of a write. Meanwhile other writes may proceed.
pub(super) async fn step(context: &Context) {
    let length = context.state().settings.write_duration / STEPS;
    if !length.is_zero() {
        tokio::time::sleep(length).await;
    }
}

/// A write that ends with a rebuild of the page tree. Overlapping ones disturb each other.
pub(super) struct TreeJob {
    shared: Arc<Shared>,
    overlaps: bool,
}

impl TreeJob {
    pub(super) fn start(context: &Context) -> Self {
        let shared = context.shared.clone();
        let overlaps = {
            let mut state = shared.state();
            state.tree_jobs += 1;
            state.tree_jobs > 1
        };
        Self { shared, overlaps }
    }

    /// Rebuilds the tree, which fails if another job was running when this one started.
    pub(super) async fn finish(self, context: &Context) -> Resolved<()> {
        step(context).await;
        if context.fault.triggers(&Fault::RebuildTree) {
            return Err(context.state().database().rebuild_tree());
        }
        // If two jobs overlap, the one that succeeds still inserts every page.
        context.state().complete_tree();
        if self.overlaps {
            return Err(context.state().database().rebuild_tree());
        }
        Ok(())
    }
}

impl Drop for TreeJob {
    fn drop(&mut self) {
        self.shared.state().tree_jobs -= 1;
    }
}

/// Refuses a path with characters that Wiki.js does not allow.
pub(super) fn check_path(path: &str) -> Resolved<()> {
    if path.contains(['.', ' ', '\\']) || path.contains("//") {
        return Err(Failure::page_illegal_path());
    }
    Ok(())
}

/// Returns a path without one slash at its end and one at its start.
pub(super) fn strip_path(path: &str) -> &str {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.strip_prefix('/').unwrap_or(path)
}

/// Renders a page, unless a fault prevents it.
pub(super) async fn render(context: &Context, id: i64) -> Resolved<()> {
    step(context).await;
    if context.fault.triggers(&Fault::StopInWrite) {
        return Err(Failure::stopped());
    }
    let failing = [
        (Fault::RenderPage, RenderError::Job),
        (Fault::NamelessError, RenderError::Nameless),
        (Fault::NullError, RenderError::Null),
    ];
    let triggers = |(fault, _): &&(Fault, RenderError)| context.fault.triggers(fault);
    let once = failing.iter().find(triggers).map(|(_, error)| *error);
    match once.or_else(|| context.shared.faults.lock().render_error) {
        None => {}
        Some(RenderError::Job) => return Err(Failure::render_page()),
        Some(RenderError::Nameless) => return Err(Failure::nameless()),
        Some(RenderError::Null) => return Err(Failure::null()),
    }
    context.state().render_page(id);
    Ok(())
}

/// Replaces the tags of a page. If another write stores one of the new tags meanwhile, this fails, and the page keeps
/// its tags.
pub(super) async fn save_tags(context: &Context, id: i64, names: &[String]) -> Resolved<()> {
    if context.fault.triggers(&Fault::StopInWrite) {
        return Err(Failure::stopped());
    }
    let new: Vec<String> = {
        let state = context.state();
        // Wiki.js compares names exactly, though the database may have found the tag by a looser comparison.
        let is_new = |name: &&String| {
            let found = state.tags.named(name);
            found.is_none_or(|found| found.tag != **name)
        };
        names.iter().filter(is_new).cloned().collect()
    };
    let statement = |name: &str, now: &str| {
        let row = json!({"createdAt": now, "tag": name, "title": name, "updatedAt": now});
        Statement::insert("tags", row, "id")
    };
    let database = context.state().database();
    let now = context.state().now();
    for name in &new {
        database.check_lengths(&[("tag", name)], || statement(name, &now))?;
    }
    if !new.is_empty() {
        step(context).await;
    }
    let mut state = context.state();
    if !new.is_empty() && context.fault.triggers(&Fault::UniqueViolation) {
        // This is the concurrent write of another client, which stores the tags first.
        state.make_tags(&new);
    }
    let is_stored = |state: &State, name: &str| state.tags.named(name).is_some();
    let duplicate = |name: &str| database.failure(statement(name, &now), duplicate_tag(name));
    if database.inserts_at_once()
        && let Some(name) = new.iter().find(|name| is_stored(&state, name))
    {
        return Err(duplicate(name));
    }
    for name in &new {
        if is_stored(&state, name) {
            return Err(duplicate(name));
        }
        state.make_tags(std::slice::from_ref(name));
    }
    state.associate_tags(id, names);
    Ok(())
}

/// A change of a page that other pages may link to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event<'a> {
    Created,
    Deleted,
    /// Contains the earlier locale and path.
    Moved(&'a str, &'a str),
}

/// Marks the links to a location in the rendering of other pages.
///
/// Only links with the locale are found. Each page that links there gets a new `updatedAt`, changed or not.
pub(super) fn reconnect_links(state: &mut State, locale: &str, path: &str, event: Event<'_>) {
    let link = |locale: &str, path: &str, is_valid: bool| {
        let class = if is_valid {
            "is-valid-page"
        } else {
            "is-invalid-page"
        };
        format!("<a href=\"/{locale}/{path}\" class=\"is-internal-link {class}\">")
    };
    let (from, to) = match event {
        Event::Created => (link(locale, path, false), link(locale, path, true)),
        Event::Deleted => (link(locale, path, true), link(locale, path, false)),
        Event::Moved(old_locale, old_path) => {
            (link(old_locale, old_path, true), link(locale, path, true))
        }
    };
    let linking: Vec<i64> = state
        .pages
        .iter()
        .filter(|(_, stored)| stored.links.iter().any(|(l, p)| l == locale && p == path))
        .map(|(id, _)| *id)
        .collect();
    for id in linking {
        if let Some(stored) = state.pages.get_mut(&id)
            && let Some(render) = &mut stored.page.render
        {
            *render = render.replace(&from, &to);
        }
        state.touch_page(id);
    }
}

/// Returns a style sheet without unnecessary blanks. Wiki.js shortens more.
pub(super) fn minify(css: &str) -> String {
    let mut minified = css.split_whitespace().collect::<Vec<_>>().join(" ");
    for sign in ["{", "}", ":", ";", ","] {
        minified = minified
            .replace(&format!(" {sign}"), sign)
            .replace(&format!("{sign} "), sign);
    }
    minified.replace(";}", "}")
}

/// The locale of a page.
pub(super) const LOCALE: ForeignKey = ForeignKey("pages", "localeCode", "locales", "code");

/// The editor of a page.
pub(super) const EDITOR: ForeignKey = ForeignKey("pages", "editorKey", "editors", "key");

/// Returns the violation of a second tag of this name.
pub(super) fn duplicate_tag(name: &str) -> Violation<'_> {
    Violation::Duplicate("tags_tag_unique", "tags.tag", name)
}

/// The statement of `pages.migrateToLocale`.
pub(super) const MIGRATE_PAGES: &str = "update \"pages\" set \"localeCode\" = $1, \"updatedAt\" = $2 where \
    \"localeCode\" = $3 and not exists (select \"id\" from \"pages\" as \"pagesm\" where \"pagesm\".\"localeCode\" \
    = $4 and pagesm.path = pages.path)";

/// The statement of `pages.history`.
pub(super) const HISTORY: &str = "select \"pageHistory\".\"id\", \"pageHistory\".\"path\", \
    \"pageHistory\".\"authorId\", \"pageHistory\".\"action\", \"pageHistory\".\"versionDate\", \
    \"author\".\"name\" as \"authorName\" from \"pageHistory\" inner join \"users\" as \"author\" on \
    \"author\".\"id\" = \"pageHistory\".\"authorId\" where \"pageHistory\".\"pageId\" = $1 order by \
    \"pageHistory\".\"versionDate\" desc limit $2";

/// The statement of `pages.search`.
pub(super) const SEARCH: &str = "select \"pages\".\"id\", \"title\", \"description\", \"path\", \"localeCode\" as \
    \"locale\", \"tags\".\"tag\" as \"tags:tag\", \"tags\".\"id\" as \"tags:id\" from \"pages\" left join \
    \"pageTags\" as \"tags_join\" on \"tags_join\".\"pageId\" = \"pages\".\"id\" left join (select \"tag\", \
    \"tags\".\"id\" from \"tags\") as \"tags\" on \"tags_join\".\"tagId\" = \"tags\".\"id\" where (\"isPublished\" \
    = $1 and (\"title\" ilike $2 or \"description\" ilike $3 or \"path\" ilike $4)) limit $5";

/// Returns the statement of `pages.list`.
pub(super) fn list(column: &str, direction: &str) -> String {
    format!(
        "select \"pages\".\"id\", \"path\", \"localeCode\" as \"locale\", \"title\", \"description\", \
         \"isPublished\", \"isPrivate\", \"privateNS\", \"contentType\", \"createdAt\", \"updatedAt\", \
         \"tags\".\"tag\" as \"tags:tag\", \"tags\".\"id\" as \"tags:id\" from \"pages\" left join \"pageTags\" as \
         \"tags_join\" on \"tags_join\".\"pageId\" = \"pages\".\"id\" left join (select \"tag\", \"tags\".\"id\" from \
         \"tags\") as \"tags\" on \"tags_join\".\"tagId\" = \"tags\".\"id\" order by {column} {direction} limit $1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_is_stripped_at_each_end() {
        assert_eq!(strip_path("/c/lead/"), "c/lead");
        assert_eq!(strip_path("/"), "");
        assert_eq!(strip_path("home"), "home");
    }

    #[test]
    fn paths_with_illegal_characters_are_refused() {
        for path in ["a.b", "a b", "a\\b", "a//b"] {
            assert_eq!(
                check_path(path),
                Err(Failure::page_illegal_path()),
                "{path}"
            );
        }
        assert_eq!(check_path("a?b#c%20/é日本"), Ok(()));
    }

    #[test]
    fn css_loses_blanks() {
        assert_eq!(minify("h1 { color : red ; }"), "h1{color:red}");
    }
}
