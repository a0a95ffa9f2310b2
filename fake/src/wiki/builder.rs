//! The builder of a wiki.

use super::FakeWiki;
use crate::cost::{CostModel, Timing};
use crate::database::Database;
use crate::document::Documents;
use crate::requests::{Exchange, Observer};
use crate::sample::Sample;
use crate::server::Server;
use crate::shared::Shared;
use crate::state::keys::YEAR_SECONDS;
use crate::state::providers::{LOCAL, ProviderKind};
use crate::state::{FakeAsset, FakeGroup, FakePage, FakeUser, SearchEngine, Settings, State};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Builder of a [`FakeWiki`].
///
/// ```
/// use std::time::Duration;
/// use wikijs_fake::{FakeGroup, FakePage, FakeWiki, SearchEngine};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = FakeWiki::builder()
///     .locales(["fr"])
///     .search_engine(SearchEngine::Postgres)
///     .group(FakeGroup::new("Readers", ["read:pages"])) // its id is 3
///     .page(FakePage::new("home", "Accueil").locale("fr"))
///     .write_duration(Duration::from_millis(20))
///     .start()
///     .await;
/// let reader = wiki.key_for(3);
/// # assert_ne!(reader, wiki.api_key());
/// # });
/// ```
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent option"
)]
#[must_use = "a builder does nothing until it is started"]
pub struct FakeWikiBuilder {
    settings: Settings,
    search_engine: SearchEngine,
    assets: Vec<FakeAsset>,
    site: Vec<(&'static str, serde_json::Value)>,
    pages: Vec<FakePage>,
    sample: Sample,
    users: Vec<FakeUser>,
    groups: Vec<FakeGroup>,
    /// Types and fields that are removed from the schema.
    removed_fields: Vec<(String, String)>,
    /// Domains of mail addresses that may register; `None`: nobody may.
    registration: Option<Vec<String>>,
    comment_delay: Option<Duration>,
    sends_mail: bool,
    api_disabled: bool,
    private: bool,
    discards_requests: bool,
    cost: Option<CostModel>,
    network_latency: Duration,
    api_key: Option<String>,
    observer: Option<Observer>,
    address: Option<IpAddr>,
    port: u16,
}

setters! {
    FakeWikiBuilder {
        /// Fills the wiki with this many generated pages, after those that were added, and a tenth as many files.
        ///
        /// The pages have texts, tags, links, dates and all locales of the wiki; some are drafts, some have no tags.
        /// The first one is `home`. With more than one locale, one page in four translates the page before it. The same
        /// number, [seed](Self::sample_seed) and locales give the same pages. Default: 0.
        ///
        /// ```
        /// use wikijs_fake::FakeWiki;
        ///
        /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        /// let wiki = FakeWiki::builder().locales(["fr"]).sample(1000).start().await;
        ///
        /// assert_eq!(wiki.pages().len(), 1000);
        /// assert_eq!(wiki.assets().len(), 100);
        /// assert!(wiki.page_by_path("en", "home").is_some());
        /// # });
        /// ```
        sample(pages: usize) => sample.pages = pages;

        /// Sets the seed of the [generated pages](Self::sample). Default: 0.
        sample_seed(seed: u64) => sample.seed = seed;

        /// Removes every permission from the Guests group, which by default may read pages, assets and comments.
        private() => private = true;

        /// Sets the default locale, which is also installed. Default: `en`.
        default_locale(locale: impl Into<String>) => settings.default_locale = locale.into();

        /// Sets the search engine. Default: [`SearchEngine::Db`].
        search_engine(engine: SearchEngine) => search_engine = engine;

        /// Sets the database, which determines the comparison of texts, the constraints and the error messages.
        /// Default: [`Database::PostgreSql`].
        database(database: Database) => settings.database = database;

        /// Enables or disables the API. Default: enabled.
        api_enabled(enabled: bool) => api_disabled = !enabled;

        /// Sets the full-access API key, so that it is known before the wiki starts. It need not be a JWT, as every
        /// key of Wiki.js is. Default: a generated key.
        api_key(key: impl Into<String>) => api_key = Some(key.into());

        /// Sets the maximum size of a request body in bytes. Default: 5 MiB (5 242 880).
        body_limit(bytes: usize) => settings.body_limit = bytes;

        /// Sets the version of Wiki.js. Default: that of the bundled schema.
        ///
        /// `system.info` returns it, and the schema is that of this release: an older wiki refuses a document that uses
        /// newer fields and arguments. Schemas are known from 2.5.105 on; older versions get that one.
        ///
        /// ```
        /// use wikijs_fake::FakeWiki;
        ///
        /// let older = FakeWiki::builder().version("2.5.201");
        /// # drop(older);
        /// ```
        version(version: impl Into<String>) => settings.version = version.into();

        /// Behaves as with `NODE_ENV=production`: no introspection, no stack traces in errors.
        production() => settings.production = true;

        /// Sets the duration of a write; a real wiki needs 1 to 2.5 s. Default: 2 ms.
        ///
        /// Overlapping writes disturb each other as in Wiki.js. With zero, writes do not overlap.
        write_duration(duration: Duration) => settings.write_duration = duration;

        /// Sets whether [`FakeWiki::requests`] keeps the requests, which takes memory. They are always counted.
        /// Default: `true`.
        keep_requests(keep: bool) => discards_requests = !keep;

        /// Sets how many calls of each of `authentication.login`, `loginTFA` and `loginChangePassword` are allowed
        /// within a window that starts with the first. Default: 5 in 60 seconds.
        ///
        /// Wiki.js counts per IP address; the fake counts all clients together.
        login_limit(calls: u32, window: Duration) => settings.login_limit = (calls, window);

        /// Configures mail: [`FakeWiki::mails`] returns what the wiki sends. Default: sending fails with code 3002.
        sends_mail() => sends_mail = true;

        /// Refuses WebSockets, as some proxies do. Default: they are accepted.
        without_websockets() => settings.takes_websockets = false;

        /// Gives the wiki access to the Internet, so that `contribute.contributors` returns one. Default: no access,
        /// and null.
        online() => settings.is_online = true;

        /// Sets the processing time of requests to `/graphql`, which are processed one after another, as by the
        /// single Node.js process of Wiki.js. Default: only the time that the fake needs.
        cost(cost: CostModel) => cost = Some(cost);

        /// Delays each request like a network with this round-trip time, in parallel. Default: none.
        network_latency(latency: Duration) => network_latency = latency;

        /// Refuses arrays of operations with HTTP 403 and a page of HTML, as a firewall in front of the wiki may.
        refuse_batches() => settings.refuses_batches = true;

        /// Sets a callback for each response. It runs on the server's thread, so it should be fast. `/healthz`, the
        /// live log and requests whose client has disconnected are omitted.
        ///
        /// ```
        /// use wikijs_fake::FakeWiki;
        ///
        /// let logged = FakeWiki::builder().on_response(|exchange| {
        ///     eprintln!("{} {:?} {:?}", exchange.request.path, exchange.request.operation_names(), exchange.status);
        /// });
        /// # drop(logged);
        /// ```
        on_response(callback: impl Fn(&Exchange) + Send + Sync + 'static) => observer = Some(Observer::new(callback));

        /// Sets the port to listen on. Default: a free one.
        port(port: u16) => port = port;

        /// Sets the address to listen on. Default: 127.0.0.1, which cannot be reached from other machines.
        ///
        /// Anybody who reaches another address can change the wiki: the administrator's password is
        /// [public](FakeWiki::ADMIN_PASSWORD).
        address(address: impl Into<IpAddr>) => address = Some(address.into());
    }
}

impl FakeWikiBuilder {
    /// Adds a page.
    pub fn page(self, page: FakePage) -> Self {
        self.pages([page])
    }

    /// Adds pages.
    pub fn pages(mut self, pages: impl IntoIterator<Item = FakePage>) -> Self {
        self.pages.extend(pages);
        self
    }

    /// Adds a file, with the folders above it.
    pub fn asset(mut self, asset: FakeAsset) -> Self {
        self.assets.push(asset);
        self
    }

    /// Adds a user; the first one has id 3, after the administrator and the guest.
    pub fn user(mut self, user: FakeUser) -> Self {
        self.users.push(user);
        self
    }

    /// Adds a group; the first one has id 3, after Administrators and Guests.
    pub fn group(mut self, group: FakeGroup) -> Self {
        self.groups.push(group);
        self
    }

    /// Sets the maximum size of an uploaded file in bytes. Default: 5 MiB (5 242 880).
    pub fn upload_limit(mut self, bytes: usize) -> Self {
        self.site.push(("uploadMaxFileSize", bytes.into()));
        self
    }

    /// Sets the extensions of addresses that belong to pages. Default: `md`, `html`, `txt`.
    pub fn page_extensions<E: Into<String>>(
        mut self,
        extensions: impl IntoIterator<Item = E>,
    ) -> Self {
        let extensions: Vec<String> = extensions.into_iter().map(Into::into).collect();
        let extensions = extensions.join(", ");
        self.site.push(("pageExtensions", extensions.into()));
        self
    }

    /// Installs further locales. Default: `en` alone.
    pub fn locales<L: Into<String>>(mut self, locales: impl IntoIterator<Item = L>) -> Self {
        for locale in locales.into_iter().map(Into::into) {
            if !self.settings.locales.contains(&locale) {
                self.settings.locales.push(locale);
            }
        }
        self
    }

    /// Removes a field from the schema: documents that select it are refused. For all fields that an older release
    /// lacks, use [`version`](Self::version).
    ///
    /// The wiki does not start if the schema has no such field.
    ///
    /// ```
    /// use wikijs_fake::FakeWiki;
    ///
    /// let other = FakeWiki::builder().without_field("PageQuery", "links");
    /// # drop(other);
    /// ```
    pub fn without_field(mut self, type_name: impl Into<String>, field: impl Into<String>) -> Self {
        self.removed_fields.push((type_name.into(), field.into()));
        self
    }

    /// Sets the minimum time between two calls of `comments.create` by anybody, and between two comments of one
    /// account, in whole seconds. All API keys count as one account, and so do all guests. Default: 15 and 30 seconds.
    ///
    /// Wiki.js counts calls per IP address; the second limit is the setting `minDelay` of the comment provider
    /// `default`.
    pub fn comment_limits(mut self, calls: Duration, comments: Duration) -> Self {
        self.settings.comment_limit = calls;
        self.comment_delay = Some(comments);
        self
    }

    /// Lets anybody register an account with a mail address of one of these domains, or of any domain if there are
    /// none. Default: nobody may register.
    pub fn self_registration<D: Into<String>>(
        mut self,
        domains: impl IntoIterator<Item = D>,
    ) -> Self {
        self.registration = Some(domains.into_iter().map(Into::into).collect());
        self
    }

    /// Starts the wiki.
    ///
    /// # Panics
    ///
    /// Panics if [`try_start`](Self::try_start) fails.
    #[expect(
        clippy::panic,
        reason = "a test needs its wiki; try_start() returns the error"
    )]
    pub async fn start(self) -> FakeWiki {
        match self.try_start().await {
            Ok(wiki) => wiki,
            Err(error) => panic!("wikijs-fake cannot start: {error}"),
        }
    }

    /// Starts the wiki.
    ///
    /// # Errors
    ///
    /// Fails if the operating system does not provide the port or a thread, and with `InvalidInput` if the schema
    /// does not have a field that [`without_field`](Self::without_field) removes.
    pub async fn try_start(self) -> io::Result<FakeWiki> {
        let documents = Documents::new(&self.settings.version, &self.removed_fields)
            .map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
        let mut state = State::fresh(self.settings);
        state.use_engine(self.search_engine);
        let default_locale = state.settings.default_locale.clone();
        if !state.settings.locales.contains(&default_locale) {
            state.settings.locales.push(default_locale);
        }
        state.api_enabled = !self.api_disabled;
        for (field, value) in self.site {
            state.configuration.site[field] = value;
        }
        if self.private
            && let Some(guests) = state.groups.get_mut(&2)
        {
            guests.permissions.clear();
            guests.page_rules.clear();
        }
        if let Some(domains) = self.registration {
            state
                .providers
                .patch(ProviderKind::Strategy, LOCAL, |local| {
                    local.self_registration = true;
                    local.domain_whitelist = domains;
                });
        }
        if let Some(delay) = self.comment_delay {
            state
                .providers
                .patch(ProviderKind::CommentProvider, "default", |provider| {
                    provider.config["minDelay"] = delay.as_secs().into();
                });
        }
        if self.sends_mail {
            state.configuration.mail["host"] = "smtp.example.com".into();
        }
        for group in self.groups {
            state.add_group(group);
        }
        for user in self.users {
            state.add_user(user);
        }
        for asset in self.assets {
            state.seed_asset(asset);
        }
        for page in self.pages {
            state.seed_page(page);
        }
        self.sample.put_into(&mut state);
        let now = state.now();
        let api_key = match self.api_key {
            Some(key) => {
                state.keys.accept("full", &key, 1, &now);
                key
            }
            None => state.keys.issue("full", 1, YEAR_SECONDS, &now),
        };
        let shared = Arc::new(Shared::new(
            state,
            documents,
            Timing::new(self.cost, self.network_latency),
            !self.discards_requests,
            self.observer,
        ));
        let address = self.address.unwrap_or(Ipv4Addr::LOCALHOST.into());
        let address = SocketAddr::new(address, self.port);
        let server = Server::start(shared.clone(), address).await?;
        Ok(FakeWiki::new(shared, server, api_key))
    }
}
