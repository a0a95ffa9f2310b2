//! Documentation of generated items.

use proc_macro2::TokenStream;
use quote::quote;

/// `#[doc]` attributes for these lines.
pub(crate) fn doc<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> TokenStream {
    let lines = lines.into_iter().flat_map(|line| {
        let lines: Vec<String> = line
            .as_ref()
            .lines()
            .map(|line| format!(" {line}").trim_end().to_owned())
            .collect();
        // A line that is empty separates paragraphs.
        if lines.is_empty() {
            vec![String::new()]
        } else {
            lines
        }
    });
    quote!(#(#[doc = #lines])*)
}

/// The text as a code block.
pub(crate) fn graphql(text: &str) -> Vec<String> {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut lines = vec![format!("{fence}graphql")];
    lines.extend(text.trim_end().lines().map(str::to_owned));
    lines.push(fence);
    lines
}

/// A description of the schema as a paragraph of its own.
pub(crate) fn paragraph(description: Option<&str>) -> Vec<String> {
    description
        .map(|text| vec![String::new(), text.to_owned()])
        .unwrap_or_default()
}

/// `#[deprecated]` with the schema's reason.
pub(crate) fn deprecated(reason: Option<&String>) -> TokenStream {
    reason
        .map(|reason| quote!(#[deprecated(note = #reason)]))
        .unwrap_or_default()
}

/// The lints that generated code asks nobody to look at: its names and sizes are the schema's.
pub(crate) fn allow() -> TokenStream {
    quote!(#[allow(clippy::all, clippy::pedantic, clippy::nursery, dead_code, deprecated, rustdoc::all, unreachable_pub, unused_qualifications)])
}
