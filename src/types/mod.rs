//! The small types that every domain shares: ids, paths, locales, tags, editors, dates.
//!
//! They carry what the wiki said, unchanged: a page that already has an odd path can still be read,
//! listed and deleted. What may be *written* is checked where it is written, see [`PagePath::check`].

mod editor;
mod ids;
mod path;
mod text;

pub use self::{
    editor::Editor,
    ids::{GroupId, PageId, TagId, TreeId, UserId, VersionId},
    text::{Locale, PagePath, Tag, Timestamp},
};

/// The longest path, title, description or tag that the wiki's database takes, in characters.
pub(crate) const MAX_CHARACTERS: usize = 255;
