//! Validates documents with apollo-compiler, after this crate's own validation.

use std::{path::Path, sync::Arc};

use apollo_compiler::{
    ExecutableDocument,
    ast::Document as Ast,
    diagnostic::{self, ToCliReport as _},
    validation::{DiagnosticData, DiagnosticList},
};

use crate::{
    Diagnostic, Error,
    document::{
        Span,
        lexer::{Kind, Token, lex},
    },
    documents::{Documents, File},
    rules,
    schema::{Schema, invalid},
};

/// Returns the errors of all documents.
pub(crate) fn check(schema: &Schema, documents: &Documents) -> Result<Vec<Diagnostic>, Error> {
    let mut builder = apollo_compiler::Schema::builder();
    for (path, text) in schema.for_apollo() {
        builder = builder.parse(text, path);
    }
    let checked = builder.build().and_then(apollo_compiler::Schema::validate);
    let checked =
        checked.map_err(|error| invalid(Path::new(&schema.name), error.errors.to_string()))?;
    // The builder drops parts that it cannot resolve, and validation sees only the rest, so both report errors.
    let mut build_errors = DiagnosticList::new(Arc::default());
    let mut builder = ExecutableDocument::builder(Some(&checked), &mut build_errors);
    let mut lists = Vec::new();
    for File { source, document } in &documents.files {
        // apollo-compiler refuses an empty file, and one with comments only, as a syntax error.
        if document.operations.is_empty() && document.fragments.is_empty() {
            continue;
        }
        match Ast::parse(for_apollo(&source.text, &[]), &source.path) {
            Ok(ast) => builder.add_ast_document(&ast, true),
            Err(invalid) => lists.push(invalid.errors),
        }
    }
    let document = builder.build();
    lists.push(build_errors);
    lists.extend(document.validate(&checked).err().map(|it| it.errors));
    let mut diagnostics = Vec::new();
    for error in lists.iter().flat_map(DiagnosticList::iter) {
        if let Some(diagnostic) = translate(documents, &error)
            && !diagnostics.contains(&diagnostic)
        {
            diagnostics.push(diagnostic);
        }
    }
    Ok(diagnostics)
}

/// Returns the error at its place; `None` if it is a false positive.
fn translate(
    documents: &Documents,
    error: &diagnostic::Diagnostic<'_, DiagnosticData>,
) -> Option<Diagnostic> {
    let name = error.error.unstable_error_name().unwrap_or_default();
    // apollo-compiler counts a subscription field twice if it is selected twice, and it rejects long chains of fragments.
    let is_limit = matches!(
        name,
        "RecursionError" | "RecursionLimitError" | "DeeplyNestedType"
    );
    if name.starts_with("SubscriptionUses") || is_limit {
        return None;
    }
    let place = error.error.location().and_then(|location| {
        let file = error.sources.get(&location.file_id())?;
        let mut files = documents.files.iter();
        let known = files.find(|it| it.source.path == file.path())?;
        Some((known, Span::new(location.offset(), location.end_offset())))
    });
    // Some errors of apollo-compiler have no location.
    let nowhere = || Some((documents.files.first()?, Span::default()));
    let (File { source, .. }, span) = place.or_else(nowhere)?;
    // apollo-compiler sees one document, which was joined from all files and which nobody has written.
    let message = error.error.to_string().replace(" in this document", "");
    let help = "give one of them another alias: `other: field`";
    let help = name.starts_with("Conflicting").then(|| help.to_owned());
    let error = Diagnostic::error(source, span, message);
    Some(error.rule(rules::rule(name)).help(help))
}

/// Directives that a schema may use without their definitions.
const KNOWN_DIRECTIVES: &str = "directive @oneOf on INPUT_OBJECT
directive @semanticNonNull(levels: [Int!] = [0]) on FIELD_DEFINITION
directive @semanticNonNullField(name: String!, levels: [Int!] = [0]) repeatable on OBJECT | INTERFACE
directive @link(url: String, as: String, for: link__Import, import: [link__Import]) repeatable on SCHEMA scalar link__Import";

impl Schema {
    /// Returns the texts of the schema for apollo-compiler, with their paths, and the definitions that they lack.
    fn for_apollo(&self) -> impl Iterator<Item = (&Path, String)> {
        let is_lacking = |line: &&str| {
            // The name stands between the sign and a bracket or blank.
            let name = line.split(['@', '(', ' ']).nth(2);
            !name.is_some_and(|it| self.directives.contains_key(it))
        };
        let lacking = KNOWN_DIRECTIVES.lines().filter(is_lacking);
        let lacking = lacking.map(|it| (Path::new("GraphQL"), it.to_owned()));
        let files = self.files.iter();
        let files =
            files.map(|(file, hidden)| (file.path.as_path(), for_apollo(&file.text, hidden)));
        files.chain(lacking)
    }
}

/// Returns the text without parts that apollo-compiler 1.33 refuses though they are valid: the `hidden` places, `\u{…}`,
/// a comma after `...`. All other bytes keep their places.
fn for_apollo(text: &str, hidden: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut blank = |start: usize, end: usize, with: u8| {
        if let Some(place) = bytes.get_mut(start..end) {
            place.fill(with);
        }
    };
    let lexed = lex(text).unwrap_or_default();
    let mut end = 0;
    for Token { kind, span } in lexed.tokens {
        let between = text.get(end..span.start).unwrap_or_default();
        for (at, mark) in between.match_indices([',', '\u{feff}']) {
            blank(end + at, end + at + mark.len(), b' ');
        }
        let token = text.get(span.start..span.end).unwrap_or_default();
        // In a block string `\u` is plain text, which is accepted.
        if kind == Kind::String && token.contains("\\u") && !token.starts_with("\"\"\"") {
            blank(span.start + 1, span.end - 1, b'x');
        }
        end = span.end;
    }
    // A lone carriage return ends a comment in GraphQL, but not in apollo-compiler.
    for span in lexed.comments.iter().chain(hidden) {
        blank(span.start, span.end, b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}
