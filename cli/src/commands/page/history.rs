//! Earlier versions of a page.

use clap::Args;
use wikijs_client::{PageId, pages::Page};

use super::Target;
use crate::{
    context::Context,
    diff,
    failure::{Failure, Result},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs page history docs/install\n  \
                        wikijs page history 12 --limit 1 --quiet      prints the newest version's id")]
pub(crate) struct History {
    #[command(flatten)]
    target: Target,
    /// Maximum number of versions, newest first
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
}

impl History {
    pub(super) async fn run(self, context: &Context) -> Result {
        let id = id_of(context, &self.target).await?;
        let entries = context
            .client()?
            .pages()
            .history(id)
            .limit(self.limit)
            .await?;
        let columns = ["version_id", "version_date", "author_name", "action"];
        context.output.list(&entries, &columns)
    }
}

async fn id_of(context: &Context, target: &Target) -> Result<PageId> {
    context
        .page_id(&target.page, target.locale.as_deref())
        .await
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs page diff docs/install            the newest earlier version and the page\n  \
                        wikijs page diff docs/install 7          version 7 and the page\n  \
                        wikijs page diff docs/install 7 9        version 7 and version 9"
)]
pub(crate) struct Diff {
    #[command(flatten)]
    target: Target,
    /// Id of the earlier version [default: the newest version in the history]
    #[arg(value_name = "VERSION")]
    from: Option<i64>,
    /// Id of the later version [default: the current page]
    #[arg(value_name = "LATER VERSION")]
    to: Option<i64>,
}

/// A version of a page, or its current state.
struct Snapshot {
    name: String,
    text: String,
}

impl Snapshot {
    fn of_page(page: &Page) -> Self {
        Self {
            name: format!("{} (current)", page.path),
            text: text(&page.title, &page.description, &page.content),
        }
    }

    async fn of_version(context: &Context, id: PageId, version: i64) -> Result<Self> {
        let version = context.client()?.pages().version(id, version).await?;
        Ok(Self {
            name: format!("{} (version {})", version.path, version.version_id),
            text: text(&version.title, &version.description, &version.content),
        })
    }
}

/// Returns the text to compare: the title, the description and the content. It ends with one line feed, so that a
/// missing one at the end of the content is no difference. Versions have no tags.
fn text(title: &str, description: &str, content: &str) -> String {
    format!(
        "title: {title}\ndescription: {description}\n\n{}\n",
        content.trim_end()
    )
}

impl Diff {
    pub(super) async fn run(self, context: &Context) -> Result {
        let page = self.target.read(context).await?;
        let from = match self.from {
            Some(version) => version,
            None => {
                let newest = context.client()?.pages().history(page.id).limit(1).await?;
                let newest = newest.first().ok_or_else(|| {
                    Failure::not_found(format!("page {} has no earlier version", page.id))
                })?;
                newest.version_id.get()
            }
        };
        let before = Snapshot::of_version(context, page.id, from).await?;
        let after = match self.to {
            Some(version) => Snapshot::of_version(context, page.id, version).await?,
            None => Snapshot::of_page(&page),
        };
        let names = [before.name.as_str(), after.name.as_str()];
        let output = &context.output;
        let differs = before.text != after.text;
        if output.json {
            let diff = diff::unified(output, &before.text, &after.text, names);
            let answer = serde_json::json!({
                "id": page.id, "from": names[0], "to": names[1], "differs": differs, "diff": diff,
            });
            output.record(&answer, &["diff"])?;
        } else {
            output.text(&diff::unified(output, &before.text, &after.text, names))?;
        }
        if differs { Err(Failure::no()) } else { Ok(()) }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs page restore docs/install 7\n  \
                        wikijs page restore docs/install          undoes the last change")]
pub(crate) struct Restore {
    #[command(flatten)]
    target: Target,
    /// Id of the version [default: the newest earlier one]
    #[arg(value_name = "VERSION")]
    version: Option<i64>,
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Result {
        let pages = context.client()?.pages();
        let id = id_of(context, &self.target).await?;
        let version = match self.version {
            Some(version) => version,
            None => {
                let newest = pages.history(id).limit(1).await?;
                let newest = newest.first().ok_or_else(|| {
                    Failure::not_found(format!("page {id} has no earlier version"))
                })?;
                newest.version_id.get()
            }
        };
        if context.is_dry_run() {
            // The version is read, so that a dry run fails if it does not exist.
            let earlier = pages.version(id, version).await?;
            context.report_dry_run(format!(
                "restore page {id} to version {version} of {} \"{}\"",
                earlier.version_date, earlier.title
            ));
            return Ok(());
        }
        let page = pages.restore(id, version).await?;
        context
            .output
            .message(format!("page {id} is as in version {version}"));
        context
            .output
            .record(&page, &["id", "path", "title", "updated_at"])
    }
}
