//! Storage targets, search engines, renderers, analytics, loggers, comment providers and login strategies.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The key of the strategy that every wiki has.
pub(crate) const LOCAL: &str = "local";

/// The modules of Wiki.js 2.5 with the definitions of their settings, by domain.
static DEFINITIONS: LazyLock<BTreeMap<String, Vec<Definition>>> = LazyLock::new(|| {
    let modules = serde_json::from_str(include_str!("../data/providers.json"));
    modules.unwrap_or_default()
});

/// A module.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Definition {
    pub(crate) key: String,
    pub(crate) title: String,
    /// `None` if the module does not define it.
    pub(crate) is_available: Option<bool>,
    #[serde(default)]
    is_enabled: bool,
    #[serde(default)]
    pub(crate) props: Vec<Prop>,
    /// Modes of a storage target; `None` for a target that is not implemented.
    pub(crate) modes: Option<Vec<String>>,
    #[serde(default)]
    mode: String,
    /// Interval of a storage target, or `false` for one without a schedule.
    #[serde(default)]
    pub(crate) schedule: Value,
    /// Actions of a storage target.
    pub(crate) actions: Option<Vec<String>>,
    /// Parent of a renderer.
    pub(crate) depends_on: Option<String>,
    /// Input format of a renderer.
    pub(crate) input: Option<String>,
    /// Level of a logger.
    #[serde(default)]
    level: String,
    /// Kind of user name that a strategy asks for.
    pub(crate) username_type: Option<String>,
}

/// The definition of a setting. Without an explicit type, the type is that of the default.
#[derive(Debug, Deserialize)]
pub(crate) struct Prop {
    pub(crate) key: String,
    default: Value,
    r#type: Option<String>,
    r#enum: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    multiline: bool,
}

impl Definition {
    /// Returns the definition of a setting as Wiki.js shows it; missing parts are `false`.
    pub(crate) fn prop(&self, key: &str) -> Option<Map<String, Value>> {
        let index = self.props.iter().position(|prop| prop.key == key)?;
        let prop = &self.props[index];
        let kind = match (&prop.r#type, &prop.default) {
            (Some(kind), _) => kind,
            (None, Value::Bool(_)) => "boolean",
            (None, Value::Number(_)) => "number",
            (None, _) => "string",
        };
        let allowed = prop
            .r#enum
            .as_ref()
            .map_or(json!(false), |values| json!(values));
        let shown = json!({
            "default": prop.default, "type": kind, "title": key, "hint": false, "enum": allowed,
            "multiline": prop.multiline, "sensitive": prop.sensitive, "maxWidth": 0, "order": index + 1,
        });
        shown.as_object().cloned()
    }
}

/// A domain whose modules have settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProviderKind {
    /// `storage`.
    Storage,
    /// `search`.
    SearchEngine,
    /// `rendering`.
    Renderer,
    /// `analytics`.
    Analytics,
    /// `logging`.
    Logger,
    /// `comments`.
    CommentProvider,
    /// `authentication`.
    Strategy,
}

impl ProviderKind {
    /// Every kind with the name of its domain.
    const ALL: [(Self, &'static str); 7] = [
        (Self::Storage, "storage"),
        (Self::SearchEngine, "search"),
        (Self::Renderer, "rendering"),
        (Self::Analytics, "analytics"),
        (Self::Logger, "logging"),
        (Self::CommentProvider, "comments"),
        (Self::Strategy, "authentication"),
    ];

    /// Returns the modules of the domain.
    pub(crate) fn definitions(self) -> &'static [Definition] {
        let domain = Self::ALL.iter().find(|(kind, _)| *kind == self);
        let modules = domain.and_then(|(_, domain)| DEFINITIONS.get(*domain));
        modules.map_or(&[], Vec::as_slice)
    }

    /// Returns a module of the domain.
    pub(crate) fn definition(self, module: &str) -> Option<&'static Definition> {
        let mut definitions = self.definitions().iter();
        definitions.find(|definition| definition.key == module)
    }
}

/// A module as it is set up: its row in the wiki's database.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use wikijs_fake::{FakeWiki, ProviderKind};
///
/// let wiki = FakeWiki::start().await;
/// let git = wiki.provider(ProviderKind::Storage, "git").unwrap();
/// assert_eq!(git.config["branch"], "master");
/// assert!(!git.is_enabled);
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct FakeProvider {
    /// `key`; a UUID for strategies other than `local`.
    pub key: String,
    /// Module: the same as `key`, except for strategies.
    pub module: String,
    /// `true` if it is enabled.
    pub is_enabled: bool,
    /// `config`, by the keys of the settings.
    pub config: Value,
    /// Mode of a storage target.
    pub mode: String,
    /// Interval of a storage target.
    pub sync_interval: Option<String>,
    /// State of a storage target: `status`, `message` and `lastAttempt`.
    pub state: Value,
    /// Level of a logger.
    pub level: String,
    /// Name of a strategy on the login page.
    pub display_name: String,
    /// Position of a strategy on the login page.
    pub order: i64,
    /// `true` if users may register with the strategy.
    pub self_registration: bool,
    /// Domains of mail addresses that may register with the strategy.
    pub domain_whitelist: Vec<String>,
    /// Groups of new users of the strategy.
    pub auto_enroll_groups: Vec<i64>,
}

impl FakeProvider {
    /// Returns a module of a fresh wiki.
    fn of(definition: &Definition) -> Self {
        let props = definition.props.iter();
        let config = props.map(|prop| (prop.key.clone(), prop.default.clone()));
        let interval = definition.schedule.as_str().unwrap_or("P0D");
        let has_schedule = !definition.mode.is_empty();
        let display_name = if definition.key == LOCAL { "Local" } else { "" };
        Self {
            key: definition.key.clone(),
            module: definition.key.clone(),
            is_enabled: definition.is_enabled,
            config: Value::Object(config.collect()),
            mode: definition.mode.clone(),
            sync_interval: has_schedule.then(|| interval.to_owned()),
            state: pending(""),
            level: definition.level.clone(),
            display_name: display_name.to_owned(),
            ..Self::default()
        }
    }

    /// Returns the settings; none if they are not an object.
    pub(crate) fn settings(&self) -> Map<String, Value> {
        self.config.as_object().cloned().unwrap_or_default()
    }
}

/// Returns the state of a storage target that was not started yet.
pub(crate) fn pending(message: &str) -> Value {
    json!({"status": "pending", "message": message, "lastAttempt": null})
}

/// The modules of a wiki.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    rows: BTreeMap<ProviderKind, Vec<FakeProvider>>,
    /// Storage targets that were started.
    pub(crate) started: Vec<String>,
    /// Target and handler of the executed actions.
    pub(crate) actions: Vec<(String, String)>,
    /// Search engine in use.
    pub(crate) active_engine: String,
    /// Number of times that the index was rebuilt.
    pub(crate) index_rebuilds: usize,
    /// Number of users by strategy.
    pub(crate) users: BTreeMap<String, usize>,
}

impl Providers {
    /// Returns the modules of a fresh wiki. Of the strategies only `local` is set up.
    pub(crate) fn fresh() -> Self {
        let rows = ProviderKind::ALL.map(|(kind, _)| {
            let definitions = kind.definitions().iter();
            let is_set_up =
                |module: &&Definition| kind != ProviderKind::Strategy || module.key == LOCAL;
            let rows = definitions.filter(is_set_up).map(FakeProvider::of);
            (kind, rows.collect())
        });
        Self {
            rows: rows.into(),
            active_engine: "db".to_owned(),
            users: BTreeMap::from([(LOCAL.to_owned(), 2)]),
            ..Self::default()
        }
    }

    /// Returns the rows of a domain. As in PostgreSQL, a row that was written is the last one.
    pub(crate) fn rows(&self, kind: ProviderKind) -> &[FakeProvider] {
        self.rows.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Returns a row of a domain.
    pub(crate) fn row(&self, kind: ProviderKind, key: &str) -> Option<&FakeProvider> {
        self.rows(kind).iter().find(|row| row.key == key)
    }

    /// Changes a row. Returns `false` if there is none.
    pub(crate) fn patch(
        &mut self,
        kind: ProviderKind,
        key: &str,
        change: impl FnOnce(&mut FakeProvider),
    ) -> bool {
        let rows = self.rows_mut(kind);
        let index = rows.iter().position(|row| row.key == key);
        let row = index.map(|index| rows.remove(index));
        let is_present = row.is_some();
        rows.extend(row.map(|mut row| {
            change(&mut row);
            row
        }));
        is_present
    }

    /// Returns the rows of a domain to be changed.
    pub(crate) fn rows_mut(&mut self, kind: ProviderKind) -> &mut Vec<FakeProvider> {
        self.rows.entry(kind).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_domain_has_modules() {
        let has_modules = |kind: ProviderKind| !kind.definitions().is_empty();
        assert!(ProviderKind::ALL.iter().all(|(kind, _)| has_modules(*kind)));
    }
}
