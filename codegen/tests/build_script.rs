//! A build script in miniature: what Cargo is told, and how the build ends.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder of its own for each test; it goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("wikijs-codegen-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("out")).unwrap();
        Self(path)
    }

    /// The workspace's own documents, to be spoilt.
    fn with_bundled_queries(self) -> Self {
        copy(Path::new("../queries"), &self.0.join("queries"));
        self
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Runs [`the_build_script`] as a process of its own, as Cargo runs a build script.
    fn build(&self) -> Output {
        let test = env::current_exe().unwrap();
        Command::new(test)
            .args(["--exact", "the_build_script", "--ignored", "--nocapture"])
            .current_dir(&self.0)
            .env("OUT_DIR", self.0.join("out"))
            .output()
            .unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Cargo fails a build whose script gives it an error.
fn has_failed(output: &Output) -> bool {
    said(output)
        .lines()
        .any(|line| line.starts_with("cargo::error="))
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
#[ignore = "the body of the other tests' process"]
fn the_build_script() {
    wikijs_codegen::compile("queries");
}

#[test]
fn one_wrong_letter_in_a_query_fails_the_build_with_the_place_and_a_suggestion() {
    let folder = Folder::new("wrong-letter").with_bundled_queries();
    assert!(!has_failed(&folder.build()));
    folder.edit("queries/pages/list.graphql", "  createdAt", "  createdAd");
    let output = folder.build();
    assert!(has_failed(&output));
    let said = said(&output);
    let text = fs::read_to_string(folder.0.join("queries/pages/list.graphql")).unwrap();
    let line = text
        .lines()
        .position(|line| line.contains("createdAd"))
        .unwrap()
        + 1;
    for expected in [
        "cargo::error=error: type `PageListItem` does not have a field `createdAd`".to_owned(),
        format!("cargo::error=  --> queries/pages/list.graphql:{line}:7"),
        format!("cargo::error={line} |       createdAd"),
        "cargo::error=   |       ^^^^^^^^^".to_owned(),
        "cargo::error=   = help: did you mean `createdAt`?".to_owned(),
    ] {
        assert!(
            said.lines().any(|it| it.trim_end() == expected),
            "{expected}\n{said}"
        );
    }
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[cfg(feature = "check")]
#[test]
fn errors_of_all_files_are_told_at_once() {
    let folder = Folder::new("all-files").with_bundled_queries();
    folder.edit("queries/pages/list.graphql", "  title", "  titel");
    folder.edit("queries/pages/get.graphql", "$id: Int!", "$id: Int");
    folder.edit("queries/pages/tree.graphql", "{", "");
    let said = said(&folder.build());
    for file in ["list.graphql:", "get.graphql:", "tree.graphql:"] {
        assert!(said.contains(file), "{said}");
    }
    assert!(said.contains("3 errors in the GraphQL documents"), "{said}");
}

#[test]
fn cargo_watches_files_and_folders() {
    let folder = Folder::new("watch").with_bundled_queries();
    let said = said(&folder.build());
    for path in ["queries", "queries/pages/list.graphql"] {
        assert!(
            said.lines()
                .any(|line| line == format!("cargo::rerun-if-changed={path}")),
            "{said}"
        );
    }
}

#[test]
fn a_second_run_leaves_the_generated_file_untouched() {
    let folder = Folder::new("untouched").with_bundled_queries();
    folder.build();
    let generated = folder.0.join("out/wikijs.rs");
    let first = fs::metadata(&generated).unwrap().modified().unwrap();
    folder.build();
    assert_eq!(fs::metadata(&generated).unwrap().modified().unwrap(), first);
    let left: Vec<_> = fs::read_dir(folder.0.join("out")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left behind: {left:?}");
}

#[test]
fn a_pattern_without_a_file_is_an_error() {
    let folder = Folder::new("no-file");
    let output = folder.build();
    assert!(has_failed(&output));
    assert!(said(&output).contains("cargo::error=`queries` matches no .graphql file"));
    fs::create_dir(folder.0.join("queries")).unwrap();
    assert!(
        has_failed(&folder.build()),
        "a folder without a document is one, too"
    );
}

#[test]
fn a_deprecated_field_is_a_warning() {
    let folder = Folder::new("deprecated");
    let schema = "type Query { old: Int @deprecated(reason: \"Use new.\") new: Int }";
    fs::write(folder.0.join("schema.graphql"), schema).unwrap();
    fs::write(folder.0.join("q.graphql"), "query Old { old }").unwrap();
    let compile = wikijs_codegen::configure()
        .schema(folder.0.join("schema.graphql"))
        .queries(folder.0.join("q.graphql"));
    let (_, report) = compile.generate().unwrap();
    let [warning] = report.warnings.as_slice() else {
        panic!("{:?}", report.warnings)
    };
    assert_eq!(warning.message, "`Query.old` is deprecated: Use new.");
    assert_eq!((warning.line, warning.column), (1, 13));
}

#[test]
fn patterns_files_and_folders_are_found() {
    let generate = |pattern: &str| {
        wikijs_codegen::configure()
            .schema("tests/zoo.graphql")
            .queries(pattern)
            .generate()
    };
    let (_, one) = generate("tests/valid/01-fields.graphql").unwrap();
    assert_eq!(one.files, [Path::new("tests/valid/01-fields.graphql")]);
    let (_, some) = generate("tests/**/0[12]-*.graphql").unwrap();
    assert_eq!(some.operations, ["DogFields", "Variables1"]);
    assert!(
        some.watched.contains(&PathBuf::from("tests")),
        "{:?}",
        some.watched
    );
    assert!(generate("tests/no-such-*.graphql").is_err());
}
