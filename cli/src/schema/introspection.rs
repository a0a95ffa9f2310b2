//! Converts a GraphQL introspection response into a schema document.
//!
//! An introspection response does not contain the directives that are applied to definitions, except
//! `@deprecated` and `@specifiedBy`, which are restored from their fields. Built-in scalars and directives, and
//! the types of introspection itself, are omitted.

use apollo_compiler::{
    Name, Node,
    ast::{
        Argument, Definition, Directive, DirectiveDefinition, DirectiveList, DirectiveLocation,
        Document, EnumTypeDefinition, EnumValueDefinition, FieldDefinition,
        InputObjectTypeDefinition, InputValueDefinition, InterfaceTypeDefinition,
        ObjectTypeDefinition, OperationType, ScalarTypeDefinition, SchemaDefinition, Type,
        UnionTypeDefinition, Value,
    },
};
use serde::Deserialize;

/// The introspection query, whose response [`parse`] reads. It has only fields of the GraphQL specification of
/// June 2018, since Wiki.js 2.x does not know later ones.
pub(crate) const QUERY: &str = "query IntrospectionQuery {
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types { ...FullType }
    directives { name description locations args { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description
  fields(includeDeprecated: true) {
    name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
  }
  inputFields { ...InputValue }
  interfaces { name }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { name }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name } } } } } } }
}";

/// Error of reading an introspection response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("this is not an introspection answer: {0}")]
    Json(#[from] serde_json::Error),
    #[error("this is not an introspection answer: it has neither `data.__schema` nor `__schema`{errors}", errors = server_errors(.0))]
    NoSchema(Vec<String>),
    #[error("the introspection response is incomplete: {0}")]
    MissingPart(String),
}

fn server_errors(errors: &[String]) -> String {
    if errors.is_empty() {
        String::new()
    } else {
        format!(". The server says: {}", errors.join("; "))
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    #[serde(rename = "__schema")]
    schema: Option<Schema>,
    #[serde(default)]
    errors: Vec<ServerError>,
}

#[derive(Deserialize)]
struct ServerError {
    message: String,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "__schema")]
    schema: Option<Schema>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    query_type: Named,
    mutation_type: Option<Named>,
    subscription_type: Option<Named>,
    types: Vec<FullType>,
    #[serde(default)]
    directives: Vec<FullDirective>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullType {
    kind: String,
    name: String,
    description: Option<String>,
    fields: Option<Vec<FullField>>,
    input_fields: Option<Vec<FullInputValue>>,
    interfaces: Option<Vec<Named>>,
    enum_values: Option<Vec<FullEnumValue>>,
    possible_types: Option<Vec<Named>>,
    #[serde(rename = "specifiedByURL", alias = "specifiedByUrl")]
    specified_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullField {
    name: String,
    description: Option<String>,
    #[serde(default)]
    args: Vec<FullInputValue>,
    r#type: TypeRef,
    #[serde(default)]
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullInputValue {
    name: String,
    description: Option<String>,
    r#type: TypeRef,
    default_value: Option<String>,
    #[serde(default)]
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullEnumValue {
    name: String,
    description: Option<String>,
    #[serde(default)]
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullDirective {
    name: String,
    description: Option<String>,
    #[serde(default)]
    locations: Vec<String>,
    #[serde(default)]
    args: Vec<FullInputValue>,
    #[serde(default)]
    is_repeatable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeRef {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<TypeRef>>,
}

/// Parses an introspection response, with or without the enclosing `data`.
pub(crate) fn parse(json: &str) -> Result<Vec<Definition>, Error> {
    let answer: Answer = serde_json::from_str(json)?;
    let errors = answer
        .errors
        .into_iter()
        .map(|error| error.message)
        .collect();
    let schema = answer
        .data
        .and_then(|data| data.schema)
        .or(answer.schema)
        .ok_or(Error::NoSchema(errors))?;
    schema.into_definitions()
}

impl Schema {
    fn into_definitions(self) -> Result<Vec<Definition>, Error> {
        let mut root_operations = Vec::new();
        for (kind, root) in [
            (OperationType::Query, Some(self.query_type)),
            (OperationType::Mutation, self.mutation_type),
            (OperationType::Subscription, self.subscription_type),
        ] {
            if let Some(root) = root {
                root_operations.push((kind, name(&root.name)?).into());
            }
        }
        let roots = SchemaDefinition {
            description: None,
            directives: DirectiveList::default(),
            root_operations,
        };
        let mut definitions = vec![Definition::SchemaDefinition(roots.into())];
        for directive in self.directives {
            definitions.push(directive.into_definition()?);
        }
        for full_type in self.types {
            definitions.push(full_type.into_definition()?);
        }
        Ok(definitions)
    }
}

impl FullType {
    fn into_definition(self) -> Result<Definition, Error> {
        let description = self.description.as_deref().map(text);
        let directives = DirectiveList::default();
        let names = |named: Option<Vec<Named>>| into_all(named, |named| name(&named.name));
        let own_name = name(&self.name)?;
        Ok(match self.kind.as_str() {
            "SCALAR" => Definition::ScalarTypeDefinition(
                ScalarTypeDefinition {
                    description,
                    name: own_name,
                    directives: specified_by(self.specified_by)?,
                }
                .into(),
            ),
            "OBJECT" => Definition::ObjectTypeDefinition(
                ObjectTypeDefinition {
                    description,
                    name: own_name,
                    implements_interfaces: names(self.interfaces)?,
                    directives,
                    fields: into_all(self.fields, FullField::into_field)?,
                }
                .into(),
            ),
            "INTERFACE" => Definition::InterfaceTypeDefinition(
                InterfaceTypeDefinition {
                    description,
                    name: own_name,
                    implements_interfaces: names(self.interfaces)?,
                    directives,
                    fields: into_all(self.fields, FullField::into_field)?,
                }
                .into(),
            ),
            "UNION" => Definition::UnionTypeDefinition(
                UnionTypeDefinition {
                    description,
                    name: own_name,
                    directives,
                    members: names(self.possible_types)?,
                }
                .into(),
            ),
            "ENUM" => Definition::EnumTypeDefinition(
                EnumTypeDefinition {
                    description,
                    name: own_name,
                    directives,
                    values: into_all(self.enum_values, FullEnumValue::into_value)?,
                }
                .into(),
            ),
            "INPUT_OBJECT" => Definition::InputObjectTypeDefinition(
                InputObjectTypeDefinition {
                    description,
                    name: own_name,
                    directives,
                    fields: into_all(self.input_fields, FullInputValue::into_input_value)?,
                }
                .into(),
            ),
            other => {
                return Err(Error::MissingPart(format!(
                    "`{}` is of the unknown kind {other}",
                    self.name
                )));
            }
        })
    }
}

fn into_all<T, U>(
    items: Option<Vec<T>>,
    into: impl FnMut(T) -> Result<U, Error>,
) -> Result<Vec<U>, Error> {
    items.unwrap_or_default().into_iter().map(into).collect()
}

impl FullField {
    fn into_field(self) -> Result<Node<FieldDefinition>, Error> {
        Ok(FieldDefinition {
            description: self.description.as_deref().map(text),
            name: name(&self.name)?,
            arguments: into_all(Some(self.args), FullInputValue::into_input_value)?,
            ty: self.r#type.into_type()?,
            directives: deprecated(self.is_deprecated, self.deprecation_reason)?,
        }
        .into())
    }
}

impl FullInputValue {
    fn into_input_value(self) -> Result<Node<InputValueDefinition>, Error> {
        Ok(InputValueDefinition {
            description: self.description.as_deref().map(text),
            name: name(&self.name)?,
            ty: self.r#type.into_type()?.into(),
            default_value: self
                .default_value
                .map(|literal| parse_literal(&literal))
                .transpose()?,
            directives: deprecated(self.is_deprecated, self.deprecation_reason)?,
        }
        .into())
    }
}

impl FullEnumValue {
    fn into_value(self) -> Result<Node<EnumValueDefinition>, Error> {
        Ok(EnumValueDefinition {
            description: self.description.as_deref().map(text),
            value: name(&self.name)?,
            directives: deprecated(self.is_deprecated, self.deprecation_reason)?,
        }
        .into())
    }
}

impl FullDirective {
    fn into_definition(self) -> Result<Definition, Error> {
        Ok(Definition::DirectiveDefinition(
            DirectiveDefinition {
                description: self.description.as_deref().map(text),
                name: name(&self.name)?,
                arguments: into_all(Some(self.args), FullInputValue::into_input_value)?,
                repeatable: self.is_repeatable,
                locations: into_all(Some(self.locations), |place| location(&place))?,
            }
            .into(),
        ))
    }
}

impl TypeRef {
    fn into_type(self) -> Result<Type, Error> {
        let inner = |of_type: Option<Box<TypeRef>>| {
            of_type.ok_or_else(|| {
                Error::MissingPart("a type is nested deeper than the query requests".to_owned())
            })
        };
        Ok(match self.kind.as_str() {
            "NON_NULL" => inner(self.of_type)?.into_type()?.non_null(),
            "LIST" => inner(self.of_type)?.into_type()?.list(),
            _ => {
                let named = self
                    .name
                    .ok_or_else(|| Error::MissingPart("a type has no name".to_owned()))?;
                Type::Named(name(&named)?)
            }
        })
    }
}

fn text(text: &str) -> Node<str> {
    Node::new_str(text)
}

fn name(text: &str) -> Result<Name, Error> {
    Name::new(text).map_err(|_| Error::MissingPart(format!("`{text}` is not a GraphQL name")))
}

fn location(place: &str) -> Result<DirectiveLocation, Error> {
    // apollo-compiler parses the name of a location only as part of a definition.
    let definition = format!("directive @d on {place}");
    let document = Document::parse(definition, "location").ok();
    match document.and_then(|document| document.definitions.into_iter().next()) {
        Some(Definition::DirectiveDefinition(directive)) if directive.locations.len() == 1 => {
            Ok(directive.locations[0])
        }
        _ => Err(Error::MissingPart(format!(
            "`{place}` is not a location of a directive"
        ))),
    }
}

fn deprecated(is_deprecated: bool, reason: Option<String>) -> Result<DirectiveList, Error> {
    if !is_deprecated {
        return Ok(DirectiveList::default());
    }
    // The default reason of GraphQL is omitted.
    directive(
        "deprecated",
        "reason",
        reason.filter(|reason| reason != "No longer supported"),
    )
}

fn specified_by(url: Option<String>) -> Result<DirectiveList, Error> {
    if url.is_none() {
        Ok(DirectiveList::default())
    } else {
        directive("specifiedBy", "url", url)
    }
}

fn directive(
    own_name: &str,
    argument: &str,
    value: Option<String>,
) -> Result<DirectiveList, Error> {
    let mut arguments = Vec::new();
    if let Some(value) = value {
        arguments.push(
            Argument {
                name: name(argument)?,
                value: Value::String(value).into(),
            }
            .into(),
        );
    }
    Ok(DirectiveList(vec![
        Directive {
            name: name(own_name)?,
            arguments,
        }
        .into(),
    ]))
}

/// Parses a default value, which an introspection response contains as GraphQL text.
fn parse_literal(literal: &str) -> Result<Node<Value>, Error> {
    let unreadable = || {
        Error::MissingPart(format!(
            "the default value `{literal}` is not a GraphQL value"
        ))
    };
    let input = format!("input I {{ field: T = {literal} }}");
    let document = Document::parse(input, "default").map_err(|_| unreadable())?;
    match document.definitions.as_slice() {
        [Definition::InputObjectTypeDefinition(input)] if input.fields.len() == 1 => {
            input.fields[0].default_value.clone().ok_or_else(unreadable)
        }
        _ => Err(unreadable()),
    }
}
