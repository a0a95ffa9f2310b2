//! Settings of the generated code.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, generate::Code, names};

/// Treatment of documents that use deprecated parts of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deprecations {
    /// The build fails.
    Deny,
    /// The build warns, and the generated item is `#[deprecated]`.
    #[default]
    Warn,
    /// Deprecations are ignored.
    Allow,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(crate) crate_path: String,
    /// The path of `graphql_client`, if the generated code does not use the client.
    pub(crate) runtime: Option<String>,
    pub(crate) module: Option<String>,
    /// Rust types by GraphQL scalar.
    pub(crate) scalars: BTreeMap<String, String>,
    /// Rust names by GraphQL name, or by the name that would be generated.
    pub(crate) renames: BTreeMap<String, String>,
    pub(crate) derive_responses: Vec<String>,
    pub(crate) derive_inputs: Vec<String>,
    /// Attributes by Rust name.
    pub(crate) attributes: BTreeMap<String, Vec<String>>,
    pub(crate) deprecations: Deprecations,
    pub(crate) optional_parts: bool,
    /// Nothing is generated, so no Rust types are needed.
    pub(crate) checks_only: bool,
}

impl Settings {
    /// Refuses text that is not Rust, so that the error names the setting.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let mut paths = vec![("crate_path", &self.crate_path)];
        paths.extend(self.runtime.iter().map(|it| ("runtime", it)));
        paths.extend(self.module.iter().map(|it| ("module", it)));
        paths.extend(self.scalars.values().map(|it| ("scalar", it)));
        paths.extend(self.renames.values().map(|it| ("rename_type", it)));
        paths.extend(
            self.derive_responses
                .iter()
                .map(|it| ("derive_responses", it)),
        );
        paths.extend(self.derive_inputs.iter().map(|it| ("derive_inputs", it)));
        if let Some((setting, text)) = paths.into_iter().find(|(_, text)| !is_type(text)) {
            let message = format!("`{text}` is not a path of Rust");
            return Err(Error::Setting { setting, message });
        }
        let is_attribute = |it: &&String| it.starts_with("#[") && it.ends_with(']');
        match self
            .attributes
            .values()
            .flatten()
            .find(|it| !is_attribute(it))
        {
            None => Ok(()),
            Some(text) => Err(Error::Setting {
                setting: "attribute",
                message: format!("`{text}` is not an attribute: write `#[…]`"),
            }),
        }
    }

    /// Refuses attributes for types that were not generated.
    pub(crate) fn validate_attributes(&self, code: &Code) -> Result<(), Error> {
        let unknown = |name: &&String| !code.has_attributes(name);
        match self.attributes.keys().find(unknown) {
            None => Ok(()),
            Some(name) => Err(Error::Setting {
                setting: "attribute",
                message: format!("no type named `{name}` is generated"),
            }),
        }
    }

    /// Returns a path inside of the client.
    pub(crate) fn client_path(&self, inner: &str) -> String {
        format!("{}::{inner}", self.crate_path)
    }

    pub(crate) fn serde(&self) -> String {
        match self.runtime {
            Some(_) => "::serde".to_owned(),
            None => self.client_path("__codegen::serde"),
        }
    }

    /// Returns serde's attribute with its path; empty if serde is a dependency.
    pub(crate) fn serde_crate(&self) -> String {
        match self.runtime {
            Some(_) => String::new(),
            None => format!("#[serde(crate = \"{}\")]", self.serde()),
        }
    }

    /// Returns the path of a macro of generated code.
    pub(crate) fn macro_path(&self, name: &str) -> String {
        match self.runtime {
            Some(_) => name.to_owned(),
            None => self.client_path(&format!("__codegen::{name}")),
        }
    }

    /// Returns the path of `Argument` from inside a module of the generated file.
    pub(crate) fn argument(&self) -> String {
        match self.runtime {
            Some(_) => "super::Argument".to_owned(),
            None => self.client_path("api::Argument"),
        }
    }

    /// Returns the client's type for no variables, unless a setting changes the variables of all operations.
    pub(crate) fn no_variables(&self) -> Option<String> {
        let has_own = self.runtime.is_some()
            || !self.derive_inputs.is_empty()
            || self.attributes.contains_key("Variables");
        (!has_own).then(|| self.client_path("__codegen::NoVariables"))
    }

    pub(crate) fn write_attributes(&self, rust: &str, code: &mut Code) {
        if let Some(attributes) = self.attributes.get(rust) {
            code.add_attributes(rust, attributes);
        }
    }

    pub(crate) fn write_deprecated(&self, reason: Option<&String>, code: &mut Code) {
        if self.deprecations == Deprecations::Warn {
            code.deprecated(reason);
        }
    }
}

/// Returns `true` if the text can be a type: names, paths and arguments in angle brackets.
fn is_type(text: &str) -> bool {
    let known = |c: char| c.is_alphanumeric() || "_:<>, ()[];&'".contains(c);
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    !text.trim().is_empty()
        && text.chars().all(known)
        && text.matches('<').count() == text.matches('>').count()
        && words.into_iter().all(|word| {
            !names::is_keyword(word) || matches!(word, "crate" | "self" | "super" | "dyn" | "Self")
        })
}

/// Formats additional derives, to be appended to others. Omits those that a type has already.
pub(crate) fn more_derives(derives: &[String], present: &[&str]) -> String {
    let name = |derive: &'_ str| derive.rsplit("::").next().unwrap_or_default().to_owned();
    let mut seen: BTreeSet<String> = present.iter().map(|it| name(it)).collect();
    let more = derives.iter().filter(|it| seen.insert(name(it)));
    more.fold(String::new(), |text, it| text + ", " + it)
}

/// Formats serde's attribute before a field; empty without arguments.
pub(crate) fn serde_attribute(arguments: &[String]) -> String {
    if arguments.is_empty() {
        return String::new();
    }
    format!("#[serde({})] ", arguments.join(", "))
}
