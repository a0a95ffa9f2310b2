//! Commands that change pages.

use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use clap::Args;
use clap_complete::ArgValueCompleter;
use futures::StreamExt as _;
use wikijs_client::{
    Editor,
    pages::{NewPage, PageUpdate, bulk::Step},
};

use super::{Target, Targets, edit};
use crate::{
    arguments::comma_separated,
    bulk,
    commands::read_text,
    complete,
    context::Context,
    failure::{Exit, Failure, Result},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page create docs/install --title Install --file install.md\n  \
                        echo '# Notes' | wikijs page create notes --title Notes --tag draft\n  \
                        wikijs page create docs/new --title New      opens your editor"
)]
pub(crate) struct Create {
    /// Path of the new page
    #[arg(value_name = "PATH", add = ArgValueCompleter::new(complete::folders))]
    path: String,
    /// Title [default: the last segment of the path]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Tags, separated by commas
    #[arg(long, value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    tag: Vec<String>,
    /// File with the text, `-` for standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The text itself
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    content: Option<String>,
    /// Editor of the page: markdown, code (HTML), ckeditor, asciidoc
    #[arg(long, value_name = "KEY", default_value = "markdown")]
    editor: String,
    /// Creates the page unpublished
    #[arg(long)]
    draft: bool,
    /// Locale of the page
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
    /// Overwrites an existing page
    #[arg(long)]
    overwrite: bool,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result {
        let path = self.path.trim_matches('/').to_owned();
        let last = path.rsplit('/').next().unwrap_or(&path);
        let title = self.title.clone().unwrap_or_else(|| last.to_owned());
        let content = match (&self.content, &self.file) {
            (Some(text), _) => text.clone(),
            (None, Some(file)) => read_text(file)?,
            (None, None) if io::stdin().is_terminal() => edit::new_text(&title)?,
            (None, None) => read_text("-".as_ref())?,
        };
        if content.trim().is_empty() {
            return Err(
                Failure::usage("the page would have no text; nothing was created")
                    .hint("give it with --file, --content, or standard input"),
            );
        }
        let mut page = NewPage::new(path.as_str(), title, content)
            .editor(self.editor.as_str())
            .published(!self.draft)
            .tags(comma_separated(&self.tag));
        if let Some(description) = self.description {
            page = page.description(description);
        }
        if let Some(locale) = self.locale {
            page = page.locale(locale);
        }
        let pages = context.client()?.pages();
        let steps = if self.overwrite {
            pages.upsert_many([page])
        } else {
            pages.create_many([page])
        };
        bulk::run(context, steps, 1)
            .await
            .map_err(|failure| match failure.exit {
                Exit::Conflict => {
                    failure.hint("`wikijs page update` changes the page; --overwrite replaces it")
                }
                _ => failure,
            })
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page update docs/install --title 'How to install'\n  \
                        wikijs page update 12 --file install.md\n  \
                        wikijs page list --tag done --quiet | wikijs page update - --unpublish"
)]
pub(crate) struct Update {
    #[command(flatten)]
    targets: Targets,
    /// New title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// New description; empty for none
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// File with the new text, `-` for standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The new text itself
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    content: Option<String>,
    /// Publishes the pages
    #[arg(long)]
    publish: bool,
    /// Unpublishes the pages
    #[arg(long, conflicts_with = "publish")]
    unpublish: bool,
    /// Replaces all tags
    #[arg(long, value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    tag: Vec<String>,
    /// Fails with exit code 6 if the page was changed after this time (its field `updated_at`)
    #[arg(long, value_name = "TIME")]
    if_unmodified: Option<String>,
}

impl Update {
    pub(super) async fn run(self, context: &Context) -> Result {
        let mut update = PageUpdate::new();
        let empty = PageUpdate::new();
        if let Some(title) = self.title {
            update = update.title(title);
        }
        if let Some(description) = self.description {
            update = update.description(description);
        }
        if let Some(file) = &self.file {
            if file.as_os_str() == "-" && self.targets.pages.iter().any(|page| page == "-") {
                return Err(Failure::usage(
                    "standard input cannot be both the pages and the text",
                ));
            }
            update = update.content(read_text(file)?);
        }
        if let Some(content) = self.content {
            update = update.content(content);
        }
        if self.publish || self.unpublish {
            update = update.published(self.publish);
        }
        if !self.tag.is_empty() {
            update = update.tags(comma_separated(&self.tag));
        }
        if update == empty {
            return Err(Failure::nothing_to_change("page update"));
        }
        if let Some(time) = self.if_unmodified {
            update = update.if_unmodified(time.as_str());
        }
        let ids = self.targets.ids(context).await?;
        let total = ids.len();
        let steps = ids.into_iter().map(move |id| (id, update.clone()));
        let steps: Vec<_> = steps.collect();
        bulk::run(context, context.client()?.pages().update_many(steps), total).await
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page move docs/instal docs/install\n  \
                        wikijs page move 12 archive/install --dry-run"
)]
pub(crate) struct Move {
    #[command(flatten)]
    target: Target,
    /// New path
    #[arg(value_name = "PATH", add = ArgValueCompleter::new(complete::folders))]
    path: String,
    /// New locale
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    to_locale: Option<String>,
}

impl Move {
    pub(super) async fn run(self, context: &Context) -> Result {
        let locale = self.target.locale.as_deref();
        let id = context.page_id(&self.target.page, locale).await?;
        let step = Step::Move {
            id,
            path: self.path.trim_matches('/').into(),
            locale: self.to_locale.map(Into::into),
        };
        bulk::run(context, context.client()?.pages().bulk([step]), 1).await
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page copy docs/template docs/new-service --title 'New service'"
)]
pub(crate) struct Copy {
    #[command(flatten)]
    target: Target,
    /// Path of the copy
    #[arg(value_name = "PATH", add = ArgValueCompleter::new(complete::folders))]
    path: String,
    /// Title of the copy [default: that of the page]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Locale of the copy
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    to_locale: Option<String>,
}

impl Copy {
    pub(super) async fn run(self, context: &Context) -> Result {
        let page = self.target.read(context).await?;
        let title = self.title.unwrap_or_else(|| page.title.clone());
        let mut copy = NewPage::new(self.path.trim_matches('/'), title, page.content.clone())
            .description(page.description.clone())
            .tags(page.tags.clone())
            .locale(
                self.to_locale
                    .map_or_else(|| page.locale.clone(), Into::into),
            );
        if let Some(editor) = page.editor() {
            copy = copy.editor(editor.clone());
        }
        if let Some(is_published) = page.is_published() {
            copy = copy.published(is_published);
        }
        if let Some(css) = &page.script_css {
            copy = copy.script_css(css.clone());
        }
        if let Some(js) = &page.script_js {
            copy = copy.script_js(js.clone());
        }
        bulk::run(context, context.client()?.pages().create_many([copy]), 1).await
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page delete docs/old\n  wikijs page delete 12 13 14 --yes\n  \
                        wikijs page list --tag obsolete --quiet | wikijs page delete - --dry-run"
)]
pub(crate) struct Delete {
    #[command(flatten)]
    targets: Targets,
}

impl Delete {
    pub(super) async fn run(self, context: &Context) -> Result {
        let ids = self.targets.ids(context).await?;
        let pages = context.client()?.pages();
        if !context.global.yes && !context.is_dry_run() {
            // The confirmation lists the pages, so they are read first.
            let mut found = pages.get_many(ids.clone());
            let mut names = Vec::new();
            while let Some((id, page)) = found.next().await {
                let page =
                    page.map_err(|error| Failure::from(error).about(format!("page {id}")))?;
                names.push(format!("{} \"{}\" ({id})", page.path, page.title));
            }
            let more = names.len().saturating_sub(10);
            names.truncate(10);
            let mut listed = names.join("\n  ");
            if more > 0 {
                listed += &format!("\n  and {more} more");
            }
            let what = match ids.len() {
                1 => format!("delete page {listed}"),
                count => format!("delete {count} pages:\n  {listed}\n"),
            };
            context.confirm(&what)?;
        }
        let total = ids.len();
        bulk::run(context, pages.delete_many(ids), total).await
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page tag docs/install --add howto --remove draft\n  \
                        wikijs page list --prefix docs --quiet | wikijs page tag - --add docs"
)]
pub(crate) struct Tag {
    #[command(flatten)]
    targets: Targets,
    /// Tags to add, separated by commas
    #[arg(long, short, value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    add: Vec<String>,
    /// Tags to remove, separated by commas
    #[arg(long, short, value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    remove: Vec<String>,
}

impl Tag {
    pub(super) async fn run(self, context: &Context) -> Result {
        let (add, remove) = (comma_separated(&self.add), comma_separated(&self.remove));
        if add.is_empty() && remove.is_empty() {
            return Err(Failure::usage("no tag is named").hint("use --add TAG or --remove TAG"));
        }
        let ids = self.targets.ids(context).await?;
        let total = ids.len();
        let steps = context.client()?.pages().tag_many(ids, add, remove);
        bulk::run(context, steps, total).await
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs page render docs/install")]
pub(crate) struct Render {
    #[command(flatten)]
    targets: Targets,
}

impl Render {
    pub(super) async fn run(self, context: &Context) -> Result {
        one_by_one(context, &self.targets, "rendered", async |id| {
            context.client()?.pages().render(id).await?;
            Ok(())
        })
        .await
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs page convert docs/install --to markdown")]
pub(crate) struct Convert {
    #[command(flatten)]
    targets: Targets,
    /// New editor: markdown, code (HTML), ckeditor
    #[arg(long, value_name = "EDITOR")]
    to: String,
}

impl Convert {
    pub(super) async fn run(self, context: &Context) -> Result {
        let editor = Editor::from(self.to.as_str());
        one_by_one(context, &self.targets, "converted", async |id| {
            context
                .client()?
                .pages()
                .convert(id, editor.clone())
                .await?;
            Ok(())
        })
        .await
    }
}

/// Applies an operation to each page, and continues after a failure.
async fn one_by_one(
    context: &Context,
    targets: &Targets,
    done: &str,
    work: impl AsyncFn(wikijs_client::PageId) -> Result,
) -> Result {
    let ids = targets.ids(context).await?;
    let bar = bulk::progress_bar(context, Some(ids.len() as u64));
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for id in &ids {
        let result = if context.is_dry_run() {
            Ok(())
        } else {
            work(*id).await
        };
        bar.inc(1);
        let failed = result.is_err();
        if let Err(failure) = result {
            failures.push(failure.about(format!("page {id}")));
        }
        rows.push(serde_json::json!({
            "id": id,
            "change": if failed { "failed" } else { done },
            "dry_run": context.is_dry_run(),
        }));
        context.note_progress(format!(
            "{} of {} pages were done",
            rows.len() - failures.len(),
            ids.len()
        ));
    }
    bar.finish_and_clear();
    if context.is_dry_run() {
        context.output.message("dry run: nothing was written");
    }
    if ids.len() > 1 || failures.is_empty() || context.output.json {
        context.output.list(&rows, &["id", "change"])?;
    }
    bulk::end(context, failures, ids.len(), "pages")
}
