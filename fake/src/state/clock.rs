//! Time as Wiki.js writes it: `YYYY-MM-DDTHH:MM:SS.mmmZ`, and never the same instant twice.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Gives instants that strictly increase, so that `updatedAt` tells two writes apart however fast they follow.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last_millisecond: i64,
}

impl Clock {
    /// The present, or one millisecond after the last instant given, whichever is later.
    pub(crate) fn tick(&mut self) -> String {
        self.last_millisecond = Timestamp::now()
            .as_millisecond()
            .max(self.last_millisecond + 1);
        text(self.last_millisecond)
    }
}

/// The instant `millisecond` after the epoch as Wiki.js writes it.
pub(crate) fn text(millisecond: i64) -> String {
    Timestamp::from_millisecond(millisecond)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// The seconds since the epoch of an instant as Wiki.js writes it; 0 where it is none.
pub(crate) fn seconds(text: &str) -> i64 {
    text.parse().map_or(0, Timestamp::as_second)
}

/// Seconds since the epoch.
pub(crate) fn now_seconds() -> i64 {
    Timestamp::now().as_second()
}

/// The present minus an ISO 8601 duration such as `P10Y`, as Wiki.js writes it; `None` where it is not a duration.
pub(crate) fn ago(duration: &str) -> Option<String> {
    // jiff also reads its own "friendly" format; Wiki.js does not.
    if !duration.trim_start_matches(['+', '-']).starts_with('P') {
        return None;
    }
    let span: jiff::Span = duration.parse().ok()?;
    let then = Timestamp::now()
        .to_zoned(TimeZone::UTC)
        .checked_sub(span)
        .ok()?;
    Some(text(then.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
