//! A GraphQL server that executes documents and returns random values.

use std::{collections::BTreeMap, path::Path};

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{DirectiveList, Type, Value as GraphqlValue},
    executable::{Field, Selection, SelectionSet},
    schema::ExtendedType,
    validation::Valid,
};
use serde_json::{Map, Value, json};

use super::random::Random;

/// Executes the documents of one schema.
pub struct Server {
    schema: Valid<Schema>,
}

struct Execution<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    random: &'a mut Random,
    /// Values of the Boolean variables in this execution.
    variables: BTreeMap<String, bool>,
}

impl Server {
    pub fn new(sdl: &str) -> Self {
        Self {
            schema: Schema::parse_and_validate(sdl, "schema.graphql").unwrap(),
        }
    }

    /// Returns the `data` of one execution.
    pub fn answer(&self, document: &str, random: &mut Random) -> Value {
        let document = ExecutableDocument::parse_and_validate(
            &self.schema,
            document,
            Path::new("document.graphql"),
        )
        .unwrap();
        let operation = document.operations.iter().next().unwrap();
        let mut execution = Execution {
            schema: &self.schema,
            document: &document,
            random,
            variables: BTreeMap::new(),
        };
        execution.object(operation.object_type(), &[&operation.selection_set])
    }
}

impl Execution<'_> {
    fn object(&mut self, ty: &str, selections: &[&SelectionSet]) -> Value {
        let mut fields: Vec<(String, Vec<Node<Field>>)> = Vec::new();
        for selection in selections {
            self.collect(ty, selection, &mut fields);
        }
        let mut object = Map::new();
        for (key, fields) in fields {
            let value = if fields[0].name == "__typename" {
                json!(ty)
            } else {
                // The field of an object may have a stricter type than that of its interface.
                let own = self
                    .schema
                    .type_field(ty, &fields[0].name)
                    .unwrap()
                    .ty
                    .clone();
                self.value(&own, &fields)
            };
            object.insert(key, value);
        }
        Value::Object(object)
    }

    fn collect(
        &mut self,
        ty: &str,
        selections: &SelectionSet,
        fields: &mut Vec<(String, Vec<Node<Field>>)>,
    ) {
        for selection in &selections.selections {
            match selection {
                Selection::Field(field) if self.is_asked_for(&field.directives) => {
                    let key = field.response_key().as_str();
                    match fields.iter_mut().find(|(known, _)| known == key) {
                        Some((_, known)) => known.push(field.clone()),
                        None => fields.push((key.to_owned(), vec![field.clone()])),
                    }
                }
                Selection::InlineFragment(inline)
                    if self.is_asked_for(&inline.directives)
                        && inline
                            .type_condition
                            .as_ref()
                            .is_none_or(|condition| self.is(ty, condition)) =>
                {
                    self.collect(ty, &inline.selection_set, fields);
                }
                Selection::FragmentSpread(spread) if self.is_asked_for(&spread.directives) => {
                    let fragment = spread.fragment_def(self.document).unwrap().clone();
                    if self.is(ty, fragment.type_condition()) {
                        self.collect(ty, &fragment.selection_set, fields);
                    }
                }
                _ => {}
            }
        }
    }

    fn is(&self, ty: &str, condition: &str) -> bool {
        ty == condition || self.schema.is_subtype(condition, ty)
    }

    fn is_asked_for(&mut self, directives: &DirectiveList) -> bool {
        directives.iter().all(|directive| {
            let condition =
                directive
                    .specified_argument_by_name("if")
                    .map(|value| match &**value {
                        GraphqlValue::Boolean(value) => *value,
                        GraphqlValue::Variable(name) => {
                            let value = self.random.one_in(2);
                            *self.variables.entry(name.to_string()).or_insert(value)
                        }
                        _ => true,
                    });
            match directive.name.as_str() {
                "skip" => condition == Some(false),
                "include" => condition == Some(true),
                _ => true,
            }
        })
    }

    fn value(&mut self, ty: &Type, fields: &[Node<Field>]) -> Value {
        if !ty.is_non_null() && self.random.one_in(4) {
            return Value::Null;
        }
        if ty.is_list() {
            let item = ty.item_type().clone();
            return (0..self.random.below(3))
                .map(|_| self.value(&item, fields))
                .collect();
        }
        let name = ty.inner_named_type();
        match name.as_str() {
            "Int" => return json!(-7),
            "Float" => {
                return if self.random.one_in(2) {
                    json!(2)
                } else {
                    json!(1.5)
                };
            }
            "Boolean" => return json!(true),
            "ID" | "String" => return json!("text"),
            _ => {}
        }
        match &self.schema.types[name] {
            ExtendedType::Enum(it) => {
                let values: Vec<&str> = it
                    .values
                    .keys()
                    .map(apollo_compiler::Name::as_str)
                    .chain(["NEW_IN_THE_WIKI"])
                    .collect();
                json!(*self.random.pick(&values))
            }
            ExtendedType::Scalar(_) => json!("2024-01-01"),
            _ => {
                let objects = self
                    .schema
                    .types
                    .values()
                    .filter(|it| it.is_object() && self.is(it.name(), name));
                let objects: Vec<String> = objects.map(|it| it.name().to_string()).collect();
                let ty = self.random.pick(&objects).clone();
                let selections: Vec<&SelectionSet> =
                    fields.iter().map(|field| &field.selection_set).collect();
                self.object(&ty, &selections)
            }
        }
    }
}
