//! Reports of a compile or a check.

use std::path::PathBuf;

use crate::{
    Diagnostic,
    document::Span,
    documents::{Documents, FileId},
};

/// Report of a compile.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// Generated file; empty after [`Config::generate`](crate::Config::generate), which writes none.
    pub out_file: PathBuf,
    /// Names of the operations, in the order of the generated file.
    pub operations: Vec<String>,
    /// Names of the fragments that have their own types.
    pub fragments: Vec<String>,
    /// Warnings, such as uses of deprecated fields.
    pub warnings: Vec<Diagnostic>,
    /// Files of the documents.
    pub files: Vec<PathBuf>,
    /// Files and folders to watch: a change there requires another compile.
    pub watched: Vec<PathBuf>,
}

/// Report of a check: the operations that a schema can run, and those that it cannot.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// All operations of the documents.
    pub operations: Vec<CheckedOperation>,
    /// Errors outside of all operations, as in an unused fragment.
    pub others: Vec<Diagnostic>,
}

/// An operation, and the reasons why the schema cannot run it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckedOperation {
    /// Name; empty if it has none.
    pub name: String,
    /// File that defines it.
    pub file: PathBuf,
    /// Errors in it or in a fragment that it uses. Empty if the schema can run it.
    pub errors: Vec<Diagnostic>,
}

impl Checked {
    /// Returns `true` if there are no errors.
    pub fn is_ok(&self) -> bool {
        let mut operations = self.operations.iter();
        self.others.is_empty() && operations.all(|operation| operation.errors.is_empty())
    }

    pub(crate) fn new(documents: &Documents, errors: &[Diagnostic]) -> Self {
        let path = |file: FileId| {
            documents
                .sources
                .get(file)
                .map(|it| it.path.clone())
                .unwrap_or_default()
        };
        let mut is_other = vec![true; errors.len()];
        let mut operations = Vec::new();
        for (file, operation) in documents.operations() {
            let mut places: Vec<(PathBuf, Span)> = vec![(path(file), operation.span)];
            let used = documents.used_fragments(&operation.selections);
            let fragments = used.iter().filter_map(|name| documents.fragment(name));
            places.extend(fragments.map(|(file, fragment)| (path(file), fragment.span)));
            let mut own = Vec::new();
            for (error, is_other) in errors.iter().zip(&mut is_other) {
                let contains = |(file, span): &(PathBuf, Span)| {
                    *file == error.file && span.contains_start_of(error.span)
                };
                if places.iter().any(contains) {
                    *is_other = false;
                    own.push(error.clone());
                }
            }
            operations.push(CheckedOperation {
                name: operation.place().1.to_owned(),
                file: path(file),
                errors: own,
            });
        }
        let others = errors
            .iter()
            .zip(is_other)
            .filter(|(_, is_other)| *is_other);
        Self {
            operations,
            others: others.map(|(error, _)| error.clone()).collect(),
        }
    }
}
