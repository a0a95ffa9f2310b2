//! Refuses a variable whose default is null where null cannot be: GraphQL 5.8.5, which apollo-compiler 1.33 lets pass.

use std::collections::BTreeSet;

use crate::{
    Diagnostic,
    document::{Argument, Directive, Operation, Selection, Type, Value, ValueKind},
    documents::{Documents, FileId},
    schema::{InputField, Kind, Schema},
};

/// An error for each such place.
pub(crate) fn errors(schema: &Schema, documents: &Documents) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for (file, operation) in documents.operations() {
        let nulls = null_defaults(operation);
        let (false, Some(root)) = (nulls.is_empty(), schema.root(operation.kind)) else {
            continue;
        };
        let mut search = Search {
            schema,
            documents,
            nulls,
            errors: Vec::new(),
        };
        search.selections(file, root, &operation.selections);
        let fragments = documents.used_fragments(&operation.selections);
        for (file, fragment) in fragments.iter().filter_map(|name| documents.fragment(name)) {
            search.selections(file, &fragment.on.text, &fragment.selections);
        }
        errors.extend(search.errors);
    }
    errors
}

fn null_defaults(operation: &Operation) -> BTreeSet<&str> {
    let is_null = |default: &Value| matches!(default.kind, ValueKind::Null);
    let variables = operation.variables.iter();
    variables
        .filter(|it| it.default.as_ref().is_some_and(is_null))
        .map(|it| it.name.text.as_str())
        .collect()
}

struct Search<'a> {
    schema: &'a Schema,
    documents: &'a Documents,
    nulls: BTreeSet<&'a str>,
    errors: Vec<Diagnostic>,
}

impl Search<'_> {
    fn selections(&mut self, file: FileId, on: &str, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.directives(file, &field.directives);
                    if let Some(definition) = self.schema.field(on, &field.name.text) {
                        self.arguments(file, &field.arguments, &definition.arguments);
                        self.selections(file, definition.ty.name(), &field.selections);
                    }
                }
                Selection::Inline(inline) => {
                    self.directives(file, &inline.directives);
                    let on = inline.on.as_ref().map_or(on, |name| &name.text);
                    self.selections(file, on, &inline.selections);
                }
                Selection::Spread(spread) => self.directives(file, &spread.directives),
            }
        }
    }

    /// `@skip` and `@include`: both ask for `if: Boolean!`.
    fn directives(&mut self, file: FileId, directives: &[Directive]) {
        let boolean = Type::NonNull(Box::new(Type::Named("Boolean".to_owned())));
        for argument in directives.iter().flat_map(|directive| &directive.arguments) {
            if argument.name.text == "if" {
                self.value(file, &argument.value, &boolean);
            }
        }
    }

    fn arguments(&mut self, file: FileId, given: &[Argument], known: &[InputField]) {
        for argument in given {
            if let Some(known) = known.iter().find(|it| it.name == argument.name.text) {
                // A default in the schema stands in for the variable's.
                let ty = if known.default.is_some() {
                    known.ty.nullable()
                } else {
                    &known.ty
                };
                self.value(file, &argument.value, ty);
            }
        }
    }

    fn value(&mut self, file: FileId, value: &Value, ty: &Type) {
        match (&value.kind, ty.nullable()) {
            (ValueKind::Variable(name), _)
                if !ty.is_nullable() && self.nulls.contains(name.as_str()) =>
            {
                let message = format!(
                    "variable `${name}` is null where nothing is given, but this place asks for `{ty}`"
                );
                let error = self.documents.error(file, value.span, message);
                let rule = "a variable fits the place where it stands (GraphQL 5.8.5)";
                let help = format!("give `${name}` the type `{ty}`, or another default than null");
                self.errors.extend(error.map(|it| it.rule(rule).help(help)));
            }
            (ValueKind::List(items), Type::List(item)) => {
                for value in items {
                    self.value(file, value, item);
                }
            }
            (ValueKind::Object(fields), Type::Named(name)) => {
                if let Some(Kind::Input { fields: known }) =
                    self.schema.get(name).map(|it| &it.kind)
                {
                    self.arguments(file, fields, known);
                }
            }
            _ => {}
        }
    }
}
