//! What the fixture tests share.

#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test uses a part of it"
)]

#[cfg(feature = "check")]
pub mod answer;
pub mod argument;
pub mod lists;
pub mod random;

use std::{
    fs,
    path::{Path, PathBuf},
};

use wikijs_codegen::{Error, Report};

/// The schema of the fixtures.
pub const SCHEMA: &str = "tests/zoo.graphql";

/// The documents of a folder, in order.
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

/// What the generator makes of one document.
pub fn compile(path: &Path) -> Result<(String, Report), Error> {
    wikijs_codegen::configure()
        .schema(SCHEMA)
        .queries(path)
        .crate_path("crate")
        .generate()
}

/// Compares with the snapshot that stands beside the document.
pub fn snapshot(document: &Path, text: &str) {
    let mut settings = insta::Settings::clone_current();
    let folder = fs::canonicalize(document.parent().unwrap()).unwrap();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = document.file_stem().unwrap().to_str().unwrap();
    settings.bind(|| insta::assert_snapshot!(name, text));
}
