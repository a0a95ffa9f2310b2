//! Texts and instants as JavaScript and SQL treat them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

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

/// Returns the result of SQL's `LIKE`: `%` is any text, `_` any character, a backslash escapes the next character.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut pattern_tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pattern_tokens.push(match c {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => Token::Is(chars.next().unwrap_or('\\')),
            c => Token::Is(c),
        });
    }
    matches(&text, &pattern_tokens)
}

/// Returns the result of PostgreSQL's `ILIKE`, which is `LIKE` without case.
pub(crate) fn ilike(text: &str, pattern: &str) -> bool {
    like(&text.to_lowercase(), &pattern.to_lowercase())
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Any,
    One,
    Is(char),
}

/// Matches greedily with a single point of return, in at most text × pattern steps.
fn matches(text: &[char], pattern: &[Token]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                retry = Some((t, p));
                p += 1;
            }
            Some(Token::One) => {
                t += 1;
                p += 1;
            }
            Some(Token::Is(c)) if *c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((from, any)) = retry else {
                    return false;
                };
                retry = Some((from + 1, any));
                t = from + 1;
                p = any + 1;
            }
        }
    }
    pattern[p..].iter().all(|token| *token == Token::Any)
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
            assert_eq!(like(text, pattern), expected, "{text} like {pattern}");
        }
        assert!(ilike("C/Upper", "%c/UPPER%"));
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
