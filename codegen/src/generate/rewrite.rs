//! Turns what graphql_client generated into what this project generates: shared types by their path, documentation,
//! derives through the client's own serde.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::{
    Attribute, Field, Fields, GenericArgument, Item, ItemEnum, ItemStruct, ItemType, PathArguments,
    TypePath, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{docs, types::Types};
use crate::{
    names,
    outline::{FieldOutline, Outline},
};

/// Rewrites the items of one module.
pub(crate) struct Rewriter<'a> {
    types: &'a Types<'a>,
    /// Fragments that stand in another module, by the name that graphql_client gives them.
    fragment_paths: BTreeMap<String, syn::Path>,
    outline: &'a Outline,
}

impl<'a> Rewriter<'a> {
    /// `fragments` are the Rust names of those that stand in another module.
    pub(crate) fn new(
        types: &'a Types<'a>,
        fragments: &BTreeSet<String>,
        outline: &'a Outline,
    ) -> Self {
        let mut fragment_paths: BTreeMap<String, syn::Path> = BTreeMap::new();
        for name in fragments {
            let ident = format_ident!("{name}");
            fragment_paths.insert(name.clone(), parse_quote!(super::fragments::#ident));
        }
        Self {
            types,
            fragment_paths,
            outline,
        }
    }

    /// The item with everything in its place; none where another module has it, or this project makes its own.
    pub(crate) fn item(&mut self, item: Item) -> Option<TokenStream> {
        match item {
            Item::Struct(item) if item.ident != "Variables" && !self.is_elsewhere(&item.ident) => {
                Some(self.r#struct(item))
            }
            Item::Enum(item) => Some(self.r#enum(item)),
            Item::Type(item)
                if matches!(item.vis, syn::Visibility::Public(_))
                    && !self.is_elsewhere(&item.ident) =>
            {
                Some(self.alias(item))
            }
            _ => None,
        }
    }

    fn is_elsewhere(&self, ident: &syn::Ident) -> bool {
        self.path(ident).is_some()
    }

    /// Where a type stands that graphql_client takes for one of the module's own.
    fn path(&self, ident: &syn::Ident) -> Option<&syn::Path> {
        let name = ident.to_string();
        self.fragment_paths
            .get(&name)
            .or_else(|| self.types.paths.get(&name))
    }

    fn derive(&self) -> TokenStream {
        let (serde, serde_text) = (self.types.serde(), self.types.serde_text());
        quote! {
            #[derive(Debug, Clone, PartialEq, #serde::Deserialize)]
            #[serde(crate = #serde_text)]
        }
    }

    fn type_docs(&self, name: &str) -> TokenStream {
        let on = self
            .outline
            .types
            .get(name)
            .map(|outline| outline.on.as_str());
        docs::doc([match (name, on) {
            ("ResponseData", _) => "What the operation answers.".to_owned(),
            (_, Some(on)) => format!("What is selected of a `{on}`."),
            (_, None) => "Which of the possible types was answered.".to_owned(),
        }])
    }

    fn r#struct(&mut self, mut item: ItemStruct) -> TokenStream {
        self.visit_fields_mut(&mut item.fields);
        let name = item.ident.to_string();
        let (docs, derive) = (self.type_docs(&name), self.derive());
        item.attrs.clear();
        if let Fields::Named(fields) = &mut item.fields {
            let plain: BTreeSet<String> = fields
                .named
                .iter()
                .filter(|it| !is_flattened(it))
                .filter_map(name_of)
                .collect();
            for field in &mut fields.named {
                self.field(&name, field, &plain);
            }
        }
        quote!(#docs #derive #item)
    }

    fn field(&self, owner: &str, field: &mut Field, plain: &BTreeSet<String>) {
        let Some(rust) = name_of(field) else { return };
        let outline = self
            .outline
            .types
            .get(owner)
            .and_then(|outline| outline.fields.get(&rust_name(&rust)));
        field
            .attrs
            .retain(|attribute| attribute.path().is_ident("serde"));
        let docs = if is_flattened(field) {
            if plain.contains(&rust) {
                field.ident = Some(format_ident!("{rust}_fragment"));
            }
            docs::doc([format!(
                "What the fragment `{}` selects.",
                last_segment(&field.ty)
            )])
        } else if let Some(outline) = outline {
            let deprecated = docs::deprecated(outline.deprecated.as_ref());
            let docs = field_docs(outline);
            quote!(#docs #deprecated)
        } else {
            docs::doc([
                "Which of the possible types was answered, with what is selected of it alone.",
            ])
        };
        // graphql_client does not know the newest keyword.
        if names::is_keyword(&rust) {
            field.ident = Some(format_ident!("{}", rust_name(&rust)));
            if !field
                .attrs
                .iter()
                .any(|attribute| attribute.to_token_stream().to_string().contains("rename"))
            {
                field.attrs.push(parse_quote!(#[serde(rename = #rust)]));
            }
        }
        field.attrs.extend(self.list_decoder(&field.ty));
        let mut attributes: Vec<Attribute> = parse_quote!(#docs);
        attributes.append(&mut field.attrs);
        field.attrs = attributes;
    }

    /// How a list is decoded: by the client, which gives it no more room than it needs.
    fn list_decoder(&self, ty: &syn::Type) -> Option<Attribute> {
        if is_a(ty, "Vec").is_some() {
            let list = self.types.list_decoder("list");
            return Some(parse_quote!(#[serde(deserialize_with = #list)]));
        }
        is_a(is_a(ty, "Option")?, "Vec")?;
        let list = self.types.list_decoder("nullable_list");
        Some(parse_quote!(#[serde(default, deserialize_with = #list)]))
    }

    fn r#enum(&mut self, mut item: ItemEnum) -> TokenStream {
        let name = item.ident.to_string();
        let (docs, derive) = (self.type_docs(&name), self.derive());
        item.attrs
            .retain(|attribute| attribute.path().is_ident("serde"));
        for variant in &mut item.variants {
            self.visit_fields_mut(&mut variant.fields);
            let text = if variant.attrs.is_empty() {
                format!("A `{}`.", variant.ident)
            } else {
                "A type that the schema did not have when this was generated.".to_owned()
            };
            let docs = docs::doc([text]);
            let mut attributes: Vec<Attribute> = parse_quote!(#docs);
            attributes.append(&mut variant.attrs);
            variant.attrs = attributes;
        }
        quote!(#docs #derive #item)
    }

    fn alias(&mut self, mut item: ItemType) -> TokenStream {
        self.visit_type_mut(&mut item.ty);
        let docs = self.type_docs(&item.ident.to_string());
        quote!(#docs #item)
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, path);
        let found = path.path.get_ident().and_then(|ident| self.path(ident));
        if let (None, Some(found)) = (&path.qself, found) {
            path.path = found.clone();
        }
    }
}

fn name_of(field: &Field) -> Option<String> {
    field.ident.as_ref().map(ToString::to_string)
}

fn rust_name(name: &str) -> String {
    if names::is_keyword(name) {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

fn is_flattened(field: &Field) -> bool {
    field
        .attrs
        .iter()
        .any(|attribute| attribute.to_token_stream().to_string().contains("flatten"))
}

/// The argument of a generic type of this name.
fn is_a<'a>(ty: &'a syn::Type, name: &str) -> Option<&'a syn::Type> {
    let syn::Type::Path(path) = ty else {
        return None;
    };
    let segment = path.path.segments.last()?;
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) if segment.ident == name => {
            match arguments.args.first()? {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            }
        }
        _ => None,
    }
}

fn last_segment(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|it| it.ident.to_string())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn field_docs(outline: &FieldOutline) -> TokenStream {
    let mut first = format!("`{}`", outline.ty);
    if outline.made_optional {
        first.push_str(", where the condition has it answered.");
    }
    docs::doc(std::iter::once(first).chain(docs::paragraph(outline.description.as_deref())))
}
