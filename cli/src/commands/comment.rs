//! `wikijs comment`: comments of pages.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;
use wikijs_client::comments::NewComment;

use super::text_or_stdin;
use crate::{complete, context::Context, failure::Result, target::PageTarget};

const COLUMNS: [&str; 4] = ["id", "created_at", "author_name", "content"];

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the comments of a page
    List(List),
    /// Shows a comment
    Get(Get),
    /// Comments a page
    Add(Add),
    /// Changes the text of a comment
    Update(Update),
    /// Deletes a comment
    Delete(Delete),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Get(arguments) => arguments.run(context).await,
            Self::Add(arguments) => arguments.run(context).await,
            Self::Update(arguments) => arguments.run(context).await,
            Self::Delete(arguments) => arguments.run(context).await,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs comment list docs/install --json")]
pub(crate) struct List {
    /// Id, path or URL of the page
    #[arg(value_name = "PAGE", add = ArgValueCompleter::new(complete::pages))]
    page: String,
    /// Locale of the path
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
}

impl List {
    async fn run(self, context: &Context) -> Result {
        let comments = context.client()?.comments();
        let target = PageTarget::parse(&self.page, &context.wiki()?.profile.url)?;
        let (path, locale) = match target {
            PageTarget::Path(locale, path) => {
                (path, locale.or_else(|| self.locale.map(Into::into)))
            }
            PageTarget::Id(id) => {
                let page = context.client()?.pages().get(id).await?;
                (page.path.to_string(), Some(page.locale))
            }
        };
        let list = comments.list(path.as_str());
        let list = match locale {
            Some(locale) => list.locale(locale),
            None => list,
        };
        context.output.list(&list.await?, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs comment get 3 --fields content")]
pub(crate) struct Get {
    /// Id of the comment
    #[arg(value_name = "COMMENT")]
    comment: i64,
}

impl Get {
    async fn run(self, context: &Context) -> Result {
        let comment = context.client()?.comments().get(self.comment).await?;
        context.output.record(&comment, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs comment add docs/install --text 'Works on Debian, too'\n  \
                        wikijs comment add 12 --reply-to 3 < answer.md"
)]
pub(crate) struct Add {
    /// Id, path or URL of the page
    #[arg(value_name = "PAGE", add = ArgValueCompleter::new(complete::pages))]
    page: String,
    /// Text of the comment [default: standard input]
    #[arg(long, short, value_name = "TEXT")]
    text: Option<String>,
    /// Id of the comment to reply to
    #[arg(long, value_name = "COMMENT")]
    reply_to: Option<i64>,
    /// Locale of the path
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
}

impl Add {
    async fn run(self, context: &Context) -> Result {
        let text = text_or_stdin(self.text.as_ref(), "--text")?;
        let page = context.page_id(&self.page, self.locale.as_deref()).await?;
        if context.report_dry_run(format!("comment page {page}")) {
            return Ok(());
        }
        let comment = NewComment::new(text);
        let comment = match self.reply_to {
            Some(id) => comment.reply_to(id),
            None => comment,
        };
        let comment = context.client()?.comments().create(page, comment).await?;
        context.output.record(&comment, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs comment update 3 --text 'Works on Debian 12'")]
pub(crate) struct Update {
    /// Id of the comment
    #[arg(value_name = "COMMENT")]
    comment: i64,
    /// New text [default: standard input]
    #[arg(long, short, value_name = "TEXT")]
    text: Option<String>,
}

impl Update {
    async fn run(self, context: &Context) -> Result {
        let text = text_or_stdin(self.text.as_ref(), "--text")?;
        if context.report_dry_run(format!("change comment {}", self.comment)) {
            return Ok(());
        }
        let comments = context.client()?.comments();
        let comment = comments.update(self.comment, text).await?;
        context.output.record(&comment, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs comment delete 3 --yes")]
pub(crate) struct Delete {
    /// Id of the comment
    #[arg(value_name = "COMMENT")]
    comment: i64,
}

impl Delete {
    async fn run(self, context: &Context) -> Result {
        let comments = context.client()?.comments();
        let comment = comments.get(self.comment).await?;
        let what = format!("delete comment {} of {}", self.comment, comment.author_name);
        if !context.is_confirmed(&what)? {
            return Ok(());
        }
        comments.delete(self.comment).await?;
        let row = serde_json::json!({ "id": self.comment, "change": "deleted" });
        context.output.record(&row, &["id", "change"])
    }
}
