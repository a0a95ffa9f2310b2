//! `pages`: 12 queries and 13 mutations.

mod convert;
mod create;
mod history;
mod list;
mod maintain;
mod relocate;
mod single;
mod sql;
mod survey;
mod tags;
mod tree;
mod update;
mod work;

use super::Arguments;
use super::outcome;
use crate::auth::Viewer;
use crate::errors::Failure;
use crate::execute::{Answer, Context};

pub(super) fn query(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let viewer = viewer(context)?;
    let mut state = context.shared.state();
    match field {
        "history" => history::history(&state, viewer, arguments),
        "version" => history::version(&state, viewer, arguments),
        "search" => survey::search(&state, viewer, arguments),
        "list" => list::list(&state, viewer, arguments),
        "single" => single::single(&state, viewer, arguments),
        "singleByPath" => single::single_by_path(&state, viewer, arguments),
        "tags" => Ok(tags::tags(&state, viewer)),
        "searchTags" => Ok(tags::search_tags(&state, viewer, arguments)),
        "tree" => tree::tree(&mut state, viewer, arguments),
        "links" => Ok(survey::links(&state, viewer, arguments)),
        "checkConflicts" => single::check_conflicts(&state, viewer, arguments),
        "conflictLatest" => single::conflict_latest(&state, viewer, arguments),
        _ => Err(Failure::not_imitated("PageQuery", field)),
    }
}

pub(super) async fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    let viewer = viewer(context)?;
    let result = match field {
        "create" => create::create(context, viewer, arguments).await,
        "update" => update::update(context, viewer, arguments).await,
        "convert" => convert::convert(context, viewer, arguments),
        "move" => relocate::relocate(context, viewer, arguments).await,
        "delete" => relocate::delete(context, viewer, arguments).await,
        "deleteTag" => tags::delete_tag(context, arguments),
        "updateTag" => tags::update_tag(context, arguments),
        "flushCache" => Ok(outcome::done("Pages Cache has been flushed successfully.")),
        "migrateToLocale" => maintain::migrate_to_locale(context, arguments),
        "rebuildTree" => maintain::rebuild_tree(context).await,
        "render" => maintain::render(context, arguments).await,
        "restore" => update::restore(context, viewer, arguments).await,
        "purgeHistory" => maintain::purge_history(context, arguments),
        _ => return Err(Failure::not_imitated("PageMutation", field)),
    };
    Ok(outcome::of(result))
}

/// Every field of pages needs a permission, so there is somebody to have it.
fn viewer(context: &Context) -> Result<&Viewer, Failure> {
    context
        .viewer
        .as_ref()
        .ok_or_else(|| Failure::error("Unauthorized"))
}
