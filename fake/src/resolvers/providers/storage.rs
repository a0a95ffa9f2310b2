//! `storage`: the targets, and how they are.

use super::{Arguments, MASK, config, inputs, outcome, parsed, shown};
use crate::errors::Failure;
use crate::execute::{Answer, Record, record};
use crate::state::State;
use crate::state::providers::{More, ProviderKind, Schedule, pending};
use serde_json::{Value, json};

const KIND: ProviderKind = ProviderKind::Storage;

/// Functions that every target's code has, which Wiki.js calls as if they were actions.
const FUNCTIONS: [&str; 4] = ["init", "activated", "deactivated", "created"];

pub(super) fn targets(state: &State) -> Result<Answer, Failure> {
    let mut rows: Vec<_> = state.providers.rows(KIND).iter().collect();
    let title = |key: &str| state.providers.definition(KIND, key).map(|it| it.title);
    rows.sort_by_key(|row| (title(&row.key), row.key.clone()));
    rows.into_iter()
        .map(|row| {
            let definition = state.providers.definition(KIND, &row.module);
            let mut masked = row.clone();
            let mut settings = row.settings();
            for (key, value) in &mut settings {
                let prop = definition.and_then(|definition| definition.prop(key));
                if prop.is_none_or(|prop| !prop.is_sensitive) {
                    continue;
                }
                match value {
                    Value::String(text) if !text.is_empty() => *value = json!(MASK),
                    Value::Null => {
                        let message = "Cannot read properties of null (reading 'length')";
                        return Err(Failure::type_error(message));
                    }
                    _ => {}
                }
            }
            masked.config = Value::Object(settings);
            let record =
                shown(&masked, definition).with("config", config(&masked, definition, false));
            let Some(More::Storage {
                modes,
                schedule,
                actions,
                ..
            }) = definition.map(|definition| &definition.more)
            else {
                return Ok(record);
            };
            let interval = row.sync_interval.as_deref().filter(|text| !text.is_empty());
            let default = schedule.interval();
            Ok(record
                .with("mode", &row.mode)
                .with("supportedModes", modes.map(<[_]>::to_vec))
                .with("hasSchedule", *schedule != Schedule::Never)
                .with("syncInterval", interval.or(default).unwrap_or("P0D"))
                .with(
                    "syncIntervalDefault",
                    match schedule {
                        // A String field shows `false` as text.
                        Schedule::Never => Some("false"),
                        _ => default,
                    },
                )
                .with(
                    "actions",
                    actions.map(|actions| {
                        let actions = actions.iter().map(|handler| {
                            record! { "handler" => *handler, "label" => *handler, "hint" => "" }
                        });
                        actions.collect::<Answer>()
                    }),
                ))
        })
        .collect::<Result<Vec<Record>, Failure>>()
        .map(Answer::from)
}

pub(super) fn status(state: &State) -> Answer {
    let rows = state.providers.rows(KIND).iter();
    rows.filter(|row| row.is_enabled)
        .map(|row| {
            let text = |name: &str| row.state[name].as_str().map(str::to_owned);
            record! {
                "key" => &row.key,
                "title" => state.providers.definition(KIND, &row.key).map(|it| it.title),
                "status" => text("status"),
                "message" => text("message"),
                "lastAttempt" => text("lastAttempt"),
            }
        })
        .collect()
}

pub(super) fn update(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let before: Vec<_> = state.providers.rows(KIND).to_vec();
    for input in inputs(arguments, "targets")? {
        let key = input.key()?;
        let Some(current) = before.iter().find(|row| row.key == key) else {
            continue;
        };
        let mut settings = parsed(&input.settings()?)?;
        for (key, value) in &mut settings {
            if *value == MASK {
                *value = current.config.get(key).cloned().unwrap_or(json!(""));
            }
        }
        state.providers.patch(KIND, key, |row| {
            row.is_enabled = input.flag("isEnabled");
            row.mode = input.text("mode");
            // What is left out is kept, null is stored.
            if let Some(interval) = input.0.get("syncInterval") {
                row.sync_interval = interval.as_str().map(str::to_owned);
            }
            row.config = Value::Object(settings);
            row.state = pending("Initializing...");
        });
    }
    start(state);
    Ok(outcome::done("Storage targets updated successfully"))
}

/// Starts the targets that are switched on, and keeps in their state whether they could be.
fn start(state: &mut State) {
    let rows = state.providers.rows(KIND).iter();
    let enabled: Vec<_> = rows.filter(|row| row.is_enabled).cloned().collect();
    state.providers.started = enabled.iter().map(|row| row.key.clone()).collect();
    for row in enabled {
        // Of all that can be wrong with a target, the fake sees one thing.
        let is_lost = row.key == "disk" && row.config["path"] == "";
        let now = state.now();
        let (status, message) = if is_lost {
            ("error", "ENOENT: no such file or directory, mkdir ''")
        } else {
            ("operational", "")
        };
        state.providers.patch(KIND, &row.key, |row| {
            row.state = json!({"status": status, "message": message, "lastAttempt": now});
        });
    }
}

pub(super) fn execute(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let (key, handler) = (text("targetKey"), text("handler"));
    if !state.providers.started.iter().any(|started| started == key) {
        return Err(Failure::error("Invalid or Inactive Storage Target"));
    }
    let actions = match state.providers.definition(KIND, key).map(|it| &it.more) {
        Some(More::Storage { actions, .. }) => actions.unwrap_or_default(),
        _ => &[],
    };
    if !actions.contains(&handler) && !FUNCTIONS.contains(&handler) {
        return Err(Failure::error("Invalid Handler for Storage Target"));
    }
    let action = (key.to_owned(), handler.to_owned());
    state.providers.actions.push(action);
    Ok(outcome::done("Action completed."))
}
