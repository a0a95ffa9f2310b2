//! `pages.search` and `pages.links`.

use super::super::Arguments;
use super::sql;
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Answer, record};
use crate::state::State;
use crate::state::search::{self, Query, SearchEngine};

const READ: &[&str] = &["read:pages"];

/// Searches; `totalHits` counts the hits before the permissions are looked at.
pub(super) fn search(
    state: &State,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let text = arguments.text("query").unwrap_or_default();
    if state.settings.search_engine == SearchEngine::Db && text.contains('\0') {
        return Err(Failure::nul_character(sql::SEARCH));
    }
    let query = Query {
        text,
        path: arguments.text("path").unwrap_or_default(),
        locale: arguments.text("locale").unwrap_or_default(),
    };
    let hits = search::search(state, query).ok_or_else(|| {
        Failure::type_error("Cannot read properties of undefined (reading 'results')")
    })?;
    let total = hits.results.len();
    // Only the engine `db` tells the tags, so TAG rules work with it alone.
    let tells_tags = state.settings.search_engine == SearchEngine::Db;
    let results: Answer = hits
        .results
        .into_iter()
        .filter(|(_, stored)| {
            let tags: Vec<String> = state.tags_of(stored).map(|tag| tag.tag.clone()).collect();
            let tags = if tells_tags { tags.as_slice() } else { &[] };
            viewer.may(
                READ,
                Place {
                    tags,
                    ..Place::new(&stored.page.locale, &stored.page.path)
                },
            )
        })
        .map(|(id, stored)| {
            let page = &stored.page;
            record! {
                "id" => id.to_string(),
                "title" => &page.title,
                "description" => &page.description,
                "path" => &page.path,
                "locale" => &page.locale,
            }
        })
        .collect();
    Ok(record! {
        "results" => results,
        "suggestions" => hits.suggestions,
        "totalHits" => total,
    }
    .into())
}

/// The links of the pages of a locale. A link whose target the viewer may not read is left out, and with it a page
/// that has no other; a page without links counts as linking to `null`.
pub(super) fn links(state: &State, viewer: &Viewer, arguments: Arguments<'_>) -> Answer {
    let locale = arguments.text("locale").unwrap_or_default();
    let may_read = |place| viewer.may(READ, place);
    let nowhere = Place {
        locale: None,
        path: Some("null"),
        tags: &[],
    };
    state
        .pages
        .values()
        .filter(|stored| {
            stored.page.locale == locale && may_read(Place::new(locale, &stored.page.path))
        })
        .filter_map(|stored| {
            let links: Vec<String> = stored
                .links
                .iter()
                .filter(|(locale, path)| may_read(Place::new(locale, path)))
                .map(|(locale, path)| format!("{locale}/{path}"))
                .collect();
            let is_shown = !links.is_empty() || (stored.links.is_empty() && may_read(nowhere));
            is_shown.then(|| {
                record! {
                    "id" => stored.page.id,
                    "path" => format!("{locale}/{}", stored.page.path),
                    "title" => &stored.page.title,
                    "links" => links,
                }
            })
        })
        .collect()
}
