//! Loggers: where the server's log goes besides its standard output.
//!
//! Wiki.js 2.5 keeps their configuration, but starts none of them: its log goes to standard output only.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::loggers::LoggerUpdate;
//!
//! let update = LoggerUpdate::new().level("error").set("host", "logs.example.com");
//! wiki.loggers().update("papertrail", update).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! Everything here wants the permission `manage:system`.

use crate::{
    api::{self, inputs::LoggerInput},
    client::Client,
    error::{Error, Result},
    outcome::{mutation, query},
    providers::{
        self, Configured, Dialect, Domain, ProviderUpdate, Settings, configured, delegate, written,
    },
    transport::Turn,
};

/// The loggers of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Loggers {
    client: Client,
}

impl Client {
    /// The loggers of the wiki.
    pub fn loggers(&self) -> Loggers {
        Loggers {
            client: self.clone(),
        }
    }
}

/// A logger.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Logger {
    /// `key`, such as `syslog`.
    pub key: String,
    /// `title`.
    pub title: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `logo`: the address of a picture.
    pub logo: Option<String>,
    /// `website`.
    pub website: Option<String>,
    /// `isEnabled`.
    pub is_enabled: bool,
    /// `level`: the least serious messages that it takes, such as `warn`.
    pub level: String,
    /// `config`. Wiki.js stores numbers and truth values of loggers as texts; here they have the type
    /// that their definition names.
    pub settings: Settings,
}

impl Configured for Logger {
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

/// What to change of a logger. Everything that is not named stays as it is.
///
/// A [`ProviderUpdate`] converts into it.
///
/// ```
/// use wikijs_client::loggers::LoggerUpdate;
///
/// let update = LoggerUpdate::new().enabled(true).level("error");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a logger is changed by `update`"]
pub struct LoggerUpdate {
    provider: ProviderUpdate,
    level: Option<String>,
}

delegate!(LoggerUpdate);

/// The levels of winston, which Wiki.js logs with.
const LEVELS: [&str; 7] = ["error", "warn", "info", "http", "verbose", "debug", "silly"];

impl LoggerUpdate {
    /// The least serious messages that it takes: `error`, `warn`, `info`, `http`, `verbose`, `debug` or
    /// `silly`.
    pub fn level(mut self, level: impl Into<String>) -> Self {
        self.level = Some(level.into());
        self
    }

    fn apply(&self, logger: &mut Logger) -> Result<()> {
        self.provider.apply(logger)?;
        if let Some(level) = &self.level {
            if !LEVELS.contains(&level.as_str()) {
                return Err(Error::invalid(
                    "level",
                    format!("`{level}` is not a level of a log"),
                    format!("write one of {}", LEVELS.join(", ")),
                ));
            }
            logger.level.clone_from(level);
        }
        Ok(())
    }
}

impl Loggers {
    /// All loggers, by key.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn list(&self) -> Result<Vec<Logger>> {
        self.read().await
    }

    /// One logger.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`is_not_found`](Error::is_not_found) if there is none of that key.
    pub async fn get(&self, key: &str) -> Result<Logger> {
        providers::find::<Self>(self.read().await?, key)
    }

    /// Changes what the update names of a logger, keeps everything else, and gives the logger back.
    ///
    /// Loggers want their settings as bare texts, not as `{"v":x}` as everybody else (hazard 44).
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such logger. [`Error::InvalidInput`] for a
    /// setting, a value or a level that it does not take: nothing is sent then.
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn update(&self, key: &str, update: impl Into<LoggerUpdate>) -> Result<Logger> {
        let update = update.into();
        let changed = move |loggers: &mut Vec<_>, key: &str| {
            update.apply(providers::named::<Self>(loggers, key)?)
        };
        providers::find::<Self>(providers::change(self, key, changed).await?, key)
    }
}

impl Domain for Loggers {
    type Provider = Logger;

    const READ: &'static str = "LoggingLoggers";
    const WRITE: &'static str = "LoggingUpdateLoggers";
    const NOUN: &'static str = "logger";

    fn client(&self) -> &Client {
        &self.client
    }

    async fn read(&self) -> Result<Vec<Logger>> {
        let variables = api::logging_loggers::Variables::new();
        let loggers = query!(self.client, LoggingLoggers, logging.loggers, variables);
        providers::by_key(loggers.into_iter().flatten().map(|logger| {
            Ok(Logger {
                settings: configured("LoggingLoggers", &logger.key, Dialect::Text, logger.config)?,
                key: logger.key,
                title: logger.title,
                description: logger.description.unwrap_or_default(),
                logo: logger.logo.filter(|logo| !logo.is_empty()),
                website: logger.website.filter(|website| !website.is_empty()),
                is_enabled: logger.is_enabled,
                level: logger.level.unwrap_or_default(),
            })
        }))
    }

    async fn send(&self, turn: &Turn, loggers: &[Logger]) -> Result<()> {
        let input = loggers.iter().map(|logger| {
            Some(LoggerInput {
                config: written!(logger.settings, Dialect::Text),
                ..LoggerInput::new(logger.is_enabled, logger.key.clone(), logger.level.clone())
            })
        });
        let variables = api::logging_update_loggers::Variables {
            loggers: input.collect::<Vec<_>>().into(),
        };
        mutation!(
            self.client,
            turn,
            LoggingUpdateLoggers,
            logging.update_loggers,
            variables
        );
        Ok(())
    }
}
