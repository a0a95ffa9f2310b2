//! `wikijs log`: the wiki's log.

use std::time::Duration;

use clap::Args;
use futures::TryStreamExt as _;
use serde_json::json;

use crate::{
    context::Context,
    credentials::Credential,
    failure::{Failure, Result},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs log --follow\n  wikijs log --follow --level warn --json | jq .output\n\n\
It needs an administrator's session, not an API key: `wikijs login URL --user EMAIL --session`.\n\n\
Wiki.js keeps no log that can be read later: only what is written from now on is seen."
)]
pub(crate) struct Log {
    /// Prints lines until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Exits after this number of lines
    #[arg(long, value_name = "NUMBER")]
    lines: Option<usize>,
    /// Exits after this number of seconds
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Only lines of this level and more serious ones: error, warn, info, verbose, debug, silly
    #[arg(long, value_name = "LEVEL", value_parser = LEVELS)]
    level: Option<String>,
}

const LEVELS: [&str; 6] = ["error", "warn", "info", "verbose", "debug", "silly"];

impl Log {
    pub(crate) async fn run(self, context: &Context) -> Result {
        if !self.follow && self.lines.is_none() && self.seconds.is_none() {
            return Err(
                Failure::usage("the log can only be followed, as Wiki.js keeps none")
                    .hint("add --follow, --lines NUMBER or --seconds NUMBER"),
            );
        }
        let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
        let least = self.level.as_deref().and_then(rank);
        if !matches!(context.wiki()?.credential, Credential::Session(_)) {
            return Err(Failure::refused("the wiki shows its log to administrators who have logged in, and not to API keys")
                .hint("`wikijs login URL --name NAME --user EMAIL --session` logs in; then add --wiki NAME"));
        }
        context.follow();
        let mut log = context.client()?.live_log().await?;
        let mut left = self.lines.unwrap_or(usize::MAX);
        let follow = async {
            while left > 0 {
                let Some(line) = log.try_next().await? else {
                    return Ok(());
                };
                if let (Some(least), Some(rank)) = (least, rank(line.level.as_str()))
                    && rank > least
                {
                    continue;
                }
                if line.after_gap {
                    context
                        .output
                        .message("the connection was broken; lines may be missing");
                }
                let row = json!({
                    "timestamp": line.timestamp,
                    "level": line.level.as_str(),
                    "output": line.plain(),
                });
                context
                    .output
                    .event(&row, &["timestamp", "level", "output"])?;
                left -= 1;
            }
            Ok(())
        };
        match self.seconds {
            None => follow.await,
            Some(seconds) => tokio::time::timeout(Duration::from_secs(seconds), follow)
                .await
                .unwrap_or(Ok(())),
        }
    }
}
