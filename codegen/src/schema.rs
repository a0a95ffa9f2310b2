//! The schema as the generator looks things up in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use graphql_parser::schema::{
    Definition, Directive, Document, Field, InputValue, Type as ParsedType, TypeDefinition,
    TypeExtension, Value,
};

use crate::{
    Error,
    document::{OperationKind, Type},
};

/// The scalars that GraphQL itself defines.
const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// A schema: its types by name, its extensions being part of them.
#[derive(Debug)]
pub(crate) struct Schema {
    types: BTreeMap<String, Definitions>,
    roots: [Option<String>; 3],
}

#[derive(Debug)]
pub(crate) struct Definitions {
    pub(crate) description: Option<String>,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar,
    Object {
        fields: Vec<FieldDefinition>,
        implements: Vec<String>,
    },
    Interface {
        fields: Vec<FieldDefinition>,
    },
    Union {
        members: Vec<String>,
    },
    Enum {
        values: Vec<EnumValue>,
    },
    Input {
        fields: Vec<InputField>,
    },
}

#[derive(Debug)]
pub(crate) struct FieldDefinition {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) arguments: Vec<InputField>,
    pub(crate) deprecated: Option<String>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(crate) struct InputField {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) default: Option<String>,
    pub(crate) deprecated: Option<String>,
}

#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
}

impl Schema {
    /// Reads SDL; `path` is what an error calls it.
    pub(crate) fn parse(sdl: &str, path: &Path) -> Result<Self, Error> {
        let document: Document<'_, String> =
            graphql_parser::parse_schema(sdl).map_err(|error| Error::Schema {
                path: path.to_owned(),
                message: error.to_string(),
            })?;
        let mut schema = Self {
            types: BTreeMap::new(),
            roots: [const { None }; 3],
        };
        for name in BUILT_IN_SCALARS {
            schema.types.insert(
                name.to_owned(),
                Definitions {
                    description: None,
                    kind: Kind::Scalar,
                },
            );
        }
        let mut has_definition = false;
        for definition in &document.definitions {
            match definition {
                Definition::SchemaDefinition(roots) => {
                    has_definition = true;
                    schema.roots = [
                        roots.query.clone(),
                        roots.mutation.clone(),
                        roots.subscription.clone(),
                    ];
                }
                Definition::TypeDefinition(definition) => schema.define(definition),
                Definition::TypeExtension(_) | Definition::DirectiveDefinition(_) => {}
            }
        }
        for definition in &document.definitions {
            if let Definition::TypeExtension(extension) = definition {
                schema.extend(extension);
            }
        }
        if !has_definition {
            schema.roots = ["Query", "Mutation", "Subscription"]
                .map(|name| schema.types.contains_key(name).then(|| name.to_owned()));
        }
        Ok(schema)
    }

    fn define(&mut self, definition: &TypeDefinition<'_, String>) {
        let (name, description, kind) = match definition {
            TypeDefinition::Scalar(it) => (&it.name, &it.description, Kind::Scalar),
            TypeDefinition::Object(it) => {
                let kind = Kind::Object {
                    fields: fields(&it.fields),
                    implements: it.implements_interfaces.clone(),
                };
                (&it.name, &it.description, kind)
            }
            TypeDefinition::Interface(it) => (
                &it.name,
                &it.description,
                Kind::Interface {
                    fields: fields(&it.fields),
                },
            ),
            TypeDefinition::Union(it) => (
                &it.name,
                &it.description,
                Kind::Union {
                    members: it.types.clone(),
                },
            ),
            TypeDefinition::Enum(it) => (
                &it.name,
                &it.description,
                Kind::Enum {
                    values: enum_values(&it.values),
                },
            ),
            TypeDefinition::InputObject(it) => (
                &it.name,
                &it.description,
                Kind::Input {
                    fields: input_fields(&it.fields),
                },
            ),
        };
        self.types.insert(
            name.clone(),
            Definitions {
                description: description.clone(),
                kind,
            },
        );
    }

    fn extend(&mut self, extension: &TypeExtension<'_, String>) {
        match extension {
            TypeExtension::Object(it) => {
                if let Some(Kind::Object {
                    fields: known,
                    implements,
                }) = self.kind_mut(&it.name)
                {
                    known.extend(fields(&it.fields));
                    implements.extend(it.implements_interfaces.iter().cloned());
                }
            }
            TypeExtension::Interface(it) => {
                if let Some(Kind::Interface { fields: known }) = self.kind_mut(&it.name) {
                    known.extend(fields(&it.fields));
                }
            }
            TypeExtension::Union(it) => {
                if let Some(Kind::Union { members }) = self.kind_mut(&it.name) {
                    members.extend(it.types.iter().cloned());
                }
            }
            TypeExtension::Enum(it) => {
                if let Some(Kind::Enum { values }) = self.kind_mut(&it.name) {
                    values.extend(enum_values(&it.values));
                }
            }
            TypeExtension::InputObject(it) => {
                if let Some(Kind::Input { fields: known }) = self.kind_mut(&it.name) {
                    known.extend(input_fields(&it.fields));
                }
            }
            TypeExtension::Scalar(_) => {}
        }
    }

    fn kind_mut(&mut self, name: &str) -> Option<&mut Kind> {
        self.types
            .get_mut(name)
            .map(|definition| &mut definition.kind)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Definitions> {
        self.types.get(name)
    }

    /// All types, by name, without those of GraphQL itself.
    pub(crate) fn types(&self) -> impl Iterator<Item = (&str, &Definitions)> {
        let own = self
            .types
            .iter()
            .filter(|(name, _)| !BUILT_IN_SCALARS.contains(&name.as_str()));
        own.map(|(name, definition)| (name.as_str(), definition))
    }

    pub(crate) fn root(&self, kind: OperationKind) -> Option<&str> {
        let [query, mutation, subscription] = &self.roots;
        match kind {
            OperationKind::Query => query.as_deref(),
            OperationKind::Mutation => mutation.as_deref(),
            OperationKind::Subscription => subscription.as_deref(),
        }
    }

    /// The fields that can be selected on a type.
    pub(crate) fn fields(&self, name: &str) -> &[FieldDefinition] {
        match self.get(name).map(|definition| &definition.kind) {
            Some(Kind::Object { fields, .. } | Kind::Interface { fields }) => fields,
            _ => &[],
        }
    }

    pub(crate) fn field(&self, on: &str, name: &str) -> Option<&FieldDefinition> {
        self.fields(on).iter().find(|field| field.name == name)
    }

    pub(crate) fn is_composite(&self, name: &str) -> bool {
        let kind = self.get(name).map(|definition| &definition.kind);
        matches!(
            kind,
            Some(Kind::Object { .. } | Kind::Interface { .. } | Kind::Union { .. })
        )
    }

    pub(crate) fn is_abstract(&self, name: &str) -> bool {
        let kind = self.get(name).map(|definition| &definition.kind);
        matches!(kind, Some(Kind::Interface { .. } | Kind::Union { .. }))
    }

    /// The objects that a value of the type can be.
    pub(crate) fn possible_types(&self, name: &str) -> BTreeSet<&str> {
        match self.get(name).map(|definition| &definition.kind) {
            Some(Kind::Object { .. }) => self
                .types
                .get_key_value(name)
                .map(|(name, _)| name.as_str())
                .into_iter()
                .collect(),
            Some(Kind::Union { members }) => members.iter().map(String::as_str).collect(),
            Some(Kind::Interface { .. }) => {
                let implements = |kind: &Kind| matches!(kind, Kind::Object { implements, .. } if implements.iter().any(|i| i == name));
                self.types
                    .iter()
                    .filter(|(_, it)| implements(&it.kind))
                    .map(|(name, _)| name.as_str())
                    .collect()
            }
            _ => BTreeSet::new(),
        }
    }
}

fn fields(parsed: &[Field<'_, String>]) -> Vec<FieldDefinition> {
    let field = |it: &Field<'_, String>| FieldDefinition {
        name: it.name.clone(),
        description: it.description.clone(),
        ty: ty(&it.field_type),
        arguments: input_fields(&it.arguments),
        deprecated: deprecated(&it.directives),
    };
    parsed.iter().map(field).collect()
}

fn input_fields(parsed: &[InputValue<'_, String>]) -> Vec<InputField> {
    let field = |it: &InputValue<'_, String>| InputField {
        name: it.name.clone(),
        description: it.description.clone(),
        ty: ty(&it.value_type),
        default: it.default_value.as_ref().map(ToString::to_string),
        deprecated: deprecated(&it.directives),
    };
    parsed.iter().map(field).collect()
}

fn enum_values(parsed: &[graphql_parser::schema::EnumValue<'_, String>]) -> Vec<EnumValue> {
    let value = |it: &graphql_parser::schema::EnumValue<'_, String>| EnumValue {
        name: it.name.clone(),
        description: it.description.clone(),
        deprecated: deprecated(&it.directives),
    };
    parsed.iter().map(value).collect()
}

fn ty(parsed: &ParsedType<'_, String>) -> Type {
    match parsed {
        ParsedType::NamedType(name) => Type::Named(name.clone()),
        ParsedType::ListType(inner) => Type::List(Box::new(ty(inner))),
        ParsedType::NonNullType(inner) => Type::NonNull(Box::new(ty(inner))),
    }
}

fn deprecated(directives: &[Directive<'_, String>]) -> Option<String> {
    let directive = directives
        .iter()
        .find(|directive| directive.name == "deprecated")?;
    let reason = directive
        .arguments
        .iter()
        .find_map(|(name, value)| match value {
            Value::String(reason) if name == "reason" => Some(reason.clone()),
            _ => None,
        });
    Some(reason.unwrap_or_else(|| "No longer supported".to_owned()))
}
