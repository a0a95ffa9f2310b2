//! One GraphQL operation, from its text to its answer, the way graphql-js and Apollo Server 2 do it.

mod answer;
mod document;
mod node;
mod parallel;
mod variables;

pub(crate) use answer::{Answer, Record, record};
pub(crate) use document::Documents;

use crate::auth::Viewer;
use crate::errors::Failure;
use crate::faults::Trouble;
use crate::wiki::Shared;
use apollo_compiler::parser::LineColumn;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{GraphQLError, JsonMap};
use node::Node;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// An operation as a request carries it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operation {
    pub(crate) query: String,
    pub(crate) name: Option<String>,
    pub(crate) variables: JsonMap,
}

/// The answer to an operation.
#[derive(Debug, Serialize)]
pub(crate) struct Reply {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Value>,
    #[serde(skip_serializing_if = "Data::is_absent")]
    data: Data,
}

/// `data` of an answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Data {
    /// The operation was refused before it ran.
    Absent,
    /// The operation ran; null where an error went up to the root.
    Of(Option<JsonMap>),
}

impl Data {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl Reply {
    /// The operation did not run.
    pub(crate) fn refused(errors: Vec<Value>) -> Self {
        Self {
            errors,
            data: Data::Absent,
        }
    }

    /// The operation did not run, for one reason.
    pub(crate) fn refusal(message: &str, code: &str) -> Self {
        Self::refused(vec![
            json!({"message": message, "extensions": {"code": code}}),
        ])
    }

    /// Whether the operation was refused before it ran, which makes a lone request an HTTP 400.
    pub(crate) fn is_refused(&self) -> bool {
        self.data.is_absent()
    }
}

/// What resolvers know of the request they work for.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) shared: Arc<Shared>,
    /// `None`: a token that expired lately.
    pub(crate) viewer: Option<Viewer>,
    /// What the request runs into.
    pub(crate) trouble: Arc<Trouble>,
    /// Set when the operation runs.
    variables: OnceLock<JsonMap>,
    failures: Mutex<Vec<(Failure, Vec<LineColumn>)>>,
}

/// Opens the message of a field error that stands for an entry of [`Context::failures`].
const FAILURE_MARK: &str = "wikijs-fake failure ";

impl Context {
    pub(crate) fn new(shared: Arc<Shared>, viewer: Option<Viewer>, trouble: Arc<Trouble>) -> Self {
        Self {
            shared,
            viewer,
            trouble,
            variables: OnceLock::new(),
            failures: Mutex::new(Vec::new()),
        }
    }

    /// The operation's variables, coerced.
    fn variables(&self) -> &JsonMap {
        self.variables.get_or_init(JsonMap::new)
    }

    /// Keeps a failure, and gives the message under which it is found again.
    fn note(&self, failure: Failure, locations: Vec<LineColumn>) -> String {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.push((failure, locations));
        format!("{FAILURE_MARK}{}", failures.len() - 1)
    }

    /// A field error as Wiki.js shows it.
    fn show(&self, error: &GraphQLError, production: bool) -> Value {
        let message = error
            .message
            .strip_prefix("resolver error: ")
            .unwrap_or(&error.message);
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = message
            .strip_prefix(FAILURE_MARK)
            .and_then(|index| index.parse::<usize>().ok())
            .and_then(|index| failures.get(index));
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

/// Runs an operation.
pub(crate) async fn execute(context: &Context, operation: &Operation) -> Reply {
    let schema = context.shared.documents().schema();
    let production = context.shared.state().settings.production;
    let prepared = context.shared.documents().prepare(&operation.query);
    let document = match &prepared.document {
        Ok(document) => document,
        Err(errors) => return Reply::refused(errors.clone()),
    };
    if production && let Some(location) = document::introspection_in(document) {
        return Reply::refused(vec![document::no_introspection(location)]);
    }
    let Ok(chosen) = document.operations.get(operation.name.as_deref()) else {
        let message = match &operation.name {
            Some(name) => format!("Unknown operation named \"{name}\"."),
            None => "Must provide operation name if query contains multiple operations.".to_owned(),
        };
        return Reply::refusal(&message, "INTERNAL_SERVER_ERROR");
    };
    let errors = variables::check(schema, document, chosen, &operation.variables);
    if !errors.is_empty() {
        return Reply::refused(errors);
    }
    let variables = match coerce_variable_values(schema, chosen, &operation.variables) {
        Ok(variables) => variables,
        Err(error) => return Reply::refusal(&error.message().to_string(), "BAD_USER_INPUT"),
    };
    context.variables.get_or_init(|| JsonMap::clone(&variables));
    let root = Node::root(context, chosen.object_type().as_str());
    let executed = Execution::new(schema, document)
        .operation(chosen)
        .coerced_variable_values(&variables)
        .enable_schema_introspection(!production)
        .execute_async(&root)
        .await;
    match executed {
        Ok(response) => Reply {
            errors: response
                .errors
                .iter()
                .map(|error| context.show(error, production))
                .collect(),
            data: Data::Of(response.data),
        },
        Err(error) => Reply::refusal(&error.message().to_string(), "INTERNAL_SERVER_ERROR"),
    }
}
