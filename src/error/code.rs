//! Error codes of Wiki.js.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::meaning::Meaning;

/// Declares [`ErrorCode`] with the rows of [`wikijs_schema::error_codes`].
macro_rules! codes {
    ($($number:literal $variant:ident $slug:literal $meaning:ident $when:ident $text:literal;)*) => {
        /// An error code of Wiki.js 2.x. The variants have the names of Wiki.js (`slug`) and quote its messages, including
        /// misspelled ones. Serialized as its number. [`PageDeleteForbidden`](Self::PageDeleteForbidden) is also the code
        /// of a create that is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "i64", into = "i64")]
        #[non_exhaustive]
        pub enum ErrorCode {
            /// 1: an unhandled exception. The slug is its JavaScript class.
            Unexpected,
            $(#[doc = concat!(stringify!($number), ": ", $text)] $variant,)*
            /// A code that this version of the crate does not know.
            Other(i64),
        }

        impl ErrorCode {
            /// Returns the number of the code (`errorCode`).
            pub const fn number(self) -> i64 {
                match self {
                    Self::Unexpected => 1,
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// Returns the name in Wiki.js, or `None` for codes without one.
            pub const fn slug(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($slug),)*
                    Self::Unexpected | Self::Other(_) => None,
                }
            }

            #[allow(clippy::match_same_arms, reason = "there is an arm for each code")]
            pub(super) fn meaning(self) -> Meaning {
                match self {
                    $(Self::$variant => Meaning::$meaning,)*
                    Self::Unexpected | Self::Other(_) => Meaning::Other,
                }
            }

            /// Returns `true` if Wiki.js returns this code only before it changes anything.
            #[allow(clippy::match_same_arms, reason = "there is an arm for each code")]
            pub(super) fn precedes_write(self) -> bool {
                match self {
                    $(Self::$variant => codes!(@$when),)*
                    Self::Unexpected | Self::Other(_) => false,
                }
            }
        }

        impl From<i64> for ErrorCode {
            fn from(number: i64) -> Self {
                match number {
                    1 => Self::Unexpected,
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }

        impl From<ErrorCode> for i64 {
            fn from(code: ErrorCode) -> Self {
                code.number()
            }
        }
    };
    (@before) => { true };
    (@any) => { false };
}

wikijs_schema::error_codes!(codes);

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slug() {
            Some(slug) => write!(f, "{} {slug}", self.number()),
            None => self.number().fmt(f),
        }
    }
}
