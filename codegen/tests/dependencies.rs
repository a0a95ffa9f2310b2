//! Dependencies of a crate that depends on the client, and of one that generates code.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Returns the names of all packages that a crate with these dependencies builds on this machine.
fn packages(name: &str, dependencies: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "//! Empty.\n").unwrap();
    let manifest =
        format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n{dependencies}\n");
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    // With the versions of this workspace, which are downloaded already, no network is needed.
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect()
}

#[test]
fn a_crate_that_depends_on_the_client_builds_no_apollo_compiler() {
    let client = workspace();
    let packages = packages(
        "depends-on-client",
        &format!("[dependencies]\nwikijs-client = {{ path = {client:?} }}"),
    );
    let has = |name: &str| packages.iter().any(|package| package == name);
    assert!(has("wikijs-codegen"), "{packages:?}");
    for unwanted in [
        "apollo-compiler",
        "graphql_client_codegen",
        "graphql-parser",
    ] {
        assert!(!has(unwanted), "{unwanted}: {packages:?}");
    }
}

#[test]
fn a_crate_that_generates_from_its_own_documents_has_them_checked() {
    let codegen = workspace().join("codegen");
    let packages = packages(
        "generates",
        &format!("[build-dependencies]\nwikijs-codegen = {{ path = {codegen:?} }}"),
    );
    assert!(
        packages.iter().any(|package| package == "apollo-compiler"),
        "{packages:?}"
    );
    assert!(
        !packages.iter().any(|package| package == "wikijs-client"),
        "{packages:?}"
    );
}
