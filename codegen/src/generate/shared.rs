//! The schema's enums and input objects, each one Rust type for all operations.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    docs,
    types::Types,
    variables::{Sent, SentField},
};
use crate::{
    document::Type,
    names,
    schema::{EnumValue, InputField, Kind, Schema},
};

/// The inputs that a type leads to, itself included where it is one.
pub(crate) fn reachable_inputs<'a>(schema: &'a Schema, name: &str, found: &mut BTreeSet<&'a str>) {
    for (known, definition) in schema.types().filter(|(known, _)| *known == name) {
        if let Kind::Input { fields } = &definition.kind
            && found.insert(known)
        {
            for field in fields {
                reachable_inputs(schema, field.ty.name(), found);
            }
        }
    }
}

/// One input object.
pub(crate) fn input(
    types: &Types<'_>,
    name: &str,
    fields: &[InputField],
    description: Option<&str>,
) -> TokenStream {
    let first = format!("The input object `{name}`.");
    let sent = Sent {
        name: format_ident!("{}", types.shared_name(name)),
        docs: docs::doc(std::iter::once(first).chain(docs::paragraph(description))),
        fields: fields
            .iter()
            .map(|field| SentField {
                name: &field.name,
                ty: &field.ty,
                default: field.default.as_deref(),
                description: field.description.as_deref(),
                deprecated: field.deprecated.as_ref(),
                boxed: leads_back(types.schema, &field.ty, name, &mut BTreeSet::new()),
            })
            .collect(),
    };
    sent.generate(types)
}

/// Whether a value of the type holds one of the input `name` without a list in between.
fn leads_back<'a>(
    schema: &'a Schema,
    ty: &'a Type,
    name: &str,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    let inner = match ty {
        Type::List(_) => return false,
        Type::NonNull(inner) => return leads_back(schema, inner, name, seen),
        Type::Named(inner) => inner,
    };
    if inner == name {
        return true;
    }
    match schema.get(inner).map(|definition| &definition.kind) {
        Some(Kind::Input { fields }) if seen.insert(inner) => fields
            .iter()
            .any(|field| leads_back(schema, &field.ty, name, seen)),
        _ => false,
    }
}

/// One enum; what the schema does not know yet is kept as `Other`.
pub(crate) fn r#enum(
    types: &Types<'_>,
    name: &str,
    values: &[EnumValue],
    description: Option<&str>,
) -> TokenStream {
    let serde = types.serde();
    let ident = format_ident!("{}", types.shared_name(name));
    let first = format!("The enum `{name}`.");
    let docs = docs::doc(std::iter::once(first).chain(docs::paragraph(description)));
    let mut taken = vec!["Other".to_owned()];
    let (mut variants, mut idents, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let rust = names::unique(names::type_name(&value.name), &value.name, &taken);
        let variant = format_ident!("{rust}");
        let first = format!("`{}`", value.name);
        let docs =
            docs::doc(std::iter::once(first).chain(docs::paragraph(value.description.as_deref())));
        let deprecated = docs::deprecated(value.deprecated.as_ref());
        variants.push(quote!(#docs #deprecated #variant));
        idents.push(variant);
        texts.push(&value.name);
        taken.push(rust);
    }
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #ident {
            #(#variants,)*
            /// A value that the schema did not have when this was generated.
            Other(String),
        }

        impl #ident {
            /// The value as GraphQL writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#idents => #texts,)*
                    Self::Other(other) => other,
                }
            }
        }

        impl From<&str> for #ident {
            fn from(text: &str) -> Self {
                match text {
                    #(#texts => Self::#idents,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl ::std::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl #serde::Serialize for #ident {
            fn serialize<S: #serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> #serde::Deserialize<'de> for #ident {
            fn deserialize<D: #serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text: String = #serde::Deserialize::deserialize(deserializer)?;
                Ok(Self::from(text.as_str()))
            }
        }
    }
}
