//! Removal of definitions that no document can use. Servers add directives for internal use, and types for the
//! arguments of these directives.

use std::collections::BTreeSet;

use apollo_compiler::ast::{
    Definition, DirectiveLocation, FieldDefinition, InputValueDefinition, OperationType,
};
use apollo_compiler::{Name, Node};

/// Returns the definitions that a document can reach, starting from the root types and from the directives that
/// documents may contain.
pub(crate) fn reachable(mut definitions: Vec<Definition>) -> Vec<Definition> {
    definitions.retain(|definition| !is_internal_directive(definition));
    let mut reached = BTreeSet::new();
    let mut open = starts(&definitions);
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            for definition in &definitions {
                if definition.name() == Some(&name) && is_type(definition) {
                    open.extend(refers_to(definition));
                } else if implements(definition, &name) {
                    open.extend(definition.name().cloned());
                }
            }
        }
    }
    definitions.retain(|definition| {
        !is_type(definition) || definition.name().is_some_and(|name| reached.contains(name))
    });
    definitions
}

fn is_internal_directive(definition: &Definition) -> bool {
    use DirectiveLocation as Location;
    let in_documents = |location: &Location| {
        matches!(
            location,
            Location::Query
                | Location::Mutation
                | Location::Subscription
                | Location::Field
                | Location::FragmentDefinition
                | Location::FragmentSpread
                | Location::InlineFragment
                | Location::VariableDefinition
        )
    };
    matches!(definition, Definition::DirectiveDefinition(it) if !it.locations.iter().any(in_documents))
}

fn is_type(definition: &Definition) -> bool {
    !matches!(
        definition,
        Definition::DirectiveDefinition(_) | Definition::SchemaDefinition(_)
    )
}

fn starts(definitions: &[Definition]) -> Vec<Name> {
    let mut starts = Vec::new();
    let mut has_definition = false;
    for definition in definitions {
        match definition {
            Definition::SchemaDefinition(it) => {
                has_definition = true;
                starts.extend(it.root_operations.iter().map(|root| root.1.clone()));
            }
            Definition::DirectiveDefinition(it) => starts.extend(values(&it.arguments)),
            _ => {}
        }
    }
    if !has_definition {
        let usual = [
            OperationType::Query,
            OperationType::Mutation,
            OperationType::Subscription,
        ];
        let usual = usual.map(|kind| kind.default_type_name().clone());
        starts.extend(usual);
    }
    starts
}

fn values(values: &[Node<InputValueDefinition>]) -> impl Iterator<Item = Name> + '_ {
    values
        .iter()
        .map(|value| value.ty.inner_named_type().clone())
}

fn fields(fields: &[Node<FieldDefinition>]) -> impl Iterator<Item = Name> + '_ {
    fields
        .iter()
        .flat_map(|field| values(&field.arguments).chain([field.ty.inner_named_type().clone()]))
}

fn refers_to(definition: &Definition) -> Vec<Name> {
    match definition {
        Definition::ObjectTypeDefinition(it) => fields(&it.fields)
            .chain(it.implements_interfaces.iter().cloned())
            .collect(),
        Definition::InterfaceTypeDefinition(it) => fields(&it.fields)
            .chain(it.implements_interfaces.iter().cloned())
            .collect(),
        Definition::UnionTypeDefinition(it) => it.members.clone(),
        Definition::InputObjectTypeDefinition(it) => values(&it.fields).collect(),
        _ => Vec::new(),
    }
}

fn implements(definition: &Definition, interface: &Name) -> bool {
    match definition {
        Definition::ObjectTypeDefinition(it) => it.implements_interfaces.contains(interface),
        Definition::InterfaceTypeDefinition(it) => it.implements_interfaces.contains(interface),
        _ => false,
    }
}
