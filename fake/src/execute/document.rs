//! Documents: parsed and validated against the schema once, with the messages of graphql-js.

use apollo_compiler::executable::{OperationType, Selection};
use apollo_compiler::parser::LineColumn;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema, ast};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What a wiki in production answers to introspection.
pub(super) const NO_INTROSPECTION: &str = "GraphQL introspection is not allowed by Apollo Server, but the query \
    contained __schema or __type. To enable introspection, pass introspection: true to ApolloServer in production";

static SCHEMA: LazyLock<Result<Valid<Schema>, String>> = LazyLock::new(|| {
    Schema::parse_and_validate(wikijs_schema::SDL, "wikijs.graphql")
        .map_err(|error| error.errors.to_string())
});

/// The schema of Wiki.js.
pub(crate) fn schema() -> Result<&'static Valid<Schema>, &'static str> {
    SCHEMA.as_ref().map_err(String::as_str)
}

/// A document that was looked at.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) document: Result<Valid<ExecutableDocument>, Vec<Value>>,
    /// The names of its operations, and which of them are mutations.
    pub(crate) operations: Vec<(Option<String>, bool)>,
}

/// The documents looked at lately.
#[derive(Debug, Default)]
pub(crate) struct Documents(Mutex<HashMap<String, Arc<Prepared>>>);

/// Documents that are remembered at most; then all are forgotten.
const REMEMBERED: usize = 256;
/// Longer documents are not remembered.
const MEMORABLE_BYTES: usize = 64 * 1024;

impl Documents {
    /// Parses and validates a document, or remembers it.
    pub(crate) fn prepare(&self, query: &str) -> Arc<Prepared> {
        let mut documents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = documents.get(query) {
            return prepared.clone();
        }
        let prepared = Arc::new(prepare(query));
        if documents.len() >= REMEMBERED {
            documents.clear();
        }
        if query.len() <= MEMORABLE_BYTES {
            documents.insert(query.to_owned(), prepared.clone());
        }
        prepared
    }
}

fn prepare(query: &str) -> Prepared {
    let parsed = ast::Document::parse(query, "GraphQL request");
    let document = match &parsed {
        Err(error) => Err(vec![syntax_error(query, &error.errors)]),
        Ok(_) => match schema() {
            Ok(schema) => ExecutableDocument::parse_and_validate(schema, query, "GraphQL request")
                .map_err(|error| validation_errors(&error.errors)),
            Err(message) => Err(vec![json!({"message": message})]),
        },
    };
    let operations = parsed
        .iter()
        .flat_map(|document| &document.definitions)
        .filter_map(|definition| match definition {
            ast::Definition::OperationDefinition(operation) => Some((
                operation.name.as_ref().map(ToString::to_string),
                operation.operation_type == OperationType::Mutation,
            )),
            _ => None,
        })
        .collect();
    Prepared {
        document,
        operations,
    }
}

/// The first syntax error. Only the commonest, an end that comes too early, has the very words of graphql-js.
fn syntax_error(query: &str, errors: &DiagnosticList) -> Value {
    let first = errors.iter().next();
    let start = first
        .as_ref()
        .and_then(|error| error.line_column_range())
        .map(|range| range.start);
    let end = end_of(query);
    let at_the_end = start.is_none_or(|start| (start.line, start.column) >= (end.line, end.column));
    let opened = query.matches('{').count();
    let (message, location) = if at_the_end || opened > query.matches('}').count() {
        ("Expected Name, found <EOF>.".to_owned(), Some(end))
    } else {
        let error = first
            .map(|error| error.error.to_string())
            .unwrap_or_default();
        let message = error
            .strip_prefix("syntax error: ")
            .unwrap_or(&error)
            .to_owned();
        (message, start)
    };
    let locations: Vec<_> = location.into_iter().collect();
    json!({
        "message": format!("Syntax Error: {message}"),
        "locations": locations,
        "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
    })
}

/// The place behind the last character.
fn end_of(query: &str) -> LineColumn {
    let line = query.lines().count().max(1);
    let column = query.lines().last().unwrap_or_default().chars().count() + 1;
    LineColumn { line, column }
}

fn validation_errors(errors: &DiagnosticList) -> Vec<Value> {
    errors
        .iter()
        .map(|error| {
            let message = error
                .error
                .unstable_compat_message()
                .unwrap_or_else(|| error.error.to_string());
            let message = match suggestion(&message) {
                Some(names) => format!("{message} Did you mean {names}?"),
                None => message,
            };
            let locations: Vec<_> = error
                .line_column_range()
                .map(|range| range.start)
                .into_iter()
                .collect();
            json!({
                "message": message,
                "locations": locations,
                "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
            })
        })
        .collect()
}

/// Names of the type that are near to the unknown field of a message.
fn suggestion(message: &str) -> Option<String> {
    let rest = message.strip_prefix("Cannot query field \"")?;
    let (field, rest) = rest.split_once("\" on type \"")?;
    let type_name = rest.strip_suffix("\".")?;
    let object = schema().ok()?.get_object(type_name)?;
    let mut near: Vec<(usize, &str)> = object
        .fields
        .keys()
        .map(|name| {
            (
                distance(&field.to_lowercase(), &name.to_lowercase()),
                name.as_str(),
            )
        })
        .filter(|(distance, _)| *distance <= field.chars().count() * 2 / 5 + 1)
        .collect();
    near.sort_unstable();
    let quoted: Vec<_> = near
        .iter()
        .take(5)
        .map(|(_, name)| format!("\"{name}\""))
        .collect();
    match quoted.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        [first, second] => Some(format!("{first} or {second}")),
        [most @ .., last] => Some(format!("{}, or {last}", most.join(", "))),
    }
}

/// Edits between two words, where a swap of neighbours counts as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Whether a document has `__schema` or `__type` anywhere at its root.
pub(super) fn asks_for_the_schema(document: &ExecutableDocument) -> bool {
    let in_operations = document
        .operations
        .iter()
        .any(|operation| selects_schema(&operation.selection_set.selections));
    let in_fragments = document
        .fragments
        .values()
        .any(|fragment| selects_schema(&fragment.selection_set.selections));
    in_operations || in_fragments
}

fn selects_schema(selections: &[Selection]) -> bool {
    selections.iter().any(|selection| match selection {
        Selection::Field(field) => field.name == "__schema" || field.name == "__type",
        Selection::InlineFragment(inline) => selects_schema(&inline.selection_set.selections),
        Selection::FragmentSpread(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        let suggest = |field: &str| {
            suggestion(&format!(
                "Cannot query field \"{field}\" on type \"PageListItem\"."
            ))
        };
        assert_eq!(suggest("titel").as_deref(), Some("\"title\""));
        assert_eq!(suggest("nope"), None);
    }
}
