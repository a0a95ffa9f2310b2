//! Forms of responses: each key of a selection once, with its type and its fields.
//!
//! A document may select a key twice, in an inline fragment, or under a condition. This module converts a selection to
//! the form of Rust types:
//!
//! - an inline fragment without a type, on the object's own type or on one of its interfaces becomes plain fields;
//! - fields of the same key become one field, and their selections are joined;
//! - a fragment stays a spread, and so one Rust type, if it has no key in common with its neighbours; otherwise its
//!   fields are written out, because serde passes a key to only one of two flattened structs;
//! - a field that `@skip` or `@include` may omit is optional, even if the schema declares it non-null.

mod fields;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    Diagnostic,
    document::{Field, Name, Selection, Span, Spread, Type, is_conditional, on_same_object},
    documents::Documents,
    schema::Schema,
    source::Source,
};

/// The meta field that every object has.
pub(crate) const TYPENAME: &str = "__typename";

/// Form of the response to a selection on one type.
#[derive(Debug)]
pub(crate) struct Shape<'a> {
    /// The type that is selected from.
    pub(crate) on: String,
    /// `true` for an interface or union, whose variants are distinguished by `__typename`.
    pub(crate) is_tagged: bool,
    pub(crate) items: Vec<Item<'a>>,
    /// On an interface or union: additional fields, by the type of the object.
    pub(crate) variants: Vec<(&'a str, Shape<'a>)>,
}

#[derive(Debug)]
pub(crate) enum Item<'a> {
    Field(FieldShape<'a>),
    /// A fragment on the same type, which stays one Rust type.
    Spread(&'a str),
}

#[derive(Debug)]
pub(crate) struct FieldShape<'a> {
    pub(crate) key: &'a Name,
    pub(crate) name: &'a str,
    /// The type in the response: nullable if a condition may omit the field.
    pub(crate) ty: Type,
    pub(crate) children: Option<Shape<'a>>,
    pub(crate) file: &'a Source,
}

impl<'a> Shape<'a> {
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldShape<'a>> {
        self.items.iter().filter_map(|item| match item {
            Item::Field(field) => Some(field),
            Item::Spread(_) => None,
        })
    }

    /// Returns the items of this shape and of all shapes inside of it.
    fn items_at_any_depth(&self) -> Vec<&Item<'a>> {
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(shape) = open.pop() {
            found.extend(&shape.items);
            open.extend(shape.fields().filter_map(|it| it.children.as_ref()));
            open.extend(shape.variants.iter().map(|(_, variant)| variant));
        }
        found
    }

    /// Returns the fields without selections, at any depth.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &FieldShape<'a>> {
        let items = self.items_at_any_depth().into_iter();
        items.filter_map(|item| match item {
            Item::Field(field) if field.children.is_none() => Some(field),
            _ => None,
        })
    }

    /// Returns the fragments that the shape refers to as types, at any depth.
    pub(crate) fn spreads(&self) -> impl Iterator<Item = &'a str> {
        let items = self.items_at_any_depth().into_iter();
        items.filter_map(|item| match item {
            Item::Spread(name) => Some(*name),
            Item::Field(_) => None,
        })
    }
}

/// Computes shapes.
pub(crate) struct Shapes<'a> {
    schema: &'a Schema,
    documents: &'a Documents,
    /// The keys that each fragment selects on any object.
    keys: HashMap<&'a str, BTreeSet<&'a str>>,
    /// Errors for documents that are valid but have no Rust types. A selection is visited again wherever its fragment
    /// is written out, so that an error can be repeated.
    pub(crate) refusals: Vec<Diagnostic>,
}

/// Selections that are joined into one shape.
#[derive(Clone, Copy)]
struct Part<'a> {
    selections: &'a [Selection],
    file: &'a Source,
    /// `true` if `@skip` or `@include` may omit all of them.
    conditional: bool,
}

/// One of the places at which a key is selected.
struct Occurrence<'a> {
    field: &'a Field,
    file: &'a Source,
    conditional: bool,
    /// `true` if the field is the only selection, which the client never omits for an older server: nothing would be
    /// left to select.
    alone: bool,
}

enum Entry<'a> {
    Field(Occurrence<'a>),
    Spread(&'a str),
}

/// The selections of all parts in one list.
#[derive(Default)]
struct Flat<'a> {
    entries: Vec<Entry<'a>>,
    variants: BTreeMap<&'a str, Vec<Part<'a>>>,
    /// The fragments that are in the list, and whether a condition may leave them out.
    seen: BTreeSet<(&'a str, bool)>,
}

impl<'a> Shapes<'a> {
    /// Prepares the computation. The documents must not have cyclic fragments.
    pub(crate) fn new(schema: &'a Schema, documents: &'a Documents) -> Self {
        Self {
            schema,
            documents,
            keys: keys_of_fragments(documents),
            refusals: Vec::new(),
        }
    }

    /// Returns the shape of selections on a type.
    pub(crate) fn of(
        &mut self,
        on: &str,
        selections: &'a [Selection],
        file: &'a Source,
    ) -> Shape<'a> {
        let part = Part {
            selections,
            file,
            conditional: false,
        };
        self.join(on, &[part], &BTreeSet::new())
    }

    /// Returns the shape of a fragment on its own type.
    pub(crate) fn of_fragment(&mut self, name: &str) -> Option<Shape<'a>> {
        let (file, fragment) = self.documents.fragment(name)?;
        let shape = self.of(&fragment.on.text, &fragment.selections, file);
        self.refuse_untagged(&shape, file, fragment.name.span);
        Some(shape)
    }

    fn refuse(&mut self, (file, span): (&Source, Span), message: String, rule: &str, help: &str) {
        let refusal = Diagnostic::error(file, span, message);
        self.refusals.push(refusal.rule(rule).help(help));
    }

    /// Joins selections into one shape. `taken` are the keys of the struct around a variant. serde decodes these keys
    /// there, and does not pass them on to the variant, which is flattened.
    fn join(&mut self, on: &str, parts: &[Part<'a>], taken: &BTreeSet<&'a str>) -> Shape<'a> {
        let mut flat = Flat::default();
        for part in parts {
            self.flatten(on, *part, &mut flat);
        }
        self.write_out_overlapping(on, &mut flat, taken);
        let (entries, variants) = (flat.entries, flat.variants);
        // serde reads the tag of an enum before the fields of its variants, and removes it.
        let mut common: BTreeSet<&str> = BTreeSet::from([TYPENAME]);
        for entry in &entries {
            if let Entry::Field(occurrence) = entry {
                common.insert(&occurrence.field.key().text);
            }
        }
        let mut shape = Shape {
            on: on.to_owned(),
            is_tagged: self.schema.is_abstract(on),
            items: self.merge(on, entries),
            variants: Vec::new(),
        };
        for (ty, parts) in variants {
            let mut variant = self.join(ty, &parts, &common);
            self.take_common(&shape, &mut variant);
            shape.variants.push((ty, variant));
        }
        shape
    }

    fn flatten(&self, on: &str, part: Part<'a>, flat: &mut Flat<'a>) {
        for selection in part.selections {
            match selection {
                Selection::Field(field) => flat.entries.push(Entry::Field(Occurrence {
                    field,
                    file: part.file,
                    conditional: part.conditional || is_conditional(&field.directives),
                    alone: part.selections.len() == 1,
                })),
                Selection::Inline(inline) => {
                    let inner = Part {
                        selections: &inline.selections,
                        file: part.file,
                        conditional: part.conditional || is_conditional(&inline.directives),
                    };
                    let condition = inline.on.as_ref().map_or(on, |name| &name.text);
                    self.narrow(on, condition, inner, flat);
                }
                Selection::Spread(spread) => self.flatten_spread(on, part, spread, flat),
            }
        }
    }

    fn flatten_spread(&self, on: &str, part: Part<'a>, spread: &'a Spread, flat: &mut Flat<'a>) {
        let name = spread.name.text.as_str();
        let Some((file, fragment)) = self.documents.fragment(name) else {
            return;
        };
        let conditional = part.conditional || is_conditional(&spread.directives);
        // A fragment that is spread without a condition covers every other spread of it.
        if flat.seen.contains(&(name, false)) || !flat.seen.insert((name, conditional)) {
            return;
        }
        // Under a condition the fields are optional, unlike those of the type of the fragment.
        if fragment.on.text == on && !conditional {
            return flat.entries.push(Entry::Spread(name));
        }
        let inner = Part {
            selections: &fragment.selections,
            file,
            conditional,
        };
        self.narrow(on, &fragment.on.text, inner, flat);
    }

    /// Adds selections under a type condition: as plain ones if it always holds, as a variant if it can hold.
    fn narrow(&self, on: &str, condition: &str, part: Part<'a>, flat: &mut Flat<'a>) {
        if condition == on {
            return self.flatten(on, part, flat);
        }
        let possible = self.schema.possible_types(on);
        let narrowed = self.schema.possible_types(condition);
        // On an object, a condition holds always or never.
        if !self.schema.is_abstract(on) {
            if narrowed.contains(on) {
                self.flatten(on, part, flat);
            }
            return;
        }
        // `__typename` names objects only, so fields under an interface are repeated for each of its objects.
        for ty in narrowed.intersection(possible) {
            flat.variants.entry(ty).or_default().push(part);
        }
    }

    /// Replaces spreads by their fields if they share a key with another field or spread, because serde would pass the
    /// key to only one of them.
    fn write_out_overlapping(&self, on: &str, flat: &mut Flat<'a>, taken: &BTreeSet<&'a str>) {
        let keys_of = |name: &str| self.keys.get(name).into_iter().flatten();
        loop {
            // A key that is selected twice is still one field of the struct.
            let mut owners: BTreeMap<&str, usize> = taken.iter().map(|key| (*key, 1)).collect();
            let mut spreads = Vec::new();
            for entry in &flat.entries {
                match entry {
                    Entry::Field(it) => drop(owners.insert(&it.field.key().text, 1)),
                    Entry::Spread(name) => spreads.push(*name),
                }
            }
            for key in spreads.iter().flat_map(|name| keys_of(name)) {
                *owners.entry(key).or_insert(0) += 1;
            }
            let several = flat.entries.len() + flat.variants.len() > 1;
            // Every fragment on an interface or union is decoded by `__typename`, and serde would pass that to only
            // one of them.
            let all = several && self.schema.is_abstract(on);
            let overlaps = |name: &&str| {
                all || keys_of(name).any(|key| owners.get(key).is_some_and(|it| *it > 1))
            };
            // The fields of one fragment can overlap with the next one in turn, so this is repeated.
            let overlapping: BTreeSet<&str> = spreads.into_iter().filter(overlaps).collect();
            if overlapping.is_empty() {
                return;
            }
            for entry in std::mem::take(&mut flat.entries) {
                match entry {
                    Entry::Spread(name) if overlapping.contains(name) => {
                        if let Some((file, fragment)) = self.documents.fragment(name) {
                            let part = Part {
                                selections: &fragment.selections,
                                file,
                                conditional: false,
                            };
                            self.flatten(on, part, flat);
                        }
                    }
                    other => flat.entries.push(other),
                }
            }
        }
    }
}

/// Returns the keys that each fragment selects, directly or through the fragments that it spreads.
fn keys_of_fragments(documents: &Documents) -> HashMap<&str, BTreeSet<&str>> {
    let mut known: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    // The keys of a fragment that is spread must be known before.
    for fragment in documents.fragment_order().inner_first {
        let mut keys = BTreeSet::new();
        for selection in on_same_object(&fragment.selections) {
            match selection {
                Selection::Field(field) => drop(keys.insert(field.key().text.as_str())),
                Selection::Spread(spread) => {
                    keys.extend(known.get(spread.name.text.as_str()).into_iter().flatten());
                }
                Selection::Inline(_) => {}
            }
        }
        known.insert(&fragment.name.text, keys);
    }
    known
}
