//! Methods of [`FakeWiki`] for the configuration, modules, mail and files.

use super::FakeWiki;
use crate::state::providers::{FakeProvider, ProviderKind};
use crate::state::{FakeAsset, FakeAssetFolder, FakeExport};
use serde_json::{Value, json};

/// Site, theme, languages, navigation and system.
impl FakeWiki {
    /// Returns the stored value of a field of `site.config`; null if there is none.
    pub fn site_value(&self, field: &str) -> Value {
        self.shared.state().configuration.site[field].clone()
    }

    /// Stores a field of `site.config` without the API, like another administrator.
    pub fn set_site_value(&self, field: &str, value: Value) {
        self.shared.state().configuration.site[field] = value;
    }

    /// Returns the style sheet of all pages as it is stored, which readers get.
    pub fn injected_css(&self) -> String {
        let css = self.shared.state().configuration.theme["injectCSS"].clone();
        css.as_str().unwrap_or_default().to_owned()
    }

    /// Offers these languages for download. If there are none, downloads fail as without Internet access.
    pub fn offer_locales<L: Into<String>>(&self, locales: impl IntoIterator<Item = L>) {
        let mut state = self.shared.state();
        let offered = locales.into_iter().map(Into::into);
        state.configuration.languages.downloadable.extend(offered);
    }

    /// Sets translations of the interface, by key.
    pub fn set_translations(&self, locale: &str, namespace: &str, pairs: &[(&str, &str)]) {
        let pairs = pairs
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()));
        let place = (locale.to_owned(), namespace.to_owned());
        let languages = &mut self.shared.state().configuration.languages;
        languages.translations.insert(place, pairs.collect());
    }

    /// Returns the navigation of all languages as it is stored; null if its row is missing.
    pub fn navigation(&self) -> Value {
        json!(self.shared.state().configuration.navigation)
    }

    /// Stores the navigation of all languages without the API. Null removes its row.
    pub fn set_navigation(&self, navigation: &Value) {
        self.shared.state().configuration.navigation = navigation.as_array().cloned();
    }

    /// Sets whether the wiki reports a certificate of Let's Encrypt. The fake itself serves only HTTP.
    pub fn set_lets_encrypt(&self, serves: bool) {
        self.shared.state().configuration.lets_encrypt = serves;
    }

    /// Returns the number of renewals of the certificate.
    pub fn renewals(&self) -> usize {
        self.shared.state().configuration.renewals
    }

    /// Sets whether the wiki has an update companion. The fake only counts upgrades.
    pub fn set_upgrade_capable(&self, capable: bool) {
        self.shared.state().configuration.upgrade_capable = capable;
    }

    /// Returns the number of started upgrades.
    pub fn upgrades(&self) -> usize {
        self.shared.state().configuration.upgrades
    }

    /// Sets the users in the database of a Wiki.js 1: provider, name and mail address. Without them the database cannot
    /// be reached.
    pub fn set_old_users(&self, users: &[(&str, &str, &str)]) {
        let owned = |(provider, name, email): &(&str, &str, &str)| {
            (provider.to_string(), name.to_string(), email.to_string())
        };
        let users = users.iter().map(owned);
        self.shared.state().configuration.old_users = Some(users.collect());
    }

    /// Returns the started exports, in order.
    pub fn exports(&self) -> Vec<FakeExport> {
        self.shared.state().configuration.exports.begun.clone()
    }

    /// Sets how many status requests find an export running before it has ended. Default: 2.
    pub fn set_export_polls(&self, looks: usize) {
        self.shared.state().configuration.exports.polls = looks;
    }

    /// Makes the next export, or the running one, fail with this message.
    pub fn fail_export(&self, message: &str) {
        self.shared.state().configuration.exports.next_failure = Some(message.to_owned());
    }

    /// Clears the status of exports, which Wiki.js has only in memory, as a restart does.
    pub fn forget_export_status(&self) {
        let exports = &mut self.shared.state().configuration.exports;
        exports.reset("notrunning", None);
    }
}

impl FakeWiki {
    /// Returns the modules of a domain as they are set up, by key.
    pub fn providers(&self, kind: ProviderKind) -> Vec<FakeProvider> {
        let mut rows = self.shared.state().providers.rows(kind).to_vec();
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        rows
    }

    /// Returns a module as it is set up.
    pub fn provider(&self, kind: ProviderKind, key: &str) -> Option<FakeProvider> {
        self.shared.state().providers.row(kind, key).cloned()
    }

    /// Changes a module without the API. Returns `false` if there is no such module. A search engine or a storage
    /// target that is switched on in this way does not start.
    pub fn edit_provider(
        &self,
        kind: ProviderKind,
        key: &str,
        change: impl FnOnce(&mut FakeProvider),
    ) -> bool {
        self.shared.state().providers.patch(kind, key, change)
    }

    /// Returns target and handler of the executed storage actions, in order.
    pub fn storage_actions(&self) -> Vec<(String, String)> {
        self.shared.state().providers.actions.clone()
    }

    /// Returns the number of rebuilds of the search index by `search.rebuildIndex`.
    pub fn index_rebuilds(&self) -> usize {
        self.shared.state().providers.index_rebuilds
    }

    /// Sets the number of users of a login strategy. Wiki.js does not delete a strategy with users. Default: 2 for
    /// `local`, 0 for the others.
    pub fn set_users_of_strategy(&self, key: &str, users: usize) {
        let users_of = &mut self.shared.state().providers.users;
        users_of.insert(key.to_owned(), users);
    }

    /// Returns the configuration of mail as it is stored, with its password.
    pub fn mail_config(&self) -> Value {
        self.shared.state().configuration.mail.clone()
    }

    /// Replaces the configuration of mail without the API.
    pub fn set_mail_config(&self, config: Value) {
        self.shared.state().configuration.mail = config;
    }

    /// Returns the recipients of test mails, in order. Nothing is sent.
    pub fn test_mails(&self) -> Vec<String> {
        self.shared.state().test_mails.clone()
    }
}

/// Files and folders.
///
/// ```
/// use wikijs_fake::{FakeAsset, FakeWiki};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::start().await;
/// wiki.insert_asset(FakeAsset::new("docs/photo.png", b"not really one"));
///
/// // … the code under test downloads it, or uploads another one …
///
/// assert_eq!(wiki.asset_at("docs/photo.png").unwrap().content, b"not really one");
/// assert_eq!(wiki.asset_folders()[0].path, "docs");
/// # });
/// ```
impl FakeWiki {
    /// Inserts a file without the API, with the folders above it, and returns its id. It replaces a file at its path.
    pub fn insert_asset(&self, asset: FakeAsset) -> i64 {
        self.shared.state().seed_asset(asset)
    }

    /// Removes a file without the API. Returns `false` if there is no such file.
    pub fn remove_asset(&self, id: i64) -> bool {
        self.shared.state().assets.files.remove(&id).is_some()
    }

    /// Returns the files, by id.
    pub fn assets(&self) -> Vec<FakeAsset> {
        self.shared.state().assets.files.values().cloned().collect()
    }

    /// Returns the file at a path.
    pub fn asset_at(&self, path: &str) -> Option<FakeAsset> {
        self.shared.state().assets.at(path).cloned()
    }

    /// Creates the missing folders of a path, and returns the id of the last one.
    pub fn insert_asset_folder(&self, path: &str) -> i64 {
        self.shared.state().ensure_asset_folder(path)
    }

    /// Removes a folder, which Wiki.js itself cannot do. Returns `false` if there is no such folder.
    pub fn remove_asset_folder(&self, id: i64) -> bool {
        self.shared.state().assets.folders.remove(&id).is_some()
    }

    /// Returns the folders, by id.
    pub fn asset_folders(&self) -> Vec<FakeAssetFolder> {
        let state = self.shared.state();
        state.assets.folders.values().cloned().collect()
    }

    /// Returns the number of files that refused or lost uploads left in the folder for uploads, until
    /// `assets.flushTempUploads` empties it.
    pub fn temp_uploads(&self) -> usize {
        self.shared.state().assets.left_over
    }
}
