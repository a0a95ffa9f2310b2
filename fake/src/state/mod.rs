//! The contents of a wiki.

pub(crate) mod assets;
pub(crate) mod configuration;
pub(crate) mod history;
pub(crate) mod keys;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod providers;
pub(crate) mod search;
pub(crate) mod sessions;
pub(crate) mod tag;
pub(crate) mod tree;

pub use assets::{FakeAsset, FakeAssetFolder};
pub(crate) use configuration::FakeLogLine;
pub use configuration::{FakeExport, FakeMail};
pub use history::FakeVersion;
pub use page::{FakeComment, FakePage};
pub use people::{FakeGroup, FakeUser, PageRule, RuleMatch};
pub use providers::{FakeProvider, ProviderKind};
pub use search::SearchEngine;
pub use tag::FakeTag;

use crate::database::Database;
use crate::errors::{Code, Failure};
use crate::render;
use crate::text::Clock;
use keys::Keys;
use page::StoredPage;
use providers::Providers;
use sessions::{Sessions, Step};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use tag::Tags;
use tree::TreeEntry;

/// Ids of the full-text index are greater than this, so that they differ from those of pages. In Wiki.js they differ
/// only usually.
const INDEX_IDS_BELOW: i64 = 1000;

/// The settings of a wiki.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent option"
)]
pub(crate) struct Settings {
    pub(crate) version: String,
    pub(crate) default_locale: String,
    pub(crate) locales: Vec<String>,
    pub(crate) database: Database,
    /// Maximum size of a request body in bytes.
    pub(crate) body_limit: usize,
    /// `true` for `NODE_ENV=production`: no introspection, no stack traces.
    pub(crate) production: bool,
    /// `true` if a firewall refuses arrays of operations.
    pub(crate) refuses_batches: bool,
    /// Duration of a write.
    pub(crate) write_duration: Duration,
    /// Lifetime of a user's token.
    pub(crate) jwt_lifetime: Duration,
    /// Maximum number of logins in a window.
    pub(crate) login_limit: (u32, Duration),
    /// Minimum time between two comments.
    pub(crate) comment_limit: Duration,
    /// `false` if a proxy refuses WebSockets.
    pub(crate) takes_websockets: bool,
    /// `true` if the wiki has access to the Internet.
    pub(crate) is_online: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: wikijs_schema::WIKIJS_VERSION.trim().to_owned(),
            default_locale: "en".to_owned(),
            locales: vec!["en".to_owned()],
            database: Database::default(),
            body_limit: 5 * 1024 * 1024,
            production: false,
            refuses_batches: false,
            // The duration is not zero, so that writes can overlap.
            write_duration: Duration::from_millis(2),
            jwt_lifetime: Duration::from_secs(30 * 60),
            login_limit: (5, Duration::from_secs(60)),
            comment_limit: Duration::from_secs(15),
            takes_websockets: true,
            is_online: false,
        }
    }
}

/// The contents of a wiki.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) configuration: configuration::Configuration,
    pub(crate) api_enabled: bool,
    pub(crate) assets: assets::Assets,
    pub(crate) keys: Keys,
    pub(crate) sessions: Sessions,
    pub(crate) groups: BTreeMap<i64, FakeGroup>,
    pub(crate) users: BTreeMap<i64, FakeUser>,
    pub(crate) pages: BTreeMap<i64, StoredPage>,
    pub(crate) providers: Providers,
    pub(crate) tags: Tags,
    pub(crate) comments: BTreeMap<i64, FakeComment>,
    pub(crate) mails: Vec<FakeMail>,
    /// Recipients of test mails.
    pub(crate) test_mails: Vec<String>,
    pub(crate) versions: Vec<FakeVersion>,
    /// Number of creates, deletes and moves in progress.
    pub(crate) tree_jobs: usize,
    /// Pages by locale and path, as the database compares them.
    locations: HashMap<(String, String), BTreeSet<i64>>,
    clock: Clock,
    tree: Option<Vec<TreeEntry>>,
    /// Pages that were created since the last rebuild of the tree.
    missing_in_tree: BTreeSet<i64>,
    last: LastIds,
}

/// The last assigned ids. Ids of deleted rows are not reused.
#[derive(Debug, Default)]
struct LastIds {
    group: i64,
    user: i64,
    page: i64,
    comment: i64,
    version: i64,
    index: i64,
}

impl State {
    /// Returns a fresh wiki: two groups, two users, no page.
    pub(crate) fn fresh(settings: Settings) -> Self {
        let mut state = Self {
            sessions: Sessions::new(settings.jwt_lifetime),
            tags: Tags::new(settings.database),
            providers: Providers::fresh(),
            configuration: configuration::Configuration::fresh(),
            settings,
            api_enabled: true,
            ..Self::default()
        };
        state.drop_index();
        for group in people::fresh_groups() {
            state.add_group(group);
        }
        for user in people::fresh_users() {
            state.add_user(user);
        }
        state
    }

    /// Returns the database of the wiki.
    pub(crate) fn database(&self) -> Database {
        self.settings.database
    }

    /// Returns whether a locale is installed, as the database compares its code.
    pub(crate) fn has_locale(&self, code: &str) -> bool {
        let mut locales = self.settings.locales.iter();
        locales.any(|own| self.database().is_same(own, code))
    }

    /// Returns an instant later than all earlier ones.
    pub(crate) fn now(&mut self) -> String {
        self.clock.tick()
    }

    /// Inserts a group with the next id.
    pub(crate) fn add_group(&mut self, mut group: FakeGroup) -> i64 {
        let now = self.now();
        number(&mut group.id, &mut self.last.group);
        fill([&mut group.created_at, &mut group.updated_at], &now);
        self.groups.insert(group.id, group);
        self.last.group
    }

    /// Inserts a user with the next id.
    pub(crate) fn add_user(&mut self, mut user: FakeUser) -> i64 {
        let now = self.now();
        number(&mut user.id, &mut self.last.user);
        fill([&mut user.created_at, &mut user.updated_at], &now);
        self.users.insert(user.id, user);
        self.last.user
    }

    /// Issues a token for a user, which expires a number of seconds later or earlier than usual.
    pub(crate) fn issue_token(&mut self, user: &FakeUser, shift_seconds: i64) -> String {
        let now = self.now();
        if let Some(user) = self.users.get_mut(&user.id) {
            user.last_login_at = Some(now);
        }
        self.sessions
            .issue(&self.keys, user, &self.groups, shift_seconds)
    }

    /// Issues a token for the user of an id.
    pub(crate) fn issue_token_for(&mut self, id: i64, shift_seconds: i64) -> Option<String> {
        let user = self.users.get(&id)?.clone();
        Some(self.issue_token(&user, shift_seconds))
    }

    /// Issues a token with which a login is continued.
    pub(crate) fn suspend_login(&mut self, step: Step, user: i64) -> String {
        self.sessions.suspend(&self.keys, step, user)
    }

    /// Inserts a page, with tags and rendering, and returns its id.
    pub(crate) fn seed_page(&mut self, mut page: FakePage) -> i64 {
        let now = self.now();
        fill([&mut page.created_at, &mut page.updated_at], &now);
        fill([&mut page.locale], &self.settings.default_locale);
        let tags = tag::normalize(page.tags.iter().map(String::as_str));
        let render = page.render.clone();
        let updated_at = page.updated_at.clone();
        let id = self.insert_page(page);
        self.make_tags(&tags);
        self.associate_tags(id, &tags);
        self.render_page(id);
        self.index_page(id);
        if let Some(stored) = self.pages.get_mut(&id) {
            stored.page.updated_at = updated_at;
            stored.page.render = render.or(stored.page.render.take());
        }
        id
    }

    /// Inserts the row of a page, without tags and rendering.
    pub(crate) fn insert_page(&mut self, mut page: FakePage) -> i64 {
        number(&mut page.id, &mut self.last.page);
        page.tags = Vec::new();
        page.render = None;
        let location = self.location(&page.locale, &page.path);
        self.locations.entry(location).or_default().insert(page.id);
        self.pages.insert(
            page.id,
            StoredPage {
                page,
                tag_ids: Vec::new(),
                links: Vec::new(),
                index_id: 0,
            },
        );
        self.tree = None;
        self.last.page
    }

    /// Changes a page, which may change its locale and path.
    pub(crate) fn change_page(&mut self, id: i64, change: impl FnOnce(&mut FakePage)) {
        let Some(stored) = self.pages.get_mut(&id) else {
            return;
        };
        let database = self.settings.database;
        let location = |page: &FakePage| (database.fold(&page.locale), database.fold(&page.path));
        let old = location(&stored.page);
        change(&mut stored.page);
        let new = location(&stored.page);
        if old != new {
            self.leave_location(&old, id);
            self.locations.entry(new).or_default().insert(id);
        }
        self.tree = None;
    }

    /// Replaces a page and its tags, and renders it.
    pub(crate) fn replace_page(&mut self, id: i64, mut page: FakePage) {
        let tags = tag::normalize(page.tags.iter().map(String::as_str));
        page.tags = Vec::new();
        page.id = id;
        self.change_page(id, |own| *own = page);
        self.make_tags(&tags);
        self.associate_tags(id, &tags);
        self.render_page(id);
    }

    /// Inserts a comment, and returns its id.
    pub(crate) fn add_comment(&mut self, mut comment: FakeComment) -> i64 {
        let now = self.now();
        number(&mut comment.id, &mut self.last.comment);
        fill([&mut comment.created_at, &mut comment.updated_at], &now);
        self.comments.insert(comment.id, comment);
        self.last.comment
    }

    /// Removes a page with its comments, and returns it.
    pub(crate) fn remove_page(&mut self, id: i64) -> Option<StoredPage> {
        let stored = self.pages.remove(&id)?;
        self.comments.retain(|_, comment| comment.page_id != id);
        let location = self.location(&stored.page.locale, &stored.page.path);
        self.leave_location(&location, id);
        self.tree = None;
        Some(stored)
    }

    fn leave_location(&mut self, location: &(String, String), id: i64) {
        if let Some(ids) = self.locations.get_mut(location) {
            ids.remove(&id);
            if ids.is_empty() {
                self.locations.remove(location);
            }
        }
    }

    /// Returns locale and path as the database compares them.
    fn location(&self, locale: &str, path: &str) -> (String, String) {
        let database = self.database();
        (database.fold(locale), database.fold(path))
    }

    /// Returns the page at a path, as the database compares paths; the oldest if there are several.
    pub(crate) fn page_at(&self, locale: &str, path: &str) -> Option<&StoredPage> {
        let ids = self.locations.get(&self.location(locale, path))?;
        self.pages.get(ids.first()?)
    }

    /// Returns the page at exactly this path; the oldest if there are several.
    pub(crate) fn page_exactly_at(&self, locale: &str, path: &str) -> Option<&StoredPage> {
        let ids = self.locations.get(&self.location(locale, path))?;
        let mut pages = ids.iter().filter_map(|id| self.pages.get(id));
        pages.find(|stored| stored.page.locale == locale && stored.page.path == path)
    }

    /// Returns a page with its tags.
    pub(crate) fn snapshot(&self, stored: &StoredPage) -> FakePage {
        let tags = self.tag_names(stored);
        FakePage {
            tags,
            ..stored.page.clone()
        }
    }

    /// Returns the names of the tags of a page.
    pub(crate) fn tag_names(&self, stored: &StoredPage) -> Vec<String> {
        self.tags_of(stored).map(|tag| tag.tag.clone()).collect()
    }

    /// Returns the tags of a page, in the order of association.
    pub(crate) fn tags_of(&self, stored: &StoredPage) -> impl Iterator<Item = &FakeTag> {
        stored.tag_ids.iter().filter_map(|id| self.tags.get(*id))
    }

    /// Stores the new tags of a list.
    pub(crate) fn make_tags(&mut self, names: &[String]) {
        for name in names {
            if self.tags.named(name).is_none() {
                let now = self.now();
                self.tags.add(name, &now);
            }
        }
    }

    /// Sets the tags of a page. Present ones keep their position, new ones follow by id.
    pub(crate) fn associate_tags(&mut self, id: i64, names: &[String]) {
        let found = names.iter().filter_map(|name| self.tags.named(name));
        let mut wanted: Vec<i64> = found.map(|tag| tag.id).collect();
        wanted.sort_unstable();
        if let Some(stored) = self.pages.get_mut(&id) {
            stored.tag_ids.retain(|id| wanted.contains(id));
            for id in wanted {
                if !stored.tag_ids.contains(&id) {
                    stored.tag_ids.push(id);
                }
            }
        }
    }

    /// Renders a page and finds its links. As in Wiki.js, this changes `updatedAt`.
    pub(crate) fn render_page(&mut self, id: i64) {
        let default_locale = self.settings.default_locale.clone();
        let Some(stored) = self.pages.get(&id) else {
            return;
        };
        let exists = |locale: &str, path: &str| self.page_at(locale, path).is_some();
        let FakePage {
            content_type,
            content,
            ..
        } = &stored.page;
        let (html, links) = render::page(content_type, content, &default_locale, &exists);
        let now = self.now();
        if let Some(stored) = self.pages.get_mut(&id) {
            stored.page.render = Some(html);
            stored.page.updated_at = now;
            stored.links = links;
        }
    }

    /// Adds a page to the full-text index, if the engine has one.
    pub(crate) fn index_page(&mut self, id: i64) {
        if self.engine() == SearchEngine::Postgres
            && let Some(stored) = self.pages.get_mut(&id)
            && stored.index_id == 0
        {
            self.last.index += 1;
            stored.index_id = self.last.index;
        }
    }

    /// Returns the search engine in use.
    pub(crate) fn engine(&self) -> SearchEngine {
        if self.providers.active_engine == SearchEngine::Postgres.key() {
            SearchEngine::Postgres
        } else {
            SearchEngine::Db
        }
    }

    /// Switches to a search engine, and leaves its index unchanged.
    pub(crate) fn use_engine(&mut self, engine: SearchEngine) {
        for row in self.providers.rows_mut(ProviderKind::SearchEngine) {
            row.is_enabled = row.key == engine.key();
        }
        engine.key().clone_into(&mut self.providers.active_engine);
    }

    /// Clears the full-text index.
    pub(crate) fn drop_index(&mut self) {
        self.last.index = INDEX_IDS_BELOW;
        for stored in self.pages.values_mut() {
            stored.index_id = 0;
        }
    }

    /// Rebuilds the full-text index, with each page that is published and not private.
    pub(crate) fn rebuild_index(&mut self) {
        self.last.index = INDEX_IDS_BELOW;
        for stored in self.pages.values_mut() {
            let is_indexed = stored.page.is_published && !stored.page.is_private;
            self.last.index += i64::from(is_indexed);
            stored.index_id = if is_indexed { self.last.index } else { 0 };
        }
    }

    /// Stores the present state of a page as a version.
    pub(crate) fn add_version(&mut self, id: i64, action: &str) {
        let Some(page) = self.pages.get(&id).map(|stored| stored.page.clone()) else {
            return;
        };
        let created_at = self.now();
        self.last.version += 1;
        self.versions.push(FakeVersion {
            id: self.last.version,
            page_id: id,
            action: action.to_owned(),
            version_date: page.updated_at.clone(),
            created_at,
            page: FakePage {
                render: None,
                ..page.scripts("", "")
            },
        });
    }

    /// Returns a page by its id.
    pub(crate) fn find_page(&self, id: i64) -> Result<&StoredPage, Failure> {
        self.pages.get(&id).ok_or_else(|| Code::PageNotFound.into())
    }

    /// Returns a version of a page.
    pub(crate) fn version(&self, page: i64, id: i64) -> Option<&FakeVersion> {
        let mut versions = self.versions.iter();
        versions.find(|version| version.page_id == page && version.id == id)
    }

    /// Returns the versions of a page, oldest first.
    pub(crate) fn versions_of(&self, id: i64) -> Vec<&FakeVersion> {
        self.versions
            .iter()
            .filter(|version| version.page_id == id)
            .collect()
    }

    /// Omits a new page from the tree until its next rebuild.
    pub(crate) fn leave_out_of_tree(&mut self, id: i64) {
        self.missing_in_tree.insert(id);
    }

    /// Rebuilds the tree with all pages.
    pub(crate) fn complete_tree(&mut self) {
        self.missing_in_tree.clear();
        self.tree = None;
    }

    /// Returns the page tree.
    pub(crate) fn tree(&mut self) -> &[TreeEntry] {
        self.tree.get_or_insert_with(|| {
            let pages = self.pages.values().map(|stored| &stored.page);
            tree::build(pages.filter(|page| !self.missing_in_tree.contains(&page.id)))
        })
    }
}

/// Sets an id to the next one.
fn number(id: &mut i64, last: &mut i64) {
    *last += 1;
    *id = *last;
}

/// Replaces empty texts.
fn fill<const N: usize>(texts: [&mut String; N], with: &str) {
    for text in texts.into_iter().filter(|text| text.is_empty()) {
        with.clone_into(text);
    }
}
