//! Errors and warnings about a place in a file.

use std::{fmt, path::PathBuf};

use crate::{
    document::{Span, SyntaxError},
    rules,
    source::{Place, Source},
};

/// Severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The build fails.
    Error,
    /// The build continues.
    Warning,
}

/// An error or warning: its place, the violated rule, and how to correct it.
///
/// Its [`Display`](fmt::Display) form begins with the place, as editors read it, and shows the line:
///
/// ```text
/// queries/pages/list.graphql:2:3: error: type `Query` does not have a field `pags`
///   |
/// 2 |   pags {
///   |   ^^^^
///   = rule: a field must be defined on the type it is selected from (GraphQL 5.3.1)
///   = help: did you mean `pages`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Severity: an error fails the build, a warning does not.
    pub severity: Severity,
    /// Description of the error.
    pub message: String,
    /// The file, as the build script named it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// Number of characters that are marked.
    pub length: usize,
    /// The same place in bytes.
    pub(crate) span: Span,
    /// The operation, if the error in a fragment concerns only one.
    pub(crate) operation: Option<String>,
    /// The rule, in words.
    pub rule: Option<String>,
    /// Suggestion of a correction.
    pub help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn error(source: &Source, span: Span, message: String) -> Self {
        let place = source.place(span);
        Self {
            severity: Severity::Error,
            message,
            file: source.path.clone(),
            line: place.line,
            column: place.column,
            text: place.text,
            length: place.length,
            span,
            operation: None,
            rule: None,
            help: None,
        }
    }

    /// Returns the diagnostic of a text that is not GraphQL.
    pub(crate) fn syntax_error(source: &Source, error: &SyntaxError) -> Self {
        let open = error.open.map(|open| {
            let Place { line, column, .. } = source.place(open);
            let bracket = source.slice(open);
            format!("the `{bracket}` at {line}:{column} is not closed here")
        });
        let message = format!("syntax error: {}", error.message);
        let diagnostic = Self::error(source, error.span, message);
        diagnostic.rule(rules::GRAMMAR).help(open)
    }

    pub(crate) fn rule(mut self, rule: &str) -> Self {
        self.rule = Some(rule.to_owned());
        self
    }

    pub(crate) fn help(mut self, help: impl Help) -> Self {
        self.help = help.text();
        self
    }
}

/// A suggested correction, if there is one.
pub(crate) trait Help {
    fn text(self) -> Option<String>;
}

impl Help for &str {
    fn text(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl Help for String {
    fn text(self) -> Option<String> {
        Some(self)
    }
}

impl Help for Option<String> {
    fn text(self) -> Option<String> {
        self
    }
}

/// Maximum number of characters shown of a line, and of those before the place.
// A document that was printed by a program can be one line of many kilobytes.
const WIDTH: usize = 160;
const BEFORE: usize = 60;

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        // A tab is shown as one blank, so that the mark is below its text. Only a part of a long line is shown.
        let start = self.column.saturating_sub(1);
        let skipped = start
            .saturating_sub(BEFORE)
            .min(if self.text.len() > WIDTH { start } else { 0 });
        let shown = self.text.trim_end().chars().skip(skipped).take(WIDTH);
        let shown: String = shown
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        // The span of an error at the end of a file is empty, and is marked nevertheless.
        let length = self.length.clamp(1, WIDTH - BEFORE);
        let mark = format!("{}{}", " ".repeat(start - skipped), "^".repeat(length));
        let place = format!("{}:{}:{}", self.file.display(), self.line, self.column);
        // Editors and CI services find the place in messages of this form, as in those of rustc and gcc.
        writeln!(f, "{place}: {kind}: {}", self.message)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {shown}")?;
        write!(f, "{margin} | {mark}")?;
        for (label, note) in [("rule", &self.rule), ("help", &self.help)] {
            if let Some(note) = note {
                write!(f, "\n{margin} = {label}: {note}")?;
            }
        }
        Ok(())
    }
}
