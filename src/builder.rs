//! The configuration of a client.

use std::{env, time::Duration};

use secrecy::SecretString;
use url::Url;

#[cfg(feature = "cache")]
use crate::cache::CachePolicy;
use crate::{
    address::{base_of_endpoint, is_open_to_all, parse_base},
    auth::Credentials,
    caching::Caching,
    client::Client,
    error::{Error, Result},
    http::{Http, HttpSettings},
    transport::{Limits, RetryPolicy, Transport, endpoint_of},
    types::Locale,
};

/// A request with all that follows from it: a write takes the wiki 1 to 2.5 s, a large page 30 s.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// What Wiki.js takes unless its `bodyParserLimit` says otherwise.
const MAX_REQUEST_BYTES: usize = 5 * 1024 * 1024;
/// Wiki.js answers arrays of 20 to 100 operations equally fast.
const MAX_BATCH_OPERATIONS: usize = 50;
/// Above all that a wiki of some hundred thousand pages answers, and well below a machine's memory.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// The configuration of a [`Client`]. Everything is checked by [`build`](Self::build).
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    url: String,
    api_key: Option<SecretString>,
    default_locale: Locale,
    limits: Limits,
    deadline: Option<Duration>,
    allow_plain_http: bool,
    http: HttpSettings,
    own_http: Option<reqwest::Client>,
    #[cfg(feature = "cache")]
    cache: Option<CachePolicy>,
}

impl ClientBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            api_key: None,
            default_locale: Locale::from("en"),
            limits: Limits {
                timeout: DEFAULT_TIMEOUT,
                retry: RetryPolicy::default(),
                concurrent_writes: 1,
                concurrent_requests: None,
                requests_per_second: None,
                batch_queries: true,
                batch_operations: MAX_BATCH_OPERATIONS,
                request_bytes: MAX_REQUEST_BYTES,
                answer_bytes: MAX_ANSWER_BYTES,
            },
            deadline: None,
            allow_plain_http: false,
            http: HttpSettings::default(),
            own_http: None,
            #[cfg(feature = "cache")]
            cache: None,
        }
    }

    /// The configuration from the environment: `WIKIJS_URL`, and `WIKIJS_API_KEY` where it is set.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if `WIKIJS_URL` is not set, or either is not Unicode.
    pub fn from_env() -> Result<Self> {
        let url = read_env("WIKIJS_URL")?.ok_or_else(|| {
            Error::config(
                "WIKIJS_URL",
                "it is not set",
                "set it to the wiki's address",
            )
        })?;
        let builder = Client::builder(url);
        Ok(match read_env("WIKIJS_API_KEY")? {
            Some(key) => builder.api_key(key),
            None => builder,
        })
    }

    /// Calls with this API key, made in Administration > API Access. Without one, the client is a
    /// guest. The key appears in no debug output, error or log.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Calls as a guest, even if a key was set before.
    pub fn anonymous(mut self) -> Self {
        self.api_key = None;
        self
    }

    /// The locale that is meant where a call names none. Default: `en`.
    pub fn default_locale(mut self, locale: impl Into<Locale>) -> Self {
        self.default_locale = locale.into();
        self
    }

    /// The longest time for one HTTP request, from its sending to the last byte of the answer.
    /// Default: 60 s.
    ///
    /// A write takes Wiki.js 1 to 2.5 s, more for a large page (30 s for 4 MiB), and a client that
    /// gives up stops nothing: the wiki goes on and makes the write. Be generous.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// The longest time for one call, with its waiting for other writes, all of its requests and
    /// their repetitions. Default: no limit.
    ///
    /// A write that is over time before anything was sent is not made; one that was sent is finished
    /// by the wiki, and [`Error::applied`] is unknown.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// How often a request is tried again that failed for a reason that passes.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }

    /// How many writes may be under way at once. Default: 1.
    ///
    /// Wiki.js is not made for more: of ten pages that are created side by side, it reports about
    /// five as failed though nine are stored, and one is stored without its tags (hazard 13). The
    /// façade finds out and mends, which takes longer than one after another.
    pub fn concurrent_writes(mut self, writes: usize) -> Self {
        self.limits.concurrent_writes = writes;
        self
    }

    /// How many requests may be under way at once; more wait for their place. Default: four while
    /// queries share requests, else no limit.
    ///
    /// Wiki.js is one process: it answers the most single requests a second at about eight at once.
    pub fn concurrent_requests(mut self, requests: usize) -> Self {
        self.limits.concurrent_requests = Some(requests);
        self
    }

    /// Whether queries that wait for a place leave together, as one HTTP request. Default: yes.
    ///
    /// A query that finds fewer requests under way than [`concurrent_requests`](Self::concurrent_requests)
    /// allows leaves at once. The others leave when one is answered, as a JSON array of operations,
    /// which Wiki.js answers in about half the time that they take one by one. Each has its own
    /// result, but gets it with the last of its array: where somebody waits for a quick answer beside
    /// much slow work, give the slow work a client of its own. Mutations are never sent with others.
    ///
    /// If arrays are refused, by a proxy for example, that is noticed, and each query travels alone
    /// from then on.
    pub fn batch_queries(mut self, batch: bool) -> Self {
        self.limits.batch_queries = batch;
        self
    }

    /// How many queries may share a request. Default: 50.
    ///
    /// The size of the request ([`max_request_bytes`](Self::max_request_bytes)) and the expected size
    /// of the answer (4 MiB, by what earlier answers had) limit them too.
    pub fn max_batch_operations(mut self, operations: usize) -> Self {
        self.limits.batch_operations = operations;
        self
    }

    /// How many requests go out in a second at the most, at equal distances. Default: no limit.
    ///
    /// Wiki.js itself limits logins only (five a minute); a proxy before it may limit more.
    pub fn requests_per_second(mut self, requests: f64) -> Self {
        self.limits.requests_per_second = Some(requests);
        self
    }

    /// The largest request, in bytes of JSON. Default: 5 MiB, as of Wiki.js; raise it together with
    /// the wiki's `bodyParserLimit`.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.limits.request_bytes = bytes;
        self
    }

    /// The largest answer, in bytes of JSON after unpacking. Default: 256 MiB. A list takes about
    /// 350 bytes for each page of the wiki.
    pub fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.limits.answer_bytes = bytes;
        self
    }

    /// Keeps pages and lists that were read, for some time. Default: no cache.
    ///
    /// What others change in that time is not noticed: see [`cache`](crate::cache).
    #[cfg(feature = "cache")]
    pub fn cache(mut self, policy: CachePolicy) -> Self {
        self.cache = Some(policy);
        self
    }

    /// Sends the API key over unencrypted HTTP, too, where everybody on the way can read it. To this
    /// machine itself that is always allowed.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// The longest time for making a connection. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.http.connect_timeout = Some(timeout);
        self
    }

    /// The header `User-Agent`. Default: `wikijs-client/` and the version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.http.user_agent = Some(user_agent.into());
        self
    }

    /// Accepts any TLS certificate. Everybody on the way can then read the key: for development
    /// only. For a wiki with a certificate of your own, use
    /// [`root_certificate_pem`](Self::root_certificate_pem).
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.http.accept_invalid_certs = Some(accept);
        self
    }

    /// Trusts this certificate too, or these, in PEM.
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.root_certificates.push(pem.into());
        self
    }

    /// Sends everything through this proxy, such as `http://proxy.example.com:3128`. Default: what
    /// the environment says (`HTTPS_PROXY` and its like).
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.http.proxy = Some(url.into());
        self
    }

    /// How many idle connections are kept. Default: no limit; they are closed after 4 s, one second
    /// before Wiki.js would.
    pub fn pool_max_idle_per_host(mut self, connections: usize) -> Self {
        self.http.pool_max_idle_per_host = Some(connections);
        self
    }

    /// Uses this HTTP client, with its own TLS, proxy, pool and user agent. How long a request may take
    /// is said here, by [`timeout`](Self::timeout), and not by that client.
    ///
    /// Let it close idle connections before 5 s (`pool_idle_timeout`), as Wiki.js does then, and
    /// follow no redirections (`redirect::Policy::none()`): one turns a POST into a GET.
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.own_http = Some(http);
        self
    }

    /// The client. Sends nothing: see [`Client::check`].
    ///
    /// # Errors
    ///
    /// [`Error::Config`] that names the setting and the remedy: a URL that is none, is not
    /// `http(s)` or has a user name or a query; an empty key or one that cannot be a header; a
    /// timeout of zero; an unusable certificate or proxy; a setting that the HTTP client of
    /// [`http_client`](Self::http_client) already decided.
    pub fn build(self) -> Result<Client> {
        let credentials = match &self.api_key {
            None => Credentials::Anonymous,
            Some(key) => Credentials::api_key(key)?,
        };
        let has_secret = !credentials.is_anonymous();
        Ok(self.into_parts(has_secret)?.into_client(credentials))
    }

    /// Checks everything but who is calling.
    pub(crate) fn into_parts(self, has_secret: bool) -> Result<Parts> {
        let endpoint = endpoint_of(&parse_base(&self.url)?);
        let base = base_of_endpoint(&endpoint);
        self.check(has_secret, &endpoint, &base)?;
        let timeout = self.limits.timeout;
        let http = match self.own_http {
            None => Http {
                client: self.http.into_client(timeout)?,
                timeout: None,
            },
            Some(client) => {
                self.http.refuse_any()?;
                Http {
                    client,
                    timeout: Some(timeout),
                }
            }
        };
        #[cfg(feature = "cache")]
        let cache = self.cache.map(CachePolicy::check).transpose()?;
        Ok(Parts {
            #[cfg(feature = "cache")]
            cache,
            http,
            endpoint,
            base,
            default_locale: self.default_locale,
            limits: self.limits,
            deadline: self.deadline,
        })
    }

    fn check(&self, has_secret: bool, endpoint: &Url, base: &Url) -> Result<()> {
        self.default_locale
            .check()
            .map_err(|error| Error::config("default_locale", error.to_string(), "correct it"))?;
        for (setting, is_zero) in [
            ("timeout", self.limits.timeout.is_zero()),
            (
                "deadline",
                self.deadline.is_some_and(|deadline| deadline.is_zero()),
            ),
            ("concurrent_writes", self.limits.concurrent_writes == 0),
            (
                "concurrent_requests",
                self.limits.concurrent_requests == Some(0),
            ),
            ("max_batch_operations", self.limits.batch_operations == 0),
            ("max_request_bytes", self.limits.request_bytes == 0),
            ("max_answer_bytes", self.limits.answer_bytes == 0),
        ] {
            if is_zero {
                return Err(Error::config(setting, "it is zero", "allow for something"));
            }
        }
        if let Some(requests) = self.limits.requests_per_second
            && !(requests.is_finite() && requests > 0.001)
        {
            return Err(Error::config(
                "requests_per_second",
                format!("{requests} requests in a second cannot be kept"),
                "pass a number above 0.001",
            ));
        }
        if has_secret && !self.allow_plain_http && is_open_to_all(endpoint) {
            return Err(Error::config(
                "url",
                format!(
                    "`{base}` is not encrypted, and the key or password would be readable on the way"
                ),
                "use https, or allow_plain_http(true) where the network is your own",
            ));
        }
        Ok(())
    }
}

/// A client that lacks only who is calling.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    #[cfg(feature = "cache")]
    cache: Option<crate::cache::Checked>,
    http: Http,
    endpoint: Url,
    base: Url,
    default_locale: Locale,
    limits: Limits,
    deadline: Option<Duration>,
}

impl Parts {
    pub(crate) fn into_client(self, credentials: Credentials) -> Client {
        let transport = Transport::new(self.http, self.endpoint, credentials, self.limits);
        #[cfg(feature = "cache")]
        let cache = Caching::new(self.cache);
        #[cfg(not(feature = "cache"))]
        let cache = Caching::default();
        Client::new(
            transport,
            self.base,
            self.default_locale,
            self.deadline,
            cache,
        )
    }
}

fn read_env(name: &'static str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Error::config(name, "it is not Unicode", "write it anew"))
        }
    }
}
