//! `wikijs query`: any operation.

use std::{fs, path::PathBuf};

use apollo_compiler::ast::{Definition, Document, OperationDefinition, OperationType, Type};
use clap::Args;
use graphql_client::{GraphQLQuery, QueryBody};
use serde_json::{Map, Value};

use super::read_text;
use crate::{
    context::Context,
    failure::{Failure, Result},
    output::closest,
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs query pages.graphql --var limit=10\n  \
                        echo 'query Title { site { config { title } } }' | wikijs query -\n  \
                        wikijs query move.graphql --var id=12 --var path=docs/new --dry-run\n\n\
The operation is checked against the schema of Wiki.js that this command knows; `wikijs schema pull --url URL`\n\
reads that of a wiki, for --schema. The answer is printed as JSON."
)]
pub(crate) struct Query {
    /// File with the operation, `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Variable; the value is parsed as JSON unless the operation declares a string
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Name of the operation, if the file has several
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// SDL file of the schema to check against
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Sends the operation without a check
    #[arg(long, conflicts_with = "schema")]
    unchecked: bool,
}

/// An operation that was read at run time.
struct AnyOperation;

/// The values of the variables, the document and the name of the operation.
struct Request {
    values: Map<String, Value>,
    document: &'static str,
    name: &'static str,
}

impl serde::Serialize for Request {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values.serialize(serializer)
    }
}

impl GraphQLQuery for AnyOperation {
    type Variables = Request;
    type ResponseData = Value;

    fn build_query(request: Request) -> QueryBody<Request> {
        QueryBody {
            query: request.document,
            operation_name: request.name,
            variables: request,
        }
    }
}

impl Query {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let text = read_text(&self.file)?;
        let file = self.file.display().to_string();
        if !self.unchecked {
            self.check(&text, &file)?;
        }
        let document = Document::parse(text.as_str(), &file)
            .map_err(|invalid| Failure::usage(format!("{file}:\n{}", invalid.errors)))?;
        let operation = self.choose(&document, &file)?;
        let values = self.values(operation)?;
        let name = operation
            .name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let is_mutation = operation.operation_type == OperationType::Mutation;
        if operation.operation_type == OperationType::Subscription {
            return Err(Failure::usage(format!("{name} is a subscription")).hint(
                "`wikijs log --follow` reads the log, the only supported subscription of Wiki.js",
            ));
        }
        if is_mutation
            && context.report_dry_run(format!("send {name} with {}", Value::from(values.clone())))
        {
            return Ok(());
        }
        // The trait requires a `'static` document. Leaking the request is harmless: the process ends after it.
        let request = Request {
            values,
            document: text.leak(),
            name: name.clone().leak(),
        };
        let answer = context.client()?.execute::<AnyOperation>(request).await?;
        if context.output.fields.is_some() {
            context.output.record(&answer, &[])?;
        } else {
            context
                .output
                .text(&serde_json::to_string_pretty(&answer)?)?;
        }
        match refusal(&answer) {
            Some(message) => Err(Failure::refused(format!("{name}: {message}"))),
            None => Ok(()),
        }
    }

    /// Checks the document against the schema.
    fn check(&self, text: &str, file: &str) -> Result {
        let folder = tempfile::tempdir()?;
        let schema = match &self.schema {
            Some(schema) => schema.clone(),
            None => {
                let schema = folder.path().join("wikijs.graphql");
                fs::write(&schema, wikijs_schema::SDL)?;
                schema
            }
        };
        let queries = folder.path().join("query.graphql");
        fs::write(&queries, text)?;
        let checked = wikijs_codegen::configure()
            .schema(&schema)
            .queries(queries.display().to_string())
            .check()
            .map_err(|error| Failure::usage(error.to_string()))?;
        let of_operations = checked
            .operations
            .iter()
            .flat_map(|operation| &operation.errors);
        let problems: Vec<String> = of_operations
            .chain(&checked.others)
            // Rules about names in Rust do not apply here.
            .filter(|problem| {
                !problem
                    .rule
                    .as_deref()
                    .is_some_and(|rule| rule.contains("Rust"))
            })
            .map(|problem| {
                problem
                    .to_string()
                    .replace(&queries.display().to_string(), file)
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "the wiki would refuse this:\n\n{}",
            problems.join("\n\n")
        ))
        .hint("--unchecked sends it without a check"))
    }

    fn choose<'a>(&self, document: &'a Document, file: &str) -> Result<&'a OperationDefinition> {
        let operations: Vec<&OperationDefinition> = document
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::OperationDefinition(operation) => Some(&**operation),
                _ => None,
            })
            .collect();
        let names: Vec<&str> = operations
            .iter()
            .filter_map(|operation| operation.name.as_deref())
            .collect();
        match (&self.operation, operations.as_slice()) {
            (None, [operation]) if operation.name.is_some() => Ok(operation),
            (None, [_]) => Err(Failure::usage(format!("{file}: the operation has no name"))
                .hint("write `query Name { … }`")),
            (None, []) => Err(Failure::usage(format!("{file}: there is no operation"))),
            (None, _) => Err(
                Failure::usage(format!("{file} has several operations")).hint(format!(
                    "add --operation NAME; there are: {}",
                    names.join(", ")
                )),
            ),
            (Some(name), _) => {
                let is_it =
                    |operation: &&&OperationDefinition| operation.name.as_deref() == Some(name);
                operations.iter().find(is_it).copied().ok_or_else(|| {
                    Failure::usage(format!("{file}: there is no operation `{name}`"))
                        .hint(format!("there are: {}", names.join(", ")))
                })
            }
        }
    }

    fn values(&self, operation: &OperationDefinition) -> Result<Map<String, Value>> {
        let mut values = Map::new();
        for variable in &self.variables {
            let (name, text) = variable.split_once('=').ok_or_else(|| {
                Failure::usage(format!("--var {variable}: there is no `=`"))
                    .hint("write --var name=value")
            })?;
            let declared = operation
                .variables
                .iter()
                .find(|declared| declared.name == name);
            let Some(declared) = declared else {
                let names = operation
                    .variables
                    .iter()
                    .map(|declared| declared.name.as_str());
                let failure = Failure::usage(format!("the operation has no variable `{name}`"));
                return Err(match closest(name, names) {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure,
                });
            };
            values.insert(name.to_owned(), value(text, &declared.ty));
        }
        let missing: Vec<&str> = operation
            .variables
            .iter()
            .filter(|declared| declared.ty.is_non_null() && declared.default_value.is_none())
            .map(|declared| declared.name.as_str())
            .filter(|name| !values.contains_key(*name))
            .collect();
        match missing.as_slice() {
            [] => Ok(values),
            [first, ..] => Err(Failure::usage(format!(
                "variables are missing: {}",
                missing.join(", ")
            ))
            .hint(format!("add --var {first}=VALUE"))),
        }
    }
}

/// Parses the value of a variable according to its type.
fn value(text: &str, ty: &Type) -> Value {
    if ty.is_list() {
        return match serde_json::from_str(text) {
            Ok(Value::Array(items)) => items.into(),
            // A list may also be written as `a,b`.
            _ => text
                .split(',')
                .map(|item| value(item.trim(), ty.item_type()))
                .collect(),
        };
    }
    match ty.inner_named_type().as_str() {
        "String" | "ID" | "Date" => text.into(),
        _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

/// Returns the message of a failed `responseResult` of a mutation.
fn refusal(answer: &Value) -> Option<String> {
    let object = answer.as_object()?;
    if let Some(result) = object.get("responseResult")
        && result.get("succeeded") == Some(&Value::Bool(false))
    {
        let message = result.get("message").and_then(Value::as_str);
        return Some(
            message
                .unwrap_or("the wiki reports a failure without a message")
                .to_owned(),
        );
    }
    object.values().find_map(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_declared_type() {
        let text = "query Q($a: String!, $b: Int, $c: [String!]!, $d: Boolean) { a }";
        let document = Document::parse(text, "q.graphql").unwrap();
        let Definition::OperationDefinition(operation) = &document.definitions[0] else {
            panic!()
        };
        let read = |at: usize, text| value(text, &operation.variables[at].ty);
        assert_eq!(read(0, "12"), "12");
        assert_eq!(read(1, "12"), 12);
        assert_eq!(read(2, "a,b"), serde_json::json!(["a", "b"]));
        assert_eq!(read(3, "true"), true);
    }
}
