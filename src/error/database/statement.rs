//! Parsing of messages that contain an SQL statement.

use super::reasons::cause_of_reason;
use crate::redact::floor_char_boundary;

/// Maximum position in a message at which a statement may begin. A description of the activity may precede it.
const LONGEST_PREFIX: usize = 200;

/// The kind of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
    Select,
    Other,
}

impl Verb {
    /// The phrase for each kind in reduced messages.
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Insert, "inserting into"),
        (Self::Update, "updating"),
        (Self::Delete, "deleting from"),
        (Self::Select, "reading from"),
        (Self::Other, "a statement of"),
    ];

    pub(super) fn name(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        names
            .find(|(verb, _)| *verb == self)
            .map_or("", |(_, name)| name)
    }
}

/// The parts of a message of a database error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failed<'a> {
    /// The activity of Wiki.js, such as `Error when running job rebuild-tree`.
    pub(super) before: &'a str,
    /// The kind of the statement, and the table, which is empty if it is not known.
    pub(super) statement: Option<(Verb, &'a str)>,
    /// The reason, if it can be separated from the statement.
    pub(super) reason: Option<&'a str>,
}

impl<'a> Failed<'a> {
    /// Parses a message of Wiki.js or a reduced message.
    pub(super) fn read(message: &'a str) -> Self {
        let starts = || {
            let prefix = floor_char_boundary(message, LONGEST_PREFIX);
            let inner = message[..prefix]
                .match_indices(": ")
                .map(|(at, sep)| at + sep.len());
            std::iter::once(0).chain(inner)
        };
        for start in starts() {
            let before = message[..start].trim_end_matches(": ");
            let text = &message[start..];
            if let Some((verb, table, reason)) = read_reduced(text) {
                let reason = (reason != "the database refused it").then_some(reason);
                return Self {
                    before,
                    statement: Some((verb, table)),
                    reason,
                };
            }
            if let Some((verb, table, values)) = read_statement(text) {
                return Self {
                    before,
                    statement: Some((verb, table)),
                    reason: reason_after(values),
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
                statement: Some((Verb::Other, "")),
                reason: None,
            },
        }
    }
}

/// Parses a reduced message: `inserting into tags failed: duplicate key value …`.
fn read_reduced(text: &str) -> Option<(Verb, &str, &str)> {
    Verb::NAMES.iter().find_map(|(verb, name)| {
        let rest = text.strip_prefix(name)?.strip_prefix(' ')?;
        let (table, reason) = rest.split_once(" failed: ")?;
        if table == "the database" {
            return Some((*verb, "", reason));
        }
        let is_name = table.chars().all(|c| is_of_name(c) || c == '.');
        is_name.then_some((*verb, table, reason))
    })
}

/// Parses a statement: its kind, its table, and the rest.
fn read_statement(text: &str) -> Option<(Verb, &str, &str)> {
    const STARTS: [(&str, Verb); 7] = [
        ("insert into ", Verb::Insert),
        ("insert ignore into ", Verb::Insert),
        ("insert or replace into ", Verb::Insert),
        ("replace into ", Verb::Insert),
        ("merge into ", Verb::Insert),
        ("delete from ", Verb::Delete),
        ("update ", Verb::Update),
    ];
    const OTHERS: [&str; 16] = [
        "delete `",
        "with ",
        "create table ",
        "create index ",
        "create unique ",
        "alter table ",
        "drop table ",
        "truncate ",
        "lock tables ",
        "begin;",
        "commit;",
        "rollback;",
        "pragma ",
        "set transaction ",
        "declare @",
        "exec sp_",
    ];
    let after = |start: &str| {
        let head = text.get(..start.len())?;
        head.eq_ignore_ascii_case(start)
            .then(|| &text[start.len()..])
    };
    for (start, verb) in STARTS {
        let Some(rest) = after(start) else { continue };
        let Some((table, rest)) = name(rest) else {
            continue;
        };
        if verb != Verb::Update {
            return Some((verb, table, rest));
        }
        // Without " set ", the text is not a statement but a reason, such as "update or delete on table …".
        let is_set = rest
            .get(..5)
            .is_some_and(|set| set.eq_ignore_ascii_case(" set "));
        if is_set {
            let (column, _) = name(&rest[5..]).unwrap_or_default();
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
        return Some((Verb::Select, table.unwrap_or_default(), rest));
    }
    let other = OTHERS.iter().find_map(|start| after(start))?;
    Some((Verb::Other, "", other))
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
