//! Canonical SDL of a schema: equal schemas have equal bytes, independent of their source.

use super::reachable::reachable;
use apollo_compiler::{
    Name, Node,
    ast::{
        Definition, DirectiveList, Document, FieldDefinition, InputValueDefinition, OperationType,
        SchemaDefinition,
    },
};

/// Built-in scalars of GraphQL, which SDL omits.
const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
const BUILT_IN_DIRECTIVES: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];

/// Prints the schema: first directives, then types, each sorted by name, as are their members.
pub(crate) fn print(mut definitions: Vec<Definition>) -> String {
    definitions.retain(|definition| !is_built_in(definition));
    let mut definitions = reachable(definitions);
    for definition in &mut definitions {
        normalize(definition);
    }
    definitions.sort_by_cached_key(|definition| {
        (rank(definition), definition.name().map(Name::to_string))
    });
    let mut document = Document::new();
    document.definitions = definitions;
    document.to_string()
}

fn is_built_in(definition: &Definition) -> bool {
    let name = definition.name().map_or("", Name::as_str);
    match definition {
        Definition::SchemaDefinition(schema) => has_default_names(schema),
        Definition::DirectiveDefinition(_) => BUILT_IN_DIRECTIVES.contains(&name),
        Definition::ScalarTypeDefinition(_) => BUILT_IN_SCALARS.contains(&name),
        _ => name.starts_with("__"),
    }
}

/// Returns `true` if the root types have their default names, so that SDL needs no `schema { … }`.
fn has_default_names(schema: &SchemaDefinition) -> bool {
    schema.description.is_none()
        && schema.root_operations.iter().all(|root| match root.0 {
            OperationType::Query => root.1 == "Query",
            OperationType::Mutation => root.1 == "Mutation",
            OperationType::Subscription => root.1 == "Subscription",
        })
}

fn rank(definition: &Definition) -> u8 {
    match definition {
        Definition::SchemaDefinition(_) => 0,
        Definition::DirectiveDefinition(_) => 1,
        _ => 2,
    }
}

fn normalize(definition: &mut Definition) {
    match definition {
        Definition::SchemaDefinition(it) => {
            let it = it.make_mut();
            it.directives = DirectiveList::default();
            it.root_operations.sort_by_key(|root| root.0.name());
        }
        Definition::DirectiveDefinition(it) => {
            let it = it.make_mut();
            normalize_values(&mut it.arguments);
            it.locations.sort_by_key(|location| location.name());
        }
        Definition::ScalarTypeDefinition(it) => keep_visible(&mut it.make_mut().directives),
        Definition::ObjectTypeDefinition(it) => {
            let it = it.make_mut();
            keep_visible(&mut it.directives);
            it.implements_interfaces.sort();
            normalize_fields(&mut it.fields);
        }
        Definition::InterfaceTypeDefinition(it) => {
            let it = it.make_mut();
            keep_visible(&mut it.directives);
            it.implements_interfaces.sort();
            normalize_fields(&mut it.fields);
        }
        Definition::UnionTypeDefinition(it) => {
            let it = it.make_mut();
            keep_visible(&mut it.directives);
            it.members.sort();
        }
        Definition::EnumTypeDefinition(it) => {
            let it = it.make_mut();
            keep_visible(&mut it.directives);
            it.values
                .iter_mut()
                .for_each(|value| keep_visible(&mut value.make_mut().directives));
            it.values.sort_by(|a, b| a.value.cmp(&b.value));
        }
        Definition::InputObjectTypeDefinition(it) => {
            let it = it.make_mut();
            keep_visible(&mut it.directives);
            normalize_values(&mut it.fields);
        }
        _ => {}
    }
}

fn normalize_fields(fields: &mut [Node<FieldDefinition>]) {
    for field in &mut *fields {
        let field = field.make_mut();
        keep_visible(&mut field.directives);
        normalize_values(&mut field.arguments);
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
}

fn normalize_values(values: &mut [Node<InputValueDefinition>]) {
    for value in &mut *values {
        keep_visible(&mut value.make_mut().directives);
    }
    values.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Removes the directives that an introspection response does not contain, so that a schema has the same SDL
/// from every source.
fn keep_visible(directives: &mut DirectiveList) {
    directives.0.retain(|directive| {
        matches!(
            directive.name.as_str(),
            "deprecated" | "specifiedBy" | "oneOf"
        )
    });
}
