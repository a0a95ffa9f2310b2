//! Structs that are sent: variables of operations, and input objects of the schema.
//!
//! A required field has its plain type. A field that can be omitted, null or a value is an `Argument`. A field that can
//! be omitted but not null is an `Option`: its type has an exclamation mark and a default, or older servers lack it.

use super::{Code, types::Types};
use crate::{document::Type, names};

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

    /// Returns the type around a field that can be omitted; `None` if it is required.
    fn omission(&self, types: &Types<'_>) -> Option<Omission> {
        if self.is_required() {
            None
        } else if self.ty.is_nullable() {
            let argument = types.settings.argument();
            Some(Omission {
                value: format!("{argument}::Omit"),
                is_omitted: format!("{argument}::is_omitted"),
                wrapper: argument,
            })
        } else {
            Some(Omission {
                value: "None".to_owned(),
                is_omitted: "Option::is_none".to_owned(),
                wrapper: "Option".to_owned(),
            })
        }
    }
}

/// The type around a field that can be omitted.
struct Omission {
    wrapper: String,
    /// Value of an omitted field.
    value: String,
    /// Path of the function that recognizes this value.
    is_omitted: String,
}

impl Sent<'_> {
    /// Writes the struct and its constructor. The caller has written its documentation.
    pub(crate) fn write(&self, types: &Types<'_>, code: &mut Code) {
        let name = self.name;
        let all_optional = !self.fields.iter().any(SentField::is_required);
        let mut derives = vec!["Debug", "Clone", "PartialEq"];
        derives.extend(all_optional.then_some("Default"));
        derives.push("Serialize");
        let more = &types.settings.derive_inputs;
        types
            .settings
            .write_derives(name, (&derives, &[]), more, code);
        code.add(format!("pub struct {name} {{"));
        let (mut taken, mut parameters, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for field in &self.fields {
            let rust = names::unique(names::field_name(field.name), field.name, &taken);
            let mut ty = Types::wrapped_non_null(field.ty, &types.named(field.ty.name()));
            // The `Box` is inside of the `Argument` or `Option`, so that an omitted field does not allocate.
            if field.boxed {
                ty = format!("Box<{ty}>");
            }
            let mut serde = Vec::new();
            if rust != field.name {
                serde.push(format!("rename = \"{}\"", field.name));
            }
            match field.omission(types) {
                None => {
                    // A field that becomes required in a newer schema is a compile error at every call.
                    parameters.push(format!("{rust}: {ty}"));
                    values.push(rust.clone());
                }
                Some(omission) => {
                    ty = format!("{}<{ty}>", omission.wrapper);
                    values.push(format!("{rust}: {}", omission.value));
                    // Omitted and null are different in GraphQL: only an omitted argument has its default.
                    let is_omitted = omission.is_omitted;
                    serde.push(format!("skip_serializing_if = \"{is_omitted}\""));
                }
            }
            code.doc(field.docs());
            code.description(field.description);
            types.settings.write_deprecated(field.deprecated, code);
            let serde = match serde.as_slice() {
                [] => String::new(),
                arguments => format!("#[serde({})] ", arguments.join(", ")),
            };
            code.add(format!("{serde}pub {rust}: {ty},"));
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
