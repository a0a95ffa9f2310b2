//! GraphQL documents, which are parsed and validated once, with the messages of graphql-js.

use crate::lock;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::executable::OperationType;
use apollo_compiler::parser::LineColumn;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Schema, ast};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use strsim::osa_distance;

/// The message for introspection in production.
const NO_INTROSPECTION: &str = "GraphQL introspection is not allowed by Apollo Server, but the query \
    contained __schema or __type. To enable introspection, pass introspection: true to ApolloServer in production";

static SCHEMA: LazyLock<Result<Arc<Valid<Schema>>, String>> = LazyLock::new(|| {
    Schema::parse_and_validate(wikijs_schema::SDL, "wikijs.graphql")
        .map(Arc::new)
        .map_err(|error| error.errors.to_string())
});

/// Returns the schema of a version of Wiki.js without these fields of types.
fn schema_of(version: &str, removed: &[(String, String)]) -> Result<Arc<Valid<Schema>>, String> {
    let newest = SCHEMA.as_ref().map_err(Clone::clone)?;
    let sdl = wikijs_schema::sdl_of(version);
    let whole = if sdl == wikijs_schema::SDL {
        Arc::clone(newest)
    } else {
        let parsed = Schema::parse_and_validate(sdl, "wikijs.graphql");
        Arc::new(parsed.map_err(|error| error.errors.to_string())?)
    };
    if removed.is_empty() {
        return Ok(whole);
    }
    let mut schema = Schema::clone(&whole);
    for (type_name, field) in removed {
        let known = newest.get_object(type_name);
        if known.is_none_or(|object| !object.fields.contains_key(field.as_str())) {
            return Err(format!("the schema has no {type_name}.{field}"));
        }
        if let Some(ExtendedType::Object(object)) = schema.types.get_mut(type_name.as_str()) {
            object.make_mut().fields.shift_remove(field.as_str());
        }
    }
    schema
        .validate()
        .map(Arc::new)
        .map_err(|error| error.errors.to_string())
}

/// A parsed and validated document.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) document: Result<Valid<ExecutableDocument>, Vec<Value>>,
    /// Operations.
    pub(crate) operations: Vec<PreparedOperation>,
}

/// An operation of a document.
#[derive(Debug)]
pub(crate) struct PreparedOperation {
    pub(crate) name: Option<String>,
    pub(crate) is_mutation: bool,
    /// Mutations of `pages` in it, such as `create`.
    pub(crate) writes: Vec<String>,
}

impl Prepared {
    /// Returns the operation of a name, or the first one.
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

/// The schema, and a cache of validated documents.
#[derive(Debug)]
pub(crate) struct Documents {
    schema: Arc<Valid<Schema>>,
    prepared: Mutex<HashMap<String, Arc<Prepared>>>,
}

/// The maximum number of cached documents, after which the cache is cleared.
const CACHED_DOCUMENTS: usize = 256;
/// Longer documents are not cached.
const CACHED_BYTES: usize = 64 * 1024;

impl Documents {
    /// Creates the cache for a version of Wiki.js without these fields of types.
    pub(crate) fn new(version: &str, removed: &[(String, String)]) -> Result<Self, String> {
        Ok(Self {
            schema: schema_of(version, removed)?,
            prepared: Mutex::default(),
        })
    }

    /// Returns the schema.
    pub(crate) fn schema(&self) -> &Valid<Schema> {
        &self.schema
    }

    /// Parses and validates a document, or returns it from the cache.
    pub(crate) fn prepare(&self, query: &str) -> Arc<Prepared> {
        let mut documents = lock(&self.prepared);
        if let Some(prepared) = documents.get(query) {
            return prepared.clone();
        }
        let prepared = Arc::new(prepare(&self.schema, query));
        if documents.len() >= CACHED_DOCUMENTS {
            documents.clear();
        }
        if query.len() <= CACHED_BYTES {
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

/// Returns the mutations of `pages` in an operation.
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

/// Returns the first syntax error, in the words of graphql-js for the two commonest kinds.
fn syntax_error(query: &str, errors: &DiagnosticList) -> Value {
    let first = errors.iter().next();
    let range = first.as_ref().and_then(Diagnostic::line_column_range);
    let end = end_of(query);
    let start = range.map_or(end, |range| range.start);
    let at_the_end = (start.line, start.column) >= (end.line, end.column);
    let is_open = query.matches('{').count() > query.matches('}').count();
    let (message, location) = if at_the_end || is_open {
        ("Expected Name, found <EOF>.".to_owned(), end)
    } else {
        let token = token_at(query, start);
        let reason = first.map(|error| error.error.to_string().to_lowercase());
        let is_unexpected = reason.is_some_and(|reason| reason.contains("definition"));
        let problem = if is_unexpected {
            "Unexpected"
        } else {
            "Expected Name, found"
        };
        (format!("{problem} {token}."), start)
    };
    let message = format!("Syntax Error: {message}");
    refusal(&message, &[location], "GRAPHQL_PARSE_FAILED")
}

/// Returns the error of an operation that does not run.
pub(crate) fn refusal(message: &str, locations: &[LineColumn], code: &str) -> Value {
    json!({"message": message, "locations": locations, "extensions": {"code": code}})
}

/// Returns the position after the last character.
fn end_of(query: &str) -> LineColumn {
    let line = query.lines().count().max(1);
    let column = query.lines().last().unwrap_or_default().chars().count() + 1;
    LineColumn { line, column }
}

/// Returns the token at a position as graphql-js names it.
fn token_at(query: &str, position: LineColumn) -> String {
    let line = query.lines().nth(position.line - 1).unwrap_or_default();
    let rest: String = line.chars().skip(position.column - 1).collect();
    let is_of_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let word: String = rest.chars().take_while(is_of_word).collect();
    match (word.chars().next(), rest.chars().next()) {
        (Some(first), _) if first.is_ascii_digit() => format!("Int \"{word}\""),
        (Some(_), _) => format!("Name \"{word}\""),
        (None, Some(sign)) => format!("\"{sign}\""),
        (None, None) => "<EOF>".to_owned(),
    }
}

fn validation_errors(schema: &Schema, errors: &DiagnosticList) -> Vec<Value> {
    let shown = errors.iter().map(|error| {
        let message = error.error.unstable_compat_message();
        let message = message.unwrap_or_else(|| error.error.to_string());
        let location = error.line_column_range().map(|range| range.start);
        (reword(schema, message), Vec::from_iter(location))
    });
    let shown: Vec<_> = shown.collect();
    let any = |part: &str| shown.iter().any(|(message, _)| message.contains(part));
    let (bad_field, bad_argument, null) = (
        any("Cannot query field") || any("must not have a selection"),
        any("Unknown argument"),
        any("found null."),
    );
    // apollo-compiler drops an invalid part, and then reports errors that follow from its absence.
    let follows = |message: &str| {
        (bad_field && message.contains("must have a selection of subfields"))
            || ((bad_field || bad_argument) && message.contains("never used"))
            || (null && message.contains("is required, but it was not provided"))
    };
    let shown = shown.iter().filter(|(message, _)| !follows(message));
    let refuse = |(message, locations): &(String, Vec<LineColumn>)| {
        refusal(message, locations, "GRAPHQL_VALIDATION_FAILED")
    };
    shown.map(refuse).collect()
}

/// Replaces the words of apollo-compiler by those of graphql-js.
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

/// Returns the fields of a type whose names are similar to the unknown field in a message.
fn suggestion(schema: &Schema, message: &str) -> Option<String> {
    let rest = message.strip_prefix("Cannot query field \"")?;
    let (field, rest) = rest.split_once("\" on type \"")?;
    let type_name = rest.strip_suffix("\".")?;
    let object = schema.get_object(type_name)?;
    let distance = |name: &Name| osa_distance(&field.to_lowercase(), &name.to_lowercase());
    let names = object
        .fields
        .keys()
        .map(|name| (distance(name), name.as_str()));
    let most = field.chars().count() * 2 / 5 + 1;
    let mut near: Vec<_> = names.filter(|(distance, _)| *distance <= most).collect();
    near.sort_unstable();
    let quoted = near.iter().take(5).map(|(_, name)| format!("\"{name}\""));
    let quoted: Vec<_> = quoted.collect();
    match quoted.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        [first, second] => Some(format!("{first} or {second}")),
        [most @ .., last] => Some(format!("{}, or {last}", most.join(", "))),
    }
}

/// Returns the position of `__schema` or `__type` in a document.
pub(crate) fn introspection_in(document: &ExecutableDocument) -> Option<LineColumn> {
    let operations = document.operations.iter();
    let mut fields = operations.flat_map(|operation| operation.root_fields(document));
    let field = fields.find(|field| field.name == "__schema" || field.name == "__type")?;
    field.name.location()?.line_column(&document.sources)
}

/// Returns the refusal of introspection.
pub(crate) fn no_introspection(location: LineColumn) -> Value {
    refusal(NO_INTROSPECTION, &[location], "GRAPHQL_VALIDATION_FAILED")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn similar_names_are_suggested() {
        let schema = schema_of("2.5.314", &[]).unwrap();
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
