//! What a compile or a check has to say.

use std::path::PathBuf;

use crate::{Diagnostic, document::Span, documents::Documents};

/// What a compile did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// The generated file; empty where [`Config::generate`](crate::Config::generate) wrote none.
    pub out_file: PathBuf,
    /// The operations by name, in the order of the generated file.
    pub operations: Vec<String>,
    /// The fragments that became types of their own.
    pub fragments: Vec<String>,
    /// What should be looked at: uses of what the schema calls deprecated.
    pub warnings: Vec<Diagnostic>,
    /// The documents that were read.
    pub files: Vec<PathBuf>,
    /// The files and folders whose change calls for another compile.
    pub watched: Vec<PathBuf>,
}

/// Which operations a schema can run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// Every operation of the documents.
    pub operations: Vec<CheckedOperation>,
    /// What is wrong outside of all operations, as in a fragment that none uses.
    pub others: Vec<Diagnostic>,
}

/// One operation, and why the schema cannot run it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckedOperation {
    /// Its name; empty where it has none.
    pub name: String,
    /// The file that defines it.
    pub file: PathBuf,
    /// What is wrong in it, or in a fragment that it uses.
    pub errors: Vec<Diagnostic>,
}

impl Checked {
    /// Whether nothing is wrong anywhere.
    pub fn is_ok(&self) -> bool {
        self.others.is_empty()
            && self
                .operations
                .iter()
                .all(|operation| operation.errors.is_empty())
    }

    pub(crate) fn new(documents: &Documents, errors: &[Diagnostic]) -> Self {
        let path = |file: usize| {
            documents
                .sources
                .get(file)
                .map(|source| source.path.clone())
                .unwrap_or_default()
        };
        let mut others: Vec<bool> = vec![true; errors.len()];
        let mut operations = Vec::new();
        for (file, operation) in documents.operations() {
            let mut places: Vec<(PathBuf, Span)> = vec![(path(file), operation.span)];
            let used = documents.used_fragments(&operation.selections);
            let fragments = used.iter().filter_map(|name| documents.fragment(name));
            places.extend(fragments.map(|(file, fragment)| (path(file), fragment.span)));
            let concerns = |error: &Diagnostic| {
                places
                    .iter()
                    .any(|(file, span)| *file == error.file && span.holds(error.span))
            };
            let mut own = Vec::new();
            for (error, is_other) in errors.iter().zip(&mut others) {
                if concerns(error) {
                    *is_other = false;
                    own.push(error.clone());
                }
            }
            let name = operation
                .name
                .as_ref()
                .map(|name| name.text.clone())
                .unwrap_or_default();
            operations.push(CheckedOperation {
                name,
                file: path(file),
                errors: own,
            });
        }
        let others = errors
            .iter()
            .zip(others)
            .filter(|(_, is_other)| *is_other)
            .map(|(error, _)| error.clone());
        Self {
            operations,
            others: others.collect(),
        }
    }
}
