//! Parsing of messages that contain an SQL statement.

use std::iter::once;

use super::cause_of_reason;
use crate::{redact::floor_char_boundary, types::strip_prefix_ignore_case};

/// Maximum position in a message at which a statement may begin. A description of the activity may precede it.
const LONGEST_PREFIX: usize = 200;

/// The kind of a statement, as the phrase for it in reduced messages.
pub(super) type Verb = &'static str;

pub(super) const INSERT: Verb = "inserting into";
pub(super) const UPDATE: Verb = "updating";
const DELETE: Verb = "deleting from";
const SELECT: Verb = "reading from";
const OTHER: Verb = "a statement of";

/// The text for an unknown table in reduced messages.
pub(super) const NO_TABLE: &str = "the database";
/// The text for an unknown reason in reduced messages.
pub(super) const NO_REASON: &str = "the database refused it";

/// The parts of a message of a database error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failed<'a> {
    /// The activity of Wiki.js, such as `Error when running job rebuild-tree`.
    pub(super) before: &'a str,
    /// The kind of the statement, and the table.
    pub(super) statement: Option<(Verb, &'a str)>,
    /// The reason, if it can be separated from the statement.
    pub(super) reason: Option<&'a str>,
}

impl<'a> Failed<'a> {
    /// Parses a message of Wiki.js or a reduced message.
    pub(super) fn read(message: &'a str) -> Self {
        let prefix = &message[..floor_char_boundary(message, LONGEST_PREFIX)];
        let inner = prefix.match_indices(": ").map(|(at, sep)| at + sep.len());
        for start in once(0).chain(inner) {
            let text = &message[start..];
            let statement = || {
                let (verb, table, values) = read_statement(text)?;
                Some((verb, table, reason_after(values)))
            };
            if let Some((verb, table, reason)) = read_reduced(text).or_else(statement) {
                return Self {
                    before: message[..start].trim_end_matches(": "),
                    statement: Some((verb, table)),
                    reason,
                };
            }
        }
        match statement_within(message) {
            None => Self {
                before: "",
                statement: None,
                reason: Some(message),
            },
            Some(at) => Self {
                before: message[..at].trim_end_matches([' ', ':', '`', '"', '(']),
                statement: Some((OTHER, NO_TABLE)),
                reason: None,
            },
        }
    }
}

/// Parses a reduced message: `inserting into tags failed: duplicate key value …`.
fn read_reduced(text: &str) -> Option<(Verb, &str, Option<&str>)> {
    let mut verbs = [INSERT, UPDATE, DELETE, SELECT, OTHER].into_iter();
    verbs.find_map(|verb| {
        let rest = text.strip_prefix(verb)?.strip_prefix(' ')?;
        let (table, reason) = rest.split_once(" failed: ")?;
        let reason = Some(reason).filter(|reason| *reason != NO_REASON);
        let is_name = table.chars().all(|c| is_of_name(c) || c == '.');
        (is_name || table == NO_TABLE).then_some((verb, table, reason))
    })
}

/// Parses a statement: its kind, its table, and the rest.
fn read_statement(text: &str) -> Option<(Verb, &str, &str)> {
    const STARTS: [(&str, Verb); 7] = [
        ("insert into ", INSERT),
        ("insert ignore into ", INSERT),
        ("insert or replace into ", INSERT),
        ("replace into ", INSERT),
        ("merge into ", INSERT),
        ("delete from ", DELETE),
        ("update ", UPDATE),
    ];
    const OTHERS: &str = "delete `|with |create table |create index |create unique |alter table |\
        drop table |truncate |lock tables |begin;|commit;|rollback;|pragma |set transaction |\
        declare @|exec sp_";
    let after = |start: &str| strip_prefix_ignore_case(text, start);
    for (start, verb) in STARTS {
        let Some(rest) = after(start) else { continue };
        let Some((table, rest)) = name(rest) else {
            continue;
        };
        if verb != UPDATE {
            return Some((verb, table, rest));
        }
        // Without " set ", the text is not a statement but a reason, such as "update or delete on table …".
        if let Some(columns) = strip_prefix_ignore_case(rest, " set ") {
            let (column, _) = name(columns).unwrap_or_default();
            let table = match (table, column) {
                ("pages", "render") => "pages.render",
                _ => table,
            };
            return Some((verb, table, rest));
        }
    }
    if let Some(rest) = after("select ").filter(|_| !text.starts_with("Select")) {
        let table = rest
            .split_once(" from ")
            .and_then(|(_, from)| Some(name(from)?.0));
        return Some((SELECT, table.unwrap_or(NO_TABLE), rest));
    }
    let other = OTHERS.split('|').find_map(after)?;
    Some((OTHER, NO_TABLE, other))
}

/// Parses the name of a table with any kind of quotation marks. Returns the name without its schema, and the rest of
/// the text.
fn name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = match text.chars().next()? {
        quote @ ('"' | '`') => text[1..].split_once(quote)?,
        '[' => text[1..].split_once(']')?,
        _ => text.split_at(text.find(|c| !is_of_name(c)).unwrap_or(text.len())),
    };
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_of_name) {
        return None;
    }
    match rest.strip_prefix('.') {
        Some(rest) => self::name(rest),
        None => Some((name, rest)),
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns the position of a statement in the middle of a text.
fn statement_within(message: &str) -> Option<usize> {
    /// Quotation marks of names, and the characters that begin an escaped one in JSON or HTML.
    const QUOTES: [char; 5] = ['"', '`', '[', '\\', '&'];
    let lower = message.to_ascii_lowercase();
    let quoted = |start: &str| {
        let mut found = lower
            .match_indices(start)
            .map(|(at, start)| (at, at + start.len()));
        found.find(|(_, end)| lower[*end..].starts_with(QUOTES))
    };
    let select = || {
        let at = lower.find("select ")?;
        let from = lower[at..].split_once(" from ")?.1;
        from.starts_with(QUOTES).then_some(at)
    };
    ["insert into ", "update ", "delete from "]
        .iter()
        .filter_map(|start| Some(quoted(start)?.0))
        .chain(select())
        .min()
}

/// Returns the reason of a failed statement. `values` is the part of the message after the table.
///
/// Returns `None` if the reason cannot be separated from the values.
fn reason_after(values: &str) -> Option<&str> {
    // Some databases double a quotation mark within a text, and others escape it with a backslash. The message does not
    // show which database wrote it, so both interpretations are tried.
    let ends = [true, false].map(|has_backslashes| ends_of_statement(values, has_backslashes));
    let tail = |at: usize| &values[at + SEPARATOR.len()..];
    let mut all: Vec<usize> = ends.iter().flatten().copied().collect();
    all.sort_unstable();
    let known = all
        .iter()
        .rev()
        .find(|at| cause_of_reason(tail(**at)).is_some());
    if let Some(known) = known {
        return Some(tail(*known));
    }
    let [one, other] = ends.map(|ends| {
        // In a statement without texts, an earlier separator may be a subtraction, so the last one is used.
        let mut ends = ends.into_iter();
        if values.contains('\'') {
            ends.next()
        } else {
            ends.next_back()
        }
    });
    one.filter(|_| one == other).map(tail)
}

const SEPARATOR: &str = " - ";

/// Returns the positions where a statement may end: the separators that are not within quotation marks.
fn ends_of_statement(values: &str, has_backslashes: bool) -> Vec<usize> {
    let bytes = values.as_bytes();
    let mut ends = Vec::new();
    let (mut at, mut within) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if within && has_backslashes => at += 1,
            b'\'' => within = !within,
            b' ' if !within && bytes[at..].starts_with(SEPARATOR.as_bytes()) => ends.push(at),
            _ => {}
        }
        at += 1;
    }
    ends
}

/// Returns the part of a text before the first SQL statement, or the whole text if it contains none.
pub(crate) fn before_statement(text: &str) -> &str {
    statement_within(text).map_or(text, |at| &text[..at])
}
