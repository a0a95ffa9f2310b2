//! Texts and instants as JavaScript and SQL treat them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use regex::{Captures, Regex, Replacer};
use std::sync::LazyLock;

/// Removes white space at both ends of a text, like `String.prototype.trim`. U+FEFF is white space in JavaScript, and
/// U+0085 is not.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}'))
}

/// Returns the length of a text as JavaScript counts it, in UTF-16 code units.
pub(crate) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Returns whether a text has more than `most` characters, as a database counts them.
pub(crate) fn is_longer(text: &str, most: usize) -> bool {
    text.chars().count() > most
}

/// A pattern of SQL's `LIKE`: `%` is any text, `_` any character, a backslash escapes the next character.
#[derive(Debug)]
pub(crate) struct Like {
    expression: Option<Regex>,
    /// Returns a text in the form in which it is compared.
    fold: fn(&str) -> String,
}

impl Like {
    pub(crate) fn new(pattern: &str, fold: fn(&str) -> String) -> Self {
        let pattern = fold(pattern);
        let mut expression = "(?s)^".to_owned();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            expression += &match character {
                '%' => ".*".to_owned(),
                '_' => ".".to_owned(),
                '\\' => regex::escape(&characters.next().unwrap_or('\\').to_string()),
                _ => regex::escape(&character.to_string()),
            };
        }
        expression.push('$');
        let expression = Regex::new(&expression).ok();
        Self { expression, fold }
    }

    /// Returns whether a text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let expression = self.expression.as_ref();
        expression.is_some_and(|expression| expression.is_match(&(self.fold)(text)))
    }
}

/// A regular expression that is compiled once. An invalid one matches nothing.
#[derive(Debug)]
pub(crate) struct Pattern(LazyLock<Option<Regex>>);

/// Returns the [`Pattern`] of a literal.
macro_rules! regex {
    ($expression:literal) => {{
        static PATTERN: $crate::text::Pattern =
            $crate::text::Pattern::new(|| ::regex::Regex::new($expression).ok());
        &PATTERN
    }};
}
pub(crate) use regex;

impl Pattern {
    pub(crate) const fn new(compile: fn() -> Option<Regex>) -> Self {
        Self(LazyLock::new(compile))
    }

    /// Replaces each match in a text.
    pub(crate) fn replace(&self, text: &str, with: impl Replacer) -> String {
        match &*self.0 {
            Some(expression) => expression.replace_all(text, with).into_owned(),
            None => text.to_owned(),
        }
    }

    /// Returns the matches in a text.
    pub(crate) fn captures<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Captures<'a>> {
        self.0
            .iter()
            .flat_map(|expression| expression.captures_iter(text))
    }
}

/// A clock whose instants strictly increase, so that `updatedAt` differs after each write.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last_millisecond: i64,
}

impl Clock {
    /// Returns the present, or one millisecond after the last instant, whichever is later.
    pub(crate) fn tick(&mut self) -> String {
        self.last_millisecond = Timestamp::now()
            .as_millisecond()
            .max(self.last_millisecond + 1);
        instant(self.last_millisecond)
    }
}

/// Formats an instant, in milliseconds since the epoch, as Wiki.js does: `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub(crate) fn instant(millisecond: i64) -> String {
    Timestamp::from_millisecond(millisecond)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// Parses an instant to seconds since the epoch; 0 if it is invalid.
pub(crate) fn seconds(text: &str) -> i64 {
    text.parse().map_or(0, Timestamp::as_second)
}

/// Returns the present in seconds since the epoch.
pub(crate) fn now_seconds() -> i64 {
    Timestamp::now().as_second()
}

/// Returns the present minus an ISO 8601 duration such as `P10Y`; `None` if it is not a duration.
pub(crate) fn ago(duration: &str) -> Option<String> {
    // jiff also parses its own "friendly" format; Wiki.js does not.
    if !duration.trim_start_matches(['+', '-']).starts_with('P') {
        return None;
    }
    let span: jiff::Span = duration.parse().ok()?;
    let then = Timestamp::now()
        .to_zoned(TimeZone::UTC)
        .checked_sub(span)
        .ok()?;
    Some(instant(then.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trim_removes_the_white_space_of_javascript() {
        assert_eq!(trim("\u{feff}\t a \u{2028}\u{3000}"), "a");
        assert_eq!(trim("\u{85}a\u{200b}"), "\u{85}a\u{200b}");
    }

    #[test]
    fn like_has_two_wildcards_and_an_escape() {
        for (text, pattern, expected) in [
            ("docs/alpha", "docs%", true),
            ("docs/alpha", "%alp%", true),
            ("docs/alpha", "d_cs/alpha", true),
            ("docs/alpha", "d_cs", false),
            ("", "%", true),
            ("", "_", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("aab", "%ab", true),
        ] {
            let like = Like::new(pattern, str::to_owned);
            assert_eq!(like.matches(text), expected, "{text} like {pattern}");
        }
        assert!(Like::new("%c/UPPER%", str::to_lowercase).matches("C/Upper"));
    }

    #[test]
    fn instants_strictly_increase() {
        let mut clock = Clock::default();
        let instants: Vec<_> = (0..100).map(|_| clock.tick()).collect();
        assert!(instants.is_sorted_by(|a, b| a < b));
        assert_eq!(instants[0].len(), "2026-11-22T06:28:58.469Z".len());
    }

    #[test]
    fn only_iso_durations_are_durations() {
        assert!(ago("P10Y").is_some_and(|then| then < ago("PT1S").unwrap_or_default()));
        assert_eq!(ago("10 years"), None);
        assert_eq!(ago(""), None);
    }
}
