//! Refuses what GraphQL allows and Rust, or graphql_client, would get wrong; and, where the whole check is off, the few
//! mistakes that the generator itself would stumble over.

use std::collections::BTreeMap;

use crate::{
    Diagnostic,
    document::{Argument, Directive, Name, Operation, Selection, Span, ValueKind},
    documents::{Documents, FileId},
    names, rules,
    schema::{Kind, Schema},
    suggest::did_you_mean,
};

/// What is valid GraphQL, or passes the check, but cannot be generated.
pub(crate) fn beyond_graphql(documents: &Documents) -> Vec<Diagnostic> {
    let mut refusals = Refusals {
        documents,
        rule: rules::RUST_NAMES,
        diagnostics: Vec::new(),
    };
    refusals.operation_names();
    refusals.fragment_names();
    for (file, operation) in documents.operations() {
        refusals.variables(file, operation);
        refusals.values(file, &operation.directives, &operation.selections);
    }
    for (file, fragment) in documents.fragments() {
        refusals.values(file, &fragment.directives, &fragment.selections);
    }
    refusals.diagnostics
}

/// What the generator needs to be right even where documents are not checked.
pub(crate) fn basics(schema: &Schema, documents: &Documents) -> Vec<Diagnostic> {
    let mut refusals = Refusals {
        documents,
        rule: rules::RUST_NAMES,
        diagnostics: Vec::new(),
    };
    refusals.rule = rules::rule("RecursiveFragmentDefinition");
    for (name, (file, span)) in documents.cyclic_fragments() {
        refusals.tell(
            file,
            span,
            format!("`{name}` fragment cannot reference itself"),
            None,
        );
    }
    refusals.rule = rules::rule("InvalidFragmentTarget");
    for (file, fragment) in documents.fragments() {
        refusals.known_type(schema, file, &fragment.on);
    }
    for (file, operation) in documents.operations() {
        refusals.rule = rules::rule("UndefinedRootOperation");
        if schema.root(operation.kind).is_none() {
            let at = operation
                .name
                .as_ref()
                .map_or(operation.span, |name| name.span);
            refusals.tell(
                file,
                at,
                "the schema has no such kind of operation".to_owned(),
                None,
            );
        }
        refusals.rule = rules::rule("VariableInputType");
        for variable in &operation.variables {
            refusals.variable_type(schema, file, &variable.name, variable.ty.name());
        }
    }
    refusals.diagnostics
}

struct Refusals<'a> {
    documents: &'a Documents,
    /// What the refusals at hand go by.
    rule: &'static str,
    diagnostics: Vec<Diagnostic>,
}

impl Refusals<'_> {
    fn tell(&mut self, file: FileId, span: Span, message: String, help: Option<String>) {
        let error = self.documents.error(file, span, message);
        self.diagnostics
            .extend(error.map(|it| it.rule(self.rule).maybe_help(help)));
    }

    fn tell_rule(&mut self, file: FileId, span: Span, message: String, rule: &str, help: String) {
        self.diagnostics.extend(
            self.documents
                .error(file, span, message)
                .map(|it| it.rule(rule).help(help)),
        );
    }

    fn operation_names(&mut self) {
        let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
        for (file, operation) in self.documents.operations() {
            let Some(name) = &operation.name else {
                let brace = Span {
                    start: operation.span.start,
                    end: operation.span.start + 1,
                };
                let rule = "an operation has a name: its Rust types are named after it";
                self.tell_rule(
                    file,
                    brace,
                    "this operation has no name".to_owned(),
                    rule,
                    "write `query MyName { … }`".to_owned(),
                );
                continue;
            };
            self.rust_name(file, name, "operation");
            let module = names::field_name(&name.text).unwrap_or_default();
            if names::is_own_module(&module) {
                let message = format!(
                    "the module of `{}` would be named `{module}`, as is one that every generated file has",
                    name.text
                );
                self.tell(
                    file,
                    name.span,
                    message,
                    Some(format!("name it otherwise, such as `{}Query`", name.text)),
                );
            }
            self.no_other(file, name, seen.insert(module, name));
        }
    }

    fn fragment_names(&mut self) {
        let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
        for (file, fragment) in self.documents.fragments() {
            let name = &fragment.name;
            self.rust_name(file, name, "fragment");
            let rust = names::type_name(&name.text).unwrap_or_default();
            self.no_other(file, name, seen.insert(rust, name));
        }
    }

    /// No other name may become the same in Rust.
    fn no_other(&mut self, file: FileId, name: &Name, other: Option<&Name>) {
        if let Some(other) = other
            && other.text != name.text
        {
            let message = format!(
                "`{}` and `{}` have the same Rust name",
                name.text, other.text
            );
            let help = "names must differ in more than upper and lower case";
            self.tell(file, name.span, message, Some(help.to_owned()));
        }
    }

    /// The name must become a Rust type that hides nothing, and a Rust module or field.
    fn rust_name(&mut self, file: FileId, name: &Name, what: &str) {
        let rust = names::type_name(&name.text);
        let field = names::field_name(&name.text);
        let reason = match (&rust, &field) {
            (None, _) | (_, None) => "leaves nothing for a Rust name".to_owned(),
            (Some(ty), _) if names::is_prelude(ty) => format!("would hide Rust's own `{ty}`"),
            (Some(ty), Some(field)) if ty.ends_with('_') || field.ends_with('_') => {
                format!("is the Rust keyword `{}`", field.trim_end_matches('_'))
            }
            (Some(_), Some(_)) => return,
        };
        let message = format!("the name of the {what} `{}` {reason}", name.text);
        self.tell(
            file,
            name.span,
            message,
            Some(format!(
                "name it otherwise, such as `{}Page`",
                name.text.trim_matches('_')
            )),
        );
    }

    fn variables(&mut self, file: FileId, operation: &Operation) {
        let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
        for variable in &operation.variables {
            let name = &variable.name;
            let Some(rust) = names::field_name(&name.text) else {
                let message = format!(
                    "the name of the variable `${}` leaves nothing for a Rust field",
                    name.text
                );
                self.tell(
                    file,
                    name.span,
                    message,
                    Some("name it with a letter".to_owned()),
                );
                continue;
            };
            if let Some(other) = seen.insert(rust.clone(), name)
                && other.text != name.text
            {
                let message = format!(
                    "the variables `${}` and `${}` would both be the Rust field `{rust}`",
                    name.text, other.text
                );
                self.tell(
                    file,
                    name.span,
                    message,
                    Some("rename one of them".to_owned()),
                );
            }
            if let Some(default) = &variable.default {
                self.unique_fields(file, &default.kind);
            }
            self.directives(file, &variable.directives);
        }
    }

    fn values(&mut self, file: FileId, directives: &[Directive], selections: &[Selection]) {
        self.directives(file, directives);
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.arguments(file, &field.arguments);
                    self.values(file, &field.directives, &field.selections);
                }
                Selection::Inline(inline) => {
                    self.values(file, &inline.directives, &inline.selections);
                }
                Selection::Spread(spread) => self.directives(file, &spread.directives),
            }
        }
    }

    fn directives(&mut self, file: FileId, directives: &[Directive]) {
        for directive in directives {
            self.arguments(file, &directive.arguments);
        }
    }

    fn arguments(&mut self, file: FileId, arguments: &[Argument]) {
        for argument in arguments {
            self.unique_fields(file, &argument.value.kind);
        }
    }

    /// GraphQL 5.6.3, which apollo-compiler 1.33 does not check.
    fn unique_fields(&mut self, file: FileId, value: &ValueKind) {
        match value {
            ValueKind::List(items) => items
                .iter()
                .for_each(|item| self.unique_fields(file, &item.kind)),
            ValueKind::Object(fields) => {
                for (index, field) in fields.iter().enumerate() {
                    if fields
                        .iter()
                        .take(index)
                        .any(|other| other.name.text == field.name.text)
                    {
                        let message = format!("the field `{}` is given twice", field.name.text);
                        let rule = "a field of an input object is given once (GraphQL 5.6.3)";
                        self.tell_rule(
                            file,
                            field.name.span,
                            message,
                            rule,
                            "take one of them out".to_owned(),
                        );
                    }
                    self.unique_fields(file, &field.value.kind);
                }
            }
            ValueKind::Null | ValueKind::Enum(_) | ValueKind::Variable(_) | ValueKind::Other => {}
        }
    }

    fn known_type(&mut self, schema: &Schema, file: FileId, name: &Name) {
        if !schema.is_composite(&name.text) {
            let help = did_you_mean(&name.text, schema.types().map(|(name, _)| name));
            self.tell(
                file,
                name.span,
                format!("there is no object `{}` in the schema", name.text),
                help,
            );
        }
    }

    fn variable_type(&mut self, schema: &Schema, file: FileId, variable: &Name, ty: &str) {
        let kind = schema.get(ty).map(|definition| &definition.kind);
        if !matches!(
            kind,
            Some(Kind::Scalar | Kind::Enum { .. } | Kind::Input { .. })
        ) {
            let help = did_you_mean(ty, schema.types().map(|(name, _)| name));
            self.tell(
                file,
                variable.span,
                format!("`{ty}` is no type of a variable"),
                help,
            );
        }
    }
}
