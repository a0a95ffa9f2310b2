//! What pages are edited with.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize, Serializer};

/// What a page is edited with, which decides what its content is written in.
///
/// Serialized as the key that Wiki.js gives the editor.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Editor {
    /// Markdown: content type `markdown`.
    #[default]
    Markdown,
    /// HTML as source: content type `html`.
    Code,
    /// The visual editor: content type `html`.
    CkEditor,
    /// AsciiDoc: content type `asciidoc`.
    AsciiDoc,
    /// An OpenAPI document.
    Api,
    /// A redirection to another page.
    Redirect,
    /// An editor that this version of the library does not know, by its key.
    Other(String),
}

impl Editor {
    /// The key that Wiki.js knows the editor by.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Markdown => "markdown",
            Self::Code => "code",
            Self::CkEditor => "ckeditor",
            Self::AsciiDoc => "asciidoc",
            Self::Api => "api",
            Self::Redirect => "redirect",
            Self::Other(key) => key,
        }
    }
}

impl From<&str> for Editor {
    fn from(key: &str) -> Self {
        match key {
            "markdown" => Self::Markdown,
            "code" => Self::Code,
            "ckeditor" => Self::CkEditor,
            "asciidoc" => Self::AsciiDoc,
            "api" => Self::Api,
            "redirect" => Self::Redirect,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for Editor {
    fn from(key: String) -> Self {
        Self::from(key.as_str())
    }
}

impl fmt::Display for Editor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Editor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Editor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer).map(|key| Self::from(key.as_ref()))
    }
}
