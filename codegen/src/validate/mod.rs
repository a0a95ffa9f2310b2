//! Validates documents against the schema, by section 5 of the specification (September 2025).
//!
//! This module has every rule except 5.3.2 (fields that can be merged), which only apollo-compiler checks, with the
//! feature `check`. apollo-compiler has the other rules, too. They are implemented here as well for better messages,
//! and because documents must also be validated without that feature.

mod values;
mod variables;

use std::collections::{BTreeSet, HashMap};

use self::variables::Usage;
use crate::{
    Diagnostic,
    diagnostic::Help,
    document::{
        Argument, Directive, Field, Fragment, Name, Operation, OperationKind, Selection, Span,
        at_any_depth, is_conditional, on_same_object,
    },
    documents::Documents,
    rules,
    schema::{InputField, Schema},
    shape::TYPENAME,
    source::{Place, Source},
    suggest::{did_you_mean, did_you_mean_with, one_of},
};

/// Result of a validation.
#[derive(Default)]
pub(crate) struct Validated {
    pub(crate) errors: Vec<Diagnostic>,
    /// Uses of deprecated parts of the schema.
    pub(crate) deprecated: Vec<Diagnostic>,
}

/// Validates all documents.
pub(crate) fn validate(schema: &Schema, documents: &Documents) -> Validated {
    let Some(first) = documents.files.first() else {
        return Validated::default();
    };
    let mut validator = Validator {
        schema,
        documents,
        file: &first.source,
        usages: Vec::new(),
        is_constant: false,
        spread_on: HashMap::new(),
        variables_of: None,
        found: Validated::default(),
    };
    validator.fragments();
    validator.operations();
    validator.types_of_fragments();
    validator.found
}

struct Validator<'a> {
    schema: &'a Schema,
    documents: &'a Documents,
    /// The file that is being validated.
    file: &'a Source,
    /// The variables in the definition that is being validated.
    usages: Vec<Usage<'a>>,
    /// Variables are not allowed here.
    is_constant: bool,
    /// The type that each fragment is spread on first.
    spread_on: HashMap<&'a str, &'a str>,
    /// The operation whose variables are validated.
    variables_of: Option<String>,
    found: Validated,
}

impl<'a> Validator<'a> {
    /// Reports an error in the file. `rule` is the name of the rule.
    fn report(&mut self, rule: &str, span: Span, message: String, help: impl Help) {
        self.report_in(self.file, rule, span, message, help);
    }

    fn report_in(
        &mut self,
        file: &Source,
        rule: &str,
        span: Span,
        message: String,
        help: impl Help,
    ) {
        let mut error = Diagnostic::error(file, span, message);
        error.operation.clone_from(&self.variables_of);
        let error = error.rule(rules::rule(rule)).help(help);
        self.found.errors.push(error);
    }

    fn fragments(&mut self) {
        let documents = self.documents;
        for (file, fragment, spread) in documents.fragment_order().cyclic {
            let name = &fragment.name;
            let message = format!("the fragment `{name}` leads back to itself by `...{spread}`");
            let help = "take the spread out, and select the fields that you need";
            let rule = "RecursiveFragmentDefinition";
            self.report_in(file, rule, spread.span, message, help);
        }
        let mut used = BTreeSet::new();
        for (_, operation) in documents.operations() {
            used.append(&mut documents.used_fragments(&operation.selections));
        }
        let mut seen = HashMap::new();
        for (file, fragment) in documents.fragments() {
            let name = &fragment.name;
            self.file = file;
            self.unique("FragmentNameCollision", "fragment", name, &mut seen);
            // A file that is not GraphQL may use the fragment.
            if !used.contains(name.text.as_str()) && documents.are_complete() {
                let message = format!("the fragment `{name}` is not used");
                let help = format!("spread it with `...{name}`, or take it out");
                self.report("UnusedFragment", name.span, message, help);
            }
        }
    }

    /// Validates the types of fragments, after the places of all spreads are known.
    fn types_of_fragments(&mut self) {
        for (file, fragment) in self.documents.fragments() {
            self.file = file;
            let spread_on = self.spread_on.get(fragment.name.text.as_str()).copied();
            self.type_condition(&fragment.on, spread_on);
        }
    }

    fn unique(
        &mut self,
        rule: &str,
        what: &str,
        name: &'a Name,
        seen: &mut HashMap<&'a str, (&'a Source, Span)>,
    ) {
        if let Some((file, span)) = seen.get(name.text.as_str()) {
            let Place { line, column, .. } = file.place(*span);
            let first = format!("{}:{line}:{column}", file.path.display());
            let message = format!("the {what} `{name}` is defined twice, first at {first}");
            let help = "rename one of them, or take it out";
            self.report(rule, name.span, message, help);
        }
        seen.entry(&name.text).or_insert((self.file, name.span));
    }

    /// Returns `true` if a fragment can be on the type.
    fn type_condition(&mut self, on: &Name, selected: Option<&str>) -> bool {
        if self.schema.is_composite(&on.text) {
            return true;
        }
        if self.schema.get(&on.text).is_some() {
            let message = format!("a fragment cannot be on `{on}`, which has no fields");
            let help = "write the object, interface or union that is selected from";
            self.report("InvalidFragmentTarget", on.span, message, help);
        } else {
            let message = format!("the schema has no type `{on}`");
            let types = self.schema.types();
            let help = did_you_mean(&on.text, types.filter(|it| self.schema.is_composite(it)))
                .or_else(|| selected.map(|it| format!("what is selected from there is a `{it}`")));
            let rule = "UndefinedTypeInNamedFragmentTypeCondition";
            self.report(rule, on.span, message, help);
        }
        false
    }

    fn operations(&mut self) {
        let documents = self.documents;
        // The variables in each fragment, by its name.
        // A fragment is validated once, on its own type. Its variables have to fit every operation that uses it.
        let mut in_fragments: HashMap<&str, (&Source, Vec<Usage<'a>>)> = HashMap::new();
        for (file, fragment) in documents.fragments() {
            self.file = file;
            self.fragment(fragment);
            let usages = std::mem::take(&mut self.usages);
            in_fragments
                .entry(&fragment.name.text)
                .or_insert((file, usages));
        }
        let mut seen = HashMap::new();
        for (file, operation) in documents.operations() {
            self.file = file;
            if let Some(name) = &operation.name {
                self.unique("OperationNameCollision", "operation", name, &mut seen);
            }
            self.variables_of = None;
            self.operation(operation);
            let own = std::mem::take(&mut self.usages);
            let used = documents.used_fragments(&operation.selections);
            let of_fragments = used.iter().filter_map(|name| in_fragments.get(name));
            let usages = of_fragments.flat_map(|(file, them)| them.iter().map(|it| (*file, it)));
            let usages: Vec<(&Source, &Usage<'_>)> =
                own.iter().map(|it| (file, it)).chain(usages).collect();
            self.variables_of = Some(operation.place().1.to_owned());
            self.variables(operation, &usages);
        }
    }

    fn fragment(&mut self, fragment: &'a Fragment) {
        self.directives(&fragment.directives, "FRAGMENT_DEFINITION");
        if self.schema.is_composite(&fragment.on.text) {
            self.selections(&fragment.on.text, &fragment.selections);
        } else {
            self.record_variables(&fragment.selections);
        }
    }

    fn operation(&mut self, operation: &'a Operation) {
        let keyword = operation.kind.keyword();
        self.directives(&operation.directives, &keyword.to_uppercase());
        self.definitions_of_variables(operation);
        let Some(root) = self.schema.root(operation.kind) else {
            let (at, _) = operation.place();
            let message = format!("the schema has no {keyword} type");
            self.report("UndefinedRootOperation", at, message, None);
            // The variables are recorded, so that they are not reported as unused as well.
            return self.record_variables(&operation.selections);
        };
        self.selections(root, &operation.selections);
        if operation.kind == OperationKind::Subscription {
            self.subscription(operation);
        }
    }

    /// Validates that a subscription selects one root field, which is no introspection field and has no condition.
    fn subscription(&mut self, operation: &'a Operation) {
        let (mut keys, mut has_condition) = (HashMap::new(), false);
        let (mut open, mut seen) = (vec![operation.selections.as_slice()], BTreeSet::new());
        while let Some(selections) = open.pop() {
            for selection in on_same_object(selections) {
                // A subscription whose only field is left out would have no events.
                has_condition |= is_conditional(selection.directives());
                match selection {
                    Selection::Field(field) => drop(keys.insert(&field.key().text, &field.name)),
                    // The same field may be selected several times, under one key, which is still one root field.
                    Selection::Spread(spread) if seen.insert(&spread.name.text) => {
                        let fragment = self.documents.fragment(&spread.name.text);
                        open.extend(fragment.map(|(_, it)| it.selections.as_slice()));
                    }
                    Selection::Spread(_) | Selection::Inline(_) => {}
                }
            }
        }
        let (at, name) = operation.place();
        let introspection = keys.values().find(|it| it.text.starts_with("__"));
        let (message, help) = if keys.len() > 1 {
            let count = keys.len();
            (
                format!("the subscription `{name}` selects {count} root fields"),
                "write a subscription for each of them",
            )
        } else if let Some(field) = introspection {
            (
                format!("the subscription `{name}` selects `{field}`, which is no event"),
                "select one of the fields of the subscription type",
            )
        } else if has_condition {
            (
                format!("a condition may leave out the root field of the subscription `{name}`"),
                "put `@skip` or `@include` on a field below it",
            )
        } else {
            return;
        };
        self.report("SubscriptionUsesMultipleFields", at, message, help);
    }

    fn selections(&mut self, on: &'a str, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives, "FIELD");
                    self.field(on, field);
                }
                Selection::Inline(inline) => {
                    self.directives(&inline.directives, "INLINE_FRAGMENT");
                    let condition = match &inline.on {
                        None => Some(on),
                        Some(name) if self.type_condition(name, Some(on)) => {
                            self.possible(on, name, None);
                            Some(name.text.as_str())
                        }
                        Some(_) => None,
                    };
                    match condition {
                        Some(on) => self.selections(on, &inline.selections),
                        // Without a type, every field below would be an error.
                        None => self.record_variables(&inline.selections),
                    }
                }
                Selection::Spread(spread) => {
                    self.directives(&spread.directives, "FRAGMENT_SPREAD");
                    self.spread(on, &spread.name);
                }
            }
        }
    }

    fn spread(&mut self, on: &'a str, name: &'a Name) {
        let documents = self.documents;
        self.spread_on.entry(&name.text).or_insert(on);
        if let Some((_, fragment)) = documents.fragment(&name.text) {
            if self.schema.is_composite(&fragment.on.text) {
                self.possible(on, &fragment.on, Some(name));
            }
        // A file that is not GraphQL may define the fragment.
        } else if documents.are_complete() {
            let names = documents.fragments().map(|(_, it)| it.name.text.as_str());
            let message = format!("there is no fragment `{name}`");
            let help = did_you_mean(&name.text, names);
            self.report("UndefinedFragment", name.span, message, help);
        }
    }

    /// Validates that a fragment is on a type that the object can have.
    fn possible(&mut self, on: &str, condition: &Name, spread: Option<&Name>) {
        let possible = self.schema.possible_types(on);
        let narrowed = self.schema.possible_types(&condition.text);
        // An interface that no object implements is never anything, but a fragment can be on it where it is selected
        // from.
        if on != condition.text && possible.is_disjoint(narrowed) {
            let message = format!("a `{on}` is never a `{condition}`: this selects nothing");
            let is_short = self.schema.is_abstract(on) && (1..12).contains(&possible.len());
            let help = if is_short {
                let objects = one_of(possible.iter().map(String::as_str));
                format!("a `{on}` is {objects}")
            } else {
                format!("take it out, or write it where a `{condition}` is selected from")
            };
            let at = spread.unwrap_or(condition).span;
            self.report("InvalidFragmentSpread", at, message, help);
        }
    }

    fn field(&mut self, on: &'a str, field: &'a Field) {
        let name = &field.name;
        // `__typename` can be selected on every object, interface and union, without being one of its fields.
        if name.text == TYPENAME {
            self.arguments(&field.arguments, &[], name.span, &format!("`{TYPENAME}`"));
            if !field.selections.is_empty() {
                self.selects_from_leaf(field, "String!");
            }
            return;
        }
        let Some(definition) = self.schema.field(on, &name.text) else {
            self.unknown_field(on, name);
            self.record_variables_of(&field.arguments);
            return self.record_variables(&field.selections);
        };
        let of = format!("`{on}.{name}`");
        self.deprecated(name.span, definition.deprecated.as_ref(), || of.clone());
        self.arguments(&field.arguments, &definition.arguments, name.span, &of);
        let ty = definition.ty.name();
        match (self.schema.is_composite(ty), field.selections.is_empty()) {
            (true, false) => self.selections(ty, &field.selections),
            (false, true) => {}
            (true, true) => {
                let ty_text = &definition.ty;
                let message = format!("`{name}` is a `{ty_text}`, of which nothing is selected");
                let first = self.schema.fields(ty).first();
                let first = first.map_or(TYPENAME, |it| &it.name);
                let help = format!("write the fields that you want: `{name} {{ {first} … }}`");
                self.report("MissingSubselection", name.span, message, help);
            }
            (false, false) => {
                self.selects_from_leaf(field, &definition.ty.to_string());
                self.record_variables(&field.selections);
            }
        }
    }

    fn selects_from_leaf(&mut self, field: &Field, ty: &str) {
        let message = format!("`{}` is a `{ty}`, which has no fields", field.name);
        let help = "take the braces out";
        self.report("MissingSubselection", field.name.span, message, help);
    }

    fn unknown_field(&mut self, on: &str, name: &Name) {
        // `__schema` and `__type` are fields of the query type alone, and are not written in SDL.
        let is_query = self.schema.root(OperationKind::Query) == Some(on);
        if is_query && matches!(name.text.as_str(), "__schema" | "__type") {
            let message = format!("`{name}` asks for the schema itself");
            let schema = &self.schema.name;
            let help = format!(
                "the schema in use is {schema}: read it there, or send this query by other means"
            );
            return self.report("Introspection", name.span, message, help);
        }
        let fields = self.schema.fields(on);
        let names = || fields.iter().map(|it| it.name.as_str());
        let has = |ty: &str| self.schema.field(ty, &name.text).is_some();
        // The field may be on some of the objects of an abstract type.
        let on_object = || {
            let objects = self.schema.possible_types(on).iter();
            let mut objects = objects.filter(|it| self.schema.is_abstract(on) && has(it));
            Some(format!(
                "`{0}` has it: write `... on {0} {{ {name} }}`",
                objects.next()?
            ))
        };
        // The field may be one level below: `list` is not on `Query` but on `pages`.
        let below = || {
            let fields = fields.iter().filter(|it| has(it.ty.name()));
            let below: Vec<String> = fields
                .map(|it| format!("{} {{ {name} … }}", it.name))
                .collect();
            let below = one_of(below.iter().map(String::as_str));
            (!below.is_empty()).then(|| format!("it is one level below: write {below}"))
        };
        let all = || {
            (1..12)
                .contains(&fields.len())
                .then(|| format!("it has {}", one_of(names())))
        };
        // A typing error is the most common mistake, a field on another level the next one.
        let help = did_you_mean(&name.text, names())
            .or_else(on_object)
            .or_else(below)
            .or_else(all);
        let message = format!("type `{on}` does not have a field `{name}`");
        self.report("UndefinedField", name.span, message, help);
    }

    fn arguments(&mut self, given: &'a [Argument], known: &'a [InputField], at: Span, of: &str) {
        self.given(given, known, at, (of, false));
    }

    /// Validates the arguments of a field or directive, or the fields of an input object.
    fn given(
        &mut self,
        given: &'a [Argument],
        known: &'a [InputField],
        at: Span,
        (owner, is_input): (&str, bool),
    ) {
        let (what, a_what, rule) = if is_input {
            ("field", "a field", "InputValue")
        } else {
            ("argument", "an argument", "Argument")
        };
        let names = || known.iter().map(|it| it.name.as_str());
        let mut all_known = true;
        for (index, argument) in given.iter().enumerate() {
            let name = &argument.name;
            if given.iter().take(index).any(|it| it.name.text == name.text) {
                let message = format!("the {what} `{name}` is given twice");
                let rule = format!("Unique{rule}");
                self.report(&rule, name.span, message, "take one of them out");
            }
            if let Some(known) = known.iter().find(|it| it.name == name.text) {
                let what = format!("the {what} `{name}` of {owner}");
                self.deprecated(name.span, known.deprecated.as_ref(), || what.clone());
                self.value(&argument.value, &known.ty, known.default.is_some(), &what);
                continue;
            }
            // A misspelt argument is probably the missing one, and one message is enough.
            all_known = false;
            self.record_variables_of_value(&argument.value);
            let help = did_you_mean(&name.text, names()).unwrap_or_else(|| match known {
                [] => format!("it has no {what}s"),
                _ => format!("it has {}", one_of(names())),
            });
            let message = format!("{owner} does not have {a_what} `{name}`");
            self.report(&format!("Undefined{rule}"), name.span, message, help);
        }
        let is_missing = |known: &&InputField| {
            known.is_required() && !given.iter().any(|it| it.name.text == known.name)
        };
        let missing: Vec<&InputField> = known.iter().filter(is_missing).collect();
        if all_known && !missing.is_empty() {
            let list = |form: fn(&InputField) -> String| {
                let forms: Vec<String> = missing.iter().map(|it| form(it)).collect();
                forms.join(", ")
            };
            let plural = if missing.len() > 1 { "s" } else { "" };
            let names = list(|it| format!("`{}`", it.name));
            let message = format!("{owner} needs the {what}{plural} {names}");
            let (values, types) = (
                list(|it| format!("{}: …", it.name)),
                list(|it| format!("`{}: {}`", it.name, it.ty)),
            );
            let help = format!("add `{values}`: {types}");
            self.report(&format!("Required{rule}"), at, message, help);
        }
    }

    /// Records the use of a deprecated part of the schema.
    fn deprecated(&mut self, span: Span, reason: Option<&String>, what: impl Fn() -> String) {
        if let Some(reason) = reason {
            let message = format!("{} is deprecated: {reason}", what());
            let error = Diagnostic::error(self.file, span, message);
            self.found.deprecated.push(error);
        }
    }

    fn directives(&mut self, directives: &'a [Directive], location: &str) {
        for (index, directive) in directives.iter().enumerate() {
            let name = &directive.name;
            let Some(definition) = self.schema.directives.get(&name.text) else {
                let message = format!("the schema has no directive `@{name}`");
                let names = self.schema.directives.keys().map(String::as_str);
                let help = did_you_mean_with("@", &name.text, names);
                self.report("UndefinedDirective", name.span, message, help);
                self.record_variables_of(&directive.arguments);
                continue;
            };
            if !definition.locations.iter().any(|it| it == location) {
                let message = format!("`@{name}` cannot stand here, on {location}");
                let help = format!("it stands on {}", definition.locations.join(", "));
                self.report("UnsupportedLocation", name.span, message, help);
            }
            let mut before = directives.iter().take(index);
            if !definition.is_repeatable && before.any(|it| it.name.text == name.text) {
                let message = format!("`@{name}` stands here twice");
                let help = "take one of them out";
                self.report("UniqueDirective", name.span, message, help);
            }
            let of = format!("`@{name}`");
            self.arguments(&directive.arguments, &definition.arguments, name.span, &of);
        }
    }

    /// Records the variables of selections that cannot be validated because something above them is wrong.
    fn record_variables(&mut self, selections: &'a [Selection]) {
        self.record_variables_of(at_any_depth(selections).flat_map(Selection::arguments));
    }

    fn record_variables_of(&mut self, arguments: impl IntoIterator<Item = &'a Argument>) {
        for argument in arguments {
            self.record_variables_of_value(&argument.value);
        }
    }
}
