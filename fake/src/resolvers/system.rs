//! `system`: the server of the wiki. The data of its machine is invented.

use super::{Call, FieldValue, Object, Resolved, done, object, response_result};
use crate::errors::{Code, Failure, ensure};
use crate::state::configuration::defaults;
use crate::state::{FakeExport, FakeGroup, FakeUser, State};
use serde_json::{Value, json};

/// The directory of the wiki on its server.
const WORKING_DIRECTORY: &str = "/wiki";

pub(super) fn resolve(call: Call<'_>) -> Resolved {
    let mut state = call.state();
    let state = &mut *state;
    let configuration = &mut state.configuration;
    Ok(response_result(match call.field {
        "info" => return Ok(info(state, call).into()),
        "flags" => return Ok(configuration.flags.iter().map(flag).collect()),
        "extensions" => return Ok(defaults("extensions").into()),
        "exportStatus" => {
            let exports = &mut configuration.exports;
            exports.advance();
            return Ok(object! { exports [status, progress, message, started_at] }.into());
        }
        "updateFlags" => {
            configuration.flags = flags(call);
            Ok(done("System Flags applied successfully"))
        }
        // Wiki.js has the messages of these two mutations swapped.
        "resetTelemetryClientId" => {
            let digits = state.now().replace(|c: char| !c.is_ascii_digit(), "");
            let number = digits.parse::<u64>().unwrap_or_default() % 0xffff_ffff_ffff;
            let id = format!("00000000-0000-4000-8000-{number:012x}");
            state.configuration.telemetry_client_id = id;
            Ok(done("Telemetry state updated successfully"))
        }
        "setTelemetry" => {
            configuration.telemetry = call.flag("enabled");
            Ok(done("Telemetry Client ID has been reset successfully"))
        }
        "setHTTPSRedirection" => {
            configuration.https_redirection = call.flag("enabled");
            Ok(done("HTTP Redirection state set successfully."))
        }
        "performUpgrade" => upgrade(state),
        "renewHTTPSCertificate" => renew(state),
        "importUsersFromV1" => import(state, call),
        "export" => export(state, call),
        _ => return call.not_imitated(),
    }))
}

fn info(state: &State, call: Call<'_>) -> Object {
    let database = state.database().profile();
    let total = |rows: usize| -> FieldValue {
        if call.fault.database_away {
            Failure::database_away(database.port).into()
        } else {
            rows.into()
        }
    };
    let configuration = &state.configuration;
    let info = object! {
        configuration [telemetry, telemetry_client_id, upgrade_capable],
        "currentVersion" => &state.settings.version,
        "dbType" => &database.name,
        "dbVersion" => &database.version,
        "groupsTotal" => total(state.groups.len()),
        "httpRedirection" => configuration.https_redirection,
        "latestVersion" => &state.settings.version,
        "pagesTotal" => total(state.pages.len()),
        "tagsTotal" => total(state.tags.len()),
        "usersTotal" => total(state.users.len()),
    };
    let info = info.with_all(defaults("system"));
    if !configuration.lets_encrypt {
        return info.with("httpsPort", 0_i64);
    }
    let expiration = format!("{}-04-01T01:01:01.000Z", 2026 + configuration.renewals);
    info.with("sslExpirationDate", expiration)
        .with_all(defaults("certificate"))
}

/// Returns a flag. The value of one whose key had a dot is an object, which is not a Boolean.
fn flag((key, value): &(String, Value)) -> Object {
    let refused = || {
        Failure::graphql(format!(
            "Boolean cannot represent a non boolean value: {value}"
        ))
    };
    let value = value
        .as_bool()
        .map_or_else(|| refused().into(), FieldValue::from);
    object! { "key" => key, "value" => value }
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
    let message = "You must run the wiki-update-companion container and pass the UPGRADE_COMPANION env var in order \
                   to use this feature.";
    ensure(state.configuration.upgrade_capable, || {
        Failure::error(message)
    })?;
    state.configuration.upgrades += 1;
    Ok(done("Upgrade has started."))
}

fn renew(state: &mut State) -> Resolved<Object> {
    let has_certificate = state.configuration.lets_encrypt;
    ensure(has_certificate, || Code::SystemSslDisabled)?;
    state.configuration.renewals += 1;
    Ok(done("SSL Certificate renewed successfully."))
}

fn import(state: &mut State, call: Call<'_>) -> Resolved<Object> {
    let is_address = call.text("mongoDbConnString").len() > 10;
    let message = "MongoDB Connection String is missing or invalid.";
    ensure(is_address, || Failure::error(message))?;
    let users = state.configuration.old_users.clone();
    let users = users.ok_or_else(Failure::mongo_unreachable)?;
    // All imported users get the same group.
    let add_group = || state.add_group(FakeGroup::new("Import_", ["read:pages"]));
    let group = (call.text("groupMode") != "NONE").then(add_group);
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
    let path = match call.text("path") {
        path if path.starts_with('/') => path.to_owned(),
        path => format!("{WORKING_DIRECTORY}/{path}"),
    };
    let path = path.trim_end_matches('/').to_owned();
    let now = state.now();
    let exports = &mut state.configuration.exports;
    let message = "Another export is already running.";
    ensure(exports.status != "running", || Failure::error(message))?;
    let message = "Must specify at least 1 entity to export.";
    ensure(!entities.is_empty(), || Failure::error(message))?;
    let is_full = ["", WORKING_DIRECTORY].contains(&&*path)
        || exports.begun.iter().any(|export| export.path == path);
    let message = "Target directory must be empty!";
    ensure(!is_full, || Failure::error(message))?;
    let entities = entities.into_iter().map(str::to_owned).collect();
    exports.begun.push(FakeExport { path, entities });
    exports.reset("running", Some(now));
    Ok(done("Export started successfully."))
}
