//! `pages.move` and `pages.delete`.

use super::super::{Arguments, outcome};
use super::sql;
use super::work::{self, Event, TreeJob};
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Context, Record};

/// Where a page is moved to. An update can leave either out, which Wiki.js does not expect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destination<'a> {
    pub(super) locale: Option<&'a str>,
    pub(super) path: Option<&'a str>,
}

pub(super) async fn relocate(
    context: &Context,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let destination = Destination {
        locale: arguments.text("destinationLocale"),
        path: arguments.text("destinationPath"),
    };
    move_page(context, viewer, id, destination).await?;
    Ok(outcome::done("Page has been moved."))
}

/// Moves a page. A title that is the last segment of the path follows it.
pub(super) async fn move_page(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    destination: Destination<'_>,
) -> Result<(), Failure> {
    let page = {
        let state = context.shared.state();
        let stored = state.pages.get(&id).ok_or_else(Failure::page_not_found)?;
        stored.page.clone()
    };
    let Some(path) = destination.path else {
        return Err(Failure::type_error(
            "Cannot read properties of undefined (reading 'includes')",
        ));
    };
    work::check_path(path)?;
    let path = work::strip_path(path);
    let target = Place {
        locale: destination.locale,
        path: Some(path),
        tags: &[],
    };
    let may_leave = viewer.may(&["manage:pages"], Place::new(&page.locale, &page.path));
    if !may_leave || !viewer.may(&["write:pages"], target) {
        return Err(Failure::page_move_forbidden());
    }
    let Some(locale) = destination.locale else {
        return Err(Failure::error(
            "undefined passed as a property in argument #0 for 'where' operation. Call skipUndefined() method to \
             ignore the undefined values.",
        ));
    };
    let job = {
        let mut state = context.shared.state();
        if state.page_at(locale, path).is_some() {
            return Err(Failure::page_path_collision());
        }
        state.add_version(id, "moved");
        if work::too_long(path, sql::SHORT_TEXT) {
            return Err(Failure::too_long(sql::MOVE_PAGE, sql::SHORT_TEXT));
        }
        if work::too_long(locale, sql::LOCALE_TEXT) {
            return Err(Failure::too_long(sql::MOVE_PAGE, sql::LOCALE_TEXT));
        }
        if !state.settings.locales.iter().any(|own| own == locale) {
            return Err(Failure::foreign_key(
                sql::MOVE_PAGE,
                "pages_localecode_foreign",
            ));
        }
        let now = state.now();
        state.change_page(id, |page| {
            if page.title == last_segment(&page.path) {
                last_segment(path).clone_into(&mut page.title);
            }
            path.clone_into(&mut page.path);
            locale.clone_into(&mut page.locale);
            page.updated_at = now;
        });
        drop(state);
        TreeJob::start(context)
    };
    job.finish(context).await?;
    let mut state = context.shared.state();
    work::reconnect_links(
        &mut state,
        locale,
        path,
        Event::Moved(&page.locale, &page.path),
    );
    work::reconnect_links(&mut state, locale, path, Event::Created);
    Ok(())
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Deletes a page; its last state is kept as a version that nobody can read any more.
pub(super) async fn delete(
    context: &Context,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let (removed, job) = {
        let mut state = context.shared.state();
        let stored = state.pages.get(&id).ok_or_else(Failure::page_not_found)?;
        // Wiki.js looks for the locale under a name that the row has not: a rule for some locales never fits.
        let place = Place {
            locale: None,
            ..Place::new("", &stored.page.path)
        };
        if !viewer.may(&["delete:pages"], place) {
            return Err(Failure::page_delete_forbidden());
        }
        state.add_version(id, "deleted");
        let removed = state.remove_page(id).ok_or_else(Failure::page_not_found)?;
        drop(state);
        (removed.page, TreeJob::start(context))
    };
    job.finish(context).await?;
    let mut state = context.shared.state();
    work::reconnect_links(&mut state, &removed.locale, &removed.path, Event::Deleted);
    Ok(outcome::done("Page has been deleted."))
}
