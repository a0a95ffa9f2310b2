//! Structs and enums of responses.

use std::fmt::Write as _;

use super::{Code, types::Types};
use crate::{
    document::Type,
    items::{Content, Field, Item, ItemKind, Variant},
    shape::TYPENAME,
};

/// Writes the types of one module; `fragments` is the path of the fragments from there.
pub(crate) fn write(items: &[Item], fragments: &str, types: &Types<'_>, code: &mut Code) {
    for item in items {
        let writer = Writer {
            item,
            fragments,
            types,
        };
        writer.write(code);
    }
}

/// Returns the path and the type of the only field below the only root field, as `pages.list`, if an operation selects
/// nothing else and the root field is never null.
pub(crate) fn single_field(items: &[Item], types: &Types<'_>) -> Option<(String, String)> {
    let only_field = |name: &str| {
        if let ItemKind::Struct(fields) = &items.iter().find(|it| it.name == name)?.kind
            && let [field] = fields.as_slice()
            && let Content::Selected { ty, object, .. } = &field.content
        {
            Some((&field.rust, types.selected(ty, object.as_ref())))
        } else {
            None
        }
    };
    // The type of a root field that can be null is not the name of an item.
    let (root, object) = only_field("ResponseData")?;
    let (field, ty) = only_field(&object)?;
    Some((format!("{root}.{field}"), ty))
}

/// The traits that all types of responses implement. The last can be implemented by a macro of the client instead.
const ALWAYS: [&str; 5] = ["Debug", "Clone", "PartialEq", "Serialize", "Deserialize"];

struct Writer<'a> {
    item: &'a Item,
    fragments: &'a str,
    types: &'a Types<'a>,
}

impl Writer<'_> {
    fn write(&self, code: &mut Code) {
        let (name, on) = (&self.item.name, &self.item.on);
        match &self.item.kind {
            ItemKind::Alias(fragment) => {
                let path = self.fragment(fragment);
                code.add(format!("pub type {name} = {path};"));
            }
            ItemKind::Struct(fields) => {
                if name != "ResponseData" {
                    code.doc([format!("Selected fields of a `{on}`.")]);
                }
                let is_derived = self.is_derived(fields);
                self.attributes(is_derived, code);
                code.add(format!("pub struct {name} {{"));
                for field in fields {
                    self.field(field, code);
                }
                code.add("}");
                if !is_derived {
                    self.decoder(fields, code);
                }
            }
            ItemKind::Enum(variants, unknown) => {
                code.doc([format!("A `{on}`, by the type of the object.")]);
                // serde decodes the enum, because `__typename` can stand behind the fields that depend on it.
                self.attributes(true, code);
                code.add(format!("#[serde(tag = \"{TYPENAME}\")]"));
                code.add(format!("pub enum {name} {{"));
                for variant in variants {
                    Self::variant(variant, code);
                }
                code.doc(["A type that the schema did not have when this was generated."]);
                // serde accepts `other` for a variant without content only, so the name of the unknown type is lost.
                code.add(format!("#[serde(other)]\n{unknown},\n}}"));
            }
        }
    }

    fn fragment(&self, name: &str) -> String {
        let rust = self.types.settings.fragment_name(name);
        format!("{}{rust}", self.fragments)
    }

    /// Returns `true` if serde's derive implements `Deserialize` for the struct, and `false` if the macro `object!`
    /// does, which compiles faster. The macro supports neither flattened fields nor serde attributes from the settings,
    /// and code for another runtime does not have it.
    fn is_derived(&self, fields: &[Field]) -> bool {
        let settings = self.types.settings;
        let attributes = settings.attributes.get(&self.item.name);
        // The macro decodes plain fields only, and `graphql_client` has no such macro.
        settings.runtime.is_some()
            || attributes.is_some_and(|them| them.iter().any(|it| it.contains("serde")))
            || fields
                .iter()
                .any(|it| !matches!(it.content, Content::Selected { .. }))
    }

    fn attributes(&self, is_derived: bool, code: &mut Code) {
        let settings = self.types.settings;
        let derived = if is_derived {
            ALWAYS.len()
        } else {
            ALWAYS.len() - 1
        };
        let (name, more) = (&self.item.name, &settings.derive_responses);
        settings.write_derives(name, ALWAYS.split_at(derived), more, code);
    }

    fn field(&self, field: &Field, code: &mut Code) {
        let rust = &field.rust;
        let (serde, ty) = match &field.content {
            Content::Fragment(name) => {
                code.doc([format!("Fields of the fragment `{name}`.")]);
                ("#[serde(flatten)] ".to_owned(), self.fragment(name))
            }
            Content::Variants(name) => {
                code.doc(["Type of the object, with the fields selected for this type only."]);
                ("#[serde(flatten)] ".to_owned(), name.clone())
            }
            Content::Selected {
                key,
                ty,
                object,
                description,
                deprecated,
            } => {
                code.description(description.as_deref());
                let settings = self.types.settings;
                settings.write_deprecated(deprecated.as_ref(), code);
                let rename = (rust != key).then(|| format!("#[serde(rename = \"{key}\")] "));
                let ty = self.types.selected(ty, object.as_ref());
                (rename.unwrap_or_default(), ty)
            }
        };
        code.add(format!("{serde}pub {rust}: {ty},"));
    }

    /// Writes the decoder of a struct. Lists have separate methods, which reserve less memory than `Vec` does.
    fn decoder(&self, fields: &[Field], code: &mut Code) {
        let object = self.types.settings.macro_path("object");
        let mut text = format!("{object}! {{ {}", self.item.name);
        for (index, field) in fields.iter().enumerate() {
            if let Content::Selected { key, ty, .. } = &field.content {
                let read = match ty {
                    Type::List(_) => "nullable_list",
                    Type::NonNull(inner) if matches!(**inner, Type::List(_)) => "list",
                    _ => "value",
                };
                let _ = write!(text, " {index} \"{key}\" {} {read},", field.rust);
            }
        }
        code.add(text + " }");
    }

    fn variant(variant: &Variant, code: &mut Code) {
        let (rust, object) = (&variant.rust, &variant.object);
        code.doc([format!("A `{object}`.")]);
        if rust != object {
            code.add(format!("#[serde(rename = \"{object}\")]"));
        }
        match &variant.content {
            Some(content) => code.add(format!("{rust}({content}),")),
            None => code.add(format!("{rust},")),
        }
    }
}
