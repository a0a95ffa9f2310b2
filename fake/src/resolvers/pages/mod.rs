//! `pages`: 12 queries and 13 mutations.

mod maintain;
mod read;
mod work;
mod write;

pub(super) use work::minify;

use super::{Call, Resolved, done, response_result};

pub(super) fn query(call: Call<'_>) -> Resolved {
    let viewer = call.viewer()?;
    let mut state = call.state();
    match call.field {
        "history" => read::history(&state, viewer, call),
        "version" => read::version(&state, viewer, call),
        "search" => read::search(&state, viewer, call),
        "list" => read::list(&state, viewer, call),
        "single" => read::single(&state, viewer, call),
        "singleByPath" => read::single_by_path(&state, viewer, call),
        "tags" => Ok(maintain::tags(&state, viewer)),
        "searchTags" => Ok(maintain::search_tags(&state, viewer, call)),
        "tree" => read::tree(&mut state, viewer, call),
        "links" => Ok(read::links(&state, viewer, call)),
        "checkConflicts" => read::check_conflicts(&state, viewer, call),
        "conflictLatest" => read::conflict_latest(&state, viewer, call),
        _ => call.not_imitated(),
    }
}

pub(super) async fn mutate(call: Call<'_>) -> Resolved {
    let viewer = call.viewer()?;
    Ok(response_result(match call.field {
        "create" => write::create(call, viewer).await,
        "update" => write::update(call, viewer).await,
        "convert" => write::convert(call, viewer),
        "restore" => write::restore(call, viewer).await,
        "move" => maintain::relocate(call, viewer).await,
        "delete" => maintain::delete(call, viewer).await,
        "deleteTag" => maintain::delete_tag(call),
        "updateTag" => maintain::update_tag(call),
        "flushCache" => Ok(done("Pages Cache has been flushed successfully.")),
        "migrateToLocale" => maintain::migrate_to_locale(call),
        "rebuildTree" => maintain::rebuild_tree(call).await,
        "render" => maintain::render(call).await,
        "purgeHistory" => maintain::purge_history(call),
        _ => return call.not_imitated(),
    }))
}
