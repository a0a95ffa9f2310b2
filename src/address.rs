//! Parsing and checking of the URL of a wiki.

use std::fmt;

use url::{Host, Url};

use crate::{
    error::{Error, Result},
    redact,
};

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
    if text.is_empty() {
        return Err(Error::config("url", "it is empty", REMEDY));
    }
    let url = Url::parse(text).map_err(|error| {
        Error::config_because(
            "url",
            format!("`{}` is not a URL: {error}", redact::address(text)),
            REMEDY,
            error,
        )
    })?;
    let problem = if !matches!(url.scheme(), "http" | "https") {
        format!("`{}` is not an http or https URL", redact::address(text))
    } else if !url.username().is_empty() || url.password().is_some() {
        "it contains a user name or password, which would replace the API key".to_owned()
    } else if url.query().is_some() || url.fragment().is_some() {
        format!("`{}` has a query or a fragment", redact::address(text))
    } else {
        return Ok(url);
    };
    Err(Error::config("url", problem, REMEDY))
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

/// Returns the URL of the wiki with this GraphQL endpoint.
pub(crate) fn base_of_endpoint(endpoint: &Url) -> Url {
    let mut base = endpoint.clone();
    let path = endpoint.path().strip_suffix("graphql").unwrap_or_default();
    base.set_path(path);
    base
}
