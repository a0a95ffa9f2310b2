//! The side of [`FakeWiki`] from which a test sees and sets how the wiki is configured.

use super::FakeWiki;
use crate::state::FakeExport;
use serde_json::{Value, json};

/// Site, theme, languages, navigation and system.
impl FakeWiki {
    /// The stored value of a field of `site.config`; null where it has none.
    pub fn site_value(&self, field: &str) -> Value {
        let state = self.shared.state();
        let value = state.configuration.site.get(field);
        value.cloned().unwrap_or_default()
    }

    /// Stores a field of `site.config` past the API, as another administrator might.
    pub fn set_site_value(&self, field: &str, value: Value) {
        let mut state = self.shared.state();
        state.configuration.site.insert(field.to_owned(), value);
    }

    /// The style sheet for every page as it is stored, which is what readers get.
    pub fn injected_css(&self) -> String {
        self.shared.state().configuration.theme.css.clone()
    }

    /// Stores a style sheet for every page past the API.
    pub fn set_injected_css(&self, css: &str) {
        let mut state = self.shared.state();
        css.clone_into(&mut state.configuration.theme.css);
    }

    /// Lets these languages be downloaded. Without any the wiki is offline.
    pub fn offer_locales<L: Into<String>>(&self, locales: impl IntoIterator<Item = L>) {
        let mut state = self.shared.state();
        let offered = locales.into_iter().map(Into::into);
        state.configuration.languages.downloadable.extend(offered);
    }

    /// Puts in what the interface says in a language, by key.
    pub fn set_translations(&self, locale: &str, namespace: &str, pairs: &[(&str, &str)]) {
        let mut state = self.shared.state();
        let pairs = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let place = (locale.to_owned(), namespace.to_owned());
        state
            .configuration
            .languages
            .translations
            .insert(place, pairs.collect());
    }

    /// The navigation of all languages as it is stored; null where its row is lost.
    pub fn navigation(&self) -> Value {
        json!(self.shared.state().configuration.navigation)
    }

    /// Stores the navigation of all languages past the API; with null its row is lost.
    pub fn set_navigation(&self, navigation: &Value) {
        self.shared.state().configuration.navigation = navigation.as_array().cloned();
    }

    /// Has the wiki serve HTTPS with a certificate of Let's Encrypt, or says so: the fake itself speaks HTTP only.
    pub fn set_lets_encrypt(&self, serves: bool) {
        self.shared.state().configuration.lets_encrypt = serves;
    }

    /// How often the certificate was renewed.
    pub fn renewals(&self) -> usize {
        self.shared.state().configuration.renewals
    }

    /// Gives the wiki an update companion. The fake counts upgrades, and stays what it is.
    pub fn set_upgrade_capable(&self, capable: bool) {
        self.shared.state().configuration.upgrade_capable = capable;
    }

    /// How often an upgrade was begun.
    pub fn upgrades(&self) -> usize {
        self.shared.state().configuration.upgrades
    }

    /// Has the database of a Wiki.js 1 answer with these users: provider, name and mail address. Without this, it
    /// does not answer.
    pub fn set_old_users(&self, users: &[(&str, &str, &str)]) {
        let users = users.iter().map(|(provider, name, email)| {
            (
                (*provider).to_owned(),
                (*name).to_owned(),
                (*email).to_owned(),
            )
        });
        self.shared.state().configuration.old_users = Some(users.collect());
    }

    /// The exports that were begun, in order.
    pub fn exports(&self) -> Vec<FakeExport> {
        self.shared.state().configuration.exports.begun.clone()
    }

    /// Sets how often an export is looked at, and found at work, before it has ended. Default: twice.
    pub fn set_export_looks(&self, looks: usize) {
        self.shared.state().configuration.exports.looks = looks;
    }

    /// Has the next export, or the present one, end with this message of failure.
    pub fn fail_export(&self, message: &str) {
        self.shared.state().configuration.exports.next_failure = Some(message.to_owned());
    }

    /// Forgets of exports what Wiki.js has in its memory only, as a restart does.
    pub fn forget_export_status(&self) {
        let exports = &mut self.shared.state().configuration.exports;
        exports.status = "notrunning";
        exports.progress = 0;
        exports.message.clear();
        exports.started_at = None;
    }
}
