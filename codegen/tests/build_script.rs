//! A small build script: its instructions to Cargo, and its exit status.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder for one test, which is removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("wikijs-codegen-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("out")).unwrap();
        Self(path)
    }

    /// Copies the documents of the workspace, so that the test can make them invalid.
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

    /// Runs [`the_build_script`] in a separate process, as Cargo runs a build script.
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

/// Returns `true` if the output has an error, for which Cargo fails the build.
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
        format!(
            "cargo::error=queries/pages/list.graphql:{line}:7: error: type `PageListItem` does not have a field \
             `createdAd`"
        ),
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
fn errors_of_all_files_are_reported_together() {
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
fn a_second_run_does_not_rewrite_the_generated_file() {
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
        "a folder without documents is also an error"
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

/// Returns the files of the documents that a pattern finds in a folder.
fn files(folder: &Folder, pattern: &str) -> Vec<String> {
    let config = wikijs_codegen::configure()
        .schema(folder.0.join("schema.graphql"))
        .queries(folder.0.join(pattern));
    let (_, report) = config.generate().unwrap_or_else(|error| panic!("{error}"));
    let names = report
        .files
        .iter()
        .map(|it| it.strip_prefix(&folder.0).unwrap().display().to_string());
    names.collect()
}

fn folder_of(name: &str, documents: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(name);
    fs::write(folder.0.join("schema.graphql"), "type Query { a: Int }").unwrap();
    for (file, text) in documents {
        let path = folder.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn hidden_files_are_ignored_and_extensions_match_in_any_case() {
    let folder = folder_of(
        "hidden",
        &[
            ("q/a.graphql", "query A { a }"),
            ("q/b.gql", "query B { a }"),
            ("q/c.GRAPHQL", "query C { a }"),
            ("q/.#a.graphql", "an editor's lock"),
            ("q/._a.graphql", "\u{0}"),
            ("q/.git/x.graphql", "no document"),
            ("q/a.graphql~", "a backup"),
        ],
    );
    assert_eq!(
        files(&folder, "q"),
        ["q/a.graphql", "q/b.gql", "q/c.GRAPHQL"]
    );
    assert_eq!(files(&folder, "q/*.graphql"), ["q/a.graphql"]);
}

#[test]
fn empty_files_define_nothing() {
    let folder = folder_of(
        "empty",
        &[
            ("q/a.graphql", "query A { a }"),
            ("q/b.graphql", ""),
            ("q/c.graphql", "# query C { a }\n,\n"),
            ("q/d.graphql", "\u{feff}"),
        ],
    );
    assert_eq!(files(&folder, "q").len(), 4);
}

#[cfg(unix)]
#[test]
fn linked_files_are_read_once_and_link_cycles_end() {
    let folder = folder_of(
        "links",
        &[
            ("q/a.graphql", "query A { a }"),
            ("elsewhere/b.graphql", "query B { a }"),
        ],
    );
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.0.join(name)).unwrap();
    link(".", "q/self");
    link(".", "q/me");
    link("a.graphql", "q/again.graphql");
    link("../elsewhere", "q/z");
    let found = files(&folder, "q");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "q/a.graphql");
    let found = files(&folder, "q/**/*.graphql");
    assert_eq!(found.len(), 2, "{found:?}");
}
