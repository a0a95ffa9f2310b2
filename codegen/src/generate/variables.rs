//! Structs of what is sent: the variables of an operation and the schema's input objects.
//!
//! What must be given is a plain field. What may be left out, be null or have a value is an `Argument`; what may be left
//! out but not be null (a default stands behind an exclamation mark) is an `Option`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{docs, types::Types};
use crate::{document::Type, names};

/// A struct that is serialized into a JSON object.
pub(crate) struct Sent<'a> {
    pub(crate) name: Ident,
    pub(crate) docs: TokenStream,
    pub(crate) fields: Vec<SentField<'a>>,
}

pub(crate) struct SentField<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: &'a Type,
    /// The default as GraphQL text.
    pub(crate) default: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
    pub(crate) deprecated: Option<&'a String>,
    /// The type leads back to the struct itself.
    pub(crate) boxed: bool,
}

impl SentField<'_> {
    fn is_required(&self) -> bool {
        !self.ty.is_nullable() && self.default.is_none()
    }

    fn docs(&self) -> TokenStream {
        let first = match self.default {
            Some(default) => format!("`{}`, `{default}` where left out.", self.ty),
            None if self.ty.is_nullable() => format!("`{}`, may be left out.", self.ty),
            None => format!("`{}`.", self.ty),
        };
        docs::doc(std::iter::once(first).chain(docs::paragraph(self.description)))
    }

    fn ty(&self, types: &Types<'_>) -> TokenStream {
        let named = types.named(self.ty.name());
        let mut ty = Types::wrapped_non_null(self.ty, &named);
        if self.boxed {
            ty = quote!(Box<#ty>);
        }
        if self.is_required() {
            ty
        } else if self.ty.is_nullable() {
            let argument = types.argument();
            quote!(#argument<#ty>)
        } else {
            quote!(Option<#ty>)
        }
    }

    fn skip(&self, types: &Types<'_>) -> Option<String> {
        if self.is_required() {
            None
        } else if self.ty.is_nullable() {
            Some(format!("{}::is_omitted", types.argument()).replace(' ', ""))
        } else {
            Some("Option::is_none".to_owned())
        }
    }
}

impl Sent<'_> {
    pub(crate) fn generate(&self, types: &Types<'_>) -> TokenStream {
        let (name, docs, serde, serde_text) =
            (&self.name, &self.docs, types.serde(), types.serde_text());
        let mut taken = Vec::new();
        let (mut fields, mut parameters, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for field in &self.fields {
            let rust = names::unique(names::field_name(field.name), field.name, &taken);
            let ident = format_ident!("{rust}");
            let (ty, docs, deprecated) = (
                field.ty(types),
                field.docs(),
                docs::deprecated(field.deprecated),
            );
            let rename = (rust != field.name)
                .then_some(field.name)
                .map(|name| quote!(rename = #name,));
            let skip = field
                .skip(types)
                .map(|skip| quote!(skip_serializing_if = #skip,));
            let serde =
                (rename.is_some() || skip.is_some()).then(|| quote!(#[serde(#rename #skip)]));
            fields.push(quote!(#docs #deprecated #serde pub #ident: #ty));
            if field.is_required() {
                parameters.push(quote!(#ident: #ty));
                values.push(quote!(#ident));
            } else if field.ty.is_nullable() {
                let argument = types.argument();
                values.push(quote!(#ident: #argument::Omit));
            } else {
                values.push(quote!(#ident: None));
            }
            taken.push(rust);
        }
        let default = parameters.is_empty().then(|| quote!(Default,));
        let new = if parameters.is_empty() {
            "Everything left out."
        } else {
            "What must be given; everything else left out."
        };
        let new_docs = docs::doc([new]);
        quote! {
            #docs
            #[derive(Debug, Clone, PartialEq, #default #serde::Serialize)]
            #[serde(crate = #serde_text)]
            pub struct #name { #(#fields,)* }

            impl #name {
                #new_docs
                #[must_use]
                pub fn new(#(#parameters),*) -> Self {
                    Self { #(#values),* }
                }
            }
        }
    }
}
