//! Random documents: code from accepted documents compiles, and decodes every response that a server
//! may return.
//!
//! `WIKIJS_CODEGEN_DOCUMENTS=5000 cargo test -p wikijs-codegen --test corpus` tests more documents.

#![cfg(feature = "check")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::{env, fs};

use support::{
    answer::Server,
    krate::{file, run},
    random::{Random, Writer},
};

fn count(by_default: u64) -> u64 {
    env::var("WIKIJS_CODEGEN_DOCUMENTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(by_default)
}

#[test]
fn accepted_documents_compile_and_decode_every_response() {
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
    let decode = "fn decode<Q: graphql_client::GraphQLQuery>(seed: u64, answer: &str)\nwhere\n    \
        Q::ResponseData: serde::Serialize + PartialEq + std::fmt::Debug,\n{\n    \
        let decoded: Q::ResponseData = serde_json::from_str(answer)\n        \
        .unwrap_or_else(|error| panic!(\"document {seed}: {error}\\n{answer}\"));\n    \
        let text = serde_json::to_string(&decoded).unwrap();\n    \
        assert_eq!(serde_json::from_str::<Q::ResponseData>(&text).unwrap(), decoded, \"{text}\");\n}\n";
    run(
        "corpus",
        &modules,
        &format!("{decode}fn main() {{\n{decodes}}}\n"),
    );
}
