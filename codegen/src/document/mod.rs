//! The operations and fragments of a compile as they stand in their files.
//!
//! The tree keeps where each thing stands (so that a diagnostic can point at it) and everything that is written twice
//! (so that it can be refused). What a document means is not decided here.

pub(crate) mod lexer;
pub(crate) mod parser;

use std::fmt;

/// A piece of a source text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// Whether the other begins in here.
    pub(crate) fn holds(self, other: Self) -> bool {
        (self.start..self.end.max(self.start + 1)).contains(&other.start)
    }
}

/// A name and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What a file defines.
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

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) kind: OperationKind,
    pub(crate) name: Option<Name>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
    pub(crate) span: Span,
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
    pub(crate) default: Option<Value>,
    pub(crate) directives: Vec<Directive>,
}

#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Field(Field),
    Spread(Spread),
    Inline(Inline),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) alias: Option<Name>,
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Vec<Selection>,
}

impl Field {
    /// The name under which the answer carries this field.
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
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) name: Name,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Directive {
    pub(crate) name: Name,
    pub(crate) arguments: Vec<Argument>,
}

/// Whether the directives can leave the selection out of the answer.
pub(crate) fn is_conditional(directives: &[Directive]) -> bool {
    directives
        .iter()
        .any(|directive| matches!(directive.name.text.as_str(), "skip" | "include"))
}

#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) kind: ValueKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum ValueKind {
    Null,
    Enum(String),
    List(Vec<Value>),
    Object(Vec<Argument>),
    Variable(String),
    /// A string, a number or a Boolean: nothing that is looked into.
    Other,
}

/// A type as it is written, in a document or in the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Named(String),
    List(Box<Type>),
    NonNull(Box<Type>),
}

impl Type {
    /// The type without its lists and exclamation marks.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        !matches!(self, Self::NonNull(_))
    }

    /// The same type, null being allowed on the outside.
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
