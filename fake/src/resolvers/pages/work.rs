//! Steps that the writes of pages share, and the statements in the messages of database errors.

use crate::database::{ForeignKey, Statement, Violation};
use crate::errors::{Code, Failure, ensure};
use crate::faults::{Fault, RenderError};
use crate::resolvers::{Context, Resolved};
use crate::shared::Shared;
use crate::state::State;
use crate::text::regex;
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
        let fails = context.fault.triggers(&Fault::RebuildTree);
        let mut state = context.state();
        if !fails {
            // If two jobs overlap, the one that succeeds still inserts every page.
            state.complete_tree();
        }
        ensure(!fails && !self.overlaps, || state.database().rebuild_tree())
    }
}

impl Drop for TreeJob {
    fn drop(&mut self) {
        self.shared.state().tree_jobs -= 1;
    }
}

/// Refuses a path with characters that Wiki.js does not allow.
pub(super) fn check_path(path: &str) -> Resolved<()> {
    let is_illegal = path.contains(['.', ' ', '\\']) || path.contains("//");
    ensure(!is_illegal, || Code::PageIllegalPath)
}

/// Returns a path without one slash at its end and one at its start.
pub(super) fn strip_path(path: &str) -> &str {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.strip_prefix('/').unwrap_or(path)
}

/// Renders a page, unless a fault prevents it.
pub(super) async fn render(context: &Context, id: i64) -> Resolved<()> {
    step(context).await;
    let continues = !context.fault.triggers(&Fault::StopInWrite);
    ensure(continues, Failure::stopped)?;
    let standing = context.shared.faults.lock().render_error;
    let check = |fault: &Fault, error: RenderError, failure: fn() -> Failure| {
        let fails = context.fault.triggers(fault) || standing == Some(error);
        ensure(!fails, failure)
    };
    check(&Fault::RenderPage, RenderError::Job, Failure::render_page)?;
    check(
        &Fault::NamelessError,
        RenderError::Nameless,
        Failure::nameless,
    )?;
    check(&Fault::NullError, RenderError::Null, Failure::null)?;
    context.state().render_page(id);
    Ok(())
}

/// Replaces the tags of a page. If another write stores one of the new tags meanwhile, this fails, and the page keeps
/// its tags.
pub(super) async fn save_tags(context: &Context, id: i64, names: &[String]) -> Resolved<()> {
    let continues = !context.fault.triggers(&Fault::StopInWrite);
    ensure(continues, Failure::stopped)?;
    let new: Vec<String> = {
        let state = context.state();
        // Wiki.js compares names exactly, though the database may have found the tag by a looser comparison.
        let is_new = |name: &&String| {
            let found = state.tags.named(name);
            found.is_none_or(|found| found.tag != **name)
        };
        names.iter().filter(is_new).cloned().collect()
    };
    let database = context.state().database();
    let now = context.state().now();
    let insert = |name: &str| {
        let columns = [
            ("createdAt", &*now),
            ("tag", name),
            ("title", name),
            ("updatedAt", &*now),
        ];
        Statement::insert("tags", columns.map(|(column, text)| (column, json!(text))))
    };
    for name in &new {
        database.check_lengths(&insert(name))?;
    }
    if !new.is_empty() {
        step(context).await;
    }
    let mut state = context.state();
    if !new.is_empty() && context.fault.triggers(&Fault::UniqueViolation) {
        // This is the concurrent write of another client, which stores the tags first.
        state.make_tags(&new);
    }
    let check = |state: &State, name: &str| {
        let is_stored = state.tags.named(name).is_some();
        ensure(!is_stored, || {
            database.failure(&insert(name), duplicate_tag(name))
        })
    };
    if database.inserts_at_once() {
        new.iter().try_for_each(|name| check(&state, name))?;
    }
    for name in &new {
        check(&state, name)?;
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
    let now = state.now();
    for stored in state.pages.values_mut() {
        if !stored.links.iter().any(|(l, p)| l == locale && p == path) {
            continue;
        }
        if let Some(render) = &mut stored.page.render {
            *render = render.replace(&from, &to);
        }
        stored.page.updated_at.clone_from(&now);
    }
}

/// Returns a style sheet without comments and unnecessary blanks, with a few of the values that Wiki.js shortens and
/// without what it drops: empty rules and misspelled properties.
pub(in crate::resolvers) fn minify(css: &str) -> String {
    let css = regex!(r"(?s)/\*.*?(\*/|$)").replace(css, "");
    let mut minified = css.split_whitespace().collect::<Vec<_>>().join(" ");
    for sign in ["{", "}", ":", ";", ","] {
        minified = minified
            .replace(&format!(" {sign}"), sign)
            .replace(&format!("{sign} "), sign);
    }
    let is_open = minified.matches('{').count() > minified.matches('}').count();
    minified.push_str(if is_open { "}" } else { "" });
    let minified = regex!(r"\*\w+:[^;}]*").replace(&minified, "");
    let minified = minified.replace(";}", "}").replace("#ff0000", "red");
    let minified = minified.replace(":blue", ":#00f").replace(":0px", ":0");
    regex!(r"[^{};]*\{\}").replace(&minified, "")
}

/// The locale of a page.
pub(super) const LOCALE: ForeignKey = ForeignKey::new("pages", "localeCode", "locales", "code");

/// The editor of a page.
pub(super) const EDITOR: ForeignKey = ForeignKey::new("pages", "editorKey", "editors", "key");

/// Returns the violation of a second tag of this name.
pub(super) fn duplicate_tag(value: &str) -> Violation<'_> {
    Violation::Duplicate {
        constraint: "tags_tag_unique",
        columns: "tags.tag",
        value,
    }
}

/// The statement of `pages.history`, shortened.
pub(super) const HISTORY: &str =
    "select \"id\" from \"pageHistory\" where \"pageId\" = $1 limit $2";

/// The statement of `pages.search`, shortened.
pub(super) const SEARCH: &str =
    "select \"pages\".\"id\" from \"pages\" where \"title\" ilike $1 limit $2";

/// The statement of `pages.list`.
pub(super) const LIST: &str = "select \"pages\".\"id\", \"path\", \"localeCode\" as \"locale\", \"title\", \
    \"description\", \"isPublished\", \"isPrivate\", \"privateNS\", \"contentType\", \"createdAt\", \"updatedAt\", \
    \"tags\".\"tag\" as \"tags:tag\", \"tags\".\"id\" as \"tags:id\" from \"pages\" left join \"pageTags\" as \
    \"tags_join\" on \"tags_join\".\"pageId\" = \"pages\".\"id\" left join (select \"tag\", \"tags\".\"id\" from \
    \"tags\") as \"tags\" on \"tags_join\".\"tagId\" = \"tags\".\"id\" order by \"pages\".\"id\" asc limit $1";

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
                Err(Code::PageIllegalPath.into()),
                "{path}"
            );
        }
        assert_eq!(check_path("a?b#c%20/é日本"), Ok(()));
    }

    #[test]
    fn css_loses_blanks() {
        assert_eq!(minify("h1 { color : red ; }"), "h1{color:red}");
        let css = "a {} /* x */ b { top: 0px; *zoom: 1 } c { color: blue";
        assert_eq!(minify(css), "b{top:0}c{color:#00f}");
    }
}
