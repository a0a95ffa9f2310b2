//! Analytics: services whose code Wiki.js puts into its pages to count visits.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::providers::ProviderUpdate;
//!
//! let update = ProviderUpdate::new().enabled(true).set("domain", "wiki.example.com");
//! wiki.analytics().update("plausible", update).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

use crate::{
    api::{self, inputs::AnalyticsProviderInput},
    client::Client,
    error::Result,
    outcome::{mutation, query},
    providers::{self, Dialect, Domain, Provider, ProviderUpdate, provider, written},
    transport::Turn,
};

/// The analytics services of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Analytics {
    client: Client,
}

impl Client {
    /// The analytics services of the wiki.
    pub fn analytics(&self) -> Analytics {
        Analytics {
            client: self.clone(),
        }
    }
}

impl Analytics {
    /// All services, by key.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub async fn list(&self) -> Result<Vec<Provider>> {
        self.read().await
    }

    /// The services that are switched on, by key.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn enabled(&self) -> Result<Vec<Provider>> {
        self.selected(Some(true)).await
    }

    /// One service.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](crate::Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<Provider> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// Changes what the update names of a service, keeps everything else, and gives the service back.
    ///
    /// Any number of services may be switched on. Wiki.js puts a setting's value into its pages'
    /// HTML as it is: let nobody else choose it.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such service. [`Error::InvalidInput`](crate::Error::InvalidInput) for a
    /// setting or a value that it does not take: nothing is sent then.
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub async fn update(&self, key: &str, update: ProviderUpdate) -> Result<Provider> {
        let changed = move |services: &mut Vec<_>, key: &str| {
            update.apply(providers::named::<Self>(services, key)?)
        };
        providers::find::<Self>(providers::change(self, key, changed).await?, key)
    }

    async fn selected(&self, is_enabled: Option<bool>) -> Result<Vec<Provider>> {
        let variables = api::analytics_providers::Variables {
            is_enabled: is_enabled.into(),
        };
        let services = query!(
            self.client,
            AnalyticsProviders,
            analytics.providers,
            variables
        );
        providers::by_key(
            services
                .into_iter()
                .flatten()
                .map(|service| provider!("AnalyticsProviders", service)),
        )
    }
}

impl Domain for Analytics {
    type Provider = Provider;

    const READ: &'static str = "AnalyticsProviders";
    const WRITE: &'static str = "AnalyticsUpdateProviders";
    const NOUN: &'static str = "analytics service";

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<Provider>> {
        self.selected(None).await
    }

    async fn send(&self, turn: &Turn, services: &[Provider]) -> Result<()> {
        let input = services.iter().map(|service| {
            Some(AnalyticsProviderInput {
                config: written!(service.settings, Dialect::Json),
                ..AnalyticsProviderInput::new(service.is_enabled, service.key.clone())
            })
        });
        let variables = api::analytics_update_providers::Variables {
            providers: input.collect(),
        };
        mutation!(
            self.client,
            turn,
            AnalyticsUpdateProviders,
            analytics.update_providers,
            variables
        );
        Ok(())
    }
}
