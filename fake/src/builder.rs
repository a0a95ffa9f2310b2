//! The description of a wiki before it starts.

use crate::cost::{CostModel, Timing};
use crate::execute::Documents;
use crate::record::{Exchange, Observer};
use crate::sample::Sample;
use crate::server::Server;
use crate::state::providers::{LOCAL, ProviderKind};
use crate::state::{FakeAsset, FakeGroup, FakePage, FakeUser, SearchEngine, Settings, State};
use crate::wiki::{FakeWiki, Shared};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Bytes that Wiki.js takes in a request body unless it is configured otherwise: 5 MiB.
const BODY_LIMIT_BYTES: usize = 5 * 1024 * 1024;
/// Writes take a little, so that they can overlap.
const WRITE_DURATION: Duration = Duration::from_millis(2);

/// For how long Wiki.js has a user's token be valid.
const JWT_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How many logins Wiki.js lets pass in which time.
const LOGIN_LIMIT: (u32, Duration) = (5, Duration::from_secs(60));
/// How long Wiki.js wants to have between two comments of one address.
const COMMENT_LIMIT: Duration = Duration::from_secs(15);

/// Describes a [`FakeWiki`].
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
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are switches, each for itself"
)]
#[must_use = "a builder does nothing until it is started"]
pub struct FakeWikiBuilder {
    settings: Settings,
    assets: Vec<FakeAsset>,
    site: Vec<(&'static str, serde_json::Value)>,
    pages: Vec<FakePage>,
    sample: Option<Sample>,
    users: Vec<FakeUser>,
    groups: Vec<FakeGroup>,
    /// Types and fields that the schema lacks.
    lacking: Vec<(String, String)>,
    /// The domains of the addresses for which anybody may make an account; `None`: nobody may.
    registration: Option<Vec<String>>,
    comment_delay: Option<Duration>,
    sends_mail: bool,
    api_enabled: bool,
    guests_read: bool,
    keeps_requests: bool,
    cost: Option<CostModel>,
    network_latency: Duration,
    api_key: Option<String>,
    observer: Option<Observer>,
    address: IpAddr,
    port: u16,
}

impl FakeWikiBuilder {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings {
                version: wikijs_schema::WIKIJS_VERSION.trim().to_owned(),
                default_locale: "en".to_owned(),
                locales: vec!["en".to_owned()],
                search_engine: SearchEngine::default(),
                body_limit: BODY_LIMIT_BYTES,
                production: false,
                refuses_batches: false,
                write_duration: WRITE_DURATION,
                jwt_lifetime: JWT_LIFETIME,
                login_limit: LOGIN_LIMIT,
                comment_limit: COMMENT_LIMIT,
                takes_websockets: true,
                is_online: false,
            },
            assets: Vec::new(),
            site: Vec::new(),
            pages: Vec::new(),
            sample: None,
            users: Vec::new(),
            groups: Vec::new(),
            lacking: Vec::new(),
            registration: None,
            comment_delay: None,
            sends_mail: false,
            api_enabled: true,
            guests_read: true,
            keeps_requests: true,
            cost: None,
            network_latency: Duration::ZERO,
            api_key: None,
            observer: None,
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
        }
    }

    /// Adds a page.
    pub fn page(mut self, page: FakePage) -> Self {
        self.pages.push(page);
        self
    }

    /// Adds pages.
    pub fn pages(mut self, pages: impl IntoIterator<Item = FakePage>) -> Self {
        self.pages.extend(pages);
        self
    }

    /// Fills the wiki with pages and files that are made up, after those that were added.
    pub fn sample(mut self, sample: Sample) -> Self {
        self.sample = Some(sample);
        self
    }

    /// Adds a file, with the folders above it.
    pub fn asset(mut self, asset: FakeAsset) -> Self {
        self.assets.push(asset);
        self
    }

    /// Sets how many bytes a file may have that is uploaded. Default: 5 MiB (5 242 880).
    pub fn upload_limit(mut self, bytes: usize) -> Self {
        self.site.push(("uploadMaxFileSize", bytes.into()));
        self
    }

    /// Sets the ends of addresses that make them those of pages. Default: `md`, `html`, `txt`.
    pub fn page_extensions<E: Into<String>>(
        mut self,
        extensions: impl IntoIterator<Item = E>,
    ) -> Self {
        let extensions: Vec<String> = extensions.into_iter().map(Into::into).collect();
        self.site
            .push(("pageExtensions", extensions.join(", ").into()));
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

    /// Takes every permission from the Guests group, which by default may read pages, assets and comments.
    pub fn private(mut self) -> Self {
        self.guests_read = false;
        self
    }

    /// Sets the default locale, which is installed too. Default: `en`.
    pub fn default_locale(mut self, locale: impl Into<String>) -> Self {
        self.settings.default_locale = locale.into();
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

    /// Sets the search engine. Default: [`SearchEngine::Db`].
    pub fn search_engine(mut self, engine: SearchEngine) -> Self {
        self.settings.search_engine = engine;
        self
    }

    /// Switches the API on or off. Default: on.
    pub fn api_enabled(mut self, enabled: bool) -> Self {
        self.api_enabled = enabled;
        self
    }

    /// Takes this text for the full-access API key, so that it is known before the wiki starts; it need not be a JWT,
    /// as every key of Wiki.js is. Default: one is issued.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets how many bytes a request body may have. Default: 5 MiB (5 242 880).
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Sets the version that `system.info` tells. Default: that of the schema.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = version.into();
        self
    }

    /// Takes a field from the schema, as in an older Wiki.js: documents that select it are refused as there.
    ///
    /// ```
    /// use wikijs_fake::FakeWiki;
    ///
    /// let older = FakeWiki::builder().without_field("PageQuery", "singleByPath").version("2.5.200");
    /// # drop(older);
    /// ```
    ///
    /// A wiki without a field that the schema has not does not start.
    pub fn without_field(mut self, type_name: impl Into<String>, field: impl Into<String>) -> Self {
        self.lacking.push((type_name.into(), field.into()));
        self
    }

    /// Behaves as with `NODE_ENV=production`: no introspection, no stack traces in errors.
    pub fn production(mut self) -> Self {
        self.settings.production = true;
        self
    }

    /// Sets how long a write takes; a real wiki needs 1 to 2.5 s. Writes that overlap disturb one another as they
    /// do in Wiki.js; with zero none ever overlap. Default: 2 ms.
    pub fn write_duration(mut self, duration: Duration) -> Self {
        self.settings.write_duration = duration;
        self
    }

    /// Sets whether [`FakeWiki::requests`] keeps the requests, which takes memory. They are counted in any case.
    /// Default: it does.
    pub fn keep_requests(mut self, keep: bool) -> Self {
        self.keeps_requests = keep;
        self
    }

    /// Sets for how long the token of a user is valid, in whole seconds; with zero each one has expired when it is
    /// issued, and is renewed with each request. Default: 30 minutes.
    pub fn jwt_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.jwt_lifetime = lifetime;
        self
    }

    /// Sets how many calls each of `authentication.login`, `loginTFA` and `loginChangePassword` may have within a
    /// time that begins with the first. Default: 5 in 60 seconds. In Wiki.js each IP address has its own count; here
    /// all clients share one.
    pub fn login_limit(mut self, calls: u32, window: Duration) -> Self {
        self.settings.login_limit = (calls, window);
        self
    }

    /// Sets the time that has to pass between two calls of `comments.create`, whoever calls, and between two comments
    /// of one account in whole seconds, for which all API keys count as one and all guests as another. Default: 15 and 30
    /// seconds. In Wiki.js the first is counted for each IP address; the second is the setting `minDelay` of the
    /// comment provider `default`.
    pub fn comment_limits(mut self, calls: Duration, comments: Duration) -> Self {
        self.settings.comment_limit = calls;
        self.comment_delay = Some(comments);
        self
    }

    /// Lets anybody make an account with `authentication.register`, with a mail address of one of these domains;
    /// none: of any. Default: nobody may.
    pub fn self_registration<D: Into<String>>(
        mut self,
        domains: impl IntoIterator<Item = D>,
    ) -> Self {
        self.registration = Some(domains.into_iter().map(Into::into).collect());
        self
    }

    /// Configures mail: what the wiki sends is found in [`FakeWiki::mails`]. Default: it fails with 3002.
    pub fn sends_mail(mut self) -> Self {
        self.sends_mail = true;
        self
    }

    /// Refuses WebSockets, as a proxy does that does not know them. Default: they are let through.
    pub fn without_websockets(mut self) -> Self {
        self.settings.takes_websockets = false;
        self
    }

    /// Lets the wiki reach the servers of its makers, so that `contribute.contributors` tells one. Default: it does
    /// not, and answers null.
    pub fn online(mut self) -> Self {
        self.settings.is_online = true;
        self
    }

    /// Has the wiki spend time on each request to `/graphql`, on one after the other as the one Node.js process does
    /// that Wiki.js is. Default: it spends none but what the fake itself needs.
    pub fn cost(mut self, cost: CostModel) -> Self {
        self.cost = Some(cost);
        self
    }

    /// Delays each request on its way to the wiki, as a network does: beside the others, not one after the other.
    /// It is the time of the way there and back. Default: none.
    pub fn network_latency(mut self, latency: Duration) -> Self {
        self.network_latency = latency;
        self
    }

    /// Has something before the wiki, a firewall, answer arrays of operations with HTTP 403 and a page.
    pub fn refuse_batches(mut self) -> Self {
        self.settings.refuses_batches = true;
        self
    }

    /// Tells each answer, on the server's thread: it should not take long. `/healthz` is left out, as are the live
    /// log and requests whose client has gone.
    ///
    /// ```
    /// use wikijs_fake::FakeWiki;
    ///
    /// let talkative = FakeWiki::builder().on_answer(|exchange| {
    ///     eprintln!("{} {:?} {:?}", exchange.request.path, exchange.request.operation_names(), exchange.status);
    /// });
    /// # drop(talkative);
    /// ```
    pub fn on_answer(mut self, tell: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer::new(tell));
        self
    }

    /// Listens on this port rather than on a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Listens on this address of the machine. Default: 127.0.0.1, which nobody reaches from outside. Whoever reaches
    /// another one can do to the wiki what its keys and passwords allow, and the administrator's is
    /// [no secret](FakeWiki::ADMIN_PASSWORD).
    pub fn address(mut self, address: impl Into<IpAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Starts the wiki.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails.
    #[expect(
        clippy::panic,
        reason = "in a test a wiki that cannot start has to end it; try_start() is beside it"
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
    /// Where the operating system gives no port there or no thread, and where the schema has not a field that it is to be
    /// [without](Self::without_field).
    pub async fn try_start(self) -> io::Result<FakeWiki> {
        let engine = self.settings.search_engine;
        let documents = Documents::lacking(&self.lacking)
            .map_err(|message| io::Error::new(io::ErrorKind::InvalidInput, message))?;
        let mut state = State::fresh(self.settings);
        state.use_engine(engine);
        let default_locale = state.settings.default_locale.clone();
        if !state.settings.locales.contains(&default_locale) {
            state.settings.locales.push(default_locale);
        }
        state.api_enabled = self.api_enabled;
        for (field, value) in self.site {
            state.configuration.site.insert(field.to_owned(), value);
        }
        if !self.guests_read
            && let Some(guests) = state.groups.get_mut(&2)
        {
            guests.permissions.clear();
            guests.page_rules.clear();
        }
        let providers = &mut state.providers;
        if let Some(domains) = self.registration {
            providers.patch(ProviderKind::Strategy, LOCAL, |local| {
                local.self_registration = true;
                local.domain_whitelist = domains;
            });
        }
        if let Some(delay) = self.comment_delay {
            providers.patch(ProviderKind::CommentProvider, "default", |provider| {
                provider.config["minDelay"] = delay.as_secs().into();
            });
        }
        if self.sends_mail {
            providers.mail["host"] = "smtp.example.com".into();
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
        if let Some(sample) = self.sample {
            sample.put_into(&mut state);
        }
        let now = state.now();
        let api_key = match self.api_key {
            Some(key) => {
                state.keys.accept("full", &key, 1, &now);
                key
            }
            None => state.keys.issue("full", 1, &now),
        };
        let shared = Arc::new(Shared::new(
            state,
            documents,
            Timing::new(self.cost, self.network_latency),
            self.keeps_requests,
            self.observer,
        ));
        let place = SocketAddr::new(self.address, self.port);
        let server = Server::start(shared.clone(), place).await?;
        Ok(FakeWiki::new(shared, server, api_key))
    }
}
