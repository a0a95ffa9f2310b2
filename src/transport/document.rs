//! What the transport needs of an operation's document: its text as JSON, and whether it is a mutation,
//! which is treated with more care.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::{
    Error,
    value::{RawValue, to_raw_value},
};

use crate::telemetry::OperationKey;

/// The documents that were sent before: they are constants of the program, and escaping one takes longer
/// than all the rest of writing a request.
#[derive(Default)]
pub(super) struct Documents(RwLock<BTreeMap<[Place; 2], Arc<Document>>>);

/// An operation's document.
pub(super) struct Document {
    pub(super) kind: OperationKind,
    /// Its text as JSON.
    pub(super) json: Box<RawValue>,
    /// For the figures of its calls.
    pub(super) key: OperationKey,
}

/// Where a text stands, which tells it from others as long as the program runs, and how long it is.
type Place = (usize, usize);

impl Documents {
    /// The document of the operation named `name`.
    pub(super) fn get(
        &self,
        document: &'static str,
        name: &'static str,
    ) -> Result<Arc<Document>, Error> {
        let places = [document, name].map(|text| (text.as_ptr().addr(), text.len()));
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&places) {
            return Ok(Arc::clone(known));
        }
        drop(known);
        let kind = operation_kind(document, name);
        let document = Arc::new(Document {
            kind,
            json: to_raw_value(document)?,
            key: OperationKey::new(name, kind.name()),
        });
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(places, Arc::clone(&document));
        Ok(document)
    }
}

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// Changes nothing.
    Query,
    /// May change the wiki.
    Mutation,
}

impl OperationKind {
    /// As GraphQL calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
        }
    }
}

/// The kind of the operation named `name`.
///
/// A document that several operations share is sent whole by the field's generators, so the first
/// keyword does not tell. What is not found is treated as a mutation, which is the careful choice.
fn operation_kind(document: &str, name: &str) -> OperationKind {
    let mut words = top_level_words(document).peekable();
    let mut first = None;
    while let Some(word) = words.next() {
        let kind = match word {
            Word::Shorthand | Word::Name("query") => OperationKind::Query,
            Word::Name("mutation" | "subscription") => OperationKind::Mutation,
            Word::Name(_) => continue,
        };
        if matches!(words.peek(), Some(Word::Name(found)) if *found == name) {
            return kind;
        }
        first.get_or_insert(kind);
    }
    first.unwrap_or(OperationKind::Mutation)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word<'a> {
    Name(&'a str),
    /// A selection without a keyword before it: `{ pages { … } }`.
    Shorthand,
}

/// The names that stand outside of all brackets.
fn top_level_words(document: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = document;
    let mut depth = 0_usize;
    let mut after_name = false;
    std::iter::from_fn(move || {
        loop {
            let next = rest.chars().next()?;
            match next {
                '#' => rest = rest.find('\n').map_or("", |end| &rest[end..]),
                '"' => rest = after_string(rest),
                '{' | '(' | '[' => {
                    rest = &rest[1..];
                    depth += 1;
                    if next == '{' && depth == 1 && !std::mem::take(&mut after_name) {
                        return Some(Word::Shorthand);
                    }
                }
                '}' | ')' | ']' => {
                    rest = &rest[1..];
                    depth = depth.saturating_sub(1);
                    if next == '}' && depth == 0 {
                        after_name = false;
                    }
                }
                c if c.is_ascii_alphanumeric() || c == '_' => {
                    let end = rest
                        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                        .unwrap_or(rest.len());
                    let (name, tail) = rest.split_at(end);
                    rest = tail;
                    if depth == 0 {
                        after_name = true;
                        return Some(Word::Name(name));
                    }
                }
                c => rest = &rest[c.len_utf8()..],
            }
        }
    })
}

/// What follows the string that `text` opens with, plain or block.
fn after_string(text: &str) -> &str {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or("", |end| &block[end + 3..]);
    }
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[index + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::{Documents, OperationKind::*, operation_kind};

    #[test]
    fn the_kind_is_that_of_the_named_operation() {
        let document = r#"
            # mutation A { comment }
            query A($text: String = "mutation { \" }", $o: In = {a: 1}) { a }
            fragment F on Mutation { mutation query }
            mutation B { b(text: """ query { " """) { query } }
        "#;
        assert_eq!(operation_kind(document, "A"), Query);
        assert_eq!(operation_kind(document, "B"), Mutation);
        assert_eq!(
            operation_kind("fragment F on Page { id } query C { a }", "C"),
            Query
        );
        assert_eq!(operation_kind("{ pages { list { id } } }", ""), Query);
        assert_eq!(operation_kind("query { a }", ""), Query);
        assert_eq!(operation_kind("mutation { a }", ""), Mutation);
    }

    #[test]
    fn operations_that_share_a_document_are_told_apart() {
        const DOCUMENT: &str = "query A {\n a }\nmutation B { b }";
        let documents = Documents::default();
        for _ in 0..2 {
            let [a, b, start] = [(DOCUMENT, "A"), (DOCUMENT, "B"), (&DOCUMENT[..12], "A")]
                .map(|(document, name)| documents.get(document, name).unwrap());
            assert_eq!((a.kind, b.kind, start.kind), (Query, Mutation, Query));
            assert_eq!(a.json.get(), r#""query A {\n a }\nmutation B { b }""#);
            assert_eq!(b.json.get(), a.json.get());
            assert_eq!(start.json.get(), r#""query A {\n a""#);
        }
    }

    #[test]
    fn what_cannot_be_told_is_a_mutation() {
        for document in ["", "\"", "fragment F on Page { id }", "\u{e9}\u{e9}"] {
            assert_eq!(operation_kind(document, "A"), Mutation, "{document:?}");
        }
    }
}
