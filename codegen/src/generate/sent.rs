//! Structs that are sent: variables of operations, and input objects of the schema.
//!
//! A required field has its plain type. A field that can be omitted, null or a value is an `Argument`. A field that can
//! be omitted but not null is an `Option`: its type has an exclamation mark and a default, or older servers lack it.

use super::{Code, types::Types};
use crate::{
    document::Type,
    names,
    settings::{more_derives, serde_attribute},
};

/// A struct that is serialized into a JSON object.
pub(crate) struct Sent<'a> {
    pub(crate) name: &'a str,
    pub(crate) fields: Vec<SentField<'a>>,
    /// An input object of which exactly one field is given.
    pub(crate) is_one_of: bool,
}

pub(crate) struct SentField<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: &'a Type,
    /// The default value as GraphQL text.
    pub(crate) default: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
    pub(crate) deprecated: Option<&'a String>,
    /// `true` if some release of the server lacks the field.
    pub(crate) newer: bool,
    /// `true` if the struct would contain itself through the field.
    pub(crate) boxed: bool,
}

impl SentField<'_> {
    fn is_required(&self) -> bool {
        !self.ty.is_nullable() && self.default.is_none() && !self.newer
    }

    fn docs(&self) -> Option<String> {
        let newer = "Omit it for a server that lacks it.";
        let default = self.default.map(|it| format!("Default: `{it}`."));
        default.or_else(|| self.newer.then(|| newer.to_owned()))
    }

    fn ty(&self, types: &Types<'_>) -> String {
        let mut ty = Types::wrapped_non_null(self.ty, &types.named(self.ty.name()));
        if self.boxed {
            ty = format!("Box<{ty}>");
        }
        if self.is_required() {
            ty
        } else if self.ty.is_nullable() {
            format!("{}<{ty}>", types.settings.argument())
        } else {
            format!("Option<{ty}>")
        }
    }

    fn skip(&self, types: &Types<'_>) -> Option<String> {
        if self.is_required() {
            None
        } else if self.ty.is_nullable() {
            Some(format!("{}::is_omitted", types.settings.argument()))
        } else {
            Some("Option::is_none".to_owned())
        }
    }
}

impl Sent<'_> {
    /// Writes the struct and its constructor. The caller has written its documentation.
    pub(crate) fn write(&self, types: &Types<'_>, code: &mut Code) {
        let (name, serde) = (self.name, types.settings.serde());
        let mut taken = Vec::new();
        let (mut parameters, mut values) = (Vec::new(), Vec::new());
        let all_optional = !self.fields.iter().any(SentField::is_required);
        let default = if all_optional { "Default, " } else { "" };
        let present = [
            "Debug",
            "Clone",
            "PartialEq",
            "Serialize",
            default.trim_end_matches(", "),
        ];
        let more = more_derives(&types.settings.derive_inputs, &present);
        code.add(format!(
            "#[derive(Debug, Clone, PartialEq, {default}{serde}::Serialize{more})] {}",
            types.settings.serde_crate()
        ));
        types.settings.write_attributes(name, code);
        code.add(format!("pub struct {name} {{"));
        for field in &self.fields {
            let rust = names::unique(names::field_name(field.name), field.name, &taken);
            let ty = field.ty(types);
            code.doc(field.docs());
            code.description(field.description);
            types.settings.write_deprecated(field.deprecated, code);
            let rename = (rust != field.name).then(|| format!("rename = \"{}\"", field.name));
            let skip = field.skip(types);
            let skip = skip.map(|skip| format!("skip_serializing_if = \"{skip}\""));
            let serde: Vec<String> = rename.into_iter().chain(skip).collect();
            code.add(format!("{}pub {rust}: {ty},", serde_attribute(&serde)));
            if field.is_required() {
                parameters.push(format!("{rust}: {ty}"));
                values.push(rust.clone());
            } else if field.ty.is_nullable() {
                values.push(format!("{rust}: {}::Omit", types.settings.argument()));
            } else {
                values.push(format!("{rust}: None"));
            }
            taken.push(rust);
        }
        code.add("}");
        code.add(format!("impl {name} {{"));
        let left_out = parameters.len() < self.fields.len();
        code.doc(left_out.then_some(match (self.is_one_of, all_optional) {
            (true, _) => "Creates the input with all fields omitted. Set exactly one.",
            (_, true) => "Creates the value with all fields omitted.",
            (_, false) => "Creates the value from its required fields; all others are omitted.",
        }));
        code.add("#[must_use]");
        let (parameters, values) = (parameters.join(", "), values.join(", "));
        code.add(format!(
            "pub fn new({parameters}) -> Self {{ Self {{ {values} }} }}\n}}"
        ));
    }
}
