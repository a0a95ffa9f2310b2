//! Brings a schema document into one order and prints it, so that the same schema is always the same bytes.

use graphql_parser::schema::{
    Definition, DirectiveDefinition, Document, Field, InputValue, SchemaDefinition, TypeDefinition,
};

/// What every GraphQL server has: none of it is part of a schema's own text.
const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
const BUILT_IN_DIRECTIVES: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];

/// Prints the schema: directives first, then types; these and everything in them sorted by name.
pub(crate) fn print(mut document: Document<'static, String>) -> String {
    document
        .definitions
        .retain(|definition| !is_built_in(definition));
    for definition in &mut document.definitions {
        sort_definition(definition);
    }
    document
        .definitions
        .sort_by(|a, b| definition_key(a).cmp(&definition_key(b)));
    document.to_string().trim_start().to_owned()
}

fn is_built_in(definition: &Definition<'static, String>) -> bool {
    match definition {
        Definition::SchemaDefinition(schema) => has_usual_names(schema),
        Definition::DirectiveDefinition(directive) => {
            BUILT_IN_DIRECTIVES.contains(&directive.name.as_str())
        }
        Definition::TypeDefinition(TypeDefinition::Scalar(scalar)) => {
            BUILT_IN_SCALARS.contains(&scalar.name.as_str())
        }
        Definition::TypeDefinition(definition) => type_name(definition).starts_with("__"),
        Definition::TypeExtension(_) => false,
    }
}

/// Root types with these names need no `schema { … }`.
fn has_usual_names(schema: &SchemaDefinition<'static, String>) -> bool {
    let is = |name: &Option<String>, usual: &str| name.as_deref().is_none_or(|name| name == usual);
    schema.directives.is_empty()
        && is(&schema.query, "Query")
        && is(&schema.mutation, "Mutation")
        && is(&schema.subscription, "Subscription")
}

fn definition_key<'a>(definition: &'a Definition<'static, String>) -> (u8, &'a str) {
    match definition {
        Definition::SchemaDefinition(_) => (0, ""),
        Definition::DirectiveDefinition(directive) => (1, &directive.name),
        Definition::TypeDefinition(definition) => (2, type_name(definition)),
        Definition::TypeExtension(_) => (3, ""),
    }
}

/// The name of a type, of whatever kind.
pub(crate) fn type_name<'a>(definition: &'a TypeDefinition<'static, String>) -> &'a str {
    match definition {
        TypeDefinition::Scalar(scalar) => &scalar.name,
        TypeDefinition::Object(object) => &object.name,
        TypeDefinition::Interface(interface) => &interface.name,
        TypeDefinition::Union(union) => &union.name,
        TypeDefinition::Enum(r#enum) => &r#enum.name,
        TypeDefinition::InputObject(input) => &input.name,
    }
}

fn sort_definition(definition: &mut Definition<'static, String>) {
    match definition {
        Definition::DirectiveDefinition(directive) => sort_directive(directive),
        Definition::TypeDefinition(TypeDefinition::Object(object)) => {
            object.implements_interfaces.sort();
            sort_fields(&mut object.fields);
        }
        Definition::TypeDefinition(TypeDefinition::Interface(interface)) => {
            interface.implements_interfaces.sort();
            sort_fields(&mut interface.fields);
        }
        Definition::TypeDefinition(TypeDefinition::Union(union)) => union.types.sort(),
        Definition::TypeDefinition(TypeDefinition::Enum(r#enum)) => {
            r#enum.values.sort_by(|a, b| a.name.cmp(&b.name))
        }
        Definition::TypeDefinition(TypeDefinition::InputObject(input)) => {
            sort_values(&mut input.fields)
        }
        Definition::TypeDefinition(TypeDefinition::Scalar(_))
        | Definition::SchemaDefinition(_)
        | Definition::TypeExtension(_) => {}
    }
}

fn sort_directive(directive: &mut DirectiveDefinition<'static, String>) {
    sort_values(&mut directive.arguments);
    directive
        .locations
        .sort_by_key(|location| location.as_str());
}

fn sort_fields(fields: &mut [Field<'static, String>]) {
    for field in &mut *fields {
        sort_values(&mut field.arguments);
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
}

fn sort_values(values: &mut [InputValue<'static, String>]) {
    values.sort_by(|a, b| a.name.cmp(&b.name));
}
