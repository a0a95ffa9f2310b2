//! The upkeep of pages: rendering, tree, locales, history.

use super::super::{Arguments, outcome};
use super::sql;
use super::work::{self, TreeJob};
use crate::errors::Failure;
use crate::execute::{Context, Record};
use crate::state::clock;

pub(super) async fn render(context: &Context, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    if !context.shared.state().pages.contains_key(&id) {
        return Err(Failure::page_not_found());
    }
    work::render(context, id).await?;
    Ok(outcome::done("Page rendered successfully."))
}

pub(super) async fn rebuild_tree(context: &Context) -> Result<Record, Failure> {
    TreeJob::start(context).finish(context).await?;
    Ok(outcome::done("Page tree rebuilt successfully."))
}

/// Moves the pages of a locale to another one, but for those whose path is taken there.
pub(super) fn migrate_to_locale(
    context: &Context,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    let (source, target) = (text("sourceLocale"), text("targetLocale"));
    let mut state = context.shared.state();
    let movable: Vec<i64> = state
        .pages
        .values()
        .filter(|stored| {
            stored.page.locale == source && state.page_at(target, &stored.page.path).is_none()
        })
        .map(|stored| stored.page.id)
        .collect();
    if !movable.is_empty() {
        if work::too_long(target, sql::LOCALE_TEXT) {
            return Err(Failure::too_long(sql::MIGRATE_PAGES, sql::LOCALE_TEXT));
        }
        if !state.settings.locales.iter().any(|own| own == target) {
            return Err(Failure::foreign_key(
                sql::MIGRATE_PAGES,
                "pages_localecode_foreign",
            ));
        }
    }
    for id in &movable {
        let now = state.now();
        state.change_page(*id, |page| {
            target.clone_into(&mut page.locale);
            page.updated_at = now;
        });
    }
    Ok(
        outcome::done("Migrated content to target locale successfully.")
            .with("count", movable.len()),
    )
}

/// Forgets the versions that are older than an ISO 8601 duration.
pub(super) fn purge_history(
    context: &Context,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let then = arguments.text("olderThan").and_then(clock::ago);
    let then = then.ok_or_else(|| Failure::error("Invalid unit value NaN"))?;
    context
        .shared
        .state()
        .versions
        .retain(|version| version.version_date >= then);
    Ok(outcome::done("Page history purged successfully."))
}
