//! All documents of a compile together.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Diagnostic,
    document::{Document, Fragment, Name, Operation, Selection, Span, parser},
    rules,
    source::{Place, Source},
};

/// Index of a file.
pub(crate) type FileId = usize;

/// The parsed files.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) sources: Vec<Source>,
    parsed: Vec<Document>,
    /// The first fragment of each name: its file and its place there.
    by_name: BTreeMap<String, (FileId, usize)>,
    /// The files that are not GraphQL.
    pub(crate) unreadable: Vec<FileId>,
}

impl Documents {
    /// Parses every file; adds an error for each that is not GraphQL.
    pub(crate) fn parse(sources: Vec<Source>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let (mut parsed, mut unreadable) = (Vec::with_capacity(sources.len()), Vec::new());
        for (file, source) in sources.iter().enumerate() {
            parsed.push(parser::parse(&source.text).unwrap_or_else(|error| {
                let message = format!("syntax error: {}", error.message);
                let open = error.open.map(|open| {
                    let (Place { line, column, .. }, bracket) =
                        (source.place(open), source.slice(open));
                    format!("the `{bracket}` at {line}:{column} is not closed here")
                });
                let diagnostic = Diagnostic::error(source, error.span, message);
                diagnostics.push(diagnostic.rule(rules::rule("")).maybe_help(open));
                unreadable.push(file);
                Document::default()
            }));
        }
        let mut by_name = BTreeMap::new();
        for (file, document) in parsed.iter().enumerate() {
            for (index, fragment) in document.fragments.iter().enumerate() {
                let name = fragment.name.text.clone();
                by_name.entry(name).or_insert((file, index));
            }
        }
        Self {
            sources,
            parsed,
            by_name,
            unreadable,
        }
    }

    fn parsed(&self) -> impl Iterator<Item = (FileId, &Document)> {
        self.parsed.iter().enumerate()
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = (FileId, &Operation)> {
        self.parsed()
            .flat_map(|(file, it)| it.operations.iter().map(move |it| (file, it)))
    }

    pub(crate) fn fragments(&self) -> impl Iterator<Item = (FileId, &Fragment)> {
        self.parsed()
            .flat_map(|(file, it)| it.fragments.iter().map(move |it| (file, it)))
    }

    pub(crate) fn fragment(&self, name: &str) -> Option<(FileId, &Fragment)> {
        let (file, index) = self.by_name.get(name)?;
        let fragment = self.parsed.get(*file)?.fragments.get(*index)?;
        Some((*file, fragment))
    }

    pub(crate) fn error(&self, file: FileId, span: Span, message: String) -> Option<Diagnostic> {
        let source = self.sources.get(file)?;
        Some(Diagnostic::error(source, span, message))
    }

    /// Formats a place for a message.
    pub(crate) fn place(&self, file: FileId, span: Span) -> String {
        let Some(source) = self.sources.get(file) else {
            return String::new();
        };
        let Place { line, column, .. } = source.place(span);
        format!("{}:{line}:{column}", source.path.display())
    }

    /// Returns `true` if the file defines nothing.
    #[cfg(feature = "check")]
    pub(crate) fn is_empty(&self, source: &Source) -> bool {
        let mut files = self.sources.iter().zip(&self.parsed);
        files.any(|(it, document)| {
            it.path == source.path
                && document.operations.is_empty()
                && document.fragments.is_empty()
        })
    }

    pub(crate) fn slice(&self, file: FileId, span: Span) -> &str {
        self.sources
            .get(file)
            .map_or("", |source| source.slice(span))
    }

    /// Returns the fragments that the selections use, directly or through other fragments.
    pub(crate) fn used_fragments<'a>(&'a self, selections: &'a [Selection]) -> BTreeSet<&'a str> {
        let mut used = BTreeSet::new();
        let mut open = spreads_in(selections);
        while let Some(name) = open.pop() {
            if used.insert(name.text.as_str())
                && let Some((_, fragment)) = self.fragment(&name.text)
            {
                open.extend(spreads_in(&fragment.selections));
            }
        }
        used
    }

    /// Returns all fragments, each after those that it spreads.
    pub(crate) fn fragments_inner_first(&self) -> Vec<&Fragment> {
        let mut order = Vec::new();
        self.walk_fragments(|fragment| order.push(fragment), |_, _| {});
        order
    }

    /// Returns the fragments that spread themselves, directly or through others, each with that spread.
    pub(crate) fn cyclic_fragments(&self) -> Vec<(FileId, &Fragment, &Name)> {
        let mut cyclic = Vec::new();
        self.walk_fragments(|_| {}, |fragment, spread| cyclic.push((fragment, spread)));
        let with_file = |(fragment, spread): (&'_ Fragment, _)| {
            let (file, fragment) = self.fragment(&fragment.name.text)?;
            Some((file, fragment, spread))
        };
        cyclic.into_iter().filter_map(with_file).collect()
    }

    /// Visits every fragment once, after the fragments that it spreads. Calls `done` for each fragment, and `back` for
    /// a spread of a fragment whose visit has not ended, which is a cycle.
    fn walk_fragments<'a>(
        &'a self,
        mut done: impl FnMut(&'a Fragment),
        mut back: impl FnMut(&'a Fragment, &'a Name),
    ) {
        let mut is_done: BTreeMap<&str, bool> = BTreeMap::new();
        for start in self.by_name.keys() {
            let mut path: Vec<(&Fragment, Vec<&Name>)> = Vec::new();
            let enter = |name: &str, is_done: &BTreeMap<&str, bool>| {
                let fragment = self.fragment(name).map(|(_, fragment)| fragment);
                fragment.filter(|it| !is_done.contains_key(it.name.text.as_str()))
            };
            let mut next = enter(start, &is_done);
            loop {
                if let Some(fragment) = next.take() {
                    is_done.insert(&fragment.name.text, false);
                    path.push((fragment, spreads_in(&fragment.selections)));
                }
                let Some((fragment, spreads)) = path.last_mut() else {
                    break;
                };
                match spreads.pop() {
                    None => {
                        is_done.insert(&fragment.name.text, true);
                        done(fragment);
                        path.pop();
                    }
                    Some(spread) if is_done.get(spread.text.as_str()) == Some(&false) => {
                        back(fragment, spread);
                    }
                    Some(spread) => next = enter(&spread.text, &is_done),
                }
            }
        }
    }
}

/// Returns the spreads in selections, without those inside of other fragments.
pub(crate) fn spreads_in(selections: &[Selection]) -> Vec<&Name> {
    let mut spreads = Vec::new();
    let mut open = vec![selections];
    while let Some(selections) = open.pop() {
        for selection in selections {
            open.push(selection.inner());
            if let Selection::Spread(spread) = selection {
                spreads.push(&spread.name);
            }
        }
    }
    spreads
}
