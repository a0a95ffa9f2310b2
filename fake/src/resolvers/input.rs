//! Checks of a person's data, with the messages of Wiki.js.

use super::Resolved;
use crate::errors::Failure;
use crate::text::{length, trim};

/// The maximum length of a mail address and a name.
pub(super) const MAX_LENGTH: usize = 255;
/// The minimum length of a password.
pub(super) const SHORTEST_PASSWORD: usize = 6;
const SHORTEST_NAME: usize = 2;

/// Checks a mail address, by a simpler grammar than that of Wiki.js.
pub(super) fn email(email: &str) -> Resolved<()> {
    let is_email = email.split_once('@').is_some_and(|(local, domain)| {
        let labels: Vec<_> = domain.split('.').collect();
        !local.is_empty()
            && !email.contains(char::is_whitespace)
            && !domain.contains('@')
            && labels.len() > 1
            && labels.iter().all(|label| !label.is_empty())
    });
    if !is_email {
        return Err(Failure::input_invalid("Email is not a valid email"));
    }
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
    if trim(text).is_empty() {
        return Err(Failure::input_invalid(format!("{field} can't be blank")));
    }
    if length(text) < least {
        let message = format!("{field} is too short (minimum is {least} characters)");
        return Err(Failure::input_invalid(message));
    }
    Ok(())
}

/// Checks that a text has at most 255 characters.
pub(super) fn not_longer(field: &str, text: &str) -> Resolved<()> {
    if length(text) > MAX_LENGTH {
        let message = format!("{field} is too long (maximum is {MAX_LENGTH} characters)");
        return Err(Failure::input_invalid(message));
    }
    Ok(())
}
