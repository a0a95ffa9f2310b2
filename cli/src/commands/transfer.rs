//! `wikijs export` and `wikijs import`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use wikijs_transfer::{
    AssetAction, ExportEvent, ExportReport, ImportEvent, ImportPlan, PageAction, TransferExt as _,
    TransferFailure,
};

use crate::{
    bulk::progress_bar,
    complete,
    context::Context,
    failure::{Exit, Failure, Result},
};

/// The part of the wiki that is transferred.
#[derive(Debug, Args)]
struct Part {
    /// Only pages and files at and below this path
    #[arg(long, value_name = "PATH", add = ArgValueCompleter::new(complete::pages))]
    prefix: Option<String>,
    /// Only pages of this locale
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
    /// Transfers no files
    #[arg(long)]
    no_assets: bool,
}

impl Part {
    /// Returns the path without slashes at its ends.
    fn path(&self) -> Option<&str> {
        let prefix = self.prefix.as_deref()?;
        Some(prefix.trim_matches('/'))
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs export backup/\n  wikijs export docs/ --prefix docs --no-assets\n\n\
Run again, it writes only what has changed. It never overwrites a file that was edited after the last export."
)]
pub(crate) struct Export {
    /// Folder to write into
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    part: Part,
    /// Removes files of pages and files that were deleted from the wiki
    #[arg(long)]
    remove_gone: bool,
    /// Removes files even if they are most of the folder
    #[arg(long, requires = "remove_gone")]
    allow_mass_removal: bool,
    /// Continues with a folder that was exported from the wiki at this former address
    #[arg(long, value_name = "URL")]
    moved_from: Option<String>,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let folder = self.folder.display().to_string();
        if context.report_dry_run(format!(
            "export {} to {folder}",
            context.wiki()?.profile.url
        )) {
            return Ok(());
        }
        let mut export = context
            .client()?
            .export(&self.folder)
            .with_assets(!self.part.no_assets);
        if let Some(path) = self.part.path() {
            export = export.path_prefix(path);
        }
        if let Some(locale) = &self.part.locale {
            export = export.locale(locale.as_str());
        }
        if self.remove_gone {
            export = export.remove_gone();
        }
        if self.allow_mass_removal {
            export = export.allow_mass_removal();
        }
        if let Some(url) = self.moved_from {
            export = export.moved_from(url);
        }
        let bar = progress_bar(context, None);
        let mut events = export.stream();
        let mut report = ExportReport::default();
        let mut written = 0;
        while let Some(event) = events.try_next().await? {
            match event {
                ExportEvent::Listed { pages } => {
                    bar.set_message(format!("of {pages} pages, and files"));
                }
                ExportEvent::Written { item, .. } => {
                    written += 1;
                    bar.inc(1);
                    bar.set_message(item.to_string());
                    context.note_progress(format!("{written} files are written to {folder}"));
                }
                ExportEvent::Unchanged { .. } => bar.inc(1),
                ExportEvent::Finished(finished) => report = finished,
                _ => {}
            }
        }
        bar.finish_and_clear();
        for notice in &report.notices {
            context.output.message(notice);
        }
        let row = json!({
            "folder": folder,
            "pages_written": report.pages_written,
            "pages_unchanged": report.pages_unchanged,
            "assets_written": report.assets_written,
            "assets_unchanged": report.assets_unchanged,
            "gone": report.gone.iter().map(|(_, file)| file).collect::<Vec<_>>(),
            "failed": failures(&report.failed),
        });
        context.output.record(
            &row,
            &[
                "folder",
                "pages_written",
                "pages_unchanged",
                "assets_written",
                "assets_unchanged",
            ],
        )?;
        end(context, &report.failed)
    }
}

fn failures(failed: &[TransferFailure]) -> Vec<Value> {
    failed
        .iter()
        .map(|failure| json!({ "item": failure.item.to_string(), "error": failure.error.to_string() }))
        .collect()
}

fn end(context: &Context, failed: &[TransferFailure]) -> Result {
    for failure in failed {
        context.output.message(failure.to_string());
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(
        Failure::new(Exit::Partial, format!("{} items failed", failed.len()))
            .hint("run the same command again to continue"),
    )
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs import docs/ --dry-run      shows the plan\n  \
                        wikijs import docs/\n  wikijs import backup/ --delete-missing --yes"
)]
pub(crate) struct Import {
    /// Folder of an export, or of Markdown files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    part: Part,
    /// Deletes pages and files of the wiki that are not in the folder
    #[arg(long)]
    delete_missing: bool,
    /// Overwrites pages and files that were changed in the wiki since the last transfer
    #[arg(long)]
    overwrite_conflicts: bool,
}

impl Import {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let mut import = context
            .client()?
            .import(&self.folder)
            .with_assets(!self.part.no_assets);
        if let Some(path) = self.part.path() {
            import = import.path_prefix(path);
        }
        if let Some(locale) = &self.part.locale {
            import = import.locale(locale.as_str());
        }
        if self.delete_missing {
            import = import.delete_missing();
        }
        if self.overwrite_conflicts {
            import = import.overwrite_conflicts();
        }
        let plan = import.plan().await?;
        let output = &context.output;
        let conflicts = conflicts(&plan);
        let planned = planned(&plan);
        if context.is_dry_run() {
            if output.json {
                output.list(&planned, &["action", "item", "file"])?;
            } else {
                output.text(&plan.to_string())?;
            }
            output.message("dry run: nothing was written");
            return conflict(conflicts);
        }
        if plan.is_empty() {
            output.message("the wiki is up to date");
            if output.json {
                output.list(&planned, &["action", "item", "file"])?;
            }
            return conflict(conflicts);
        }
        if !context.global.yes {
            output.message(plan.to_string());
        }
        context.confirm("apply this plan")?;
        let total = planned.len() as u64;
        let bar = progress_bar(context, Some(total));
        let mut events = plan.apply().stream();
        let mut done = 0;
        let mut rows = Vec::new();
        let mut failed = Vec::new();
        while let Some(event) = events.try_next().await? {
            match event {
                ImportEvent::Failed(failure) => {
                    bar.inc(1);
                    rows.push(json!({
                        "change": "failed", "item": failure.item.to_string(), "error": failure.error.to_string(),
                    }));
                    failed.push(failure);
                }
                ImportEvent::Finished(_) => {}
                other => {
                    if let Some((change, item)) = describe(&other) {
                        bar.inc(1);
                        bar.set_message(item.clone());
                        done += 1;
                        rows.push(json!({ "change": change, "item": item, "error": Value::Null }));
                    }
                }
            }
            context.note_progress(format!("{done} of {total} items are in the wiki"));
        }
        bar.finish_and_clear();
        output.list(&rows, &["change", "item"])?;
        end(context, &failed)?;
        conflict(conflicts)
    }
}

/// Returns the change of an event and its object.
fn describe(event: &ImportEvent) -> Option<(&'static str, String)> {
    Some(match event {
        ImportEvent::PageCreated { place, .. } => ("created", format!("page {place}")),
        ImportEvent::PageUpdated { place, .. } => ("updated", format!("page {place}")),
        ImportEvent::PageDeleted { place, .. } => ("deleted", format!("page {place}")),
        ImportEvent::AssetFolderCreated(path) => ("created", format!("asset folder {path}")),
        ImportEvent::AssetUploaded(path) => ("uploaded", format!("asset {path}")),
        ImportEvent::AssetDeleted(path) => ("deleted", format!("asset {path}")),
        _ => return None,
    })
}

/// Returns the actions of a plan as objects.
fn planned(plan: &ImportPlan) -> Vec<Value> {
    let pages = plan.pages.iter().filter_map(|page| {
        let action = match page.action {
            PageAction::Create => "create",
            PageAction::Update { .. } => "update",
            PageAction::Delete { .. } => "delete",
            PageAction::Conflict { .. } => "conflict",
            _ => return None,
        };
        let item = format!("page {}", page.place);
        Some(json!({ "action": action, "item": item, "file": page.file }))
    });
    let assets = plan.assets.iter().filter_map(|asset| {
        let action = match asset.action {
            AssetAction::Upload => "create",
            AssetAction::Replace => "update",
            AssetAction::Delete => "delete",
            AssetAction::Conflict(_) => "conflict",
            _ => return None,
        };
        let item = format!("asset {}", asset.path);
        Some(json!({ "action": action, "item": item, "file": asset.file }))
    });
    let folders = plan
        .asset_folders
        .iter()
        .map(|folder| json!({ "action": "create", "item": format!("asset folder {folder}"), "file": Value::Null }));
    folders.chain(pages).chain(assets).collect()
}

fn conflicts(plan: &ImportPlan) -> usize {
    let is_conflict = |action: &PageAction| matches!(action, PageAction::Conflict { .. });
    let pages = plan.pages.iter().filter(|page| is_conflict(&page.action));
    let assets = plan
        .assets
        .iter()
        .filter(|asset| matches!(asset.action, AssetAction::Conflict(_)));
    pages.count() + assets.count()
}

fn conflict(count: usize) -> Result {
    match count {
        0 => Ok(()),
        count => Err(Failure::new(
            Exit::Conflict,
            format!("{count} items were changed in the wiki as well and not overwritten"),
        )
        .hint("export them first, or add --overwrite-conflicts")),
    }
}
