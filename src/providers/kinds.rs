//! The simpler kinds of providers: analytics services, comment providers, loggers, renderers and search engines.

use super::{
    ProviderUpdate, Providers,
    change::{active, apply_exclusively, named},
    kind, provider,
    setting::{Dialect, configured},
};
use crate::{
    api::{
        self,
        inputs::{
            AnalyticsProviderInput, CommentProviderInput, LoggerInput, RendererInput,
            SearchEngineInput,
        },
    },
    call::{Call, setters},
    error::{Error, Result},
    response::write_unobserved,
    write::{Repeat, Target},
};

provider! {
    /// An analytics service, comment provider or search engine.
    Provider {
        /// `description`; empty if there is none.
        pub description: String,
        /// `logo`: URL of an image.
        pub logo: Option<String>,
        /// `website`.
        pub website: Option<String>,
    }
}

/// Creates a [`Provider`] from the fields that the operations of these kinds select.
macro_rules! plain {
    ($operation:literal, $found:ident) => {
        Provider {
            settings: configured($operation, &$found.key, Dialect::Json, $found.config)?,
            key: $found.key,
            title: $found.title,
            description: $found.description.unwrap_or_default(),
            logo: filled($found.logo),
            website: filled($found.website),
            is_available: $found.is_available.unwrap_or_default(),
            is_enabled: $found.is_enabled,
        }
    };
}

/// Returns `None` for an empty text.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

kind! {
    /// Analytics services, whose code Wiki.js adds to its pages to count visits.
    ///
    /// Any number of them may be enabled. Wiki.js inserts the values of settings into the HTML of its pages
    /// without escaping: do not set values from untrusted sources.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::ProviderUpdate;
    ///
    /// let update = ProviderUpdate::new().enabled(true).set("domain", "wiki.example.com");
    /// wiki.analytics().update("plausible", update).await?;
    /// # });
    /// ```
    Analytics, "analytics service": Provider, ();
    /// Returns a handle for the [analytics services](crate::providers::Analytics).
    analytics;
    AnalyticsProviders = analytics.providers, |service| plain!("AnalyticsProviders", service);
    AnalyticsUpdateProviders = update_providers(providers: AnalyticsProviderInput), |service| {
        AnalyticsProviderInput {
            config: service.settings.written(Dialect::Json),
            ..AnalyticsProviderInput::new(service.is_enabled, service.key.clone())
        }
    };
}

kind! {
    /// Comment providers, which store the comments of pages: Wiki.js itself, or a service.
    ///
    /// Exactly one of them is enabled: [`enable`](Providers::enable) disables the others. Comments remain in the
    /// provider that stored them: after a change, pages show only the comments of the new provider.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::ProviderUpdate;
    ///
    /// wiki.comment_providers().update("default", ProviderUpdate::new().set("minDelay", 60)).await?;
    /// # });
    /// ```
    CommentProviders, "comment provider": Provider, ();
    /// Returns a handle for the [comment providers](crate::providers::CommentProviders).
    comment_providers;
    CommentsProviders = comments.providers, |found| plain!("CommentsProviders", found);
    CommentsUpdateProviders = update_providers(providers: CommentProviderInput), |provider| {
        CommentProviderInput {
            config: provider.settings.written(Dialect::Json),
            ..CommentProviderInput::new(provider.is_enabled, provider.key.clone())
        }
    };

    fn apply(update: &ProviderUpdate, providers: &mut [Provider], key: &str) -> Result<()> {
        apply_exclusively::<Self>(update, providers, key)
    }
}

impl Providers<CommentProviders> {
    /// Returns the enabled provider. In a new wiki it is `default`, the provider of Wiki.js itself.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](Error::is_not_found) if none is enabled, which Wiki.js does
    /// not prevent.
    pub fn active(&self) -> Call<Provider> {
        Call::on(self, |providers| async move {
            active::<CommentProviders>(&providers.client).await
        })
    }
}

provider! {
    /// A logger.
    Logger {
        /// `description`; empty if there is none.
        pub description: String,
        /// `logo`: URL of an image.
        pub logo: Option<String>,
        /// `website`.
        pub website: Option<String>,
        /// `level`: the least severe level of messages that it receives, such as `warn`.
        pub level: String,
    }
}

/// Changes of a logger in addition to its settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggerChanges {
    level: Option<String>,
}

/// Changes to a logger. Unset fields keep their values.
///
/// ```
/// use wikijs_client::providers::LoggerUpdate;
///
/// let update = LoggerUpdate::new().enabled(true).level("error");
/// ```
pub type LoggerUpdate = ProviderUpdate<LoggerChanges>;

/// The levels of winston, the logging library of Wiki.js.
const LEVELS: [&str; 7] = ["error", "warn", "info", "http", "verbose", "debug", "silly"];

setters! { LoggerUpdate {
    /// Sets the least severe level of messages that the logger receives: `error`, `warn`, `info`, `http`, `verbose`,
    /// `debug` or `silly`.
    level(level: impl Into<String>) => changes.level = Some(level.into());
} }

kind! {
    /// Loggers, which receive the log of the server in addition to its standard output.
    ///
    /// Wiki.js 2.5 stores their configuration, but does not start them. It accepts their settings as plain texts, not
    /// as `{"v":x}` ([K44](crate::guide::known_issues#k44)), and stores numbers and booleans as texts. The client
    /// converts them to the type of their definition.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::LoggerUpdate;
    ///
    /// let update = LoggerUpdate::new().level("error").set("host", "logs.example.com");
    /// wiki.loggers().update("papertrail", update).await?;
    /// # });
    /// ```
    Loggers, "logger": Logger, LoggerChanges;
    /// Returns a handle for the [loggers](crate::providers::Loggers).
    loggers;
    LoggingLoggers = logging.loggers, |logger| Logger {
        settings: configured("LoggingLoggers", &logger.key, Dialect::Text, logger.config)?,
        key: logger.key,
        title: logger.title,
        description: logger.description.unwrap_or_default(),
        logo: filled(logger.logo),
        website: filled(logger.website),
        is_available: true,
        is_enabled: logger.is_enabled,
        level: logger.level,
    };
    LoggingUpdateLoggers = update_loggers(loggers: LoggerInput), |logger| LoggerInput {
        config: logger.settings.written(Dialect::Text),
        ..LoggerInput::new(logger.is_enabled, logger.key.clone(), logger.level.clone())
    };

    fn apply(update: &LoggerUpdate, loggers: &mut [Logger], key: &str) -> Result<()> {
        let logger = named::<Self>(loggers, key)?;
        update.apply(logger)?;
        if let Some(level) = &update.changes.level {
            if !LEVELS.contains(&level.as_str()) {
                return Err(Error::invalid(
                    "level",
                    format!("`{level}` is not a log level"),
                    format!("write one of {}", LEVELS.join(", ")),
                ));
            }
            logger.level.clone_from(level);
        }
        Ok(())
    }
}

provider! {
    /// A renderer.
    Renderer {
        /// `description`; empty if there is none.
        pub description: String,
        /// `icon`: name of an icon.
        pub icon: Option<String>,
        /// `dependsOn`: key of the core that the renderer extends. `None` for a core.
        pub depends_on: Option<String>,
        /// `input`: content type that a core reads.
        pub input: Option<String>,
        /// `output`: content type that a core writes.
        pub output: Option<String>,
    }
}

impl Renderer {
    /// Returns `true` for a core, which other renderers may extend.
    pub fn is_core(&self) -> bool {
        self.depends_on.is_none()
    }
}

kind! {
    /// Renderers, which convert the content of pages into HTML.
    ///
    /// A core renderer converts one content type into another one: `markdownCore` converts Markdown into HTML. Other
    /// renderers extend a core. A change takes effect for a page when the page is rendered again; see
    /// [`Pages::render`](crate::pages::Pages::render).
    ///
    /// A renderer whose core is disabled cannot be enabled. While a core is disabled, its extensions are disabled, too,
    /// and pages of its content type have no HTML.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::ProviderUpdate;
    ///
    /// let update = ProviderUpdate::new().set("typographer", true).set("quotes", "French");
    /// wiki.renderers().update("markdownCore", update).await?;
    /// # });
    /// ```
    Renderers, "renderer": Renderer, ();
    /// Returns a handle for the [renderers](crate::providers::Renderers).
    renderers;
    RenderingRenderers = rendering.renderers, |renderer| Renderer {
        settings: configured("RenderingRenderers", &renderer.key, Dialect::Json, renderer.config)?,
        key: renderer.key,
        title: renderer.title,
        description: renderer.description.unwrap_or_default(),
        icon: filled(renderer.icon),
        depends_on: filled(renderer.depends_on),
        input: filled(renderer.input),
        output: filled(renderer.output),
        is_available: true,
        is_enabled: renderer.is_enabled,
    };
    RenderingUpdateRenderers = update_renderers(renderers: RendererInput), |renderer| RendererInput {
        config: renderer.settings.written(Dialect::Json),
        ..RendererInput::new(renderer.is_enabled, renderer.key.clone())
    };

    fn apply(update: &ProviderUpdate, renderers: &mut [Renderer], key: &str) -> Result<()> {
        update.apply(named::<Self>(renderers, key)?)?;
        let with_key = |key: &str| renderers.iter().find(|renderer| renderer.key == key);
        let core = with_key(key).and_then(|renderer| renderer.depends_on.as_deref());
        match core.filter(|_| update.is_enabled == Some(true)) {
            Some(core) if !with_key(core).is_some_and(|core| core.is_enabled) => Err(Error::invalid(
                "enabled",
                format!("`{key}` depends on `{core}`, which is not enabled"),
                format!("switch on `{core}` first"),
            )),
            _ => Ok(()),
        }
    }
}

kind! {
    /// Search engines, which index and find pages.
    ///
    /// Exactly one of them is enabled: [`enable`](Providers::enable) disables the others. Wiki.js then drops the index
    /// of the old engine and creates an empty one: searches find nothing until
    /// [`rebuild_index`](Providers::rebuild_index). Changed settings do not rebuild the index either. If an engine
    /// cannot be enabled, such as `postgres` on another database, the error is [`Error::Api`] with
    /// [`SearchActivationFailed`](crate::ErrorCode::SearchActivationFailed), and Wiki.js uses `db`. Wiki.js reports no
    /// error for an external engine that cannot be reached: searches find nothing, and the index cannot be rebuilt.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::providers::ProviderUpdate;
    ///
    /// let engines = wiki.search_engines();
    /// engines.update("postgres", ProviderUpdate::new().enabled(true).set("dictLanguage", "german")).await?;
    /// engines.rebuild_index().await?;
    /// assert_eq!(engines.active().await?.key, "postgres");
    /// # });
    /// ```
    SearchEngines, "search engine": Provider, ();
    /// Returns a handle for the [search engines](crate::providers::SearchEngines).
    search_engines;
    SearchEngines = search.search_engines, |engine| plain!("SearchEngines", engine);
    SearchUpdateEngines = update_search_engines(engines: SearchEngineInput), |engine| SearchEngineInput {
        config: engine.settings.written(Dialect::Json),
        ..SearchEngineInput::new(engine.is_enabled, engine.key.clone())
    };

    fn apply(update: &ProviderUpdate, engines: &mut [Provider], key: &str) -> Result<()> {
        apply_exclusively::<Self>(update, engines, key)
    }

    /// Returns `true` for the enabled engine: Wiki.js drops its index if a request omits it.
    fn is_always_sent(engine: &Provider) -> bool {
        engine.is_enabled
    }
}

impl Providers<SearchEngines> {
    /// Returns the enabled engine. In a new wiki it is `db`.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](Error::is_not_found) if none is enabled, which Wiki.js does
    /// not prevent.
    pub fn active(&self) -> Call<Provider> {
        Call::on(self, |engines| async move {
            active::<SearchEngines>(&engines.client).await
        })
    }

    /// Rebuilds the index of the enabled engine from all published pages that are not private. The response
    /// arrives when the index is complete, after seconds to minutes: set the timeout of the client accordingly. The
    /// engine `db` has no index and finishes immediately.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`; [`Error::Unconfirmed`] with
    /// the message of the wiki if the engine cannot be reached, and if the response was lost, because the API does not
    /// report the progress of a rebuild. The rebuild may then still be running. Do not start another one at the same
    /// time: concurrent rebuilds interfere with each other.
    pub fn rebuild_index(&self) -> Call<()> {
        Call::on(self, |engines| async move {
            let variables = api::search_rebuild_index::Variables::new();
            let target =
                Target::new("SearchRebuildIndex", "the search index").repeat(Repeat::Unsafe(
                    "wait some minutes first: two concurrent rebuilds disturb each other",
                ));
            write_unobserved!(
                engines.client,
                target,
                SearchRebuildIndex,
                search.rebuild_index,
                variables
            );
            Ok(())
        })
    }
}
