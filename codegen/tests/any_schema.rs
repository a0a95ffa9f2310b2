//! Code generation without the client, for a generated schema of a thousand types, and for the schema file of an
//! environment variable.
//!
//! `WIKIJS_CODEGEN_SCHEMA=github.graphql cargo test -p wikijs-codegen --test any_schema` generates random documents on
//! that schema and compiles them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{env, fmt::Write as _, fs};

use support::{
    krate::{file, run},
    random::{Random, Writer},
};
use wikijs_codegen::Config;

/// Returns a schema with interfaces of interfaces, unions, cyclic inputs, enums and scalars.
fn schema(types: usize) -> String {
    let mut sdl = String::from("scalar Moment\nscalar Json\n");
    let mut random = Random::new(7);
    let count = types / 5;
    sdl.push_str("interface Node { id: ID! }\n");
    for index in 0..count {
        let _ = writeln!(
            sdl,
            "interface Being{index} implements Node {{ id: ID! at(after: Moment, by: In{index}): Moment kind: Kind{index}! }}\n\
            type Thing{index} implements Being{index} & Node {{ id: ID! at(after: Moment, by: In{index}): Moment \
            kind: Kind{index}! next: Thing{} beings: [Being{}!]! any(first: Int! = 3, in: [In{index}!]): [Any{}] data: Json }}\n\
            union Any{index} = Thing{index} | Thing{}\n\
            enum Kind{index} {{ ONE two Other TYPE_{index} }}\n\
            input In{index} {{ id: ID! others: [In{}!] one: In{} kind: Kind{index} = ONE at: Moment! = \"now\" }}",
            random.below(count),
            random.below(count),
            random.below(count),
            (index + 1) % count,
            random.below(count),
            random.below(count),
        );
    }
    sdl.push_str("type Query {\n  node(id: ID!): Node\n");
    for index in 0..count {
        let _ = writeln!(
            sdl,
            "  thing{index}(in: In{index}!): Thing{index}\n  any{index}: Any{index}!\n  being{index}: [Being{index}]"
        );
    }
    sdl.push_str("}\n");
    sdl
}

fn config(schema: &str, scalars: &[String]) -> Config {
    let config = wikijs_codegen::configure()
        .schema(schema)
        .runtime("graphql_client");
    scalars.iter().fold(config, |config, scalar| {
        config.scalar(scalar, "serde_json::Value")
    })
}

/// Returns the custom scalars of SDL.
fn scalars(sdl: &str) -> Vec<String> {
    let names = sdl.lines().filter_map(|line| line.strip_prefix("scalar "));
    let names = names.filter_map(|it| it.split_whitespace().next());
    let built_in = ["Boolean", "Float", "ID", "Int", "String"];
    names
        .filter(|it| !built_in.contains(it))
        .map(str::to_owned)
        .collect()
}

/// Generates random documents on the schema and compiles what is accepted.
fn generate_and_compile(name: &str, sdl: &str, documents: u64) {
    let schema = file(&format!("{name}/schema.graphql"), sdl);
    let folder = schema.with_file_name("queries");
    let _ = fs::remove_dir_all(&folder);
    let (mut accepted, mut refused) = (0, String::new());
    for seed in 1..=documents {
        let text = Writer::new(sdl, seed).document();
        let path = file(&format!("{name}/queries/{seed}.graphql"), &text);
        match config(schema.to_str().unwrap(), &scalars(sdl))
            .queries(&path)
            .generate()
        {
            Ok(_) => accepted += 1,
            Err(error) => {
                refused = error.to_string();
                fs::remove_file(path).unwrap();
            }
        }
    }
    assert!(
        accepted * 2 > documents,
        "only {accepted} of {documents} are accepted; {refused}"
    );
    let (code, report) = config(schema.to_str().unwrap(), &scalars(sdl))
        .queries(&folder)
        .generate()
        .unwrap();
    assert_eq!(report.operations.len() as u64, accepted);
    run(
        name,
        &format!("/// All.\npub mod all {{\n{code}\n}}\n"),
        "fn main() {}\n",
    );
}

#[test]
fn a_schema_of_a_thousand_types_is_generated_without_the_client() {
    generate_and_compile("thousand", &schema(1000), 10);
}

#[test]
fn the_schema_of_the_environment_variable_is_generated() {
    if let Ok(path) = env::var("WIKIJS_CODEGEN_SCHEMA") {
        generate_and_compile("named", &fs::read_to_string(path).unwrap(), 20);
    }
}
