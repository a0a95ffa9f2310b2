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
        fn of<'a>(
            setting: &'static str,
            texts: impl IntoIterator<Item = &'a String>,
        ) -> impl Iterator<Item = (&'static str, &'a String)> {
            texts.into_iter().map(move |text| (setting, text))
        }
        let mut paths = of("crate_path", [&self.crate_path])
            .chain(of("runtime", &self.runtime))
            .chain(of("module", &self.module))
            .chain(of("scalar", self.scalars.values()))
            .chain(of("rename_type", self.renames.values()))
            .chain(of("derive_responses", &self.derive_responses))
            .chain(of("derive_inputs", &self.derive_inputs));
        if let Some((setting, text)) = paths.find(|(_, text)| !is_type(text)) {
            let message = format!("`{text}` is not a path of Rust");
            return Err(Error::setting(setting, message));
        }
        let mut names = of("module", &self.module).chain(of("rename_type", self.renames.values()));
        if let Some((setting, text)) = names.find(|(_, text)| !names::is_free(text)) {
            // A type `Option` or `Vec` would hide that of Rust from the fields and derives of its module.
            let problem = if names::is_prelude(text) {
                "is a name of Rust itself"
            } else {
                "is not a name"
            };
            return Err(Error::setting(setting, format!("`{text}` {problem}")));
        }
        let is_attribute = |it: &str| it.starts_with("#[") && it.ends_with(']');
        let mut attributes = self.attributes.values().flatten();
        attributes
            .find(|it| !is_attribute(it))
            .map_or(Ok(()), |text| {
                let message = format!("`{text}` is not an attribute: write `#[…]`");
                Err(Error::setting("attribute", message))
            })
    }

    /// Refuses attributes for types that were not generated.
    pub(crate) fn validate_attributes(&self, code: &Code) -> Result<(), Error> {
        let mut names = self.attributes.keys();
        names
            .find(|it| !code.has_attributes(it))
            .map_or(Ok(()), |name| {
                // The name is probably misspelt, or its type is no longer generated.
                let message = format!("no type named `{name}` is generated");
                Err(Error::setting("attribute", message))
            })
    }

    /// Returns a path inside of the client, or `alone` if generated code does not use the client.
    pub(crate) fn path(&self, inner: &str, alone: &str) -> String {
        match self.runtime {
            Some(_) => alone.to_owned(),
            None => format!("{}::{inner}", self.crate_path),
        }
    }

    pub(crate) fn serde(&self) -> String {
        self.path("__codegen::serde", "::serde")
    }

    /// Returns the path of a macro of generated code.
    pub(crate) fn macro_path(&self, name: &str) -> String {
        self.path(&format!("__codegen::{name}"), name)
    }

    /// Returns the path of `Argument` from inside a module of the generated file.
    pub(crate) fn argument(&self) -> String {
        self.path("api::Argument", "super::Argument")
    }

    /// Returns the Rust name of a fragment.
    pub(crate) fn fragment_name(&self, graphql: &str) -> String {
        let renamed = self.renames.get(graphql).cloned();
        let name = renamed.or_else(|| names::type_name(graphql));
        name.unwrap_or_default()
    }

    /// Returns the client's type for no variables, unless a setting changes the variables of all operations.
    pub(crate) fn no_variables(&self) -> Option<String> {
        let has_own = self.runtime.is_some()
            || !self.derive_inputs.is_empty()
            || self.attributes.contains_key("Variables");
        (!has_own).then(|| self.path("__codegen::NoVariables", ""))
    }

    pub(crate) fn write_attributes(&self, rust: &str, code: &mut Code) {
        if let Some(attributes) = self.attributes.get(rust) {
            code.add_attributes(rust, attributes);
        }
    }

    /// Writes the derives and attributes of a type. Of the derives that the settings add, those are omitted that the
    /// type derives already or implements otherwise.
    pub(crate) fn write_derives(
        &self,
        rust: &str,
        (derived, implemented): (&[&str], &[&str]),
        more: &[String],
        code: &mut Code,
    ) {
        let serde = self.serde();
        // Rust refuses a trait that is derived twice.
        let mut seen: BTreeSet<&str> = derived.iter().chain(implemented).copied().collect();
        let more = more
            .iter()
            .filter(|it| seen.insert(it.rsplit("::").next().unwrap_or_default()));
        let always = derived.iter().map(|it| match *it {
            "Serialize" | "Deserialize" => format!("{serde}::{it}"),
            other => other.to_owned(),
        });
        let all: Vec<String> = always.chain(more.cloned()).collect();
        let of_serde = match self.runtime {
            Some(_) => String::new(),
            None => format!("#[serde(crate = \"{serde}\")]"),
        };
        code.add(format!("#[derive({})] {of_serde}", all.join(", ")));
        self.write_attributes(rust, code);
    }

    pub(crate) fn write_deprecated(&self, reason: Option<&String>, code: &mut Code) {
        if self.deprecations == Deprecations::Warn {
            code.deprecated(reason);
        }
    }
}

/// Returns `true` if the text can be a type: names, paths and arguments in angle brackets.
fn is_type(text: &str) -> bool {
    // The text is not parsed as Rust, because that would add `syn` to every build. rustc finds the remaining
    // mistakes.
    let known = |c: char| c.is_alphanumeric() || "_:<>, ()[];&'".contains(c);
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    !text.trim().is_empty()
        && text.chars().all(known)
        && text.matches('<').count() == text.matches('>').count()
        && words.into_iter().all(|word| {
            !names::is_keyword(word) || matches!(word, "crate" | "self" | "super" | "dyn" | "Self")
        })
}
