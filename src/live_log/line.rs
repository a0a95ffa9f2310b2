//! A line of the log.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{api::logging_live_trail::LoggingLiveTrailLoggingLiveTrail as Line, types::Timestamp};

/// A line of the wiki's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogLine {
    /// `level`.
    pub level: LogLevel,
    /// `output`: the line as it stands in the log, with its date and its colours in ANSI escapes.
    pub output: String,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// Whether the connection was made anew before this line, so that lines may be missing.
    pub after_gap: bool,
}

impl LogLine {
    /// The line without colours.
    pub fn plain(&self) -> String {
        let mut plain = String::with_capacity(self.output.len());
        let mut rest = self.output.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            plain.push_str(before);
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            rest = rest
                .strip_prefix(|c: char| c.is_ascii_alphabetic())
                .unwrap_or(rest);
        }
        plain.push_str(rest);
        plain
    }
}

impl From<Line> for LogLine {
    fn from(line: Line) -> Self {
        Self {
            level: LogLevel::from(line.level.as_str()),
            output: line.output,
            timestamp: line.timestamp,
            after_gap: false,
        }
    }
}

/// How much a line of the log matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum LogLevel {
    /// `error`.
    Error,
    /// `warn`.
    Warn,
    /// `info`.
    Info,
    /// `verbose`.
    Verbose,
    /// `debug`.
    Debug,
    /// `silly`.
    Silly,
    /// One that this version of the library does not know.
    Other(String),
}

impl LogLevel {
    /// The name that Wiki.js knows the level by.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Verbose => "verbose",
            Self::Debug => "debug",
            Self::Silly => "silly",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for LogLevel {
    fn from(name: &str) -> Self {
        match name {
            "error" => Self::Error,
            "warn" => Self::Warn,
            "info" => Self::Info,
            "verbose" => Self::Verbose,
            "debug" => Self::Debug,
            "silly" => Self::Silly,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for LogLevel {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl From<LogLevel> for String {
    fn from(level: LogLevel) -> Self {
        level.as_str().to_owned()
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_off() {
        let line = |output: &str| LogLine {
            level: LogLevel::Warn,
            output: output.to_owned(),
            timestamp: "2026-11-22T16:56:55.781Z".into(),
            after_gap: false,
        };
        let coloured = line("[MASTER] \u{1b}[33mwarn\u{1b}[39m: \u{1b}[1;31mbad\u{1b}[0m \u{1b}[");
        assert_eq!(coloured.plain(), "[MASTER] warn: bad ");
        assert_eq!(line("plain [33m").plain(), "plain [33m");
    }
}
