//! The execution of a GraphQL operation, with the responses of graphql-js and Apollo Server 2.

mod node;
mod parallel;
mod variables;

use crate::document;
use crate::errors::Failure;
use crate::lock;
use crate::resolvers::Context;
use apollo_compiler::executable::OperationType;
use apollo_compiler::parser::LineColumn;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{GraphQLError, JsonMap, JsonValue};
use node::Node;
use parallel::Mutations;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Mutex;

/// An operation of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operation {
    pub(crate) query: String,
    pub(crate) name: Option<String>,
    pub(crate) variables: JsonMap,
}

/// The response to an operation.
#[derive(Debug, Serialize)]
pub(crate) struct Response {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Value>,
    /// `None` if the operation was refused before it ran; null if an error propagated to the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<JsonValue>,
}

impl Response {
    /// Returns the response to an operation that did not run.
    pub(crate) fn refused(errors: Vec<Value>) -> Self {
        Self { errors, data: None }
    }

    /// Returns the response to an operation that did not run for one reason.
    pub(crate) fn refusal(message: &str, code: &str) -> Self {
        Self::refused(vec![
            json!({"message": message, "extensions": {"code": code}}),
        ])
    }

    /// Returns whether the operation did not run. A single request then gets HTTP 400.
    pub(crate) fn is_refused(&self) -> bool {
        self.data.is_none()
    }
}

/// An operation that is being executed.
#[derive(Debug)]
struct Run<'a> {
    context: &'a Context,
    mutations: Mutations,
    failures: Mutex<Vec<(Failure, Vec<LineColumn>)>>,
}

/// Prefix of the message of a field error that refers to an entry of [`Run::failures`].
const FAILURE_MARK: &str = "wikijs-fake failure ";

impl Run<'_> {
    /// Stores a failure, and returns a message that refers to it.
    fn note(&self, failure: Failure, locations: Vec<LineColumn>) -> String {
        let mut failures = lock(&self.failures);
        failures.push((failure, locations));
        format!("{FAILURE_MARK}{}", failures.len() - 1)
    }

    /// Returns a field error as Wiki.js shows it.
    fn show(&self, error: &GraphQLError, production: bool) -> Value {
        let message = error.message.strip_prefix("resolver error: ");
        let message = message.unwrap_or(&error.message);
        let failures = lock(&self.failures);
        let index = message.strip_prefix(FAILURE_MARK).map(str::parse::<usize>);
        let noted = index.and_then(|index| failures.get(index.ok()?));
        match noted {
            Some((failure, locations)) => json!({
                "message": failure.message,
                "locations": locations,
                "path": error.path,
                "extensions": failure.extensions(production),
            }),
            None => json!({
                "message": message,
                "locations": error.locations,
                "path": error.path,
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            }),
        }
    }
}

/// Executes an operation.
pub(crate) async fn execute(context: &Context, operation: &Operation) -> Response {
    let documents = &context.shared.documents;
    let schema = documents.schema();
    let production = context.state().settings.production;
    let prepared = documents.prepare(&operation.query);
    let document = match &prepared.document {
        Ok(document) => document,
        Err(errors) => return Response::refused(errors.clone()),
    };
    if production && let Some(location) = document::introspection_in(document) {
        return Response::refused(vec![document::no_introspection(location)]);
    }
    let Ok(chosen) = document.operations.get(operation.name.as_deref()) else {
        let message = match &operation.name {
            Some(name) => format!("Unknown operation named \"{name}\"."),
            None => "Must provide operation name if query contains multiple operations.".to_owned(),
        };
        return Response::refusal(&message, "INTERNAL_SERVER_ERROR");
    };
    let errors = variables::check(schema, document, chosen, &operation.variables);
    if !errors.is_empty() {
        return Response::refused(errors);
    }
    let variables = match coerce_variable_values(schema, chosen, &operation.variables) {
        Ok(variables) => variables,
        Err(error) => return Response::refusal(&error.message().to_string(), "BAD_USER_INPUT"),
    };
    let execution = Execution::new(schema, document)
        .operation(chosen)
        .coerced_variable_values(&variables)
        .enable_schema_introspection(!production);
    let mutations = match chosen.operation_type {
        OperationType::Mutation => parallel::selected(&execution),
        _ => Mutations::new(),
    };
    let run = Run {
        context,
        mutations,
        failures: Mutex::default(),
    };
    let root = Node::root(&run, chosen.object_type().as_str());
    let executed = execution.execute_async(&root).await;
    match executed {
        Ok(response) => {
            let errors = response
                .errors
                .iter()
                .map(|error| run.show(error, production));
            Response {
                errors: errors.collect(),
                data: Some(response.data.map_or(JsonValue::Null, JsonValue::Object)),
            }
        }
        Err(error) => Response::refusal(&error.message().to_string(), "INTERNAL_SERVER_ERROR"),
    }
}
