//! Every document of `tests/invalid` is refused, with the diagnostic in the `.snap` file next to it.
//!
//! `INSTA_UPDATE=always cargo test -p wikijs-codegen --test invalid` updates the diagnostics.

#![cfg(feature = "check")]

mod support;

use wikijs_codegen::Error;

#[test]
fn every_invalid_document_is_refused_with_its_diagnostic() {
    let documents = support::documents("tests/invalid");
    assert!(
        documents.len() >= 120,
        "there are {} invalid documents",
        documents.len()
    );
    let mut accepted = Vec::new();
    for path in documents {
        let Err(error) = support::compile(&path) else {
            accepted.push(path);
            continue;
        };
        if let Error::Documents(diagnostics) = &error {
            assert!(!diagnostics.is_empty(), "{}", path.display());
            for diagnostic in diagnostics {
                assert_eq!(diagnostic.file, path);
                assert!(diagnostic.rule.is_some(), "{diagnostic}");
            }
        }
        support::snapshot(&path, &error.to_string());
    }
    assert!(
        accepted.is_empty(),
        "accepted though invalid: {accepted:#?}"
    );
}
