//! Removal of descriptions from a schema.
//!
//! The descriptions of Wiki.js are under its own licence, and an introspection response may omit them. A schema
//! without descriptions is the same from every source.

use apollo_compiler::{
    Node,
    ast::{Definition, FieldDefinition, InputValueDefinition},
};

/// Removes every description.
pub(crate) fn remove(definitions: &mut [Definition]) {
    for definition in definitions {
        match definition {
            Definition::SchemaDefinition(it) => it.make_mut().description = None,
            Definition::DirectiveDefinition(it) => {
                let it = it.make_mut();
                it.description = None;
                of_values(&mut it.arguments);
            }
            Definition::ScalarTypeDefinition(it) => it.make_mut().description = None,
            Definition::ObjectTypeDefinition(it) => {
                let it = it.make_mut();
                it.description = None;
                of_fields(&mut it.fields);
            }
            Definition::InterfaceTypeDefinition(it) => {
                let it = it.make_mut();
                it.description = None;
                of_fields(&mut it.fields);
            }
            Definition::UnionTypeDefinition(it) => it.make_mut().description = None,
            Definition::EnumTypeDefinition(it) => {
                let it = it.make_mut();
                it.description = None;
                for value in &mut it.values {
                    value.make_mut().description = None;
                }
            }
            Definition::InputObjectTypeDefinition(it) => {
                let it = it.make_mut();
                it.description = None;
                of_values(&mut it.fields);
            }
            _ => {}
        }
    }
}

fn of_fields(fields: &mut [Node<FieldDefinition>]) {
    for field in fields {
        let field = field.make_mut();
        field.description = None;
        of_values(&mut field.arguments);
    }
}

fn of_values(values: &mut [Node<InputValueDefinition>]) {
    for value in values {
        value.make_mut().description = None;
    }
}
