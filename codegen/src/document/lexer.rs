//! Splits GraphQL text into tokens, by section 2.1 of the specification (September 2025).

use super::{Result, Span, SyntaxError};

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

/// The tokens of a text, and the places of its comments.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Span>,
}

/// Splits the whole text. The last token is always [`Kind::End`].
pub(crate) fn lex(text: &str) -> Result<Lexed> {
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
            // GraphQL ignores commas and byte order marks between tokens, like blanks.
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => {
                lexer.bump();
                continue;
            }
            '#' => {
                // A lone carriage return ends a line, and so a comment.
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
                return Err(error(start, message, other.len_utf8()));
            }
        };
        let span = Span::new(start, lexer.at);
        found.tokens.push(Token { kind, span });
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

fn error(start: usize, message: impl Into<String>, length: usize) -> SyntaxError {
    SyntaxError::new(message, Span::new(start, start + length))
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

    fn spread(&mut self) -> Result<Kind> {
        if self.rest().starts_with("...") {
            self.at += 3;
            return Ok(Kind::Punctuator);
        }
        let message = "`.` is not GraphQL: a fragment is spread with `...`";
        Err(error(self.at, message, 1))
    }

    fn number(&mut self) -> Result<Kind> {
        let start = self.at;
        let wrong = |lexer: &Self, message: &str| error(start, message, (lexer.at - start).max(1));
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
        // GraphQL refuses a name right after a number, so that `0xF` and `1.2.3` are not read as two tokens.
        if self.bump_if(|c| is_name(c) || c == '.') {
            return Err(wrong(self, "a number ends before a letter or a point"));
        }
        Ok(kind)
    }

    fn string(&mut self) -> Result<Kind> {
        let start = self.at;
        if self.rest().starts_with("\"\"\"") {
            self.at += 3;
            return self.block_string(start);
        }
        self.bump();
        loop {
            match self.peek() {
                None | Some('\n' | '\r') => {
                    return Err(error(start, "this string does not end on its line", 1));
                }
                Some('"') => {
                    self.bump();
                    return Ok(Kind::String);
                }
                Some('\\') => {
                    self.escape()?;
                }
                Some(_) => self.bump(),
            }
        }
    }

    /// Reads an escape and returns its character.
    fn escape(&mut self) -> Result<char> {
        let start = self.at;
        self.bump();
        let first = self.peek();
        self.bump();
        let value = match first {
            Some('"' | '\\' | '/') => first,
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => self.unicode_escape(),
            _ => None,
        };
        let known =
            "GraphQL knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t, \\u with four digits and \\u{…}";
        value.ok_or_else(|| error(start, format!("unknown escape: {known}"), 1))
    }

    /// Reads the rest of `\uXXXX`, of a pair of these, or of `\u{…}`.
    fn unicode_escape(&mut self) -> Option<char> {
        if self.bump_if(|c| c == '{') {
            let digits = self.at;
            self.bump_while(|c| c.is_ascii_hexdigit());
            let value = u32::from_str_radix(self.text.get(digits..self.at)?, 16).ok()?;
            return char::from_u32(value).filter(|_| self.bump_if(|c| c == '}'));
        }
        let mut units = vec![self.utf16_unit()?];
        // A character above U+FFFF is written as a surrogate pair, which is two escapes.
        if matches!(*units, [0xD800..=0xDBFF]) && self.rest().starts_with("\\u") {
            self.at += 2;
            units.push(self.utf16_unit()?);
        }
        char::decode_utf16(units).next()?.ok()
    }

    /// Reads four hexadecimal digits.
    fn utf16_unit(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4)?;
        // `from_str_radix` accepts a sign as well, as in `\u+123`.
        let is_number = digits.bytes().all(|it| it.is_ascii_hexdigit());
        let unit = u16::from_str_radix(digits, 16).ok();
        self.at += 4;
        unit.filter(|_| is_number)
    }

    fn block_string(&mut self, start: usize) -> Result<Kind> {
        loop {
            // The only escape in a block string is a backslash before three quotes. Other backslashes are text.
            if self.rest().starts_with("\\\"\"\"") {
                self.at += 4;
            } else if self.rest().starts_with("\"\"\"") {
                self.at += 3;
                return Ok(Kind::String);
            } else if self.peek().is_none() {
                return Err(error(start, "this block string does not end", 3));
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
    // The token has been read before, so every escape in it is valid.
    let mut lexer = Lexer { text, at: 0 };
    let mut value = String::with_capacity(text.len());
    while let Some(c) = lexer.peek() {
        if c == '\\' {
            value.push(lexer.escape().unwrap_or(char::REPLACEMENT_CHARACTER));
        } else {
            lexer.bump();
            value.push(c);
        }
    }
    value
}

/// Returns the value of a block string, without common indentation and without blank lines at both ends.
fn block_value(text: &str) -> String {
    let text = text.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n");
    let lines: Vec<&str> = text.split(['\n', '\r']).collect();
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    // The first line begins behind the quotes, so its indentation says nothing about that of the others.
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
