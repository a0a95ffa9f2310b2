//! Enums for text values, to which later versions of Wiki.js may add values.

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

pub(crate) use open_enum;

open_enum! {
    /// Editor of a page, which determines the format of its content.
    ///
    /// Serialized as the key that Wiki.js uses, such as `markdown`.
    Editor {
        /// Markdown: content type `markdown`.
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

impl Default for Editor {
    /// Returns [`Editor::Markdown`].
    fn default() -> Self {
        Self::Markdown
    }
}
