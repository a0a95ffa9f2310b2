//! `wikijs system`: the server.

use clap::{Args, Subcommand};

use crate::{context::Context, failure::Result};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the version, the machine and what the wiki holds
    Info(Info),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::Info(arguments) => arguments.run(context).await,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs system info\n  wikijs system info --fields server.current_version"
)]
pub(crate) struct Info {}

impl Info {
    async fn run(self, context: &Context) -> Result {
        let info = context.client()?.system().info().await?;
        context.output.record(
            &info,
            &[
                "server.current_version",
                "server.latest_version",
                "pages_total",
                "users_total",
                "groups_total",
                "tags_total",
                "server.db_type",
                "server.db_version",
                "server.node_version",
                "server.operating_system",
                "server.hostname",
            ],
        )
    }
}
