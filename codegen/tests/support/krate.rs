//! Compiles generated code in a separate crate that denies every warning.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Writes a file in the temporary folder of this package's tests, and returns its path.
pub fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// Compiles a library of these modules, and runs a program with this body.
pub fn run(name: &str, modules: &str, main: &str) {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n[profile.dev]\ndebug = false\n\
        [dependencies]\n\
        graphql_client = {{ version = \"0.16\", default-features = false }}\n\
        serde = {{ version = \"1\", features = [\"derive\"] }}\n\
        serde_json = \"1\"\n"
    );
    let manifest = file(&format!("{name}/Cargo.toml"), &manifest);
    // With the versions of this workspace, which are downloaded already, no network is needed.
    fs::copy(
        workspace.join("Cargo.lock"),
        manifest.with_file_name("Cargo.lock"),
    )
    .unwrap();
    for path in ["tests/support/argument.rs", "../src/generated.rs"] {
        let text = fs::read_to_string(path).unwrap();
        let module = Path::new(path).file_name().unwrap().to_str().unwrap();
        file(&format!("{name}/src/{module}"), &text);
    }
    let head = "//! Generated code.\n#![deny(warnings, missing_docs, missing_debug_implementations)]\n\
        #[doc(hidden)]\npub mod __codegen { pub use graphql_client; pub use serde; \
        pub use crate::{__object as object, __operation as operation, generated::*}; }\n\
        mod argument;\n\
        mod generated;\n\
        /// As in the client.\npub mod api {\n    pub use crate::argument::Argument;\n\
        /// As in the client.\n    pub mod scalars {\n        /// A date.\n        pub type Date = String;\n    }\n}\n";
    file(&format!("{name}/src/lib.rs"), &format!("{head}{modules}"));
    file(
        &format!("{name}/src/main.rs"),
        &format!("//! Runs.\n{main}"),
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
