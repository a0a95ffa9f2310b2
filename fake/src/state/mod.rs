//! What the wiki holds. Nothing here knows of HTTP, GraphQL or permissions.

pub(crate) mod assets;
pub(crate) mod clock;
pub(crate) mod comment;
pub(crate) mod configuration;
pub(crate) mod history;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod providers;
pub(crate) mod search;
pub(crate) mod tag;
pub(crate) mod tree;

pub use assets::{FakeAsset, FakeAssetFolder};
pub use comment::FakeComment;
pub use configuration::FakeExport;
pub use history::FakeVersion;
pub(crate) use log::FakeLogLine;
pub use mail::FakeMail;
pub use page::FakePage;
pub use people::{FakeGroup, FakeUser, PageRule, RuleMatch};
pub use providers::{FakeProvider, ProviderKind};
pub use search::SearchEngine;
pub use tag::FakeTag;

use crate::auth::{Keys, Sessions, Step};
use crate::render;
use clock::Clock;
use page::StoredPage;
use providers::Providers;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use tag::Tags;
use tree::TreeEntry;

/// Rows of the full-text index are numbered from above this, so that their ids never look like those of pages. In
/// Wiki.js the two merely differ more often than not.
const INDEX_IDS_BELOW: i64 = 1000;

/// What can be set about the wiki and stays.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are switches, each for itself"
)]
pub(crate) struct Settings {
    pub(crate) version: String,
    pub(crate) default_locale: String,
    pub(crate) locales: Vec<String>,
    pub(crate) search_engine: SearchEngine,
    /// Bytes that a request body may have.
    pub(crate) body_limit: usize,
    /// NODE_ENV=production: no introspection, no stack traces.
    pub(crate) production: bool,
    /// Something before the wiki refuses arrays of operations.
    pub(crate) refuses_batches: bool,
    /// How long a write takes.
    pub(crate) write_duration: Duration,
    /// How long a user's token is valid.
    pub(crate) jwt_lifetime: Duration,
    /// How many logins there may be in which time.
    pub(crate) login_limit: (u32, Duration),
    /// Between two comments of one address.
    pub(crate) comment_limit: Duration,
    /// Whether what stands before it lets WebSockets through.
    pub(crate) takes_websockets: bool,
    /// Whether it reaches the server that knows the contributors.
    pub(crate) is_online: bool,
}

/// Everything that the wiki holds.
#[derive(Debug)]
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
    pub(crate) versions: Vec<FakeVersion>,
    /// Creates, deletes and moves under way.
    pub(crate) tree_jobs: usize,
    places: HashMap<(String, String), BTreeSet<i64>>,
    clock: Clock,
    tree: Option<Vec<TreeEntry>>,
    /// Pages that were created since the tree was rebuilt.
    missing_in_tree: BTreeSet<i64>,
    last_group: i64,
    last_user: i64,
    last_page: i64,
    last_comment: i64,
    last_version: i64,
    last_index: i64,
}

impl State {
    /// A wiki as it is after its set-up: two groups, two users, no page.
    pub(crate) fn fresh(settings: Settings) -> Self {
        let mut clock = Clock::default();
        let now = clock.tick();
        Self {
            sessions: Sessions::new(settings.jwt_lifetime),
            settings,
            configuration: configuration::Configuration::default(),
            api_enabled: true,
            assets: assets::Assets::default(),
            keys: Keys::default(),
            groups: people::fresh_groups(&now),
            users: people::fresh_users(&now),
            pages: BTreeMap::new(),
            providers: Providers::fresh(),
            tags: Tags::default(),
            comments: BTreeMap::new(),
            mails: Vec::new(),
            versions: Vec::new(),
            tree_jobs: 0,
            places: HashMap::new(),
            clock,
            tree: None,
            missing_in_tree: BTreeSet::new(),
            // Two groups and two users are there from the start.
            last_group: 2,
            last_user: 2,
            last_page: 0,
            last_comment: 0,
            last_version: 0,
            last_index: INDEX_IDS_BELOW,
        }
    }

    /// An instant later than every one before.
    pub(crate) fn now(&mut self) -> String {
        self.clock.tick()
    }

    /// Puts a group in; its id is the next one.
    pub(crate) fn add_group(&mut self, mut group: FakeGroup) -> i64 {
        self.last_group += 1;
        let id = self.last_group;
        let now = self.now();
        group.id = id;
        fill(&mut group.created_at, &now);
        fill(&mut group.updated_at, &now);
        self.groups.insert(id, group);
        id
    }

    /// Puts a user in; its id is the next one.
    pub(crate) fn add_user(&mut self, mut user: FakeUser) -> i64 {
        self.last_user += 1;
        let id = self.last_user;
        let now = self.now();
        user.id = id;
        fill(&mut user.created_at, &now);
        fill(&mut user.updated_at, &now);
        self.users.insert(id, user);
        id
    }

    /// A token for a user, which expires so many seconds later or earlier than usual.
    pub(crate) fn issue_token(&mut self, user: &FakeUser, shift_seconds: i64) -> String {
        let now = self.now();
        if let Some(user) = self.users.get_mut(&user.id) {
            user.last_login_at = Some(now);
        }
        self.sessions
            .issue(&self.keys, user, &self.groups, shift_seconds)
    }

    /// A token for the user of an id.
    pub(crate) fn issue_token_for(&mut self, id: i64, shift_seconds: i64) -> Option<String> {
        let user = self.users.get(&id)?.clone();
        Some(self.issue_token(&user, shift_seconds))
    }

    /// A token with which a login goes on.
    pub(crate) fn suspend_login(&mut self, step: Step, user: i64) -> String {
        self.sessions.suspend(&self.keys, step, user)
    }

    /// Puts a page in, rendered and tagged, and gives its id.
    pub(crate) fn seed_page(&mut self, mut page: FakePage) -> i64 {
        let now = self.now();
        fill(&mut page.created_at, &now);
        fill(&mut page.updated_at, &now);
        let default_locale = self.settings.default_locale.clone();
        fill(&mut page.locale, &default_locale);
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

    /// Stores a page as a bare row: neither tagged nor rendered.
    pub(crate) fn insert_page(&mut self, mut page: FakePage) -> i64 {
        self.last_page += 1;
        page.id = self.last_page;
        page.tags = Vec::new();
        page.render = None;
        self.places
            .entry((page.locale.clone(), page.path.clone()))
            .or_default()
            .insert(page.id);
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
        self.last_page
    }

    /// Changes a page; path and locale may change too.
    pub(crate) fn change_page(&mut self, id: i64, change: impl FnOnce(&mut FakePage)) {
        let Some(stored) = self.pages.get_mut(&id) else {
            return;
        };
        let old = (stored.page.locale.clone(), stored.page.path.clone());
        change(&mut stored.page);
        let new = (stored.page.locale.clone(), stored.page.path.clone());
        if old != new {
            self.leave_place(&old, id);
            self.places.entry(new).or_default().insert(id);
        }
        self.tree = None;
    }

    /// Puts a comment in, and gives its id.
    pub(crate) fn add_comment(&mut self, mut comment: FakeComment) -> i64 {
        let now = self.now();
        self.last_comment += 1;
        comment.id = self.last_comment;
        fill(&mut comment.created_at, &now);
        fill(&mut comment.updated_at, &now);
        self.comments.insert(comment.id, comment);
        self.last_comment
    }

    /// Takes a page out with its comments, and gives what it was.
    pub(crate) fn remove_page(&mut self, id: i64) -> Option<StoredPage> {
        let stored = self.pages.remove(&id)?;
        self.comments.retain(|_, comment| comment.page_id != id);
        self.leave_place(&(stored.page.locale.clone(), stored.page.path.clone()), id);
        self.tree = None;
        Some(stored)
    }

    fn leave_place(&mut self, place: &(String, String), id: i64) {
        if let Some(ids) = self.places.get_mut(place) {
            ids.remove(&id);
            if ids.is_empty() {
                self.places.remove(place);
            }
        }
    }

    /// The page at a path; the oldest where several share it.
    pub(crate) fn page_at(&self, locale: &str, path: &str) -> Option<&StoredPage> {
        let ids = self.places.get(&(locale.to_owned(), path.to_owned()))?;
        self.pages.get(ids.first()?)
    }

    /// A page as it is shown to the test: with its tags.
    pub(crate) fn snapshot(&self, stored: &StoredPage) -> FakePage {
        FakePage {
            tags: self.tags_of(stored).map(|tag| tag.tag.clone()).collect(),
            ..stored.page.clone()
        }
    }

    /// The tags of a page, in the order of association.
    pub(crate) fn tags_of(&self, stored: &StoredPage) -> impl Iterator<Item = &FakeTag> {
        stored.tag_ids.iter().filter_map(|id| self.tags.get(*id))
    }

    /// Stores those of `names` that are not tags yet.
    pub(crate) fn make_tags(&mut self, names: &[String]) {
        for name in names {
            if self.tags.named(name).is_none() {
                let now = self.now();
                self.tags.add(name, &now);
            }
        }
    }

    /// Makes `names` the tags of a page: those it has already keep their place, the others follow by id.
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

    /// Renders a page and finds its links; this changes `updatedAt`, as it does in Wiki.js.
    pub(crate) fn render_page(&mut self, id: i64) {
        let default_locale = self.settings.default_locale.clone();
        let Some(stored) = self.pages.get(&id) else {
            return;
        };
        let (html, links) = {
            let exists = |locale: &str, path: &str| self.page_at(locale, path).is_some();
            render::page(&stored.page, &default_locale, &exists)
        };
        let now = self.now();
        if let Some(stored) = self.pages.get_mut(&id) {
            stored.page.render = Some(html);
            stored.page.updated_at = now;
            stored.links = links;
        }
    }

    /// Sets `updatedAt` of a page to the present.
    pub(crate) fn touch_page(&mut self, id: i64) {
        let now = self.now();
        if let Some(stored) = self.pages.get_mut(&id) {
            stored.page.updated_at = now;
        }
    }

    /// Gives a page its row in the full-text index, where it has none and the engine keeps one.
    pub(crate) fn index_page(&mut self, id: i64) {
        if self.settings.search_engine == SearchEngine::Postgres
            && let Some(stored) = self.pages.get_mut(&id)
            && stored.index_id == 0
        {
            self.last_index += 1;
            stored.index_id = self.last_index;
        }
    }

    /// Takes a search engine into use, without a look at its index.
    pub(crate) fn use_engine(&mut self, engine: SearchEngine) {
        let key = match engine {
            SearchEngine::Db => "db",
            SearchEngine::Postgres => "postgres",
        };
        for row in self.providers.rows(ProviderKind::SearchEngine).to_vec() {
            let is_enabled = row.key == key;
            self.providers
                .patch(ProviderKind::SearchEngine, &row.key, |row| {
                    row.is_enabled = is_enabled;
                });
        }
        key.clone_into(&mut self.providers.active_engine);
        self.settings.search_engine = engine;
    }

    /// Empties the full-text index.
    pub(crate) fn drop_index(&mut self) {
        self.last_index = INDEX_IDS_BELOW;
        for stored in self.pages.values_mut() {
            stored.index_id = 0;
        }
    }

    /// Numbers the rows of the full-text index anew: one for each page that is published and not private.
    pub(crate) fn rebuild_index(&mut self) {
        self.last_index = INDEX_IDS_BELOW;
        for stored in self.pages.values_mut() {
            let is_indexed = stored.page.is_published && !stored.page.is_private;
            self.last_index += i64::from(is_indexed);
            stored.index_id = if is_indexed { self.last_index } else { 0 };
        }
    }

    /// Keeps the present state of a page as a version, and gives the version's id.
    pub(crate) fn add_version(&mut self, id: i64, action: &str) -> Option<i64> {
        let page = self.pages.get(&id)?.page.clone();
        let created_at = self.now();
        self.last_version += 1;
        self.versions.push(FakeVersion {
            id: self.last_version,
            page_id: id,
            action: action.to_owned(),
            version_date: page.updated_at.clone(),
            created_at,
            page: FakePage {
                render: None,
                script_css: String::new(),
                script_js: String::new(),
                ..page
            },
        });
        Some(self.last_version)
    }

    /// The versions of a page, oldest first.
    pub(crate) fn versions_of(&self, id: i64) -> Vec<&FakeVersion> {
        self.versions
            .iter()
            .filter(|version| version.page_id == id)
            .collect()
    }

    /// Leaves a new page out of the tree until that is rebuilt.
    pub(crate) fn leave_out_of_tree(&mut self, id: i64) {
        self.missing_in_tree.insert(id);
    }

    /// Puts the pages into the tree that are missing there.
    pub(crate) fn complete_tree(&mut self) {
        self.missing_in_tree.clear();
        self.tree = None;
    }

    /// The page tree, rebuilt where pages changed.
    pub(crate) fn tree(&mut self) -> &[TreeEntry] {
        self.tree.get_or_insert_with(|| {
            let pages = self.pages.values().map(|stored| &stored.page);
            tree::build(pages.filter(|page| !self.missing_in_tree.contains(&page.id)))
        })
    }
}

fn fill(text: &mut String, with: &str) {
    if text.is_empty() {
        with.clone_into(text);
    }
}
