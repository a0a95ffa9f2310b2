//! The workspace's own documents.

#[test]
fn generates_the_bundled_operations() {
    let compile = wikijs_codegen::configure()
        .queries("../queries")
        .crate_path("crate");
    let (code, report) = compile.generate().unwrap_or_else(|error| panic!("{error}"));
    assert!(report.operations.contains(&"PagesList".to_owned()));
    assert_eq!(
        code.matches("pub struct Status ").count(),
        1,
        "a fragment is one type"
    );
}
