//! All documents of a compile together: what is defined where.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Diagnostic,
    document::{Document, Fragment, Operation, Selection, Span, parser},
    source::Source,
};

/// Which file something stands in.
pub(crate) type FileId = usize;

/// The parsed files.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) sources: Vec<Source>,
    parsed: Vec<Document>,
    /// The files that are no GraphQL.
    #[cfg_attr(
        not(feature = "check"),
        expect(dead_code, reason = "the check goes around them")
    )]
    pub(crate) unreadable: Vec<FileId>,
}

impl Documents {
    /// Parses every file; what cannot be read as GraphQL is told, file by file.
    pub(crate) fn parse(sources: Vec<Source>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let (mut parsed, mut unreadable) = (Vec::with_capacity(sources.len()), Vec::new());
        for (file, source) in sources.iter().enumerate() {
            parsed.push(parser::parse(&source.text).unwrap_or_else(|error| {
                let message = format!("syntax error: {}", error.message);
                let rule = "a document must follow GraphQL's grammar (GraphQL 2)";
                diagnostics.push(Diagnostic::error(source, error.span, message).rule(rule));
                unreadable.push(file);
                Document::default()
            }));
        }
        Self {
            sources,
            parsed,
            unreadable,
        }
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = (FileId, &Operation)> {
        self.parsed
            .iter()
            .enumerate()
            .flat_map(|(file, document)| document.operations.iter().map(move |it| (file, it)))
    }

    pub(crate) fn fragments(&self) -> impl Iterator<Item = (FileId, &Fragment)> {
        self.parsed
            .iter()
            .enumerate()
            .flat_map(|(file, document)| document.fragments.iter().map(move |it| (file, it)))
    }

    pub(crate) fn fragment(&self, name: &str) -> Option<(FileId, &Fragment)> {
        self.fragments()
            .find(|(_, fragment)| fragment.name.text == name)
    }

    pub(crate) fn error(
        &self,
        file: FileId,
        span: Span,
        message: impl Into<String>,
    ) -> Option<Diagnostic> {
        self.sources
            .get(file)
            .map(|source| Diagnostic::error(source, span, message))
    }

    pub(crate) fn warning(
        &self,
        file: FileId,
        span: Span,
        message: impl Into<String>,
    ) -> Option<Diagnostic> {
        self.sources
            .get(file)
            .map(|source| Diagnostic::warning(source, span, message))
    }

    pub(crate) fn slice(&self, file: FileId, span: Span) -> &str {
        self.sources
            .get(file)
            .map_or("", |source| source.slice(span))
    }

    /// The fragments that the selections use, directly or through other fragments.
    pub(crate) fn used_fragments(&self, selections: &[Selection]) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        let mut open: Vec<&[Selection]> = vec![selections];
        while let Some(selections) = open.pop() {
            for selection in selections {
                match selection {
                    Selection::Field(field) => open.push(&field.selections),
                    Selection::Inline(inline) => open.push(&inline.selections),
                    Selection::Spread(spread) => {
                        if used.insert(spread.name.text.clone())
                            && let Some((_, fragment)) = self.fragment(&spread.name.text)
                        {
                            open.push(&fragment.selections);
                        }
                    }
                }
            }
        }
        used
    }

    /// The fragments that spread themselves, directly or through others, with where one of their spreads stands.
    pub(crate) fn cyclic_fragments(&self) -> BTreeMap<String, (FileId, Span)> {
        let cyclic = self
            .fragments()
            .filter(|(_, it)| self.used_fragments(&it.selections).contains(&it.name.text));
        cyclic
            .map(|(file, it)| (it.name.text.clone(), (file, it.name.span)))
            .collect()
    }
}
