//! Parses GraphQL: here operations and fragments, in `schema::sdl` the type system, by sections 2 and 3 of the
//! specification (September 2025).

use super::{
    Argument, Directive, Document, Field, Fragment, Inline, Name, Operation, OperationKind, Result,
    Selection, Span, Spread, SyntaxError, Type, Value, ValueKind, Variable,
    lexer::{Kind, Token, lex},
};

/// Maximum depth of nested selections and values.
const MAX_DEPTH: usize = 256;

/// Parses the operations and fragments of one file, which may have none.
pub(crate) fn parse(text: &str) -> Result<Document> {
    let mut parser = Parser::new(text)?;
    let mut document = Document::default();
    while !parser.is_at_end() {
        if let Err(error) = parser.definition(&mut document) {
            return Err(parser.earlier(error));
        }
    }
    Ok(document)
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    /// The brackets that are open.
    open: Vec<Span>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self> {
        Ok(Self {
            text,
            tokens: lex(text)?.tokens,
            next: 0,
            open: Vec::new(),
        })
    }

    pub(crate) fn peek(&self) -> Token {
        // The last token is the end, and it is never passed. This one is only returned for an empty list, which `lex`
        // does not make.
        let (kind, end) = (Kind::End, self.text.len());
        let span = Span::new(end, end);
        let next = self.tokens.get(self.next).copied();
        next.unwrap_or(Token { kind, span })
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.peek().kind == Kind::End
    }

    pub(crate) fn advance(&mut self) -> Token {
        let token = self.peek();
        if token.kind != Kind::End {
            self.next += 1;
        }
        token
    }

    fn skip(&mut self) -> bool {
        self.advance();
        true
    }

    pub(crate) fn text_of(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Returns the span from this byte to the end of the last token that was read.
    pub(crate) fn span_from(&self, start: usize) -> Span {
        let last = self.next.checked_sub(1).and_then(|it| self.tokens.get(it));
        Span::new(start, last.map_or(start, |token| token.span.end))
    }

    pub(crate) fn is(&self, punctuator: &str) -> bool {
        self.is_next(Kind::Punctuator, punctuator)
    }

    fn is_next(&self, kind: Kind, text: &str) -> bool {
        let token = self.peek();
        token.kind == kind && self.text_of(token.span) == text
    }

    pub(crate) fn is_keyword(&self, keyword: &str) -> bool {
        self.is_next(Kind::Name, keyword)
    }

    pub(crate) fn eat(&mut self, punctuator: &str) -> bool {
        self.is(punctuator) && self.skip()
    }

    pub(crate) fn eat_keyword(&mut self, keyword: &str) -> bool {
        self.is_keyword(keyword) && self.skip()
    }

    pub(crate) fn expect(&mut self, punctuator: &str) -> Result<Token> {
        if self.is(punctuator) {
            Ok(self.advance())
        } else {
            Err(self.unexpected(&format!("`{punctuator}`")))
        }
    }

    pub(crate) fn unexpected(&self, wanted: &str) -> SyntaxError {
        let token = self.peek();
        let found = match token.kind {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", excerpt(self.text_of(token.span))),
        };
        SyntaxError {
            message: format!("expected {wanted}, found {found}"),
            span: token.span,
            open: self.open.last().copied().filter(|bracket| {
                let close = match self.text_of(*bracket) {
                    "(" => "`)`",
                    "[" => "`]`",
                    _ => "`}`",
                };
                token.kind == Kind::End || wanted.ends_with(close)
            }),
        }
    }

    pub(crate) fn name(&mut self, what: &str) -> Result<Name> {
        if self.peek().kind != Kind::Name {
            return Err(self.unexpected(what));
        }
        let span = self.advance().span;
        Ok(Name {
            text: self.text_of(span).to_owned(),
            span,
        })
    }

    /// Parses items between brackets. Without an opening bracket there are none.
    pub(crate) fn between<T>(
        &mut self,
        (open, close): (&str, &str),
        may_be_empty: bool,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = Vec::new();
        if !self.is(open) {
            return Ok(items);
        }
        if self.open.len() == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(SyntaxError::new(message, self.peek().span));
        }
        let opening = self.advance().span;
        self.open.push(opening);
        // GraphQL has empty lists and objects as values, but no empty selections and no empty arguments.
        if self.is(close) && !may_be_empty {
            let message = format!("nothing stands between `{open}` and `{close}`");
            return Err(SyntaxError::new(message, opening));
        }
        while !self.is(close) {
            if self.is_at_end() {
                return Err(self.unexpected(&format!("`{close}`")));
            }
            items.push(item(self)?);
        }
        self.advance();
        self.open.pop();
        Ok(items)
    }

    /// Returns the error, or an earlier one: an operation or fragment that begins while a bracket is still open.
    fn earlier(&self, error: SyntaxError) -> SyntaxError {
        // If a closing bracket is missing, the parser reads on into the definitions below, and fails far from the
        // mistake.
        let mut open: Vec<Span> = Vec::new();
        let texts = |index: usize| {
            self.tokens
                .get(index)
                .map_or("", |it| self.text_of(it.span))
        };
        for (index, token) in self.tokens.iter().enumerate() {
            if token.span.start >= error.span.start {
                break;
            }
            let before = self.text.get(..token.span.start).unwrap_or_default();
            match self.text_of(token.span) {
                "(" | "[" | "{" => open.push(token.span),
                ")" | "]" | "}" => drop(open.pop()),
                // A field can have such a name as well. It is a definition if it begins a line and is followed by a
                // name and a bracket.
                text @ ("query" | "mutation" | "subscription" | "fragment")
                    if before.ends_with(['\n', '\r'])
                        && matches!(texts(index + 2), "(" | "{" | "@" | "on") =>
                {
                    if let Some(bracket) = open.last() {
                        return SyntaxError {
                            message: format!("`{text}` begins before the selection above it ends"),
                            span: token.span,
                            open: Some(*bracket),
                        };
                    }
                }
                _ => {}
            }
        }
        error
    }

    fn definition(&mut self, document: &mut Document) -> Result<()> {
        let start = self.peek().span.start;
        if self.is_keyword("fragment") {
            let fragment = self.fragment(start)?;
            document.fragments.push(fragment);
            return Ok(());
        }
        self.refuse_description()?;
        let kind = match self.text_of(self.peek().span) {
            // A selection without a keyword is a query.
            "{" | "query" => OperationKind::Query,
            "mutation" => OperationKind::Mutation,
            "subscription" => OperationKind::Subscription,
            _ => return Err(self.unexpected("`query`, `mutation`, `subscription` or `fragment`")),
        };
        let operation = self.operation(kind, start)?;
        document.operations.push(operation);
        Ok(())
    }

    /// The specification allows descriptions in documents since September 2025. Wiki.js is older.
    fn refuse_description(&self) -> Result<()> {
        let Token { kind, span } = self.peek();
        if kind != Kind::String {
            return Ok(());
        }
        let message =
            "a description cannot stand in a document that is sent: write a comment, `# …`";
        Err(SyntaxError::new(message, span))
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
            span: self.span_from(start),
        })
    }

    fn fragment(&mut self, start: usize) -> Result<Fragment> {
        self.advance();
        // No fragment can be named `on`, because `... on` begins a type condition.
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
            span: self.span_from(start),
        })
    }

    fn variables(&mut self) -> Result<Vec<Variable>> {
        self.between(("(", ")"), false, |parser| {
            parser.refuse_description()?;
            let start = parser.expect("$")?.span.start;
            let name = parser.name("the variable's name")?;
            parser.expect(":")?;
            let ty_start = parser.peek().span.start;
            let ty = parser.ty()?;
            let ty_span = parser.span_from(ty_start);
            let default = parser.eat("=").then(|| parser.value()).transpose()?;
            Ok(Variable {
                name,
                ty,
                ty_span,
                default,
                directives: parser.directives()?,
                span: parser.span_from(start),
            })
        })
    }

    pub(crate) fn ty(&mut self) -> Result<Type> {
        let inner = if self.is("[") {
            // `between` reads any number of items, but the type of a list has exactly one inside.
            let mut items = self.between(("[", "]"), false, |parser| {
                let ty = parser.ty()?;
                if parser.is("]") {
                    Ok(ty)
                } else {
                    Err(parser.unexpected("`]`"))
                }
            })?;
            Type::List(Box::new(items.remove(0)))
        } else {
            Type::Named(self.name("a type")?.text)
        };
        Ok(if self.eat("!") {
            Type::NonNull(Box::new(inner))
        } else {
            inner
        })
    }

    pub(crate) fn directives(&mut self) -> Result<Vec<Directive>> {
        let mut directives = Vec::new();
        while self.eat("@") {
            let name = self.name("the directive's name")?;
            let arguments = self.arguments()?;
            directives.push(Directive { name, arguments });
        }
        Ok(directives)
    }

    fn arguments(&mut self) -> Result<Vec<Argument>> {
        self.between(("(", ")"), false, Self::argument)
    }

    fn argument(&mut self) -> Result<Argument> {
        let start = self.peek().span.start;
        let name = self.item_name()?;
        self.expect(":")?;
        Ok(Argument {
            name,
            value: self.value()?,
            span: self.span_from(start),
        })
    }

    /// Parses the name of an item between brackets.
    pub(crate) fn item_name(&mut self) -> Result<Name> {
        let open = self.open.last().map_or("", |open| self.text_of(*open));
        self.name(if open == "(" {
            "a name or `)`"
        } else {
            "a name or `}`"
        })
    }

    fn selections(&mut self) -> Result<Vec<Selection>> {
        if !self.is("{") {
            return Err(self.unexpected("`{`"));
        }
        self.between(("{", "}"), false, Self::selection)
    }

    fn selection(&mut self) -> Result<Selection> {
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
        // `... @include(if: $all) { … }` has no type.
        let on = self
            .eat_keyword("on")
            .then(|| self.name("a type"))
            .transpose()?;
        let directives = self.directives()?;
        let selections = self.selections()?;
        Ok(Selection::Inline(Inline {
            on,
            directives,
            selections,
        }))
    }

    fn field(&mut self) -> Result<Field> {
        let start = self.peek().span.start;
        let first = self.name("a field, `...` or `}`")?;
        let (alias, name) = if self.eat(":") {
            (Some(first), self.name("a field")?)
        } else {
            (None, first)
        };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = self.between(("{", "}"), false, Self::selection)?;
        Ok(Field {
            alias,
            name,
            arguments,
            directives,
            selections,
            span: self.span_from(start),
        })
    }

    pub(crate) fn value(&mut self) -> Result<Value> {
        let start = self.peek().span.start;
        let kind = self.value_kind()?;
        Ok(Value {
            kind,
            span: self.span_from(start),
        })
    }

    fn value_kind(&mut self) -> Result<ValueKind> {
        let token = self.peek();
        let kind = match (token.kind, self.text_of(token.span)) {
            (Kind::Punctuator, "[") => {
                let items = self.between(("[", "]"), true, Self::value)?;
                return Ok(ValueKind::List(items));
            }
            (Kind::Punctuator, "{") => {
                let fields = self.between(("{", "}"), true, Self::argument)?;
                return Ok(ValueKind::Object(fields));
            }
            (Kind::Punctuator, "$") => {
                self.advance();
                let name = self.name("the variable's name")?;
                return Ok(ValueKind::Variable(name.text));
            }
            (Kind::Int, _) => ValueKind::Int,
            (Kind::Float, _) => ValueKind::Float,
            (Kind::String, _) => ValueKind::String,
            // The specification excludes `true`, `false` and `null` from the names of enum values.
            (Kind::Name, "true" | "false") => ValueKind::Boolean,
            (Kind::Name, "null") => ValueKind::Null,
            (Kind::Name, name) => ValueKind::Enum(name.to_owned()),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        Ok(kind)
    }
}

/// Returns the beginning of a text, as one line.
pub(crate) fn excerpt(text: &str) -> String {
    // A token can be a block string of many lines.
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let mut short: String = line.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
