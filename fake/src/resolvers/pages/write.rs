//! `pages.create`, `update`, `restore` and `convert`.

use super::maintain::{Destination, move_page};
use super::read::{model, page_tags};
use super::work::{self, Event, TreeJob};
use crate::auth::{Location, Viewer};
use crate::database::Statement;
use crate::errors::Failure;
use crate::render;
use crate::resolvers::{Call, Context, Object, Resolved, done};
use crate::state::page::{content_type, is_editor};
use crate::state::{FakePage, State, tag};
use crate::text::trim;
use apollo_compiler::response::JsonValue;
use serde_json::json;

/// Creates a page. It is stored before the steps that can fail, and stays if they do.
pub(super) async fn create(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    work::check_path(call.text("path"))?;
    let (locale, path) = (call.text("locale"), work::strip_path(call.text("path")));
    let location = Location::new(locale, path);
    if !viewer.may(&["write:pages"], location) {
        return Err(Failure::page_delete_forbidden());
    }
    if call.state().page_at(locale, path).is_some() {
        return Err(Failure::page_duplicate_create());
    }
    if trim(call.text("content")).is_empty() {
        return Err(Failure::page_empty_content());
    }
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
        if viewer.may(&["write:styles"], location) {
            page.script_css = work::minify(call.text("scriptCss"));
        }
        if viewer.may(&["write:scripts"], location) {
            call.text("scriptJs").clone_into(&mut page.script_js);
        }
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
    let written = call
        .state()
        .find_page(id)
        .ok()
        .map(|stored| stored.page.clone());
    work::render(&call, id).await?;
    job.finish(&call).await?;

    let mut state = call.state();
    state.index_page(id);
    work::reconnect_links(&mut state, locale, path, Event::Created);
    Ok(done("Page created successfully.").with("page", response(&state, id, written)))
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
    let statement = || {
        let scripts = json!({"js": page.script_js, "css": page.script_css}).to_string();
        let row = json!({
            "authorId": page.author_id, "content": page.content, "contentType": page.content_type,
            "createdAt": page.created_at, "creatorId": page.creator_id, "description": page.description,
            "editorKey": page.editor, "extra": scripts, "hash": page.hash(), "isPrivate": page.is_private,
            "isPublished": page.is_published, "localeCode": page.locale, "path": page.path,
            "publishEndDate": page.publish_end_date, "publishStartDate": page.publish_start_date,
            "title": page.title, "toc": "[]", "updatedAt": page.updated_at,
        });
        Statement::insert("pages", row, "id")
    };
    let texts = [
        ("path", page.path.as_str()),
        ("title", &page.title),
        ("description", &page.description),
        ("editorKey", &page.editor),
        ("localeCode", &page.locale),
    ];
    database.check_lengths(&texts, statement)?;
    database.check_reference(state.has_locale(&page.locale), work::LOCALE, statement)?;
    database.check_reference(is_editor(&page.editor), work::EDITOR, statement)
}

/// A field of an update: `None` if it is absent, `Some(None)` for null.
type Given<'a> = Option<Option<&'a str>>;

fn given<'a>(call: Call<'a>, name: &str) -> Given<'a> {
    call.raw(name).map(JsonValue::as_str)
}

/// Returns the text of a field, or `None` if it is absent. Null is refused.
fn text_or_kept<'a>(given: Given<'a>, name: &str) -> Resolved<Option<&'a str>> {
    match given {
        Some(None) => Err(Failure::not_strings(&[name])),
        given => Ok(given.flatten()),
    }
}

/// The tags of an update. Without them Wiki.js fails after it has stored the row.
#[derive(Debug)]
enum Tags {
    Missing(&'static str),
    Named(Vec<String>),
}

/// The changes of an update.
#[derive(Debug)]
struct Changes<'a> {
    action: &'static str,
    content: Option<&'a str>,
    title: Given<'a>,
    description: Given<'a>,
    is_published: bool,
    dates: Resolved<(String, String)>,
    script_css: &'a str,
    script_js: &'a str,
    tags: Tags,
    locale: Given<'a>,
    path: Given<'a>,
}

impl<'a> Changes<'a> {
    /// Returns the location in the request, which can differ from that of the page.
    fn location(&self) -> Location<'a> {
        Location {
            locale: self.locale.flatten(),
            path: self.path.flatten(),
            tags: &[],
        }
    }
}

/// Changes a page. Omitted fields are reset or kept as in Wiki.js. What was written stays if a later step fails.
pub(super) async fn update(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let tags = match (call.raw("tags"), call.texts("tags")) {
        (_, Some(tags)) => Tags::Named(tag::normalize(tags)),
        (Some(JsonValue::Null), None) => Tags::Missing("null"),
        _ => Tags::Missing("undefined"),
    };
    let changes = Changes {
        action: "updated",
        content: call.some_text("content"),
        title: given(call, "title"),
        description: given(call, "description"),
        is_published: call.flag("isPublished"),
        dates: dates(call),
        script_css: call.text("scriptCss"),
        script_js: call.text("scriptJs"),
        tags,
        locale: given(call, "locale"),
        path: given(call, "path"),
    };
    let id = call.int("id");
    let page = apply(&call, viewer, id, changes).await?;
    Ok(done("Page has been updated.").with("page", page))
}

/// Restores an old version. Versions have neither tags nor scripts, so the page loses them.
pub(super) async fn restore(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("pageId");
    let version_id = call.int("versionId");
    let page = {
        let state = call.state();
        let stored = state.find_page(id)?;
        if !viewer.may(&["write:pages"], Location::of(&stored.page)) {
            return Err(Failure::page_restore_forbidden());
        }
        let version = state.version(id, version_id);
        version.ok_or_else(Failure::page_not_found)?.page.clone()
    };
    let changes = Changes {
        action: "restored",
        content: Some(&page.content),
        title: Some(Some(&page.title)),
        description: Some(Some(&page.description)),
        is_published: page.is_published,
        dates: Ok((
            page.publish_start_date.clone(),
            page.publish_end_date.clone(),
        )),
        script_css: "",
        script_js: "",
        tags: Tags::Named(Vec::new()),
        locale: Some(Some(&page.locale)),
        path: Some(Some(&page.path)),
    };
    apply(&call, viewer, id, changes).await?;
    Ok(done("Page version restored successfully."))
}

async fn apply(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    changes: Changes<'_>,
) -> Resolved<Option<Object>> {
    write_row(context, viewer, id, &changes)?;
    let written = context
        .state()
        .find_page(id)
        .ok()
        .map(|stored| stored.page.clone());
    match &changes.tags {
        Tags::Missing(what) => {
            let message = format!("Cannot read properties of {what} (reading 'map')");
            return Err(Failure::type_error(message));
        }
        Tags::Named(names) => work::save_tags(context, id, names).await?,
    }
    work::render(context, id).await?;
    work::step(context).await;
    move_if_changed(context, viewer, id, &changes).await?;
    let state = context.state();
    Ok(response(&state, id, written))
}

/// Changes the row of a page.
fn write_row(context: &Context, viewer: &Viewer, id: i64, changes: &Changes<'_>) -> Resolved<()> {
    let mut state = context.state();
    let Some(stored) = state.pages.get(&id) else {
        return Err(Failure::error("Invalid Page Id"));
    };
    if !viewer.may(&["write:pages"], Location::of(&stored.page)) {
        return Err(Failure::page_update_forbidden());
    }
    let Some(source) = changes.content.filter(|text| !trim(text).is_empty()) else {
        return Err(Failure::page_empty_content());
    };
    state.add_version(id, changes.action);

    // Wiki.js checks the permissions for scripts at the location in the request, not at that of the page.
    let location = changes.location();
    let styles = viewer.may(&["write:styles"], location);
    let scripts = viewer.may(&["write:scripts"], location);
    let title = text_or_kept(changes.title, "title");
    let description = text_or_kept(changes.description, "description");
    let (description, title) = (description?, title?);
    let (start, end) = changes.dates.clone()?;
    let now = state.now();
    let database = state.database();
    let texts = [
        ("title", title.unwrap_or_default()),
        ("description", description.unwrap_or_default()),
    ];
    database.check_lengths(&texts, || {
        let scripts = json!({"js": changes.script_js, "css": changes.script_css}).to_string();
        let columns = [
            ("authorId", json!(viewer.id)),
            ("content", json!(source)),
            ("description", json!(description)),
            ("isPublished", json!(changes.is_published)),
            ("publishEndDate", json!(end)),
            ("publishStartDate", json!(start)),
            ("title", json!(title)),
            ("extra", json!(scripts)),
            ("updatedAt", json!(now)),
        ];
        Statement::update("pages", columns, "\"id\"", id)
    })?;
    state.change_page(id, |page| {
        page.author_id = viewer.id;
        source.clone_into(&mut page.content);
        page.is_published = changes.is_published;
        page.publish_start_date = start;
        page.publish_end_date = end;
        if let Some(title) = title {
            title.clone_into(&mut page.title);
        }
        if let Some(description) = description {
            description.clone_into(&mut page.description);
        }
        if styles {
            page.script_css = work::minify(changes.script_css);
        }
        if scripts {
            changes.script_js.clone_into(&mut page.script_js);
        }
        page.updated_at = now;
    });
    Ok(())
}

/// Moves a page after an update with another locale or path.
async fn move_if_changed(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    changes: &Changes<'_>,
) -> Resolved<()> {
    let moves = {
        let state = context.state();
        let Some(stored) = state.pages.get(&id) else {
            return Ok(());
        };
        let differs = |given: Given<'_>, own: &str| {
            let text = given.flatten().filter(|text| !text.is_empty());
            text.is_some_and(|text| text != own)
        };
        differs(changes.locale, &stored.page.locale) || differs(changes.path, &stored.page.path)
    };
    if !moves {
        return Ok(());
    }
    if !viewer.may(&["write:pages"], changes.location()) {
        return Err(Failure::page_move_forbidden());
    }
    let destination = Destination {
        locale: changes.locale.flatten(),
        path: changes.path.flatten(),
    };
    move_page(context, viewer, id, destination).await
}

/// Changes the editor of a page, and its content between Markdown and HTML. The page is not rendered again.
pub(super) fn convert(call: Call<'_>, viewer: &Viewer) -> Resolved<Object> {
    let id = call.int("id");
    let editor = call.text("editor");
    let mut state = call.state();
    let Some(stored) = state.pages.get(&id) else {
        return Err(Failure::error("Invalid Page Id"));
    };
    let page = &stored.page;
    if page.editor == editor {
        return Err(Failure::error(
            "Page is already using this editor. Nothing to convert.",
        ));
    }
    if !viewer.may(&["write:pages"], Location::of(page)) {
        return Err(Failure::page_update_forbidden());
    }
    let target = content_type(editor);
    let converted = match (page.content_type.as_str(), target) {
        (source, target) if source == target => None,
        ("markdown", "html") => {
            let rendered = page.render.as_deref().filter(|render| !render.is_empty());
            let rendered = rendered.ok_or_else(|| {
                Failure::error("Aborted conversion because rendered page content is empty!")
            })?;
            Some(render::to_html(rendered))
        }
        ("html", "markdown") => Some(render::to_markdown(&page.content)),
        _ => {
            return Err(Failure::error(
                "Unsupported source / destination content types combination.",
            ));
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
