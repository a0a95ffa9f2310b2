//! What the answer to a selection looks like: each key once, with its type and what is under it.
//!
//! graphql_client turns a selection into Rust as it is written, and so gets wrong what is written twice, in an inline
//! fragment or under a condition. Here a selection is brought into the form that it gets right:
//!
//! - an inline fragment without a type, on the object's own type or on one of its interfaces becomes plain fields;
//! - fields of the same key become one, what is under them being joined;
//! - a fragment stays a spread (and so one Rust type) where it has no key in common with its neighbours; otherwise its
//!   fields are written out, because serde gives a key to one of two flattened structs only;
//! - a field that `@skip` or `@include` may leave out is optional, whatever the schema says of it.

mod fields;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    Diagnostic,
    document::{Field, Inline, Selection, Span, Spread, Type, is_conditional},
    documents::{Documents, FileId},
    rules,
    schema::Schema,
    suggest::did_you_mean,
};

/// The meta field that every object has.
pub(crate) const TYPENAME: &str = "__typename";

/// What a selection gives on one type.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The type that is selected from.
    pub(crate) on: String,
    /// The type is an interface or union: `__typename` tells its variants apart.
    pub(crate) is_tagged: bool,
    pub(crate) items: Vec<Item>,
    /// On an interface or union: what more there is, by the object's type.
    pub(crate) variants: Vec<(String, Shape)>,
}

#[derive(Debug)]
pub(crate) enum Item {
    Field(FieldShape),
    /// A fragment on this very type, to stay one Rust type.
    Spread(String),
}

#[derive(Debug)]
pub(crate) struct FieldShape {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// A condition may leave it out though its type is not nullable.
    pub(crate) made_optional: bool,
    pub(crate) children: Option<Shape>,
    pub(crate) file: FileId,
    pub(crate) span: Span,
}

impl Shape {
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldShape> {
        self.items.iter().filter_map(|item| match item {
            Item::Field(field) => Some(field),
            Item::Spread(_) => None,
        })
    }
}

/// Works shapes out, each fragment's once.
pub(crate) struct Shapes<'a> {
    schema: &'a Schema,
    documents: &'a Documents,
    fragments: RefCell<BTreeMap<String, Rc<Shape>>>,
    mistakes: RefCell<Vec<Diagnostic>>,
    refusals: RefCell<Vec<Diagnostic>>,
}

/// Selections that are joined into one shape.
#[derive(Clone, Copy)]
struct Part<'a> {
    selections: &'a [Selection],
    file: FileId,
    conditional: bool,
}

struct Occurrence<'a> {
    field: &'a Field,
    file: FileId,
    conditional: bool,
}

enum Entry<'a> {
    Field(Occurrence<'a>),
    Spread(&'a str),
}

/// The flat list of what parts select.
#[derive(Default)]
struct Flat<'a> {
    entries: Vec<Entry<'a>>,
    variants: BTreeMap<&'a str, Vec<Part<'a>>>,
}

impl<'a> Shapes<'a> {
    pub(crate) fn new(schema: &'a Schema, documents: &'a Documents) -> Self {
        Self {
            schema,
            documents,
            fragments: RefCell::default(),
            mistakes: RefCell::default(),
            refusals: RefCell::default(),
        }
    }

    /// What was found on the way: what is no valid GraphQL (and is told better by the whole check, where that runs), and
    /// what is valid but refused.
    pub(crate) fn into_diagnostics(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        (self.mistakes.into_inner(), self.refusals.into_inner())
    }

    /// The shape of selections on a type.
    pub(crate) fn of(&self, on: &str, selections: &'a [Selection], file: FileId) -> Shape {
        self.join(
            on,
            &[Part {
                selections,
                file,
                conditional: false,
            }],
            &BTreeSet::new(),
        )
    }

    /// The shape of a fragment on its own type.
    pub(crate) fn of_fragment(&self, name: &str) -> Option<Rc<Shape>> {
        if let Some(shape) = self.fragments.borrow().get(name) {
            return Some(Rc::clone(shape));
        }
        let (file, fragment) = self.documents.fragment(name)?;
        let shape = Rc::new(self.of(&fragment.on.text, &fragment.selections, file));
        self.refuse_untagged(&shape, file, fragment.name.span);
        self.fragments
            .borrow_mut()
            .insert(name.to_owned(), Rc::clone(&shape));
        Some(shape)
    }

    /// `name` is what apollo-compiler calls the mistake.
    fn tell(&self, name: &str, mistake: Option<Diagnostic>) {
        push_new(
            &mut self.mistakes.borrow_mut(),
            mistake.map(|it| it.rule(rules::rule(name))),
        );
    }

    fn refuse(&self, refusal: Option<Diagnostic>, rule: &str, help: &str) {
        push_new(
            &mut self.refusals.borrow_mut(),
            refusal.map(|it| it.rule(rule).help(help)),
        );
    }

    /// `taken` are keys that another struct decodes before this one.
    fn join(&self, on: &str, parts: &[Part<'a>], taken: &BTreeSet<String>) -> Shape {
        let mut written_out = BTreeSet::new();
        let flat = loop {
            let mut flat = Flat::default();
            for part in parts {
                self.flatten(on, *part, &written_out, &mut flat);
            }
            let overlapping = self.overlapping(on, &flat, taken);
            if overlapping.is_empty() {
                break flat;
            }
            written_out.extend(overlapping);
        };
        let items = self.merge(on, flat.entries);
        let mut shape = Shape {
            on: on.to_owned(),
            is_tagged: self.schema.is_abstract(on),
            items,
            variants: Vec::new(),
        };
        let mut common: BTreeSet<String> = shape.fields().map(|field| field.key.clone()).collect();
        common.insert(TYPENAME.to_owned());
        for (ty, parts) in flat.variants {
            let mut variant = self.join(ty, &parts, &common);
            self.take_common(&shape, &mut variant);
            shape.variants.push((ty.to_owned(), variant));
        }
        shape
    }

    fn flatten(
        &self,
        on: &str,
        part: Part<'a>,
        written_out: &BTreeSet<&'a str>,
        flat: &mut Flat<'a>,
    ) {
        for selection in part.selections {
            match selection {
                Selection::Field(field) => flat.entries.push(Entry::Field(Occurrence {
                    field,
                    file: part.file,
                    conditional: part.conditional || is_conditional(&field.directives),
                })),
                Selection::Inline(inline) => {
                    self.flatten_inline(on, part, inline, written_out, flat);
                }
                Selection::Spread(spread) => {
                    self.flatten_spread(on, part, spread, written_out, flat);
                }
            }
        }
    }

    fn flatten_inline(
        &self,
        on: &str,
        part: Part<'a>,
        inline: &'a Inline,
        written_out: &BTreeSet<&'a str>,
        flat: &mut Flat<'a>,
    ) {
        let conditional = part.conditional || is_conditional(&inline.directives);
        let inner = Part {
            selections: &inline.selections,
            file: part.file,
            conditional,
        };
        let condition = inline.on.as_ref().map_or(on, |name| &name.text);
        self.narrow(on, condition, inner, inline.span, written_out, flat);
    }

    fn flatten_spread(
        &self,
        on: &str,
        part: Part<'a>,
        spread: &'a Spread,
        written_out: &BTreeSet<&'a str>,
        flat: &mut Flat<'a>,
    ) {
        let name = spread.name.text.as_str();
        let Some((file, fragment)) = self.documents.fragment(name) else {
            let names = self
                .documents
                .fragments()
                .map(|(_, fragment)| fragment.name.text.as_str());
            let diagnostic = self.documents.error(
                part.file,
                spread.name.span,
                format!("there is no fragment `{name}`"),
            );
            return self.tell(
                "UndefinedFragment",
                diagnostic.map(|it| it.maybe_help(did_you_mean(name, names))),
            );
        };
        let conditional = part.conditional || is_conditional(&spread.directives);
        if fragment.on.text == on && !conditional && !written_out.contains(name) {
            let known = flat
                .entries
                .iter()
                .any(|entry| matches!(entry, Entry::Spread(other) if *other == name));
            if !known {
                flat.entries.push(Entry::Spread(name));
            }
            return;
        }
        let inner = Part {
            selections: &fragment.selections,
            file,
            conditional,
        };
        self.narrow(
            on,
            &fragment.on.text,
            inner,
            spread.name.span,
            written_out,
            flat,
        );
    }

    /// Selections under a type condition: plain ones where it always holds, a variant where it may.
    fn narrow(
        &self,
        on: &str,
        condition: &str,
        part: Part<'a>,
        span: Span,
        written_out: &BTreeSet<&'a str>,
        flat: &mut Flat<'a>,
    ) {
        if condition == on || !self.schema.is_composite(condition) {
            // A condition that is no type is refused as such, not for what it does not select.
            return self.flatten(on, part, written_out, flat);
        }
        let possible = self.schema.possible_types(on);
        let narrowed: Vec<&'a str> = self
            .schema
            .possible_types(condition)
            .into_iter()
            .filter(|ty| possible.contains(ty))
            .collect();
        if narrowed.is_empty() {
            let message = format!("a `{on}` is never a `{condition}`: this selects nothing");
            return self.tell(
                "InvalidFragmentSpread",
                self.documents.error(part.file, span, message),
            );
        }
        if !self.schema.is_abstract(on) {
            return self.flatten(on, part, written_out, flat);
        }
        for ty in narrowed {
            flat.variants.entry(ty).or_default().push(part);
        }
    }

    /// The spreads that cannot stay: serde would give a shared key to one side only.
    fn overlapping(
        &self,
        on: &str,
        flat: &Flat<'a>,
        taken: &BTreeSet<String>,
    ) -> BTreeSet<&'a str> {
        let mut count: BTreeMap<String, usize> = taken.iter().map(|key| (key.clone(), 1)).collect();
        let mut spreads = Vec::new();
        for entry in &flat.entries {
            match entry {
                Entry::Field(occurrence) => {
                    // A key that stands here twice is still one field of the struct.
                    count
                        .entry(occurrence.field.key().text.clone())
                        .or_insert(1);
                }
                Entry::Spread(name) => spreads.push((*name, self.keys_of_fragment(name))),
            }
        }
        for key in spreads.iter().flat_map(|(_, keys)| keys) {
            *count.entry(key.clone()).or_insert(0) += 1;
        }
        let several = flat.entries.len() + flat.variants.len() > 1;
        let abstract_among_others = several && self.schema.is_abstract(on);
        let overlaps = |keys: &BTreeSet<String>| {
            keys.iter()
                .any(|key| count.get(key).is_some_and(|count| *count > 1))
        };
        spreads
            .into_iter()
            .filter(|(_, keys)| abstract_among_others || overlaps(keys))
            .map(|(name, _)| name)
            .collect()
    }

    fn keys_of_fragment(&self, name: &str) -> BTreeSet<String> {
        self.of_fragment(name)
            .map(|shape| self.keys(&shape))
            .unwrap_or_default()
    }

    fn keys(&self, shape: &Shape) -> BTreeSet<String> {
        let mut keys: BTreeSet<String> = shape.fields().map(|field| field.key.clone()).collect();
        for item in &shape.items {
            if let Item::Spread(name) = item {
                keys.extend(self.keys_of_fragment(name));
            }
        }
        for (_, variant) in &shape.variants {
            keys.extend(self.keys(variant));
        }
        keys
    }
}

/// The same selection is looked at again wherever its fragment is written out: it is told once.
fn push_new(diagnostics: &mut Vec<Diagnostic>, diagnostic: Option<Diagnostic>) {
    if let Some(diagnostic) = diagnostic.filter(|it| !diagnostics.contains(it)) {
        diagnostics.push(diagnostic);
    }
}
