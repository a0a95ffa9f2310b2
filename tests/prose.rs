//! The rules of prose that a program can check: how summary lines begin, and words that are not used.
//!
//! `PROSE=src/pages cargo test --test prose` looks at one folder or file only.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

use std::{fs, path::Path};

/// Words with which no summary line begins: a noun clause does not say what an item is or does.
const REFUSED_BEGINNINGS: &[&str] = &[
    "What",
    "Whether",
    "How",
    "Where",
    "By what",
    "By which",
    "To whom",
    "That",
    "Whose",
    "Who",
    "Which",
    "For how long",
    "When",
];

/// Words that nobody searches for, each with the one to write instead.
const OLD_WORDS: &[(&str, &str)] = &[
    ("façade", "handle"),
    ("facade", "handle"),
    ("hazard", "known issue"),
    ("hazards", "known issues"),
    ("turn to write", "write permit"),
    ("turns to write", "write permits"),
    ("places on the wire", "permits"),
    ("on the wire", "in flight"),
    ("what became of", "the outcome of"),
    ("is no more", "was deleted"),
    ("Lane", "WriteQueue"),
    ("Parcel", "PendingRequest"),
    ("Editorial", "PageMetadata"),
    ("PagePlace", "PageLocation"),
    ("as_they_come", "unordered"),
    ("match_any", "any_of"),
    ("NotDone", "NotApplied"),
    ("Incomplete", "PartiallyApplied"),
    ("Foreseen", "PredictedState"),
    ("by_a_task", "spawn_and_join"),
    ("knows_caller", "verify_identity"),
];

/// Files whose words are others' own: what they quote is not this project's prose.
const NOT_PROSE: &[&str] = &["CHANGELOG.md", "tests/prose.rs"];

#[test]
fn summary_lines_and_words_follow_the_style() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let only = std::env::var("PROSE").unwrap_or_default();
    let mut faults = Vec::new();
    visit(root, &mut |path| {
        let name = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        if !name.starts_with(&only) || NOT_PROSE.contains(&name.as_str()) {
            return;
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        faults.extend(faults_of(&name, &text));
    });
    assert!(
        faults.is_empty(),
        "{} places:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn a_bad_line_is_refused() {
    let refused = |text: &str| !faults_of("src/x.rs", text).is_empty();
    assert!(refused("/// Whether it is there.\nfn f() {}"));
    assert!(refused("//! By what a list is sorted."));
    assert!(refused("/** How many. */\nfn f() {}"));
    assert!(refused("#[doc = \"When it ends.\"]\nfn f() {}"));
    assert!(refused("// See hazard 12."));
    assert!(refused("    /// The façade."));
    assert!(!refused(
        "/// Returns `true` if it is there.\n/// How it works.\nfn f() {}"
    ));
    assert!(!refused("/// Whatever is left.\nfn f() {}"));
    assert!(!refused("let what = \"What\"; // What it is."));
    assert!(!refused("let laneway = 1;"));
}

/// Calls `found` with every file of Rust, Markdown, GraphQL or TOML that belongs to the project.
fn visit(folder: &Path, found: &mut impl FnMut(&Path)) {
    let entries = fs::read_dir(folder).expect("the project's folders can be read");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            visit(&path, found);
        } else if ["rs", "md", "graphql", "toml"].contains(&extension.as_ref()) {
            found(&path);
        }
    }
}

fn faults_of(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut in_docs = false;
    for (number, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        let is_rust = Path::new(name).extension().is_some_and(|it| it == "rs");
        let docs = is_rust.then(|| docs_of(line)).flatten();
        if let Some(summary) = docs.filter(|_| !in_docs)
            && let Some(beginning) = REFUSED_BEGINNINGS.iter().find(|word| begins(summary, word))
        {
            faults.push(format!(
                "{place}: a summary line begins with \"{beginning}\": {summary}"
            ));
        }
        in_docs = docs.is_some();
        for (old, new) in OLD_WORDS.iter().filter(|(old, _)| has_word(line, old)) {
            faults.push(format!("{place}: \"{old}\"; write \"{new}\""));
        }
    }
    faults
}

/// Returns the documentation in a line, without its marks.
fn docs_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let marks = ["///", "//!", "/**", "/*!", "#[doc = \"", "#![doc = \""];
    let rest = marks.iter().find_map(|mark| line.strip_prefix(mark))?;
    (!rest.starts_with('/')).then(|| rest.trim_start())
}

fn begins(text: &str, words: &str) -> bool {
    let rest = text.strip_prefix(words);
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()))
}

/// Returns `true` if the line has the word, whatever stands around it. A word in capitals counts as it is.
fn has_word(line: &str, word: &str) -> bool {
    let (line, word) = if word.chars().any(char::is_uppercase) {
        (line.to_owned(), word.to_owned())
    } else {
        (line.to_lowercase(), word.to_owned())
    };
    let is_part =
        |next: Option<char>| next.is_some_and(|next| next.is_alphanumeric() || next == '_');
    line.match_indices(&word).any(|(at, _)| {
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + word.len()..].chars().next())
    })
}
