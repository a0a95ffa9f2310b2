//! Fields of a shape: all selections of one key become one field.

use std::collections::{BTreeSet, HashMap};

use super::{Entry, FieldShape, Item, Occurrence, Part, Shape, Shapes, TYPENAME};
use crate::{
    document::{Span, Type},
    optional, rules,
    source::Source,
};

impl<'a> Shapes<'a> {
    pub(super) fn merge(&mut self, on: &str, entries: Vec<Entry<'a>>) -> Vec<Item<'a>> {
        let mut slots: Vec<(Option<&'a str>, Vec<Occurrence<'a>>)> = Vec::new();
        let mut by_key: HashMap<&'a str, usize> = HashMap::new();
        for entry in entries {
            match entry {
                Entry::Spread(name) => slots.push((Some(name), Vec::new())),
                Entry::Field(occurrence) => {
                    let index = by_key
                        .entry(&occurrence.field.key().text)
                        .or_insert(slots.len());
                    match slots.get_mut(*index) {
                        Some((_, occurrences)) => occurrences.push(occurrence),
                        None => slots.push((None, vec![occurrence])),
                    }
                }
            }
        }
        let item = |(spread, occurrences): (Option<&'a str>, Vec<_>)| match spread {
            Some(name) => Some(Item::Spread(name)),
            None => self.field(on, &occurrences).map(Item::Field),
        };
        slots.into_iter().filter_map(item).collect()
    }

    fn field(&mut self, on: &str, occurrences: &[Occurrence<'a>]) -> Option<FieldShape<'a>> {
        let first = occurrences.first()?;
        let (key, name) = (first.field.key(), &first.field.name);
        let other = occurrences
            .iter()
            .find(|it| it.field.name.text != name.text);
        if let Some(other) = other {
            let other_name = &other.field.name;
            let message =
                format!("`{key}` stands for `{other_name}` here and for `{name}` elsewhere");
            let place = (other.file, other.field.key().span);
            let rule = rules::rule("ConflictingFieldName");
            self.refuse(place, message, rule, "give one of them another alias");
            return None;
        }
        let ty = if name.text == TYPENAME {
            Type::NonNull(Box::new(Type::Named("String".to_owned())))
        } else {
            self.schema.field(on, &name.text)?.ty.clone()
        };
        // A newer field that is selected alone is always sent, because empty braces are not GraphQL.
        let conditional = occurrences.iter().all(|it| it.conditional)
            || optional::is_optional_field(self.schema, on, &name.text)
                && occurrences.iter().any(|it| !it.alone);
        Some(FieldShape {
            key,
            name: &name.text,
            children: self.children(&ty, occurrences),
            ty: if conditional {
                ty.nullable().clone()
            } else {
                ty
            },
            file: first.file,
        })
    }

    fn children(&mut self, ty: &Type, occurrences: &[Occurrence<'a>]) -> Option<Shape<'a>> {
        let alone = occurrences.len() == 1;
        let parts: Vec<Part<'a>> = occurrences
            .iter()
            // If the only occurrence is omitted, so is everything below it. Several occurrences can be omitted
            // separately.
            .map(|it| Part {
                selections: &it.field.selections,
                file: it.file,
                conditional: it.conditional && !alone,
            })
            .collect();
        let first = occurrences.first()?;
        let composite = self.schema.is_composite(ty.name());
        let shape = composite.then(|| self.join(ty.name(), &parts, &BTreeSet::new()))?;
        self.refuse_untagged(&shape, first.file, first.field.name.span);
        Some(shape)
    }

    /// Refuses an interface or union without `__typename`, by which its objects are distinguished.
    pub(super) fn refuse_untagged(&mut self, shape: &Shape<'_>, file: &Source, span: Span) {
        // A fragment that is the only selection has a type of its own, for which `__typename` is required as well.
        let is_spread = matches!(shape.items.as_slice(), [Item::Spread(_)]);
        if !shape.is_tagged || is_spread && shape.variants.is_empty() {
            return;
        }
        let tag = shape.fields().find(|field| field.key.text == TYPENAME);
        let on = &shape.on;
        let (message, help) = match tag {
            Some(tag) if tag.name != TYPENAME => (
                format!(
                    "`{TYPENAME}` stands for `{}` here, and does not tell which `{on}` is answered",
                    tag.name
                ),
                "give it another alias, and select `__typename` as well",
            ),
            Some(tag) if tag.ty.is_nullable() => (
                format!(
                    "`{on}` can be of several types, and a condition may leave `{TYPENAME}` out"
                ),
                "select `__typename` without a condition, too",
            ),
            Some(_) => return,
            None => (
                format!("`{on}` can be of several types, and nothing tells which one is answered"),
                "select `__typename` as well",
            ),
        };
        let rule = "an interface or union is decoded by its `__typename`";
        self.refuse((file, span), message, rule, help);
    }

    /// Removes fields from a variant that are selected for all variants, because serde decodes a key in one place only.
    pub(super) fn take_common(&mut self, common: &Shape<'a>, variant: &mut Shape<'a>) {
        let other = &variant.on;
        let is_common = |key: &str| common.fields().any(|it| it.key.text == key);
        variant.items.retain(|item| match item {
            // The enum of the variants has read `__typename` already.
            Item::Field(field) if field.key.text == TYPENAME => false,
            Item::Field(field) if is_common(&field.key.text) => {
                if field.children.is_some() {
                    let (key, on) = (&field.key, &common.on);
                    let message =
                        format!("`{key}` is selected both for all of `{on}` and for `{other}`");
                    let place = (field.file, field.key.span);
                    let help = "select it in one of the two places, or give one an alias";
                    self.refuse(place, message, "a key is decoded in one place", help);
                }
                false
            }
            Item::Field(_) | Item::Spread(_) => true,
        });
    }
}
