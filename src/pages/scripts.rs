//! Scripts and style sheets of single pages, which Wiki.js drops in silence where the permission for
//! them is missing: whoever sent one is told.

use super::Page;
use crate::error::{Error, Incomplete, Result};

/// After a create: what was sent is there.
pub(super) fn check_new_scripts(stored: &Page, css: Option<&str>, js: Option<&str>) -> Result<()> {
    let dropped = |sent: Option<&str>, stored: &Option<String>| {
        sent.is_some_and(|sent| !sent.trim().is_empty()) && stored.is_none()
    };
    if dropped(css, &stored.script_css) {
        Err(not_stored(stored, STYLES))
    } else if dropped(js, &stored.script_js) {
        Err(not_stored(stored, SCRIPTS))
    } else {
        Ok(())
    }
}

/// After an update: what was changed is changed. A style sheet is minified, so that only one that is
/// still the old one tells.
pub(super) fn check_scripts(before: &Page, wanted: &Page, stored: &Page) -> Result<()> {
    let without_blanks = |css: &Option<String>| {
        css.iter()
            .flat_map(|css| css.split_whitespace())
            .collect::<String>()
    };
    let wanted_css = without_blanks(&wanted.script_css);
    if wanted_css != without_blanks(&before.script_css)
        && stored.script_css == before.script_css
        && wanted_css != without_blanks(&stored.script_css)
    {
        Err(not_stored(stored, STYLES))
    } else if stored.script_js.as_deref() != wanted.script_js.as_deref().filter(|js| !js.is_empty())
    {
        Err(not_stored(stored, SCRIPTS))
    } else {
        Ok(())
    }
}

/// Field and permission.
type Guarded = (&'static str, &'static str);

const STYLES: Guarded = ("script_css", "write:styles");
const SCRIPTS: Guarded = ("script_js", "write:scripts");

fn not_stored(page: &Page, (field, permission): Guarded) -> Error {
    Error::Incomplete(Box::new(Incomplete {
        done: format!("page {} is written", page.id),
        missing: format!("its {field} is not stored"),
        source: Error::invalid(
            field,
            "Wiki.js drops it without a word",
            format!("use a key with the permission {permission}, or leave it out"),
        ),
    }))
}
