//! Reports of a compile or a check.

use std::path::PathBuf;

use crate::{Diagnostic, documents::Documents};

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

    pub(crate) fn new(documents: &Documents, errors: Vec<Diagnostic>) -> Self {
        let mut operations: Vec<CheckedOperation> = Vec::new();
        for (file, operation) in documents.operations() {
            // A server refuses an operation for an error in a fragment that it uses.
            let used = documents.used_fragments(&operation.selections);
            let used = used.iter().filter_map(|name| documents.fragment(name));
            let mut places = vec![(file, operation.span)];
            places.extend(used.map(|(file, fragment)| (file, fragment.span)));
            let name = operation.place().1;
            let is_own = |error: &&Diagnostic| {
                let mut places = places.iter().filter(|(file, _)| file.path == error.file);
                error.operation.as_ref().is_none_or(|of| of == name)
                    && places.any(|(_, span)| span.contains_start_of(error.span))
            };
            operations.push(CheckedOperation {
                name: name.to_owned(),
                file: file.path.clone(),
                errors: errors.iter().filter(is_own).cloned().collect(),
            });
        }
        let mut others = errors;
        // An error in a fragment can belong to several operations, or to none.
        others.retain(|error| !operations.iter().any(|it| it.errors.contains(error)));
        Self { operations, others }
    }
}
