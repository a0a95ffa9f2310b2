//! `search`: the engines, and the index.

use super::{Arguments, inputs, outcome, update as write};
use crate::errors::Failure;
use crate::execute::Record;
use crate::state::providers::ProviderKind;
use crate::state::{SearchEngine, State};

const KIND: ProviderKind = ProviderKind::SearchEngine;

pub(super) fn update(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let listed = inputs(arguments, "engines")?;
    let enabled = listed.iter().rfind(|engine| engine.flag("isEnabled"));
    let chosen = enabled.and_then(|engine| engine.key().ok().map(str::to_owned));
    write(state, KIND, arguments, "engines")?;
    // An engine that the request does not list as switched on loses its index, whatever its row says.
    if chosen.as_deref() != Some(state.providers.active_engine.as_str()) {
        state.drop_index();
    }
    let rows = state.providers.rows(KIND).iter();
    let enabled = rows.filter(|row| row.is_enabled).map(|row| row.key.clone());
    if let Some(active) = enabled.min() {
        state.settings.search_engine = match active.as_str() {
            "postgres" => SearchEngine::Postgres,
            _ => SearchEngine::Db,
        };
        state.providers.active_engine = active;
    }
    Ok(outcome::done("Search Engines updated successfully"))
}

pub(super) fn rebuild(state: &mut State) -> Result<Record, Failure> {
    match state.providers.active_engine.as_str() {
        "db" => {}
        "postgres" => state.rebuild_index(),
        // There is no such engine to be reached.
        _ => return Err(Failure::error("wikijs-fake has no external search engine")),
    }
    state.providers.index_rebuilds += 1;
    Ok(outcome::done("Index rebuilt successfully"))
}
