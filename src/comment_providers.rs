//! Comment providers: who keeps the comments of pages, Wiki.js itself or a service.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let update = ProviderUpdate::new().set("minDelay", 60);
//! wiki.comment_providers().update("default", update).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

use crate::{
    api::{self, inputs::CommentProviderInput},
    client::Client,
    error::Result,
    outcome::{mutation, query},
    providers::{self, Dialect, Domain, Provider, ProviderUpdate, provider, written},
    transport::Turn,
};

/// The comment providers of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct CommentProviders {
    client: Client,
}

impl Client {
    /// The comment providers of the wiki.
    pub fn comment_providers(&self) -> CommentProviders {
        CommentProviders {
            client: self.clone(),
        }
    }
}

impl CommentProviders {
    /// All providers, by key. One of them is switched on.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub async fn list(&self) -> Result<Vec<Provider>> {
        self.read().await
    }

    /// One provider.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<Provider> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// The provider that is switched on. In a fresh wiki it is `default`, that of Wiki.js itself.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if none is, which Wiki.js does
    /// not prevent.
    pub async fn active(&self) -> Result<Provider> {
        let providers = self.read().await?;
        providers::active::<Self>(providers)
    }

    /// Changes what the update names of a provider, keeps everything else, and gives the provider
    /// back.
    ///
    /// Exactly one provider is switched on: [`enabled(true)`](ProviderUpdate::enabled) switches the
    /// others off. Comments stay with the provider that has them: after a change pages show those of
    /// the new one only. The settings are written in the form that keeps them (hazard 44).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such provider. [`Error::InvalidInput`](crate::Error::InvalidInput) for
    /// a setting or a value that it does not take and for switching off the one that is on: nothing
    /// is sent then. [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub async fn update(&self, key: &str, update: ProviderUpdate) -> Result<Provider> {
        let changed = move |providers: &mut Vec<_>, key: &str| {
            providers::apply_exclusively::<Self>(providers, key, &update)
        };
        providers::find::<Self>(providers::change(self, key, changed).await?, key)
    }
}

impl Domain for CommentProviders {
    type Provider = Provider;

    const READ: &'static str = "CommentsProviders";
    const WRITE: &'static str = "CommentsUpdateProviders";
    const NOUN: &'static str = "comment provider";

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<Provider>> {
        let variables = api::comments_providers::Variables::new();
        let found = query!(
            self.client,
            CommentsProviders,
            comments.providers,
            variables
        );
        providers::by_key(
            found
                .into_iter()
                .flatten()
                .map(|found| provider!("CommentsProviders", found)),
        )
    }

    async fn send(&self, turn: &Turn, providers: &[Provider]) -> Result<()> {
        let input = providers.iter().map(|provider| {
            Some(CommentProviderInput {
                config: written!(provider.settings, Dialect::Json),
                ..CommentProviderInput::new(provider.is_enabled, provider.key.clone())
            })
        });
        let variables = api::comments_update_providers::Variables {
            providers: input.collect::<Vec<_>>().into(),
        };
        mutation!(
            self.client,
            turn,
            CommentsUpdateProviders,
            comments.update_providers,
            variables
        );
        Ok(())
    }
}
