//! Errors of the wiki's database, as Wiki.js forwards them.
//!
//! Wiki.js runs on PostgreSQL, MySQL, MariaDB, SQLite and SQL Server. The errors of their drivers arrive as a message,
//! usually `<statement with its values> - <reason>`, with the class of the error (the `slug` of a `responseResult`,
//! `exception.name` of a GraphQL error), which is the same for all databases. The statement contains texts of users and
//! secrets in plain text. Therefore:
//!
//! - The statement is never stored in an error. [`reduce`] converts the message to `inserting into tags failed:
//!   duplicate key value …`.
//! - The classification does not depend on the statement. It depends on the class of the error, and then on the reason,
//!   which is compared as a whole. Only the outcome of the write depends on the beginning of the statement.
//!
//! | failure | class of the error | was the write applied? |
//! |---|---|---|
//! | the first statement of a write ([`FIRST`]), rejected by a constraint or rolled back | by the reason | no |
//! | any other statement, such as `insert into tags` | by the reason | perhaps partially: the wiki is observed |
//! | a broken connection, in any statement | unavailable | perhaps: it may break after the statement was executed |
//! | the job `rebuild-tree` or `render-page` | – | yes: the job runs after the page is stored |

mod statement;

use std::{borrow::Cow, sync::LazyLock};

use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};

pub(crate) use self::statement::before_statement;
use self::statement::{Failed, INSERT, NO_REASON, UPDATE, Verb};
use crate::redact::{Secrets, shorten};

/// Maximum length of a message, in characters.
const LONGEST: usize = 500;
/// Maximum length of a reason, in characters. It may quote a value.
const LONGEST_REASON: usize = 240;

/// The cause of a database error. `reasons.txt` has the names of the variants, and describes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Cause {
    Unique,
    DanglingReference,
    StillReferenced,
    Value,
    Undone,
    Away,
    LostConnection,
}

impl Cause {
    /// Returns `true` if the database rejected the statement, so that the statement certainly changed nothing.
    fn is_of_statement(self) -> bool {
        !matches!(self, Self::Away | Self::LostConnection)
    }
}

/// Message for a database connection that stays closed. The reason follows in parentheses.
const LOST_CONNECTION: &str = "the wiki has lost its database connection and must be restarted";

/// The contents of `reasons.txt`: the cause, and either the beginning and the end of a reason, or codes.
static REASONS: LazyLock<Vec<(Cause, &str, Option<&str>)>> = LazyLock::new(|| {
    let lines = include_str!("reasons.txt").lines();
    let read = |line: &'static str| {
        let mut parts = line.split('|');
        let cause: Result<_, value::Error> = Cause::deserialize(parts.next()?.into_deserializer());
        Some((cause.ok()?, parts.next()?, parts.next()))
    };
    lines.filter_map(read).collect()
});

/// Returns the cause for a code of the operating system or of a driver.
pub(super) fn cause_of_code(code: &str) -> Option<Cause> {
    let is_of = |codes: &str| codes.split(' ').any(|known| known == code);
    let mut rows = REASONS.iter();
    let row = rows.find(|(_, codes, ends)| ends.is_none() && is_of(codes));
    row.map(|(cause, ..)| *cause)
}

/// Returns the cause for a reason, if the table contains it.
fn cause_of_reason(reason: &str) -> Option<Cause> {
    let reason = reason.trim_end();
    // The text of a reduced message, so that it is classified like the original one.
    if reason.starts_with(LOST_CONNECTION) && reason.ends_with(')') {
        return Some(Cause::LostConnection);
    }
    REASONS.iter().find_map(|&(cause, begins, ends)| {
        let (rest, ends) = (reason.strip_prefix(begins)?, ends?);
        let fits = match ends.split_once('*') {
            None if ends.is_empty() => !rest.contains(['\'', '`']),
            None => rest.ends_with(ends) || (rest.is_empty() && begins.ends_with(ends)),
            Some((before, after)) => rest.strip_suffix(after).is_some_and(|rest| {
                rest.trim_end_matches(|c: char| !c.is_whitespace() && !"'`\"".contains(c))
                    .ends_with(before)
            }),
        };
        fits.then_some(cause)
    })
}

/// The first statements of writes. If one of them is rejected, no part of the write was applied.
///
/// Later statements are not in the list: those for the tags of a page, the groups of a user and the second half of an
/// API key. Nor is the update of `pages.render`, with which Wiki.js updates the pages that link to a stored page.
const FIRST: &[(Verb, &str)] = &[
    (INSERT, "pages"),
    (INSERT, "pageHistory"),
    (INSERT, "users"),
    (INSERT, "groups"),
    (INSERT, "apiKeys"),
    (INSERT, "assetFolders"),
    (INSERT, "comments"),
    (UPDATE, "pages"),
    (UPDATE, "tags"),
];

/// Returns the cause of an error, from its class (may be empty) and its message.
pub(super) fn cause_of(class: &str, message: &str) -> Option<Cause> {
    let failed = Failed::read(message);
    let by_reason = || failed.reason.and_then(cause_of_reason);
    match class {
        "UniqueViolationError" => Some(Cause::Unique),
        "NotNullViolationError" | "CheckViolationError" | "DataError" => {
            // A statement that the database interrupted is reported as a `DataError` as well.
            by_reason()
                .filter(|cause| *cause == Cause::Undone)
                .or(Some(Cause::Value))
        }
        "ForeignKeyViolationError" => by_reason()
            .filter(|cause| *cause == Cause::StillReferenced)
            .or(Some(Cause::DanglingReference)),
        _ => by_reason(),
    }
}

/// Returns `true` if a write that failed with this error was certainly not applied, not even partially.
pub(super) fn nothing_was_written(class: &str, message: &str) -> bool {
    let failed = Failed::read(message);
    failed.before.is_empty()
        && failed.statement.is_some_and(|it| FIRST.contains(&it))
        && cause_of(class, message).is_some_and(Cause::is_of_statement)
}

/// Returns `true` if the message is that of a failed job, which runs after the page is stored.
pub(super) fn is_failed_job(message: &str) -> bool {
    let job = message.strip_prefix("Error when running job ");
    job.is_some_and(|job| job.starts_with("rebuild-tree:") || job.starts_with("render-page:"))
}

/// Removes the values of a statement and all secrets from a message, and limits its length. Only the kind of the
/// statement and its table remain. Each part is shortened after its secrets are removed.
///
/// Reducing a reduced message does not change it.
pub(crate) fn reduce(message: &str, secrets: &Secrets) -> String {
    reduced(message, |text, longest| {
        shorten(&secrets.redact(text), longest)
    })
}

/// Removes the values of a statement from a message, for a later [`reduce`] with the secrets of the request.
pub(super) fn without_values(message: &str) -> String {
    reduced(message, |text, _| text.to_owned())
}

/// Reduces a message, each part of which is shown by a function that receives its maximum length.
fn reduced(message: &str, shown: impl Fn(&str, usize) -> String) -> String {
    let message = variable_without_value(message);
    let failed = Failed::read(&message);
    let reason = failed.reason.map(|reason| match cause_of_reason(reason) {
        Some(Cause::LostConnection) if !reason.starts_with(LOST_CONNECTION) => {
            format!("{LOST_CONNECTION} ({reason})").into()
        }
        _ => Cow::Borrowed(reason),
    });
    let reduced = match failed.statement {
        None => reason.unwrap_or_default(),
        Some((verb, table)) => {
            let before = match failed.before {
                "" => String::new(),
                before => format!("{}: ", shown(before, LONGEST_REASON)),
            };
            let reason = reason.unwrap_or(NO_REASON.into());
            let reason = shown(&reason, LONGEST_REASON);
            format!("{before}{verb} {table} failed: {reason}").into()
        }
    };
    shown(&reduced, LONGEST)
}

/// Removes the value of a variable, which graphql-js repeats in its error.
fn variable_without_value(message: &str) -> Cow<'_, str> {
    const VALUE: &str = "\" got invalid value ";
    if message.starts_with("Variable \"$")
        && let Some((before, after)) = message.split_once(VALUE)
    {
        let problem = after.rsplit_once("; ").map_or("", |(_, problem)| problem);
        format!("{before}\" got an invalid value; {problem}").into()
    } else {
        message.into()
    }
}
