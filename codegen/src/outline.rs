//! The Rust types that graphql_client makes of a shape, by name: what to document them with, and which would clash.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase as _;

use crate::{
    Diagnostic,
    documents::Documents,
    names, rules,
    schema::{Kind, Schema},
    shape::{FieldShape, Item, Shape},
};

/// What there is to say of the types of one module.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// By type, then by field.
    pub(crate) types: BTreeMap<String, TypeOutline>,
}

#[derive(Debug)]
pub(crate) struct TypeOutline {
    /// The GraphQL type.
    pub(crate) on: String,
    pub(crate) fields: BTreeMap<String, FieldOutline>,
}

#[derive(Debug)]
pub(crate) struct FieldOutline {
    pub(crate) ty: String,
    pub(crate) made_optional: bool,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
}

/// Walks shapes as graphql_client does, giving the names that it gives.
pub(crate) struct Outliner<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) documents: &'a Documents,
    pub(crate) taken: &'a BTreeMap<String, &'static str>,
    pub(crate) outline: Outline,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The Rust names that generated modules refer to, and what has them.
pub(crate) fn taken(schema: &Schema, documents: &Documents) -> BTreeMap<String, &'static str> {
    let shared = schema
        .types()
        .filter(|(_, it)| matches!(it.kind, Kind::Enum { .. } | Kind::Scalar));
    let shared = shared
        .filter_map(|(name, _)| Some((names::type_name(name)?, "an enum or scalar of the schema")));
    let fragments = documents
        .fragments()
        .filter_map(|(_, it)| Some((names::type_name(&it.name.text)?, "a fragment")));
    shared.chain(fragments).collect()
}

impl<'a> Outliner<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        documents: &'a Documents,
        taken: &'a BTreeMap<String, &'static str>,
    ) -> Self {
        Self {
            schema,
            documents,
            taken,
            outline: Outline::default(),
            diagnostics: Vec::new(),
        }
    }

    /// A shape whose Rust type is `name` and whose inner types begin with `prefix`.
    pub(crate) fn add(&mut self, name: &str, prefix: &str, shape: &Shape) {
        let fields = self.fields(shape);
        self.outline.types.insert(
            name.to_owned(),
            TypeOutline {
                on: shape.on.clone(),
                fields,
            },
        );
        for field in shape.fields() {
            if let Some(children) = &field.children {
                let inner = format!("{prefix}{}", field.key.to_upper_camel_case());
                self.refuse_clash(&inner, field);
                self.add(&inner, &inner, children);
            }
        }
        for (ty, variant) in &shape.variants {
            let inner = format!("{prefix}On{ty}");
            self.add(
                &inner,
                &format!("{prefix}On{}", ty.to_upper_camel_case()),
                variant,
            );
        }
    }

    fn fields(&mut self, shape: &Shape) -> BTreeMap<String, FieldOutline> {
        let mut fields = BTreeMap::new();
        let mut keys: BTreeMap<String, &str> = BTreeMap::new();
        for field in shape.fields() {
            let Some(rust) = names::field_name(&field.key) else {
                let message = format!(
                    "`{}` leaves nothing for the name of a Rust field",
                    field.key
                );
                self.refuse(
                    field,
                    message,
                    format!("give it an alias: `value: {}`", field.name),
                );
                continue;
            };
            if let Some(other) = keys.insert(rust.clone(), &field.key) {
                let message = format!(
                    "`{}` and `{other}` would both be the Rust field `{rust}`",
                    field.key
                );
                self.refuse(field, message, "give one of them an alias".to_owned());
            }
            let definition = self.schema.field(&shape.on, &field.name);
            let outline = FieldOutline {
                ty: field.ty.to_string(),
                made_optional: field.made_optional,
                description: definition.and_then(|it| it.description.clone()),
                deprecated: definition.and_then(|it| it.deprecated.clone()),
            };
            fields.insert(rust, outline);
        }
        fields
    }

    fn refuse(&mut self, field: &FieldShape, message: String, help: String) {
        self.diagnostics.extend(
            self.documents
                .error(field.file, field.span, message)
                .map(|it| it.rule(rules::RUST_FIELDS).help(help)),
        );
    }

    /// A type of the same name as another one, or as what the module refers to, would not compile.
    fn refuse_clash(&mut self, name: &str, field: &FieldShape) {
        let taken_by = if self.outline.types.contains_key(name) || name == "Variables" {
            Some("another selection of this operation")
        } else {
            self.taken.get(name).copied()
        };
        if let Some(other) = taken_by {
            let message = format!(
                "the Rust type of `{}` would be named `{name}`, as is {other}",
                field.key
            );
            self.refuse(
                field,
                message,
                format!(
                    "give the field an alias, such as `{}Data: {}`",
                    field.key, field.name
                ),
            );
        }
    }
}

/// The fragments that a shape refers to as types.
pub(crate) fn spreads(shape: &Shape, found: &mut std::collections::BTreeSet<String>) {
    for item in &shape.items {
        match item {
            Item::Spread(name) => {
                found.insert(name.clone());
            }
            Item::Field(field) => {
                if let Some(children) = &field.children {
                    spreads(children, found);
                }
            }
        }
    }
    for (_, variant) in &shape.variants {
        spreads(variant, found);
    }
}
