//! `system`: the server of the wiki. The data of its machine is invented.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::errors::Failure;
use crate::state::{FakeExport, FakeGroup, FakeUser, State};
use serde_json::{Value, json};

/// The directory of the wiki on its server.
const WORKING_DIRECTORY: &str = "/wiki";

/// Programs that Wiki.js can use: key, title, description, and whether it is installed.
const EXTENSIONS: [(&str, &str, &str, bool); 2] = [
    ("git", "Git", "Keeps pages in a repository.", true),
    ("pandoc", "Pandoc", "Converts between formats.", false),
];

pub(super) fn query(call: Call<'_>) -> Resolved {
    match call.field {
        "info" => Ok(info(call).into()),
        "flags" => {
            let state = call.state();
            let flags = state.configuration.flags.iter();
            Ok(flags
                .map(|(key, value)| object! { "key" => key, "value" => flag(value) })
                .collect())
        }
        "extensions" => Ok(EXTENSIONS
            .into_iter()
            .map(|(key, title, description, is_installed)| {
                object! {
                    "key" => key,
                    "title" => title,
                    "description" => description,
                    "isInstalled" => is_installed,
                    "isCompatible" => true,
                }
            })
            .collect()),
        "exportStatus" => {
            let exports = &mut call.state().configuration.exports;
            exports.advance();
            Ok(object! {
                exports [status, progress, message, started_at],
            }
            .into())
        }
        _ => call.not_imitated(),
    }
}

fn info(call: Call<'_>) -> Object {
    let state = call.state();
    let database = state.database();
    let (db_type, db_version) = database.name_and_version();
    let total = |rows: usize| -> FieldValue {
        if call.fault.database_away {
            Failure::database_away(database.port()).into()
        } else {
            rows.into()
        }
    };
    let configuration = &state.configuration;
    let of_lets_encrypt = |text: &str| configuration.lets_encrypt.then(|| text.to_owned());
    let expiration = format!("{}-04-01T01:01:01.000Z", 2026 + configuration.renewals);
    object! {
        configuration [telemetry, telemetry_client_id, upgrade_capable],
        "configFile" => "/wiki/config.yml",
        "cpuCores" => 2_i64,
        "currentVersion" => &state.settings.version,
        "dbHost" => "127.0.0.1",
        "dbType" => db_type,
        "dbVersion" => db_version,
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
        "sslExpirationDate" => of_lets_encrypt(&expiration),
        "sslProvider" => of_lets_encrypt("letsencrypt"),
        "sslStatus" => "OK",
        "sslSubscriberEmail" => of_lets_encrypt("admin@example.com"),
        "tagsTotal" => total(state.tags.len()),
        "usersTotal" => total(state.users.len()),
        "workingDirectory" => WORKING_DIRECTORY,
    }
}

/// Returns the value of a flag. A flag whose key had a dot is an object, which is not a Boolean.
fn flag(value: &Value) -> FieldValue {
    match value.as_bool() {
        Some(value) => value.into(),
        None => Failure::graphql(format!(
            "Boolean cannot represent a non boolean value: {value}"
        ))
        .into(),
    }
}

pub(super) fn mutate(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    match call.field {
        "updateFlags" => {
            state.configuration.flags = flags(call);
            Ok(done("System Flags applied successfully").into())
        }
        // Wiki.js has the messages of these two mutations swapped.
        "resetTelemetryClientId" => {
            let number = state
                .now()
                .bytes()
                .map(u64::from)
                .fold(7, |sum, byte| (sum * 31 + byte) % 0xffff_ffff_ffff);
            state.configuration.telemetry_client_id =
                format!("00000000-0000-4000-8000-{number:012x}");
            Ok(done("Telemetry state updated successfully").into())
        }
        "setTelemetry" => {
            state.configuration.telemetry = call.flag("enabled");
            Ok(done("Telemetry Client ID has been reset successfully").into())
        }
        "setHTTPSRedirection" => {
            state.configuration.https_redirection = call.flag("enabled");
            Ok(done("HTTP Redirection state set successfully.").into())
        }
        "performUpgrade" => Ok(response_result(upgrade(&mut state))),
        "renewHTTPSCertificate" => Ok(response_result(renew(&mut state))),
        "importUsersFromV1" => Ok(response_result(import(&mut state, call))),
        "export" => Ok(response_result(export(&mut state, call))),
        _ => call.not_imitated(),
    }
}

/// Returns the flags of a request. Each key is a path into an object. Wiki.js ignores keys such as `__proto__`.
fn flags(call: Call<'_>) -> Vec<(String, Value)> {
    let mut flags: Vec<(String, Value)> = Vec::new();
    let given = json!(call.raw("flags"));
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

fn upgrade(state: &mut State) -> Resolved<Object> {
    if !state.configuration.upgrade_capable {
        return Err(Failure::error(
            "You must run the wiki-update-companion container and pass the UPGRADE_COMPANION env var in order to \
             use this feature.",
        ));
    }
    state.configuration.upgrades += 1;
    Ok(done("Upgrade has started."))
}

fn renew(state: &mut State) -> Resolved<Object> {
    if !state.configuration.lets_encrypt {
        return Err(Failure::system_ssl_disabled());
    }
    state.configuration.renewals += 1;
    Ok(done("SSL Certificate renewed successfully."))
}

fn import(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    if call.text("mongoDbConnString").len() <= 10 {
        return Err(Failure::error(
            "MongoDB Connection String is missing or invalid.",
        ));
    }
    let Some(users) = state.configuration.old_users.clone() else {
        return Err(Failure::mongo_unreachable());
    };
    let mode = call.text("groupMode");
    // All imported users get the same group.
    let group =
        (mode != "NONE").then(|| state.add_group(FakeGroup::new("Import_", ["read:pages"])));
    let mut count = 0_i64;
    let mut failed = Vec::new();
    for (provider, name, email) in users {
        if state.users.values().any(|user| user.email == email) {
            failed.push(object! {
                "provider" => &provider,
                "email" => &email,
                "error" => "An account already exists using this email address.",
            });
            continue;
        }
        state.add_user(FakeUser::new(name, email).groups(group));
        count += 1;
    }
    Ok(done("Import completed.")
        .with("usersCount", count)
        .with("groupsCount", i64::from(group.is_some()))
        .with("failed", failed))
}

fn export(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let entities = call.texts("entities").unwrap_or_default();
    let path = call.text("path");
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
    exports.polled = 0;
    Ok(done("Export started successfully."))
}
