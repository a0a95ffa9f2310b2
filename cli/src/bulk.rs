//! Work on one or many pages, with its output and exit code.
//!
//! A command on one page is a bulk operation with one step, so that dry runs, `--json` and exit codes are the same for
//! one page and for many.

use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use wikijs_client::pages::bulk::{Bulk, Change, Item, Subject};

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::one_line,
};

/// The result for one page.
#[derive(Debug, Serialize)]
struct Row {
    id: Option<i64>,
    change: &'static str,
    locale: Option<String>,
    path: Option<String>,
    changed_fields: Vec<&'static str>,
    dry_run: bool,
    error: Option<String>,
}

const COLUMNS: [&str; 3] = ["id", "change", "path"];

impl Row {
    fn new(item: &Item, dry_run: bool) -> Self {
        let at = item.page.as_ref();
        let (locale, path) = match (&item.subject, at) {
            (_, Some(page)) => (Some(page.locale.to_string()), Some(page.path.to_string())),
            (Subject::Path { path, locale }, None) => {
                (Some(locale.to_string()), Some(path.to_string()))
            }
            _ => (None, None),
        };
        let (change, changed_fields) = match &item.result {
            Ok(Change::Created) => ("created", Vec::new()),
            Ok(Change::Updated { fields }) => ("updated", fields.clone()),
            Ok(Change::Moved { .. }) => ("moved", Vec::new()),
            Ok(Change::Deleted) => ("deleted", Vec::new()),
            Ok(Change::Unchanged) => ("unchanged", Vec::new()),
            Ok(_) => ("done", Vec::new()),
            Err(_) => ("failed", Vec::new()),
        };
        Self {
            id: item.id.map(wikijs_client::PageId::get),
            change,
            locale,
            path,
            changed_fields,
            dry_run,
            error: item.result.as_ref().err().map(ToString::to_string),
        }
    }
}

/// Creates a progress bar, which is hidden unless [`Output::shows_progress`](crate::output::Output::shows_progress).
pub(crate) fn progress_bar(context: &Context, total: Option<u64>) -> ProgressBar {
    let bar = match total {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::no_length(),
    };
    if !context.output.shows_progress() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = match total {
        Some(_) => "{bar:30} {pos}/{len} {msg}",
        None => "{spinner} {pos} {msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Runs a bulk operation, prints the result of each page, and returns the failure of its pages.
pub(crate) async fn run(context: &Context, bulk: Bulk, total: usize) -> Result {
    let name = |item: &Item| match item.id {
        Some(id) => format!("page {id}"),
        None => item.subject.to_string(),
    };
    let bulk = if context.is_dry_run() {
        bulk.dry_run()
    } else {
        bulk
    };
    let bar = progress_bar(context, (total > 1).then_some(total as u64));
    if total <= 1 {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let mut rows = Vec::new();
    let mut failures: Vec<Failure> = Vec::new();
    let mut items = bulk.stream();
    context.note_progress(format!("0 of {total} pages were done"));
    while let Some(item) = items.next().await {
        let item = item?;
        bar.inc(1);
        rows.push(Row::new(&item, context.is_dry_run()));
        if let Err(error) = &item.result {
            let failure = Failure::from(error);
            let failure = if error.to_string().contains("page ") {
                failure
            } else {
                failure.about(name(&item))
            };
            if total > 1 {
                let text = one_line(&item.problem().unwrap_or_default());
                bar.suspend(|| context.output.message(text));
            }
            failures.push(failure);
        }
        let done = rows.len() - failures.len();
        context.note_progress(format!("{done} of {total} pages were done"));
    }
    bar.finish_and_clear();
    if context.is_dry_run() {
        context.output.message("dry run: nothing was written");
    }
    let all_failed = failures.len() == rows.len();
    if total == 1 && all_failed {
        // The message contains everything that a table would.
        if context.output.json {
            context.output.list(&rows, &COLUMNS)?;
        }
        return failures.pop().map_or(Ok(()), Err);
    }
    context.output.list(&rows, &COLUMNS)?;
    let failure = Failure::of_several(&failures, rows.len(), "pages");
    failure.map_or(Ok(()), |failure| {
        Err(failure.hint("run the same command again to continue"))
    })
}

/// Prints the failures of a command on `total` objects, and returns one failure for all of them. The failure of a
/// command on a single object is only returned.
pub(crate) fn end(
    context: &Context,
    mut failures: Vec<Failure>,
    total: usize,
    objects: &str,
) -> Result {
    if failures.len() == 1 && total == 1 {
        return failures.pop().map_or(Ok(()), Err);
    }
    for failure in &failures {
        context.output.message(failure.to_string());
    }
    Failure::of_several(&failures, total, objects).map_or(Ok(()), Err)
}
