//! Types that all domains share: ids, paths, locales, tags, editors, timestamps.
//!
//! They keep values from the wiki unchanged, so that a page at an unusual path can still be read, listed and
//! deleted. Input is checked before it is written; see [`PagePath::check`].

mod path;
mod text;

use std::{
    fmt,
    num::{ParseIntError, TryFromIntError},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

pub use self::text::{Locale, PagePath, Tag, Timestamp};
pub(crate) use self::text::{
    MAX_CHARACTERS, is_js_space, js_trim, strip_prefix_ignore_case, text_types, textual,
    without_slashes,
};

/// Lets methods that accept an id also accept references to the models that have it, as in `pages.delete(&page)`.
macro_rules! id_of {
    ($id:ident: $($model:ident),+) => {$(
        impl From<&$model> for $id {
            fn from(model: &$model) -> Self {
                model.id
            }
        }
    )+};
}

/// Implements `Debug` for a type without its fields, except for those that are listed.
macro_rules! opaque_debug {
    ($name:ident $(<$parameter:ident>)? $(: $($field:ident),+)?) => {
        impl $(<$parameter>)? std::fmt::Debug for $name $(<$parameter>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $($(.field(stringify!($field), &self.$field))+)?
                    .finish_non_exhaustive()
            }
        }
    };
}

/// Declares id types. An id is an integer of the wiki's database; as a GraphQL `Int` it is limited to 32 bits.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $field:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// Converts from `i64`, integers of up to 32 bits and references to objects with the id with `From`, from larger
        /// integers with `TryFrom`, and from text with `parse`. Can be compared with every integer type. Serialized as an integer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Creates an id from an integer.
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// Returns the integer.
            pub const fn get(self) -> i64 {
                self.0
            }

            /// Name of the argument in errors.
            #[allow(dead_code, reason = "some ids are no arguments")]
            pub(crate) const ARGUMENT: &'static str = $field;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                *id
            }
        }

        impl From<&i64> for $name {
            fn from(id: &i64) -> Self {
                Self(*id)
            }
        }

        ids!(@fits $name: i64, i32, u32, i16, u16, i8, u8);
        ids!(@may_not_fit $name: u64, usize, i128, u128, isize);
    )*};
    (@fits $name:ident: $($integer:ty),*) => {$(
        impl From<$integer> for $name {
            fn from(id: $integer) -> Self {
                Self(i64::from(id))
            }
        }

        impl PartialEq<$integer> for $name {
            fn eq(&self, other: &$integer) -> bool {
                self.0 == i64::from(*other)
            }
        }
    )*};
    (@may_not_fit $name:ident: $($integer:ty),*) => {$(
        impl TryFrom<$integer> for $name {
            type Error = TryFromIntError;

            fn try_from(id: $integer) -> Result<Self, Self::Error> {
                i64::try_from(id).map(Self)
            }
        }

        impl PartialEq<$integer> for $name {
            fn eq(&self, other: &$integer) -> bool {
                i64::try_from(*other).is_ok_and(|other| self.0 == other)
            }
        }
    )*};
}

ids! {
    /// Id of an API key.
    ApiKeyId, "API key id";
    /// Id of a comment.
    CommentId, "comment id";
    /// Id of a folder of assets. The root is 0.
    AssetFolderId, "asset folder id";
    /// Id of an asset.
    AssetId, "asset id";
    /// Id of a page.
    PageId, "page id";
    /// Id of a version in the history of a page.
    VersionId, "version id";
    /// Id of a user. User 1 is the administrator, and every API key acts as user 1. User 2 is the guest.
    UserId, "user id";
    /// Id of a group. Group 1 is the administrators, group 2 the guests.
    GroupId, "group id";
    /// Id of a tag.
    TagId, "tag id";
    /// Id of an entry of the page tree. Every create, move and delete of a page rebuilds the tree and
    /// changes these ids.
    TreeId, "tree entry id";
}

/// Declares an enum for text values. Unknown values are kept in `Other`. The enum is serialized as the text.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* $variant,)*
            /// A value that this version of the library does not know.
            Other(String),
        }

        impl $name {
            /// All values that this version of the library knows.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the text that Wiki.js uses.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }

        $crate::types::textual!($name);
    };
}

/// Declares an enum for texts that are all known. The enum is serialized as the text.
macro_rules! closed_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize
        )]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All values.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$variant),*];

            /// Returns the text, as it is serialized.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

open_enum! {
    /// Editor of a page, which determines the format of its content.
    ///
    /// Serialized as the key that Wiki.js uses, such as `markdown`. The default is [`Markdown`](Self::Markdown).
    #[derive(Default)]
    Editor {
        /// Markdown: content type `markdown`.
        #[default]
        Markdown = "markdown",
        /// HTML source: content type `html`.
        Code = "code",
        /// The visual editor: content type `html`.
        CkEditor = "ckeditor",
        /// AsciiDoc: content type `asciidoc`.
        AsciiDoc = "asciidoc",
        /// An OpenAPI document.
        Api = "api",
        /// A redirect to another page.
        Redirect = "redirect",
    }
}

pub(crate) use {closed_enum, id_of, opaque_debug, open_enum};

/// Converts the elements of a list.
pub(crate) fn converted<To>(list: impl IntoIterator<Item: Into<To>>) -> Vec<To> {
    list.into_iter().map(Into::into).collect()
}

/// Converts the elements of a set, and omits those that occurred before. Wiki.js would store some of them twice.
pub(crate) fn distinct<To: PartialEq>(set: impl IntoIterator<Item: Into<To>>) -> Vec<To> {
    let mut kept = Vec::new();
    for element in set.into_iter().map(Into::into) {
        if !kept.contains(&element) {
            kept.push(element);
        }
    }
    kept
}

/// Sets a field, unless it keeps its value.
pub(crate) fn set<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}
