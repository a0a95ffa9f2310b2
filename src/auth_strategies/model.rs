//! Login strategies, each model made from generated types in one place: here.

use crate::{
    api::{
        authentication_configured_strategies::AuthenticationConfiguredStrategiesAuthenticationActiveStrategies,
        authentication_strategies::AuthenticationStrategiesAuthenticationStrategies,
    },
    error::Result,
    providers::{Configured, Dialect, Settings, configured, defined},
    types::GroupId,
};

/// A kind of strategy that can be set up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StrategyKind {
    /// `key`, such as `github`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `isAvailable`: whether this version of Wiki.js has more of it than its name.
    pub is_available: bool,
    /// `useForm`: users log in in the wiki's own form, not at the service.
    pub uses_form: bool,
    /// `usernameType`: what that form asks for, `email` or `username`.
    pub username_type: Option<String>,
    /// `logo`: the address of a picture.
    pub logo: Option<String>,
    /// `color` of its button.
    pub color: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `icon`: an SVG picture, as text.
    pub icon: Option<String>,
    /// `props`: the settings that it takes, each with its default as value.
    pub settings: Settings,
}

/// A strategy that is set up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Strategy {
    /// `key`: `local`, or a UUID.
    pub key: String,
    /// `strategy.key`: its kind, such as `github`.
    pub kind: String,
    /// `strategy.title`: the title of its kind.
    pub title: String,
    /// `displayName`: what the login page calls it.
    pub display_name: String,
    /// `order` on the login page, smallest first.
    pub order: i64,
    /// `isEnabled`.
    pub is_enabled: bool,
    /// `selfRegistration`: whether users are made as they come.
    pub self_registration: bool,
    /// `domainWhitelist`: the domains of the mail addresses with which users may come; empty for all.
    pub domain_whitelist: Vec<String>,
    /// `autoEnrollGroups`: the groups that new users are put into.
    pub auto_enroll_groups: Vec<GroupId>,
    /// `config`.
    pub settings: Settings,
}

impl StrategyKind {
    pub(super) fn read(kind: AuthenticationStrategiesAuthenticationStrategies) -> Result<Self> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            settings: defined("AuthenticationStrategies", &kind.key, kind.props)?,
            key: kind.key,
            title: kind.title,
            description: kind.description.unwrap_or_default(),
            is_available: kind.is_available.unwrap_or_default(),
            uses_form: kind.use_form,
            username_type: filled(kind.username_type),
            logo: filled(kind.logo),
            color: filled(kind.color),
            website: filled(kind.website),
            icon: filled(kind.icon),
        })
    }
}

impl Strategy {
    pub(super) fn read(
        strategy: AuthenticationConfiguredStrategiesAuthenticationActiveStrategies,
    ) -> Result<Self> {
        Ok(Self {
            settings: configured(
                "AuthenticationConfiguredStrategies",
                &strategy.key,
                Dialect::Json,
                strategy.config,
            )?,
            key: strategy.key,
            kind: strategy.strategy.key,
            title: strategy.strategy.title,
            display_name: strategy.display_name,
            order: strategy.order,
            is_enabled: strategy.is_enabled,
            self_registration: strategy.self_registration,
            domain_whitelist: strategy.domain_whitelist.into_iter().flatten().collect(),
            auto_enroll_groups: strategy
                .auto_enroll_groups
                .into_iter()
                .flatten()
                .map(GroupId::new)
                .collect(),
        })
    }
}

impl Configured for Strategy {
    fn key(&self) -> &str {
        &self.key
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn is_enabled_mut(&mut self) -> &mut bool {
        &mut self.is_enabled
    }
}
