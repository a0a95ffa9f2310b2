//! Where a wiki is.

use url::{Host, Url};

use crate::error::{Error, Result};

/// The address as it was given, if it can be one.
pub(crate) fn parse_base(text: &str) -> Result<Url> {
    const REMEDY: &str = "write it as https://wiki.example.com";
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::config("url", "it is empty", REMEDY));
    }
    let url = Url::parse(text).map_err(|error| {
        Error::config_because(
            "url",
            format!("`{text}` is not a URL: {error}"),
            REMEDY,
            error,
        )
    })?;
    let problem = if !matches!(url.scheme(), "http" | "https") {
        format!("`{text}` is not an http or https URL")
    } else if !url.username().is_empty() || url.password().is_some() {
        "it holds a user name or password, which would take the place of the API key".to_owned()
    } else if url.query().is_some() || url.fragment().is_some() {
        format!("`{text}` has a query or a fragment")
    } else {
        return Ok(url);
    };
    Err(Error::config("url", problem, REMEDY))
}

/// Whether requests leave this machine in the clear.
pub(crate) fn is_open_to_all(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    url.scheme() == "http" && !is_loopback
}

/// The address of the wiki that answers GraphQL there.
pub(crate) fn base_of_endpoint(endpoint: &Url) -> Url {
    let mut base = endpoint.clone();
    let path = endpoint.path().strip_suffix("graphql").unwrap_or_default();
    base.set_path(path);
    base
}
