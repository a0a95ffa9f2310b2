//! Warns of what the schema calls deprecated.

use crate::{
    Diagnostic,
    document::{Selection, Value, ValueKind},
    documents::{Documents, FileId},
    schema::{FieldDefinition, InputField, Kind, Schema},
};

/// A warning for each use of a deprecated field, argument, input field or enum value.
pub(crate) fn warnings(schema: &Schema, documents: &Documents) -> Vec<Diagnostic> {
    let mut search = Search {
        schema,
        documents,
        warnings: Vec::new(),
    };
    for (file, operation) in documents.operations() {
        for variable in &operation.variables {
            if let Some(default) = &variable.default {
                search.value(file, variable.ty.name(), default);
            }
        }
        if let Some(root) = schema.root(operation.kind) {
            search.selections(file, root, &operation.selections);
        }
    }
    for (file, fragment) in documents.fragments() {
        search.selections(file, &fragment.on.text, &fragment.selections);
    }
    search.warnings
}

struct Search<'a> {
    schema: &'a Schema,
    documents: &'a Documents,
    warnings: Vec<Diagnostic>,
}

impl Search<'_> {
    fn tell(&mut self, file: FileId, span: crate::document::Span, what: &str, reason: &str) {
        self.warnings.extend(self.documents.warning(
            file,
            span,
            format!("{what} is deprecated: {reason}"),
        ));
    }

    fn selections(&mut self, file: FileId, on: &str, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if let Some(definition) = self.schema.field(on, &field.name.text) {
                        self.field(file, on, field, definition);
                        self.selections(file, definition.ty.name(), &field.selections);
                    }
                }
                Selection::Inline(inline) => {
                    self.selections(
                        file,
                        inline.on.as_ref().map_or(on, |name| &name.text),
                        &inline.selections,
                    );
                }
                Selection::Spread(_) => {}
            }
        }
    }

    fn field(
        &mut self,
        file: FileId,
        on: &str,
        field: &crate::document::Field,
        definition: &FieldDefinition,
    ) {
        if let Some(reason) = &definition.deprecated {
            self.tell(
                file,
                field.name.span,
                &format!("`{on}.{}`", definition.name),
                reason,
            );
        }
        for argument in &field.arguments {
            if let Some(known) = definition
                .arguments
                .iter()
                .find(|it| it.name == argument.name.text)
            {
                self.input(file, argument, known, &format!("{on}.{}", definition.name));
            }
        }
    }

    fn input(
        &mut self,
        file: FileId,
        argument: &crate::document::Argument,
        known: &InputField,
        of: &str,
    ) {
        if let Some(reason) = &known.deprecated {
            self.tell(
                file,
                argument.name.span,
                &format!("`{}` of `{of}`", known.name),
                reason,
            );
        }
        self.value(file, known.ty.name(), &argument.value);
    }

    fn value(&mut self, file: FileId, ty: &str, value: &Value) {
        match (
            &value.kind,
            self.schema.get(ty).map(|definition| &definition.kind),
        ) {
            (ValueKind::List(items), _) => items.iter().for_each(|item| self.value(file, ty, item)),
            (ValueKind::Enum(name), Some(Kind::Enum { values })) => {
                let known = values.iter().find(|it| it.name == *name);
                if let Some(reason) = known.and_then(|it| it.deprecated.as_ref()) {
                    self.tell(file, value.span, &format!("`{ty}.{name}`"), reason);
                }
            }
            (ValueKind::Object(given), Some(Kind::Input { fields })) => {
                for argument in given {
                    if let Some(known) = fields.iter().find(|it| it.name == argument.name.text) {
                        self.input(file, argument, known, ty);
                    }
                }
            }
            _ => {}
        }
    }
}
