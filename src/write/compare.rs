//! Field-by-field comparison of three states: before a write, as intended, and as read back.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Observation, Response};

/// Text that Wiki.js returns in place of a secret.
pub(crate) const MASK: &str = "********";

/// State of a changed field after the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// As intended.
    Stored,
    /// As before.
    Unchanged,
    /// Neither as intended nor as before.
    Foreign,
    /// Not visible: Wiki.js returns the same mask before and after a secret is replaced.
    Hidden,
}

/// The fields that a write changes, with the state of each one afterwards.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared(Vec<(String, Field)>);

impl Compared {
    /// Adds a changed field and its state.
    pub(crate) fn push(&mut self, name: impl Into<String>, field: Field) {
        self.0.push((name.into(), field));
    }

    /// Returns `true` if the write changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names of the fields in these states, followed by "is" or "are".
    fn named(&self, how: &[Field]) -> Option<String> {
        let mut names = self.0.iter().filter(|(_, field)| how.contains(field));
        let first = names.next()?.0.clone();
        let others: Vec<_> = names.map(|(name, _)| name.as_str()).collect();
        Some(if others.is_empty() {
            format!("{first} is")
        } else {
            format!("{first}, {} are", others.join(", "))
        })
    }

    /// Derives the observation after a lost response from the states of the fields.
    pub(crate) fn observation<T>(&self, now: T) -> Observation<T> {
        self.observation_after(Response::Lost, now)
    }

    /// Derives the observation after this response from the states of the fields. A hidden field counts as stored if
    /// the response was a success and no other field contradicts it.
    pub(crate) fn observation_after<T>(&self, response: Response, now: T) -> Observation<T> {
        let stored = self.named(&[Field::Stored]);
        let missing = self.named(&[Field::Unchanged, Field::Foreign]);
        let foreign = self.named(&[Field::Foreign]);
        let hidden = self.named(&[Field::Hidden]);
        let shown = hidden.map(|hidden| format!("{hidden} not shown by Wiki.js"));
        match (stored, missing, shown) {
            (_, None, None) => Observation::Applied(now),
            (_, None, Some(_)) if response == Response::Success => Observation::Applied(now),
            (None, None, Some(_)) => Observation::Hidden,
            (None, Some(_), None) if foreign.is_none() => Observation::Unchanged,
            (None, Some(_), None) => Observation::Foreign(format!(
                "{} neither as before nor as intended",
                foreign.unwrap_or_default()
            )),
            (None, Some(missing), Some(shown)) => {
                Observation::Foreign(format!("{missing} not as intended, and {shown}"))
            }
            (Some(stored), missing, shown) => Observation::Partial {
                done: format!("{stored} stored"),
                missing: match (missing, shown) {
                    (Some(missing), Some(shown)) => format!("{missing} not, and {shown}"),
                    (Some(missing), None) => format!("{missing} not"),
                    (None, shown) => shown.unwrap_or_default(),
                },
            },
        }
    }
}

/// Compares three states field by field.
pub(crate) fn compare<T: Serialize>(before: &T, wanted: &T, now: &T) -> Compared {
    let mut compared = Compared::default();
    let [before, wanted, now] = [before, wanted, now].map(value_of);
    compare_at("", [&before, &wanted, &now], &mut compared);
    compared
}

/// Returns a state as JSON.
pub(crate) fn value_of(state: &impl Serialize) -> Value {
    serde_json::to_value(state).unwrap_or_default()
}

fn compare_at(path: &str, [before, wanted, now]: [&Value; 3], compared: &mut Compared) {
    if before == wanted {
        return;
    }
    // Objects are compared field by field. A list, or an object that the write removes, is compared as one field.
    let fields = |value: &Value| match value {
        Value::Object(fields) => Some(fields.clone()),
        Value::Null => Some(Map::new()),
        _ => None,
    };
    if wanted.is_object()
        && let (Some(before), Some(wanted), Some(now)) =
            (fields(before), fields(wanted), fields(now))
    {
        let added = wanted.keys().filter(|key| !before.contains_key(*key));
        for key in before.keys().chain(added) {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            let states =
                [&before, &wanted, &now].map(|fields| fields.get(key).unwrap_or(&Value::Null));
            compare_at(&path, states, compared);
        }
        return;
    }
    // Wiki.js returns the mask for any secret that is set, so it shows only whether there is one.
    let is_masked = |value: &Value| value == MASK;
    let is_set = wanted.as_str().is_some_and(|text| !text.is_empty());
    let field = if is_masked(now) && is_masked(before) && is_set {
        Field::Hidden
    } else if now == wanted || (is_masked(now) && is_set) {
        Field::Stored
    } else if now == before {
        Field::Unchanged
    } else {
        Field::Foreign
    };
    compared.push(if path.is_empty() { "it" } else { path }, field);
}
