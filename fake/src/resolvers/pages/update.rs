//! `pages.update` and `pages.restore`, which is an update by an old version.

use super::super::{Arguments, outcome};
use super::relocate::{Destination, move_page};
use super::{create, sql, work};
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Context, Record};
use crate::state::tag;
use apollo_compiler::response::JsonValue;

/// A field of an update.
#[derive(Debug, Clone, Copy)]
enum Given<'a> {
    Absent,
    Null,
    Text(&'a str),
}

impl<'a> Given<'a> {
    fn of(arguments: Arguments<'a>, name: &str) -> Self {
        match arguments.raw(name) {
            None => Self::Absent,
            Some(value) => value.as_str().map_or(Self::Null, Self::Text),
        }
    }

    /// The text where there is one.
    fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Null => None,
        }
    }

    /// The text where there is one that is not empty.
    fn filled(self) -> Option<&'a str> {
        self.text().filter(|text| !text.is_empty())
    }

    /// The text, nothing where it is absent; null is refused.
    fn text_or_kept(self, name: &str) -> Result<Option<&'a str>, Failure> {
        match self {
            Self::Absent => Ok(None),
            Self::Null => Err(Failure::not_strings(&[name])),
            Self::Text(text) => Ok(Some(text)),
        }
    }
}

/// The tags of an update: without them Wiki.js fails in the middle of it.
#[derive(Debug)]
enum Tags {
    Missing(&'static str),
    Named(Vec<String>),
}

/// What an update is made of.
#[derive(Debug)]
struct Changes<'a> {
    action: &'static str,
    content: Option<&'a str>,
    title: Given<'a>,
    description: Given<'a>,
    is_published: bool,
    dates: Result<(String, String), Failure>,
    script_css: &'a str,
    script_js: &'a str,
    tags: Tags,
    locale: Given<'a>,
    path: Given<'a>,
}

impl<'a> Changes<'a> {
    /// The place that was given, whatever the page's is.
    fn place(&self) -> Place<'a> {
        Place {
            locale: self.locale.text(),
            path: self.path.text(),
            tags: &[],
        }
    }
}

/// Changes a page. What is not given is reset where Wiki.js resets it, kept where it keeps it; and what was
/// written stays where a later step fails.
pub(super) async fn update(
    context: &Context,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let tags = match (arguments.raw("tags"), arguments.texts("tags")) {
        (_, Some(tags)) => Tags::Named(tag::normalize(tags)),
        (Some(JsonValue::Null), None) => Tags::Missing("null"),
        _ => Tags::Missing("undefined"),
    };
    let changes = Changes {
        action: "updated",
        content: arguments.text("content"),
        title: Given::of(arguments, "title"),
        description: Given::of(arguments, "description"),
        is_published: arguments.flag("isPublished"),
        dates: create::dates(arguments),
        script_css: arguments.text("scriptCss").unwrap_or_default(),
        script_js: arguments.text("scriptJs").unwrap_or_default(),
        tags,
        locale: Given::of(arguments, "locale"),
        path: Given::of(arguments, "path"),
    };
    let id = arguments.int("id").unwrap_or_default();
    let page = apply(context, viewer, id, changes).await?;
    Ok(outcome::done("Page has been updated.").with("page", page))
}

/// Brings back an old version. Versions have neither tags nor scripts, so the page loses them.
pub(super) async fn restore(
    context: &Context,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let id = arguments.int("pageId").unwrap_or_default();
    let version_id = arguments.int("versionId").unwrap_or_default();
    let page = {
        let state = context.shared.state();
        let stored = state.pages.get(&id).ok_or_else(Failure::page_not_found)?;
        if !viewer.may(
            &["write:pages"],
            Place::new(&stored.page.locale, &stored.page.path),
        ) {
            return Err(Failure::page_restore_forbidden());
        }
        let versions = state.versions_of(id);
        let version = versions
            .into_iter()
            .find(|version| version.id == version_id);
        version.ok_or_else(Failure::page_not_found)?.page.clone()
    };
    let changes = Changes {
        action: "restored",
        content: Some(&page.content),
        title: Given::Text(&page.title),
        description: Given::Text(&page.description),
        is_published: page.is_published,
        dates: Ok((
            page.publish_start_date.clone(),
            page.publish_end_date.clone(),
        )),
        script_css: "",
        script_js: "",
        tags: Tags::Named(Vec::new()),
        locale: Given::Text(&page.locale),
        path: Given::Text(&page.path),
    };
    apply(context, viewer, id, changes).await?;
    Ok(outcome::done("Page version restored successfully."))
}

async fn apply(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    changes: Changes<'_>,
) -> Result<Option<Record>, Failure> {
    write_row(context, viewer, id, &changes)?;
    let written = context
        .shared
        .state()
        .pages
        .get(&id)
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
    relocate(context, viewer, id, &changes).await?;
    let state = context.shared.state();
    Ok(create::answer(&state, id, written))
}

/// Everything up to the `UPDATE` of the row.
fn write_row(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    changes: &Changes<'_>,
) -> Result<(), Failure> {
    let mut state = context.shared.state();
    let Some(stored) = state.pages.get(&id) else {
        return Err(Failure::error("Invalid Page Id"));
    };
    if !viewer.may(
        &["write:pages"],
        Place::new(&stored.page.locale, &stored.page.path),
    ) {
        return Err(Failure::page_update_forbidden());
    }
    let Some(source) = changes.content.filter(|text| !text.trim().is_empty()) else {
        return Err(Failure::page_empty_content());
    };
    state.add_version(id, changes.action);

    // Wiki.js asks for the scripts at the place that was given, not at that of the page.
    let place = changes.place();
    let styles = viewer.may(&["write:styles"], place);
    let scripts = viewer.may(&["write:scripts"], place);
    let title = changes.title.text_or_kept("title");
    let description = changes.description.text_or_kept("description");
    let (description, title) = (description?, title?);
    let (start, end) = changes.dates.clone()?;
    let short = [title, description];
    if short
        .iter()
        .flatten()
        .any(|text| work::too_long(text, sql::SHORT_TEXT))
    {
        return Err(Failure::too_long(sql::UPDATE_PAGE, sql::SHORT_TEXT));
    }
    let now = state.now();
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

/// Another locale or path in an update is a move, made after everything else was written.
async fn relocate(
    context: &Context,
    viewer: &Viewer,
    id: i64,
    changes: &Changes<'_>,
) -> Result<(), Failure> {
    let moves = {
        let state = context.shared.state();
        let Some(stored) = state.pages.get(&id) else {
            return Ok(());
        };
        let differs =
            |given: Given<'_>, own: &str| given.filled().is_some_and(|given| given != own);
        differs(changes.locale, &stored.page.locale) || differs(changes.path, &stored.page.path)
    };
    if !moves {
        return Ok(());
    }
    if !viewer.may(&["write:pages"], changes.place()) {
        return Err(Failure::page_move_forbidden());
    }
    let destination = Destination {
        locale: changes.locale.text(),
        path: changes.path.text(),
    };
    move_page(context, viewer, id, destination).await
}
