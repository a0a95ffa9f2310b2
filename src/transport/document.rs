//! Documents of operations: their text as JSON, and the kind of each operation.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
};

use serde_json::{
    Error,
    value::{RawValue, to_raw_value},
};

use super::Operation;
use crate::{
    task::{read, write},
    telemetry::OperationKey,
};

/// Cache of the documents that were sent before.
///
/// Documents are `'static` constants. Escaping one as JSON takes longer than the rest of encoding a request, so
/// each is escaped once.
#[derive(Default)]
pub(super) struct Documents(RwLock<BTreeMap<[TextId; 2], Arc<Document>>>);

/// Document of an operation.
pub(super) struct Document {
    pub(super) operation: Operation,
    pub(super) text: &'static str,
    /// The text as a JSON string.
    pub(super) json: Box<RawValue>,
    /// The labels of the operation in metrics.
    pub(super) key: OperationKey,
}

/// Address and length of a `'static` string. They identify it, and are faster to compare than its characters.
type TextId = (usize, usize);

impl Documents {
    /// Returns the document of the operation named `name`.
    pub(super) fn get(
        &self,
        document: &'static str,
        name: &'static str,
    ) -> Result<Arc<Document>, Error> {
        // The name is part of the key, since a document may contain several operations.
        let ids = [document, name].map(|text| (text.as_ptr().addr(), text.len()));
        if let Some(known) = read(&self.0).get(&ids) {
            return Ok(Arc::clone(known));
        }
        // Outside of the lock: two threads may do this at the same time, and both results are the same.
        let kind = operation_kind(document, name);
        let document = Arc::new(Document {
            operation: Operation { name, kind },
            text: document,
            json: to_raw_value(document)?,
            key: OperationKey::new(name, kind.name()),
        });
        write(&self.0).insert(ids, Arc::clone(&document));
        Ok(document)
    }
}

/// Kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// An operation that only reads.
    Query,
    /// An operation that may change the wiki.
    Mutation,
    /// An operation that Wiki.js executes over a WebSocket only.
    Subscription,
}

impl OperationKind {
    /// Returns the GraphQL keyword.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// Returns the kind of the operation named `name`.
///
/// `graphql_client` generates one document for all operations of a file, so the first keyword may belong to
/// another operation. An operation that is not found has the kind of the first one. A document without any
/// operation counts as a mutation, which is the safe choice: a mutation is not repeated after a timeout.
fn operation_kind(document: &str, name: &str) -> OperationKind {
    let words = top_level_words(document);
    let mut first = None;
    for (index, word) in words.iter().enumerate() {
        let kind = match *word {
            "query" | "{" => OperationKind::Query,
            "mutation" => OperationKind::Mutation,
            "subscription" => OperationKind::Subscription,
            _ => continue,
        };
        if words.get(index + 1) == Some(&name) {
            return kind;
        }
        first.get_or_insert(kind);
    }
    first.unwrap_or(OperationKind::Mutation)
}

/// Returns the words outside of all brackets, and a `{` for each operation in shorthand form (without a keyword).
fn top_level_words(document: &str) -> Vec<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = document;
    let mut depth = 0_usize;
    let mut has_keyword = false;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            // Comments and strings may contain brackets and keywords.
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => rest.len() - after_string(rest).len(),
            c if is_of_name(c) => rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, tail) = rest.split_at(length);
        rest = tail;
        // Fields and arguments, which are within brackets, may be named `query` or `mutation`.
        if depth == 0 && (is_of_name(next) || next == '{' && !has_keyword) {
            words.push(word);
            has_keyword = next != '{';
        }
        match next {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // A definition ends with its selection.
        has_keyword &= next != '}' || depth > 0;
    }
    words
}

/// Returns the text after the string or block string at the start of `text`.
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
