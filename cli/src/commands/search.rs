//! `wikijs search`: full-text search.

use clap::Args;
use clap_complete::ArgValueCompleter;

use crate::{
    complete,
    context::Context,
    failure::{Failure, Result},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs search install\n  wikijs search 'mail server' --prefix docs --json"
)]
pub(crate) struct Search {
    /// Text to look for
    #[arg(value_name = "TEXT", required = true)]
    text: Vec<String>,
    /// Only pages at and below this path
    #[arg(long, value_name = "PATH", add = ArgValueCompleter::new(complete::pages))]
    prefix: Option<String>,
    /// Only pages of this locale
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
    /// Maximum number of pages
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl Search {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let text = self.text.join(" ");
        let mut search = context.client()?.pages().search(text.as_str());
        if let Some(prefix) = &self.prefix {
            search = search.path_prefix(prefix.trim_matches('/'));
        }
        if let Some(locale) = &self.locale {
            search = search.locale(locale.as_str());
        }
        if let Some(limit) = self.limit {
            search = search.limit(limit);
        }
        let results = search.await?;
        context
            .output
            .list(&results.hits, &["id", "locale", "path", "title"])?;
        if !results.hits.is_empty() {
            return Ok(());
        }
        let mut message = format!("nothing found for `{text}`");
        if !results.suggestions.is_empty() {
            message += &format!("; did you mean {}?", results.suggestions.join(", "));
        }
        context.output.message(message);
        Err(Failure::no())
    }
}
