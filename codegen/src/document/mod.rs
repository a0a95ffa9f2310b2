//! The syntax tree of operations and fragments.
//!
//! The tree keeps the place of each node, for diagnostics, and all duplicates, so that validation can refuse them. It
//! does not interpret documents.

pub(crate) mod lexer;
pub(crate) mod parser;

use std::fmt;

/// A piece of a source text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns `true` if the other span begins in this one.
    pub(crate) fn contains_start_of(self, other: Self) -> bool {
        (self.start..self.end.max(self.start + 1)).contains(&other.start)
    }
}

/// Text that is not GraphQL.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Span,
    /// The bracket that was open there.
    pub(crate) open: Option<Span>,
}

impl SyntaxError {
    fn new(message: impl Into<String>, span: Span) -> Self {
        Self {
            message: message.into(),
            span,
            open: None,
        }
    }
}

/// The result of reading a text.
pub(crate) type Result<T> = std::result::Result<T, SyntaxError>;

/// A name and its place.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The definitions of a file.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
    pub(crate) fragments: Vec<Fragment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

impl OperationKind {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) kind: OperationKind,
    pub(crate) name: Option<Name>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) span: Span,
}

impl Operation {
    /// Returns the place for messages, and the name.
    pub(crate) fn place(&self) -> (Span, &str) {
        let name = self.name.as_ref();
        name.map_or((self.span, ""), |name| (name.span, &name.text))
    }
}

#[derive(Debug)]
pub(crate) struct Fragment {
    pub(crate) name: Name,
    pub(crate) on: Name,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    /// The span of the type.
    pub(crate) ty_span: Span,
    pub(crate) default: Option<Value>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Field(Field),
    Spread(Spread),
    Inline(Inline),
}

impl Selection {
    pub(crate) fn directives(&self) -> &[Directive] {
        match self {
            Self::Field(Field { directives, .. })
            | Self::Spread(Spread { directives, .. })
            | Self::Inline(Inline { directives, .. }) => directives,
        }
    }

    /// Returns the selections inside of this one. The selections of a spread are those of its fragment.
    pub(crate) fn inner(&self) -> &[Self] {
        match self {
            Self::Field(Field { selections, .. }) | Self::Inline(Inline { selections, .. }) => {
                selections
            }
            Self::Spread(_) => &[],
        }
    }

    /// Returns the arguments of the field and of all directives.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Argument> {
        let own = match self {
            Self::Field(field) => field.arguments.as_slice(),
            _ => &[],
        };
        own.iter().chain(arguments_of(self.directives()))
    }
}

/// Returns the selections and all that are inside of them, in the order of the text.
pub(crate) fn at_any_depth(selections: &[Selection]) -> impl Iterator<Item = &Selection> {
    walk(selections, |_| true)
}

/// Returns the selections on the same object: these, and those in inline fragments.
pub(crate) fn on_same_object(selections: &[Selection]) -> impl Iterator<Item = &Selection> {
    walk(selections, |it| matches!(it, Selection::Inline(_)))
}

fn walk(
    selections: &[Selection],
    enters: fn(&Selection) -> bool,
) -> impl Iterator<Item = &Selection> {
    // An iterator cannot recurse, so it keeps the selections that it is inside of in a list.
    let mut open = vec![selections.iter()];
    std::iter::from_fn(move || {
        loop {
            let Some(selection) = open.last_mut()?.next() else {
                open.pop();
                continue;
            };
            if enters(selection) {
                open.push(selection.inner().iter());
            }
            return Some(selection);
        }
    })
}

/// Returns the arguments of all directives.
pub(crate) fn arguments_of(directives: &[Directive]) -> impl Iterator<Item = &Argument> {
    directives.iter().flat_map(|it| &it.arguments)
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) alias: Option<Name>,
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) span: Span,
}

impl Field {
    /// Returns the name of this field in the response.
    pub(crate) fn key(&self) -> &Name {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

/// `...Name`
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    pub(crate) name: Name,
    pub(crate) directives: Vec<Directive>,
}

/// `... on Type { … }` or `... { … }`
#[derive(Debug, Clone)]
pub(crate) struct Inline {
    pub(crate) on: Option<Name>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) name: Name,
    pub(crate) value: Value,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Directive {
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Argument>,
}

/// Returns `true` if the directives can leave the selection out of the response.
pub(crate) fn is_conditional(directives: &[Directive]) -> bool {
    // The specification lets only `@skip` and `@include` remove a selection. Other directives are for the server, and
    // never change the keys of a response.
    directives
        .iter()
        .any(|directive| matches!(directive.name.text.as_str(), "skip" | "include"))
}

#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) kind: ValueKind,
    pub(crate) span: Span,
}

impl Value {
    /// Calls `found` for each variable, with its place.
    pub(crate) fn variables<'a>(&'a self, found: &mut impl FnMut(&'a str, Span)) {
        match &self.kind {
            ValueKind::Variable(name) => found(name, self.span),
            ValueKind::List(items) => items.iter().for_each(|it| it.variables(found)),
            ValueKind::Object(fields) => fields.iter().for_each(|it| it.value.variables(found)),
            _ => {}
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum ValueKind {
    Null,
    Boolean,
    // The values of numbers and strings are not kept: documents are sent as they were written, and messages quote the
    // text.
    Int,
    Float,
    String,
    Enum(String),
    List(Vec<Value>),
    Object(Vec<Argument>),
    Variable(String),
}

/// A type as it is written, in a document or in the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Named(String),
    List(Box<Type>),
    NonNull(Box<Type>),
}

impl Type {
    /// Returns the name of the type, without lists and exclamation marks.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        !matches!(self, Self::NonNull(_))
    }

    /// Returns the same type without an outer exclamation mark.
    pub(crate) fn nullable(&self) -> &Self {
        match self {
            Self::NonNull(inner) => inner,
            other => other,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}
