//! Prunes documents: an operation is sent only with the fragments that it uses.

use crate::{
    document::{Operation, Span, lexer},
    documents::Documents,
    source::Source,
};

/// Returns the text of the operation and of its fragments, without comments.
pub(crate) fn query(documents: &Documents, file: &Source, operation: &Operation) -> String {
    let mut text = definition(file, operation.span);
    // The set is sorted, so that the text does not depend on the order of the files.
    let used = documents.used_fragments(&operation.selections);
    for (file, fragment) in used.iter().filter_map(|name| documents.fragment(name)) {
        text.push('\n');
        text.push_str(&definition(file, fragment.span));
    }
    text
}

/// Returns the text of one definition without comments, and with a line break at the end.
pub(crate) fn definition(file: &Source, span: Span) -> String {
    let text = file.slice(span);
    // Comments are for readers of the file. Every request would carry them.
    let comments = lexer::lex(text)
        .map(|lexed| lexed.comments)
        .unwrap_or_default();
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for comment in comments {
        let before = text.get(at..comment.start).unwrap_or_default();
        // A line that contains only the comment is removed with it.
        let code = before.trim_end_matches([' ', '\t']);
        kept.push_str(code);
        at = comment.end;
        if code.ends_with('\n') && text.get(at..).is_some_and(|rest| rest.starts_with('\n')) {
            at += 1;
        }
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    kept.push('\n');
    kept
}

/// Returns the comment lines right above a definition, which document it.
pub(crate) fn comment_above(file: &Source, span: Span) -> Vec<String> {
    let before = file.slice(Span::new(0, span.start));
    let lines = before
        .lines()
        .rev()
        .map_while(|line| line.trim_start().strip_prefix('#'));
    let mut comment: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    comment.reverse();
    comment
}
