//! Reads a GraphQL introspection answer into a schema document.
//!
//! The answer says nothing of the directives that are applied to a definition, except `@deprecated` and
//! `@specifiedBy`; those two are put back. Everything that belongs to GraphQL itself and to no schema (built-in scalars
//! and directives, the types of introspection) is left out.

use graphql_parser::schema::{
    Definition, Directive, DirectiveDefinition, DirectiveLocation, Document, EnumType, EnumValue,
    Field, InputObjectType, InputValue, InterfaceType, ObjectType, ScalarType, SchemaDefinition,
    Type, TypeDefinition, UnionType, Value,
};
use serde::Deserialize;

/// The query whose answer [`parse`] reads: the one that every GraphQL server answers, without the parts that Wiki.js 2.x
/// (GraphQL of June 2018) does not know.
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

/// Why an introspection answer could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("this is not an introspection answer: {0}")]
    Json(#[from] serde_json::Error),
    #[error("this is not an introspection answer: neither `data.__schema` nor `__schema` is there{errors}", errors = server_says(.0))]
    NoSchema(Vec<String>),
    #[error("the introspection answer is incomplete: {0}")]
    Incomplete(String),
}

fn server_says(errors: &[String]) -> String {
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

/// Reads an introspection answer, with or without the `data` around it.
pub(crate) fn parse(json: &str) -> Result<Document<'static, String>, Error> {
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
    schema.into_document()
}

impl Schema {
    fn into_document(self) -> Result<Document<'static, String>, Error> {
        let mut definitions = vec![Definition::SchemaDefinition(SchemaDefinition {
            query: Some(self.query_type.name),
            mutation: self.mutation_type.map(|named| named.name),
            subscription: self.subscription_type.map(|named| named.name),
            ..SchemaDefinition::default()
        })];
        for directive in self.directives {
            definitions.push(Definition::DirectiveDefinition(
                directive.into_definition()?,
            ));
        }
        for full_type in self.types {
            definitions.push(Definition::TypeDefinition(full_type.into_definition()?));
        }
        Ok(Document { definitions })
    }
}

impl FullType {
    fn into_definition(self) -> Result<TypeDefinition<'static, String>, Error> {
        let Self {
            name, description, ..
        } = self;
        let names = |named: Option<Vec<Named>>| {
            named
                .unwrap_or_default()
                .into_iter()
                .map(|named| named.name)
                .collect()
        };
        Ok(match self.kind.as_str() {
            "SCALAR" => TypeDefinition::Scalar(ScalarType {
                description,
                directives: self
                    .specified_by
                    .map(|url| directive("specifiedBy", "url", Some(url)))
                    .into_iter()
                    .collect(),
                ..ScalarType::new(name)
            }),
            "OBJECT" => TypeDefinition::Object(ObjectType {
                description,
                implements_interfaces: names(self.interfaces),
                fields: into_all(self.fields, FullField::into_field)?,
                ..ObjectType::new(name)
            }),
            "INTERFACE" => TypeDefinition::Interface(InterfaceType {
                description,
                implements_interfaces: names(self.interfaces),
                fields: into_all(self.fields, FullField::into_field)?,
                ..InterfaceType::new(name)
            }),
            "UNION" => TypeDefinition::Union(UnionType {
                description,
                types: names(self.possible_types),
                ..UnionType::new(name)
            }),
            "ENUM" => TypeDefinition::Enum(EnumType {
                description,
                values: into_all(self.enum_values, |value| Ok(value.into_value()))?,
                ..EnumType::new(name)
            }),
            "INPUT_OBJECT" => TypeDefinition::InputObject(InputObjectType {
                description,
                fields: into_all(self.input_fields, FullInputValue::into_input_value)?,
                ..InputObjectType::new(name)
            }),
            other => {
                return Err(Error::Incomplete(format!(
                    "`{name}` is of the unknown kind {other}"
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
    fn into_field(self) -> Result<Field<'static, String>, Error> {
        Ok(Field {
            position: graphql_parser::Pos::default(),
            description: self.description,
            name: self.name,
            arguments: into_all(Some(self.args), FullInputValue::into_input_value)?,
            field_type: self.r#type.into_type()?,
            directives: deprecated(self.is_deprecated, self.deprecation_reason),
        })
    }
}

impl FullInputValue {
    fn into_input_value(self) -> Result<InputValue<'static, String>, Error> {
        let default_value = self
            .default_value
            .map(|literal| parse_literal(&literal))
            .transpose()?;
        Ok(InputValue {
            position: graphql_parser::Pos::default(),
            description: self.description,
            name: self.name,
            value_type: self.r#type.into_type()?,
            default_value,
            directives: deprecated(self.is_deprecated, self.deprecation_reason),
        })
    }
}

impl FullEnumValue {
    fn into_value(self) -> EnumValue<'static, String> {
        EnumValue {
            description: self.description,
            directives: deprecated(self.is_deprecated, self.deprecation_reason),
            ..EnumValue::new(self.name)
        }
    }
}

impl FullDirective {
    fn into_definition(self) -> Result<DirectiveDefinition<'static, String>, Error> {
        let location = |name: String| {
            name.parse::<DirectiveLocation>().map_err(|_| {
                Error::Incomplete(format!(
                    "`{name}` is no place for a directive that GraphQL knows"
                ))
            })
        };
        Ok(DirectiveDefinition {
            description: self.description,
            arguments: into_all(Some(self.args), FullInputValue::into_input_value)?,
            locations: into_all(Some(self.locations), location)?,
            repeatable: self.is_repeatable,
            ..DirectiveDefinition::new(self.name)
        })
    }
}

impl TypeRef {
    fn into_type(self) -> Result<Type<'static, String>, Error> {
        let inner = |of_type: Option<Box<TypeRef>>| {
            of_type.ok_or_else(|| {
                Error::Incomplete("a type is nested deeper than the query asked for".to_owned())
            })
        };
        Ok(match self.kind.as_str() {
            "NON_NULL" => Type::NonNullType(Box::new(inner(self.of_type)?.into_type()?)),
            "LIST" => Type::ListType(Box::new(inner(self.of_type)?.into_type()?)),
            _ => Type::NamedType(
                self.name
                    .ok_or_else(|| Error::Incomplete("a type has no name".to_owned()))?,
            ),
        })
    }
}

fn deprecated(is_deprecated: bool, reason: Option<String>) -> Vec<Directive<'static, String>> {
    // The reason that GraphQL itself gives where a schema gives none needs no saying.
    let reason = reason.filter(|reason| reason != "No longer supported");
    if is_deprecated {
        vec![directive("deprecated", "reason", reason)]
    } else {
        Vec::new()
    }
}

fn directive(name: &str, argument: &str, value: Option<String>) -> Directive<'static, String> {
    Directive {
        position: graphql_parser::Pos::default(),
        name: name.to_owned(),
        arguments: value
            .map(|value| (argument.to_owned(), Value::String(value)))
            .into_iter()
            .collect(),
    }
}

/// An introspection answer gives default values as GraphQL text.
fn parse_literal(literal: &str) -> Result<Value<'static, String>, Error> {
    let unreadable =
        || Error::Incomplete(format!("the default value `{literal}` is no GraphQL value"));
    let field = format!("input I {{ field: T = {literal} }}");
    let document = graphql_parser::parse_schema::<String>(&field)
        .map_err(|_| unreadable())?
        .into_static();
    match document.definitions.into_iter().next() {
        Some(Definition::TypeDefinition(TypeDefinition::InputObject(mut input)))
            if input.fields.len() == 1 =>
        {
            input
                .fields
                .pop()
                .and_then(|field| field.default_value)
                .ok_or_else(unreadable)
        }
        _ => Err(unreadable()),
    }
}
