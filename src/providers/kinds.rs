//! The simpler kinds of providers: analytics services, comment providers, loggers, renderers and search engines.

use super::{ProviderUpdate, Providers, kind, provider, setting::Dialect, update::Exclusive};
use crate::{
    api::inputs::{
        AnalyticsProviderInput, CommentProviderInput, LoggerInput, RendererInput, SearchEngineInput,
    },
    call::{Call, setters},
    error::Result,
    handle::Handle,
    response::command,
    text::refuse_if,
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
    AnalyticsProviders, |service| Provider {
        title, description, is_available, is_enabled;
        logo, website;
    };
    AnalyticsUpdateProviders(providers: AnalyticsProviderInput), |service| { key, is_enabled; };
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
    CommentsProviders, |found| Provider {
        title, description, is_available, is_enabled;
        logo, website;
    };
    CommentsUpdateProviders(providers: CommentProviderInput), |provider| { key, is_enabled; };

    const IS_EXCLUSIVE: bool = true;
}

impl Exclusive for CommentProviders {}

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
    LoggingLoggers, |logger| Logger {
        title, description, is_enabled, level;
        logo, website;
        is_available: true,
    };
    LoggingUpdateLoggers(loggers: LoggerInput), |logger| { key, is_enabled, level; };

    const DIALECT: Dialect = Dialect::Text;

    fn apply(update: &LoggerUpdate, logger: &mut Logger) -> Result<()> {
        if let Some(level) = &update.changes.level {
            refuse_if! {
                !LEVELS.contains(&level.as_str()) => "level",
                    format!("`{level}` is not a log level"),
                    format!("write one of {}", LEVELS.join(", "));
            }?;
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
    RenderingRenderers, |renderer| Renderer {
        title, description, is_enabled;
        icon, depends_on, input, output;
        is_available: true,
    };
    RenderingUpdateRenderers(renderers: RendererInput), |renderer| { key, is_enabled; };

    fn check_enabled(renderer: &Renderer, others: &[Renderer]) -> Result<()> {
        let is_enabled = |core: &String| others.iter().any(|one| one.key == *core && one.is_enabled);
        if let Some(core) = &renderer.depends_on {
            refuse_if! {
                !is_enabled(core) => "enabled",
                    format!("`{}` depends on `{core}`, which is not enabled", renderer.key),
                    format!("switch on `{core}` first");
            }?;
        }
        Ok(())
    }
}

kind! {
    /// Search engines, which index and find pages.
    ///
    /// Exactly one of them is enabled: [`enable`](Providers::enable) disables the others. Wiki.js then drops the index
    /// of the old engine and creates an empty one: searches find nothing until
    /// [`rebuild_index`](Providers::rebuild_index). Changed settings do not rebuild the index either. If an engine
    /// cannot be enabled, such as `postgres` on another database, the error is [`Error::Api`](crate::Error::Api) with
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
    SearchEngines, |engine| Provider {
        title, description, is_available, is_enabled;
        logo, website;
    };
    SearchUpdateEngines(engines: SearchEngineInput), |engine| { key, is_enabled; };

    const IS_EXCLUSIVE: bool = true;

    /// Returns `true` for the enabled engine: Wiki.js drops its index if a request omits it.
    fn is_always_sent(engine: &Provider) -> bool {
        engine.is_enabled
    }
}

impl Exclusive for SearchEngines {}

impl Providers<SearchEngines> {
    /// Rebuilds the index of the enabled engine from all published pages that are not private. The response
    /// arrives when the index is complete, after seconds to minutes: set the timeout of the client accordingly. The
    /// engine `db` has no index and finishes immediately.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`;
    /// [`Error::Unconfirmed`](crate::Error::Unconfirmed) with the message of the wiki if the engine cannot be reached,
    /// and if the response was lost, because the API does not report the progress of a rebuild. The rebuild may then
    /// still be running. Do not start another one at the same time: concurrent rebuilds interfere with each other.
    pub fn rebuild_index(&self) -> Call<()> {
        let remedy = "wait some minutes first: two concurrent rebuilds disturb each other";
        command! { self, Ok(()), SearchRebuildIndex(), "the search index", once(remedy) }
    }
}
