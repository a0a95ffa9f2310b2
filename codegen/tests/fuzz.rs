//! No text makes the generator panic, with or without the feature `check`.
//!
//! `WIKIJS_CODEGEN_MUTATIONS=100000 cargo test -p wikijs-codegen --test fuzz` tries more of them, and
//! `WIKIJS_CODEGEN_SEED=2` others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{env, fs, path::Path};

use support::random::{Random, corrupt};
use wikijs_codegen::Error;

fn number(name: &str, by_default: u64) -> u64 {
    let number = env::var(name).ok().and_then(|it| it.parse().ok());
    number.unwrap_or(by_default)
}

/// Tries corrupted forms of the files. A file that makes the test fail is kept.
fn try_all(
    name: &str,
    files: &[std::path::PathBuf],
    times: u64,
    generate: impl Fn(&Path) -> Result<(), Error>,
) {
    let mut random = Random::new(number("WIKIJS_CODEGEN_SEED", 1));
    for _ in 0..times {
        let text = fs::read_to_string(random.pick(files)).unwrap();
        let corrupted = corrupt(&text, &mut random);
        let path = support::krate::file(name, &corrupted);
        let result = generate(&path);
        assert!(
            !matches!(result, Err(Error::Generator { .. })),
            "{corrupted}"
        );
    }
}

#[test]
fn no_document_makes_the_generator_panic() {
    let files = [
        support::documents("tests/valid"),
        support::documents("tests/invalid"),
    ]
    .concat();
    let times = number("WIKIJS_CODEGEN_MUTATIONS", 2000);
    try_all("corrupted.graphql", &files, times, |path| {
        support::compile(path).map(drop)
    });
}

#[test]
fn no_schema_makes_the_generator_panic() {
    let times = number("WIKIJS_CODEGEN_MUTATIONS", 2000) / 4;
    try_all(
        "corrupted-schema.graphql",
        &[support::SCHEMA.into()],
        times,
        |path| {
            let config = wikijs_codegen::configure()
                .schema(path)
                .queries("tests/valid/01-fields.graphql")
                .queries("tests/valid/25-input.graphql")
                .crate_path("crate");
            config.generate().map(drop)
        },
    );
}
