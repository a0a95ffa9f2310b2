//! The configuration: site, theme, languages, navigation and system; and exports and mails.

use crate::text::{length, trim};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The configuration of a wiki.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent option"
)]
pub(crate) struct Configuration {
    /// Fields of `site.config`.
    pub(crate) site: Value,
    /// Fields of `theming.config`, with a minified style sheet.
    pub(crate) theme: Value,
    /// Fields of `mail.config`.
    pub(crate) mail: Value,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FakeLogLine {
    pub(crate) level: String,
    pub(crate) output: String,
    pub(crate) timestamp: String,
}

/// The exports, of which one can run at a time.
#[derive(Debug, Clone, Default)]
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
    /// Resets the status of exports.
    pub(crate) fn reset(&mut self, status: &'static str, started_at: Option<String>) {
        self.status = status;
        self.started_at = started_at;
        self.progress = 0;
        self.message.clear();
        self.polled = 0;
    }

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
        let limit = self.site["uploadMaxFileSize"].as_u64().unwrap_or_default();
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// Returns whether mail is configured, as Wiki.js checks it.
    pub(crate) fn sends_mail(&self) -> bool {
        length(self.mail["host"].as_str().unwrap_or_default()) > 2
    }

    /// Returns the extensions of addresses that belong to pages.
    pub(crate) fn page_extensions(&self) -> impl Iterator<Item = String> {
        let extensions = self.site["pageExtensions"].as_str().unwrap_or_default();
        extensions
            .split(',')
            .map(|extension| trim(extension).to_owned())
    }
}

/// The values of a fresh wiki, and data that never change.
static DEFAULTS: LazyLock<Value> = LazyLock::new(|| {
    let defaults = serde_json::from_str(include_str!("../data/configuration.json"));
    defaults.unwrap_or_default()
});

/// Returns a section of the values of a fresh wiki.
pub(crate) fn defaults(section: &str) -> &'static Value {
    &DEFAULTS[section]
}

impl Configuration {
    /// Returns the configuration of a fresh wiki.
    pub(crate) fn fresh() -> Self {
        let flag = |key: &str| (key.to_owned(), false.into());
        let mut configuration = Self {
            site: defaults("site").clone(),
            theme: defaults("theme").clone(),
            mail: defaults("mail").clone(),
            navigation: defaults("navigation").as_array().cloned(),
            navigation_mode: "MIXED".to_owned(),
            flags: vec![flag("ldapdebug"), flag("sqllog")],
            telemetry_client_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            ..Self::default()
        };
        configuration.languages.auto_update = true;
        configuration.exports.polls = 2;
        configuration.exports.reset("notrunning", None);
        configuration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;

    #[test]
    fn a_fresh_wiki_has_a_configuration() {
        let length = |section| defaults(section).as_object().map(Map::len);
        assert_eq!((length("site"), length("mail")), (Some(41), Some(13)));
    }
}
