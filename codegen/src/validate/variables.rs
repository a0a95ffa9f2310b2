//! Validates that each variable is defined, used, and fits its places.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Validator;
use crate::{
    document::{Operation, Span, Type, ValueKind, Variable},
    source::Source,
    suggest::{closest, did_you_mean, did_you_mean_with},
};

/// A place of a variable.
pub(super) struct Usage<'a> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    /// The type that the place requires, if known.
    pub(super) ty: Option<&'a Type>,
    /// `true` if the place has a default value.
    pub(super) has_default: bool,
    /// `true` if the place is the only field of a `@oneOf` input.
    pub(super) is_one_of: bool,
    /// Name of the place in messages.
    pub(super) place: String,
}

impl<'a> Validator<'a> {
    pub(super) fn usage(&mut self, usage: Usage<'a>) {
        if self.is_constant {
            // Default values are constant, and so are arguments of directives on variables.
            let message = format!("a variable cannot stand here, and `${}` is one", usage.name);
            let help = "write the value itself";
            return self.report("", usage.span, message, help);
        }
        self.usages.push(usage);
    }

    pub(super) fn definitions_of_variables(&mut self, operation: &'a Operation) {
        let mut seen = HashMap::new();
        self.is_constant = true;
        for variable in &operation.variables {
            let (name, ty) = (&variable.name, variable.ty.name());
            if seen.insert(&name.text, name).is_some() {
                let message = format!("the variable `${name}` is defined twice");
                self.report("UniqueVariable", name.span, message, "take one of them out");
            }
            if self.schema.get(ty).is_none() {
                let message = format!("the schema has no type `{ty}`");
                let inputs = self.schema.types().filter(|it| self.schema.is_input(it));
                let help = did_you_mean(
                    ty,
                    // The types of the schema do not include the built-in scalars.
                    inputs.chain(["Boolean", "Float", "ID", "Int", "String"]),
                );
                self.report("UndefinedDefinition", variable.ty_span, message, help);
            } else if !self.schema.is_input(ty) {
                let message = format!("`${name}` cannot be a `{ty}`, which is only answered");
                let help = "define variables for the single values that you need";
                self.report("VariableInputType", variable.ty_span, message, help);
            } else if let Some(default) = &variable.default {
                let place = format!("the default of `${name}`");
                self.value(default, &variable.ty, false, &place);
            }
            self.directives(&variable.directives, "VARIABLE_DEFINITION");
        }
        self.is_constant = false;
    }

    /// Validates the variables of an operation in the current file. `usages` are those in the operation and in all
    /// fragments that it uses.
    pub(super) fn variables(&mut self, operation: &'a Operation, usages: &[(&Source, &Usage<'a>)]) {
        let names = operation.variables.iter();
        let known: BTreeMap<&str, &Variable> =
            names.map(|it| (it.name.text.as_str(), it)).collect();
        let mut used = BTreeSet::new();
        for (file, usage) in usages {
            used.insert(usage.name);
            if let Some(variable) = known.get(usage.name) {
                self.fits(file, variable, usage);
            } else {
                // The variable with the closest name is probably meant, so it is not reported as unused.
                used.extend(closest(usage.name, known.keys().copied()));
                self.undefined(file, operation, usage);
            }
        }
        // A file that is not valid GraphQL may use the variable.
        if !self.documents.are_complete() && self.spreads_unknown(operation) {
            return;
        }
        for variable in &operation.variables {
            let name = &variable.name;
            if !used.contains(name.text.as_str()) {
                let message = format!("the variable `${name}` is not used");
                let help = format!("use it as an argument, or take `${name}` out");
                self.report("UnusedVariable", name.span, message, help);
            }
        }
    }

    fn spreads_unknown(&self, operation: &Operation) -> bool {
        let used = self.documents.used_fragments(&operation.selections);
        used.iter()
            .any(|name| self.documents.fragment(name).is_none())
    }

    fn undefined(&mut self, file: &Source, operation: &'a Operation, usage: &Usage<'a>) {
        let ((_, of), name) = (operation.place(), usage.name);
        let message = format!("the operation `{of}` does not define `${name}`");
        let names = operation.variables.iter().map(|it| it.name.text.as_str());
        // The place tells the type that the variable should have, unless the argument is unknown itself.
        let ty = usage.ty.map_or_else(|| "…".to_owned(), ToString::to_string);
        let help = did_you_mean_with("$", name, names)
            .unwrap_or_else(|| format!("define it: `(${name}: {ty})` after the operation's name"));
        self.report_in(file, "UndefinedVariable", usage.span, message, help);
    }

    fn fits(&mut self, file: &Source, variable: &Variable, usage: &Usage<'a>) {
        let Usage { name, place, .. } = usage;
        let ty = &variable.ty;
        // A type that cannot be a variable is reported once, at its definition.
        let Some(wanted) = usage.ty.filter(|_| self.schema.is_input(ty.name())) else {
            return;
        };
        let default = variable.default.as_ref().map(|it| &it.kind);
        let is_null = matches!(default, Some(ValueKind::Null));
        let may_be_null = default.is_some() && !is_null || usage.has_default;
        let (message, help) = if usage.is_one_of && ty.is_nullable() {
            (
                format!(
                    "`${name}` is a `{ty}`, but {place} cannot be null: its input takes exactly one field"
                ),
                format!("define it as `${name}: {ty}!`"),
            )
        // A nullable variable fits where a default replaces it if it is omitted. An explicit null is then refused by
        // the server, when it is sent.
        } else if is_subtype(ty, wanted) || may_be_null && is_subtype(ty, wanted.nullable()) {
            return;
        } else {
            let more = if is_null && is_subtype(ty, wanted.nullable()) {
                ", or with another default than null"
            } else {
                ""
            };
            (
                format!("`${name}` is a `{ty}`, but {place} is a `{wanted}`"),
                format!("define it as `${name}: {wanted}`{more}"),
            )
        };
        let rule = "DisallowedVariableUsage";
        self.report_in(file, rule, usage.span, message, help);
    }
}

/// Returns `true` if every value of the type is a value of the other.
fn is_subtype(ty: &Type, other: &Type) -> bool {
    match (ty, other) {
        (Type::NonNull(ty), Type::NonNull(other)) | (Type::List(ty), Type::List(other)) => {
            is_subtype(ty, other)
        }
        (Type::NonNull(ty), other) => is_subtype(ty, other),
        (Type::Named(ty), Type::Named(other)) => ty == other,
        _ => false,
    }
}
