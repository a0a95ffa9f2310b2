//! The operations of this library, generated from `schema/` and `queries/`.
//!
//! Each operation is a unit struct and a module: `PagesList` with `pages_list::Variables` and
//! `pages_list::ResponseData`. The façades are made of them; use them directly with
//! [`Client::execute`](crate::Client::execute) for what no façade offers. What the operations share
//! stands once, in [`fragments`], [`enums`] and [`inputs`].
//!
//! ```
//! use wikijs_client::{Client, api};
//!
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! let variables = api::pages_list::Variables { limit: 10.into(), ..api::pages_list::Variables::new() };
//! let data = wiki.execute::<api::PagesList>(variables).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! These types follow the schema of Wiki.js and change with it; the façades' models are steadier.

use serde::{Serialize, Serializer};

/// The schema's custom scalars in Rust.
pub mod scalars {
    /// `Date`: passed through as text, as Wiki.js itself does.
    pub type Date = crate::types::Timestamp;
    /// `Upload`: no operation of Wiki.js takes one, assets are uploaded over `/u`.
    pub type Upload = serde_json::Value;
}

include!(concat!(env!("OUT_DIR"), "/wikijs.rs"));

/// A GraphQL argument, which has three states: left out, `null`, or a value.
///
/// Wiki.js tells them apart: to leave `title` out of an update keeps the title, `null` is refused.
/// A value converts into an argument, and so does an `Option`, whose `None` is "left out".
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
    /// Not sent.
    #[default]
    Omit,
    /// Sent as `null`.
    Null,
    /// Sent as this value.
    Value(T),
}

impl<T> Argument<T> {
    /// Whether the argument is not sent at all.
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
