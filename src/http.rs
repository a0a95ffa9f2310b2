//! The HTTP client beneath: TLS, proxy, connections.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Wiki.js closes idle connections after 5 s; one that is closed while a request is on its way is
/// an error, so they are given up before.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// What a `reqwest::Client` of the caller's own already decided.
#[derive(Debug, Default)]
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) user_agent: Option<String>,
    pub(crate) accept_invalid_certs: Option<bool>,
    pub(crate) root_certificates: Vec<Vec<u8>>,
    pub(crate) proxy: Option<SecretString>,
    pub(crate) pool_max_idle_per_host: Option<usize>,
}

/// An HTTP client, and what is to be told to each of its requests.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pub(crate) client: reqwest::Client,
    /// The longest time for a request, where the client has another one.
    pub(crate) timeout: Option<Duration>,
}

impl HttpSettings {
    /// The HTTP client of these settings, in which a request takes so long at the most.
    pub(crate) fn into_client(self, timeout: Duration) -> Result<reqwest::Client> {
        install_tls_provider();
        let user_agent = self
            .user_agent
            .unwrap_or_else(|| concat!("wikijs-client/", env!("CARGO_PKG_VERSION")).to_owned());
        let agent = reqwest::header::HeaderValue::try_from(&user_agent).map_err(|error| {
            Error::config_because(
                "user_agent",
                format!("`{user_agent}` cannot be a header"),
                "use visible ASCII",
                error,
            )
        })?;
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(agent)
            .timeout(timeout)
            .connect_timeout(self.connect_timeout.unwrap_or(DEFAULT_CONNECT_TIMEOUT))
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .tcp_nodelay(true);
        if let Some(connections) = self.pool_max_idle_per_host {
            http = http.pool_max_idle_per_host(connections);
        }
        if let Some(proxy) = self.proxy {
            // The URL may hold a password: neither it nor reqwest's error, which repeats it, is shown.
            let proxy = reqwest::Proxy::all(proxy.expose_secret()).map_err(|_| {
                Error::config("proxy", "it is not a URL", "write it as http://host:port")
            })?;
            http = http.proxy(proxy);
        }
        http = tls_settings(http, self.accept_invalid_certs, &self.root_certificates)?;
        http.build().map_err(|error| {
            Error::config_because(
                "http",
                "no HTTP client can be made",
                "see the source of this error",
                error,
            )
        })
    }

    /// Refuses the settings that have no effect beside an HTTP client of the caller's own.
    pub(crate) fn refuse_any(&self) -> Result<()> {
        let settings = [
            ("connect_timeout", self.connect_timeout.is_some()),
            ("user_agent", self.user_agent.is_some()),
            (
                "danger_accept_invalid_certs",
                self.accept_invalid_certs.is_some(),
            ),
            ("root_certificate_pem", !self.root_certificates.is_empty()),
            ("proxy", self.proxy.is_some()),
            (
                "pool_max_idle_per_host",
                self.pool_max_idle_per_host.is_some(),
            ),
        ];
        match settings.into_iter().find(|(_, set)| *set) {
            None => Ok(()),
            Some((setting, _)) => Err(Error::config(
                setting,
                "it has no effect beside `http_client`",
                "set it on that reqwest::Client",
            )),
        }
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn tls_settings(
    http: reqwest::ClientBuilder,
    accept_invalid_certs: Option<bool>,
    root_certificates: &[Vec<u8>],
) -> Result<reqwest::ClientBuilder> {
    let mut roots = Vec::new();
    for pem in root_certificates {
        let bundle = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            Error::config_because(
                "root_certificate_pem",
                "it is not a certificate in PEM",
                PEM_REMEDY,
                error,
            )
        })?;
        if bundle.is_empty() {
            return Err(Error::config(
                "root_certificate_pem",
                "it holds no certificate",
                PEM_REMEDY,
            ));
        }
        roots.extend(bundle);
    }
    #[cfg(feature = "rustls")]
    let http = http.tls_backend_rustls();
    Ok(http
        .tls_certs_merge(roots)
        .tls_danger_accept_invalid_certs(accept_invalid_certs.unwrap_or(false)))
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
const PEM_REMEDY: &str = "pass the text between and with -----BEGIN CERTIFICATE----- and its end";

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn tls_settings(
    http: reqwest::ClientBuilder,
    accept_invalid_certs: Option<bool>,
    root_certificates: &[Vec<u8>],
) -> Result<reqwest::ClientBuilder> {
    let setting = match (accept_invalid_certs, root_certificates) {
        (None | Some(false), []) => return Ok(http),
        (_, []) => "danger_accept_invalid_certs",
        _ => "root_certificate_pem",
    };
    Err(Error::config(
        setting,
        "TLS is not compiled in",
        "enable the feature `rustls` or `native-tls`",
    ))
}

/// rustls has one provider per process. Where the program chose none, it is ring.
fn install_tls_provider() {
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails if another thread was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
