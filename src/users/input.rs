//! What may be written of a user. Wiki.js refuses some of the rest after half of the write, and takes
//! some of it for something else.

use secrecy::{ExposeSecret, SecretString};

use crate::{
    error::{Error, Result},
    text::check_short,
};

/// What Wiki.js demands of a password, counted as JavaScript does.
const LEAST_PASSWORD: usize = 6;

/// The formats that Wiki.js knows.
const DATE_FORMATS: [&str; 5] = [
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM/DD/YYYY",
    "YYYY-MM-DD",
    "YYYY/MM/DD",
];

/// An e-mail address, roughly: what exactly is one, Wiki.js decides.
pub(super) fn check_email(email: &str) -> Result<()> {
    let problem = match email.split_once('@') {
        _ if email.chars().any(|c| c.is_whitespace() || c.is_control()) => "has white space",
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !host.contains('@') => {
            return check_short("email", email);
        }
        _ => "is not an e-mail address",
    };
    Err(Error::invalid(
        "email",
        format!("`{email}` {problem}"),
        "write it as name@example.com",
    ))
}

/// A user's name of `least` characters or more.
pub(super) fn check_name(name: &str, least: usize) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid(
            "name",
            "it is empty",
            "Wiki.js keeps no user without a name",
        ));
    }
    if name.encode_utf16().count() < least {
        return Err(Error::invalid(
            "name",
            "it has one character, and Wiki.js wants two",
            "make it longer",
        ));
    }
    check_short("name", name)
}

/// A new password. It is not shown, whatever is wrong with it.
pub(super) fn check_password(field: &'static str, password: &SecretString) -> Result<()> {
    let password = password.expose_secret();
    let (problem, remedy) = if password.trim().is_empty() {
        ("it is empty or blank", "choose another")
    } else if password.encode_utf16().count() < LEAST_PASSWORD {
        (
            "it is shorter than the 6 characters that Wiki.js wants",
            "choose another",
        )
    } else if is_a_hash(password) {
        (
            "it has the form of a bcrypt hash, which Wiki.js stores as it is instead of hashing it",
            "choose another",
        )
    } else {
        return Ok(());
    };
    Err(Error::invalid(field, problem, remedy))
}

/// `$2a$12$` and 53 more characters.
fn is_a_hash(password: &str) -> bool {
    let Some(rest) = password.strip_prefix("$2") else {
        return false;
    };
    let mut parts = rest.split('$');
    let parts = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some("a" | "b" | "y"), Some(rounds), Some(hash), None) = parts else {
        return false;
    };
    rounds.len() == 2
        && rounds.bytes().all(|byte| byte.is_ascii_digit())
        && hash.len() == 53
        && hash
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(&byte))
}

pub(super) fn check_timezone(timezone: &str) -> Result<()> {
    if timezone.trim().is_empty() {
        return Err(Error::invalid(
            "timezone",
            "it is empty, and Wiki.js cannot clear it",
            "name one, such as `Europe/Berlin`",
        ));
    }
    check_short("timezone", timezone)
}

/// A date format, or nothing for the one of the language.
pub(super) fn check_date_format(format: &str) -> Result<()> {
    if format.is_empty() || DATE_FORMATS.contains(&format) {
        return Ok(());
    }
    Err(Error::invalid(
        "date_format",
        format!("`{format}` is not a date format of Wiki.js"),
        format!("use one of {}", DATE_FORMATS.join(", ")),
    ))
}

/// A word for how the wiki looks, or nothing for the site's.
pub(super) fn check_appearance(word: &str) -> Result<()> {
    if matches!(word, "" | "light" | "dark") {
        return Ok(());
    }
    Err(Error::invalid(
        "appearance",
        format!("`{word}` is not an appearance of Wiki.js"),
        "use `light` or `dark`",
    ))
}

#[cfg(test)]
mod tests {
    use super::{check_email, is_a_hash};

    #[test]
    fn a_hash_is_told_from_a_password() {
        let hash = format!("$2a$12${}", "x".repeat(53));
        assert!(is_a_hash(&hash));
        for password in ["$2a$12$short", "correct horse", "$2x$12$", &hash[1..]] {
            assert!(!is_a_hash(password), "{password}");
        }
        assert!(!is_a_hash(&format!("{hash}$")));
    }

    #[test]
    fn an_address_has_two_sides() {
        for email in ["edith@example.com", "a+b@localhost"] {
            assert!(check_email(email).is_ok(), "{email}");
        }
        for email in [
            "",
            "edith",
            "@example.com",
            "edith@",
            "a@b@c",
            "a b@example.com",
            "a\0@b",
        ] {
            assert!(check_email(email).is_err(), "{email}");
        }
    }
}
