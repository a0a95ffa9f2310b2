//! `storage`, `search`, `rendering`, `analytics` and `logging`; the providers of `comments`, and the strategies of
//! `authentication`.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::errors::{Failure, ensure};
use crate::state::State;
use crate::state::providers::{Definition, FakeProvider, ProviderKind, pending};
use apollo_compiler::response::JsonValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The text that Wiki.js returns in place of a secret.
pub(super) const MASK: &str = "********";
/// Functions of every target's code. Wiki.js also executes them if they are requested as actions.
const FUNCTIONS: [&str; 4] = ["init", "activated", "deactivated", "created"];

/// Resolves a field of these domains; `None` for a field of another one.
pub(super) fn resolve(call: Call<'_>) -> Option<Resolved> {
    let mut state = call.state();
    let state = &mut *state;
    let kind = match call.type_name {
        "AnalyticsQuery" | "AnalyticsMutation" => ProviderKind::Analytics,
        "LoggingQuery" | "LoggingMutation" => ProviderKind::Logger,
        "RenderingQuery" | "RenderingMutation" => ProviderKind::Renderer,
        "CommentQuery" | "CommentMutation" => ProviderKind::CommentProvider,
        "SearchQuery" | "SearchMutation" => ProviderKind::SearchEngine,
        "StorageQuery" | "StorageMutation" => ProviderKind::Storage,
        "AuthenticationQuery" | "AuthenticationMutation" => ProviderKind::Strategy,
        _ => return None,
    };
    let (argument, message) = match (call.field, kind) {
        ("providers" | "loggers" | "renderers" | "searchEngines", _) => {
            return Some(Ok(list(state, kind, call)));
        }
        ("targets", _) => return Some(storage_targets(state)),
        ("status", _) => return Some(Ok(storage_status(state))),
        ("strategies", _) => return Some(Ok(strategy_modules())),
        ("activeStrategies", _) => return Some(Ok(strategies(state, call))),
        ("rebuildIndex", _) => return Some(Ok(response_result(rebuild_index(state)))),
        ("executeAction", _) => return Some(Ok(response_result(execute_action(state, call)))),
        ("updateProviders", ProviderKind::CommentProvider) => ("providers", "Comment Providers"),
        ("updateProviders", _) => ("providers", "Providers"),
        ("updateLoggers", _) => ("loggers", "Loggers"),
        ("updateRenderers", _) => ("renderers", "Renderers"),
        ("updateSearchEngines", _) => ("engines", "Search Engines"),
        ("updateTargets", _) => ("targets", "Storage targets"),
        ("updateStrategies", _) => ("strategies", "Strategies"),
        _ => return None,
    };
    let updated = update(state, kind, call, argument);
    let message = format!("{message} updated successfully");
    Some(Ok(response_result(updated.map(|()| done(&message)))))
}

/// Returns modules that have only settings.
fn list(state: &State, kind: ProviderKind, call: Call<'_>) -> FieldValue {
    let enabled = call.raw("isEnabled").and_then(JsonValue::as_bool);
    let mut rows: Vec<_> = state.providers.rows(kind).iter().collect();
    rows.retain(|row| enabled.is_none_or(|enabled| row.is_enabled == enabled));
    let sorted = matches!(
        kind,
        ProviderKind::Analytics | ProviderKind::CommentProvider
    );
    if sorted || call.some_text("orderBy") == Some("key") {
        rows.sort_by(|one, other| one.key.cmp(&other.key));
    }
    // Analytics and loggers also show settings without a definition.
    let shows_all = matches!(kind, ProviderKind::Analytics | ProviderKind::Logger);
    let rows = rows.into_iter().map(|row| {
        let definition = kind.definition(&row.module);
        let shown = module(row, definition, "AnalyticsProvider");
        shown.with("config", config(row, definition, shows_all))
    });
    rows.collect()
}

/// Returns a module without its settings.
fn module(row: &FakeProvider, definition: Option<&Definition>, type_name: &str) -> Object {
    let definition = definition.map(|it| definition_of(it).with("props", not_iterable(type_name)));
    object! { row [key, is_enabled, level] }.join(definition.unwrap_or_default())
}

/// Returns what a module has independently of its settings.
fn definition_of(definition: &Definition) -> Object {
    object! {
        definition [key, title, is_available, username_type, depends_on, input],
        "description" => "A module of wikijs-fake.",
        "useForm" => definition.username_type.is_some(),
        "logo" => "https://wiki.example.com/logo.svg",
        "website" => "https://wiki.example.com",
        "color" => "primary",
        "icon" => "mdi-format-text",
        "output" => definition.input.as_ref().map(|_| "html"),
    }
}

/// Returns the failure of `props`, which Wiki.js stores as an object and declares as a list.
fn not_iterable(type_name: &str) -> Failure {
    Failure::graphql(format!(
        "Expected Iterable, but did not find one for field \"{type_name}.props\"."
    ))
}

/// Returns the settings by key, each with its definition.
fn config(row: &FakeProvider, definition: Option<&Definition>, shows_all: bool) -> FieldValue {
    let settings = row.settings();
    let shown = settings.iter().filter_map(|(key, value)| {
        let prop = definition.and_then(|definition| definition.prop(key));
        let mut prop = prop.or_else(|| shows_all.then(Map::new))?;
        prop.insert("value".to_owned(), value.clone());
        Some(object! { "key" => key, "value" => Value::Object(prop).to_string() })
    });
    shown.collect()
}

/// Writes the listed modules one after another: a failure leaves those before it written.
fn update(state: &mut State, kind: ProviderKind, call: Call<'_>, argument: &str) -> Resolved<()> {
    let mut listed = Vec::new();
    for input in inputs(call, argument)? {
        let (key, settings) = (input.key()?, input.settings(kind)?);
        if kind == ProviderKind::Strategy && state.providers.row(kind, key).is_none() {
            let row = state
                .providers
                .rows(kind)
                .first()
                .cloned()
                .unwrap_or_default();
            let key = key.to_owned();
            state
                .providers
                .rows_mut(kind)
                .push(FakeProvider { key, ..row });
        }
        let write = |row: &mut FakeProvider| input.write(kind, settings, row);
        state.providers.patch(kind, key, write);
        listed.push(key.to_owned());
    }
    match kind {
        ProviderKind::SearchEngine => start_engine(state, &listed),
        ProviderKind::Storage => start_targets(state),
        ProviderKind::Strategy => return delete_strategies(state, &listed),
        _ => {}
    }
    Ok(())
}

/// A module in the list of a request.
#[derive(Debug)]
struct Input(Value);

/// Returns the modules in the list of a request.
fn inputs(call: Call<'_>, argument: &str) -> Resolved<Vec<Input>> {
    match call.json(argument) {
        Value::Array(listed) => Ok(listed.into_iter().map(Input).collect()),
        _ => Err(Failure::type_error(format!(
            "args.{argument} is not iterable"
        ))),
    }
}

impl Input {
    fn key(&self) -> Resolved<&str> {
        let key = self.0["key"].as_str();
        key.ok_or_else(|| Failure::property_of("null", "key"))
    }

    fn flag(&self, name: &str) -> bool {
        self.0[name].as_bool().unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        self.0[name].as_str().unwrap_or_default().to_owned()
    }

    fn list<T>(&self, name: &str, item: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        let items = self.0[name].as_array().into_iter().flatten();
        items.filter_map(item).collect()
    }

    /// Returns the settings. Loggers store the texts as they are. Any other text must be JSON, whose member `v`, or
    /// null, is stored.
    fn settings(&self, kind: ProviderKind) -> Resolved<Map<String, Value>> {
        let pairs = self.0["config"].as_array().into_iter().flatten();
        let pairs = pairs.map(|pair| {
            let (key, text) = (pair["key"].as_str(), pair["value"].as_str());
            let pair = key.zip(text);
            let (key, text) = pair.ok_or_else(|| Failure::property_of("null", "value"))?;
            if kind == ProviderKind::Logger {
                return Ok((key.to_owned(), text.into()));
            }
            let value: Value =
                serde_json::from_str(text).map_err(|_| Failure::syntax_error(text))?;
            Ok((key.to_owned(), value.get("v").cloned().unwrap_or_default()))
        });
        pairs.collect()
    }

    /// Writes a row.
    fn write(&self, kind: ProviderKind, mut settings: Map<String, Value>, row: &mut FakeProvider) {
        row.is_enabled = self.flag("isEnabled");
        match kind {
            ProviderKind::Logger => row.level = self.text("level"),
            ProviderKind::Storage => {
                for (key, value) in settings.iter_mut().filter(|(_, value)| **value == MASK) {
                    *value = row.config.get(key).cloned().unwrap_or(json!(""));
                }
                row.mode = self.text("mode");
                // An omitted interval is kept, null is stored.
                if let Some(interval) = self.0.get("syncInterval") {
                    row.sync_interval = interval.as_str().map(str::to_owned);
                }
                row.state = pending("Initializing...");
            }
            ProviderKind::Strategy => {
                row.module = self.text("strategyKey");
                row.display_name = self.text("displayName");
                row.order = self.0["order"].as_i64().unwrap_or_default();
                // Before 2.5.117, every configured strategy is enabled.
                row.is_enabled = self.0["isEnabled"].as_bool().unwrap_or(true);
                row.self_registration = self.flag("selfRegistration");
                let text = |domain: &Value| domain.as_str().map(str::to_owned);
                row.domain_whitelist = self.list("domainWhitelist", text);
                row.auto_enroll_groups = self.list("autoEnrollGroups", Value::as_i64);
            }
            _ => {}
        }
        row.config = Value::Object(settings);
    }
}

/// Starts the first enabled engine. It loses its index if the request does not enable it, even if it stays active.
fn start_engine(state: &mut State, listed: &[String]) {
    let rows = state.providers.rows(ProviderKind::SearchEngine).iter();
    let enabled: BTreeSet<_> = rows
        .filter(|row| row.is_enabled)
        .map(|row| row.key.clone())
        .collect();
    let chosen = listed.iter().rfind(|key| enabled.contains(*key));
    if chosen != Some(&state.providers.active_engine) {
        state.drop_index();
    }
    if let Some(active) = enabled.into_iter().next() {
        state.providers.active_engine = active;
    }
}

fn rebuild_index(state: &mut State) -> Resolved<Object> {
    match state.providers.active_engine.as_str() {
        "db" => {}
        "postgres" => state.rebuild_index(),
        _ => return Err(Failure::error("wikijs-fake has no external search engine")),
    }
    state.providers.index_rebuilds += 1;
    Ok(done("Index rebuilt successfully"))
}

fn storage_targets(state: &State) -> Resolved {
    let kind = ProviderKind::Storage;
    let rows = state.providers.rows(kind).iter();
    let mut rows: Vec<_> = rows
        .filter_map(|row| Some((row, kind.definition(&row.module)?)))
        .collect();
    rows.sort_by_key(|(_, definition)| &definition.title);
    let targets = rows.into_iter().map(|(row, definition)| {
        let mut shown = row.clone();
        for prop in definition.props.iter().filter(|prop| prop.sensitive) {
            match shown.config.get_mut(&prop.key) {
                Some(Value::String(text)) if !text.is_empty() => MASK.clone_into(text),
                Some(Value::Null) => return Err(Failure::property_of("null", "length")),
                _ => {}
            }
        }
        let interval = row.sync_interval.as_deref().filter(|text| !text.is_empty());
        let default = definition.schedule.as_str();
        let has_schedule = definition.schedule != false;
        let action = |name: &String| object! { "handler" => name, "label" => name, "hint" => "" };
        let actions = definition.actions.as_ref();
        let actions = actions.map(|it| it.iter().map(action).collect::<FieldValue>());
        Ok(module(row, Some(definition), "StorageTarget")
            .with("config", config(&shown, Some(definition), false))
            .with("mode", &row.mode)
            .with("supportedModes", &definition.modes)
            .with("hasSchedule", has_schedule)
            .with("syncInterval", interval.or(default).unwrap_or("P0D"))
            // graphql-js serializes `false` in a String field as text.
            .with(
                "syncIntervalDefault",
                default.or((!has_schedule).then_some("false")),
            )
            .with("actions", actions))
    });
    let targets: Resolved<Vec<Object>> = targets.collect();
    targets.map(FieldValue::from)
}

fn storage_status(state: &State) -> FieldValue {
    let kind = ProviderKind::Storage;
    let rows = state.providers.rows(kind).iter();
    let status = |row: &FakeProvider| {
        let title = kind.definition(&row.key).map(|it| &it.title);
        object! { row [key], "title" => title }.with_all(&row.state)
    };
    rows.filter(|row| row.is_enabled).map(status).collect()
}

/// Starts the targets that are switched on, and stores in their state whether that succeeded.
fn start_targets(state: &mut State) {
    let rows = state.providers.rows(ProviderKind::Storage).iter();
    let enabled: Vec<_> = rows.filter(|row| row.is_enabled).cloned().collect();
    state.providers.started = enabled.iter().map(|row| row.key.clone()).collect();
    for row in enabled {
        // This is the only failure to start that the fake imitates.
        let is_lost = row.key == "disk" && row.config["path"] == "";
        let (status, message) = if is_lost {
            ("error", "ENOENT: no such file or directory, mkdir ''")
        } else {
            ("operational", "")
        };
        let attempted = json!({"status": status, "message": message, "lastAttempt": state.now()});
        let start = |row: &mut FakeProvider| row.state = attempted;
        state
            .providers
            .patch(ProviderKind::Storage, &row.key, start);
    }
}

fn execute_action(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (key, handler) = (call.text("targetKey"), call.text("handler"));
    let is_started = state.providers.started.iter().any(|started| started == key);
    let message = "Invalid or Inactive Storage Target";
    ensure(is_started, || Failure::error(message))?;
    let definition = ProviderKind::Storage.definition(key);
    let actions = definition.and_then(|definition| definition.actions.as_ref());
    let is_action = actions.is_some_and(|actions| actions.iter().any(|own| own == handler));
    let is_known = is_action || FUNCTIONS.contains(&handler);
    let message = "Invalid Handler for Storage Target";
    ensure(is_known, || Failure::error(message))?;
    let action = (key.to_owned(), handler.to_owned());
    state.providers.actions.push(action);
    Ok(done("Action completed."))
}

fn strategy_modules() -> FieldValue {
    let modules = ProviderKind::Strategy.definitions().iter();
    modules
        .map(|definition| {
            let props = definition.props.iter().map(|prop| {
                let shown = Value::Object(definition.prop(&prop.key).unwrap_or_default());
                object! { "key" => &prop.key, "value" => shown.to_string() }
            });
            definition_of(definition).with("props", props.collect::<FieldValue>())
        })
        .collect()
}

fn strategies(state: &State, call: Call<'_>) -> FieldValue {
    let rows = state.providers.rows(ProviderKind::Strategy).iter();
    let is_shown = |row: &&FakeProvider| row.is_enabled || !call.flag("enabledOnly");
    let mut rows: Vec<_> = rows.filter(is_shown).collect();
    rows.sort_by_key(|row| row.order);
    let rows = rows.into_iter().map(|row| {
        let definition = ProviderKind::Strategy.definition(&row.module);
        let module = definition.map(definition_of).unwrap_or_default();
        object! {
            row [key, display_name, order, is_enabled, self_registration, domain_whitelist,
                auto_enroll_groups],
            "strategy" => module.with("props", not_iterable("AuthenticationStrategy")),
            "config" => config(row, definition, false),
        }
    });
    rows.collect()
}

/// Deletes the strategies that are not listed, up to one that has users.
fn delete_strategies(state: &mut State, listed: &[String]) -> Resolved<()> {
    let rows = state.providers.rows(ProviderKind::Strategy).to_vec();
    for row in rows.iter().filter(|row| !listed.contains(&row.key)) {
        let users = state
            .providers
            .users
            .get(&row.key)
            .copied()
            .unwrap_or_default();
        let name = &row.display_name;
        let message = || format!("Cannot delete {name} as 1 or more users are still using it.");
        ensure(users == 0, || Failure::error(message()))?;
        state
            .providers
            .rows_mut(ProviderKind::Strategy)
            .retain(|own| own.key != row.key);
    }
    Ok(())
}
