//! `storage`, `search`, `rendering`, `analytics` and `logging`; the providers of `comments`, the strategies of
//! `authentication`; `mail`.

mod mail;
mod search;
mod storage;
mod strategies;

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::State;
use crate::state::providers::{Definition, FakeProvider, More, ProviderKind};
use apollo_compiler::response::JsonValue;
use serde_json::{Map, Value};

/// What Wiki.js shows in place of a secret.
const MASK: &str = "********";

/// Resolves a field, should it be one of these.
pub(super) fn resolve(
    context: &Context,
    type_name: &str,
    field: &str,
    arguments: Arguments<'_>,
) -> Option<Result<Answer, Failure>> {
    let mut state = context.shared.state();
    let state = &mut *state;
    let kind = match type_name {
        "AnalyticsQuery" | "AnalyticsMutation" => ProviderKind::Analytics,
        "LoggingQuery" | "LoggingMutation" => ProviderKind::Logger,
        "RenderingQuery" | "RenderingMutation" => ProviderKind::Renderer,
        "CommentQuery" | "CommentMutation" => ProviderKind::CommentProvider,
        "SearchQuery" | "SearchMutation" => ProviderKind::SearchEngine,
        "StorageQuery" | "StorageMutation" => ProviderKind::Storage,
        "AuthenticationQuery" | "AuthenticationMutation" => ProviderKind::Strategy,
        "MailQuery" => return Some(mail::config(state)),
        "MailMutation" => return Some(Ok(outcome::of(mail::mutate(state, field, arguments)))),
        _ => return None,
    };
    let done = match field {
        "providers" | "loggers" | "renderers" | "searchEngines" => {
            return Some(Ok(list(state, kind, arguments)));
        }
        "targets" => return Some(storage::targets(state)),
        "status" => return Some(Ok(storage::status(state))),
        "strategies" => return Some(Ok(strategies::kinds(state))),
        "activeStrategies" => return Some(Ok(strategies::active(state, arguments))),
        "updateProviders" => {
            let comments = kind == ProviderKind::CommentProvider;
            let message = if comments {
                "Comment Providers updated successfully"
            } else {
                "Providers updated successfully"
            };
            update(state, kind, arguments, "providers").map(|()| outcome::done(message))
        }
        "updateLoggers" => update(state, kind, arguments, "loggers")
            .map(|()| outcome::done("Loggers updated successfully")),
        "updateRenderers" => update(state, kind, arguments, "renderers")
            .map(|()| outcome::done("Renderers updated successfully")),
        "updateSearchEngines" => search::update(state, arguments),
        "rebuildIndex" => search::rebuild(state),
        "updateTargets" => storage::update(state, arguments),
        "executeAction" => storage::execute(state, arguments),
        "updateStrategies" => strategies::update(state, arguments),
        _ => return None,
    };
    Some(Ok(outcome::of(done)))
}

/// Modules that have settings and not much else.
fn list(state: &State, kind: ProviderKind, arguments: Arguments<'_>) -> Answer {
    let enabled = arguments.raw("isEnabled").and_then(JsonValue::as_bool);
    let mut rows: Vec<_> = state.providers.rows(kind).iter().collect();
    rows.retain(|row| enabled.is_none_or(|enabled| row.is_enabled == enabled));
    let sorted = matches!(
        kind,
        ProviderKind::Analytics | ProviderKind::CommentProvider
    );
    if sorted || arguments.text("orderBy") == Some("key") {
        rows.sort_by(|one, other| one.key.cmp(&other.key));
    }
    rows.into_iter()
        .map(|row| {
            let definition = state.providers.definition(kind, &row.module);
            // Analytics and loggers show what no definition speaks of, too.
            let shows_all = matches!(kind, ProviderKind::Analytics | ProviderKind::Logger);
            shown(row, definition).with("config", config(row, definition, shows_all))
        })
        .collect()
}

/// What all modules show, but for their settings.
fn shown(row: &FakeProvider, definition: Option<&Definition>) -> Record {
    let record = record! {
        "key" => &row.key,
        "isEnabled" => row.is_enabled,
        "level" => &row.level,
    };
    let Some(definition) = definition else {
        return record;
    };
    let record = record
        .with("title", definition.title)
        .with("description", "A module of wikijs-fake.")
        .with("logo", "https://wiki.example.com/logo.svg")
        .with("website", "https://wiki.example.com")
        .with("isAvailable", definition.is_available)
        .with(
            "props",
            Failure::graphql(
                "Expected Iterable, but did not find one for field \"AnalyticsProvider.props\".",
            ),
        );
    match definition.more {
        More::Renderer { depends_on, input } => record
            .with("icon", "mdi-format-text")
            .with("dependsOn", depends_on)
            .with("input", input)
            .with("output", input.map(|_| "html")),
        _ => record,
    }
}

/// The settings as they are read, by key.
fn config(row: &FakeProvider, definition: Option<&Definition>, shows_all: bool) -> Answer {
    let settings = row.settings();
    settings
        .iter()
        .filter_map(|(key, value)| {
            let prop = definition.and_then(|definition| definition.prop(key));
            let shown = match prop {
                Some(prop) => prop.shown(),
                None if shows_all => Map::new(),
                None => return None,
            };
            Some(pair(key, shown, value.clone()))
        })
        .collect()
}

/// A setting as it is read: its definition with the value in it.
fn pair(key: &str, mut definition: Map<String, Value>, value: Value) -> Record {
    definition.insert("value".to_owned(), value);
    record! {
        "key" => key,
        "value" => Value::Object(definition).to_string(),
    }
}

/// Writes the modules that are listed, one after the other: what fails leaves those before it written.
fn update(
    state: &mut State,
    kind: ProviderKind,
    arguments: Arguments<'_>,
    argument: &str,
) -> Result<(), Failure> {
    for input in inputs(arguments, argument)? {
        let (key, settings) = (input.key()?, input.settings()?);
        let settings = match (kind, settings) {
            // Loggers store what comes, as it is.
            (ProviderKind::Logger, pairs) => bare(&pairs),
            (_, pairs) => parsed(&pairs)?,
        };
        state.providers.patch(kind, key, |row| {
            row.is_enabled = input.flag("isEnabled");
            if kind == ProviderKind::Logger {
                row.level = input.text("level");
            }
            row.config = Value::Object(settings);
        });
    }
    Ok(())
}

/// A module as a request lists it.
#[derive(Debug)]
struct Input(Value);

/// A setting as a request has it: its key and text.
type Pair = (String, String);

/// The modules that a request lists.
fn inputs(arguments: Arguments<'_>, argument: &str) -> Result<Vec<Input>, Failure> {
    let listed = arguments
        .raw(argument)
        .and_then(|value| serde_json::to_value(value).ok())
        .unwrap_or_default();
    match listed {
        Value::Array(listed) => Ok(listed.into_iter().map(Input).collect()),
        _ => Err(Failure::type_error(format!(
            "args.{argument} is not iterable"
        ))),
    }
}

impl Input {
    fn key(&self) -> Result<&str, Failure> {
        self.0["key"]
            .as_str()
            .ok_or_else(|| Failure::type_error("Cannot read properties of null (reading 'key')"))
    }

    fn flag(&self, name: &str) -> bool {
        self.0[name].as_bool().unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        self.0[name].as_str().unwrap_or_default().to_owned()
    }

    fn settings(&self) -> Result<Vec<Pair>, Failure> {
        let pairs = self.0["config"].as_array().into_iter().flatten();
        pairs
            .map(|pair| {
                let text = |name: &str| pair[name].as_str().map(str::to_owned);
                text("key").zip(text("value")).ok_or_else(|| {
                    Failure::type_error("Cannot read properties of null (reading 'value')")
                })
            })
            .collect()
    }
}

fn bare(pairs: &[Pair]) -> Map<String, Value> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, text)| (key.clone(), text.as_str().into()))
        .collect()
}

/// The settings of a request: of each text, which has to be JSON, what stands under `v`, or null.
fn parsed(pairs: &[Pair]) -> Result<Map<String, Value>, Failure> {
    let values = pairs.iter().map(|(key, text)| {
        let value: Value = serde_json::from_str(text).map_err(|_| Failure::syntax_error(text))?;
        Ok((key.clone(), value.get("v").cloned().unwrap_or_default()))
    });
    values.collect()
}
