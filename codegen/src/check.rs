//! Checks documents by the whole of GraphQL's validation (section 5 of the specification), through apollo-compiler.

use std::path::Path;

use apollo_compiler::{
    ExecutableDocument,
    ast::Document as Ast,
    diagnostic::ToCliReport as _,
    validation::{DiagnosticList, Valid},
};

use crate::{
    Diagnostic, Error,
    document::Span,
    documents::{Documents, FileId},
    explain, rules,
    schema::Schema,
    source::Source,
};

/// Everything that is invalid in any of the documents.
pub(crate) fn check(
    sdl: &str,
    sdl_path: &Path,
    schema: &Schema,
    documents: &Documents,
) -> Result<Vec<Diagnostic>, Error> {
    let checked =
        apollo_compiler::Schema::parse_and_validate(sdl, sdl_path).map_err(|invalid| {
            Error::Schema {
                path: sdl_path.to_owned(),
                message: invalid.errors.to_string(),
            }
        })?;
    Ok(Check {
        checked,
        schema,
        documents,
    }
    .run(&documents.unreadable))
}

struct Check<'a> {
    checked: Valid<apollo_compiler::Schema>,
    schema: &'a Schema,
    documents: &'a Documents,
}

impl Check<'_> {
    /// A file that is no GraphQL has been told of already, and what it defines is not missing elsewhere.
    fn run(&self, unreadable: &[FileId]) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        // Building drops what it cannot resolve, and validation passes what is left: both lists count.
        let mut build_errors = DiagnosticList::new(std::sync::Arc::default());
        let mut builder = ExecutableDocument::builder(Some(&self.checked), &mut build_errors);
        for (file, source) in self.documents.sources.iter().enumerate() {
            if unreadable.contains(&file) {
                continue;
            }
            match Ast::parse(&source.text, &source.path) {
                Ok(ast) => builder.add_ast_document(&ast, true),
                Err(invalid) => {
                    self.translate(&invalid.errors, &mut diagnostics);
                    builder.add_ast_document(&invalid.partial, true);
                }
            }
        }
        let document = builder.build();
        self.translate(&build_errors, &mut diagnostics);
        if let Err(invalid) = document.validate(&self.checked) {
            self.translate(&invalid.errors, &mut diagnostics);
        }
        explain::keep_the_clearest(&mut diagnostics);
        if !unreadable.is_empty() {
            diagnostics.retain(|it| !explain::is_about_definitions(it.rule.as_deref()));
        }
        diagnostics
    }

    fn translate(&self, errors: &DiagnosticList, diagnostics: &mut Vec<Diagnostic>) {
        for error in errors.iter() {
            let name = error.error.unstable_error_name().unwrap_or_default();
            let (source, span) = self.place(&error).unwrap_or_else(|| self.nowhere());
            let Some(source) = source else { continue };
            let context = explain::Context {
                schema: self.schema,
                documents: self.documents,
                source,
                span,
            };
            let message = error.error.to_string();
            if context.follows_from_another(name, &message) {
                continue;
            }
            let mut diagnostic = Diagnostic::error(source, span, explain::message(&message));
            diagnostic.rule = Some(rules::rule(name).to_owned());
            diagnostic.help = context.help(name, &message);
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }

    fn place(
        &self,
        error: &apollo_compiler::diagnostic::Diagnostic<
            '_,
            apollo_compiler::validation::DiagnosticData,
        >,
    ) -> Option<(Option<&Source>, Span)> {
        let file = error.sources.get(&error.error.location()?.file_id())?;
        let source = self
            .documents
            .sources
            .iter()
            .find(|source| source.path == file.path())?;
        let range = error.line_column_range()?;
        let span = source.span_between(
            (range.start.line, range.start.column),
            (range.end.line, range.end.column),
        );
        Some((Some(source), span))
    }

    fn nowhere(&self) -> (Option<&Source>, Span) {
        (self.documents.sources.first(), Span { start: 0, end: 0 })
    }
}
