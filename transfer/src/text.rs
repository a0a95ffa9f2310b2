//! Display of texts on one line, and line ends.

use std::{borrow::Cow, fmt, fmt::Write as _, path::Path};

/// Displays a path or name on one line, with line breaks, control characters and invisible characters escaped.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: AsRef<Path>> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_line(f, &self.0.as_ref().to_string_lossy())
    }
}

/// A writer that escapes everything that would break the line.
pub(crate) struct OneLine<'a, 'f>(pub(crate) &'a mut fmt::Formatter<'f>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_line(self.0, text)
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        if character == ' ' || is_visible(character) {
            f.write_char(character)?;
        } else {
            write!(f, "{}", character.escape_unicode())?;
        }
    }
    Ok(())
}

/// Returns `false` for white space, control characters, and characters that hide or reorder others.
pub(crate) fn is_visible(character: char) -> bool {
    let is_hidden = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    !is_hidden
        && !character.is_control()
        && !character.is_whitespace()
        && u32::from(character) & 0xfffe != 0xfffe
}

/// Returns the text with `\n` instead of `\r\n`.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}
