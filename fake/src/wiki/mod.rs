//! The running wiki, and its methods for tests.

mod builder;
mod configuration;
mod faults;
mod people;

pub use builder::FakeWikiBuilder;
pub use people::OtherWriter;

use crate::requests::{Hold, RecordedRequest};
use crate::server::Server;
use crate::shared::{Requests, Shared};
use crate::state::keys::YEAR_SECONDS;
use crate::state::{
    FakeComment, FakeGroup, FakeLogLine, FakeMail, FakePage, FakeTag, FakeVersion, SearchEngine,
};
use crate::text::now_seconds;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A Wiki.js in this process, which listens on a free loopback port until it is dropped.
///
/// ```
/// use wikijs_fake::{FakePage, FakeWiki};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::start().await;
/// let id = wiki.insert_page(FakePage::new("home", "Home").tags(["start"]));
///
/// // … the code under test talks to `wiki.url()` with `wiki.api_key()` …
///
/// assert_eq!(wiki.page(id).unwrap().tags, ["start"]);
/// assert!(wiki.requests().is_empty());
/// # });
/// ```
#[derive(Debug)]
pub struct FakeWiki {
    shared: Arc<Shared>,
    url: String,
    api_key: String,
    server: Server,
}

impl FakeWiki {
    /// Starts a fresh wiki: locale `en`, no page, a full-access API key.
    ///
    /// # Panics
    ///
    /// Panics if [`try_start`](Self::try_start) fails.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts a fresh wiki, like [`start`](Self::start).
    ///
    /// # Errors
    ///
    /// Fails if the operating system does not provide a loopback port or a thread.
    pub async fn try_start() -> io::Result<Self> {
        Self::builder().try_start().await
    }

    /// Returns a builder, which describes a wiki before it starts.
    pub fn builder() -> FakeWikiBuilder {
        FakeWikiBuilder::default()
    }

    pub(crate) fn new(shared: Arc<Shared>, server: Server, api_key: String) -> Self {
        let mut address = server.address();
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self {
            shared,
            url: format!("http://{address}"),
            api_key,
            server,
        }
    }

    /// Returns the base URL, such as `http://127.0.0.1:40123`; GraphQL is at `/graphql` below it. For a wiki that
    /// listens on all addresses it has the loopback address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns the version of Wiki.js that it imitates.
    pub fn version(&self) -> String {
        self.shared.state().settings.version.clone()
    }

    /// Returns a full-access API key (group 1).
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Issues an API key for a group, which acts as user 1 with the permissions of that group.
    pub fn key_for(&self, group: i64) -> String {
        let mut state = self.shared.state();
        let now = state.now();
        state
            .keys
            .issue(&format!("group {group}"), group, YEAR_SECONDS, &now)
    }

    /// Issues an API key with these permissions on every page, for a new [group](FakeGroup::new).
    pub fn key_with<P: Into<String>>(&self, permissions: impl IntoIterator<Item = P>) -> String {
        let group = self.insert_group(FakeGroup::new("Key", permissions));
        self.key_for(group)
    }

    /// Issues an API key and revokes it. The wiki responds to requests with it with HTTP 500.
    pub fn revoked_key(&self) -> String {
        let key = self.key_for(1);
        self.revoke(&key);
        key
    }

    /// Returns an API key that this wiki has signed but not stored. The wiki responds with HTTP 500, as to a revoked one.
    pub fn unknown_key(&self) -> String {
        let state = self.shared.state();
        state.keys.sign(9999, 1, now_seconds() + YEAR_SECONDS)
    }

    /// Returns a full-access API key that expired this many days ago. Within 14 days, fields that need a permission
    /// fail with "Unauthorized"; later the request runs as Guest.
    pub fn expired_key(&self, days: u32) -> String {
        let state = self.shared.state();
        let expired = now_seconds() - i64::from(days) * DAY_SECONDS - 1;
        state.keys.sign(1, 1, expired)
    }

    /// Returns a text in the form of an API key that is not a key of this wiki: requests with it run as Guest.
    pub fn garbage_key(&self) -> String {
        let mut parts: Vec<&str> = self.api_key.split('.').collect();
        let reversed: String = parts.pop().unwrap_or_default().chars().rev().collect();
        parts.push(&reversed);
        parts.join(".")
    }

    /// Revokes an API key. Returns `false` if it is not one of this wiki.
    pub fn revoke(&self, key: &str) -> bool {
        self.shared.state().keys.revoke(key)
    }

    /// Enables or disables the API. While it is disabled, the wiki responds to API keys with HTTP 500.
    pub fn set_api_enabled(&self, enabled: bool) {
        self.shared.state().api_enabled = enabled;
    }

    /// Changes the search engine and rebuilds its index, without unpublished and private pages. Those that are created
    /// later are indexed.
    pub fn set_search_engine(&self, engine: SearchEngine) {
        let mut state = self.shared.state();
        state.use_engine(engine);
        state.rebuild_index();
    }

    /// Sets the duration of writes from now on; see
    /// [`FakeWikiBuilder::write_duration`](crate::FakeWikiBuilder::write_duration).
    pub fn set_write_duration(&self, duration: Duration) {
        self.shared.state().settings.write_duration = duration;
    }

    /// Inserts a page without the API, and returns its id. Nothing is checked, not even whether the path is free.
    pub fn insert_page(&self, page: FakePage) -> i64 {
        self.shared.state().seed_page(page)
    }

    /// Inserts pages like [`insert_page`](Self::insert_page), and returns their ids.
    pub fn insert_pages(&self, pages: impl IntoIterator<Item = FakePage>) -> Vec<i64> {
        let mut state = self.shared.state();
        let pages = pages.into_iter();
        pages.map(|page| state.seed_page(page)).collect()
    }

    /// Changes a page without the API, with a new `updatedAt` and without a version. Returns `false` if there is no
    /// such page.
    pub fn edit_page(&self, id: i64, change: impl FnOnce(&mut FakePage)) -> bool {
        let mut state = self.shared.state();
        let Some(stored) = state.pages.get(&id) else {
            return false;
        };
        let mut page = state.snapshot(stored);
        change(&mut page);
        state.replace_page(id, page);
        true
    }

    /// Removes a page without the API. Returns `false` if there is no such page.
    pub fn remove_page(&self, id: i64) -> bool {
        self.shared.state().remove_page(id).is_some()
    }

    /// Returns the pages, by id.
    pub fn pages(&self) -> Vec<FakePage> {
        let state = self.shared.state();
        let pages = state.pages.values();
        pages.map(|stored| state.snapshot(stored)).collect()
    }

    /// Returns a page by its id.
    pub fn page(&self, id: i64) -> Option<FakePage> {
        let state = self.shared.state();
        state.pages.get(&id).map(|stored| state.snapshot(stored))
    }

    /// Returns the page of exactly this locale and path; the oldest if there are several.
    pub fn page_by_path(&self, locale: &str, path: &str) -> Option<FakePage> {
        let state = self.shared.state();
        let page = state.page_exactly_at(locale, path);
        page.map(|stored| state.snapshot(stored))
    }

    /// Returns the versions of a page, which may be deleted, oldest first.
    pub fn history(&self, id: i64) -> Vec<FakeVersion> {
        let state = self.shared.state();
        state.versions_of(id).into_iter().cloned().collect()
    }

    /// Returns the tags, by id, including those of no page.
    pub fn tags(&self) -> Vec<FakeTag> {
        self.shared.state().tags.iter().cloned().collect()
    }

    /// Inserts a comment without the API and its limits, and returns its id. Nothing is checked.
    pub fn insert_comment(&self, comment: FakeComment) -> i64 {
        self.shared.state().add_comment(comment)
    }

    /// Returns the comments, by id.
    pub fn comments(&self) -> Vec<FakeComment> {
        self.shared.state().comments.values().cloned().collect()
    }

    /// Returns a comment by its id.
    pub fn comment(&self, id: i64) -> Option<FakeComment> {
        self.shared.state().comments.get(&id).cloned()
    }

    /// Writes a line to the wiki's log, for subscribers of `/graphql-subscriptions`. The fake writes no other lines.
    pub fn log(&self, level: impl Into<String>, output: impl Into<String>) {
        let line = FakeLogLine {
            level: level.into(),
            output: output.into(),
            timestamp: self.shared.state().now(),
        };
        // An error means that there is no subscriber.
        let _ = self.shared.log.send(line);
    }

    /// Returns the number of subscribers of the log.
    pub fn log_followers(&self) -> usize {
        self.shared.log.receiver_count()
    }

    /// Returns the sent mails, in order; see [`FakeWikiBuilder::sends_mail`](crate::FakeWikiBuilder::sends_mail).
    pub fn mails(&self) -> Vec<FakeMail> {
        self.shared.state().mails.clone()
    }

    /// Returns the received requests, in order, without those to `/healthz`.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.requests().kept.clone()
    }

    /// Returns a guard that holds requests until it is dropped. They are counted and recorded when they arrive.
    ///
    /// ```
    /// # use wikijs_fake::FakeWiki;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// let wiki = FakeWiki::start().await;
    /// let hold = wiki.hold();
    /// // … start requests, and look at `wiki.requests()` while they wait …
    /// drop(hold);
    /// # });
    /// ```
    pub fn hold(&self) -> Hold {
        self.shared.gate.hold()
    }

    /// Returns the number of received HTTP requests.
    pub fn request_count(&self) -> usize {
        self.shared.requests().count
    }

    /// Returns the number of received GraphQL operations; each member of a batch counts.
    pub fn operation_count(&self) -> usize {
        self.shared.requests().operations
    }

    /// Returns the time that the [cost model](crate::CostModel) spent on requests.
    pub fn time_spent(&self) -> Duration {
        self.shared.timing.spent()
    }

    /// Removes the recorded requests, and sets their counts to 0.
    pub fn clear_requests(&self) {
        *self.shared.requests() = Requests::default();
    }
}
