//! The configuration: site, theme, languages, navigation and system; and exports and mails.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The configuration of a wiki.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent option"
)]
pub(crate) struct Configuration {
    /// Fields of `site.config`.
    pub(crate) site: Map<String, Value>,
    pub(crate) theme: Theming,
    pub(crate) languages: Languages,
    /// Row `site` of the navigation, which can be missing in a database.
    pub(crate) navigation: Option<Vec<Value>>,
    pub(crate) navigation_mode: String,
    /// Flags in the order in which they were set. A key with a dot makes an object.
    pub(crate) flags: Vec<(String, Value)>,
    pub(crate) telemetry: bool,
    pub(crate) telemetry_client_id: String,
    pub(crate) https_redirection: bool,
    /// `true` if the wiki reports a certificate of Let's Encrypt.
    pub(crate) lets_encrypt: bool,
    pub(crate) renewals: usize,
    /// `true` if the wiki has an update companion.
    pub(crate) upgrade_capable: bool,
    pub(crate) upgrades: usize,
    pub(crate) exports: Exports,
    /// Users of a Wiki.js 1: provider, name and mail address; `None` if its database cannot be reached.
    pub(crate) old_users: Option<Vec<(String, String, String)>>,
}

/// The appearance as it is stored, with a minified style sheet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Theming {
    pub(crate) theme: String,
    pub(crate) iconset: String,
    pub(crate) dark_mode: bool,
    pub(crate) toc_position: String,
    pub(crate) css: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The languages of the wiki. The settings contain the installed ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Languages {
    pub(crate) auto_update: bool,
    pub(crate) namespacing: bool,
    pub(crate) namespaces: Vec<String>,
    /// Languages that can be downloaded. Without any the wiki is offline.
    pub(crate) downloadable: BTreeSet<String>,
    /// Times at which languages were downloaded.
    pub(crate) installed_at: BTreeMap<String, String>,
    /// Translations by language and namespace.
    pub(crate) translations: BTreeMap<(String, String), Vec<(String, String)>>,
}

/// An export that was started.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = wikijs_fake::FakeWiki::start().await;
/// assert!(wiki.exports().is_empty());
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeExport {
    /// Directory on the server.
    pub path: String,
    /// Exported entities, in the order of the request.
    pub entities: Vec<String>,
}

/// A mail that the wiki would have sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeMail {
    /// Address.
    pub to: String,
    /// Subject.
    pub subject: String,
}

/// A line of the wiki's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FakeLogLine {
    pub(crate) level: String,
    pub(crate) output: String,
    pub(crate) timestamp: String,
}

/// The exports, of which one can run at a time.
#[derive(Debug, Clone)]
pub(crate) struct Exports {
    pub(crate) begun: Vec<FakeExport>,
    pub(crate) status: &'static str,
    pub(crate) progress: i64,
    pub(crate) message: String,
    pub(crate) started_at: Option<String>,
    /// Number of status requests that find an export running.
    pub(crate) polls: usize,
    /// Number of status requests for the running export.
    pub(crate) polled: usize,
    /// Message with which the next export fails.
    pub(crate) next_failure: Option<String>,
}

impl Exports {
    /// Advances the running export.
    pub(crate) fn advance(&mut self) {
        if self.status != "running" {
            return;
        }
        self.polled += 1;
        if self.polled <= self.polls {
            // Wiki.js counts assets twice, and each as fifty.
            self.progress = i64::try_from(self.polled).unwrap_or_default() * 60;
            return;
        }
        if let Some(message) = self.next_failure.take() {
            self.status = "error";
            self.message = message;
        } else {
            self.status = "success";
            self.progress = 100;
        }
    }
}

impl Configuration {
    /// Returns the maximum size of an uploaded file in bytes.
    pub(crate) fn upload_bytes(&self) -> usize {
        let limit = self.site.get("uploadMaxFileSize").and_then(Value::as_u64);
        limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or_default()
    }

    /// Returns the extensions of addresses that belong to pages.
    pub(crate) fn page_extensions(&self) -> impl Iterator<Item = String> {
        let extensions = self.site.get("pageExtensions").and_then(Value::as_str);
        let extensions = extensions.unwrap_or_default().split(',');
        extensions.map(|extension| extension.trim().to_owned())
    }
}

/// The values of a fresh wiki.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Defaults {
    pub(crate) site: Map<String, Value>,
    pub(crate) mail: Value,
    navigation: Vec<Value>,
}

impl Defaults {
    /// Returns the values of a fresh wiki, which are read once.
    pub(crate) fn get() -> &'static Self {
        static DEFAULTS: LazyLock<Defaults> = LazyLock::new(|| {
            let defaults = serde_json::from_str(include_str!("../data/configuration.json"));
            defaults.unwrap_or_default()
        });
        &DEFAULTS
    }
}

impl Default for Configuration {
    fn default() -> Self {
        let defaults = Defaults::get();
        Self {
            site: defaults.site.clone(),
            theme: Theming {
                theme: "default".to_owned(),
                iconset: "mdi".to_owned(),
                toc_position: "left".to_owned(),
                ..Theming::default()
            },
            languages: Languages {
                auto_update: true,
                ..Languages::default()
            },
            navigation: Some(defaults.navigation.clone()),
            navigation_mode: "MIXED".to_owned(),
            flags: vec![
                ("ldapdebug".to_owned(), false.into()),
                ("sqllog".to_owned(), false.into()),
            ],
            telemetry: false,
            telemetry_client_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            https_redirection: false,
            lets_encrypt: false,
            renewals: 0,
            upgrade_capable: false,
            upgrades: 0,
            exports: Exports::default(),
            old_users: None,
        }
    }
}

impl Default for Exports {
    fn default() -> Self {
        Self {
            begun: Vec::new(),
            status: "notrunning",
            progress: 0,
            message: String::new(),
            started_at: None,
            polls: 2,
            polled: 0,
            next_failure: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_wiki_has_a_configuration() {
        let defaults = Defaults::get();
        assert_eq!((defaults.site.len(), defaults.navigation.len()), (41, 1));
    }
}
