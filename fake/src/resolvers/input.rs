//! What Wiki.js checks of a person's data, and in which words it refuses them.

use crate::errors::Failure;

const LONGEST: usize = 255;
const SHORTEST_NAME: usize = 2;
const SHORTEST_PASSWORD: usize = 6;

/// A mail address. Wiki.js knows more of what one may look like.
pub(super) fn email(email: &str) -> Result<(), Failure> {
    let is_one = email.split_once('@').is_some_and(|(local, domain)| {
        let labels: Vec<_> = domain.split('.').collect();
        !local.is_empty()
            && !email.contains(char::is_whitespace)
            && !domain.contains('@')
            && labels.len() > 1
            && labels.iter().all(|label| !label.is_empty())
    });
    if !is_one {
        return Err(Failure::input_invalid("Email is not a valid email"));
    }
    not_longer("Email", email)
}

/// A name.
pub(super) fn name(name: &str) -> Result<(), Failure> {
    not_blank("Name", name)?;
    not_shorter("Name", name, SHORTEST_NAME)?;
    not_longer("Name", name)
}

/// A password.
pub(super) fn password(password: &str) -> Result<(), Failure> {
    not_blank("Password", password)?;
    not_shorter("Password", password, SHORTEST_PASSWORD)
}

fn not_blank(field: &str, text: &str) -> Result<(), Failure> {
    if text.trim().is_empty() {
        return Err(Failure::input_invalid(format!("{field} can't be blank")));
    }
    Ok(())
}

fn not_shorter(field: &str, text: &str, least: usize) -> Result<(), Failure> {
    if text.encode_utf16().count() < least {
        let message = format!("{field} is too short (minimum is {least} characters)");
        return Err(Failure::input_invalid(message));
    }
    Ok(())
}

fn not_longer(field: &str, text: &str) -> Result<(), Failure> {
    if text.encode_utf16().count() > LONGEST {
        let message = format!("{field} is too long (maximum is {LONGEST} characters)");
        return Err(Failure::input_invalid(message));
    }
    Ok(())
}
