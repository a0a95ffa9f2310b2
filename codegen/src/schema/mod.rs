//! The schema, and look-ups in it.

mod sdl;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    Diagnostic, Error,
    document::{OperationKind, Span, Type},
    source::Source,
};

/// The scalars that GraphQL itself defines.
const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// The directives that GraphQL itself defines for documents.
// `@deprecated`, `@specifiedBy` and `@oneOf` stand in schemas only, where this crate does not validate directives.
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
    /// The files, each with the places of definitions that repeat built-in scalars and introspection types.
    pub(crate) files: Vec<(Source, Vec<Span>)>,
    /// These places in the file that is being read.
    redefined_built_ins: Vec<Span>,
    /// The first mistake in the file that is being read.
    mistake: Option<(Span, String)>,
    /// The coordinates that some release of the server lacks.
    newer: BTreeSet<&'static str>,
    /// Name of the schema in messages.
    pub(crate) name: String,
}

/// A type, or an extension of one. Lists that its kind does not have are empty.
#[derive(Debug, Default)]
pub(crate) struct TypeDefinition {
    pub(crate) kind: Kind,
    pub(crate) description: Option<String>,
    /// An input object of which exactly one field is given.
    pub(crate) is_one_of: bool,
    /// Fields of an object or interface.
    fields: Vec<FieldDefinition>,
    /// Interfaces of an object.
    implements: Vec<String>,
    /// Objects of a union.
    members: Vec<String>,
    pub(crate) values: Vec<EnumValue>,
    pub(crate) input_fields: Vec<InputField>,
    span: Span,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    Input,
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
                // Levels count lists only: an exclamation mark is no level.
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
    pub(crate) fn parse(sdl: Source, extensions: Vec<Source>) -> Result<Self, Error> {
        let mut schema = Self {
            name: sdl.path.display().to_string(),
            ..Self::default()
        };
        for name in BUILT_IN_SCALARS {
            let scalar = TypeDefinition::default();
            schema.types.insert(name.to_owned(), scalar);
        }
        sdl::read(BUILT_IN_DIRECTIVES, &mut schema)
            .map_err(|error| invalid(&sdl.path, error.message))?;
        for source in std::iter::once(sdl).chain(extensions) {
            let invalid = |error: &Diagnostic| invalid(&source.path, error.to_string());
            sdl::read(&source.text, &mut schema)
                .map_err(|error| invalid(&Diagnostic::syntax_error(&source, &error)))?;
            if let Some((span, message)) = schema.mistake.take() {
                return Err(invalid(&Diagnostic::error(&source, span, message)));
            }
            let redefined = std::mem::take(&mut schema.redefined_built_ins);
            schema.files.push((source, redefined));
        }
        // Without a `schema` definition, root types are recognized by their names.
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
        // SDL from introspection often spells out the built-in scalars and the `__` types.
        if Self::is_built_in(&name) || name.starts_with("__") {
            self.redefined_built_ins.push(definition.span);
        } else {
            let (span, twice) = (definition.span, format!("`{name}` is defined twice"));
            if self.types.insert(name, definition).is_some() {
                self.mistake.get_or_insert((span, twice));
            }
        }
    }

    fn all_possible_types(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut possible: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |ty: &str, object: &str| {
            let objects = possible.entry(ty.to_owned()).or_default();
            objects.insert(object.to_owned());
        };
        for (name, definition) in &self.types {
            if definition.kind == Kind::Object {
                // An interface of interfaces needs no special case: the specification makes an object list all of
                // them.
                let interfaces = definition.implements.iter();
                interfaces.chain([name]).for_each(|it| add(it, name));
            }
            for member in &definition.members {
                add(name, member);
            }
        }
        possible
    }

    pub(crate) fn get(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name)
    }

    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        Some(self.get(name)?.kind)
    }

    /// Returns the types that the schema has of these, and the types of all fields of the input objects among them.
    pub(crate) fn with_input_fields<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> BTreeSet<&str> {
        let known = |name: &'n str| Some(self.types.get_key_value(name)?.0.as_str());
        let mut open: Vec<&str> = names.into_iter().filter_map(known).collect();
        let mut found = BTreeSet::new();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(self.input_fields(name).iter().map(|it| it.ty.name()));
            }
        }
        found
    }

    /// Returns the names of all types, without the built-in ones.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        let names = self.types.keys().map(String::as_str);
        names.filter(|name| !Self::is_built_in(name))
    }

    pub(crate) fn is_built_in(name: &str) -> bool {
        BUILT_IN_SCALARS.contains(&name)
    }

    pub(crate) fn is_custom_scalar(&self, name: &str) -> bool {
        self.kind(name) == Some(Kind::Scalar) && !Self::is_built_in(name)
    }

    /// Returns `true` if the type can be sent: a scalar, an enum or an input object.
    pub(crate) fn is_input(&self, name: &str) -> bool {
        self.get(name).is_some() && !self.is_composite(name)
    }

    pub(crate) fn root(&self, kind: OperationKind) -> Option<&str> {
        // The variants of `OperationKind` have the order of `roots`.
        self.roots.get(kind as usize)?.as_deref()
    }

    /// Returns the fields that can be selected on a type.
    pub(crate) fn fields(&self, name: &str) -> &[FieldDefinition] {
        self.get(name).map_or(&[], |it| &it.fields)
    }

    pub(crate) fn input_fields(&self, name: &str) -> &[InputField] {
        self.get(name).map_or(&[], |it| &it.input_fields)
    }

    pub(crate) fn field(&self, on: &str, name: &str) -> Option<&FieldDefinition> {
        self.fields(on).iter().find(|field| field.name == name)
    }

    pub(crate) fn is_composite(&self, name: &str) -> bool {
        self.is_abstract(name) || self.kind(name) == Some(Kind::Object)
    }

    pub(crate) fn is_abstract(&self, name: &str) -> bool {
        matches!(self.kind(name), Some(Kind::Interface | Kind::Union))
    }

    /// Returns the possible object types of a value of the type.
    pub(crate) fn possible_types(&self, name: &str) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.possible.get(name).unwrap_or(&NONE)
    }
}

pub(crate) fn invalid(path: &Path, message: String) -> Error {
    Error::Schema {
        path: path.to_owned(),
        message,
    }
}
