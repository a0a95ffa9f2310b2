//! Generates `wikijs_client::api` from the documents under `queries/`, those of the features that are on.

use std::env;

/// Documents of every build, whichever features are on.
const ALWAYS: [&str; 7] = [
    "queries/status.graphql",
    "queries/pages",
    "queries/authentication/login",
    "queries/system/check.graphql",
    "queries/system/default_locale.graphql",
    "queries/system/installed_locales.graphql",
    "queries/users/who_am_i.graphql",
];

/// Documents that belong to a feature.
const BY_FEATURE: [(&str, &[&str]); 5] = [
    (
        "ADMIN",
        &[
            "queries/analytics",
            "queries/api_keys",
            "queries/auth_strategies",
            "queries/comment_providers",
            "queries/contribute",
            "queries/localization",
            "queries/logging",
            "queries/mail",
            "queries/navigation",
            "queries/provider_setting.graphql",
            "queries/rendering",
            "queries/search",
            "queries/site",
            "queries/storage",
            "queries/system",
            "queries/theming",
        ],
    ),
    ("ASSETS", &["queries/assets"]),
    ("COMMENTS", &["queries/comments"]),
    ("LIVE_LOG", &["queries/live_log"]),
    (
        "USERS",
        &["queries/authentication", "queries/groups", "queries/users"],
    ),
];

fn is_enabled(feature: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{feature}")).is_some()
}

fn main() {
    let enabled = BY_FEATURE
        .into_iter()
        .filter(|(feature, _)| is_enabled(feature))
        .flat_map(|(_, paths)| paths.iter().copied());
    ALWAYS
        .into_iter()
        .chain(enabled)
        .fold(wikijs_codegen::configure(), |config, path| {
            config.queries(path)
        })
        .crate_path("crate")
        // What older wikis lack is left out.
        .optional_parts(true)
        .compile_or_exit();
}
