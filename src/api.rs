//! The operations of this library, generated from `schema/` and `queries/`.
//!
//! Each operation is a unit struct and a module, such as `PagesList` with `pages_list::Variables` and
//! `pages_list::ResponseData`. Use [`Client::execute`](crate::Client::execute) to execute an operation directly if no
//! handle has a suitable method. Types that operations share are in [`fragments`], [`enums`] and [`inputs`].
//!
//! ```
//! use wikijs_client::{Client, api};
//!
//! # wikijs_fake::example!(wiki => {
//! let variables = api::pages_list::Variables { limit: 10.into(), ..api::pages_list::Variables::new() };
//! let data = wiki.execute::<api::PagesList>(variables).await?;
//! # });
//! ```
//!
//! # Stability
//!
//! This module is generated from the schema of Wiki.js, and is excluded from the semantic versioning of this crate: a
//! minor version may add, remove or change its types and fields. The handles and their models follow semantic
//! versioning.

use serde::{Serialize, Serializer};

pub(crate) use crate::generated::NoVariables;

/// Rust types of the custom scalars of the schema.
pub mod scalars {
    /// `Date`: a timestamp, stored as the text that Wiki.js sent.
    pub type Date = crate::types::Timestamp;
    /// `Upload`: no operation of Wiki.js uses it. Assets are uploaded to `/u`.
    pub type Upload = serde_json::Value;
}

include!(concat!(env!("OUT_DIR"), "/wikijs.rs"));

/// A GraphQL argument: omitted, `null`, or a value.
///
/// Wiki.js distinguishes an omitted argument from `null`: an update without `title` keeps the title, but `null` is an
/// error. Values and `Option`s convert into arguments with `From`. `None` becomes [`Omit`](Self::Omit).
///
/// ```
/// use wikijs_client::api::Argument;
///
/// let limit: Argument<i64> = 10.into();
/// let locale: Argument<String> = None.into();
/// assert_eq!((limit, locale), (Argument::Value(10), Argument::Omit));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Argument<T> {
    /// The argument is not sent.
    #[default]
    Omit,
    /// The argument is sent as `null`.
    Null,
    /// The argument is sent with this value.
    Value(T),
}

impl<T> Argument<T> {
    /// Returns `true` if the argument is not sent.
    pub const fn is_omitted(&self) -> bool {
        matches!(self, Self::Omit)
    }
}

impl<T> From<T> for Argument<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T> From<Option<T>> for Argument<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Omit, Self::Value)
    }
}

impl From<&str> for Argument<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Argument<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Omit | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
