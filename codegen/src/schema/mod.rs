//! The schema, and look-ups in it.

mod sdl;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

#[cfg(feature = "check")]
pub(crate) use self::sdl::for_apollo;
use crate::{
    Diagnostic, Error,
    document::{OperationKind, Span, Type, parser::ParseError},
    source::Source,
};

/// The scalars that GraphQL itself defines.
const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// The directives that GraphQL itself defines for documents.
const BUILT_IN_DIRECTIVES: &str =
    "directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT";

/// A schema: its types by name, with the extensions applied.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    types: BTreeMap<String, TypeDefinition>,
    roots: [Option<String>; 3],
    has_definition: bool,
    pub(crate) directives: BTreeMap<String, DirectiveDefinition>,
    /// The objects that a value of an interface or union can be.
    possible: BTreeMap<String, BTreeSet<String>>,
    /// Places of definitions in the schema that repeat built-in scalars and introspection types.
    redefined_built_ins: Vec<Span>,
    mistakes: Vec<(Span, String)>,
    /// The coordinates that some release of the server lacks.
    newer: BTreeSet<&'static str>,
    /// Name of the schema in messages.
    pub(crate) name: String,
}

#[derive(Debug)]
pub(crate) struct TypeDefinition {
    pub(crate) description: Option<String>,
    pub(crate) kind: Kind,
    /// An input object of which exactly one field is given.
    pub(crate) is_one_of: bool,
    span: Span,
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
pub(crate) struct DirectiveDefinition {
    pub(crate) arguments: Vec<InputField>,
    pub(crate) is_repeatable: bool,
    pub(crate) locations: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct FieldDefinition {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) ty: Type,
    pub(crate) arguments: Vec<InputField>,
    pub(crate) deprecated: Option<String>,
}

impl FieldDefinition {
    /// Marks levels of the type as never null: 0 is the field itself, 1 the items of its list. Returns `false` if
    /// the type has no such level.
    fn never_null(&mut self, levels: &[usize]) -> bool {
        let mut fits = true;
        for level in levels {
            let mut ty = &mut self.ty;
            for _ in 0..*level {
                if let Type::NonNull(inner) = ty {
                    ty = inner;
                }
                match ty {
                    Type::List(item) => ty = item,
                    _ => fits = false,
                }
            }
            if fits && ty.is_nullable() {
                *ty = Type::NonNull(Box::new(ty.clone()));
            }
        }
        fits
    }
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

impl InputField {
    pub(crate) fn is_required(&self) -> bool {
        !self.ty.is_nullable() && self.default.is_none()
    }
}

#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: Option<String>,
}

impl Schema {
    /// Reads SDL, and then the files that extend it.
    pub(crate) fn parse(sdl: &Source, extensions: &[Source]) -> Result<Self, Error> {
        let mut schema = Self {
            name: sdl.path.display().to_string(),
            ..Self::default()
        };
        for name in BUILT_IN_SCALARS {
            let definition = TypeDefinition {
                description: None,
                kind: Kind::Scalar,
                is_one_of: false,
                span: Span { start: 0, end: 0 },
            };
            schema.types.insert(name.to_owned(), definition);
        }
        let built_in = sdl::read(BUILT_IN_DIRECTIVES, &mut schema);
        built_in.map_err(|error| syntax_error(sdl, &error))?;
        for source in std::iter::once(sdl).chain(extensions) {
            sdl::read(&source.text, &mut schema).map_err(|error| syntax_error(source, &error))?;
            let mistakes = std::mem::take(&mut schema.mistakes).into_iter();
            let errors: Vec<Diagnostic> = mistakes
                .map(|(span, message)| Diagnostic::error(source, span, message))
                .collect();
            if let Some(first) = errors.first() {
                return Err(invalid(&source.path, first.to_string()));
            }
        }
        if !schema.has_definition {
            schema.roots = ["Query", "Mutation", "Subscription"]
                .map(|name| schema.types.contains_key(name).then(|| name.to_owned()));
        }
        schema.possible = schema.all_possible_types();
        Ok(schema)
    }

    /// Sets the coordinates that some release of the server lacks.
    pub(crate) fn set_newer(&mut self, coordinates: impl IntoIterator<Item = &'static str>) {
        self.newer.extend(coordinates);
    }

    /// Returns `true` if the differences of older releases of the server are known.
    pub(crate) fn has_history(&self) -> bool {
        !self.newer.is_empty()
    }

    /// Returns `true` if some release of the server lacks the field or argument at a coordinate.
    pub(crate) fn is_newer(&self, coordinate: &str) -> bool {
        self.newer.contains(coordinate)
    }

    fn define(&mut self, name: String, definition: TypeDefinition) {
        if BUILT_IN_SCALARS.contains(&name.as_str()) || name.starts_with("__") {
            self.redefined_built_ins.push(definition.span);
        } else {
            let (span, twice) = (definition.span, format!("`{name}` is defined twice"));
            if self.types.insert(name, definition).is_some() {
                self.mistakes.push((span, twice));
            }
        }
    }

    fn all_possible_types(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut possible: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, definition) in &self.types {
            match &definition.kind {
                Kind::Object { implements, .. } => {
                    for interface in implements.iter().chain([name]) {
                        possible
                            .entry(interface.clone())
                            .or_default()
                            .insert(name.clone());
                    }
                }
                Kind::Union { members } => {
                    possible.insert(name.clone(), members.iter().cloned().collect());
                }
                _ => {}
            }
        }
        possible
    }

    pub(crate) fn get(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name)
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&Kind> {
        self.get(name).map(|definition| &definition.kind)
    }

    /// Returns the name with the lifetime of the schema.
    pub(crate) fn known_name(&self, name: &str) -> Option<&str> {
        Some(self.types.get_key_value(name)?.0)
    }

    /// Returns the names of all types, without the built-in ones.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        let names = self.types.keys().map(String::as_str);
        names.filter(|name| !Self::is_built_in(name))
    }

    pub(crate) fn is_built_in(name: &str) -> bool {
        BUILT_IN_SCALARS.contains(&name)
    }

    /// Returns `true` if the type can be sent: a scalar, an enum or an input object.
    pub(crate) fn is_input(&self, name: &str) -> bool {
        self.get(name).is_some() && !self.is_composite(name)
    }

    pub(crate) fn root(&self, kind: OperationKind) -> Option<&str> {
        self.roots.get(kind as usize)?.as_deref()
    }

    /// Returns the fields that can be selected on a type.
    pub(crate) fn fields(&self, name: &str) -> &[FieldDefinition] {
        match self.kind(name) {
            Some(Kind::Object { fields, .. } | Kind::Interface { fields }) => fields,
            _ => &[],
        }
    }

    pub(crate) fn field(&self, on: &str, name: &str) -> Option<&FieldDefinition> {
        self.fields(on).iter().find(|field| field.name == name)
    }

    pub(crate) fn is_composite(&self, name: &str) -> bool {
        self.is_abstract(name) || matches!(self.kind(name), Some(Kind::Object { .. }))
    }

    pub(crate) fn is_abstract(&self, name: &str) -> bool {
        matches!(
            self.kind(name),
            Some(Kind::Interface { .. } | Kind::Union { .. })
        )
    }

    /// Returns the possible object types of a value of the type.
    pub(crate) fn possible_types(&self, name: &str) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.possible.get(name).unwrap_or(&NONE)
    }
}

fn syntax_error(source: &Source, error: &ParseError) -> Error {
    let message = format!("syntax error: {}", error.message);
    let diagnostic = Diagnostic::error(source, error.span, message);
    invalid(&source.path, diagnostic.to_string())
}

pub(crate) fn invalid(path: &Path, message: String) -> Error {
    Error::Schema {
        path: path.to_owned(),
        message,
    }
}
