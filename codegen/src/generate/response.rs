//! Response types by graphql_client_codegen.
//!
//! It reads a schema file and a document. Both are written for it from the shapes of this compile, so that it sees only
//! what it gets right: no arguments, no variables, no directives, each key once. What GraphQL cannot say (a field that a
//! condition may leave out, `__typename` as a field) it sees as a field of its own under the key as alias.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use graphql_client_codegen::{
    CodegenMode, GraphQLClientCodegenOptions, normalization::Normalization,
};

use crate::{
    Error,
    document::OperationKind,
    names,
    schema::{Kind, Schema},
    shape::{FieldShape, Item, Shape, TYPENAME},
};

/// What a field that may be left out is called in the schema that graphql_client reads.
const OPTIONAL: &str = "__optional";
/// What `__typename` is called there.
const TYPENAME_FIELD: &str = "typename__";

/// The schema file of one compile; it goes when this is dropped.
pub(crate) struct SchemaFile {
    path: PathBuf,
    enums: Vec<String>,
}

impl Drop for SchemaFile {
    fn drop(&mut self) {
        // A file that is left behind in a temporary folder does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

impl SchemaFile {
    /// Writes the part of the schema that the shapes need.
    pub(crate) fn write<'a>(
        schema: &Schema,
        shapes: impl IntoIterator<Item = &'a Shape>,
    ) -> Result<Self, Error> {
        // graphql_client keeps what it read by path, for the life of the process: no path may come twice.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut used = Used::default();
        for shape in shapes {
            used.add(shape);
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wikijs-codegen-{}-{count}.graphql", process::id());
        let path = env::var_os("OUT_DIR")
            .map_or_else(env::temp_dir, PathBuf::from)
            .join(name);
        fs::write(&path, used.sdl(schema)).map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })?;
        let is_enum = |kind: &Kind| matches!(kind, Kind::Enum { .. });
        let enums = schema
            .types()
            .filter(|(_, it)| is_enum(&it.kind))
            .map(|(name, _)| name.to_owned())
            .collect();
        Ok(Self { path, enums })
    }

    /// The items that graphql_client makes of a document.
    pub(crate) fn generate(&self, document: &str, name: &str) -> Result<syn::File, Error> {
        let failed = |message: String| Error::Generator {
            operation: name.to_owned(),
            message,
        };
        let path: &Path = &self.path;
        let options = self.options();
        let generated = graphql_client_codegen::generate_module_token_stream_from_string(
            document, path, options,
        );
        let tokens = generated.map_err(|error| failed(error.to_string()))?;
        syn::parse2(tokens).map_err(|error| failed(error.to_string()))
    }

    fn options(&self) -> GraphQLClientCodegenOptions {
        let mut options = GraphQLClientCodegenOptions::new(CodegenMode::Cli);
        options.set_normalization(Normalization::Rust);
        options.set_extern_enums(self.enums.clone());
        options.set_fragments_other_variant(true);
        options
    }
}

/// What the shapes select, by type.
#[derive(Default)]
struct Used {
    fields: BTreeMap<String, BTreeMap<String, String>>,
}

impl Used {
    fn add(&mut self, shape: &Shape) {
        let fields = self.fields.entry(shape.on.clone()).or_default();
        for field in shape.fields().filter(|field| !is_tag(shape, field)) {
            let ty = if field.made_optional {
                field.ty.nullable().to_string()
            } else {
                field.ty.to_string()
            };
            fields.insert(synthetic_name(field), ty);
        }
        for children in shape.fields().filter_map(|field| field.children.as_ref()) {
            self.add(children);
        }
        for (_, variant) in &shape.variants {
            self.add(variant);
        }
    }

    fn sdl(&self, schema: &Schema) -> String {
        let mut sdl = String::new();
        for (name, definition) in schema.types() {
            let _ = match &definition.kind {
                Kind::Scalar => writeln!(sdl, "scalar {name}"),
                Kind::Enum { .. } => writeln!(sdl, "enum {name} {{ NONE }}"),
                Kind::Union { members } => writeln!(sdl, "union {name} = {}", members.join(" | ")),
                Kind::Interface { .. } => {
                    writeln!(sdl, "interface {name} {{ {} }}", self.fields_of(name))
                }
                Kind::Object { implements, .. }
                    if implements.is_empty() && !self.needs(schema, name) =>
                {
                    Ok(())
                }
                Kind::Object { implements, .. } if implements.is_empty() => {
                    writeln!(sdl, "type {name} {{ {} }}", self.fields_of(name))
                }
                Kind::Object { implements, .. } => {
                    writeln!(
                        sdl,
                        "type {name} implements {} {{ {} }}",
                        implements.join(" & "),
                        self.fields_of(name)
                    )
                }
                Kind::Input { .. } => Ok(()),
            };
        }
        let roots = [
            OperationKind::Query,
            OperationKind::Mutation,
            OperationKind::Subscription,
        ];
        let roots = ["query", "mutation", "subscription"]
            .into_iter()
            .zip(roots.map(|kind| schema.root(kind)));
        sdl.push_str("schema {");
        for (keyword, name) in roots {
            if let Some(name) = name {
                let _ = write!(sdl, " {keyword}: {name}");
            }
        }
        sdl.push_str(" }\n");
        sdl
    }

    /// Whether a document can come by the object: graphql_client copies the schema for every operation.
    fn needs(&self, schema: &Schema, name: &str) -> bool {
        let in_union = |kind: &Kind| matches!(kind, Kind::Union { members } if members.iter().any(|it| it == name));
        let roots = [
            OperationKind::Query,
            OperationKind::Mutation,
            OperationKind::Subscription,
        ];
        self.fields.contains_key(name)
            || roots
                .into_iter()
                .any(|kind| schema.root(kind) == Some(name))
            || schema.types().any(|(_, it)| in_union(&it.kind))
    }

    fn fields_of(&self, name: &str) -> String {
        let fields = self
            .fields
            .get(name)
            .into_iter()
            .flatten()
            .map(|(name, ty)| format!("{name}: {ty}"));
        let fields: Vec<String> = fields
            .chain([format!("{TYPENAME_FIELD}: String!")])
            .collect();
        fields.join(" ")
    }
}

/// The tag of an interface's or union's variants is no field.
fn is_tag(shape: &Shape, field: &FieldShape) -> bool {
    field.key == TYPENAME && shape.is_tagged
}

fn synthetic_name(field: &FieldShape) -> String {
    match (field.name.as_str(), field.made_optional) {
        (TYPENAME, false) => TYPENAME_FIELD.to_owned(),
        (TYPENAME, true) => format!("{TYPENAME_FIELD}{OPTIONAL}"),
        (name, true) => format!("{name}{OPTIONAL}"),
        (name, false) => name.to_owned(),
    }
}

/// An operation whose answer has the shape, with an empty stand-in for each fragment that it spreads.
pub(crate) fn operation_document(
    keyword: &str,
    name: &str,
    shape: &Shape,
    spreads: &[(String, String)],
) -> String {
    let mut text = format!("{keyword} {name} ");
    print(shape, &mut text);
    for (fragment, on) in spreads {
        let _ = writeln!(
            text,
            "fragment {fragment} on {on} {{ __typename {TYPENAME_FIELD} }}"
        );
    }
    text
}

/// All fragments, in an operation that exists only to spread them: graphql_client does not look at its type.
pub(crate) fn fragments_document<'a>(
    host: &str,
    fragments: impl IntoIterator<Item = (String, &'a Shape)>,
) -> String {
    let (mut spreads, mut definitions) = (String::new(), String::new());
    for (name, shape) in fragments {
        let _ = write!(spreads, "...{name} ");
        let _ = write!(definitions, "fragment {name} on {} ", shape.on);
        print(shape, &mut definitions);
    }
    format!("query {host} {{ {TYPENAME_FIELD} {spreads} }}\n{definitions}")
}

/// The name under which graphql_client sees a fragment.
pub(crate) fn fragment_name(name: &str) -> String {
    names::type_name(name).unwrap_or_else(|| name.to_owned())
}

fn print(shape: &Shape, text: &mut String) {
    text.push_str("{ ");
    let only_a_spread =
        matches!(shape.items.as_slice(), [Item::Spread(_)]) && shape.variants.is_empty();
    if shape.is_tagged && !only_a_spread {
        text.push_str("__typename ");
    }
    for item in &shape.items {
        match item {
            Item::Spread(name) => {
                let _ = write!(text, "...{} ", fragment_name(name));
            }
            Item::Field(field) if is_tag(shape, field) => {}
            Item::Field(field) => {
                let _ = write!(text, "{}: {} ", field.key, synthetic_name(field));
                if let Some(children) = &field.children {
                    print(children, text);
                }
            }
        }
    }
    for (ty, variant) in shape
        .variants
        .iter()
        .filter(|(_, variant)| !variant.items.is_empty())
    {
        let _ = write!(text, "... on {ty} ");
        print(variant, text);
    }
    text.push_str("} ");
}
