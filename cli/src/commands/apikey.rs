//! `wikijs apikey`: keys of the API.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::json;
use wikijs_client::api_keys::{KeyLifetime, NewApiKey};

use super::group;
use crate::{
    context::Context,
    failure::{Failure, Result},
};

const COLUMNS: [&str; 5] = ["id", "name", "key_short", "expires", "is_revoked"];

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists API keys
    List(List),
    /// Creates an API key and prints it; it cannot be shown again
    Create(Create),
    /// Revokes an API key
    Revoke(Revoke),
    /// Lets the wiki accept API keys
    Enable(Enable),
    /// Makes the wiki reject all API keys
    Disable(Disable),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Create(arguments) => arguments.run(context).await,
            Self::Revoke(arguments) => arguments.run(context).await,
            Self::Enable(arguments) => arguments.run(context).await,
            Self::Disable(arguments) => arguments.run(context).await,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs apikey list --json")]
pub(crate) struct List {}

impl List {
    async fn run(self, context: &Context) -> Result {
        let keys = context.client()?.api_keys().list().await?;
        context.output.list(&keys, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs apikey create 'nightly backup' --group Readers --days 365 --quiet > key.txt\n\n\
The key is printed on standard output and cannot be shown again."
)]
pub(crate) struct Create {
    /// Name of the key, such as its purpose
    #[arg(value_name = "NAME")]
    name: String,
    /// Id or name of the group whose permissions the key has
    #[arg(long, value_name = "GROUP", required_unless_present = "full_access")]
    group: Option<String>,
    /// Gives the key all permissions
    #[arg(long, conflicts_with = "group")]
    full_access: bool,
    /// Number of days until the key expires
    #[arg(long, value_name = "NUMBER", default_value_t = 365)]
    days: u32,
}

impl Create {
    async fn run(self, context: &Context) -> Result {
        let lifetime = KeyLifetime::days(self.days);
        let key = match &self.group {
            Some(name) => {
                let group = group::find(context, name).await?;
                NewApiKey::for_group(self.name.as_str(), group, lifetime)
            }
            None => NewApiKey::full_access(self.name.as_str(), lifetime),
        };
        if context.report_dry_run(format!("create the API key \"{}\"", self.name)) {
            return Ok(());
        }
        let created = context.client()?.api_keys().create(key).await?;
        let row = json!({
            "key": created.key.expose_secret(),
            "id": created.entry.id,
            "name": created.entry.name,
            "expires": created.entry.expires,
        });
        context
            .output
            .record(&row, &["key", "id", "name", "expires"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs apikey revoke 4")]
pub(crate) struct Revoke {
    /// Id of the key
    #[arg(value_name = "KEY")]
    key: i64,
}

impl Revoke {
    async fn run(self, context: &Context) -> Result {
        let keys = context.client()?.api_keys();
        let all = keys.list().await?;
        let key = all
            .into_iter()
            .find(|key| key.id == self.key)
            .ok_or_else(|| {
                Failure::not_found(format!("there is no API key {}", self.key))
                    .hint("`wikijs apikey list` lists them")
            })?;
        context.confirm(&format!("revoke API key {} \"{}\"", key.id, key.name))?;
        if context.report_dry_run(format!("revoke API key {}", key.id)) {
            return Ok(());
        }
        keys.revoke(key.id).await?;
        let row = json!({ "id": key.id, "name": key.name, "change": "revoked" });
        context.output.record(&row, &["id", "name", "change"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs apikey enable")]
pub(crate) struct Enable {}

impl Enable {
    async fn run(self, context: &Context) -> Result {
        switch(context, true).await
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs apikey disable      also locks out the key that it is run with"
)]
pub(crate) struct Disable {}

impl Disable {
    async fn run(self, context: &Context) -> Result {
        context.confirm("make the wiki reject all API keys")?;
        switch(context, false).await
    }
}

async fn switch(context: &Context, enabled: bool) -> Result {
    let verb = if enabled { "enable" } else { "disable" };
    if context.report_dry_run(format!("{verb} API keys")) {
        return Ok(());
    }
    let keys = context.client()?.api_keys();
    if enabled {
        keys.set_state(true).await?;
    } else {
        keys.lock_out_api_keys().await?;
    }
    context
        .output
        .record(&json!({ "enabled": enabled }), &["enabled"])
}
