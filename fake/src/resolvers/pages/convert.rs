//! `pages.convert`.

use super::super::{Arguments, outcome};
use crate::auth::{Place, Viewer};
use crate::errors::Failure;
use crate::execute::{Context, Record};
use crate::render;
use crate::state::page::content_type;

/// Changes a page's editor, and its content between Markdown and HTML. It is not rendered anew.
pub(super) fn convert(
    context: &Context,
    viewer: &Viewer,
    arguments: Arguments<'_>,
) -> Result<Record, Failure> {
    let id = arguments.int("id").unwrap_or_default();
    let editor = arguments.text("editor").unwrap_or_default();
    let mut state = context.shared.state();
    let Some(stored) = state.pages.get(&id) else {
        return Err(Failure::error("Invalid Page Id"));
    };
    let page = &stored.page;
    if page.editor == editor {
        return Err(Failure::error(
            "Page is already using this editor. Nothing to convert.",
        ));
    }
    if !viewer.may(&["write:pages"], Place::new(&page.locale, &page.path)) {
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
    Ok(outcome::done("Page has been converted."))
}
