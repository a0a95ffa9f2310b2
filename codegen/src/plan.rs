//! Checks everything and works out what to generate.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    rc::Rc,
};

use crate::{
    Diagnostic, Error, Severity,
    document::OperationKind,
    documents::Documents,
    generate::{Plan, Planned},
    names, null_default,
    outline::{self, Outline, Outliner, spreads},
    refuse,
    schema::Schema,
    shape::{Shape, Shapes},
};

/// What to generate; or everything that is wrong, in all documents.
pub(crate) fn plan<'a>(
    sdl: &str,
    sdl_path: &Path,
    schema: &'a Schema,
    documents: &'a Documents,
    syntax_errors: Vec<Diagnostic>,
) -> Result<Plan<'a>, Error> {
    let mut diagnostics = check(sdl, sdl_path, schema, documents)?;
    add_new(&mut diagnostics, syntax_errors);
    add_new(&mut diagnostics, refuse::beyond_graphql(documents));
    add_new(&mut diagnostics, null_default::errors(schema, documents));
    if diagnostics.is_empty() {
        diagnostics = refuse::basics(schema, documents);
    }
    if !documents.cyclic_fragments().is_empty() {
        return Err(Error::Documents(sorted(diagnostics)));
    }
    let shapes = Shapes::new(schema, documents);
    let operations = operations(schema, documents, &shapes, &mut diagnostics);
    let (fragments, fragments_outline) =
        fragments(schema, documents, &shapes, &operations, &mut diagnostics);
    let (mistakes, refusals) = shapes.into_diagnostics();
    add_new(&mut diagnostics, refusals);
    if diagnostics.is_empty() {
        diagnostics = mistakes;
    }
    if !diagnostics.is_empty() {
        return Err(Error::Documents(sorted(diagnostics)));
    }
    if operations.is_empty() {
        return Err(Error::NoOperations);
    }
    Ok(Plan {
        schema,
        documents,
        operations,
        fragments,
        fragments_outline,
    })
}

#[cfg(feature = "check")]
fn check(
    sdl: &str,
    sdl_path: &Path,
    schema: &Schema,
    documents: &Documents,
) -> Result<Vec<Diagnostic>, Error> {
    crate::check::check(sdl, sdl_path, schema, documents)
}

#[cfg(not(feature = "check"))]
#[expect(clippy::unnecessary_wraps, reason = "the same face as with the check")]
fn check(
    _sdl: &str,
    _sdl_path: &Path,
    _schema: &Schema,
    _documents: &Documents,
) -> Result<Vec<Diagnostic>, Error> {
    Ok(Vec::new())
}

fn operations<'a>(
    schema: &Schema,
    documents: &'a Documents,
    shapes: &Shapes<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Planned<'a>> {
    let taken = outline::taken(schema, documents);
    let mut planned = Vec::new();
    for (file, operation) in documents.operations() {
        let (Some(name), Some(root)) = (&operation.name, schema.root(operation.kind)) else {
            continue;
        };
        let shape = shapes.of(root, &operation.selections, file);
        if operation.kind == OperationKind::Subscription
            && shape.items.len() > 1
            && diagnostics.is_empty()
        {
            let message = format!("subscription `{}` can only have one root field", name.text);
            diagnostics.extend(documents.error(file, name.span, message));
        }
        let mut outliner = Outliner::new(schema, documents, &taken);
        outliner.add(
            "ResponseData",
            &names::type_name(&name.text).unwrap_or_default(),
            &shape,
        );
        add_new(diagnostics, outliner.diagnostics);
        planned.push(Planned {
            file,
            operation,
            name: name.text.clone(),
            shape,
            outline: outliner.outline,
        });
    }
    planned
}

/// The fragments that some shape refers to, directly or through another fragment.
fn fragments(
    schema: &Schema,
    documents: &Documents,
    shapes: &Shapes<'_>,
    operations: &[Planned<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> (BTreeMap<String, Rc<Shape>>, Outline) {
    let taken = outline::taken(schema, documents);
    let mut open = BTreeSet::new();
    for planned in operations {
        spreads(&planned.shape, &mut open);
    }
    let mut fragments = BTreeMap::new();
    let mut outliner = Outliner::new(schema, documents, &taken);
    while let Some(name) = open.pop_first() {
        if fragments.contains_key(&name) {
            continue;
        }
        if let Some(shape) = shapes.of_fragment(&name) {
            spreads(&shape, &mut open);
            let rust = names::type_name(&name).unwrap_or_default();
            outliner.add(&rust, &rust, &shape);
            fragments.insert(name, shape);
        }
    }
    add_new(diagnostics, outliner.diagnostics);
    (fragments, outliner.outline)
}

/// Adds what points at a place that nothing points at yet: the whole check words its errors best.
fn add_new(diagnostics: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    for diagnostic in more {
        let known = |it: &Diagnostic| {
            (&it.file, it.line, it.column) == (&diagnostic.file, diagnostic.line, diagnostic.column)
        };
        if !diagnostics.iter().any(known) {
            diagnostics.push(diagnostic);
        }
    }
}

fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.retain(|it| it.severity == Severity::Error);
    diagnostics.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    diagnostics
}
