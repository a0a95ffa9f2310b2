//! Modules and mail, as a test sees them.

use super::FakeWiki;
use crate::state::providers::{FakeProvider, ProviderKind};
use serde_json::Value;

impl FakeWiki {
    /// The modules of a domain as they are set up, by key.
    pub fn providers(&self, kind: ProviderKind) -> Vec<FakeProvider> {
        let mut rows = self.shared.state().providers.rows(kind).to_vec();
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        rows
    }

    /// A module as it is set up.
    pub fn provider(&self, kind: ProviderKind, key: &str) -> Option<FakeProvider> {
        self.shared.state().providers.row(kind, key).cloned()
    }

    /// Changes a module past the API, as another client might; whether there is one. A search engine and a storage
    /// target that are switched on like this do not start.
    pub fn edit_provider(
        &self,
        kind: ProviderKind,
        key: &str,
        change: impl FnOnce(&mut FakeProvider),
    ) -> bool {
        self.shared.state().providers.patch(kind, key, change)
    }

    /// Target and handler of the storage actions that were executed, in order.
    pub fn storage_actions(&self) -> Vec<(String, String)> {
        self.shared.state().providers.actions.clone()
    }

    /// How often the search index was rebuilt by `search.rebuildIndex`.
    pub fn index_rebuilds(&self) -> usize {
        self.shared.state().providers.index_rebuilds
    }

    /// Sets how many users came by a login strategy, which Wiki.js then does not delete. By default two came by
    /// `local`, and none by any other.
    pub fn set_users_of_strategy(&self, key: &str, users: usize) {
        let users_of = &mut self.shared.state().providers.users;
        users_of.insert(key.to_owned(), users);
    }

    /// The configuration of mail as it is stored, with its password.
    pub fn mail_config(&self) -> Value {
        self.shared.state().providers.mail.clone()
    }

    /// Replaces the configuration of mail past the API.
    pub fn set_mail_config(&self, config: Value) {
        self.shared.state().providers.mail = config;
    }

    /// To whom test mails were sent, in order. They go nowhere.
    pub fn test_mails(&self) -> Vec<String> {
        self.shared.state().providers.test_mails.clone()
    }
}
