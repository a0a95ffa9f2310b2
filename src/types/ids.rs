//! Ids: integers of the wiki's database, one type for each thing.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Ids are integers of the wiki's database, which GraphQL's `Int` limits to 32 bits.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $field:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The id with this number.
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// The plain integer.
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The integer as GraphQL's 32-bit `Int`, or an error that names the field.
            #[allow(dead_code, reason = "not every id is an argument yet")]
            pub(crate) fn to_argument(self) -> Result<i64> {
                if i32::try_from(self.0).is_ok() {
                    Ok(self.0)
                } else {
                    Err(Error::invalid($field, format!("{} does not fit GraphQL's 32-bit Int", self.0),
                        "pass an id that the wiki gave out"))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        ids!(@from $name: i64, i32, u32, i16, u16, i8, u8);

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

        impl PartialEq<i64> for $name {
            fn eq(&self, other: &i64) -> bool {
                self.0 == *other
            }
        }
    )*};
    (@from $name:ident: $($integer:ty),*) => {$(
        impl From<$integer> for $name {
            fn from(id: $integer) -> Self {
                Self(i64::from(id))
            }
        }
    )*};
}

ids! {
    /// The id of an API key.
    ApiKeyId, "API key id";
    /// The id of a comment.
    CommentId, "comment id";
    /// The id of a folder of assets. The root is 0.
    AssetFolderId, "asset folder id";
    /// The id of an asset.
    AssetId, "asset id";
    /// The id of a page.
    PageId, "page id";
    /// The id of a page's earlier version, from its history.
    VersionId, "version id";
    /// The id of a user. An API key acts as user 1.
    UserId, "user id";
    /// The id of a group. Group 1 is the administrators', group 2 the guests'.
    GroupId, "group id";
    /// The id of a tag.
    TagId, "tag id";
    /// The id of an entry of the page tree. It changes whenever the tree is rebuilt, which every
    /// create, move and delete of a page does.
    TreeId, "tree entry id";
}
