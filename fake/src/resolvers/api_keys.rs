//! `authentication`: the API keys and the switch of the API.

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record, record};
use crate::state::{State, clock};
use std::cmp::Reverse;

/// Characters of a key that the list shows.
const SHOWN: usize = 20;
/// The longest text that is read as a time.
const LONGEST_TIME: usize = 100;

/// The list: first what is not revoked, by name.
pub(super) fn list(state: &State) -> Answer {
    let mut keys: Vec<_> = state.keys.iter().collect();
    keys.sort_by_key(|(id, key)| (key.is_revoked, key.name.clone(), Reverse(*id)));
    keys.into_iter()
        .map(|(id, key)| {
            let end = &key.token[key.token.len().saturating_sub(SHOWN)..];
            record! {
                "id" => id,
                "name" => &key.name,
                "keyShort" => format!("...{end}"),
                "expiration" => clock::text(key.expires * 1000),
                "createdAt" => &key.created_at,
                "updatedAt" => &key.updated_at,
                "isRevoked" => key.is_revoked,
            }
        })
        .collect()
}

pub(super) fn mutate(context: &Context, field: &str, arguments: Arguments<'_>) -> Answer {
    let mut state = context.shared.state();
    outcome::of(match field {
        "createApiKey" => create(&mut state, arguments),
        "revokeApiKey" => {
            let now = state.now();
            // A key that is not there is none that could not be revoked.
            state
                .keys
                .revoke_by_id(arguments.int("id").unwrap_or_default(), &now);
            Ok(outcome::done("API Key revoked successfully"))
        }
        _ => {
            state.api_enabled = arguments.flag("enabled");
            Ok(outcome::done("API State changed successfully"))
        }
    })
}

fn create(state: &mut State, arguments: Arguments<'_>) -> Result<Record, Failure> {
    let name = arguments.text("name").unwrap_or_default();
    let expiration = arguments.text("expiration").unwrap_or_default();
    if expiration.is_empty() || expiration.chars().count() > LONGEST_TIME {
        return Err(Failure::error(format!(
            "val is not a non-empty string or a valid number. val=\"{expiration}\""
        )));
    }
    let group = if arguments.flag("fullAccess") {
        1
    } else {
        arguments.int("group").unwrap_or_default()
    };
    let now = state.now();
    let Some(milliseconds) = milliseconds(expiration) else {
        // The row is there already when the time is read.
        state.keys.leave_pending(name, &now);
        return Err(Failure::error(
            "\"expiresIn\" should be a number of seconds or string representing a timespan eg: \"1d\", \"20h\", 60",
        ));
    };
    let key = state
        .keys
        .issue_for(name, group, milliseconds.div_euclid(1000), &now);
    Ok(outcome::done("API Key created successfully").with("key", key))
}

/// A time in the notation of the library `ms`; `None` where it is none.
#[expect(
    clippy::cast_possible_truncation,
    reason = "no test makes a key for longer than i64 milliseconds"
)]
fn milliseconds(text: &str) -> Option<i64> {
    let number = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number);
    let number: f64 = number.parse().ok()?;
    let unit = match unit.trim_start_matches(' ').to_lowercase().as_str() {
        "" | "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 6e4,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3.6e6,
        "d" | "day" | "days" => 8.64e7,
        "w" | "week" | "weeks" => 6.048e8,
        "y" | "yr" | "yrs" | "year" | "years" => 3.155_76e10,
        _ => return None,
    };
    Some((number * unit) as i64)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn times_as_the_library_ms_reads_them() {
        for (text, expected) in [
            ("1y", Some(31_557_600_000)),
            ("90 days", Some(7_776_000_000)),
            ("31557600s", Some(31_557_600_000)),
            ("2s", Some(2000)),
            ("60", Some(60)),
            ("forever", None),
            ("1 fortnight", None),
            ("-", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
