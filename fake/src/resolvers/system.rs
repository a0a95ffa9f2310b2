//! `system`: information about the wiki. What only a machine has is made up.

use crate::errors::Failure;
use crate::execute::{Answer, Context, record};

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    if field != "info" {
        return Err(Failure::not_imitated("SystemQuery", field));
    }
    let state = context.shared.state();
    let total = |rows: usize| -> Answer {
        if context.trouble.database_away {
            Failure::database_away().into()
        } else {
            rows.into()
        }
    };
    Ok(record! {
        "configFile" => "/wiki/config.yml",
        "cpuCores" => 2_i64,
        "currentVersion" => &state.settings.version,
        "dbHost" => "127.0.0.1",
        "dbType" => "PostgreSQL",
        "dbVersion" => "15.18",
        "groupsTotal" => total(state.groups.len()),
        "hostname" => "wikijs-fake",
        "httpPort" => 3000_i64,
        "httpRedirection" => false,
        "httpsPort" => 0_i64,
        "latestVersion" => &state.settings.version,
        "latestVersionReleaseDate" => "2026-01-01T01:01:01.000Z",
        "nodeVersion" => "20.20.2",
        "operatingSystem" => "wikijs-fake",
        "pagesTotal" => total(state.pages.len()),
        "platform" => "docker",
        "ramTotal" => "1 GB",
        "sslStatus" => "OK",
        "tagsTotal" => total(state.tags.len()),
        "telemetry" => false,
        "telemetryClientId" => "00000000-0000-4000-8000-000000000000",
        "upgradeCapable" => false,
        "usersTotal" => total(state.users.len()),
        "workingDirectory" => "/wiki",
    }
    .into())
}
