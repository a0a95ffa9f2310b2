//! Reads a schema from a folder of `.graphql` files, such as the source of a server, where files extend the types
//! of other files with `extend type`.

use std::{fs, path::Path};

use apollo_compiler::{
    Name,
    ast::{Definition, Document},
};

use super::FileError;

/// Error of reading a schema from a folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{folder} holds no .graphql file")]
    Empty { folder: String },
    #[error("not a GraphQL schema:\n{0}")]
    Syntax(String),
    #[error("`{name}` is extended, but no file defines it as a type of that kind")]
    Missing { name: String },
    #[error("`{name}` is defined twice")]
    Twice { name: String },
}

/// Reads the definitions of all files, with their extensions merged.
pub(crate) fn read(folder: &Path) -> Result<Vec<Definition>, Error> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(FileError::at(folder))? {
        let path = entry.map_err(FileError::at(folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "graphql" || extension == "gql")
        {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(Error::Empty {
            folder: folder.display().to_string(),
        });
    }
    paths.sort();
    let mut definitions = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(FileError::at(&path))?;
        definitions.extend(parse(&text, &path)?);
    }
    merge(definitions)
}

/// Parses the definitions of one file.
pub(crate) fn parse(text: &str, path: &Path) -> Result<Vec<Definition>, Error> {
    let document =
        Document::parse(text, path).map_err(|invalid| Error::Syntax(invalid.errors.to_string()))?;
    Ok(document.definitions)
}

/// Merges extensions into the definitions that they extend.
pub(crate) fn merge(definitions: Vec<Definition>) -> Result<Vec<Definition>, Error> {
    let (extensions, mut merged): (Vec<_>, Vec<_>) = definitions
        .into_iter()
        .partition(Definition::is_extension_definition);
    for (index, definition) in merged.iter().enumerate() {
        let same = |other: &Definition| key(other) == key(definition);
        if definition.name().is_some() && merged.iter().take(index).any(same) {
            return Err(Error::Twice {
                name: name(definition),
            });
        }
    }
    for extension in extensions {
        let fits = merged
            .iter_mut()
            .any(|definition| extend(definition, &extension));
        if !fits {
            return Err(Error::Missing {
                name: name(&extension),
            });
        }
    }
    Ok(merged)
}

/// Returns the key of a definition. A type and a directive may have the same name.
fn key(definition: &Definition) -> (bool, Option<&Name>) {
    (
        matches!(definition, Definition::DirectiveDefinition(_)),
        definition.name(),
    )
}

fn name(definition: &Definition) -> String {
    definition
        .name()
        .map_or_else(|| "schema".to_owned(), Name::to_string)
}

/// Adds an extension to the definition that it extends. Returns `false` for another definition.
fn extend(definition: &mut Definition, extension: &Definition) -> bool {
    match (definition, extension) {
        (Definition::ObjectTypeDefinition(it), Definition::ObjectTypeExtension(more))
            if it.name == more.name =>
        {
            let it = it.make_mut();
            it.fields.extend(more.fields.iter().cloned());
            it.implements_interfaces
                .extend(more.implements_interfaces.iter().cloned());
        }
        (Definition::InterfaceTypeDefinition(it), Definition::InterfaceTypeExtension(more))
            if it.name == more.name =>
        {
            let it = it.make_mut();
            it.fields.extend(more.fields.iter().cloned());
            it.implements_interfaces
                .extend(more.implements_interfaces.iter().cloned());
        }
        (Definition::UnionTypeDefinition(it), Definition::UnionTypeExtension(more))
            if it.name == more.name =>
        {
            it.make_mut().members.extend(more.members.iter().cloned());
        }
        (Definition::EnumTypeDefinition(it), Definition::EnumTypeExtension(more))
            if it.name == more.name =>
        {
            it.make_mut().values.extend(more.values.iter().cloned());
        }
        (Definition::InputObjectTypeDefinition(it), Definition::InputObjectTypeExtension(more))
            if it.name == more.name =>
        {
            it.make_mut().fields.extend(more.fields.iter().cloned());
        }
        (Definition::ScalarTypeDefinition(it), Definition::ScalarTypeExtension(more)) => {
            return it.name == more.name;
        }
        (Definition::SchemaDefinition(it), Definition::SchemaExtension(more)) => {
            it.make_mut()
                .root_operations
                .extend(more.root_operations.iter().cloned());
        }
        _ => return false,
    }
    true
}
