//! What the compile has to say about a place in a file.

use std::{fmt, path::PathBuf};

use crate::{document::Span, source::Source};

/// Whether a diagnostic stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The build fails.
    Error,
    /// The build goes on.
    Warning,
}

/// One error or warning: what is wrong, where, by which rule, and what to write instead.
///
/// Its [`Display`](fmt::Display) form shows the line with a mark under the place, as rustc does:
///
/// ```text
/// error: type `Query` does not have a field `pags`
///  --> queries/pages/list.graphql:2:3
///   |
/// 2 |   pags {
///   |   ^^^^
///   = rule: a field must be defined on the type it is selected from (GraphQL 5.3.1)
///   = help: did you mean `pages`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Whether it stops the build.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The file, as the build script named it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// How many characters are marked.
    pub length: usize,
    /// The same place in bytes.
    pub(crate) span: Span,
    /// The rule, in words.
    pub rule: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn error(source: &Source, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, source, span, message.into())
    }

    pub(crate) fn warning(source: &Source, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, source, span, message.into())
    }

    fn new(severity: Severity, source: &Source, span: Span, message: String) -> Self {
        let place = source.place(span);
        Self {
            severity,
            message,
            file: source.path.clone(),
            line: place.line,
            column: place.column,
            text: place.text,
            length: place.length,
            span,
            rule: None,
            help: None,
        }
    }

    pub(crate) fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        // A tab is shown as one blank, so that the mark stands where it should.
        let text = self.text.replace('\t', " ");
        let mark = format!(
            "{}{}",
            " ".repeat(self.column.saturating_sub(1)),
            "^".repeat(self.length.max(1))
        );
        writeln!(f, "{kind}: {}", self.message)?;
        writeln!(
            f,
            "{margin}--> {}:{}:{}",
            self.file.display(),
            self.line,
            self.column
        )?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", text.trim_end())?;
        write!(f, "{margin} | {mark}")?;
        for (label, note) in [("rule", &self.rule), ("help", &self.help)] {
            if let Some(note) = note {
                write!(f, "\n{margin} = {label}: {note}")?;
            }
        }
        Ok(())
    }
}
