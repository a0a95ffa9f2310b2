//! Shared parts of the fixture tests.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test uses only a part"
)]

#[cfg(feature = "check")]
pub mod answer;
pub mod argument;
pub mod krate;
pub mod random;

use std::{
    fs,
    path::{Path, PathBuf},
};

use wikijs_codegen::{Error, Report};

/// The schema of the fixtures.
pub const SCHEMA: &str = "tests/zoo.graphql";

/// Returns the documents of a folder, sorted.
pub fn documents(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "graphql")
    });
    paths.sort();
    paths
}

/// Generates code from one document.
pub fn compile(path: &Path) -> Result<(String, Report), Error> {
    wikijs_codegen::configure()
        .schema(SCHEMA)
        .queries(path)
        .crate_path("crate")
        .generate()
}

/// Compares a text with the snapshot next to the document.
pub fn snapshot(document: &Path, text: &str) {
    let mut settings = insta::Settings::clone_current();
    let folder = fs::canonicalize(document.parent().unwrap()).unwrap();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = document.file_stem().unwrap().to_str().unwrap();
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Generates code from a document and a schema. `settings` changes the configuration.
pub fn generate(
    name: &str,
    schema: &str,
    document: &str,
    settings: impl FnOnce(wikijs_codegen::Config) -> wikijs_codegen::Config,
) -> Result<String, Error> {
    let schema = krate::file(&format!("{name}/schema.graphql"), schema);
    let document = krate::file(&format!("{name}/document.graphql"), document);
    let config = wikijs_codegen::configure()
        .schema(schema)
        .queries(document)
        .crate_path("crate");
    settings(config).generate().map(|(code, _)| code)
}
