//! Refuses names that GraphQL allows and Rust does not.

use std::collections::HashMap;

use crate::{
    Diagnostic,
    config::Settings,
    diagnostic::Help,
    document::{Name, Operation, Span},
    documents::Documents,
    names, rules,
    source::Source,
};

/// Returns errors for names of operations, fragments and variables that Rust cannot have.
pub(crate) fn names(documents: &Documents, settings: &Settings) -> Vec<Diagnostic> {
    let mut refusals = Refusals {
        documents,
        settings,
        diagnostics: Vec::new(),
    };
    refusals.operation_names();
    refusals.fragment_names();
    for (file, operation) in documents.operations() {
        refusals.variables(file, operation);
    }
    refusals.diagnostics
}

struct Refusals<'a> {
    documents: &'a Documents,
    settings: &'a Settings,
    diagnostics: Vec<Diagnostic>,
}

impl Refusals<'_> {
    fn report(&mut self, file: &Source, span: Span, message: String, help: impl Help) {
        let error = Diagnostic::error(file, span, message);
        self.diagnostics
            .push(error.rule(rules::RUST_NAMES).help(help));
    }

    fn operation_names(&mut self) {
        let mut seen: HashMap<String, &Name> = HashMap::new();
        for (file, operation) in self.documents.operations() {
            // GraphQL permits an operation without a name if it is alone, but its Rust types need one.
            let Some(name) = &operation.name else {
                let start = operation.span.start;
                let brace = Span::new(start, start + 1);
                let message = "this operation has no name".to_owned();
                let error = Diagnostic::error(file, brace, message)
                    .rule("an operation has a name: its Rust types are named after it")
                    .help("write `query MyName { … }`");
                self.diagnostics.push(error);
                continue;
            };
            self.rust_name(file, name, "operation");
            let module = names::field_name(&name.text).unwrap_or_default();
            let rust = names::type_name(&name.text).unwrap_or_default();
            // Without the client, the file defines its own `Argument` beside the operations.
            if self.settings.runtime.is_some() && rust == "Argument" {
                let message = "`Argument` is a type that every such file has".to_owned();
                let help = "name it otherwise, such as `ArgumentQuery`";
                self.report(file, name.span, message, help);
            }
            if names::is_own_module(&module) {
                let message = format!(
                    "the module of `{name}` would be named `{module}`, as is one that every generated file has"
                );
                let help = format!("name it otherwise, such as `{name}Query`");
                self.report(file, name.span, message, help);
            }
            self.no_other(file, name, seen.insert(module, name));
        }
    }

    fn fragment_names(&mut self) {
        let mut seen: HashMap<String, &Name> = HashMap::new();
        for (file, fragment) in self.documents.fragments() {
            let name = &fragment.name;
            self.rust_name(file, name, "fragment");
            let rust = self.settings.fragment_name(&name.text);
            self.no_other(file, name, seen.insert(rust, name));
        }
    }

    /// Refuses a name that has the same Rust name as another.
    fn no_other(&mut self, file: &Source, name: &Name, other: Option<&Name>) {
        if let Some(other) = other
            // GraphQL itself refuses two definitions of the same name.
            && other.text != name.text
        {
            let message = format!("`{name}` and `{other}` have the same Rust name");
            let help = "names must differ in more than upper and lower case";
            self.report(file, name.span, message, help);
        }
    }

    /// Refuses a name that is not valid as a Rust type, module or field, or that hides a type of the prelude.
    fn rust_name(&mut self, file: &Source, name: &Name, what: &str) {
        let rust = names::type_name(&name.text);
        let field = names::field_name(&name.text);
        let reason = match (&rust, &field) {
            (None, _) | (_, None) => "leaves nothing for a Rust name".to_owned(),
            (Some(ty), _) if names::is_prelude(ty) => format!("would hide Rust's own `{ty}`"),
            // heck removes underscores, so a name that ends with one was a keyword.
            (Some(ty), Some(field)) if ty.ends_with('_') || field.ends_with('_') => {
                format!("is the Rust keyword `{}`", field.trim_end_matches('_'))
            }
            (Some(_), Some(_)) => return,
        };
        let message = format!("the name of the {what} `{name}` {reason}");
        let help = format!(
            "name it otherwise, such as `{}Page`",
            name.text.trim_matches('_')
        );
        self.report(file, name.span, message, help);
    }

    fn variables(&mut self, file: &Source, operation: &Operation) {
        let mut seen: HashMap<String, &Name> = HashMap::new();
        for variable in &operation.variables {
            let name = &variable.name;
            let Some(rust) = names::field_name(&name.text) else {
                let message =
                    format!("the name of the variable `${name}` leaves nothing for a Rust field");
                self.report(file, name.span, message, "name it with a letter");
                continue;
            };
            if let Some(other) = seen.insert(rust.clone(), name)
                && other.text != name.text
            {
                let message = format!(
                    "the variables `${name}` and `${other}` would both be the Rust field `{rust}`"
                );
                self.report(file, name.span, message, "rename one of them");
            }
        }
    }
}
