//! Login strategies: how users can log in, with a password of the wiki's own or by another service.
//!
//! Of each [kind](StrategyKind) any number of strategies can be set up, but `local` once. Wiki.js
//! replaces all strategies at once and deletes what a request does not list (hazard 45): here a
//! strategy is [added](AuthStrategies::add), [changed](AuthStrategies::update) or
//! [removed](AuthStrategies::remove), and all others stay.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use secrecy::SecretString;
//! use wikijs_client::auth_strategies::{NewStrategy, StrategyUpdate};
//!
//! let strategies = wiki.auth_strategies();
//! let github = NewStrategy::new("github", "GitHub")
//!     .set("clientId", "Iv1.0123")
//!     .set("clientSecret", SecretString::from("s3cret"))
//!     .domain_whitelist(["example.com"]);
//! let github = strategies.add(github).await?;
//! strategies.update(&github.key, StrategyUpdate::new().enabled(true)).await?;
//! strategies.remove(&github.key).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

mod change;
mod model;

pub use self::{
    change::{NewStrategy, StrategyUpdate},
    model::{Strategy, StrategyKind},
};
use crate::{
    api::{self, inputs::AuthenticationStrategyInput},
    client::Client,
    error::{Applied, Error, Result},
    outcome::{mutation, query},
    providers::{self, Dialect, Domain, written},
    transport::Turn,
    types::GroupId,
};

/// The key of the strategy that every wiki has.
const LOCAL: &str = "local";

/// The login strategies of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct AuthStrategies {
    client: Client,
}

impl Client {
    /// The login strategies of the wiki.
    pub fn auth_strategies(&self) -> AuthStrategies {
        AuthStrategies {
            client: self.clone(),
        }
    }
}

impl AuthStrategies {
    /// The kinds of strategies that can be set up, by key, with the settings that they take.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn kinds(&self) -> Result<Vec<StrategyKind>> {
        let variables = api::authentication_strategies::Variables::new();
        let kinds = query!(
            self.client,
            AuthenticationStrategies,
            authentication.strategies,
            variables
        );
        let kinds = kinds.into_iter().flatten().map(StrategyKind::read);
        let mut kinds: Vec<_> = kinds.collect::<Result<_>>()?;
        kinds.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(kinds)
    }

    /// The strategies that are set up, switched on or not, in their order.
    ///
    /// Wiki.js shows their secrets; in this library they are
    /// [`SecretString`](secrecy::SecretString)s.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn list(&self) -> Result<Vec<Strategy>> {
        self.read().await
    }

    /// One strategy that is set up: `local`, or by the UUID that it was given.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<Strategy> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// Sets up a strategy beside those that are there, and gives it back, with the key that it was
    /// given: a UUID.
    ///
    /// It is switched off, if [`enabled`](NewStrategy::enabled) does not say otherwise, and comes after
    /// the others, if [`order`](NewStrategy::order) does not. Settings that are not named have their
    /// defaults.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a kind that this Wiki.js has not or `local`, for a setting or value
    /// that the kind does not take, and for groups that do not exist: nothing is sent then.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn add(&self, strategy: NewStrategy) -> Result<Strategy> {
        let kinds = self.kinds().await?;
        let made = strategy.make(&kinds)?;
        self.check_groups(strategy.groups()).await?;
        let key = made.key.clone();
        let changed = move |strategies: &mut Vec<Strategy>, _: &str| {
            let mut made = made;
            if strategy.has_no_order() {
                let last = strategies.iter().map(|strategy| strategy.order).max();
                made.order = last.map_or(0, |last| last + 1);
            }
            strategies.push(made);
            Ok(())
        };
        providers::find::<Self>(providers::change(self, &key, changed).await?, &key)
    }

    /// Changes what the update names of a strategy, keeps everything else and all other strategies,
    /// and gives the strategy back.
    ///
    /// Wiki.js loads all strategies anew after it; who is logged in stays so.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such strategy. [`Error::InvalidInput`] for
    /// a setting or a value that it does not take, for groups that do not exist, and for switching
    /// off `local`, without which the administrator cannot log in: nothing is sent then.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn update(&self, key: &str, update: StrategyUpdate) -> Result<Strategy> {
        self.check_groups(update.groups()).await?;
        let changed = move |strategies: &mut Vec<_>, key: &str| {
            update.apply(providers::named::<Self>(strategies, key)?)
        };
        providers::find::<Self>(providers::change(self, key, changed).await?, key)
    }

    /// Removes a strategy. Users that came by it have to be deleted or moved before.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such strategy. [`Error::InvalidInput`] for
    /// `local`, which every wiki needs. [`is_conflict`](Error::is_conflict) if there are users of it:
    /// it stays then. [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn remove(&self, key: &str) -> Result<()> {
        if key == LOCAL {
            return Err(Error::invalid(
                "key",
                "`local` cannot be removed: the administrator logs in by it",
                "name another strategy",
            ));
        }
        let changed = move |strategies: &mut Vec<Strategy>, key: &str| {
            providers::named::<Self>(strategies, key)?;
            strategies.retain(|strategy| strategy.key != key);
            Ok(())
        };
        match providers::change(self, key, changed).await {
            Ok(_) => Ok(()),
            // The one request writes the others as they are and deletes this one, or does not.
            Err(error) if error.is_conflict() => Err(error.with_applied(Applied::No)),
            Err(error) => Err(error),
        }
    }

    /// Wiki.js stores ids of groups unseen, and then fails to create the users that come.
    async fn check_groups(&self, groups: Option<&[GroupId]>) -> Result<()> {
        let Some(groups) = groups.filter(|groups| !groups.is_empty()) else {
            return Ok(());
        };
        let variables = api::authentication_enrollable_groups::Variables::new();
        let found = query!(
            self.client,
            AuthenticationEnrollableGroups,
            groups.list,
            variables
        );
        let found: Vec<_> = found.into_iter().flatten().map(|group| group.id).collect();
        match groups.iter().find(|group| !found.contains(&group.get())) {
            None => Ok(()),
            Some(missing) => Err(Error::invalid(
                "auto_enroll_groups",
                format!("there is no group {missing}"),
                "name groups of the wiki",
            )),
        }
    }
}

impl Domain for AuthStrategies {
    type Provider = Strategy;

    const READ: &'static str = "AuthenticationConfiguredStrategies";
    const WRITE: &'static str = "AuthenticationUpdateStrategies";
    const NOUN: &'static str = "login strategy";

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<Strategy>> {
        let variables = api::authentication_configured_strategies::Variables::new();
        let strategies = query!(
            self.client,
            AuthenticationConfiguredStrategies,
            authentication.active_strategies,
            variables
        );
        let strategies = strategies.into_iter().flatten().map(Strategy::read);
        let mut strategies: Vec<_> = strategies.collect::<Result<_>>()?;
        strategies.sort_by(|one, other| (one.order, &one.key).cmp(&(other.order, &other.key)));
        Ok(strategies)
    }

    async fn send(&self, turn: &Turn, strategies: &[Strategy]) -> Result<()> {
        let input = strategies.iter().map(|strategy| {
            let groups = strategy.auto_enroll_groups.iter();
            Ok(Some(AuthenticationStrategyInput {
                key: strategy.key.clone(),
                strategy_key: strategy.kind.clone(),
                config: written!(strategy.settings, Dialect::Json),
                display_name: strategy.display_name.clone(),
                order: strategy.order,
                is_enabled: strategy.is_enabled,
                self_registration: strategy.self_registration,
                domain_whitelist: strategy
                    .domain_whitelist
                    .iter()
                    .cloned()
                    .map(Some)
                    .collect(),
                auto_enroll_groups: groups
                    .map(|group| group.to_argument().map(Some))
                    .collect::<Result<_>>()?,
            }))
        });
        let variables = api::authentication_update_strategies::Variables {
            strategies: input.collect::<Result<_>>()?,
        };
        mutation!(
            self.client,
            turn,
            AuthenticationUpdateStrategies,
            authentication.update_strategies,
            variables
        );
        Ok(())
    }

    /// Whatever is missing is deleted (hazard 45).
    fn goes_along(_strategy: &Strategy) -> bool {
        true
    }
}
