//! Validates that each variable is defined, used, and fits its places.

use std::collections::{BTreeMap, BTreeSet};

use super::Validator;
use crate::{
    document::{Operation, Span, Type, Value, ValueKind, Variable},
    documents::FileId,
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
            let message = format!("a variable cannot stand here, and `${}` is one", usage.name);
            let help = "write the value itself";
            return self.report("", usage.span, message, help);
        }
        self.usages.push(usage);
    }

    pub(super) fn definitions_of_variables(&mut self, operation: &'a Operation) {
        let mut seen = BTreeMap::new();
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

    pub(super) fn variables(
        &mut self,
        file: FileId,
        operation: &'a Operation,
        usages: &[(FileId, &Usage<'a>)],
    ) {
        let known: BTreeMap<&str, &Variable> = operation
            .variables
            .iter()
            .map(|it| (it.name.text.as_str(), it))
            .collect();
        let mut used = BTreeSet::new();
        for (place, usage) in usages {
            used.insert(usage.name);
            if let Some(variable) = known.get(usage.name) {
                self.fits(*place, variable, usage);
            } else {
                // The variable with the closest name is probably meant, so it is not reported as unused.
                used.extend(closest(usage.name, known.keys().copied()));
                self.undefined(*place, operation, usage);
            }
        }
        // A file that is not valid GraphQL may use the variable.
        if !self.documents.unreadable.is_empty() && self.spreads_unknown(operation) {
            return;
        }
        for variable in &operation.variables {
            let name = &variable.name;
            if !used.contains(name.text.as_str()) {
                let message = format!("the variable `${name}` is not used");
                let help = format!("use it as an argument, or take `${name}` out");
                self.report_in((file, name.span), "UnusedVariable", message, help);
            }
        }
    }

    fn spreads_unknown(&self, operation: &Operation) -> bool {
        let used = self.documents.used_fragments(&operation.selections);
        used.iter()
            .any(|name| self.documents.fragment(name).is_none())
    }

    fn undefined(&mut self, file: FileId, operation: &'a Operation, usage: &Usage<'a>) {
        let ((_, of), name) = (operation.place(), usage.name);
        let message = format!("the operation `{of}` does not define `${name}`");
        let names = operation.variables.iter().map(|it| it.name.text.as_str());
        let ty = usage.ty.map_or_else(|| "…".to_owned(), ToString::to_string);
        let help = did_you_mean_with("$", name, names)
            .unwrap_or_else(|| format!("define it: `(${name}: {ty})` after the operation's name"));
        self.report_in((file, usage.span), "UndefinedVariable", message, help);
    }

    fn fits(&mut self, file: FileId, variable: &Variable, usage: &Usage<'a>) {
        let Some(place) = usage
            .ty
            .filter(|_| self.schema.is_input(variable.ty.name()))
        else {
            return;
        };
        let name = usage.name;
        let is_null = |it: &Value| matches!(it.kind, ValueKind::Null);
        let has_default = variable.default.as_ref().is_some_and(|it| !is_null(it));
        let (ty, wanted) = (&variable.ty, place);
        if usage.is_one_of && ty.is_nullable() {
            let message = format!(
                "`${name}` is a `{ty}`, but {} cannot be null: its input takes exactly one field",
                usage.place
            );
            let help = format!("define it as `${name}: {ty}!`");
            return self.report_in((file, usage.span), "DisallowedVariableUsage", message, help);
        }
        let may_be_null = has_default || usage.has_default;
        let is_allowed = if ty.is_nullable() && may_be_null {
            is_subtype(ty, wanted.nullable())
        } else {
            is_subtype(ty, wanted)
        };
        if !is_allowed {
            let message = format!("`${name}` is a `{ty}`, but {} is a `{wanted}`", usage.place);
            let help = if variable.default.as_ref().is_some_and(is_null)
                && is_subtype(ty, wanted.nullable())
            {
                format!("define it as `${name}: {wanted}`, or with another default than null")
            } else {
                format!("define it as `${name}: {wanted}`")
            };
            self.report_in((file, usage.span), "DisallowedVariableUsage", message, help);
        }
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
