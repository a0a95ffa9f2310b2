//! The domains of settings, and a call for each that brings it into a state.

use futures::future::BoxFuture;
use wikijs_client::{Client, Error};

/// A state of two settings, or one, of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Both settings have their initial values.
    Before,
    /// Both settings have the values of the write under test.
    Wanted,
    /// The first setting has the value of the write under test, the second one its initial value.
    Part,
    /// The first setting has the value of another client, the second one its initial value.
    Foreign,
}

impl State {
    /// The first setting.
    fn first<T>(self, before: T, wanted: T, foreign: T) -> T {
        match self {
            Self::Before => before,
            Self::Wanted | Self::Part => wanted,
            Self::Foreign => foreign,
        }
    }

    /// The second setting.
    fn second<T>(self, before: T, wanted: T) -> T {
        match self {
            Self::Before | Self::Part | Self::Foreign => before,
            Self::Wanted => wanted,
        }
    }
}

pub type Put = fn(Client, State) -> BoxFuture<'static, Result<(), Error>>;

/// A domain of settings.
pub struct Domain {
    pub operation: &'static str,
    /// The names of the two settings in errors.
    pub parts: Option<[&'static str; 2]>,
    /// The first setting has a third value.
    pub has_foreign: bool,
    /// Brings the wiki into a state.
    pub put: Put,
}

/// Declares a domain: its operation, the names of its settings in errors, and the call that writes them.
macro_rules! domain {
    ($operation:literal, [$first:literal, $second:literal], $foreign:literal, |$wiki:ident, $state:ident| $call:expr) => {
        domain!(@ $operation, Some([$first, $second]), $foreign, $wiki, $state, $call)
    };
    ($operation:literal, [], $foreign:literal, |$wiki:ident, $state:ident| $call:expr) => {
        domain!(@ $operation, None, $foreign, $wiki, $state, $call)
    };
    (@ $operation:literal, $parts:expr, $foreign:literal, $wiki:ident, $state:ident, $call:expr) => {
        Domain {
            operation: $operation,
            parts: $parts,
            has_foreign: $foreign,
            put: |$wiki, $state| Box::pin(async move { $call.map(|_| ()) }),
        }
    };
}

#[allow(clippy::too_many_lines, reason = "it is a table")]
pub fn domains() -> Vec<Domain> {
    use wikijs_client::providers::ProviderUpdate;
    vec![
        domain!(
            "SiteUpdateConfig",
            ["title", "company"],
            true,
            |wiki, state| {
                let update = wikijs_client::site::SiteUpdate::new()
                    .title(state.first("Before", "Wanted", "Foreign"))
                    .company(state.second("Before", "Wanted"));
                wiki.site().update(update).await
            }
        ),
        domain!(
            "ThemingSetConfig",
            ["inject_head", "inject_body"],
            true,
            |wiki, state| {
                let update = wikijs_client::theme::ThemeUpdate::new()
                    .inject_head(state.first("<!--a-->", "<!--b-->", "<!--c-->"))
                    .inject_body(state.second("<!--a-->", "<!--b-->"));
                wiki.theme().update(update).await
            }
        ),
        domain!(
            "ThemingSetConfig",
            ["inject_css", "dark_mode"],
            false,
            |wiki, state| {
                let update = wikijs_client::theme::ThemeUpdate::new()
                    .inject_css(state.first("", "b {\n  color: red\n}", ""))
                    .dark_mode(state.second(false, true));
                wiki.theme().update(update).await
            }
        ),
        domain!(
            "MailUpdateConfig",
            ["senderName", "host"],
            true,
            |wiki, state| {
                let update = wikijs_client::mail::MailUpdate::new()
                    .sender_name(state.first("Before", "Wanted", "Foreign"))
                    .host(state.second("before.example.com", "wanted.example.com"));
                wiki.mail().update(update).await
            }
        ),
        domain!(
            "LocalizationUpdateLocale",
            ["namespaces.fr", "auto_update"],
            true,
            |wiki, state| {
                let locale = state.first("en", "fr", "de");
                let update = wikijs_client::locales::LocaleUpdate::new()
                    .locale(locale)
                    .namespaces(["en", locale])
                    .auto_update(state.second(false, true));
                wiki.locales().update(update).await
            }
        ),
        domain!("NavigationUpdateConfig", [], true, |wiki, state| {
            use wikijs_client::navigation::NavigationMode;
            let mode = state.first(
                NavigationMode::Mixed,
                NavigationMode::None,
                NavigationMode::Tree,
            );
            wiki.navigation().set_mode(mode).await
        }),
        domain!("NavigationUpdateTree", ["en", "fr"], true, |wiki, state| {
            use wikijs_client::navigation::{NavigationItem, NavigationTree};
            let tree = |locale, label| {
                let mut item = NavigationItem::home(label);
                "one".clone_into(&mut item.id);
                NavigationTree::new(locale, [item])
            };
            let trees = [
                tree("en", state.first("Before", "Wanted", "Foreign")),
                tree("fr", state.second("Before", "Wanted")),
            ];
            wiki.navigation().set_tree(trees).await
        }),
        domain!(
            "SystemUpdateFlags",
            ["ldapdebug", "sqllog"],
            false,
            |wiki, state| {
                let flags = [
                    ("ldapdebug", state.first(false, true, false)),
                    ("sqllog", state.second(false, true)),
                ];
                wiki.system().update_flags(flags).await
            }
        ),
        domain!("SystemSetTelemetry", [], false, |wiki, state| {
            wiki.system()
                .set_telemetry(state.first(false, true, false))
                .await
        }),
        domain!("SystemSetHttpsRedirection", [], false, |wiki, state| {
            wiki.system()
                .set_https_redirection(state.first(false, true, false))
                .await
        }),
        domain!(
            "StorageUpdateTargets",
            ["git.config.branch", "git.syncInterval"],
            true,
            |wiki, state| {
                let update = wikijs_client::providers::TargetUpdate::new()
                    .set("branch", state.first("before", "wanted", "foreign"))
                    .sync_interval(state.second("PT5M", "PT1H"));
                wiki.storage().update("git", update).await
            }
        ),
        domain!(
            "LoggingUpdateLoggers",
            ["papertrail.config.host", "papertrail.level"],
            true,
            |wiki, state| {
                let update = wikijs_client::providers::LoggerUpdate::new()
                    .set("host", state.first("before", "wanted", "foreign"))
                    .level(state.second("warn", "error"));
                wiki.loggers().update("papertrail", update).await
            }
        ),
        domain!(
            "RenderingUpdateRenderers",
            [
                "markdownCore.config.quotes",
                "markdownCore.config.typographer"
            ],
            true,
            |wiki, state| {
                let update = ProviderUpdate::new()
                    .set("quotes", state.first("English", "French", "German"))
                    .set("typographer", state.second(false, true));
                wiki.renderers().update("markdownCore", update).await
            }
        ),
        domain!("SearchUpdateEngines", [], true, |wiki, state| {
            let language = state.first("english", "french", "german");
            let update = ProviderUpdate::new().set("dictLanguage", language);
            wiki.search_engines().update("postgres", update).await
        }),
        domain!(
            "AnalyticsUpdateProviders",
            ["plausible.config.domain", "plausible.isEnabled"],
            true,
            |wiki, state| {
                let update = ProviderUpdate::new()
                    .set("domain", state.first("before", "wanted", "foreign"))
                    .enabled(state.second(false, true));
                wiki.analytics().update("plausible", update).await
            }
        ),
        domain!(
            "CommentsUpdateProviders",
            ["default.config.minDelay", "default.config.akismet"],
            true,
            |wiki, state| {
                let update = ProviderUpdate::new()
                    .set("minDelay", state.first(1, 2, 3))
                    .set("akismet", state.second("before", "wanted"));
                wiki.comment_providers().update("default", update).await
            }
        ),
        domain!(
            "AuthenticationUpdateStrategies",
            ["local.displayName", "local.selfRegistration"],
            true,
            |wiki, state| {
                let update = wikijs_client::providers::StrategyUpdate::new()
                    .display_name(state.first("Before", "Wanted", "Foreign"))
                    .self_registration(state.second(false, true));
                wiki.auth_strategies().update("local", update).await
            }
        ),
    ]
}
