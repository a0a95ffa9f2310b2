//! `pages.create`.

use super::super::{Arguments, outcome};
use super::work::{self, Event, TreeJob};
use super::{single, sql};
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Context, Record};
use crate::state::page::{content_type, is_editor};
use crate::state::{FakePage, State, tag};
use apollo_compiler::response::JsonValue;

/// Makes a page. It is stored early: whatever goes wrong after that, the page stays.
pub(super) async fn create(
    context: &Context,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let text = |name| arguments.text(name).unwrap_or_default();
    work::check_path(text("path"))?;
    let (locale, path) = (text("locale"), work::strip_path(text("path")));
    let place = Place::new(locale, path);
    if !viewer.may(&["write:pages"], place) {
        return Err(Failure::page_delete_forbidden());
    }
    if context.shared.state().page_at(locale, path).is_some() {
        return Err(Failure::page_duplicate_create());
    }
    if text("content").trim().is_empty() {
        return Err(Failure::page_empty_content());
    }
    let dates = dates(arguments)?;
    // Between the look for a page at the path and the insert another one can come.
    work::step(context).await;

    let (id, job) = {
        let mut state = context.shared.state();
        let now = state.now();
        let mut page = FakePage::new(path, text("title"))
            .locale(locale)
            .description(text("description"))
            .content(text("content"))
            .publish_dates(dates.0, dates.1)
            .users(viewer.id, viewer.id)
            .timestamps(now.clone(), now)
            .editor(text("editor"));
        page.is_published = arguments.flag("isPublished");
        page.is_private = arguments.flag("isPrivate");
        if viewer.may(&["write:styles"], place) {
            page.script_css = work::minify(text("scriptCss"));
        }
        if viewer.may(&["write:scripts"], place) {
            text("scriptJs").clone_into(&mut page.script_js);
        }
        check_row(&state, &page)?;
        let id = state.insert_page(page);
        state.leave_out_of_tree(id);
        drop(state);
        (id, TreeJob::start(context))
    };
    let tags = tag::normalize(arguments.texts("tags").unwrap_or_default());
    if !tags.is_empty() {
        work::save_tags(context, id, &tags).await?;
    }
    // What is answered is the row as it was before it was rendered.
    let answered = context
        .shared
        .state()
        .pages
        .get(&id)
        .map(|stored| stored.page.clone());
    work::render(context, id).await?;
    job.finish(context).await?;

    let mut state = context.shared.state();
    state.index_page(id);
    work::reconnect_links(&mut state, locale, path, Event::Created);
    Ok(outcome::done("Page created successfully.").with("page", answer(&state, id, answered)))
}

/// A page in the answer to a write: an earlier state of its row, with the tags and `updatedAt` of now.
pub(super) fn answer(state: &State, id: i64, earlier: Option<FakePage>) -> Option<Record> {
    let mut page = earlier?;
    let stored = state.pages.get(&id)?;
    page.updated_at.clone_from(&stored.page.updated_at);
    Some(single::model(state, &page).with("tags", single::tags(state, stored)))
}

/// Both publication dates: any text goes, nothing else does, and what JavaScript takes for false becomes `""`.
pub(super) fn dates(arguments: Arguments<'_>) -> Result<(String, String), Failure> {
    let date = |name| match arguments.raw(name) {
        None | Some(JsonValue::Null | JsonValue::Bool(false)) => Ok(String::new()),
        Some(JsonValue::String(text)) => Ok(text.as_str().to_owned()),
        Some(JsonValue::Number(number)) if number.as_f64() == Some(0.0) => Ok(String::new()),
        Some(_) => Err(name),
    };
    match (date("publishStartDate"), date("publishEndDate")) {
        (Ok(start), Ok(end)) => Ok((start, end)),
        (start, end) => {
            let wrong: Vec<_> = [start, end].into_iter().filter_map(Result::err).collect();
            Err(Failure::not_strings(&wrong))
        }
    }
}

/// What the database says to a new row.
fn check_row(state: &State, page: &FakePage) -> Result<(), Failure> {
    let short = [&page.path, &page.title, &page.description, &page.editor];
    if short
        .iter()
        .any(|text| work::too_long(text, sql::SHORT_TEXT))
    {
        return Err(Failure::too_long(sql::INSERT_PAGE, sql::SHORT_TEXT));
    }
    if work::too_long(&page.locale, sql::LOCALE_TEXT) {
        return Err(Failure::too_long(sql::INSERT_PAGE, sql::LOCALE_TEXT));
    }
    if !state.settings.locales.contains(&page.locale) {
        return Err(Failure::foreign_key(
            sql::INSERT_PAGE,
            "pages_localecode_foreign",
        ));
    }
    if !is_editor(&page.editor) {
        return Err(Failure::foreign_key(
            sql::INSERT_PAGE,
            "pages_editorkey_foreign",
        ));
    }
    debug_assert_eq!(page.content_type, content_type(&page.editor));
    Ok(())
}
