//! Texts with a meaning: locales, tags, dates, and the frame of the paths in `path.rs`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::MAX_CHARACTERS;
use crate::error::{Error, Result};

/// Text that the wiki gives back as it is: a newtype that compares with `&str`.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub(super) String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, without a copy.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl From<&$name> for $name {
            fn from(text: &$name) -> Self {
                text.clone()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    )*};
}

#[cfg(feature = "assets")]
pub(crate) use texts;

texts! {
    /// Where a page stands in its locale, such as `docs/install`: no slash at either end, and
    /// upper and lower case are different paths.
    PagePath;
    /// The code of a language as Wiki.js writes it, such as `en` or `pt-br`.
    Locale;
    /// A tag. Wiki.js trims tags and turns them to lower case, and so does [`Tag::from`].
    Tag;
    /// A moment as the wiki wrote it, to the letter.
    ///
    /// Wiki.js keeps dates as text and compares them as text, so a date has to go back exactly as
    /// it came: `2026-01-31T09:30:00.000Z`. [`to_jiff`](Self::to_jiff) gives the moment.
    Timestamp;
}

impl Locale {
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.is_empty() || self.0.chars().count() > 5 {
            return Err(Error::invalid(
                "locale",
                format!("`{}` is not a locale of Wiki.js", self.0),
                "pass a code such as `en` or `pt-br`",
            ));
        }
        Ok(())
    }
}

impl From<&str> for Locale {
    fn from(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl From<String> for Locale {
    fn from(code: String) -> Self {
        Self(code)
    }
}

impl Tag {
    /// A tag exactly as the wiki wrote it.
    pub(crate) fn verbatim(tag: String) -> Self {
        Self(tag)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let problem = if self.0.is_empty() {
            "a tag is empty"
        } else if self.0.chars().count() > MAX_CHARACTERS {
            "a tag is longer than 255 characters"
        } else if self.0.contains('\0') {
            "a tag has a NUL character"
        } else {
            return Ok(());
        };
        Err(Error::invalid("tags", problem, "leave it out or rename it"))
    }
}

impl From<&str> for Tag {
    fn from(tag: &str) -> Self {
        Self(tag.trim().to_lowercase())
    }
}

impl From<String> for Tag {
    fn from(tag: String) -> Self {
        Self::from(tag.as_str())
    }
}

impl From<&String> for Tag {
    fn from(tag: &String) -> Self {
        Self::from(tag.as_str())
    }
}

impl Timestamp {
    /// The moment that the text stands for.
    ///
    /// ```
    /// use wikijs_client::Timestamp;
    ///
    /// let updated = Timestamp::from("2026-01-31T09:30:00.000Z");
    /// assert_eq!(updated.to_jiff()?.as_second(), 1_769_851_800);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Wiki.js stores any text as a publish date, `tomorrow` too: what is not an RFC 3339 date and
    /// time is an error.
    pub fn to_jiff(&self) -> Result<jiff::Timestamp, jiff::Error> {
        self.0.parse()
    }

    /// `None` for the empty text, which is how Wiki.js writes "no date" into a `Date!` field.
    pub(crate) fn or_none(self) -> Option<Self> {
        if self.0.is_empty() { None } else { Some(self) }
    }

    pub(crate) fn check(&self, field: &'static str) -> Result<()> {
        // The editor of Wiki.js writes a day and no time.
        let is_day = self.0.len() == 10 && self.0.parse::<jiff::civil::Date>().is_ok();
        match self.to_jiff() {
            Ok(_) => Ok(()),
            Err(_) if is_day => Ok(()),
            Err(error) => Err(Error::invalid(
                field,
                format!("`{}` is not a date and time: {error}", self.0),
                "write it as 2026-01-31T09:30:00.000Z",
            )),
        }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    /// In the form that Wiki.js writes itself: UTC, milliseconds, `Z`.
    fn from(moment: jiff::Timestamp) -> Self {
        Self(format!("{moment:.3}"))
    }
}
