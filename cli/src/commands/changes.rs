//! `wikijs changes`: changed pages.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use wikijs_client::{
    Timestamp,
    pages::{ChangesSince, PageChange},
};

use crate::{
    complete,
    context::Context,
    failure::{Failure, Result},
};

const COLUMNS: [&str; 5] = ["updated_at", "change", "id", "path", "title"];

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs changes --since 2d\n  wikijs changes --since 2024-05-01 --prefix docs --json\n  \
                        wikijs changes --follow      until Ctrl-C; with --json one object a line"
)]
pub(crate) struct Changes {
    /// Time, or how long ago: `2024-05-01`, `2024-05-01T12:00:00Z`, `30m`, `12h`, `7d`
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Prints further changes until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Time between two requests, with --follow
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    every: u64,
    /// Only pages at and below this path
    #[arg(long, value_name = "PATH", add = ArgValueCompleter::new(complete::pages))]
    prefix: Option<String>,
    /// Only pages of this locale
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
}

impl Changes {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let since = match &self.since {
            Some(since) => moment(since)?.into(),
            None if self.follow => ChangesSince::now(),
            None => moment("1d")?.into(),
        };
        let mut watch = context
            .client()?
            .pages()
            .changes(since)
            .every(Duration::from_secs(self.every.max(1)));
        if let Some(prefix) = &self.prefix {
            watch = watch.path_prefix(prefix.trim_matches('/'));
        }
        if let Some(locale) = &self.locale {
            watch = watch.locale(locale.as_str());
        }
        if !self.follow {
            let changes = watch.await?.changes;
            let rows: Vec<Value> = changes.iter().map(row).collect();
            return context.output.list(&rows, &COLUMNS);
        }
        context.follow();
        let mut stream = watch.with_moves_and_deletions().stream();
        while let Some(change) = stream.try_next().await? {
            context.output.event(&row(&change), &COLUMNS)?;
        }
        Ok(())
    }
}

fn row(change: &PageChange) -> Value {
    let page = change.page();
    let (what, from) = match change {
        PageChange::Created(_) => ("created", None),
        PageChange::Moved { from, .. } => ("moved", Some(from)),
        PageChange::Deleted { last, .. } => ("deleted", last.as_ref()),
        _ => ("updated", None),
    };
    json!({
        "change": what,
        "id": change.id(),
        "locale": page.map(|page| &page.locale),
        "path": page.map(|page| &page.path),
        "title": page.map(|page| &page.title),
        "updated_at": page.map(|page| &page.updated_at),
        "from": from.map(ToString::to_string),
    })
}

/// Parses a time, or a duration before now such as `7d`.
fn moment(text: &str) -> Result<Timestamp> {
    let wrong = || {
        Failure::usage(format!("--since: `{text}` is no time"))
            .hint("write 2024-05-01, 2024-05-01T12:00:00Z, or how long ago: 30m, 12h, 7d")
    };
    let ago = |seconds: i64| -> Result<Timestamp> {
        let now = jiff::Timestamp::now();
        let then = now.checked_sub(jiff::SignedDuration::from_secs(seconds));
        Ok(then.map_err(|_| wrong())?.into())
    };
    let unit = |letter: char| match letter {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86_400),
        'w' => Some(604_800),
        _ => None,
    };
    if let Some((at, letter)) = text.char_indices().last()
        && let (Ok(number), Some(unit)) = (text[..at].parse::<i64>(), unit(letter))
    {
        return ago(number.saturating_mul(unit));
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.into());
    }
    let day = text.parse::<jiff::civil::Date>().map_err(|_| wrong())?;
    let day = format!("{day}T00:00:00Z").parse::<jiff::Timestamp>();
    Ok(day.map_err(|_| wrong())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations_are_parsed() {
        assert_eq!(
            moment("2024-05-01").unwrap().as_str(),
            "2024-05-01T00:00:00.000Z"
        );
        assert_eq!(
            moment("2024-05-01T12:00:00+02:00").unwrap().as_str(),
            "2024-05-01T10:00:00.000Z"
        );
        let ago = moment("2h").unwrap().to_jiff().unwrap();
        let ago = jiff::Timestamp::now().duration_since(ago).as_secs();
        assert!((7_200..7_300).contains(&ago), "{ago}");
        assert!(moment("yesterday").is_err());
    }
}
