//! Which Rust type stands for which GraphQL type, and by which path generated code reaches it.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    document::Type,
    names,
    schema::{Kind, Schema},
};

/// The paths and names that all generated code shares.
pub(crate) struct Types<'a> {
    pub(crate) schema: &'a Schema,
    /// The client's crate, as generated code names it.
    pub(crate) krate: syn::Path,
    /// Rust names of the schema's enums and inputs.
    shared: BTreeMap<&'a str, String>,
    /// Scalars and enums, by the name that graphql_client gives them.
    pub(crate) paths: BTreeMap<String, syn::Path>,
}

impl<'a> Types<'a> {
    pub(crate) fn new(schema: &'a Schema, krate: syn::Path) -> Self {
        let (mut shared, mut enums, mut inputs) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (name, definition) in schema.types() {
            let taken = match definition.kind {
                Kind::Enum { .. } => &mut enums,
                Kind::Input { .. } => &mut inputs,
                _ => continue,
            };
            let camel = names::type_name(name).map(|it| {
                if names::is_prelude(&it) {
                    format!("{it}_")
                } else {
                    it
                }
            });
            let rust = names::unique(camel, name, taken);
            taken.push(rust.clone());
            shared.insert(name, rust);
        }
        let mut types = Self {
            schema,
            krate,
            shared,
            paths: BTreeMap::new(),
        };
        types.paths = types.paths_of_leaves();
        types
    }

    fn paths_of_leaves(&self) -> BTreeMap<String, syn::Path> {
        let leaves = self
            .schema
            .types()
            .filter(|(_, it)| matches!(it.kind, Kind::Scalar | Kind::Enum { .. }));
        let leaves = leaves.filter_map(|(name, _)| Some((names::type_name(name)?, name)));
        let built_in = ["Boolean", "Float", "Int", "ID"].map(|name| (name.to_owned(), name));
        let named = leaves
            .chain(built_in)
            .map(|(rust, name)| (rust, syn::parse2(self.named(name))));
        named
            .filter_map(|(rust, path)| Some((rust, path.ok()?)))
            .collect()
    }

    /// The Rust name of an enum or input.
    pub(crate) fn shared_name(&self, name: &str) -> String {
        self.shared
            .get(name)
            .cloned()
            .unwrap_or_else(|| name.to_owned())
    }

    /// serde, through the client.
    pub(crate) fn serde(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__codegen::serde)
    }

    /// serde's path as its attribute takes it.
    pub(crate) fn serde_text(&self) -> String {
        self.serde().to_string().replace(' ', "")
    }

    /// The client's function that decodes a list, as serde's attribute takes it.
    pub(crate) fn list_decoder(&self, name: &str) -> String {
        let (krate, name) = (&self.krate, format_ident!("{name}"));
        quote!(#krate::__codegen::#name)
            .to_string()
            .replace(' ', "")
    }

    /// graphql_client, through the client.
    pub(crate) fn graphql_client(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__codegen::graphql_client)
    }

    /// The three states of what may be left out.
    pub(crate) fn argument(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::api::Argument)
    }

    /// The module of the schema's own scalars.
    pub(crate) fn scalars(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::api::scalars)
    }

    /// The type without lists and nulls, from inside a module of the generated file.
    pub(crate) fn named(&self, name: &str) -> TokenStream {
        match name {
            "Boolean" => return quote!(bool),
            "Float" => return quote!(f64),
            "Int" => return quote!(i64),
            "ID" | "String" => return quote!(String),
            _ => {}
        }
        match self.schema.get(name).map(|definition| &definition.kind) {
            Some(Kind::Enum { .. }) => {
                let ident = format_ident!("{}", self.shared_name(name));
                quote!(super::enums::#ident)
            }
            Some(Kind::Input { .. }) => {
                let ident = format_ident!("{}", self.shared_name(name));
                quote!(super::inputs::#ident)
            }
            _ => {
                let ident = format_ident!(
                    "{}",
                    names::type_name(name).unwrap_or_else(|| name.to_owned())
                );
                let scalars = self.scalars();
                quote!(#scalars::#ident)
            }
        }
    }

    /// The whole type of a value that is sent; `inner` is what stands in its lists.
    pub(crate) fn wrapped(ty: &Type, inner: &TokenStream) -> TokenStream {
        match ty {
            Type::NonNull(ty) => Self::wrapped_non_null(ty, inner),
            other => {
                let ty = Self::wrapped_non_null(other, inner);
                quote!(Option<#ty>)
            }
        }
    }

    pub(crate) fn wrapped_non_null(ty: &Type, inner: &TokenStream) -> TokenStream {
        match ty {
            Type::Named(_) => inner.clone(),
            Type::NonNull(ty) => Self::wrapped_non_null(ty, inner),
            Type::List(item) => {
                let item = Self::wrapped(item, inner);
                quote!(Vec<#item>)
            }
        }
    }
}
