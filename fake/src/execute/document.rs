//! Documents: parsed and validated against the schema once, with the messages of graphql-js.

use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::executable::{OperationType, Selection};
use apollo_compiler::parser::LineColumn;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Schema, ast};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What a wiki in production answers to introspection.
const NO_INTROSPECTION: &str = "GraphQL introspection is not allowed by Apollo Server, but the query \
    contained __schema or __type. To enable introspection, pass introspection: true to ApolloServer in production";

static SCHEMA: LazyLock<Result<Arc<Valid<Schema>>, String>> = LazyLock::new(|| {
    Schema::parse_and_validate(wikijs_schema::SDL, "wikijs.graphql")
        .map(Arc::new)
        .map_err(|error| error.errors.to_string())
});

/// The schema of a wiki: that of Wiki.js, or of an older one that lacks these fields, each of a type.
fn schema_without(lacking: &[(String, String)]) -> Result<Arc<Valid<Schema>>, String> {
    let whole = SCHEMA.as_ref().map_err(Clone::clone)?;
    if lacking.is_empty() {
        return Ok(whole.clone());
    }
    let mut schema = Schema::clone(whole);
    for (type_name, field) in lacking {
        let removed = match schema.types.get_mut(type_name.as_str()) {
            Some(ExtendedType::Object(object)) => {
                object.make_mut().fields.shift_remove(field.as_str())
            }
            _ => None,
        };
        if removed.is_none() {
            return Err(format!("the schema has no {type_name}.{field}"));
        }
    }
    schema
        .validate()
        .map(Arc::new)
        .map_err(|error| error.errors.to_string())
}

/// A document that was looked at.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) document: Result<Valid<ExecutableDocument>, Vec<Value>>,
    /// Its operations.
    pub(crate) operations: Vec<PreparedOperation>,
}

/// An operation of a document.
#[derive(Debug)]
pub(crate) struct PreparedOperation {
    pub(crate) name: Option<String>,
    pub(crate) is_mutation: bool,
    /// The mutations of `pages` in it, such as `create`.
    pub(crate) writes: Vec<String>,
}

impl Prepared {
    /// The operation of a name, or the first one.
    pub(crate) fn operation(&self, name: Option<&str>) -> Option<&PreparedOperation> {
        match name {
            Some(name) => self
                .operations
                .iter()
                .find(|operation| operation.name.as_deref() == Some(name)),
            None => self.operations.first(),
        }
    }
}

/// The documents looked at lately.
#[derive(Debug)]
pub(crate) struct Documents {
    schema: Arc<Valid<Schema>>,
    prepared: Mutex<HashMap<String, Arc<Prepared>>>,
}

/// Documents that are remembered at most; then all are forgotten.
const REMEMBERED: usize = 256;
/// Longer documents are not remembered.
const MEMORABLE_BYTES: usize = 64 * 1024;

impl Documents {
    /// For a wiki whose schema lacks these fields, each of a type.
    pub(crate) fn lacking(fields: &[(String, String)]) -> Result<Self, String> {
        Ok(Self {
            schema: schema_without(fields)?,
            prepared: Mutex::default(),
        })
    }

    /// The schema that they are looked at with.
    pub(super) fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// Parses and validates a document, or remembers it.
    pub(crate) fn prepare(&self, query: &str) -> Arc<Prepared> {
        let mut documents = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = documents.get(query) {
            return prepared.clone();
        }
        let prepared = Arc::new(prepare(&self.schema, query));
        if documents.len() >= REMEMBERED {
            documents.clear();
        }
        if query.len() <= MEMORABLE_BYTES {
            documents.insert(query.to_owned(), prepared.clone());
        }
        prepared
    }
}

fn prepare(schema: &Valid<Schema>, query: &str) -> Prepared {
    let parsed = ast::Document::parse(query, "GraphQL request");
    let document = match &parsed {
        Err(error) => Err(vec![syntax_error(query, &error.errors)]),
        Ok(_) => ExecutableDocument::parse_and_validate(schema, query, "GraphQL request")
            .map_err(|error| validation_errors(schema, &error.errors)),
    };
    let definitions = parsed.iter().flat_map(|document| &document.definitions);
    let operations = definitions
        .filter_map(|definition| match definition {
            ast::Definition::OperationDefinition(operation) => Some(operation),
            _ => None,
        })
        .map(|operation| {
            let name = operation.name.as_ref().map(ToString::to_string);
            PreparedOperation {
                is_mutation: operation.operation_type == OperationType::Mutation,
                writes: document
                    .as_ref()
                    .map_or_else(|_| Vec::new(), |valid| writes(valid, name.as_deref())),
                name,
            }
        })
        .collect();
    Prepared {
        document,
        operations,
    }
}

/// The mutations of `pages` in an operation.
fn writes(document: &ExecutableDocument, operation: Option<&str>) -> Vec<String> {
    let Ok(operation) = document.operations.get(operation) else {
        return Vec::new();
    };
    operation
        .root_fields(document)
        .filter(|domain| domain.selection_set.ty == "PageMutation")
        .flat_map(|domain| domain.selection_set.root_fields(document))
        .map(|field| field.name.to_string())
        .collect()
}

/// The first syntax error, in the words of graphql-js for the two commonest kinds.
fn syntax_error(query: &str, errors: &DiagnosticList) -> Value {
    let first = errors.iter().next();
    let start = first
        .as_ref()
        .and_then(Diagnostic::line_column_range)
        .map(|range| range.start);
    let end = end_of(query);
    let at_the_end = start.is_none_or(|start| (start.line, start.column) >= (end.line, end.column));
    let is_open = query.matches('{').count() > query.matches('}').count();
    let (message, location) = if at_the_end || is_open {
        ("Expected Name, found <EOF>.".to_owned(), end)
    } else {
        let location = start.unwrap_or(end);
        let token = token_at(query, location);
        let reason = first.map(|error| error.error.to_string().to_lowercase());
        if reason.is_some_and(|reason| reason.contains("definition")) {
            (format!("Unexpected {token}."), location)
        } else {
            (format!("Expected Name, found {token}."), location)
        }
    };
    json!({
        "message": format!("Syntax Error: {message}"),
        "locations": [location],
        "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
    })
}

/// The place behind the last character.
fn end_of(query: &str) -> LineColumn {
    let line = query.lines().count().max(1);
    let column = query.lines().last().unwrap_or_default().chars().count() + 1;
    LineColumn { line, column }
}

/// The token at a place as graphql-js names it.
fn token_at(query: &str, place: LineColumn) -> String {
    let line = query.lines().nth(place.line - 1).unwrap_or_default();
    let rest: String = line.chars().skip(place.column - 1).collect();
    let word: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    match (word.chars().next(), rest.chars().next()) {
        (Some(first), _) if first.is_ascii_digit() => format!("Int \"{word}\""),
        (Some(_), _) => format!("Name \"{word}\""),
        (None, Some(sign)) => format!("\"{sign}\""),
        (None, None) => "<EOF>".to_owned(),
    }
}

fn validation_errors(schema: &Schema, errors: &DiagnosticList) -> Vec<Value> {
    let shown: Vec<(String, Vec<LineColumn>)> = errors
        .iter()
        .map(|error| {
            let message = error
                .error
                .unstable_compat_message()
                .unwrap_or_else(|| error.error.to_string());
            let location = error.line_column_range().map(|range| range.start);
            (reword(schema, message), location.into_iter().collect())
        })
        .collect();
    let any = |part: &str| shown.iter().any(|(message, _)| message.contains(part));
    let (bad_field, bad_argument, null) = (
        any("Cannot query field") || any("must not have a selection"),
        any("Unknown argument"),
        any("found null."),
    );
    // A faulty part is dropped by apollo-compiler, which then misses it.
    let follows = |message: &str| {
        (bad_field && message.contains("must have a selection of subfields"))
            || ((bad_field || bad_argument) && message.contains("never used"))
            || (null && message.contains("is required, but it was not provided"))
    };
    shown
        .iter()
        .filter(|(message, _)| !follows(message))
        .map(|(message, locations)| {
            json!({
                "message": message,
                "locations": locations,
                "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
            })
        })
        .collect()
}

/// The words of graphql-js where those of apollo-compiler differ.
fn reword(schema: &Schema, message: String) -> String {
    if let Some(names) = suggestion(schema, &message) {
        return format!("{message} Did you mean {names}?");
    }
    if message.contains("must not have a selection") && !message.ends_with('.') {
        return format!("{message}.");
    }
    if let Some(rest) = message.strip_prefix("Field \"")
        && let Some((field, rest)) = rest.split_once("\" of type \"")
        && let Some((parent, rest)) = rest.split_once("\" must have a selection")
        && let Some(parent) = schema.get_object(parent)
        && let Some(definition) = parent.fields.get(field)
    {
        return format!(
            "Field \"{field}\" of type \"{}\" must have a selection{rest}",
            definition.ty
        );
    }
    if let Some((ty, value)) = message.split_once(" cannot represent value: ") {
        let kind = match ty {
            _ if value == "null" => {
                return format!("Expected value of type \"{ty}!\", found null.");
            }
            "Int" => "non-integer",
            "Float" => "non numeric",
            "String" => "a non string",
            "Boolean" => "a non boolean",
            _ => return message,
        };
        return format!("{ty} cannot represent {kind} value: {value}");
    }
    message
}

/// Names of the type that are near to the unknown field of a message.
fn suggestion(schema: &Schema, message: &str) -> Option<String> {
    let rest = message.strip_prefix("Cannot query field \"")?;
    let (field, rest) = rest.split_once("\" on type \"")?;
    let type_name = rest.strip_suffix("\".")?;
    let object = schema.get_object(type_name)?;
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

/// Where a document asks for `__schema` or `__type`, which only stand at a root.
pub(super) fn introspection_in(document: &ExecutableDocument) -> Option<LineColumn> {
    let operations = document
        .operations
        .iter()
        .map(|operation| &operation.selection_set);
    let fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.selection_set);
    let name = operations
        .chain(fragments)
        .find_map(|set| meta_field(&set.selections))?;
    name.location()?.line_column(&document.sources)
}

fn meta_field(selections: &[Selection]) -> Option<&Name> {
    selections.iter().find_map(|selection| match selection {
        Selection::Field(field) => {
            (field.name == "__schema" || field.name == "__type").then_some(&field.name)
        }
        Selection::InlineFragment(inline) => meta_field(&inline.selection_set.selections),
        Selection::FragmentSpread(_) => None,
    })
}

/// The refusal of introspection.
pub(super) fn no_introspection(location: LineColumn) -> Value {
    json!({
        "message": NO_INTROSPECTION,
        "locations": [location],
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what is wrong by failing")]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested() {
        let schema = schema_without(&[]).unwrap();
        let suggest = |field: &str| {
            suggestion(
                &schema,
                &format!("Cannot query field \"{field}\" on type \"PageListItem\"."),
            )
        };
        assert_eq!(suggest("titel").as_deref(), Some("\"title\""));
        assert_eq!(suggest("nope"), None);
    }
}
