//! Without the feature `check`: `cargo test -p wikijs-codegen --no-default-features`.

#![cfg(not(feature = "check"))]

mod support;

use wikijs_codegen::Error;

#[test]
fn invalid_documents_fail_only_with_diagnostics() {
    let mut refused = 0;
    for path in support::documents("tests/invalid") {
        match support::compile(&path) {
            Ok(_) | Err(Error::NoOperations) => {}
            Err(Error::Documents(diagnostics)) => {
                assert!(!diagnostics.is_empty());
                refused += 1;
            }
            Err(other) => panic!("{}: {other}", path.display()),
        }
    }
    // Only fields that cannot be merged are accepted here.
    assert!(refused > 170, "{refused} are refused");
}

#[test]
fn documents_that_would_become_invalid_rust_are_refused() {
    let kinds = [
        "-rust-",
        "-introspection-",
        "-interface-",
        "-union-",
        "-syntax-",
        "-anonymous-",
        "-cycle-",
    ];
    for path in support::documents("tests/invalid") {
        if kinds
            .iter()
            .any(|kind| path.to_string_lossy().contains(kind))
        {
            assert!(
                support::compile(&path).is_err(),
                "{} is accepted",
                path.display()
            );
        }
    }
}
