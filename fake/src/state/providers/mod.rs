//! Storage targets, search engines, renderers, analytics, loggers, comment providers and login strategies.

mod definitions;

pub(crate) use definitions::{Definition, More, Schedule};

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key of the strategy that every wiki has.
pub(crate) const LOCAL: &str = "local";

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

/// A module as it is set up: the row in the wiki's database.
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
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FakeProvider {
    /// `key`; of a strategy other than `local` a UUID.
    pub key: String,
    /// The module: the same as `key`, but of strategies.
    pub module: String,
    /// Whether it is switched on.
    pub is_enabled: bool,
    /// `config`, by the keys of the settings.
    pub config: Value,
    /// Of a storage target.
    pub mode: String,
    /// Of a storage target.
    pub sync_interval: Option<String>,
    /// Of a storage target: `status`, `message` and `lastAttempt`.
    pub state: Value,
    /// Of a logger.
    pub level: String,
    /// Of a strategy: what the login page calls it.
    pub display_name: String,
    /// Of a strategy: its place on the login page.
    pub order: i64,
    /// Of a strategy: whether users are made as they come.
    pub self_registration: bool,
    /// Of a strategy: domains of mail addresses.
    pub domain_whitelist: Vec<String>,
    /// Of a strategy: groups of new users.
    pub auto_enroll_groups: Vec<i64>,
}

impl FakeProvider {
    /// A module of a fresh wiki.
    pub(crate) fn of(definition: &Definition) -> Self {
        let config = definition
            .props
            .iter()
            .map(|prop| (prop.key.to_owned(), prop.default.clone()))
            .collect();
        let mut provider = Self {
            key: definition.key.to_owned(),
            module: definition.key.to_owned(),
            is_enabled: definition.is_enabled,
            config: Value::Object(config),
            mode: String::new(),
            sync_interval: None,
            state: pending(""),
            level: String::new(),
            display_name: String::new(),
            order: 0,
            self_registration: false,
            domain_whitelist: Vec::new(),
            auto_enroll_groups: Vec::new(),
        };
        match definition.more {
            More::Storage { mode, schedule, .. } => {
                mode.clone_into(&mut provider.mode);
                provider.sync_interval = Some(schedule.interval().unwrap_or("P0D").to_owned());
            }
            More::Logger { level } => level.clone_into(&mut provider.level),
            More::Nothing | More::Renderer { .. } | More::Strategy { .. } => {}
        }
        provider
    }

    /// The settings, should they be an object.
    pub(crate) fn settings(&self) -> Map<String, Value> {
        self.config.as_object().cloned().unwrap_or_default()
    }
}

/// The state of a storage target that was not started yet.
pub(crate) fn pending(message: &str) -> Value {
    json!({"status": "pending", "message": message, "lastAttempt": null})
}

/// All modules of the wiki.
#[derive(Debug)]
pub(crate) struct Providers {
    definitions: BTreeMap<ProviderKind, Vec<Definition>>,
    rows: BTreeMap<ProviderKind, Vec<FakeProvider>>,
    /// The storage targets that were started.
    pub(crate) started: Vec<String>,
    /// Target and handler of the actions that were executed.
    pub(crate) actions: Vec<(String, String)>,
    /// The engine that is in use.
    pub(crate) active_engine: String,
    /// How often the index was rebuilt.
    pub(crate) index_rebuilds: usize,
    /// How many users came by a strategy.
    pub(crate) users: BTreeMap<String, usize>,
    /// The configuration of mail.
    pub(crate) mail: Value,
    /// To whom test mails went.
    pub(crate) test_mails: Vec<String>,
}

impl Providers {
    /// Those of a fresh wiki.
    pub(crate) fn fresh() -> Self {
        let definitions = BTreeMap::from([
            (ProviderKind::Storage, definitions::storage()),
            (ProviderKind::SearchEngine, definitions::search_engines()),
            (ProviderKind::Renderer, definitions::renderers()),
            (ProviderKind::Analytics, definitions::analytics()),
            (ProviderKind::Logger, definitions::loggers()),
            (
                ProviderKind::CommentProvider,
                definitions::comment_providers(),
            ),
            (ProviderKind::Strategy, definitions::strategies()),
        ]);
        let mut rows: BTreeMap<_, Vec<_>> = definitions
            .iter()
            .map(|(kind, modules)| (*kind, modules.iter().map(FakeProvider::of).collect()))
            .collect();
        if let Some(strategies) = rows.get_mut(&ProviderKind::Strategy) {
            strategies.retain(|strategy| strategy.key == LOCAL);
            for strategy in strategies {
                "Local".clone_into(&mut strategy.display_name);
            }
        }
        Self {
            definitions,
            rows,
            started: Vec::new(),
            actions: Vec::new(),
            active_engine: "db".to_owned(),
            index_rebuilds: 0,
            users: BTreeMap::from([(LOCAL.to_owned(), 2)]),
            mail: json!({
                "senderName": "", "senderEmail": "", "host": "", "port": 465, "name": "", "secure": true,
                "verifySSL": true, "user": "", "pass": "", "useDKIM": false, "dkimDomainName": "",
                "dkimKeySelector": "", "dkimPrivateKey": "",
            }),
            test_mails: Vec::new(),
        }
    }

    /// Whether mail is configured, as far as Wiki.js looks.
    pub(crate) fn sends_mail(&self) -> bool {
        let host = self.mail["host"].as_str().unwrap_or_default();
        host.encode_utf16().count() > 2
    }

    /// The modules of a domain.
    pub(crate) fn definitions(&self, kind: ProviderKind) -> &[Definition] {
        self.definitions.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// A module of a domain.
    pub(crate) fn definition(&self, kind: ProviderKind, module: &str) -> Option<&Definition> {
        self.definitions(kind)
            .iter()
            .find(|definition| definition.key == module)
    }

    /// The rows of a domain. One that was written last comes last, as in PostgreSQL.
    pub(crate) fn rows(&self, kind: ProviderKind) -> &[FakeProvider] {
        self.rows.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// A row of a domain.
    pub(crate) fn row(&self, kind: ProviderKind, key: &str) -> Option<&FakeProvider> {
        self.rows(kind).iter().find(|row| row.key == key)
    }

    /// Changes a row, should there be one.
    pub(crate) fn patch(
        &mut self,
        kind: ProviderKind,
        key: &str,
        change: impl FnOnce(&mut FakeProvider),
    ) -> bool {
        let rows = self.rows.entry(kind).or_default();
        let Some(place) = rows.iter().position(|row| row.key == key) else {
            return false;
        };
        let mut row = rows.remove(place);
        change(&mut row);
        rows.push(row);
        true
    }

    /// Adds a row.
    pub(crate) fn insert(&mut self, kind: ProviderKind, row: FakeProvider) {
        self.rows.entry(kind).or_default().push(row);
    }

    /// Takes a row out.
    pub(crate) fn remove(&mut self, kind: ProviderKind, key: &str) {
        self.rows
            .entry(kind)
            .or_default()
            .retain(|row| row.key != key);
    }
}
