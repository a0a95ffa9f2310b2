//! The small types that every domain shares: ids, paths, locales, tags, editors, dates.
//!
//! They carry what the wiki said, unchanged: a page that already has an odd path can still be read,
//! listed and deleted. What may be *written* is checked where it is written, see [`PagePath::check`].

mod editor;
mod ids;
mod open_enum;
mod path;
mod text;

#[cfg(feature = "assets")]
pub(crate) use self::text::texts;
pub use self::{
    editor::Editor,
    ids::{
        ApiKeyId, AssetFolderId, AssetId, CommentId, GroupId, PageId, TagId, TreeId, UserId,
        VersionId,
    },
    text::{Locale, PagePath, Tag, Timestamp},
};
use crate::error::{Error, Result};

#[allow(unused_imports, reason = "only some façades declare such enumerations")]
pub(crate) use self::open_enum::open_enum;

/// The longest path, title, description or tag that the wiki's database takes, in characters.
pub(crate) const MAX_CHARACTERS: usize = 255;

/// The wiki's database takes no NUL in any text.
pub(crate) fn no_nul(field: &'static str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(field, "it has a NUL character", "remove it"));
    }
    Ok(())
}
