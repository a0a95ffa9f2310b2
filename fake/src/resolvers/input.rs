//! Checks of a person's data, with the messages of Wiki.js.

use super::Resolved;
use crate::errors::{Failure, ensure};
use crate::text::{length, trim};

/// The maximum length of a mail address and a name.
pub(super) const MAX_LENGTH: usize = 255;
/// The minimum length of a password.
pub(super) const SHORTEST_PASSWORD: usize = 6;
const SHORTEST_NAME: usize = 2;

/// Returns whether a text is a mail address, by a simpler grammar than that of Wiki.js.
pub(super) fn is_email(text: &str) -> bool {
    let has_blank = text.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_of_host = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let parts = text.split_once('@').filter(|_| !has_blank);
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && host.chars().all(is_of_host)
    })
}

/// Checks a mail address, whose host needs a dot.
pub(super) fn email(email: &str) -> Resolved<()> {
    let host = email.rsplit('@').next().unwrap_or_default();
    let has_dot = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    let is_valid = is_email(email) && has_dot;
    let message = "Email is not a valid email";
    ensure(is_valid, || Failure::input_invalid(message))?;
    not_longer("Email", email)
}

/// Checks a name.
pub(super) fn name(name: &str) -> Resolved<()> {
    not_shorter("Name", name, SHORTEST_NAME)?;
    not_longer("Name", name)
}

/// Checks a password in a field of this name.
pub(super) fn password(field: &str, password: &str) -> Resolved<()> {
    not_shorter(field, password, SHORTEST_PASSWORD)
}

fn not_shorter(field: &str, text: &str, least: usize) -> Resolved<()> {
    let blank = || Failure::input_invalid(format!("{field} can't be blank"));
    ensure(!trim(text).is_empty(), blank)?;
    let message = || format!("{field} is too short (minimum is {least} characters)");
    ensure(length(text) >= least, || Failure::input_invalid(message()))
}

fn not_longer(field: &str, text: &str) -> Resolved<()> {
    let message = || format!("{field} is too long (maximum is {MAX_LENGTH} characters)");
    ensure(length(text) <= MAX_LENGTH, || {
        Failure::input_invalid(message())
    })
}
