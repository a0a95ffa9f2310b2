//! Without the feature `check`: `cargo test -p wikijs-codegen --no-default-features`.

#![cfg(not(feature = "check"))]

mod support;

use wikijs_codegen::Error;

#[test]
fn no_invalid_document_makes_the_generator_fail_otherwise_than_by_a_diagnostic() {
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
    // What needs the types of values and variables is accepted here.
    assert!(refused > 90, "{refused} are refused");
}

#[test]
fn what_would_become_wrong_rust_is_refused_all_the_same() {
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
