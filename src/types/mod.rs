//! Types that all domains share: ids, paths, locales, tags, editors, timestamps.
//!
//! They keep values from the wiki unchanged, so that a page at an unusual path can still be read, listed and
//! deleted. Input is checked before it is written; see [`PagePath::check`].

mod ids;
mod open_enum;
mod path;
mod text;

#[allow(unused_imports, reason = "the features of some domains need them")]
pub(crate) use self::{
    ids::id_of,
    open_enum::open_enum,
    text::{MAX_CHARACTERS, is_js_space, js_trim, text_types, textual, without_slashes},
};
pub use self::{
    ids::{
        ApiKeyId, AssetFolderId, AssetId, CommentId, GroupId, PageId, TagId, TreeId, UserId,
        VersionId,
    },
    open_enum::Editor,
    text::{Locale, PagePath, Tag, Timestamp},
};

/// Serializes a value as its text, for `#[serde(with = "as_text")]`.
pub(crate) mod as_text {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        value: &impl Display,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(Error::custom)
    }
}
