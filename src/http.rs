//! The URL of a wiki, and the configuration of the HTTP client: TLS, proxy, connections.

use std::{fmt, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::{
    error::{Error, Result},
    redact,
    text::refuse_setting_if,
};

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time after which idle connections are closed. Wiki.js closes them after 5 s, and a request that is sent at that
/// moment fails.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

const ROOT_CERTIFICATE: &str = "root_certificate_pem";

/// Settings of the HTTP client. They have no effect if the program supplies its own `reqwest::Client`.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) user_agent: Option<String>,
    pub(crate) accept_invalid_certs: Option<bool>,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) proxy: Option<SecretString>,
    pub(crate) pool_max_idle_per_host: Option<usize>,
}

/// An HTTP client, and the timeout of its requests.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pub(crate) client: reqwest::Client,
    /// Timeout to set on each request. `None` if the client has that timeout by default.
    pub(crate) timeout: Option<Duration>,
}

impl HttpSettings {
    /// Creates the HTTP client for a server, whose requests have this timeout. `own` is the HTTP client that the program
    /// supplies, if any.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] with the name of an invalid setting.
    pub(crate) fn into_client(
        self,
        own: Option<reqwest::Client>,
        server: &Url,
        timeout: Duration,
    ) -> Result<Http> {
        if let Some(client) = own {
            self.ensure_unset()?;
            let timeout = Some(timeout);
            return Ok(Http { client, timeout });
        }
        install_tls_provider();
        let usual = concat!("wikijs-client/", env!("CARGO_PKG_VERSION"));
        let agent = self.user_agent.as_deref().unwrap_or(usual);
        let agent = reqwest::header::HeaderValue::from_str(agent).map_err(|error| {
            let problem = "it is not a valid header";
            Error::config("user_agent", problem, "use visible ASCII characters").because(error)
        })?;
        let mut http = reqwest::Client::builder()
            // Following a redirect would turn a POST into a GET, or send the API key to another host (known issue K54).
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(agent)
            .timeout(timeout)
            .connect_timeout(self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT))
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(self.pool_max_idle_per_host.unwrap_or(usize::MAX))
            // Requests are small and written with one call, so Nagle's algorithm would only delay them.
            .tcp_nodelay(true);
        if is_loopback(server) {
            // A proxy from the environment usually runs on another machine. It would receive the key in plain text, and
            // it could not reach a server on this machine.
            http = http.no_proxy();
        }
        if let Some(proxy) = &self.proxy {
            // The URL may contain a password, which reqwest's error would repeat. Therefore the error has no source.
            let proxy = reqwest::Proxy::all(proxy.expose_secret()).map_err(|_| {
                Error::config("proxy", "it is not a URL", "write it as http://host:port")
            })?;
            http = http.proxy(proxy);
        }
        // Loading the certificates of the system takes milliseconds, so a client that needs no TLS does not load them.
        let needs_no_tls = server.scheme() == "http" && is_loopback(server) && self.proxy.is_none();
        let http = self.with_tls(http, needs_no_tls)?;
        let client = http.build().map_err(|error| {
            let problem = "the HTTP client cannot be created";
            Error::config("http", problem, "see the source of this error").because(error)
        })?;
        let timeout = None;
        Ok(Http { client, timeout })
    }

    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    fn with_tls(
        &self,
        http: reqwest::ClientBuilder,
        needs_no_tls: bool,
    ) -> Result<reqwest::ClientBuilder> {
        const REMEDY: &str =
            "pass the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----";
        let mut roots = Vec::new();
        for pem in &self.root_certificates {
            let bundle = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
                let problem = "it is not a certificate in PEM format";
                Error::config(ROOT_CERTIFICATE, problem, REMEDY).because(error)
            })?;
            refuse_setting_if! {
                bundle.is_empty() => ROOT_CERTIFICATE, "it contains no certificate", REMEDY;
            }?;
            roots.extend(bundle);
        }
        #[cfg(feature = "rustls")]
        let http = http.tls_backend_rustls();
        let http = http
            .tls_certs_merge(roots)
            .tls_danger_accept_invalid_certs(self.accept_invalid_certs.unwrap_or(false));
        Ok(if needs_no_tls {
            http.tls_certs_only([])
        } else {
            http
        })
    }

    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    fn with_tls(
        &self,
        http: reqwest::ClientBuilder,
        _needs_no_tls: bool,
    ) -> Result<reqwest::ClientBuilder> {
        const PROBLEM: &str = "TLS is not compiled in";
        const REMEDY: &str = "enable the feature `rustls` or `native-tls`";
        refuse_setting_if! {
            !self.root_certificates.is_empty() => ROOT_CERTIFICATE, PROBLEM, REMEDY;
            self.accept_invalid_certs == Some(true) => "danger_accept_invalid_certs", PROBLEM, REMEDY;
        }?;
        Ok(http)
    }

    /// Rejects settings that would have no effect, because the program supplies its own HTTP client.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] with the name of the first such setting.
    fn ensure_unset(&self) -> Result<()> {
        const PROBLEM: &str = "it has no effect together with `http_client`";
        const REMEDY: &str = "set it on that reqwest::Client";
        refuse_setting_if! {
            self.connect_timeout.is_some() => "connect_timeout", PROBLEM, REMEDY;
            self.user_agent.is_some() => "user_agent", PROBLEM, REMEDY;
            self.accept_invalid_certs.is_some() => "danger_accept_invalid_certs", PROBLEM, REMEDY;
            !self.root_certificates.is_empty() => ROOT_CERTIFICATE, PROBLEM, REMEDY;
            self.proxy.is_some() => "proxy", PROBLEM, REMEDY;
            self.pool_max_idle_per_host.is_some() => "pool_max_idle_per_host", PROBLEM, REMEDY;
        }
    }
}

/// Installs ring as the TLS provider of the process, unless the program has installed one.
fn install_tls_provider() {
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread has installed one in the meantime.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// A URL exactly as the program passed it. `Debug` hides credentials in it.
#[derive(Clone)]
pub(crate) struct Address(pub(crate) String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redact::address(&self.0).fmt(f)
    }
}

/// Parses the URL of a wiki.
///
/// # Errors
///
/// [`Error::Config`] if the URL is invalid, is not `http` or `https`, or has credentials, a query or a fragment.
pub(crate) fn parse_base(text: &str) -> Result<Url> {
    const REMEDY: &str = "write it as https://wiki.example.com";
    let text = text.trim();
    refuse_setting_if! { text.is_empty() => "url", "it is empty", REMEDY; }?;
    let shown = redact::address(text);
    let url = Url::parse(text).map_err(|error| {
        let problem = format!("`{shown}` is not a URL: {error}");
        Error::config("url", problem, REMEDY).because(error)
    })?;
    refuse_setting_if! {
        !matches!(url.scheme(), "http" | "https") =>
            "url", format!("`{shown}` is not an http or https URL"), REMEDY;
        !url.username().is_empty() || url.password().is_some() =>
            "url", "it contains a user name or password, which would replace the API key", REMEDY;
        url.query().is_some() || url.fragment().is_some() =>
            "url", format!("`{shown}` has a query or a fragment"), REMEDY;
    }?;
    Ok(url)
}

/// Returns `true` if requests to this URL leave this machine without encryption.
pub(crate) fn is_unencrypted(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

/// Returns `true` if the host always refers to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// Returns the base URL of a wiki, with a slash at its end, from a URL without a query that may end in `/graphql` or in
/// a slash.
pub(crate) fn base_of(url: &Url) -> Url {
    let mut base = url.clone();
    let path = url.path().trim_end_matches('/');
    base.set_path(&format!(
        "{}/",
        path.strip_suffix("/graphql").unwrap_or(path)
    ));
    base
}
