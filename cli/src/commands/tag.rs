//! `wikijs tag`: tags of the whole wiki. `wikijs page tag` adds them to pages.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;
use wikijs_client::pages::PageTag;

use crate::{
    complete,
    context::Context,
    failure::{Failure, Result},
    output::closest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists tags
    List(List),
    /// Renames a tag on all pages
    Rename(Rename),
    /// Deletes a tag from all pages
    Delete(Delete),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Rename(arguments) => arguments.run(context).await,
            Self::Delete(arguments) => arguments.run(context).await,
        }
    }
}

/// Finds a tag by its name or id.
async fn find(context: &Context, name: &str) -> Result<PageTag> {
    let tags = context.client()?.pages().tags().await?;
    let is_it =
        |tag: &&PageTag| tag.tag.as_str() == name.to_lowercase() || tag.id.to_string() == name;
    if let Some(tag) = tags.iter().find(is_it) {
        return Ok(tag.clone());
    }
    let failure = Failure::not_found(format!("there is no tag `{name}`"));
    Err(
        match closest(name, tags.iter().map(|tag| tag.tag.as_str())) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`wikijs tag list` lists them"),
        },
    )
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs tag list\n  wikijs tag list inst --json")]
pub(crate) struct List {
    /// Only tags that contain this text
    #[arg(value_name = "TEXT")]
    text: Option<String>,
}

impl List {
    async fn run(self, context: &Context) -> Result {
        let mut tags = context.client()?.pages().tags().await?;
        if let Some(text) = &self.text {
            tags.retain(|tag| tag.tag.as_str().contains(&text.to_lowercase()));
        }
        tags.sort_by(|one, other| one.tag.cmp(&other.tag));
        context.output.list(&tags, &["tag", "title", "updated_at"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs tag rename howto how-to --title 'How-to'")]
pub(crate) struct Rename {
    /// Name or id of the tag
    #[arg(value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    tag: String,
    /// New name
    #[arg(value_name = "NAME")]
    name: String,
    /// New title [default: the new name]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

impl Rename {
    async fn run(self, context: &Context) -> Result {
        let tag = find(context, &self.tag).await?;
        if context.report_dry_run(format!("rename the tag `{}` to `{}`", tag.tag, self.name)) {
            return Ok(());
        }
        let title = self.title.unwrap_or_else(|| self.name.clone());
        let pages = context.client()?.pages();
        pages.update_tag(tag.id, self.name.as_str(), title).await?;
        let renamed = find(context, &tag.id.to_string()).await?;
        context.output.record(&renamed, &["id", "tag", "title"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs tag delete obsolete")]
pub(crate) struct Delete {
    /// Name or id of the tag
    #[arg(value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    tag: String,
}

impl Delete {
    async fn run(self, context: &Context) -> Result {
        let tag = find(context, &self.tag).await?;
        context.confirm(&format!("delete the tag `{}` from all pages", tag.tag))?;
        if context.report_dry_run(format!("delete the tag `{}`", tag.tag)) {
            return Ok(());
        }
        context.client()?.pages().delete_tag(tag.id).await?;
        let row = serde_json::json!({ "id": tag.id, "tag": tag.tag, "change": "deleted" });
        context.output.record(&row, &["id", "tag", "change"])
    }
}
