//! Optional parts of documents, without which an operation runs on a server that lacks them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    document::{
        Argument, Field, Selection, Span, ValueKind, Variable, arguments_of, at_any_depth, parser,
    },
    schema::Schema,
};

/// A part of a document that can be omitted.
pub(crate) struct Part {
    /// The coordinate, such as `Page.toc` or `PageQuery.list(limit:)`.
    pub(crate) coordinate: String,
    /// The variables of an argument. The argument cannot be omitted if one of them is set.
    pub(crate) variables: Vec<String>,
    /// The byte ranges of the part in the document, with those of variable definitions that are used nowhere else.
    pub(crate) places: Vec<(usize, usize)>,
}

/// Returns `true` if some release of the server lacks the field.
pub(crate) fn is_optional_field(schema: &Schema, on: &str, name: &str) -> bool {
    schema.has_history() && schema.is_newer(&format!("{on}.{name}"))
}

/// Returns the optional parts by coordinate. Without known releases of the server, they are the nullable fields, and
/// the arguments whose variable is optional. With known releases, they are the fields and arguments that some release
/// lacks, except a field that is selected alone.
pub(crate) fn parts(schema: &Schema, query: &str) -> Vec<Part> {
    let document = parser::parse(query).unwrap_or_default();
    let variables = document.operations.iter().flat_map(|it| &it.variables);
    let mut search = Search {
        schema,
        variables: variables.map(|it| (it.name.text.as_str(), it)).collect(),
        parts: BTreeMap::new(),
        needed: BTreeSet::new(),
    };
    let operations = document.operations.iter();
    let operations = operations.map(|it| (schema.root(it.kind), &it.directives, &it.selections));
    let fragments = document.fragments.iter();
    let fragments = fragments.map(|it| (Some(&*it.on.text), &it.directives, &it.selections));
    let mut counts = Counts::new();
    for (on, directives, selections) in operations.chain(fragments) {
        count(arguments_of(directives), &mut counts);
        count_in(selections, &mut counts);
        if let Some(on) = on {
            search.selections(on, selections);
        }
    }
    let parts = search.parts.into_iter();
    let parts = parts.filter(|(coordinate, _)| !search.needed.contains(coordinate));
    let part = |(coordinate, (mut places, inside)): (String, (Vec<_>, Counts<'_>))| {
        // GraphQL refuses a variable that is not used, so the definition is left out with the last use.
        let whole = inside
            .iter()
            .filter(|(name, count)| counts.get(*name).is_some_and(|all| *count >= all));
        let definitions = whole.filter_map(|(name, _)| search.variables.get(name));
        places.extend(definitions.map(|it| (it.span.start, it.span.end)));
        let is_argument = coordinate.ends_with(":)");
        let variables = inside.into_keys().filter(|_| is_argument);
        Part {
            variables: variables.map(str::to_owned).collect(),
            coordinate,
            places,
        }
    };
    parts.map(part).collect()
}

/// Number of uses of each variable.
type Counts<'a> = BTreeMap<&'a str, usize>;

fn count_in<'a>(selections: &'a [Selection], counts: &mut Counts<'a>) {
    count(
        at_any_depth(selections).flat_map(Selection::arguments),
        counts,
    );
}

fn count<'a>(arguments: impl Iterator<Item = &'a Argument>, counts: &mut Counts<'a>) {
    // A variable can be used in several parts, so its uses are counted.
    let mut add = |name, _| *counts.entry(name).or_default() += 1;
    arguments.for_each(|it| it.value.variables(&mut add));
}

struct Search<'a> {
    schema: &'a Schema,
    variables: BTreeMap<&'a str, &'a Variable>,
    /// The places of each part, and the variables in them.
    parts: BTreeMap<String, (Vec<(usize, usize)>, Counts<'a>)>,
    /// The coordinates of fields that are selected alone somewhere, and so cannot be omitted.
    needed: BTreeSet<String>,
}

impl<'a> Search<'a> {
    fn add(&mut self, coordinate: String, span: Span, inside: Counts<'a>) {
        let (places, counts) = self.parts.entry(coordinate).or_default();
        places.push((span.start, span.end));
        for (name, count) in inside {
            *counts.entry(name).or_default() += count;
        }
    }

    fn selections(&mut self, on: &str, selections: &'a [Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(on, selection, field, selections.len() == 1),
                Selection::Inline(inline) => {
                    let on = inline.on.as_ref().map_or(on, |name| &name.text);
                    self.selections(on, &inline.selections);
                }
                // The fragments are in the same text, and are visited there.
                Selection::Spread(_) => {}
            }
        }
    }

    fn field(&mut self, on: &str, selection: &'a Selection, field: &'a Field, alone: bool) {
        let Some(definition) = self.schema.field(on, &field.name.text) else {
            return;
        };
        let has_history = self.schema.has_history();
        let coordinate = format!("{on}.{}", field.name);
        let is_optional = if has_history {
            is_optional_field(self.schema, on, &field.name.text)
        } else {
            definition.ty.is_nullable()
        };
        // Without the field its braces would be empty, which is not GraphQL.
        if is_optional && alone && has_history {
            self.needed.insert(coordinate.clone());
        }
        if is_optional {
            let mut inside = Counts::new();
            count_in(std::slice::from_ref(selection), &mut inside);
            self.add(coordinate.clone(), field.span, inside);
        }
        for argument in &field.arguments {
            let name = &argument.name;
            let of_field = format!("{coordinate}({name}:)");
            let mut known = definition.arguments.iter();
            let is_optional = if has_history {
                self.schema.is_newer(&of_field)
            } else {
                known.any(|it| it.name == name.text && !it.is_required())
            };
            if is_optional {
                self.argument(of_field, argument);
            }
        }
        self.selections(definition.ty.name(), &field.selections);
    }

    fn argument(&mut self, coordinate: String, argument: &'a Argument) {
        // A literal value was written on purpose. Only a variable can be unset.
        if let ValueKind::Variable(name) = &argument.value.kind
            && let Some(variable) = self.variables.get(name.as_str())
            && (variable.ty.is_nullable() || variable.default.is_some())
        {
            let inside = Counts::from([(name.as_str(), 1)]);
            self.add(coordinate, argument.span, inside);
        }
    }
}
