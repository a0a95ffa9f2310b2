//! `pages.create`, `update`, `restore` and `convert`.

use super::maintain::move_page;
use super::read::{model, page_tags};
use super::work::{self, Event, TreeJob};
use crate::auth::{Location, Viewer};
use crate::database::Statement;
use crate::errors::{Code, Failure, ensure};
use crate::render;
use crate::resolvers::{Call, Object, Resolved, done};
use crate::state::page::{content_type, is_editor};
use crate::state::{FakePage, State, tag};
use crate::text::trim;
use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::json;

/// Creates a page. It is stored before the steps that can fail, and stays if they do.
pub(super) async fn create(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    work::check_path(call.text("path"))?;
    let (locale, path) = (call.text("locale"), work::strip_path(call.text("path")));
    let location = Location::new(locale, path);
    let may_write = viewer.may(&["write:pages"], location);
    ensure(may_write, || Code::PageDeleteForbidden)?;
    let is_new = call.state().page_at(locale, path).is_none();
    ensure(is_new, || Code::PageDuplicateCreate)?;
    let is_empty = trim(call.text("content")).is_empty();
    ensure(!is_empty, || Code::PageEmptyContent)?;
    let dates = dates(call)?;
    // Another write can create the page between the check of its path and the insert.
    work::step(&call).await;

    let (id, job) = {
        let mut state = call.state();
        let now = state.now();
        let mut page = FakePage::new(path, call.text("title"))
            .locale(locale)
            .description(call.text("description"))
            .content(call.text("content"))
            .publish_dates(dates.0, dates.1)
            .users(viewer.id, viewer.id)
            .timestamps(now.clone(), now)
            .editor(call.text("editor"));
        page.is_published = call.flag("isPublished");
        page.is_private = call.flag("isPrivate");
        set_scripts(&mut page, call, viewer, location);
        check_row(&state, &page)?;
        let id = state.insert_page(page);
        state.leave_out_of_tree(id);
        drop(state);
        (id, TreeJob::start(&call))
    };
    let tags = tag::normalize(call.texts("tags").unwrap_or_default());
    if !tags.is_empty() {
        work::save_tags(&call, id, &tags).await?;
    }
    // The response contains the row before rendering.
    let written = row(call, id);
    work::render(&call, id).await?;
    job.finish(&call).await?;

    let mut state = call.state();
    state.index_page(id);
    work::reconnect_links(&mut state, locale, path, Event::Created);
    Ok(done("Page created successfully.").with("page", response(&state, id, written)))
}

/// Returns the row of a page.
fn row(call: Call<'_>, id: i64) -> Option<FakePage> {
    call.state()
        .pages
        .get(&id)
        .map(|stored| stored.page.clone())
}

/// Returns a page in the response to a write: an earlier state of its row, with the present tags and `updatedAt`.
fn response(state: &State, id: i64, earlier: Option<FakePage>) -> Option<Object> {
    let mut page = earlier?;
    let stored = state.pages.get(&id)?;
    page.updated_at.clone_from(&stored.page.updated_at);
    Some(model(state, &page).with("tags", page_tags(state, stored)))
}

/// Returns both publication dates. Any text is valid, and other values that are false in JavaScript are the empty text.
fn dates(call: Call<'_>) -> Resolved<(String, String)> {
    let date = |name| match call.raw(name) {
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

/// Refuses a new row that the database refuses.
fn check_row(state: &State, page: &FakePage) -> Resolved<()> {
    let database = state.database();
    let columns = [
        ("authorId", json!(page.author_id)),
        ("content", json!(page.content)),
        ("description", json!(page.description)),
        ("editorKey", json!(page.editor)),
        ("localeCode", json!(page.locale)),
        ("path", json!(page.path)),
        ("title", json!(page.title)),
    ];
    let insert = Statement::insert("pages", columns);
    database.check_lengths(&insert)?;
    database.check_reference(state.has_locale(&page.locale), work::LOCALE, &insert)?;
    database.check_reference(is_editor(&page.editor), work::EDITOR, &insert)
}

/// Returns the text of a field, or `None` if it is absent. Null is refused.
fn text_or_kept<'a>(call: Call<'a>, name: &str) -> Resolved<Option<&'a str>> {
    match call.raw(name) {
        Some(JsonValue::Null) => Err(Failure::not_strings(&[name])),
        _ => Ok(call.some_text(name)),
    }
}

/// Returns the location in the request, which can differ from that of the page.
fn location(call: Call<'_>) -> Location<'_> {
    Location::partial(call.some_text("locale"), call.some_text("path"))
}

pub(super) async fn update(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let page = apply(call, viewer, call.int("id"), "updated").await?;
    Ok(done("Page has been updated.").with("page", page))
}

/// Restores an old version. Versions have neither tags nor scripts, so the page loses them.
pub(super) async fn restore(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("pageId");
    let page = {
        let state = call.state();
        let stored = state.find_page(id)?;
        let may_write = viewer.may(&["write:pages"], Location::of(&stored.page));
        ensure(may_write, || Code::PageRestoreForbidden)?;
        let version = state.version(id, call.int("versionId"));
        version.ok_or(Code::PageNotFound)?.page.clone()
    };
    let texts = [
        ("content", page.content),
        ("title", page.title),
        ("description", page.description),
        ("publishStartDate", page.publish_start_date),
        ("publishEndDate", page.publish_end_date),
        ("locale", page.locale),
        ("path", page.path),
    ];
    let texts = texts.map(|(name, text)| (name.into(), text.into()));
    let mut arguments: JsonMap = texts.into_iter().collect();
    arguments.insert("isPublished", page.is_published.into());
    arguments.insert("tags", JsonValue::Array(Vec::new()));
    let update = Call {
        arguments: &arguments,
        ..call
    };
    apply(update, viewer, id, "restored").await?;
    Ok(done("Page version restored successfully."))
}

/// Changes a page. Omitted fields are reset or kept as in Wiki.js. What was written stays if a later step fails.
async fn apply(call: Call<'_>, viewer: &Viewer, id: i64, action: &str) -> Resolved<Option<Object>> {
    write_row(call, viewer, id, action)?;
    let written = row(call, id);
    // Without tags Wiki.js fails after it has stored the row.
    let nothing = call.raw("tags").map_or("undefined", |_| "null");
    let tags = call.texts("tags");
    let tags = tags.ok_or_else(|| Failure::property_of(nothing, "map"))?;
    work::save_tags(&call, id, &tag::normalize(tags)).await?;
    work::render(&call, id).await?;
    work::step(&call).await;
    move_if_changed(call, viewer, id).await?;
    let state = call.state();
    Ok(response(&state, id, written))
}

/// Changes the row of a page.
fn write_row(call: Call<'_>, viewer: &Viewer, id: i64, action: &str) -> Resolved<()> {
    let mut state = call.state();
    let stored = state.pages.get(&id).ok_or_else(missing)?;
    let may_write = viewer.may(&["write:pages"], Location::of(&stored.page));
    ensure(may_write, || Code::PageUpdateForbidden)?;
    let source = call.text("content");
    ensure(!trim(source).is_empty(), || Code::PageEmptyContent)?;
    state.add_version(id, action);

    let title = text_or_kept(call, "title");
    let description = text_or_kept(call, "description")?;
    let title = title?;
    let (start, end) = dates(call)?;
    let now = state.now();
    let columns = [
        ("authorId", json!(viewer.id)),
        ("content", json!(source)),
        ("description", json!(description)),
        ("title", json!(title)),
        ("updatedAt", json!(now)),
    ];
    let update = Statement::update("pages", columns, id);
    state.database().check_lengths(&update)?;
    state.change_page(id, |page| {
        page.author_id = viewer.id;
        source.clone_into(&mut page.content);
        page.is_published = call.flag("isPublished");
        page.publish_start_date = start;
        page.publish_end_date = end;
        if let Some(title) = title {
            title.clone_into(&mut page.title);
        }
        if let Some(description) = description {
            description.clone_into(&mut page.description);
        }
        // Wiki.js checks the permissions for scripts at the location in the request, not at that of the page.
        set_scripts(page, call, viewer, location(call));
        page.updated_at = now;
    });
    Ok(())
}

/// Sets the style sheet and the script of a page that the caller may set at a location.
fn set_scripts(page: &mut FakePage, call: Call<'_>, viewer: &Viewer, location: Location<'_>) {
    if viewer.may(&["write:styles"], location) {
        page.script_css = work::minify(call.text("scriptCss"));
    }
    if viewer.may(&["write:scripts"], location) {
        call.text("scriptJs").clone_into(&mut page.script_js);
    }
}

/// Moves a page after an update with another locale or path.
async fn move_if_changed(call: Call<'_>, viewer: &Viewer, id: i64) -> Resolved<()> {
    let Some(page) = row(call, id) else {
        return Ok(());
    };
    let differs = |name: &str, own: &str| call.filled(name).is_some_and(|text| text != own);
    if !differs("locale", &page.locale) && !differs("path", &page.path) {
        return Ok(());
    }
    let destination = location(call);
    let may_write = viewer.may(&["write:pages"], destination);
    ensure(may_write, || Code::PageMoveForbidden)?;
    move_page(&call, viewer, id, destination).await
}

fn missing() -> Failure {
    Failure::error("Invalid Page Id")
}

/// Changes the editor of a page, and its content between Markdown and HTML. The page is not rendered again.
pub(super) fn convert(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("id");
    let editor = call.text("editor");
    let mut state = call.state();
    let page = &state.pages.get(&id).ok_or_else(missing)?.page;
    let message = "Page is already using this editor. Nothing to convert.";
    ensure(page.editor != editor, || Failure::error(message))?;
    let may_write = viewer.may(&["write:pages"], Location::of(page));
    ensure(may_write, || Code::PageUpdateForbidden)?;
    let target = content_type(editor);
    let converted = match (page.content_type.as_str(), target) {
        (source, target) if source == target => None,
        ("markdown", "html") => {
            let rendered = page.render.as_deref().unwrap_or_default();
            let message = "Aborted conversion because rendered page content is empty!";
            ensure(!rendered.is_empty(), || Failure::error(message))?;
            Some(render::to_html(rendered))
        }
        ("html", "markdown") => Some(render::to_markdown(&page.content)),
        _ => {
            let message = "Unsupported source / destination content types combination.";
            return Err(Failure::error(message));
        }
    };
    if converted.is_some() {
        state.add_version(id, "updated");
    }
    let now = state.now();
    state.change_page(id, |page| {
        editor.clone_into(&mut page.editor);
        target.clone_into(&mut page.content_type);
        if let Some(text) = converted.filter(|text| !text.is_empty()) {
            page.content = text;
        }
        page.updated_at = now;
    });
    Ok(done("Page has been converted."))
}
