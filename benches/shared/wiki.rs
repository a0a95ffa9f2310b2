//! The client under test, and its settings for coalescing.

use futures::Stream;
use wikijs_client::{Client, pages::Page};

use super::{Result, bare::KEY};

/// Batching of queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coalescing {
    On,
    Off,
}

impl Coalescing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::On => "coalescing on",
            Self::Off => "coalescing off",
        }
    }
}

/// Creates a client for the server of prepared responses.
pub(crate) fn client(url: &str, coalescing: Coalescing) -> Result<Client> {
    client_with(url, KEY, coalescing)
}

/// Creates a client with default settings, except for coalescing.
pub(crate) fn client_with(url: &str, key: &str, coalescing: Coalescing) -> Result<Client> {
    let builder = Client::builder(url).api_key(key.to_owned());
    Ok(match coalescing {
        Coalescing::On => builder.build()?,
        Coalescing::Off => builder.batch_queries(false).build()?,
    })
}

/// Streams all pages with their content.
pub(crate) fn hydrate(
    wiki: &Client,
) -> impl Stream<Item = wikijs_client::Result<Page>> + Send + Unpin + use<> {
    wiki.pages().list().with_content().stream()
}
