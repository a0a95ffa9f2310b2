//! Cuts a GraphQL document into tokens, by section 2.1 of the specification (October 2021).

use super::Span;

/// What a token is; its text is the span of the source.
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

/// A text that is no token.
#[derive(Debug)]
pub(crate) struct LexError {
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// All tokens of a text, and where its comments stand.
#[derive(Debug)]
pub(crate) struct Lexed {
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Span>,
}

/// Cuts the whole text. The last token is always [`Kind::End`].
pub(crate) fn lex(text: &str) -> Result<Lexed, LexError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Lexed {
        tokens: Vec::new(),
        comments: Vec::new(),
    };
    loop {
        let start = lexer.at;
        let Some(first) = lexer.peek() else {
            found.tokens.push(Token {
                kind: Kind::End,
                span: Span { start, end: start },
            });
            return Ok(found);
        };
        let kind = match first {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => {
                lexer.bump();
                continue;
            }
            '#' => {
                lexer.bump_while(|c| c != '\n' && c != '\r');
                found.comments.push(Span {
                    start,
                    end: lexer.at,
                });
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
                return Err(lexer.error(
                    start,
                    format!("`{other}` is no part of GraphQL"),
                    other.len_utf8(),
                ));
            }
        };
        found.tokens.push(Token {
            kind,
            span: Span {
                start,
                end: lexer.at,
            },
        });
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
        let length = self
            .rest()
            .find(|c| !accept(c))
            .unwrap_or(self.rest().len());
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
            span: Span {
                start,
                end: start + length,
            },
        }
    }

    fn spread(&mut self) -> Result<Kind, LexError> {
        if self.rest().starts_with("...") {
            self.at += 3;
            return Ok(Kind::Punctuator);
        }
        Err(self.error(
            self.at,
            "`.` is no part of GraphQL; a fragment is spread by `...`",
            1,
        ))
    }

    fn number(&mut self) -> Result<Kind, LexError> {
        let start = self.at;
        let wrong =
            |lexer: &Self, message: &str| lexer.error(start, message, (lexer.at - start).max(1));
        self.bump_if(|c| c == '-');
        let leading_zero = self.peek() == Some('0');
        let digits = self.bump_while(|c| c.is_ascii_digit());
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(wrong(
                self,
                "a number is written without leading zeros and with at least one digit",
            ));
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
                    return Err(self.error(start, "this string has no end on its line", 1));
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
        if self.bump_if(|c| c == 'u')
            && self
                .rest()
                .chars()
                .take(4)
                .filter(char::is_ascii_hexdigit)
                .count()
                == 4
        {
            self.at += 4;
            return Ok(());
        }
        Err(self.error(start, "no such escape: GraphQL knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits", 1))
    }

    fn block_string(&mut self, start: usize) -> Result<Kind, LexError> {
        loop {
            if self.rest().starts_with("\\\"\"\"") {
                self.at += 4;
            } else if self.rest().starts_with("\"\"\"") {
                self.at += 3;
                return Ok(Kind::String);
            } else if self.peek().is_none() {
                return Err(self.error(start, "this block string has no end", 3));
            } else {
                self.bump();
            }
        }
    }
}
