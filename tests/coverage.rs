//! Checks that every operation of the schema has a document under `queries/`, and a handle that sends it.
//!
//! The test compares the operations of the schema, those that the documents select, and the documents that the
//! code of the handles names: with `api::`, or in a macro such as `query!`. Operations of a new schema appear as
//! the difference.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use apollo_compiler::ast::{Definition, Document, OperationType, Selection, Type};

/// Operations by their field, such as `pages.list`. A subscription has the prefix `subscription`.
type Operations = BTreeSet<String>;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the files below a folder with this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

fn parse(text: String, path: &Path) -> Document {
    Document::parse(text, path).unwrap()
}

/// Returns the fields of each object type of the schema, with the name of their type.
fn objects(schema: &Document) -> BTreeMap<String, Vec<(String, String)>> {
    let objects = schema
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::ObjectTypeDefinition(object) => Some(object),
            _ => None,
        });
    objects
        .map(|object| {
            let fields = object.fields.iter();
            let named = |ty: &Type| ty.inner_named_type().to_string();
            (
                object.name.to_string(),
                fields
                    .map(|field| (field.name.to_string(), named(&field.ty)))
                    .collect(),
            )
        })
        .collect()
}

/// Returns the operations of the schema. Queries and mutations are one level below the root, by domain.
fn offered() -> Operations {
    let path = folder("schema/wikijs.graphql");
    let objects = objects(&parse(fs::read_to_string(&path).unwrap(), &path));
    let domains = ["Query", "Mutation"]
        .into_iter()
        .flat_map(|root| &objects[root]);
    let mut operations: Operations = domains
        .flat_map(|(domain, ty)| {
            objects[ty]
                .iter()
                .map(move |(field, _)| format!("{domain}.{field}"))
        })
        .collect();
    let subscriptions = objects.get("Subscription").into_iter().flatten();
    operations.extend(subscriptions.map(|(field, _)| format!("subscription {field}")));
    operations
}

fn fields(selections: &[Selection]) -> impl Iterator<Item = (&str, &[Selection])> {
    selections.iter().filter_map(|selection| match selection {
        Selection::Field(field) => Some((field.name.as_str(), field.selection_set.as_slice())),
        _ => None,
    })
}

/// Returns the operations that each document under `queries/` selects, by its name.
fn documents() -> BTreeMap<String, Operations> {
    let mut found = BTreeMap::new();
    for path in files(&folder("queries"), "graphql") {
        let document = parse(fs::read_to_string(&path).unwrap(), &path);
        for definition in &document.definitions {
            let Definition::OperationDefinition(operation) = definition else {
                continue;
            };
            let name = operation.name.as_ref().unwrap().to_string();
            let roots = fields(&operation.selection_set);
            let asked = if operation.operation_type == OperationType::Subscription {
                roots
                    .map(|(field, _)| format!("subscription {field}"))
                    .collect()
            } else {
                roots
                    .flat_map(|(domain, below)| {
                        fields(below).map(move |(field, _)| format!("{domain}.{field}"))
                    })
                    .collect()
            };
            assert!(
                found.insert(name.clone(), asked).is_none(),
                "two documents are called {name}"
            );
        }
    }
    found
}

/// Returns Rust code without comments and string literals, in which a name is not a reference.
fn code_of(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if character == '"' {
            text_length(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else {
            code.push(character);
            character.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// Returns the length of a string literal, from its first quotation mark to its last.
fn text_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the names in code that follow `api::`, or that are anywhere in the arguments of a macro.
fn named_in(code: &str) -> BTreeSet<String> {
    let is_of_name = |character: char| character.is_alphanumeric() || character == '_';
    let mut found = BTreeSet::new();
    // Number of open brackets of macro calls.
    let mut depth = 0_usize;
    let mut before = "";
    let mut rest = code;
    while !rest.is_empty() {
        let length = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        if length > 0 {
            let (name, after) = rest.split_at(length);
            if depth > 0 || before.ends_with("api::") {
                found.insert(name.to_owned());
            }
            rest = after;
        } else {
            let character = rest.chars().next().unwrap();
            let opens = matches!(character, '(' | '[' | '{');
            let begins = before.trim_end().ends_with('!')
                && before
                    .trim_end()
                    .trim_end_matches('!')
                    .ends_with(is_of_name);
            if opens && (depth > 0 || begins) {
                depth += 1;
            } else if matches!(character, ')' | ']' | '}') {
                depth = depth.saturating_sub(1);
            }
            rest = &rest[character.len_utf8()..];
        }
        before = &code[..code.len() - rest.len()];
    }
    found
}

/// Returns the names in the code of the handles.
fn named() -> BTreeSet<String> {
    let sources = files(&folder("src"), "rs");
    sources
        .iter()
        .flat_map(|path| named_in(&code_of(&fs::read_to_string(path).unwrap())))
        .collect()
}

/// Returns the operations that a handle sends.
fn covered() -> Operations {
    let names = named();
    let documents = documents();
    let sent = documents.iter().filter(|(name, _)| names.contains(*name));
    sent.flat_map(|(_, asked)| asked.clone()).collect()
}

#[test]
fn every_operation_has_a_document_and_a_handle() {
    let (offered, covered) = (offered(), covered());
    let missing: Vec<_> = offered.difference(&covered).collect();
    assert!(
        missing.is_empty(),
        "no document under queries/ that a handle sends: {missing:#?}"
    );
}

#[test]
fn every_document_is_sent_by_a_handle() {
    let names = named();
    let unused: Vec<_> = documents()
        .into_keys()
        .filter(|name| !names.contains(name))
        .collect();
    assert!(unused.is_empty(), "no handle sends {unused:#?}");
}

#[test]
fn names_are_found_in_code_and_not_in_comments_or_strings() {
    let offered = offered();
    assert!(offered.contains("pages.list") && offered.contains("authentication.login"));
    assert_eq!(
        documents()["PagesGet"],
        Operations::from(["pages.single".to_owned()])
    );
    let code = code_of(
        "// api::InComment query!(a, AlsoInComment)\n/* api::InBlock */ let text = \"api::InText \\\" \";\n\
         let quote = '\"'; client.execute::<api::Named>(x); query!(a, InMacro, (b.c), d); Outside; \
         if a != (NotInMacro) {} let raw = r#\"api::InRaw\"#;",
    );
    let names = named_in(&code);
    for name in ["Named", "InMacro"] {
        assert!(names.contains(name), "{name} in {names:?}");
    }
    for name in [
        "InComment",
        "AlsoInComment",
        "InBlock",
        "InText",
        "Outside",
        "NotInMacro",
        "InRaw",
    ] {
        assert!(!names.contains(name), "{name} in {names:?}");
    }
}
