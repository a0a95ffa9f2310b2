//! Lines of a text.

/// Iterator over the lines of a text without their line ends: `\n`, `\r\n`, or `\r` in a text without `\n`.
pub(super) struct Lines<'text> {
    rest: &'text str,
    return_ends_line: bool,
}

impl<'text> Lines<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        Self {
            rest: text,
            return_ends_line: !text.contains('\n'),
        }
    }

    /// Returns the text after the lines that were returned.
    pub(super) fn rest(&self) -> &'text str {
        self.rest
    }
}

impl<'text> Iterator for Lines<'text> {
    type Item = &'text str;

    fn next(&mut self) -> Option<&'text str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = if self.return_ends_line { '\r' } else { '\n' };
        let (line, rest) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(if self.return_ends_line {
            line
        } else {
            line.strip_suffix('\r').unwrap_or(line)
        })
    }
}
