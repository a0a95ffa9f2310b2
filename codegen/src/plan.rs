//! Validates the documents and plans the generated file.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    Deprecations, Diagnostic, Error, Severity,
    config::Settings,
    document::Type,
    documents::{Documents, FileId},
    generate::{Plan, Planned, has_scalar},
    items::{Item, Items, spreads},
    names, refuse, rules,
    schema::{Kind, Schema},
    shape::{Shape, Shapes},
    source::Source,
    validate::{Validated, validate},
};

/// Validates all documents and plans the generated file.
///
/// # Errors
///
/// All errors of all documents.
pub(crate) fn plan<'a>(
    sdl: &Source,
    schema: &'a Schema,
    documents: &'a Documents,
    mut diagnostics: Vec<Diagnostic>,
    settings: &Settings,
) -> Result<Plan<'a>, Error> {
    let Validated { errors, deprecated } = validate(schema, documents);
    diagnostics.extend(errors);
    let mut warnings = Vec::new();
    match settings.deprecations {
        Deprecations::Deny => diagnostics.extend(deprecated),
        Deprecations::Warn => {
            warnings = deprecated;
            for warning in &mut warnings {
                warning.severity = Severity::Warning;
            }
        }
        Deprecations::Allow => {}
    }
    diagnostics.extend(refuse::names(documents, settings));
    if diagnostics.is_empty() {
        diagnostics = check(sdl, schema, documents)?;
    }
    fail_on(&mut diagnostics)?;
    let shapes = Shapes::new(schema, documents);
    let mut planner = Planner {
        schema,
        documents,
        settings,
        shapes: &shapes,
        names: BTreeSet::new(),
        diagnostics: Vec::new(),
    };
    let operations = planner.operations();
    let (fragments, fragment_items) = planner.fragments(&operations);
    let Planner {
        names: known,
        diagnostics: mut found,
        ..
    } = planner;
    found.extend(shapes.into_refusals());
    fail_on(&mut found)?;
    if operations.is_empty() {
        return Err(Error::NoOperations);
    }
    let exists = |name: &String| {
        known.contains(name) || schema.get(name).is_some() || documents.fragment(name).is_some()
    };
    if let Some(name) = settings.renames.keys().find(|name| !exists(name)) {
        return Err(Error::Setting {
            setting: "rename_type",
            message: format!("there is no type or fragment `{name}`"),
        });
    }
    Ok(Plan {
        schema,
        documents,
        operations,
        fragments,
        fragment_items,
        warnings,
    })
}

/// Returns the errors, if there are any, in the order of their places, one for each place.
fn fail_on(diagnostics: &mut Vec<Diagnostic>) -> Result<(), Error> {
    let place = |it: &Diagnostic| (it.file.clone(), it.line, it.column);
    diagnostics.sort_by_key(place);
    diagnostics.dedup_by_key(|it| place(it));
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(Error::Documents(std::mem::take(diagnostics)))
    }
}

#[cfg(feature = "check")]
fn check(sdl: &Source, schema: &Schema, documents: &Documents) -> Result<Vec<Diagnostic>, Error> {
    crate::check::check(sdl, schema, documents)
}

#[cfg(not(feature = "check"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "same signature as with the feature `check`"
)]
fn check(_: &Source, _: &Schema, _: &Documents) -> Result<Vec<Diagnostic>, Error> {
    Ok(Vec::new())
}

struct Planner<'a, 'b> {
    schema: &'a Schema,
    documents: &'a Documents,
    settings: &'b Settings,
    shapes: &'b Shapes<'a>,
    /// The names of all Rust types, before the settings rename them.
    names: BTreeSet<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a: 'b, 'b> Planner<'a, 'b> {
    fn items(&self, taken: Vec<String>) -> Items<'b> {
        Items::new(self.schema, self.documents, &self.settings.renames, taken)
    }

    fn take(&mut self, items: Items<'_>) -> Vec<Item> {
        self.diagnostics.extend(items.diagnostics);
        self.names.extend(items.renamed);
        items.made
    }

    fn operations(&mut self) -> Vec<Planned<'a>> {
        let mut planned = Vec::new();
        let documents = self.documents;
        for (file, operation) in documents.operations() {
            let (Some(name), Some(root)) = (&operation.name, self.schema.root(operation.kind))
            else {
                continue;
            };
            for variable in &operation.variables {
                self.refuse_scalar(file, variable.ty_span, &variable.ty);
            }
            let shape = self.shapes.of(root, &operation.selections, file);
            self.refuse_scalars(&shape);
            let taken = ["ResponseData", "Variables"].map(str::to_owned);
            let mut items = self.items(taken.to_vec());
            let prefix = names::type_name(&name.text).unwrap_or_default();
            items.add("ResponseData", &prefix, &shape);
            let made = self.take(items);
            planned.push(Planned {
                file,
                operation,
                name: name.text.clone(),
                shape,
                items: made,
            });
        }
        planned
    }

    /// Plans the fragments that some shape refers to, directly or through another fragment.
    fn fragments(&mut self, operations: &[Planned<'_>]) -> (Vec<(String, Rc<Shape>)>, Vec<Item>) {
        let mut open = BTreeSet::new();
        for planned in operations {
            spreads(&planned.shape, &mut open);
        }
        let mut shapes: BTreeMap<String, Rc<Shape>> = BTreeMap::new();
        while let Some(name) = open.pop_first() {
            if !shapes.contains_key(&name)
                && let Some(shape) = self.shapes.of_fragment(&name)
            {
                spreads(&shape, &mut open);
                shapes.insert(name, shape);
            }
        }
        let rust = |name: &str| {
            let renamed = self.settings.renames.get(name).cloned();
            renamed
                .or_else(|| names::type_name(name))
                .unwrap_or_default()
        };
        let mut items = self.items(shapes.keys().map(|name| rust(name)).collect());
        for (name, shape) in &shapes {
            items.add(&rust(name), &rust(name), shape);
        }
        let items = self.take(items);
        for shape in shapes.values() {
            self.refuse_scalars(shape);
        }
        (shapes.into_iter().collect(), items)
    }

    /// Refuses scalars in a shape that have no Rust type.
    fn refuse_scalars(&mut self, shape: &Shape) {
        for field in shape.fields() {
            match &field.children {
                Some(children) => self.refuse_scalars(children),
                None => self.refuse_scalar(field.file, field.span, &field.ty),
            }
        }
        for (_, variant) in &shape.variants {
            self.refuse_scalars(variant);
        }
    }

    fn refuse_scalar(&mut self, file: FileId, span: crate::document::Span, ty: &Type) {
        let mut seen = BTreeSet::new();
        let mut open = vec![ty.name()];
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            match self.schema.kind(name) {
                Some(Kind::Input { fields }) => open.extend(fields.iter().map(|it| it.ty.name())),
                Some(Kind::Scalar)
                    if !Schema::is_built_in(name) && !has_scalar(self.settings, name) =>
                {
                    let message = format!("no Rust type is set for the scalar `{name}`");
                    let help = format!(
                        "add `.scalar(\"{name}\", \"…\")` with a type of your own, such as `String`, to the build script"
                    );
                    let error = self.documents.error(file, span, message);
                    let error = error.map(|it| it.rule(rules::SCALARS).help(help));
                    self.diagnostics.extend(error);
                }
                _ => {}
            }
        }
    }
}
