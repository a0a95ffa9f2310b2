//! The Rust types of a shape, and errors for shapes that cannot have Rust types.

use std::collections::{BTreeSet, HashMap};

use crate::{
    Diagnostic,
    config::Settings,
    diagnostic::Help,
    names, rules,
    schema::Schema,
    shape::{FieldShape, Item as Selected, Shape, TYPENAME},
};

/// A Rust type of a response.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) name: String,
    /// The GraphQL type.
    pub(crate) on: String,
    pub(crate) kind: ItemKind,
}

#[derive(Debug)]
pub(crate) enum ItemKind {
    Struct(Vec<Field>),
    /// One of several objects, distinguished by `__typename`: the variants, and the name of the variant for an unknown
    /// object.
    Enum(Vec<Variant>, String),
    /// Another name of this fragment.
    Alias(String),
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) rust: String,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Selected {
        key: String,
        ty: crate::document::Type,
        /// The Rust type of an object, in the same module.
        object: Option<String>,
        description: Option<String>,
        deprecated: Option<String>,
    },
    /// The fields of this fragment.
    Fragment(String),
    /// The enum of the variants, in the same module.
    Variants(String),
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) rust: String,
    /// The GraphQL type.
    pub(crate) object: String,
    /// The Rust type of the fields that are selected only for this object.
    pub(crate) content: Option<String>,
}

/// Creates the types of one module.
pub(crate) struct Items<'a> {
    schema: &'a Schema,
    settings: &'a Settings,
    pub(crate) made: Vec<Item>,
    /// The names of the module so far.
    taken: BTreeSet<String>,
    /// The original names of the types that the settings rename.
    pub(crate) renamed: Vec<String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Items<'a> {
    /// Creates an empty collection. `taken` are the other names of the module.
    pub(crate) fn new(
        schema: &'a Schema,
        settings: &'a Settings,
        taken: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            schema,
            settings,
            made: Vec::new(),
            taken: taken.into_iter().collect(),
            renamed: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Adds a shape whose Rust type is `name` and whose inner types begin with `prefix`.
    pub(crate) fn add(&mut self, name: &str, prefix: &str, shape: &Shape<'_>) {
        let kind = if let ([Selected::Spread(fragment)], true) =
            (shape.items.as_slice(), shape.variants.is_empty())
        {
            // A struct of its own would have the same fields as that of the fragment.
            ItemKind::Alias((*fragment).to_owned())
        } else if shape.is_tagged && shape.items.iter().all(is_tag) {
            self.variants(prefix, shape)
        } else {
            let place = self.made.len();
            let mut fields = self.fields(prefix, shape);
            if shape.is_tagged {
                let inner = self.unused_name(format!("{prefix}On"));
                let kind = self.variants(prefix, shape);
                let (name, on) = (inner.clone(), shape.on.clone());
                self.made.insert(place, Item { name, on, kind });
                add_field(&mut fields, "on".to_owned(), Content::Variants(inner));
            }
            ItemKind::Struct(fields)
        };
        self.made.push(Item {
            name: name.to_owned(),
            on: shape.on.clone(),
            kind,
        });
    }

    /// Returns the name of an inner type, renamed by the settings.
    fn renamed(&mut self, name: String) -> String {
        match self.settings.renames.get(&name) {
            Some(rename) => {
                self.renamed.push(name);
                rename.clone()
            }
            None => name,
        }
    }

    /// Returns a name that the module does not have yet.
    fn unused_name(&mut self, name: String) -> String {
        let mut name = self.renamed(name);
        // The name comes from the schema and not from the document, so its author cannot change it by an alias.
        while names::is_prelude(&name) || !self.taken.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    fn fields(&mut self, prefix: &str, shape: &Shape<'_>) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut keys: HashMap<String, &str> = HashMap::new();
        for field in shape.fields() {
            let (key, name) = (field.key.text.as_str(), field.name);
            let Some(rust) = names::field_name(key) else {
                let message = format!("`{key}` leaves nothing for the name of a Rust field");
                let help = format!("give it an alias: `value: {name}`");
                self.refuse(field, message, help);
                continue;
            };
            if let Some(other) = keys.insert(rust.clone(), key) {
                let message =
                    format!("`{key}` and `{other}` would both be the Rust field `{rust}`");
                self.refuse(field, message, "give one of them an alias");
            }
            // `__typename` is decoded by the enum of the variants.
            if shape.is_tagged && key == TYPENAME {
                continue;
            }
            let definition = self.schema.field(&shape.on, name);
            let object = field.children.as_ref().map(|children| {
                let inner = self.renamed(format!("{prefix}{}", names::camel(key)));
                self.reserve_name(&inner, field);
                self.add(&inner, &inner, children);
                inner
            });
            fields.push(Field {
                rust,
                content: Content::Selected {
                    key: key.to_owned(),
                    ty: field.ty.clone(),
                    object,
                    description: definition.and_then(|it| it.description.clone()),
                    deprecated: definition.and_then(|it| it.deprecated.clone()),
                },
            });
        }
        for item in &shape.items {
            if let Selected::Spread(name) = item {
                let mut rust = names::field_name(name).unwrap_or_default();
                // A fragment can have the name of a key that is selected beside it.
                if keys.contains_key(&rust) {
                    rust.push_str("_fragment");
                }
                add_field(&mut fields, rust, Content::Fragment((*name).to_owned()));
            }
        }
        fields
    }

    fn variants(&mut self, prefix: &str, shape: &Shape<'_>) -> ItemKind {
        let mut taken = Vec::new();
        let mut variants = Vec::new();
        for object in self.schema.possible_types(&shape.on) {
            let rust = names::variant_name(object, &taken);
            taken.push(rust.clone());
            let selected = shape.variants.iter().find(|(ty, _)| ty == object);
            let content = selected
                .filter(|(_, variant)| !variant.items.is_empty())
                .map(|(_, variant)| {
                    let name = self.unused_name(format!("{prefix}On{}", names::camel(object)));
                    self.add(&name, &name, variant);
                    name
                });
            variants.push(Variant {
                rust,
                object: object.clone(),
                content,
            });
        }
        // A newer server may return objects that this schema does not have.
        let unknown = names::unique(Some("Unknown".to_owned()), "Unknown", &taken);
        ItemKind::Enum(variants, unknown)
    }

    fn refuse(&mut self, field: &FieldShape<'_>, message: String, help: impl Help) {
        let error = Diagnostic::error(field.file, field.key.span, message);
        self.diagnostics
            .push(error.rule(rules::RUST_FIELDS).help(help));
    }

    /// Reserves a name, which must be unique in the module.
    fn reserve_name(&mut self, name: &str, field: &FieldShape<'_>) {
        // The name comes from a key of the document, whose author can write an alias.
        let other = if names::is_prelude(name) {
            "a type of Rust itself"
        } else if !self.taken.insert(name.to_owned()) {
            "another type of the same module"
        } else {
            return;
        };
        let key = &field.key;
        let message = format!("the Rust type of `{key}` would be named `{name}`, as is {other}");
        let help = format!(
            "give the field an alias, such as `{key}Data: {}`",
            field.name
        );
        self.refuse(field, message, help);
    }
}

/// Adds a field under this name, or under an unused one.
fn add_field(fields: &mut Vec<Field>, rust: String, content: Content) {
    let taken: Vec<String> = fields.iter().map(|it| it.rust.clone()).collect();
    let rust = names::unique(Some(rust), "", &taken);
    fields.push(Field { rust, content });
}

fn is_tag(item: &Selected<'_>) -> bool {
    matches!(item, Selected::Field(field) if field.key.text == TYPENAME)
}
