//! Over random documents: no text makes the generator panic, and what it accepts becomes Rust that compiles and that
//! decodes whatever a server answers to it.
//!
//! `WIKIJS_CODEGEN_DOCUMENTS=5000 cargo test -p wikijs-codegen --test corpus` looks at more of them.

#![cfg(feature = "check")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use support::{
    answer::Server,
    random::{Random, Writer, spoil},
};

fn count(by_default: u64) -> u64 {
    env::var("WIKIJS_CODEGEN_DOCUMENTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(by_default)
}

/// A file in the folder that Cargo gives to this package's tests.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn no_text_makes_the_generator_panic() {
    let documents = [
        support::documents("tests/valid"),
        support::documents("tests/invalid"),
    ]
    .concat();
    let mut random = Random::new(1);
    for _ in 0..count(300) {
        let text = fs::read_to_string(random.pick(&documents)).unwrap();
        let spoilt = spoil(&text, &mut random);
        // Left in its place where it makes the test fail.
        let path = file("spoilt.graphql", &spoilt);
        let _ = support::compile(&path);
    }
}

#[test]
fn what_is_accepted_compiles_and_decodes_every_answer() {
    let sdl = fs::read_to_string(support::SCHEMA).unwrap();
    let server = Server::new(&sdl);
    let (mut accepted, mut modules, mut decodes) = (0, String::new(), String::new());
    let documents = count(60);
    for seed in 1..=documents {
        let text = Writer::new(&sdl, seed).document();
        let path = file("random.graphql", &text);
        let Ok((code, _)) = support::compile(&path) else {
            continue;
        };
        accepted += 1;
        modules.extend([format!("/// {seed}\npub mod doc{seed} {{\n{code}\n}}\n")]);
        let mut random = Random::new(seed);
        for _ in 0..8 {
            let answer = server.answer(&text, &mut random).to_string();
            decodes.extend([format!(
                "    decode::<corpus::doc{seed}::Doc{seed}>({seed}, r#\"{answer}\"#);\n"
            )]);
        }
    }
    assert!(
        accepted * 2 > documents,
        "only {accepted} of {documents} documents are accepted"
    );
    run(&modules, &decodes);
}

/// Compiles the modules in a crate of their own, with every warning denied, and decodes the answers.
fn run(modules: &str, decodes: &str) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = "[package]\nname = \"corpus\"\nedition = \"2024\"\n[workspace]\n[profile.dev]\ndebug = false\n\
        [dependencies]\n\
        graphql_client = { version = \"0.16\", default-features = false }\n\
        serde = { version = \"1\", features = [\"derive\"] }\n\
        serde_json = \"1\"\n";
    let manifest = file("corpus/Cargo.toml", manifest);
    // The same versions as here: they are on this machine.
    fs::copy(
        workspace.join("Cargo.lock"),
        manifest.with_file_name("Cargo.lock"),
    )
    .unwrap();
    for module in ["argument", "lists"] {
        let text = fs::read_to_string(format!("tests/support/{module}.rs")).unwrap();
        file(&format!("corpus/src/{module}.rs"), &text);
    }
    let head = "//! Random documents.\n#![deny(warnings, missing_docs, missing_debug_implementations)]\n\
        #[doc(hidden)]\npub mod __codegen { pub use graphql_client; pub use serde; pub use crate::lists::*; }\n\
        mod argument;\n\
        mod lists;\n\
        /// As in the client.\npub mod api {\n    pub use crate::argument::Argument;\n\
        /// As in the client.\n    pub mod scalars {\n        /// A date.\n        pub type Date = String;\n    }\n}\n";
    file("corpus/src/lib.rs", &format!("{head}{modules}"));
    let decode = "fn decode<Q: graphql_client::GraphQLQuery>(seed: u64, answer: &str) {\n    \
        if let Err(error) = serde_json::from_str::<Q::ResponseData>(answer) {\n        \
        panic!(\"document {seed}: {error}\\n{answer}\");\n    }\n}\n";
    file(
        "corpus/src/main.rs",
        &format!("//! Decodes.\n{decode}fn main() {{\n{decodes}}}\n"),
    );
    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("target"),
        )
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
