//! Validates the documents and plans the generated file.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Deprecations, Diagnostic, Error, Severity,
    config::Settings,
    document::{Span, Type},
    documents::Documents,
    generate::{Plan, Planned, has_scalar},
    items::{Item, Items},
    names, refuse, rules,
    schema::Schema,
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
    schema: &'a Schema,
    documents: &'a Documents,
    settings: &Settings,
) -> Result<Plan<'a>, Error> {
    let mut diagnostics = documents.syntax_errors.clone();
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
    // apollo-compiler would report most of the same errors in other words.
    #[cfg(feature = "check")]
    if diagnostics.is_empty() {
        diagnostics = crate::check::check(schema, documents)?;
    }
    fail_on(diagnostics)?;
    // Shapes need valid documents: they resolve every field and follow every spread, so a cycle would not end.
    let mut planner = Planner {
        schema,
        settings,
        shapes: Shapes::new(schema, documents),
        spreads: Vec::new(),
        used: BTreeSet::new(),
        renamed: BTreeSet::new(),
        diagnostics: Vec::new(),
    };
    let operations = planner.operations(documents);
    let (fragments, fragment_items) = planner.fragments();
    planner.diagnostics.append(&mut planner.shapes.refusals);
    fail_on(planner.diagnostics)?;
    // Errors come first: a file with a mistake may have the operations.
    if operations.is_empty() {
        return Err(Error::NoOperations);
    }
    let exists = |name: &String| {
        planner.renamed.contains(name)
            || schema.get(name).is_some()
            || documents.fragment(name).is_some()
    };
    // A name that nothing has is probably misspelt.
    if let Some(name) = settings.renames.keys().find(|name| !exists(name)) {
        let message = format!("there is no type or fragment `{name}`");
        return Err(Error::setting("rename_type", message));
    }
    Ok(Plan {
        schema,
        documents,
        operations,
        fragments,
        fragment_items,
        used: planner.used,
        warnings,
    })
}

/// Returns the errors, if there are any, in the order of their places, one for each place.
fn fail_on(mut diagnostics: Vec<Diagnostic>) -> Result<(), Error> {
    let place = |it: &Diagnostic| (it.file.clone(), it.line, it.column, it.operation.clone());
    diagnostics.sort_by_key(place);
    // Several rules can fail at one place, mostly because of the same mistake.
    diagnostics.dedup_by_key(|it| place(it));
    if diagnostics.is_empty() {
        Ok(())
    } else {
        Err(Error::Documents(diagnostics))
    }
}

struct Planner<'a, 'b> {
    schema: &'a Schema,
    settings: &'b Settings,
    shapes: Shapes<'a>,
    /// The fragments that responses of operations refer to as types.
    spreads: Vec<&'a str>,
    /// The enums, scalars and inputs that generated code refers to.
    used: BTreeSet<&'a str>,
    /// The original names of the types that the settings rename.
    renamed: BTreeSet<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Planner<'a, '_> {
    /// Creates the types of one module, from the names, the prefixes of inner types and the shapes. `taken` are the
    /// other names of the module.
    fn items<'s>(
        &mut self,
        taken: impl IntoIterator<Item = String>,
        shapes: impl IntoIterator<Item = (String, String, &'s Shape<'a>)>,
    ) -> Vec<Item>
    where
        'a: 's,
    {
        let mut items = Items::new(self.schema, self.settings, taken);
        for (name, prefix, shape) in shapes {
            items.add(&name, &prefix, shape);
            for field in shape.leaves() {
                self.add_used(field.file, field.key.span, &field.ty);
            }
        }
        self.diagnostics.extend(items.diagnostics);
        self.renamed.extend(items.renamed);
        items.made
    }

    fn operations(&mut self, documents: &'a Documents) -> Vec<Planned<'a>> {
        let mut planned = Vec::new();
        for (file, operation) in documents.operations() {
            // An operation without a name, or of a kind that the schema does not have, was refused before.
            let (Some(name), Some(root)) = (&operation.name, self.schema.root(operation.kind))
            else {
                continue;
            };
            for variable in &operation.variables {
                self.add_used(file, variable.ty_span, &variable.ty);
            }
            let shape = self.shapes.of(root, &operation.selections, file);
            let response = "ResponseData".to_owned();
            let prefix = names::type_name(&name.text).unwrap_or_default();
            let taken = [response.clone(), "Variables".to_owned()];
            self.spreads.extend(shape.spreads());
            planned.push(Planned {
                file,
                operation,
                name: &name.text,
                items: self.items(taken, [(response, prefix, &shape)]),
            });
        }
        planned
    }

    /// Plans the fragments that some shape refers to, directly or through another fragment.
    fn fragments(&mut self) -> (Vec<&'a str>, Vec<Item>) {
        let mut shapes: BTreeMap<&str, Shape<'a>> = BTreeMap::new();
        while let Some(name) = self.spreads.pop() {
            if !shapes.contains_key(name)
                && let Some(shape) = self.shapes.of_fragment(name)
            {
                self.spreads.extend(shape.spreads());
                shapes.insert(name, shape);
            }
        }
        let settings = self.settings;
        let rust = |name: &&str| settings.fragment_name(name);
        let named = shapes
            .iter()
            .map(|(name, shape)| (rust(name), rust(name), shape));
        let items = self.items(shapes.keys().map(rust), named);
        (shapes.keys().copied().collect(), items)
    }

    /// Records a type that generated code refers to, and refuses scalars in it that have no Rust type.
    fn add_used(&mut self, file: &Source, span: Span, ty: &Type) {
        // A scalar can be deep inside of input objects that contain each other.
        for name in self.schema.with_input_fields([ty.name()]) {
            self.used.insert(name);
            if self.schema.is_custom_scalar(name) && !has_scalar(self.settings, name) {
                let message = format!("no Rust type is set for the scalar `{name}`");
                let help = format!(
                    "add `.scalar(\"{name}\", \"…\")` with a type of your own, such as `String`, to the build script"
                );
                let error = Diagnostic::error(file, span, message);
                self.diagnostics.push(error.rule(rules::SCALARS).help(help));
            }
        }
    }
}
