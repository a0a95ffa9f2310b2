//! Reads the executable part of GraphQL: operations and fragments, by section 2 of the specification (October 2021).

use super::{
    Argument, Directive, Document, Field, Fragment, Inline, Name, Operation, OperationKind,
    Selection, Span, Spread, Type, Value, ValueKind, Variable,
    lexer::{Kind, LexError, Token, lex},
};

/// How deep selections, and values in them, may be nested. More is no query that anyone wrote, and would exhaust the
/// stack of a build script at some point.
const MAX_DEPTH: usize = 40;

/// A text that is no executable document.
#[derive(Debug)]
pub(crate) struct ParseError {
    pub(crate) message: String,
    pub(crate) span: Span,
}

impl From<LexError> for ParseError {
    fn from(LexError { message, span }: LexError) -> Self {
        Self { message, span }
    }
}

type Result<T> = std::result::Result<T, ParseError>;

/// Reads one file's text.
pub(crate) fn parse(text: &str) -> Result<Document> {
    let mut parser = Parser {
        text,
        tokens: lex(text)?.tokens,
        next: 0,
        depth: 0,
    };
    let mut document = Document::default();
    loop {
        parser.definition(&mut document)?;
        if parser.peek().kind == Kind::End {
            return Ok(document);
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token {
        // The lexer ends with an End token, and `advance` never leaves it.
        let end = Span {
            start: self.text.len(),
            end: self.text.len(),
        };
        self.tokens.get(self.next).copied().unwrap_or(Token {
            kind: Kind::End,
            span: end,
        })
    }

    fn advance(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::End {
            self.next += 1;
        }
        token
    }

    fn text_of(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    fn is(&self, punctuator: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Punctuator && self.text_of(token.span) == punctuator
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Name && self.text_of(token.span) == keyword
    }

    fn eat(&mut self, punctuator: &str) -> bool {
        let is = self.is(punctuator);
        if is {
            self.advance();
        }
        is
    }

    fn expect(&mut self, punctuator: &str) -> Result<Token> {
        if self.is(punctuator) {
            Ok(self.advance())
        } else {
            Err(self.unexpected(&format!("`{punctuator}`")))
        }
    }

    fn unexpected(&self, wanted: &str) -> ParseError {
        let token = self.peek();
        let found = match token.kind {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", self.text_of(token.span)),
        };
        ParseError {
            message: format!("expected {wanted}, found {found}"),
            span: token.span,
        }
    }

    /// The end of what was read last.
    fn end(&self) -> usize {
        self.next
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(0, |token| token.span.end)
    }

    fn name(&mut self, what: &str) -> Result<Name> {
        if self.peek().kind != Kind::Name {
            return Err(self.unexpected(what));
        }
        let span = self.advance().span;
        Ok(Name {
            text: self.text_of(span).to_owned(),
            span,
        })
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(ParseError {
                message,
                span: self.peek().span,
            });
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn definition(&mut self, document: &mut Document) -> Result<()> {
        let start = self.peek().span.start;
        if self.is_keyword("fragment") {
            let fragment = self.fragment(start)?;
            document.fragments.push(fragment);
            return Ok(());
        }
        let kind = match self.text_of(self.peek().span) {
            "{" | "query" => OperationKind::Query,
            "mutation" => OperationKind::Mutation,
            "subscription" => OperationKind::Subscription,
            _ => return Err(self.unexpected("`query`, `mutation`, `subscription` or `fragment`")),
        };
        let operation = self.operation(kind, start)?;
        document.operations.push(operation);
        Ok(())
    }

    fn operation(&mut self, kind: OperationKind, start: usize) -> Result<Operation> {
        let (mut name, mut variables, mut directives) = (None, Vec::new(), Vec::new());
        if !self.is("{") {
            self.advance();
            if self.peek().kind == Kind::Name {
                name = Some(self.name("a name")?);
            }
            variables = self.variables()?;
            directives = self.directives()?;
        }
        let selections = self.selections()?;
        Ok(Operation {
            kind,
            name,
            variables,
            directives,
            selections,
            span: Span {
                start,
                end: self.end(),
            },
        })
    }

    fn fragment(&mut self, start: usize) -> Result<Fragment> {
        self.advance();
        if self.is_keyword("on") {
            return Err(self.unexpected("the fragment's name"));
        }
        let name = self.name("the fragment's name")?;
        if !self.is_keyword("on") {
            return Err(self.unexpected("`on` and the fragment's type"));
        }
        self.advance();
        let on = self.name("the fragment's type")?;
        let directives = self.directives()?;
        let selections = self.selections()?;
        Ok(Fragment {
            name,
            on,
            directives,
            selections,
            span: Span {
                start,
                end: self.end(),
            },
        })
    }

    fn variables(&mut self) -> Result<Vec<Variable>> {
        if !self.eat("(") {
            return Ok(Vec::new());
        }
        let mut variables = Vec::new();
        while variables.is_empty() || !self.is(")") {
            self.expect("$")?;
            let name = self.name("the variable's name")?;
            self.expect(":")?;
            let ty = self.ty()?;
            let default = if self.eat("=") {
                Some(self.value()?)
            } else {
                None
            };
            let directives = self.directives()?;
            variables.push(Variable {
                name,
                ty,
                default,
                directives,
            });
        }
        self.expect(")")?;
        Ok(variables)
    }

    fn ty(&mut self) -> Result<Type> {
        let inner = if self.eat("[") {
            let inner = self.deeper(Self::ty)?;
            self.expect("]")?;
            Type::List(Box::new(inner))
        } else {
            Type::Named(self.name("a type")?.text)
        };
        Ok(if self.eat("!") {
            Type::NonNull(Box::new(inner))
        } else {
            inner
        })
    }

    fn directives(&mut self) -> Result<Vec<Directive>> {
        let mut directives = Vec::new();
        while self.eat("@") {
            let name = self.name("the directive's name")?;
            let arguments = self.arguments()?;
            directives.push(Directive { name, arguments });
        }
        Ok(directives)
    }

    fn arguments(&mut self) -> Result<Vec<Argument>> {
        if !self.eat("(") {
            return Ok(Vec::new());
        }
        let mut arguments = vec![self.argument()?];
        while !self.eat(")") {
            arguments.push(self.argument()?);
        }
        Ok(arguments)
    }

    fn argument(&mut self) -> Result<Argument> {
        let name = self.name("a name")?;
        self.expect(":")?;
        Ok(Argument {
            name,
            value: self.value()?,
        })
    }

    fn selections(&mut self) -> Result<Vec<Selection>> {
        self.expect("{")?;
        let mut selections = vec![self.deeper(Self::selection)?];
        while !self.eat("}") {
            selections.push(self.deeper(Self::selection)?);
        }
        Ok(selections)
    }

    fn selection(&mut self) -> Result<Selection> {
        let start = self.peek().span.start;
        if !self.eat("...") {
            return self.field().map(Selection::Field);
        }
        if self.peek().kind == Kind::Name && !self.is_keyword("on") {
            let name = self.name("the fragment's name")?;
            return Ok(Selection::Spread(Spread {
                name,
                directives: self.directives()?,
            }));
        }
        let on = if self.is_keyword("on") {
            self.advance();
            Some(self.name("a type")?)
        } else {
            None
        };
        let directives = self.directives()?;
        let selections = self.selections()?;
        Ok(Selection::Inline(Inline {
            on,
            directives,
            selections,
            span: Span {
                start,
                end: self.end(),
            },
        }))
    }

    fn field(&mut self) -> Result<Field> {
        let first = self.name("a field, `...` or `}`")?;
        let (alias, name) = if self.eat(":") {
            (Some(first), self.name("a field")?)
        } else {
            (None, first)
        };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = if self.is("{") {
            self.selections()?
        } else {
            Vec::new()
        };
        Ok(Field {
            alias,
            name,
            arguments,
            directives,
            selections,
        })
    }

    fn value(&mut self) -> Result<Value> {
        let start = self.peek().span.start;
        let kind = self.deeper(Self::value_kind)?;
        Ok(Value {
            kind,
            span: Span {
                start,
                end: self.end(),
            },
        })
    }

    fn value_kind(&mut self) -> Result<ValueKind> {
        let token = self.peek();
        match (token.kind, self.text_of(token.span)) {
            (Kind::Int | Kind::Float | Kind::String, _) | (Kind::Name, "true" | "false") => {
                self.advance();
                Ok(ValueKind::Other)
            }
            (Kind::Name, "null") => {
                self.advance();
                Ok(ValueKind::Null)
            }
            (Kind::Name, name) => {
                self.advance();
                Ok(ValueKind::Enum(name.to_owned()))
            }
            (Kind::Punctuator, "$") => {
                self.advance();
                self.name("the variable's name")
                    .map(|name| ValueKind::Variable(name.text))
            }
            (Kind::Punctuator, "[") => {
                self.advance();
                let mut items = Vec::new();
                while !self.eat("]") {
                    items.push(self.value()?);
                }
                Ok(ValueKind::List(items))
            }
            (Kind::Punctuator, "{") => {
                self.advance();
                let mut fields = Vec::new();
                while !self.eat("}") {
                    fields.push(self.argument()?);
                }
                Ok(ValueKind::Object(fields))
            }
            _ => Err(self.unexpected("a value")),
        }
    }
}
