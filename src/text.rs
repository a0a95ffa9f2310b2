//! What texts may hold that are written. Wiki.js refuses the rest only after the request, some of it after
//! half of the write.

pub(crate) use crate::types::no_nul;
use crate::{
    error::{Error, Result},
    types::{MAX_CHARACTERS, Tag},
};

pub(crate) fn check_content(content: &str) -> Result<()> {
    if content.trim().is_empty() {
        return Err(Error::invalid(
            "content",
            "it is empty, and Wiki.js keeps no empty page",
            "write at least one character that is not white space",
        ));
    }
    no_nul("content", content)
}

/// A text that is kept in a column of 255 characters.
pub(crate) fn check_short(field: &'static str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if length > MAX_CHARACTERS {
        return Err(Error::invalid(
            field,
            format!("it has {length} characters, and the wiki keeps 255"),
            "shorten it",
        ));
    }
    no_nul(field, text)
}

pub(crate) fn check_tags(tags: &[Tag]) -> Result<()> {
    tags.iter().try_for_each(Tag::check)
}
