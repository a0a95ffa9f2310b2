//! `wikijs page`: pages.

mod edit;
mod history;
mod write;

use std::{collections::BTreeMap, process};

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::ArgValueCompleter;
use wikijs_client::pages::{Page, PageOrderBy, TreeEntry, TreeMode};

use crate::{
    arguments::comma_separated,
    complete,
    context::Context,
    failure::{Failure, Result},
    target::PageTarget,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists pages
    List(List),
    /// Prints the text of a page, or its fields with --json and --fields
    Get(Get),
    /// Creates a page
    Create(write::Create),
    /// Edits a page in your editor
    Edit(edit::Edit),
    /// Changes fields of pages
    Update(write::Update),
    /// Moves a page to another path
    Move(write::Move),
    /// Copies a page to another path
    Copy(write::Copy),
    /// Deletes pages
    Delete(write::Delete),
    /// Shows the tree of pages and folders
    Tree(Tree),
    /// Lists the earlier versions of a page
    History(history::History),
    /// Shows what changed between versions of a page; exit code 1 if they differ
    Diff(history::Diff),
    /// Makes an earlier version the current one
    Restore(history::Restore),
    /// Renders pages again
    Render(write::Render),
    /// Converts pages to another editor
    Convert(write::Convert),
    /// Adds and removes tags of pages
    Tag(write::Tag),
    /// Opens a page in the browser
    Open(Open),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::List(arguments) => arguments.run(context).await,
            Self::Get(arguments) => arguments.run(context).await,
            Self::Create(arguments) => arguments.run(context).await,
            Self::Edit(arguments) => arguments.run(context).await,
            Self::Update(arguments) => arguments.run(context).await,
            Self::Move(arguments) => arguments.run(context).await,
            Self::Copy(arguments) => arguments.run(context).await,
            Self::Delete(arguments) => arguments.run(context).await,
            Self::Tree(arguments) => arguments.run(context).await,
            Self::History(arguments) => arguments.run(context).await,
            Self::Diff(arguments) => arguments.run(context).await,
            Self::Restore(arguments) => arguments.run(context).await,
            Self::Render(arguments) => arguments.run(context).await,
            Self::Convert(arguments) => arguments.run(context).await,
            Self::Tag(arguments) => arguments.run(context).await,
            Self::Open(arguments) => arguments.run(context).await,
        }
    }
}

/// Columns of a list of pages.
const COLUMNS: [&str; 4] = ["id", "locale", "path", "title"];
/// Fields of a single page.
const RECORD: [&str; 10] = [
    "id",
    "locale",
    "path",
    "title",
    "description",
    "tags",
    "editor",
    "is_published",
    "created_at",
    "updated_at",
];

/// The page that a command works on.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Id, path or URL of the page
    #[arg(value_name = "PAGE", add = ArgValueCompleter::new(complete::pages))]
    page: String,
    /// Locale of the path
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
}

impl Target {
    async fn read(&self, context: &Context) -> Result<Page> {
        context.page(&self.page, self.locale.as_deref()).await
    }
}

/// The pages that a command works on.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// Ids, paths or URLs of pages; `-` reads them from standard input, one a line
    #[arg(value_name = "PAGE", required = true, add = ArgValueCompleter::new(complete::pages))]
    pages: Vec<String>,
    /// Locale of paths
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
}

impl Targets {
    async fn ids(&self, context: &Context) -> Result<Vec<wikijs_client::PageId>> {
        context.page_ids(&self.pages, self.locale.as_deref()).await
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    Id,
    Path,
    Title,
    Created,
    Updated,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page list --tag draft --order updated --desc --limit 20\n  \
                        wikijs page list --prefix docs --json --fields id,path\n  \
                        wikijs page list --prefix old --quiet | wikijs page delete - --dry-run"
)]
pub(crate) struct List {
    /// Only pages with all of these tags
    #[arg(long, value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    tag: Vec<String>,
    /// Only pages with at least one of the tags
    #[arg(long, requires = "tag")]
    any: bool,
    /// Only pages without these tags
    #[arg(long, value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    without_tag: Vec<String>,
    /// Only pages at and below this path
    #[arg(long, value_name = "PATH", add = ArgValueCompleter::new(complete::pages))]
    prefix: Option<String>,
    /// Only pages with this text in title, description or path
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Only pages of this locale
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
    /// Only pages that this user changed last
    #[arg(long, value_name = "ID")]
    author: Option<i64>,
    /// Sorts the pages
    #[arg(long, value_enum, default_value_t = Order::Path)]
    order: Order,
    /// Sorts in descending order
    #[arg(long)]
    desc: bool,
    /// Maximum number of pages
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl List {
    async fn run(self, context: &Context) -> Result {
        let order = match self.order {
            Order::Id => PageOrderBy::Id,
            Order::Path => PageOrderBy::Path,
            Order::Title => PageOrderBy::Title,
            Order::Created => PageOrderBy::Created,
            Order::Updated => PageOrderBy::Updated,
        };
        let mut list = context.client()?.pages().list().order_by(order);
        let tags = comma_separated(&self.tag);
        if self.any {
            list = list.any_of(tags);
        } else if !tags.is_empty() {
            list = list.tags(tags);
        }
        let without = comma_separated(&self.without_tag);
        if !without.is_empty() {
            list = list.without_tags(without);
        }
        if let Some(prefix) = self.prefix {
            list = list.path_prefix(prefix.trim_start_matches('/'));
        }
        if let Some(text) = self.text {
            list = list.search(text);
        }
        if let Some(locale) = self.locale {
            list = list.locale(locale);
        }
        if let Some(author) = self.author {
            list = list.author(author);
        }
        if let Some(limit) = self.limit {
            list = list.limit(limit);
        }
        list = if self.desc {
            list.descending()
        } else {
            list.ascending()
        };
        context.output.list(&list.await?, &COLUMNS)
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page get docs/install > install.md\n  \
                        wikijs page get 12 --json\n  \
                        wikijs page get docs/install --fields title,tags,updated_at\n  \
                        wikijs page get docs/install --version 7"
)]
pub(crate) struct Get {
    #[command(flatten)]
    target: Target,
    /// Prints the page as rendered HTML
    #[arg(long, conflicts_with_all = ["json", "fields", "version"])]
    html: bool,
    /// Prints an earlier version; `wikijs page history` lists them
    #[arg(long, value_name = "ID")]
    version: Option<i64>,
}

impl Get {
    async fn run(self, context: &Context) -> Result {
        context.read_one_page();
        let output = &context.output;
        let plain = !output.json && output.fields.is_none();
        if let Some(version) = self.version {
            let locale = self.target.locale.as_deref();
            let id = context.page_id(&self.target.page, locale).await?;
            let version = context.client()?.pages().version(id, version).await?;
            return if plain {
                output.text(&version.content)
            } else {
                output.record(&version, &RECORD)
            };
        }
        let page = self.target.read(context).await?;
        if self.html {
            return match &page.render {
                Some(html) => output.text(html),
                None => Err(
                    Failure::failed(format!("page {} is not rendered yet", page.id))
                        .hint(format!("`wikijs page render {}` renders it", page.id)),
                ),
            };
        }
        if plain {
            output.text(&page.content)
        } else {
            output.record(&page, &RECORD)
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs page tree\n  wikijs page tree docs --depth 2")]
pub(crate) struct Tree {
    /// Path of the folder to show
    #[arg(value_name = "PATH", add = ArgValueCompleter::new(complete::pages))]
    path: Option<String>,
    /// Locale of the tree
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
    /// Maximum number of levels
    #[arg(long, value_name = "LEVELS", default_value_t = 99)]
    depth: u32,
    /// Shows folders only
    #[arg(long)]
    folders: bool,
}

impl Tree {
    async fn run(self, context: &Context) -> Result {
        let pages = context.client()?.pages();
        let mode = if self.folders {
            TreeMode::Folders
        } else {
            TreeMode::All
        };
        let request = |tree: wikijs_client::pages::GetTree| {
            let tree = tree.mode(mode);
            match &self.locale {
                Some(locale) => tree.locale(locale.as_str()),
                None => tree,
            }
        };
        let path = self.path.as_deref().map(|path| path.trim_matches('/'));
        let first = match path {
            Some(path) => request(pages.tree().children_of(path)).await?,
            None => request(pages.tree()).await?,
        };
        if let (Some(path), true) = (path, first.is_empty()) {
            return Err(Failure::not_found(format!("there is no folder `{path}`")));
        }
        // Requests for the entries of a level run concurrently.
        let mut children: BTreeMap<i64, Vec<TreeEntry>> = BTreeMap::new();
        let mut level: Vec<i64> = folders(&first);
        for _ in 1..self.depth {
            let requests = level
                .iter()
                .map(|&id| request(pages.tree().parent(id)).into_future());
            let answers = futures::future::try_join_all(requests).await?;
            let mut next = Vec::new();
            for (id, entries) in level.into_iter().zip(answers) {
                next.extend(folders(&entries));
                children.insert(id, entries);
            }
            level = next;
            if level.is_empty() {
                break;
            }
        }
        let mut rows = Vec::new();
        flatten(&first, &mut children, 0, &mut rows);
        let output = &context.output;
        if output.json || output.fields.is_some() || output.quiet {
            let entries: Vec<&TreeEntry> = rows.iter().map(|(_, entry)| entry).collect();
            return output.list(&entries, &["path", "title", "page_id"]);
        }
        let mut text = String::new();
        for (depth, entry) in &rows {
            let name = crate::output::one_line(entry.path.last_segment());
            let slash = if entry.is_folder { "/" } else { "" };
            let title = match entry.page_id {
                Some(id) => {
                    output.dim(&format!("  {id} {}", crate::output::one_line(&entry.title)))
                }
                None => String::new(),
            };
            text += &format!("{}{name}{slash}{title}\n", "  ".repeat(*depth));
        }
        output.text(&text)
    }
}

fn folders(entries: &[TreeEntry]) -> Vec<i64> {
    entries
        .iter()
        .filter(|entry| entry.is_folder)
        .map(|entry| entry.id.get())
        .collect()
}

fn flatten(
    entries: &[TreeEntry],
    children: &mut BTreeMap<i64, Vec<TreeEntry>>,
    depth: usize,
    rows: &mut Vec<(usize, TreeEntry)>,
) {
    for entry in entries {
        rows.push((depth, entry.clone()));
        if let Some(below) = children.remove(&entry.id.get()) {
            flatten(&below, children, depth + 1, rows);
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs page open docs/install\n  wikijs page open 12 --print")]
pub(crate) struct Open {
    #[command(flatten)]
    target: Target,
    /// Prints the address instead
    #[arg(long)]
    print: bool,
}

impl Open {
    async fn run(self, context: &Context) -> Result {
        let base = context.wiki()?.profile.url.clone();
        let url = match PageTarget::parse(&self.target.page, &base)? {
            PageTarget::Path(Some(locale), path) => {
                context.page_url(&locale, &path.as_str().into())?
            }
            _ => {
                let page = self.target.read(context).await?;
                context.page_url(&page.locale, &page.path)?
            }
        };
        if self.print || context.output.json {
            return context
                .output
                .record(&serde_json::json!({ "url": url.as_str() }), &["url"]);
        }
        let command = if cfg!(target_os = "macos") {
            "open"
        } else if cfg!(windows) {
            "explorer"
        } else {
            "xdg-open"
        };
        match process::Command::new(command).arg(url.as_str()).spawn() {
            Ok(_) => Ok(()),
            Err(error) => Err(
                Failure::failed(format!("`{command}` cannot be run: {error}"))
                    .hint(format!("the page is at {url}")),
            ),
        }
    }
}
