//! Configuration of a client.

use std::{env, sync::Arc, time::Duration};

use secrecy::SecretString;
use tokio::sync::Mutex;
use url::Url;

use super::{
    Client, Inner, Owner,
    state::{DefaultLocale, Observations},
    verification,
};
#[cfg(feature = "cache")]
use crate::cache::{CachePolicy, Store};
use crate::{
    api,
    auth::Credentials,
    call::setters,
    error::{Error, Result},
    http::{Address, Http, HttpSettings, base_of, is_unencrypted, parse_base},
    text::refuse_setting_if,
    transport::{BatchLimits, Compat, Limits, OptionalParts, RetryPolicy, Transport},
    types::Locale,
};

/// Default timeout of a request. Wiki.js takes 1 to 2.5 s for a write, and 30 s for a large page.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Default maximum size of a request: the default `bodyParserLimit` of Wiki.js.
const MAX_REQUEST_BYTES: usize = 5 * 1024 * 1024;
/// Default maximum number of operations in a batch. Wiki.js is equally fast for arrays of 20 to 100 operations.
const MAX_BATCH_OPERATIONS: usize = 50;
/// Default maximum size of a response. Larger than any response of a wiki with some hundred thousand pages.
const MAX_RESPONSE_BYTES: usize = 256 * 1024 * 1024;

/// Configuration of a [`Client`]. [`build`](Self::build) checks it.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    url: Address,
    caller: Caller,
    skips_identity_check: bool,
    default_locale: Option<Locale>,
    limits: Limits,
    deadline: Option<Duration>,
    allow_plain_http: bool,
    http: HttpSettings,
    own_http: Option<reqwest::Client>,
    optional_parts: Vec<OptionalParts>,
    #[cfg(feature = "cache")]
    cache: Option<CachePolicy>,
}

/// The credentials that were set last.
#[derive(Debug, Clone)]
enum Caller {
    Guest,
    ApiKey(SecretString),
    Session(SecretString),
}

impl ClientBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url: Address(url),
            caller: Caller::Guest,
            skips_identity_check: false,
            default_locale: None,
            limits: Limits {
                timeout: DEFAULT_TIMEOUT,
                retry: RetryPolicy::default(),
                concurrent_writes: 1,
                confirm_writes_for: None,
                batch_queries: true,
                batch: BatchLimits {
                    requests: None,
                    requests_per_second: None,
                    operations: MAX_BATCH_OPERATIONS,
                    request_bytes: MAX_REQUEST_BYTES,
                    response_bytes: MAX_RESPONSE_BYTES,
                },
            },
            deadline: None,
            allow_plain_http: false,
            http: HttpSettings::default(),
            own_http: None,
            optional_parts: vec![api::OPTIONAL_PARTS],
            #[cfg(feature = "cache")]
            cache: None,
        }
    }

    /// Creates a configuration from the environment: `WIKIJS_URL`, and `WIKIJS_API_KEY` if it is set.
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
}

setters! { ClientBuilder {
    /// Authenticates with an API key, which is created in Administration > API Access. Default: the client is a guest.
    ///
    /// The key appears in no debug output, error or log.
    api_key(key: impl Into<SecretString>) => caller = Caller::ApiKey(key.into());

    /// Continues the session of a user that [`login`](Self::login) began earlier, with the token that
    /// [`Client::session_token`] returned.
    ///
    /// The wiki renews the token until its renewable period has passed. Store the client's
    /// [`session_token`](Client::session_token) again after use. The client cannot log in again when the session has
    /// ended: calls then fail with [`AuthFailure::LoginNeeded`](crate::error::AuthFailure::LoginNeeded).
    session_token(token: impl Into<SecretString>) => caller = Caller::Session(token.into());

    /// Skips the verification that the wiki recognizes the credentials. For programs that send a single request.
    ///
    /// By default, the client sends a verification together with its first query, because Wiki.js treats a caller with
    /// an invalid key as a guest. With this setting the client does not detect an invalid key in its first five
    /// minutes. [`Client::check`] still does.
    skip_identity_check() => skips_identity_check = true;

    /// Makes the client a guest, even if a key was set before.
    anonymous() => caller = Caller::Guest;

    /// Sets the locale for calls that specify none. Default: the wiki's own locale, which the client requests when it
    /// is first needed; see [`Client::default_locale`].
    default_locale(locale: impl Into<Locale>) => default_locale = Some(locale.into());

    /// Sets the timeout of an HTTP request, from its start to the last byte of the response. Default: 60 s.
    ///
    /// Wiki.js takes 1 to 2.5 s for a write, and longer for a large page (30 s for 4 MiB). Choose a generous timeout:
    /// after a timeout, Wiki.js still executes the write, and its outcome is unknown to the client.
    timeout(timeout: Duration) => limits.timeout = timeout;

    /// Sets the deadline of a call, including the wait for other writes, all requests and retries. Default: none.
    ///
    /// A write whose deadline passes before it was sent is not sent. If it was sent, [`Error::applied`] is unknown. The
    /// write is then finished in the background, with all of its requests, but no failed request is sent again.
    deadline(deadline: Duration) => deadline = Some(deadline);

    /// Sets how long the client observes the wiki after the response to a write was lost, before it reports the outcome
    /// as unknown. Default: 5 s, or twice the duration of the slowest write of this client if that is longer.
    ///
    /// Other writes of the client wait during the observation. The wiki may still execute the request after it.
    confirm_writes_for(time: Duration) => limits.confirm_writes_for = Some(time);

    /// Sets the policy for retries after transient failures.
    retry(policy: RetryPolicy) => limits.retry = policy;

    /// Sets the maximum number of concurrent writes. Default: 1.
    ///
    /// Wiki.js does not support concurrent writes: of ten pages that are created concurrently, it reports about five as
    /// failed although nine are stored, one of them without its tags ([K13](crate::guide::known_issues#k13)). The
    /// handles detect and repair this, which takes longer than sequential writes.
    ///
    /// A write in the queue fails with a timeout if the writes ahead of it make no progress for the
    /// [`timeout`](Self::timeout) plus some seconds, for example because their runtime is not driven.
    concurrent_writes(writes: usize) => limits.concurrent_writes = writes;

    /// Sets the maximum number of requests in flight. Further requests wait for a permit. Default: 4 with
    /// [batching](Self::batch_queries), otherwise no limit.
    ///
    /// Uploads do not count towards this limit, so that their streams may send requests with the same client. Uploads
    /// are writes, and are limited by [`concurrent_writes`](Self::concurrent_writes). A request in the queue fails with
    /// a timeout if no other request ends for the [`timeout`](Self::timeout) plus some seconds.
    ///
    /// Wiki.js is a single process. It serves the most requests per second at a concurrency of about eight.
    concurrent_requests(requests: usize) => limits.batch.requests = Some(requests);

    /// Enables or disables batching: queries that wait for a permit are sent together, as one HTTP request. Default:
    /// enabled.
    ///
    /// A query is sent at once if fewer than [`concurrent_requests`](Self::concurrent_requests) are in flight.
    /// Otherwise it waits, and all waiting queries are sent as a JSON array. Wiki.js executes an array in about half
    /// the time of single requests. Each query has its own result, but all queries of a batch end together with the
    /// slowest one. If you need short latency alongside slow queries, use a second client for the slow ones. Mutations
    /// are never batched.
    ///
    /// If the wiki or a proxy rejects arrays, the client sends single queries for five minutes, and then tries again.
    /// Each further rejection doubles that time, up to an hour.
    batch_queries(batch: bool) => limits.batch_queries = batch;

    /// Sets the maximum number of queries in a batch. Default: 50.
    ///
    /// A batch is also limited by the size of the request ([`max_request_bytes`](Self::max_request_bytes)) and the
    /// expected size of the response (4 MiB, estimated from earlier responses).
    max_batch_operations(operations: usize) => limits.batch.operations = operations;

    /// Sets the maximum number of requests per second. Requests are sent at equal intervals. Default: no limit.
    ///
    /// Wiki.js itself limits only logins (five per minute) and similar operations. A proxy may limit all requests.
    requests_per_second(requests: f64) => limits.batch.requests_per_second = Some(requests);

    /// Sets the maximum size of a request, in bytes of JSON. Default: 5 MiB, the default `bodyParserLimit` of Wiki.js.
    /// Raise both together.
    max_request_bytes(bytes: usize) => limits.batch.request_bytes = bytes;

    /// Sets the maximum size of a response, in bytes of uncompressed JSON. Default: 256 MiB. A list takes about 350 bytes
    /// for each page of the wiki.
    max_response_bytes(bytes: usize) => limits.batch.response_bytes = bytes;

    /// Allows sending credentials over unencrypted HTTP, where others on the network can read them. Connections to this
    /// machine are always allowed.
    allow_plain_http(allow: bool) => allow_plain_http = allow;

    /// Sets the timeout for establishing a connection. Default: 10 s.
    connect_timeout(timeout: Duration) => http.connect_timeout = Some(timeout);

    /// Sets the header `User-Agent`. Default: `wikijs-client/` and the version.
    user_agent(user_agent: impl Into<String>) => http.user_agent = Some(user_agent.into());

    /// Accepts any TLS certificate. Use this for development only: an attacker on the network can read the credentials.
    /// For a wiki with a self-signed certificate, use [`root_certificate_pem`](Self::root_certificate_pem).
    danger_accept_invalid_certs(accept: bool) => http.accept_invalid_certs = Some(accept);

    /// Sends all requests through a proxy, such as `http://proxy.example.com:3128`. Default: the proxy of the environment
    /// (`HTTPS_PROXY` and similar variables), but none for a wiki on this machine (`localhost`, `127.0.0.1`, `[::1]`).
    proxy(url: impl Into<SecretString>) => http.proxy = Some(url.into());

    /// Sets the maximum number of idle connections. Default: no limit. Idle connections are closed after 4 s, one second
    /// before Wiki.js closes them.
    pool_max_idle_per_host(connections: usize) => http.pool_max_idle_per_host = Some(connections);

    /// Uses this HTTP client, with its own settings of TLS, proxy, connection pool and user agent. The timeout of
    /// requests is still that of [`timeout`](Self::timeout).
    ///
    /// Configure the HTTP client to close idle connections after less than 5 s (`pool_idle_timeout`), because Wiki.js
    /// closes them after 5 s, and to follow no redirects (`redirect::Policy::none()`), which would turn a POST into a
    /// GET.
    http_client(http: reqwest::Client) => own_http = Some(http);

    /// Registers the optional parts of your own operations, so that the operations also work with an older Wiki.js: the
    /// client omits fields that the wiki does not know, as it does for the operations of this crate.
    ///
    /// `parts` is the constant `OPTIONAL_PARTS` that `wikijs-codegen` generates with `optional_parts(true)`. An omitted
    /// field is `None`. An argument that is set is never omitted: the operation fails with
    /// [`Error::Unsupported`](crate::Error::Unsupported).
    optional_parts(parts: OptionalParts) => optional_parts.push(parts);

    /// Trusts additional root certificates, in PEM format.
    root_certificate_pem(pem: impl Into<Vec<u8>>) => http.root_certificates.push(pem.into());
} }

#[cfg(feature = "cache")]
setters! { ClientBuilder {
    /// Enables a cache for pages and lists. Default: no cache.
    ///
    /// Changes by others are visible only after the time to live has passed; see [`cache`](crate::cache).
    cache(policy: CachePolicy) => cache = Some(policy);
} }

impl ClientBuilder {
    /// Builds the client. Sends nothing; [`Client::check`] verifies that the wiki accepts the credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], which names the setting and the remedy, for: a URL that is invalid, is not `http(s)`, or has a
    /// user name or a query; an API key that is empty or no valid header; a limit or timeout of zero; an invalid
    /// certificate or proxy; a setting that conflicts with [`http_client`](Self::http_client); credentials over
    /// unencrypted HTTP.
    pub fn build(self) -> Result<Client> {
        let credentials = match &self.caller {
            Caller::Guest => Credentials::Anonymous,
            Caller::ApiKey(key) => Credentials::api_key(key)?,
            Caller::Session(token) => Credentials::session_of(token)?,
        };
        let has_secret = !credentials.is_anonymous();
        let skips_identity_check = self.skips_identity_check;
        let client = self.into_settings(has_secret)?.into_client(credentials);
        if skips_identity_check {
            verification::record(&client, true);
        }
        Ok(client)
    }

    /// Checks all settings except the credentials.
    pub(super) fn into_settings(self, has_secret: bool) -> Result<Settings> {
        let base = base_of(&parse_base(&self.url.0)?);
        let mut endpoint = base.clone();
        endpoint.set_path(&format!("{}graphql", base.path()));
        self.check(has_secret, &endpoint, &base)?;
        let timeout = self.limits.timeout;
        let http = self.http.into_client(self.own_http, &endpoint, timeout)?;
        #[cfg(feature = "cache")]
        let cache = self.cache.map(CachePolicy::check).transpose()?;
        Ok(Settings {
            #[cfg(feature = "cache")]
            cache,
            http,
            endpoint,
            base,
            default_locale: self.default_locale,
            optional_parts: self.optional_parts,
            limits: self.limits,
            deadline: self.deadline,
        })
    }

    fn check(&self, has_secret: bool, endpoint: &Url, base: &Url) -> Result<()> {
        const ZERO: &str = "it is zero";
        const LARGER: &str = "set a larger value";
        self.default_locale
            .as_ref()
            .map_or(Ok(()), Locale::check)
            .map_err(|error| Error::config("default_locale", error.to_string(), "correct it"))?;
        let (limits, batch) = (&self.limits, &self.limits.batch);
        let rate = batch.requests_per_second;
        refuse_setting_if! {
            limits.timeout.is_zero() => "timeout", ZERO, LARGER;
            self.deadline == Some(Duration::ZERO) => "deadline", ZERO, LARGER;
            limits.concurrent_writes == 0 => "concurrent_writes", ZERO, LARGER;
            batch.requests == Some(0) => "concurrent_requests", ZERO, LARGER;
            batch.operations == 0 => "max_batch_operations", ZERO, LARGER;
            batch.request_bytes == 0 => "max_request_bytes", ZERO, LARGER;
            batch.response_bytes == 0 => "max_response_bytes", ZERO, LARGER;
            rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.001)) => "requests_per_second",
                format!("{} requests per second are not possible", rate.unwrap_or_default()),
                "pass a number above 0.001";
            has_secret && !self.allow_plain_http && is_unencrypted(endpoint) => "url",
                format!("`{base}` is not encrypted, and others on the network could read the credentials"),
                "use https, or allow_plain_http(true) on a trusted network";
        }
    }
}

/// The checked settings of a client, without credentials.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    #[cfg(feature = "cache")]
    cache: Option<CachePolicy>,
    http: Http,
    endpoint: Url,
    /// The URL of the wiki, without `/graphql`.
    pub(super) base: Url,
    default_locale: Option<Locale>,
    optional_parts: Vec<OptionalParts>,
    limits: Limits,
    /// Maximum duration of a call, including all of its requests.
    pub(super) deadline: Option<Duration>,
}

impl Settings {
    pub(super) fn into_client(self, credentials: Credentials) -> Client {
        let settings = self.clone();
        let compat = Compat::new(self.optional_parts);
        let transport = Transport::new(self.http, self.endpoint, credentials, self.limits, compat);
        #[cfg(feature = "cache")]
        let cache = self.cache.map(|policy| {
            let cache = Arc::new(Store::new(policy, transport.limits.patience()));
            let of_writes = Arc::clone(&cache);
            let on_change = Box::new(move |changed| of_writes.invalidate(changed));
            // The queue is new, so it has no such function yet.
            let _ = transport.writes.on_change.set(on_change);
            cache
        });
        let inner = Inner {
            #[cfg(feature = "cache")]
            cache,
            transport,
            settings,
            default_locale: DefaultLocale::new(self.default_locale),
            observations: Observations::default(),
            verifying: Mutex::default(),
        };
        Client {
            inner: Owner::new(Arc::new(inner), false),
        }
    }
}

fn read_env(name: &'static str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Error::config(name, "it is not Unicode", "correct it"))
        }
    }
}
