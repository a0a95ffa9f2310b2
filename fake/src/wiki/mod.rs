//! The wiki as a test sees it.

mod configuration;
mod faults;
mod files;
mod people;
mod providers;

use crate::FakeWikiBuilder;
use crate::auth;
use crate::cost::Timing;
use crate::execute::Documents;
use crate::faults::Faults;
use crate::hold::{Gate, Hold};
use crate::record::{Observer, RecordedRequest};
use crate::server::Server;
use crate::state::{
    FakeComment, FakeGroup, FakeLogLine, FakeMail, FakePage, FakeTag, FakeVersion, SearchEngine,
    State,
};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;

/// Lines of the log that a subscriber may be behind.
const LOG_LINES: usize = 256;

/// What the server and the test share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    documents: Documents,
    requests: Mutex<Requests>,
    faults: Faults,
    timing: Timing,
    gate: Gate,
    keeps_requests: bool,
    observer: Option<Observer>,
    log: broadcast::Sender<FakeLogLine>,
}

#[derive(Debug, Default)]
struct Requests {
    kept: Vec<RecordedRequest>,
    count: usize,
    operations: usize,
}

impl Shared {
    pub(crate) fn new(
        state: State,
        documents: Documents,
        timing: Timing,
        keeps_requests: bool,
        observer: Option<Observer>,
    ) -> Self {
        Self {
            state: Mutex::new(state),
            documents,
            requests: Mutex::default(),
            faults: Faults::default(),
            timing,
            log: broadcast::channel(LOG_LINES).0,
            gate: Gate::default(),
            keeps_requests,
            observer,
        }
    }

    /// The wiki's contents, for as long as the guard lives. It must not live across a pause.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The documents looked at lately.
    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// The faults to come.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What keeps requests waiting.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Where lines of the log go.
    pub(crate) fn log(&self) -> &broadcast::Sender<FakeLogLine> {
        &self.log
    }

    /// What requests cost.
    pub(crate) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Who is told of each answer.
    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.observer.as_ref()
    }

    /// Notes a request.
    pub(crate) fn note(&self, request: RecordedRequest) {
        let mut requests = self.requests();
        requests.count += 1;
        requests.operations += request.operations.len();
        if self.keeps_requests {
            requests.kept.push(request);
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A Wiki.js that lives in this process, listens on a free loopback port and ends when it is dropped.
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
    /// Starts a wiki as it is after its set-up: locale `en`, no page, a full-access API key.
    ///
    /// # Panics
    ///
    /// Where the operating system gives no loopback port or no thread; [`try_start`](Self::try_start) does not.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts a wiki as [`start`](Self::start) does.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no loopback port or no thread.
    pub async fn try_start() -> io::Result<Self> {
        Self::builder().try_start().await
    }

    /// Describes a wiki before it starts.
    pub fn builder() -> FakeWikiBuilder {
        FakeWikiBuilder::new()
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

    /// The base URL, such as `http://127.0.0.1:40123`; GraphQL is at `/graphql` below it. For a wiki that listens on
    /// all addresses it has that of this machine.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The version that it says it is.
    pub fn version(&self) -> String {
        self.shared.state().settings.version.clone()
    }

    /// A full-access API key (group 1).
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Issues an API key for a group. It acts as user 1 with the permissions of that group.
    pub fn key_for(&self, group: i64) -> String {
        let mut state = self.shared.state();
        let now = state.now();
        state.keys.issue(&format!("group {group}"), group, &now)
    }

    /// Issues an API key with these permissions on every page: that of a new [group](FakeGroup::new).
    pub fn key_with<P: Into<String>>(&self, permissions: impl IntoIterator<Item = P>) -> String {
        let group = self.insert_group(FakeGroup::new("Key", permissions));
        self.key_for(group)
    }

    /// Issues an API key and revokes it: it is answered with HTTP 500.
    pub fn revoked_key(&self) -> String {
        let key = self.key_for(1);
        self.revoke(&key);
        key
    }

    /// An API key that this wiki signed but does not know: it is answered with HTTP 500, like a revoked one.
    pub fn unknown_key(&self) -> String {
        auth::unknown_key(&self.shared.state())
    }

    /// A full-access API key that expired this many days ago: within 14 days fields that need a permission answer
    /// "Unauthorized", later the request runs as Guest.
    pub fn expired_key(&self, days: u32) -> String {
        auth::expired_key(&self.shared.state(), i64::from(days))
    }

    /// A string that looks like an API key but is none of this wiki: the request runs as Guest.
    pub fn garbage_key(&self) -> String {
        let mut parts: Vec<&str> = self.api_key.split('.').collect();
        let reversed: String = parts.pop().unwrap_or_default().chars().rev().collect();
        parts.push(&reversed);
        parts.join(".")
    }

    /// Revokes an API key; whether it is one of this wiki.
    pub fn revoke(&self, key: &str) -> bool {
        self.shared.state().keys.revoke(key)
    }

    /// Switches the API on or off. While it is off, API keys are answered with HTTP 500.
    pub fn set_api_enabled(&self, enabled: bool) {
        self.shared.state().api_enabled = enabled;
    }

    /// Changes the search engine and rebuilds its index, which leaves out unpublished and private pages; those
    /// that are created later come in all the same.
    pub fn set_search_engine(&self, engine: SearchEngine) {
        let mut state = self.shared.state();
        state.use_engine(engine);
        state.rebuild_index();
    }

    /// Sets how long a write takes from now on; see
    /// [`FakeWikiBuilder::write_duration`](crate::FakeWikiBuilder::write_duration).
    pub fn set_write_duration(&self, duration: Duration) {
        self.shared.state().settings.write_duration = duration;
    }

    /// Puts a page in, past the API and at once, and gives its id. Nothing is checked: not even whether there is
    /// a page at its path already.
    pub fn insert_page(&self, page: FakePage) -> i64 {
        self.shared.state().seed_page(page)
    }

    /// Puts pages in as [`insert_page`](Self::insert_page) does, and gives their ids.
    pub fn insert_pages(&self, pages: impl IntoIterator<Item = FakePage>) -> Vec<i64> {
        let mut state = self.shared.state();
        pages
            .into_iter()
            .map(|page| state.seed_page(page))
            .collect()
    }

    /// Changes a page past the API, as another client might, with a new `updatedAt` and without a version.
    /// Tags are replaced by what `change` leaves. Gives whether the page exists.
    pub fn edit_page(&self, id: i64, change: impl FnOnce(&mut FakePage)) -> bool {
        let mut state = self.shared.state();
        let Some(mut page) = state.pages.get(&id).map(|stored| state.snapshot(stored)) else {
            return false;
        };
        change(&mut page);
        let tags = crate::state::tag::normalize(page.tags.iter().map(String::as_str));
        page.tags = Vec::new();
        page.id = id;
        state.change_page(id, |own| *own = page);
        state.make_tags(&tags);
        state.associate_tags(id, &tags);
        state.render_page(id);
        true
    }

    /// Takes a page out past the API; whether it was there.
    pub fn remove_page(&self, id: i64) -> bool {
        self.shared.state().remove_page(id).is_some()
    }

    /// The pages, by id.
    pub fn pages(&self) -> Vec<FakePage> {
        let state = self.shared.state();
        state
            .pages
            .values()
            .map(|stored| state.snapshot(stored))
            .collect()
    }

    /// A page by its id.
    pub fn page(&self, id: i64) -> Option<FakePage> {
        let state = self.shared.state();
        state.pages.get(&id).map(|stored| state.snapshot(stored))
    }

    /// A page by its locale and path; the oldest where several share them.
    pub fn page_by_path(&self, locale: &str, path: &str) -> Option<FakePage> {
        let state = self.shared.state();
        state
            .page_at(locale, path)
            .map(|stored| state.snapshot(stored))
    }

    /// The versions of a page, deleted or not, oldest first.
    pub fn history(&self, id: i64) -> Vec<FakeVersion> {
        let state = self.shared.state();
        state.versions_of(id).into_iter().cloned().collect()
    }

    /// The tags, by id, those of no page too.
    pub fn tags(&self) -> Vec<FakeTag> {
        self.shared.state().tags.iter().cloned().collect()
    }

    /// Puts a comment in, past the API and its limits, and gives its id. Nothing is checked.
    pub fn insert_comment(&self, comment: FakeComment) -> i64 {
        self.shared.state().add_comment(comment)
    }

    /// The comments, by id.
    pub fn comments(&self) -> Vec<FakeComment> {
        self.shared.state().comments.values().cloned().collect()
    }

    /// A comment by its id.
    pub fn comment(&self, id: i64) -> Option<FakeComment> {
        self.shared.state().comments.get(&id).cloned()
    }

    /// Writes a line into the wiki's log, for those who follow it over `/graphql-subscriptions`. Nothing else is in
    /// the log of the fake.
    pub fn log(&self, level: impl Into<String>, output: impl Into<String>) {
        let line = FakeLogLine {
            level: level.into(),
            output: output.into(),
            timestamp: self.shared.state().now(),
        };
        // An error: nobody follows it.
        let _ = self.shared.log().send(line);
    }

    /// How many follow the log.
    pub fn log_followers(&self) -> usize {
        self.shared.log().receiver_count()
    }

    /// The mails that were sent, in order; see [`FakeWikiBuilder::sends_mail`](crate::FakeWikiBuilder::sends_mail).
    pub fn mails(&self) -> Vec<FakeMail> {
        self.shared.state().mails.clone()
    }

    /// The requests received, in order; `/healthz` is left out.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.requests().kept.clone()
    }

    /// Keeps requests waiting until the hold is dropped. They are counted and recorded when they arrive.
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
        self.shared.gate().hold()
    }

    /// How many HTTP requests were received.
    pub fn request_count(&self) -> usize {
        self.shared.requests().count
    }

    /// How many GraphQL operations were received, each member of a batch counted.
    pub fn operation_count(&self) -> usize {
        self.shared.requests().operations
    }

    /// The time spent on requests by the [cost model](crate::CostModel).
    pub fn time_spent(&self) -> Duration {
        self.shared.timing().spent()
    }

    /// Forgets the requests received, and sets their counts to 0.
    pub fn clear_requests(&self) {
        *self.shared.requests() = Requests::default();
    }
}
