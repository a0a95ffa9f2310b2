//! `storage`, `search`, `rendering`, `analytics` and `logging`; the providers of `comments`, the strategies of
//! `authentication`; `mail`.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::errors::Failure;
use crate::state::configuration::Defaults;
use crate::state::providers::{Definition, FakeProvider, ProviderKind, pending};
use crate::state::{SearchEngine, State};
use crate::text::length;
use apollo_compiler::response::JsonValue;
use serde_json::{Map, Value, json};

/// The text that Wiki.js returns in place of a secret.
const MASK: &str = "********";
/// Functions of every target's code. Wiki.js also executes them if they are requested as actions.
const FUNCTIONS: [&str; 4] = ["init", "activated", "deactivated", "created"];
/// The length of the shortest address that Wiki.js sends a test to.
const SHORTEST_ADDRESS: usize = 6;
const LOGO: &str = "https://wiki.example.com/logo.svg";
const WEBSITE: &str = "https://wiki.example.com";

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
        "MailQuery" => return Some(mail_config(state)),
        "MailMutation" if call.field == "sendTest" => {
            let sent = send_test(state, call.text("recipientEmail"));
            return Some(Ok(response_result(sent)));
        }
        "MailMutation" => return Some(Ok(update_mail(state, call).into())),
        _ => return None,
    };
    let update = |state, list, message| update(state, kind, call, list).map(|()| done(message));
    let result = match call.field {
        "providers" | "loggers" | "renderers" | "searchEngines" => {
            return Some(Ok(list(state, kind, call)));
        }
        "targets" => return Some(storage_targets(state)),
        "status" => return Some(Ok(storage_status(state))),
        "strategies" => return Some(Ok(strategy_modules())),
        "activeStrategies" => return Some(Ok(strategies(state, call))),
        "updateProviders" if kind == ProviderKind::CommentProvider => {
            update(state, "providers", "Comment Providers updated successfully")
        }
        "updateProviders" => update(state, "providers", "Providers updated successfully"),
        "updateLoggers" => update(state, "loggers", "Loggers updated successfully"),
        "updateRenderers" => update(state, "renderers", "Renderers updated successfully"),
        "updateSearchEngines" => update_search_engines(state, call),
        "rebuildIndex" => rebuild_index(state),
        "updateTargets" => update_targets(state, call),
        "executeAction" => execute_action(state, call),
        "updateStrategies" => update_strategies(state, call),
        _ => return None,
    };
    Some(Ok(response_result(result)))
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
    rows.into_iter()
        .map(|row| {
            let definition = kind.definition(&row.module);
            module(row, definition).with("config", config(row, definition, shows_all))
        })
        .collect()
}

/// Returns a module without its settings.
fn module(row: &FakeProvider, definition: Option<&Definition>) -> Object {
    let module = object! { row [key, is_enabled, level] };
    let Some(definition) = definition else {
        return module;
    };
    let module = module
        .with("title", &definition.title)
        .with("description", "A module of wikijs-fake.")
        .with("logo", LOGO)
        .with("website", WEBSITE)
        .with("isAvailable", definition.is_available)
        .with("props", not_iterable("AnalyticsProvider"));
    let Definition {
        depends_on, input, ..
    } = definition;
    if depends_on.is_none() && input.is_none() {
        return module;
    }
    module
        .with("icon", "mdi-format-text")
        .with("dependsOn", depends_on)
        .with("input", input)
        .with("output", input.as_ref().map(|_| "html"))
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
    for input in inputs(call, argument)? {
        let (key, settings) = (input.key()?, input.settings()?);
        let is_logger = kind == ProviderKind::Logger;
        let settings = if is_logger {
            // Loggers store the texts as they are.
            let pairs = settings.into_iter();
            pairs.map(|(key, text)| (key, text.into())).collect()
        } else {
            parsed(&settings)?
        };
        state.providers.patch(kind, key, |row| {
            row.is_enabled = input.flag("isEnabled");
            if is_logger {
                row.level = input.text("level");
            }
            row.config = Value::Object(settings);
        });
    }
    Ok(())
}

/// A module in the list of a request.
#[derive(Debug)]
struct Input(Value);

/// The key and text of a setting in a request.
type Pair = (String, String);

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
        key.ok_or_else(|| Failure::null_property("key"))
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

    fn settings(&self) -> Resolved<Vec<Pair>> {
        let pairs = self.0["config"].as_array().into_iter().flatten();
        let pairs = pairs.map(|pair| {
            let text = |name: &str| pair[name].as_str().map(str::to_owned);
            let pair = text("key").zip(text("value"));
            pair.ok_or_else(|| Failure::null_property("value"))
        });
        pairs.collect()
    }
}

/// Returns the settings of a request. Each text must be JSON; the value is its member `v`, or null.
fn parsed(pairs: &[Pair]) -> Resolved<Map<String, Value>> {
    let values = pairs.iter().map(|(key, text)| {
        let value: Value = serde_json::from_str(text).map_err(|_| Failure::syntax_error(text))?;
        Ok((key.clone(), value.get("v").cloned().unwrap_or_default()))
    });
    values.collect()
}

fn update_search_engines(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let kind = ProviderKind::SearchEngine;
    let listed = inputs(call, "engines")?;
    let enabled = listed.iter().rfind(|engine| engine.flag("isEnabled"));
    let chosen = enabled.and_then(|engine| engine.key().ok().map(str::to_owned));
    update(state, kind, call, "engines")?;
    // The active engine loses its index if the request does not enable it, even if it stays active.
    if chosen.as_deref() != Some(state.providers.active_engine.as_str()) {
        state.drop_index();
    }
    let rows = state.providers.rows(kind).iter();
    let enabled = rows.filter(|row| row.is_enabled).map(|row| row.key.clone());
    if let Some(active) = enabled.min() {
        state.settings.search_engine = match active.as_str() {
            "postgres" => SearchEngine::Postgres,
            _ => SearchEngine::Db,
        };
        state.providers.active_engine = active;
    }
    Ok(done("Search Engines updated successfully"))
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
    let mut rows: Vec<_> = state.providers.rows(kind).iter().collect();
    rows.sort_by_key(|row| (kind.definition(&row.key).map(|it| &it.title), &row.key));
    let targets = rows.into_iter().map(|row| {
        let Some(definition) = kind.definition(&row.module) else {
            return Ok(module(row, None));
        };
        let mut masked = row.clone();
        let mut settings = row.settings();
        for (_, value) in settings
            .iter_mut()
            .filter(|(key, _)| definition.is_sensitive(key))
        {
            match value {
                Value::String(text) if !text.is_empty() => *value = json!(MASK),
                Value::Null => return Err(Failure::null_property("length")),
                _ => {}
            }
        }
        masked.config = Value::Object(settings);
        let interval = row.sync_interval.as_deref().filter(|text| !text.is_empty());
        let default = definition.schedule.as_str();
        let actions = definition.actions.as_ref().map(|actions| {
            let action =
                |name: &String| object! { "handler" => name, "label" => name, "hint" => "" };
            actions.iter().map(action).collect::<FieldValue>()
        });
        Ok(module(row, Some(definition))
            .with("config", config(&masked, Some(definition), false))
            .with("mode", &row.mode)
            .with("supportedModes", &definition.modes)
            .with("hasSchedule", definition.schedule != false)
            .with("syncInterval", interval.or(default).unwrap_or("P0D"))
            // graphql-js serializes `false` in a String field as text.
            .with(
                "syncIntervalDefault",
                default.or((definition.schedule == false).then_some("false")),
            )
            .with("actions", actions))
    });
    targets
        .collect::<Resolved<Vec<Object>>>()
        .map(FieldValue::from)
}

fn storage_status(state: &State) -> FieldValue {
    let kind = ProviderKind::Storage;
    let rows = state.providers.rows(kind).iter();
    rows.filter(|row| row.is_enabled)
        .map(|row| {
            object! {
                "key" => &row.key,
                "title" => kind.definition(&row.key).map(|it| &it.title),
                "status" => row.state["status"].as_str(),
                "message" => row.state["message"].as_str(),
                "lastAttempt" => row.state["lastAttempt"].as_str(),
            }
        })
        .collect()
}

fn update_targets(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let kind = ProviderKind::Storage;
    let before: Vec<_> = state.providers.rows(kind).to_vec();
    for input in inputs(call, "targets")? {
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
        state.providers.patch(kind, key, |row| {
            row.is_enabled = input.flag("isEnabled");
            row.mode = input.text("mode");
            // An omitted interval is kept, null is stored.
            if let Some(interval) = input.0.get("syncInterval") {
                row.sync_interval = interval.as_str().map(str::to_owned);
            }
            row.config = Value::Object(settings);
            row.state = pending("Initializing...");
        });
    }
    start_targets(state);
    Ok(done("Storage targets updated successfully"))
}

/// Starts the targets that are switched on, and stores in their state whether that succeeded.
fn start_targets(state: &mut State) {
    let rows = state.providers.rows(ProviderKind::Storage).iter();
    let enabled: Vec<_> = rows.filter(|row| row.is_enabled).cloned().collect();
    state.providers.started = enabled.iter().map(|row| row.key.clone()).collect();
    for row in enabled {
        // This is the only failure to start that the fake imitates.
        let is_lost = row.key == "disk" && row.config["path"] == "";
        let now = state.now();
        let (status, message) = if is_lost {
            ("error", "ENOENT: no such file or directory, mkdir ''")
        } else {
            ("operational", "")
        };
        state
            .providers
            .patch(ProviderKind::Storage, &row.key, |row| {
                row.state = json!({"status": status, "message": message, "lastAttempt": now});
            });
    }
}

fn execute_action(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let (key, handler) = (call.text("targetKey"), call.text("handler"));
    if !state.providers.started.iter().any(|started| started == key) {
        return Err(Failure::error("Invalid or Inactive Storage Target"));
    }
    let definition = ProviderKind::Storage.definition(key);
    let actions = definition.and_then(|definition| definition.actions.as_ref());
    let is_action = actions.is_some_and(|actions| actions.iter().any(|own| own == handler));
    if !is_action && !FUNCTIONS.contains(&handler) {
        return Err(Failure::error("Invalid Handler for Storage Target"));
    }
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
            strategy_module(definition).with("props", props.collect::<FieldValue>())
        })
        .collect()
}

/// Returns a module for strategies without its settings.
fn strategy_module(definition: &Definition) -> Object {
    object! {
        definition [key, title, is_available, username_type],
        "description" => "A strategy of wikijs-fake.",
        "useForm" => definition.username_type.is_some(),
        "logo" => LOGO,
        "color" => "primary",
        "website" => WEBSITE,
        "icon" => "<svg/>",
    }
}

fn strategies(state: &State, call: Call<'_>) -> FieldValue {
    let mut rows: Vec<_> = state
        .providers
        .rows(ProviderKind::Strategy)
        .iter()
        .collect();
    rows.retain(|row| row.is_enabled || !call.flag("enabledOnly"));
    rows.sort_by_key(|row| row.order);
    let rows = rows.into_iter().map(|row| {
        let definition = ProviderKind::Strategy.definition(&row.module);
        let module = definition.map(strategy_module).unwrap_or_default();
        object! {
            row [key, display_name, order, is_enabled, self_registration, domain_whitelist,
                auto_enroll_groups],
            "strategy" => module.with("props", not_iterable("AuthenticationStrategy")),
            "config" => config(row, definition, false),
        }
    });
    rows.collect()
}

/// Writes the listed strategies, then deletes the others, up to one that has users.
fn update_strategies(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let kind = ProviderKind::Strategy;
    let before: Vec<_> = state.providers.rows(kind).to_vec();
    let mut listed = Vec::new();
    for input in inputs(call, "strategies")? {
        let key = input.key()?;
        listed.push(key.to_owned());
        let settings = parsed(&input.settings()?)?;
        let write = |row: &mut FakeProvider| {
            row.module = input.text("strategyKey");
            row.display_name = input.text("displayName");
            row.order = input.0["order"].as_i64().unwrap_or_default();
            // Before 2.5.117, every configured strategy is enabled.
            row.is_enabled = input.0["isEnabled"].as_bool().unwrap_or(true);
            row.self_registration = input.flag("selfRegistration");
            row.config = Value::Object(settings);
            row.domain_whitelist = input.list("domainWhitelist", |domain| {
                domain.as_str().map(str::to_owned)
            });
            row.auto_enroll_groups = input.list("autoEnrollGroups", Value::as_i64);
        };
        if before.iter().any(|row| row.key == key) {
            state.providers.patch(kind, key, write);
        } else {
            let mut row = FakeProvider {
                key: key.to_owned(),
                ..before.first().cloned().unwrap_or_default()
            };
            write(&mut row);
            state.providers.insert(kind, row);
        }
    }
    for row in before.iter().filter(|row| !listed.contains(&row.key)) {
        let users = state.providers.users.get(&row.key).copied();
        if users.unwrap_or_default() > 0 {
            let name = &row.display_name;
            return Err(Failure::error(format!(
                "Cannot delete {name} as 1 or more users are still using it."
            )));
        }
        state.providers.remove(kind, &row.key);
    }
    Ok(done("Strategies updated successfully"))
}

/// Returns the names of the fields of the mail configuration.
fn mail_fields() -> impl Iterator<Item = &'static String> {
    let defaults = Defaults::get().mail.as_object();
    defaults.into_iter().flat_map(Map::keys)
}

fn mail_config(state: &State) -> Resolved {
    let mail = &state.providers.mail;
    let Some(password) = mail["pass"].as_str() else {
        return Err(Failure::undefined_property("length"));
    };
    let mut config = Object::default();
    for field in mail_fields() {
        config = match field.as_str() {
            "pass" if !password.is_empty() => config.with("pass", MASK),
            _ => config.with(field, FieldValue::of_json(&mail[field])),
        };
    }
    Ok(config.into())
}

fn update_mail(state: &mut State, call: Call<'_>) -> Object {
    let fields = mail_fields().map(|field| (field.clone(), call.json(field)));
    let mut mail: Value = fields.collect();
    if mail["pass"] == MASK {
        mail["pass"] = state.providers.mail["pass"].clone();
    }
    state.providers.mail = mail;
    done("Mail configuration updated successfully.")
}

fn send_test(state: &mut State, recipient: &str) -> Resolved<Object> {
    if length(recipient) < SHORTEST_ADDRESS {
        return Err(Failure::mail_invalid_recipient());
    }
    if !state.providers.sends_mail() {
        return Err(Failure::mail_not_configured());
    }
    state.providers.test_mails.push(recipient.to_owned());
    Ok(done("Test email sent successfully."))
}
