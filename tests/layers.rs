//! Checks the dependencies between the top-level modules of `src` and of `fake/src`: no module imports one of a
//! higher layer, and no modules form a cycle.
//!
//! Every path in code counts, inside macros too. Links in documentation and modules for tests do not.
//! `LAYERS=1 cargo test --test layers -- --nocapture` prints every violation with its reason.

#![allow(
    clippy::expect_used,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and print"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The layers of `src`, from the lowest to the highest. Modules in no layer are handles.
const LAYERS: &[(&str, &[&str])] = &[
    ("types", &["redact", "types"]),
    ("error", &["error", "text"]),
    ("api", &["api", "generated"]),
    ("telemetry", &["telemetry"]),
    ("task", &["call", "task"]),
    ("auth", &["auth"]),
    ("transport", &["http", "transport"]),
    ("write", &["write"]),
    ("cache", &["cache"]),
    ("client", &["client", "response"]),
    ("handles", &[]),
    ("blocking", &["blocking"]),
    ("lib", &["guide", "lib"]),
];

const HANDLES: &str = "handles";

/// Imports of a higher layer that still exist. Entries are removed, and never added.
const UPWARD: &[(&str, &str)] = &[];

/// Modules of `src` that still are in a cycle. Entries are removed, and never added.
const CYCLIC: &[&str] = &[];

/// Modules of `fake/src` that still are in a cycle. Entries are removed, and never added.
const CYCLIC_IN_THE_FAKE: &[&str] = &[];

type Edge = (String, String);

/// The imports of a crate between its top-level modules, with the files that contain them.
type Imports = BTreeMap<Edge, BTreeSet<String>>;

#[test]
fn no_module_imports_one_of_a_higher_layer() {
    let imports = imports_of("src");
    let upward = imports
        .iter()
        .filter(|((from, to), _)| layer_of(from) < layer_of(to))
        .map(|((from, to), files)| (format!("(\"{from}\", \"{to}\")"), listed(files)));
    let known = UPWARD
        .iter()
        .map(|(from, to)| format!("(\"{from}\", \"{to}\")"));
    compare(
        upward.collect(),
        known.collect(),
        "imports of a higher layer",
    );
}

#[test]
fn modules_of_the_client_form_no_cycle() {
    compare_cycles("src", CYCLIC);
}

#[test]
fn modules_of_the_fake_form_no_cycle() {
    compare_cycles("fake/src", CYCLIC_IN_THE_FAKE);
}

fn compare_cycles(folder: &str, known: &[&str]) {
    let imports = imports_of(folder);
    let mut cyclic: BTreeMap<String, String> = BTreeMap::new();
    for (from, to) in imports
        .keys()
        .filter(|(from, to)| reaches(&imports, to, from))
    {
        let others = cyclic.entry(format!("{from:?}")).or_default();
        *others += &format!(" {to}");
    }
    let known = known.iter().map(|module| format!("{module:?}"));
    compare(
        cyclic,
        known.collect(),
        &format!("modules in cycles in {folder}"),
    );
}

#[test]
fn paths_are_found_in_all_kinds_of_code() {
    let names = Names {
        modules: ["a", "b", "c", "d", "e"].map(str::to_owned).into(),
        reexports: [("Thing".to_owned(), "e".to_owned())].into(),
    };
    let text = "
        //! [`c`](crate::c)
        use crate::{a::{X, Y}, Thing};
        use super::b::Z;
        #[cfg(test)]
        mod tests { use crate::c::Q; }
        macro_rules! m { () => { $crate::d::f() } }
    ";
    let tokens: TokenStream = text.parse().expect("the text is valid Rust");
    let mut found = BTreeSet::new();
    names.collect(tokens, 1, &mut found);
    assert_eq!(found, ["a", "b", "d", "e"].map(str::to_owned).into());
    // One level deeper, `super` is the module itself.
    let mut found = BTreeSet::new();
    names.collect(
        "use super::b::Z; use super::super::a::X;"
            .parse()
            .expect("the text is valid Rust"),
        2,
        &mut found,
    );
    assert_eq!(found, ["a"].map(str::to_owned).into());
}

/// Fails unless exactly the known violations were found. `found` has the reason for each.
fn compare(found: BTreeMap<String, String>, known: BTreeSet<String>, what: &str) {
    let mut faults = String::new();
    for (violation, reason) in &found {
        if std::env::var_os("LAYERS").is_some() {
            println!("{violation}: {reason}");
        }
        if !known.contains(violation) {
            faults += &format!("    {violation}, // new: {reason}\n");
        }
    }
    for gone in known
        .iter()
        .filter(|violation| !found.contains_key(*violation))
    {
        faults += &format!("    {gone}, // is listed and does not exist any more: remove it\n");
    }
    assert!(faults.is_empty(), "{what}:\n{faults}");
}

fn listed(files: &BTreeSet<String>) -> String {
    files.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn layer_of(module: &str) -> usize {
    let of = |name: &str| {
        LAYERS
            .iter()
            .position(|(_, modules)| modules.contains(&name))
    };
    let handles = LAYERS.iter().position(|(name, _)| *name == HANDLES);
    of(module).or(handles).expect("the handles are a layer")
}

/// Returns `true` if `from` imports `to`, directly or through other modules.
fn reaches(imports: &Imports, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut left = vec![from];
    while let Some(module) = left.pop() {
        if module == to {
            return true;
        }
        for (_, next) in imports.keys().filter(|(from, _)| from == module) {
            if seen.insert(next) {
                left.push(next);
            }
        }
    }
    false
}

fn imports_of(folder: &str) -> Imports {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let names = Names::read(&root);
    let mut imports = Imports::new();
    for module in &names.modules {
        let file = root.join(format!("{module}.rs"));
        if file.is_file() {
            names.add_file(&file, &root, module, &mut imports);
        }
        visit(&root.join(module), &mut |path| {
            names.add_file(path, &root, module, &mut imports);
        });
    }
    assert!(!imports.is_empty(), "{folder} has no modules");
    imports
}

fn visit(folder: &Path, each: &mut dyn FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&path);
        }
    }
}

/// The names in the root of a crate.
struct Names {
    modules: BTreeSet<String>,
    /// Names that the root exports, with the modules that define them.
    reexports: BTreeMap<String, String>,
}

impl Names {
    /// Reads the modules, the `use` declarations and the exported macros of a crate.
    fn read(root: &Path) -> Self {
        let mut names = Self {
            modules: BTreeSet::new(),
            reexports: BTreeMap::new(),
        };
        let tokens: Vec<TokenTree> = tokens_of(&root.join("lib.rs")).into_iter().collect();
        for window in tokens.windows(3) {
            if let [
                TokenTree::Ident(keyword),
                TokenTree::Ident(name),
                TokenTree::Punct(end),
            ] = window
                && *keyword == "mod"
                && end.as_char() == ';'
            {
                names.modules.insert(name.to_string());
            }
        }
        for (index, token) in tokens.iter().enumerate() {
            if !is_ident(token, "use") {
                continue;
            }
            let mut tree = tokens[index + 1..].iter();
            if tree.next().is_some_and(|token| is_ident(token, "self")) {
                let tree = tree.skip(2).take_while(|token| token.to_string() != ";");
                names.add_reexports(&tree.cloned().collect::<Vec<_>>(), None);
            }
        }
        for module in names.modules.clone() {
            for file in [
                root.join(format!("{module}.rs")),
                root.join(&module).join("mod.rs"),
            ] {
                if file.is_file() {
                    names.add_macros(tokens_of(&file), &module);
                }
            }
        }
        names
    }

    /// Adds the last names of a `use` tree, under the module with which it begins.
    fn add_reexports(&mut self, tree: &[TokenTree], module: Option<&str>) {
        for branch in tree.split(|token| token.to_string() == ",") {
            let first = branch.first().map(ToString::to_string);
            let module = module.map(str::to_owned).or(first).unwrap_or_default();
            match branch.last() {
                Some(TokenTree::Group(group)) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    let module = Some(module).filter(|_| branch.len() > 1);
                    self.add_reexports(&inner, module.as_deref());
                }
                Some(name) => {
                    self.reexports.insert(name.to_string(), module);
                }
                None => {}
            }
        }
    }

    fn add_macros(&mut self, tokens: TokenStream, module: &str) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            if matches!(token, TokenTree::Group(group) if group.to_string().contains("macro_export"))
                && let Some(name) = tokens.get(index + 3)
            {
                self.reexports.insert(name.to_string(), module.to_owned());
            }
        }
    }

    fn add_file(&self, path: &Path, root: &Path, module: &str, imports: &mut Imports) {
        let relative = path.strip_prefix(root).expect("the path is below the root");
        // A file `mod.rs` is the module of its folder.
        let depth = relative.components().count() - usize::from(path.ends_with("mod.rs"));
        let mut found = BTreeSet::new();
        self.collect(tokens_of(path), depth, &mut found);
        for to in found.into_iter().filter(|to| to != module) {
            let files = imports.entry((module.to_owned(), to)).or_default();
            files.insert(relative.display().to_string());
        }
    }

    /// Adds the top-level modules that the code of a module refers to, which is `depth` levels below the root.
    fn collect(&self, tokens: TokenStream, depth: usize, found: &mut BTreeSet<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut index = 0;
        while index < tokens.len() {
            match &tokens[index] {
                TokenTree::Punct(sign)
                    if sign.as_char() == '#' && tokens.get(index + 1).is_some_and(is_for_tests) =>
                {
                    index += 2;
                    let is_end = |token: &TokenTree| {
                        token.to_string() == ";"
                            || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
                    };
                    while tokens.get(index).is_some_and(|token| !is_end(token)) {
                        index += 1;
                    }
                }
                TokenTree::Ident(word) if *word == "crate" && is_path(&tokens, index + 1) => {
                    self.add_path(&tokens[index + 3..], found);
                }
                TokenTree::Ident(word) if *word == "super" && is_path(&tokens, index + 1) => {
                    let mut levels = 1;
                    while tokens
                        .get(index + 3)
                        .is_some_and(|token| is_ident(token, "super"))
                        && is_path(&tokens, index + 4)
                    {
                        levels += 1;
                        index += 3;
                    }
                    if levels == depth {
                        self.add_path(&tokens[index + 3..], found);
                    }
                }
                TokenTree::Ident(word) if *word == "mod" => {
                    if let Some(TokenTree::Group(body)) = tokens.get(index + 2) {
                        self.collect(body.stream(), depth + 1, found);
                        index += 2;
                    }
                }
                TokenTree::Group(group) => self.collect(group.stream(), depth, found),
                _ => {}
            }
            index += 1;
        }
    }

    /// Adds the names that follow `crate::`: one name, or the first names of a `use` tree.
    fn add_path(&self, tokens: &[TokenTree], found: &mut BTreeSet<String>) {
        match tokens.first() {
            Some(TokenTree::Ident(name)) => {
                let name = name.to_string();
                let module = self.reexports.get(&name).unwrap_or(&name);
                // Macros and inline modules of the root itself belong to no top-level module.
                if self.modules.contains(module) {
                    found.insert(module.clone());
                }
            }
            Some(TokenTree::Group(group)) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inner.split(|token| token.to_string() == ",") {
                    self.add_path(branch, found);
                }
            }
            _ => {}
        }
    }
}

fn tokens_of(path: &Path) -> TokenStream {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if *ident == name)
}

/// Returns `true` if the tokens at this index are `::`.
fn is_path(tokens: &[TokenTree], index: usize) -> bool {
    let is_colon = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(sign)) if sign.as_char() == ':');
    is_colon(tokens.get(index)) && is_colon(tokens.get(index + 1))
}

/// Returns `true` for the brackets of `#[cfg(test)]`.
fn is_for_tests(attribute: &TokenTree) -> bool {
    let words = |group: &Group| -> String {
        group
            .stream()
            .to_string()
            .chars()
            .filter(|sign| !sign.is_whitespace())
            .collect()
    };
    matches!(attribute, TokenTree::Group(group)
        if words(group) == "cfg(test)" || words(group).starts_with("cfg(all(test"))
}
