//! Validates documents with apollo-compiler, after this crate's own validation.

use apollo_compiler::{
    ExecutableDocument,
    ast::Document as Ast,
    diagnostic::ToCliReport as _,
    validation::{DiagnosticList, Valid},
};

use crate::{
    Diagnostic, Error,
    document::Span,
    documents::{Documents, File},
    rules,
    schema::{Schema, for_apollo, invalid},
    source::Source,
};

/// Returns the errors of all documents.
pub(crate) fn check(
    sdl: &Source,
    schema: &Schema,
    documents: &Documents,
) -> Result<Vec<Diagnostic>, Error> {
    let text = for_apollo(&sdl.text, Some(schema));
    let checked = apollo_compiler::Schema::parse_and_validate(text, &sdl.path)
        .map_err(|error| invalid(&sdl.path, error.errors.to_string()))?;
    let mut check = Check {
        documents,
        diagnostics: Vec::new(),
    };
    check.run(&checked);
    Ok(check.diagnostics)
}

struct Check<'a> {
    documents: &'a Documents,
    diagnostics: Vec<Diagnostic>,
}

impl Check<'_> {
    fn run(&mut self, schema: &Valid<apollo_compiler::Schema>) {
        // The builder drops parts that it cannot resolve, and validation sees only the rest, so both report errors.
        let mut build_errors = DiagnosticList::new(std::sync::Arc::default());
        let mut builder = ExecutableDocument::builder(Some(schema), &mut build_errors);
        let mut syntax_errors = Vec::new();
        for File { source, document } in &self.documents.files {
            // apollo-compiler refuses an empty file, and one with comments only, as a syntax error.
            if document.operations.is_empty() && document.fragments.is_empty() {
                continue;
            }
            match Ast::parse(for_apollo(&source.text, None), &source.path) {
                Ok(ast) => builder.add_ast_document(&ast, true),
                Err(invalid) => syntax_errors.push(invalid.errors),
            }
        }
        let document = builder.build();
        for errors in syntax_errors.iter().chain([&build_errors]) {
            self.translate(errors);
        }
        if let Err(invalid) = document.validate(schema) {
            self.translate(&invalid.errors);
        }
    }

    fn translate(&mut self, errors: &DiagnosticList) {
        for error in errors.iter() {
            let name = error.error.unstable_error_name().unwrap_or_default();
            // These are false positives: apollo-compiler counts a subscription field twice if it is selected twice, and
            // it rejects long chains of fragments.
            let is_limit = matches!(
                name,
                "RecursionError" | "RecursionLimitError" | "DeeplyNestedType"
            );
            if name.starts_with("SubscriptionUses") || is_limit {
                continue;
            }
            let place = error.error.location().and_then(|location| {
                let file = error.sources.get(&location.file_id())?;
                let mut files = self.documents.files.iter();
                let known = files.find(|it| it.source.path == file.path())?;
                let span = Span::new(location.offset(), location.end_offset());
                Some((known, span))
            });
            // Some errors of apollo-compiler have no location.
            let nowhere = || Some((self.documents.files.first()?, Span::default()));
            let Some((File { source, .. }, span)) = place.or_else(nowhere) else {
                continue;
            };
            // apollo-compiler sees one document, which was joined from all files and which nobody has written.
            let message = error.error.to_string().replace(" in this document", "");
            let help = "give one of them another alias: `other: field`";
            let help = name.starts_with("Conflicting").then(|| help.to_owned());
            let diagnostic = Diagnostic::error(source, span, message)
                .rule(rules::rule(name))
                .help(help);
            if !self.diagnostics.contains(&diagnostic) {
                self.diagnostics.push(diagnostic);
            }
        }
    }
}
