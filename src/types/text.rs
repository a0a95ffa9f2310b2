//! Types of texts: paths, locales, tags and timestamps. The checks of texts are in `crate::text`.

/// Maximum length of a path, title, description or tag in the wiki's database, in characters.
pub(crate) const MAX_CHARACTERS: usize = 255;

/// Implements the conversions, comparisons and serialization of a text type. The type provides `as_str` and
/// `From<String>`. Deserialization uses `From<String>`, too.
macro_rules! textual {
    ($name:ident) => {
        impl From<&$name> for $name {
            fn from(text: &$name) -> Self {
                text.clone()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        $crate::types::textual!(@from $name: &str, &String);
        $crate::types::textual!(@equal $name: str, &str, String);

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    };
    (@from $name:ident: $($text:ty),*) => {$(
        impl From<$text> for $name {
            fn from(text: $text) -> Self {
                Self::from(str::to_owned(text))
            }
        }
    )*};
    (@equal $name:ident: $($text:ty),*) => {$(
        impl PartialEq<$text> for $name {
            fn eq(&self, other: &$text) -> bool {
                self.as_str() == AsRef::<str>::as_ref(other)
            }
        }

        impl PartialEq<$name> for $text {
            fn eq(&self, other: &$name) -> bool {
                AsRef::<str>::as_ref(self) == other.as_str()
            }
        }
    )*};
}

/// Declares newtypes of texts, each with the function that normalizes a text.
macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident, $normalize:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the text without copying it.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                let normalize: fn(String) -> String = $normalize;
                Self(normalize(text))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        $crate::types::textual!($name);
    )*};
}

pub(crate) use {text_types, textual};

text_types! {
    /// Path of a page within its locale, such as `docs/install`.
    ///
    /// It has no slash at either end: [`PagePath::from`] removes one slash from each. Paths are case-sensitive.
    PagePath, without_slashes;
    /// Code of a locale in the format of Wiki.js, such as `en` or `pt-br`.
    Locale, std::convert::identity;
    /// Tag of a page. Wiki.js trims tags and converts them to lower case, and so does [`Tag::from`].
    Tag, |tag| js_trim(&tag).to_lowercase();
    /// Point in time, with the exact text of the wiki.
    ///
    /// Wiki.js stores dates as text and compares them as text ([K9](crate::guide::known_issues#k9)), so a
    /// date has to be sent back exactly as it was received: `2026-01-31T09:30:00.000Z`.
    /// [`to_jiff`](Self::to_jiff) parses it.
    Timestamp, std::convert::identity;
}

/// Returns a path without a slash at its ends.
pub(crate) fn without_slashes(path: String) -> String {
    let inner = path.strip_prefix('/').unwrap_or(&path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.len() == path.len() {
        path
    } else {
        inner.to_owned()
    }
}

impl Tag {
    /// Creates a tag exactly as the wiki stores it.
    pub(crate) fn verbatim(tag: String) -> Self {
        Self(tag)
    }
}

impl Timestamp {
    /// Parses the text.
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
    /// [`jiff::Error`] for a text that is not an RFC 3339 date and time. Wiki.js stores any text as a
    /// publish date, even `tomorrow`.
    pub fn to_jiff(&self) -> Result<jiff::Timestamp, jiff::Error> {
        self.0.parse()
    }

    /// Returns `None` for an empty text, which Wiki.js returns for an absent date of type `Date!`.
    pub(crate) fn or_none(self) -> Option<Self> {
        Some(self).filter(|timestamp| !timestamp.0.is_empty())
    }
}

impl From<jiff::Timestamp> for Timestamp {
    /// Formats a point in time as Wiki.js does: UTC, with milliseconds and `Z`.
    fn from(moment: jiff::Timestamp) -> Self {
        Self(format!("{moment:.3}"))
    }
}

/// Removes white space from the ends of a text by the rules of JavaScript, as Wiki.js does. In JavaScript U+FEFF is
/// white space and U+0085 is not.
pub(crate) fn js_trim(text: &str) -> &str {
    text.trim_matches(is_js_space)
}

/// Returns `true` for a character that `\s` matches in JavaScript.
pub(crate) fn is_js_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// Returns the rest of a text after a prefix, ignoring the case of ASCII letters.
pub(crate) fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
