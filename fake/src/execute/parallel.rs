//! Mutations that run concurrently.
//!
//! GraphQL executes the root fields of a mutation one after another, but Wiki.js has its mutations one level below,
//! where fields run concurrently: two creates in one `pages { … }` race. The executor of apollo-compiler resolves one
//! field after another, so these fields are resolved before it requests them.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::Value;
use apollo_compiler::executable::{DirectiveList, Field, Selection};
use apollo_compiler::response::{JsonMap, JsonValue};

/// A field of a selection, with its response key.
pub(super) struct Chosen<'a> {
    pub(super) key: &'a str,
    pub(super) field: &'a str,
    pub(super) arguments: JsonMap,
}

/// Returns the fields selected below `fields`, each once.
pub(super) fn selected<'a>(
    document: &'a ExecutableDocument,
    variables: &JsonMap,
    fields: &[&'a Field],
) -> Vec<Chosen<'a>> {
    let mut found = Vec::new();
    for field in fields {
        collect(
            document,
            variables,
            &field.selection_set.selections,
            &mut found,
        );
    }
    found
}

fn collect<'a>(
    document: &'a ExecutableDocument,
    variables: &JsonMap,
    selections: &'a [Selection],
    found: &mut Vec<Chosen<'a>>,
) {
    for selection in selections {
        if !is_included(selection.directives(), variables) {
            continue;
        }
        match selection {
            Selection::Field(field) => {
                let key = field.response_key().as_str();
                if field.name != "__typename" && found.iter().all(|chosen| chosen.key != key) {
                    found.push(Chosen {
                        key,
                        field: field.name.as_str(),
                        arguments: arguments(field, variables),
                    });
                }
            }
            Selection::InlineFragment(inline) => {
                collect(document, variables, &inline.selection_set.selections, found);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect(
                        document,
                        variables,
                        &fragment.selection_set.selections,
                        found,
                    );
                }
            }
        }
    }
}

fn is_included(directives: &DirectiveList, variables: &JsonMap) -> bool {
    let condition = |name| {
        let value = directives.get(name)?.specified_argument_by_name("if")?;
        literal(value, variables)?.as_bool()
    };
    condition("include") != Some(false) && condition("skip") != Some(true)
}

/// Returns the arguments of a field, which were validated before.
fn arguments(field: &Field, variables: &JsonMap) -> JsonMap {
    let mut arguments = JsonMap::new();
    for definition in &field.definition.arguments {
        let given = field.specified_argument_by_name(&definition.name);
        let value = given
            .and_then(|value| literal(value, variables))
            .or_else(|| literal(definition.default_value.as_ref()?, variables));
        if let Some(value) = value {
            let is_lone = definition.ty.is_list() && !value.is_array() && !value.is_null();
            let value = if is_lone {
                JsonValue::Array(vec![value])
            } else {
                value
            };
            arguments.insert(definition.name.as_str(), value);
        }
    }
    arguments
}

/// Returns the value of a literal; `None` for a missing variable.
fn literal(value: &Value, variables: &JsonMap) -> Option<JsonValue> {
    Some(match value {
        Value::Null => JsonValue::Null,
        Value::Variable(name) => variables.get(name.as_str())?.clone(),
        Value::Enum(name) => name.as_str().into(),
        Value::String(text) => text.as_str().into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Int(number) => JsonValue::Number(number.as_str().parse().ok()?),
        Value::Float(number) => JsonValue::Number(number.as_str().parse().ok()?),
        Value::List(values) => values
            .iter()
            .map(|value| literal(value, variables).unwrap_or(JsonValue::Null))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), literal(value, variables)?)))
            .collect(),
    })
}
