//! Splits GraphQL text into tokens, by section 2.1 of the specification (September 2025).

use super::Span;

/// The kind of a token; its text is the span of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Punctuator,
    Name,
    Int,
    Float,
    String,
    End,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// Text that is not a token.
#[derive(Debug)]
pub(crate) struct LexError {
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// The tokens of a text, and the places of its comments.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Span>,
}

/// Splits the whole text. The last token is always [`Kind::End`].
pub(crate) fn lex(text: &str) -> Result<Lexed, LexError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Lexed::default();
    loop {
        let start = lexer.at;
        let Some(first) = lexer.peek() else {
            let (kind, span) = (Kind::End, Span::new(start, start));
            found.tokens.push(Token { kind, span });
            return Ok(found);
        };
        let kind = match first {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => {
                lexer.bump();
                continue;
            }
            '#' => {
                lexer.bump_while(|c| c != '\n' && c != '\r');
                found.comments.push(Span::new(start, lexer.at));
                continue;
            }
            '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}' => {
                lexer.bump();
                Kind::Punctuator
            }
            '.' => lexer.spread()?,
            '_' | 'a'..='z' | 'A'..='Z' => {
                lexer.bump_while(is_name);
                Kind::Name
            }
            '-' | '0'..='9' => lexer.number()?,
            '"' => lexer.string()?,
            other => {
                let message = format!("`{other}` is not GraphQL");
                return Err(lexer.error(start, message, other.len_utf8()));
            }
        };
        let span = Span::new(start, lexer.at);
        found.tokens.push(Token { kind, span });
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn bump_while(&mut self, accept: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += length;
        length
    }

    fn bump_if(&mut self, expected: impl Fn(char) -> bool) -> bool {
        let is = self.peek().is_some_and(expected);
        if is {
            self.bump();
        }
        is
    }

    #[expect(clippy::unused_self, reason = "reads as the lexer's own")]
    fn error(&self, start: usize, message: impl Into<String>, length: usize) -> LexError {
        LexError {
            message: message.into(),
            span: Span::new(start, start + length),
        }
    }

    fn spread(&mut self) -> Result<Kind, LexError> {
        if self.rest().starts_with("...") {
            self.at += 3;
            return Ok(Kind::Punctuator);
        }
        let message = "`.` is not GraphQL: a fragment is spread with `...`";
        Err(self.error(self.at, message, 1))
    }

    fn number(&mut self) -> Result<Kind, LexError> {
        let start = self.at;
        let wrong =
            |lexer: &Self, message: &str| lexer.error(start, message, (lexer.at - start).max(1));
        self.bump_if(|c| c == '-');
        let leading_zero = self.peek() == Some('0');
        let digits = self.bump_while(|c| c.is_ascii_digit());
        if digits == 0 || (leading_zero && digits > 1) {
            let message = "a number is written without leading zeros and with at least one digit";
            return Err(wrong(self, message));
        }
        let mut kind = Kind::Int;
        if self.bump_if(|c| c == '.') {
            kind = Kind::Float;
            if self.bump_while(|c| c.is_ascii_digit()) == 0 {
                return Err(wrong(self, "a digit is missing after the point"));
            }
        }
        if self.bump_if(|c| c == 'e' || c == 'E') {
            kind = Kind::Float;
            self.bump_if(|c| c == '+' || c == '-');
            if self.bump_while(|c| c.is_ascii_digit()) == 0 {
                return Err(wrong(self, "a digit is missing in the exponent"));
            }
        }
        if self.bump_if(|c| is_name(c) || c == '.') {
            return Err(wrong(self, "a number ends before a letter or a point"));
        }
        Ok(kind)
    }

    fn string(&mut self) -> Result<Kind, LexError> {
        let start = self.at;
        if self.rest().starts_with("\"\"\"") {
            self.at += 3;
            return self.block_string(start);
        }
        self.bump();
        loop {
            match self.peek() {
                None | Some('\n' | '\r') => {
                    return Err(self.error(start, "this string does not end on its line", 1));
                }
                Some('"') => {
                    self.bump();
                    return Ok(Kind::String);
                }
                Some('\\') => self.escape()?,
                Some(_) => self.bump(),
            }
        }
    }

    fn escape(&mut self) -> Result<(), LexError> {
        let start = self.at;
        self.bump();
        if self.bump_if(|c| matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) {
            return Ok(());
        }
        if self.bump_if(|c| c == 'u') {
            let is_known = if self.bump_if(|c| c == '{') {
                char::from_u32(self.hex(8)).is_some() && self.bump_if(|c| c == '}')
            } else {
                let digits = self.at;
                let value = self.hex(4);
                // A character above U+FFFF is written as a surrogate pair, which is two escapes.
                let is_whole = match value {
                    0xD800..=0xDBFF => {
                        let is_pair = self.rest().starts_with("\\u");
                        self.at += if is_pair { 2 } else { 0 };
                        is_pair && (0xDC00..=0xDFFF).contains(&self.hex(4))
                    }
                    _ => char::from_u32(value).is_some(),
                };
                is_whole && (self.at - digits) % 6 == 4
            };
            if is_known {
                return Ok(());
            }
        }
        let known =
            "GraphQL knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t, \\u with four digits and \\u{…}";
        Err(self.error(start, format!("unknown escape: {known}"), 1))
    }

    /// Reads a hexadecimal number of at most `limit` digits.
    fn hex(&mut self, limit: usize) -> u32 {
        let start = self.at;
        while self.at - start < limit && self.bump_if(|c| c.is_ascii_hexdigit()) {}
        let digits = self.text.get(start..self.at).unwrap_or_default();
        u32::from_str_radix(digits, 16).unwrap_or(u32::MAX)
    }

    fn block_string(&mut self, start: usize) -> Result<Kind, LexError> {
        loop {
            if self.rest().starts_with("\\\"\"\"") {
                self.at += 4;
            } else if self.rest().starts_with("\"\"\"") {
                self.at += 3;
                return Ok(Kind::String);
            } else if self.peek().is_none() {
                return Err(self.error(start, "this block string does not end", 3));
            } else {
                self.bump();
            }
        }
    }
}

/// Returns the value of a string token, which includes its quotes.
pub(crate) fn string_value(token: &str) -> String {
    if let Some(block) = token
        .strip_prefix("\"\"\"")
        .and_then(|rest| rest.strip_suffix("\"\"\""))
    {
        return block_value(block);
    }
    let text = token
        .get(1..token.len().saturating_sub(1))
        .unwrap_or_default();
    // The text is collected in UTF-16, because an escape may be one half of a surrogate pair.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        let mut value = u32::from(first);
        if first == '\\' {
            let (escaped, length) = escape_value(rest);
            value = escaped;
            rest = rest.get(length..).unwrap_or_default();
        }
        match (u16::try_from(value), char::from_u32(value)) {
            (Ok(unit), _) => units.push(unit),
            (_, c) => units.extend_from_slice(c.unwrap_or('\u{fffd}').encode_utf16(&mut [0; 2])),
        }
    }
    String::from_utf16_lossy(&units)
}

/// Returns the value and the length of the escape whose backslash precedes this text.
fn escape_value(text: &str) -> (u32, usize) {
    let simple = |c: char| (u32::from(c), 1);
    match text.chars().next() {
        Some('b') => simple('\u{8}'),
        Some('f') => simple('\u{c}'),
        Some('n') => simple('\n'),
        Some('r') => simple('\r'),
        Some('t') => simple('\t'),
        Some('u') => {
            let after = text.get(1..).unwrap_or_default();
            let braces = after.strip_prefix('{').and_then(|it| it.split_once('}'));
            let (digits, length) = braces.map_or_else(
                || (after.get(..4).unwrap_or_default(), 5),
                |(digits, _)| (digits, digits.len() + 3),
            );
            (u32::from_str_radix(digits, 16).unwrap_or(0xFFFD), length)
        }
        Some(other) => (u32::from(other), other.len_utf8()),
        None => (u32::from('\\'), 0),
    }
}

/// Returns the value of a block string, without common indentation and without blank lines at both ends.
fn block_value(text: &str) -> String {
    let text = text.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n");
    let lines: Vec<&str> = text.split(['\n', '\r']).collect();
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let texts = lines.iter().skip(1).filter(|line| !blank(line));
    let common = texts.map(indent).min().unwrap_or(0);
    let rest = lines
        .iter()
        .skip(1)
        .map(|line| line.get(common..).unwrap_or_default());
    let kept: Vec<&str> = lines.iter().take(1).copied().chain(rest).collect();
    let is_text = |line: &&str| !blank(line);
    let first = kept.iter().position(is_text).unwrap_or(kept.len());
    let last = kept.iter().rposition(is_text).map_or(first, |it| it + 1);
    kept.get(first..last).unwrap_or_default().join("\n")
}
