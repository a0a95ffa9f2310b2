//! `system`: the server of the wiki. What only a machine has is made up.

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::configuration::FakeExport;
use crate::state::{FakeGroup, FakeUser, State};
use serde_json::{Value, json};

/// Where the wiki runs.
const WORKING_DIRECTORY: &str = "/wiki";

/// The programs that Wiki.js can use: key, title, what for, whether it is installed.
const EXTENSIONS: [(&str, &str, &str, bool); 2] = [
    ("git", "Git", "Keeps pages in a repository.", true),
    ("pandoc", "Pandoc", "Converts between formats.", false),
];

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    match field {
        "info" => Ok(info(context).into()),
        "flags" => {
            let state = context.shared.state();
            let flags = state.configuration.flags.iter();
            Ok(flags
                .map(|(key, value)| record! { "key" => key, "value" => flag(value) })
                .collect())
        }
        "extensions" => Ok(EXTENSIONS
            .into_iter()
            .map(|(key, title, description, is_installed)| {
                record! {
                    "key" => key,
                    "title" => title,
                    "description" => description,
                    "isInstalled" => is_installed,
                    "isCompatible" => true,
                }
            })
            .collect()),
        "exportStatus" => {
            let exports = &mut context.shared.state().configuration.exports;
            exports.get_on();
            Ok(record! {
                "status" => exports.status,
                "progress" => exports.progress,
                "message" => &exports.message,
                "startedAt" => exports.started_at.as_ref(),
            }
            .into())
        }
        _ => Err(Failure::not_imitated("SystemQuery", field)),
    }
}

fn info(context: &Context) -> Record {
    let state = context.shared.state();
    let total = |rows: usize| -> Answer {
        if context.trouble.database_away {
            Failure::database_away().into()
        } else {
            rows.into()
        }
    };
    let configuration = &state.configuration;
    let of_lets_encrypt = |text: &'static str| configuration.lets_encrypt.then_some(text);
    record! {
        "configFile" => "/wiki/config.yml",
        "cpuCores" => 2_i64,
        "currentVersion" => &state.settings.version,
        "dbHost" => "127.0.0.1",
        "dbType" => "PostgreSQL",
        "dbVersion" => "15.18",
        "groupsTotal" => total(state.groups.len()),
        "hostname" => "wikijs-fake",
        "httpPort" => 3000_i64,
        "httpRedirection" => configuration.https_redirection,
        "httpsPort" => if configuration.lets_encrypt { 3443_i64 } else { 0 },
        "latestVersion" => &state.settings.version,
        "latestVersionReleaseDate" => "2026-01-01T01:01:01.000Z",
        "nodeVersion" => "20.20.2",
        "operatingSystem" => "wikijs-fake",
        "pagesTotal" => total(state.pages.len()),
        "platform" => "docker",
        "ramTotal" => "1 GB",
        "sslDomain" => of_lets_encrypt("wiki.example.com"),
        "sslExpirationDate" => of_lets_encrypt("2026-04-01T01:01:01.000Z"),
        "sslProvider" => of_lets_encrypt("letsencrypt"),
        "sslStatus" => "OK",
        "sslSubscriberEmail" => of_lets_encrypt("admin@example.com"),
        "tagsTotal" => total(state.tags.len()),
        "telemetry" => configuration.telemetry,
        "telemetryClientId" => &configuration.telemetry_client_id,
        "upgradeCapable" => configuration.upgrade_capable,
        "usersTotal" => total(state.users.len()),
        "workingDirectory" => WORKING_DIRECTORY,
    }
}

/// A flag whose key had a dot is an object, which is no Boolean.
fn flag(value: &Value) -> Answer {
    match value.as_bool() {
        Some(value) => value.into(),
        None => Failure::graphql(format!(
            "Boolean cannot represent a non boolean value: {value}"
        ))
        .into(),
    }
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let mut state = context.shared.state();
    match field {
        "updateFlags" => {
            state.configuration.flags = flags(arguments);
            Ok(outcome::done("System Flags applied successfully").into())
        }
        // The messages of these two are mixed up in Wiki.js.
        "resetTelemetryClientId" => {
            let number = state
                .now()
                .bytes()
                .map(u64::from)
                .fold(7, |sum, byte| (sum * 31 + byte) % 0xffff_ffff_ffff);
            state.configuration.telemetry_client_id =
                format!("00000000-0000-4000-8000-{number:012x}");
            Ok(outcome::done("Telemetry state updated successfully").into())
        }
        "setTelemetry" => {
            state.configuration.telemetry = arguments.flag("enabled");
            Ok(outcome::done("Telemetry Client ID has been reset successfully").into())
        }
        "setHTTPSRedirection" => {
            state.configuration.https_redirection = arguments.flag("enabled");
            Ok(outcome::done("HTTP Redirection state set successfully.").into())
        }
        "performUpgrade" => Ok(outcome::of(upgrade(&mut state))),
        "renewHTTPSCertificate" => Ok(outcome::of(renew(&mut state))),
        "importUsersFromV1" => Ok(outcome::of(import(&mut state, arguments))),
        "export" => Ok(outcome::of(export(&mut state, arguments))),
        _ => Err(Failure::not_imitated("SystemMutation", field)),
    }
}

/// Each key is a path into an object; some are taken for attacks on it and ignored.
fn flags(arguments: Arguments<'_>) -> Vec<(String, Value)> {
    let mut flags: Vec<(String, Value)> = Vec::new();
    let given = json!(arguments.raw("flags"));
    for row in given.as_array().into_iter().flatten() {
        let path = row["key"].as_str().unwrap_or_default();
        let (key, value) = match path.split_once('.') {
            Some((key, inner)) => (key, json!({ inner: row["value"] })),
            None => (path, row["value"].clone()),
        };
        if ["__proto__", "constructor", "prototype"].contains(&key) {
            continue;
        }
        match flags.iter_mut().find(|(own, _)| own == key) {
            Some((_, own)) => *own = value,
            None => flags.push((key.to_owned(), value)),
        }
    }
    flags
}

fn upgrade(state: &mut State) -> Result<Record, Failure> {
    if !state.configuration.upgrade_capable {
        return Err(Failure::error(
            "You must run the wiki-update-companion container and pass the UPGRADE_COMPANION env var in order to \
             use this feature.",
        ));
    }
    state.configuration.upgrades += 1;
    Ok(outcome::done("Upgrade has started."))
}

fn renew(state: &mut State) -> Result<Record, Failure> {
    if !state.configuration.lets_encrypt {
        return Err(Failure::system_ssl_disabled());
    }
    state.configuration.renewals += 1;
    Ok(outcome::done("SSL Certificate renewed successfully."))
}

fn import(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    if arguments
        .text("mongoDbConnString")
        .unwrap_or_default()
        .len()
        <= 10
    {
        return Err(Failure::error(
            "MongoDB Connection String is missing or invalid.",
        ));
    }
    let Some(users) = state.configuration.old_users.clone() else {
        return Err(Failure::mongo_unreachable());
    };
    let mode = arguments.text("groupMode").unwrap_or_default();
    // All users of the fake have the same rights.
    let group =
        (mode != "NONE").then(|| state.add_group(FakeGroup::new("Import_", ["read:pages"])));
    let mut count = 0_i64;
    let mut failed = Vec::new();
    for (provider, name, email) in users {
        if state.users.values().any(|user| user.email == email) {
            failed.push(record! {
                "provider" => &provider,
                "email" => &email,
                "error" => "An account already exists using this email address.",
            });
            continue;
        }
        state.add_user(FakeUser::new(name, email).groups(group));
        count += 1;
    }
    Ok(outcome::done("Import completed.")
        .with("usersCount", count)
        .with("groupsCount", i64::from(group.is_some()))
        .with("failed", failed))
}

fn export(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let entities = arguments.texts("entities").unwrap_or_default();
    let path = arguments.text("path").unwrap_or_default();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{WORKING_DIRECTORY}/{path}")
    };
    let path = path.trim_end_matches('/').to_owned();
    let now = state.now();
    let exports = &mut state.configuration.exports;
    if exports.status == "running" {
        return Err(Failure::error("Another export is already running."));
    }
    if entities.is_empty() {
        return Err(Failure::error("Must specify at least 1 entity to export."));
    }
    let is_full = path.is_empty()
        || path == WORKING_DIRECTORY
        || exports.begun.iter().any(|export| export.path == path);
    if is_full {
        return Err(Failure::error("Target directory must be empty!"));
    }
    exports.begun.push(FakeExport {
        path,
        entities: entities.into_iter().map(str::to_owned).collect(),
    });
    exports.status = "running";
    exports.progress = 0;
    exports.message = String::new();
    exports.started_at = Some(now);
    exports.looked = 0;
    Ok(outcome::done("Export started successfully."))
}
