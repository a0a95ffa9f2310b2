//! Raw reads and writes of providers, to check what a handle changed, and to restore the state of a real wiki.

use std::{collections::BTreeMap, thread};

use serde_json::{Value, json};

use crate::support::{Wiki, post};

/// Raw queries and mutations for the providers of a domain.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "some are unused without some features")]
pub struct Table {
    /// Name of the domain in the schema.
    domain: &'static str,
    list: &'static str,
    /// Fields besides `key`, `isEnabled` and `config`.
    more: &'static str,
    update: &'static str,
    argument: &'static str,
    input: &'static str,
}

macro_rules! tables {
    ($($name:ident: $domain:literal $list:literal $more:literal $update:literal $argument:literal $input:literal;)*) => {
        $(#[allow(dead_code, reason = "some are unused without some features")]
        pub const $name: Table = Table {
            domain: $domain,
            list: $list,
            more: $more,
            update: $update,
            argument: $argument,
            input: $input,
        };)*
    };
}

tables! {
    ANALYTICS: "analytics" "providers" "" "updateProviders" "providers" "AnalyticsProviderInput";
    COMMENTS: "comments" "providers" "" "updateProviders" "providers" "CommentProviderInput";
    LOGGERS: "logging" "loggers" "level" "updateLoggers" "loggers" "LoggerInput";
    RENDERERS: "rendering" "renderers" "" "updateRenderers" "renderers" "RendererInput";
    SEARCH: "search" "searchEngines" "" "updateSearchEngines" "engines" "SearchEngineInput";
    STORAGE: "storage" "targets" "mode syncInterval" "updateTargets" "targets" "StorageTargetInput";
    STRATEGIES: "authentication" "activeStrategies"
        "displayName order selfRegistration domainWhitelist autoEnrollGroups strategy{key}"
        "updateStrategies" "strategies" "AuthenticationStrategyInput";
}

/// Providers by key; `config` is an object of the settings' plain values.
pub type Rows = BTreeMap<String, Value>;

impl Table {
    pub async fn rows(self, wiki: &Wiki) -> Rows {
        self.read(wiki.url(), wiki.api_key()).await
    }

    /// Returns the current rows, which are restored on drop if they have changed.
    pub async fn original(self, wiki: &Wiki) -> Original {
        Original {
            table: self,
            rows: self.rows(wiki).await,
            url: wiki.url().to_owned(),
            key: wiki.api_key().to_owned(),
        }
    }

    /// Writes rows in the form of Wiki.js.
    #[allow(dead_code, reason = "some are unused without some features")]
    pub async fn write(self, wiki: &Wiki, rows: Vec<Value>) {
        let answer = self.send(wiki.url(), wiki.api_key(), rows).await;
        let result = &answer["data"][self.domain]["done"]["responseResult"];
        assert_eq!(result["succeeded"], true, "{answer}");
    }

    async fn read(self, url: &str, key: &str) -> Rows {
        let Self {
            domain, list, more, ..
        } = self;
        let query =
            format!("{{{domain}{{rows:{list}{{key isEnabled {more} config{{key value}}}}}}}}");
        let answer = post(url, key, &query, json!({})).await;
        let rows = answer["data"][domain]["rows"].as_array();
        let rows = rows.unwrap_or_else(|| panic!("{answer}")).iter().cloned();
        rows.map(|mut row| {
            let pairs = row["config"].as_array().unwrap().iter();
            let settings = pairs.map(|pair| {
                let shown: Value = serde_json::from_str(pair["value"].as_str().unwrap()).unwrap();
                (
                    pair["key"].as_str().unwrap().to_owned(),
                    shown["value"].clone(),
                )
            });
            row["config"] = settings.collect::<serde_json::Map<_, _>>().into();
            (row["key"].as_str().unwrap().to_owned(), row)
        })
        .collect()
    }

    async fn send(self, url: &str, key: &str, rows: Vec<Value>) -> Value {
        let is_bare = self.domain == "logging";
        let rows = rows.into_iter().map(|mut row| {
            let settings = row["config"].as_object().unwrap().iter();
            let pairs: Vec<_> = settings
                .map(|(key, value)| match value {
                    Value::String(text) if is_bare => json!({"key": key, "value": text}),
                    value if is_bare => json!({"key": key, "value": value.to_string()}),
                    value => json!({"key": key, "value": json!({"v": value}).to_string()}),
                })
                .collect();
            row["config"] = pairs.into();
            if let Some(strategy) = row.as_object_mut().unwrap().remove("strategy") {
                row["strategyKey"] = strategy["key"].clone();
            }
            row
        });
        let rows: Vec<_> = rows.collect();
        let Self {
            domain,
            update,
            argument,
            input,
            ..
        } = self;
        let mutation = format!(
            "mutation($rows:[{input}]!){{{domain}{{done:{update}({argument}:$rows){{responseResult{{\
             succeeded message}}}}}}}}"
        );
        post(url, key, &mutation, json!({ "rows": rows })).await
    }
}

/// The providers before a test.
pub struct Original {
    table: Table,
    pub rows: Rows,
    url: String,
    key: String,
}

impl Original {
    /// Asserts that the providers are as before, except for the settings named here.
    pub async fn assert_only(&self, wiki: &Wiki, provider: &str, changed: &[(&str, Value)]) {
        let mut expected = self.rows.clone();
        for (key, value) in changed {
            expected.get_mut(provider).unwrap()["config"][key] = value.clone();
        }
        assert_eq!(self.table.rows(wiki).await, expected);
    }

    async fn restore(&self) {
        let now = self.table.read(&self.url, &self.key).await;
        if now == self.rows {
            return;
        }
        // Wiki.js requires the active search engine and all login strategies in each update.
        let is_required = |row: &Value| match self.table.domain {
            "authentication" => true,
            "search" => row["isEnabled"] == true,
            _ => false,
        };
        let rows = self.rows.iter();
        let rows = rows.filter(|(key, row)| now.get(*key) != Some(row) || is_required(row));
        let rows = rows.map(|(_, row)| row.clone()).collect();
        self.table.send(&self.url, &self.key, rows).await;
    }
}

impl Drop for Original {
    /// Restores on a separate thread, because the test's runtime may be unwinding.
    fn drop(&mut self) {
        thread::scope(|scope| {
            let restoring = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(self.restore());
            });
            let _ = restoring.join();
        });
    }
}
