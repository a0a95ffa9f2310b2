//! Writes indented Rust text.
//!
//! The text is written directly. The generated code is regular, and parsing and printing it again would take more time
//! in a debug build script than everything else, and add a second `syn` to the dependencies.

use std::{collections::BTreeSet, fmt::Write as _};

/// Allows lints in generated code, whose names and sizes follow from the schema.
pub(crate) const ALLOW: &str = "#[allow(clippy::all, clippy::pedantic, clippy::nursery, dead_code, deprecated, missing_docs, rustdoc::all, unreachable_pub, unused_qualifications)]";

/// The text of a file.
#[derive(Default)]
pub(crate) struct Code {
    text: String,
    depth: usize,
    /// The types that got attributes from the settings.
    attributed: BTreeSet<String>,
}

impl Code {
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Adds lines, each indented as deep as the brackets that are open.
    pub(crate) fn add(&mut self, lines: impl AsRef<str>) {
        for line in lines.as_ref().lines() {
            let line = line.trim();
            // The lines of generated code begin and end with the brackets that indent them, so no parser is needed.
            if line.starts_with('}') || line.starts_with(')') {
                self.depth = self.depth.saturating_sub(1);
            }
            // Writing to a `String` does not fail.
            let _ = writeln!(self.text, "{:width$}{line}", "", width = 4 * self.depth);
            if line.ends_with('{') || line.ends_with('(') {
                self.depth += 1;
            }
        }
    }

    /// Adds a documentation comment. Characters that rustc refuses in comments are written as codes.
    pub(crate) fn doc<S: AsRef<str>>(&mut self, paragraphs: impl IntoIterator<Item = S>) {
        for paragraph in paragraphs {
            let text = paragraph.as_ref().replace("\r\n", "\n");
            for line in text.split(['\n', '\r']).map(str::trim_end) {
                let blank = if line.is_empty() { "" } else { " " };
                let _ = write!(self.text, "{:width$}///{blank}", "", width = 4 * self.depth);
                for c in line.chars() {
                    if is_hidden(c) {
                        let _ = write!(self.text, "U+{:04X}", u32::from(c));
                    } else {
                        self.text.push(c);
                    }
                }
                self.text.push('\n');
            }
        }
    }

    /// Adds the schema's description as a separate paragraph.
    pub(crate) fn description(&mut self, description: Option<&str>) {
        if let Some(text) = description.filter(|text| !text.trim().is_empty()) {
            let last = self.text.lines().next_back().unwrap_or_default();
            if last.trim_start().starts_with("///") {
                self.doc([""]);
            }
            self.doc([without_examples(text)]);
        }
    }

    pub(crate) fn add_attributes(&mut self, rust: &str, attributes: &[String]) {
        self.attributed.insert(rust.to_owned());
        self.add(attributes.join("\n"));
    }

    pub(crate) fn has_attributes(&self, rust: &str) -> bool {
        self.attributed.contains(rust)
    }

    pub(crate) fn deprecated(&mut self, reason: Option<&String>) {
        if let Some(reason) = reason {
            self.add(format!("#[deprecated(note = {})]", literal(reason)));
        }
    }
}

/// Returns `true` for controls of the writing direction and other invisible characters.
fn is_hidden(c: char) -> bool {
    // rustc refuses a lone carriage return in documentation, and by a lint the characters that reverse the direction
    // of text.
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
        || (c.is_control() && c != '\t')
}

/// Formats a Rust string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Formats the text as a code block.
pub(crate) fn code_block(language: &str, text: &str) -> String {
    // A block string can contain backticks. The fence is longer than any sequence of them.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}

/// Returns `true` if a line begins code inside of a quotation or list.
fn is_nested_code(line: &str) -> bool {
    let line = line.trim_start();
    let is_mark = |c: char| ">-*+.)".contains(c) || c.is_whitespace() || c.is_ascii_digit();
    let code = line.trim_start_matches(is_mark);
    let marks = line.strip_suffix(code).unwrap_or_default();
    let is_fence = code.starts_with("```") || code.starts_with("~~~");
    !marks.is_empty() && (is_fence || marks.contains("     ") || marks.contains('\t'))
}

/// Returns Markdown without examples for rustdoc to run: code blocks become plain text.
fn without_examples(text: &str) -> String {
    // The end of code in a list depends on the indentation of all lines, so the whole text is shown as it is.
    if text.split(['\n', '\r']).any(is_nested_code) {
        return code_block("text", text);
    }
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.split(['\n', '\r']) {
        let trimmed = line.trim_start();
        let marks = ["```", "~~~"]
            .into_iter()
            .find(|it| trimmed.starts_with(it));
        lines.push(match (fence, marks) {
            (None, Some(mark)) => {
                fence = Some(mark);
                format!("{mark}text")
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                mark.to_owned()
            }
            // Markdown takes a line with four blanks before it for code, and rustdoc runs code as a test.
            (None, None) if line.len() - trimmed.len() > 3 || line.starts_with('\t') => {
                trimmed.to_owned()
            }
            _ => line.to_owned(),
        });
    }
    lines.extend(fence.map(str::to_owned));
    lines.join("\n")
}
