//! Introspection of a live wiki.

use std::time::Duration;

use reqwest::{StatusCode, Url, blocking::Client, header};
use serde_json::json;

use super::introspection;

/// Timeout of the request: a schema is large, and a starting wiki is slow.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Error of reading the schema of a wiki.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{url}` is no URL of a wiki")]
    Url { url: String },
    #[error("the request to the wiki failed")]
    Http(#[from] reqwest::Error),
    #[error("the API key cannot be sent: it must be visible ASCII without spaces")]
    ApiKey,
    #[error(
        "this wiki does not show its schema: introspection is disabled, as on every server that runs with \
         NODE_ENV=production.\n\
         Use another source of the schema:\n\
         - a Wiki.js of the same version that runs without NODE_ENV=production (its schema is the same): \
         `schema pull --url …` there;\n\
         - the source of that version: `schema pull --folder …/server/graph/schemas`;\n\
         - a saved introspection response: `schema pull --introspection FILE`"
    )]
    SwitchedOff,
    #[error("the wiki responded with HTTP {status}: {body}")]
    Status { status: StatusCode, body: String },
}

/// Returns the response to the introspection query.
pub(crate) fn introspect(url: &str, api_key: Option<&str>) -> Result<String, Error> {
    // A second call fails because a provider is installed, which is sufficient.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(TIMEOUT).build()?;
    let mut request = client
        .post(endpoint(url)?)
        .json(&json!({ "query": introspection::QUERY }));
    if let Some(key) = api_key.map(str::trim).filter(|key| !key.is_empty()) {
        let mut value =
            header::HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| Error::ApiKey)?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let response = request.send()?;
    let status = response.status();
    let body = response.text()?;
    if body.contains("introspection is not allowed") {
        return Err(Error::SwitchedOff);
    }
    if !status.is_success() {
        return Err(Error::Status {
            status,
            body: body.chars().take(300).collect(),
        });
    }
    Ok(body)
}

/// Returns the address of the API: that of `https://wiki.example.com/path/` is `/path/graphql`.
fn endpoint(url: &str) -> Result<Url, Error> {
    let wrong = || Error::Url {
        url: url.to_owned(),
    };
    let mut endpoint = Url::parse(url).map_err(|_| wrong())?;
    if !matches!(endpoint.scheme(), "http" | "https") {
        return Err(wrong());
    }
    let path = endpoint.path().trim_end_matches('/');
    let path = path.strip_suffix("/graphql").unwrap_or(path);
    endpoint.set_path(&format!("{path}/graphql"));
    endpoint.set_query(None);
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn endpoints_are_derived_from_any_form_of_the_url() {
        for (url, expected) in [
            ("http://wiki.test", "http://wiki.test/graphql"),
            ("http://wiki.test/", "http://wiki.test/graphql"),
            (
                "http://wiki.test:3000/graphql",
                "http://wiki.test:3000/graphql",
            ),
            (
                "https://wiki.test/path/graphql/",
                "https://wiki.test/path/graphql",
            ),
            (
                "https://wiki.test/path?x=1",
                "https://wiki.test/path/graphql",
            ),
        ] {
            assert_eq!(
                endpoint(url).ok().map(String::from).as_deref(),
                Some(expected),
                "{url}"
            );
        }
        assert!(endpoint("wiki.test").is_err());
        assert!(endpoint("ftp://wiki.test").is_err());
    }
}
