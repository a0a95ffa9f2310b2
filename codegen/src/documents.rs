//! All documents of a compile together.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Diagnostic,
    document::{Document, Fragment, Name, Operation, Selection, at_any_depth, parser},
    source::Source,
};

/// A parsed file. A file that is not GraphQL defines nothing.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) source: Source,
    pub(crate) document: Document,
}

/// The parsed files.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) files: Vec<File>,
    /// The first fragment of each name: its file and its place there.
    by_name: BTreeMap<String, (usize, usize)>,
    /// An error for each file that is not GraphQL.
    pub(crate) syntax_errors: Vec<Diagnostic>,
}

impl Documents {
    pub(crate) fn parse(sources: Vec<Source>) -> Self {
        let mut syntax_errors = Vec::new();
        let parse = |source: Source| {
            let document = parser::parse(&source.text).unwrap_or_else(|error| {
                // The other files are validated nevertheless, so that one build shows the errors of all files.
                syntax_errors.push(Diagnostic::syntax_error(&source, &error));
                Document::default()
            });
            File { source, document }
        };
        let files: Vec<File> = sources.into_iter().map(parse).collect();
        let mut by_name = BTreeMap::new();
        for (file, File { document, .. }) in files.iter().enumerate() {
            for (index, fragment) in document.fragments.iter().enumerate() {
                let name = fragment.name.text.clone();
                // If a name is defined twice, spreads refer to the first. The second definition is reported, not its
                // uses.
                by_name.entry(name).or_insert((file, index));
            }
        }
        Self {
            files,
            by_name,
            syntax_errors,
        }
    }

    /// Returns `true` if all files are GraphQL, so that a missing fragment is not in one of the others.
    pub(crate) fn are_complete(&self) -> bool {
        self.syntax_errors.is_empty()
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Source, &Operation)> {
        self.files.iter().flat_map(|file| {
            let operations = file.document.operations.iter();
            operations.map(move |it| (&file.source, it))
        })
    }

    pub(crate) fn fragments(&self) -> impl Iterator<Item = (&Source, &Fragment)> {
        self.files.iter().flat_map(|file| {
            let fragments = file.document.fragments.iter();
            fragments.map(move |it| (&file.source, it))
        })
    }

    pub(crate) fn fragment(&self, name: &str) -> Option<(&Source, &Fragment)> {
        let (file, index) = self.by_name.get(name)?;
        let File { source, document } = self.files.get(*file)?;
        Some((source, document.fragments.get(*index)?))
    }

    /// Returns the fragments that the selections use, directly or through other fragments.
    pub(crate) fn used_fragments<'a>(&'a self, selections: &'a [Selection]) -> BTreeSet<&'a str> {
        let mut used = BTreeSet::new();
        let mut open = spreads_in(selections);
        while let Some(name) = open.pop() {
            // A fragment that was found before is not entered again, so that a cycle ends.
            if used.insert(name.text.as_str())
                && let Some((_, fragment)) = self.fragment(&name.text)
            {
                open.extend(spreads_in(&fragment.selections));
            }
        }
        used
    }

    /// Sorts the fragments, by a depth-first search that does not recurse.
    pub(crate) fn fragment_order(&self) -> FragmentOrder<'_> {
        let mut order = FragmentOrder::default();
        // `false` for a fragment on the current path, `true` for one that was left. A chain of fragments can have
        // thousands of links, more than a stack has frames for.
        let mut is_done: BTreeMap<&str, bool> = BTreeMap::new();
        for start in self.by_name.keys() {
            let mut next = Some(start.as_str());
            let mut path: Vec<(&Source, &Fragment, Vec<&Name>)> = Vec::new();
            loop {
                let name = next.take().filter(|it| !is_done.contains_key(it));
                if let Some((file, fragment)) = name.and_then(|it| self.fragment(it)) {
                    is_done.insert(&fragment.name.text, false);
                    path.push((file, fragment, spreads_in(&fragment.selections)));
                }
                let Some((file, fragment, spreads)) = path.last_mut() else {
                    break;
                };
                match spreads.pop() {
                    None => {
                        is_done.insert(&fragment.name.text, true);
                        order.inner_first.push(*fragment);
                        path.pop();
                    }
                    // The search reaches a fragment on its own path again only by a cycle.
                    Some(spread) if is_done.get(spread.text.as_str()) == Some(&false) => {
                        order.cyclic.push((*file, *fragment, spread));
                    }
                    Some(spread) => next = Some(&spread.text),
                }
            }
        }
        order
    }
}

/// The fragments in the order of their dependencies.
#[derive(Default)]
pub(crate) struct FragmentOrder<'a> {
    /// All fragments, each after those that it spreads.
    pub(crate) inner_first: Vec<&'a Fragment>,
    /// The fragments that spread themselves, directly or through others, each with that spread.
    pub(crate) cyclic: Vec<(&'a Source, &'a Fragment, &'a Name)>,
}

/// Returns the spreads in selections, without those inside of other fragments.
fn spreads_in(selections: &[Selection]) -> Vec<&Name> {
    let spreads = at_any_depth(selections).filter_map(|it| match it {
        Selection::Spread(spread) => Some(&spread.name),
        _ => None,
    });
    spreads.collect()
}
