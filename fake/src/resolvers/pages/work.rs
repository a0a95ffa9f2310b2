//! What the writes share: paths, tags, links, the time they take and how they get into each other's way.

use super::sql;
use crate::errors::Failure;
use crate::execute::Context;
use crate::faults::Fault;
use crate::state::State;
use crate::wiki::Shared;
use std::sync::Arc;

/// A write is made in this many steps of equal length; a create takes all of them.
const STEPS: u32 = 4;

/// Lets a step of a write pass, in which other writes may go on.
pub(super) async fn step(context: &Context) {
    let length = context.shared.state().settings.write_duration / STEPS;
    if !length.is_zero() {
        tokio::time::sleep(length).await;
    }
}

/// A write that ends with a rebuild of the page tree. Two of them at a time do not get on.
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

    /// Rebuilds the tree, which fails where another job was under way when this one started.
    pub(super) async fn finish(self, context: &Context) -> Result<(), Failure> {
        step(context).await;
        if context.trouble.strikes(&Fault::RebuildTree) {
            return Err(Failure::rebuild_tree());
        }
        // Of two jobs that overlap, the one that does not fail has put every page in.
        context.shared.state().complete_tree();
        if self.overlaps {
            return Err(Failure::rebuild_tree());
        }
        Ok(())
    }
}

impl Drop for TreeJob {
    fn drop(&mut self) {
        self.shared.state().tree_jobs -= 1;
    }
}

/// Refuses a path with characters that Wiki.js does not take.
pub(super) fn check_path(path: &str) -> Result<(), Failure> {
    if path.contains(['.', ' ', '\\']) || path.contains("//") {
        return Err(Failure::page_illegal_path());
    }
    Ok(())
}

/// A path without one slash at its end and one at its start.
pub(super) fn strip_path(path: &str) -> &str {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.strip_prefix('/').unwrap_or(path)
}

/// Whether a text is longer than its column.
pub(super) fn too_long(text: &str, most: usize) -> bool {
    text.chars().count() > most
}

/// Renders a page.
pub(super) async fn render(context: &Context, id: i64) -> Result<(), Failure> {
    step(context).await;
    if context.trouble.strikes(&Fault::RenderPage) {
        return Err(Failure::render_page());
    }
    context.shared.state().render_page(id);
    Ok(())
}

/// Makes `names` the tags of a page. Where another write stores one of the new ones meanwhile, it fails and the
/// page keeps the tags it has.
pub(super) async fn save_tags(context: &Context, id: i64, names: &[String]) -> Result<(), Failure> {
    let new: Vec<String> = {
        let state = context.shared.state();
        let is_new = |name: &&String| state.tags.named(name).is_none();
        names.iter().filter(is_new).cloned().collect()
    };
    if new.iter().any(|name| too_long(name, sql::SHORT_TEXT)) {
        return Err(Failure::too_long(sql::INSERT_TAGS, sql::SHORT_TEXT));
    }
    if !new.is_empty() {
        step(context).await;
    }
    let mut state = context.shared.state();
    if !new.is_empty() && context.trouble.strikes(&Fault::UniqueViolation) {
        // The other client's write has stored them by now.
        state.make_tags(&new);
    }
    if new.iter().any(|name| state.tags.named(name).is_some()) {
        return Err(Failure::tag_exists(sql::INSERT_TAGS));
    }
    state.make_tags(&new);
    state.associate_tags(id, names);
    Ok(())
}

/// What happened to a page that others may link to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event<'a> {
    Created,
    Deleted,
    /// From a locale and path.
    Moved(&'a str, &'a str),
}

/// Marks the links to a place in the rendering of other pages. Only links that name the locale are found, and each
/// page that links there gets a new `updatedAt`, changed or not.
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

/// A style sheet without the blanks that it does not need; Wiki.js shortens more.
pub(super) fn minify(css: &str) -> String {
    let mut minified = css.split_whitespace().collect::<Vec<_>>().join(" ");
    for sign in ["{", "}", ":", ";", ","] {
        minified = minified
            .replace(&format!(" {sign}"), sign)
            .replace(&format!("{sign} "), sign);
    }
    minified.replace(";}", "}")
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
    fn paths_with_odd_characters_are_refused() {
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
    fn css_loses_its_blanks() {
        assert_eq!(minify("h1 { color : red ; }"), "h1{color:red}");
    }
}
