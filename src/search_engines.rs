//! Search engines: which one finds pages, with which settings, and its index.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let engines = wiki.search_engines();
//! engines.update("postgres", ProviderUpdate::new().enabled(true).set("dictLanguage", "german")).await?;
//! engines.rebuild_index().await?;
//! assert_eq!(engines.active().await?.key, "postgres");
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

use crate::{
    api::{self, inputs::SearchEngineInput},
    client::Client,
    error::Result,
    outcome::{mutation, query},
    providers::{self, Dialect, Domain, Provider, ProviderUpdate, provider, written},
    transport::Turn,
};

/// The search engines of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct SearchEngines {
    client: Client,
}

impl Client {
    /// The search engines of the wiki.
    pub fn search_engines(&self) -> SearchEngines {
        SearchEngines {
            client: self.clone(),
        }
    }
}

impl SearchEngines {
    /// All engines, by key. One of them is switched on.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub async fn list(&self) -> Result<Vec<Provider>> {
        self.read().await
    }

    /// One engine.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<Provider> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// The engine that is switched on. In a fresh wiki it is `db`.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if none is, which Wiki.js does
    /// not prevent.
    pub async fn active(&self) -> Result<Provider> {
        let engines = self.read().await?;
        providers::active::<Self>(engines)
    }

    /// Changes what the update names of an engine, keeps everything else, and gives the engine back.
    ///
    /// Exactly one engine is switched on: [`enabled(true)`](ProviderUpdate::enabled) switches the
    /// others off. Wiki.js then drops the index of the old engine and makes an empty one: nothing is
    /// found until [`rebuild_index`](Self::rebuild_index). An index is not made anew for changed settings
    /// either.
    ///
    /// The engine that is switched on is always written along with another one: where it is missing,
    /// Wiki.js drops its index, as if it were switched off.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such engine. [`Error::InvalidInput`](crate::Error::InvalidInput) for a
    /// setting or a value that it does not take, for switching off the one that is on, and for
    /// switching on one that is not available: nothing is sent then.
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`. [`Error::Api`](crate::Error::Api) with
    /// [`SearchActivationFailed`](crate::ErrorCode::SearchActivationFailed) if the engine cannot be
    /// switched on, such as `postgres` on another database: Wiki.js then takes `db`.
    /// An external engine that cannot be reached is no error to Wiki.js: it finds nothing, and its
    /// index cannot be rebuilt.
    pub async fn update(&self, key: &str, update: ProviderUpdate) -> Result<Provider> {
        let changed = move |engines: &mut Vec<_>, key: &str| {
            providers::apply_exclusively::<Self>(engines, key, &update)
        };
        providers::find::<Self>(providers::change(self, key, changed).await?, key)
    }

    /// Makes the index of the active engine anew, of all published pages that are not private. The
    /// answer comes when it is complete, which takes seconds to minutes: give the client the time. The
    /// engine `db` has no index and is done at once.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`; [`Error::Api`](crate::Error::Api) with code 1 if the
    /// engine cannot be reached. After an answer that was lost Wiki.js is still at work: look at
    /// [`Error::applied`](crate::Error::applied), and wait before rebuilding again: two rebuilds at once are in each other's
    /// way.
    pub async fn rebuild_index(&self) -> Result<()> {
        let variables = api::search_rebuild_index::Variables::new();
        mutation!(
            self.client,
            SearchRebuildIndex,
            search.rebuild_index,
            variables
        );
        Ok(())
    }
}

impl Domain for SearchEngines {
    type Provider = Provider;

    const READ: &'static str = "SearchEngines";
    const WRITE: &'static str = "SearchUpdateEngines";
    const NOUN: &'static str = "search engine";

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<Provider>> {
        let variables = api::search_engines::Variables::new();
        let engines = query!(self.client, SearchEngines, search.search_engines, variables);
        providers::by_key(
            engines
                .into_iter()
                .flatten()
                .map(|engine| provider!("SearchEngines", engine)),
        )
    }

    async fn send(&self, turn: &Turn, engines: &[Provider]) -> Result<()> {
        let input = engines.iter().map(|engine| {
            Some(SearchEngineInput {
                config: written!(engine.settings, Dialect::Json),
                ..SearchEngineInput::new(engine.is_enabled, engine.key.clone())
            })
        });
        let variables = api::search_update_engines::Variables {
            engines: input.collect::<Vec<_>>().into(),
        };
        mutation!(
            self.client,
            turn,
            SearchUpdateEngines,
            search.update_search_engines,
            variables
        );
        Ok(())
    }

    fn goes_along(engine: &Provider) -> bool {
        engine.is_enabled
    }
}
