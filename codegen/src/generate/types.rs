//! The Rust types of GraphQL types, and their paths in generated code.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

use crate::{
    Error,
    config::Settings,
    document::Type,
    names,
    schema::{Kind, Schema},
};

/// The scalars of Wiki.js, for which the client has types.
const CLIENT_SCALARS: [&str; 2] = ["Date", "Upload"];

/// The paths and names that all generated code shares.
pub(crate) struct Types<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) settings: &'a Settings,
    /// Rust names of the enums and inputs that are used.
    shared: HashMap<&'a str, String>,
    /// The inputs that contain each other without a list in between, each with the number of its cycle.
    cycles: HashMap<&'a str, usize>,
}

impl<'a> Types<'a> {
    /// `used` are the types that something generated refers to.
    pub(crate) fn new(
        schema: &'a Schema,
        settings: &'a Settings,
        used: &BTreeSet<&'a str>,
    ) -> Result<Self, Error> {
        let mut shared: HashMap<&str, String> = HashMap::new();
        // Enums and inputs have separate modules, so only names of the same kind can coincide.
        let mut taken: HashMap<(bool, String), &str> = HashMap::new();
        for name in used {
            let is_enum = match schema.kind(name) {
                Some(Kind::Enum) => true,
                Some(Kind::Input) => false,
                _ => continue,
            };
            let rust = settings.renames.get(*name).cloned().unwrap_or_else(|| {
                let camel = names::unique(names::type_name(name), name, &[]);
                // An enum `String` or an input `Option` would replace the type of Rust in its module.
                if names::is_prelude(&camel) {
                    format!("{camel}_")
                } else {
                    camel
                }
            });
            if let Some(other) = taken.insert((is_enum, rust.clone()), name) {
                return Err(Error::SameName {
                    names: [other.to_owned(), (*name).to_owned()],
                    rust,
                });
            }
            shared.insert(name, rust);
        }
        Ok(Self {
            schema,
            settings,
            shared,
            cycles: cycles(schema, used),
        })
    }

    /// Returns the Rust name of an enum or input.
    pub(crate) fn shared_name(&self, name: &str) -> &str {
        self.shared.get(name).map_or("", String::as_str)
    }

    /// Returns `true` if a value of the input `owner` would contain itself through a field of this type.
    pub(crate) fn contains_itself(&self, owner: &str, ty: &Type) -> bool {
        let Type::Named(named) = ty.nullable() else {
            return false;
        };
        self.cycles
            .get(owner)
            .is_some_and(|circle| self.cycles.get(named.as_str()) == Some(circle))
    }

    /// Returns the path of a named type, from inside a module of the generated file.
    pub(crate) fn named(&self, name: &str) -> String {
        // A setting can also replace the type of a built-in scalar, such as `ID`.
        if let Some(path) = self.settings.scalars.get(name) {
            return path.clone();
        }
        match name {
            "Boolean" => return "bool".to_owned(),
            "Float" => return "f64".to_owned(),
            // graphql_client has the same types for the built-in scalars.
            "Int" => return "i64".to_owned(),
            "ID" | "String" => return "String".to_owned(),
            _ => {}
        }
        match self.schema.kind(name) {
            Some(Kind::Enum) => format!("super::enums::{}", self.shared_name(name)),
            Some(Kind::Input) => format!("super::inputs::{}", self.shared_name(name)),
            _ => self.settings.path(&format!("api::scalars::{name}"), name),
        }
    }

    /// Returns the Rust type of a selected field. `object` is the type of the objects in it.
    pub(crate) fn selected(&self, ty: &Type, object: Option<&String>) -> String {
        let named = object.cloned();
        Self::wrapped(ty, &named.unwrap_or_else(|| self.named(ty.name())))
    }

    /// Returns the Rust type; `inner` is the type of the values in its lists.
    pub(crate) fn wrapped(ty: &Type, inner: &str) -> String {
        match ty {
            Type::NonNull(ty) => Self::wrapped_non_null(ty, inner),
            other => format!("Option<{}>", Self::wrapped_non_null(other, inner)),
        }
    }

    pub(crate) fn wrapped_non_null(ty: &Type, inner: &str) -> String {
        match ty {
            Type::Named(_) => inner.to_owned(),
            Type::NonNull(ty) => Self::wrapped_non_null(ty, inner),
            Type::List(item) => format!("Vec<{}>", Self::wrapped(item, inner)),
        }
    }
}

/// Returns `true` if the settings or the client have a Rust type for the scalar.
pub(crate) fn has_scalar(settings: &Settings, name: &str) -> bool {
    settings.checks_only
        || settings.scalars.contains_key(name)
        || (settings.runtime.is_none() && CLIENT_SCALARS.contains(&name))
}

/// Finds the inputs that contain each other without a list in between, by Kosaraju's algorithm.
fn cycles<'a>(schema: &'a Schema, used: &BTreeSet<&'a str>) -> HashMap<&'a str, usize> {
    let mut forward: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut backward: HashMap<&str, Vec<&str>> = HashMap::new();
    for name in used {
        for field in schema.input_fields(name) {
            // A list needs no `Box`, because a `Vec` has its items elsewhere.
            if let Type::Named(inner) = field.ty.nullable() {
                forward.entry(name).or_default().push(inner);
                backward.entry(inner).or_default().push(name);
            }
        }
    }
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for name in forward.keys() {
        // Each entry is popped twice: when it is reached, and after everything that is reachable from it.
        let mut open = vec![(*name, false)];
        while let Some((name, is_done)) = open.pop() {
            if is_done {
                order.push(name);
            } else if seen.insert(name) {
                open.push((name, true));
                let inner = forward.get(name).into_iter().flatten();
                open.extend(inner.map(|it| (*it, false)));
            }
        }
    }
    let mut cycles = HashMap::new();
    for (circle, name) in order.into_iter().rev().enumerate() {
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if let Entry::Vacant(vacant) = cycles.entry(name) {
                vacant.insert(circle);
                open.extend(backward.get(name).into_iter().flatten());
            }
        }
    }
    cycles
}
