//! Generates `wikijs_client::api` from the documents under `queries/`, those of the features that are on.

use std::env;

/// What the client sends whatever features are on.
const ALWAYS: [&str; 5] = [
    "queries/status.graphql",
    "queries/pages",
    "queries/authentication/login",
    "queries/system/check.graphql",
    "queries/users/who_am_i.graphql",
];

/// What belongs to a feature.
const BY_FEATURE: [(&str, &str); 19] = [
    ("ANALYTICS", "queries/analytics"),
    ("API_KEYS", "queries/api_keys"),
    ("ASSETS", "queries/assets"),
    ("AUTH", "queries/authentication"),
    ("COMMENTS", "queries/comments"),
    ("CONTRIBUTE", "queries/contribute"),
    ("GROUPS", "queries/groups"),
    ("LIVE_LOG", "queries/live_log"),
    ("LOCALES", "queries/localization"),
    ("LOGGERS", "queries/logging"),
    ("MAIL", "queries/mail"),
    ("NAVIGATION", "queries/navigation"),
    ("RENDERERS", "queries/rendering"),
    ("SEARCH_ENGINES", "queries/search"),
    ("SITE", "queries/site"),
    ("STORAGE", "queries/storage"),
    ("SYSTEM", "queries/system"),
    ("THEME", "queries/theming"),
    ("USERS", "queries/users"),
];

/// What belongs to the features of providers, which all have settings.
const PROVIDERS: &str = "queries/provider_setting.graphql";

const HAVE_PROVIDERS: [&str; 7] = [
    "ANALYTICS",
    "AUTH",
    "COMMENTS",
    "LOGGERS",
    "RENDERERS",
    "SEARCH_ENGINES",
    "STORAGE",
];

fn is_enabled(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{feature}")).is_some()
}

fn main() {
    let enabled = BY_FEATURE
        .into_iter()
        .filter(|(feature, _)| is_enabled(feature))
        .map(|(_, folder)| folder);
    let of_providers = HAVE_PROVIDERS
        .into_iter()
        .any(is_enabled)
        .then_some(PROVIDERS);
    ALWAYS
        .into_iter()
        .chain(enabled)
        .chain(of_providers)
        .fold(wikijs_codegen::configure(), |config, path| {
            config.queries(path)
        })
        .crate_path("crate")
        .compile_or_exit();
}
